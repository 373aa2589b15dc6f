/* Retries with jitter, and hosts that refuse, on simulated clocks. */
#include "core/backoff.h"

#include "test.h"

#define S INT64_C(1000000000)
#define MS INT64_C(1000000)

static const int64_t NONE_NAMED = -1;

struct host {
    struct weir_penalty p;
    struct weir_penalty_config c;
    struct weir_rng rng;
};

static struct host host_new(void) {
    struct host h = {.c = weir_penalty_defaults(600 * S), .rng = {9}};
    weir_penalty_init(&h.p);
    return h;
}

static enum weir_penalty_verdict refuse(struct host *h, int64_t started,
                                        int64_t after, int64_t now) {
    return weir_penalty_refused(&h->p, &h->c, started, after, now, &h->rng);
}

TEST(backoff_is_exponential_with_full_jitter) {
    struct weir_backoff b = {0, S, 300 * S};
    struct weir_rng rng = {1};
    for (unsigned n = 0; n < 70; n++) {
        int64_t most = n < 9 ? S << n : 300 * S, low = INT64_MAX, high = -1;
        for (int i = 0; i < 200; i++) {
            int64_t d = weir_backoff_delay(&b, n, &rng);
            low = d < low ? d : low;
            high = d > high ? d : high;
        }
        CHECK(low >= 0 && low < most / 10); /* the whole range is used */
        CHECK(high <= most && high > most / 10 * 9);
    }
    b.floor_ns = 2 * S;
    for (int i = 0; i < 100; i++) {
        CHECK_INT(weir_backoff_delay(&b, 0, &rng), 2 * S);
        CHECK(weir_backoff_delay(&b, 2, &rng) >= 2 * S);
    }
}

TEST(penalty_leaves_a_good_host_alone) {
    struct host h = host_new();
    CHECK_INT(weir_penalty_ready_at(&h.p, 5), 5);
    weir_penalty_started(&h.p, 5);
    CHECK_INT(weir_penalty_ready_at(&h.p, 5), 5);
    CHECK_INT(weir_penalty_slots(&h.p, 10), 10);
    CHECK_NEAR(weir_penalty_factor(&h.p), 1, 0);
    CHECK_INT(weir_penalty_state(&h.p, 5), WEIR_PENALTY_NONE);
    weir_penalty_success(&h.p, 10, 5);
    CHECK_INT(weir_penalty_slots(&h.p, 10), 10);
}

/* Twelve requests under way, all refused: one pause, as long as the longest
 * Retry-After, and no escalation. */
TEST(penalty_takes_a_batch_as_one_pause) {
    struct host h = host_new();
    for (int i = 0; i < 12; i++)
        CHECK_INT(refuse(&h, i, (i == 7 ? 3 : 2) * S, S + i),
                  WEIR_PENALTY_PAUSED);
    CHECK_INT(h.p.pauses, 1);
    CHECK_INT(weir_penalty_ready_at(&h.p, 2 * S), 4 * S + 7);
    CHECK_INT(refuse(&h, 3, NONE_NAMED, 2 * S), WEIR_PENALTY_PAUSED);
    CHECK_INT(weir_penalty_ready_at(&h.p, 2 * S), 4 * S + 7);
    /* A straggler after the end of the pause makes it longer, no more. */
    CHECK_INT(refuse(&h, 5, NONE_NAMED, 5 * S), WEIR_PENALTY_NONE);
    CHECK_INT(refuse(&h, 5, 2 * S, 5 * S), WEIR_PENALTY_PAUSED);
    CHECK_INT(weir_penalty_ready_at(&h.p, 5 * S), 7 * S);
    CHECK_INT(h.p.pauses, 1);
}

/* What waited comes back one by one: in this simulation a host with twelve
 * requests, ten slots and answers after 1 ms is asked as the engine would. */
TEST(penalty_spaces_what_comes_back) {
    struct host h = host_new();
    int64_t now = 0, busy_until[12], at[12], last = 0;
    int active = 0, answered = 0;
    for (int i = 0; i < 12; i++)
        refuse(&h, 0, 2 * S, MS);
    for (int started = 0; started < 12; now += MS / 2) {
        CHECK(now < 60 * S);
        while (answered < started && busy_until[answered] <= now) {
            weir_penalty_success(&h.p, 10, at[answered++]);
            active--;
        }
        if (now >= weir_penalty_ready_at(&h.p, now) &&
            active < (int)weir_penalty_slots(&h.p, 10)) {
            weir_penalty_started(&h.p, now);
            at[started] = now;
            busy_until[started++] = now + MS;
            active++;
        }
    }
    CHECK(at[0] >= 2 * S + MS);
    for (int i = 1; i < 12; i++) {
        CHECK(at[i] - at[i - 1] >= 15 * MS);
        last = at[i];
    }
    CHECK(at[1] - at[0] >= 100 * MS);
    CHECK(last - at[0] < 2 * S); /* slow is not stuck */
}

TEST(penalty_recovers_in_steps) {
    struct host h = host_new();
    unsigned slots = 1;
    double factor;
    int answers = 0;
    refuse(&h, 0, S, 1);
    factor = weir_penalty_factor(&h.p);
    CHECK_NEAR(factor, 1.0 / 16, 0);
    CHECK_INT(weir_penalty_slots(&h.p, 1000), 1);
    weir_penalty_success(&h.p, 8, 1); /* started before the pause */
    CHECK_NEAR(weir_penalty_factor(&h.p), factor, 0);
    for (; weir_penalty_factor(&h.p) < 1; answers++) {
        CHECK(weir_penalty_slots(&h.p, 8) >= slots);
        CHECK(weir_penalty_factor(&h.p) >= factor);
        CHECK(weir_penalty_factor(&h.p) <= 2 * factor);
        slots = weir_penalty_slots(&h.p, 8);
        factor = weir_penalty_factor(&h.p);
        weir_penalty_success(&h.p, 8, 2 * S);
    }
    CHECK_INT(weir_penalty_slots(&h.p, 8), 8);
    CHECK(answers > 20 && answers < 100);
    weir_penalty_started(&h.p, 3 * S);
    CHECK_INT(weir_penalty_ready_at(&h.p, 3 * S), 3 * S); /* no spacing */
}

/* Refused half way up: it doubles only to half of that. */
TEST(penalty_remembers_where_it_hurt) {
    struct host h = host_new();
    refuse(&h, 0, S, 1);
    while (weir_penalty_factor(&h.p) < 0.5)
        weir_penalty_success(&h.p, 1, 2 * S);
    refuse(&h, 2 * S, S, 3 * S);
    CHECK_NEAR(weir_penalty_factor(&h.p), 1.0 / 16, 0);
    weir_penalty_success(&h.p, 1, 5 * S);
    weir_penalty_success(&h.p, 1, 5 * S);
    CHECK_NEAR(weir_penalty_factor(&h.p), 4.0 / 16, 0);
    weir_penalty_success(&h.p, 1, 5 * S);
    CHECK_NEAR(weir_penalty_factor(&h.p), 5.0 / 16, 0);
}

TEST(penalty_backs_off_without_retry_after) {
    struct host h = host_new();
    int64_t now = 0;
    for (int n = 0; n < 10; n++) {
        int64_t most = n < 9 ? S << n : 300 * S;
        CHECK_INT(refuse(&h, now, NONE_NAMED, now + 1), WEIR_PENALTY_PAUSED);
        CHECK(weir_penalty_ready_at(&h.p, now) >= now + 1 + 100 * MS);
        CHECK(weir_penalty_ready_at(&h.p, now) <= now + 1 + most);
        now = weir_penalty_ready_at(&h.p, now);
        CHECK_INT(weir_penalty_state(&h.p, now), WEIR_PENALTY_NONE);
    }
    /* Ten pauses, and it still refuses. */
    CHECK_INT(refuse(&h, now, NONE_NAMED, now + 1), WEIR_PENALTY_HOPELESS);
    CHECK_INT(weir_penalty_state(&h.p, INT64_MAX), WEIR_PENALTY_HOPELESS);
    CHECK(weir_penalty_ready_at(&h.p, now) == INT64_MAX);
    CHECK_INT(refuse(&h, now, S, now + 2), WEIR_PENALTY_HOPELESS);
}

TEST(penalty_one_success_starts_the_count_again) {
    struct host h = host_new();
    int64_t now = 1;
    for (int n = 0; n < 100; n++) {
        CHECK_INT(refuse(&h, now, S, now), WEIR_PENALTY_PAUSED);
        now = weir_penalty_ready_at(&h.p, now);
        if (n % 10 == 9)
            weir_penalty_success(&h.p, 10, now);
    }
}

TEST(penalty_pause_may_be_too_long) {
    struct host h = host_new();
    CHECK_INT(refuse(&h, 1, 600 * S, 1), WEIR_PENALTY_PAUSED);
    CHECK_INT(refuse(&h, 1, 601 * S, 1), WEIR_PENALTY_TOO_LONG);
    CHECK_INT(refuse(&h, 1, S, 2), WEIR_PENALTY_TOO_LONG);
    CHECK_INT(weir_penalty_state(&h.p, 600 * S), WEIR_PENALTY_TOO_LONG);
    CHECK_INT(weir_penalty_state(&h.p, 602 * S), WEIR_PENALTY_NONE);
    CHECK_INT(refuse(&h, 602 * S, S, 603 * S), WEIR_PENALTY_PAUSED);
    CHECK_INT(refuse(&h, 605 * S, INT64_MAX, 606 * S), WEIR_PENALTY_TOO_LONG);
    CHECK(weir_penalty_ready_at(&h.p, 606 * S) == INT64_MAX);
}

TEST(penalty_url_fails_alone_while_others_succeed) {
    struct host h = host_new();
    struct weir_penalty_url url = {0}, other = {0};
    for (int i = 0; i < 4; i++)
        CHECK(!weir_penalty_url_refused(&h.p, &h.c, &url));
    weir_penalty_success(&h.p, 10, 1);
    CHECK(weir_penalty_url_refused(&h.p, &h.c, &url));
    for (int i = 0; i < 9; i++) /* nobody succeeds: that is the host's matter */
        CHECK(!weir_penalty_url_refused(&h.p, &h.c, &other));
    weir_penalty_success(&h.p, 10, 1);
    CHECK(weir_penalty_url_refused(&h.p, &h.c, &other));
}
