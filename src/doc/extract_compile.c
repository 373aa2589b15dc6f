/* extract_compile.c - everything of a job that is compiled, for one thread. */
#include "doc/extract_internal.h"

#include "base/mem.h"
#include "core/pagedate.h"

#include <string.h>

/* ---- messages ---- */

static enum weir_err at_place(const struct weir_extractor *x,
                              struct weir_job_place place, struct weir_str text,
                              size_t column, const struct weir_error *cause,
                              struct weir_error *error) {
    const char *file = x->job->file ? x->job->file : "job";
    size_t bytes = 0;
    if (cause->code == WEIR_E_NOMEM)
        return weir_error_nomem(error);
    if (column == 0)
        return weir_error_set(error, WEIR_E_USAGE, "%s:%u:%u: %s in \"%.*s\"",
                              file, place.line, place.column, cause->message,
                              WEIR_STR_ARG(text));
    for (size_t i = 1; i < column && bytes < text.n; i++)
        for (bytes++; bytes < text.n && (text.p[bytes] & 0xC0) == 0x80;)
            bytes++;
    return weir_error_set(error, WEIR_E_USAGE,
                          "%s:%u:%u: %s: \"%.*s <-- HERE %.*s\"", file,
                          place.line, place.column, cause->message,
                          WEIR_STR_ARG(weir_str_sub(text, 0, bytes)),
                          WEIR_STR_ARG(weir_str_sub(text, bytes, text.n)));
}

/* ---- selectors ---- */

static char *make_label(const struct weir_select *s) {
    static const char *const prefixes[] = {
        [WEIR_SELECT_CSS] = "",       [WEIR_SELECT_XPATH] = "xpath:",
        [WEIR_SELECT_JQ] = "jq:",     [WEIR_SELECT_REGEX] = "regex:",
        [WEIR_SELECT_META] = "meta:", [WEIR_SELECT_HEADER] = "header:",
        [WEIR_SELECT_URL] = "url:"};
    struct weir_buf b;
    weir_buf_init(&b, 0);
    weir_buf_fmt(&b, "%s%s", prefixes[s->kind], s->text ? s->text : "");
    if (s->kind == WEIR_SELECT_CSS && s->attribute)
        weir_buf_fmt(&b, "@%s", s->attribute);
    return weir_buf_detach(&b);
}

static enum weir_err compile_kind(struct extract_select *out, size_t *column,
                                  struct weir_error *error) {
    struct weir_str text = weir_str_of(out->select->text);
    const struct weir_str jsonld = WEIR_STR("jsonld:");
    switch (out->select->kind) {
    case WEIR_SELECT_CSS:
        text = weir_str_trim(text);
        return text.n ? weir_css_compile(text, &out->css, column, error)
                      : WEIR_OK;
    case WEIR_SELECT_XPATH:
        return weir_xpath_compile(text, &out->xpath, column, error);
    case WEIR_SELECT_JQ:
        return weir_jq_compile(text, &out->jq, error);
    case WEIR_SELECT_REGEX:
        return weir_regex_compile(text, &out->regex, column, error);
    case WEIR_SELECT_META:
        out->jsonld = weir_str_starts(text, jsonld);
        return out->jsonld
                   ? weir_jq_compile(weir_str_sub(text, jsonld.n, text.n),
                                     &out->jq, error)
                   : WEIR_OK;
    default:
        return WEIR_OK;
    }
}

static enum weir_err compile_select(struct weir_extractor *x,
                                    struct extract_page *page,
                                    const struct weir_select *select,
                                    struct extract_select *out,
                                    struct weir_error *error) {
    struct weir_error cause = {0};
    size_t column = 0;
    enum weir_err e;
    out->select = select;
    out->label = make_label(select);
    if (!out->label)
        return weir_error_nomem(error);
    e = compile_kind(out, &column, &cause);
    if (e)
        return at_place(x, select->place, weir_str_of(select->text), column,
                        &cause, error);
    page->uses_tree |= select->kind == WEIR_SELECT_CSS ||
                       select->kind == WEIR_SELECT_XPATH ||
                       select->kind == WEIR_SELECT_META;
    page->uses_json |= select->kind == WEIR_SELECT_JQ;
    return WEIR_OK;
}

static void release_select(struct extract_select *s) {
    weir_css_destroy(s->css);
    weir_xpath_destroy(s->xpath);
    weir_jq_destroy(s->jq);
    weir_regex_destroy(s->regex);
    weir_free(s->label);
}

static enum weir_err compile_pattern(struct weir_extractor *x,
                                     struct weir_job_place place,
                                     const char *pattern,
                                     struct weir_regex **out,
                                     struct weir_error *error) {
    struct weir_error cause = {0};
    size_t column = 0;
    if (weir_regex_compile(weir_str_of(pattern), out, &column, &cause))
        return at_place(x, place, weir_str_of(pattern), column, &cause, error);
    return WEIR_OK;
}

/* ---- fields ---- */

static enum weir_err compile_date(struct weir_extractor *x,
                                  struct extract_field *f,
                                  struct weir_error *error) {
    const struct weir_field *field = f->field;
    struct weir_error cause = {0};
    enum weir_err e = WEIR_OK;
    const char *wrong =
        field->format ? weir_pagedate_check_format(field->format) : NULL;
    if (wrong) {
        weir_error_set(&cause, WEIR_E_INVALID, "format: %s", wrong);
        return at_place(x, field->place, weir_str_of(field->format), 0, &cause,
                        error);
    }
    if (field->tz)
        e = weir_zones_get(x->zones, field->tz, &f->tz);
    if (e == WEIR_E_INVALID) {
        weir_error_set(&cause, e, "tz: no such time zone");
        return at_place(x, field->place, weir_str_of(field->tz), 0, &cause,
                        error);
    }
    return e ? weir_error_nomem(error) : WEIR_OK;
}

static enum weir_err compile_field(struct weir_extractor *x,
                                   struct extract_page *page,
                                   const struct weir_field *field,
                                   struct extract_field *out,
                                   struct weir_error *error) {
    enum weir_err e;
    out->field = field;
    out->selects = weir_calloc(field->select_count, sizeof *out->selects);
    if (!out->selects)
        return weir_error_nomem(error);
    for (size_t i = 0; i < field->select_count; i++) {
        e = compile_select(x, page, &field->selects[i], &out->selects[i],
                           error);
        if (e)
            return e;
    }
    if (field->regex) {
        e = compile_pattern(x, field->place, field->regex, &out->regex, error);
        if (e)
            return e;
    }
    return compile_date(x, out, error);
}

static void release_field(struct extract_field *f) {
    if (f->selects)
        for (size_t i = 0; i < f->field->select_count; i++)
            release_select(&f->selects[i]);
    weir_free(f->selects);
    weir_regex_destroy(f->regex);
}

/* ---- follow rules ---- */

static enum weir_err compile_patterns(struct weir_extractor *x,
                                      struct weir_job_place place,
                                      const char *const *patterns, size_t count,
                                      struct weir_regex ***out,
                                      struct weir_error *error) {
    *out = weir_calloc(count, sizeof **out);
    if (!*out)
        return weir_error_nomem(error);
    for (size_t i = 0; i < count; i++) {
        enum weir_err e =
            compile_pattern(x, place, patterns[i], &(*out)[i], error);
        if (e)
            return e;
    }
    return WEIR_OK;
}

static enum weir_err compile_follow(struct weir_extractor *x,
                                    struct extract_page *page,
                                    const struct weir_follow *follow,
                                    struct extract_follow *out,
                                    struct weir_error *error) {
    enum weir_err e = WEIR_OK;
    out->follow = follow;
    if (!follow->template_)
        e = compile_select(x, page, &follow->select, &out->select, error);
    if (!e)
        e = compile_patterns(x, follow->place, follow->allow,
                             follow->allow_count, &out->allow, error);
    if (!e)
        e = compile_patterns(x, follow->place, follow->deny, follow->deny_count,
                             &out->deny, error);
    return e;
}

static void release_patterns(struct weir_regex **patterns, size_t count) {
    for (size_t i = 0; patterns && i < count; i++)
        weir_regex_destroy(patterns[i]);
    weir_free(patterns);
}

static void release_follow(struct extract_follow *f) {
    release_select(&f->select);
    if (f->follow) {
        release_patterns(f->allow, f->follow->allow_count);
        release_patterns(f->deny, f->follow->deny_count);
    }
}

/* ---- pages ---- */

static bool next_selects(const struct weir_next *next) {
    return next->kind == WEIR_NEXT_SELECT || next->kind == WEIR_NEXT_CURSOR ||
           next->kind == WEIR_NEXT_JQ_URL;
}

static enum weir_err compile_page(struct weir_extractor *x,
                                  const struct weir_page *page,
                                  struct extract_page *out,
                                  struct weir_error *error) {
    enum weir_err e = WEIR_OK;
    out->page = page;
    out->fields = weir_calloc(page->field_count, sizeof *out->fields);
    out->follows = weir_calloc(page->follow_count, sizeof *out->follows);
    if (!out->fields || !out->follows)
        return weir_error_nomem(error);
    if (page->items.text)
        e = compile_select(x, out, &page->items, &out->items, error);
    if (!e && next_selects(&page->next))
        e = compile_select(x, out, &page->next.select, &out->next, error);
    for (size_t i = 0; i < page->field_count && !e; i++)
        e = compile_field(x, out, &page->fields[i], &out->fields[i], error);
    for (size_t i = 0; i < page->follow_count && !e; i++)
        e = compile_follow(x, out, &page->follows[i], &out->follows[i], error);
    out->uses_tree |= page->next.kind == WEIR_NEXT_REL;
    return e;
}

static void release_page(struct extract_page *p) {
    release_select(&p->items);
    release_select(&p->next);
    for (size_t i = 0; p->fields && i < p->page->field_count; i++)
        if (p->fields[i].field)
            release_field(&p->fields[i]);
    for (size_t i = 0; p->follows && i < p->page->follow_count; i++)
        release_follow(&p->follows[i]);
    weir_free(p->fields);
    weir_free(p->follows);
}

/* What every job may ask for. */
static enum weir_err compile_own(struct weir_extractor *x,
                                 struct weir_error *error) {
    const struct {
        const char *text;
        struct weir_css **out;
    } own[] = {
        {"link[rel~=next i][href], a[rel~=next i][href], "
         "area[rel~=next i][href]",
         &x->rel_next},
        {"base[href]", &x->base},
        {"script[type='application/ld+json' i]", &x->jsonld},
        {"meta, title, link[rel~=canonical i]", &x->meta},
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        enum weir_err e =
            weir_css_compile(weir_str_of(own[i].text), own[i].out, NULL, error);
        if (e)
            return e;
    }
    return WEIR_OK;
}

enum weir_err extract_compile(struct weir_extractor *x,
                              struct weir_error *error) {
    enum weir_err e = compile_own(x, error);
    x->zones = weir_zones_create();
    x->pages = weir_calloc(x->job->page_count, sizeof *x->pages);
    if (!e && (!x->zones || !x->pages))
        e = weir_error_nomem(error);
    for (size_t i = 0; i < x->job->page_count && !e; i++)
        e = compile_page(x, &x->job->pages[i], &x->pages[i], error);
    return e;
}

void extract_release(struct weir_extractor *x) {
    for (size_t i = 0; x->pages && i < x->job->page_count; i++)
        if (x->pages[i].page)
            release_page(&x->pages[i]);
    weir_free(x->pages);
    weir_zones_destroy(x->zones);
    weir_css_destroy(x->rel_next);
    weir_css_destroy(x->base);
    weir_css_destroy(x->jsonld);
    weir_css_destroy(x->meta);
}
