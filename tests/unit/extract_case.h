/* extract_case.h - one page type and one page, put together by hand.
 *
 *     struct weir_field fields[] = {FIELD("title", TEXT, "h2")};
 *     struct extract_case c = CASE(fields, "<h2>x</h2>");
 *     check_records(&c, "{\"title\":\"x\"}");
 */
#ifndef WEIR_TEST_EXTRACT_CASE_H
#define WEIR_TEST_EXTRACT_CASE_H

#include "doc/extract.h"

/* Selectors as a job file has them: "a@href", "xpath://a", "jq:.a". */
struct weir_select case_select(const char *text);

#define SELECTS(...)                                                           \
    .selects = case_selects((const char *const[]){__VA_ARGS__, NULL}),         \
    .select_count =                                                            \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)
#define FIELD(n, t, ...)                                                       \
    { .name = (n), .type = WEIR_FIELD_##t, .trim = true, SELECTS(__VA_ARGS__) }
/* Kept until the test ends. */
const struct weir_select *case_selects(const char *const *texts);

struct extract_case {
    const char *body;
    const struct weir_field *fields;
    size_t field_count;
    const char *head, *url, *items;
    struct weir_next next;
    const struct weir_follow *follows;
    size_t follow_count;
    const struct weir_job_pair *set;
    size_t set_count;
    bool libxml2, feed;
};

#define CASE(f, b)                                                             \
    { .fields = (f), .field_count = sizeof(f) / sizeof *(f), .body = (b) }

/* 2026-11-20T12:00:00Z */
enum { CASE_NOW = 1795176000 };

/* In static memory: one at a time. */
const struct weir_job *case_job(const struct extract_case *c);
enum weir_err case_create(const struct extract_case *c,
                          struct weir_extractor **out,
                          struct weir_error *error);
enum weir_err case_extract(struct weir_extractor *x,
                           const struct extract_case *c,
                           struct weir_extracted **out,
                           struct weir_error *error);
/* Both, and everything must go well. */
struct weir_extracted *case_run(const struct extract_case *c);
/* The page fails as a whole. */
void check_failure(const struct extract_case *c, enum weir_err code,
                   const char *message);
/* Records with newlines between; no problems. */
void check_records(const struct extract_case *c, const char *want);
/* The problems, "field: message" with newlines between, "!" before those that
 * make the record invalid. */
void check_problems(const struct extract_case *c, const char *want);
void check_next(const struct extract_case *c, const char *want);
/* "rule record url" with newlines between; record "-" for the page. */
void check_links(const struct extract_case *c, const char *want);

#endif
