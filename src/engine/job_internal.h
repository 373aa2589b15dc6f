/* job_internal.h - what the rooms of a job's run share.
 *
 *   job.c          life of a run, the source over the frontier, answers
 *   job_answer.c   an answer on its way: stored body, worker, transaction
 *   job_work.c     worker threads: extraction
 *   job_ends.c     where paginations that run ahead end
 *   job_replay.c   results kept beside bodies
 *   job_page.c     what a page's result adds: records, links, next pages
 *   job_emit.c     a record that is complete
 *   job_entry.c    entries made
 *   job_request.c  an entry as a request
 *   job_probe.c    sizes of enclosures
 *   job_poll.c     clocks of polled starts, chores
 */
#ifndef WEIR_ENGINE_JOB_INTERNAL_H
#define WEIR_ENGINE_JOB_INTERNAL_H

#include "base/arena.h"
#include "base/heap.h"
#include "base/list.h"
#include "engine/job.h"
#include "engine/job_context.h"
#include "engine/storage_job.h"

struct weir_job_workers;
struct weir_job_poll;

/* One entry on its way through the engine. Owned by the loop; between
 * weir_job_workers_submit and on_result by a worker, together with its item. */
struct weir_job_task {
    struct weir_list link;  /* run->tasks, while the run knows it */
    struct weir_list work;  /* the workers' lists; job_poll.c's */
    struct weir_list later; /* entries of the same URL, for after it */
    struct weir_job_run *run;
    struct weir_entry *entry; /* NULL: the login */
    struct weir_job_context context;
    struct weir_request_terms terms;
    struct weir_buf secret;         /* terms.secret_query's bytes */
    struct weir_producer *producer; /* of a polled start, or NULL */
    struct weir_item *item;         /* answered and not acknowledged yet */
    bool waits;   /* failed; what it means depends on others */
    size_t asked; /* probes looked up, and one */

    /* --- the worker's result --- */
    struct weir_extracted *extracted;
    struct weir_arena *arena; /* of a replayed one, NULL: it owns itself */
    struct weir_job_commit *commit;
    struct weir_entry *next_page; /* the commit's, of this pagination */
    struct weir_list probes;      /* struct weir_job_probe_url */
    struct weir_list drops;       /* struct weir_job_drop */
    uint64_t records;             /* emitted */
    uint64_t left_out;            /* links outside of their scope */
    struct weir_error error;      /* the page could not be extracted */
};

/* The URL of an enclosure whose size is wanted. */
struct weir_job_probe_url {
    struct weir_list link;
    struct weir_job_task *task; /* that waits for the answer */
    char *url;
};

/* A record that was left out. */
struct weir_job_drop {
    struct weir_list link;
    size_t page;
    const char *field; /* the job's */
};

struct weir_job_run {
    struct weir_source source; /* first: the engine's view of it */
    struct weir_job_run_config config;
    const struct weir_job *job;
    struct weir_engine *engine;
    struct weir_storage *storage;
    struct weir_job_info info;
    struct weir_job_report *report;
    struct weir_job_workers *workers;
    struct weir_job_poll *poll; /* NULL: nothing is polled */
    struct weir_log log;

    /* --- the source --- */
    struct weir_list claimed; /* weir_entry, leased to us */
    size_t claimed_count;
    bool claiming;          /* an answer is due */
    bool stale;             /* entries were added since it was asked */
    bool exhausted;         /* the last claim: nothing is queued */
    bool last_look;         /* it was made when nothing was under way */
    struct weir_timer *due; /* the next entry's time */
    struct weir_list tasks; /* in the engine */
    size_t task_count;
    struct weir_map *urls;       /* of pages under way, to their tasks */
    struct weir_list ends;       /* job_ends.c */
    struct weir_timer *patience; /* while failures wait */
    size_t waiting;
    enum { LOGIN_NONE, LOGIN_WANTED, LOGIN_SENT, LOGIN_FAILED } login;
    struct weir_error login_error;
    struct weir_buf url, body, folder; /* of the request handed out last */
    struct weir_buf headers[WEIR_REQUEST_HEADERS_MAX];
    char *cookies; /* of the whole job */
};

/* job.c */
/* Takes the entry; NULL = the login. On an error (its context cannot be read)
 * it stays the caller's. */
struct weir_job_task *weir_job_task_create(struct weir_job_run *r,
                                           struct weir_entry *entry,
                                           struct weir_error *error);
void weir_job_task_destroy(struct weir_job_task *t);
/* What a worker put into it is given up. */
void weir_job_task_clear(struct weir_job_task *t);
void weir_job_wake(struct weir_job_run *r);
/* weir_job_release_waiting is called again in a moment. */
void weir_job_be_patient(struct weir_job_run *r);

/* job_ends.c: where paginations that run ahead end. */
/* Pages of one pagination. */
bool weir_job_same_pages(const struct weir_job_task *a,
                         const struct weir_job_task *b);
/* The page was empty. */
void weir_job_note_end(struct weir_job_run *r, const struct weir_job_task *t);
/* An earlier page of its pagination was. */
bool weir_job_behind_end(const struct weir_job_run *r,
                         const struct weir_job_task *t);
/* A round of a poll is over: nothing of it comes any more. */
void weir_job_forget_ends(struct weir_job_run *r, size_t start, uint64_t tick);
void weir_job_ends_release(struct weir_job_run *r);

/* job_answer.c */
bool weir_job_answered(struct weir_item *item, void *data);
void weir_job_result(struct weir_job_task *t);
void weir_job_acknowledge(struct weir_job_task *t);
/* After a task's end: failures that waited for it. */
void weir_job_release_waiting(struct weir_job_run *r);

/* job_work.c: threads with an extractor each. */
enum weir_err weir_job_workers_create(struct weir_job_workers **out,
                                      struct weir_job_run *run, size_t count,
                                      struct weir_error *error);
void weir_job_workers_destroy(struct weir_job_workers *w); /* NULL-safe */
/* The task with its item is a worker's until weir_job_result has it back. */
void weir_job_workers_submit(struct weir_job_workers *w,
                             struct weir_job_task *t);

/* job_page.c: pure; on a worker. */
/* What the extracted page adds, into t->commit, probes and drops. */
enum weir_err weir_job_page_result(struct weir_job_task *t,
                                   const struct weir_url *effective);
/* A document of a start's feed, which may be paged (RFC 5005). */
bool weir_job_is_feed(const struct weir_job_task *t);
/* The page that should have completed a record failed: the record goes on as
 * it is, to its next page or its end. */
enum weir_err weir_job_page_unmerged(struct weir_job_task *t);

/* job_entry.c: pure */
enum {
    WEIR_JOB_PRIORITY_PAGES = 10, /* what a pagination goes on with */
    WEIR_JOB_PRIORITY_LINKS = 0,
    WEIR_JOB_PRIORITY_PROBES = -5,
    WEIR_JOB_PRIORITY_FILES = -10
};
/* Where entries are added, and as what. */
struct weir_job_place_in {
    const struct weir_job *job;
    struct weir_list *entries;
    struct weir_job_context *context;
    size_t page; /* page type */
    uint32_t depth;
};
/* once: not again in this run. */
enum weir_err weir_job_entry_add(const struct weir_job_place_in *in,
                                 struct weir_str url, const char *order,
                                 int32_t priority, bool once,
                                 enum weir_entry_condition condition);
/* A page type is entered at this URL: its first page, or as many pages as its
 * counter asks for at once. `order` is that of the pagination. Sets
 * context->number. */
enum weir_err weir_job_entry_enter(const struct weir_job_place_in *in,
                                   struct weir_str url, const char *order,
                                   bool once, int32_t priority);
/* The first pages of a start; tick: which round of a poll, from 1, or 0. */
enum weir_err weir_job_entry_start(const struct weir_job *job, size_t start,
                                   uint64_t tick, struct weir_list *entries);
bool weir_job_runs_ahead(const struct weir_next *next);
/* Page types that starts of feeds alone have. */
const struct weir_page *weir_job_page_of(const struct weir_job *job,
                                         size_t page);

/* job_request.c */
/* The request of a task; its strings are the run's until the next one, its
 * terms the task's. WEIR_E_INVALID (message set): a URL or header that is none.
 */
enum weir_err weir_job_request_make(struct weir_job_run *r,
                                    struct weir_job_task *t,
                                    struct weir_request *out,
                                    struct weir_error *error);
/* The cookies of the whole job as "a=1; b=2", for all origins that were typed;
 * NULL = none, or no memory (*failed). */
char *weir_job_request_cookies(const struct weir_job *job, bool *failed);

/* job_probe.c */
/* The answer to a probe: noted, or asked for in another way (an entry of
 * t->commit). */
enum weir_err weir_job_probe_answered(struct weir_job_task *t);
/* Adds entries for those of t->probes that are not known yet, then acknowledges
 * t. */
void weir_job_probe_all(struct weir_job_task *t);

/* job_poll.c */
struct weir_producer;
enum weir_err weir_job_poll_create(struct weir_job_run *r,
                                   struct weir_error *error);
void weir_job_poll_destroy(struct weir_job_poll *p); /* NULL-safe */
/* Something is polled. */
bool weir_job_poll_runs(const struct weir_job_poll *p);
/* The next due request, or NULL. */
struct weir_job_task *weir_job_poll_next(struct weir_job_run *r);
/* A page of the frontier: does it belong to a round that is under way? */
void weir_job_poll_adopt(struct weir_job_task *t);
/* The task is over. `more`: the next page of its pagination is to come. */
void weir_job_poll_ended(struct weir_job_task *t, bool more);

#endif
