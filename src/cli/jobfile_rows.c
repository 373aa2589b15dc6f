/* jobfile_rows.c - for: as rows, zipped lists or a CSV file (RFC 4180).
 *
 * All values lie in one array, row after row, in the heap; their texts are in
 * the job's arena, as starts refer to them. */
#include "cli/jobfile_start.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 1000 };

/* --- files
 * ----------------------------------------------------------------------- */

static bool read_all(struct weir_jobread *r, const struct weir_yaml *node,
                     const char *path, struct weir_buf *out) {
    char block[8192];
    enum weir_err err = WEIR_OK;
    size_t n;
    FILE *f = fopen(path, "rb");
    if (!f) {
        weir_jobread_error(r, node->place, "%.300s: %s", path, strerror(errno));
        return false;
    }
    while (!err && (n = fread(block, 1, sizeof block, f)) > 0)
        err = weir_buf_add(out, block, n);
    if (ferror(f))
        weir_jobread_error(r, node->place, "%.300s: %s", path, strerror(errno));
    else if (err == WEIR_E_LIMIT)
        weir_jobread_error(r, node->place, "%.300s: more than 256 MiB", path);
    else if (err)
        r->nomem = true;
    n = !err && !ferror(f);
    fclose(f);
    return n;
}

bool weir_jobrows_file(struct weir_jobread *r, const struct weir_yaml *node,
                       struct weir_buf *out) {
    const char *name = weir_jobread_text(r, node, WEIR_JOBREAD_LINE);
    struct weir_buf path;
    bool good;
    if (!name)
        return false;
    if (!r->input->folder || strcmp(name, "-") == 0) {
        weir_jobread_error(r, node->place, "expected the name of a file");
        return false;
    }
    weir_buf_init(&path, 0);
    if (name[0] != '/')
        weir_buf_fmt(&path, "%s/", r->input->folder);
    weir_buf_z(&path, name);
    if (path.failed)
        r->nomem = true;
    good = !path.failed && read_all(r, node, path.p, out);
    weir_buf_release(&path);
    return good;
}

/* --- rows
 * ------------------------------------------------------------------------- */

static bool make_rows(struct weir_jobrows *rows, struct weir_jobread *r,
                      size_t names) {
    rows->names = names;
    rows->row = weir_calloc(names ? names : 1, sizeof *rows->row);
    r->nomem |= !rows->row;
    return rows->row != NULL;
}

/* Room for one more row, NULL when there is no memory. */
static const char **add_row(struct weir_jobrows *rows, struct weir_jobread *r) {
    size_t count = rows->count;
    void *more = rows->values;
    if ((count & (count - 1)) == 0) /* 0, 1, 2, 4, 8 ... are full */
        more = count > SIZE_MAX / 2 / rows->names
                   ? NULL
                   : weir_reallocarray(rows->values,
                                       (count ? 2 * count : 1) * rows->names,
                                       sizeof *rows->values);
    if (!more) {
        r->nomem = true;
        return NULL;
    }
    rows->values = more;
    rows->count++;
    return rows->values + count * rows->names;
}

const struct weir_jobread_name *weir_jobrows_at(struct weir_jobrows *rows,
                                                size_t i) {
    for (size_t k = 0; k < rows->names; k++)
        rows->row[k].value = rows->values[i * rows->names + k];
    return rows->row;
}

void weir_jobrows_release(struct weir_jobrows *rows) {
    weir_free(rows->row);
    weir_free(rows->values);
    *rows = (struct weir_jobrows){0};
}

/* --- zipped lists
 * ------------------------------------------------------------------ */

static bool check_lists(struct weir_jobread *r, const struct weir_yaml *node) {
    const struct weir_yaml *first = node->first;
    for (const struct weir_yaml *m = first; m; m = m->next) {
        if (m->kind != WEIR_YAML_LIST) {
            weir_jobread_expected(r, m, "a list of values");
            return false;
        }
        if (m->count != first->count) {
            weir_jobread_error(r, m->place,
                               "\"%.60s\" has %zu values and \"%.60s\" has "
                               "%zu: they are taken together, row by row",
                               m->key.p, m->count, first->key.p, first->count);
            return false;
        }
    }
    if (!first || first->count == 0)
        weir_jobread_error(r, node->place, "for: has no values");
    return first && first->count > 0;
}

static bool zip(struct weir_jobrows *rows, struct weir_jobread *r,
                const struct weir_yaml *node) {
    size_t k = 0, i;
    if (!check_lists(r, node) || !make_rows(rows, r, node->count))
        return false;
    rows->values = weir_reallocarray(NULL, node->first->count * rows->names,
                                     sizeof *rows->values);
    if (!rows->values) {
        r->nomem = true;
        return false;
    }
    rows->count = node->first->count;
    for (const struct weir_yaml *m = node->first; m; m = m->next, k++) {
        rows->row[k].name = m->key;
        i = 0;
        for (const struct weir_yaml *v = m->first; v; v = v->next, i++) {
            const char *text = weir_jobread_text(r, v, WEIR_JOBREAD_EMPTY);
            if (!text)
                return false;
            rows->values[i * rows->names + k] = text;
        }
    }
    return true;
}

/* --- CSV
 * ---------------------------------------------------------------------------
 */

struct csv {
    struct weir_str text;
    size_t at;
    size_t line; /* of the record */
    struct weir_buf field;
};

/* One field into c->field; *last: it ends its record. False for a quote that
 * is not closed, or text behind a closed one. */
static bool next_field(struct csv *c, bool *last) {
    struct weir_str s = c->text;
    weir_buf_clear(&c->field);
    if (c->at < s.n && s.p[c->at] == '"') {
        for (c->at++; c->at < s.n; c->at++) {
            if (s.p[c->at] != '"')
                weir_buf_byte(&c->field, s.p[c->at]);
            else if (c->at + 1 < s.n && s.p[c->at + 1] == '"')
                weir_buf_byte(&c->field, s.p[c->at++]);
            else
                break;
        }
        if (c->at == s.n)
            return false;
        c->at++;
    } else {
        while (c->at < s.n && s.p[c->at] != ',' && s.p[c->at] != '\n' &&
               s.p[c->at] != '\r')
            weir_buf_byte(&c->field, s.p[c->at++]);
    }
    if (c->at < s.n && s.p[c->at] == '\r')
        c->at++;
    *last = c->at >= s.n || s.p[c->at] == '\n';
    if (!*last && s.p[c->at] != ',')
        return false;
    c->at += c->at < s.n;
    return true;
}

/* A record into `out`, which has room for `room` fields; their number, or 0
 * after a report. */
static size_t next_record(struct csv *c, struct weir_jobread *r,
                          const struct weir_yaml *node, const char **out,
                          size_t room) {
    size_t n = 0;
    bool last = false;
    c->line++;
    while (!last && n < room) {
        if (!next_field(c, &last)) {
            weir_jobread_error(r, node->place,
                               "record %zu of \"%.200s\" is not valid CSV",
                               c->line, node->text.p);
            return 0;
        }
        out[n] = weir_jobread_dup(r, weir_buf_view(&c->field));
        if (!out[n] || c->field.failed) {
            r->nomem = true;
            return 0;
        }
        if (strlen(out[n]) != c->field.len) {
            weir_jobread_error(r, node->place,
                               "record %zu of \"%.200s\" holds a NUL", c->line,
                               node->text.p);
            return 0;
        }
        n++;
    }
    if (!last) {
        weir_jobread_error(r, node->place,
                           "record %zu of \"%.200s\" has more than %zu fields",
                           c->line, node->text.p, room);
        return 0;
    }
    return n;
}

static bool skip_empty(struct csv *c) {
    while (c->at < c->text.n &&
           (c->text.p[c->at] == '\n' || c->text.p[c->at] == '\r'))
        c->at++;
    return c->at < c->text.n;
}

static bool read_names(struct weir_jobrows *rows, struct csv *c,
                       struct weir_jobread *r, const struct weir_yaml *node) {
    const char *names[NAMES_MAX];
    size_t n = skip_empty(c) ? next_record(c, r, node, names, NAMES_MAX) : 0;
    if (n == 0 && c->text.n == 0)
        weir_jobread_error(r, node->place, "\"%.200s\" is empty", node->text.p);
    if (n == 0 || !make_rows(rows, r, n))
        return false;
    for (size_t i = 0; i < n; i++)
        rows->row[i].name = weir_str_trim(weir_str_of(names[i]));
    return true;
}

static bool read_csv(struct weir_jobrows *rows, struct csv *c,
                     struct weir_jobread *r, const struct weir_yaml *node) {
    if (weir_str_starts(c->text, WEIR_STR("\xef\xbb\xbf")))
        c->at = 3; /* a byte order mark */
    if (!read_names(rows, c, r, node))
        return false;
    while (skip_empty(c)) {
        const char **row = add_row(rows, r);
        size_t n = row ? next_record(c, r, node, row, rows->names) : 0;
        if (n == 0)
            return false;
        if (n < rows->names) {
            weir_jobread_error(r, node->place,
                               "record %zu of \"%.200s\" has %zu fields, the "
                               "first has %zu",
                               c->line, node->text.p, n, rows->names);
            return false;
        }
    }
    if (rows->count == 0)
        weir_jobread_error(r, node->place, "\"%.200s\" has names only",
                           node->text.p);
    return rows->count > 0;
}

bool weir_jobrows_read(struct weir_jobrows *rows, struct weir_jobread *r,
                       const struct weir_yaml *node) {
    const struct weir_yaml *file;
    struct weir_buf text;
    bool good;
    if (node->kind != WEIR_YAML_MAP) {
        weir_jobread_expected(r, node, "lists by name, or {csv: FILE}");
        return false;
    }
    file = weir_yaml_get(node, "csv");
    if (!file || node->count > 1 || file->kind == WEIR_YAML_LIST) {
        good = zip(rows, r, node);
    } else {
        struct csv c = {0};
        weir_buf_init(&text, WEIR_JOBROWS_MAX_BYTES);
        weir_buf_init(&c.field, 0);
        good = weir_jobrows_file(r, file, &text);
        c.text = weir_buf_view(&text);
        good = good && read_csv(rows, &c, r, file);
        weir_buf_release(&c.field);
        weir_buf_release(&text);
    }
    if (!good)
        weir_jobrows_release(rows);
    return good;
}
