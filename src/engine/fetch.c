/* fetch.c - one request of a task, and what its answer means.
 *
 *   weir_fetch_start -> on_head -> on_body ... -> on_done
 *
 * on_done gives the slots back and decides, in this order: the run is being
 * aborted; a redirect; success (2xx, 304); the host refuses (429, 503); it may
 * pass (a retry); it will not (the end).
 *
 * A small body stays in memory until it is whole. A larger one goes to the
 * storage thread chunk by chunk, so that what came survives a kill.
 *
 * on_head and on_body may run in one of net's lanes: they touch the task, which
 * is theirs from start to on_done, and of the engine only what is constant,
 * atomic or behind pause_mutex.
 */
#include "engine/internal.h"

#include "base/mem.h"
#include "core/headers.h"
#include "core/httpdate.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Of a body that nobody wants; more ends the transfer. */
enum { UNWANTED_MAX = 1 << 20 };

/* --- the request ------------------------------------------------------- */

struct request_headers {
    const char *at[HEADERS_MAX + 4];
    size_t count;
    struct weir_buf made[3]; /* those made here */
    size_t made_count;
    bool failed;
};

static void put_header(struct request_headers *h, const char *header) {
    if (h->count < sizeof h->at / sizeof *h->at)
        h->at[h->count++] = header;
    else
        h->failed = true;
}

static void make_header(struct request_headers *h, const char *name,
                        const char *value) {
    struct weir_buf *b = &h->made[h->made_count++];
    weir_buf_init(b, 0);
    weir_buf_z(b, name);
    weir_buf_z(b, ": ");
    weir_buf_z(b, value);
    h->failed |= b->failed;
    put_header(h, b->p);
}

static void release_headers(struct request_headers *h) {
    for (size_t i = 0; i < h->made_count; i++)
        weir_buf_release(&h->made[i]);
}

static void collect_headers(const struct weir_task *t,
                            struct request_headers *h) {
    const struct weir_engine_config *c = &t->engine->config;
    const struct weir_item *item = t->item;
    for (size_t i = 0; i < c->header_count && !t->trusted; i++)
        if (weir_redirect_header_safe(weir_str_of(c->headers[i])))
            put_header(h, c->headers[i]);
    for (size_t i = 0; i < t->header_count; i++)
        if (t->trusted || weir_redirect_header_safe(weir_str_of(t->headers[i])))
            put_header(h, t->headers[i]);
    if (item->resume_from > 0) {
        if (item->if_range)
            make_header(h, "If-Range", item->if_range);
        return;
    }
    if (item->etag)
        make_header(h, "If-None-Match", item->etag);
    if (item->last_modified)
        make_header(h, "If-Modified-Since", item->last_modified);
}

static void take_slot(struct weir_task *t, int64_t now, int64_t slot) {
    struct weir_engine *e = t->engine;
    struct weir_item *item = t->item;
    e->active++;
    t->host->active++;
    e->stats.requests++;
    t->state = TASK_ACTIVE;
    t->attempts++;
    t->started = now;
    if (!t->first_start)
        t->first_start = now;
    t->discard = t->truncated = t->too_large = false;
    t->received = t->expected = 0;
    item->status = 0;
    item->error.code = WEIR_OK;
    item->request_time = (int64_t)time(NULL);
    weir_free(item->response_head);
    item->response_head = NULL;
    if (e->ops.on_start)
        e->ops.on_start(slot, t->url.href, t->attempts, e->data);
}

static const struct weir_transfer_ops transfer_ops;

/* What this request wants otherwise than the run. */
static bool set_terms(struct weir_task *t, struct weir_transfer_request *r) {
    const struct weir_request_terms *terms = t->terms;
    struct weir_str url = weir_url_without_fragment(&t->url);
    struct weir_buf text;
    bool ok;
    if (!terms)
        return true;
    if (terms->timeout_ms > 0)
        r->timeout_ms = terms->timeout_ms;
    if (terms->secret_query.n == 0 || t->redirects > 0)
        return true;
    weir_url_release(&t->wire);
    weir_buf_init(&text, 0);
    weir_buf_fmt(&text, "%.*s%c%.*s", WEIR_STR_ARG(url),
                 t->url.has_query ? '&' : '?',
                 WEIR_STR_ARG(terms->secret_query));
    ok = !text.failed &&
         weir_url_parse(&t->wire, weir_buf_view(&text), NULL, NULL) == WEIR_OK;
    weir_buf_release(&text);
    r->url = &t->wire;
    return ok;
}

void weir_fetch_start(struct weir_task *t, int64_t now, int64_t slot) {
    struct weir_engine *e = t->engine;
    struct weir_host *h = t->host;
    struct request_headers headers = {.count = 0};
    struct weir_transfer_request r = {.url = &t->url};
    char range[32];
    enum weir_err err;
    take_slot(t, now, slot);
    collect_headers(t, &headers);
    r.method = t->method;
    if (!t->drop_body)
        r.body = t->own_body ? weir_str_make(t->own_body, t->own_body_len)
                             : e->config.body;
    r.headers = headers.at;
    r.header_count = headers.count;
    r.common_headers = t->trusted;
    r.any_address = t->any_address;
    if (t->item->resume_from > 0) {
        snprintf(range, sizeof range, "%lld-", (long long)t->item->resume_from);
        r.range = range;
    }
    if (t->trusted) {
        r.userpwd = t->userpwd ? t->userpwd : e->config.userpwd;
        r.cookie = e->config.cookie;
    }
    r.no_credentials = !t->trusted;
    r.timeout_ms = e->config.max_time_ms;
    r.addresses = &h->addresses;
    r.home = &h->home;
    r.ops = &transfer_ops;
    r.data = t;
    err = !set_terms(t, &r) || headers.failed
              ? WEIR_E_NOMEM
              : weir_net_start(e->net, &r, &t->transfer);
    release_headers(&headers);
    if (err == WEIR_OK)
        return;
    e->active--;
    h->active--;
    weir_task_failf(t, err, "the request could not be made: %s",
                    weir_err_text(err));
}

/* --- the answer -------------------------------------------------------- */

static bool wants_body(const struct weir_task *t, int status) {
    if (t->terms && t->terms->no_body)
        return false;
    if (status >= 200 && status < 300)
        return true;
    return t->engine->config.storage.save_errors && status >= 400;
}

static bool asked_for_range(const struct weir_task *t) {
    const struct weir_engine_config *c = &t->engine->config;
    for (size_t i = 0; i < c->header_count; i++)
        if (weir_str_starts_nocase(weir_str_of(c->headers[i]),
                                   WEIR_STR("range:")))
            return true;
    for (size_t i = 0; i < t->header_count; i++)
        if (weir_str_starts_nocase(weir_str_of(t->headers[i]),
                                   WEIR_STR("range:")))
            return true;
    return false;
}

static uint64_t content_length(struct weir_str head) {
    struct weir_str value;
    uint64_t n = 0;
    if (weir_headers_get(head, WEIR_STR("Content-Length"), 0, &value))
        weir_str_to_u64(weir_str_trim(value), &n);
    return n;
}

/* What came before is of no use: the body starts at its first byte. */
static void start_over(struct weir_task *t) {
    if (t->item->resume_from > 0 || t->streaming)
        weir_storage_rewind(t->engine->storage, t->item);
    t->kept = 0;
    t->streaming = false;
}

static bool on_head(int status, struct weir_str head, void *data) {
    struct weir_task *t = data;
    struct weir_item *item = t->item;
    uint64_t max = t->engine->config.max_filesize;
    item->status = status;
    item->response_time = (int64_t)time(NULL);
    item->response_head = weir_str_dup(head);
    if (!item->response_head)
        return false;
    t->discard = !wants_body(t, status);
    t->expected = content_length(head);
    if (status == 206) {
        t->splices = item->resume_from > 0 ? !weir_item_range_ok(item)
                                           : !asked_for_range(t);
        if (t->splices)
            return false;
    } else if (!t->discard && (item->resume_from > 0 || t->streaming)) {
        start_over(t);
    }
    if (!t->discard && max > 0 && t->kept + t->expected > max) {
        t->too_large = true;
        return false;
    }
    return true;
}

static struct weir_chunk *new_chunk(size_t cap) {
    struct weir_chunk *chunk = weir_calloc(1, sizeof *chunk);
    if (!chunk)
        return NULL;
    chunk->bytes = weir_malloc(cap);
    if (!chunk->bytes) {
        weir_free(chunk);
        return NULL;
    }
    chunk->cap = cap;
    weir_list_init(&chunk->link);
    return chunk;
}

/* In a lane a large body goes straight to the disk, once what came before is
 * there. The loop never waits for one. */
static bool written(const struct weir_task *t, const char *bytes, size_t n) {
    struct weir_engine *e = t->engine;
    return t->streaming && !pthread_equal(pthread_self(), e->thread) &&
           weir_storage_write(e->storage, t->item, bytes, n);
}

/* A full chunk goes to storage, unless it may be the whole of a small body. */
static void hand_on(struct weir_task *t) {
    struct weir_item *item = t->item;
    struct weir_chunk *chunk;
    if (weir_list_empty(&item->body) || item->status >= 300 ||
        (t->engine->config.storage.body == WEIR_BODY_STORE && !item->to_file))
        return;
    chunk = WEIR_CONTAINER(item->body.prev, struct weir_chunk, link);
    if (chunk->len < chunk->cap)
        return;
    weir_list_remove(&chunk->link);
    if (written(t, chunk->bytes, chunk->len)) {
        weir_chunk_destroy(chunk);
        return;
    }
    t->streaming = true;
    weir_storage_body(t->engine->storage, item, chunk);
}

/* The chunk that takes the next bytes: as large as the rest of the body when
 * that is known, up to chunk_max. */
static struct weir_chunk *next_chunk(struct weir_task *t, size_t n) {
    struct weir_item *item = t->item;
    size_t cap = t->engine->chunk_max;
    uint64_t rest = t->expected > t->received ? t->expected - t->received : 0;
    struct weir_chunk *chunk;
    if (!weir_list_empty(&item->body)) {
        chunk = WEIR_CONTAINER(item->body.prev, struct weir_chunk, link);
        if (chunk->len < chunk->cap)
            return chunk;
    }
    if (rest >= n && rest < cap)
        cap = (size_t)rest;
    else if (rest == 0 && t->received < cap)
        cap = cap / 16 > n ? cap / 16 : n;
    chunk = new_chunk(cap);
    if (chunk)
        weir_list_append(&item->body, &chunk->link);
    return chunk;
}

static bool keep(struct weir_task *t, const char *bytes, size_t n) {
    while (n > 0) {
        struct weir_chunk *chunk;
        size_t part = n;
        hand_on(t);
        if (!weir_list_empty(&t->item->body) || !written(t, bytes, n)) {
            chunk = next_chunk(t, n);
            if (!chunk)
                return false;
            if (part > chunk->cap - chunk->len)
                part = chunk->cap - chunk->len;
            memcpy(chunk->bytes + chunk->len, bytes, part);
            chunk->len += part;
        }
        t->received += part;
        bytes += part;
        n -= part;
    }
    return true;
}

static enum weir_body_answer pause(struct weir_task *t) {
    struct weir_engine *e = t->engine;
    pthread_mutex_lock(&e->pause_mutex);
    if (weir_list_empty(&t->pause_link))
        weir_list_append(&e->paused, &t->pause_link);
    pthread_mutex_unlock(&e->pause_mutex);
    return WEIR_BODY_PAUSE;
}

/* The disk may have caught up between the look and the pause: then nobody else
 * would wake the loop. */
static enum weir_body_answer wait_for_disk(struct weir_task *t) {
    struct weir_engine *e = t->engine;
    enum weir_body_answer answer = pause(t);
    if (weir_storage_backlog(e->storage) <= WEIR_BACKLOG_HIGH / 2)
        weir_wake_send(e->resume_wake);
    return answer;
}

static void unpause(struct weir_task *t) {
    pthread_mutex_lock(&t->engine->pause_mutex);
    weir_list_remove(&t->pause_link);
    pthread_mutex_unlock(&t->engine->pause_mutex);
}

static enum weir_body_answer on_body(const char *bytes, size_t n, void *data) {
    struct weir_task *t = data;
    struct weir_engine *e = t->engine;
    const struct weir_engine_config *c = &e->config;
    if (c->limit_rate > 0) {
        int64_t now = weir_loop_clock(e->loop);
        if (weir_flow_ready_at(&e->flow, now) > now)
            return pause(t);
        weir_flow_take(&e->flow, n, now);
    }
    if (t->discard) {
        t->received += n;
        if (t->received <= UNWANTED_MAX && !(t->terms && t->terms->no_body))
            return WEIR_BODY_TAKEN;
        t->truncated = true;
        return WEIR_BODY_ABORT;
    }
    if (weir_storage_backlog(e->storage) > WEIR_BACKLOG_HIGH)
        return wait_for_disk(t);
    if ((c->max_filesize > 0 && t->kept + t->received + n > c->max_filesize) ||
        (t->item->status >= 300 && t->received + n > UNWANTED_MAX)) {
        t->too_large = true;
        return WEIR_BODY_ABORT;
    }
    atomic_fetch_add_explicit(&e->bytes, n, memory_order_relaxed);
    return keep(t, bytes, n) ? WEIR_BODY_TAKEN : WEIR_BODY_ABORT;
}

void weir_fetch_resume_paused(struct weir_engine *e, int64_t now) {
    struct weir_list waiting;
    weir_list_init(&waiting);
    pthread_mutex_lock(&e->pause_mutex);
    weir_list_splice(&waiting, &e->paused);
    pthread_mutex_unlock(&e->pause_mutex);
    while (!weir_list_empty(&waiting)) {
        struct weir_task *t =
            WEIR_CONTAINER(waiting.next, struct weir_task, pause_link);
        bool slow =
            e->config.limit_rate > 0 && weir_flow_ready_at(&e->flow, now) > now;
        bool full = weir_storage_backlog(e->storage) > WEIR_BACKLOG_HIGH / 2;
        if (slow || (full && !t->discard))
            break;
        weir_list_remove(&t->pause_link);
        weir_transfer_resume(t->transfer);
    }
    /* Those that paused again stand behind those that still wait. */
    pthread_mutex_lock(&e->pause_mutex);
    weir_list_splice(&waiting, &e->paused);
    weir_list_splice(&e->paused, &waiting);
    pthread_mutex_unlock(&e->pause_mutex);
}

/* --- what it means ----------------------------------------------------- */

static const char *reason(int status) {
    static const struct {
        int status;
        const char *text;
    } reasons[] = {{400, "Bad Request"},
                   {401, "Unauthorized (see -u, --netrc)"},
                   {403, "Forbidden"},
                   {404, "Not Found"},
                   {405, "Method Not Allowed"},
                   {407, "Proxy Authentication Required"},
                   {408, "Request Timeout"},
                   {410, "Gone"},
                   {416, "Range Not Satisfiable"},
                   {425, "Too Early"},
                   {429, "Too Many Requests"},
                   {451, "Unavailable For Legal Reasons"},
                   {500, "Internal Server Error"},
                   {501, "Not Implemented"},
                   {502, "Bad Gateway"},
                   {503, "Service Unavailable"},
                   {504, "Gateway Timeout"}};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "";
}

static void answered(struct weir_task *t) {
    int status = t->item->status;
    const char *text = reason(status);
    weir_error_set(&t->item->error,
                   status == 401 || status == 407 ? WEIR_E_AUTH : WEIR_E_SERVER,
                   "the server answered %d%s%s", status, *text ? " " : "",
                   text);
}

static bool retried_status(const struct weir_task *t, int status) {
    static const int transient[] = {408, 425, 500, 502, 504};
    const struct weir_engine_config *c = &t->engine->config;
    for (size_t i = 0; i < sizeof transient / sizeof *transient; i++)
        if (transient[i] == status)
            return true;
    for (size_t i = 0; i < c->retry_on_count; i++)
        if (c->retry_on[i] == status)
            return true;
    return false;
}

/* A request with effects is not sent twice (RFC 9110 section 9.2.2). */
static bool may_repeat(const struct weir_task *t, bool sent) {
    static const char *const idempotent[] = {"GET",    "HEAD",    "PUT",
                                             "DELETE", "OPTIONS", "TRACE"};
    for (size_t i = 0; i < sizeof idempotent / sizeof *idempotent; i++)
        if (strcmp(t->method, idempotent[i]) == 0)
            return true;
    return !sent;
}

static void retry_or_fail(struct weir_task *t, bool sent, int64_t now) {
    t->item->keep_part = t->streaming;
    weir_item_drop_body(t->item);
    if (t->engine->stopping)
        weir_task_abandon(t);
    else if (may_repeat(t, sent))
        weir_task_retry(t, now);
    else
        weir_task_fail(t);
}

static void refused(struct weir_task *t, int64_t now) {
    struct weir_host *h = t->host;
    struct weir_str value;
    int64_t wait = -1;
    if (weir_headers_get(weir_str_of(t->item->response_head),
                         WEIR_STR("Retry-After"), 0, &value) &&
        !weir_httpdate_retry_after(value, t->item->response_time, &wait))
        wait = -1;
    t->attempts--; /* the host's trouble, not this URL's */
    answered(t);
    weir_host_refused(h, t, wait, now);
    if (t->engine->stopping) {
        weir_task_abandon(t);
    } else if (h->dead || !may_repeat(t, true)) {
        weir_error_set(&t->item->error, WEIR_E_SERVER, "%s",
                       h->dead_message ? h->dead_message
                                       : "the server refused the request");
        weir_task_fail(t);
    } else if (weir_penalty_url_refused(&h->penalty, &t->engine->penalty,
                                        &t->refusals)) {
        weir_task_failf(t, WEIR_E_SERVER,
                        "answered %d %u times while others of its host "
                        "succeed",
                        t->item->status, t->refusals.refused);
    } else {
        weir_item_drop_body(t->item);
        t->item->error.code = WEIR_OK;
        /* Refused again: others go first, or one URL that the server never
         * serves would hold up its host until the host counts as dead. */
        weir_host_enqueue(h, t, t->refusals.refused < 2);
    }
}

/* A partial answer that is not the part that was asked for, or no part at all
 * (416): once more, from the beginning. */
static void without_range(struct weir_task *t, int64_t now) {
    weir_item_drop_body(t->item);
    start_over(t);
    weir_error_set(&t->item->error, WEIR_E_PROTOCOL,
                   "the server sent another part than the one asked for");
    weir_task_retry(t, now);
}

static void by_status(struct weir_task *t, int64_t now) {
    struct weir_item *item = t->item;
    int status = item->status;
    bool adopts = t->engine->config.storage.files == WEIR_FILES_ADOPT;
    struct weir_str location;
    if (weir_redirect_status(status) &&
        weir_headers_get(weir_str_of(item->response_head), WEIR_STR("Location"),
                         0, &location)) {
        weir_item_drop_body(item);
        weir_redirect_follow(t, now);
    } else if (status >= 200 && status < 300) {
        item->bytes = t->kept + t->received;
        weir_task_finish(t, WEIR_OUTCOME_BODY);
    } else if (status == 304 && t->conditional) {
        weir_task_finish(t, WEIR_OUTCOME_NOT_MODIFIED);
    } else if (status == 429 || status == 503) {
        refused(t, now);
    } else if (status == 416 && item->resume_from > 0 && !adopts) {
        without_range(t, now);
    } else {
        answered(t);
        item->bytes = t->received;
        if (retried_status(t, status))
            retry_or_fail(t, true, now);
        else
            weir_task_fail(t);
    }
}

static void too_large(struct weir_task *t) {
    weir_item_drop_body(t->item);
    if (t->item->status >= 300) {
        answered(t);
        weir_task_fail(t);
    } else {
        weir_task_failf(t, WEIR_E_LIMIT,
                        "the body is larger than %llu bytes (--max-filesize)",
                        (unsigned long long)t->engine->config.max_filesize);
    }
}

/* Out of descriptors: fewer at once from now on, and this one again. */
static bool shrink(struct weir_task *t,
                   const struct weir_transfer_result *result) {
    struct weir_engine *e = t->engine;
    if (!result->no_descriptor || e->active == 0)
        return false;
    if (e->config.concurrency > e->active) {
        e->config.concurrency = e->active;
        weir_log(&e->config.log, WEIR_LOG_WARNING,
                 "out of descriptors: %zu transfers at once from now on "
                 "(ulimit -n)",
                 e->active);
    }
    t->attempts--;
    weir_host_enqueue(t->host, t, true);
    return true;
}

static void on_done(const struct weir_transfer_result *result, void *data) {
    struct weir_task *t = data;
    struct weir_engine *e = t->engine;
    struct weir_host *h = t->host;
    struct weir_error *error = &t->item->error;
    int64_t now = weir_loop_clock(e->loop);
    t->transfer = NULL;
    unpause(t);
    e->active--;
    h->active--;
    if (result->http_version == 20 && h->limit > H2_IN_FLIGHT)
        h->limit = H2_IN_FLIGHT;
    if (result->status > 0 && result->status != 429 && result->status != 503)
        weir_host_succeeded(h, t, now);
    if (result->code == WEIR_OK || t->truncated) {
        by_status(t, now);
    } else if (t->splices) {
        without_range(t, now);
    } else if (t->too_large) {
        too_large(t);
    } else if (e->aborting) {
        t->item->keep_part = t->streaming;
        weir_task_abandon(t);
    } else if (!shrink(t, result)) {
        if (!result->connected)
            h->resolved = false; /* perhaps it moved */
        weir_error_set(error, result->code, "%s", result->message);
        if (result->code == WEIR_E_CANCELLED)
            weir_error_nomem(error);
        if (result->transient) {
            retry_or_fail(t, result->connected, now);
        } else {
            t->item->keep_part = t->streaming;
            weir_task_fail(t);
        }
    }
    weir_host_place(h, now);
}

static const struct weir_transfer_ops transfer_ops = {on_head, on_body,
                                                      on_done};
