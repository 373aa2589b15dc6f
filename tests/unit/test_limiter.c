/* The limiter: its bounds in every window, on simulated clocks. */
#include "core/limiter.h"

#include "base/rng.h"
#include "test.h"

#define S INT64_C(1000000000)
#define MS INT64_C(1000000)

enum { STARTS = 400 };

/* At most burst + rate * t starts in every window, by looking at all of them;
 * a start may have been rounded up by less than a nanosecond. */
static void check_windows(const int64_t *at, size_t n, struct weir_rate rate,
                          double burst, int64_t slack) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i; j < n; j++) {
            double t = (double)(at[j] - at[i] + slack + 1);
            double bound = burst + rate.count * t / (double)rate.per_ns;
            CHECK_NEAR((double)(j - i + 1) > bound, 0, 0);
        }
    }
}

static const struct weir_rate rates[] = {
    {20, S},   {3, S},      {7, 3 * S},      {5, 15 * S}, {100, 60 * S},
    {1000, S}, {2.5, S},    {1, 86400 * S},  {0.3, S},    {1e9, S},
    {3e9, S},  {999983, S}, {1, 604800 * S}, {13, 7 * S}};
static const double bursts[] = {1, 1.5, 2, 10, 37.25};

/* Starts as early as is allowed, late by what `late` says. */
static void run(struct weir_bucket *b, int64_t *at, int64_t *slots, size_t n,
                struct weir_rng *rng, int64_t most_late) {
    int64_t now = 12345;
    for (size_t i = 0; i < n; i++) {
        int64_t next = weir_bucket_next(b, now);
        CHECK(next >= now);
        if (next > now)
            CHECK(!weir_bucket_take(b, next - 1, NULL));
        now = next;
        if (most_late > 0)
            now += (int64_t)(weir_rng_next(rng) % (uint64_t)most_late);
        CHECK(weir_bucket_take(b, now, &slots[i]));
        CHECK(slots[i] <= now && slots[i] >= now - b->slack);
        at[i] = now;
    }
}

TEST(bucket_bounds_every_window) {
    int64_t at[STARTS], slots[STARTS];
    struct weir_rng rng = {1};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        for (size_t k = 0; k < sizeof bursts / sizeof *bursts; k++) {
            int64_t period =
                (int64_t)((double)rates[r].per_ns / rates[r].count);
            struct weir_bucket b;
            weir_bucket_init(&b, rates[r], bursts[k], 0);
            run(&b, at, slots, STARTS, &rng, 0);
            check_windows(at, STARTS, rates[r], bursts[k], 0);
            weir_bucket_init(&b, rates[r], bursts[k], 0);
            run(&b, at, slots, STARTS, &rng, 3 * period);
            check_windows(at, STARTS, rates[r], bursts[k], 0);
        }
    }
}

/* With slack the slots keep the bound, the starts keep it but for the slack. */
TEST(bucket_with_slack_bounds_its_slots) {
    int64_t at[STARTS], slots[STARTS];
    struct weir_rng rng = {2};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        for (size_t k = 0; k < sizeof bursts / sizeof *bursts; k++) {
            struct weir_bucket b;
            weir_bucket_init(&b, rates[r], bursts[k], 2 * MS);
            run(&b, at, slots, STARTS, &rng, 3 * MS);
            check_windows(slots, STARTS, rates[r], bursts[k], 0);
            check_windows(at, STARTS, rates[r], bursts[k], 2 * MS);
        }
    }
}

TEST(bucket_does_not_drift) {
    static const struct weir_rate odd[] = {
        {3, S}, {7, S}, {999983, S}, {1e9 / 7, S}};
    for (size_t r = 0; r < sizeof odd / sizeof *odd; r++) {
        const int n = 1000000;
        double exact = (n - 1) / odd[r].count * (double)odd[r].per_ns;
        struct weir_bucket b;
        int64_t now = 0;
        weir_bucket_init(&b, odd[r], 1, 0);
        for (int i = 0; i < n; i++) {
            now = weir_bucket_next(&b, now);
            CHECK(weir_bucket_take(&b, now, NULL));
        }
        CHECK((double)now >= exact - 0.01);
        CHECK((double)now <= exact + 1.01);
    }
}

/* 1,000/s with a timer that is late by up to 0.9 ms: the rate holds. */
TEST(bucket_with_slack_makes_up_for_lateness) {
    struct weir_rng rng = {3};
    struct weir_bucket b;
    int64_t now = 0, slot;
    weir_bucket_init(&b, (struct weir_rate){1000, S}, 1, MS);
    for (int i = 0; i <= 10000; i++) {
        now = weir_bucket_next(&b, now) +
              (int64_t)(weir_rng_next(&rng) % (9 * MS / 10));
        CHECK(weir_bucket_take(&b, now, &slot));
        CHECK(i == 0 || slot % MS == weir_bucket_next(&b, 0) % MS);
    }
    CHECK(now < 10 * S + 2 * MS); /* 10,000 periods and one lateness */
}

TEST(bucket_saves_no_more_than_its_burst) {
    struct weir_bucket b;
    int64_t now = 100 * S;
    weir_bucket_init(&b, (struct weir_rate){10, S}, 3, 50 * MS);
    CHECK(weir_bucket_idle(&b, now));
    for (int i = 0; i < 3; i++)
        CHECK(weir_bucket_take(&b, now, NULL));
    CHECK(!weir_bucket_take(&b, now, NULL));
    CHECK_INT(weir_bucket_next(&b, now), now + 100 * MS);
    CHECK(!weir_bucket_idle(&b, now + 300 * MS - 1));
    CHECK(weir_bucket_idle(&b, now + 300 * MS));
    now += 3600 * S; /* a long rest, and later than the slack */
    for (int i = 0; i < 3; i++)
        CHECK(weir_bucket_take(&b, now, NULL));
    CHECK_INT(weir_bucket_next(&b, now), now + 100 * MS);
}

TEST(bucket_keeps_its_debt_at_another_rate) {
    struct weir_bucket b;
    weir_bucket_init(&b, (struct weir_rate){10, S}, 1, 0);
    CHECK(weir_bucket_take(&b, 0, NULL));
    CHECK_INT(weir_bucket_next(&b, 50 * MS), 100 * MS);
    /* Half a start is owed; at 1/s that is half a second. */
    weir_bucket_set_rate(&b, (struct weir_rate){1, S}, 50 * MS);
    CHECK_INT(weir_bucket_next(&b, 50 * MS), 550 * MS);
    weir_bucket_set_rate(&b, (struct weir_rate){10, S}, 50 * MS);
    CHECK_INT(weir_bucket_next(&b, 50 * MS), 100 * MS);
    weir_bucket_set_rate(&b, (struct weir_rate){1, S}, 200 * MS);
    CHECK_INT(weir_bucket_next(&b, 200 * MS), 200 * MS); /* no debt */
    CHECK(weir_bucket_take(&b, 200 * MS, NULL));
    CHECK_INT(weir_bucket_next(&b, 200 * MS), 1200 * MS);
    /* No limit, and back. */
    weir_bucket_set_rate(&b, (struct weir_rate){0, S}, 300 * MS);
    CHECK_INT(weir_bucket_next(&b, 300 * MS), 300 * MS);
    CHECK(weir_bucket_take(&b, 300 * MS, NULL));
    CHECK(weir_bucket_idle(&b, 300 * MS));
    weir_bucket_set_rate(&b, (struct weir_rate){1, S}, 400 * MS);
    CHECK(weir_bucket_take(&b, 400 * MS, NULL));
    CHECK_INT(weir_bucket_next(&b, 400 * MS), 1400 * MS);
}

TEST(bucket_takes_extreme_rates) {
    struct weir_bucket b;
    weir_bucket_init(&b, (struct weir_rate){1e-300, 604800 * S}, 1e300, 0);
    CHECK(weir_bucket_take(&b, INT64_MAX / 2, NULL));
    CHECK(weir_bucket_take(&b, INT64_MAX / 2, NULL));
    weir_bucket_init(&b, (struct weir_rate){1e300, 1}, 0, -5);
    for (int i = 0; i < 1000; i++)
        CHECK(weir_bucket_take(&b, 1 + i, NULL));
    weir_bucket_init(&b, (struct weir_rate){1e-9, S}, 1, 0);
    CHECK(weir_bucket_take(&b, 0, NULL));
    CHECK(weir_bucket_next(&b, 0) > 30 * 365 * 86400 * S);
}

TEST(flow_keeps_its_rate_in_debt) {
    struct weir_flow f;
    struct weir_rng rng = {4};
    int64_t now = 5 * S;
    uint64_t sum = 0;
    weir_flow_init(&f, 1000000, 4096, now);
    CHECK_INT(weir_flow_ready_at(&f, now), now);
    weir_flow_take(&f, 1004096, now); /* 4096 saved, 1,000,000 owed */
    CHECK_INT(weir_flow_ready_at(&f, now), now + S);
    CHECK_INT(weir_flow_ready_at(&f, now + S / 2), now + S);
    CHECK_INT(weir_flow_ready_at(&f, now + 2 * S), now + 2 * S);
    now += 10 * S; /* the credit is one burst again, no more */
    for (int i = 0; i < 2000; i++) {
        uint64_t n = weir_rng_next(&rng) % 65536;
        now = weir_flow_ready_at(&f, now);
        weir_flow_take(&f, n, now);
        sum += n;
    }
    now = weir_flow_ready_at(&f, now);
    CHECK_NEAR((double)(now - 15 * S) / 1e9, (double)(sum - 4096) / 1e6, 1e-5);
    weir_flow_init(&f, 0, 0, 0);
    weir_flow_take(&f, UINT64_MAX, 0);
    CHECK_INT(weir_flow_ready_at(&f, 7), 7);
}

TEST(slots_count) {
    struct weir_slots s = {2, 0};
    CHECK(weir_slots_take(&s));
    CHECK(weir_slots_take(&s));
    CHECK(!weir_slots_take(&s));
    s.limit = 1;
    weir_slots_give(&s);
    CHECK(!weir_slots_take(&s));
    weir_slots_give(&s);
    CHECK(weir_slots_take(&s));
}
