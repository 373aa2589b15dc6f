/* robots.c - robots.txt, host by host (RFC 9309, politeness.md).
 *
 *   UNKNOWN --weir_robots_gate--> FETCHING --weir_robots_answered--+
 *      ^                                                           |
 *      +------- a day later -- OBEYED (2xx), ABSENT (4xx), <-------+
 *                              REFUSED (5xx, 429, unreachable)
 *
 * The request is a task like any other, under the host's limits and retries,
 * put before everything that waits; while it is under way the host sends
 * nothing else. Redirects may lead it to another host, where it passes without
 * that host's robots.txt. What is forbidden fails alone; when robots.txt cannot
 * be had everything is, and the next run tries again.
 */
#include "engine/internal.h"

#include "core/robots.h"

#include "base/mem.h"

enum { KEEP_S = 24 * 3600 };
static const int64_t keep_ns = KEEP_S * 1000000000LL;
/* Crawl-delay is not in the RFC; nobody should wait longer for it. */
static const int64_t crawl_delay_max_ns = 30 * 1000000000LL;

void weir_robots_release(struct weir_host *h) {
    weir_robots_destroy(h->robots);
    h->robots = NULL;
}

static struct weir_task *first(const struct weir_host *h) {
    return WEIR_CONTAINER(h->queue.next, struct weir_task, link);
}

static void ask(struct weir_host *h) {
    /* For a day the store's copy will do (RFC 9309 section 2.4). */
    static const struct weir_request_terms foreign = {true, WEIR_CACHE_FRESH,
                                                      KEEP_S, .foreign = true},
                                           typed = {true, WEIR_CACHE_FRESH,
                                                    KEEP_S, .foreign = false};
    const struct weir_request_terms *of_first = first(h)->terms;
    struct weir_buf url;
    struct weir_request r = {.place = WEIR_STR("robots.txt"),
                             .no_robots = true};
    r.any_address = first(h)->any_address;
    r.terms = of_first && of_first->foreign ? &foreign : &typed;
    weir_buf_init(&url, 0);
    weir_url_put_origin(&h->url, &url);
    weir_buf_z(&url, "/robots.txt");
    r.url = weir_buf_view(&url);
    h->robots_state = ROBOTS_FETCHING;
    if (url.failed || weir_task_admit_robots(h, &r) != WEIR_OK) {
        weir_error_nomem(&h->engine->run_error);
        weir_engine_stop(h->engine, WEIR_END_STORAGE, 0);
    }
    weir_buf_release(&url);
}

/* Fails tasks at the front that are forbidden. */
static void forbid(struct weir_host *h) {
    while (h->queued > 0 && !first(h)->no_robots) {
        struct weir_task *t = first(h);
        struct weir_robots_verdict v = {.allowed = false};
        if (h->robots_state == ROBOTS_OBEYED)
            v = weir_robots_match(h->robots, weir_url_target(&t->url));
        if (v.allowed)
            return;
        weir_host_dequeue(h);
        if (h->robots_state == ROBOTS_REFUSED)
            weir_task_failf(t, WEIR_E_ROBOTS,
                            "%s/robots.txt cannot be had, so nothing may be "
                            "fetched for now",
                            h->key);
        else
            weir_task_failf(t, WEIR_E_ROBOTS,
                            "forbidden by %s/robots.txt, line %zu", h->key,
                            v.line);
    }
}

bool weir_robots_gate(struct weir_host *h, int64_t now) {
    if (!h->engine->config.robots || first(h)->no_robots)
        return true;
    if (h->robots_state != ROBOTS_FETCHING &&
        h->robots_state != ROBOTS_UNKNOWN && now >= h->robots_until) {
        weir_robots_release(h);
        h->robots_state = ROBOTS_UNKNOWN;
    }
    switch (h->robots_state) {
    case ROBOTS_UNKNOWN:
        ask(h);
        return false;
    case ROBOTS_FETCHING:
        return false;
    case ROBOTS_ABSENT:
        return true;
    case ROBOTS_OBEYED:
    case ROBOTS_REFUSED:
        forbid(h);
        return h->queued > 0;
    }
    return true;
}

static void slow_down(struct weir_host *h, int64_t delay_ns) {
    const struct weir_rate *given = &h->engine->config.host_rate;
    struct weir_rate rate = {1, delay_ns};
    if (delay_ns <= 0)
        return;
    if (delay_ns > crawl_delay_max_ns)
        rate.per_ns = crawl_delay_max_ns;
    if (given->count > 0 &&
        (double)given->per_ns / given->count >= (double)rate.per_ns)
        return;
    weir_bucket_init(&h->bucket, rate, 1, START_SLACK_NS);
    weir_bucket_take(&h->bucket, weir_loop_now(h->engine->loop), NULL);
    h->limited = true;
    h->rate = rate;
    weir_log(&h->engine->config.log, WEIR_LOG_INFO,
             "%s: Crawl-delay, one request in %.1f s", h->key,
             (double)rate.per_ns / 1e9);
}

static bool obey(struct weir_host *h, const struct weir_item *item) {
    const char *agent = h->engine->config.robots_agent;
    struct weir_buf text;
    bool ok;
    weir_buf_init(&text, WEIR_ROBOTS_MAX);
    for (const struct weir_list *l = item->body.next; l != &item->body;
         l = l->next) {
        const struct weir_chunk *c = WEIR_CONTAINER(l, struct weir_chunk, link);
        size_t room = WEIR_ROBOTS_MAX - text.len;
        weir_buf_add(&text, c->bytes, c->len < room ? c->len : room);
    }
    ok = !text.failed && weir_robots_parse(&h->robots, weir_buf_view(&text),
                                           weir_str_of(agent ? agent : "weir"),
                                           NULL) == WEIR_OK;
    weir_buf_release(&text);
    return ok;
}

void weir_robots_answered(struct weir_task *t) {
    struct weir_host *h = t->robots_of;
    const struct weir_item *item = t->item;
    int64_t now = weir_loop_now(h->engine->loop);
    int status = item->status;
    h->robots_until = now + keep_ns;
    if (item->outcome != WEIR_OUTCOME_FAILED) {
        h->robots_state = obey(h, item) ? ROBOTS_OBEYED : ROBOTS_REFUSED;
        if (h->robots_state == ROBOTS_OBEYED)
            slow_down(h, weir_robots_crawl_delay_ns(h->robots));
    } else if (status >= 400 && status < 500 && status != 429) {
        h->robots_state = ROBOTS_ABSENT;
    } else {
        h->robots_state = ROBOTS_REFUSED;
        weir_log(&h->engine->config.log, WEIR_LOG_WARNING,
                 "%s/robots.txt: %s; nothing is fetched there", h->key,
                 item->error.message);
    }
    weir_host_place(h, now);
}
