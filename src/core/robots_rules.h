/* robots_rules.h - many path patterns, and the best of those that match.
 *
 * A set is filled with add, made ready by compile, and from then on only
 * read. Patterns and targets are spelled as robots_pattern.h says. */
#ifndef WEIR_CORE_ROBOTS_RULES_H
#define WEIR_CORE_ROBOTS_RULES_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct robots_rule {
    struct weir_str pattern; /* without the final "$" */
    uint32_t at;             /* where that is in the pool */
    uint32_t priority, line;
    /* compile's own */
    uint32_t parent; /* literals: the longest other that is its prefix */
    uint32_t best;   /* literals: the best of itself and its parents */
    uint32_t next;   /* wildcards: the next rule of the same bucket */
    bool anchored;   /* ended with "$" */
    uint64_t bytes;  /* wildcards: which bytes it needs, as a bloom mask */
};

/* Rules of one kind, sorted. */
struct robots_array {
    struct robots_rule *rules;
    uint32_t count, cap;
};

struct robots_rules {
    struct robots_array literals; /* prefixes: no '*', no '$' */
    struct robots_array exact;    /* no '*', but '$' */
    struct robots_array wild;
    uint32_t loose;        /* wild[0..loose) are in no bucket */
    uint32_t *buckets;     /* by a hash of four bytes: a chain through wild */
    uint32_t bucket_count; /* a power of two, or 0 */
};

/* The pool of patterns may move after add: compile is told where it is now and
 * borrows it until release. WEIR_E_NOMEM. */
enum weir_err weir_robots_rules_add(struct robots_rules *s,
                                    const struct robots_rule *rule);
enum weir_err weir_robots_rules_compile(struct robots_rules *s,
                                        const char *pool);
void weir_robots_rules_release(struct robots_rules *s);

/* The rule with the highest priority that matches, NULL if none does. *work is
 * what this may still cost, in bytes compared; at 0 it gives up, and the
 * answer means nothing. */
const struct robots_rule *weir_robots_rules_match(const struct robots_rules *s,
                                                  struct weir_str target,
                                                  int64_t *work);

#endif
