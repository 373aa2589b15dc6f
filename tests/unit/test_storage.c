/* The storage thread over whole runs: what is fetched, what is not, and what
 * lies in the folder afterwards. */
#include "storage_rig.h"

static const char fresh_head[] = "Cache-Control: max-age=86400\n"
                                 "ETag: \"v1\"\nContent-Type: text/plain\n";

/* The body is the URL. */
static void answer_url(struct rig *r, struct weir_item *item) {
    (void)r;
    rig_reply(item, 200, fresh_head, item->url);
}

static void answer_stale(struct rig *r, struct weir_item *item) {
    (void)r;
    if (item->etag && strcmp(item->etag, "\"v1\"") == 0) {
        rig_reply(item, 304, "ETag: \"v1\"\nX-New: 1\n", "");
        item->outcome = WEIR_OUTCOME_NOT_MODIFIED;
    } else {
        rig_reply(item, 200, "ETag: \"v1\"\nContent-Type: text/plain\n",
                  item->url);
    }
}

static void answer_error(struct rig *r, struct weir_item *item) {
    (void)r;
    rig_fail(item, WEIR_E_SERVER);
    item->status = 404;
}

static void answer_never(struct rig *r, struct weir_item *item) {
    (void)r;
    test_fail(__FILE__, __LINE__, "%s was asked for", item->url);
}

static const char *const two[] = {"http://h/a.txt", "http://h/d/b.txt"};

TEST(storage_writes_files_and_rows) {
    struct rig r;
    rig_init(&r, answer_url);
    rig_urls(&r, two, 2, true);
    CHECK(!r.info.resumed);
    for (int i = 1; i <= 2; i++) {
        CHECK_INT(r.items[i]->error.code, 0);
        CHECK_INT(r.items[i]->bytes, strlen(two[i - 1]));
        CHECK(!r.items[i]->from_cache);
    }
    rig_check_file(&r, "a.txt", two[0]);
    rig_check_file(&r, "b.txt", two[1]);
    rig_check_file(&r, "a.txt.part", NULL);

    /* A second run asks nobody. */
    r.answer = answer_never;
    rig_urls(&r, two, 2, true);
    for (int i = 1; i <= 2; i++) {
        CHECK_INT(r.items[i]->verdict, WEIR_PLAN_FRESH);
        CHECK(r.items[i]->from_cache);
        CHECK_INT(r.items[i]->status, 200);
        CHECK_INT(r.items[i]->xxh3, weir_hash(weir_str_of(two[i - 1])));
    }
    rig_free_items(&r);
}

TEST(storage_revalidates) {
    struct rig r;
    rig_init(&r, answer_stale);
    rig_urls(&r, two, 2, true);
    rig_urls(&r, two, 2, true);
    for (int i = 1; i <= 2; i++) {
        CHECK_INT(r.items[i]->verdict, WEIR_PLAN_FETCH);
        CHECK_Z(r.items[i]->etag, "\"v1\"");
        CHECK_INT(r.items[i]->error.code, 0);
        CHECK(r.items[i]->from_cache);
        CHECK_INT(r.items[i]->bytes, strlen(two[i - 1]));
    }
    rig_free_items(&r);
}

TEST(storage_goes_on_with_an_unfinished_run) {
    static const char *const urls[] = {"http://h/1", "http://h/2",
                                       "http://h/3"};
    struct rig r;
    rig_init(&r, answer_stale);
    rig_urls(&r, urls, 2, false);
    rig_urls(&r, urls, 3, true);
    CHECK(r.info.resumed);
    CHECK_INT(r.info.done, 2);
    CHECK_INT(r.items[1]->verdict, WEIR_PLAN_DONE);
    CHECK_INT(r.items[2]->verdict, WEIR_PLAN_DONE);
    CHECK_INT(r.items[3]->verdict, WEIR_PLAN_FETCH);
    /* Complete: now the cache decides, and the answer is stale. */
    rig_urls(&r, urls, 3, false);
    CHECK(!r.info.resumed);
    CHECK_INT(r.items[1]->verdict, WEIR_PLAN_FETCH);
    /* --restart forgets what the unfinished one did. */
    r.config.restart = true;
    rig_urls(&r, urls, 3, true);
    CHECK(!r.info.resumed);
    CHECK_INT(r.items[1]->verdict, WEIR_PLAN_FETCH);
    rig_free_items(&r);
}

TEST(storage_retries_what_failed) {
    struct rig r;
    rig_init(&r, answer_error);
    rig_urls(&r, two, 1, false);
    rig_urls(&r, two, 2, true); /* resumed: the failure stands */
    CHECK_INT(r.items[1]->verdict, WEIR_PLAN_FAILED);
    CHECK_INT(r.items[1]->status, 404);
    CHECK_INT(r.items[1]->error.code, WEIR_E_SERVER);
    r.config.retry_failed = true;
    r.answer = answer_url;
    rig_urls(&r, two, 2, true);
    CHECK_INT(r.items[1]->verdict, WEIR_PLAN_FETCH);
    CHECK_INT(r.items[2]->verdict, WEIR_PLAN_FETCH);
    CHECK_INT(r.items[2]->error.code, 0);
    rig_check_file(&r, "a.txt", two[0]);
    r.answer = answer_never;
    rig_urls(&r, two, 2, true);
    CHECK_INT(r.items[1]->verdict, WEIR_PLAN_SKIPPED);
    rig_free_items(&r);
}

TEST(storage_gives_a_name_to_the_first_url) {
    static const char *const urls[] = {"http://h/x/f.txt", "http://h/y/f.txt",
                                       "http://h/z/F.TXT"};
    static const char *const turned[] = {"http://h/y/f.txt",
                                         "http://h/x/f.txt"};
    char other[64];
    struct rig r;
    rig_init(&r, answer_url);
    rig_urls(&r, urls, 3, true);
    rig_check_file(&r, "f.txt", urls[0]);
    snprintf(other, sizeof other, "f-%08x.txt",
             (unsigned)weir_hash(weir_str_of(urls[1])));
    rig_check_file(&r, other, urls[1]);
    CHECK(strstr(r.items[3]->file, "/F-"));
    /* The same in a run that asks in another order. */
    r.config.cache = WEIR_CACHE_OFF;
    rig_urls(&r, turned, 2, true);
    rig_check_file(&r, "f.txt", urls[0]);
    rig_check_file(&r, other, urls[1]);
    rig_free_items(&r);
}

TEST(storage_keeps_the_claim_of_a_failure) {
    static const char *const urls[] = {"http://h/x/f.txt", "http://h/y/f.txt"};
    struct rig r;
    rig_init(&r, answer_error);
    rig_urls(&r, urls, 1, true);
    r.answer = answer_url;
    rig_urls(&r, urls + 1, 1, true);
    rig_check_file(&r, "f.txt", NULL);
    r.config.run_key = "again";
    rig_urls(&r, urls, 1, true);
    rig_check_file(&r, "f.txt", urls[0]);
    rig_free_items(&r);
}

TEST(storage_respects_files_of_others) {
    static const char *const url[] = {"http://h/a.txt"};
    struct rig r;
    rig_init(&r, answer_never);
    rig_write_file(&r, "a.txt", "mine");
    rig_urls(&r, url, 1, true);
    CHECK_INT(r.items[1]->verdict, WEIR_PLAN_REFUSED);
    CHECK_INT(r.items[1]->error.code, WEIR_E_IO);
    rig_check_file(&r, "a.txt", "mine");
    r.config.files = WEIR_FILES_SKIP;
    r.config.run_key = "skip";
    rig_urls(&r, url, 1, true);
    CHECK_INT(r.items[1]->verdict, WEIR_PLAN_SKIPPED);
    r.config.files = WEIR_FILES_OVERWRITE;
    r.config.run_key = "overwrite";
    r.answer = answer_url;
    rig_urls(&r, url, 1, true);
    rig_check_file(&r, "a.txt", url[0]);
    rig_free_items(&r);
}

TEST(storage_fetches_again_what_was_altered) {
    struct rig r;
    rig_init(&r, answer_url);
    rig_urls(&r, two, 2, true);
    rig_write_file(&r, "a.txt", "altered");
    rig_urls(&r, two, 2, true);
    CHECK_INT(r.items[1]->verdict, WEIR_PLAN_FETCH);
    CHECK(!r.items[1]->etag);
    CHECK_INT(r.items[2]->verdict, WEIR_PLAN_FRESH);
    rig_check_file(&r, "a.txt", two[0]);
    rig_free_items(&r);
}

TEST(storage_finishes_twins_together) {
    static const char *const same[] = {"http://h/a", "http://h/a",
                                       "http://h/a"};
    struct rig r;
    rig_init(&r, answer_url);
    rig_urls(&r, same, 3, true);
    CHECK_INT(r.items[1]->verdict, WEIR_PLAN_FETCH);
    for (int i = 2; i <= 3; i++) {
        CHECK_INT(r.items[i]->verdict, WEIR_PLAN_DONE);
        CHECK_INT(r.items[i]->bytes, strlen(same[0]));
        CHECK_INT(r.items[i]->error.code, 0);
    }
    rig_free_items(&r);
}

TEST(storage_checks_before_it_stores) {
    static const char *const url[] = {"http://h/a.txt"};
    struct rig r;
    rig_init(&r, answer_url);
    r.config.min_size = 1000;
    rig_urls(&r, url, 1, true);
    CHECK_INT(r.items[1]->error.code, WEIR_E_CHECK);
    rig_check_file(&r, "a.txt", NULL);
    rig_check_file(&r, "a.txt.part", NULL);
    r.config.min_size = 0;
    r.config.expect_type = "image/";
    r.config.run_key = "type";
    rig_urls(&r, url, 1, true);
    CHECK_INT(r.items[1]->error.code, WEIR_E_CHECK);
    rig_check_file(&r, "a.txt", NULL);
    r.config.expect_type = "image/, text/plain";
    r.config.run_key = "type2";
    rig_urls(&r, url, 1, true);
    CHECK_INT(r.items[1]->error.code, 0);
    rig_free_items(&r);
}

TEST(storage_checks_sums) {
    static const char good[] =
        "sha256=a582e8c28249fe7d7990bfa0afebd2da9185a9f831d4215b4efec74f355b301"
        "a";
    struct rig r;
    rig_init(&r, answer_url);
    CHECK_OK(rig_open(&r));
    struct weir_item *item = rig_item(&r, "abcd");
    item->url[0] = 'a';
    item->checksum = weir_strdup("md5=e2fc714c4727ee9395f324cd2e7f331f");
    weir_storage_plan(r.storage, item);
    item = rig_item(&r, "http://h/wrong");
    item->checksum = weir_strdup(good);
    weir_storage_plan(r.storage, item);
    rig_run(&r);
    CHECK_OK(rig_close(&r, true));
    CHECK_INT(r.items[1]->error.code, 0);
    CHECK_INT(r.items[2]->error.code, WEIR_E_CHECK);
    rig_check_file(&r, "wrong", NULL);
    rig_free_items(&r);
}

/* One allocation fails, wherever it is: the run or one of its URLs ends with an
 * error, nothing crashes or hangs, and the next run mends it. */
TEST(storage_survives_without_memory) {
    int failures = 0;
    for (unsigned long n = 1; n < 200; n++) {
        struct rig r;
        rig_init(&r, answer_url);
        snprintf(r.folder, sizeof r.folder, "%s/%lu", test_dir(), n);
        r.config.run_key = r.folder;
        r.planned = r.finished = r.wanted = 0;
        r.loop = weir_loop_create();
        weir_mem_fail_nth(n);
        enum weir_err code = weir_storage_create(
            &r.storage, r.loop, &r.config, rig_on_planned, rig_on_finished,
            rig_on_drained, &r, &r.info, &r.error);
        if (code) {
            weir_mem_fail_nth(0);
            CHECK_INT(code, WEIR_E_NOMEM);
            weir_loop_destroy(r.loop);
            failures++;
        } else {
            for (int i = 0; i < 2; i++) {
                struct weir_item *item = weir_item_create();
                if (!item)
                    item = weir_item_create();
                item->n = ++r.wanted;
                item->url = weir_strdup(two[i]);
                if (!item->url)
                    item->url = weir_strdup(two[i]);
                weir_storage_plan(r.storage, item);
            }
            weir_storage_flush(r.storage, false);
            weir_loop_run(r.loop);
            rig_close(&r, false);
            weir_mem_fail_nth(0);
            for (int i = 1; i <= 2; i++)
                failures += r.items[i]->error.code != WEIR_OK;
        }
        rig_urls(&r, two, 2, true);
        rig_check_file(&r, "b.txt", two[1]);
        rig_free_items(&r);
    }
    CHECK(failures > 20);
}
