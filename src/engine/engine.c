/* engine.c - the pump: everything that happens once for each iteration of the
 * loop.
 *
 *   ended transfers -> their tasks      weir_net_check, fetch.c
 *   retries and hosts whose time came   weir_host_enqueue, weir_host_place
 *   source -> tasks                     pull, as long as there is room
 *   ready hosts -> transfers            schedule, under the limits
 *   what was submitted -> storage       weir_storage_flush
 *   the earliest next moment -> timer
 *
 * There is room while slots are free that nothing known can fill: behind a
 * paused host the engine reads on, and what it reads for that host goes to disk
 * (spill.c). With every slot taken it keeps a small reserve of URLs ready.
 */
#include "engine/internal.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* URLs kept ready beyond the slots: the storage thread plans them while it
 * writes what has come. */
enum { RESERVE = 256 };

static void pump(void *data);

struct weir_loop *weir_engine_loop(struct weir_engine *e) {
    return e->loop;
}

const struct weir_run_info *weir_engine_run_info(const struct weir_engine *e) {
    return &e->info;
}

static void on_timer(void *data) {
    (void)data; /* the pump follows at the end of this iteration */
}

static void on_source(void *data) {
    struct weir_engine *e = data;
    e->source_pending = false;
}

static void wake_source(void *data) {
    struct weir_engine *e = data;
    weir_wake_send(e->source_wake);
}

static void on_planned(struct weir_list *items, void *data) {
    (void)data;
    while (!weir_list_empty(items)) {
        struct weir_item *item =
            WEIR_CONTAINER(items->next, struct weir_item, link);
        weir_list_remove(&item->link);
        weir_task_planned(item->owner);
    }
}

static void on_finished(struct weir_list *items, void *data) {
    (void)data;
    while (!weir_list_empty(items)) {
        struct weir_item *item =
            WEIR_CONTAINER(items->next, struct weir_item, link);
        weir_list_remove(&item->link);
        weir_task_finished(item->owner);
    }
}

static void on_drained(void *data) {
    (void)data;
}

void weir_engine_submit(struct weir_engine *e) {
    e->submitted = true;
}

static void check_storage(struct weir_engine *e) {
    struct weir_error error;
    if (e->run_error.code != WEIR_OK)
        return;
    if (weir_storage_health(e->storage, &error) == WEIR_OK)
        return;
    e->run_error = error;
    weir_engine_stop(e, WEIR_END_STORAGE, 0);
}

/* --- pulling ----------------------------------------------------------- */

static bool has_room(const struct weir_engine *e) {
    size_t busy = e->active + e->ready_tasks + e->planning;
    if (e->tasks >= TASKS_HARD_MAX)
        return false;
    if (busy < e->config.concurrency)
        return true;
    return e->queued + e->planning < RESERVE;
}

/* True when it stopped for its budget, so that another iteration must come. */
static bool pull(struct weir_engine *e) {
    struct weir_request request;
    for (int budget = PULL_BUDGET; budget > 0; budget--) {
        if (e->source_done || e->source_pending || e->stopping || !has_room(e))
            return false;
        /* Before the call: a wake may come while it runs. */
        e->source_pending = true;
        switch (weir_source_next(e->source, &request, &e->source_error)) {
        case WEIR_PULL_READY:
            e->source_pending = false;
            e->stats.pulled++;
            if (weir_task_accept(e, &request) != WEIR_OK) {
                weir_error_nomem(&e->run_error);
                weir_engine_stop(e, WEIR_END_STORAGE, 0);
                return false;
            }
            break;
        case WEIR_PULL_PENDING:
            return false;
        case WEIR_PULL_DONE:
            e->source_done = true;
            return false;
        case WEIR_PULL_ERROR:
            e->source_done = true;
            e->run_error = e->source_error;
            e->end = WEIR_END_SOURCE;
            return false;
        }
    }
    return true;
}

/* --- starting ---------------------------------------------------------- */

static void schedule(struct weir_engine *e, int64_t now) {
    bool limited = e->config.rate.count > 0;
    while (!e->stopping && e->active < e->config.concurrency &&
           e->finishing < FINISHING_MAX && !weir_list_empty(&e->ready)) {
        struct weir_host *h =
            WEIR_CONTAINER(e->ready.next, struct weir_host, ready);
        struct weir_task *t;
        int64_t slot = now, host_slot = now;
        if (!weir_robots_gate(h, now)) {
            weir_host_place(h, now);
            continue;
        }
        if (limited && !weir_bucket_take(&e->bucket, now, &slot))
            return;
        t = weir_host_dequeue(h);
        if (h->limited) {
            weir_bucket_take(&h->bucket, now, &host_slot);
            if (!limited)
                slot = host_slot;
        }
        weir_penalty_started(&h->penalty, now);
        weir_fetch_start(t, now, slot);
        if (limited || h->limited)
            now = weir_loop_clock(e->loop);
        weir_host_place(h, now);
    }
}

static void take_due(struct weir_engine *e, int64_t now) {
    struct weir_heap_node *n;
    while ((n = weir_heap_min(&e->retries)) && n->key <= now) {
        struct weir_task *t = WEIR_CONTAINER(n, struct weir_task, retry);
        weir_heap_remove(&e->retries, n);
        if (t->streaming) /* a new look at what lies on disk */
            weir_task_plan(t);
        else
            weir_host_enqueue(t->host, t, true);
    }
    while ((n = weir_heap_min(&e->later)) && n->key <= now)
        weir_host_place(WEIR_CONTAINER(n, struct weir_host, later), now);
}

static void set_timer(struct weir_engine *e, bool again, int64_t now) {
    int64_t next =
        e->deadline < e->run_deadline ? e->deadline : e->run_deadline;
    const struct weir_heap_node *n = weir_heap_min(&e->retries);
    if (n && n->key < next)
        next = n->key;
    n = weir_heap_min(&e->later);
    if (n && n->key < next)
        next = n->key;
    if (e->config.rate.count > 0 && !weir_list_empty(&e->ready) &&
        e->active < e->config.concurrency) {
        int64_t start = weir_bucket_next(&e->bucket, now);
        if (start < next)
            next = start;
    }
    if (e->config.limit_rate > 0 && !weir_list_empty(&e->paused)) {
        int64_t at = weir_flow_ready_at(&e->flow, now);
        /* Waiting for the disk instead: on_drained wakes. */
        if (at > now && at < next)
            next = at;
    }
    if (again)
        next = 0;
    if (next == INT64_MAX)
        weir_timer_clear(e->timer);
    else
        weir_timer_set(e->timer, next);
}

/* --- ending ------------------------------------------------------------ */

/* What waits has its plan at the storage thread, which hears of its end. */
static void drop_waiting(struct weir_engine *e) {
    struct weir_heap_node *n;
    struct weir_str key;
    void *value;
    size_t cursor = 0;
    while ((n = weir_heap_min(&e->retries))) {
        weir_heap_remove(&e->retries, n);
        weir_task_abandon(WEIR_CONTAINER(n, struct weir_task, retry));
    }
    while (weir_map_next(e->hosts, &cursor, &key, &value)) {
        struct weir_host *h = value;
        while (!weir_list_empty(&h->queue))
            weir_task_abandon(weir_host_dequeue(h));
        weir_spill_destroy(h);
        weir_host_place(h, weir_loop_now(e->loop));
    }
}

static void cancel_active(struct weir_engine *e) {
    e->aborting = true;
    weir_net_cancel_all(e->net);
}

void weir_engine_stop(struct weir_engine *e, enum weir_engine_end end,
                      int64_t deadline) {
    if (!e->stopping)
        e->end = end;
    e->stopping = true;
    if (deadline < e->deadline)
        e->deadline = deadline;
    weir_timer_set(e->timer, 0);
}

void weir_engine_drain(struct weir_engine *e, int64_t grace_ns) {
    weir_engine_stop(e, WEIR_END_INTERRUPTED,
                     weir_loop_clock(e->loop) + grace_ns);
}

void weir_engine_abort(struct weir_engine *e) {
    weir_engine_stop(e, WEIR_END_INTERRUPTED, 0);
}

static void check_end(struct weir_engine *e, int64_t now) {
    if (now >= e->run_deadline && !e->stopping)
        weir_engine_stop(e, WEIR_END_RUN_TIME, 0);
    if (e->stopping) {
        if (e->queued + e->retries.count + e->spilled > 0)
            drop_waiting(e);
        if (now >= e->deadline && !e->aborting)
            cancel_active(e);
    }
    if (e->tasks == 0 && e->spilled == 0 && (e->source_done || e->stopping))
        weir_loop_stop(e->loop);
}

static void pump(void *data) {
    struct weir_engine *e = data;
    int64_t now = weir_loop_now(e->loop);
    bool again, idle;
    weir_net_check(e->net);
    take_due(e, now);
    weir_fetch_resume_paused(e, now);
    again = pull(e);
    schedule(e, now);
    check_end(e, now);
    if (e->finishing > 0)
        check_storage(e);
    idle = e->active == 0 && e->ready_tasks == 0 && e->planning == 0 &&
           e->answered == 0;
    if (e->submitted || (idle && e->finishing > 0)) {
        e->submitted = false;
        weir_storage_flush(e->storage, idle);
    }
    set_timer(e, again, now);
}

/* --- life -------------------------------------------------------------- */

static enum weir_err create_rooms(struct weir_engine *e,
                                  struct weir_error *error) {
    enum weir_err err;
    e->loop = weir_loop_create();
    if (!e->loop)
        return weir_error_nomem(error);
    e->hosts = weir_map_create();
    e->timer = weir_timer_create(e->loop, on_timer, e);
    e->source_wake = weir_wake_create(e->loop, on_source, e);
    e->resume_wake = weir_wake_create(e->loop, NULL, NULL);
    if (!e->hosts || !e->timer || !e->source_wake || !e->resume_wake)
        return weir_error_nomem(error);
    err = weir_net_create(&e->net, e->loop, &e->config.net, error);
    if (err == WEIR_OK)
        err = weir_resolver_create(&e->resolver, e->loop, &e->config.resolver,
                                   error);
    if (err == WEIR_OK)
        err = weir_storage_create(&e->storage, e->loop, &e->config.storage,
                                  on_planned, on_finished, on_drained, e,
                                  &e->info, error);
    return err;
}

/* For files that may be large, where nothing is shared that only one thread can
 * have: the bytes of --limit-rate, the cookie jar. */
static unsigned lanes(const struct weir_engine_config *c) {
    const struct weir_net_config *n = &c->net;
    bool shares =
        c->limit_rate > 0 || n->cookies || n->cookie_file || n->cookie_jar;
    return c->storage.body == WEIR_BODY_FILES && n->large_buffers &&
                   c->concurrency > 1 && !shares && !n->few_descriptors &&
                   sysconf(_SC_NPROCESSORS_ONLN) > 1
               ? WEIR_LANES_MAX
               : 0;
}

enum weir_err weir_engine_create(struct weir_engine **out,
                                 const struct weir_engine_config *config,
                                 const struct weir_engine_ops *ops, void *data,
                                 struct weir_error *error) {
    struct weir_engine *e = weir_calloc(1, sizeof *e);
    enum weir_err err;
    if (!e)
        return weir_error_nomem(error);
    e->config = *config;
    e->config.net.connections = config->concurrency;
    e->config.net.headers = config->headers;
    e->config.net.header_count = config->header_count;
    e->config.net.lanes = lanes(config);
    e->ops = *ops;
    e->data = data;
    e->deadline = e->run_deadline = INT64_MAX;
    weir_list_init(&e->ready);
    weir_list_init(&e->idle_hosts);
    weir_list_init(&e->paused);
    pthread_mutex_init(&e->pause_mutex, NULL);
    weir_heap_init(&e->later);
    weir_heap_init(&e->retries);
    /* 16 MiB of bodies under way at the most, whatever the concurrency. */
    e->chunk_max = ((size_t)16 << 20) / config->concurrency;
    if (e->chunk_max > (256 << 10))
        e->chunk_max = 256 << 10;
    if (e->chunk_max < (16 << 10))
        e->chunk_max = 16 << 10;
    err = create_rooms(e, error);
    if (err != WEIR_OK) {
        weir_engine_destroy(e);
        return err;
    }
    e->rng.state = (uint64_t)weir_loop_clock(e->loop) ^ (uint64_t)time(NULL);
    if (config->rate.count > 0)
        weir_bucket_init(&e->bucket, config->rate, (double)config->burst,
                         START_SLACK_NS);
    if (config->limit_rate > 0)
        weir_flow_init(&e->flow, config->limit_rate, config->limit_rate / 8,
                       weir_loop_clock(e->loop));
    e->penalty = weir_penalty_defaults(config->max_pause_ns);
    *out = e;
    return WEIR_OK;
}

enum weir_err weir_engine_run(struct weir_engine *e, struct weir_source *source,
                              enum weir_engine_end *end,
                              struct weir_error *error) {
    struct weir_storage *storage = e->storage;
    enum weir_err err;
    e->thread = pthread_self();
    e->source = source;
    e->end = WEIR_END_COMPLETE;
    if (e->config.max_run_time_ns > 0)
        e->run_deadline = weir_loop_clock(e->loop) + e->config.max_run_time_ns;
    weir_source_start(source, wake_source, e);
    weir_loop_on_check(e->loop, pump, e);
    weir_timer_set(e->timer, 0);
    weir_loop_run(e->loop);
    weir_loop_on_check(e->loop, NULL, NULL);
    e->storage = NULL;
    err = weir_storage_close(storage, e->end == WEIR_END_COMPLETE, error);
    if (err == WEIR_OK)
        err = weir_net_save_cookies(e->net, error);
    else
        weir_net_save_cookies(e->net, NULL);
    *end = e->end;
    if (e->run_error.code != WEIR_OK) {
        *error = e->run_error;
        return e->run_error.code;
    }
    return err;
}

void weir_engine_destroy(struct weir_engine *e) {
    struct weir_error ignored;
    struct weir_str key;
    void *value;
    size_t cursor = 0;
    if (!e)
        return;
    if (e->storage)
        weir_storage_close(e->storage, false, &ignored);
    while (e->hosts && weir_map_next(e->hosts, &cursor, &key, &value))
        weir_host_destroy(value);
    weir_map_destroy(e->hosts);
    weir_net_destroy(e->net);
    weir_resolver_destroy(e->resolver);
    weir_timer_destroy(e->timer);
    weir_wake_destroy(e->source_wake);
    weir_wake_destroy(e->resume_wake);
    weir_loop_destroy(e->loop);
    weir_heap_release(&e->later);
    weir_heap_release(&e->retries);
    pthread_mutex_destroy(&e->pause_mutex);
    weir_free(e);
}

bool weir_engine_stopping(const struct weir_engine *e) {
    return e->stopping;
}

struct weir_storage *weir_engine_storage(struct weir_engine *e) {
    return e->storage;
}

static uint64_t waiting(const struct weir_engine *e) {
    return e->tasks - e->active - e->finishing - e->answered + e->spilled;
}

uint64_t weir_engine_requests(const struct weir_engine *e) {
    return e->stats.requests + waiting(e);
}

void weir_engine_stats(const struct weir_engine *e, struct weir_stats *out) {
    *out = e->stats;
    out->bytes = atomic_load_explicit(&e->bytes, memory_order_relaxed);
    out->source_done = e->source_done;
    out->active = e->active;
    out->waiting = waiting(e);
    out->hosts = weir_map_count(e->hosts);
    weir_hosts_notes(e, out);
}
