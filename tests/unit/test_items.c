/* Items: what is new to a run and to the job, what outputs get of them. */
#include "store/items.h"
#include "test.h"

#include <stdio.h>

struct rig {
    struct weir_store *store;
    struct weir_items *items;
    struct weir_run run;
    struct weir_error error;
    char path[512], got[1024];
    bool keep_all;
};

static void rig_run(struct rig *r) {
    weir_items_close(r->items);
    r->run = (struct weir_run){.key = 7, .title = {"test", 4}};
    CHECK_OK(weir_store_begin(r->store, &r->error));
    CHECK_OK(weir_store_put_run(r->store, &r->run, &r->error));
    CHECK_OK(weir_store_commit(r->store, &r->error));
    CHECK_OK(weir_items_open(&r->items, r->store, 42, r->run.id, r->keep_all,
                             &r->error));
}

static void rig_init(struct rig *r, bool keep_all) {
    *r = (struct rig){.keep_all = keep_all};
    snprintf(r->path, sizeof r->path, "%s/weir.db", test_dir());
    struct weir_store_config config = {.path = r->path};
    CHECK_OK(weir_store_open(&r->store, &config, &r->error));
    rig_run(r);
}

static void rig_close(struct rig *r) {
    weir_items_close(r->items);
    weir_store_close(r->store);
}

static struct weir_item_news put(struct rig *r, const char *key,
                                 const char *json, const char *order,
                                 bool partial, int64_t now) {
    struct weir_item_news news;
    struct weir_item_record record = {.json = weir_str_of(json),
                                      .key = weir_str_of(key),
                                      .order = weir_str_of(order),
                                      .page = 1,
                                      .partial = partial,
                                      .retrieved = now};
    CHECK_OK(weir_store_begin(r->store, &r->error));
    CHECK_OK(weir_items_put(r->items, &record, now, &news, &r->error));
    CHECK_OK(weir_store_commit(r->store, &r->error));
    return news;
}

#define CHECK_NEWS(call, run_, ever_, first_)                                  \
    do {                                                                       \
        struct weir_item_news n_ = (call);                                     \
        CHECK_INT(n_.in_run, run_);                                            \
        CHECK_INT(n_.ever, ever_);                                             \
        CHECK_INT(n_.first, first_);                                           \
    } while (0)

static const char *list(struct rig *r, enum weir_items_scope scope, bool input,
                        int64_t after) {
    struct weir_items_cursor *cursor;
    struct weir_item_record record;
    bool more;
    size_t n = 0;
    r->got[0] = '\0';
    CHECK_OK(weir_items_walk(&cursor, r->items, scope, input, &r->error));
    weir_items_after(cursor, after);
    for (int pass = 0; pass < 2; pass++) { /* rewinding gives the same again */
        n = 0;
        for (;;) {
            CHECK_OK(weir_items_next(cursor, &record, &more, &r->error));
            if (!more)
                break;
            n += (size_t)snprintf(r->got + n, sizeof r->got - n, "%.*s%s@%d ",
                                  WEIR_STR_ARG(record.json),
                                  record.first ? "!" : "",
                                  (int)record.retrieved);
        }
        weir_items_rewind(cursor);
    }
    weir_items_end(cursor);
    return r->got;
}

TEST(items_know_what_is_new) {
    struct rig r;
    uint64_t count;
    rig_init(&r, false);
    CHECK_NEWS(put(&r, "a", "A", "1", false, 10), 1, 1, 1);
    CHECK_NEWS(put(&r, "a", "A2", "1", false, 11), 0, 0, 0);
    CHECK_NEWS(put(&r, "b", "B", "2", false, 12), 1, 1, 1);
    rig_run(&r);
    CHECK_NEWS(put(&r, "a", "A2", "1", false, 20), 1, 0, 0);
    CHECK_NEWS(put(&r, "c", "C", "0", false, 21), 1, 1, 1);
    CHECK_NEWS(put(&r, "a", "A3", "1", false, 22), 0, 0, 0);
    CHECK_OK(weir_items_count(r.items, &count, &r.error));
    CHECK_INT(count, 3);
    CHECK_Z(list(&r, WEIR_ITEMS_RUN, false, -1), "C!@21 A3@22 ");
    CHECK_Z(list(&r, WEIR_ITEMS_RUN, true, -1), "C!@21 A3@22 ");
    CHECK_Z(list(&r, WEIR_ITEMS_JOB, true, -1), "C!@21 A3@22 B@12 ");
    CHECK_Z(list(&r, WEIR_ITEMS_JOB, false, -1), "B@12 C!@21 A3@22 ");
    rig_close(&r);
}

/* A page that is fetched again and says the same does not make a feed newer. */
TEST(items_keep_the_date_of_what_did_not_change) {
    struct rig r;
    rig_init(&r, false);
    put(&r, "a", "A", "1", false, 10);
    rig_run(&r);
    put(&r, "a", "A", "1", false, 20);
    CHECK_Z(list(&r, WEIR_ITEMS_JOB, true, -1), "A@10 ");
    put(&r, "a", "A'", "1", false, 30);
    CHECK_Z(list(&r, WEIR_ITEMS_JOB, true, -1), "A'@30 ");
    rig_close(&r);
}

TEST(items_that_are_partial_are_seen_only) {
    struct rig r;
    rig_init(&r, false);
    CHECK_NEWS(put(&r, "a", "half", "1", true, 10), 1, 1, 1);
    CHECK_Z(list(&r, WEIR_ITEMS_JOB, true, -1), "");
    CHECK_NEWS(put(&r, "a", "whole", "1", false, 11), 0, 0, 1);
    CHECK_Z(list(&r, WEIR_ITEMS_RUN, true, -1), "whole!@11 ");
    rig_run(&r);
    CHECK_NEWS(put(&r, "a", "half", "1", true, 20), 1, 0, 0);
    CHECK_Z(list(&r, WEIR_ITEMS_RUN, true, -1), "");
    CHECK_Z(list(&r, WEIR_ITEMS_JOB, true, -1), "whole@11 ");
    CHECK_NEWS(put(&r, "a", "whole", "1", false, 21), 0, 0, 0);
    CHECK_Z(list(&r, WEIR_ITEMS_RUN, true, -1), "whole@11 ");
    rig_close(&r);
}

TEST(items_that_are_alike_are_kept_where_wanted) {
    struct rig r;
    rig_init(&r, true);
    put(&r, "a", "A", "1", false, 10);
    put(&r, "a", "A", "2", false, 10);
    put(&r, "a", "A", "3", false, 10);
    CHECK_Z(list(&r, WEIR_ITEMS_RUN, true, -1), "A!@10 A!@10 A!@10 ");
    CHECK_Z(list(&r, WEIR_ITEMS_JOB, true, -1), "A!@10 ");
    rig_run(&r);
    for (int i = 0; i < 4; i++)
        put(&r, "a", "A", "1", false, 20);
    CHECK_Z(list(&r, WEIR_ITEMS_RUN, true, -1), "A@10 A@10 A@10 A@20 ");
    CHECK_Z(list(&r, WEIR_ITEMS_JOB, true, -1), "A@20 ");
    rig_close(&r);
}

TEST(items_of_later_batches) {
    struct rig r;
    rig_init(&r, false);
    put(&r, "a", "A", "1", false, 10);
    int64_t batch = weir_store_batch(r.store);
    put(&r, "b", "B", "2", false, 10);
    CHECK_INT(weir_store_batch(r.store), batch + 1);
    CHECK_Z(list(&r, WEIR_ITEMS_RUN, false, batch - 1), "A!@10 B!@10 ");
    CHECK_Z(list(&r, WEIR_ITEMS_RUN, false, batch), "B!@10 ");
    CHECK_Z(list(&r, WEIR_ITEMS_RUN, false, batch + 1), "");
    rig_close(&r);
}

TEST(items_that_are_old_are_pruned) {
    struct rig r;
    uint64_t count;
    rig_init(&r, false);
    put(&r, "a", "A", "1", false, 10);
    put(&r, "b", "B", "2", false, 100);
    rig_run(&r);
    put(&r, "c", "C", "3", false, 10); /* of this run: stays */
    CHECK_OK(weir_store_begin(r.store, &r.error));
    CHECK_OK(weir_items_prune(r.items, 50, &r.error));
    CHECK_OK(weir_store_commit(r.store, &r.error));
    CHECK_Z(list(&r, WEIR_ITEMS_JOB, true, -1), "B@100 C!@10 ");
    CHECK_OK(weir_items_count(r.items, &count, &r.error));
    CHECK_INT(count, 2);
    rig_close(&r);
}
