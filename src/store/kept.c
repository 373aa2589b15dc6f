/* Why: what jobs keep beside their answers: bodies, what probes found, and how
 * far outputs were written. */
#include "store/store_private.h"

#include "base/hash.h"

static void bind_derived(struct sqlite3_stmt *stmt, int at,
                         const struct weir_derived *d) {
    sqlite3_bind_int64(stmt, at, d ? (int64_t)d->made_of : 0);
    if (d)
        sqlite3_bind_blob64(stmt, at + 1, d->bytes.p, d->bytes.n,
                            SQLITE_STATIC);
    else
        sqlite3_bind_null(stmt, at + 1);
}

enum weir_err weir_store_put_body(struct weir_store *s, uint64_t key,
                                  uint64_t size, struct weir_str packed,
                                  const struct weir_derived *derived,
                                  struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[WEIR_SQL_PUT_BODY];
    sqlite3_bind_int64(stmt, 1, (int64_t)key);
    sqlite3_bind_int64(stmt, 2, (int64_t)size);
    sqlite3_bind_blob64(stmt, 3, packed.p, packed.n, SQLITE_STATIC);
    bind_derived(stmt, 4, derived);
    return weir_store_run(s, WEIR_SQL_PUT_BODY, error);
}

enum weir_err weir_store_set_derived(struct weir_store *s, int64_t id,
                                     const struct weir_derived *derived,
                                     struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[WEIR_SQL_SET_DERIVED];
    sqlite3_bind_int64(stmt, 1, id);
    bind_derived(stmt, 2, derived);
    return weir_store_run(s, WEIR_SQL_SET_DERIVED, error);
}

enum weir_err weir_store_find_derived(struct weir_store *s, int64_t id,
                                      uint64_t made_of, struct weir_str *out,
                                      uint64_t *size, bool *found,
                                      struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[WEIR_SQL_FIND_DERIVED];
    sqlite3_bind_int64(stmt, 2, (int64_t)made_of);
    enum weir_err code =
        weir_store_seek(s, WEIR_SQL_FIND_DERIVED, (uint64_t)id, found, error);
    if (code || !*found)
        return code;
    *out = weir_store_text(stmt, 0);
    *size = (uint64_t)sqlite3_column_int64(stmt, 1);
    *found = out->n > 0;
    return WEIR_OK;
}

enum weir_err weir_store_find_body(struct weir_store *s, int64_t id,
                                   struct weir_str *packed, uint64_t *size,
                                   bool *found, struct weir_error *error) {
    enum weir_err code =
        weir_store_seek(s, WEIR_SQL_FIND_BODY, (uint64_t)id, found, error);
    if (code || !*found)
        return code;
    *packed = weir_store_text(s->sql[WEIR_SQL_FIND_BODY], 0);
    *size = (uint64_t)sqlite3_column_int64(s->sql[WEIR_SQL_FIND_BODY], 1);
    return WEIR_OK;
}

enum weir_err weir_store_body_size(struct weir_store *s, int64_t id,
                                   uint64_t *size, bool *found,
                                   struct weir_error *error) {
    enum weir_err code =
        weir_store_seek(s, WEIR_SQL_BODY_SIZE, (uint64_t)id, found, error);
    if (!code && *found)
        *size = (uint64_t)sqlite3_column_int64(s->sql[WEIR_SQL_BODY_SIZE], 0);
    return code;
}

enum weir_err weir_store_find_probe(struct weir_store *s, struct weir_str url,
                                    struct weir_probed *out, bool *found,
                                    struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[WEIR_SQL_FIND_PROBE];
    bool row;
    enum weir_err code =
        weir_store_seek(s, WEIR_SQL_FIND_PROBE, weir_hash(url), &row, error);
    *found = false;
    if (code || !row)
        return code;
    *out = (struct weir_probed){.url = weir_store_text(stmt, 0),
                                .length = sqlite3_column_int64(stmt, 1),
                                .type = weir_store_text(stmt, 2)};
    *found = weir_str_eq(out->url, url);
    return WEIR_OK;
}

enum weir_err weir_store_put_probe(struct weir_store *s,
                                   const struct weir_probed *p,
                                   struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[WEIR_SQL_PUT_PROBE];
    sqlite3_bind_int64(stmt, 1, (int64_t)weir_hash(p->url));
    weir_store_bind_text(stmt, 2, p->url);
    sqlite3_bind_int64(stmt, 3, p->length);
    sqlite3_bind_text(stmt, 4, p->type.p ? p->type.p : "", (int)p->type.n,
                      SQLITE_STATIC);
    return weir_store_run(s, WEIR_SQL_PUT_PROBE, error);
}

enum weir_err weir_store_find_written(struct weir_store *s, uint64_t key,
                                      struct weir_written *out, bool *found,
                                      struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[WEIR_SQL_FIND_OUTPUT];
    enum weir_err code =
        weir_store_seek(s, WEIR_SQL_FIND_OUTPUT, key, found, error);
    if (!code && *found)
        *out = (struct weir_written){
            .key = key,
            .run = sqlite3_column_int64(stmt, 0),
            .device = (uint64_t)sqlite3_column_int64(stmt, 1),
            .inode = (uint64_t)sqlite3_column_int64(stmt, 2),
            .offset = sqlite3_column_int64(stmt, 3)};
    return code;
}

enum weir_err weir_store_put_written(struct weir_store *s,
                                     const struct weir_written *w,
                                     struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[WEIR_SQL_PUT_OUTPUT];
    sqlite3_bind_int64(stmt, 1, (int64_t)w->key);
    sqlite3_bind_int64(stmt, 2, w->run);
    sqlite3_bind_int64(stmt, 3, (int64_t)w->device);
    sqlite3_bind_int64(stmt, 4, (int64_t)w->inode);
    sqlite3_bind_int64(stmt, 5, w->offset);
    return weir_store_run(s, WEIR_SQL_PUT_OUTPUT, error);
}

/* Runs `sql` with the three numbers. */
static enum weir_err prune(struct weir_store *s, const char *sql,
                           uint64_t run_key, int64_t run, int64_t before,
                           struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    enum weir_err code = weir_db_prepare(s->db, sql, &stmt, error);
    if (code)
        return code;
    sqlite3_bind_int64(stmt, 1, (int64_t)run_key);
    sqlite3_bind_int64(stmt, 2, run);
    sqlite3_bind_int64(stmt, 3, before);
    sqlite3_step(stmt);
    int rc = sqlite3_finalize(stmt);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(s->db, rc, error);
}

#define OLD_ANSWERS                                                            \
    "(SELECT id FROM answer WHERE responded < ?3 AND run <> ?2 AND run IN "    \
    "(SELECT id FROM run WHERE key = ?1) AND id IN (SELECT answer FROM body))"

enum weir_err weir_store_prune_bodies(struct weir_store *s, uint64_t run_key,
                                      int64_t run, int64_t before,
                                      struct weir_error *error) {
    /* The bodies go last: they say which answers are a job's. */
    static const char *const steps[] = {
        "CREATE TEMP TABLE IF NOT EXISTS old (id INTEGER PRIMARY KEY)",
        "INSERT INTO temp.old SELECT * FROM " OLD_ANSWERS,
        "DELETE FROM answer WHERE id IN (SELECT id FROM temp.old)",
        "DELETE FROM body WHERE answer IN (SELECT id FROM temp.old)",
        "DELETE FROM temp.old"};
    enum weir_err code = WEIR_OK;
    for (size_t i = 0; !code && i < sizeof steps / sizeof *steps; i++)
        code = prune(s, steps[i], run_key, run, before, error);
    return code;
}
