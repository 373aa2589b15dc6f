/* Why: the answers of the store: looked up by key, by file and in order. */
#include "store/store_private.h"

static uint64_t column_u64(struct sqlite3_stmt *stmt, int column) {
    return (uint64_t)sqlite3_column_int64(stmt, column);
}

void weir_store_read_answer(struct sqlite3_stmt *stmt,
                            struct weir_answer *out) {
    *out = (struct weir_answer){
        .id = sqlite3_column_int64(stmt, 0),
        .key = column_u64(stmt, 1),
        .run = sqlite3_column_int64(stmt, 2),
        .seq = sqlite3_column_int64(stmt, 3),
        .method = weir_store_text(stmt, 4),
        .url = weir_store_text(stmt, 5),
        .effective_url = weir_store_text(stmt, 6),
        .status = sqlite3_column_int(stmt, 7),
        .request_time = sqlite3_column_int64(stmt, 8),
        .response_time = sqlite3_column_int64(stmt, 9),
        .head = weir_store_text(stmt, 10),
        .has_vary = sqlite3_column_type(stmt, 11) != SQLITE_NULL,
        .vary = column_u64(stmt, 11),
        .size = column_u64(stmt, 12),
        .xxh3 = column_u64(stmt, 13),
        .sha256 = weir_store_text(stmt, 14),
        .folder = sqlite3_column_int64(stmt, 15),
        .file = weir_store_text(stmt, 16),
        .file_key = column_u64(stmt, 17),
        .mtime_ns = sqlite3_column_int64(stmt, 18),
    };
}

enum weir_err weir_store_find_answer(struct weir_store *s, uint64_t key,
                                     struct weir_str url,
                                     struct weir_answer *out, bool *found,
                                     struct weir_error *error) {
    bool row;
    enum weir_err code =
        weir_store_seek(s, WEIR_SQL_FIND_ANSWER, key, &row, error);
    if (code)
        return code;
    if (row)
        weir_store_read_answer(s->sql[WEIR_SQL_FIND_ANSWER], out);
    *found = row && weir_str_eq(out->url, url);
    return WEIR_OK;
}

static void bind_head(struct sqlite3_stmt *stmt, int at,
                      const struct weir_answer *a) {
    sqlite3_bind_text(stmt, at, a->head.p ? a->head.p : "", (int)a->head.n,
                      SQLITE_STATIC);
}

static void bind_vary(struct sqlite3_stmt *stmt, int at,
                      const struct weir_answer *a) {
    if (a->has_vary)
        sqlite3_bind_int64(stmt, at, (int64_t)a->vary);
    else
        sqlite3_bind_null(stmt, at);
}

static void bind_file(struct sqlite3_stmt *stmt, int at,
                      const struct weir_answer *a) {
    if (a->folder) {
        sqlite3_bind_int64(stmt, at, a->folder);
        weir_store_bind_text(stmt, at + 1, a->file);
        sqlite3_bind_int64(stmt, at + 2, (int64_t)a->file_key);
        sqlite3_bind_int64(stmt, at + 3, a->mtime_ns);
    } else {
        for (int i = 0; i < 4; i++)
            sqlite3_bind_null(stmt, at + i);
    }
}

enum weir_err weir_store_put_answer(struct weir_store *s,
                                    const struct weir_answer *a,
                                    struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[WEIR_SQL_PUT_ANSWER];
    sqlite3_bind_int64(stmt, 1, (int64_t)a->key);
    sqlite3_bind_int64(stmt, 2, a->run);
    sqlite3_bind_int64(stmt, 3, s->seq);
    if (weir_str_eq(a->method, WEIR_STR("GET")))
        sqlite3_bind_null(stmt, 4);
    else
        weir_store_bind_text(stmt, 4, a->method);
    weir_store_bind_text(stmt, 5, a->url);
    weir_store_bind_text(stmt, 6, a->effective_url);
    sqlite3_bind_int(stmt, 7, a->status);
    sqlite3_bind_int64(stmt, 8, a->request_time);
    sqlite3_bind_int64(stmt, 9, a->response_time);
    bind_head(stmt, 10, a);
    bind_vary(stmt, 11, a);
    sqlite3_bind_int64(stmt, 12, (int64_t)a->size);
    sqlite3_bind_int64(stmt, 13, (int64_t)a->xxh3);
    if (a->sha256.n)
        sqlite3_bind_blob(stmt, 14, a->sha256.p, (int)a->sha256.n,
                          SQLITE_STATIC);
    else
        sqlite3_bind_null(stmt, 14);
    bind_file(stmt, 15, a);
    return weir_store_run(s, WEIR_SQL_PUT_ANSWER, error);
}

enum weir_err weir_store_refresh_answer(struct weir_store *s,
                                        const struct weir_answer *a,
                                        struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[WEIR_SQL_REFRESH_ANSWER];
    sqlite3_bind_int64(stmt, 1, a->id);
    sqlite3_bind_int64(stmt, 2, a->run);
    sqlite3_bind_int64(stmt, 3, s->seq);
    sqlite3_bind_int64(stmt, 4, a->request_time);
    sqlite3_bind_int64(stmt, 5, a->response_time);
    bind_head(stmt, 6, a);
    bind_vary(stmt, 7, a);
    return weir_store_run(s, WEIR_SQL_REFRESH_ANSWER, error);
}

enum weir_err weir_store_touch_answer(struct weir_store *s, int64_t id,
                                      int64_t run, struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[WEIR_SQL_TOUCH_ANSWER];
    sqlite3_bind_int64(stmt, 1, id);
    sqlite3_bind_int64(stmt, 2, run);
    sqlite3_bind_int64(stmt, 3, s->seq);
    return weir_store_run(s, WEIR_SQL_TOUCH_ANSWER, error);
}

enum weir_err weir_store_find_owner(struct weir_store *s, uint64_t file_key,
                                    struct weir_str *url, bool *found,
                                    struct weir_error *error) {
    enum weir_err code =
        weir_store_seek(s, WEIR_SQL_FIND_OWNER, file_key, found, error);
    if (!code && *found)
        *url = weir_store_text(s->sql[WEIR_SQL_FIND_OWNER], 0);
    return code;
}

enum weir_err weir_store_folder(struct weir_store *s, struct weir_str path,
                                bool add, int64_t *id,
                                struct weir_error *error) {
    bool found;
    int64_t got = 0;
    enum weir_err code;
    weir_store_bind_text(s->sql[WEIR_SQL_FIND_FOLDER], 1, path);
    code = weir_store_get_int(s, WEIR_SQL_FIND_FOLDER, &got, &found, error);
    if (!code && !found && add) {
        weir_store_bind_text(s->sql[WEIR_SQL_ADD_FOLDER], 1, path);
        code = weir_store_get_int(s, WEIR_SQL_ADD_FOLDER, &got, &found, error);
    }
    if (!code)
        *id = found ? got : 0;
    return code;
}

enum weir_err weir_store_folder_path(struct weir_store *s, int64_t id,
                                     struct weir_str *path,
                                     struct weir_error *error) {
    bool row;
    enum weir_err code =
        weir_store_seek(s, WEIR_SQL_FOLDER_PATH, (uint64_t)id, &row, error);
    if (!code)
        *path = row ? weir_store_text(s->sql[WEIR_SQL_FOLDER_PATH], 0)
                    : WEIR_STR("");
    return code;
}

enum weir_err weir_store_list_answers(struct weir_store *s, struct weir_str url,
                                      weir_store_each_answer each, void *data,
                                      struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    struct weir_answer a;
    enum weir_err code;
    int rc;
    code = weir_db_prepare(s->db,
                           "SELECT " WEIR_ANSWER_COLUMNS "FROM answer WHERE "
                           "?1 IS NULL OR url = ?1 ORDER BY id",
                           &stmt, error);
    if (code)
        return code;
    weir_store_bind_text(stmt, 1, url);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        weir_store_read_answer(stmt, &a);
        if (!each(&a, data))
            break;
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        code = weir_db_fail(s->db, rc, error);
    sqlite3_finalize(stmt);
    return code;
}
