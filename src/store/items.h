/* items.h - the records of a job, of all its runs.
 *
 * A record is found by its key (its identity among the job's records): a second
 * one with the same key replaces the first, in this run or a later one. A job
 * whose outputs want every record of a run keeps also those that are alike
 * (`keep_all`); of earlier runs one of a key is enough.
 *
 * A partial record waits for another page to complete it: its key counts as
 * seen, and that is all.
 *
 * Puts happen in a batch of the store, together with the rest of their page.
 */
#ifndef WEIR_STORE_ITEMS_H
#define WEIR_STORE_ITEMS_H

#include "store/store.h"

struct weir_items;

/* Slices are borrowed. */
struct weir_item_record {
    struct weir_str json;  /* one JSON object */
    struct weir_str key;   /* only put */
    struct weir_str order; /* sorts like the input */
    uint32_t page;         /* page type */
    bool partial;          /* only put: json is not whole yet */
    bool once;             /* only put: not if this run completed one like it */
    /* only put: this run may have completed the very record before, with less
     * in it: one of its key and order. It is replaced then. */
    bool retried;
    /* When the answer came: put. When the one came that gave this json: walk;
     * fetching the same again does not change it. */
    int64_t retrieved;
    int64_t first_seen; /* only walk */
    int64_t batch;      /* only walk: in which it was completed */
    bool first;         /* only walk: no earlier run completed one like it */
};

struct weir_item_news {
    bool in_run; /* the key was unseen in this run */
    bool ever;   /* ... and in every earlier one */
    bool first;  /* nobody completed a record of the key before */
    bool again;  /* this run completed one, and with `once` nothing was put */
};

enum weir_err weir_items_open(struct weir_items **out, struct weir_store *store,
                              uint64_t job, int64_t run, bool keep_all,
                              struct weir_error *error);
void weir_items_close(struct weir_items *items); /* NULL-safe */

enum weir_err weir_items_put(struct weir_items *items,
                             const struct weir_item_record *record, int64_t now,
                             struct weir_item_news *news,
                             struct weir_error *error);
/* Keys of all runs. */
enum weir_err weir_items_count(struct weir_items *items, uint64_t *count,
                               struct weir_error *error);

enum weir_items_scope {
    WEIR_ITEMS_RUN, /* every record of this run */
    WEIR_ITEMS_JOB  /* of all runs the newest of each key */
};
/* A walk over records, in the order of completion or of the input. Only ids and
 * orders are held; each json is read when its turn comes. */
struct weir_items_cursor;
enum weir_err weir_items_walk(struct weir_items_cursor **out,
                              struct weir_items *items,
                              enum weir_items_scope scope, bool input_order,
                              struct weir_error *error);
/* Only records that were completed in batches after this one. */
void weir_items_after(struct weir_items_cursor *cursor, int64_t batch);
/* *more false: the end. Slices are borrowed until the next call. */
enum weir_err weir_items_next(struct weir_items_cursor *cursor,
                              struct weir_item_record *out, bool *more,
                              struct weir_error *error);
void weir_items_rewind(struct weir_items_cursor *cursor);
void weir_items_end(struct weir_items_cursor *cursor); /* NULL-safe */

/* In a batch: forgets what was last seen before `before` and is not of this
 * run. */
enum weir_err weir_items_prune(struct weir_items *items, int64_t before,
                               struct weir_error *error);

#endif
