/* storage_job_internal.h - what the files of a job's storage share.
 *
 *     storage_job.c         messages between the loop and the storage thread
 *     storage_job_run.c     begin and end of a job's run
 *     storage_job_commit.c  a page's part of the batch
 *     storage_job_body.c    bodies that are kept in the store
 *     storage_job_output.c  outputs
 *     storage_job_parts.c   entries, records, commits
 */
#ifndef WEIR_ENGINE_STORAGE_JOB_INTERNAL_H
#define WEIR_ENGINE_STORAGE_JOB_INTERNAL_H

#include "engine/storage_cache.h"
#include "engine/storage_internal.h"
#include "engine/storage_job.h"
#include "store/frontier.h"
#include "store/items.h"

enum job_ask {
    JOB_BEGIN,
    JOB_CLAIM,
    JOB_PUT,
    JOB_RELEASE,
    JOB_BLOCK,
    JOB_LOAD,
    JOB_FIND_PROBE,
    JOB_PUT_PROBE,
    JOB_PRUNE
};

/* What the loop asks. Owned by the side that has it; the fields of an answer
 * are set by the storage thread. */
struct job_message {
    struct weir_list link;
    enum job_ask ask;
    struct weir_list entries; /* PUT and BEGIN: given; CLAIM: the answer */
    size_t max;               /* CLAIM */
    int64_t time;             /* CLAIM: now; BLOCK: until; PRUNE: seconds */
    uint64_t id;              /* RELEASE */
    char *url;                /* BLOCK, probes */
    struct weir_probe probe;
    bool found;
    uint64_t queued;
    int64_t next_at;
    struct weir_item *item; /* LOAD */
    weir_storage_claimed on_claimed;
    void (*on_loaded)(struct weir_item *item, void *data);
    void (*on_probe)(bool found, const struct weir_probe *probe, void *data);
    void *data;

    /* BEGIN: it lies on the stack of the loop, which waits for `done`. */
    const struct weir_job *job;
    struct weir_job_info info;
    struct weir_error error;
    pthread_cond_t cond;
    bool done;
};

struct job_outputs;

/* The storage thread's. */
struct job_state {
    const struct weir_job *job;
    struct weir_frontier *frontier;
    struct weir_items *items;
    struct job_outputs *outputs;
    struct weir_list writes; /* messages for the next batch */
    bool hungry;             /* the last claim got less than it asked for */
};

/* storage_job.c */
void storage_job_do(struct weir_storage *s, struct weir_list *messages);
void storage_job_deliver(struct weir_storage *s, struct weir_list *messages);
void storage_job_message_free(struct job_message *m);
/* Something waits for a batch; it should not wait long. */
bool storage_job_waits(const struct weir_storage *s);
bool storage_job_hurries(const struct weir_storage *s);

/* storage_job_run.c */
enum weir_err storage_job_open(struct weir_storage *s, struct job_message *m,
                               struct weir_error *error);
/* After the thread: outputs that are made at the end, and, in the run's last
 * batch, what is no longer needed. */
enum weir_err storage_job_finish(struct weir_storage *s, bool complete,
                                 struct weir_error *error);
enum weir_err storage_job_end(struct weir_storage *s, bool complete,
                              struct weir_error *error);
void storage_job_release(struct weir_storage *s);

/* storage_job_commit.c: both in a batch. */
enum weir_err storage_job_apply(struct weir_storage *s, struct weir_item *item,
                                struct weir_error *error);
enum weir_err storage_job_write(struct weir_storage *s,
                                struct weir_error *error);
enum weir_err storage_job_put(struct weir_storage *s,
                              const struct weir_entry *entry, bool *added,
                              struct weir_error *error);
/* All entries of a message. */
enum weir_err storage_job_put_all(struct weir_storage *s, struct job_message *m,
                                  struct weir_error *error);

/* storage_job_body.c */
/* Into p->packed, from item->body or what was streamed before. */
enum weir_err storage_job_pack(struct plan *p, struct weir_error *error);
/* What a stored answer is good for, given what its row would be. */
enum storage_use storage_job_use(struct weir_storage *s, struct plan *p,
                                 enum storage_use use);
/* Body, head, status and effective URL of the stored answer; after a 304 the
 * head as it changes it. */
enum weir_err storage_job_load(struct weir_storage *s, struct weir_item *item,
                               struct weir_error *error);

#endif
