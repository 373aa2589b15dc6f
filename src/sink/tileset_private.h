/* tileset_private.h - what the files of a tile set share.
 *
 *     tileset.c           runs, looks, batches
 *     tileset_metadata.c  MBTiles' metadata
 *     tileset_folder.c    images as files
 *     pmtiles.c           the archive made at the end
 */
#ifndef WEIR_SINK_TILESET_PRIVATE_H
#define WEIR_SINK_TILESET_PRIVATE_H

#include "sink/files.h"
#include "sink/tileset.h"

struct weir_tileset {
    struct weir_tileset_config config;
    enum weir_tileset_kind kind;
    char *path;    /* absolute: the output */
    char *archive; /* the database of it */
    int lock; /* the archive, locked as long as the set is open; closed after
                 SQLite's own descriptors, whose locks it would take along */
    struct weir_tiledb *db;
    struct weir_tile_run run;
    enum weir_tile_format format; /* of the set, NONE = not known yet */
    bool anew;                    /* what stands there goes (--overwrite) */
    bool resumed;
    bool verify;   /* files of this run are compared after a reboot */
    bool replaced; /* some images may be used no more */
    struct weir_files *files; /* folders */
    struct weir_root *root;
    struct weir_buf name, unpacked;
    /* Set by tileset_metadata_end. */
    struct weir_bounds bounds;
    unsigned minzoom, maxzoom;
};

/* tileset_metadata.c */
/* Is the archive one of this set? Reads its format. */
enum weir_err tileset_metadata_match(struct weir_tileset *ts,
                                     struct weir_error *error);
/* What is known at the beginning; in a batch. */
enum weir_err tileset_metadata_begin(struct weir_tileset *ts,
                                     struct weir_error *error);
/* What the tiles tell at the end; in a batch. */
enum weir_err tileset_metadata_end(struct weir_tileset *ts,
                                   struct weir_error *error);
/* The layers of a vector tile, noted; in a batch. */
enum weir_err tileset_metadata_layers(struct weir_tileset *ts, unsigned zoom,
                                      struct weir_str packed,
                                      struct weir_error *error);

/* tileset_folder.c */
enum weir_err tileset_folder_open(struct weir_tileset *ts,
                                  struct weir_error *error);
bool tileset_folder_holds(struct weir_tileset *ts,
                          const struct weir_tile_row *row);
enum weir_err tileset_folder_read(struct weir_tileset *ts,
                                  const struct weir_tile_row *row,
                                  struct weir_buf *out,
                                  struct weir_error *error);

/* The metadata as a JSON object, for PMTiles. */
enum weir_err tileset_metadata_json(struct weir_tileset *ts,
                                    struct weir_buf *out,
                                    struct weir_error *error);

/* pmtiles.c: writes ts->path from the archive, by a temporary name. */
enum weir_err tileset_pmtiles_write(struct weir_tileset *ts,
                                    struct weir_error *error);
/* Nobody but weir has touched the file since it was written. */
enum weir_err tileset_pmtiles_ours(const struct weir_tileset *ts,
                                   struct weir_error *error);

#endif
