/* feedin.c - which kind of feed it is, and records out of entries.
 *
 * The two readers (XML, JSON) go through an entry and set values; of several
 * sources of a value (pubDate and dc:date) the first that is set stays, so the
 * readers ask in the order of preference. */
#include "doc/feedin_internal.h"

#include "base/escape.h"
#include "core/httpdate.h"
#include "core/pagedate.h"
#include "doc/parse.h"

#include <string.h>

enum { MAX_RECORDS = 100000 };

static const char *const names[FEEDIN_COUNT] = {
    "title",          "link",
    "guid",           "date",
    "description",    "content",
    "author",         "categories",
    "enclosure",      "enclosure_length",
    "enclosure_type", "duration",
    "episode",        "season",
    "image",          "explicit",
    "transcript",     "chapters"};

bool feedin_has(const struct feedin *f, enum feedin_field field) {
    return f->values[field].len > 0;
}

static void nomem(struct feedin *f) {
    if (!f->failed)
        f->failed = weir_error_nomem(f->error);
}

/* ---- setters ---- */

void feedin_text(struct feedin *f, enum feedin_field field, struct weir_str s) {
    s = weir_str_trim(s);
    if (s.n && !feedin_has(f, field))
        weir_escape_json(&f->values[field], s);
}

void feedin_line(struct feedin *f, enum feedin_field field, struct weir_str s) {
    struct weir_buf *line = &f->record;
    weir_buf_clear(line);
    for (size_t i = 0; i < s.n; i++)
        if (!weir_is_space(s.p[i]))
            weir_buf_byte(line, s.p[i]);
        else if (line->len && line->p[line->len - 1] != ' ')
            weir_buf_byte(line, ' ');
    if (line->failed)
        nomem(f);
    feedin_text(f, field, weir_buf_view(line));
}

void feedin_html_text(struct feedin *f, enum feedin_field field,
                      struct weir_str s) {
    struct weir_doc *doc;
    struct weir_buf text;
    enum weir_err e;
    if (feedin_has(f, field))
        return;
    if (!memchr(s.p ? s.p : "", '&', s.n) &&
        !memchr(s.p ? s.p : "", '<', s.n)) {
        feedin_line(f, field, s);
        return;
    }
    e = weir_doc_parse(s, NULL, &doc, NULL);
    if (e == WEIR_E_NOMEM)
        nomem(f);
    if (e)
        return;
    weir_buf_init(&text, 0);
    if (weir_doc_root(doc))
        weir_node_text(weir_doc_root(doc), &text);
    if (text.failed)
        nomem(f);
    feedin_text(f, field, weir_buf_view(&text));
    weir_buf_release(&text);
    weir_doc_destroy(doc);
}

struct weir_str feedin_resolve(struct feedin *f, struct weir_str s) {
    struct weir_str none = {NULL, 0}, href;
    struct weir_url url;
    enum weir_err e;
    s = weir_str_trim(s);
    if (s.n == 0)
        return none;
    e = weir_url_parse(&url, s, f->has_base ? &f->base : f->url, NULL);
    if (e == WEIR_E_NOMEM)
        nomem(f);
    if (e)
        return none;
    href = weir_str_of(url.href);
    href.p = weir_arena_dup(f->arena, href);
    weir_url_release(&url);
    if (!href.p)
        nomem(f);
    return href.p ? href : none;
}

void feedin_url(struct feedin *f, enum feedin_field field, struct weir_str s) {
    if (!feedin_has(f, field))
        feedin_text(f, field, feedin_resolve(f, s));
}

/* Digits; without leading zeros, as JSON wants it. */
void feedin_number(struct feedin *f, enum feedin_field field,
                   struct weir_str s) {
    uint64_t value;
    s = weir_str_trim(s);
    if (!feedin_has(f, field) && weir_str_to_u64(s, &value))
        weir_buf_fmt(&f->values[field], "%llu", (unsigned long long)value);
}

void feedin_date(struct feedin *f, struct weir_str s) {
    struct weir_pagedate_options o = {.now = f->now};
    struct weir_buf *out = &f->values[FEEDIN_DATE];
    struct weir_error text;
    int64_t t;
    s = weir_str_trim(s);
    if (s.n == 0 || out->len)
        return;
    if (weir_pagedate_read(s, &o, &t)) {
        weir_buf_byte(out, '"');
        weir_httpdate_put_rfc3339(out, t);
        weir_buf_byte(out, '"');
        return;
    }
    weir_error_set(&text, WEIR_E_INVALID,
                   "not a date that can be read: \"%.*s\"",
                   WEIR_STR_ARG(weir_str_sub(
                       s, 0, weir_utf8_floor(weir_str_sub(s, 0, 60)))));
    if (f->on_problem)
        f->on_problem(f->out->count, names[FEEDIN_DATE], text.message, f->data);
}

void feedin_category(struct feedin *f, struct weir_str s) {
    struct weir_buf *out = &f->values[FEEDIN_CATEGORIES];
    s = weir_str_trim(s);
    if (s.n == 0)
        return;
    weir_buf_byte(out, out->len ? ',' : '[');
    weir_escape_json(out, s);
}

/* ---- records ---- */

static enum weir_err keep(struct feedin *f, struct weir_str record) {
    struct weir_feedin *out = f->out;
    if (out->count == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 64;
        struct weir_str *grown =
            weir_arena_alloc(f->arena, cap * sizeof *grown);
        if (!grown)
            return WEIR_E_NOMEM;
        if (out->count)
            memcpy(grown, out->records, out->count * sizeof *grown);
        out->records = grown;
        f->cap = cap;
    }
    record.p = weir_arena_dup(f->arena, record);
    if (!record.p)
        return WEIR_E_NOMEM;
    out->records[out->count++] = record;
    return WEIR_OK;
}

enum weir_err feedin_add_record(struct feedin *f) {
    bool failed = false;
    if (f->failed)
        return f->failed;
    if (f->out->count == MAX_RECORDS)
        return weir_error_set(f->error, WEIR_E_LIMIT,
                              "the feed has more than %d entries", MAX_RECORDS);
    if (feedin_has(f, FEEDIN_CATEGORIES))
        weir_buf_byte(&f->values[FEEDIN_CATEGORIES], ']');
    weir_buf_clear(&f->record);
    for (int i = 0; i < FEEDIN_COUNT; i++) {
        weir_buf_fmt(&f->record, "%s\"%s\":", i ? "," : "{", names[i]);
        weir_buf_str(&f->record, feedin_has(f, i) ? weir_buf_view(&f->values[i])
                                                  : WEIR_STR("null"));
        failed |= f->values[i].failed;
        weir_buf_clear(&f->values[i]);
    }
    weir_buf_byte(&f->record, '}');
    if (failed || f->record.failed || keep(f, weir_buf_view(&f->record)))
        return weir_error_nomem(f->error);
    return WEIR_OK;
}

enum weir_err weir_feedin_read(struct weir_str text, const struct weir_url *url,
                               int64_t now, struct weir_arena *arena,
                               weir_feedin_problem_fn on_problem, void *data,
                               struct weir_feedin *out,
                               struct weir_error *error) {
    struct feedin f = {.arena = arena,
                       .url = url,
                       .now = now,
                       .on_problem = on_problem,
                       .data = data,
                       .out = out,
                       .error = error};
    enum weir_err e;
    memset(out, 0, sizeof *out);
    for (int i = 0; i < FEEDIN_COUNT; i++)
        weir_buf_init(&f.values[i], 0);
    weir_buf_init(&f.text, 0);
    weir_buf_init(&f.record, 0);
    text = weir_str_trim(text); /* blank lines before the XML declaration */
    if (text.n && text.p[0] == '{')
        e = feedin_read_json(&f, text);
    else
        e = feedin_read_xml(&f, text);
    if (!e)
        e = f.failed;
    for (int i = 0; i < FEEDIN_COUNT; i++)
        weir_buf_release(&f.values[i]);
    weir_buf_release(&f.text);
    weir_buf_release(&f.record);
    return e;
}
