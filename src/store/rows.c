/* Why: the one output that must speak SQL. Statements depend on the columns
 * that there are, so they are made anew whenever a column is added, and a
 * record binds all of them: its values, and for the columns that it lacks NULL
 * in a new row and the old value in an existing one.
 *
 * A key is looked up with IS, not by a constraint: so NULL equals NULL, and a
 * table that the user made needs no particular index. */
#include "store/rows_private.h"

#include "base/mem.h"
#include "store/os.h"

#include <errno.h>
#include <string.h>

enum { BUSY_MS = 10000 };

enum weir_err weir_rows_fail(struct weir_rows *r, struct weir_error *error) {
    int rc = r->handle ? sqlite3_errcode(r->handle) : SQLITE_NOMEM;
    const char *cause = r->handle ? sqlite3_errmsg(r->handle) : "";
    enum weir_err code;
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return weir_error_nomem(error);
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_ERROR:
        code = WEIR_E_INVALID;
        break;
    default:
        code = WEIR_E_IO;
    }
    return weir_error_set(error, code, "output %s: %s", r->shown, cause);
}

enum weir_err weir_rows_exec(struct weir_rows *r, const char *sql,
                             struct weir_error *error) {
    return sqlite3_exec(r->handle, sql, NULL, NULL, NULL) == SQLITE_OK
               ? WEIR_OK
               : weir_rows_fail(r, error);
}

/* Runs what stands in r->text. */
enum weir_err weir_rows_exec_text(struct weir_rows *r,
                                  struct weir_error *error) {
    return r->text.failed ? weir_error_nomem(error)
                          : weir_rows_exec(r, r->text.p, error);
}

enum weir_err weir_rows_prepare_text(struct weir_rows *r,
                                     struct sqlite3_stmt **out,
                                     struct weir_error *error) {
    if (r->text.failed)
        return weir_error_nomem(error);
    return sqlite3_prepare_v2(r->handle, r->text.p, -1, out, NULL) == SQLITE_OK
               ? WEIR_OK
               : weir_rows_fail(r, error);
}

/* An identifier in its quotes. */
void weir_rows_put_name(struct weir_buf *out, const char *name) {
    weir_buf_byte(out, '"');
    for (; *name; name++) {
        if (*name == '"')
            weir_buf_byte(out, '"');
        weir_buf_byte(out, *name);
    }
    weir_buf_byte(out, '"');
}

/* ---- statements; parameter n is column n ---- */

static bool is_key(const struct weir_rows *r, const char *name) {
    for (size_t i = 0; i < r->config.key_count; i++)
        if (weir_str_eq_nocase(weir_str_of(r->config.key[i]),
                               weir_str_of(name)))
            return true;
    return false;
}

static void put_where(struct weir_rows *r) {
    const char *word = " WHERE ";
    for (size_t i = 0; i < r->count; i++)
        if (is_key(r, r->columns[i].name)) {
            weir_buf_z(&r->text, word);
            weir_rows_put_name(&r->text, r->columns[i].name);
            weir_buf_fmt(&r->text, " IS ?%zu", i + 1);
            word = " AND ";
        }
}

static enum weir_err make_insert(struct weir_rows *r,
                                 struct weir_error *error) {
    weir_buf_clear(&r->text);
    weir_buf_z(&r->text, "INSERT INTO ");
    weir_rows_put_name(&r->text, r->table);
    for (size_t i = 0; i < r->count; i++) {
        weir_buf_z(&r->text, i == 0 ? " (" : ",");
        weir_rows_put_name(&r->text, r->columns[i].name);
    }
    for (size_t i = 0; i < r->count; i++)
        weir_buf_fmt(&r->text, "%s?%zu", i == 0 ? ") VALUES (" : ",", i + 1);
    weir_buf_byte(&r->text, ')');
    return weir_rows_prepare_text(r, &r->insert, error);
}

/* Parameter count + n says whether the record has a value for column n. */
static enum weir_err make_update(struct weir_rows *r,
                                 struct weir_error *error) {
    weir_buf_clear(&r->text);
    weir_buf_z(&r->text, "UPDATE ");
    weir_rows_put_name(&r->text, r->table);
    for (size_t i = 0; i < r->count; i++) {
        weir_buf_z(&r->text, i == 0 ? " SET " : ",");
        weir_rows_put_name(&r->text, r->columns[i].name);
        weir_buf_fmt(&r->text, "=iif(?%zu,?%zu,", r->count + i + 1, i + 1);
        weir_rows_put_name(&r->text, r->columns[i].name);
        weir_buf_byte(&r->text, ')');
    }
    put_where(r);
    return weir_rows_prepare_text(r, &r->update, error);
}

static enum weir_err make_find(struct weir_rows *r, struct weir_error *error) {
    weir_buf_clear(&r->text);
    weir_buf_z(&r->text, "SELECT 1 FROM ");
    weir_rows_put_name(&r->text, r->table);
    put_where(r);
    weir_buf_z(&r->text, " LIMIT 1");
    return weir_rows_prepare_text(r, &r->find, error);
}

static enum weir_err make_statements(struct weir_rows *r,
                                     struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    if (!r->insert)
        code = make_insert(r, error);
    if (!code && r->config.key_count > 0 && !r->config.keep_first && !r->update)
        code = make_update(r, error);
    if (!code && r->config.key_count > 0 && r->config.keep_first && !r->find)
        code = make_find(r, error);
    return code;
}

/* ---- values ---- */

/* Numbers that are no 64-bit integers go in as text; sqlite makes a REAL of
 * them where the column is numeric, without a locale. */
static int bind_number(struct sqlite3_stmt *stmt, int at, struct weir_str s) {
    int64_t integer;
    if (weir_str_to_i64(s, &integer))
        return sqlite3_bind_int64(stmt, at, integer);
    return sqlite3_bind_text(stmt, at, s.p, (int)s.n, SQLITE_TRANSIENT);
}

static int bind(struct weir_rows *r, struct sqlite3_stmt *stmt, int at,
                struct weir_value v) {
    switch (v.kind) {
    case WEIR_JSON_NUMBER:
        return bind_number(stmt, at, v.text);
    case WEIR_JSON_TRUE:
    case WEIR_JSON_FALSE:
        return sqlite3_bind_int(stmt, at, v.kind == WEIR_JSON_TRUE);
    case WEIR_JSON_NULL:
    case WEIR_JSON_END:
        return sqlite3_bind_null(stmt, at);
    default:
        weir_buf_clear(&r->text);
        if (weir_value_put_text(v, &r->text))
            return SQLITE_NOMEM;
        return sqlite3_bind_text64(stmt, at, r->text.p, r->text.len,
                                   SQLITE_TRANSIENT, SQLITE_UTF8);
    }
}

static struct weir_value value_of(const struct weir_rows *r, size_t column,
                                  const struct weir_members *m) {
    if (r->columns[column].field != SIZE_MAX)
        return m->at[r->columns[column].field].value;
    /* columns and keys may be paths into a field */
    return weir_members_get(m, weir_str_of(r->columns[column].name));
}

static int bind_all(struct weir_rows *r, struct sqlite3_stmt *stmt,
                    const struct weir_members *m) {
    int rc = SQLITE_OK, params = sqlite3_bind_parameter_count(stmt);
    for (size_t i = 0; rc == SQLITE_OK && i < r->count; i++) {
        struct weir_value v = value_of(r, i, m);
        if ((int)i < params)
            rc = bind(r, stmt, (int)i + 1, v);
        if (rc == SQLITE_OK && (int)(r->count + i) < params)
            rc = sqlite3_bind_int(stmt, (int)(r->count + i) + 1,
                                  v.kind != WEIR_JSON_END);
    }
    return rc;
}

/* Runs a statement for the record; *row: it gave one. */
static enum weir_err step(struct weir_rows *r, struct sqlite3_stmt *stmt,
                          const struct weir_members *m, bool *row,
                          struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    if (bind_all(r, stmt, m) != SQLITE_OK)
        return weir_error_nomem(error);
    int rc = sqlite3_step(stmt);
    *row = rc == SQLITE_ROW;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        code = weir_rows_fail(r, error);
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    return code;
}

enum weir_err weir_rows_put(struct weir_rows *r, const struct weir_members *m,
                            struct weir_error *error) {
    enum weir_err code;
    bool row = false;
    if (m->count == 0 && r->count == 0)
        return weir_error_set(error, WEIR_E_INVALID,
                              "output %s: a record without fields", r->shown);
    if ((code = weir_rows_match_columns(r, m, error)) ||
        (code = make_statements(r, error)))
        return code;
    for (size_t i = 0; i < r->count; i++)
        r->columns[i].field = SIZE_MAX;
    for (size_t i = 0; i < m->count; i++) {
        struct weir_rows_column *c = weir_rows_find_column(r, m->at[i].name);
        if (c)
            c->field = i;
    }
    if (r->update) {
        code = step(r, r->update, m, &row, error);
        row = !code && sqlite3_changes(r->handle) > 0;
    } else if (r->find) {
        code = step(r, r->find, m, &row, error);
    }
    return code || row ? code : step(r, r->insert, m, &row, error);
}

/* ---- batches ---- */

enum weir_err weir_rows_begin(struct weir_rows *r, uint64_t batch, bool *wanted,
                              struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    const char *identity = r->config.identity ? r->config.identity : "";
    enum weir_err code = weir_rows_exec(r, "BEGIN IMMEDIATE", error);
    if (code)
        return code;
    r->open = true;
    r->batch = batch;
    *wanted = true;
    /* Somebody else may have changed the table since. */
    code = weir_rows_read_table(r, error);
    if (!code && batch > 0)
        code = weir_rows_exec(
            r,
            "CREATE TABLE IF NOT EXISTS weir_batch (identity TEXT "
            "PRIMARY KEY, batch INTEGER NOT NULL) WITHOUT ROWID",
            error);
    if (!code && batch > 0) {
        weir_buf_clear(&r->text);
        weir_buf_z(&r->text,
                   "SELECT 1 FROM weir_batch WHERE identity=?1 AND batch>=?2");
        code = weir_rows_prepare_text(r, &stmt, error);
        if (!code) {
            sqlite3_bind_text(stmt, 1, identity, -1, SQLITE_STATIC);
            sqlite3_bind_int64(stmt, 2, (int64_t)batch);
            int rc = sqlite3_step(stmt);
            *wanted = rc != SQLITE_ROW;
            if (rc != SQLITE_ROW && rc != SQLITE_DONE)
                code = weir_rows_fail(r, error);
            sqlite3_finalize(stmt);
        }
    }
    if (code || !*wanted)
        weir_rows_rollback(r);
    return code;
}

static enum weir_err note_batch(struct weir_rows *r, struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    const char *identity = r->config.identity ? r->config.identity : "";
    enum weir_err code;
    if (r->batch == 0)
        return WEIR_OK;
    weir_buf_clear(&r->text);
    weir_buf_z(&r->text, "REPLACE INTO weir_batch VALUES (?1, ?2)");
    if ((code = weir_rows_prepare_text(r, &stmt, error)))
        return code;
    sqlite3_bind_text(stmt, 1, identity, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, (int64_t)r->batch);
    if (sqlite3_step(stmt) != SQLITE_DONE)
        code = weir_rows_fail(r, error);
    sqlite3_finalize(stmt);
    return code;
}

enum weir_err weir_rows_commit(struct weir_rows *r, struct weir_error *error) {
    if (!r->open)
        return WEIR_OK;
    enum weir_err code = note_batch(r, error);
    if (!code)
        code = weir_rows_exec(r, "COMMIT", error);
    if (code)
        weir_rows_rollback(r);
    r->open = false;
    return code;
}

void weir_rows_rollback(struct weir_rows *r) {
    if (r->open && !sqlite3_get_autocommit(r->handle))
        sqlite3_exec(r->handle, "ROLLBACK", NULL, NULL, NULL);
    r->open = false;
    weir_rows_forget_columns(r);
}

enum weir_err weir_rows_clear(struct weir_rows *r, struct weir_error *error) {
    if (!r->made)
        return WEIR_OK;
    weir_buf_clear(&r->text);
    weir_buf_z(&r->text, "DELETE FROM ");
    weir_rows_put_name(&r->text, r->table);
    return weir_rows_exec_text(r, error);
}

/* ---- opening ---- */

static enum weir_err make_parents(struct weir_rows *r,
                                  struct weir_error *error) {
    const char *path = r->config.path, *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return WEIR_OK;
    char *folder = weir_memdup(path, (size_t)(slash - path));
    if (!folder)
        return weir_error_nomem(error);
    int rc = weir_os_mkdirs(folder, 0777), cause = errno;
    weir_free(folder);
    return rc == 0 ? WEIR_OK
                   : weir_error_set(error, WEIR_E_IO, "output %s: %s", r->shown,
                                    strerror(cause));
}

static enum weir_err open_database(struct weir_rows *r,
                                   struct weir_error *error) {
    enum weir_err code = make_parents(r, error);
    if (code)
        return code;
    if (sqlite3_open_v2(r->config.path, &r->handle,
                        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE |
                            SQLITE_OPEN_CREATE,
                        NULL) != SQLITE_OK)
        return weir_rows_fail(r, error);
    sqlite3_busy_timeout(r->handle, BUSY_MS);
    sqlite3_db_config(r->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(r->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* A kill harms neither; durable outlives a power loss as well. */
    code = weir_rows_exec(r,
                          r->config.durable ? "PRAGMA synchronous=EXTRA"
                                            : "PRAGMA synchronous=NORMAL",
                          error);
    /* The first look at the file's content: is it a database at all? */
    return code ? code : weir_rows_read_table(r, error);
}

enum weir_err weir_rows_open(struct weir_rows **out,
                             const struct weir_rows_config *config,
                             struct weir_error *error) {
    struct weir_rows *r = weir_calloc(1, sizeof *r);
    if (!r)
        return weir_error_nomem(error);
    r->config = *config;
    r->shown = config->shown ? config->shown : config->path;
    r->table = config->table ? config->table : "items";
    weir_buf_init(&r->text, 0);
    enum weir_err code = open_database(r, error);
    if (code)
        weir_rows_close(r);
    else
        *out = r;
    return code;
}

void weir_rows_close(struct weir_rows *r) {
    if (!r)
        return;
    weir_rows_rollback(r);
    sqlite3_close(r->handle);
    weir_free(r->columns);
    weir_buf_release(&r->text);
    weir_free(r);
}
