/* robots.h - what a robots.txt lets one crawler fetch (RFC 9309).
 *
 * A file is compiled for one agent: all groups that name it are merged, else
 * those of "*". The result is immutable, so threads may share it, and answers
 * in microseconds whatever the number of rules.
 *
 * The longest rule that matches wins, an Allow wins a tie, no rule at all
 * allows. Rules are measured as Google's parser does: by the bytes of the
 * pattern, non-ASCII ones percent-encoded, with '*' and '$'. Forgiven as there:
 * BOM, any line ending, a missing colon, common misspellings, rules for
 * index.html that mean the folder. Percent-encoding is normalised before
 * comparing; where RFC 9309 and Google's parser differ about that, the reading
 * that forbids is taken (see robots_pattern.h).
 *
 *     struct weir_robots *r;
 *     struct weir_robots_verdict v;
 *     if (weir_robots_parse(&r, body, WEIR_STR("weir"), &error)) ...
 *     v = weir_robots_match(r, weir_url_target(&url));
 *     if (!v.allowed) ...
 *     weir_robots_destroy(r);
 */
#ifndef WEIR_CORE_ROBOTS_H
#define WEIR_CORE_ROBOTS_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

/* What follows these many bytes is not read; a line cut by it is dropped. RFC
 * 9309 section 2.5 asks for 500 KiB at least. */
enum { WEIR_ROBOTS_MAX = 4 << 20 };

struct weir_robots;

struct weir_robots_verdict {
    bool allowed;
    /* The line of the rule that decided, from 1; 0 when none matched. */
    size_t line;
    /* So much to compare that it was given up: forbidden, to be safe. Only
     * a file made for it gets here. */
    bool gave_up;
};

/* Compiles the file for an agent: a product token ("weir"), or a User-Agent
 * that begins with one ("weir/1.0 (+https://...)"). Any bytes are a
 * robots.txt; the only error is WEIR_E_NOMEM. */
enum weir_err weir_robots_parse(struct weir_robots **out, struct weir_str text,
                                struct weir_str agent,
                                struct weir_error *error);
void weir_robots_destroy(struct weir_robots *r);

/* target: path and query as requested (weir_url_target). "/robots.txt" itself
 * is always allowed. */
struct weir_robots_verdict weir_robots_match(const struct weir_robots *r,
                                             struct weir_str target);

/* Crawl-delay of the agent's groups in nanoseconds (the longest, if there are
 * several), -1 without one; at most a day. Not in the RFC. */
int64_t weir_robots_crawl_delay_ns(const struct weir_robots *r);

/* The values of the Sitemap lines, whoever they stand below; borrowed. */
size_t weir_robots_sitemap_count(const struct weir_robots *r);
struct weir_str weir_robots_sitemap(const struct weir_robots *r, size_t i);

/* How many rules hold for the agent. */
size_t weir_robots_rule_count(const struct weir_robots *r);

/* The product token of a User-Agent: "weir" of "weir/1.0 (+https://...)".
 * Borrowed. */
struct weir_str weir_robots_product(struct weir_str agent);

/* Path and query of a URL as it is written, without looking at it otherwise:
 * from the first '/', '?' or ';' behind the authority to the '#'; "/" when
 * there is none. Borrowed, or static. */
struct weir_str weir_robots_url_target(struct weir_str url);

/* Takes the first line off *rest (CR, LF and CRLF end one); false at the
 * end. */
bool weir_robots_next_line(struct weir_str *rest, struct weir_str *line);

#endif
