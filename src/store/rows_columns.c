/* Why: a table of records has the columns that the records have, and they are
 * not known before they come. */
#include "store/rows_private.h"

#include "base/mem.h"

struct weir_rows_column *weir_rows_find_column(struct weir_rows *r,
                                               struct weir_str name) {
    for (size_t i = 0; i < r->count; i++)
        if (weir_str_eq_nocase(weir_str_of(r->columns[i].name), name))
            return &r->columns[i];
    return NULL;
}

static enum weir_err note_column(struct weir_rows *r, struct weir_str name,
                                 struct weir_error *error) {
    if (r->count == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 16;
        void *p = weir_reallocarray(r->columns, cap, sizeof *r->columns);
        if (!p)
            return weir_error_nomem(error);
        r->columns = p;
        r->cap = cap;
    }
    char *copy = weir_str_dup(name);
    if (!copy)
        return weir_error_nomem(error);
    r->columns[r->count++] = (struct weir_rows_column){copy, SIZE_MAX};
    return WEIR_OK;
}

static void forget_statements(struct weir_rows *r) {
    sqlite3_finalize(r->insert);
    sqlite3_finalize(r->update);
    sqlite3_finalize(r->find);
    r->insert = r->update = r->find = NULL;
}

void weir_rows_forget_columns(struct weir_rows *r) {
    forget_statements(r);
    for (size_t i = 0; i < r->count; i++)
        weir_free(r->columns[i].name);
    r->count = 0;
    r->made = false;
}

/* The columns of a table that is there. */
enum weir_err weir_rows_read_table(struct weir_rows *r,
                                   struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    enum weir_err code = WEIR_OK;
    int rc = SQLITE_DONE;
    weir_rows_forget_columns(r);
    weir_buf_clear(&r->text);
    weir_buf_z(&r->text, "PRAGMA table_info(");
    weir_rows_put_name(&r->text, r->table);
    weir_buf_byte(&r->text, ')');
    if ((code = weir_rows_prepare_text(r, &stmt, error)))
        return code;
    while (!code && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 1);
        code = name ? note_column(r, weir_str_of(name), error)
                    : weir_error_nomem(error);
    }
    if (!code && rc != SQLITE_DONE)
        code = weir_rows_fail(r, error);
    sqlite3_finalize(stmt);
    r->made = r->count > 0;
    return code;
}

static bool is_integer(struct weir_str number) {
    int64_t value;
    return weir_str_to_i64(number, &value);
}

static const char *declared(struct weir_value v) {
    switch (v.kind) {
    case WEIR_JSON_NUMBER:
        return is_integer(v.text) ? " INTEGER" : " REAL";
    case WEIR_JSON_TRUE:
    case WEIR_JSON_FALSE:
        return " BOOLEAN";
    case WEIR_JSON_NULL:
    case WEIR_JSON_END:
        return "";
    default:
        return " TEXT";
    }
}

/* CREATE TABLE with the first column, ALTER TABLE for every other one. */
static enum weir_err add_column(struct weir_rows *r, struct weir_str name,
                                struct weir_value value,
                                struct weir_error *error) {
    enum weir_err code = note_column(r, name, error);
    if (code)
        return code;
    struct weir_rows_column *c = &r->columns[r->count - 1];
    weir_buf_clear(&r->text);
    weir_buf_z(&r->text, r->made ? "ALTER TABLE " : "CREATE TABLE ");
    weir_rows_put_name(&r->text, r->table);
    weir_buf_z(&r->text, r->made ? " ADD COLUMN " : " (");
    weir_rows_put_name(&r->text, c->name);
    weir_buf_z(&r->text, declared(value));
    weir_buf_z(&r->text, r->made ? "" : ")");
    code = weir_rows_exec_text(r, error);
    if (code) {
        weir_free(c->name);
        r->count--;
        return code;
    }
    forget_statements(r);
    r->made = true;
    return WEIR_OK;
}

/* So that a key is found without reading the table. */
static enum weir_err index_key(struct weir_rows *r, struct weir_error *error) {
    const struct weir_rows_config *k = &r->config;
    if (k->key_count == 0)
        return WEIR_OK;
    weir_buf_clear(&r->text);
    struct weir_buf name;
    weir_buf_init(&name, 0);
    weir_buf_fmt(&name, "weir_key_%s", r->table);
    weir_buf_z(&r->text, "CREATE INDEX IF NOT EXISTS ");
    weir_rows_put_name(&r->text, name.p);
    weir_buf_z(&r->text, " ON ");
    weir_rows_put_name(&r->text, r->table);
    for (size_t i = 0; i < k->key_count; i++) {
        weir_buf_z(&r->text, i == 0 ? " (" : ", ");
        weir_rows_put_name(&r->text, k->key[i]);
    }
    weir_buf_byte(&r->text, ')');
    bool failed = name.failed;
    weir_buf_release(&name);
    return failed ? weir_error_nomem(error) : weir_rows_exec_text(r, error);
}

/* Every field finds its column, or gets one. */
enum weir_err weir_rows_match_columns(struct weir_rows *r,
                                      const struct weir_members *m,
                                      struct weir_error *error) {
    const struct weir_rows_config *k = &r->config;
    enum weir_err code = WEIR_OK;
    size_t before = r->count;
    for (size_t i = 0; !code && i < k->column_count; i++) {
        struct weir_str name = weir_str_of(k->columns[i]);
        if (!weir_rows_find_column(r, name))
            code = add_column(r, name, weir_members_get(m, name), error);
    }
    for (size_t i = 0; !code && i < k->key_count; i++) {
        struct weir_str name = weir_str_of(k->key[i]);
        if (!weir_rows_find_column(r, name))
            code = add_column(r, name, weir_members_get(m, name), error);
    }
    for (size_t i = 0; !code && k->column_count == 0 && i < m->count; i++)
        if (!weir_rows_find_column(r, m->at[i].name))
            code = add_column(r, m->at[i].name, m->at[i].value, error);
    if (!code && r->count != before)
        code = index_key(r, error);
    return code;
}
