/* limiter.h - rates, bandwidth and concurrency, as values that are handed the
 * time.
 *
 * Times are monotonic nanoseconds; only differences matter. Nothing here
 * allocates, and no call fails but by its answer.
 *
 * struct weir_bucket lets requests start. In every window of t nanoseconds at
 * most burst + rate * t starts pass, for every t (each start being rounded up
 * to a whole nanosecond); a saturated run loses nothing to rounding, whatever
 * the rate.
 *
 *     struct weir_bucket b;
 *     weir_bucket_init(&b, (struct weir_rate){20, 1000000000}, 1, 0);
 *     if (weir_bucket_next(&b, now) > now)
 *         wait until then;
 *     else
 *         weir_bucket_take(&b, now, NULL); // and start
 *
 * Lateness. No timer fires on the nanosecond. With a burst of 1 the bound above
 * means that each delay is lost for ever: a rate of 1,000/s whose timer is
 * late by 0.1 ms becomes 909/s. So a bucket may have a slack: a start that is
 * at most that late keeps the slot that it had, and the next one is due a
 * period after the slot. The bound then holds exactly for the slots (which
 * `take` hands out, for a log of starts), and for the starts themselves with
 * the slack added to the window: burst + rate * (t + slack). */
#ifndef WEIR_CORE_LIMITER_H
#define WEIR_CORE_LIMITER_H

#include "base/units.h"

/* Nanoseconds with 32 binary digits after the point. */
struct weir_fine_ns {
    int64_t ns;
    uint32_t part;
};

struct weir_bucket {
    struct weir_fine_ns tat;       /* when it is full again */
    struct weir_fine_ns period;    /* one start; 0 = no limit */
    struct weir_fine_ns tolerance; /* (burst - 1) periods */
    int64_t slack;
    double burst;
};

/* Full. A rate with count 0 means no limit: every start passes. A burst below 1
 * counts as 1; slack_ns is at least 0. Rates slower than one start in 36 years
 * count as that. */
void weir_bucket_init(struct weir_bucket *b, struct weir_rate rate,
                      double burst, int64_t slack_ns);
/* The earliest time, not before now, at which a start may go. */
int64_t weir_bucket_next(const struct weir_bucket *b, int64_t now);
/* One start, now. False, and nothing changes, when next(now) > now. `slot` may
 * be NULL; it gets the time the start is accounted at: now, or up to the slack
 * earlier. */
bool weir_bucket_take(struct weir_bucket *b, int64_t now, int64_t *slot);
/* It is full: forgetting it now and making a new one later changes nothing. */
bool weir_bucket_idle(const struct weir_bucket *b, int64_t now);
/* Another rate from now on; the burst stays. What was taken in advance stays
 * taken: a debt of two starts is one of two starts at the new rate. */
void weir_bucket_set_rate(struct weir_bucket *b, struct weir_rate rate,
                          int64_t now);

/* struct weir_flow limits bandwidth: bytes are counted when they have come, so
 * it goes into debt, and the reader rests until the debt is paid. Credit for
 * at most `burst` bytes is saved up. */
struct weir_flow {
    double per_ns; /* bytes in a nanosecond; 0 = no limit */
    double burst, credit;
    int64_t at; /* when credit was right */
};

void weir_flow_init(struct weir_flow *f, uint64_t bytes_per_s, uint64_t burst,
                    int64_t now);
void weir_flow_take(struct weir_flow *f, uint64_t bytes, int64_t now);
/* The earliest time, not before now, at which there is no debt. */
int64_t weir_flow_ready_at(const struct weir_flow *f, int64_t now);

/* struct weir_slots is a counting semaphore of one thread. The limit may be
 * lowered below what is taken: then nothing passes until enough came back. */
struct weir_slots {
    unsigned limit, taken;
};

static inline bool weir_slots_free(const struct weir_slots *s) {
    return s->taken < s->limit;
}
static inline bool weir_slots_take(struct weir_slots *s) {
    if (!weir_slots_free(s))
        return false;
    s->taken++;
    return true;
}
static inline void weir_slots_give(struct weir_slots *s) {
    if (s->taken > 0)
        s->taken--;
}

#endif
