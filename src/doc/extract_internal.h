/* extract_internal.h - what the parts of extraction share. Private to doc/.
 *
 *   extract_compile.c  the job's selectors, compiled
 *   extract_view.c     one page: its text, tree and JSON, made when asked for
 *   extract_select.c   a selector's matches
 *   extract_meta.c     meta: (OpenGraph, JSON-LD)
 *   extract_value.c    a match as JSON text of the field's type
 *   extract_field.c    fields, records
 *   extract_link.c     follow rules and the next page
 *   extract.c          the whole
 */
#ifndef WEIR_DOC_EXTRACT_INTERNAL_H
#define WEIR_DOC_EXTRACT_INTERNAL_H

#include "base/arena.h"
#include "doc/css.h"
#include "doc/extract.h"
#include "doc/jq.h"
#include "doc/regex.h"
#include "doc/xpath.h"
#include "doc/zones.h"

enum {
    EXTRACT_MAX_RECORDS = 100000,
    EXTRACT_MAX_LINKS = 1000000,
    EXTRACT_MAX_PROBLEMS = 10000,
    EXTRACT_MAX_MATCHES = 100000
};

/* ---- compiled ---- */

struct extract_select {
    const struct weir_select *select; /* NULL: there is none */
    char *label;                      /* as in the job file: "xpath://a" */
    struct weir_css *css;             /* NULL for "" as well: the item */
    struct weir_xpath *xpath;
    struct weir_jq *jq; /* also of "jsonld:" */
    struct weir_regex *regex;
    bool jsonld;
};

struct extract_field {
    const struct weir_field *field;
    struct extract_select *selects;
    struct weir_regex *regex;
    const struct weir_tzone *tz;
};

struct extract_follow {
    const struct weir_follow *follow;
    struct extract_select select;
    struct weir_regex **allow, **deny;
};

struct extract_page {
    const struct weir_page *page;
    struct extract_select items, next;
    struct extract_field *fields;
    struct extract_follow *follows;
    bool uses_tree, uses_json; /* selectors for HTML, for JSON */
};

struct weir_extractor {
    const struct weir_job *job;
    struct extract_page *pages;
    struct weir_zones *zones;
    struct weir_css *rel_next, *base, *jsonld, *meta;
    /* Kept from page to page for their memory. */
    struct weir_nodes nodes;
    struct weir_jq_outputs outputs;
    struct weir_xpath_value xpath_value;
    struct weir_buf text, scratch, record, plain;
};

enum weir_err extract_compile(struct weir_extractor *x,
                              struct weir_error *error);
void extract_release(struct weir_extractor *x);

/* ---- one page ---- */

struct extract_view {
    struct weir_extractor *x;
    const struct extract_page *page;
    const struct weir_extract_input *input;
    struct weir_arena *arena; /* the result's */
    struct weir_extracted *out;
    size_t record_cap, link_cap, problem_cap;
    struct weir_error *error;
    /* Made when asked for. */
    struct weir_buf room; /* of the text, if it was converted */
    struct weir_str text;
    bool has_text;
    struct weir_doc *doc;
    struct weir_css_page *css;
    struct weir_xpath_page *xpath;
    struct weir_jq_input *json;
    struct weir_url base; /* <base href>, known with the tree */
    bool has_base;
    /* The outputs of JSON-LD, as inputs. */
    struct weir_jq_input **jsonld;
    size_t jsonld_count;
    bool jsonld_known;
    struct weir_buf *explain; /* or NULL */
    size_t explained;
    enum weir_err feed_failed; /* while problems of a feed were noted */
    int64_t cpu_start;         /* of the thread, in ns */
};

void extract_view_release(struct extract_view *v);
/* The body in UTF-8. */
enum weir_err extract_view_text(struct extract_view *v);
enum weir_err extract_view_tree(struct extract_view *v); /* v->doc, v->css */
enum weir_err extract_view_xpath(struct extract_view *v);
enum weir_err extract_view_json(struct extract_view *v);
/* WEIR_E_LIMIT once the page has taken too much CPU: selectors and patterns
 * have limits of their own, which many items would multiply. */
enum weir_err extract_check_time(struct extract_view *v);
/* Refuses a body that the page's selectors cannot read. */
enum weir_err extract_view_check(struct extract_view *v);
/* *out is the absolute http(s) URL in the arena; empty when the text is no
 * reference to one. WEIR_E_NOMEM. */
enum weir_err extract_resolve(struct extract_view *v, struct weir_str text,
                              bool fragment, struct weir_str *out);
/* Adds a problem; WEIR_E_NOMEM. `selector` lives as long as the extractor. */
enum weir_err extract_problem(struct extract_view *v, const char *field,
                              const char *selector, size_t record, bool invalid,
                              const char *format, ...) WEIR_PRINTF(6, 7);

/* ---- matches ---- */

/* What fields are relative to. */
struct extract_item {
    const struct weir_node *node; /* of HTML and XML, or */
    struct weir_jq_input *json;   /* of JSON, or neither: the whole page */
    struct weir_str json_text;
    size_t record;
};

enum extract_match_kind {
    EXTRACT_NODE,
    EXTRACT_TEXT,
    EXTRACT_JSON /* a JSON value */
};

struct extract_match {
    enum extract_match_kind kind;
    const struct weir_node *node;
    struct weir_str text; /* in the arena, the page or the tree */
};

struct extract_matches {
    struct extract_match *at;
    size_t count, cap;
};

void extract_matches_init(struct extract_matches *m);
void extract_matches_release(struct extract_matches *m);
enum weir_err extract_matches_add(struct extract_matches *m,
                                  struct extract_match match);

/* The matches, emptied first; `all`: otherwise the first may do. What the page
 * makes fail (an error of jq, a limit of a pattern) is WEIR_E_INVALID or
 * WEIR_E_LIMIT in v->error with the matches so far; WEIR_E_NOMEM ends all. */
enum weir_err extract_select_run(struct extract_view *v,
                                 const struct extract_select *s,
                                 const struct extract_item *item, bool all,
                                 struct extract_matches *matches);
enum weir_err extract_meta_run(struct extract_view *v,
                               const struct extract_select *s, bool all,
                               struct extract_matches *matches);

/* ---- values ---- */

/* JSON text: a string's content, anything else as it is; null is nothing. */
enum weir_err extract_put_plain(struct weir_str json, struct weir_buf *out);
/* A JSON value without white space between its tokens. */
enum weir_err extract_put_compact(struct weir_str json, struct weir_buf *out);

/* Appends the match to `out` as JSON of the field's type. *found is false when
 * there is nothing: an empty text, a pattern that does not match.
 * WEIR_E_INVALID with a message in v->error when it is there and not of the
 * type. */
enum weir_err extract_value(struct extract_view *v,
                            const struct extract_field *f,
                            struct extract_match match, bool *found,
                            struct weir_buf *out);

/* ---- fields ---- */

struct extract_result {
    struct weir_str json; /* in the arena; empty: nothing */
    const char *selector; /* that matched, or NULL */
    size_t matches;
};

/* One record from the item; results has a place for each field. `base` is a
 * JSON object whose members come first (of a feed), or empty. */
enum weir_err extract_record(struct extract_view *v,
                             const struct extract_item *item,
                             struct weir_str base,
                             struct extract_result *results);
/* The text of a record's member by name, from the results, `base` or `set`:
 * false when it is missing or empty. */
bool extract_lookup(struct extract_view *v, struct weir_str name,
                    const struct extract_result *results, struct weir_str base,
                    struct weir_buf *out);
/* "{name}" filled in; *complete is false if one was missing. `encode`: values
 * become URL parts, but a URL at the start stays one. */
enum weir_err extract_template(struct extract_view *v, const char *text,
                               const struct extract_result *results,
                               struct weir_str base, bool encode,
                               struct weir_buf *out, size_t *filled,
                               bool *complete);

/* ---- links ---- */

enum weir_err extract_follow_item(struct extract_view *v,
                                  const struct extract_item *item,
                                  struct weir_str base,
                                  const struct extract_result *results);
/* Rules that found nothing in the items, on the page itself. */
enum weir_err extract_follow_page(struct extract_view *v);
enum weir_err extract_next(struct extract_view *v);

#endif
