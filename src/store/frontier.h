/* frontier.h - the URLs that a run has still to fetch, durable.
 *
 * The operations are those of crawler-commons' URLFrontier: put, claim by host
 * with a lease, acknowledge, block a host until. An entry's states:
 *
 *               weir_frontier_claim          weir_frontier_acknowledge
 *     queued ----------------------> leased ---------------------------> done
 *        ^                             |                                 failed
 *        +-----------------------------+
 *          weir_frontier_release, or its process is dead
 *
 * A lease is a promise of a living process: who opens a run's frontier holds
 * the run's lock, so whatever is leased then belongs to a dead one, and is
 * queued again with its attempts counted.
 *
 * Put, acknowledge, release, block and write happen inside a batch of the store
 * (weir_store_begin .. commit), together with what else belongs to the page. A
 * claim needs no batch: the next one writes down that it was made
 * (weir_frontier_write). After a batch that failed the frontier's memory is
 * ahead of its table: close it, and open it again to go on.
 *
 *     weir_store_begin(store, &e);
 *     weir_frontier_put(f, &link, &added, &e);
 *     weir_frontier_acknowledge(f, page_id, false, &e);
 *     weir_store_commit(store, &e);
 *     weir_frontier_claim(f, 64, now, on_entry, data, &e);
 *
 * Times are wall clock seconds. One thread at a time, that of the store.
 */
#ifndef WEIR_STORE_FRONTIER_H
#define WEIR_STORE_FRONTIER_H

#include "store/store.h"

struct weir_frontier;

/* Slices are borrowed; empty means none. */
struct weir_frontier_entry {
    uint64_t id;            /* set by the frontier */
    struct weir_str url;    /* absolute; its host and port are the queue */
    struct weir_str method; /* empty = GET */
    struct weir_str body, headers, context;
    struct weir_str dedupe; /* canonical text: a second entry of the run with
                               the same one is not added. Empty: always is */
    struct weir_str order;  /* digits in parts of fixed width:
                               "000001.000002"; its first 18 digits count,
                               then the order of putting */
    uint32_t page, depth;
    int32_t priority;   /* higher first */
    int64_t not_before; /* 0 = at once */
    uint32_t attempts;  /* claims so far, this one included */
};

struct weir_frontier_counts {
    uint64_t queued, leased, done, failed;
};

/* Opens the run's frontier with what is in it. `again`: what failed is queued
 * once more. */
enum weir_err weir_frontier_open(struct weir_frontier **out,
                                 struct weir_store *store, int64_t run,
                                 bool again, struct weir_error *error);
void weir_frontier_close(struct weir_frontier *f); /* NULL-safe */

/* In a batch. *added false: one like it is there already. WEIR_E_LIMIT beyond
 * 2^32 - 1 entries in a run. */
enum weir_err weir_frontier_put(struct weir_frontier *f,
                                struct weir_frontier_entry *entry, bool *added,
                                struct weir_error *error);

/* Leases at most `max` entries: one of each host in turn, of a host the highest
 * priority, then the lowest order. Hosts that are blocked and entries that are
 * not due wait. Entries are valid during the callback. */
typedef enum weir_err (*weir_frontier_each)(
    const struct weir_frontier_entry *entry, void *data);
enum weir_err weir_frontier_claim(struct weir_frontier *f, size_t max,
                                  int64_t now, weir_frontier_each each,
                                  void *data, struct weir_error *error);

/* In a batch: the leased entry is over. Unknown ids: WEIR_E_INVALID. */
enum weir_err weir_frontier_acknowledge(struct weir_frontier *f, uint64_t id,
                                        bool failed, struct weir_error *error);
/* In a batch: a lease is given back, and did not count as an attempt. Ids that
 * are not leased are left alone. */
enum weir_err weir_frontier_release(struct weir_frontier *f, uint64_t id,
                                    struct weir_error *error);
/* In a batch: no claim gives an entry of the URL's host before `until`; 0 ends
 * it. Survives a restart. */
enum weir_err weir_frontier_block(struct weir_frontier *f, struct weir_str url,
                                  int64_t until, struct weir_error *error);
/* In a batch: notes the leases since the last one. */
enum weir_err weir_frontier_write(struct weir_frontier *f,
                                  struct weir_error *error);
bool weir_frontier_unwritten(const struct weir_frontier *f);

struct weir_frontier_counts weir_frontier_count(const struct weir_frontier *f);
/* When the next entry that waits may go, if none may before; 0 = none waits. */
int64_t weir_frontier_next_at(const struct weir_frontier *f);

/* In a batch: the frontiers of other runs of this key are forgotten, as is the
 * one of `run` if `over`. */
enum weir_err weir_frontier_forget(struct weir_store *store, uint64_t run_key,
                                   int64_t run, bool over,
                                   struct weir_error *error);

#endif
