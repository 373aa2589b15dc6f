/* job_work.c - threads that extract.
 *
 *   loop    submit -> waiting (mutex, condition) -> a worker
 *   worker  work   -> done    (mutex)            -> weir_wake -> on_done, loop
 *
 * Each worker has an extractor of its own: the compiled selectors and the
 * parsers' contexts belong to one thread. A task with its item changes hands
 * with the lists; a worker reads the job and the item, and writes the task's
 * result. Nobody waits for a worker but for its end.
 */
#include "engine/job_internal.h"

#include "base/mem.h"
#include "engine/job_replay.h"

#include <pthread.h>

struct worker {
    struct weir_job_workers *all;
    pthread_t thread;
    bool running;
    struct weir_extractor *extractor; /* the thread's, while it runs */
    struct weir_buf body;             /* likewise */
};

struct weir_job_workers {
    /* --- the loop's --- */
    struct weir_job_run *run;
    struct weir_wake *wake;
    struct worker *at;
    size_t count;
    /* --- between them --- */
    pthread_mutex_t lock;
    pthread_cond_t wanted;
    struct weir_list waiting, done; /* tasks, by their `work` */
    bool stop;
};

/* --- a worker's thread ------------------------------------------------- */

/* The whole body in one piece: the only chunk, or a copy. */
static enum weir_err whole_body(struct worker *w, struct weir_item *item,
                                struct weir_str *out) {
    struct weir_list *at = item->body.next;
    if (at != &item->body && at->next == &item->body) {
        struct weir_chunk *only = WEIR_CONTAINER(at, struct weir_chunk, link);
        *out = weir_str_make(only->bytes, only->len);
        return WEIR_OK;
    }
    weir_buf_clear(&w->body);
    for (; at != &item->body; at = at->next) {
        struct weir_chunk *chunk = WEIR_CONTAINER(at, struct weir_chunk, link);
        weir_buf_add(&w->body, chunk->bytes, chunk->len);
    }
    *out = weir_buf_view(&w->body);
    return w->body.failed ? WEIR_E_NOMEM : WEIR_OK;
}

static enum weir_err extract(struct worker *w, struct weir_job_task *t,
                             const struct weir_url *url) {
    const struct weir_job *job = t->run->job;
    struct weir_extract_input in = {
        .page = t->entry->page, .url = url, .now = t->item->response_time};
    size_t start = t->context.start;
    enum weir_err err = whole_body(w, t->item, &in.body);
    in.head = weir_str_of(t->item->response_head);
    if (start < job->start_count) {
        in.set = job->starts[start].set;
        in.set_count = job->starts[start].set_count;
        in.feed = job->starts[start].feed && !t->context.linked;
    }
    if (err == WEIR_OK)
        err = weir_extract(w->extractor, &in, &t->extracted, &t->error);
    return err;
}

static size_t field_count(const struct weir_job_task *t) {
    return weir_job_page_of(t->run->job, t->entry->page)->field_count;
}

/* Links name rules and records of the page; a damaged store may say anything.
 */
static bool links_fit(const struct weir_job_task *t) {
    const struct weir_extracted *x = t->extracted;
    size_t rules = weir_job_page_of(t->run->job, t->entry->page)->follow_count;
    for (size_t i = 0; i < x->link_count; i++)
        if (x->links[i].follow >= rules ||
            (x->links[i].record != SIZE_MAX &&
             x->links[i].record >= x->record_count))
            return false;
    return true;
}

/* What was extracted of the same body before. */
static enum weir_err replay(struct weir_job_task *t) {
    struct weir_item *item = t->item;
    enum weir_err err;
    t->arena = weir_arena_create(0);
    if (!t->arena)
        return WEIR_E_NOMEM;
    err = weir_job_replay_read(weir_str_make(item->derived, item->derived_len),
                               field_count(t), t->arena, &t->extracted);
    if (err == WEIR_OK && !links_fit(t))
        err = WEIR_E_STORE;
    return err == WEIR_E_STORE
               ? weir_error_set(&t->error, err,
                                "what the store has kept of it is damaged; "
                                "--cache=off fetches it again")
               : err;
}

/* The result is kept beside the body. */
static enum weir_err keep_result(struct weir_job_task *t) {
    struct weir_job_commit *c = t->commit;
    struct weir_buf bytes;
    weir_buf_init(&bytes, 0);
    weir_job_replay_put(t->extracted, field_count(t), &bytes);
    c->derived_len = bytes.len;
    c->derived = weir_buf_detach(&bytes);
    c->made_of = t->item->made_of;
    weir_buf_release(&bytes);
    return c->derived ? WEIR_OK : WEIR_E_NOMEM;
}

static enum weir_err yield_of(struct worker *w, struct weir_job_task *t,
                              const struct weir_url *url) {
    enum weir_err err;
    if (t->item->derived)
        return replay(t);
    err = extract(w, t, url);
    return err == WEIR_OK && t->item->made_of ? keep_result(t) : err;
}

static void work(struct worker *w, struct weir_job_task *t) {
    const char *text =
        t->item->effective_url ? t->item->effective_url : t->item->url;
    struct weir_url url;
    enum weir_err err =
        weir_url_parse(&url, weir_str_of(text), NULL, &t->error);
    if (err == WEIR_OK) {
        err = yield_of(w, t, &url);
        if (err == WEIR_OK)
            err = weir_job_page_result(t, &url);
        weir_url_release(&url);
    }
    if (err == WEIR_E_NOMEM)
        weir_error_nomem(&t->error);
    else if (err != WEIR_OK && t->error.code == WEIR_OK)
        weir_error_set(&t->error, err, "%s", weir_err_text(err));
    t->error.code = err;
}

static void *run(void *data) {
    struct worker *w = data;
    struct weir_job_workers *all = w->all;
    pthread_mutex_lock(&all->lock);
    while (!all->stop) {
        struct weir_job_task *t;
        bool first;
        if (weir_list_empty(&all->waiting)) {
            pthread_cond_wait(&all->wanted, &all->lock);
            continue;
        }
        t = WEIR_CONTAINER(all->waiting.next, struct weir_job_task, work);
        weir_list_remove(&t->work);
        pthread_mutex_unlock(&all->lock);
        work(w, t);
        pthread_mutex_lock(&all->lock);
        first = weir_list_empty(&all->done);
        weir_list_append(&all->done, &t->work);
        if (first)
            weir_wake_send(all->wake);
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

/* --- the loop's side --------------------------------------------------- */

static void on_done(void *data) {
    struct weir_job_workers *all = data;
    struct weir_list done;
    weir_list_init(&done);
    pthread_mutex_lock(&all->lock);
    weir_list_splice(&done, &all->done);
    pthread_mutex_unlock(&all->lock);
    while (!weir_list_empty(&done)) {
        struct weir_job_task *t =
            WEIR_CONTAINER(done.next, struct weir_job_task, work);
        weir_list_remove(&t->work);
        weir_job_result(t);
    }
}

void weir_job_workers_submit(struct weir_job_workers *w,
                             struct weir_job_task *t) {
    pthread_mutex_lock(&w->lock);
    weir_list_append(&w->waiting, &t->work);
    pthread_cond_signal(&w->wanted);
    pthread_mutex_unlock(&w->lock);
}

static enum weir_err start(struct weir_job_workers *all, struct worker *w,
                           struct weir_error *error) {
    enum weir_err err;
    w->all = all;
    weir_buf_init(&w->body, 0);
    err = weir_extractor_create(&w->extractor, all->run->job, error);
    if (err != WEIR_OK)
        return err;
    if (pthread_create(&w->thread, NULL, run, w) != 0)
        return weir_error_set(error, WEIR_E_NOMEM,
                              "a worker's thread cannot be started");
    w->running = true;
    return WEIR_OK;
}

enum weir_err weir_job_workers_create(struct weir_job_workers **out,
                                      struct weir_job_run *run, size_t count,
                                      struct weir_error *error) {
    struct weir_job_workers *w = weir_calloc(1, sizeof *w);
    enum weir_err err = WEIR_OK;
    if (!w)
        return weir_error_nomem(error);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wanted, NULL);
    weir_list_init(&w->waiting);
    weir_list_init(&w->done);
    w->run = run;
    w->wake = weir_wake_create(weir_engine_loop(run->engine), on_done, w);
    w->at = weir_calloc(count, sizeof *w->at);
    if (!w->wake || !w->at)
        err = weir_error_nomem(error);
    while (err == WEIR_OK && w->count < count)
        err = start(w, &w->at[w->count++], error);
    if (err != WEIR_OK) {
        weir_job_workers_destroy(w);
        return err;
    }
    *out = w;
    return WEIR_OK;
}

void weir_job_workers_destroy(struct weir_job_workers *w) {
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->wanted);
    pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < w->count; i++) {
        if (w->at[i].running)
            pthread_join(w->at[i].thread, NULL);
        weir_extractor_destroy(w->at[i].extractor);
        weir_buf_release(&w->at[i].body);
    }
    weir_wake_destroy(w->wake);
    weir_free(w->at);
    pthread_cond_destroy(&w->wanted);
    pthread_mutex_destroy(&w->lock);
    weir_free(w);
}
