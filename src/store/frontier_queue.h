/* frontier_queue.h - the frontier's memory: who is next, and what was there.
 *
 * 16 bytes for each queued entry, 9 to 14 for each that was ever put (the set
 * of hashes); nothing of the URLs. Entries are numbers, the table has the rest.
 *
 *     weir_queue_put(&q, host, &slot, not_before);
 *     while (weir_queue_take(&q, now, &host, &slot)) ...
 *
 * Hosts with something to give stand in a ring and give in turn; one that is
 * blocked, and each entry that is not due, stands in a heap by its time.
 */
#ifndef WEIR_STORE_FRONTIER_QUEUE_H
#define WEIR_STORE_FRONTIER_QUEUE_H

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"

struct weir_slot {
    int64_t rank;
    int32_t priority;
    uint32_t n; /* of the run, 1-based */
};

struct weir_waiting; /* an entry that is not due */

struct weir_queue {
    struct weir_map *hosts;       /* key -> host with entries or a block */
    struct weir_list ready;       /* hosts with entries, not blocked */
    struct weir_heap blocked;     /* hosts by the end of their block */
    struct weir_waiting *waiting; /* a binary heap by time */
    size_t waiting_count, waiting_cap;
    uint64_t count; /* entries, the waiting ones included */
};

enum weir_err weir_queue_init(struct weir_queue *q);
void weir_queue_release(struct weir_queue *q);
/* WEIR_E_NOMEM, and nothing has changed. */
enum weir_err weir_queue_put(struct weir_queue *q, uint64_t host,
                             const struct weir_slot *slot, int64_t not_before);
/* The next entry that may go. False: none now, or (`code`) no memory. */
bool weir_queue_take(struct weir_queue *q, int64_t now, uint64_t *host,
                     struct weir_slot *slot, enum weir_err *code);
enum weir_err weir_queue_block(struct weir_queue *q, uint64_t host,
                               int64_t until);
/* The earliest time of a heap, 0 = both are empty. */
int64_t weir_queue_next_at(const struct weir_queue *q);

/* A set of 64-bit hashes: open addressing, between 4/7 and 7/8 full, in
 * segments that grow one by one, so that growing costs neither a pause nor a
 * second table. Places depend on a seed of this process, so that nobody can
 * choose hashes that pile up. */
enum { WEIR_HASH_SEGMENTS = 256 };

struct weir_hash_segment {
    uint64_t *at; /* 0 = free */
    uint32_t count, cap;
};

struct weir_hash_set {
    struct weir_hash_segment segments[WEIR_HASH_SEGMENTS];
    uint64_t seed;
    bool has_zero;
};

void weir_hash_set_init(struct weir_hash_set *s);
void weir_hash_set_release(struct weir_hash_set *s);
bool weir_hash_set_has(const struct weir_hash_set *s, uint64_t hash);
enum weir_err weir_hash_set_add(struct weir_hash_set *s, uint64_t hash);

#endif
