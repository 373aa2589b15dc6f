/* Why: a template is taken apart once, and a URL of it is put together without
 * allocating anything but the buffer's growth. */
#include "source/tiletemplate.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 64, CHOICES_MAX = 64 };

enum kind {
    PART_TEXT,
    PART_Z,
    PART_X,
    PART_Y,
    PART_TMS_Y,
    PART_QUADKEY,
    PART_CHOICE,
    PART_RETINA,
    PART_BBOX
};

struct part {
    enum kind kind;
    struct weir_str text;  /* PART_TEXT; PART_CHOICE: all of them */
    size_t first, choices; /* PART_CHOICE: in weir_tiletemplate.choices */
};

struct weir_tiletemplate {
    char *text, *subdomains;
    bool retina;
    struct part parts[PARTS_MAX];
    size_t count;
    struct weir_str choices[CHOICES_MAX];
    size_t choice_count;
};

static const struct {
    struct weir_str name;
    enum kind kind;
} placeholders[] = {{{"z", 1}, PART_Z},
                    {{"x", 1}, PART_X},
                    {{"y", 1}, PART_Y},
                    {{"-y", 2}, PART_TMS_Y},
                    {{"q", 1}, PART_QUADKEY},
                    {{"quadkey", 7}, PART_QUADKEY},
                    {{"s", 1}, PART_CHOICE},
                    {{"r", 1}, PART_RETINA},
                    {{"bbox-epsg-3857", 14}, PART_BBOX}};

static enum weir_err add_choices(struct weir_tiletemplate *t, struct part *p,
                                 struct weir_str list,
                                 struct weir_error *error) {
    struct weir_str one;
    bool more = true;
    p->kind = PART_CHOICE;
    p->first = t->choice_count;
    while (more) {
        more = weir_str_cut(list, ',', &one, &list);
        if (t->choice_count == CHOICES_MAX)
            return weir_error_set(error, WEIR_E_USAGE,
                                  "more than %d subdomains", CHOICES_MAX);
        t->choices[t->choice_count++] = weir_str_trim(one);
        p->choices++;
    }
    return WEIR_OK;
}

static enum weir_err placeholder(struct weir_tiletemplate *t, struct part *p,
                                 struct weir_str name, size_t column,
                                 struct weir_error *error) {
    if (weir_str_starts(name, WEIR_STR("switch:")))
        return add_choices(t, p, weir_str_sub(name, 7, name.n), error);
    if (weir_str_eq(name, WEIR_STR("s")))
        return add_choices(t, p, weir_str_of(t->subdomains), error);
    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++) {
        if (!weir_str_eq(name, placeholders[i].name))
            continue;
        p->kind = placeholders[i].kind;
        return WEIR_OK;
    }
    return weir_error_set(error, WEIR_E_USAGE,
                          "column %zu: unknown placeholder {%.*s}; there are "
                          "{z} {x} {y} {-y} {q} {quadkey} {s} {switch:a,b,c} "
                          "{r} {bbox-epsg-3857}",
                          column, WEIR_STR_ARG(name));
}

static enum weir_err add_part(struct weir_tiletemplate *t, struct weir_str text,
                              bool is_placeholder, size_t column,
                              struct weir_error *error) {
    struct part *p = &t->parts[t->count];
    if (text.n == 0 && !is_placeholder)
        return WEIR_OK;
    if (t->count == PARTS_MAX)
        return weir_error_set(error, WEIR_E_USAGE, "more than %d parts",
                              PARTS_MAX);
    t->count++;
    *p = (struct part){.kind = PART_TEXT, .text = text};
    return is_placeholder ? placeholder(t, p, text, column, error) : WEIR_OK;
}

static enum weir_err take_apart(struct weir_tiletemplate *t,
                                struct weir_error *error) {
    struct weir_str all = weir_str_of(t->text);
    size_t at = 0;
    enum weir_err code;
    while (at < all.n) {
        size_t open = weir_str_find(all, '{', at);
        size_t close = weir_str_find(all, '}', open < all.n ? open : at);
        if ((code = add_part(t, weir_str_sub(all, at, open - at), false, at + 1,
                             error)))
            return code;
        if (open == all.n)
            break;
        if (close == all.n)
            return weir_error_set(error, WEIR_E_USAGE,
                                  "column %zu: { without }", open + 1);
        if ((code = add_part(t, weir_str_sub(all, open + 1, close - open - 1),
                             true, open + 1, error)))
            return code;
        at = close + 1;
    }
    return WEIR_OK;
}

static bool has(const struct weir_tiletemplate *t, enum kind kind) {
    for (size_t i = 0; i < t->count; i++)
        if (t->parts[i].kind == kind)
            return true;
    return false;
}

static enum weir_err check_parts(const struct weir_tiletemplate *t,
                                 struct weir_error *error) {
    if (has(t, PART_QUADKEY) || has(t, PART_BBOX) ||
        (has(t, PART_Z) && has(t, PART_X) &&
         (has(t, PART_Y) || has(t, PART_TMS_Y))))
        return WEIR_OK;
    return weir_error_set(error, WEIR_E_USAGE,
                          "a template needs {z}, {x} and {y} (or {-y}), or "
                          "{quadkey}, or {bbox-epsg-3857}");
}

enum weir_err weir_tiletemplate_create(struct weir_tiletemplate **out,
                                       struct weir_str text,
                                       struct weir_str subdomains, bool retina,
                                       struct weir_error *error) {
    struct weir_tiletemplate *t = weir_calloc(1, sizeof *t);
    enum weir_err code;
    if (!t)
        return weir_error_nomem(error);
    t->text = weir_str_dup(text);
    t->subdomains = weir_str_dup(subdomains);
    t->retina = retina;
    code = t->text && t->subdomains ? take_apart(t, error)
                                    : weir_error_nomem(error);
    if (!code)
        code = check_parts(t, error);
    if (code) {
        weir_tiletemplate_destroy(t);
        return code;
    }
    *out = t;
    return WEIR_OK;
}

void weir_tiletemplate_destroy(struct weir_tiletemplate *t) {
    if (!t)
        return;
    weir_free(t->text);
    weir_free(t->subdomains);
    weir_free(t);
}

/* The shortest decimal that reads back as the same number. */
static void put_metres(struct weir_buf *out, double v) {
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    weir_buf_z(out, text);
}

static void put_bbox(struct weir_buf *out, struct weir_tile tile) {
    double b[4];
    weir_tile_bounds_3857(tile, b);
    for (int i = 0; i < 4; i++) {
        if (i)
            weir_buf_byte(out, ',');
        put_metres(out, b[i] == 0 ? 0 : b[i]); /* no minus zero */
    }
}

static void put_part(const struct weir_tiletemplate *t, const struct part *p,
                     struct weir_tile tile, struct weir_buf *out) {
    switch (p->kind) {
    case PART_TEXT:
        weir_buf_str(out, p->text);
        break;
    case PART_Z:
        weir_buf_fmt(out, "%u", tile.z);
        break;
    case PART_X:
        weir_buf_fmt(out, "%u", tile.x);
        break;
    case PART_Y:
        weir_buf_fmt(out, "%u", tile.y);
        break;
    case PART_TMS_Y:
        weir_buf_fmt(out, "%u", weir_tile_tms_row(tile));
        break;
    case PART_QUADKEY:
        weir_tile_put_quadkey(out, tile);
        break;
    case PART_CHOICE:
        weir_buf_str(
            out,
            t->choices[p->first + ((uint64_t)tile.x + tile.y) % p->choices]);
        break;
    case PART_RETINA:
        weir_buf_z(out, t->retina ? "@2x" : "");
        break;
    case PART_BBOX:
        put_bbox(out, tile);
        break;
    }
}

void weir_tiletemplate_put(const struct weir_tiletemplate *t,
                           struct weir_tile tile, struct weir_buf *out) {
    for (size_t i = 0; i < t->count; i++)
        put_part(t, &t->parts[i], tile, out);
}

size_t weir_tiletemplate_spread(const struct weir_tiletemplate *t) {
    size_t most = 1;
    for (size_t i = 0; i < t->count; i++)
        if (t->parts[i].choices > most)
            most = t->parts[i].choices;
    return most;
}

enum weir_tile_format
weir_tiletemplate_format(const struct weir_tiletemplate *t) {
    struct weir_str path, query, text = weir_str_of(t->text), last;
    enum weir_tile_format f = WEIR_FORMAT_NONE;
    size_t at;
    weir_str_cut(text, '?', &path, &query);
    for (at = path.n; at > 0 && path.p[at - 1] != '/'; at--)
        ;
    last = weir_str_sub(path, at, path.n);
    for (at = last.n; at > 0 && last.p[at - 1] != '.'; at--)
        ;
    if (at > 0)
        f = weir_tileimage_by_name(weir_str_sub(last, at, last.n));
    while (f == WEIR_FORMAT_NONE && query.n) {
        struct weir_str one;
        weir_str_cut(query, '&', &one, &query);
        if (weir_str_starts_nocase(one, WEIR_STR("format=image/")))
            f = weir_tileimage_by_name(weir_str_sub(one, 13, one.n));
    }
    return f;
}
