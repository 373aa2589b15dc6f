/* tileset.h - where tiles go: an .mbtiles, a .pmtiles, or a folder.
 *
 * All three keep an archive (store/tiledb.h) that knows of every tile what the
 * server said and when: the .mbtiles itself, a stage beside the .pmtiles
 * (FILE.stage, an MBTiles too), or FOLDER/.weir-tiles. So a run that was killed
 * goes on, a later one asks for what is stale only, and absent tiles are not
 * asked for again.
 *
 *     create      looks at what is there; makes missing folders only
 *     open        begins or resumes the run
 *     look        what to do about a tile
 *     check       is it a tile? in the form to be stored
 *     prepare     (before the batch) its file, under a temporary name
 *     begin, put..., commit, then place for each: the batch
 *     finish      metadata; writes the PMTiles
 *
 * From open to finish one thread at a time uses it. A batch that is committed
 * survives a kill; a tile of it whose file was not renamed yet is found by the
 * next look.
 */
#ifndef WEIR_SINK_TILESET_H
#define WEIR_SINK_TILESET_H

#include "base/buf.h"
#include "core/tileimage.h"
#include "store/tiledb.h"

struct weir_tileset;

enum weir_tileset_kind {
    WEIR_TILESET_MBTILES,
    WEIR_TILESET_PMTILES,
    WEIR_TILESET_FOLDER
};

/* Strings are borrowed for the life of the set; NULL = not said. */
struct weir_tileset_config {
    const char *path;   /* *.mbtiles, *.pmtiles; anything else is a folder */
    const char *source; /* the template, to tell sets apart; not stored */
    const char *name, *description, *attribution;
    const char *type; /* "overlay" or "baselayer" */
    /* Of the tiles; NONE = the first tile tells. `strict`: others are refused.
     */
    enum weir_tile_format format;
    bool strict;
    struct weir_bounds bounds; /* of the region, when has_region */
    unsigned minzoom, maxzoom;
    bool has_region;
    bool overwrite; /* what weir did not write may go */
    bool restart, retry_failed, missing, durable;
    int64_t refresh_s; /* ask again what is older; -1 = as servers say */
    uint64_t min_size;
    const char *program; /* "weir/0.1.0", for the metadata */
};

enum weir_tileset_use {
    WEIR_TILESET_ASK,
    WEIR_TILESET_VALIDATE, /* with the row's validators */
    WEIR_TILESET_FRESH,    /* there or absent, and young enough */
    WEIR_TILESET_DONE,     /* this run has it */
    WEIR_TILESET_FAILED,   /* this run has failed on it */
    WEIR_TILESET_SKIP      /* not wanted this time */
};

/* WEIR_E_IO when something else stands there; the message says what. */
enum weir_err weir_tileset_create(struct weir_tileset **out,
                                  const struct weir_tileset_config *config,
                                  struct weir_error *error);
/* The absolute path of the output. */
const char *weir_tileset_path(const struct weir_tileset *ts);
enum weir_tileset_kind weir_tileset_kind(const struct weir_tileset *ts);
/* It holds vector tiles, where an empty body is a tile with nothing in it. */
bool weir_tileset_is_vector(const struct weir_tileset *ts);

/* WEIR_E_IO for an archive of another name, format or source, too.
 * `key` tells runs apart (the same command: the same key); *resumed: an
 * unfinished one goes on. */
enum weir_err weir_tileset_open(struct weir_tileset *ts, uint64_t key,
                                bool *resumed, struct weir_error *error);
/* *row is borrowed until the next look; meaningless with ASK. */
enum weir_err weir_tileset_look(struct weir_tileset *ts, struct weir_tile tile,
                                int64_t now, enum weir_tileset_use *use,
                                struct weir_tile_row *row,
                                struct weir_error *error);
/* WEIR_E_CHECK: no tile, too small, another format. *bytes are the body's or,
 * when they had to be changed (vector tiles are stored compressed), in `made`,
 * which is cleared before. */
enum weir_err weir_tileset_check(struct weir_tileset *ts,
                                 struct weir_str *bytes, struct weir_buf *made,
                                 enum weir_tile_format *format,
                                 struct weir_error *error);
/* Folders: writes NAME.part. `known`: the row of before, or NULL. */
enum weir_err weir_tileset_prepare(struct weir_tileset *ts,
                                   const struct weir_tile_row *known,
                                   struct weir_tile_row *row,
                                   struct weir_str bytes,
                                   struct weir_error *error);
enum weir_err weir_tileset_begin(struct weir_tileset *ts,
                                 struct weir_error *error);
/* Sets row->run and, with bytes, row->image. Without bytes the image stays what
 * it is in the row. */
enum weir_err weir_tileset_put(struct weir_tileset *ts,
                               struct weir_tile_row *row, struct weir_str bytes,
                               struct weir_error *error);
enum weir_err weir_tileset_commit(struct weir_tileset *ts,
                                  struct weir_error *error);
void weir_tileset_rollback(struct weir_tileset *ts);
/* After the commit: NAME.part gets its name; the file of a tile that is absent
 * now goes. */
enum weir_err weir_tileset_place(struct weir_tileset *ts,
                                 const struct weir_tile_row *row,
                                 struct weir_error *error);
/* Instead of it. */
void weir_tileset_discard(struct weir_tileset *ts,
                          const struct weir_tile_row *row);

int64_t weir_tileset_pending(const struct weir_tileset *ts);
enum weir_err weir_tileset_checkpoint(struct weir_tileset *ts,
                                      struct weir_error *error);

/* `complete`: the run came to its end. Without, everything stays to be resumed;
 * a .pmtiles is written at the end only. */
enum weir_err weir_tileset_finish(struct weir_tileset *ts, bool complete,
                                  struct weir_error *error);

/* Between open and finish: what there is, and one image by its row (into
 * `out`). */
enum weir_err
weir_tileset_totals(struct weir_tileset *ts,
                    struct weir_tile_zoom zooms[WEIR_ZOOM_MAX + 1],
                    struct weir_error *error);
enum weir_err weir_tileset_each(struct weir_tileset *ts, unsigned zoom,
                                weir_tiledb_on_tile each, void *data,
                                struct weir_error *error);
enum weir_err weir_tileset_read(struct weir_tileset *ts,
                                const struct weir_tile_row *row,
                                struct weir_buf *out, struct weir_error *error);
/* "kiel.mbtiles:12/3423/1763" or the file's path; for weir_free. */
char *weir_tileset_shown(const struct weir_tileset *ts, struct weir_tile tile,
                         int format);

void weir_tileset_destroy(struct weir_tileset *ts); /* NULL-safe */

#endif
