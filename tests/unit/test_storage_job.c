/* A job on the storage thread: its frontier, bodies, records and outputs, and
 * what a kill leaves of them. */
#include "job_rig.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char head[] = "Cache-Control: max-age=86400\nETag: \"v1\"\n"
                           "Content-Type: text/html\n";

static void answer_page(struct rig *r, struct weir_item *item) {
    (void)r;
    rig_reply(item, 200, head, item->url);
}

static void answer_never(struct rig *r, struct weir_item *item) {
    (void)r;
    test_fail(__FILE__, __LINE__, "%s was asked for", item->url);
}

static unsigned page_of(const char *url) {
    return (unsigned)strtoul(strrchr(url, '/') + 1, NULL, 10);
}

enum { PAGES = 12 };

/* A pager of PAGES pages with two records each. */
static void grow_pager(struct job_rig *j, const struct weir_entry *entry,
                       struct weir_job_commit *c) {
    unsigned n = page_of(entry->url);
    (void)j;
    for (unsigned i = 0; i < 2; i++) {
        char key[32], json[64];
        snprintf(key, sizeof key, "%06u.%u", n, i);
        snprintf(json, sizeof json, "{\"id\":%u}", n * 2 + i);
        job_record(c, key, json);
    }
    if (n + 1 < PAGES) {
        char url[64];
        snprintf(url, sizeof url, "http://h/%u", n + 1);
        job_entry(&c->entries, url, NULL, WEIR_ENTRY_ALWAYS);
    }
}

static const char *const first[] = {"http://h/0"};

/* {"id":0}.. */
static void put_lines(char *out, size_t size) {
    size_t n = 0;
    for (unsigned i = 0; i < 2 * PAGES; i++)
        n += (size_t)snprintf(out + n, size - n, "{\"id\":%u}\n", i);
}

TEST(job_works_off_its_frontier) {
    struct job_rig j;
    job_init(&j, answer_page, grow_pager);
    CHECK_OK(job_begin(&j, first, 1));
    CHECK(!j.info.resumed);
    CHECK_INT(j.info.queued, 1);
    CHECK_INT(j.info.items, 0);
    job_work_all(&j);
    CHECK_INT(j.worked, PAGES);
    CHECK_INT(j.queued, 0);
    CHECK_OK(rig_close(&j.r, true));
    /* Complete: the next run begins anew, and knows the items. */
    CHECK_OK(job_begin(&j, first, 1));
    CHECK(!j.info.resumed);
    CHECK_INT(j.info.queued, 1);
    CHECK_INT(j.info.done, 0);
    CHECK_INT(j.info.items, 2 * PAGES);
    CHECK_OK(rig_close(&j.r, false));
}

TEST(job_goes_on_where_it_stopped) {
    struct job_rig j;
    job_init(&j, answer_page, grow_pager);
    CHECK_OK(job_begin(&j, first, 1));
    for (int i = 0; i < 3; i++) {
        CHECK_INT(job_claim(&j, 4, 1), 1);
        job_work(&j);
    }
    CHECK_INT(job_claim(&j, 4, 1), 1); /* leased, and never acknowledged */
    job_drop_entries(&j);
    CHECK_OK(rig_close(&j.r, false));
    CHECK_OK(job_begin(&j, first, 1));
    CHECK(j.info.resumed);
    CHECK_INT(j.info.queued, 1);
    CHECK_INT(j.info.done, 3);
    CHECK_INT(job_claim(&j, 4, 1), 1);
    struct weir_entry *e =
        WEIR_CONTAINER(j.entries.next, struct weir_entry, link);
    CHECK_Z(e->url, "http://h/3");
    CHECK_INT(e->attempts, 2);
    job_work(&j);
    job_work_all(&j);
    CHECK_INT(j.worked, PAGES);
    CHECK_OK(rig_close(&j.r, true));
}

/* Each page asks for the next one under a condition; the records repeat from
 * page 2 on. */
static void grow_if_new(struct job_rig *j, const struct weir_entry *entry,
                        struct weir_job_commit *c) {
    unsigned n = page_of(entry->url);
    char key[32], url[64];
    snprintf(key, sizeof key, "%u", n < 2 ? n : 2);
    job_record(c, key, "{}")->partial = n == 1;
    snprintf(url, sizeof url, "http://h/%u", n + 1);
    job_entry(&c->entries, url, NULL,
              j->r.data ? WEIR_ENTRY_IF_UNKNOWN : WEIR_ENTRY_IF_NEW);
}

TEST(job_adds_entries_on_conditions) {
    struct job_rig j;
    job_init(&j, answer_page, grow_if_new);
    CHECK_OK(job_begin(&j, first, 1));
    job_work_all(&j);
    CHECK_INT(j.worked, 4); /* 0, 1, 2 were new, 3 was not */
    CHECK_OK(rig_close(&j.r, true));
    j.worked = 0;
    CHECK_OK(job_begin(&j, first, 1)); /* new to this run again */
    job_work_all(&j);
    CHECK_INT(j.worked, 4);
    CHECK_OK(rig_close(&j.r, true));
    j.worked = 0;
    j.r.data = &j; /* from here on: unknown to every run */
    CHECK_OK(job_begin(&j, first, 1));
    job_work_all(&j);
    CHECK_INT(j.worked, 1);
    CHECK_OK(rig_close(&j.r, true));
}

TEST(job_takes_entries_and_leases_back) {
    struct job_rig j;
    struct weir_list more;
    job_init(&j, answer_page, NULL);
    CHECK_OK(job_begin(&j, first, 1));
    CHECK_INT(job_claim(&j, 4, 1), 1);
    struct weir_entry *e = job_next(&j);
    weir_storage_release_entry(j.r.storage, e->id);
    weir_entry_destroy(e);
    weir_list_init(&more);
    job_entry(&more, "http://h/1", "http://h/1", WEIR_ENTRY_ALWAYS);
    job_entry(&more, "http://h/0", first[0], WEIR_ENTRY_ALWAYS); /* known */
    job_entry(&more, "http://x/2", NULL, WEIR_ENTRY_ALWAYS);
    WEIR_CONTAINER(more.prev, struct weir_entry, link)->not_before = 500;
    weir_storage_put_entries(j.r.storage, &more);
    weir_storage_block_host(j.r.storage, "http://h/", 300);
    CHECK_INT(job_claim(&j, 4, 1), 0);
    CHECK_INT(j.queued, 3);
    CHECK_INT(j.next_at, 300);
    CHECK_INT(job_claim(&j, 4, 300), 2);
    CHECK_INT(j.next_at, 500);
    job_work(&j);
    CHECK_INT(job_claim(&j, 4, 500), 1);
    job_work(&j);
    CHECK_INT(j.next_at, 0);
    CHECK_OK(rig_close(&j.r, true));
}

/* --- bodies --- */

static char loaded[256];

static void note_body(const struct weir_item *item) {
    size_t n = 0;
    for (struct weir_list *at = item->body.next; at != &item->body;
         at = at->next) {
        struct weir_chunk *c = WEIR_CONTAINER(at, struct weir_chunk, link);
        memcpy(loaded + n, c->bytes, c->len);
        n += c->len;
    }
    loaded[n] = '\0';
}

static struct weir_item *one_item(struct job_rig *j, const char *url) {
    weir_list_init(&j->entries);
    struct weir_item *item = rig_item(&j->r, url);
    weir_storage_plan(j->r.storage, item);
    rig_run(&j->r);
    return j->r.items[1];
}

TEST(job_bodies_are_kept) {
    static const char page[] = "http://h/page";
    struct job_rig j;
    job_init(&j, answer_page, NULL);
    j.r.keep = true;
    CHECK_OK(job_begin(&j, first, 0));
    CHECK_INT(one_item(&j, page)->error.code, 0);
    CHECK_OK(rig_close(&j.r, true));
    rig_free_items(&j.r);
    /* A plan that says FRESH has it all; the rig gives it back unread, and the
     * finish frees it, so it is looked at in the next step. */
    j.r.answer = answer_never;
    CHECK_OK(job_begin(&j, first, 0));
    struct weir_item *item = one_item(&j, page);
    CHECK_INT(item->verdict, WEIR_PLAN_FRESH);
    CHECK(item->from_cache);
    CHECK_INT(item->bytes, strlen(page));
    CHECK_INT(item->status, 200);
    CHECK(item->response_time > 0);
    CHECK(strstr(item->response_head, "text/html"));
    CHECK(weir_list_empty(&item->body));
    CHECK_OK(rig_close(&j.r, true));
    rig_free_items(&j.r);
    /* Other pages are not there. */
    j.r.config.cache = WEIR_CACHE_REPLAY;
    CHECK_OK(job_begin(&j, first, 0));
    CHECK_INT(one_item(&j, "http://h/other")->verdict, WEIR_PLAN_REFUSED);
    CHECK_OK(rig_close(&j.r, true));
    rig_free_items(&j.r);
}

static void on_loaded(struct weir_item *item, void *data) {
    struct rig *r = data;
    note_body(item);
    item->outcome = WEIR_OUTCOME_NOT_MODIFIED;
    weir_storage_finish(r->storage, item);
    weir_storage_flush(r->storage, true);
}

static void answer_304(struct rig *r, struct weir_item *item) {
    CHECK_Z(item->etag, "\"v1\"");
    rig_reply(item, 304, "ETag: \"v1\"\nX-New: 1\n", "");
    weir_storage_load(r->storage, item, on_loaded, r);
}

/* As rig_on_planned, but the answer finishes by itself. */
static void on_planned(struct weir_list *items, void *data) {
    struct rig *r = data;
    while (!weir_list_empty(items)) {
        struct weir_item *item =
            WEIR_CONTAINER(items->next, struct weir_item, link);
        weir_list_remove(&item->link);
        if (item->verdict == WEIR_PLAN_FRESH) {
            note_body(item);
            item->outcome = WEIR_OUTCOME_KEPT;
            weir_storage_finish(r->storage, item);
            weir_storage_flush(r->storage, true);
        } else {
            CHECK_INT(item->verdict, WEIR_PLAN_FETCH);
            r->answer(r, item);
        }
    }
}

TEST(job_bodies_are_loaded_after_a_304) {
    static const char page[] = "http://h/page";
    struct job_rig j;
    job_init(&j, answer_page, NULL);
    j.r.keep = true;
    CHECK_OK(job_begin(&j, first, 0));
    one_item(&j, page);
    CHECK_OK(rig_close(&j.r, true));
    for (int asks = 0; asks < 2; asks++) {
        rig_free_items(&j.r);
        loaded[0] = '\0';
        j.r.answer = asks ? answer_304 : answer_never;
        j.r.on_planned = on_planned;
        CHECK_OK(job_begin(&j, first, 0));
        struct weir_item *item = rig_item(&j.r, page);
        item->has_cache = asks; /* of its own */
        item->cache = WEIR_CACHE_REVALIDATE;
        weir_storage_plan(j.r.storage, item);
        rig_run(&j.r);
        item = j.r.items[1];
        CHECK_INT(item->error.code, 0);
        CHECK_Z(loaded, page);
        CHECK_INT(item->status, 200);
        CHECK(item->from_cache);
        CHECK_INT(strstr(item->response_head, "X-New") != NULL, asks);
        CHECK(strstr(item->response_head, "text/html"));
        CHECK_OK(rig_close(&j.r, true));
    }
    rig_free_items(&j.r);
}

/* --- outputs --- */

TEST(job_outputs_are_written) {
    char lines[1024];
    struct job_rig j;
    put_lines(lines, sizeof lines);
    job_init(&j, answer_page, grow_pager);
    job_output(&j, WEIR_OUTPUT_JSONL, WEIR_MODE_REPLACE, "anew.jsonl")
        ->input_order = true;
    job_output(&j, WEIR_OUTPUT_JSONL, WEIR_MODE_APPEND, "grows.jsonl");
    job_output(&j, WEIR_OUTPUT_JSONL, WEIR_MODE_APPEND, "late.jsonl")
        ->input_order = true;
    job_output(&j, WEIR_OUTPUT_JSONL, WEIR_MODE_NEW, "new.jsonl");
    CHECK_OK(job_begin(&j, first, 1));
    job_work_all(&j);
    rig_check_file(&j.r, "anew.jsonl", NULL);
    rig_check_file(&j.r, "grows.jsonl", lines);
    CHECK_OK(rig_close(&j.r, true));
    rig_check_file(&j.r, "anew.jsonl", lines);
    rig_check_file(&j.r, "grows.jsonl", lines);
    rig_check_file(&j.r, "late.jsonl", lines);
    rig_check_file(&j.r, "new.jsonl", lines);
    /* Once more: nothing is new. */
    CHECK_OK(job_begin(&j, first, 1));
    job_work_all(&j);
    CHECK_OK(rig_close(&j.r, true));
    char twice[2048];
    snprintf(twice, sizeof twice, "%s%s", lines, lines);
    rig_check_file(&j.r, "anew.jsonl", lines);
    rig_check_file(&j.r, "grows.jsonl", twice);
    rig_check_file(&j.r, "late.jsonl", twice);
    rig_check_file(&j.r, "new.jsonl", lines);
    CHECK_INT(j.problems, 0);
}

/* One page with one record, the number of the run. */
static void grow_one(struct job_rig *j, const struct weir_entry *entry,
                     struct weir_job_commit *c) {
    char json[128], key[32];
    (void)entry;
    snprintf(key, sizeof key, "k%zu", j->claims);
    snprintf(json, sizeof json,
             "{\"title\":\"t%zu\",\"link\":\"http://h/%zu\"}", j->claims,
             j->claims);
    job_record(c, key, json);
}

TEST(job_feeds_hold_the_items_of_all_runs) {
    char path[1200], text[8192];
    struct job_rig j;
    static const struct weir_job_pair channel[] = {
        {"title", "T"}, {"link", "http://h/"}, {"description", "D"}};
    job_init(&j, answer_page, grow_one);
    struct weir_output *o =
        job_output(&j, WEIR_OUTPUT_RSS, WEIR_MODE_REPLACE, "feed.xml");
    o->channel = channel;
    o->channel_count = 3;
    for (int run = 0; run < 2; run++) {
        CHECK_OK(job_begin(&j, first, 1));
        CHECK_INT(job_claim(&j, 4, 1), 1);
        job_work(&j);
        CHECK_OK(rig_close(&j.r, true));
    }
    snprintf(path, sizeof path, "%s/feed.xml", j.r.folder);
    FILE *f = fopen(path, "rb");
    CHECK(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    CHECK(strstr(text, "<title>t1</title>"));
    CHECK(strstr(text, "<title>t2</title>"));
}

TEST(job_says_which_output_cannot_be_written) {
    struct job_rig j;
    char path[1200];
    job_init(&j, answer_page, grow_pager);
    job_output(&j, WEIR_OUTPUT_JSONL, WEIR_MODE_APPEND, "in/the/way.jsonl");
    rig_write_file(&j.r, "in", "a file");
    CHECK_INT(job_begin(&j, first, 1), WEIR_E_IO);
    CHECK(strstr(j.r.error.message, "way.jsonl"));
    snprintf(path, sizeof path, "%s/in", j.r.folder);
    CHECK_INT(unlink(path), 0);
    CHECK_OK(job_begin(&j, first, 1)); /* the run is there still */
    job_work_all(&j);
    CHECK_OK(rig_close(&j.r, true));
    CHECK_INT(j.worked, PAGES);
}

/* An output that only fails at the end leaves a run that just writes it. */
TEST(job_is_resumable_after_an_output_failed) {
    struct job_rig j;
    char path[1200], lines[1024];
    put_lines(lines, sizeof lines);
    job_init(&j, answer_page, grow_pager);
    job_output(&j, WEIR_OUTPUT_JSONL, WEIR_MODE_REPLACE, "out.jsonl");
    CHECK_OK(job_begin(&j, first, 1));
    job_work_all(&j);
    snprintf(path, sizeof path, "%s/out.jsonl", j.r.folder);
    CHECK_INT(mkdir(path, 0777), 0);
    CHECK_INT(rig_close(&j.r, true), WEIR_E_IO);
    CHECK(strstr(j.r.error.message, "out.jsonl"));
    CHECK_INT(rmdir(path), 0);
    CHECK_OK(job_begin(&j, first, 1));
    CHECK(j.info.resumed);
    CHECK_INT(j.info.done, PAGES);
    CHECK_INT(job_claim(&j, 4, 1), 0);
    CHECK_OK(rig_close(&j.r, true));
    rig_check_file(&j.r, "out.jsonl", lines);
}

TEST(job_refuses_a_second_process) {
    struct job_rig j, k;
    job_init(&j, answer_page, grow_pager);
    job_init(&k, answer_page, grow_pager);
    CHECK_OK(job_begin(&j, first, 1));
    CHECK_INT(job_begin(&k, first, 1), WEIR_E_STORE);
    CHECK(strstr(k.r.error.message, "another weir"));
    k.r.config.run_key = "another job"; /* is no obstacle */
    CHECK_OK(job_begin(&k, first, 1));
    job_work_all(&k);
    job_work_all(&j);
    CHECK_OK(rig_close(&k.r, true));
    CHECK_OK(rig_close(&j.r, true));
    CHECK_INT(j.worked, PAGES);
    CHECK_INT(k.worked, PAGES);
}

/* --- kills --- */

static uint64_t count_rows(const struct job_rig *j, const char *sql) {
    char path[1200];
    sqlite3 *db;
    sqlite3_stmt *stmt;
    snprintf(path, sizeof path, "%s/out.db", j->r.folder);
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_step(stmt), SQLITE_ROW);
    uint64_t n = (uint64_t)sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return n;
}

/* A process that is killed while its storage thread may be anywhere in the
 * commit of its last page. */
static void work_and_die(struct job_rig *j, unsigned pages, unsigned spin) {
    if (job_begin(j, first, 1))
        _exit(1);
    for (unsigned i = 0; i < pages && job_claim(j, 4, 1) > 0; i++)
        job_work(j);
    if (job_claim(j, 4, 1) > 0) {
        struct weir_entry *e = job_next(j);
        struct weir_item *item = rig_item(&j->r, e->url);
        item->commit = weir_job_commit_create();
        item->commit->entry = e->id;
        grow_pager(j, e, item->commit);
        rig_reply(item, 200, head, e->url);
        weir_storage_plan(j->r.storage, item);
        weir_storage_finish(j->r.storage, item);
        weir_storage_flush(j->r.storage, true);
    }
    for (volatile unsigned i = 0; i < spin * 20000; i++)
        ;
    kill(getpid(), SIGKILL);
}

TEST(job_outputs_are_exact_after_kills) {
    char lines[1024];
    struct job_rig j;
    put_lines(lines, sizeof lines);
    job_init(&j, answer_page, grow_pager);
    job_output(&j, WEIR_OUTPUT_JSONL, WEIR_MODE_APPEND, "out.jsonl");
    job_output(&j, WEIR_OUTPUT_SQLITE, WEIR_MODE_APPEND, "out.db");
    job_output(&j, WEIR_OUTPUT_JSONL, WEIR_MODE_REPLACE, "anew.jsonl");
    for (unsigned kills = 0; kills < 16; kills++) {
        int status;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0)
            work_and_die(&j, kills % 2, kills);
        CHECK_INT(waitpid(child, &status, 0), child);
        CHECK(WIFSIGNALED(status));
    }
    CHECK_OK(job_begin(&j, first, 1));
    CHECK(j.info.resumed);
    CHECK(j.info.done > 0);
    job_work_all(&j);
    CHECK_OK(rig_close(&j.r, true));
    rig_check_file(&j.r, "out.jsonl", lines);
    rig_check_file(&j.r, "anew.jsonl", lines);
    CHECK_INT(count_rows(&j, "SELECT count(*) FROM items"), 2 * PAGES);
    CHECK_INT(count_rows(&j, "SELECT count(DISTINCT id) FROM items"),
              2 * PAGES);
}

/* Bytes behind the noted place came from a batch that was never committed. */
TEST(job_cuts_off_what_was_not_acknowledged) {
    char lines[1024], path[1200];
    struct job_rig j;
    put_lines(lines, sizeof lines);
    job_init(&j, answer_page, grow_pager);
    job_output(&j, WEIR_OUTPUT_JSONL, WEIR_MODE_APPEND, "out.jsonl");
    pid_t child = fork();
    int status;
    if (child == 0)
        work_and_die(&j, 2, 0);
    CHECK_INT(waitpid(child, &status, 0), child);
    snprintf(path, sizeof path, "%s/out.jsonl", j.r.folder);
    FILE *f = fopen(path, "ab");
    CHECK(f);
    fputs("{\"torn", f);
    fclose(f);
    CHECK_OK(job_begin(&j, first, 1));
    job_work_all(&j);
    CHECK_OK(rig_close(&j.r, true));
    rig_check_file(&j.r, "out.jsonl", lines);
    /* Behind a run that ended well others may write. */
    f = fopen(path, "ab");
    fputs("mine\n", f);
    fclose(f);
    CHECK_OK(job_begin(&j, first, 0));
    CHECK_OK(rig_close(&j.r, true));
    strcat(lines, "mine\n");
    rig_check_file(&j.r, "out.jsonl", lines);
}

/* --- probes, pruning --- */

static struct weir_probe probed;
static int probe_found;

static void on_probe(bool found, const struct weir_probe *probe, void *data) {
    struct job_rig *j = data;
    probe_found = found;
    if (found)
        probed = *probe;
    weir_loop_stop(j->r.loop);
}

TEST(job_remembers_probes) {
    struct job_rig j;
    struct weir_probe p = {.length = 123, .type = "audio/mpeg"};
    job_init(&j, answer_page, NULL);
    CHECK_OK(job_begin(&j, first, 0));
    weir_storage_find_probe(j.r.storage, "http://h/a.mp3", on_probe, &j);
    weir_loop_run(j.r.loop);
    CHECK(!probe_found);
    weir_storage_put_probe(j.r.storage, "http://h/a.mp3", &p);
    CHECK_OK(rig_close(&j.r, true));
    CHECK_OK(job_begin(&j, first, 0));
    weir_storage_find_probe(j.r.storage, "http://h/a.mp3", on_probe, &j);
    weir_loop_run(j.r.loop);
    CHECK(probe_found);
    CHECK_INT(probed.length, 123);
    CHECK_Z(probed.type, "audio/mpeg");
    CHECK_OK(rig_close(&j.r, true));
}

TEST(job_prunes_what_is_old) {
    struct job_rig j;
    job_init(&j, answer_page, grow_pager);
    CHECK_OK(job_begin(&j, first, 1));
    job_work_all(&j);
    weir_storage_prune(j.r.storage, -10); /* all of it is of this run */
    CHECK_OK(rig_close(&j.r, true));
    CHECK_OK(job_begin(&j, first, 1));
    CHECK_INT(j.info.items, 2 * PAGES);
    weir_storage_prune(j.r.storage, -10);
    CHECK_OK(rig_close(&j.r, true));
    j.r.config.cache = WEIR_CACHE_REPLAY;
    j.r.keep = true;
    CHECK_OK(job_begin(&j, first, 0));
    CHECK_INT(j.info.items, 0);
    CHECK_INT(one_item(&j, "http://h/1")->verdict, WEIR_PLAN_REFUSED);
    CHECK_OK(rig_close(&j.r, true));
    rig_free_items(&j.r);
}

/* --- memory --- */

TEST(job_begins_with_memory_only) {
    struct job_rig j;
    struct weir_list none;
    unsigned long n = 1;
    bool whole = false;
    job_init(&j, answer_page, NULL);
    job_output(&j, WEIR_OUTPUT_JSONL, WEIR_MODE_APPEND, "out.jsonl");
    weir_list_init(&none);
    for (; n < 500 && !whole; n++) {
        CHECK_OK(rig_open(&j.r));
        weir_mem_fail_nth(n);
        enum weir_err code = weir_storage_job_begin(j.r.storage, &j.job, &none,
                                                    &j.info, &j.r.error);
        weir_mem_fail_nth(0);
        CHECK(code == WEIR_OK || code == WEIR_E_NOMEM);
        whole = code == WEIR_OK;
        rig_close(&j.r, false);
    }
    CHECK(n > 10 && n < 500);
}

static unsigned long fail_nth;

/* What is allocated from here on is the storage thread's. */
static void answer_then_fail(struct rig *r, struct weir_item *item) {
    answer_page(r, item);
    weir_mem_fail_nth(fail_nth);
}

/* Pages fail for want of memory, and are fetched again: none is lost, none is
 * written twice. */
TEST(job_is_exact_without_memory) {
    char lines[1024];
    struct job_rig j;
    size_t worked = 0;
    put_lines(lines, sizeof lines);
    job_init(&j, answer_then_fail, grow_pager);
    job_output(&j, WEIR_OUTPUT_JSONL, WEIR_MODE_APPEND, "out.jsonl");
    job_output(&j, WEIR_OUTPUT_SQLITE, WEIR_MODE_APPEND, "out.db");
    for (fail_nth = 1; worked < PAGES && fail_nth < 500; fail_nth++) {
        CHECK_OK(job_begin(&j, first, 1));
        worked = j.info.done;
        if (job_claim(&j, 4, 1) > 0)
            job_work(&j);
        weir_mem_fail_nth(0);
        rig_close(&j.r, false);
    }
    CHECK_INT(worked, PAGES);
    CHECK(fail_nth > PAGES + 5);
    CHECK_OK(job_begin(&j, first, 1));
    CHECK_INT(job_claim(&j, 4, 1), 0);
    CHECK_OK(rig_close(&j.r, true));
    rig_check_file(&j.r, "out.jsonl", lines);
    CHECK_INT(count_rows(&j, "SELECT count(*) FROM items"), 2 * PAGES);
    CHECK_INT(count_rows(&j, "SELECT count(DISTINCT id) FROM items"),
              2 * PAGES);
}
