/* Why: MBTiles with dedupe and state, as sinks need it. An image is stored once
 * and found again by its hash; equal hashes are compared byte by byte. The view
 * `tiles` joins what readers expect. */
#include "store/tiledb.h"

#include "base/mem.h"
#include "store/os.h"
#include "store/tiledb_private.h"
#include "store/tiles_schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CACHE_KIB = 16 << 10, HEADER_BYTES = 100 };

static const char *const sql_text[] = {
#define X(name, sql) sql,
    WEIR_TILE_SQL(X)
#undef X
};

static uint32_t big_endian(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

/* The header of a database file (sqlite.org/fileformat.html section 1.3) tells
 * whose it is before SQLite opens it. */
enum weir_err weir_tiledb_probe(const char *path, bool *exists,
                                struct weir_error *error) {
    unsigned char head[HEADER_BYTES];
    struct stat st;
    const char *what = NULL;
    int fd;
    *exists = false;
    if (stat(path, &st) != 0 && errno == ENOENT)
        return WEIR_OK;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        weir_error_set(error, WEIR_E_IO, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return WEIR_E_IO;
    }
    if (!S_ISREG(st.st_mode))
        what = "is not a regular file";
    else if (st.st_size == 0)
        what = NULL;
    else if (weir_os_pread_all(fd, head, sizeof head, 0) != 0 ||
             memcmp(head, "SQLite format 3", 16) != 0)
        what = "exists and is no tile archive";
    else if (big_endian(head + 68) != WEIR_TILEDB_APPLICATION)
        what = "exists and is a database, but no tile archive of weir's";
    else if ((big_endian(head + 60) & 0xff000000) !=
             (WEIR_TILEDB_VERSION & 0xff000000))
        what = "exists and is a tile archive that weir did not make";
    close(fd);
    if (what)
        return weir_error_set(error, WEIR_E_IO,
                              "%s %s; name another output, or replace it with "
                              "--overwrite",
                              path, what);
    *exists = st.st_size > 0;
    return WEIR_OK;
}

enum weir_err weir_tiledb_open(struct weir_tiledb **out, const char *path,
                               const char *what, bool durable,
                               struct weir_error *error) {
    struct weir_db_config config = {.path = path,
                                    .schema = weir_tiles_schema,
                                    .application = WEIR_TILEDB_APPLICATION,
                                    .version = WEIR_TILEDB_VERSION,
                                    .durable = durable,
                                    .what = what,
                                    .cache_kib = CACHE_KIB};
    struct weir_tiledb *db = weir_calloc(1, sizeof *db);
    enum weir_err code;
    if (!db)
        return weir_error_nomem(error);
    code = weir_db_open(&db->db, &config, error);
    for (size_t i = 0; !code && i < WEIR_TILE_SQL_COUNT; i++)
        code = weir_db_prepare(db->db, sql_text[i], &db->sql[i], error);
    if (code) {
        weir_tiledb_close(db, false, NULL);
        return code;
    }
    *out = db;
    return WEIR_OK;
}

enum weir_err weir_tiledb_close(struct weir_tiledb *db, bool settle,
                                struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    if (!db)
        return code;
    for (size_t i = 0; i < WEIR_TILE_SQL_COUNT; i++)
        sqlite3_finalize(db->sql[i]);
    sqlite3_finalize(db->place);
    sqlite3_finalize(db->placed);
    if (settle)
        code = weir_db_settle(db->db, error);
    weir_db_close(db->db);
    weir_free(db);
    return code;
}

/* A look-up whose row is still borrowed holds a snapshot. */
static void let_go(struct weir_tiledb *db) {
    sqlite3_reset(db->sql[WEIR_TILE_SQL_FIND]);
    sqlite3_reset(db->sql[WEIR_TILE_SQL_GET_IMAGE]);
    sqlite3_reset(db->sql[WEIR_TILE_SQL_GET_META]);
}

enum weir_err weir_tiledb_begin(struct weir_tiledb *db,
                                struct weir_error *error) {
    let_go(db);
    return weir_db_begin(db->db, error);
}

enum weir_err weir_tiledb_commit(struct weir_tiledb *db,
                                 struct weir_error *error) {
    return weir_db_commit(db->db, error);
}

void weir_tiledb_rollback(struct weir_tiledb *db) {
    weir_db_rollback(db->db);
}

int64_t weir_tiledb_pending(const struct weir_tiledb *db) {
    return weir_db_wal_size(db->db);
}

enum weir_err weir_tiledb_checkpoint(struct weir_tiledb *db,
                                     struct weir_error *error) {
    let_go(db);
    return weir_db_checkpoint(db->db, error);
}

enum weir_err weir_tiledb_step(struct weir_tiledb *db,
                               struct sqlite3_stmt *stmt, bool *row,
                               struct weir_error *error) {
    int rc = sqlite3_step(stmt);
    *row = rc == SQLITE_ROW;
    if (*row)
        return WEIR_OK;
    rc = sqlite3_reset(stmt);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(db->db, rc, error);
}

enum weir_err weir_tiledb_run(struct weir_tiledb *db, struct sqlite3_stmt *stmt,
                              struct weir_error *error) {
    bool row;
    enum weir_err code = weir_tiledb_step(db, stmt, &row, error);
    sqlite3_reset(stmt);
    return code;
}

struct weir_str weir_tiledb_text(struct sqlite3_stmt *stmt, int column) {
    const void *p = sqlite3_column_blob(stmt, column);
    return weir_str_make(p, (size_t)sqlite3_column_bytes(stmt, column));
}

void weir_tiledb_bind(struct sqlite3_stmt *stmt, int at, struct weir_str s) {
    if (s.n)
        sqlite3_bind_text(stmt, at, s.p, (int)s.n, SQLITE_STATIC);
    else
        sqlite3_bind_null(stmt, at);
}

static void bind_tile(struct sqlite3_stmt *stmt, struct weir_tile t) {
    sqlite3_bind_int64(stmt, 1, t.z);
    sqlite3_bind_int64(stmt, 2, t.x);
    sqlite3_bind_int64(stmt, 3, weir_tile_tms_row(t));
}

enum weir_err weir_tiledb_find(struct weir_tiledb *db, struct weir_tile tile,
                               struct weir_tile_row *out, bool *found,
                               struct weir_error *error) {
    struct sqlite3_stmt *stmt = db->sql[WEIR_TILE_SQL_FIND];
    enum weir_err code;
    sqlite3_reset(stmt);
    bind_tile(stmt, tile);
    code = weir_tiledb_step(db, stmt, found, error);
    if (code || !*found)
        return code;
    *out = (struct weir_tile_row){
        .tile = tile,
        .image = sqlite3_column_int64(stmt, 0),
        .state = (enum weir_tile_state)sqlite3_column_int(stmt, 1),
        .status = sqlite3_column_int(stmt, 2),
        .run = sqlite3_column_int64(stmt, 3),
        .checked = sqlite3_column_int64(stmt, 4),
        .fresh = sqlite3_column_int64(stmt, 5),
        .etag = weir_tiledb_text(stmt, 6),
        .modified = weir_tiledb_text(stmt, 7),
        .size = (uint64_t)sqlite3_column_int64(stmt, 8),
        .hash = (uint64_t)sqlite3_column_int64(stmt, 9),
        .format = sqlite3_column_int(stmt, 10),
        .mtime_ns = sqlite3_column_int64(stmt, 11),
        .error = weir_tiledb_text(stmt, 12)};
    return WEIR_OK;
}

enum weir_err weir_tiledb_put(struct weir_tiledb *db,
                              const struct weir_tile_row *row,
                              struct weir_error *error) {
    struct sqlite3_stmt *stmt = db->sql[WEIR_TILE_SQL_PUT];
    bind_tile(stmt, row->tile);
    if (row->image)
        sqlite3_bind_int64(stmt, 4, row->image);
    else
        sqlite3_bind_null(stmt, 4);
    sqlite3_bind_int(stmt, 5, (int)row->state);
    sqlite3_bind_int(stmt, 6, row->status);
    sqlite3_bind_int64(stmt, 7, row->run);
    sqlite3_bind_int64(stmt, 8, row->checked);
    sqlite3_bind_int64(stmt, 9, row->fresh);
    weir_tiledb_bind(stmt, 10, row->etag);
    weir_tiledb_bind(stmt, 11, row->modified);
    sqlite3_bind_int64(stmt, 12, (int64_t)row->size);
    sqlite3_bind_int64(stmt, 13, (int64_t)row->hash);
    sqlite3_bind_int(stmt, 14, row->format);
    sqlite3_bind_int64(stmt, 15, row->mtime_ns);
    weir_tiledb_bind(stmt, 16, row->error);
    return weir_tiledb_run(db, stmt, error);
}

static enum weir_err find_image(struct weir_tiledb *db, struct weir_str bytes,
                                uint64_t hash, int64_t *id,
                                struct weir_error *error) {
    struct sqlite3_stmt *stmt = db->sql[WEIR_TILE_SQL_FIND_IMAGE];
    enum weir_err code;
    bool row;
    *id = 0;
    sqlite3_bind_int64(stmt, 1, (int64_t)hash);
    while (!(code = weir_tiledb_step(db, stmt, &row, error)) && row) {
        if (!weir_str_eq(weir_tiledb_text(stmt, 1), bytes))
            continue;
        *id = sqlite3_column_int64(stmt, 0);
        sqlite3_reset(stmt);
        return WEIR_OK;
    }
    return code;
}

enum weir_err weir_tiledb_put_image(struct weir_tiledb *db,
                                    struct weir_str bytes, uint64_t hash,
                                    int64_t *id, struct weir_error *error) {
    struct sqlite3_stmt *stmt = db->sql[WEIR_TILE_SQL_PUT_IMAGE];
    enum weir_err code = find_image(db, bytes, hash, id, error);
    if (code || *id)
        return code;
    sqlite3_bind_int64(stmt, 1, (int64_t)hash);
    sqlite3_bind_blob64(stmt, 2, bytes.p, bytes.n, SQLITE_STATIC);
    if ((code = weir_tiledb_run(db, stmt, error)))
        return code;
    *id = sqlite3_last_insert_rowid(weir_db_handle(db->db));
    return WEIR_OK;
}

enum weir_err weir_tiledb_get_image(struct weir_tiledb *db, int64_t id,
                                    struct weir_str *bytes,
                                    struct weir_error *error) {
    struct sqlite3_stmt *stmt = db->sql[WEIR_TILE_SQL_GET_IMAGE];
    enum weir_err code;
    bool row;
    sqlite3_reset(stmt);
    sqlite3_bind_int64(stmt, 1, id);
    code = weir_tiledb_step(db, stmt, &row, error);
    if (!code && !row)
        code = weir_db_fail(db->db, SQLITE_CORRUPT, error);
    if (!code)
        *bytes = weir_tiledb_text(stmt, 0);
    return code;
}

enum weir_err weir_tiledb_drop_unused(struct weir_tiledb *db,
                                      struct weir_error *error) {
    return weir_db_exec(db->db,
                        "DELETE FROM images WHERE tile_id NOT IN "
                        "(SELECT tile_id FROM map WHERE tile_id IS NOT NULL)",
                        error);
}
