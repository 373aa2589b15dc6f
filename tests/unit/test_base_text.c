/* str, buf, err, log: bytes and messages. */
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "test.h"

static struct weir_str Z(const char *z) {
    return weir_str_of(z);
}

TEST(str_compares) {
    struct weir_str none = {NULL, 0};
    CHECK(weir_str_eq(none, Z("")));
    CHECK(weir_str_eq(Z("ab"), weir_str_make("abc", 2)));
    CHECK(!weir_str_eq(Z("ab"), Z("aB")));
    CHECK(weir_str_eq_nocase(Z("Content-TYPE"), Z("content-type")));
    CHECK(!weir_str_eq_nocase(Z("\xC0"), Z("\xE0"))); /* ASCII only */
    CHECK(weir_str_cmp(Z("a"), Z("b")) < 0);
    CHECK(weir_str_cmp(Z("ab"), Z("a")) > 0);
    CHECK(weir_str_cmp(Z("\xff"), Z("a")) > 0);
    CHECK_INT(weir_str_cmp(none, Z("")), 0);
    CHECK(weir_str_starts(Z("https://x"), Z("https:")));
    CHECK(!weir_str_starts(Z("http"), Z("https:")));
    CHECK(weir_str_starts_nocase(Z("HTTPS://x"), Z("https:")));
    CHECK(weir_str_ends(Z("a.part"), Z(".part")));
    CHECK(!weir_str_ends(Z("part"), Z(".part")));
    CHECK(weir_str_starts(none, none));
}

TEST(str_cuts_and_searches) {
    struct weir_str head, tail;
    CHECK(weir_str_cut(Z("a:b:c"), ':', &head, &tail));
    CHECK_STR(head, Z("a"));
    CHECK_STR(tail, Z("b:c"));
    CHECK(!weir_str_cut(Z("abc"), ':', &head, &tail));
    CHECK_STR(head, Z("abc"));
    CHECK_INT(tail.n, 0);
    CHECK_STR(weir_str_sub(Z("abc"), 1, 99), Z("bc"));
    CHECK_STR(weir_str_sub(Z("abc"), 9, 1), Z(""));
    CHECK_STR(weir_str_trim(Z(" \t\r\na b\f ")), Z("a b"));
    CHECK_STR(weir_str_trim(Z(" \n ")), Z(""));
    CHECK_INT(weir_str_find(Z("abcabc"), 'a', 1), 3);
    CHECK_INT(weir_str_find(Z("abc"), 'x', 0), 3);
    CHECK_INT(weir_str_find(Z("abc"), 'a', 7), 3);
    CHECK_INT(weir_str_search(Z("aaab"), Z("aab")), 1);
    CHECK_INT(weir_str_search(Z("aaab"), Z("aaab")), 0);
    CHECK_INT(weir_str_search(Z("aaab"), Z("ba")), 4);
    CHECK_INT(weir_str_search(Z("ab"), Z("abc")), 2);
    CHECK_INT(weir_str_search(Z("ab"), Z("")), 0);
}

TEST(str_reads_numbers) {
    uint64_t u = 7;
    int64_t i = 7;
    CHECK(weir_str_to_u64(Z("18446744073709551615"), &u));
    CHECK(u == UINT64_MAX);
    CHECK(!weir_str_to_u64(Z("18446744073709551616"), &u));
    CHECK(!weir_str_to_u64(Z(""), &u));
    CHECK(!weir_str_to_u64(Z("+1"), &u));
    CHECK(!weir_str_to_u64(Z("1 "), &u));
    CHECK(weir_str_to_i64(Z("-9223372036854775808"), &i));
    CHECK(i == INT64_MIN);
    CHECK(!weir_str_to_i64(Z("-9223372036854775809"), &i));
    CHECK(!weir_str_to_i64(Z("9223372036854775808"), &i));
    CHECK(!weir_str_to_i64(Z("-"), &i));
    CHECK(weir_str_to_i64(Z("-0"), &i));
    CHECK_INT(i, 0);
}

TEST(buf_grows_to_its_maximum) {
    struct weir_buf b;
    weir_buf_init(&b, 5);
    CHECK_Z(b.p, "");
    CHECK_OK(weir_buf_fmt(&b, "%d", 1234));
    CHECK_INT(weir_buf_fmt(&b, "%d", 12), WEIR_E_LIMIT);
    CHECK(b.failed);
    CHECK_Z(b.p, "1234"); /* unchanged */
    CHECK_OK(weir_buf_byte(&b, '5'));
    CHECK_Z(b.p, "12345");
    CHECK_INT(weir_buf_byte(&b, '6'), WEIR_E_LIMIT);
    CHECK_INT(weir_buf_reserve(&b, SIZE_MAX), WEIR_E_LIMIT);
    weir_buf_consume(&b, 2);
    CHECK_Z(b.p, "345");
    weir_buf_truncate(&b, 1);
    CHECK_Z(b.p, "3");
    CHECK(!weir_buf_detach(&b)); /* it failed */
    CHECK_INT(b.len, 0);
    CHECK(!b.failed);
    weir_buf_release(&b);
    weir_buf_release(&b);
}

TEST(buf_hands_its_bytes_over) {
    struct weir_buf b;
    char *p;
    weir_buf_init(&b, 0);
    p = weir_buf_detach(&b);
    CHECK(p);
    CHECK_Z(p, "");
    weir_free(p);
    for (int i = 0; i < 1000; i++)
        CHECK_OK(weir_buf_add(&b, "a\0b", 3));
    CHECK_INT(b.len, 3000);
    CHECK_STR(weir_str_sub(weir_buf_view(&b), 2997, 9), WEIR_STR("a\0b"));
    p = weir_buf_detach(&b);
    CHECK(p);
    CHECK_INT(p[3000], 0);
    weir_free(p);
    CHECK_INT(b.cap, 0);
    CHECK_OK(weir_buf_str(&b, weir_str_make(NULL, 0)));
    CHECK_OK(weir_buf_fmt(&b, "%s", ""));
    CHECK_INT(b.cap, 0); /* nothing added, nothing allocated */
}

TEST(buf_reports_no_memory) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    weir_mem_fail_nth(1);
    CHECK_INT(weir_buf_z(&b, "x"), WEIR_E_NOMEM);
    CHECK(b.failed);
    CHECK_Z(b.p, "");
    weir_buf_clear(&b);
    CHECK(!b.failed);
    weir_mem_fail_nth(2);
    CHECK_OK(weir_buf_z(&b, "x"));
    CHECK_INT(weir_buf_reserve(&b, 4096), WEIR_E_NOMEM);
    CHECK_Z(b.p, "x");
    weir_mem_fail_nth(0);
    CHECK_OK(weir_buf_reserve(&b, 4096));
    CHECK_Z(b.p, "x");
    weir_buf_release(&b);
}

TEST(err_table_is_complete) {
    for (int i = 0; i < WEIR_E_COUNT; i++) {
        const char *name = weir_err_name((enum weir_err)i);
        CHECK(name && *name);
        for (; *name; name++)
            CHECK(*name >= 'a' && *name <= 'z');
        CHECK(weir_err_text((enum weir_err)i)[0]);
        CHECK((weir_err_exit_status((enum weir_err)i) == 0) == (i == 0));
    }
    CHECK_Z(weir_err_name(WEIR_E_NETWORK), "network");
    CHECK_Z(weir_err_name((enum weir_err)4711), "generic");
    CHECK_INT(weir_err_exit_status(WEIR_E_USAGE), 2);
}

TEST(error_message_is_cut_between_characters) {
    struct weir_error e;
    char text[600];
    CHECK_INT(weir_error_set(NULL, WEIR_E_IO, "%s", "x"), WEIR_E_IO);
    CHECK_INT(weir_error_set(&e, WEIR_E_IO, "%s:%d", "x", 3), WEIR_E_IO);
    CHECK_INT(e.code, WEIR_E_IO);
    weir_error_set(&e, WEIR_E_IO, "in y: %s", e.message); /* may overlap */
    CHECK_Z(e.message, "in y: x:3");
    memset(text, 'a', sizeof text);
    memcpy(text + 509, "\xE2\x82\xAC", 4); /* the euro would end at 512 */
    weir_error_set(&e, WEIR_E_IO, "%s", text);
    CHECK_INT(strlen(e.message), 509);
    CHECK_INT(weir_error_nomem(&e), WEIR_E_NOMEM);
    CHECK_Z(e.message, "out of memory");
}

static void on_message(enum weir_log_level level, const char *message,
                       void *data) {
    weir_buf_fmt(data, "%d %s;", (int)level, message);
}

TEST(log_drops_what_is_not_wanted) {
    struct weir_buf b;
    struct weir_log log = {WEIR_LOG_WARNING, on_message, &b};
    weir_buf_init(&b, 0);
    weir_log(&log, WEIR_LOG_INFO, "%d", 1);
    weir_log(&log, WEIR_LOG_WARNING, "%d", 2);
    weir_log(&log, WEIR_LOG_ERROR, "%d", 3);
    CHECK_Z(b.p, "1 2;0 3;");
    log.fn = NULL;
    weir_log(&log, WEIR_LOG_ERROR, "%d", 4);
    weir_log(NULL, WEIR_LOG_ERROR, "%d", 5);
    CHECK_Z(b.p, "1 2;0 3;");
    weir_buf_release(&b);
}
