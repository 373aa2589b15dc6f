/* Why: runs, by the key of what they were asked to do. */
#include "store/store_private.h"

#include <string.h>

void weir_store_read_run(struct sqlite3_stmt *stmt, struct weir_run *out) {
    *out = (struct weir_run){
        .id = sqlite3_column_int64(stmt, 0),
        .key = (uint64_t)sqlite3_column_int64(stmt, 1),
        .title = weir_store_text(stmt, 2),
        .state = (enum weir_run_state)sqlite3_column_int(stmt, 3),
        .started = sqlite3_column_int64(stmt, 4),
        .ended = sqlite3_column_int64(stmt, 5),
        .done = (uint64_t)sqlite3_column_int64(stmt, 6),
        .failed = (uint64_t)sqlite3_column_int64(stmt, 7),
        .bytes = (uint64_t)sqlite3_column_int64(stmt, 8),
        .made_of = (uint64_t)sqlite3_column_int64(stmt, 9),
    };
}

enum weir_err weir_store_last_run(struct weir_store *s, uint64_t key,
                                  struct weir_run *out, bool *found,
                                  struct weir_error *error) {
    enum weir_err code =
        weir_store_seek(s, WEIR_SQL_LAST_RUN, key, found, error);
    if (!code && *found)
        weir_store_read_run(s->sql[WEIR_SQL_LAST_RUN], out);
    return code;
}

static void bind_progress(struct sqlite3_stmt *stmt, int at,
                          const struct weir_run *r) {
    if (r->ended)
        sqlite3_bind_int64(stmt, at, r->ended);
    else
        sqlite3_bind_null(stmt, at);
    sqlite3_bind_int64(stmt, at + 1, (int64_t)r->done);
    sqlite3_bind_int64(stmt, at + 2, (int64_t)r->failed);
    sqlite3_bind_int64(stmt, at + 3, (int64_t)r->bytes);
    sqlite3_bind_int64(stmt, at + 4, (int64_t)r->made_of);
}

enum weir_err weir_store_put_run(struct weir_store *s, struct weir_run *r,
                                 struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    bool found;
    if (r->id) {
        stmt = s->sql[WEIR_SQL_SET_RUN];
        sqlite3_bind_int64(stmt, 1, r->id);
        sqlite3_bind_int(stmt, 2, r->state);
        bind_progress(stmt, 3, r);
        return weir_store_run(s, WEIR_SQL_SET_RUN, error);
    }
    stmt = s->sql[WEIR_SQL_ADD_RUN];
    sqlite3_bind_int64(stmt, 1, (int64_t)r->key);
    sqlite3_bind_text(stmt, 2, r->title.p ? r->title.p : "", (int)r->title.n,
                      SQLITE_STATIC);
    sqlite3_bind_int(stmt, 3, r->state);
    sqlite3_bind_int64(stmt, 4, r->started);
    bind_progress(stmt, 5, r);
    return weir_store_get_int(s, WEIR_SQL_ADD_RUN, &r->id, &found, error);
}

enum weir_err weir_store_list_runs(struct weir_store *s, int limit,
                                   weir_store_each_run each, void *data,
                                   struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    struct weir_run r;
    enum weir_err code;
    int rc;
    code = weir_db_prepare(
        s->db, "SELECT " WEIR_RUN_COLUMNS "FROM run ORDER BY id DESC LIMIT ?1",
        &stmt, error);
    if (code)
        return code;
    sqlite3_bind_int(stmt, 1, limit);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        weir_store_read_run(stmt, &r);
        if (!each(&r, data))
            break;
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        code = weir_db_fail(s->db, rc, error);
    sqlite3_finalize(stmt);
    return code;
}
