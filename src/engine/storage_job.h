/* storage_job.h - what scraping jobs need of the storage thread: bodies that
 * are kept in the store, the durable frontier, the items, the outputs.
 *
 * A page is acknowledged in one transaction: its answer and body, its records
 * into the items, the entries it adds to the frontier, its own entry done, and
 * how far the append outputs have come. What is not acknowledged is fetched
 * again; what is acknowledged is never done twice.
 *
 *   weir_storage_claim -> on_claimed     entries to fetch, leased to this run
 *   weir_storage_plan / finish           as for any item; item->commit says
 *                                        what else belongs to the transaction
 *   weir_storage_load  -> on_loaded      the stored body, after a 304
 *
 * With body rule WEIR_BODY_STORE a plan that says FRESH or DONE has the stored
 * body in item->body and its head in item->response_head (also effective_url
 * and status), or in item->derived what the client made of it with the same
 * item->made_of (commit->derived); a finish with OUTCOME_BODY keeps the body in
 * the store (compressed), and NOT_MODIFIED refreshes the answer that has it.
 */
#ifndef WEIR_ENGINE_STORAGE_JOB_H
#define WEIR_ENGINE_STORAGE_JOB_H

#include "core/job.h"
#include "engine/storage.h"

/* When an entry is added. */
enum weir_entry_condition {
    WEIR_ENTRY_ALWAYS,
    WEIR_ENTRY_IF_NEW,    /* the page had a record unseen in this run */
    WEIR_ENTRY_IF_UNKNOWN /* ... unseen in any earlier run either */
};

/* One URL of the frontier. Strings are the entry's, weir_malloc'ed. */
struct weir_entry {
    struct weir_list link;
    uint64_t id;   /* 0 = not in the frontier yet */
    char *url;     /* absolute, without fragment */
    char *method;  /* NULL = GET */
    char *body;    /* of the request, or NULL */
    char *headers; /* "Name: value\n"... of this request, or NULL */
    char *dedupe;  /* what makes it the same as another in this run:
                      NULL = never the same (pages of a pager, polling) */
    char *context; /* JSON of the runner's, or NULL */
    char *order;   /* sorts like the input: "000001.000002..." */
    uint32_t page; /* page type */
    uint32_t depth;
    int32_t priority;   /* higher first */
    bool added;         /* set by its transaction: it was not there yet */
    int64_t not_before; /* wall clock, seconds; 0 = at once */
    uint32_t attempts;  /* claims so far */
    enum weir_entry_condition condition;
};

/* A record for the items and outputs. */
struct weir_job_record {
    struct weir_list link;
    char *json; /* one JSON object */
    char *key;  /* identity among the job's items */
    char *order;
    uint32_t page;
    bool once;    /* not if this run completed one of its key already */
    bool retried; /* this run may have completed it before, with less in it */
    bool partial; /* waits for a merge: neither stored nor written, but
                     its key counts as seen */
};

/* What is acknowledged together with an item: item->commit. Owned by whoever
 * has the item. */
struct weir_job_commit {
    uint64_t entry;    /* done or failed with this item; 0 = none */
    bool entry_failed; /* it is over, and did not succeed */
    uint64_t
        made_of;   /* with derived: what it was made with, besides the body */
    char *derived; /* kept beside the body, for later answers; or NULL */
    size_t derived_len;
    struct weir_list records; /* weir_job_record */
    struct weir_list entries; /* weir_entry to add */
    /* Set by the transaction: */
    uint64_t new_records;     /* unseen in this run */
    uint64_t unknown_records; /* unseen in any run */
    uint64_t added;           /* entries that were not there yet */
};

struct weir_job_commit *weir_job_commit_create(void);
void weir_job_commit_destroy(struct weir_job_commit *c); /* NULL-safe, deep */
struct weir_entry *weir_entry_create(void);
void weir_entry_destroy(struct weir_entry *e);
struct weir_job_record *weir_job_record_create(void);
void weir_job_record_destroy(struct weir_job_record *r);

/* Begins or resumes the job's frontier in the run that weir_storage_create
 * found; before the first claim. Leases of dead processes are given back. The
 * job is borrowed until close. `first` (weir_entry) are put when the frontier
 * is new and are storage's from here. WEIR_E_STORE, WEIR_E_IO (an output cannot
 * be written: the message names it). */
struct weir_job_info {
    bool resumed;
    uint64_t queued, done, failed, items; /* items: stored of all runs */
};
enum weir_err weir_storage_job_begin(struct weir_storage *s,
                                     const struct weir_job *job,
                                     struct weir_list *first,
                                     struct weir_job_info *info,
                                     struct weir_error *error);

/* What outputs had to leave out (a record that has no columns of theirs ...):
 * called in close, on the loop thread, once for each output that did. */
typedef void (*weir_storage_problems)(const struct weir_output *output,
                                      uint64_t count, const char *first,
                                      void *data);
void weir_storage_on_problems(struct weir_storage *s,
                              weir_storage_problems on_problems, void *data);

/* At most max entries, by host in turn, priority, then order; leased. Called
 * back on the loop thread, once, with the entries (the caller's now), how many
 * are queued still, and when the next one may go (wall clock; 0 = none
 * waits).*/
typedef void (*weir_storage_claimed)(struct weir_list *entries, uint64_t queued,
                                     int64_t next_at, void *data);
void weir_storage_claim(struct weir_storage *s, size_t max, int64_t now,
                        weir_storage_claimed on_claimed, void *data);
/* Adds entries outside of a page's transaction (polling); they are storage's.
 */
void weir_storage_put_entries(struct weir_storage *s,
                              struct weir_list *entries);
/* A lease is given back unused (the run is interrupted). */
void weir_storage_release_entry(struct weir_storage *s, uint64_t id);

/* No entry of the URL's host is claimed before `until` (wall clock; 0 ends it).
 * Survives a restart. */
void weir_storage_block_host(struct weir_storage *s, const char *url,
                             int64_t until);

/* Loads the stored body of an item whose plan had a validator (after a 304)
 * into item->body; item->error tells. The status, the effective URL and the
 * head (as the 304 changes it) are those of the stored answer then. */
void weir_storage_load(struct weir_storage *s, struct weir_item *item,
                       void (*on_loaded)(struct weir_item *item, void *data),
                       void *data);

/* Sizes and types of enclosures, found once and kept. */
struct weir_probe {
    int64_t length; /* -1: the server does not tell */
    char type[128];
};
/* Known already? Synchronous on the storage thread's side: on the loop it is a
 * message, answered once. */
void weir_storage_find_probe(struct weir_storage *s, const char *url,
                             void (*on_probe)(bool found,
                                              const struct weir_probe *probe,
                                              void *data),
                             void *data);
void weir_storage_put_probe(struct weir_storage *s, const char *url,
                            const struct weir_probe *probe);

/* Forgets items and answers that are older than so many seconds and not of the
 * newest run (the chore "prune"). */
void weir_storage_prune(struct weir_storage *s, int64_t older_than_s);

#endif
