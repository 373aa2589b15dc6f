/* job_rig.h - a storage rig that works off a job's frontier: every page gives
 * what its `grow` function puts into the commit. */
#ifndef WEIR_TESTS_JOB_RIG_H
#define WEIR_TESTS_JOB_RIG_H

#include "engine/storage_job.h"
#include "storage_rig.h"

struct job_rig;
/* What the page of this entry gives. */
typedef void (*job_grow)(struct job_rig *j, const struct weir_entry *entry,
                         struct weir_job_commit *commit);

struct job_rig {
    struct rig r;
    struct weir_job job;
    struct weir_page pages[2];
    struct weir_output outputs[4];
    struct weir_job_info info;
    job_grow grow;
    /* The last claim. */
    struct weir_list entries;
    uint64_t queued;
    int64_t next_at;
    size_t claims, worked;
    uint64_t problems;
};

static inline void job_entry(struct weir_list *list, const char *url,
                             const char *dedupe,
                             enum weir_entry_condition condition) {
    struct weir_entry *e = weir_entry_create();
    CHECK(e);
    e->url = weir_strdup(url);
    e->dedupe = dedupe ? weir_strdup(dedupe) : NULL;
    e->condition = condition;
    weir_list_append(list, &e->link);
}

static inline struct weir_job_record *
job_record(struct weir_job_commit *c, const char *key, const char *json) {
    struct weir_job_record *r = weir_job_record_create();
    CHECK(r);
    r->key = weir_strdup(key);
    r->json = weir_strdup(json);
    r->order = weir_strdup(key);
    weir_list_append(&c->records, &r->link);
    return r;
}

static inline void job_init(struct job_rig *j, rig_answer answer,
                            job_grow grow) {
    *j = (struct job_rig){.grow = grow};
    rig_init(&j->r, answer);
    j->r.keep = false;
    j->r.config.body = WEIR_BODY_STORE;
    j->pages[0].name = "list";
    j->pages[1].name = "detail";
    j->job.name = "test";
    j->job.pages = j->pages;
    j->job.page_count = 2;
    j->job.outputs = j->outputs;
    weir_list_init(&j->entries);
}

static inline struct weir_output *job_output(struct job_rig *j,
                                             enum weir_output_type type,
                                             enum weir_output_mode mode,
                                             const char *path) {
    struct weir_output *o = &j->outputs[j->job.output_count++];
    *o = (struct weir_output){
        .type = type, .mode = mode, .path = path, .table = "items"};
    return o;
}

static inline void job_on_problems(const struct weir_output *output,
                                   uint64_t count, const char *first,
                                   void *data) {
    struct job_rig *j = data;
    CHECK(output && first);
    j->problems += count;
}

/* With these start URLs; the error is in j->r.error. */
static inline enum weir_err job_begin(struct job_rig *j,
                                      const char *const *urls, size_t n) {
    struct weir_list first;
    enum weir_err code = rig_open(&j->r);
    if (code)
        return code;
    weir_list_init(&first);
    for (size_t i = 0; i < n; i++)
        job_entry(&first, urls[i], urls[i], WEIR_ENTRY_ALWAYS);
    weir_storage_on_problems(j->r.storage, job_on_problems, j);
    code = weir_storage_job_begin(j->r.storage, &j->job, &first, &j->info,
                                  &j->r.error);
    if (code) {
        struct weir_error other;
        weir_storage_close(j->r.storage, false, &other);
        weir_loop_destroy(j->r.loop);
    }
    return code;
}

static inline void job_on_claimed(struct weir_list *entries, uint64_t queued,
                                  int64_t next_at, void *data) {
    struct job_rig *j = data;
    weir_list_splice(&j->entries, entries);
    j->queued = queued;
    j->next_at = next_at;
    weir_loop_stop(j->r.loop);
}

/* How many came, into j->entries. */
static inline size_t job_claim(struct job_rig *j, size_t max, int64_t now) {
    size_t n = 0;
    weir_storage_claim(j->r.storage, max, now, job_on_claimed, j);
    weir_loop_run(j->r.loop);
    for (struct weir_list *at = j->entries.next; at != &j->entries;
         at = at->next)
        n++;
    j->claims++;
    return n;
}

static inline struct weir_entry *job_next(struct job_rig *j) {
    struct weir_entry *e =
        WEIR_CONTAINER(j->entries.next, struct weir_entry, link);
    weir_list_remove(&e->link);
    return e;
}

/* Fetches what was claimed, with what each page gives. */
static inline void job_work(struct job_rig *j) {
    while (!weir_list_empty(&j->entries)) {
        struct weir_entry *e = job_next(j);
        struct weir_item *item = rig_item(&j->r, e->url);
        item->commit = weir_job_commit_create();
        CHECK(item->commit);
        item->commit->entry = e->id;
        if (j->grow)
            j->grow(j, e, item->commit);
        weir_entry_destroy(e);
        weir_storage_plan(j->r.storage, item);
        j->worked++;
    }
    rig_run(&j->r);
}

/* Until nothing is left. */
static inline void job_work_all(struct job_rig *j) {
    while (job_claim(j, 4, 1) > 0)
        job_work(j);
}

static inline void job_drop_entries(struct job_rig *j) {
    while (!weir_list_empty(&j->entries))
        weir_entry_destroy(job_next(j));
}

#endif
