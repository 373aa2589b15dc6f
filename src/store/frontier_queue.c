/* Why: a claim must be fair, ordered and fast whatever the size of the
 * frontier. An index in the database would cost a random write for each entry;
 * this is rebuilt from a narrow table instead when a run is resumed.
 *
 *     weir_queue_put
 *          |  due                      not due
 *          v                              v
 *     host's own heap  <---------------  waiting   (by time; wake_waiting)
 *          |
 *     host in `ready`, a ring  <------>  blocked   (by time; wake_blocked)
 *          |
 *     weir_queue_take: first of the ring gives its best, goes to the end
 *
 * A host's heap lies in blocks, so that a large one is never copied nor half
 * empty, and gives back what it no longer needs.
 *
 * A host is made with its first entry and forgotten with its last, unless it is
 * blocked. Moving a due entry or a host between its places needs no memory but
 * in one case (a waiting entry joins its host), which is why take can fail. */
#include "store/frontier_queue.h"

#include "base/mem.h"
#include "base/seed.h"

#include <string.h>

enum {
    BLOCK = 256,     /* slots, 4 KiB */
    FIRST_BLOCK = 2, /* the first one grows from here to BLOCK */
    SEGMENT_FIRST = 16
};

struct host {
    uint64_t key;
    struct weir_slot **blocks; /* a binary heap, slot_at */
    uint32_t count, cap;
    struct weir_list ready;        /* in q->ready: count > 0, not blocked */
    struct weir_heap_node blocked; /* in q->blocked, by the end of its block */
};

struct weir_waiting {
    int64_t at;
    uint64_t host;
    struct weir_slot slot;
};

/* --- heaps in arrays --- */

static bool slot_before(const struct weir_slot *a, const struct weir_slot *b) {
    if (a->priority != b->priority)
        return a->priority > b->priority;
    if (a->rank != b->rank)
        return a->rank < b->rank;
    return a->n < b->n;
}

static bool waiting_before(const struct weir_waiting *a,
                           const struct weir_waiting *b) {
    return a->at != b->at ? a->at < b->at : slot_before(&a->slot, &b->slot);
}

static struct weir_slot *slot_at(const struct host *h, size_t i) {
    return &h->blocks[i / BLOCK][i % BLOCK];
}

/* Room for one more slot. */
static enum weir_err more_slots(struct host *h) {
    size_t cap, used = h->cap / BLOCK;
    struct weir_slot *block;
    if (h->count < h->cap)
        return WEIR_OK;
    if (h->cap > UINT32_MAX - BLOCK)
        return WEIR_E_NOMEM;
    if (h->cap == 0 || h->cap >= BLOCK) {
        struct weir_slot **blocks =
            weir_reallocarray(h->blocks, used + 1, sizeof *blocks);
        if (!blocks)
            return WEIR_E_NOMEM;
        h->blocks = blocks;
        cap = h->cap ? BLOCK : FIRST_BLOCK;
        block = weir_reallocarray(NULL, cap, sizeof *block);
        cap += h->cap;
    } else {
        cap = (size_t)h->cap * 2;
        block = weir_reallocarray(h->blocks[0], cap, sizeof *block);
    }
    if (!block)
        return WEIR_E_NOMEM;
    h->blocks[used] = block;
    h->cap = (uint32_t)cap;
    return WEIR_OK;
}

static enum weir_err slot_push(struct host *h, const struct weir_slot *slot) {
    enum weir_err code = more_slots(h);
    if (code)
        return code;
    size_t i = h->count++;
    while (i > 0 && slot_before(slot, slot_at(h, (i - 1) / 2))) {
        *slot_at(h, i) = *slot_at(h, (i - 1) / 2);
        i = (i - 1) / 2;
    }
    *slot_at(h, i) = *slot;
    return WEIR_OK;
}

static struct weir_slot slot_pop(struct host *h) {
    struct weir_slot top = *slot_at(h, 0), last = *slot_at(h, --h->count);
    size_t i = 0, child;
    while ((child = 2 * i + 1) < h->count) {
        if (child + 1 < h->count &&
            slot_before(slot_at(h, child + 1), slot_at(h, child)))
            child++;
        if (!slot_before(slot_at(h, child), &last))
            break;
        *slot_at(h, i) = *slot_at(h, child);
        i = child;
    }
    if (h->count > 0)
        *slot_at(h, i) = last;
    if (h->count > 0 && h->count % BLOCK == 0) {
        h->cap = h->count;
        weir_free(h->blocks[h->count / BLOCK]);
    }
    return top;
}

static enum weir_err waiting_push(struct weir_queue *q,
                                  const struct weir_waiting *w) {
    size_t i;
    if (q->waiting_count == q->waiting_cap) {
        size_t cap = q->waiting_cap + q->waiting_cap / 2 + 8;
        struct weir_waiting *at =
            weir_reallocarray(q->waiting, cap, sizeof *at);
        if (!at)
            return WEIR_E_NOMEM;
        q->waiting = at;
        q->waiting_cap = cap;
    }
    i = q->waiting_count++;
    while (i > 0 && waiting_before(w, &q->waiting[(i - 1) / 2])) {
        q->waiting[i] = q->waiting[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    q->waiting[i] = *w;
    return WEIR_OK;
}

static void waiting_pop(struct weir_queue *q) {
    struct weir_waiting last = q->waiting[--q->waiting_count];
    size_t i = 0, child;
    while ((child = 2 * i + 1) < q->waiting_count) {
        if (child + 1 < q->waiting_count &&
            waiting_before(&q->waiting[child + 1], &q->waiting[child]))
            child++;
        if (!waiting_before(&q->waiting[child], &last))
            break;
        q->waiting[i] = q->waiting[child];
        i = child;
    }
    if (q->waiting_count > 0)
        q->waiting[i] = last;
}

/* --- hosts --- */

static struct weir_str key_of(const uint64_t *key) {
    return weir_str_make((const char *)key, sizeof *key);
}

static struct host *find_host(const struct weir_queue *q, uint64_t key) {
    return weir_map_get(q->hosts, key_of(&key));
}

static struct host *need_host(struct weir_queue *q, uint64_t key) {
    struct host *h = find_host(q, key);
    if (h)
        return h;
    h = weir_calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->key = key;
    weir_list_init(&h->ready);
    if (weir_map_put(q->hosts, key_of(&h->key), h)) {
        weir_free(h);
        return NULL;
    }
    return h;
}

static void free_host(struct host *h) {
    for (size_t i = 0; i * BLOCK < h->cap; i++)
        weir_free(h->blocks[i]);
    weir_free(h->blocks);
    weir_free(h);
}

/* Puts the host where it belongs, or forgets it. */
static void settle(struct weir_queue *q, struct host *h) {
    bool blocked = weir_heap_has(&h->blocked);
    if (h->count == 0 && !blocked) {
        weir_list_remove(&h->ready);
        weir_map_remove(q->hosts, key_of(&h->key));
        free_host(h);
    } else if (h->count == 0 || blocked) {
        weir_list_remove(&h->ready);
    } else if (weir_list_empty(&h->ready)) {
        weir_list_append(&q->ready, &h->ready);
    }
}

static enum weir_err put_now(struct weir_queue *q, uint64_t host,
                             const struct weir_slot *slot) {
    struct host *h = need_host(q, host);
    if (!h)
        return WEIR_E_NOMEM;
    enum weir_err code = slot_push(h, slot);
    settle(q, h);
    return code;
}

static void wake_blocked(struct weir_queue *q, int64_t now) {
    struct weir_heap_node *n;
    while ((n = weir_heap_min(&q->blocked)) && n->key <= now) {
        struct host *h = WEIR_CONTAINER(n, struct host, blocked);
        weir_heap_remove(&q->blocked, n);
        settle(q, h);
    }
}

static enum weir_err wake_waiting(struct weir_queue *q, int64_t now) {
    while (q->waiting_count > 0 && q->waiting[0].at <= now) {
        enum weir_err code =
            put_now(q, q->waiting[0].host, &q->waiting[0].slot);
        if (code)
            return code;
        waiting_pop(q);
    }
    return WEIR_OK;
}

/* --- the queue --- */

enum weir_err weir_queue_init(struct weir_queue *q) {
    *q = (struct weir_queue){0};
    weir_list_init(&q->ready);
    weir_heap_init(&q->blocked);
    q->hosts = weir_map_create();
    return q->hosts ? WEIR_OK : WEIR_E_NOMEM;
}

void weir_queue_release(struct weir_queue *q) {
    size_t cursor = 0;
    struct weir_str key;
    void *host;
    if (!q->hosts)
        return;
    weir_heap_release(&q->blocked); /* while its nodes are there */
    while (weir_map_next(q->hosts, &cursor, &key, &host))
        free_host(host);
    weir_map_destroy(q->hosts);
    weir_free(q->waiting);
    *q = (struct weir_queue){0};
}

enum weir_err weir_queue_put(struct weir_queue *q, uint64_t host,
                             const struct weir_slot *slot, int64_t not_before) {
    struct weir_waiting w = {not_before, host, *slot};
    enum weir_err code =
        not_before > 0 ? waiting_push(q, &w) : put_now(q, host, slot);
    if (!code)
        q->count++;
    return code;
}

bool weir_queue_take(struct weir_queue *q, int64_t now, uint64_t *host,
                     struct weir_slot *slot, enum weir_err *code) {
    wake_blocked(q, now);
    if ((*code = wake_waiting(q, now)) || weir_list_empty(&q->ready))
        return false;
    struct host *h = WEIR_CONTAINER(q->ready.next, struct host, ready);
    weir_list_remove(&h->ready);
    *host = h->key;
    *slot = slot_pop(h);
    q->count--;
    settle(q, h);
    return true;
}

enum weir_err weir_queue_block(struct weir_queue *q, uint64_t host,
                               int64_t until) {
    struct host *h = find_host(q, host);
    enum weir_err code = WEIR_OK;
    if (until <= 0) {
        if (h) {
            weir_heap_remove(&q->blocked, &h->blocked);
            settle(q, h);
        }
        return WEIR_OK;
    }
    if (!h && !(h = need_host(q, host)))
        return WEIR_E_NOMEM;
    code = weir_heap_put(&q->blocked, &h->blocked, until);
    settle(q, h);
    return code;
}

int64_t weir_queue_next_at(const struct weir_queue *q) {
    const struct weir_heap_node *n = weir_heap_min(&q->blocked);
    int64_t at = q->waiting_count > 0 ? q->waiting[0].at : 0;
    if (n && (at == 0 || n->key < at))
        at = n->key;
    return at;
}

/* --- the set --- */

void weir_hash_set_init(struct weir_hash_set *s) {
    *s = (struct weir_hash_set){.seed = weir_seed() | 1};
}

void weir_hash_set_release(struct weir_hash_set *s) {
    for (size_t i = 0; i < WEIR_HASH_SEGMENTS; i++)
        weir_free(s->segments[i].at);
    *s = (struct weir_hash_set){0};
}

/* The hash with all its bits mixed: the top 8 choose the segment, the next 32
 * the place in it. */
static uint64_t mix(const struct weir_hash_set *s, uint64_t hash) {
    return (hash ^ hash >> 32) * s->seed;
}

/* The place of the hash, or the free one where it belongs. */
static size_t place_of(const uint64_t *at, size_t cap, uint64_t mixed,
                       uint64_t hash) {
    size_t i = (size_t)((mixed >> 24 & UINT32_MAX) * cap >> 32);
    while (at[i] != 0 && at[i] != hash)
        i = i + 1 < cap ? i + 1 : 0;
    return i;
}

bool weir_hash_set_has(const struct weir_hash_set *s, uint64_t hash) {
    uint64_t mixed = mix(s, hash);
    const struct weir_hash_segment *g = &s->segments[mixed >> 56];
    if (hash == 0)
        return s->has_zero;
    return g->cap > 0 && g->at[place_of(g->at, g->cap, mixed, hash)] == hash;
}

static enum weir_err grow_segment(const struct weir_hash_set *s,
                                  struct weir_hash_segment *g) {
    size_t cap = g->cap ? (size_t)g->cap + g->cap / 2 : SEGMENT_FIRST;
    uint64_t *at = cap > UINT32_MAX ? NULL : weir_calloc(cap, sizeof *at);
    if (!at)
        return WEIR_E_NOMEM;
    for (size_t i = 0; i < g->cap; i++)
        if (g->at[i] != 0)
            at[place_of(at, cap, mix(s, g->at[i]), g->at[i])] = g->at[i];
    weir_free(g->at);
    g->at = at;
    g->cap = (uint32_t)cap;
    return WEIR_OK;
}

enum weir_err weir_hash_set_add(struct weir_hash_set *s, uint64_t hash) {
    uint64_t mixed = mix(s, hash);
    struct weir_hash_segment *g = &s->segments[mixed >> 56];
    if (hash == 0) {
        s->has_zero = true;
        return WEIR_OK;
    }
    if (g->count >= g->cap / 8 * 7) {
        enum weir_err code = grow_segment(s, g);
        if (code)
            return code;
    }
    size_t i = place_of(g->at, g->cap, mixed, hash);
    g->count += g->at[i] == 0;
    g->at[i] = hash;
    return WEIR_OK;
}
