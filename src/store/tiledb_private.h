/* tiledb_private.h - what the files of the tile archive share.
 *
 *     tiledb.c       open, close, rows and images
 *     tiledb_meta.c  metadata, the run, layers
 *     tiledb_list.c  totals, lists, places
 */
#ifndef WEIR_STORE_TILEDB_PRIVATE_H
#define WEIR_STORE_TILEDB_PRIVATE_H

#include "store/db.h"
#include "store/tiledb.h"

#include <sqlite3.h>

#define WEIR_TILE_SQL(X)                                                       \
    X(FIND, "SELECT tile_id, state, status, run, checked, fresh, etag, "       \
            "modified, size, hash, format, mtime_ns, error FROM map "          \
            "WHERE zoom_level = ?1 AND tile_column = ?2 AND tile_row = ?3")    \
    X(PUT, "INSERT OR REPLACE INTO map (zoom_level, tile_column, tile_row, "   \
           "tile_id, state, status, run, checked, fresh, etag, modified, "     \
           "size, hash, format, mtime_ns, error) VALUES (?1, ?2, ?3, ?4, ?5, " \
           "?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)")               \
    X(FIND_IMAGE, "SELECT tile_id, tile_data FROM images WHERE hash = ?1")     \
    X(PUT_IMAGE, "INSERT INTO images (hash, tile_data) VALUES (?1, ?2)")       \
    X(GET_IMAGE, "SELECT tile_data FROM images WHERE tile_id = ?1")            \
    X(GET_META, "SELECT value FROM metadata WHERE name = ?1")                  \
    X(PUT_META, "INSERT OR REPLACE INTO metadata (name, value) "               \
                "VALUES (?1, ?2)")                                             \
    X(DROP_META, "DELETE FROM metadata WHERE name = ?1")                       \
    X(GET_RUN, "SELECT number, key, unfinished, source, boot, made_size, "     \
               "made_mtime_ns, changed FROM weir_run")                         \
    X(PUT_RUN, "INSERT OR REPLACE INTO weir_run (id, number, key, "            \
               "unfinished, source, boot, made_size, made_mtime_ns, changed) " \
               "VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")                   \
    X(PUT_LAYER,                                                               \
      "INSERT INTO weir_layer (layer, field, type, minzoom, maxzoom) "         \
      "VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT (layer, field) DO UPDATE SET "  \
      "minzoom = min(minzoom, ?4), maxzoom = max(maxzoom, ?4)")                \
    X(LAYERS, "SELECT layer, field, type, minzoom, maxzoom FROM weir_layer "   \
              "ORDER BY layer, field")                                         \
    X(TOTALS, "SELECT zoom_level, state, count(*), sum(size), "                \
              "min(tile_column), max(tile_column), min(tile_row), "            \
              "max(tile_row) FROM map GROUP BY zoom_level, state")             \
    X(ZOOM, "SELECT tile_column, tile_row, tile_id, state, size, format "      \
            "FROM map WHERE zoom_level = ?1")

enum weir_tile_sql {
#define X(name, sql) WEIR_TILE_SQL_##name,
    WEIR_TILE_SQL(X)
#undef X
        WEIR_TILE_SQL_COUNT
};

struct weir_tiledb {
    struct weir_db *db;
    struct sqlite3_stmt *sql[WEIR_TILE_SQL_COUNT];
    struct sqlite3_stmt *place, *placed; /* while there is a scratch list */
};

/* Runs a statement that gives no rows. */
enum weir_err weir_tiledb_run(struct weir_tiledb *db, struct sqlite3_stmt *stmt,
                              struct weir_error *error);
/* Steps; *row tells whether there is one. Reset on error and at the end. */
enum weir_err weir_tiledb_step(struct weir_tiledb *db,
                               struct sqlite3_stmt *stmt, bool *row,
                               struct weir_error *error);
struct weir_str weir_tiledb_text(struct sqlite3_stmt *stmt, int column);
/* Empty becomes NULL. */
void weir_tiledb_bind(struct sqlite3_stmt *stmt, int at, struct weir_str s);

#endif
