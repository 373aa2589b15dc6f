/* storage_rig.h - a loop with a storage thread and items, for tests: what the
 * engine does, with answers that the test makes up. */
#ifndef WEIR_TESTS_STORAGE_RIG_H
#define WEIR_TESTS_STORAGE_RIG_H

#include "base/hash.h"
#include "base/heap.h"
#include "base/mem.h"
#include "engine/storage.h"
#include "test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

struct rig;
/* Sets outcome and answer of a planned item. */
typedef void (*rig_answer)(struct rig *r, struct weir_item *item);

struct rig {
    struct weir_loop *loop;
    struct weir_storage *storage;
    struct weir_run_info info;
    struct weir_storage_config config;
    struct weir_error error;
    char store[512], folder[512];
    rig_answer answer;
    weir_storage_items on_planned; /* instead of the rig's own */
    size_t planned, finished, wanted;
    struct weir_item *items[64]; /* finished, in the order of n; kept */
    bool keep;
    void *data;
};

static inline struct weir_chunk *rig_chunk(const char *bytes, size_t n) {
    /* Twice: a test may let one allocation fail, and it is not for these. */
    struct weir_chunk *c = weir_calloc(1, sizeof *c);
    if (!c)
        c = weir_calloc(1, sizeof *c);
    c->bytes = weir_memdup(bytes, n);
    if (!c->bytes)
        c->bytes = weir_memdup(bytes, n);
    c->len = n;
    c->cap = n + 1;
    return c;
}

static inline void rig_reply(struct weir_item *item, int status,
                             const char *head, const char *body) {
    item->outcome = WEIR_OUTCOME_BODY;
    item->status = status;
    weir_free(item->response_head);
    item->response_head = weir_strdup(head);
    item->request_time = item->response_time = (int64_t)time(NULL);
    item->attempts = 1;
    item->bytes = strlen(body);
    if (*body) {
        struct weir_chunk *c = rig_chunk(body, strlen(body));
        weir_list_append(&item->body, &c->link);
    }
}

static inline void rig_fail(struct weir_item *item, enum weir_err code) {
    item->outcome = WEIR_OUTCOME_FAILED;
    weir_error_set(&item->error, code, "%s: made up", item->url);
}

static void rig_on_planned(struct weir_list *items, void *data) {
    struct rig *r = data;
    while (!weir_list_empty(items)) {
        struct weir_item *item =
            WEIR_CONTAINER(items->next, struct weir_item, link);
        weir_list_remove(&item->link);
        r->planned++;
        if (item->verdict == WEIR_PLAN_FETCH)
            r->answer(r, item);
        else if (item->verdict == WEIR_PLAN_REFUSED ||
                 item->verdict == WEIR_PLAN_FAILED)
            item->outcome = WEIR_OUTCOME_FAILED;
        else
            item->outcome = WEIR_OUTCOME_KEPT;
        weir_storage_finish(r->storage, item);
    }
    weir_storage_flush(r->storage, r->planned == r->wanted);
}

static void rig_on_finished(struct weir_list *items, void *data) {
    struct rig *r = data;
    while (!weir_list_empty(items)) {
        struct weir_item *item =
            WEIR_CONTAINER(items->next, struct weir_item, link);
        weir_list_remove(&item->link);
        r->finished++;
        if (r->keep)
            r->items[item->n] = item;
        else
            weir_item_destroy(item);
    }
    if (r->finished == r->wanted)
        weir_loop_stop(r->loop);
}

static void rig_on_drained(void *data) {
    (void)data;
}

/* Store and output folder in the test's own folder. */
static inline void rig_init(struct rig *r, rig_answer answer) {
    *r = (struct rig){.answer = answer, .keep = true};
    snprintf(r->store, sizeof r->store, "%s/state/weir.db", test_dir());
    snprintf(r->folder, sizeof r->folder, "%s/out", test_dir());
    r->config = (struct weir_storage_config){.store_path = r->store,
                                             .run_key = "test",
                                             .folder = r->folder,
                                             .out_fd = -1};
}

static inline enum weir_err rig_open(struct rig *r) {
    r->planned = r->finished = r->wanted = 0;
    r->error = (struct weir_error){0};
    r->loop = weir_loop_create();
    CHECK(r->loop);
    enum weir_err code = weir_storage_create(
        &r->storage, r->loop, &r->config,
        r->on_planned ? r->on_planned : rig_on_planned, rig_on_finished,
        rig_on_drained, r, &r->info, &r->error);
    if (code)
        weir_loop_destroy(r->loop);
    return code;
}

static inline struct weir_item *rig_item(struct rig *r, const char *url) {
    struct weir_item *item = weir_item_create();
    CHECK(item);
    item->url = weir_strdup(url);
    item->n = ++r->wanted;
    return item;
}

/* Plans the URL, answers it, and goes on with the next. */
static inline struct weir_item *rig_add(struct rig *r, const char *url) {
    struct weir_item *item = rig_item(r, url);
    weir_storage_plan(r->storage, item);
    return item;
}

/* Until every item added is finished. */
static inline void rig_run(struct rig *r) {
    weir_storage_flush(r->storage, false);
    if (r->finished < r->wanted)
        weir_loop_run(r->loop);
}

static inline void rig_free_items(struct rig *r) {
    for (size_t i = 0; r->keep && i < sizeof r->items / sizeof *r->items; i++) {
        weir_item_destroy(r->items[i]);
        r->items[i] = NULL;
    }
}

static inline enum weir_err rig_close(struct rig *r, bool complete) {
    enum weir_err code = weir_storage_close(r->storage, complete, &r->error);
    weir_loop_destroy(r->loop);
    return code;
}

/* A whole run over URLs; the items stay in r->items until the next. */
static inline void rig_urls(struct rig *r, const char *const *urls, size_t n,
                            bool complete) {
    rig_free_items(r);
    if (rig_open(r))
        test_fail(__FILE__, __LINE__, "%s", r->error.message);
    for (size_t i = 0; i < n; i++)
        rig_add(r, urls[i]);
    rig_run(r);
    if (rig_close(r, complete))
        test_fail(__FILE__, __LINE__, "%s", r->error.message);
}

/* The file beneath the output folder holds this text (NULL: is not there). */
static inline void rig_check_file(const struct rig *r, const char *name,
                                  const char *text) {
    char path[1200], got[4096];
    snprintf(path, sizeof path, "%s/%s", r->folder, name);
    FILE *f = fopen(path, "rb");
    if (!f && text)
        test_fail(__FILE__, __LINE__, "%s is not there", path);
    if (!f)
        return;
    size_t n = fread(got, 1, sizeof got, f);
    fclose(f);
    if (!text)
        test_fail(__FILE__, __LINE__, "%s is there", path);
    CHECK_STR(weir_str_make(got, n), weir_str_of(text));
}

static inline void rig_write_file(const struct rig *r, const char *name,
                                  const char *text) {
    char path[1200];
    mkdir(r->folder, 0777);
    snprintf(path, sizeof path, "%s/%s", r->folder, name);
    FILE *f = fopen(path, "wb");
    CHECK(f);
    CHECK_INT(fwrite(text, 1, strlen(text), f), strlen(text));
    fclose(f);
}

#endif
