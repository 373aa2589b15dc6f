/* regex.h - Perl's regular expressions (PCRE2) on untrusted text.
 *
 * No pattern hangs a job. A pattern that backtracks without end meets PCRE2's
 * limits on matches, depth and heap at the position where it does so. One that
 * is merely slow at every position (".*x" on a megabyte without x) is stopped
 * by the CPU time of a search: text is searched in stretches of positions, and
 * the time is looked at between them. Both are WEIR_E_LIMIT.
 *
 * Patterns are UTF-8, with Unicode's classes. A compiled pattern belongs to one
 * thread at a time.
 *
 *     struct weir_regex_scan scan;
 *     struct weir_regex_match m;
 *     weir_regex_scan_init(&scan, regex, text);
 *     while ((e = weir_regex_next(&scan, &m, &error)) == WEIR_OK && m.found)
 *         ... m.value ...
 */
#ifndef WEIR_DOC_REGEX_H
#define WEIR_DOC_REGEX_H

#include "base/buf.h"

struct weir_regex;

/* WEIR_E_INVALID with the 1-based column in characters (may be NULL) and a
 * message "pattern, column 5: ..."; WEIR_E_NOMEM. */
enum weir_err weir_regex_compile(struct weir_str pattern,
                                 struct weir_regex **out, size_t *column,
                                 struct weir_error *error);
void weir_regex_destroy(struct weir_regex *r); /* NULL-safe */

struct weir_regex_match {
    bool found;
    struct weir_str whole;
    /* Group 1, empty if it took no part; the whole match if the pattern has no
     * group. */
    struct weir_str value;
};

struct weir_regex_scan {
    struct weir_regex *regex;
    struct weir_str text;
    size_t at;
    bool checked, after_empty, done;
};

/* The text must outlive the scan. */
void weir_regex_scan_init(struct weir_regex_scan *scan, struct weir_regex *r,
                          struct weir_str text);
/* The next match; none: found is false. WEIR_E_LIMIT, WEIR_E_NOMEM,
 * WEIR_E_INVALID for text that is not UTF-8. */
enum weir_err weir_regex_next(struct weir_regex_scan *scan,
                              struct weir_regex_match *match,
                              struct weir_error *error);
/* The first match alone. */
enum weir_err weir_regex_find(struct weir_regex *r, struct weir_str text,
                              struct weir_regex_match *match,
                              struct weir_error *error);
/* Appends the text with every match replaced: $1, ${1}, ${name}, $0 or $& are
 * groups, $$ is a dollar sign. *count is the number of matches. */
enum weir_err weir_regex_replace(struct weir_regex *r, struct weir_str text,
                                 struct weir_str replacement,
                                 struct weir_buf *out, size_t *count,
                                 struct weir_error *error);

#endif
