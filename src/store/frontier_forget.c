/* Why: a run's frontier goes when nobody will resume it: when it is complete
 * and nothing of it failed, or when another run of the same key begins. Entries
 * of a run lie together, so both are a few range deletes. */
#include "store/frontier.h"
#include "store/store_private.h"

/* Runs `sql` with the ids of a run for ?1 and ?2. */
static enum weir_err delete_range(struct weir_store *s, const char *sql,
                                  int64_t run, struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    enum weir_err code = weir_db_prepare(s->db, sql, &stmt, error);
    if (code)
        return code;
    sqlite3_bind_int64(stmt, 1, run << 32);
    sqlite3_bind_int64(stmt, 2, run << 32 | UINT32_MAX);
    sqlite3_step(stmt);
    int rc = sqlite3_finalize(stmt);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(s->db, rc, error);
}

static enum weir_err forget_run(struct weir_store *s, int64_t run,
                                struct weir_error *error) {
    enum weir_err code = delete_range(
        s, "DELETE FROM frontier WHERE id BETWEEN ?1 AND ?2", run, error);
    if (!code)
        code = delete_range(
            s, "DELETE FROM frontier_text WHERE id BETWEEN ?1 AND ?2", run,
            error);
    if (!code)
        code = delete_range(
            s,
            "DELETE FROM frontier_host WHERE run BETWEEN ?1 >> 32 AND ?2 >> 32",
            run, error);
    return code;
}

/* The first run from `from` on that has entries; 0 = none. */
static enum weir_err next_run(struct weir_store *s, struct sqlite3_stmt *stmt,
                              int64_t from, int64_t *run,
                              struct weir_error *error) {
    sqlite3_bind_int64(stmt, 1, from << 32);
    int rc = sqlite3_step(stmt);
    *run = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) >> 32 : 0;
    rc = sqlite3_reset(stmt);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(s->db, rc, error);
}

static enum weir_err has_key(struct weir_store *s, struct sqlite3_stmt *stmt,
                             int64_t run, uint64_t key, bool *yes,
                             struct weir_error *error) {
    sqlite3_bind_int64(stmt, 1, run);
    int rc = sqlite3_step(stmt);
    /* A run without a row is nobody's. */
    *yes = rc != SQLITE_ROW || (uint64_t)sqlite3_column_int64(stmt, 0) == key;
    rc = sqlite3_reset(stmt);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(s->db, rc, error);
}

static enum weir_err forget_others(struct weir_store *s,
                                   struct sqlite3_stmt *next,
                                   struct sqlite3_stmt *key_of,
                                   uint64_t run_key, int64_t run,
                                   struct weir_error *error) {
    int64_t at = 0;
    for (;;) {
        bool ours = false;
        enum weir_err code = next_run(s, next, at + 1, &at, error);
        if (code || at == 0)
            return code;
        if (at != run && (code = has_key(s, key_of, at, run_key, &ours, error)))
            return code;
        if (ours && (code = forget_run(s, at, error)))
            return code;
    }
}

enum weir_err weir_frontier_forget(struct weir_store *store, uint64_t run_key,
                                   int64_t run, bool over,
                                   struct weir_error *error) {
    struct sqlite3_stmt *next = NULL, *key_of = NULL;
    enum weir_err code;
    code = weir_db_prepare(
        store->db, "SELECT id FROM frontier WHERE id >= ?1 ORDER BY id LIMIT 1",
        &next, error);
    if (!code)
        code = weir_db_prepare(store->db, "SELECT key FROM run WHERE id = ?1",
                               &key_of, error);
    if (!code)
        code = forget_others(store, next, key_of, run_key, run, error);
    sqlite3_finalize(next);
    sqlite3_finalize(key_of);
    if (!code && over)
        code = forget_run(store, run, error);
    return code;
}
