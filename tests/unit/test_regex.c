/* Perl's regular expressions, and what they may cost. */
#include "test.h"

#include "base/mem.h"
#include "doc/regex.h"

static struct weir_regex *compile(const char *pattern) {
    struct weir_error error = {0};
    struct weir_regex *r;
    if (weir_regex_compile(weir_str_of(pattern), &r, NULL, &error))
        test_fail(__FILE__, __LINE__, "%s: %s", pattern, error.message);
    return r;
}

/* All values with "|" between. */
static void check_values(const char *pattern, const char *text,
                         const char *want) {
    struct weir_regex *r = compile(pattern);
    struct weir_regex_scan scan;
    struct weir_regex_match m;
    struct weir_buf got;
    weir_buf_init(&got, 0);
    weir_regex_scan_init(&scan, r, weir_str_of(text));
    for (;;) {
        CHECK_OK(weir_regex_next(&scan, &m, NULL));
        if (!m.found)
            break;
        weir_buf_str(&got, m.value);
        weir_buf_byte(&got, '|');
    }
    CHECK_STR(weir_buf_view(&got), weir_str_of(want));
    weir_buf_release(&got);
    weir_regex_destroy(r);
}

TEST(regex_values) {
    check_values("\\d+", "a1b22", "1|22|");
    check_values("n=(\\d+)", "n=1 n=x n=3", "1|3|");
    check_values("a(b)?", "a ab", "|b|");
    check_values("x*", "axb", "|x|||");
    check_values("^", "ab", "|");
    check_values("(?m)^.", "ab\ncd", "a|c|");
    check_values("\\w+", "caf\xC3\xA9 x", "caf\xC3\xA9|x|");
    check_values(".", "\xC3\xA9\xF0\x9F\x98\x80", "\xC3\xA9|\xF0\x9F\x98\x80|");
    check_values("(?i)\xC3\x89", "\xC3\xA9", "\xC3\xA9|");
    check_values("none", "text", "");
    check_values("(?<=a)b", "ab b", "b|");
    check_values("a", "", "");
}

static void check_replaced(const char *pattern, const char *text,
                           const char *with, const char *want, size_t times) {
    struct weir_regex *r = compile(pattern);
    struct weir_buf got;
    size_t count;
    weir_buf_init(&got, 0);
    CHECK_OK(weir_regex_replace(r, weir_str_of(text), weir_str_of(with), &got,
                                &count, NULL));
    CHECK_STR(weir_buf_view(&got), weir_str_of(want));
    CHECK_INT(count, times);
    weir_buf_release(&got);
    weir_regex_destroy(r);
}

TEST(regex_replaces) {
    check_replaced("(\\w)(\\w)", "ab cd", "$2$1", "ba dc", 2);
    check_replaced("(?<first>\\w)\\w", "ab", "<${first}>", "<a>", 1);
    check_replaced("b", "abc", "[$0$&$$]", "a[bb$]c", 1);
    check_replaced("b", "abc", "", "ac", 1);
    check_replaced("z", "abc", "x", "abc", 0);
    check_replaced("x*", "ab", "-", "-a-b-", 3);
    check_replaced("b", "b", "$9 ${9} ${no} ${ $x $", "  ${no} ${ $x $", 1);
    check_replaced("(\\d)", "1", "${1}0", "10", 1);
}

TEST(regex_refuses_patterns) {
    static const struct {
        const char *pattern;
        size_t column;
    } cases[] = {{"a(b", 4},       {"a)", 2}, {"[z-a]", 4},
                 {"\xC3\xA9(", 3}, {"*", 1},  {"\\C", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_error error = {0};
        struct weir_regex *r;
        size_t column = 0;
        CHECK_INT(weir_regex_compile(weir_str_of(cases[i].pattern), &r, &column,
                                     &error),
                  WEIR_E_INVALID);
        CHECK_INT(column, cases[i].column);
        CHECK(strncmp(error.message, "pattern, column ", 16) == 0);
    }
}

TEST(regex_wants_utf8) {
    struct weir_regex *r = compile("a");
    struct weir_regex_match m;
    CHECK_INT(weir_regex_find(r, WEIR_STR("\xFF"), &m, NULL), WEIR_E_INVALID);
    weir_regex_destroy(r);
}

/* Patterns that would take years come back, matching or not. */
TEST(regex_never_hangs) {
    static const char *const patterns[] = {
        "(a+)+$",      "(a|aa)+$",     "(a*)*b",        "(?:a?){40}a{40}b",
        "(.*)*(.*)*b", "^(a|a|a|a)*b", "((a)*)*\\1\\2b"};
    struct weir_buf text;
    weir_buf_init(&text, 0);
    for (int i = 0; i < 5000; i++)
        weir_buf_byte(&text, 'a');
    weir_buf_byte(&text, '!');
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        struct weir_regex *r = compile(patterns[i]);
        struct weir_regex_match m = {.found = true};
        enum weir_err e = weir_regex_find(r, weir_buf_view(&text), &m, NULL);
        CHECK(e == WEIR_E_LIMIT || (e == WEIR_OK && !m.found));
        weir_regex_destroy(r);
    }
    weir_buf_release(&text);
}

/* Slow at every position rather than at one. */
TEST(regex_gives_up_on_quadratic_work) {
    struct weir_regex *r = compile("[ab]*[ac]*x");
    struct weir_regex_match m;
    struct weir_buf text;
    enum weir_err e;
    weir_buf_init(&text, 0);
    CHECK_OK(weir_buf_reserve(&text, 1 << 20));
    while (text.len < 1 << 20)
        weir_buf_byte(&text, 'a');
    e = weir_regex_find(r, weir_buf_view(&text), &m, NULL);
    CHECK(e == WEIR_E_LIMIT || (e == WEIR_OK && !m.found));
    weir_buf_release(&text);
    weir_regex_destroy(r);
}

/* Stretches do not lose a match at their borders. */
TEST(regex_searches_long_texts) {
    struct weir_regex *r = compile("(?<=\xC3\xA9)needle(\\d+)");
    struct weir_regex_scan scan;
    struct weir_regex_match m;
    struct weir_buf text;
    size_t found = 0;
    weir_buf_init(&text, 0);
    for (int i = 0; i < 20000; i++)
        weir_buf_fmt(&text, "hay\xC3\xA9needle%d \xC3\xA9\xC3\xA9", i);
    weir_regex_scan_init(&scan, r, weir_buf_view(&text));
    for (;;) {
        CHECK_OK(weir_regex_next(&scan, &m, NULL));
        if (!m.found)
            break;
        found++;
    }
    CHECK_INT(found, 20000);
    weir_buf_release(&text);
    weir_regex_destroy(r);
}

TEST(regex_without_memory) {
    for (unsigned long nth = 1; nth < 200; nth++) {
        struct weir_regex *r = NULL;
        struct weir_regex_match m;
        enum weir_err e;
        weir_mem_fail_nth(nth);
        e = weir_regex_compile(WEIR_STR("(a+)b"), &r, NULL, NULL);
        if (!e)
            e = weir_regex_find(r, WEIR_STR("xaab"), &m, NULL);
        weir_mem_fail_nth(0);
        CHECK(e == WEIR_OK || e == WEIR_E_NOMEM);
        weir_regex_destroy(r);
        if (e == WEIR_OK && nth > 50)
            return;
    }
    test_fail(__FILE__, __LINE__, "it never goes well");
}
