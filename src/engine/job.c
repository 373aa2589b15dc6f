/* job.c - the run of a job: its life, and the source over its frontier.
 *
 * The engine pulls; the source answers, in this order: the login, and nothing
 * else before it is done; polls that are due; entries claimed from the
 * frontier, a small batch ahead. With no entry at hand it asks the storage
 * thread for more and is pending:
 *
 *   next -- none at hand --> weir_storage_claim -> on_claimed -> wake
 *        -- none queued ---> pending while tasks are under way: each may add
 *                            entries; after the last one, done
 *
 * A URL that is under way already waits for its end: then the store has it.
 */
#include "engine/job_internal.h"

#include "base/map.h"
#include "base/mem.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CLAIM_MAX = 256 };

static const int64_t patience_ns = 100 * 1000000LL;

/* --- tasks ------------------------------------------------------------- */

struct weir_job_task *weir_job_task_create(struct weir_job_run *r,
                                           struct weir_entry *entry,
                                           struct weir_error *error) {
    struct weir_job_task *t = weir_calloc(1, sizeof *t);
    if (!t) {
        weir_error_nomem(error);
        return NULL;
    }
    weir_list_init(&t->work);
    weir_list_init(&t->later);
    weir_list_init(&t->probes);
    weir_list_init(&t->drops);
    weir_buf_init(&t->secret, 0);
    weir_job_context_init(&t->context);
    t->run = r;
    weir_list_append(&r->tasks, &t->link);
    r->task_count++;
    if (entry && weir_job_context_read(&t->context, weir_str_of(entry->context),
                                       error) != WEIR_OK) {
        weir_job_task_destroy(t);
        return NULL;
    }
    t->entry = entry;
    t->context.retried |= entry && entry->attempts > 1;
    return t;
}

void weir_job_task_clear(struct weir_job_task *t) {
    if (!t->arena)
        weir_extracted_destroy(t->extracted);
    weir_arena_destroy(t->arena);
    t->arena = NULL;
    t->extracted = NULL;
    while (!weir_list_empty(&t->probes)) {
        struct weir_job_probe_url *p =
            WEIR_CONTAINER(t->probes.next, struct weir_job_probe_url, link);
        weir_list_remove(&p->link);
        weir_free(p->url);
        weir_free(p);
    }
    while (!weir_list_empty(&t->drops)) {
        struct weir_job_drop *d =
            WEIR_CONTAINER(t->drops.next, struct weir_job_drop, link);
        weir_list_remove(&d->link);
        weir_free(d);
    }
}

static void free_entries(struct weir_list *entries) {
    while (!weir_list_empty(entries)) {
        struct weir_entry *e =
            WEIR_CONTAINER(entries->next, struct weir_entry, link);
        weir_list_remove(&e->link);
        weir_entry_destroy(e);
    }
}

void weir_job_task_destroy(struct weir_job_task *t) {
    if (!t)
        return;
    if (t->entry && weir_map_get(t->run->urls, weir_str_of(t->entry->url)) == t)
        weir_map_remove(t->run->urls, weir_str_of(t->entry->url));
    weir_list_remove(&t->link);
    weir_list_remove(&t->work);
    t->run->task_count--;
    weir_job_task_clear(t);
    free_entries(&t->later);
    weir_job_commit_destroy(t->commit);
    weir_entry_destroy(t->entry);
    weir_job_context_release(&t->context);
    weir_buf_release(&t->secret);
    weir_free(t);
}

/* --- the source -------------------------------------------------------- */

void weir_job_wake(struct weir_job_run *r) {
    if (r->source.wake)
        r->source.wake(r->source.wake_data);
}

static void on_due(void *data) {
    struct weir_job_run *r = data;
    r->stale = true;
    weir_job_wake(r);
}

static void on_claimed(struct weir_list *entries, uint64_t queued,
                       int64_t next_at, void *data) {
    struct weir_job_run *r = data;
    bool none = weir_list_empty(entries);
    r->claiming = false;
    while (!weir_list_empty(entries)) {
        struct weir_list *first = entries->next;
        weir_list_remove(first);
        weir_list_append(&r->claimed, first);
    }
    r->exhausted = none && queued == 0;
    if (none && next_at > 0) {
        struct weir_loop *loop = weir_engine_loop(r->engine);
        int64_t wait = next_at - (int64_t)time(NULL);
        weir_timer_set(r->due, weir_loop_clock(loop) +
                                   (wait > 0 ? wait : 1) * 1000000000LL);
    }
    weir_job_wake(r);
}

static void claim(struct weir_job_run *r) {
    r->claiming = true;
    r->stale = false;
    weir_storage_claim(r->storage, CLAIM_MAX, (int64_t)time(NULL), on_claimed,
                       r);
}

/* The request of the task; when there is none to make, one that fails with the
 * reason. */
static void make_request(struct weir_job_run *r, struct weir_job_task *t,
                         struct weir_request *out) {
    struct weir_error error = {WEIR_OK, ""};
    if (weir_job_request_make(r, t, out, &error) == WEIR_OK)
        return;
    memset(out, 0, sizeof *out);
    weir_buf_clear(&r->body);
    weir_buf_z(&r->body, error.message);
    out->url = weir_str_of(t->entry ? t->entry->url : r->job->login->url);
    out->problem = weir_buf_view(&r->body);
    out->client = t;
}

/* False: another one of its URL is under way, and has it now. */
static bool is_first(struct weir_job_run *r, struct weir_entry *e) {
    struct weir_job_task *other = weir_map_get(r->urls, weir_str_of(e->url));
    if (!other)
        return true;
    weir_list_append(&other->later, &e->link);
    return false;
}

static enum weir_pull next_entry(struct weir_job_run *r,
                                 struct weir_request *out,
                                 struct weir_error *error) {
    while (!weir_list_empty(&r->claimed)) {
        struct weir_entry *e =
            WEIR_CONTAINER(r->claimed.next, struct weir_entry, link);
        struct weir_job_task *t;
        weir_list_remove(&e->link);
        if (!is_first(r, e))
            continue;
        t = weir_job_task_create(r, e, error);
        if (!t) {
            weir_entry_destroy(e);
            return WEIR_PULL_ERROR;
        }
        if (weir_map_put(r->urls, weir_str_of(e->url), t) != WEIR_OK) {
            weir_error_nomem(error);
            return WEIR_PULL_ERROR;
        }
        weir_job_poll_adopt(t);
        make_request(r, t, out);
        return WEIR_PULL_READY;
    }
    return WEIR_PULL_PENDING;
}

static enum weir_pull next_login(struct weir_job_run *r,
                                 struct weir_request *out,
                                 struct weir_error *error) {
    struct weir_job_task *t;
    if (r->login == LOGIN_SENT)
        return WEIR_PULL_PENDING;
    if (r->login == LOGIN_FAILED) {
        *error = r->login_error;
        return WEIR_PULL_ERROR;
    }
    t = weir_job_task_create(r, NULL, error);
    if (!t)
        return WEIR_PULL_ERROR;
    r->login = LOGIN_SENT;
    make_request(r, t, out);
    return WEIR_PULL_READY;
}

static bool over_limit(const struct weir_job_run *r) {
    uint64_t max = r->job->limits.max_requests;
    return max > 0 && weir_engine_requests(r->engine) >= max;
}

/* What is under way may turn out to need no request. After that the run is
 * over, and says so if anything was left. */
static enum weir_pull end_at_limit(struct weir_job_run *r) {
    if (r->task_count > 0)
        r->last_look = false;
    if (r->claiming || r->task_count > 0)
        return WEIR_PULL_PENDING;
    if (weir_list_empty(&r->claimed) && !r->last_look) {
        r->last_look = true;
        claim(r);
        return WEIR_PULL_PENDING;
    }
    if (!weir_list_empty(&r->claimed) || !r->exhausted ||
        weir_job_poll_runs(r->poll))
        weir_log(&r->log, WEIR_LOG_WARNING,
                 "max_requests: %" PRIu64 " were made, the rest is left out",
                 r->job->limits.max_requests);
    return WEIR_PULL_DONE;
}

static enum weir_pull next(struct weir_source *source, struct weir_request *out,
                           struct weir_error *error) {
    struct weir_job_run *r = (struct weir_job_run *)(void *)source;
    struct weir_job_task *polled;
    enum weir_pull answer;
    if (r->login != LOGIN_NONE)
        return next_login(r, out, error);
    if (over_limit(r))
        return end_at_limit(r);
    polled = weir_job_poll_next(r);
    if (polled) {
        make_request(r, polled, out);
        return WEIR_PULL_READY;
    }
    answer = next_entry(r, out, error);
    if (answer != WEIR_PULL_PENDING)
        return answer;
    if (!r->claiming && (!r->exhausted || r->stale))
        claim(r);
    if (r->claiming || r->task_count > 0 || weir_job_poll_runs(r->poll))
        return WEIR_PULL_PENDING;
    return r->exhausted ? WEIR_PULL_DONE : WEIR_PULL_PENDING;
}

/* The run is the source; it ends with weir_job_run_destroy. */
static void destroy_source(struct weir_source *source) {
    (void)source;
}

static const struct weir_source_ops source_ops = {next, destroy_source};

/* --- what the engine tells --------------------------------------------- */

static void login_ended(struct weir_job_run *r, const struct weir_item *item) {
    if (item->error.code == WEIR_OK) {
        r->login = LOGIN_NONE;
        return;
    }
    r->login = LOGIN_FAILED;
    weir_error_set(&r->login_error,
                   item->error.code == WEIR_E_SERVER ? WEIR_E_AUTH
                                                     : item->error.code,
                   "the login failed: %s", item->error.message);
}

/* A failed probe is no failure of the job: the feed has no size for now. */
static bool is_quiet(const struct weir_job_run *r,
                     const struct weir_job_task *t,
                     const struct weir_item *item) {
    bool probe = t->entry && (t->context.kind == WEIR_JOB_PROBE ||
                              t->context.kind == WEIR_JOB_PROBE_RANGE);
    if (probe && item->error.code != WEIR_OK)
        weir_log(&r->log, WEIR_LOG_WARNING, "%s: its size is not known: %s",
                 item->url, item->error.message);
    return probe || !t->entry;
}

static void on_end(const struct weir_item *item, const char *place,
                   void *data) {
    struct weir_job_run *r = data;
    struct weir_job_task *t = item->client;
    if (item->commit && item->commit->added > 0)
        r->stale = true;
    if (item->commit)
        r->report->fresh += item->commit->unknown_records;
    if (!t->entry)
        login_ended(r, item);
    else if (t->context.kind == WEIR_JOB_FILE && item->error.code == WEIR_OK)
        r->report->files++;
    if (!is_quiet(r, t, item) && r->config.ops.on_end)
        r->config.ops.on_end(item, place, r->config.data);
    weir_job_poll_ended(t, item->commit && t->next_page && t->next_page->added);
    weir_list_splice(&r->claimed, &t->later);
    weir_job_task_destroy(t);
    weir_job_release_waiting(r);
    weir_job_wake(r);
}

static void on_start(int64_t now, const char *url, unsigned attempt,
                     void *data) {
    struct weir_job_run *r = data;
    r->config.ops.on_start(now, url, attempt, r->config.data);
}

static void on_patience(void *data) {
    weir_job_release_waiting(data);
}

void weir_job_be_patient(struct weir_job_run *r) {
    struct weir_loop *loop = weir_engine_loop(r->engine);
    weir_timer_set(r->patience, weir_loop_clock(loop) + patience_ns);
}

/* --- life -------------------------------------------------------------- */

static size_t worker_count(const struct weir_job_run *r) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (r->config.workers > 0)
        return r->config.workers;
    return processors > 2 ? (size_t)processors - 1 : 1;
}

/* What the job says about the engine. */
static enum weir_err configure(struct weir_job_run *r,
                               struct weir_error *error) {
    struct weir_engine_config *c = &r->config.engine;
    bool failed = false;
    r->cookies = weir_job_request_cookies(r->job, &failed);
    if (failed)
        return weir_error_nomem(error);
    if (r->cookies)
        c->cookie = r->cookies;
    c->storage.body = WEIR_BODY_STORE;
    c->robots = r->job->limits.robots;
    c->net.cookies = c->net.cookies || r->job->login;
    if (r->job->request.timeout_ns > 0)
        c->max_time_ms = (r->job->request.timeout_ns + 999999) / 1000000;
    r->login = r->job->login ? LOGIN_WANTED : LOGIN_NONE;
    return WEIR_OK;
}

static void on_problems(const struct weir_output *output, uint64_t count,
                        const char *first, void *data) {
    struct weir_job_run *r = data;
    r->report->unwritten += count;
    weir_log(&r->log, WEIR_LOG_ERROR,
             "%s: %" PRIu64 " record%s could not be written: %s", output->path,
             count, count == 1 ? "" : "s", first ? first : "");
}

static enum weir_err begin(struct weir_job_run *r, struct weir_error *error) {
    struct weir_list first;
    enum weir_err err = WEIR_OK;
    weir_list_init(&first);
    for (size_t i = 0; i < r->job->start_count && err == WEIR_OK; i++)
        if (r->job->starts[i].every_ns <= 0)
            err = weir_job_entry_start(r->job, i, 0, &first);
    if (err == WEIR_OK)
        err =
            weir_storage_job_begin(r->storage, r->job, &first, &r->info, error);
    else
        err = weir_error_set(error, err, "the first pages: %s",
                             weir_err_text(err));
    free_entries(&first);
    return err;
}

static enum weir_err set_up(struct weir_job_run *r, struct weir_error *error) {
    struct weir_engine_ops ops = {.on_end = on_end,
                                  .on_answer = weir_job_answered};
    struct weir_loop *loop;
    enum weir_err err = configure(r, error);
    if (err != WEIR_OK)
        return err;
    if (r->config.ops.on_start)
        ops.on_start = on_start;
    r->report = weir_job_report_create(r->job);
    r->urls = weir_map_create();
    if (!r->report || !r->urls)
        return weir_error_nomem(error);
    err = weir_engine_create(&r->engine, &r->config.engine, &ops, r, error);
    if (err != WEIR_OK)
        return err;
    loop = weir_engine_loop(r->engine);
    r->storage = weir_engine_storage(r->engine);
    weir_storage_on_problems(r->storage, on_problems, r);
    r->due = weir_timer_create(loop, on_due, r);
    r->patience = weir_timer_create(loop, on_patience, r);
    if (!r->due || !r->patience)
        return weir_error_nomem(error);
    err = weir_job_workers_create(&r->workers, r, worker_count(r), error);
    return err == WEIR_OK ? begin(r, error) : err;
}

enum weir_err weir_job_run_create(struct weir_job_run **out,
                                  const struct weir_job_run_config *config,
                                  struct weir_error *error) {
    struct weir_job_run *r = weir_calloc(1, sizeof *r);
    enum weir_err err;
    if (!r)
        return weir_error_nomem(error);
    r->source.ops = &source_ops;
    r->config = *config;
    r->job = config->job;
    r->log = config->engine.log;
    weir_list_init(&r->claimed);
    weir_list_init(&r->tasks);
    weir_list_init(&r->ends);
    weir_buf_init(&r->url, 0);
    weir_buf_init(&r->body, 0);
    weir_buf_init(&r->folder, 0);
    for (size_t i = 0; i < WEIR_REQUEST_HEADERS_MAX; i++)
        weir_buf_init(&r->headers[i], 0);
    err = set_up(r, error);
    if (err != WEIR_OK) {
        weir_job_run_destroy(r);
        return err;
    }
    *out = r;
    return WEIR_OK;
}

enum weir_err weir_job_run_go(struct weir_job_run *r, enum weir_engine_end *end,
                              struct weir_error *error) {
    enum weir_err err = weir_job_poll_create(r, error);
    if (err != WEIR_OK)
        return err;
    if (!r->job->limits.robots)
        weir_log(&r->log, WEIR_LOG_WARNING,
                 "robots: false - robots.txt is not asked for");
    return weir_engine_run(r->engine, &r->source, end, error);
}

void weir_job_run_destroy(struct weir_job_run *r) {
    if (!r)
        return;
    weir_job_workers_destroy(r->workers);
    while (!weir_list_empty(&r->tasks))
        weir_job_task_destroy(
            WEIR_CONTAINER(r->tasks.next, struct weir_job_task, link));
    weir_job_poll_destroy(r->poll);
    free_entries(&r->claimed);
    weir_job_ends_release(r);
    weir_timer_destroy(r->due);
    weir_timer_destroy(r->patience);
    weir_engine_destroy(r->engine);
    weir_job_report_destroy(r->report);
    weir_map_destroy(r->urls);
    weir_buf_release(&r->url);
    weir_buf_release(&r->body);
    weir_buf_release(&r->folder);
    for (size_t i = 0; i < WEIR_REQUEST_HEADERS_MAX; i++)
        weir_buf_release(&r->headers[i]);
    weir_free(r->cookies);
    weir_free(r);
}

struct weir_engine *weir_job_run_engine(struct weir_job_run *r) {
    return r->engine;
}

const struct weir_job_info *weir_job_run_info(const struct weir_job_run *r) {
    return &r->info;
}

const struct weir_job_report *
weir_job_run_report(const struct weir_job_run *r) {
    return r->report;
}
