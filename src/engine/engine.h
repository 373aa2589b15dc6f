/* engine.h - moves requests from a source through limits and network to the
 * storage thread.
 *
 * The engine is a library: no globals, no terminal. Its client gives it a
 * configuration and a source, runs it and hears of each URL that ended:
 *
 *     weir_engine_create(&e, &config, &ops, data, &error);
 *     weir_engine_run(e, source, &error);     // returns when all is over
 *     weir_engine_destroy(e);
 *
 * One thread, the caller's, runs the loop and owns the engine. Every request
 * passes the limits of politeness.md: retries and redirects too.
 */
#ifndef WEIR_ENGINE_ENGINE_H
#define WEIR_ENGINE_ENGINE_H

#include "base/log.h"
#include "base/units.h"
#include "engine/storage.h"
#include "net/transfer.h"
#include "source/source.h"

struct weir_engine;

/* Strings and arrays are borrowed for the life of the engine. */
struct weir_engine_config {
    /* limits */
    size_t concurrency;         /* over everything, at least 1 */
    size_t per_host;            /* for each host, at least 1 */
    struct weir_rate rate;      /* starts over everything; count 0 = no limit */
    struct weir_rate host_rate; /* starts for each host */
    uint64_t burst;             /* of both, at least 1 */
    uint64_t limit_rate;        /* bytes a second, all transfers; 0 = none */
    int64_t max_pause_ns;       /* a host that asks for more fails */
    /* retries and time */
    unsigned tries;      /* of a URL, at least 1 */
    const int *retry_on; /* statuses that are retried as well */
    size_t retry_on_count;
    int64_t max_time_ms;     /* of one transfer; 0 = none */
    int64_t max_run_time_ns; /* of the run; 0 = none */
    bool fail_early;
    /* requests */
    const char *method;         /* NULL = GET, POST with a body */
    struct weir_str body;       /* p NULL = none */
    const char *const *headers; /* "Name: value" */
    size_t header_count;
    const char *userpwd;   /* "user:password", for typed origins only */
    const char *cookie;    /* "a=1; b=2", likewise */
    bool location_trusted; /* credentials follow redirects anywhere */
    unsigned max_redirects;
    /* Why no redirect may lead to this host, or NULL; NULL = any may. */
    const char *(*refuses)(struct weir_str host);
    uint64_t max_filesize; /* decoded bytes of a body; 0 = none */
    const char *checksum;  /* of URLs that name none, or NULL */
    /* rooms */
    /* robots.txt (RFC 9309, politeness.md): fetched before a host's first
     * request; what it forbids fails with WEIR_E_ROBOTS. */
    bool robots;
    const char *robots_agent; /* product token, NULL = "weir" */
    struct weir_net_config net;
    struct weir_resolver_config resolver;
    struct weir_storage_config storage;
    struct weir_log log;
};

struct weir_engine_ops {
    /* A URL is over; the item is borrowed. item->error.code tells how.
     * `place` names where the URL came from ("list.txt:12"). */
    void (*on_end)(const struct weir_item *item, const char *place, void *data);
    /* For jobs: the item is at its end - fetched, answered by the cache, or
     * failed (outcome, error) - but not acknowledged. True: the client has it
     * now, may set item->commit (engine/storage_job.h), and gives it back with
     * weir_engine_acknowledge; false or no function: acknowledged at once. Not
     * called for what an interruption ends. With WEIR_BODY_STORE the whole body
     * is in item->body. */
    bool (*on_answer)(struct weir_item *item, void *data);
    /* A request starts now (monotonic ns); NULL if nobody wants to know. */
    void (*on_start)(int64_t now, const char *url, unsigned attempt,
                     void *data);
};

/* A host that people may want to know of. */
struct weir_host_note {
    char name[128];
    char state[96]; /* "paused 12 s: 429, Retry-After" */
    uint64_t waiting;
};

enum { WEIR_HOST_NOTES = 5 };

/* A look at the run. Counts are since its start. */
struct weir_stats {
    uint64_t pulled;  /* requests taken from the source */
    bool source_done; /* pulled is the total */
    uint64_t done, failed, from_cache, skipped;
    uint64_t bytes; /* of bodies, received */
    uint64_t retries, redirects, requests;
    size_t active;    /* transfers in flight */
    uint64_t waiting; /* URLs known and not yet in flight */
    size_t hosts;
    struct weir_host_note notes[WEIR_HOST_NOTES];
    size_t note_count;
};

enum weir_engine_end {
    WEIR_END_COMPLETE,    /* the source is used up and every URL ended */
    WEIR_END_INTERRUPTED, /* weir_engine_drain or _abort */
    WEIR_END_RUN_TIME,    /* max_run_time */
    WEIR_END_FAIL_EARLY,
    WEIR_END_STORAGE, /* nothing more can be written */
    WEIR_END_SOURCE   /* the source had an error */
};

/* Opens the store and begins the run. Errors as weir_storage_create,
 * weir_net_create and weir_resolver_create say. */
enum weir_err weir_engine_create(struct weir_engine **out,
                                 const struct weir_engine_config *config,
                                 const struct weir_engine_ops *ops, void *data,
                                 struct weir_error *error);
void weir_engine_destroy(struct weir_engine *e);
/* Runs to the end. The source is borrowed. The error is of the run as a whole
 * (storage, source); those of URLs came through on_end. */
enum weir_err weir_engine_run(struct weir_engine *e, struct weir_source *source,
                              enum weir_engine_end *end,
                              struct weir_error *error);
/* Starts nothing more, lets what is in flight finish for at most grace_ns. The
 * run stays unfinished: it can be resumed. */
void weir_engine_drain(struct weir_engine *e, int64_t grace_ns);
/* Ends everything in flight now; resumable too. */
void weir_engine_abort(struct weir_engine *e);

/* Gives back what on_answer took; from the loop thread. outcome, error and
 * commit count as they are now. */
void weir_engine_acknowledge(struct weir_engine *e, struct weir_item *item);
/* It was interrupted, or ran out of time: nothing more starts. */
bool weir_engine_stopping(const struct weir_engine *e);
/* The storage thread, for jobs; NULL once the run is over. */
struct weir_storage *weir_engine_storage(struct weir_engine *e);

void weir_engine_stats(const struct weir_engine *e, struct weir_stats *out);
/* Requests that were started - retries, redirects and robots.txt too -, and one
 * for each URL that waits: it may need one, or be answered by the cache. */
uint64_t weir_engine_requests(const struct weir_engine *e);
/* What the store knew of an unfinished run. */
const struct weir_run_info *weir_engine_run_info(const struct weir_engine *e);
/* The loop, for the client's own timers and signals. */
struct weir_loop *weir_engine_loop(struct weir_engine *e);

#endif
