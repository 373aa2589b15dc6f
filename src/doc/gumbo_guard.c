/* How gumbo is kept from becoming a weapon.
 *
 * Where gumbo is worse than linear:
 *   - the stack of open elements is scanned for each tag, and, where formatting
 *     is open, for each character: depth * bytes;
 *   - the attributes of a tag are compared in pairs, and those of further
 *     <html> and <body> tags are merged into the first one's;
 *   - unclosed formatting elements are cloned into each paragraph: 25 KB of
 *     page become 1 GB of nodes.
 *
 * A scan of the page beforehand cannot tell these reliably, since what is a tag
 * depends on what gumbo's tree builder thinks (raw text, foreign content), and
 * a page may be written so that the two disagree. So the guard looks at what
 * gumbo does, from inside the allocator:
 *   - allocations of a node's size come from a pool of their own, in slots that
 *     remember their depth. Some allocations after a node was made it is in the
 *     tree, and its depth is that of its parent plus one. A text that happens
 *     to be as long as a node lands in the pool too; that is why a parent is
 *     followed only if it points at a slot.
 *   - allocations of an attribute's size are counted between two nodes.
 *   - the list of active formatting elements, which grows with nested tables
 *     beyond any depth, is known by its size when it is moved: 5 * 2^k nodes,
 *     where lists of children have 2^k.
 *   - the arena has a cap.
 * Only <html> and <body> are counted beforehand: more than 64 of them is no
 * page.
 *
 * A page for which these counters err is parsed by libxml2, nothing worse.
 *
 * gumbo also has assertions, they are compiled in, and some pages of a few
 * bytes ("<table><svg><desc><![CDATA[x]]>x") break one. assert() ends in the C
 * library's __assert_fail, which is defined here instead: while gumbo runs on
 * this thread it leaves gumbo in the same way, else it does what it always
 * does. */
#include "doc/gumbo_guard.h"

#include "base/arena.h"
#include "base/mem.h"

/* For the prototype of __assert_fail(), which NDEBUG hides. */
#undef NDEBUG
#include <assert.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Open elements times bytes: about 4 s of scanning at the worst. */
#define SCAN_BUDGET 4000000000u

enum {
    FIRST_POOL = 512, /* slots; each pool doubles */
    POOLS = 24,
    LAG = 8,              /* nodes until one's place in the tree is looked at */
    MAX_ROOTS = 64,       /* <html> and <body> tags */
    MAX_FORMATTING = 640, /* 5 * 2^7 */
    MIN_DEPTH = 64        /* whatever the size of the page */
};

struct slot {
    GumboNode node;
    uint32_t depth; /* 0 = not known yet */
};

struct pool {
    struct slot *slots;
    size_t used, size;
};

struct weir_gumbo_guard {
    jmp_buf leave;
    struct weir_arena *arena;
    struct weir_doc_limits limits;
    struct pool pools[POOLS];
    size_t pool_count;
    struct slot *recent[LAG]; /* a ring of the last nodes */
    size_t nodes, attributes, depth_limit;
    size_t last_size; /* of the allocation just made */
    GumboOutput *output;
    enum weir_err err;
    char why[96];
};

/* The guard whose gumbo runs on this thread: an assertion tells no more. */
static _Thread_local struct weir_gumbo_guard *running;

struct weir_gumbo_guard *
weir_gumbo_guard_create(const struct weir_doc_limits *limits) {
    struct weir_gumbo_guard *g = weir_calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->limits = *limits;
    g->arena = weir_arena_create(limits->max_memory);
    if (!g->arena) {
        weir_free(g);
        return NULL;
    }
    return g;
}

void weir_gumbo_guard_destroy(struct weir_gumbo_guard *g) {
    if (!g)
        return;
    weir_arena_destroy(g->arena);
    weir_free(g);
}

enum weir_err weir_gumbo_guard_why(const struct weir_gumbo_guard *g,
                                   const char **text) {
    *text = g->why;
    return g->err;
}

static void refuse(struct weir_gumbo_guard *g, const char *what, size_t limit) {
    g->err = WEIR_E_LIMIT;
    snprintf(g->why, sizeof g->why, "more than %zu %s", limit, what);
}

WEIR_NORETURN static void leave(struct weir_gumbo_guard *g, const char *what,
                                size_t limit) {
    refuse(g, what, limit);
    longjmp(g->leave, 1);
}

/* NOLINTNEXTLINE(bugprone-reserved-identifier): the C library's, see above */
WEIR_NORETURN void __assert_fail(const char *assertion, const char *file,
                                 unsigned line, const char *function) {
    if (running) {
        running->err = WEIR_E_LIMIT;
        snprintf(running->why, sizeof running->why,
                 "gumbo's assertion in line %u does not hold", line);
        longjmp(running->leave, 1);
    }
    fprintf(stderr, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function,
            assertion);
    abort();
}

static void *take(struct weir_gumbo_guard *g, size_t size) {
    void *p = weir_arena_alloc(g->arena, size);
    if (p)
        return p;
    if (weir_arena_exhausted(g->arena))
        leave(g, "bytes of memory", g->limits.max_memory);
    g->err = WEIR_E_NOMEM;
    longjmp(g->leave, 1);
}

/* The slot that a node is, NULL for anything else. */
static struct slot *slot_of(struct weir_gumbo_guard *g, const GumboNode *node) {
    uintptr_t at = (uintptr_t)node;
    for (size_t i = g->pool_count; i-- > 0;) {
        const struct pool *p = &g->pools[i];
        uintptr_t start = (uintptr_t)p->slots;
        if (at >= start && at < start + p->used * sizeof *p->slots)
            return (at - start) % sizeof *p->slots == 0
                       ? &p->slots[(at - start) / sizeof *p->slots]
                       : NULL;
    }
    return NULL;
}

/* Walks up to an ancestor whose depth is known, then writes the depths down.
 * A chain that does not end at the document is not in the tree (yet). */
static void look_at_depth(struct weir_gumbo_guard *g, struct slot *start) {
    struct slot *document = &g->pools[0].slots[0], *s = start;
    size_t steps = 0, depth;
    while (s && s != document && s->depth == 0) {
        if (++steps > g->depth_limit)
            leave(g, "levels", g->depth_limit);
        s = slot_of(g, s->node.parent);
    }
    if (!s)
        return;
    depth = s->depth + steps; /* the document's is 0 */
    if (depth > g->depth_limit)
        leave(g, "levels", g->depth_limit);
    for (s = start; s != document && s->depth == 0;
         s = slot_of(g, s->node.parent))
        s->depth = (uint32_t)depth--;
}

static struct slot *new_slot(struct weir_gumbo_guard *g) {
    struct pool *p = g->pool_count ? &g->pools[g->pool_count - 1] : NULL;
    struct slot *s;
    if (!p || p->used == p->size) {
        size_t size = p ? p->size * 2 : FIRST_POOL;
        if (g->pool_count == POOLS)
            leave(g, "nodes", g->nodes);
        p = &g->pools[g->pool_count];
        p->slots = take(g, size * sizeof *p->slots);
        p->size = size;
        p->used = 0;
        g->pool_count++;
    }
    s = &p->slots[p->used++];
    s->node.parent = NULL;
    s->depth = 0;
    return s;
}

static void *guard_alloc(void *data, size_t size) {
    struct weir_gumbo_guard *g = data;
    g->last_size = size;
    if (size == sizeof(GumboNode)) {
        struct slot *s, **ring = &g->recent[g->nodes % LAG];
        if (*ring)
            look_at_depth(g, *ring);
        if (++g->nodes > g->limits.max_nodes)
            leave(g, "nodes", g->limits.max_nodes);
        g->attributes = 0;
        s = new_slot(g);
        *ring = s;
        return &s->node;
    }
    if (size == sizeof(GumboAttribute) &&
        ++g->attributes > g->limits.max_attributes)
        leave(g, "attributes on one tag", g->limits.max_attributes);
    return take(g, size);
}

/* Nothing is freed, all of it goes with the arena. But a vector that was full
 * is freed right after one of twice its size was made. */
static void guard_free(void *data, void *p) {
    struct weir_gumbo_guard *g = data;
    size_t entries = g->last_size / sizeof(void *) / 2;
    g->last_size = 0;
    if (!p || entries < MAX_FORMATTING || (entries & (entries - 1)) == 0)
        return;
    for (int i = 0; i < 8; i++) { /* text of that size has no such words */
        const GumboNode *node;
        memcpy(&node, (const char *)p + (size_t)i * sizeof node, sizeof node);
        if (slot_of(g, node))
            leave(g, "formatting elements", MAX_FORMATTING);
    }
}

static bool starts_tag(const char *p, const char *end, const char *name) {
    size_t n = strlen(name);
    return (size_t)(end - p) > n &&
           weir_str_eq_nocase(weir_str_make(p, n), weir_str_make(name, n));
}

static bool many_roots(struct weir_str page) {
    const char *p = page.p, *end = page.p + page.n;
    int count = 0;
    while (count <= MAX_ROOTS && p < end &&
           (p = memchr(p, '<', (size_t)(end - p)))) {
        p++;
        if (starts_tag(p, end, "html") || starts_tag(p, end, "body"))
            count++;
    }
    return count > MAX_ROOTS;
}

GumboOutput *weir_gumbo_guard_run(struct weir_gumbo_guard *g,
                                  struct weir_str page) {
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = guard_alloc;
    options.deallocator = guard_free;
    options.userdata = g;
    options.max_errors = 0;
    g->depth_limit = g->limits.max_depth;
    if (g->depth_limit > SCAN_BUDGET / (page.n + 1))
        g->depth_limit = SCAN_BUDGET / (page.n + 1);
    if (g->depth_limit < MIN_DEPTH)
        g->depth_limit = MIN_DEPTH;
    if (page.n && many_roots(page)) {
        refuse(g, "<html> and <body> tags", MAX_ROOTS);
        return NULL;
    }
    running = g;
    if (setjmp(g->leave) == 0)
        g->output =
            gumbo_parse_with_options(&options, page.p ? page.p : "", page.n);
    running = NULL;
    return g->err ? NULL : g->output;
}
