/* tiledb.h - tiles in a database that is an MBTiles 1.3 archive at any time.
 *
 * Beside the images it has a row for every tile that was asked for: there, no
 * such tile, or failed; with validators and when to ask again. So a run knows
 * what an earlier one did, whatever became of weir's own store. An archive for
 * tiles whose images lie elsewhere (files of a folder) has rows only.
 *
 *     weir_tiledb_begin(db, &e)
 *     weir_tiledb_put_image(db, bytes, hash, &row.image, &e)
 *     weir_tiledb_put(db, &row, &e)
 *     weir_tiledb_commit(db, &e)
 *
 * One thread at a time uses it. Slices that come back are borrowed until the
 * next call of the same function, a begin or a checkpoint.
 */
#ifndef WEIR_STORE_TILEDB_H
#define WEIR_STORE_TILEDB_H

#include "base/err.h"
#include "base/str.h"
#include "core/tilemath.h"

enum {
    WEIR_TILEDB_APPLICATION = 0x4d504258, /* "MPBX", as MBTiles asks */
    WEIR_TILEDB_VERSION = 0x77000001      /* user_version: weir's, first */
};

struct weir_tiledb;

enum weir_tile_state {
    WEIR_TILE_THERE = 1,
    WEIR_TILE_ABSENT = 2, /* the server says there is no such tile */
    WEIR_TILE_FAILED = 3
};

struct weir_tile_row {
    struct weir_tile tile;
    int64_t image; /* 0 = none in this archive */
    enum weir_tile_state state;
    int status;
    int64_t run, checked, fresh; /* wall clock, seconds */
    struct weir_str etag, modified;
    uint64_t size, hash;
    int format; /* enum weir_tile_format of the sink */
    int64_t mtime_ns;
    struct weir_str error; /* empty: the last attempt was well */
};

struct weir_tile_run {
    int64_t number; /* 0 = there was none */
    uint64_t key, source;
    bool unfinished, changed;
    bool same_boot; /* set when read; the boot is kept by the archive */
    uint64_t made_size;
    int64_t made_mtime_ns;
};

/* Whether something of that path is an archive of weir's: WEIR_OK and *exists,
 * or WEIR_E_STORE and what it is instead. */
enum weir_err weir_tiledb_probe(const char *path, bool *exists,
                                struct weir_error *error);
/* Opens or makes it; `what` is for messages ("the tile archive"), borrowed. */
enum weir_err weir_tiledb_open(struct weir_tiledb **out, const char *path,
                               const char *what, bool durable,
                               struct weir_error *error);
/* `settle` makes it a single file without a log. NULL-safe. */
enum weir_err weir_tiledb_close(struct weir_tiledb *db, bool settle,
                                struct weir_error *error);

enum weir_err weir_tiledb_begin(struct weir_tiledb *db,
                                struct weir_error *error);
enum weir_err weir_tiledb_commit(struct weir_tiledb *db,
                                 struct weir_error *error);
void weir_tiledb_rollback(struct weir_tiledb *db);
int64_t weir_tiledb_pending(const struct weir_tiledb *db);
enum weir_err weir_tiledb_checkpoint(struct weir_tiledb *db,
                                     struct weir_error *error);

enum weir_err weir_tiledb_find(struct weir_tiledb *db, struct weir_tile tile,
                               struct weir_tile_row *out, bool *found,
                               struct weir_error *error);
/* Adds the row or replaces it. */
enum weir_err weir_tiledb_put(struct weir_tiledb *db,
                              const struct weir_tile_row *row,
                              struct weir_error *error);
/* Stores the bytes unless they are there already: equal hash and content. */
enum weir_err weir_tiledb_put_image(struct weir_tiledb *db,
                                    struct weir_str bytes, uint64_t hash,
                                    int64_t *id, struct weir_error *error);
enum weir_err weir_tiledb_get_image(struct weir_tiledb *db, int64_t id,
                                    struct weir_str *bytes,
                                    struct weir_error *error);
/* Removes images that no tile has any more. */
enum weir_err weir_tiledb_drop_unused(struct weir_tiledb *db,
                                      struct weir_error *error);

/* Empty: there is none. */
enum weir_err weir_tiledb_get_metadata(struct weir_tiledb *db, const char *name,
                                       struct weir_str *value,
                                       struct weir_error *error);
/* In a batch. An empty value removes it. */
enum weir_err weir_tiledb_put_metadata(struct weir_tiledb *db, const char *name,
                                       struct weir_str value,
                                       struct weir_error *error);
enum weir_err weir_tiledb_get_run(struct weir_tiledb *db,
                                  struct weir_tile_run *out,
                                  struct weir_error *error);
enum weir_err weir_tiledb_put_run(struct weir_tiledb *db,
                                  const struct weir_tile_run *run,
                                  struct weir_error *error);

/* A layer of vector tiles at a zoom, or with `field` not empty one of its
 * fields. In a batch. */
enum weir_err weir_tiledb_put_layer(struct weir_tiledb *db,
                                    struct weir_str layer,
                                    struct weir_str field, const char *type,
                                    unsigned zoom, struct weir_error *error);
struct weir_tile_layer {
    struct weir_str layer, field, type;
    unsigned minzoom, maxzoom;
};
typedef bool (*weir_tiledb_on_layer)(const struct weir_tile_layer *layer,
                                     void *data);
/* Sorted; a layer comes before its fields. */
enum weir_err weir_tiledb_each_layer(struct weir_tiledb *db,
                                     weir_tiledb_on_layer each, void *data,
                                     struct weir_error *error);

/* What one zoom holds. */
struct weir_tile_zoom {
    uint64_t there, absent, failed;
    uint64_t bytes;               /* of those that are there, one by one */
    struct weir_tile_range range; /* of what is there, rows from the north */
};
/* zooms[z] for every zoom up to WEIR_ZOOM_MAX. */
enum weir_err weir_tiledb_totals(struct weir_tiledb *db,
                                 struct weir_tile_zoom zooms[WEIR_ZOOM_MAX + 1],
                                 struct weir_error *error);

/* Return false to stop. The row's texts are empty. */
typedef bool (*weir_tiledb_on_tile)(const struct weir_tile_row *row,
                                    void *data);
/* The rows of one zoom, in no order that matters. */
enum weir_err weir_tiledb_each(struct weir_tiledb *db, unsigned zoom,
                               weir_tiledb_on_tile each, void *data,
                               struct weir_error *error);
/* All tiles that are there, by weir_tile_id; size is that of the image. */
enum weir_err weir_tiledb_each_sorted(struct weir_tiledb *db,
                                      weir_tiledb_on_tile each, void *data,
                                      struct weir_error *error);

/* A scratch list of images in the order of their bytes in another file, with
 * no limit but the disk: for writing PMTiles. From begin to end the archive is
 * read as it stood at the begin. */
enum weir_err weir_tiledb_place_begin(struct weir_tiledb *db,
                                      struct weir_error *error);
void weir_tiledb_place_end(struct weir_tiledb *db);
/* Where the image stands; when it has no place yet it gets `next` and *fresh
 * is true. */
enum weir_err weir_tiledb_place(struct weir_tiledb *db, int64_t image,
                                uint64_t next, uint64_t *offset, bool *fresh,
                                struct weir_error *error);
/* The images by their offsets. */
typedef enum weir_err (*weir_tiledb_on_image)(struct weir_str bytes,
                                              void *data);
enum weir_err weir_tiledb_each_placed(struct weir_tiledb *db,
                                      weir_tiledb_on_image each, void *data,
                                      struct weir_error *error);

#endif
