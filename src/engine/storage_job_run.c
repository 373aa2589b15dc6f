/* Why: a job's run begins with its frontier and its outputs, and ends with the
 * outputs that are made anew. Both happen while nothing else does. */
#include "engine/storage_job_internal.h"

#include "base/mem.h"
#include "engine/storage_job_output.h"

static uint64_t items_key(const struct weir_storage *s) {
    const char *key = s->config.items_key;
    return weir_hash(weir_str_of(key ? key : s->config.run_key));
}

static bool is_new(const struct weir_frontier_counts *n) {
    return n->queued + n->leased + n->done + n->failed == 0;
}

/* One batch: frontiers that nobody will go on with are forgotten, the first
 * entries are put, and the outputs note where they begin. */
static enum weir_err first_batch(struct weir_storage *s, struct job_message *m,
                                 struct weir_error *error) {
    struct weir_frontier_counts n = weir_frontier_count(s->job->frontier);
    enum weir_err code = weir_store_begin(s->store, error);
    if (code)
        return code;
    code = weir_frontier_forget(s->store, s->run.key, s->run.id, false, error);
    /* Without failures there is nothing to repeat: the frontier is gone. */
    if (!code && is_new(&n) && !s->config.retry_failed)
        code = storage_job_put_all(s, m, error);
    if (!code)
        code = storage_job_output_note(s, error);
    if (code) {
        weir_store_rollback(s->store);
        return code;
    }
    return weir_store_commit(s->store, error);
}

static enum weir_err open_job(struct weir_storage *s, struct job_message *m,
                              struct weir_error *error) {
    struct job_state *job = s->job;
    enum weir_err code;
    job->job = m->job;
    if ((code = weir_frontier_open(&job->frontier, s->store, s->run.id,
                                   s->config.retry_failed, error)) ||
        (code = weir_items_open(&job->items, s->store, items_key(s), s->run.id,
                                storage_job_output_all(m->job), error)) ||
        (code = storage_job_output_open(s, error)) ||
        (code = first_batch(s, m, error)) ||
        (code = weir_items_count(job->items, &m->info.items, error)))
        return code;
    struct weir_frontier_counts n = weir_frontier_count(job->frontier);
    m->info.resumed = s->resumed;
    m->info.queued = n.queued;
    m->info.done = n.done;
    m->info.failed = n.failed;
    return WEIR_OK;
}

enum weir_err storage_job_open(struct weir_storage *s, struct job_message *m,
                               struct weir_error *error) {
    s->job = weir_calloc(1, sizeof *s->job);
    if (!s->job)
        return weir_error_nomem(error);
    weir_list_init(&s->job->writes);
    enum weir_err code = open_job(s, m, error);
    if (code)
        storage_job_release(s);
    return code;
}

enum weir_err storage_job_finish(struct weir_storage *s, bool complete,
                                 struct weir_error *error) {
    return s->job ? storage_job_output_finish(s, complete, error) : WEIR_OK;
}

enum weir_err storage_job_end(struct weir_storage *s, bool complete,
                              struct weir_error *error) {
    enum weir_err code;
    if (!s->job)
        return WEIR_OK;
    if ((code = storage_job_output_rest(s, complete, error)))
        return code;
    if (!complete || weir_frontier_count(s->job->frontier).failed > 0)
        return WEIR_OK; /* it will be gone on with */
    return weir_frontier_forget(s->store, s->run.key, s->run.id, true, error);
}

void storage_job_release(struct weir_storage *s) {
    if (!s->job)
        return;
    storage_job_output_close(s);
    while (!weir_list_empty(&s->job->writes)) {
        struct job_message *m =
            WEIR_CONTAINER(s->job->writes.next, struct job_message, link);
        weir_list_remove(&m->link);
        storage_job_message_free(m);
    }
    weir_items_close(s->job->items);
    weir_frontier_close(s->job->frontier);
    weir_free(s->job);
    s->job = NULL;
}
