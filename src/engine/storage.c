/* Why: the meeting place of the loop and the storage thread.
 *
 * Each direction has lists under one mutex. A side takes whole lists at once:
 * the price of lock and wake-up is paid for each batch, not for each item.
 *
 *     loop                         storage thread
 *     weir_storage_plan   --->     in_plans    ->  storage_plan_item
 *     weir_storage_body   --->     in_chunks   ->  storage_body_chunk
 *     weir_storage_finish --->     in_finishes ->  storage_finish_item
 *     storage_job.h       --->     in_jobs     ->  storage_job_do
 *                                                  storage_commit (batch)
 *     deliver (wake)      <---     out_*       <-  publish
 *
 * In one round chunks come first (a finish or a new plan of their item may
 * stand behind them), then plans, because the loop waits for them, then a slice
 * of the finishes. A body's first chunk carries what its answer said: the item
 * is the loop's at that time and may be changed for the next attempt. */
#include "engine/storage_internal.h"

#include "base/mem.h"
#include "engine/storage_job_internal.h"
#include "engine/storage_tiles.h"
#include "sink/tileset.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    BACKLOG_LOW = WEIR_BACKLOG_HIGH / 2,
    CHECKPOINT_EVERY_MS = 300000,
    CHECKPOINT_BYTES = 32 << 20, /* of log, during a run */
    CHECKPOINT_AT_CLOSE = 8 << 20
};

int64_t storage_now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- items --- */

struct weir_item *weir_item_create(void) {
    struct weir_item *item = weir_calloc(1, sizeof *item);
    if (!item)
        return NULL;
    weir_list_init(&item->link);
    weir_list_init(&item->body);
    item->method = "GET";
    item->known_total = -1;
    return item;
}

void weir_chunk_destroy(struct weir_chunk *c) {
    weir_free(c->bytes);
    weir_free(c->head);
    weir_free(c);
}

void weir_item_drop_body(struct weir_item *item) {
    while (!weir_list_empty(&item->body)) {
        struct weir_list *first = item->body.next;
        weir_list_remove(first);
        weir_chunk_destroy(WEIR_CONTAINER(first, struct weir_chunk, link));
    }
}

void weir_item_destroy(struct weir_item *item) {
    if (!item)
        return;
    weir_item_drop_body(item);
    for (size_t i = 0; i < item->capture_count; i++)
        weir_free(item->captures[i]);
    weir_free(item->captures);
    weir_free(item->url);
    weir_free(item->out);
    weir_free(item->dir);
    weir_free(item->derived);
    weir_free(item->checksum);
    weir_free(item->etag);
    weir_free(item->last_modified);
    weir_free(item->if_range);
    weir_free(item->file);
    weir_free(item->effective_url);
    weir_free(item->response_head);
    weir_job_commit_destroy(item->commit);
    weir_free(item);
}

bool weir_item_range_ok(const struct weir_item *item) {
    struct weir_content_range range;
    struct weir_str value;
    return weir_headers_get(weir_str_of(item->response_head),
                            WEIR_STR("Content-Range"), 0, &value) &&
           weir_headers_content_range(value, &range) &&
           range.first == item->resume_from && range.first >= 0 &&
           (item->known_total < 0 || range.total < 0 ||
            range.total == item->known_total) &&
           (range.total < 0 || range.last == range.total - 1);
}

/* --- the loop's side --- */

/* With the mutex held: the thread has something to do. */
static void signal_thread(struct weir_storage *s) {
    if (s->sleeps) {
        s->sleeps = false;
        pthread_cond_signal(&s->cond);
    }
}

static void submit(struct weir_storage *s, struct weir_list *list,
                   struct weir_list *node) {
    pthread_mutex_lock(&s->mutex);
    weir_list_append(list, node);
    if (!s->gathers)
        signal_thread(s);
    pthread_mutex_unlock(&s->mutex);
}

/* What does not wait for company: claims, and chunks from another thread. */
static void submit_now(struct weir_storage *s, struct weir_list *list,
                       struct weir_list *node) {
    pthread_mutex_lock(&s->mutex);
    weir_list_append(list, node);
    signal_thread(s);
    pthread_mutex_unlock(&s->mutex);
}

void weir_storage_plan(struct weir_storage *s, struct weir_item *item) {
    struct plan *p = item->plan;
    if (p)
        p->said_first = false;
    submit(s, &s->in_plans, &item->link);
}

void weir_storage_body(struct weir_storage *s, struct weir_item *item,
                       struct weir_chunk *chunk) {
    struct plan *p = item->plan;
    chunk->item = item;
    chunk->epoch = p->epoch;
    chunk->first = !p->said_first;
    chunk->head = NULL;
    if (chunk->first) {
        p->said_first = true;
        chunk->status = item->status;
        chunk->resume_from = item->resume_from;
        /* Without memory for it the .part just cannot be resumed. */
        if (item->response_head)
            chunk->head = weir_strdup(item->response_head);
    }
    atomic_fetch_add(&p->chunks, 1);
    uint64_t before = atomic_fetch_add(&s->backlog, chunk->len);
    if (before + chunk->len > WEIR_BACKLOG_HIGH)
        s->was_high = true;
    submit_now(s, &s->in_chunks, &chunk->link);
}

void weir_storage_rewind(struct weir_storage *s, struct weir_item *item) {
    struct plan *p = item->plan;
    (void)s;
    item->resume_from = 0;
    if (p) {
        p->epoch++;
        p->said_first = false;
    }
}

void weir_storage_finish(struct weir_storage *s, struct weir_item *item) {
    uint64_t held = 0;
    for (struct weir_list *at = item->body.next; at != &item->body;
         at = at->next)
        held += WEIR_CONTAINER(at, struct weir_chunk, link)->len;
    if (held && atomic_fetch_add(&s->backlog, held) + held > WEIR_BACKLOG_HIGH)
        s->was_high = true;
    submit(s, &s->in_finishes, &item->link);
}

void storage_submit_job(struct weir_storage *s, struct weir_list *message) {
    submit_now(s, &s->in_jobs, message);
}

void weir_storage_flush(struct weir_storage *s, bool idle) {
    pthread_mutex_lock(&s->mutex);
    s->gathers = true;
    if (idle)
        s->hurry = true;
    if (idle || !weir_list_empty(&s->in_plans) ||
        !weir_list_empty(&s->in_chunks) || !weir_list_empty(&s->in_finishes) ||
        !weir_list_empty(&s->in_spill_reads) ||
        !weir_list_empty(&s->in_spill_writes))
        signal_thread(s);
    pthread_mutex_unlock(&s->mutex);
}

uint64_t weir_storage_backlog(const struct weir_storage *s) {
    return atomic_load(&((struct weir_storage *)s)->backlog);
}

enum weir_err weir_storage_health(struct weir_storage *s,
                                  struct weir_error *error) {
    enum weir_err code;
    pthread_mutex_lock(&s->mutex);
    code = s->health.code;
    if (code && error)
        *error = s->health;
    pthread_mutex_unlock(&s->mutex);
    return code;
}

void weir_storage_spill_write(struct weir_storage *s,
                              struct weir_spill_block *block) {
    submit(s, &s->in_spill_writes, &block->write);
}

void weir_storage_spill_read(struct weir_storage *s,
                             struct weir_spill_block *block,
                             weir_spill_done on_read, void *data) {
    block->on_read = on_read;
    block->data = data;
    submit(s, &s->in_spill_reads, &block->read);
}

static void free_block(struct weir_spill_block *block, enum weir_err code,
                       void *data) {
    (void)code;
    (void)data;
    weir_free(block->bytes);
    weir_free(block);
}

void weir_storage_spill_drop(struct weir_storage *s,
                             struct weir_spill_block *block) {
    block->dropped = true;
    weir_storage_spill_read(s, block, free_block, NULL);
}

static struct weir_spill_block *spill_of(struct weir_list *node) {
    return WEIR_CONTAINER(node, struct weir_spill_block, read);
}

/* The wake's callback: hands over what the thread published. */
static void deliver(void *data) {
    struct weir_storage *s = data;
    struct weir_list planned, finished, spills, jobs;
    weir_list_init(&jobs);
    weir_list_init(&planned);
    weir_list_init(&finished);
    weir_list_init(&spills);
    pthread_mutex_lock(&s->mutex);
    s->woken = false;
    weir_list_splice(&planned, &s->out_planned);
    weir_list_splice(&finished, &s->out_finished);
    weir_list_splice(&spills, &s->out_spills);
    weir_list_splice(&jobs, &s->out_jobs);
    pthread_mutex_unlock(&s->mutex);
    if (!weir_list_empty(&planned))
        s->on_planned(&planned, s->data);
    if (!weir_list_empty(&finished))
        s->on_finished(&finished, s->data);
    while (!weir_list_empty(&spills)) {
        struct weir_spill_block *block = spill_of(spills.next);
        weir_list_remove(&block->read);
        block->on_read(block, block->code, block->data);
    }
    storage_job_deliver(s, &jobs);
    if (s->was_high && weir_storage_backlog(s) < BACKLOG_LOW) {
        s->was_high = false;
        s->on_drained(s->data);
    }
}

/* --- the thread's side --- */

static void wake_loop(struct weir_storage *s) {
    bool send;
    pthread_mutex_lock(&s->mutex);
    send = !s->woken;
    s->woken = true;
    weir_list_splice(&s->out_planned, &s->planned);
    weir_list_splice(&s->out_finished, &s->finished);
    weir_list_splice(&s->out_spills, &s->spilled);
    weir_list_splice(&s->out_jobs, &s->answered);
    pthread_mutex_unlock(&s->mutex);
    if (send)
        weir_wake_send(s->wake);
}

static void publish(struct weir_storage *s) {
    if (!weir_list_empty(&s->planned) || !weir_list_empty(&s->finished) ||
        !weir_list_empty(&s->spilled) || !weir_list_empty(&s->answered))
        wake_loop(s);
}

void storage_less_backlog(struct weir_storage *s, uint64_t bytes) {
    uint64_t before = atomic_fetch_sub(&s->backlog, bytes);
    if (before >= BACKLOG_LOW && before - bytes < BACKLOG_LOW)
        wake_loop(s);
}

void storage_broken(struct weir_storage *s, const struct weir_error *error) {
    pthread_mutex_lock(&s->mutex);
    if (!s->health.code)
        s->health = *error;
    pthread_mutex_unlock(&s->mutex);
}

bool storage_is_broken(struct weir_storage *s) {
    return weir_storage_health(s, NULL) != WEIR_OK;
}

void storage_known_destroy(struct known *k) {
    if (!k)
        return;
    weir_free(k->head);
    weir_free(k->effective_url);
    weir_free(k);
}

void storage_plan_destroy(struct weir_storage *s, struct plan *p) {
    if (!p)
        return;
    if (p->fd >= 0)
        close(p->fd);
    if (p->holds_key)
        weir_map_remove(s->keys, weir_str_make((char *)&p->key, 8));
    if (p->holds_file)
        weir_map_remove(s->claims, weir_str_make((char *)&p->file_key, 8));
    storage_known_destroy(p->known);
    storage_tiles_release(p);
    weir_hasher_destroy(p->hasher);
    weir_digest_destroy(p->sha256);
    weir_digest_destroy(p->check);
    weir_free(p->file);
    weir_free(p->part);
    weir_free(p->head);
    weir_free(p->validator);
    weir_buf_release(&p->kept);
    weir_free(p->packed);
    weir_list_remove(&p->partial_link);
    weir_list_remove(&p->twin_link);
    weir_free(p);
}

/* What one round took out of the inbox. */
struct round {
    struct weir_list plans, chunks, finishes, writes, reads, jobs;
    bool stop, hurry;
};

static void take(struct weir_storage *s, struct round *r) {
    weir_list_splice(&r->chunks, &s->in_chunks);
    weir_list_splice(&r->plans, &s->in_plans);
    weir_list_splice(&r->finishes, &s->in_finishes);
    weir_list_splice(&r->writes, &s->in_spill_writes);
    weir_list_splice(&r->reads, &s->in_spill_reads);
    weir_list_splice(&r->jobs, &s->in_jobs);
    r->stop = s->stop;
    r->hurry |= s->hurry;
    s->hurry = false;
}

static bool is_empty(const struct round *r) {
    return weir_list_empty(&r->plans) && weir_list_empty(&r->chunks) &&
           weir_list_empty(&r->finishes) && weir_list_empty(&r->writes) &&
           weir_list_empty(&r->reads) && weir_list_empty(&r->jobs);
}

bool storage_has_batch(const struct weir_storage *s) {
    return s->batch_count > 0 || !weir_list_empty(&s->partials) ||
           storage_job_waits(s);
}

/* Waits for work, at most until the batch is due. */
static void sleep_for_work(struct weir_storage *s, struct round *r) {
    int64_t due = s->batch_since + BATCH_MS;
    struct timespec until = {.tv_sec = due / 1000,
                             .tv_nsec = (long)(due % 1000) * 1000000};
    bool timed = storage_has_batch(s);
    pthread_mutex_lock(&s->mutex);
    take(s, r);
    while (is_empty(r) && !r->stop && !r->hurry) {
        s->sleeps = true;
        int rc = timed ? pthread_cond_timedwait(&s->cond, &s->mutex, &until)
                       : (pthread_cond_wait(&s->cond, &s->mutex), 0);
        s->sleeps = false;
        take(s, r);
        if (rc != 0)
            break;
    }
    pthread_mutex_unlock(&s->mutex);
}

static struct weir_item *item_of(struct weir_list *node) {
    return WEIR_CONTAINER(node, struct weir_item, link);
}

static void do_plans(struct weir_storage *s, struct weir_list *plans) {
    while (!weir_list_empty(plans)) {
        struct weir_item *item = item_of(plans->next);
        weir_list_remove(&item->link);
        storage_plan_item(s, item);
        weir_list_append(&s->planned, &item->link);
    }
    s->checked_others = false;
    if (s->reading) {
        weir_store_read_end(s->store);
        s->reading = false;
    }
}

static void do_round(struct weir_storage *s, struct round *r) {
    while (!weir_list_empty(&r->chunks)) {
        struct weir_list *first = r->chunks.next;
        weir_list_remove(first);
        storage_body_chunk(s, WEIR_CONTAINER(first, struct weir_chunk, link));
    }
    do_plans(s, &r->plans);
    publish(s);
    for (int i = 0; i < FINISHES_AT_ONCE && !weir_list_empty(&r->finishes);
         i++) {
        struct weir_item *item = item_of(r->finishes.next);
        weir_list_remove(&item->link);
        storage_finish_item(s, item);
    }
    while (!weir_list_empty(&r->writes)) {
        struct weir_list *first = r->writes.next;
        weir_list_remove(first);
        storage_spill_write(
            s, WEIR_CONTAINER(first, struct weir_spill_block, write));
    }
    while (!weir_list_empty(&r->reads)) {
        struct weir_spill_block *block = spill_of(r->reads.next);
        weir_list_remove(&block->read);
        storage_spill_read(s, block);
        weir_list_append(&s->spilled, &block->read);
    }
    storage_job_do(s, &r->jobs);
}

static void checkpoint_if_due(struct weir_storage *s) {
    int64_t now = storage_now_ms();
    struct weir_error error = {0};
    int64_t pending = weir_store_pending(s->store);
    if (s->config.tiles)
        pending += weir_tileset_pending(s->config.tiles);
    if (pending < CHECKPOINT_BYTES && now < s->checkpoint_at)
        return;
    s->checkpoint_at = now + CHECKPOINT_EVERY_MS;
    if (storage_checkpoint(s, &error))
        storage_broken(s, &error);
}

static void *run_thread(void *data) {
    struct weir_storage *s = data;
    struct weir_error error = {0};
    struct round r = {0};
    weir_list_init(&r.plans);
    weir_list_init(&r.chunks);
    weir_list_init(&r.finishes);
    weir_list_init(&r.writes);
    weir_list_init(&r.reads);
    weir_list_init(&r.jobs);
    s->checkpoint_at = storage_now_ms() + CHECKPOINT_EVERY_MS;
    if (storage_run_begin(s, &error))
        storage_broken(s, &error);
    for (;;) {
        if (weir_list_empty(&r.finishes)) {
            sleep_for_work(s, &r);
        } else {
            pthread_mutex_lock(&s->mutex);
            take(s, &r);
            pthread_mutex_unlock(&s->mutex);
        }
        do_round(s, &r);
        bool done = is_empty(&r);
        bool due = s->batch_count >= BATCH_ROWS ||
                   ((r.hurry || r.stop) && done) ||
                   (done && storage_job_hurries(s)) ||
                   /* Bodies of tiles wait for their batch. */
                   (s->config.tiles && s->batch_count > 0 &&
                    weir_storage_backlog(s) > WEIR_BACKLOG_HIGH / 4) ||
                   (storage_has_batch(s) &&
                    storage_now_ms() - s->batch_since >= BATCH_MS);
        if (due) {
            r.hurry = false;
            do /* what waited for items of the batch makes another one */
                storage_commit(s);
            while (r.stop && done && s->batch_count > 0);
            checkpoint_if_due(s);
        }
        publish(s);
        if (r.stop && done)
            return NULL;
    }
}

/* --- life --- */

static char *copy(const char *text, bool *failed) {
    char *out = text ? weir_strdup(text) : NULL;
    if (text && !out)
        *failed = true;
    return out;
}

static enum weir_err copy_config(struct weir_storage *s,
                                 const struct weir_storage_config *config,
                                 struct weir_error *error) {
    bool failed = false;
    s->config = *config;
    s->config.store_path = copy(config->store_path, &failed);
    s->config.run_key = copy(config->run_key ? config->run_key : "", &failed);
    s->config.run_title =
        copy(config->run_title ? config->run_title : "", &failed);
    s->config.items_key = copy(config->items_key, &failed);
    s->config.folder = copy(config->folder ? config->folder : ".", &failed);
    s->config.name_template =
        copy(config->name_template ? config->name_template : "{name}", &failed);
    s->config.expect_type = copy(config->expect_type, &failed);
    return failed ? weir_error_nomem(error) : WEIR_OK;
}

/* The template's own folder stands beneath -P, unless it is absolute. */
static enum weir_err open_root(struct weir_storage *s,
                               struct weir_error *error) {
    struct weir_str typed = weir_outname_folder(s->names);
    struct weir_buf path;
    enum weir_err code;
    weir_buf_init(&path, 0);
    if (!weir_str_starts(typed, WEIR_STR("/")))
        weir_buf_z(&path, s->config.folder);
    if (path.len && typed.n)
        weir_buf_byte(&path, '/');
    weir_buf_str(&path, typed);
    code = path.failed ? weir_error_nomem(error)
                       : weir_files_root(s->files, path.p, &s->root, error);
    weir_buf_release(&path);
    return code;
}

static enum weir_err create_parts(struct weir_storage *s,
                                  struct weir_error *error) {
    const struct weir_storage_config *c = &s->config;
    struct weir_store_config store = {.path = c->store_path,
                                      .durable = c->durable};
    enum weir_err code;
    s->files = weir_files_create(c->durable);
    s->keys = weir_map_create();
    s->claims = weir_map_create();
    s->hasher = weir_hasher_create();
    if (!s->files || !s->keys || !s->claims || !s->hasher)
        return weir_error_nomem(error);
    if ((code = weir_outname_create(&s->names, weir_str_of(c->name_template),
                                    error)))
        return code;
    if (weir_outname_wants_sha256(s->names))
        s->config.want_sha256 = true;
    if (c->body == WEIR_BODY_FILES && (code = open_root(s, error)))
        return code;
    if ((code = weir_store_open(&s->store, &store, error)))
        return code;
    return storage_output_init(s, error);
}

static void release(struct weir_storage *s) {
    storage_job_release(s);
    storage_run_unlock(s);
    storage_output_release(s);
    storage_spill_release(s);
    storage_seen_release(&s->seen);
    weir_store_close(s->store);
    weir_files_destroy(s->files);
    weir_outname_destroy(s->names);
    weir_map_destroy(s->keys);
    weir_map_destroy(s->claims);
    weir_hasher_destroy(s->hasher);
    for (size_t i = 0; i < sizeof s->digests / sizeof *s->digests; i++)
        weir_digest_destroy(s->digests[i]);
    if (s->wake)
        weir_wake_destroy(s->wake);
    weir_free(s->sorted);
    weir_free((char *)s->config.store_path);
    weir_free((char *)s->config.run_key);
    weir_free((char *)s->config.run_title);
    weir_free((char *)s->config.items_key);
    weir_free((char *)s->config.folder);
    weir_free((char *)s->config.name_template);
    weir_free((char *)s->config.expect_type);
    pthread_cond_destroy(&s->cond);
    pthread_mutex_destroy(&s->mutex);
    weir_free(s);
}

static struct weir_storage *create_empty(void) {
    struct weir_storage *s = weir_calloc(1, sizeof *s);
    pthread_condattr_t monotonic;
    if (!s)
        return NULL;
    pthread_mutex_init(&s->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->cond, &monotonic);
    pthread_condattr_destroy(&monotonic);
    weir_list_init(&s->in_plans);
    weir_list_init(&s->in_chunks);
    weir_list_init(&s->in_finishes);
    weir_list_init(&s->in_spill_writes);
    weir_list_init(&s->in_spill_reads);
    weir_list_init(&s->in_jobs);
    weir_list_init(&s->out_jobs);
    weir_list_init(&s->answered);
    weir_list_init(&s->out_planned);
    weir_list_init(&s->out_finished);
    weir_list_init(&s->out_spills);
    weir_list_init(&s->batch);
    weir_list_init(&s->partials);
    weir_list_init(&s->planned);
    weir_list_init(&s->finished);
    weir_list_init(&s->spilled);
    s->run_lock = s->file_lock = -1;
    return s;
}

/* Signals are the loop's: a write to a closed pipe or beyond a limit gives its
 * errno here (EPIPE, EFBIG). */
static int start_thread(struct weir_storage *s) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&s->thread, NULL, run_thread, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

enum weir_err weir_storage_create(
    struct weir_storage **out, struct weir_loop *loop,
    const struct weir_storage_config *config, weir_storage_items on_planned,
    weir_storage_items on_finished, weir_storage_drained on_drained, void *data,
    struct weir_run_info *info, struct weir_error *error) {
    struct weir_storage *s = create_empty();
    enum weir_err code;
    if (!s)
        return weir_error_nomem(error);
    s->on_planned = on_planned;
    s->on_finished = on_finished;
    s->on_drained = on_drained;
    s->data = data;
    if (!(code = copy_config(s, config, error)) &&
        !(code = create_parts(s, error)) &&
        !(code = storage_run_find(s, info, error)) &&
        !(code =
              s->config.tiles ? storage_tiles_open(s, info, error) : WEIR_OK)) {
        s->wake = weir_wake_create(loop, deliver, s);
        if (!s->wake || start_thread(s) != 0)
            code = weir_error_nomem(error);
    }
    if (code) {
        release(s);
        return code;
    }
    *out = s;
    return WEIR_OK;
}

/* A job whose outputs could not be opened did nothing that could be gone on
 * with; its file may be mended and run. */
static enum weir_run_state end_state(const struct weir_storage *s,
                                     bool complete) {
    bool job = s->config.body == WEIR_BODY_STORE;
    if (complete)
        return WEIR_RUN_COMPLETE;
    return job && !s->job && !s->resumed ? WEIR_RUN_FORGOTTEN
                                         : WEIR_RUN_UNFINISHED;
}

/* After the thread ended: the run's last word. */
static enum weir_err end_run(struct weir_storage *s, bool complete,
                             struct weir_error *error) {
    enum weir_err code, outputs;
    if ((code = weir_storage_health(s, error)))
        return code;
    /* The run stays resumable if an output cannot be written. */
    outputs = storage_job_finish(s, complete, error);
    if (outputs) {
        complete = false;
        error = NULL;
    }
    s->run.state = end_state(s, complete);
    s->run.ended = (int64_t)time(NULL);
    if ((code = weir_store_begin(s->store, error)))
        return code;
    code = weir_store_put_run(s->store, &s->run, error);
    if (!code && !outputs)
        code = storage_job_end(s, complete, error);
    if (code) {
        weir_store_rollback(s->store);
        return code;
    }
    if ((code = weir_store_commit(s->store, error)))
        return code;
    if (weir_store_pending(s->store) >= CHECKPOINT_AT_CLOSE ||
        s->config.durable)
        code = storage_checkpoint(s, error);
    return outputs ? outputs : code;
}

enum weir_err weir_storage_close(struct weir_storage *s, bool complete,
                                 struct weir_error *error) {
    enum weir_err code, output;
    pthread_mutex_lock(&s->mutex);
    s->stop = true;
    signal_thread(s);
    pthread_mutex_unlock(&s->mutex);
    pthread_join(s->thread, NULL);
    deliver(s);
    output = storage_output_rest(s, error);
    code = end_run(s, complete && !output, output ? NULL : error);
    release(s);
    return output ? output : code;
}
