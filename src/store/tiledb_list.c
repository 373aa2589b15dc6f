/* Why: the tiles of an archive as a whole: counted, zoom by zoom, and in the
 * order of PMTiles. That order is a function of the three columns which only
 * this connection knows; SQLite's sorter keeps what is too much for memory in a
 * temporary file. */
#include "store/tiledb.h"

#include "store/tiledb_private.h"

static struct weir_tile tile_at(unsigned zoom, int64_t column, int64_t tms) {
    struct weir_tile t = {zoom, (uint32_t)column, (uint32_t)tms};
    t.y = weir_tile_tms_row(t);
    return t;
}

static void add_total(struct weir_tile_zoom *zoom, unsigned z,
                      struct sqlite3_stmt *stmt) {
    uint64_t count = (uint64_t)sqlite3_column_int64(stmt, 2);
    switch ((enum weir_tile_state)sqlite3_column_int(stmt, 1)) {
    case WEIR_TILE_THERE:
        zoom->there = count;
        zoom->bytes = (uint64_t)sqlite3_column_int64(stmt, 3);
        zoom->range.x0 = (uint32_t)sqlite3_column_int64(stmt, 4);
        zoom->range.x1 = (uint32_t)sqlite3_column_int64(stmt, 5);
        zoom->range.y1 = tile_at(z, 0, sqlite3_column_int64(stmt, 6)).y;
        zoom->range.y0 = tile_at(z, 0, sqlite3_column_int64(stmt, 7)).y;
        break;
    case WEIR_TILE_ABSENT:
        zoom->absent = count;
        break;
    case WEIR_TILE_FAILED:
        zoom->failed = count;
        break;
    }
}

enum weir_err weir_tiledb_totals(struct weir_tiledb *db,
                                 struct weir_tile_zoom zooms[WEIR_ZOOM_MAX + 1],
                                 struct weir_error *error) {
    struct sqlite3_stmt *stmt = db->sql[WEIR_TILE_SQL_TOTALS];
    enum weir_err code;
    bool row;
    for (unsigned z = 0; z <= WEIR_ZOOM_MAX; z++)
        zooms[z] = (struct weir_tile_zoom){0};
    while (!(code = weir_tiledb_step(db, stmt, &row, error)) && row) {
        int64_t z = sqlite3_column_int64(stmt, 0);
        if (z >= 0 && z <= WEIR_ZOOM_MAX)
            add_total(&zooms[z], (unsigned)z, stmt);
    }
    return code;
}

enum weir_err weir_tiledb_each(struct weir_tiledb *db, unsigned zoom,
                               weir_tiledb_on_tile each, void *data,
                               struct weir_error *error) {
    struct sqlite3_stmt *stmt = db->sql[WEIR_TILE_SQL_ZOOM];
    enum weir_err code;
    bool row;
    sqlite3_bind_int64(stmt, 1, zoom);
    while (!(code = weir_tiledb_step(db, stmt, &row, error)) && row) {
        struct weir_tile_row r = {
            .tile = tile_at(zoom, sqlite3_column_int64(stmt, 0),
                            sqlite3_column_int64(stmt, 1)),
            .image = sqlite3_column_int64(stmt, 2),
            .state = (enum weir_tile_state)sqlite3_column_int(stmt, 3),
            .size = (uint64_t)sqlite3_column_int64(stmt, 4),
            .format = sqlite3_column_int(stmt, 5)};
        if (!each(&r, data))
            break;
    }
    sqlite3_reset(stmt);
    return code;
}

static void tile_id(sqlite3_context *context, int count,
                    sqlite3_value **values) {
    (void)count;
    struct weir_tile t =
        tile_at((unsigned)sqlite3_value_int64(values[0]),
                sqlite3_value_int64(values[1]), sqlite3_value_int64(values[2]));
    sqlite3_result_int64(context, (int64_t)weir_tile_id(t));
}

enum weir_err weir_tiledb_each_sorted(struct weir_tiledb *db,
                                      weir_tiledb_on_tile each, void *data,
                                      struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    enum weir_err code;
    bool row;
    int rc = sqlite3_create_function_v2(weir_db_handle(db->db), "weir_tile_id",
                                        3, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                        NULL, tile_id, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return weir_db_fail(db->db, rc, error);
    code = weir_db_prepare(
        db->db,
        "SELECT zoom_level, tile_column, tile_row, map.tile_id, "
        "length(tile_data), format FROM map JOIN images USING (tile_id) "
        "ORDER BY weir_tile_id(zoom_level, tile_column, tile_row)",
        &stmt, error);
    if (code)
        return code;
    while (!(code = weir_tiledb_step(db, stmt, &row, error)) && row) {
        struct weir_tile_row r = {
            .tile = tile_at((unsigned)sqlite3_column_int64(stmt, 0),
                            sqlite3_column_int64(stmt, 1),
                            sqlite3_column_int64(stmt, 2)),
            .image = sqlite3_column_int64(stmt, 3),
            .state = WEIR_TILE_THERE,
            .size = (uint64_t)sqlite3_column_int64(stmt, 4),
            .format = sqlite3_column_int(stmt, 5)};
        if (!each(&r, data))
            break;
    }
    sqlite3_finalize(stmt);
    return code;
}

/* --- places ------------------------------------------------------------ */

/* The list is a temporary table; its pages go to a file when they are many. */
enum weir_err weir_tiledb_place_begin(struct weir_tiledb *db,
                                      struct weir_error *error) {
    enum weir_err code = weir_db_exec(
        db->db,
        "PRAGMA temp_store=FILE; DROP TABLE IF EXISTS temp.place; "
        "CREATE TEMP TABLE place (image INTEGER PRIMARY KEY, at INTEGER)",
        error);
    if (code ||
        (code = weir_db_prepare(db->db, "INSERT INTO place VALUES (?1, ?2)",
                                &db->place, error)) ||
        (code = weir_db_prepare(db->db, "SELECT at FROM place WHERE image = ?1",
                                &db->placed, error)))
        return code;
    return weir_db_read_begin(db->db, error);
}

void weir_tiledb_place_end(struct weir_tiledb *db) {
    sqlite3_finalize(db->place);
    sqlite3_finalize(db->placed);
    db->place = db->placed = NULL;
    sqlite3_reset(db->sql[WEIR_TILE_SQL_GET_IMAGE]);
    weir_db_read_end(db->db);
}

enum weir_err weir_tiledb_place(struct weir_tiledb *db, int64_t image,
                                uint64_t next, uint64_t *offset, bool *fresh,
                                struct weir_error *error) {
    enum weir_err code;
    bool row;
    sqlite3_bind_int64(db->placed, 1, image);
    if ((code = weir_tiledb_step(db, db->placed, &row, error)))
        return code;
    *fresh = !row;
    *offset = row ? (uint64_t)sqlite3_column_int64(db->placed, 0) : next;
    sqlite3_reset(db->placed);
    if (row)
        return WEIR_OK;
    sqlite3_bind_int64(db->place, 1, image);
    sqlite3_bind_int64(db->place, 2, (int64_t)next);
    return weir_tiledb_run(db, db->place, error);
}

enum weir_err weir_tiledb_each_placed(struct weir_tiledb *db,
                                      weir_tiledb_on_image each, void *data,
                                      struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    enum weir_err code = weir_db_prepare(
        db->db, "SELECT image FROM place ORDER BY at", &stmt, error);
    bool row;
    if (code)
        return code;
    while (!(code = weir_tiledb_step(db, stmt, &row, error)) && row) {
        struct weir_str bytes;
        int64_t image = sqlite3_column_int64(stmt, 0);
        if ((code = weir_tiledb_get_image(db, image, &bytes, error)) ||
            (code = each(bytes, data)))
            break;
    }
    sqlite3_finalize(stmt);
    return code;
}
