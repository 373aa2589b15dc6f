/* Why: URLs that failed (for --retry-failed, and for their claims on names)
 * and bodies that are half there. */
#include "store/store_private.h"

#include <string.h>

static enum weir_err code_of(struct weir_str name) {
    for (int i = 1; i < WEIR_E_COUNT; i++)
        if (weir_str_eq(name, weir_str_of(weir_err_name((enum weir_err)i))))
            return (enum weir_err)i;
    return WEIR_E_GENERIC;
}

void weir_store_read_failure(struct sqlite3_stmt *stmt,
                             struct weir_failure *out) {
    *out = (struct weir_failure){
        .key = (uint64_t)sqlite3_column_int64(stmt, 0),
        .run = sqlite3_column_int64(stmt, 1),
        .url = weir_store_text(stmt, 2),
        .code = code_of(weir_store_text(stmt, 3)),
        .status = sqlite3_column_int(stmt, 4),
        .message = weir_store_text(stmt, 5),
        .attempts = sqlite3_column_int(stmt, 6),
        .at = sqlite3_column_int64(stmt, 7),
        .file = weir_store_text(stmt, 8),
        .file_key = (uint64_t)sqlite3_column_int64(stmt, 9),
    };
}

enum weir_err weir_store_find_failure(struct weir_store *s, uint64_t key,
                                      struct weir_str url,
                                      struct weir_failure *out, bool *found,
                                      struct weir_error *error) {
    bool row;
    enum weir_err code =
        weir_store_seek(s, WEIR_SQL_FIND_FAILURE, key, &row, error);
    if (code)
        return code;
    if (row)
        weir_store_read_failure(s->sql[WEIR_SQL_FIND_FAILURE], out);
    *found = row && weir_str_eq(out->url, url);
    return WEIR_OK;
}

enum weir_err weir_store_put_failure(struct weir_store *s,
                                     const struct weir_failure *f,
                                     struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[WEIR_SQL_PUT_FAILURE];
    sqlite3_bind_int64(stmt, 1, (int64_t)f->key);
    sqlite3_bind_int64(stmt, 2, f->run);
    weir_store_bind_text(stmt, 3, f->url);
    weir_store_bind_text(stmt, 4, weir_str_of(weir_err_name(f->code)));
    sqlite3_bind_int(stmt, 5, f->status);
    sqlite3_bind_text(stmt, 6, f->message.p ? f->message.p : "",
                      (int)f->message.n, SQLITE_STATIC);
    sqlite3_bind_int(stmt, 7, f->attempts);
    sqlite3_bind_int64(stmt, 8, f->at);
    weir_store_bind_text(stmt, 9, f->file);
    if (f->file.n)
        sqlite3_bind_int64(stmt, 10, (int64_t)f->file_key);
    else
        sqlite3_bind_null(stmt, 10);
    return weir_store_run(s, WEIR_SQL_PUT_FAILURE, error);
}

enum weir_err weir_store_drop_failure(struct weir_store *s, uint64_t key,
                                      struct weir_error *error) {
    sqlite3_bind_int64(s->sql[WEIR_SQL_DROP_FAILURE], 1, (int64_t)key);
    return weir_store_run(s, WEIR_SQL_DROP_FAILURE, error);
}

enum weir_err weir_store_list_failures(struct weir_store *s,
                                       struct weir_str url,
                                       weir_store_each_failure each, void *data,
                                       struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    struct weir_failure f;
    enum weir_err code;
    int rc;
    code = weir_db_prepare(s->db,
                           "SELECT " WEIR_FAILURE_COLUMNS "FROM failure "
                           "WHERE ?1 IS NULL OR url = ?1 ORDER BY id",
                           &stmt, error);
    if (code)
        return code;
    weir_store_bind_text(stmt, 1, url);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        weir_store_read_failure(stmt, &f);
        if (!each(&f, data))
            break;
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        code = weir_db_fail(s->db, rc, error);
    sqlite3_finalize(stmt);
    return code;
}

enum weir_err weir_store_find_partial(struct weir_store *s, uint64_t key,
                                      struct weir_str url,
                                      struct weir_partial *out, bool *found,
                                      struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[WEIR_SQL_FIND_PARTIAL];
    bool row;
    enum weir_err code =
        weir_store_seek(s, WEIR_SQL_FIND_PARTIAL, key, &row, error);
    *found = false;
    if (code || !row)
        return code;
    *out = (struct weir_partial){
        .key = key,
        .url = weir_store_text(stmt, 1),
        .part = weir_store_text(stmt, 2),
        .etag = weir_store_text(stmt, 3),
        .last_modified = weir_store_text(stmt, 4),
        .total = sqlite3_column_int64(stmt, 5),
        .boot = weir_store_text(stmt, 6),
    };
    *found = weir_str_eq(out->url, url);
    return WEIR_OK;
}

enum weir_err weir_store_put_partial(struct weir_store *s,
                                     const struct weir_partial *p,
                                     struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[WEIR_SQL_PUT_PARTIAL];
    sqlite3_bind_int64(stmt, 1, (int64_t)p->key);
    weir_store_bind_text(stmt, 2, p->url);
    weir_store_bind_text(stmt, 3, p->part);
    weir_store_bind_text(stmt, 4, p->etag);
    weir_store_bind_text(stmt, 5, p->last_modified);
    sqlite3_bind_int64(stmt, 6, p->total);
    sqlite3_bind_text(stmt, 7, s->boot, -1, SQLITE_STATIC);
    return weir_store_run(s, WEIR_SQL_PUT_PARTIAL, error);
}

enum weir_err weir_store_drop_partial(struct weir_store *s, uint64_t key,
                                      struct weir_error *error) {
    sqlite3_bind_int64(s->sql[WEIR_SQL_DROP_PARTIAL], 1, (int64_t)key);
    return weir_store_run(s, WEIR_SQL_DROP_PARTIAL, error);
}

const char *weir_store_boot(const struct weir_store *s) {
    return s->boot;
}
