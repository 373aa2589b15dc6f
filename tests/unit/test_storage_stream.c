/* Bodies in pieces: resumed, spliced, broken off; and standard output. */
#include "storage_rig.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const char url[] = "http://h/big.bin";
static const char *const urls[] = {url};
static const char etag_head[] = "ETag: \"v1\"\nContent-Length: 10\n";

static void send(struct rig *r, struct weir_item *item, int status,
                 const char *head, const char *bytes) {
    item->status = status;
    weir_free(item->response_head);
    item->response_head = weir_strdup(head);
    weir_storage_body(r->storage, item, rig_chunk(bytes, strlen(bytes)));
}

static void whole(struct weir_item *item) {
    item->outcome = WEIR_OUTCOME_BODY;
    item->attempts = 1;
}

static void answer_whole(struct rig *r, struct weir_item *item) {
    send(r, item, 200, etag_head, "01234");
    send(r, item, 200, etag_head, "56789");
    whole(item);
}

/* Half of it, then the connection is gone for good. */
static void answer_half(struct rig *r, struct weir_item *item) {
    send(r, item, 200, etag_head, "01234");
    rig_fail(item, WEIR_E_NETWORK);
    item->keep_part = true;
}

static void answer_rest(struct rig *r, struct weir_item *item) {
    CHECK_INT(item->resume_from, 5);
    CHECK_Z(item->if_range, "\"v1\"");
    CHECK_INT(item->known_total, 10);
    send(r, item, 206, "ETag: \"v1\"\nContent-Range: bytes 5-9/10\n", "56789");
    CHECK(weir_item_range_ok(item));
    whole(item);
}

static void answer_changed(struct rig *r, struct weir_item *item) {
    CHECK_INT(item->resume_from, 5);
    send(r, item, 200, "ETag: \"v2\"\n", "new");
    whole(item);
}

static void answer_splice(struct rig *r, struct weir_item *item) {
    send(r, item, 206, "ETag: \"v1\"\nContent-Range: bytes 4-9/10\n", "456789");
    CHECK(!weir_item_range_ok(item));
    whole(item);
}

static void answer_other_total(struct rig *r, struct weir_item *item) {
    send(r, item, 206, "Content-Range: bytes 5-10/11\n", "56789X");
    CHECK(!weir_item_range_ok(item));
    whole(item);
}

static void answer_short(struct rig *r, struct weir_item *item) {
    send(r, item, 200, etag_head, "0123");
    whole(item);
}

static void answer_rewound(struct rig *r, struct weir_item *item) {
    send(r, item, 200, etag_head, "wrong");
    weir_storage_rewind(r->storage, item);
    send(r, item, 200, etag_head, "01234");
    send(r, item, 200, etag_head, "56789");
    whole(item);
}

/* Rewound, and what comes then fits into memory. */
static void answer_rewound_small(struct rig *r, struct weir_item *item) {
    send(r, item, 200, etag_head, "wrong");
    weir_storage_rewind(r->storage, item);
    rig_reply(item, 200, etag_head, "0123456789");
}

TEST(stream_becomes_a_file) {
    struct rig r;
    rig_init(&r, answer_whole);
    rig_urls(&r, urls, 1, true);
    CHECK_INT(r.items[1]->error.code, 0);
    CHECK_INT(r.items[1]->bytes, 10);
    CHECK_INT(r.items[1]->xxh3, weir_hash(WEIR_STR("0123456789")));
    rig_check_file(&r, "big.bin", "0123456789");
    rig_check_file(&r, "big.bin.part", NULL);
    rig_free_items(&r);
}

TEST(stream_is_resumed_by_another_run) {
    struct rig r;
    rig_init(&r, answer_half);
    rig_urls(&r, urls, 1, true);
    CHECK_INT(r.items[1]->error.code, WEIR_E_NETWORK);
    rig_check_file(&r, "big.bin", NULL);
    rig_check_file(&r, "big.bin.part", "01234");
    r.answer = answer_rest;
    rig_urls(&r, urls, 1, true);
    CHECK_INT(r.items[1]->error.code, 0);
    CHECK_INT(r.items[1]->xxh3, weir_hash(WEIR_STR("0123456789")));
    rig_check_file(&r, "big.bin", "0123456789");
    rig_check_file(&r, "big.bin.part", NULL);
    rig_free_items(&r);
}

TEST(stream_restarts_when_the_origin_changed) {
    struct rig r;
    rig_init(&r, answer_half);
    rig_urls(&r, urls, 1, true);
    r.answer = answer_changed;
    rig_urls(&r, urls, 1, true);
    CHECK_INT(r.items[1]->error.code, 0);
    rig_check_file(&r, "big.bin", "new");
    rig_check_file(&r, "big.bin.part", NULL);
    rig_free_items(&r);
}

TEST(stream_never_splices) {
    static const rig_answer answers[] = {answer_splice, answer_other_total};
    for (size_t i = 0; i < 2; i++) {
        struct rig r;
        rig_init(&r, answer_half);
        r.config.run_key = i ? "b" : "a";
        rig_urls(&r, urls, 1, true);
        r.answer = answers[i];
        rig_urls(&r, urls, 1, true);
        CHECK_INT(r.items[1]->error.code, WEIR_E_PROTOCOL);
        rig_check_file(&r, "big.bin", NULL);
        rig_free_items(&r);
    }
}

TEST(stream_that_is_short_is_no_file) {
    struct rig r;
    rig_init(&r, answer_short);
    rig_urls(&r, urls, 1, true);
    CHECK_INT(r.items[1]->error.code, WEIR_E_PROTOCOL);
    rig_check_file(&r, "big.bin", NULL);
    rig_free_items(&r);
}

TEST(stream_rewinds) {
    static const rig_answer answers[] = {answer_rewound, answer_rewound_small};
    struct rig r;
    rig_init(&r, NULL);
    r.config.cache = WEIR_CACHE_OFF;
    for (size_t i = 0; i < 2; i++) {
        r.answer = answers[i];
        rig_urls(&r, urls, 1, true);
        CHECK_INT(r.items[1]->error.code, 0);
        CHECK_INT(r.items[1]->xxh3, weir_hash(WEIR_STR("0123456789")));
        rig_check_file(&r, "big.bin", "0123456789");
        rig_check_file(&r, "big.bin.part", NULL);
    }
    rig_free_items(&r);
}

/* The same item is planned again after a broken attempt. */
struct again {
    int attempt;
    bool weak;
};

static void on_planned_again(struct weir_list *items, void *data) {
    struct rig *r = data;
    struct again *a = r->data;
    struct weir_item *item =
        WEIR_CONTAINER(items->next, struct weir_item, link);
    weir_list_remove(&item->link);
    if (a->attempt++ == 0) {
        send(r, item, 200, a->weak ? "ETag: W/\"v1\"\n" : etag_head, "01234");
        weir_storage_plan(r->storage, item);
        return;
    }
    CHECK_INT(item->verdict, WEIR_PLAN_FETCH);
    if (a->weak) {
        CHECK_INT(item->resume_from, 0);
        send(r, item, 200, "ETag: W/\"v2\"\n", "other");
        whole(item);
    } else {
        answer_rest(r, item);
    }
    weir_storage_finish(r->storage, item);
}

static void run_again(struct again *a, const char *want) {
    struct rig r;
    rig_init(&r, NULL);
    r.data = a;
    r.loop = weir_loop_create();
    CHECK_OK(weir_storage_create(&r.storage, r.loop, &r.config,
                                 on_planned_again, rig_on_finished,
                                 rig_on_drained, &r, &r.info, &r.error));
    rig_add(&r, url);
    weir_loop_run(r.loop);
    CHECK_OK(rig_close(&r, true));
    CHECK_INT(r.items[1]->error.code, 0);
    rig_check_file(&r, "big.bin", want);
    rig_free_items(&r);
}

TEST(stream_is_resumed_by_the_next_attempt) {
    run_again(&(struct again){0}, "0123456789");
}

TEST(stream_without_a_strong_validator_starts_anew) {
    run_again(&(struct again){.weak = true}, "other");
}

static void answer_adopting(struct rig *r, struct weir_item *item) {
    CHECK_INT(item->resume_from, 5);
    CHECK(!item->if_range);
    send(r, item, 206, "Content-Range: bytes 5-9/10\n", "56789");
    whole(item);
}

static void answer_416(struct rig *r, struct weir_item *item) {
    (void)r;
    rig_fail(item, WEIR_E_SERVER);
    item->status = 416;
    item->response_head = weir_strdup("Content-Range: bytes */10\n");
}

TEST(stream_adopts_a_file) {
    struct rig r;
    rig_init(&r, answer_adopting);
    rig_write_file(&r, "big.bin", "01234");
    r.config.files = WEIR_FILES_ADOPT;
    rig_urls(&r, urls, 1, true);
    CHECK_INT(r.items[1]->error.code, 0);
    rig_check_file(&r, "big.bin", "0123456789");
    rig_free_items(&r);
}

TEST(stream_adopts_a_complete_file) {
    struct rig r;
    rig_init(&r, answer_416);
    rig_write_file(&r, "big.bin", "0123456789");
    r.config.files = WEIR_FILES_ADOPT;
    rig_urls(&r, urls, 1, false);
    CHECK_INT(r.items[1]->error.code, 0);
    CHECK_INT(r.items[1]->bytes, 10);
    rig_check_file(&r, "big.bin", "0123456789");
    rig_urls(&r, urls, 1, true);
    CHECK_INT(r.items[1]->verdict, WEIR_PLAN_DONE);
    rig_free_items(&r);
}

/* --- standard output --- */

static int open_out(struct rig *r) {
    char path[600];
    mkdir(r->folder, 0777);
    snprintf(path, sizeof path, "%s/stdout", r->folder);
    return r->config.out_fd =
               open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

/* Finishes planned items from the last to the first. */
static void on_planned_backwards(struct weir_list *items, void *data) {
    struct rig *r = data;
    while (!weir_list_empty(items)) {
        struct weir_item *item =
            WEIR_CONTAINER(items->next, struct weir_item, link);
        weir_list_remove(&item->link);
        r->items[item->n] = item;
        r->planned++;
    }
    if (r->planned < r->wanted)
        return;
    for (size_t n = r->wanted; n > 0; n--) {
        r->answer(r, r->items[n]);
        weir_storage_finish(r->storage, r->items[n]);
    }
}

static void run_backwards(struct rig *r, size_t n) {
    char at[64];
    r->loop = weir_loop_create();
    CHECK_OK(weir_storage_create(&r->storage, r->loop, &r->config,
                                 on_planned_backwards, rig_on_finished,
                                 rig_on_drained, r, &r->info, &r->error));
    for (size_t i = 1; i <= n; i++) {
        snprintf(at, sizeof at, "http://h/%zu", i);
        rig_add(r, at);
    }
    weir_loop_run(r->loop);
    CHECK_OK(rig_close(r, true));
    close(r->config.out_fd);
}

/* The 3rd fails after half of it; every other one comes in pieces. */
static void answer_mixed(struct rig *r, struct weir_item *item) {
    char text[64];
    snprintf(text, sizeof text, "<%llu>", (unsigned long long)item->n);
    if (item->n == 3) {
        send(r, item, 200, "", "half");
        rig_fail(item, WEIR_E_NETWORK);
    } else if (item->n % 2 == 0) {
        send(r, item, 200, "X: 1\n", text);
        send(r, item, 200, "X: 1\n", "+");
        whole(item);
    } else {
        rig_reply(item, 200, "X: 1\n", text);
    }
}

TEST(stdout_gets_whole_bodies_in_order) {
    struct rig r;
    rig_init(&r, answer_mixed);
    r.config.body = WEIR_BODY_STDOUT;
    CHECK(open_out(&r) >= 0);
    run_backwards(&r, 6);
    rig_check_file(&r, "stdout", "<1><2>+<4>+<5><6>+");
    CHECK_INT(r.items[3]->error.code, WEIR_E_NETWORK);
    rig_free_items(&r);
}

TEST(stdout_shows_headers) {
    struct rig r;
    rig_init(&r, answer_mixed);
    r.config.body = WEIR_BODY_STDOUT;
    r.config.show_headers = true;
    CHECK(open_out(&r) >= 0);
    run_backwards(&r, 2);
    rig_check_file(&r, "stdout",
                   "HTTP/1.1 200 OK\nX: 1\n\n<1>HTTP/1.1 200 OK\nX: 1\n\n<2>+");
    rig_free_items(&r);
}

TEST(stdout_gets_records_in_order) {
    struct rig r;
    char path[600], text[8192];
    rig_init(&r, answer_mixed);
    r.config.body = WEIR_BODY_DISCARD;
    r.config.json = r.config.ordered = r.config.want_sha256 = true;
    CHECK(open_out(&r) >= 0);
    run_backwards(&r, 5);
    snprintf(path, sizeof path, "%s/stdout", r.folder);
    FILE *f = fopen(path, "rb");
    CHECK(f);
    for (int n = 1; n <= 5; n++) {
        char want[64];
        CHECK(fgets(text, sizeof text, f));
        snprintf(want, sizeof want, "{\"url\":\"http://h/%d\",", n);
        CHECK(strncmp(text, want, strlen(want)) == 0);
        CHECK(strstr(text, n == 3 ? "\"error\":\"http://h/3: made up\"}"
                                  : "\"error\":null}"));
        CHECK(strstr(text, "\"sha256\":"));
    }
    CHECK(!fgets(text, sizeof text, f));
    fclose(f);
    rig_free_items(&r);
}

TEST(stdout_that_closed_is_an_error) {
    struct rig r;
    int ends[2];
    rig_init(&r, answer_mixed);
    r.config.body = WEIR_BODY_STDOUT;
    CHECK_INT(pipe(ends), 0);
    close(ends[0]);
    r.config.out_fd = ends[1];
    CHECK_OK(rig_open(&r));
    rig_add(&r, "http://h/1");
    rig_run(&r);
    struct weir_error error = {0};
    CHECK_INT(weir_storage_health(r.storage, &error), WEIR_E_IO);
    CHECK(strstr(error.message, "standard output"));
    CHECK_INT(rig_close(&r, true), WEIR_E_IO);
    close(ends[1]);
    rig_free_items(&r);
}

/* --- blocks that wait on disk --- */

static void on_read(struct weir_spill_block *block, enum weir_err code,
                    void *data) {
    struct rig *r = data;
    CHECK_OK(code);
    CHECK(block->bytes);
    if (++r->finished == r->wanted)
        weir_loop_stop(r->loop);
}

TEST(spill_gives_blocks_back) {
    struct rig r;
    struct weir_spill_block blocks[8] = {0};
    rig_init(&r, NULL);
    CHECK_OK(rig_open(&r));
    for (int round = 0; round < 2; round++) {
        r.finished = 0;
        r.wanted = 8;
        for (int i = 0; i < 8; i++) {
            blocks[i].len = 50000;
            blocks[i].bytes = weir_malloc(50000);
            memset(blocks[i].bytes, 'a' + i, 50000);
            weir_storage_spill_write(r.storage, &blocks[i]);
        }
        for (int i = 7; i >= 0; i--)
            weir_storage_spill_read(r.storage, &blocks[i], on_read, &r);
        weir_loop_run(r.loop);
        for (int i = 0; i < 8; i++) {
            CHECK(blocks[i].stored < 5000);
            for (int k = 0; k < 50000; k++)
                CHECK_INT(blocks[i].bytes[k], 'a' + i);
            weir_free(blocks[i].bytes);
        }
    }
    CHECK_OK(rig_close(&r, true));
}
