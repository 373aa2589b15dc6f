/* Why: the parts of a job that travel between the threads, made and freed. */
#include "engine/storage_job.h"

#include "base/heap.h"
#include "base/mem.h"

struct weir_entry *weir_entry_create(void) {
    struct weir_entry *e = weir_calloc(1, sizeof *e);
    if (e)
        weir_list_init(&e->link);
    return e;
}

void weir_entry_destroy(struct weir_entry *e) {
    if (!e)
        return;
    weir_free(e->url);
    weir_free(e->method);
    weir_free(e->body);
    weir_free(e->headers);
    weir_free(e->dedupe);
    weir_free(e->context);
    weir_free(e->order);
    weir_free(e);
}

struct weir_job_record *weir_job_record_create(void) {
    struct weir_job_record *r = weir_calloc(1, sizeof *r);
    if (r)
        weir_list_init(&r->link);
    return r;
}

void weir_job_record_destroy(struct weir_job_record *r) {
    if (!r)
        return;
    weir_free(r->json);
    weir_free(r->key);
    weir_free(r->order);
    weir_free(r);
}

struct weir_job_commit *weir_job_commit_create(void) {
    struct weir_job_commit *c = weir_calloc(1, sizeof *c);
    if (!c)
        return NULL;
    weir_list_init(&c->records);
    weir_list_init(&c->entries);
    return c;
}

void weir_job_commit_destroy(struct weir_job_commit *c) {
    if (!c)
        return;
    while (!weir_list_empty(&c->records)) {
        struct weir_list *first = c->records.next;
        weir_list_remove(first);
        weir_job_record_destroy(
            WEIR_CONTAINER(first, struct weir_job_record, link));
    }
    while (!weir_list_empty(&c->entries)) {
        struct weir_list *first = c->entries.next;
        weir_list_remove(first);
        weir_entry_destroy(WEIR_CONTAINER(first, struct weir_entry, link));
    }
    weir_free(c->derived);
    weir_free(c);
}
