/* internal.h - what the rooms of the engine share. Everything here belongs to
 * the loop thread.
 *
 *   engine.c    the pump: pulls, schedules, ends
 *   hosts.c     hosts: queue, limits, resolving, pauses
 *   task.c      one URL from the source to its end
 *   fetch.c     one request of a task and what its answer means
 *   redirect.c  the next hop, and what may go along
 *   robots.c    what robots.txt allows, host by host
 *   spill.c     queues beyond their cap, on disk
 */
#ifndef WEIR_ENGINE_INTERNAL_H
#define WEIR_ENGINE_INTERNAL_H

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "base/rng.h"
#include "core/backoff.h"
#include "core/limiter.h"
#include "engine/engine.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    HOST_QUEUE_MAX = 1024,   /* URLs of one host in RAM, the rest on disk */
    HOST_QUEUE_LOW = 256,    /* below: fetch the next block from disk */
    TASKS_MAX = 4096,        /* in RAM; above, hosts spill earlier */
    TASKS_HARD_MAX = 8192,   /* above, nothing is pulled */
    HOST_QUEUE_CROWDED = 16, /* of one host, when there are TASKS_MAX */
    FINISHING_MAX = 768,     /* at the storage thread; above, nothing starts */
    HOSTS_MAX = 8192,        /* idle hosts beyond are forgotten */
    PULL_BUDGET = 1024,      /* requests pulled in one iteration */
    H2_IN_FLIGHT = 90,       /* below MAX_CONCURRENT_STREAMS */
    HEADERS_MAX = 64,
    START_SLACK_NS = 15000000 /* a start that is so late keeps its slot */
};

enum robots_state {
    ROBOTS_UNKNOWN,
    ROBOTS_FETCHING,
    ROBOTS_OBEYED, /* host->robots decides */
    ROBOTS_ABSENT, /* everything is allowed */
    ROBOTS_REFUSED /* 5xx or unreachable: nothing is */
};

struct weir_host {
    struct weir_engine *engine;
    char *key;           /* "https://host:port", the map's key */
    struct weir_url url; /* of the first request: whom to ask for */
    /* limits */
    size_t active, limit;
    struct weir_bucket bucket;
    struct weir_penalty penalty;
    bool limited;          /* the bucket counts */
    struct weir_rate rate; /* of it: the configuration's or Crawl-delay's */
    enum weir_err dead;    /* failed for good, with dead_message */
    char *dead_message;
    bool pause_said;
    int last_status; /* of the refusal that paused it */
    /* addresses */
    struct weir_addresses addresses;
    bool resolved;
    struct weir_resolve *question;
    struct weir_net_home home;
    /* robots.txt */
    enum robots_state robots_state;
    struct weir_robots *robots; /* OBEYED */
    int64_t robots_until;       /* loop clock: then it is asked for again */
    /* queue */
    struct weir_list queue; /* tasks ready to start */
    size_t queued;          /* of them */
    size_t planning;        /* tasks at the storage thread */
    struct spill *spill;    /* NULL: nothing on disk */
    bool reading;           /* a block is on its way back */
    /* place: in at most one of them */
    struct weir_list ready;      /* engine->ready */
    struct weir_heap_node later; /* engine->later, by next-allowed time */
    struct weir_list idle;       /* engine->idle_hosts, nothing to do */
};

enum task_state {
    TASK_PLANNING, /* at the storage thread */
    TASK_QUEUED,   /* in its host's queue */
    TASK_RETRYING, /* in engine->retries */
    TASK_ACTIVE,   /* a transfer runs */
    TASK_ANSWERED, /* with the engine's client */
    TASK_FINISHING /* at the storage thread */
};

struct weir_task {
    struct weir_list link; /* host queue or engine->finishing... */
    struct weir_heap_node retry;
    struct weir_engine *engine;
    struct weir_host *host;
    struct weir_item *item;
    struct weir_transfer *transfer;
    struct weir_url url;  /* of the present hop */
    struct weir_url wire; /* with the query that is secret, or empty */
    const struct weir_request_terms *terms; /* the client's, or NULL */
    char *place;
    char **headers; /* of the list, "Name: value" */
    size_t header_count;
    const char **sent;             /* with the run's, for Vary; or NULL */
    char *vary_user, *vary_cookie; /* lines of it made here */
    char *userpwd;                 /* of the URL */
    char *own_method, *own_body;   /* of the request, or NULL */
    size_t own_body_len;
    const char *method; /* changes with 303 */
    bool drop_body;     /* the request's, after a 303 */
    enum task_state state;
    struct weir_host *robots_of; /* the engine's own: that host's robots.txt */
    bool no_robots, any_address;
    bool trusted; /* still at an origin the user typed */
    unsigned attempts, redirects;
    struct weir_penalty_url refusals;
    uint64_t *visited; /* hashes of the hops; NULL: no redirect yet */
    int64_t first_start, started, wall_start;
    /* the answer under way */
    bool discard;   /* its body is not wanted */
    bool streaming; /* chunks went to storage already */
    bool paused;    /* in engine->paused */
    bool truncated; /* enough of an unwanted body was seen */
    bool too_large;
    bool splices; /* a 206 of something else */
    bool conditional;
    uint64_t kept;     /* bytes streamed by earlier attempts */
    uint64_t received; /* of this answer */
    uint64_t expected; /* Content-Length, 0 = unknown */
    struct weir_list pause_link;
};

struct weir_engine {
    struct weir_engine_config config;
    struct weir_engine_ops ops;
    void *data;
    struct weir_loop *loop;
    struct weir_net *net;
    struct weir_resolver *resolver;
    struct weir_storage *storage;
    struct weir_run_info info;
    struct weir_rng rng;
    /* source */
    struct weir_source *source;
    struct weir_wake *source_wake;
    bool source_done, source_pending;
    struct weir_error source_error;
    /* limits over everything */
    size_t active;
    struct weir_bucket bucket;
    struct weir_flow flow;
    struct weir_penalty_config penalty;
    size_t chunk_max;
    /* hosts and tasks */
    struct weir_map *hosts;
    struct weir_list ready, idle_hosts;
    struct weir_heap later, retries;
    pthread_mutex_t pause_mutex;
    struct weir_list paused; /* under it: transfers that wait for bytes or disk
                              */
    struct weir_wake *resume_wake;
    size_t tasks; /* in RAM */
    size_t planning, ready_tasks, queued, finishing, answered;
    uint64_t spilled; /* on disk */
    struct weir_timer *timer;
    /* ending */
    enum weir_engine_end end;
    bool stopping; /* starts nothing more */
    bool aborting;
    int64_t deadline; /* of the drain, INT64_MAX = none */
    int64_t run_deadline;
    struct weir_error run_error;
    bool submitted;          /* to storage, in this iteration */
    pthread_t thread;        /* the loop's */
    struct weir_stats stats; /* but for: */
    _Atomic uint64_t bytes;
};

/* engine.c */
void weir_engine_stop(struct weir_engine *e, enum weir_engine_end end,
                      int64_t deadline);
void weir_engine_submit(struct weir_engine *e); /* storage has something new */

/* task.c */
/* Takes a request of the source. WEIR_E_NOMEM ends the run. */
enum weir_err weir_task_accept(struct weir_engine *e,
                               const struct weir_request *request);
void weir_task_plan(struct weir_task *t);
void weir_task_planned(struct weir_task *t);
void weir_task_finished(struct weir_task *t);
/* The URL failed for good; the error is in item->error. */
void weir_task_fail(struct weir_task *t);
void weir_task_failf(struct weir_task *t, enum weir_err code,
                     const char *format, ...) WEIR_PRINTF(3, 4);
/* A failure that may pass: a retry later, or the end. item->error is set. */
void weir_task_retry(struct weir_task *t, int64_t now);
void weir_task_finish(struct weir_task *t, enum weir_outcome outcome);
/* The run ends without an answer: what came may be resumed. */
void weir_task_abandon(struct weir_task *t);
void weir_task_destroy(struct weir_task *t);
/* The request becomes a task of its host; parsed is its URL, or NULL. */
enum weir_err weir_task_admit(struct weir_host *h,
                              const struct weir_request *request,
                              const struct weir_url *parsed);

/* The request for h's robots.txt, before everything else in its queue. */
enum weir_err weir_task_admit_robots(struct weir_host *h,
                                     const struct weir_request *request);

/* robots.c */
/* The first task of the host's queue may go as far as robots.txt is concerned;
 * asks for it when it is not known, and fails what it forbids. False: wait, or
 * the queue is empty now. */
bool weir_robots_gate(struct weir_host *h, int64_t now);
/* The answer to the engine's own request is there. */
void weir_robots_answered(struct weir_task *t);
void weir_robots_release(struct weir_host *h);

/* hosts.c */
enum weir_err weir_host_get(struct weir_engine *e, const struct weir_url *url,
                            struct weir_host **out);
void weir_host_destroy(struct weir_host *h);
/* Puts a task into the queue, at its front when it was under way before. */
void weir_host_enqueue(struct weir_host *h, struct weir_task *t, bool front);
struct weir_task *weir_host_dequeue(struct weir_host *h);
/* Finds the host's place anew: ready, later, resolving, nowhere. */
void weir_host_place(struct weir_host *h, int64_t now);
void weir_host_refused(struct weir_host *h, const struct weir_task *t,
                       int64_t retry_after_ns, int64_t now);
void weir_host_succeeded(struct weir_host *h, const struct weir_task *t,
                         int64_t now);
/* Everything that waits for the host ends with this error. */
void weir_host_kill(struct weir_host *h, enum weir_err code, const char *format,
                    ...) WEIR_PRINTF(3, 4);
void weir_hosts_notes(const struct weir_engine *e, struct weir_stats *out);

/* fetch.c */
/* slot: the moment the start is accounted at, for the log of starts. */
void weir_fetch_start(struct weir_task *t, int64_t now, int64_t slot);
/* Lets paused transfers go on as far as bytes and disk allow. */
void weir_fetch_resume_paused(struct weir_engine *e, int64_t now);

/* redirect.c */
/* The answer says to go elsewhere: the task moves to its next hop and waits
 * there, or fails. */
void weir_redirect_follow(struct weir_task *t, int64_t now);
bool weir_redirect_status(int status);
/* A header that may go to an origin the user did not type. */
bool weir_redirect_header_safe(struct weir_str header);

/* spill.c */
enum weir_err weir_spill_add(struct weir_host *h,
                             const struct weir_request *request);
/* Brings back what fits, when there is room. */
void weir_spill_refill(struct weir_host *h);
void weir_spill_destroy(struct weir_host *h);
uint64_t weir_spill_count(const struct weir_host *h);

#endif
