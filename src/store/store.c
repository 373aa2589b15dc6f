/* Why: opening the store, its batches and its checkpoints. Answers, failures
 * with partial files, and runs are in files of their own.
 *
 * Durability. A commit writes to the log and does not wait for the disk
 * (synchronous=NORMAL), unless the store is durable. After a kill nothing is
 * lost: the kernel has it. After a power loss the log may end earlier, and
 * output files may be shorter than their rows say. meta therefore remembers the
 * boot of the last writer and the batch up to which everything was synced; the
 * first writer of another boot puts the batches in between in doubt. */
#include "store/store_private.h"

#include "base/hash.h"
#include "base/mem.h"
#include "store/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const sql_text[] = {
#define X(name, sql) sql,
    WEIR_STORE_SQL(X)
#undef X
};

uint64_t weir_store_key(struct weir_str method, struct weir_str url,
                        struct weir_str target) {
    uint64_t h = weir_hash(target);
    /* GET is the empty method, as in the table. */
    if (method.n != 0 && !weir_str_eq(method, WEIR_STR("GET")))
        h = weir_hash_seeded(method, h);
    return weir_hash_seeded(url, h);
}

enum weir_err weir_store_default_path(char **out, struct weir_error *error) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    const char *base, *tail;
    if (state && state[0] == '/') {
        base = state;
        tail = "/weir/weir.db";
    } else if (home && home[0] == '/') {
        base = home;
        tail = "/.local/state/weir/weir.db";
    } else {
        return weir_error_set(error, WEIR_E_USAGE,
                              "neither XDG_STATE_HOME nor HOME is set; name "
                              "the store with --store FILE");
    }
    size_t n = strlen(base) + strlen(tail) + 1;
    char *path = weir_malloc(n);
    if (!path)
        return weir_error_nomem(error);
    snprintf(path, n, "%s%s", base, tail);
    *out = path;
    return WEIR_OK;
}

void weir_store_bind_text(struct sqlite3_stmt *stmt, int at,
                          struct weir_str s) {
    if (s.n)
        sqlite3_bind_text(stmt, at, s.p, (int)s.n, SQLITE_STATIC);
    else
        sqlite3_bind_null(stmt, at);
}

struct weir_str weir_store_text(struct sqlite3_stmt *stmt, int column) {
    const char *p = sqlite3_column_blob(stmt, column);
    return weir_str_make(p, p ? (size_t)sqlite3_column_bytes(stmt, column) : 0);
}

enum weir_err weir_store_run(struct weir_store *s, enum weir_store_stmt id,
                             struct weir_error *error) {
    sqlite3_step(s->sql[id]);
    int rc = sqlite3_reset(s->sql[id]);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(s->db, rc, error);
}

enum weir_err weir_store_seek(struct weir_store *s, enum weir_store_stmt id,
                              uint64_t key, bool *row,
                              struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[id];
    sqlite3_reset(stmt);
    sqlite3_bind_int64(stmt, 1, (int64_t)key);
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *row = true;
        return WEIR_OK;
    }
    *row = false;
    rc = sqlite3_reset(stmt);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(s->db, rc, error);
}

enum weir_err weir_store_get_int(struct weir_store *s, enum weir_store_stmt id,
                                 int64_t *out, bool *found,
                                 struct weir_error *error) {
    struct sqlite3_stmt *stmt = s->sql[id];
    int rc = sqlite3_step(stmt);
    *found = rc == SQLITE_ROW;
    if (*found) {
        *out = sqlite3_column_int64(stmt, 0);
        rc = sqlite3_step(stmt); /* RETURNING gives its row before the end */
    }
    rc = sqlite3_reset(stmt);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(s->db, rc, error);
}

/* Runs `sql` that gives one row of integers. */
static enum weir_err get_row(struct weir_store *s, const char *sql,
                             int64_t *out, int columns,
                             struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    enum weir_err code = weir_db_prepare(s->db, sql, &stmt, error);
    if (code)
        return code;
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        for (int i = 0; i < columns; i++)
            out[i] = sqlite3_column_int64(stmt, i);
    else
        code =
            weir_db_fail(s->db, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, error);
    sqlite3_finalize(stmt);
    return code;
}

/* One statement with this boot's id for ?1. */
static enum weir_err exec_boot(struct weir_store *s, const char *sql,
                               struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    enum weir_err code = weir_db_prepare(s->db, sql, &stmt, error);
    if (code)
        return code;
    sqlite3_bind_text(stmt, 1, s->boot, -1, SQLITE_STATIC);
    sqlite3_step(stmt);
    int rc = sqlite3_finalize(stmt);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(s->db, rc, error);
}

/* Makes the meta row, or takes note of a reboot. */
static enum weir_err note_boot(struct weir_store *s, struct weir_error *error) {
    int64_t row[3];
    enum weir_err code;
    char sql[128];
    sqlite3_snprintf(sizeof sql, sql,
                     "SELECT count(*), sum(boot = %Q) FROM meta", s->boot);
    code = get_row(s, sql, row, 2, error);
    if (code || (row[0] == 1 && row[1] == 1))
        return code;
    if ((code = weir_db_begin(s->db, error)))
        return code;
    code = exec_boot(s,
                     "INSERT INTO meta (id, boot, seq, synced, doubt_from, "
                     "doubt_to) VALUES (1, ?1, 0, 0, 0, 0) ON CONFLICT (id) "
                     "DO UPDATE SET doubt_from = CASE WHEN doubt_to > "
                     "doubt_from THEN min(doubt_from, synced) ELSE synced END, "
                     "doubt_to = seq, boot = ?1 WHERE boot <> ?1",
                     error);
    if (!code)
        return weir_db_commit(s->db, error);
    weir_db_rollback(s->db);
    return code;
}

static enum weir_err prepare(struct weir_store *s, struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    for (int i = 0; !code && i < WEIR_SQL_COUNT; i++)
        code = weir_db_prepare(s->db, sql_text[i], &s->sql[i], error);
    return code;
}

static enum weir_err open_store(struct weir_store *s,
                                const struct weir_store_config *config,
                                struct weir_error *error) {
    struct weir_db_config db = {.path = config->path,
                                .schema = weir_store_schema,
                                .application = WEIR_STORE_APPLICATION,
                                .version = WEIR_STORE_VERSION,
                                .readonly = config->readonly,
                                .durable = config->durable};
    char *path = NULL;
    int64_t doubt[2];
    enum weir_err code = WEIR_OK;
    if (!db.path) {
        code = weir_store_default_path(&path, error);
        db.path = path;
    }
    if (!code)
        code = weir_db_open(&s->db, &db, error);
    weir_free(path);
    if (code)
        return code;
    weir_os_boot_id(s->boot);
    if (config->boot)
        snprintf(s->boot, sizeof s->boot, "%s", config->boot);
    if (!config->readonly && (code = note_boot(s, error)))
        return code;
    if ((code = get_row(s, "SELECT doubt_from, doubt_to FROM meta", doubt, 2,
                        error)))
        return code;
    s->doubt.from = doubt[0];
    s->doubt.to = doubt[1];
    if ((code = prepare(s, error)))
        return code;
    return weir_db_data_version(s->db, &s->data_version, error);
}

enum weir_err weir_store_open(struct weir_store **out,
                              const struct weir_store_config *config,
                              struct weir_error *error) {
    struct weir_store *s = weir_calloc(1, sizeof *s);
    if (!s)
        return weir_error_nomem(error);
    enum weir_err code = open_store(s, config, error);
    if (code) {
        weir_store_close(s);
        return code;
    }
    *out = s;
    return WEIR_OK;
}

void weir_store_close(struct weir_store *s) {
    if (!s)
        return;
    if (s->in_batch)
        weir_store_rollback(s);
    for (int i = 0; i < WEIR_SQL_COUNT; i++)
        sqlite3_finalize(s->sql[i]);
    weir_db_close(s->db);
    weir_free(s);
}

const char *weir_store_path(const struct weir_store *s) {
    return weir_db_path(s->db);
}

/* Readers that were left standing on a row would keep a transaction open. */
static void reset_finds(struct weir_store *s) {
    for (int i = 0; i < WEIR_SQL_COUNT; i++)
        if (sqlite3_stmt_busy(s->sql[i]))
            sqlite3_reset(s->sql[i]);
}

enum weir_err weir_store_begin(struct weir_store *s, struct weir_error *error) {
    bool found;
    enum weir_err code;
    reset_finds(s);
    if ((code = weir_db_begin(s->db, error)))
        return code;
    s->in_batch = true;
    code = weir_store_get_int(s, WEIR_SQL_NEXT_SEQ, &s->seq, &found, error);
    if (code)
        weir_store_rollback(s);
    return code;
}

enum weir_err weir_store_commit(struct weir_store *s,
                                struct weir_error *error) {
    reset_finds(s);
    s->in_batch = false;
    return weir_db_commit(s->db, error);
}

void weir_store_rollback(struct weir_store *s) {
    reset_finds(s);
    s->in_batch = false;
    weir_db_rollback(s->db);
}

enum weir_err weir_store_read_begin(struct weir_store *s,
                                    struct weir_error *error) {
    return weir_db_read_begin(s->db, error);
}

void weir_store_read_end(struct weir_store *s) {
    reset_finds(s);
    weir_db_read_end(s->db);
}

enum weir_err weir_store_others_wrote(struct weir_store *s, bool *wrote,
                                      struct weir_error *error) {
    int64_t version;
    enum weir_err code = weir_db_data_version(s->db, &version, error);
    if (code)
        return code;
    *wrote = version != s->data_version;
    s->data_version = version;
    return WEIR_OK;
}

enum weir_err weir_store_holds(struct weir_store *s,
                               struct weir_store_holds *out,
                               struct weir_error *error) {
    int64_t any[3];
    enum weir_err code = get_row(s,
                                 "SELECT EXISTS (SELECT 1 FROM answer), EXISTS "
                                 "(SELECT 1 FROM failure), EXISTS (SELECT 1 "
                                 "FROM partial)",
                                 any, 3, error);
    if (!code)
        *out = (struct weir_store_holds){any[0] != 0, any[1] != 0, any[2] != 0};
    return code;
}

struct weir_doubt weir_store_doubt(const struct weir_store *s) {
    return s->doubt;
}

int64_t weir_store_batch(const struct weir_store *s) {
    return s->seq;
}

int64_t weir_store_pending(const struct weir_store *s) {
    return weir_db_wal_size(s->db);
}

enum weir_err weir_store_checkpoint(struct weir_store *s,
                                    struct weir_error *error) {
    enum weir_err code;
    if ((code = weir_db_begin(s->db, error)))
        return code;
    if ((code = weir_store_run(s, WEIR_SQL_SET_SYNCED, error))) {
        weir_db_rollback(s->db);
        return code;
    }
    if ((code = weir_db_commit(s->db, error)))
        return code;
    return weir_db_checkpoint(s->db, error);
}

enum weir_err weir_store_stat(struct weir_store *s, struct weir_store_stat *out,
                              struct weir_error *error) {
    int64_t a[5], b[5];
    enum weir_err code;
    if ((code = get_row(s,
                        "SELECT count(*), coalesce(sum(size), 0), "
                        "count(file), coalesce(min(responded), 0), "
                        "coalesce(max(responded), 0) FROM answer",
                        a, 5, error)) ||
        (code = get_row(s,
                        "SELECT (SELECT count(*) FROM failure), (SELECT "
                        "count(*) FROM partial), (SELECT count(*) FROM run), "
                        "(SELECT count(*) FROM run WHERE state = 0), (SELECT "
                        "page_count * page_size FROM pragma_page_count(), "
                        "pragma_page_size())",
                        b, 5, error)))
        return code;
    *out = (struct weir_store_stat){
        .answers = (uint64_t)a[0],
        .bytes = (uint64_t)a[1],
        .with_file = (uint64_t)a[2],
        .oldest = a[3],
        .newest = a[4],
        .failures = (uint64_t)b[0],
        .partials = (uint64_t)b[1],
        .runs = (uint64_t)b[2],
        .unfinished = (uint64_t)b[3],
        .database_bytes = b[4],
        .pending_bytes = weir_db_wal_size(s->db),
    };
    return WEIR_OK;
}
