/* hosts.c - a queue for each host, and when it may send.
 *
 * A host stands in at most one place, found anew by weir_host_place whenever
 * something about it changes:
 *
 *            queue empty ------------> idle_hosts (or nowhere, if busy)
 *            address not known ------> nowhere; on_resolved places it
 *            all slots taken --------> nowhere; the end of one places it
 *            robots.txt not known ---> nowhere but for its own request
 *            bucket or pause says no > later, by the time it may go
 *            else -------------------> ready, at the end: round robin
 *
 * So a paused or slow host costs nothing and holds up nobody. The address is
 * known before a host is ready: resolving takes no slot and no token.
 */
#include "engine/internal.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void leave(struct weir_host *h) {
    if (!weir_list_empty(&h->ready)) {
        weir_list_remove(&h->ready);
        h->engine->ready_tasks -= h->queued;
    }
    weir_heap_remove(&h->engine->later, &h->later);
    weir_list_remove(&h->idle);
}

static size_t slots(const struct weir_host *h) {
    size_t limit = weir_penalty_slots(&h->penalty, (unsigned)h->limit);
    return limit > h->active ? limit - h->active : 0;
}

/* --- the table --------------------------------------------------------- */

static void forget(struct weir_host *h) {
    struct weir_engine *e = h->engine;
    struct weir_str host;
    uint16_t port;
    bool proxied;
    weir_net_peer(e->net, &h->url, &host, &port, &proxied);
    if (!proxied)
        weir_net_forget(e->net, &h->home, host, port);
    weir_map_remove(e->hosts, weir_str_of(h->key));
    weir_host_destroy(h);
}

/* Hosts that rest are forgotten, the longest idle first, once there are many;
 * not those whose limits still remember something. */
static void evict(struct weir_engine *e, int64_t now) {
    int budget = 4;
    while (weir_map_count(e->hosts) > HOSTS_MAX &&
           !weir_list_empty(&e->idle_hosts) && budget-- > 0) {
        struct weir_host *h =
            WEIR_CONTAINER(e->idle_hosts.next, struct weir_host, idle);
        if (h->dead || (h->limited && !weir_bucket_idle(&h->bucket, now)) ||
            weir_penalty_factor(&h->penalty) < 1 ||
            weir_penalty_ready_at(&h->penalty, now) > now) {
            weir_list_remove(&h->idle);
            weir_list_append(&e->idle_hosts, &h->idle);
        } else {
            forget(h);
        }
    }
}

static struct weir_host *create(struct weir_engine *e,
                                const struct weir_url *url, const char *key) {
    struct weir_host *h = weir_calloc(1, sizeof *h);
    const struct weir_engine_config *c = &e->config;
    if (!h)
        return NULL;
    h->engine = e;
    h->home.shard = -1;
    h->limit = c->per_host;
    weir_list_init(&h->queue);
    weir_list_init(&h->ready);
    weir_list_init(&h->idle);
    h->key = weir_strdup(key);
    if (!h->key || weir_url_copy(&h->url, url) != WEIR_OK) {
        weir_host_destroy(h);
        return NULL;
    }
    h->limited = c->host_rate.count > 0;
    h->rate = c->host_rate;
    if (h->limited)
        weir_bucket_init(&h->bucket, c->host_rate, (double)c->burst,
                         START_SLACK_NS);
    weir_penalty_init(&h->penalty);
    return h;
}

enum weir_err weir_host_get(struct weir_engine *e, const struct weir_url *url,
                            struct weir_host **out) {
    struct weir_buf key;
    struct weir_host *h;
    weir_buf_init(&key, 0);
    if (weir_url_put_origin(url, &key) != WEIR_OK) {
        weir_buf_release(&key);
        return WEIR_E_NOMEM;
    }
    h = weir_map_get(e->hosts, weir_buf_view(&key));
    if (!h) {
        evict(e, weir_loop_now(e->loop));
        h = create(e, url, key.p);
        if (h && weir_map_put(e->hosts, weir_str_of(h->key), h) != WEIR_OK) {
            weir_host_destroy(h);
            h = NULL;
        }
    }
    weir_buf_release(&key);
    if (!h)
        return WEIR_E_NOMEM;
    *out = h;
    return WEIR_OK;
}

void weir_host_destroy(struct weir_host *h) {
    leave(h);
    while (!weir_list_empty(&h->queue))
        weir_task_destroy(weir_host_dequeue(h));
    weir_spill_destroy(h);
    if (h->question)
        weir_resolve_cancel(h->question);
    weir_robots_release(h);
    weir_url_release(&h->url);
    weir_free(h->dead_message);
    weir_free(h->key);
    weir_free(h);
}

/* --- the queue --------------------------------------------------------- */

void weir_host_enqueue(struct weir_host *h, struct weir_task *t, bool front) {
    t->state = TASK_QUEUED;
    if (front)
        weir_list_prepend(&h->queue, &t->link);
    else
        weir_list_append(&h->queue, &t->link);
    h->queued++;
    h->engine->queued++;
    if (!weir_list_empty(&h->ready))
        h->engine->ready_tasks++;
    else if (!weir_heap_has(&h->later))
        weir_host_place(h, weir_loop_now(h->engine->loop));
}

struct weir_task *weir_host_dequeue(struct weir_host *h) {
    struct weir_task *t = WEIR_CONTAINER(h->queue.next, struct weir_task, link);
    weir_list_remove(&t->link);
    h->queued--;
    h->engine->queued--;
    if (!weir_list_empty(&h->ready))
        h->engine->ready_tasks--;
    return t;
}

/* --- addresses --------------------------------------------------------- */

/* No address: NXDOMAIN ends what waits, anything else may pass. */
static void unresolved(struct weir_host *h, enum weir_err code,
                       const char *message) {
    int64_t now = weir_loop_now(h->engine->loop);
    size_t waiting = h->queued;
    while (waiting-- > 0) {
        struct weir_task *t = weir_host_dequeue(h);
        weir_error_set(&t->item->error, code, "%s", message);
        t->attempts++;
        if (!t->first_start)
            t->first_start = now;
        if (code == WEIR_E_DNS || h->engine->stopping)
            weir_task_fail(t);
        else
            weir_task_retry(t, now);
    }
}

static void set_addresses(struct weir_host *h,
                          const struct weir_addresses *addresses) {
    h->addresses = *addresses;
    h->resolved = true;
    h->home.told = 0;
}

static void on_resolved(enum weir_err code,
                        const struct weir_addresses *addresses,
                        const char *message, void *data) {
    struct weir_host *h = data;
    if (code == WEIR_E_CANCELLED)
        return; /* the host is gone */
    h->question = NULL;
    if (code == WEIR_OK)
        set_addresses(h, addresses);
    else
        unresolved(h, code, message);
    weir_host_place(h, weir_loop_now(h->engine->loop));
}

/* True when the host has addresses now; else it has asked, or its tasks were
 * told that there are none. */
static bool resolve(struct weir_host *h, int64_t now) {
    struct weir_engine *e = h->engine;
    struct weir_addresses found;
    struct weir_str name;
    enum weir_err code = WEIR_OK;
    const char *message = "";
    uint16_t port;
    bool proxied;
    if (h->resolved && now < h->addresses.expires)
        return true;
    if (h->question)
        return false;
    weir_net_peer(e->net, &h->url, &name, &port, &proxied);
    if (weir_resolver_lookup(e->resolver, name, port, &found, &code,
                             &message)) {
        if (code != WEIR_OK) {
            unresolved(h, code, message);
            return false;
        }
        set_addresses(h, &found);
        return true;
    }
    code = weir_resolver_ask(e->resolver, name, port, on_resolved, h,
                             &h->question);
    if (code != WEIR_OK)
        unresolved(h, code, "the name could not be asked for");
    return false;
}

/* --- the place --------------------------------------------------------- */

void weir_host_place(struct weir_host *h, int64_t now) {
    struct weir_engine *e = h->engine;
    int64_t at, tokens;
    leave(h);
    weir_spill_refill(h);
    if (h->queued == 0) {
        if (h->active == 0 && h->planning == 0 && !h->question && !h->spill)
            weir_list_append(&e->idle_hosts, &h->idle);
        return;
    }
    if (slots(h) == 0 || !resolve(h, now) || h->queued == 0 ||
        !weir_robots_gate(h, now))
        return;
    at = weir_penalty_ready_at(&h->penalty, now);
    if (h->limited && (tokens = weir_bucket_next(&h->bucket, now)) > at)
        at = tokens;
    if (at > now) {
        if (weir_heap_put(&e->later, &h->later, at) == WEIR_OK)
            return;
        weir_error_nomem(&e->run_error);
        weir_engine_stop(e, WEIR_END_STORAGE, 0);
        return;
    }
    h->pause_said = false;
    weir_list_append(&e->ready, &h->ready);
    e->ready_tasks += h->queued;
}

/* --- what the server says ---------------------------------------------- */

void weir_host_kill(struct weir_host *h, enum weir_err code, const char *format,
                    ...) {
    va_list args;
    struct weir_error error;
    va_start(args, format);
    weir_error_setv(&error, code, format, args);
    va_end(args);
    if (!h->dead) {
        h->dead = code;
        h->dead_message = weir_strdup(error.message);
        weir_log(&h->engine->config.log, WEIR_LOG_WARNING, "%s: %s", h->key,
                 error.message);
    }
    while (h->queued > 0) {
        struct weir_task *t = weir_host_dequeue(h);
        weir_task_failf(t, code, "%s", error.message);
    }
}

/* The penalty's share of the configured rate. */
static void adjust_rate(struct weir_host *h, double before, int64_t now) {
    double factor = weir_penalty_factor(&h->penalty);
    struct weir_rate rate = h->rate;
    if (!h->limited || factor == before)
        return;
    rate.count *= factor;
    weir_bucket_set_rate(&h->bucket, rate, now);
}

void weir_host_refused(struct weir_host *h, const struct weir_task *t,
                       int64_t retry_after_ns, int64_t now) {
    struct weir_engine *e = h->engine;
    double before = weir_penalty_factor(&h->penalty);
    enum weir_penalty_verdict verdict = weir_penalty_refused(
        &h->penalty, &e->penalty, t->started, retry_after_ns, now, &e->rng);
    adjust_rate(h, before, now);
    h->last_status = t->item->status;
    if (verdict == WEIR_PENALTY_TOO_LONG) {
        weir_host_kill(h, WEIR_E_SERVER,
                       "answered %d and asks for a pause of %.0f s, more than "
                       "--max-pause allows",
                       h->last_status, (double)retry_after_ns / 1e9);
    } else if (verdict == WEIR_PENALTY_HOPELESS) {
        weir_host_kill(h, WEIR_E_SERVER,
                       "answered %d in %u pauses without one success",
                       h->last_status, e->penalty.max_pauses);
    } else if (!h->pause_said) {
        int64_t until = weir_penalty_ready_at(&h->penalty, now);
        h->pause_said = true;
        weir_log(&e->config.log, WEIR_LOG_INFO,
                 "%s answered %d: paused for %.1f s", h->key, h->last_status,
                 (double)(until - now) / 1e9);
    }
}

void weir_host_succeeded(struct weir_host *h, const struct weir_task *t,
                         int64_t now) {
    double before = weir_penalty_factor(&h->penalty);
    weir_penalty_success(&h->penalty, (unsigned)h->limit, t->started);
    adjust_rate(h, before, now);
}

void weir_hosts_notes(const struct weir_engine *e, struct weir_stats *out) {
    struct weir_str key;
    void *value;
    size_t cursor = 0;
    int64_t now = weir_loop_clock(e->loop);
    out->note_count = 0;
    while (out->note_count < WEIR_HOST_NOTES &&
           weir_map_next(e->hosts, &cursor, &key, &value)) {
        const struct weir_host *h = value;
        struct weir_host_note *note = &out->notes[out->note_count];
        int64_t until = weir_penalty_ready_at(&h->penalty, now);
        uint64_t waiting = h->queued + h->planning + weir_spill_count(h);
        if (until <= now || waiting + h->active == 0)
            continue;
        snprintf(note->name, sizeof note->name, "%s", h->key);
        snprintf(note->state, sizeof note->state, "paused %.0f s after %d",
                 (double)(until - now) / 1e9, h->last_status);
        note->waiting = waiting;
        out->note_count++;
    }
}
