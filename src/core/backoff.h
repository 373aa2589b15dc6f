/* backoff.h - how long to wait after a failure: for one URL, and for a host
 * that refuses.
 *
 * Times are monotonic nanoseconds and come in as `now`; random numbers come in
 * too. Nothing allocates.
 *
 * struct weir_backoff is for the retries of one URL: exponential, with full
 * jitter, so that what failed together does not come back together.
 *
 * struct weir_penalty is a host's: 429 and 503 are said by the host, not by a
 * URL. It pauses, for as long as the host asked, and starts slowly afterwards:
 *
 *     if (now >= weir_penalty_ready_at(&h->penalty, now) &&
 *         h->active < weir_penalty_slots(&h->penalty, limit)) {
 *         r->started = now;
 *         weir_penalty_started(&h->penalty, now);
 *     }
 *     ...
 *     case 429:
 *         verdict = weir_penalty_refused(&h->penalty, &config, r->started,
 *                                        retry_after, now, &rng);
 *         alone = weir_penalty_url_refused(&h->penalty, &config, &r->refusals);
 *
 * Nothing is endless: a host that answers ten pauses without one success fails,
 * one that asks for more than max_pause fails its URLs, and a URL that is
 * refused five times while others of its host succeed fails alone. */
#ifndef WEIR_CORE_BACKOFF_H
#define WEIR_CORE_BACKOFF_H

#include "base/rng.h"

#include <stdbool.h>
#include <stdint.h>

/* Delays are uniform in [floor, min(cap, base * 2^n)]. */
struct weir_backoff {
    int64_t floor_ns, base_ns, cap_ns;
};

/* The delay before try n + 1 after n + 1 failures (n from 0), ns. */
int64_t weir_backoff_delay(const struct weir_backoff *b, unsigned n,
                           struct weir_rng *rng);

struct weir_penalty_config {
    struct weir_backoff backoff; /* pauses when the host names no time */
    int64_t max_pause_ns;        /* a longer one fails the host's URLs */
    int64_t spacing_ns;          /* between starts, right after a pause */
    unsigned max_pauses;         /* without a success in between */
    unsigned max_url_refusals;
};

/* 1 s to 5 min; --max-pause as given; 250 ms; 10; 5. */
struct weir_penalty_config weir_penalty_defaults(int64_t max_pause_ns);

enum weir_penalty_verdict {
    WEIR_PENALTY_NONE,     /* go on, as ready_at and slots allow */
    WEIR_PENALTY_PAUSED,   /* wait until ready_at, then try again */
    WEIR_PENALTY_TOO_LONG, /* the host asked for more than max_pause */
    WEIR_PENALTY_HOPELESS  /* max_pauses without a success */
};

/* A host's share of its normal rate and concurrency, in sixteenths. */
enum { WEIR_PENALTY_WHOLE = 16 };

/* A value without resources; one for each host. */
struct weir_penalty {
    int64_t pause_began, pause_until; /* the latest pause */
    int64_t next_start;               /* spacing */
    int64_t spacing_ns;               /* at the lowest share */
    uint64_t successes;               /* ever */
    unsigned pauses;                  /* since the last success */
    unsigned share, threshold;        /* 1 .. WEIR_PENALTY_WHOLE */
    unsigned step;                    /* successes at this share */
    enum weir_penalty_verdict ended;  /* TOO_LONG, HOPELESS or NONE */
};

void weir_penalty_init(struct weir_penalty *p);

/* The host answered 429 or 503 to the request that was started at `started`.
 * retry_after_ns < 0: it named no time. Requests that were under way when the
 * pause began belong to that pause: they do not make another one, but a longer
 * Retry-After extends it. Returns what the host is in now. After TOO_LONG the
 * host stays closed for the time that it asked for, after HOPELESS for ever:
 * its URLs are to be failed. */
enum weir_penalty_verdict
weir_penalty_refused(struct weir_penalty *p,
                     const struct weir_penalty_config *config, int64_t started,
                     int64_t retry_after_ns, int64_t now, struct weir_rng *rng);
/* Any other answer of the host that is not a failure of the connection. */
void weir_penalty_success(struct weir_penalty *p, unsigned limit,
                          int64_t started);
/* A request was started (for the spacing after a pause). */
void weir_penalty_started(struct weir_penalty *p, int64_t now);

/* NONE, PAUSED, TOO_LONG or HOPELESS, at this time. */
enum weir_penalty_verdict weir_penalty_state(const struct weir_penalty *p,
                                             int64_t now);
/* The earliest time, not before now, for the host's next start; INT64_MAX when
 * it is hopeless. */
int64_t weir_penalty_ready_at(const struct weir_penalty *p, int64_t now);
/* How many requests may be under way where normally `limit` may: 1 right after
 * a pause, then more with each success. */
unsigned weir_penalty_slots(const struct weir_penalty *p, unsigned limit);
/* By how much to multiply the host's configured rate, (0, 1]. It changes only
 * in refused and success. */
double weir_penalty_factor(const struct weir_penalty *p);

/* The part that lives with each URL; zero to begin with. */
struct weir_penalty_url {
    unsigned refused;
    uint64_t successes_before; /* of its host, at the first refusal */
};

/* Counts a refusal of this URL (after weir_penalty_refused). True: it was
 * refused so often, while others succeeded, that it fails alone. */
bool weir_penalty_url_refused(const struct weir_penalty *p,
                              const struct weir_penalty_config *config,
                              struct weir_penalty_url *url);

#endif
