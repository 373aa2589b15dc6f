/* backoff.c - retries with jitter, and hosts that refuse.
 *
 * A host's life, as weir_penalty_state and the share tell it:
 *
 *                      refused
 *     open (16/16) ----------------> paused <---+
 *         ^                            |        | refused (another pause; or
 *         |                  time ends |        | the same one, made longer)
 *         |                            v        |
 *         +------------------------ slow start -+
 *           success, step by step     1/16 ...
 *
 *     paused --> hopeless    refused after max_pauses pauses in a row
 *     any    --> too long    Retry-After beyond max_pause, until that time
 *
 * Slow start works like TCP's (RFC 5681 section 3.1): the share of the host's
 * rate and concurrency begins at 1/16 and doubles up to half of what it was
 * when the host refused, then grows by sixteenths; each step takes as many
 * successes as requests may be under way. Starts are spaced as well, so that
 * what waited for the end of a pause does not go at once even when answers are
 * quick. All transitions are made in weir_penalty_refused and
 * weir_penalty_success; the end of a pause is only a matter of the time. */
#include "core/backoff.h"

int64_t weir_backoff_delay(const struct weir_backoff *b, unsigned n,
                           struct weir_rng *rng) {
    int64_t limit = b->base_ns;
    while (n-- > 0 && limit < b->cap_ns)
        limit = limit <= INT64_MAX / 2 ? limit * 2 : INT64_MAX;
    if (limit > b->cap_ns)
        limit = b->cap_ns;
    if (limit < b->floor_ns)
        limit = b->floor_ns;
    return b->floor_ns +
           (int64_t)(weir_rng_unit(rng) * (double)(limit - b->floor_ns));
}

struct weir_penalty_config weir_penalty_defaults(int64_t max_pause_ns) {
    const int64_t s = 1000000000;
    struct weir_penalty_config c = {
        .backoff = {s / 10, s, 300 * s},
        .max_pause_ns = max_pause_ns,
        .spacing_ns = s / 4,
        .max_pauses = 10,
        .max_url_refusals = 5,
    };
    return c;
}

void weir_penalty_init(struct weir_penalty *p) {
    const struct weir_penalty open = {
        .pause_began = INT64_MIN,
        .pause_until = INT64_MIN,
        .next_start = INT64_MIN,
        .share = WEIR_PENALTY_WHOLE,
        .threshold = WEIR_PENALTY_WHOLE,
    };
    *p = open;
}

static int64_t later(int64_t now, int64_t delay) {
    return now > INT64_MAX - delay ? INT64_MAX : now + delay;
}

/* Moves the end of the pause to at least now + delay. */
static void extend(struct weir_penalty *p, int64_t now, int64_t delay) {
    int64_t until = later(now, delay);
    if (until > p->pause_until)
        p->pause_until = until;
}

/* A pause begins; the share after it will be the lowest. */
static void begin_pause(struct weir_penalty *p,
                        const struct weir_penalty_config *config, int64_t now) {
    p->pauses++;
    p->pause_began = now;
    p->threshold = p->share / 2 > 0 ? p->share / 2 : 1;
    p->share = 1;
    p->step = 0;
    p->spacing_ns = config->spacing_ns;
}

enum weir_penalty_verdict
weir_penalty_refused(struct weir_penalty *p,
                     const struct weir_penalty_config *config, int64_t started,
                     int64_t retry_after_ns, int64_t now,
                     struct weir_rng *rng) {
    bool same_pause = started <= p->pause_began;
    int64_t delay = retry_after_ns;
    if (p->ended == WEIR_PENALTY_HOPELESS)
        return p->ended;
    if (now >= p->pause_until)
        p->ended = WEIR_PENALTY_NONE;
    if (!same_pause) {
        if (p->pauses >= config->max_pauses) {
            p->ended = WEIR_PENALTY_HOPELESS;
            return p->ended;
        }
        begin_pause(p, config, now);
    }
    if (retry_after_ns < 0) {
        if (same_pause)
            return weir_penalty_state(p, now);
        delay = weir_backoff_delay(&config->backoff, p->pauses - 1, rng);
    } else if (retry_after_ns < config->backoff.floor_ns) {
        delay = config->backoff.floor_ns;
    }
    if (delay > config->max_pause_ns)
        p->ended = WEIR_PENALTY_TOO_LONG;
    extend(p, now, delay);
    return weir_penalty_state(p, now);
}

void weir_penalty_success(struct weir_penalty *p, unsigned limit,
                          int64_t started) {
    p->successes++;
    p->pauses = 0;
    if (p->share == WEIR_PENALTY_WHOLE || started <= p->pause_began)
        return; /* an answer from before the pause says nothing about now */
    if (++p->step < weir_penalty_slots(p, limit))
        return;
    p->step = 0;
    if (p->share * 2 <= p->threshold)
        p->share *= 2;
    else
        p->share++;
}

void weir_penalty_started(struct weir_penalty *p, int64_t now) {
    if (p->share < WEIR_PENALTY_WHOLE)
        p->next_start = later(now, p->spacing_ns / (int64_t)p->share);
}

enum weir_penalty_verdict weir_penalty_state(const struct weir_penalty *p,
                                             int64_t now) {
    if (p->ended == WEIR_PENALTY_HOPELESS)
        return p->ended;
    if (now >= p->pause_until)
        return WEIR_PENALTY_NONE;
    return p->ended ? p->ended : WEIR_PENALTY_PAUSED;
}

int64_t weir_penalty_ready_at(const struct weir_penalty *p, int64_t now) {
    int64_t at = now > p->pause_until ? now : p->pause_until;
    if (p->ended == WEIR_PENALTY_HOPELESS)
        return INT64_MAX;
    if (p->share < WEIR_PENALTY_WHOLE && p->next_start > at)
        at = p->next_start;
    return at;
}

unsigned weir_penalty_slots(const struct weir_penalty *p, unsigned limit) {
    uint64_t part = (uint64_t)limit * p->share / WEIR_PENALTY_WHOLE;
    if (p->share == 1 || part == 0)
        return limit > 0;
    return (unsigned)part;
}

double weir_penalty_factor(const struct weir_penalty *p) {
    return (double)p->share / WEIR_PENALTY_WHOLE;
}

bool weir_penalty_url_refused(const struct weir_penalty *p,
                              const struct weir_penalty_config *config,
                              struct weir_penalty_url *url) {
    if (url->refused++ == 0)
        url->successes_before = p->successes;
    return url->refused >= config->max_url_refusals &&
           p->successes > url->successes_before;
}
