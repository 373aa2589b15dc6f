/* source.h - asynchronous iterators of requests.
 *
 * The engine asks a source for its next request only when it has room. A
 * source answers
 *
 *     READY    a request was written to *out
 *     PENDING  nothing yet: it will call `wake` once there is something
 *     DONE     there is no more, now and for ever
 *     ERROR    it cannot go on (message set); the requests so far stay good
 *
 * `next` runs on the loop thread and does not block: a source that reads a file
 * or standard input does so on a thread of its own, a bounded number of bytes
 * ahead. `wake` may be called from any thread, any number of times.
 *
 * A request's strings are borrowed from the source and valid until the next
 * call of `next`: no allocation for each URL, whoever keeps one copies it.
 */
#ifndef WEIR_SOURCE_SOURCE_H
#define WEIR_SOURCE_SOURCE_H

#include "base/err.h"
#include "base/str.h"

enum weir_pull {
    WEIR_PULL_READY,
    WEIR_PULL_PENDING,
    WEIR_PULL_DONE,
    WEIR_PULL_ERROR
};

enum { WEIR_REQUEST_HEADERS_MAX = 32, WEIR_REQUEST_CAPTURES_MAX = 16 };

/* What one request wants otherwise than the run, for clients of the engine that
 * know more of it. Theirs until the request's end. */
struct weir_request_terms {
    bool has_cache; /* enum weir_cache_mode and its age, of this request */
    int cache;
    int64_t cache_age_s;
    uint64_t made_of;   /* weir_item.made_of */
    int64_t timeout_ms; /* of the whole transfer; 0 = the run's */
    /* "token=x&...": goes behind the URL's query on the wire and is seen
     * nowhere else; not after a redirect. Empty = none. */
    struct weir_str secret_query;
    bool foreign; /* an origin that the user did not type: no credentials */
    bool no_body; /* the head tells all; a body is cut off */
    bool to_file; /* into a file, although bodies go to the store */
};

struct weir_request {
    uint64_t n;            /* 1-based position in this source */
    struct weir_str url;   /* as given, trimmed; not parsed yet */
    struct weir_str place; /* "list.txt:12" or "argument 3", for messages */
    /* Not empty: the line is bad and says why ("unknown option 'split'"); place
     * is the bad line's. There is nothing to fetch, the rest goes on. */
    struct weir_str problem;
    struct weir_str out; /* output name (out=), empty = by the run's template */
    struct weir_str dir; /* output folder (dir=), empty = the run's */
    struct weir_str checksum; /* "sha256=hex" (checksum=), empty = none */
    struct weir_str headers[WEIR_REQUEST_HEADERS_MAX]; /* "Name: value" */
    size_t header_count;
    struct weir_str captures[WEIR_REQUEST_CAPTURES_MAX]; /* {1}.. of globs */
    size_t capture_count;
    /* Of jobs; empty or NULL = the run's. */
    struct weir_str method;                 /* "POST" */
    struct weir_str body;                   /* p NULL = none */
    void *client;                           /* comes back in weir_item.client */
    const struct weir_request_terms *terms; /* or NULL */
    bool no_robots;   /* robots.txt does not count for this one */
    bool any_address; /* --deny-private does not count, as long as no
                         redirect leads to another origin */
};

struct weir_source;
typedef void (*weir_source_wake)(void *data);

struct weir_source_ops {
    enum weir_pull (*next)(struct weir_source *s, struct weir_request *out,
                           struct weir_error *error);
    /* Stops threads and frees everything, also when not DONE. */
    void (*destroy)(struct weir_source *s);
};

/* Each kind begins with this struct. */
struct weir_source {
    const struct weir_source_ops *ops;
    weir_source_wake wake; /* set by weir_source_start, before the first next */
    void *wake_data;
    uint64_t total; /* requests it stands for, 0 = not known beforehand */
};

void weir_source_start(struct weir_source *s, weir_source_wake wake,
                       void *data);
enum weir_pull weir_source_next(struct weir_source *s, struct weir_request *out,
                                struct weir_error *error);
void weir_source_destroy(struct weir_source *s); /* NULL-safe */

#endif
