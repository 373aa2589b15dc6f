/* limiter.c - the generic cell rate algorithm (GCRA), and a leaky bucket of
 * bytes.
 *
 * GCRA keeps one time, the "theoretical arrival time": tat. Each start moves it
 * on by one period, from where it was or from now, whichever is later:
 *
 *     start allowed   now >= tat - tolerance      tolerance = (burst - 1) T
 *     then            tat = max(tat, now) + T
 *
 * A period is seldom a whole number of nanoseconds (3/s: 333333333.33...), and
 * one that is rounded to it drifts. So times carry 32 more binary digits, and
 * periods are rounded up, tolerances down: what is left of rounding errs by
 * less than 2^-32 ns a start (of long periods, 2^-52 of them), to the side of
 * politeness. A start itself is rounded up to the next whole nanosecond. */
#include "core/limiter.h"

#include <math.h>

/* Such that sums of two stay far from overflow: 36 years. */
#define LONGEST (INT64_MAX / 8)

static struct weir_fine_ns fine(double ns, double (*rounded)(double)) {
    struct weir_fine_ns t = {LONGEST, 0};
    double whole = floor(ns), part;
    if (!(ns < (double)LONGEST))
        return t;
    part = rounded((ns - whole) * 0x1p32);
    t.ns = (int64_t)whole + (part >= 0x1p32);
    t.part = part >= 0x1p32 ? 0 : (uint32_t)part;
    return t;
}

static double coarse(struct weir_fine_ns t) {
    return (double)t.ns + (double)t.part * 0x1p-32;
}

static struct weir_fine_ns add(struct weir_fine_ns a, struct weir_fine_ns b) {
    uint64_t part = (uint64_t)a.part + b.part;
    struct weir_fine_ns sum = {a.ns + b.ns + (int64_t)(part >> 32),
                               (uint32_t)part};
    return sum;
}

static struct weir_fine_ns subtract(struct weir_fine_ns a,
                                    struct weir_fine_ns b) {
    struct weir_fine_ns rest = {a.ns - b.ns - (a.part < b.part),
                                a.part - b.part};
    return rest;
}

/* per / count, never below it (fma tells how the quotient was rounded). */
static double quotient_up(double per, double count) {
    double q = per / count;
    return fma(-q, count, per) > 0 ? nextafter(q, INFINITY) : q;
}

/* a * b, never above it. */
static double product_down(double a, double b) {
    double p = a * b;
    return fma(a, b, -p) < 0 ? nextafter(p, 0) : p;
}

static void set_period(struct weir_bucket *b, struct weir_rate rate) {
    struct weir_fine_ns none = {0, 0};
    b->period = b->tolerance = none;
    if (!(rate.count > 0))
        return;
    b->period = fine(quotient_up((double)rate.per_ns, rate.count), ceil);
    if (b->period.ns == 0 && b->period.part == 0)
        b->period.part = 1;
    b->tolerance = fine(product_down(b->burst - 1, coarse(b->period)), floor);
}

static bool unlimited(const struct weir_bucket *b) {
    return b->period.ns == 0 && b->period.part == 0;
}

void weir_bucket_init(struct weir_bucket *b, struct weir_rate rate,
                      double burst, int64_t slack_ns) {
    b->tat.ns = INT64_MIN / 2; /* full, whatever the time is */
    b->tat.part = 0;
    b->burst = burst >= 1 ? burst : 1;
    b->slack = slack_ns > 0 ? slack_ns : 0;
    set_period(b, rate);
}

int64_t weir_bucket_next(const struct weir_bucket *b, int64_t now) {
    struct weir_fine_ns t = subtract(b->tat, b->tolerance);
    int64_t due = t.ns + (t.part > 0);
    return unlimited(b) || due < now ? now : due;
}

bool weir_bucket_take(struct weir_bucket *b, int64_t now, int64_t *slot) {
    int64_t full = b->tat.ns + (b->tat.part > 0);
    if (weir_bucket_next(b, now) > now)
        return false;
    if (slot)
        *slot = now;
    if (unlimited(b))
        return true;
    if (full < now && now - full <= b->slack) {
        if (slot)
            *slot = full; /* late, but it keeps its slot */
    } else if (full < now) {
        b->tat.ns = now;
        b->tat.part = 0;
    }
    b->tat = add(b->tat, b->period);
    return true;
}

bool weir_bucket_idle(const struct weir_bucket *b, int64_t now) {
    int64_t full = b->tat.ns + (b->tat.part > 0);
    return unlimited(b) || full <= now;
}

void weir_bucket_set_rate(struct weir_bucket *b, struct weir_rate rate,
                          int64_t now) {
    struct weir_fine_ns at = {now, 0}, debt;
    double starts;
    if (weir_bucket_idle(b, now)) {
        set_period(b, rate);
        return;
    }
    debt = subtract(b->tat, at);
    starts = coarse(debt) / coarse(b->period);
    set_period(b, rate);
    b->tat = add(at, fine(starts * coarse(b->period), ceil));
}

void weir_flow_init(struct weir_flow *f, uint64_t bytes_per_s, uint64_t burst,
                    int64_t now) {
    f->per_ns = (double)bytes_per_s / 1e9;
    f->burst = f->credit = (double)burst;
    f->at = now;
}

static double credit_at(const struct weir_flow *f, int64_t now) {
    double saved = f->credit;
    if (now > f->at)
        saved += (double)(now - f->at) * f->per_ns;
    return saved < f->burst ? saved : f->burst;
}

void weir_flow_take(struct weir_flow *f, uint64_t bytes, int64_t now) {
    if (f->per_ns <= 0)
        return;
    f->credit = credit_at(f, now) - (double)bytes;
    if (now > f->at)
        f->at = now;
}

int64_t weir_flow_ready_at(const struct weir_flow *f, int64_t now) {
    double credit = credit_at(f, now), wait;
    if (f->per_ns <= 0 || credit >= 0)
        return now;
    wait = ceil(-credit / f->per_ns);
    return now + (wait < (double)LONGEST ? (int64_t)wait : LONGEST);
}
