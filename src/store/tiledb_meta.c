/* Why: what an archive says of itself, and which run wrote it last. */
#include "store/tiledb.h"

#include "store/os.h"
#include "store/tiledb_private.h"

#include <string.h>

enum weir_err weir_tiledb_get_metadata(struct weir_tiledb *db, const char *name,
                                       struct weir_str *value,
                                       struct weir_error *error) {
    struct sqlite3_stmt *stmt = db->sql[WEIR_TILE_SQL_GET_META];
    enum weir_err code;
    bool row;
    sqlite3_reset(stmt);
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    code = weir_tiledb_step(db, stmt, &row, error);
    if (code)
        return code;
    *value = row ? weir_tiledb_text(stmt, 0) : WEIR_STR("");
    return WEIR_OK;
}

enum weir_err weir_tiledb_put_metadata(struct weir_tiledb *db, const char *name,
                                       struct weir_str value,
                                       struct weir_error *error) {
    struct sqlite3_stmt *stmt =
        db->sql[value.n ? WEIR_TILE_SQL_PUT_META : WEIR_TILE_SQL_DROP_META];
    sqlite3_reset(db->sql[WEIR_TILE_SQL_GET_META]);
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    if (value.n)
        weir_tiledb_bind(stmt, 2, value);
    return weir_tiledb_run(db, stmt, error);
}

enum weir_err weir_tiledb_get_run(struct weir_tiledb *db,
                                  struct weir_tile_run *out,
                                  struct weir_error *error) {
    struct sqlite3_stmt *stmt = db->sql[WEIR_TILE_SQL_GET_RUN];
    char boot[WEIR_BOOT_ID];
    enum weir_err code;
    bool row;
    *out = (struct weir_tile_run){0};
    code = weir_tiledb_step(db, stmt, &row, error);
    if (code || !row)
        return code;
    weir_os_boot_id(boot);
    *out = (struct weir_tile_run){
        .number = sqlite3_column_int64(stmt, 0),
        .key = (uint64_t)sqlite3_column_int64(stmt, 1),
        .unfinished = sqlite3_column_int(stmt, 2) != 0,
        .source = (uint64_t)sqlite3_column_int64(stmt, 3),
        .same_boot = weir_str_eq(weir_tiledb_text(stmt, 4), weir_str_of(boot)),
        .made_size = (uint64_t)sqlite3_column_int64(stmt, 5),
        .made_mtime_ns = sqlite3_column_int64(stmt, 6),
        .changed = sqlite3_column_int(stmt, 7) != 0};
    sqlite3_reset(stmt);
    return WEIR_OK;
}

enum weir_err weir_tiledb_put_run(struct weir_tiledb *db,
                                  const struct weir_tile_run *run,
                                  struct weir_error *error) {
    struct sqlite3_stmt *stmt = db->sql[WEIR_TILE_SQL_PUT_RUN];
    char boot[WEIR_BOOT_ID];
    weir_os_boot_id(boot);
    sqlite3_bind_int64(stmt, 1, run->number);
    sqlite3_bind_int64(stmt, 2, (int64_t)run->key);
    sqlite3_bind_int(stmt, 3, run->unfinished);
    sqlite3_bind_int64(stmt, 4, (int64_t)run->source);
    sqlite3_bind_text(stmt, 5, boot, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 6, (int64_t)run->made_size);
    sqlite3_bind_int64(stmt, 7, run->made_mtime_ns);
    sqlite3_bind_int(stmt, 8, run->changed);
    return weir_tiledb_run(db, stmt, error);
}

enum weir_err weir_tiledb_put_layer(struct weir_tiledb *db,
                                    struct weir_str layer,
                                    struct weir_str field, const char *type,
                                    unsigned zoom, struct weir_error *error) {
    struct sqlite3_stmt *stmt = db->sql[WEIR_TILE_SQL_PUT_LAYER];
    sqlite3_bind_text(stmt, 1, layer.n ? layer.p : "", (int)layer.n,
                      SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, field.n ? field.p : "", (int)field.n,
                      SQLITE_STATIC);
    sqlite3_bind_text(stmt, 3, type, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 4, zoom);
    return weir_tiledb_run(db, stmt, error);
}

enum weir_err weir_tiledb_each_layer(struct weir_tiledb *db,
                                     weir_tiledb_on_layer each, void *data,
                                     struct weir_error *error) {
    struct sqlite3_stmt *stmt = db->sql[WEIR_TILE_SQL_LAYERS];
    enum weir_err code;
    bool row;
    while (!(code = weir_tiledb_step(db, stmt, &row, error)) && row) {
        struct weir_tile_layer layer = {
            .layer = weir_tiledb_text(stmt, 0),
            .field = weir_tiledb_text(stmt, 1),
            .type = weir_tiledb_text(stmt, 2),
            .minzoom = (unsigned)sqlite3_column_int(stmt, 3),
            .maxzoom = (unsigned)sqlite3_column_int(stmt, 4)};
        if (!each(&layer, data))
            break;
    }
    sqlite3_reset(stmt);
    return code;
}
