/* task.c - one URL from the source to its end.
 *
 *   weir_task_accept --> PLANNING --weir_task_planned--> QUEUED --schedule-->
 *        |                  ^  |                            ^     ACTIVE
 *        | (host's queue    |  +-- the cache answers --+    |       |
 *        |  full: spill.c)  |                          |    |       | on_done
 *        |                  +------ RETRYING <---------+----+-------+
 *        +- bad line -----------------------------> FINISHING -> the end
 *
 * A task with an item that the storage thread holds is not touched until it
 * comes back.
 */
#include "engine/internal.h"

#include "base/mem.h"

#include <stdarg.h>
#include <string.h>

/* 1, 2, 4... seconds at the most, with full jitter. */
static const struct weir_backoff retry_backoff = {50000000, 1000000000,
                                                  60000000000};

static char *dup_or_null(struct weir_str s, bool *failed) {
    char *copy;
    if (s.n == 0)
        return NULL;
    copy = weir_str_dup(s);
    if (!copy)
        *failed = true;
    return copy;
}

static char **dup_all(const struct weir_str *from, size_t count, bool *failed) {
    char **copies;
    if (count == 0)
        return NULL;
    copies = weir_calloc(count, sizeof *copies);
    if (!copies) {
        *failed = true;
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (!(copies[i] = weir_str_dup(from[i])))
            *failed = true;
    return copies;
}

/* "user:password", decoded, of a URL that carries them. */
static char *credentials(const struct weir_url *url, bool *failed) {
    struct weir_buf b;
    char *text;
    if (weir_url_user(url).n == 0 && weir_url_password(url).n == 0)
        return NULL;
    weir_buf_init(&b, 0);
    weir_url_put_decoded(weir_url_user(url), &b);
    weir_buf_byte(&b, ':');
    weir_url_put_decoded(weir_url_password(url), &b);
    text = weir_buf_detach(&b);
    if (!text)
        *failed = true;
    return text;
}

static char *public_url(const struct weir_url *url, bool *failed) {
    struct weir_buf b;
    char *text;
    weir_buf_init(&b, 0);
    weir_url_put_public(url, &b);
    text = weir_buf_detach(&b);
    if (!text)
        *failed = true;
    return text;
}

static char *line(const char *name, const char *value) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    weir_buf_z(&b, name);
    weir_buf_z(&b, value);
    return weir_buf_detach(&b);
}

/* What is sent, as Vary will look at it: the run's headers, the URL's own, and
 * the credentials, which libcurl makes headers of. Only a hash of it is kept.
 */
static bool join_headers(struct weir_task *t) {
    const struct weir_engine_config *c = &t->engine->config;
    const char *user = t->userpwd ? t->userpwd : c->userpwd;
    size_t n = c->header_count;
    if (t->header_count == 0 && !user && !c->cookie)
        return true;
    t->sent = weir_calloc(n + t->header_count + 2, sizeof *t->sent);
    if (!t->sent)
        return false;
    for (size_t i = 0; i < n; i++)
        t->sent[i] = c->headers[i];
    for (size_t i = 0; i < t->header_count; i++)
        t->sent[n++] = t->headers[i];
    if (user && !(t->sent[n++] = t->vary_user = line("Authorization: ", user)))
        return false;
    if (c->cookie &&
        !(t->sent[n++] = t->vary_cookie = line("Cookie: ", c->cookie)))
        return false;
    t->item->headers = t->sent;
    t->item->header_count = n;
    return true;
}

static void set_method(struct weir_task *t, const struct weir_request *r,
                       bool *failed) {
    const struct weir_engine_config *c = &t->engine->config;
    t->own_method = dup_or_null(r->method, failed);
    t->method = t->own_method ? t->own_method : c->method;
    if (r->body.p) {
        t->own_body = weir_memdup(r->body.p, r->body.n);
        t->own_body_len = r->body.n;
        if (!t->own_body)
            *failed = true;
    }
    if (!t->method)
        t->method = t->own_body || c->body.p ? "POST" : "GET";
}

static bool fill_item(struct weir_task *t, const struct weir_request *r) {
    const struct weir_engine_config *c = &t->engine->config;
    struct weir_item *item = t->item;
    bool failed = false;
    set_method(t, r, &failed);
    item->owner = t;
    item->client = r->client;
    item->n = r->n;
    item->method = t->method;
    item->to_file = r->terms && r->terms->to_file;
    item->made_of = r->terms ? r->terms->made_of : 0;
    if (r->terms && r->terms->has_cache) {
        item->has_cache = true;
        item->cache = (enum weir_cache_mode)r->terms->cache;
        item->cache_age_s = r->terms->cache_age_s;
    }
    item->out = dup_or_null(r->out, &failed);
    item->dir = dup_or_null(r->dir, &failed);
    item->checksum = dup_or_null(
        r->checksum.n > 0 ? r->checksum : weir_str_of(c->checksum), &failed);
    item->captures = dup_all(r->captures, r->capture_count, &failed);
    item->capture_count = failed ? 0 : r->capture_count;
    t->place = weir_str_dup(r->place);
    t->headers = dup_all(r->headers, r->header_count, &failed);
    t->header_count = t->headers ? r->header_count : 0;
    item->headers = c->headers;
    item->header_count = c->header_count;
    return t->place && !failed;
}

static struct weir_task *create_task(struct weir_engine *e,
                                     const struct weir_request *r) {
    struct weir_task *t = weir_calloc(1, sizeof *t);
    if (!t)
        return NULL;
    weir_list_init(&t->link);
    weir_list_init(&t->pause_link);
    t->engine = e;
    t->terms = r->terms;
    t->no_robots = r->no_robots;
    t->any_address = r->any_address;
    t->trusted = !t->terms || !t->terms->foreign;
    t->item = weir_item_create();
    e->tasks++;
    if (!t->item || !fill_item(t, r)) {
        weir_task_destroy(t);
        return NULL;
    }
    return t;
}

void weir_task_destroy(struct weir_task *t) {
    if (!t)
        return;
    weir_list_remove(&t->link);
    weir_list_remove(&t->pause_link);
    weir_heap_remove(&t->engine->retries, &t->retry);
    for (size_t i = 0; i < t->header_count; i++)
        weir_free(t->headers[i]);
    weir_free(t->headers);
    weir_free(t->sent);
    weir_free(t->vary_user);
    weir_free(t->vary_cookie);
    weir_free(t->visited);
    weir_free(t->place);
    weir_free(t->userpwd);
    weir_free(t->own_method);
    weir_free(t->own_body);
    weir_url_release(&t->url);
    weir_url_release(&t->wire);
    weir_item_destroy(t->item);
    t->engine->tasks--;
    weir_free(t);
}

/* The line could not become a request: it ends here, with a record. */
static enum weir_err reject(struct weir_engine *e, const struct weir_request *r,
                            const struct weir_error *error) {
    struct weir_task *t = create_task(e, r);
    if (!t)
        return WEIR_E_NOMEM;
    t->item->url = weir_str_dup(r->url);
    if (!t->item->url) {
        weir_task_destroy(t);
        return WEIR_E_NOMEM;
    }
    t->item->error = *error;
    weir_task_fail(t);
    return WEIR_OK;
}

static bool crowded(const struct weir_host *h) {
    size_t known = h->queued + h->planning;
    return h->spill || known >= HOST_QUEUE_MAX ||
           (h->engine->tasks >= TASKS_MAX && known >= HOST_QUEUE_CROWDED);
}

static enum weir_err admit(struct weir_host *h, const struct weir_request *r,
                           const struct weir_url *parsed, bool robots) {
    struct weir_task *t = create_task(h->engine, r);
    bool failed = false;
    enum weir_err err;
    if (!t)
        return WEIR_E_NOMEM;
    t->host = h;
    t->robots_of = robots ? h : NULL;
    if (parsed)
        err = weir_url_copy(&t->url, parsed);
    else
        err = weir_url_parse(&t->url, r->url, NULL, NULL);
    if (err == WEIR_OK) {
        t->userpwd = credentials(&t->url, &failed);
        t->item->url = public_url(&t->url, &failed);
    }
    if (err != WEIR_OK || failed || !join_headers(t)) {
        weir_task_destroy(t);
        return WEIR_E_NOMEM;
    }
    weir_task_plan(t);
    return WEIR_OK;
}

enum weir_err weir_task_admit(struct weir_host *h, const struct weir_request *r,
                              const struct weir_url *parsed) {
    return admit(h, r, parsed, false);
}

enum weir_err weir_task_admit_robots(struct weir_host *h,
                                     const struct weir_request *r) {
    return admit(h, r, NULL, true);
}

enum weir_err weir_task_accept(struct weir_engine *e,
                               const struct weir_request *given) {
    struct weir_request r = *given;
    struct weir_error error = {WEIR_OK, ""};
    struct weir_url url;
    struct weir_host *h;
    enum weir_err err;
    r.n = e->stats.pulled;
    if (r.problem.n > 0) {
        weir_error_set(&error, WEIR_E_USAGE, "%.*s", WEIR_STR_ARG(r.problem));
        return reject(e, &r, &error);
    }
    err = weir_url_parse(&url, r.url, NULL, &error);
    if (err == WEIR_E_NOMEM)
        return err;
    if (err != WEIR_OK) {
        error.code = WEIR_E_USAGE;
        return reject(e, &r, &error);
    }
    err = weir_host_get(e, &url, &h);
    if (err == WEIR_OK)
        err = crowded(h) ? weir_spill_add(h, &r) : weir_task_admit(h, &r, &url);
    weir_url_release(&url);
    return err;
}

void weir_task_plan(struct weir_task *t) {
    t->state = TASK_PLANNING;
    weir_list_remove(&t->host->idle);
    t->engine->planning++;
    t->host->planning++;
    weir_storage_plan(t->engine->storage, t->item);
    weir_engine_submit(t->engine);
}

static void drop_validators(struct weir_item *item) {
    weir_free(item->etag);
    weir_free(item->last_modified);
    item->etag = item->last_modified = NULL;
}

void weir_task_planned(struct weir_task *t) {
    struct weir_engine *e = t->engine;
    struct weir_host *h = t->host;
    e->planning--;
    h->planning--;
    if (e->stopping) {
        weir_task_abandon(t); /* storage holds its plan */
        return;
    }
    switch (t->item->verdict) {
    case WEIR_PLAN_FETCH:
        if (h->dead) {
            weir_task_failf(t, h->dead, "%s", h->dead_message);
            return;
        }
        t->kept = (uint64_t)t->item->resume_from;
        t->streaming = t->streaming && t->kept > 0;
        if (t->robots_of) /* a 304 would have no rules in it */
            drop_validators(t->item);
        t->conditional = t->item->etag || t->item->last_modified;
        weir_host_enqueue(h, t, t->attempts > 0 || t->robots_of);
        return;
    case WEIR_PLAN_FRESH:
    case WEIR_PLAN_DONE:
    case WEIR_PLAN_SKIPPED:
        weir_task_finish(t, WEIR_OUTCOME_KEPT);
        break;
    case WEIR_PLAN_FAILED:
    case WEIR_PLAN_REFUSED:
        weir_task_finish(t, WEIR_OUTCOME_FAILED);
        break;
    }
    weir_host_place(h, weir_loop_now(e->loop));
}

/* --fail-early: nothing begins after the first failure. */
static void stop_early(struct weir_engine *e, const struct weir_item *item) {
    if (e->config.fail_early && item->error.code != WEIR_OK &&
        item->error.code != WEIR_E_CANCELLED)
        weir_engine_stop(e, WEIR_END_FAIL_EARLY, 0);
}

static void submit_finish(struct weir_task *t) {
    struct weir_engine *e = t->engine;
    t->state = TASK_FINISHING;
    e->finishing++;
    weir_storage_finish(e->storage, t->item);
    weir_engine_submit(e);
}

/* The engine's own request: its failure is no page's, and not recorded. */
static void hand_to_robots(struct weir_task *t) {
    weir_robots_answered(t);
    if (t->item->outcome == WEIR_OUTCOME_FAILED)
        t->item->error.code = WEIR_E_CANCELLED;
}

/* The answer is whole: to robots.c, to the client, or to storage at once. */
static void hand_over(struct weir_task *t) {
    struct weir_engine *e = t->engine;
    bool interrupted = t->item->outcome == WEIR_OUTCOME_FAILED &&
                       t->item->error.code == WEIR_E_CANCELLED;
    if (t->robots_of && !interrupted) {
        hand_to_robots(t);
    } else if (e->ops.on_answer && !t->robots_of && !interrupted) {
        t->state = TASK_ANSWERED;
        e->answered++;
        if (e->ops.on_answer(t->item, e->data))
            return;
        e->answered--;
    }
    submit_finish(t);
}

void weir_task_finish(struct weir_task *t, enum weir_outcome outcome) {
    struct weir_engine *e = t->engine;
    t->item->outcome = outcome;
    t->item->attempts = (int)t->attempts;
    if (t->first_start)
        t->item->ms =
            (weir_loop_now(e->loop) - t->first_start + 500000) / 1000000;
    if (outcome == WEIR_OUTCOME_FAILED && !t->robots_of)
        stop_early(e, t->item);
    hand_over(t);
}

void weir_engine_acknowledge(struct weir_engine *e, struct weir_item *item) {
    e->answered--;
    submit_finish(item->owner);
}

void weir_task_fail(struct weir_task *t) {
    weir_task_finish(t, WEIR_OUTCOME_FAILED);
}

void weir_task_failf(struct weir_task *t, enum weir_err code,
                     const char *format, ...) {
    va_list args;
    va_start(args, format);
    weir_error_setv(&t->item->error, code, format, args);
    va_end(args);
    weir_task_fail(t);
}

void weir_task_retry(struct weir_task *t, int64_t now) {
    struct weir_engine *e = t->engine;
    int64_t delay;
    if (t->attempts >= e->config.tries) {
        weir_task_fail(t);
        return;
    }
    delay = weir_backoff_delay(&retry_backoff, t->attempts - 1, &e->rng);
    weir_log(&e->config.log, WEIR_LOG_INFO, "%s: %s; try %u of %u in %.1f s",
             t->item->url, t->item->error.message, t->attempts + 1,
             e->config.tries, (double)delay / 1e9);
    t->item->error.code = WEIR_OK;
    t->state = TASK_RETRYING;
    e->stats.retries++;
    if (weir_heap_put(&e->retries, &t->retry, now + delay) != WEIR_OK) {
        weir_error_nomem(&t->item->error);
        weir_task_fail(t);
    }
}

void weir_task_abandon(struct weir_task *t) {
    weir_error_set(&t->item->error, WEIR_E_CANCELLED, "interrupted");
    weir_task_finish(t, WEIR_OUTCOME_FAILED);
}

static void count_end(struct weir_engine *e, const struct weir_item *item) {
    if (item->error.code != WEIR_OK)
        e->stats.failed++;
    else
        e->stats.done++;
    if (item->error.code == WEIR_OK && item->from_cache)
        e->stats.from_cache++;
    if (item->error.code == WEIR_OK && item->verdict == WEIR_PLAN_SKIPPED)
        e->stats.skipped++;
}

void weir_task_finished(struct weir_task *t) {
    struct weir_engine *e = t->engine;
    const struct weir_item *item = t->item;
    e->finishing--;
    if (item->error.code == WEIR_E_CANCELLED || t->robots_of) {
        weir_task_destroy(t); /* it counts as not begun */
        return;
    }
    count_end(e, item);
    if (e->ops.on_end)
        e->ops.on_end(item, t->place, e->data);
    stop_early(e, item); /* a check of the storage thread failed */
    weir_task_destroy(t);
}
