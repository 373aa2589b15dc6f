/* The frontier: order, fairness, leases, blocks, what is the same, and what a
 * restart finds. */
#include "base/mem.h"
#include "store/frontier.h"
#include "store/frontier_queue.h"
#include "test.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct rig {
    struct weir_store *store;
    struct weir_frontier *frontier;
    struct weir_run run;
    struct weir_error error;
    char path[512];
    /* What the last claim gave. */
    size_t count;
    uint64_t ids[64];
    uint32_t attempts[64];
    char urls[64][64];
};

static void rig_open(struct rig *r) {
    struct weir_store_config config = {.path = r->path};
    CHECK_OK(weir_store_open(&r->store, &config, &r->error));
    if (!r->run.id) {
        CHECK_OK(weir_store_begin(r->store, &r->error));
        CHECK_OK(weir_store_put_run(r->store, &r->run, &r->error));
        CHECK_OK(weir_store_commit(r->store, &r->error));
    }
    CHECK_OK(weir_frontier_open(&r->frontier, r->store, r->run.id, false,
                                &r->error));
}

static void rig_init(struct rig *r) {
    *r = (struct rig){.run = {.key = 7, .title = {"test", 4}}};
    snprintf(r->path, sizeof r->path, "%s/weir.db", test_dir());
    rig_open(r);
}

static void rig_close(struct rig *r) {
    weir_frontier_close(r->frontier);
    weir_store_close(r->store);
}

static void rig_reopen(struct rig *r) {
    rig_close(r);
    rig_open(r);
}

static bool put(struct rig *r, struct weir_frontier_entry e) {
    bool added = false;
    CHECK_OK(weir_store_begin(r->store, &r->error));
    CHECK_OK(weir_frontier_put(r->frontier, &e, &added, &r->error));
    CHECK_OK(weir_store_commit(r->store, &r->error));
    return added;
}

#define URL(u) .url = WEIR_STR(u)
#define ENTRY(...) ((struct weir_frontier_entry){__VA_ARGS__})

static enum weir_err on_entry(const struct weir_frontier_entry *e, void *data) {
    struct rig *r = data;
    r->ids[r->count] = e->id;
    r->attempts[r->count] = e->attempts;
    snprintf(r->urls[r->count++], 64, "%.*s", WEIR_STR_ARG(e->url));
    return WEIR_OK;
}

static size_t claim(struct rig *r, size_t max, int64_t now) {
    r->count = 0;
    CHECK_OK(
        weir_frontier_claim(r->frontier, max, now, on_entry, r, &r->error));
    return r->count;
}

static void acknowledge(struct rig *r, uint64_t id, bool failed) {
    CHECK_OK(weir_store_begin(r->store, &r->error));
    CHECK_OK(weir_frontier_acknowledge(r->frontier, id, failed, &r->error));
    CHECK_OK(weir_store_commit(r->store, &r->error));
}

static void write_leases(struct rig *r) {
    CHECK_OK(weir_store_begin(r->store, &r->error));
    CHECK_OK(weir_frontier_write(r->frontier, &r->error));
    CHECK_OK(weir_store_commit(r->store, &r->error));
}

static void check_claims(struct rig *r, int64_t now, const char *const *want,
                         size_t n) {
    CHECK_INT(claim(r, 64, now), n);
    for (size_t i = 0; i < n; i++)
        CHECK_Z(r->urls[i], want[i]);
}

TEST(frontier_gives_hosts_in_turn) {
    static const char *const want[] = {"http://a/1", "http://b/1",
                                       "http://c/1", "http://a/2",
                                       "http://b/2", "http://a/3"};
    struct rig r;
    rig_init(&r);
    put(&r, ENTRY(URL("http://a/1")));
    put(&r, ENTRY(URL("http://a/2")));
    put(&r, ENTRY(URL("http://a/3")));
    put(&r, ENTRY(URL("http://b/1")));
    put(&r, ENTRY(URL("http://b/2")));
    put(&r, ENTRY(URL("http://c/1")));
    check_claims(&r, 1, want, 6);
    CHECK_INT(claim(&r, 64, 1), 0);
    rig_close(&r);
}

TEST(frontier_orders_by_priority_then_order) {
    static const char *const want[] = {"http://a/urgent", "http://a/p1-i1",
                                       "http://a/p1-i2",  "http://a/p2-i1",
                                       "http://a/none-1", "http://a/none-2",
                                       "http://a/low"};
    struct rig r;
    rig_init(&r);
    put(&r, ENTRY(URL("http://a/low"), .priority = -1));
    put(&r, ENTRY(URL("http://a/none-1"), .order = WEIR_STR("000009")));
    put(&r, ENTRY(URL("http://a/p2-i1"),
                  .order = WEIR_STR("000001.000002.000001")));
    put(&r, ENTRY(URL("http://a/p1-i1"),
                  .order = WEIR_STR("000001.000001.000001")));
    put(&r, ENTRY(URL("http://a/p1-i2"),
                  .order = WEIR_STR("000001.000001.000002")));
    put(&r, ENTRY(URL("http://a/urgent"), .order = WEIR_STR("999999"),
                  .priority = 5));
    put(&r, ENTRY(URL("http://a/none-2"), .order = WEIR_STR("000009")));
    rig_reopen(&r); /* the order is the table's too */
    check_claims(&r, 1, want, 7);
    rig_close(&r);
}

/* One host with many entries: its heap spans blocks, and shrinks again. */
TEST(frontier_keeps_the_order_of_many) {
    enum { MANY = 2000 };
    struct weir_queue q;
    struct weir_slot slot;
    uint64_t host;
    enum weir_err code;
    CHECK_OK(weir_queue_init(&q));
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < MANY; i++) {
            slot = (struct weir_slot){.rank = (int64_t)(i * 7919u % MANY),
                                      .n = i + 1};
            CHECK_OK(weir_queue_put(&q, 3, &slot, 0));
        }
        CHECK_INT(q.count, MANY);
        for (int64_t i = 0; i < MANY; i++) {
            CHECK(weir_queue_take(&q, 0, &host, &slot, &code));
            CHECK_INT(slot.rank, i);
        }
        CHECK(!weir_queue_take(&q, 0, &host, &slot, &code));
        CHECK_INT(weir_map_count(q.hosts), 0);
    }
    weir_queue_release(&q);
}

TEST(frontier_set_holds_what_was_added) {
    struct weir_hash_set set;
    weir_hash_set_init(&set);
    CHECK(!weir_hash_set_has(&set, 0));
    CHECK(!weir_hash_set_has(&set, 17));
    for (uint64_t i = 0; i < 20000; i++)
        CHECK_OK(weir_hash_set_add(&set, i * 3));
    for (uint64_t i = 0; i < 60000; i++)
        CHECK_INT(weir_hash_set_has(&set, i), i % 3 == 0);
    weir_hash_set_release(&set);
}

TEST(frontier_adds_what_is_the_same_once) {
    struct rig r;
    rig_init(&r);
    CHECK(put(&r, ENTRY(URL("http://a/1"), .dedupe = WEIR_STR("a1"))));
    CHECK(!put(&r, ENTRY(URL("http://a/1?"), .dedupe = WEIR_STR("a1"))));
    CHECK(put(&r, ENTRY(URL("http://a/1")))); /* no dedupe: never the same */
    CHECK(put(&r, ENTRY(URL("http://a/1"))));
    CHECK_INT(claim(&r, 64, 1), 3);
    acknowledge(&r, r.ids[0], false);
    rig_reopen(&r); /* what is done counts too */
    CHECK(!put(&r, ENTRY(URL("http://a/1"), .dedupe = WEIR_STR("a1"))));
    CHECK(put(&r, ENTRY(URL("http://a/2"), .dedupe = WEIR_STR("a2"))));
    rig_close(&r);
}

static enum weir_err check_entry(const struct weir_frontier_entry *e,
                                 void *data) {
    const struct weir_frontier_entry *want = data;
    CHECK_STR(e->url, want->url);
    CHECK_STR(e->method, want->method);
    CHECK_STR(e->body, want->body);
    CHECK_STR(e->headers, want->headers);
    CHECK_STR(e->context, want->context);
    CHECK_STR(e->order, want->order);
    CHECK_INT(e->page, want->page);
    CHECK_INT(e->depth, want->depth);
    CHECK_INT(e->priority, want->priority);
    CHECK_INT(e->attempts, 1);
    return WEIR_OK;
}

TEST(frontier_keeps_everything_of_an_entry) {
    struct rig r;
    struct weir_frontier_entry e =
        ENTRY(URL("http://a/form"), .method = WEIR_STR("POST"),
              .body = WEIR_STR("a=1&b=\0x"), .headers = WEIR_STR("Accept: x\n"),
              .context = WEIR_STR("{\"n\":1}"), .order = WEIR_STR("000001"),
              .page = 3, .depth = 2, .priority = -4);
    rig_init(&r);
    put(&r, e);
    rig_reopen(&r);
    CHECK_INT(weir_frontier_count(r.frontier).queued, 1);
    CHECK_OK(weir_frontier_claim(r.frontier, 8, 1, check_entry, &e, &r.error));
    CHECK_INT(weir_frontier_count(r.frontier).leased, 1);
    rig_close(&r);
}

TEST(frontier_waits_for_what_is_not_due) {
    struct rig r;
    rig_init(&r);
    put(&r, ENTRY(URL("http://a/later"), .not_before = 100));
    put(&r, ENTRY(URL("http://a/sooner"), .not_before = 50));
    put(&r, ENTRY(URL("http://a/now")));
    CHECK_INT(weir_frontier_next_at(r.frontier), 50);
    CHECK_INT(claim(&r, 64, 10), 1);
    CHECK_Z(r.urls[0], "http://a/now");
    rig_reopen(&r); /* the lease was not written: it is as if not claimed */
    CHECK_INT(claim(&r, 64, 49), 1);
    CHECK_INT(claim(&r, 64, 50), 1);
    CHECK_Z(r.urls[0], "http://a/sooner");
    CHECK_INT(weir_frontier_next_at(r.frontier), 100);
    CHECK_INT(claim(&r, 64, 1000), 1);
    CHECK_INT(weir_frontier_next_at(r.frontier), 0);
    rig_close(&r);
}

static void block(struct rig *r, const char *url, int64_t until) {
    CHECK_OK(weir_store_begin(r->store, &r->error));
    CHECK_OK(
        weir_frontier_block(r->frontier, weir_str_of(url), until, &r->error));
    CHECK_OK(weir_store_commit(r->store, &r->error));
}

TEST(frontier_leaves_blocked_hosts_alone) {
    struct rig r;
    rig_init(&r);
    put(&r, ENTRY(URL("https://u:p@a:8443/1")));
    put(&r, ENTRY(URL("http://b/1")));
    block(&r, "https://a:8443/elsewhere?x", 100);
    CHECK_INT(weir_frontier_next_at(r.frontier), 100);
    CHECK_INT(claim(&r, 64, 99), 1);
    CHECK_Z(r.urls[0], "http://b/1");
    rig_reopen(&r); /* survives */
    CHECK_INT(claim(&r, 64, 99), 1);
    put(&r, ENTRY(URL("https://a:8443/2")));
    CHECK_INT(claim(&r, 64, 99), 0);
    block(&r, "https://a:8443/", 0);
    CHECK_INT(claim(&r, 64, 99), 2);
    rig_close(&r);
}

TEST(frontier_gives_leases_of_the_dead_back) {
    struct rig r;
    rig_init(&r);
    put(&r, ENTRY(URL("http://a/1")));
    put(&r, ENTRY(URL("http://a/2")));
    put(&r, ENTRY(URL("http://a/3")));
    CHECK_INT(claim(&r, 3, 1), 3);
    write_leases(&r);
    acknowledge(&r, r.ids[1], false);
    acknowledge(&r, r.ids[2], true);
    struct weir_frontier_counts n = weir_frontier_count(r.frontier);
    CHECK_INT(n.leased, 1);
    CHECK_INT(n.done, 1);
    CHECK_INT(n.failed, 1);
    rig_reopen(&r);
    n = weir_frontier_count(r.frontier);
    CHECK_INT(n.queued, 1);
    CHECK_INT(n.leased, 0);
    CHECK_INT(n.done, 1);
    CHECK_INT(n.failed, 1);
    CHECK_INT(claim(&r, 3, 1), 1);
    CHECK_Z(r.urls[0], "http://a/1");
    CHECK_INT(r.attempts[0], 2);
    rig_close(&r);
}

TEST(frontier_takes_leases_back) {
    struct rig r;
    rig_init(&r);
    put(&r, ENTRY(URL("http://a/1")));
    for (int written = 0; written < 2; written++) {
        CHECK_INT(claim(&r, 1, 1), 1);
        CHECK_INT(r.attempts[0], 1);
        if (written)
            write_leases(&r);
        CHECK_OK(weir_store_begin(r.store, &r.error));
        CHECK_OK(weir_frontier_release(r.frontier, r.ids[0], &r.error));
        CHECK_OK(weir_frontier_release(r.frontier, r.ids[0], &r.error));
        CHECK_OK(weir_store_commit(r.store, &r.error));
        CHECK_INT(weir_frontier_count(r.frontier).queued, 1);
        CHECK_INT(weir_frontier_count(r.frontier).leased, 0);
    }
    rig_reopen(&r);
    CHECK_INT(claim(&r, 1, 1), 1);
    CHECK_INT(r.attempts[0], 1);
    CHECK_OK(weir_store_begin(r.store, &r.error));
    CHECK_INT(weir_frontier_acknowledge(r.frontier, 12345, false, &r.error),
              WEIR_E_INVALID);
    weir_store_rollback(r.store);
    rig_close(&r);
}

TEST(frontier_repeats_failures_when_asked) {
    struct rig r;
    rig_init(&r);
    put(&r, ENTRY(URL("http://a/1")));
    CHECK_INT(claim(&r, 1, 1), 1);
    acknowledge(&r, r.ids[0], true);
    weir_frontier_close(r.frontier);
    CHECK_OK(
        weir_frontier_open(&r.frontier, r.store, r.run.id, true, &r.error));
    CHECK_INT(claim(&r, 1, 1), 1);
    CHECK_INT(r.attempts[0], 2);
    rig_close(&r);
}

TEST(frontier_knows_its_run_only) {
    struct rig r;
    struct weir_run other = {.key = 7, .title = {"x", 1}};
    struct weir_frontier *f;
    rig_init(&r);
    put(&r, ENTRY(URL("http://a/1"), .dedupe = WEIR_STR("a1")));
    CHECK_OK(weir_store_begin(r.store, &r.error));
    CHECK_OK(weir_store_put_run(r.store, &other, &r.error));
    CHECK_OK(weir_store_commit(r.store, &r.error));
    CHECK_OK(weir_frontier_open(&f, r.store, other.id, false, &r.error));
    CHECK_INT(weir_frontier_count(f).queued, 0);
    weir_frontier_close(f);
    /* A new run of the key forgets the older one. */
    CHECK_OK(weir_store_begin(r.store, &r.error));
    CHECK_OK(weir_frontier_forget(r.store, 8, other.id, false, &r.error));
    CHECK_OK(weir_store_commit(r.store, &r.error));
    rig_reopen(&r);
    CHECK_INT(weir_frontier_count(r.frontier).queued, 1);
    CHECK_OK(weir_store_begin(r.store, &r.error));
    CHECK_OK(weir_frontier_forget(r.store, 7, other.id, false, &r.error));
    CHECK_OK(weir_store_commit(r.store, &r.error));
    rig_reopen(&r);
    CHECK_INT(weir_frontier_count(r.frontier).queued, 0);
    rig_close(&r);
}

/* What was not committed never was, whatever the process did before. */
TEST(frontier_survives_a_kill) {
    struct rig r;
    rig_init(&r);
    put(&r, ENTRY(URL("http://a/1"), .dedupe = WEIR_STR("a1")));
    rig_close(&r);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct weir_frontier_entry e =
            ENTRY(URL("http://a/2"), .dedupe = WEIR_STR("a2"));
        bool added;
        rig_open(&r);
        claim(&r, 1, 1);
        if (weir_store_begin(r.store, NULL) ||
            weir_frontier_put(r.frontier, &e, &added, NULL) ||
            weir_frontier_acknowledge(r.frontier, r.ids[0], false, NULL))
            _exit(1);
        _exit(0); /* before the commit */
    }
    int status;
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(status, 0);
    rig_open(&r);
    CHECK_INT(weir_frontier_count(r.frontier).queued, 1);
    CHECK_INT(weir_frontier_count(r.frontier).done, 0);
    CHECK(put(&r, ENTRY(URL("http://a/2"), .dedupe = WEIR_STR("a2"))));
    rig_close(&r);
}

static enum weir_err use_frontier(struct rig *r) {
    struct weir_frontier_entry e =
        ENTRY(URL("http://a/1"), .dedupe = WEIR_STR("x"));
    struct weir_frontier *f = NULL;
    bool added;
    r->count = 0;
    enum weir_err code =
        weir_frontier_open(&f, r->store, r->run.id, false, &r->error);
    if (!code && !(code = weir_store_begin(r->store, &r->error))) {
        code = weir_frontier_put(f, &e, &added, &r->error);
        if (!code)
            code = weir_frontier_claim(f, 8, 1, on_entry, r, &r->error);
        if (!code)
            code = weir_frontier_write(f, &r->error);
        if (!code)
            code = weir_frontier_release(f, r->ids[0], &r->error);
        weir_store_rollback(r->store);
    }
    weir_frontier_close(f);
    return code;
}

TEST(frontier_returns_every_lack_of_memory) {
    struct rig r;
    rig_init(&r);
    unsigned long n = 1;
    for (; n < 500; n++) {
        weir_mem_fail_nth(n);
        enum weir_err code = use_frontier(&r);
        weir_mem_fail_nth(0);
        if (code == WEIR_OK)
            break;
        CHECK_INT(code, WEIR_E_NOMEM);
    }
    CHECK(n > 5 && n < 500);
    CHECK_INT(weir_frontier_count(r.frontier).queued, 0);
    rig_close(&r);
}
