/* extract.h - what one page yields: records, links and the next page.
 *
 * An extractor belongs to one thread: it holds the job's selectors, XPath and
 * jq programs and regular expressions, each compiled once, and the parser's
 * contexts. weir_extract is a function of the page alone: no network, no
 * files, no clock but `now`.
 *
 *     weir_extractor_create(&x, job, &error);      // once for each worker
 *     weir_extract(x, &input, &page, &error);      // for each page
 *     ... page->records, page->links, page->next ...
 *     weir_extracted_destroy(page);
 *
 * Records. One for each of the `items`, else one of the page; a page type
 * without fields has none, unless a rule merges. Members: those of a feed's
 * entry, `set`, the fields in their order; of the same name the later one. A
 * field without a value is its default, or null.
 *
 * Fields. Of a list of selectors the first counts that gives a value: one that
 * matches an empty text, or what is not of the field's type, does not; what was
 * wrong is told if none does. Templates see all other fields, whatever their
 * order, and `set`. With `all` or `join`, a single match that is a JSON array
 * stands for its elements. An element gives for `url` its href or src, for
 * `date` its datetime. jq's null is no match. Patterns (regex:) look at the
 * page's source, in an item at its outer HTML or JSON.
 *
 * Pages are trees by the job's parser; XML (by Content-Type, or a declaration)
 * is read as XML. Feeds (doc/feedin.h) are items that are JSON: fields by jq,
 * templates and constants complete their entries.
 *
 * Follow. Rules look into each item; one that finds nothing in any, and does
 * not merge, looks at the page (record SIZE_MAX). Templates become URLs with
 * their values percent-encoded, but a URL at the start stays one; with a value
 * missing there is no link. `allow` and `deny` are applied; scope and depth are
 * the caller's. Links and `next` are without fragment; each link comes once for
 * a rule and a record. A `next` that is the page itself is none.
 *
 * Limits (hostile.md): the parser's and XPath's, match limits for every
 * pattern, 30 s of CPU for a page's items, at most 100,000 records, 1,000,000
 * links and 10,000 problems of one page, results of 64 MiB and 16 times the
 * page. Of jq programs the outputs are bounded, not the steps.
 */
#ifndef WEIR_DOC_EXTRACT_H
#define WEIR_DOC_EXTRACT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "core/job.h"
#include "core/url.h"

struct weir_extractor;

/* WEIR_E_USAGE: a selector, expression or pattern does not compile; the message
 * is "file:line:column: ..." with the place inside the selector marked. The job
 * is borrowed for the extractor's life. */
enum weir_err weir_extractor_create(struct weir_extractor **out,
                                    const struct weir_job *job,
                                    struct weir_error *error);
void weir_extractor_destroy(struct weir_extractor *x); /* NULL-safe */

struct weir_extract_input {
    size_t page;                /* index of the page type in the job */
    const struct weir_url *url; /* effective, after redirects */
    struct weir_str head;       /* response header block */
    struct weir_str body;       /* decoded from content coding, not charset */
    const struct weir_job_pair *set; /* fields that every record carries */
    size_t set_count;
    bool feed;   /* an RSS, Atom or JSON feed: its entries */
    int64_t now; /* wall clock, for relative dates */
};

/* A link that a follow rule found. */
struct weir_extracted_link {
    struct weir_str url; /* absolute; http or https */
    size_t follow;       /* index of the rule in the page type */
    size_t record;       /* of which record, or SIZE_MAX: of the page */
};

/* Something that did not work as the job says; the page goes on. */
struct weir_extracted_problem {
    const char *field; /* NULL: of the page */
    const char *selector;
    struct weir_str message;
    size_t record; /* SIZE_MAX: none */
    bool invalid;  /* the record fails validation (required, type) */
};

/* Everything borrowed from the result itself. */
struct weir_extracted {
    struct weir_str *records; /* JSON objects */
    size_t record_count;
    struct weir_extracted_link *links;
    size_t link_count;
    size_t items;         /* matches of `items`, or 1 */
    struct weir_str next; /* URL of the next page, empty = none */
    struct weir_extracted_problem *problems;
    size_t problem_count;
    uint32_t *matches; /* for each field of the page type: how often */
    const char *note;  /* "parsed by libxml2: more than ...", or NULL */
};

/* WEIR_E_INVALID: the body is not what the page type needs (not JSON where all
 * selectors are jq, cut short, not text, no feed); the message names what.
 * WEIR_E_LIMIT, WEIR_E_NOMEM. */
enum weir_err weir_extract(struct weir_extractor *x,
                           const struct weir_extract_input *input,
                           struct weir_extracted **out,
                           struct weir_error *error);
void weir_extracted_destroy(struct weir_extracted *page); /* NULL-safe */

/* For `weir preview`: how each field of the first ten records was found. A JSON
 * array with one array for each record, of {"field","selector","matches",
 * "value"} for each field; selector is null if none matched. */
enum weir_err weir_extract_explain(struct weir_extractor *x,
                                   const struct weir_extract_input *input,
                                   struct weir_buf *json,
                                   struct weir_error *error);

#endif
