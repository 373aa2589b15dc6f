/* Why: "page stored, records written, links added, URL done" is one
 * transaction. This is a page's part of the batch that storage_commit.c writes:
 * first the records, because they decide whether there was anything new, which
 * is the condition of some entries; then the entries; then the page's own entry
 * is over. */
#include "engine/storage_job_internal.h"

#include "base/mem.h"
#include "engine/storage_job_output.h"

#include <time.h>

enum weir_err storage_job_put(struct weir_storage *s,
                              const struct weir_entry *entry, bool *added,
                              struct weir_error *error) {
    struct weir_frontier_entry e = {
        .url = weir_str_of(entry->url),
        .method = weir_str_of(entry->method),
        .body = weir_str_of(entry->body),
        .headers = weir_str_of(entry->headers),
        .context = weir_str_of(entry->context),
        .dedupe = weir_str_of(entry->dedupe),
        .order = weir_str_of(entry->order),
        .page = entry->page,
        .depth = entry->depth,
        .priority = entry->priority,
        .not_before = entry->not_before,
    };
    return weir_frontier_put(s->job->frontier, &e, added, error);
}

static enum weir_err put_record(struct weir_storage *s,
                                const struct weir_job_record *record,
                                int64_t retrieved, struct weir_job_commit *c,
                                struct weir_error *error) {
    struct weir_item_record r = {.json = weir_str_of(record->json),
                                 .key = weir_str_of(record->key),
                                 .order = weir_str_of(record->order),
                                 .page = record->page,
                                 .partial = record->partial,
                                 .once = record->once,
                                 .retried = record->retried,
                                 .retrieved = retrieved};
    struct weir_item_news news;
    enum weir_err code =
        weir_items_put(s->job->items, &r, (int64_t)time(NULL), &news, error);
    if (code)
        return code;
    c->new_records += news.in_run;
    c->unknown_records += news.ever;
    return record->partial || (record->once && news.again)
               ? WEIR_OK
               : storage_job_output_put(s, &r, news.first, error);
}

static enum weir_err put_entries(struct weir_storage *s,
                                 struct weir_job_commit *c,
                                 struct weir_error *error) {
    for (struct weir_list *at = c->entries.next; at != &c->entries;
         at = at->next) {
        struct weir_entry *e = WEIR_CONTAINER(at, struct weir_entry, link);
        enum weir_err code;
        e->added = false;
        if ((e->condition == WEIR_ENTRY_IF_NEW && c->new_records == 0) ||
            (e->condition == WEIR_ENTRY_IF_UNKNOWN && c->unknown_records == 0))
            continue;
        if ((code = storage_job_put(s, e, &e->added, error)))
            return code;
        c->added += e->added;
    }
    return WEIR_OK;
}

/* Of a stored body something else was made than before. */
static enum weir_err set_derived(struct weir_storage *s,
                                 const struct weir_item *item,
                                 struct weir_error *error) {
    const struct weir_job_commit *c = item->commit;
    const struct plan *p = item->plan;
    struct weir_derived d = {c->made_of,
                             weir_str_make(c->derived, c->derived_len)};
    return p && p->known
               ? weir_store_set_derived(s->store, p->known->id, &d, error)
               : WEIR_OK;
}

static enum weir_err apply(struct weir_storage *s, const struct weir_item *item,
                           struct weir_error *error) {
    struct weir_job_commit *c = item->commit;
    int64_t retrieved =
        item->response_time ? item->response_time : (int64_t)time(NULL);
    enum weir_err code = WEIR_OK;
    for (struct weir_list *at = c->records.next; !code && at != &c->records;
         at = at->next)
        code = put_record(s, WEIR_CONTAINER(at, struct weir_job_record, link),
                          retrieved, c, error);
    if (!code)
        code = put_entries(s, c, error);
    if (!code && c->derived && item->outcome != WEIR_OUTCOME_BODY)
        code = set_derived(s, item, error);
    if (!code && c->entry)
        code = weir_frontier_acknowledge(s->job->frontier, c->entry,
                                         c->entry_failed, error);
    return code;
}

enum weir_err storage_job_apply(struct weir_storage *s, struct weir_item *item,
                                struct weir_error *error) {
    struct weir_job_commit *c = item->commit;
    if (!s->job || !c)
        return WEIR_OK;
    c->new_records = c->unknown_records = c->added = 0;
    if (item->error.code == WEIR_E_CANCELLED) /* not begun */
        return c->entry
                   ? weir_frontier_release(s->job->frontier, c->entry, error)
                   : WEIR_OK;
    if (item->outcome == WEIR_OUTCOME_FAILED || !item->error.code)
        return apply(s, item, error);
    /* The runner took it for good, and it could not be kept: the entry is over,
     * or, where that says nothing about the page, left for another run. */
    if (!c->entry || item->error.code == WEIR_E_NOMEM ||
        item->error.code == WEIR_E_IO)
        return WEIR_OK;
    return weir_frontier_acknowledge(s->job->frontier, c->entry, true, error);
}

enum weir_err storage_job_put_all(struct weir_storage *s, struct job_message *m,
                                  struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    bool added;
    for (struct weir_list *at = m->entries.next; !code && at != &m->entries;
         at = at->next)
        code = storage_job_put(s, WEIR_CONTAINER(at, struct weir_entry, link),
                               &added, error);
    return code;
}

static enum weir_err prune(struct weir_storage *s, int64_t older_than_s,
                           struct weir_error *error) {
    int64_t before = (int64_t)time(NULL) - older_than_s;
    enum weir_err code = weir_items_prune(s->job->items, before, error);
    if (!code)
        code = weir_store_prune_bodies(s->store, s->run.key, s->run.id, before,
                                       error);
    return code;
}

static enum weir_err write_one(struct weir_storage *s, struct job_message *m,
                               struct weir_error *error) {
    struct weir_probed p = {.url = weir_str_of(m->url),
                            .type = weir_str_of(m->probe.type),
                            .length = m->probe.length};
    switch (m->ask) {
    case JOB_PUT:
        return storage_job_put_all(s, m, error);
    case JOB_RELEASE:
        return weir_frontier_release(s->job->frontier, m->id, error);
    case JOB_BLOCK:
        return weir_frontier_block(s->job->frontier, weir_str_of(m->url),
                                   m->time, error);
    case JOB_PUT_PROBE:
        return weir_store_put_probe(s->store, &p, error);
    case JOB_PRUNE:
        return prune(s, m->time, error);
    case JOB_BEGIN:
    case JOB_CLAIM:
    case JOB_LOAD:
    case JOB_FIND_PROBE:
        break;
    }
    return WEIR_OK;
}

enum weir_err storage_job_write(struct weir_storage *s,
                                struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    while (!code && !weir_list_empty(&s->job->writes)) {
        struct job_message *m =
            WEIR_CONTAINER(s->job->writes.next, struct job_message, link);
        weir_list_remove(&m->link);
        code = write_one(s, m, error);
        storage_job_message_free(m);
    }
    return code ? code : weir_frontier_write(s->job->frontier, error);
}
