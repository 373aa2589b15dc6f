/* The store: what was put comes back, whatever happened in between. */
#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/schema.h"
#include "store/store.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[512];

static struct weir_store *open_store(bool readonly) {
    struct weir_store *s;
    struct weir_error error;
    snprintf(path, sizeof path, "%s/state/weir/weir.db", test_dir());
    struct weir_store_config config = {.path = path, .readonly = readonly};
    if (weir_store_open(&s, &config, &error))
        test_fail(__FILE__, __LINE__, "%s", error.message);
    return s;
}

static enum weir_err try_open(struct weir_error *error) {
    struct weir_store *s;
    struct weir_store_config config = {.path = path};
    enum weir_err code = weir_store_open(&s, &config, error);
    if (!code)
        weir_store_close(s);
    return code;
}

static struct weir_answer sample(const char *url) {
    return (struct weir_answer){
        .key = weir_store_key(WEIR_STR("GET"), weir_str_of(url), WEIR_STR("t")),
        .run = 7,
        .url = weir_str_of(url),
        .effective_url = WEIR_STR("http://other/"),
        .status = 200,
        .request_time = 1000,
        .response_time = 1001,
        .head = WEIR_STR("ETag: \"x\"\n"),
        .has_vary = true,
        .vary = UINT64_MAX,
        .size = 12345,
        .xxh3 = UINT64_MAX - 1,
        .sha256 = WEIR_STR("0123456789abcdef0123456789abcdef"),
        .folder = 1,
        .file = WEIR_STR("a/b.html"),
        .file_key = UINT64_MAX - 2,
        .mtime_ns = 1234567890123456789};
}

TEST(store_makes_its_files_private) {
    struct weir_store *s = open_store(false);
    struct stat st;
    weir_store_close(s);
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    *strrchr(path, '/') = '\0';
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0700);
}

/* The schema without comments and spaces has one hash for each version: who
 * changes a table raises WEIR_STORE_VERSION and writes both down here. */
TEST(store_version_stands_for_its_schema) {
    struct weir_buf plain;
    const char *p = weir_store_schema;
    weir_buf_init(&plain, 1 << 20);
    while (*p) {
        if (p[0] == '-' && p[1] == '-')
            p += strcspn(p, "\n");
        else if (*p == ' ' || *p == '\n')
            p++;
        else
            weir_buf_byte(&plain, *p++);
    }
    CHECK_INT(WEIR_STORE_VERSION, 2);
    CHECK_INT((int64_t)weir_hash(weir_buf_view(&plain)),
              INT64_C(5993921259585341805));
    weir_buf_release(&plain);
}

TEST(store_gives_answers_back) {
    struct weir_store *s = open_store(false);
    struct weir_answer a = sample("http://h/1"), b;
    struct weir_str owner;
    bool found;
    CHECK_OK(weir_store_begin(s, NULL));
    CHECK_OK(weir_store_put_answer(s, &a, NULL));
    CHECK_OK(weir_store_commit(s, NULL));
    weir_store_close(s);
    s = open_store(true);
    CHECK_OK(weir_store_find_answer(s, a.key, a.url, &b, &found, NULL));
    CHECK(found);
    CHECK(b.id > 0 && b.seq > 0);
    CHECK_INT(b.run, 7);
    CHECK_STR(b.method, WEIR_STR(""));
    CHECK_STR(b.url, a.url);
    CHECK_STR(b.effective_url, a.effective_url);
    CHECK_INT(b.status, 200);
    CHECK_INT(b.request_time, 1000);
    CHECK_INT(b.response_time, 1001);
    CHECK_STR(b.head, a.head);
    CHECK(b.has_vary && b.vary == a.vary);
    CHECK(b.size == a.size && b.xxh3 == a.xxh3);
    CHECK_STR(b.sha256, a.sha256);
    CHECK_STR(b.file, a.file);
    CHECK(b.file_key == a.file_key && b.mtime_ns == a.mtime_ns);
    /* Another URL with the same key is not this one. */
    CHECK_OK(weir_store_find_answer(s, a.key, WEIR_STR("http://h/2"), &b,
                                    &found, NULL));
    CHECK(!found);
    CHECK_OK(weir_store_find_owner(s, a.file_key, &owner, &found, NULL));
    CHECK(found);
    CHECK_STR(owner, a.url);
    weir_store_close(s);
}

TEST(store_replaces_and_refreshes) {
    struct weir_store *s = open_store(false);
    struct weir_answer a = sample("http://h/1"), b;
    struct weir_store_stat stat;
    bool found;
    int64_t first;
    CHECK_OK(weir_store_begin(s, NULL));
    CHECK_OK(weir_store_put_answer(s, &a, NULL));
    CHECK_OK(weir_store_commit(s, NULL));
    CHECK_OK(weir_store_find_answer(s, a.key, a.url, &b, &found, NULL));
    first = b.seq;
    a.status = 206;
    a.folder = 0;
    CHECK_OK(weir_store_begin(s, NULL));
    CHECK_OK(weir_store_put_answer(s, &a, NULL));
    CHECK_OK(weir_store_commit(s, NULL));
    CHECK_OK(weir_store_find_answer(s, a.key, a.url, &b, &found, NULL));
    CHECK_INT(b.status, 206);
    CHECK_INT(b.seq, first + 1);
    CHECK_INT(b.file.n, 0);
    a.id = b.id;
    a.head = WEIR_STR("ETag: \"y\"\n");
    CHECK_OK(weir_store_begin(s, NULL));
    CHECK_OK(weir_store_refresh_answer(s, &a, NULL));
    CHECK_OK(weir_store_commit(s, NULL));
    CHECK_OK(weir_store_find_answer(s, a.key, a.url, &b, &found, NULL));
    CHECK_STR(b.head, a.head);
    CHECK_OK(weir_store_stat(s, &stat, NULL));
    CHECK_INT(stat.answers, 1);
    CHECK_INT(stat.bytes, 12345);
    CHECK_INT(stat.with_file, 0);
    weir_store_close(s);
}

TEST(store_forgets_what_was_rolled_back) {
    struct weir_store *s = open_store(false);
    struct weir_answer a = sample("http://h/1"), b;
    struct weir_store_holds holds;
    bool found;
    CHECK_OK(weir_store_begin(s, NULL));
    CHECK_OK(weir_store_put_answer(s, &a, NULL));
    weir_store_rollback(s);
    CHECK_OK(weir_store_find_answer(s, a.key, a.url, &b, &found, NULL));
    CHECK(!found);
    CHECK_OK(weir_store_holds(s, &holds, NULL));
    CHECK(!holds.answers && !holds.failures && !holds.partials);
    weir_store_close(s);
}

TEST(store_keeps_failures_and_partials) {
    struct weir_store *s = open_store(false);
    struct weir_failure f = {.key = 5,
                             .run = 3,
                             .url = WEIR_STR("http://h/f"),
                             .code = WEIR_E_DNS,
                             .status = 503,
                             .attempts = 4,
                             .message = WEIR_STR("no such host"),
                             .at = 99,
                             .file = WEIR_STR("f"),
                             .file_key = 77};
    struct weir_partial p = {.key = 6,
                             .url = WEIR_STR("http://h/p"),
                             .part = WEIR_STR("p.part"),
                             .etag = WEIR_STR("\"e\""),
                             .total = -1};
    struct weir_failure g;
    struct weir_partial q;
    struct weir_str owner;
    bool found;
    CHECK_OK(weir_store_begin(s, NULL));
    CHECK_OK(weir_store_put_failure(s, &f, NULL));
    CHECK_OK(weir_store_put_partial(s, &p, NULL));
    CHECK_OK(weir_store_commit(s, NULL));
    CHECK_OK(weir_store_find_failure(s, 5, f.url, &g, &found, NULL));
    CHECK(found);
    CHECK_INT(g.code, WEIR_E_DNS);
    CHECK_INT(g.status, 503);
    CHECK_INT(g.attempts, 4);
    CHECK_STR(g.message, f.message);
    CHECK_OK(weir_store_find_owner(s, 77, &owner, &found, NULL));
    CHECK(found);
    CHECK_STR(owner, f.url);
    CHECK_OK(weir_store_find_partial(s, 6, p.url, &q, &found, NULL));
    CHECK(found);
    CHECK_STR(q.part, p.part);
    CHECK_STR(q.etag, p.etag);
    CHECK_STR(q.boot, weir_str_of(weir_store_boot(s)));
    CHECK_INT(q.total, -1);
    CHECK_OK(weir_store_begin(s, NULL));
    CHECK_OK(weir_store_drop_failure(s, 5, NULL));
    CHECK_OK(weir_store_drop_partial(s, 6, NULL));
    CHECK_OK(weir_store_commit(s, NULL));
    CHECK_OK(weir_store_find_failure(s, 5, f.url, &g, &found, NULL));
    CHECK(!found);
    CHECK_OK(weir_store_find_partial(s, 6, p.url, &q, &found, NULL));
    CHECK(!found);
    weir_store_close(s);
}

TEST(store_notices_other_writers) {
    struct weir_store *a = open_store(false), *b = open_store(false);
    struct weir_answer answer = sample("http://h/1"), got;
    bool wrote, found;
    CHECK_OK(weir_store_begin(a, NULL));
    CHECK_OK(weir_store_put_answer(a, &answer, NULL));
    CHECK_OK(weir_store_commit(a, NULL));
    CHECK_OK(weir_store_others_wrote(a, &wrote, NULL));
    CHECK(!wrote);
    CHECK_OK(weir_store_others_wrote(b, &wrote, NULL));
    CHECK(wrote);
    CHECK_OK(weir_store_others_wrote(b, &wrote, NULL));
    CHECK(!wrote);
    CHECK_OK(
        weir_store_find_answer(b, answer.key, answer.url, &got, &found, NULL));
    CHECK(found);
    weir_store_close(a);
    weir_store_close(b);
}

TEST(store_checkpoints_beside_a_reader) {
    struct weir_store *a = open_store(false), *b = open_store(true);
    struct weir_answer answer = sample("http://h/1"), got;
    bool found;
    CHECK_OK(weir_store_read_begin(b, NULL));
    CHECK_OK(
        weir_store_find_answer(b, answer.key, answer.url, &got, &found, NULL));
    CHECK_OK(weir_store_begin(a, NULL));
    CHECK_OK(weir_store_put_answer(a, &answer, NULL));
    CHECK_OK(weir_store_commit(a, NULL));
    CHECK_OK(weir_store_checkpoint(a, NULL));
    weir_store_read_end(b);
    CHECK_OK(weir_store_checkpoint(a, NULL));
    CHECK_INT(weir_store_pending(a), 0);
    CHECK_OK(
        weir_store_find_answer(b, answer.key, answer.url, &got, &found, NULL));
    CHECK(found);
    weir_store_close(a);
    weir_store_close(b);
}

/* Overwrites n bytes of the database at an offset. */
static void scribble(off_t at, size_t n) {
    int fd = open(path, O_WRONLY);
    CHECK(fd >= 0);
    for (size_t i = 0; i < n; i++)
        CHECK_INT(pwrite(fd, "\xa5", 1, at + (off_t)i), 1);
    close(fd);
}

static void check_damaged(void) {
    struct weir_error error = {0};
    CHECK_INT(try_open(&error), WEIR_E_STORE);
    CHECK(strstr(error.message, path));
    CHECK(strstr(error.message, "damaged"));
    CHECK(strstr(error.message, "--skip-existing"));
}

static void fill(void) {
    struct weir_store *s = open_store(false);
    CHECK_OK(weir_store_begin(s, NULL));
    for (int i = 0; i < 200; i++) {
        char url[64];
        snprintf(url, sizeof url, "http://h/%d", i);
        struct weir_answer a = sample(url);
        a.file_key = (uint64_t)i + 1;
        CHECK_OK(weir_store_put_answer(s, &a, NULL));
    }
    CHECK_OK(weir_store_commit(s, NULL));
    CHECK_OK(weir_store_checkpoint(s, NULL));
    weir_store_close(s);
}

TEST(store_notices_a_scribbled_header) {
    fill();
    scribble(0, 100);
    check_damaged();
}

TEST(store_notices_scribbled_pages) {
    fill();
    scribble(4096 * 5, 4096);
    check_damaged();
}

TEST(store_notices_a_cut_database) {
    struct stat st;
    fill();
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(truncate(path, st.st_size / 2), 0);
    check_damaged();
    CHECK_INT(truncate(path, 50), 0);
    check_damaged();
}

TEST(store_notices_an_emptied_database) {
    struct weir_store *s = open_store(false);
    struct weir_answer a = sample("http://h/1");
    CHECK_OK(weir_store_begin(s, NULL));
    CHECK_OK(weir_store_put_answer(s, &a, NULL));
    CHECK_OK(weir_store_commit(s, NULL));
    weir_store_close(s);
    CHECK_INT(truncate(path, 0), 0);
    check_damaged();
}

TEST(store_refuses_a_newer_version) {
    struct weir_error error = {0};
    weir_store_close(open_store(false));
    /* user_version, https://www.sqlite.org/fileformat.html section 1.3 */
    int fd = open(path, O_WRONLY);
    CHECK_INT(pwrite(fd, "\0\0\0\x63", 4, 60), 4);
    close(fd);
    CHECK_INT(try_open(&error), WEIR_E_STORE);
    CHECK(strstr(error.message, "newer"));
    CHECK(strstr(error.message, "99"));
}

TEST(store_refuses_databases_of_others) {
    struct weir_error error = {0};
    weir_store_close(open_store(false));
    int fd = open(path, O_WRONLY);
    CHECK_INT(pwrite(fd, "abcd", 4, 68), 4); /* application_id */
    close(fd);
    CHECK_INT(try_open(&error), WEIR_E_STORE);
    CHECK(strstr(error.message, "--store"));
}

static struct weir_store *open_in_boot(const char *boot) {
    struct weir_store *s;
    struct weir_store_config config = {.path = path, .boot = boot};
    CHECK_OK(weir_store_open(&s, &config, NULL));
    return s;
}

TEST(store_doubts_rows_after_a_reboot) {
    struct weir_doubt doubt;
    snprintf(path, sizeof path, "%s/weir.db", test_dir());
    struct weir_store *s = open_in_boot("one");
    doubt = weir_store_doubt(s);
    CHECK_INT(doubt.to - doubt.from, 0);
    CHECK_OK(weir_store_begin(s, NULL));
    CHECK_OK(weir_store_commit(s, NULL));
    CHECK_OK(weir_store_checkpoint(s, NULL)); /* 1 is safe */
    CHECK_OK(weir_store_begin(s, NULL));
    CHECK_OK(weir_store_commit(s, NULL)); /* 2 is not */
    weir_store_close(s);
    for (int i = 0; i < 2; i++) { /* and stays in doubt */
        s = open_in_boot("two");
        doubt = weir_store_doubt(s);
        CHECK_INT(doubt.from, 1);
        CHECK_INT(doubt.to, 2);
        weir_store_close(s);
    }
    s = open_in_boot("three");
    CHECK_OK(weir_store_begin(s, NULL));
    CHECK_OK(weir_store_commit(s, NULL));
    weir_store_close(s);
    s = open_in_boot("four");
    doubt = weir_store_doubt(s);
    CHECK_INT(doubt.from, 1);
    CHECK_INT(doubt.to, 3);
    weir_store_close(s);
}

TEST(store_survives_without_memory) {
    struct weir_answer a = sample("http://h/1");
    int failures = 0;
    weir_store_close(open_store(false));
    for (unsigned long n = 1; n < 12; n++) {
        struct weir_store *s = NULL;
        struct weir_store_config config = {.path = path};
        weir_mem_fail_nth(n);
        enum weir_err code = weir_store_open(&s, &config, NULL);
        weir_mem_fail_nth(0);
        CHECK(code == WEIR_OK || code == WEIR_E_NOMEM);
        failures += code != WEIR_OK;
        if (code)
            continue;
        CHECK_OK(weir_store_begin(s, NULL));
        CHECK_OK(weir_store_put_answer(s, &a, NULL));
        CHECK_OK(weir_store_commit(s, NULL));
        weir_store_close(s);
    }
    CHECK(failures >= 4 && failures < 11);
}
