/* Why: what a job asks of the storage thread beside its items, as messages.
 *
 *     begin            the loop waits for the answer: nothing runs yet
 *     claim            answered at once. If the frontier has too little and the
 *                      batch may hold more, the batch is committed first
 *     load, find_probe answered at once
 *     put, release, block, put_probe, prune
 *                      part of the next batch; no answer
 *
 * While the runner waits for entries (its last claim got less than it asked
 * for) a batch is committed as soon as nothing else is to do: a pager's next
 * page should not wait 200 ms for company. */
#include "engine/storage_job_internal.h"

#include "base/mem.h"

#include <string.h>

static struct job_message *message_of(struct weir_list *node) {
    return WEIR_CONTAINER(node, struct job_message, link);
}

static void free_entries(struct weir_list *entries) {
    while (!weir_list_empty(entries)) {
        struct weir_list *first = entries->next;
        weir_list_remove(first);
        weir_entry_destroy(WEIR_CONTAINER(first, struct weir_entry, link));
    }
}

/* --- the loop's side --- */

static void init_message(struct job_message *m, enum job_ask ask) {
    *m = (struct job_message){.ask = ask};
    weir_list_init(&m->link);
    weir_list_init(&m->entries);
}

/* NULL: no memory, and the run is told to stop. */
static struct job_message *create_message(struct weir_storage *s,
                                          enum job_ask ask, const char *url) {
    struct job_message *m = weir_malloc(sizeof *m);
    struct weir_error error;
    if (m) {
        init_message(m, ask);
        m->url = url ? weir_strdup(url) : NULL;
    }
    if (m && (!url || m->url))
        return m;
    weir_free(m);
    weir_error_nomem(&error);
    storage_broken(s, &error);
    return NULL;
}

void storage_job_message_free(struct job_message *m) {
    free_entries(&m->entries);
    weir_free(m->url);
    weir_free(m);
}

enum weir_err weir_storage_job_begin(struct weir_storage *s,
                                     const struct weir_job *job,
                                     struct weir_list *first,
                                     struct weir_job_info *info,
                                     struct weir_error *error) {
    struct job_message m;
    init_message(&m, JOB_BEGIN);
    m.job = job;
    weir_list_splice(&m.entries, first);
    pthread_cond_init(&m.cond, NULL);
    storage_submit_job(s, &m.link);
    pthread_mutex_lock(&s->mutex);
    while (!m.done)
        pthread_cond_wait(&m.cond, &s->mutex);
    pthread_mutex_unlock(&s->mutex);
    pthread_cond_destroy(&m.cond);
    free_entries(&m.entries);
    if (!m.error.code)
        *info = m.info;
    else if (error)
        *error = m.error;
    return m.error.code;
}

void weir_storage_on_problems(struct weir_storage *s,
                              weir_storage_problems on_problems, void *data) {
    s->on_problems = on_problems;
    s->problems_data = data;
}

void weir_storage_claim(struct weir_storage *s, size_t max, int64_t now,
                        weir_storage_claimed on_claimed, void *data) {
    struct job_message *m = create_message(s, JOB_CLAIM, NULL);
    struct weir_list none;
    if (!m) {
        weir_list_init(&none);
        on_claimed(&none, 0, 0, data);
        return;
    }
    m->max = max;
    m->time = now;
    m->on_claimed = on_claimed;
    m->data = data;
    storage_submit_job(s, &m->link);
}

void weir_storage_put_entries(struct weir_storage *s,
                              struct weir_list *entries) {
    struct job_message *m = create_message(s, JOB_PUT, NULL);
    if (!m) {
        free_entries(entries);
        return;
    }
    weir_list_splice(&m->entries, entries);
    storage_submit_job(s, &m->link);
}

void weir_storage_release_entry(struct weir_storage *s, uint64_t id) {
    struct job_message *m = create_message(s, JOB_RELEASE, NULL);
    if (!m)
        return;
    m->id = id;
    storage_submit_job(s, &m->link);
}

void weir_storage_block_host(struct weir_storage *s, const char *url,
                             int64_t until) {
    struct job_message *m = create_message(s, JOB_BLOCK, url);
    if (!m)
        return;
    m->time = until;
    storage_submit_job(s, &m->link);
}

void weir_storage_load(struct weir_storage *s, struct weir_item *item,
                       void (*on_loaded)(struct weir_item *item, void *data),
                       void *data) {
    struct job_message *m = create_message(s, JOB_LOAD, NULL);
    if (!m) {
        weir_error_nomem(&item->error);
        on_loaded(item, data);
        return;
    }
    m->item = item;
    m->on_loaded = on_loaded;
    m->data = data;
    storage_submit_job(s, &m->link);
}

void weir_storage_find_probe(struct weir_storage *s, const char *url,
                             void (*on_probe)(bool found,
                                              const struct weir_probe *probe,
                                              void *data),
                             void *data) {
    struct job_message *m = create_message(s, JOB_FIND_PROBE, url);
    if (!m) {
        on_probe(false, NULL, data);
        return;
    }
    m->on_probe = on_probe;
    m->data = data;
    storage_submit_job(s, &m->link);
}

void weir_storage_put_probe(struct weir_storage *s, const char *url,
                            const struct weir_probe *probe) {
    struct job_message *m = create_message(s, JOB_PUT_PROBE, url);
    if (!m)
        return;
    m->probe = *probe;
    storage_submit_job(s, &m->link);
}

void weir_storage_prune(struct weir_storage *s, int64_t older_than_s) {
    struct job_message *m = create_message(s, JOB_PRUNE, NULL);
    if (!m)
        return;
    m->time = older_than_s;
    storage_submit_job(s, &m->link);
}

void storage_job_deliver(struct weir_storage *s, struct weir_list *messages) {
    (void)s;
    while (!weir_list_empty(messages)) {
        struct job_message *m = message_of(messages->next);
        weir_list_remove(&m->link);
        if (m->ask == JOB_CLAIM)
            m->on_claimed(&m->entries, m->queued, m->next_at, m->data);
        else if (m->ask == JOB_LOAD)
            m->on_loaded(m->item, m->data);
        else if (m->ask == JOB_FIND_PROBE)
            m->on_probe(m->found, m->found ? &m->probe : NULL, m->data);
        storage_job_message_free(m);
    }
}

/* --- the storage thread's side --- */

bool storage_job_waits(const struct weir_storage *s) {
    return s->job && (!weir_list_empty(&s->job->writes) ||
                      weir_frontier_unwritten(s->job->frontier));
}

bool storage_job_hurries(const struct weir_storage *s) {
    return s->job && s->job->hungry &&
           (s->batch_count > 0 || !weir_list_empty(&s->job->writes));
}

static bool copy(char **out, struct weir_str text) {
    if (text.n == 0)
        return true;
    *out = weir_str_dup(text);
    return *out != NULL;
}

static enum weir_err on_entry(const struct weir_frontier_entry *from,
                              void *data) {
    struct weir_list *entries = data;
    struct weir_entry *e = weir_entry_create();
    if (!e)
        return WEIR_E_NOMEM;
    weir_list_append(entries, &e->link);
    e->id = from->id;
    e->page = from->page;
    e->depth = from->depth;
    e->priority = from->priority;
    e->attempts = from->attempts;
    return copy(&e->url, from->url) && copy(&e->method, from->method) &&
                   copy(&e->body, from->body) &&
                   copy(&e->headers, from->headers) &&
                   copy(&e->context, from->context) &&
                   copy(&e->order, from->order)
               ? WEIR_OK
               : WEIR_E_NOMEM;
}

static size_t length(const struct weir_list *list) {
    size_t n = 0;
    for (const struct weir_list *at = list->next; at != list; at = at->next)
        n++;
    return n;
}

static void claim(struct weir_storage *s, struct job_message *m) {
    struct job_state *job = s->job;
    struct weir_error error = {0};
    if (!job || storage_is_broken(s))
        return;
    if (weir_frontier_count(job->frontier).queued < m->max &&
        (s->batch_count > 0 || !weir_list_empty(&job->writes)))
        storage_commit(s);
    bool waited = storage_has_batch(s);
    if (!storage_is_broken(s) &&
        weir_frontier_claim(job->frontier, m->max, m->time, on_entry,
                            &m->entries, &error)) {
        free_entries(&m->entries);
        storage_broken(s, &error);
        return;
    }
    job->hungry = length(&m->entries) < m->max;
    m->queued = weir_frontier_count(job->frontier).queued;
    m->next_at = weir_frontier_next_at(job->frontier);
    if (!waited)
        s->batch_since = storage_now_ms(); /* the leases are to be written */
}

static void find_probe(struct weir_storage *s, struct job_message *m) {
    struct weir_probed p;
    struct weir_error error = {0};
    if (weir_store_read_begin(s->store, &error) == WEIR_OK &&
        weir_store_find_probe(s->store, weir_str_of(m->url), &p, &m->found,
                              &error) == WEIR_OK &&
        m->found) {
        size_t n = p.type.n < sizeof m->probe.type - 1
                       ? p.type.n
                       : sizeof m->probe.type - 1;
        m->probe.length = p.length;
        memcpy(m->probe.type, p.type.n ? p.type.p : "", n);
        m->probe.type[n] = '\0';
    }
    weir_store_read_end(s->store);
    if (error.code)
        storage_broken(s, &error);
}

static void load(struct weir_storage *s, struct job_message *m) {
    struct weir_error error = {0};
    if (storage_job_load(s, m->item, &error))
        m->item->error = error;
    if (error.code == WEIR_E_STORE)
        storage_broken(s, &error);
}

/* The loop stands still until this is done. */
static void begin(struct weir_storage *s, struct job_message *m) {
    struct weir_error error = {0};
    enum weir_err code = weir_storage_health(s, &error);
    if (!code)
        code = storage_job_open(s, m, &error);
    pthread_mutex_lock(&s->mutex);
    if (code)
        m->error = error;
    m->done = true;
    pthread_cond_signal(&m->cond);
    pthread_mutex_unlock(&s->mutex);
}

static void keep_for_batch(struct weir_storage *s, struct job_message *m) {
    if (!s->job) {
        storage_job_message_free(m);
        return;
    }
    if (!storage_has_batch(s))
        s->batch_since = storage_now_ms();
    weir_list_append(&s->job->writes, &m->link);
}

void storage_job_do(struct weir_storage *s, struct weir_list *messages) {
    while (!weir_list_empty(messages)) {
        struct job_message *m = message_of(messages->next);
        weir_list_remove(&m->link);
        switch (m->ask) {
        case JOB_BEGIN:
            begin(s, m);
            continue;
        case JOB_CLAIM:
            claim(s, m);
            break;
        case JOB_LOAD:
            load(s, m);
            break;
        case JOB_FIND_PROBE:
            find_probe(s, m);
            break;
        case JOB_PUT:
        case JOB_RELEASE:
        case JOB_BLOCK:
        case JOB_PUT_PROBE:
        case JOB_PRUNE:
            keep_for_batch(s, m);
            continue;
        }
        weir_list_append(&s->answered, &m->link);
    }
}
