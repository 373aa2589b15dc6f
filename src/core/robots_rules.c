/* robots_rules.c - finds the best matching pattern among 100,000.
 *
 * Literal prefixes are sorted. All that are a prefix of the target are also
 * prefixes of each other, and of the greatest literal that is not above the
 * target: one binary search finds that, and from there the chain of `parent`
 * leads through all of them. `best` has already taken the maximum over the
 * chain, so the first hit answers. Literals with '$' are a binary search for
 * the target itself.
 *
 * Patterns with '*' are hung into buckets by four of their literal bytes, those
 * four that fewest other patterns have. A target can match only patterns whose
 * four bytes it holds, so it looks into the buckets of its own four-byte
 * windows, each once. The few patterns without four literal bytes in a row are
 * tried one by one, after a look at the set of bytes that they need.
 *
 * One pattern is matched segment by segment, each at its first occurrence:
 * as '*' is the only operator that is enough, and nothing backtracks. What a
 * target costs in all is bounded by the caller's `work`. */
#include "core/robots_rules.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { NONE = UINT32_MAX, GRAM = 4, MAX_BUCKETS = 1 << 16, FEW = 8 };

void weir_robots_rules_release(struct robots_rules *s) {
    weir_free(s->literals.rules);
    weir_free(s->exact.rules);
    weir_free(s->wild.rules);
    weir_free(s->buckets);
    memset(s, 0, sizeof *s);
}

enum weir_err weir_robots_rules_add(struct robots_rules *s,
                                    const struct robots_rule *rule) {
    bool wild = weir_str_find(rule->pattern, '*', 0) < rule->pattern.n;
    struct robots_array *a = wild             ? &s->wild
                             : rule->anchored ? &s->exact
                                              : &s->literals;
    if (a->count == a->cap) {
        uint32_t cap = a->cap ? a->cap * 2 : 8;
        struct robots_rule *rules =
            weir_reallocarray(a->rules, cap, sizeof *rules);
        if (!rules)
            return WEIR_E_NOMEM;
        a->rules = rules;
        a->cap = cap;
    }
    a->rules[a->count++] = *rule;
    return WEIR_OK;
}

/* --- literals --- */

/* Higher priority first, then the earlier line. */
static int by_priority(const void *left, const void *right) {
    const struct robots_rule *a = left, *b = right;
    if (a->priority != b->priority)
        return a->priority > b->priority ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

static int by_pattern(const void *left, const void *right) {
    const struct robots_rule *a = left, *b = right;
    int order = weir_str_cmp(a->pattern, b->pattern);
    return order ? order : by_priority(left, right);
}

/* Points the patterns at their pool, sorts, keeps the best of equal ones and
 * gives back the memory that is left over. */
static void settle(struct robots_array *a, const char *pool) {
    struct robots_rule *smaller;
    uint32_t kept = 0;
    if (a->count == 0)
        return;
    for (uint32_t i = 0; i < a->count; i++)
        a->rules[i].pattern.p = pool + a->rules[i].at;
    qsort(a->rules, a->count, sizeof *a->rules, by_pattern);
    for (uint32_t i = 1; i < a->count; i++)
        if (!weir_str_eq(a->rules[kept].pattern, a->rules[i].pattern) ||
            a->rules[kept].anchored != a->rules[i].anchored)
            a->rules[++kept] = a->rules[i];
    a->count = kept + 1;
    smaller = weir_reallocarray(a->rules, a->count, sizeof *a->rules);
    if (smaller) {
        a->rules = smaller;
        a->cap = a->count;
    }
}

/* Each climb leaves behind literals that nothing later begins with, so all
 * climbs together are linear. */
static void link_parents(struct robots_array *a) {
    for (uint32_t i = 0; i < a->count; i++) {
        struct robots_rule *rule = &a->rules[i];
        uint32_t parent = i > 0 ? i - 1 : NONE;
        while (parent != NONE &&
               !weir_str_starts(rule->pattern, a->rules[parent].pattern))
            parent = a->rules[parent].parent;
        rule->parent = parent;
        rule->best = i;
        if (parent != NONE &&
            a->rules[a->rules[parent].best].priority > rule->priority)
            rule->best = a->rules[parent].best;
    }
}

/* How many of the sorted rules are not above the target. */
static uint32_t count_not_above(const struct robots_array *a,
                                struct weir_str target) {
    uint32_t low = 0, high = a->count;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (weir_str_cmp(a->rules[mid].pattern, target) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static size_t common_prefix(struct weir_str a, struct weir_str b) {
    size_t n = a.n < b.n ? a.n : b.n, i = 0;
    while (i < n && a.p[i] == b.p[i])
        i++;
    return i;
}

static const struct robots_rule *match_literal(const struct robots_array *a,
                                               struct weir_str target) {
    uint32_t i = count_not_above(a, target);
    size_t common;
    if (i == 0)
        return NULL;
    i--;
    common = common_prefix(a->rules[i].pattern, target);
    while (i != NONE && a->rules[i].pattern.n > common)
        i = a->rules[i].parent;
    return i == NONE ? NULL : &a->rules[a->rules[i].best];
}

static const struct robots_rule *match_exact(const struct robots_array *a,
                                             struct weir_str target) {
    uint32_t n = count_not_above(a, target);
    if (n > 0 && weir_str_eq(a->rules[n - 1].pattern, target))
        return &a->rules[n - 1];
    return NULL;
}

/* --- one pattern with '*' --- */

/* The first place of needle in s from `from` on, or s.n + 1. */
static size_t find_segment(struct weir_str s, struct weir_str needle,
                           size_t from, int64_t *work) {
    while (from + needle.n <= s.n) {
        size_t at = weir_str_find(s, needle.p[0], from), k = 1;
        *work -= (int64_t)(at - from) / 8 + 1; /* memchr is that much faster */
        if (at + needle.n > s.n)
            break;
        while (k < needle.n && s.p[at + k] == needle.p[k])
            k++;
        if (k == needle.n)
            return at;
        *work -= (int64_t)k;
        if (*work <= 0)
            break;
        from = at + 1;
    }
    return s.n + 1;
}

static bool match_wild(const struct robots_rule *rule, struct weir_str target,
                       int64_t *work) {
    struct weir_str rest = rule->pattern, segment;
    size_t at;
    weir_str_cut(rest, '*', &segment, &rest);
    *work -= 1;
    if (!weir_str_starts(target, segment))
        return false;
    at = segment.n;
    for (;;) { /* no segment from here on is empty */
        bool more = weir_str_cut(rest, '*', &segment, &rest);
        if (!more && rule->anchored)
            return at + segment.n <= target.n && weir_str_ends(target, segment);
        at = find_segment(target, segment, at, work);
        if (at > target.n)
            return false;
        at += segment.n;
        if (!more)
            return true;
    }
}

/* --- many patterns with '*' --- */

static uint32_t hash_gram(const char *p) {
    uint32_t v;
    memcpy(&v, p, sizeof v);
    v *= 0x9e3779b1u;
    return v >> 16 ^ v;
}

/* The bytes of s as a set: one bit for each four of the 256. The operator '*'
 * does not count; a target never holds one. */
static uint64_t byte_mask(struct weir_str s) {
    uint64_t mask = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '*')
            mask |= (uint64_t)1 << ((unsigned char)s.p[i] & 63);
    return mask;
}

/* Offset of the next four literal bytes at or after `from`, or s.n. */
static size_t next_gram(struct weir_str s, size_t from) {
    while (from + GRAM <= s.n) {
        const char *star = memchr(s.p + from, '*', GRAM);
        if (!star)
            return from;
        from = (size_t)(star - s.p) + 1;
    }
    return s.n;
}

/* The bucket of the gram that fewest patterns share; NONE without a gram. */
static uint32_t choose_bucket(struct weir_str pattern, const uint32_t *counts,
                              uint32_t mask) {
    uint32_t bucket = NONE;
    for (size_t i = next_gram(pattern, 0); i < pattern.n;
         i = next_gram(pattern, i + 1)) {
        uint32_t h = hash_gram(pattern.p + i) & mask;
        if (bucket == NONE || counts[h] < counts[bucket])
            bucket = h;
    }
    return bucket;
}

/* Puts the rules without a gram first, both parts by priority. */
static void part_loose(struct robots_rules *s) {
    struct robots_array *a = &s->wild;
    for (uint32_t i = 0; i < a->count; i++) {
        struct robots_rule *rule = &a->rules[i];
        if (a->count > FEW && next_gram(rule->pattern, 0) < rule->pattern.n)
            continue;
        struct robots_rule moved = *rule;
        *rule = a->rules[s->loose];
        a->rules[s->loose++] = moved;
    }
    if (s->loose > 0)
        qsort(a->rules, s->loose, sizeof *a->rules, by_priority);
}

static enum weir_err index_wild(struct robots_rules *s) {
    struct robots_array *a = &s->wild;
    uint32_t *counts, mask;
    part_loose(s);
    for (uint32_t i = 0; i < a->count; i++)
        a->rules[i].bytes = byte_mask(a->rules[i].pattern);
    if (s->loose == a->count)
        return WEIR_OK;
    for (s->bucket_count = 64;
         s->bucket_count < a->count && s->bucket_count < MAX_BUCKETS;)
        s->bucket_count *= 2;
    mask = s->bucket_count - 1;
    counts = weir_calloc(s->bucket_count, sizeof *counts);
    s->buckets = weir_calloc(s->bucket_count, sizeof *s->buckets);
    if (!counts || !s->buckets) {
        weir_free(counts);
        return WEIR_E_NOMEM;
    }
    memset(s->buckets, 0xff, s->bucket_count * sizeof *s->buckets);
    for (uint32_t i = s->loose; i < a->count; i++) {
        struct weir_str p = a->rules[i].pattern;
        for (size_t k = next_gram(p, 0); k < p.n; k = next_gram(p, k + 1))
            counts[hash_gram(p.p + k) & mask]++;
    }
    for (uint32_t i = s->loose; i < a->count; i++) {
        uint32_t b = choose_bucket(a->rules[i].pattern, counts, mask);
        a->rules[i].next = s->buckets[b];
        s->buckets[b] = i;
    }
    weir_free(counts);
    return WEIR_OK;
}

enum weir_err weir_robots_rules_compile(struct robots_rules *s,
                                        const char *pool) {
    settle(&s->literals, pool);
    settle(&s->exact, pool);
    settle(&s->wild, pool);
    link_parents(&s->literals);
    return index_wild(s);
}

/* What match_set looks for, and what it has found. */
struct search {
    const struct robots_rules *set;
    struct weir_str target;
    uint64_t bytes; /* mask of the target */
    int64_t *work;
    const struct robots_rule *best;
};

static void try_rule(struct search *q, const struct robots_rule *rule) {
    *q->work -= 1;
    if (q->best && rule->priority <= q->best->priority)
        return;
    if ((rule->bytes & ~q->bytes) == 0 && match_wild(rule, q->target, q->work))
        q->best = rule;
}

static void match_buckets(struct search *q) {
    const struct robots_rules *s = q->set;
    unsigned char seen[MAX_BUCKETS / 8];
    memset(seen, 0, s->bucket_count / 8);
    for (size_t i = 0; i + GRAM <= q->target.n && *q->work > 0; i++) {
        uint32_t b = hash_gram(q->target.p + i) & (s->bucket_count - 1);
        uint32_t k = s->buckets[b];
        if (k == NONE || (seen[b / 8] >> (b % 8) & 1))
            continue;
        seen[b / 8] = (unsigned char)(seen[b / 8] | 1u << (b % 8));
        for (; k != NONE && *q->work > 0; k = s->wild.rules[k].next)
            try_rule(q, &s->wild.rules[k]);
    }
}

static void consider(struct search *q, const struct robots_rule *rule) {
    if (rule && (!q->best || rule->priority > q->best->priority))
        q->best = rule;
}

const struct robots_rule *weir_robots_rules_match(const struct robots_rules *s,
                                                  struct weir_str target,
                                                  int64_t *work) {
    struct search q = {.set = s, .target = target, .work = work};
    consider(&q, match_literal(&s->literals, target));
    consider(&q, match_exact(&s->exact, target));
    if (s->wild.count == 0)
        return q.best;
    q.bytes = byte_mask(target);
    for (uint32_t i = 0; i<s->loose && * work> 0; i++) {
        if (q.best && s->wild.rules[i].priority <= q.best->priority)
            break; /* none that follows is better */
        try_rule(&q, &s->wild.rules[i]);
    }
    if (s->bucket_count > 0)
        match_buckets(&q);
    return q.best;
}
