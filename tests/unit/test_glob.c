/* Globs: what they stand for, in which order, and what they refuse. */
#include "test.h"

#include "base/buf.h"
#include "base/mem.h"
#include "source/glob.h"

#include <stdio.h>

/* All URLs of a pattern with spaces between them. */
static void check_expansion(const char *pattern, const char *want) {
    struct weir_error e = {0};
    struct weir_glob *g = NULL;
    struct weir_str url, captures[WEIR_GLOB_MAX];
    struct weir_buf all;
    size_t count;
    uint64_t n = 0;
    if (weir_glob_create(&g, weir_str_of(pattern), &e))
        test_fail(__FILE__, __LINE__, "%s: %s", pattern, e.message);
    weir_buf_init(&all, 0);
    while (weir_glob_next(g, &url, captures, &count)) {
        if (n++)
            weir_buf_byte(&all, ' ');
        weir_buf_str(&all, url);
    }
    CHECK_Z(all.p, want);
    CHECK_INT(weir_glob_total(g), n);
    weir_buf_release(&all);
    weir_glob_destroy(g);
}

TEST(glob_expands) {
    check_expansion("http://h/a", "http://h/a");
    check_expansion("", "");
    check_expansion("h/{a,b}", "h/a h/b");
    check_expansion("{a,b}{c,d}", "ac ad bc bd");
    check_expansion("x{a,,b}y", "xay xy xby");
    check_expansion("{only}", "only");
    check_expansion("[0-3]", "0 1 2 3");
    check_expansion("[8-11]", "8 9 10 11");
    check_expansion("[08-11]", "08 09 10 11");
    check_expansion("[000-100:50]z", "000z 050z 100z");
    check_expansion("[1-10:4]", "1 5 9");
    check_expansion("[1-3:9]", "1");
    check_expansion("[7-7]", "7");
    check_expansion("[a-e:2]", "a c e");
    check_expansion("[X-Z]", "X Y Z");
    check_expansion("[a-b]/[1-2]", "a/1 a/2 b/1 b/2");
    check_expansion("[18446744073709551614-18446744073709551615]",
                    "18446744073709551614 18446744073709551615");
}

TEST(glob_escapes_and_ipv6) {
    check_expansion("a\\{b\\,c\\}d\\[1-2\\]", "a{b,c}d[1-2]");
    check_expansion("{a\\,b,c\\}}", "a,b c}");
    check_expansion("a\\b\\\\c", "a\\b\\c");
    check_expansion("a\\", "a\\");
    check_expansion("http://[::1]:8080/[1-2]",
                    "http://[::1]:8080/1 http://[::1]:8080/2");
    check_expansion("http://[2001:db8::1]/", "http://[2001:db8::1]/");
    check_expansion("http://[fe80::1%25eth0]/", "http://[fe80::1%25eth0]/");
    check_expansion("http://u@[::ffff:1.2.3.4]/", "http://u@[::ffff:1.2.3.4]/");
}

TEST(glob_captures) {
    struct weir_error e = {0};
    struct weir_glob *g = NULL;
    struct weir_str url, captures[WEIR_GLOB_MAX];
    size_t count = 0;
    CHECK_OK(weir_glob_create(&g, WEIR_STR("{a,b}/[08-09]/c"), &e));
    for (int i = 0; i < 4; i++) {
        CHECK(weir_glob_next(g, &url, captures, &count));
        CHECK_INT(count, 2);
        CHECK_STR(captures[0], i < 2 ? WEIR_STR("a") : WEIR_STR("b"));
        CHECK_STR(captures[1], i % 2 ? WEIR_STR("09") : WEIR_STR("08"));
    }
    CHECK(!weir_glob_next(g, &url, captures, &count));
    /* and it starts again */
    CHECK(weir_glob_next(g, &url, captures, &count));
    CHECK_STR(url, WEIR_STR("a/08/c"));
    weir_glob_destroy(g);
}

TEST(glob_is_lazy) {
    struct weir_error e = {0};
    struct weir_glob *g = NULL;
    struct weir_str url, captures[WEIR_GLOB_MAX];
    size_t count;
    CHECK_OK(weir_glob_create(&g, WEIR_STR("h/[0-9999999999]"), &e));
    CHECK_INT(weir_glob_total(g), 10000000000);
    for (int i = 0; i < 1000; i++)
        CHECK(weir_glob_next(g, &url, captures, &count));
    CHECK_STR(url, WEIR_STR("h/999"));
    weir_glob_destroy(g);
    CHECK_OK(weir_glob_create(&g, WEIR_STR("[0-9999999999][0-9999999999]{a,b}"),
                              &e));
    CHECK(weir_glob_total(g) == UINT64_MAX);
    weir_glob_destroy(g);
}

TEST(glob_errors_name_the_column) {
    static const struct {
        const char *pattern, *start;
    } bad[] = {{"http://h/{a,b", "column 10: '{' is not closed"},
               {"http://h/[1-2", "column 10: '[' is not closed"},
               {"h/a}", "column 4: a closing bracket"},
               {"h/a]", "column 4: a closing bracket"},
               {"{}", "column 1: '{}' is empty"},
               {"{a,{b}}", "column 4: globs do not nest"},
               {"{a,[1-2]}", "column 4: globs do not nest"},
               {"x[]", "column 2: a range is"},
               {"x[1]", "column 2: a range is"},
               {"x[1-]", "column 2: a range is"},
               {"x[-1]", "column 2: a range is"},
               {"x[a-Z]", "column 2: a range is"},
               {"x[a-9]", "column 2: a range is"},
               {"x[aa-bb]", "column 2: a range is"},
               {"x[1-2-3]", "column 2: a range is"},
               {"x[2-1]", "column 2: a range goes"},
               {"x[z-a]", "column 2: a range goes"},
               {"x[1-9:0]", "column 2: the step"},
               {"x[1-9:]", "column 2: the step"},
               {"x[1-9:b]", "column 2: the step"},
               {"x[0-18446744073709551615]", "column 2: a range that long"},
               {"x[1-99999999999999999999]", "column 2: a range is"},
               {"[1-2][1-2][1-2][1-2][1-2][1-2][1-2][1-2][1-2][1-2][1-2][1-2]"
                "[1-2][1-2][1-2][1-2]{a}",
                "column 81: more than 16 globs"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct weir_error e = {0};
        struct weir_glob *g = NULL;
        CHECK_INT(weir_glob_create(&g, weir_str_of(bad[i].pattern), &e),
                  WEIR_E_USAGE);
        if (strncmp(e.message, bad[i].start, strlen(bad[i].start)) != 0)
            test_fail(__FILE__, __LINE__, "%s: %s", bad[i].pattern, e.message);
    }
}

TEST(glob_without_memory) {
    for (unsigned long n = 1; n < 6; n++) {
        struct weir_error e = {0};
        struct weir_glob *g = NULL;
        weir_mem_fail_nth(n);
        CHECK_INT(weir_glob_create(&g, WEIR_STR("a{b,c}d"), &e), WEIR_E_NOMEM);
    }
    weir_mem_fail_nth(0);
}
