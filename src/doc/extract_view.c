/* extract_view.c - one page as its selectors need it, each part made when the
 * first of them asks. */
#include "doc/extract_internal.h"

#include "base/mem.h"
#include "core/headers.h"
#include "doc/charset.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#define MAX_CPU_NS INT64_C(30000000000)

void extract_view_release(struct extract_view *v) {
    for (size_t i = 0; i < v->jsonld_count; i++)
        weir_jq_input_destroy(v->jsonld[i]);
    weir_free(v->jsonld);
    weir_jq_input_destroy(v->json);
    weir_xpath_page_destroy(v->xpath);
    weir_css_page_destroy(v->css);
    weir_doc_destroy(v->doc);
    if (v->has_base)
        weir_url_release(&v->base);
    weir_buf_release(&v->room);
}

enum weir_err extract_check_time(struct extract_view *v) {
    struct timespec t = {0};
    int64_t now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    now = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
    if (v->cpu_start == 0)
        v->cpu_start = now;
    if (now - v->cpu_start < MAX_CPU_NS)
        return WEIR_OK;
    return weir_error_set(v->error, WEIR_E_LIMIT,
                          "the page's items take more than %d s of CPU",
                          (int)(MAX_CPU_NS / 1000000000));
}

static struct weir_str content_type(const struct extract_view *v) {
    struct weir_str value = {NULL, 0};
    weir_headers_get(v->input->head, WEIR_STR("Content-Type"), 0, &value);
    return value;
}

static struct weir_str media_type(const struct extract_view *v) {
    struct weir_str type, rest;
    weir_str_cut(content_type(v), ';', &type, &rest);
    return weir_str_trim(type);
}

/* What a decoder could not read (doc/charset.h). */
static size_t count_replaced(struct weir_str text) {
    const struct weir_str fffd = WEIR_STR("\xEF\xBF\xBD");
    size_t count = 0, at;
    while ((at = weir_str_search(text, fffd)) < text.n) {
        text = weir_str_sub(text, at + fffd.n, text.n);
        count++;
    }
    return count;
}

enum weir_err extract_view_text(struct extract_view *v) {
    struct weir_charset is;
    size_t bad;
    if (v->has_text)
        return WEIR_OK;
    if (weir_charset_to_utf8(v->input->body, content_type(v), &v->room,
                             &v->text, &is))
        return weir_error_nomem(v->error);
    v->has_text = true;
    bad = v->text.p == v->room.p ? count_replaced(v->text) : 0;
    if (bad == 0)
        return WEIR_OK;
    return extract_problem(
        v, NULL, NULL, SIZE_MAX, false, "%s %s, and is not in %zu place%s",
        is.source < WEIR_CHARSET_GUESS ? "it says it is in" : "it looks like",
        is.name, bad, bad == 1 ? "" : "s");
}

/* ---- what the body is ---- */

static bool is_binary_type(struct weir_str type) {
    static const char *const types[] = {"image/",
                                        "audio/",
                                        "video/",
                                        "font/",
                                        "application/pdf",
                                        "application/zip",
                                        "application/octet-stream"};
    if (weir_str_eq_nocase(type, WEIR_STR("image/svg+xml")))
        return false;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (weir_str_starts_nocase(type, weir_str_of(types[i])))
            return true;
    return false;
}

/* Bytes that no text begins with. UTF-16 has NULs, and a mark at its start. */
static bool looks_binary(struct weir_str body) {
    struct weir_str start = weir_str_sub(body, 0, 1024);
    if (weir_str_starts(start, WEIR_STR("\xFF\xFE")) ||
        weir_str_starts(start, WEIR_STR("\xFE\xFF")))
        return false;
    return memchr(start.p ? start.p : "", '\0', start.n) != NULL;
}

static char first_char(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!weir_is_space(s.p[i]))
            return s.p[i];
    return '\0';
}

static bool is_xml(struct extract_view *v) {
    struct weir_str type = media_type(v);
    struct weir_str start = weir_str_sub(v->text, 0, 1024);
    const struct weir_str html = WEIR_STR("html");
    if (weir_str_eq_nocase(type, WEIR_STR("application/xhtml+xml")))
        return false;
    if (type.n)
        return weir_str_eq_nocase(type, WEIR_STR("text/xml")) ||
               weir_str_eq_nocase(type, WEIR_STR("application/xml")) ||
               (type.n > 4 &&
                weir_str_eq_nocase(weir_str_sub(type, type.n - 4, 4),
                                   WEIR_STR("+xml")));
    return weir_str_starts(weir_str_trim(start), WEIR_STR("<?xml")) &&
           weir_str_search(start, html) == start.n;
}

enum weir_err extract_view_check(struct extract_view *v) {
    struct weir_str type = media_type(v);
    char first;
    enum weir_err e;
    if (!v->page->uses_tree && !v->page->uses_json)
        return WEIR_OK;
    if (looks_binary(v->input->body))
        return weir_error_set(v->error, WEIR_E_INVALID,
                              "the page is not text%s%.*s", type.n ? ": " : "",
                              WEIR_STR_ARG(type));
    e = extract_view_text(v);
    if (e)
        return e;
    first = first_char(v->text);
    if (is_binary_type(type) && first != '<' && first != '{' && first != '[')
        return weir_error_set(v->error, WEIR_E_INVALID,
                              "the page is %.*s, not text", WEIR_STR_ARG(type));
    if (v->page->uses_json && !v->page->uses_tree)
        return extract_view_json(v);
    if (!v->page->uses_json && (first == '{' || first == '[') &&
        weir_str_search(type, WEIR_STR("json")) < type.n)
        return weir_error_set(v->error, WEIR_E_INVALID,
                              "the page is JSON, its selectors are for HTML");
    return WEIR_OK;
}

/* ---- tree and JSON ---- */

static enum weir_err parse_tree(struct extract_view *v) {
    struct weir_doc_options o = weir_doc_defaults();
    enum weir_err e;
    if (v->page->page->libxml2)
        o.parser = WEIR_DOC_LIBXML2;
    if (is_xml(v)) {
        struct weir_doc_options xml = o;
        xml.parser = WEIR_DOC_XML;
        e = weir_doc_parse(v->text, &xml, &v->doc, v->error);
        if (e != WEIR_E_INVALID)
            return e;
    }
    return weir_doc_parse(v->text, &o, &v->doc, v->error);
}

/* HTML Standard section 4.2.3: the first base that has a href, itself relative
 * to the page. One that is no http URL does not count. */
static enum weir_err find_base(struct extract_view *v) {
    struct weir_nodes *nodes = &v->x->nodes;
    struct weir_str href;
    enum weir_err e;
    weir_nodes_clear(nodes);
    if (weir_css_select(v->x->base, v->css, NULL, nodes))
        return weir_error_nomem(v->error);
    if (nodes->count == 0 || !weir_node_attr(nodes->at[0], "href", &href))
        return WEIR_OK;
    e = weir_url_parse(&v->base, href, v->input->url, NULL);
    if (e == WEIR_E_NOMEM)
        return weir_error_nomem(v->error);
    v->has_base = e == WEIR_OK;
    return WEIR_OK;
}

enum weir_err extract_view_tree(struct extract_view *v) {
    enum weir_err e;
    if (v->css)
        return WEIR_OK;
    e = extract_view_text(v);
    if (!e && !v->doc)
        e = parse_tree(v);
    if (e)
        return e;
    if (weir_css_page_create(v->doc, &v->css))
        return weir_error_nomem(v->error);
    if (weir_doc_note(v->doc)[0]) {
        v->out->note =
            weir_arena_dup(v->arena, weir_str_of(weir_doc_note(v->doc)));
        if (!v->out->note)
            return weir_error_nomem(v->error);
    }
    return find_base(v);
}

enum weir_err extract_view_xpath(struct extract_view *v) {
    enum weir_err e = extract_view_tree(v);
    if (!e && !v->xpath && weir_xpath_page_create(v->doc, &v->xpath))
        e = weir_error_nomem(v->error);
    return e;
}

enum weir_err extract_view_json(struct extract_view *v) {
    enum weir_err e = extract_view_text(v);
    if (!e && !v->json)
        e = weir_jq_input_create(v->text, &v->json, v->error);
    return e;
}

/* ---- URLs ---- */

enum weir_err extract_resolve(struct extract_view *v, struct weir_str text,
                              bool fragment, struct weir_str *out) {
    struct weir_url url;
    struct weir_str href;
    char *kept;
    enum weir_err e;
    *out = weir_str_make(NULL, 0);
    text = weir_str_trim(text);
    if (text.n == 0)
        return WEIR_OK;
    e = weir_url_parse(&url, text, v->has_base ? &v->base : v->input->url,
                       NULL);
    if (e)
        return e == WEIR_E_NOMEM ? weir_error_nomem(v->error) : WEIR_OK;
    href = fragment ? weir_str_of(url.href) : weir_url_without_fragment(&url);
    kept = weir_arena_dup(v->arena, href);
    weir_url_release(&url);
    if (!kept)
        return weir_error_nomem(v->error);
    *out = weir_str_make(kept, href.n);
    return WEIR_OK;
}

/* ---- problems ---- */

enum weir_err extract_problem(struct extract_view *v, const char *field,
                              const char *selector, size_t record, bool invalid,
                              const char *format, ...) {
    struct weir_extracted *out = v->out;
    struct weir_extracted_problem *p;
    struct weir_error text;
    struct weir_str message;
    va_list args;
    if (out->problem_count >= EXTRACT_MAX_PROBLEMS)
        return WEIR_OK;
    va_start(args, format);
    weir_error_setv(&text, WEIR_E_INVALID, format, args);
    va_end(args);
    message = weir_str_of(text.message);
    if (out->problem_count == v->problem_cap) {
        size_t cap = v->problem_cap ? v->problem_cap * 2 : 8;
        p = weir_reallocarray(out->problems, cap, sizeof *p);
        if (!p)
            return weir_error_nomem(v->error);
        out->problems = p;
        v->problem_cap = cap;
    }
    message.p = weir_arena_dup(v->arena, message);
    if (!message.p)
        return weir_error_nomem(v->error);
    p = &out->problems[out->problem_count++];
    *p = (struct weir_extracted_problem){.field = field,
                                         .selector = selector,
                                         .message = message,
                                         .record = record,
                                         .invalid = invalid};
    return WEIR_OK;
}
