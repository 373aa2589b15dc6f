/* Why: tables for spreadsheets and scripts: RFC 4180 (CRLF, quotes doubled)
 * with a header row, in UTF-8 without a byte order mark.
 *
 * Columns are those that the output names. Without names a file that is made
 * anew has all fields in the order in which they first appear, found out by a
 * pass before the rows; one that is appended to has those of its header row, or
 * of its first record, and what has no column there is noted as a problem.
 *
 * Text is a cell as it is: nothing is put before cells that a spreadsheet takes
 * for formulas ("=", "+", "-", "@" in front), because that would change data
 * for every other reader. Lists and objects are JSON in a cell, missing values
 * and null are empty, U+0000, which CSV readers stop at, becomes U+FFFD. */
#include "sink/record_type.h"

#include "base/map.h"
#include "base/mem.h"

#include <string.h>

enum { HEADER_MAX = 1 << 20, COLUMNS_MAX = 10000 };

struct csv {
    struct weir_str *columns; /* its own copies */
    size_t count, cap;
    struct weir_map *by_name; /* what stands in columns */
    bool fixed;               /* no more columns come */
    bool started;             /* the header row stands in the file */
    struct weir_buf cell;
};

static bool has_column(const struct csv *c, struct weir_str name) {
    return weir_map_get(c->by_name, name) != NULL;
}

static enum weir_err add_column(struct csv *c, struct weir_str name) {
    if (c->count == COLUMNS_MAX)
        return WEIR_E_LIMIT;
    if (c->count == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 16;
        void *p = weir_reallocarray(c->columns, cap, sizeof *c->columns);
        if (!p)
            return WEIR_E_NOMEM;
        c->columns = p;
        c->cap = cap;
    }
    char *copy = weir_str_dup(name);
    if (!copy)
        return WEIR_E_NOMEM;
    name.p = copy;
    if (weir_map_put(c->by_name, name, copy)) {
        weir_free(copy);
        return WEIR_E_NOMEM;
    }
    c->columns[c->count++] = name;
    return WEIR_OK;
}

/* ---- writing rows ---- */

/* Also what a reader might trim or take for nothing is quoted. */
static bool wants_quotes(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '"' || s.p[i] == ',' || s.p[i] == '\r' || s.p[i] == '\n')
            return true;
    return s.n > 0 && (s.p[0] == ' ' || s.p[s.n - 1] == ' ');
}

static void put_cell(struct weir_buf *out, struct weir_str s) {
    bool quotes = wants_quotes(s);
    if (quotes)
        weir_buf_byte(out, '"');
    for (size_t i = 0; i < s.n;) {
        size_t n = i;
        while (n < s.n && s.p[n] != '"' && s.p[n] != '\0')
            n++;
        weir_buf_str(out, weir_str_sub(s, i, n - i));
        if (n < s.n)
            weir_buf_z(out, s.p[n] == '"' ? "\"\"" : "\xEF\xBF\xBD");
        i = n + 1;
    }
    if (quotes)
        weir_buf_byte(out, '"');
}

/* A row is complete. One of a single empty cell would be an empty line, which
 * readers skip. */
static void end_row(struct weir_record_sink *s, size_t from) {
    if (s->line.len == from)
        weir_buf_z(&s->line, "\"\"");
    weir_buf_z(&s->line, s->config.terminal && !s->path ? "\n" : "\r\n");
}

static void put_header(struct weir_record_sink *s, struct csv *c) {
    size_t from = s->line.len;
    for (size_t i = 0; i < c->count; i++) {
        if (i > 0)
            weir_buf_byte(&s->line, ',');
        weir_buf_clear(&c->cell);
        if (weir_record_put_shown(s, c->columns[i], &c->cell))
            s->line.failed = true;
        put_cell(&s->line, weir_buf_view(&c->cell));
    }
    end_row(s, from);
    c->started = true;
}

static enum weir_err put_value(struct weir_record_sink *s, struct csv *c,
                               size_t column) {
    struct weir_str name = c->columns[column];
    enum weir_err code;
    weir_buf_clear(&c->cell);
    code = weir_value_put_text(weir_members_get(&s->members, name), &c->cell);
    if (code || !s->config.terminal || s->path) {
        put_cell(&s->line, weir_buf_view(&c->cell));
        return code;
    }
    struct weir_buf shown;
    weir_buf_init(&shown, 0);
    code = weir_record_put_shown(s, weir_buf_view(&c->cell), &shown);
    put_cell(&s->line, weir_buf_view(&shown));
    weir_buf_release(&shown);
    return code;
}

/* ---- columns ---- */

static enum weir_err no_room(struct weir_record_sink *s, enum weir_err code,
                             struct weir_error *error) {
    if (code != WEIR_E_LIMIT)
        return weir_error_nomem(error);
    return weir_error_set(error, WEIR_E_INVALID,
                          "output %s: more than %d columns",
                          weir_record_name(s), COLUMNS_MAX);
}

/* The members that have no column yet get one. */
static enum weir_err survey_csv(struct weir_record_sink *s,
                                struct weir_error *error) {
    struct csv *c = s->own;
    enum weir_err code = WEIR_OK;
    for (size_t i = 0; !code && !c->fixed && i < s->members.count; i++)
        if (!has_column(c, s->members.at[i].name))
            code = add_column(c, s->members.at[i].name);
    return code ? no_room(s, code, error) : WEIR_OK;
}

static void note_strangers(struct weir_record_sink *s, const struct csv *c) {
    for (size_t i = 0; i < s->members.count; i++)
        if (!has_column(c, s->members.at[i].name))
            weir_record_problem(s,
                                "output %s: field %.*s has no column in the "
                                "file; name them all in columns",
                                weir_record_name(s),
                                WEIR_STR_ARG(s->members.at[i].name));
}

static enum weir_err put_csv(struct weir_record_sink *s,
                             const struct weir_record *record,
                             struct weir_error *error) {
    struct csv *c = s->own;
    enum weir_err code = WEIR_OK;
    (void)record;
    if (!c->fixed && (code = survey_csv(s, error)))
        return code;
    c->fixed = true;
    if (!c->started)
        put_header(s, c);
    if (s->output->column_count == 0)
        note_strangers(s, c);
    size_t from = s->line.len;
    for (size_t i = 0; !code && i < c->count; i++) {
        if (i > 0)
            weir_buf_byte(&s->line, ',');
        code = put_value(s, c, i);
    }
    end_row(s, from);
    return code ? weir_error_nomem(error) : weir_record_write_line(s, error);
}

/* Made anew: the header stands there even if no record comes. */
static enum weir_err head_csv(struct weir_record_sink *s,
                              struct weir_error *error) {
    struct csv *c = s->own;
    c->fixed = true;
    if (c->count == 0)
        return WEIR_OK;
    weir_buf_clear(&s->line);
    put_header(s, c);
    return weir_record_write_line(s, error);
}

/* ---- the header row of a file that is appended to ---- */

/* Takes a cell off the row: *last says that the row ended with it. False: the
 * row does not end in the text. */
static bool read_cell(struct weir_str *text, struct weir_buf *cell,
                      bool *last) {
    size_t i = 0;
    bool quoted = text->n > 0 && text->p[0] == '"';
    weir_buf_clear(cell);
    for (i = quoted; i < text->n; i++) {
        char c = text->p[i];
        if (quoted && c == '"') {
            quoted = i + 1 < text->n && text->p[i + 1] == '"';
            if (quoted)
                weir_buf_byte(cell, text->p[i++]);
        } else if (!quoted && (c == ',' || c == '\n')) {
            *last = c == '\n';
            if (*last && cell->len > 0 && cell->p[cell->len - 1] == '\r')
                weir_buf_truncate(cell, cell->len - 1);
            *text = weir_str_sub(*text, i + 1, text->n);
            return true;
        } else {
            weir_buf_byte(cell, c);
        }
    }
    return false;
}

static enum weir_err header_differs(struct weir_record_sink *s,
                                    struct weir_error *error) {
    return weir_error_set(error, WEIR_E_USAGE,
                          "output %s: its header row does not name the columns "
                          "of the output; move it away or change columns",
                          weir_record_name(s));
}

static enum weir_err match_cell(struct weir_record_sink *s, struct csv *c,
                                size_t index, struct weir_error *error) {
    struct weir_str name = weir_buf_view(&c->cell);
    if (s->output->column_count > 0)
        return index < c->count && weir_str_eq(name, c->columns[index])
                   ? WEIR_OK
                   : header_differs(s, error);
    if (has_column(c, name))
        return header_differs(s, error);
    enum weir_err code = add_column(c, name);
    return code ? no_room(s, code, error) : WEIR_OK;
}

static enum weir_err read_header(struct weir_record_sink *s, struct csv *c,
                                 struct weir_error *error) {
    struct weir_buf head;
    size_t n = 0;
    bool last = false;
    weir_buf_init(&head, 0);
    enum weir_err code = weir_outfile_head(s->file, HEADER_MAX, &head, error);
    struct weir_str rest = weir_buf_view(&head);
    while (!code && !last) {
        if (!read_cell(&rest, &c->cell, &last) || c->cell.failed)
            code = header_differs(s, error);
        else
            code = match_cell(s, c, n++, error);
    }
    if (!code && n != c->count)
        code = header_differs(s, error);
    weir_buf_release(&head);
    c->fixed = c->started = true;
    return code;
}

static enum weir_err open_csv(struct weir_record_sink *s,
                              struct weir_error *error) {
    const struct weir_output *o = s->output;
    struct csv *c = weir_calloc(1, sizeof *c);
    enum weir_err code = WEIR_OK;
    if (!c)
        return weir_error_nomem(error);
    s->own = c;
    weir_buf_init(&c->cell, 0);
    if (!(c->by_name = weir_map_create()))
        return weir_error_nomem(error);
    for (size_t i = 0; !code && i < o->column_count; i++)
        code = add_column(c, weir_str_of(o->columns[i]));
    if (code)
        return no_room(s, code, error);
    c->fixed = o->column_count > 0;
    return weir_outfile_is_empty(s->file) ? WEIR_OK : read_header(s, c, error);
}

static void close_csv(struct weir_record_sink *s) {
    struct csv *c = s->own;
    if (!c)
        return;
    for (size_t i = 0; i < c->count; i++)
        weir_free((char *)c->columns[i].p);
    weir_free(c->columns);
    weir_map_destroy(c->by_name);
    weir_buf_release(&c->cell);
    weir_free(c);
}

const struct weir_record_type weir_record_csv = {
    .name = "csv",
    .open = open_csv,
    .put = put_csv,
    .head = head_csv,
    .survey = survey_csv,
    .close = close_csv,
};
