/* Names of output files: templates, and what a URL may not do with them. */
#include "base/mem.h"
#include "core/outname.h"
#include "test.h"

#include <stdio.h>

static const char *const groups[] = {"one", "../two"};

static enum weir_err expand(const char *text, const char *url,
                            struct weir_buf *out, struct weir_error *error) {
    struct weir_outname *t;
    struct weir_outname_input in = {.url = weir_str_of(url),
                                    .n = 42,
                                    .date = WEIR_STR("2026-01-31"),
                                    .captures = groups,
                                    .capture_count = 2};
    enum weir_err code = weir_outname_create(&t, weir_str_of(text), error);
    if (code)
        return code;
    weir_buf_clear(out);
    code = weir_outname_expand(t, &in, out, error);
    weir_outname_destroy(t);
    return code;
}

struct vector {
    const char *text, *url, *want;
};

static void check(const struct vector *v, size_t n) {
    struct weir_buf out;
    struct weir_error error = {0};
    weir_buf_init(&out, 0);
    for (size_t i = 0; i < n; i++) {
        if (expand(v[i].text, v[i].url, &out, &error))
            test_fail(__FILE__, __LINE__, "%s of %s: %s", v[i].text, v[i].url,
                      error.message);
        CHECK_STR(weir_buf_view(&out), weir_str_of(v[i].want));
    }
    weir_buf_release(&out);
}

TEST(outname_expands) {
    static const char url[] = "https://u:p@h.example:8080/a/b/c.tar.gz?q=1#f";
    const struct vector v[] = {
        {"{name}", url, "c.tar.gz"},
        {"{stem}-{ext}", url, "c.tar-gz"},
        {"{host}/{path}", url, "h.example/a/b/c.tar.gz"},
        {"{dir}/x", url, "a/b/x"},
        {"{query}", url, "q=1"},
        {"{n}-{n:05}", url, "42-00042"},
        {"{date}.{ext}", url, "2026-01-31.gz"},
        {"{1}-{2}", url, "one-.._two"},
        {"{2}", url, "___two"},
        {"{{{name}}}", url, "{c.tar.gz}"},
        {"{xxh3}.bin", url, "{xxh3}.bin"},
        {"out/{host}/{name}", url, "h.example/c.tar.gz"},
        {"fixed.bin", url, "fixed.bin"},
        {"{host}", "http://[::1]:80/", "[::1]"},
        {"{stem}.{ext}", "http://h/README", "README"},
        {"{name}", "http://h", "index.html"},
        {"{name}", "http://h/", "index.html"},
        {"{name}", "http://h/d/?q", "index.html"},
        {"{path}", "http://h/", "index.html"},
        {"{path}", "http://h/a/", "a/index.html"},
        {"{path}", "http://h/a//b", "a/b"},
        {"{dir}/{name}", "http://h/x", "x"},
        {"{name}", "http://h/a%20b%C3%A9", "a b\303\251"},
        {"{name}", "http://h/100%", "100%"},
        {"{name}", "http://h/a@b", "a@b"},
    };
    check(v, sizeof v / sizeof *v);
}

TEST(outname_stays_in_the_folder) {
    const struct vector v[] = {
        {"{name}", "http://h/..%2f..%2fetc%2fpasswd",
         "__"
         "_.._etc_passwd"},
        {"{name}", "http://h/%2e%2e%2fx", "___x"},
        {"{name}", "http://h/%2e%2e", "__"},
        {"{name}", "http://h/%252e%252e%252fx", "%2e%2e%2fx"},
        {"{path}", "http://h/%2e%2e/%2e%2e/x", "__/__/x"},
        {"{path}", "http://h/../../x", "__/__/x"},
        {"{name}", "http://h/a%5Cb", "a_b"},
        {"{name}", "http://h/a%00b", "a_b"},
        {"{name}", "http://h/a%0Ab%1B%5B0m%7F", "a_b_[0m_"},
        {"{name}", "http://h/a%C2%9Bb", "a_b"},
        {"{name}", "http://h/%E2%80%AEgpj.exe", "_gpj.exe"},
        {"{name}", "http://h/%FFx", "%FFx"},
        {"{name}", "http://h/.bashrc", "_bashrc"},
        {"{name}", "http://h/...", "___"},
        {"{path}", "http://h/a/.ssh/id", "a/_ssh/id"},
        {".{name}", "http://h/.x", "._x"},
        {"{query}", "http://h/?../../x",
         "__"
         "_.._x"},
        {"{host}", "http://../", "__"},
    };
    struct weir_buf out;
    check(v, sizeof v / sizeof *v);
    /* Whatever pieces make together: never "." or "..". */
    weir_buf_init(&out, 0);
    CHECK_INT(expand(".{ext}/x", "http://h/a", &out, NULL), 0);
    CHECK_Z(out.p, "x");
    CHECK_INT(expand(".{ext}", "http://h/a", &out, NULL), WEIR_E_INVALID);
    CHECK_INT(expand(".{n}./{n}", "http://h/a", &out, NULL), 0);
    CHECK_Z(out.p, ".42./42");
    weir_buf_release(&out);
}

TEST(outname_cuts_long_names) {
    char url[700] = "http://h/", *p = url + strlen(url);
    struct weir_buf out, tagged;
    weir_buf_init(&out, 0);
    weir_buf_init(&tagged, 0);
    memset(p, 'a', 300);
    strcpy(p + 300, ".html");
    CHECK_OK(expand("{name}", url, &out, NULL));
    CHECK_INT(out.len, WEIR_OUTNAME_MAX);
    CHECK(weir_str_ends(weir_buf_view(&out), WEIR_STR("a.html")));
    CHECK_OK(weir_outname_tagged(weir_buf_view(&out), 0x1234abcd, &tagged));
    CHECK(tagged.len + strlen(".part") <= 255);
    CHECK(weir_str_ends(weir_buf_view(&tagged), WEIR_STR("a-1234abcd.html")));
    /* Not inside a character. */
    for (int i = 0; i < 100; i++)
        memcpy(p + i * 6, i ? "%C3%A9" : "%41%41", 6);
    p[600] = '\0';
    CHECK_OK(expand("{name}", url, &out, NULL));
    CHECK_INT(out.len, 200);
    memcpy(p, "%C3%A9%C3%A9", 12);
    CHECK_OK(expand("{name}{name}", url, &out, NULL));
    CHECK(out.len <= WEIR_OUTNAME_MAX && out.len >= WEIR_OUTNAME_MAX - 1);
    CHECK_INT((unsigned char)out.p[out.len - 1], 0xa9);
    weir_buf_release(&out);
    weir_buf_release(&tagged);
}

TEST(outname_says_what_is_wrong) {
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"{nam}", "column 1"}, {"x{name", "column 2"},
        {"a}b", "column 2"},   {"{name:3}", "only {n}"},
        {"{n:x}", "width"},    {"{0}", "{1} to {99}"},
        {"", "folder"},        {"dir/", "folder"},
        {"{host}/", "folder"}, {"{host}/../x", ".."},
        {"{n}/..", ".."},      {"{}", "unknown"},
    };
    struct weir_buf out;
    weir_buf_init(&out, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct weir_error error = {0};
        CHECK_INT(expand(bad[i].text, "http://h/", &out, &error), WEIR_E_USAGE);
        if (!strstr(error.message, bad[i].message))
            test_fail(__FILE__, __LINE__, "%s: \"%s\" lacks \"%s\"",
                      bad[i].text, error.message, bad[i].message);
    }
    CHECK_INT(expand("{3}", "http://h/", &out, NULL), WEIR_E_INVALID);
    weir_buf_release(&out);
}

TEST(outname_takes_the_typed_folder) {
    static const struct {
        const char *text, *folder;
        bool fixed;
    } v[] = {{"{name}", "", false},
             {"out/{name}", "out", false},
             {"../a/b/x{n}", "../a/b", false},
             {"/{name}", "/", false},
             {"/tmp/x.bin", "/tmp", true},
             {"x.bin", "", true},
             {"{host}/x/{name}", "", false}};
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct weir_outname *t;
        CHECK_OK(weir_outname_create(&t, weir_str_of(v[i].text), NULL));
        CHECK_STR(weir_outname_folder(t), weir_str_of(v[i].folder));
        CHECK_INT(weir_outname_is_fixed(t), v[i].fixed);
        weir_outname_destroy(t);
    }
}

TEST(outname_reads_typed_paths) {
    struct weir_buf out;
    weir_buf_init(&out, 0);
    CHECK_OK(weir_outname_typed(WEIR_STR("a/./b//c"), &out, NULL));
    CHECK_Z(out.p, "a/b/c");
    CHECK_INT(weir_outname_typed(WEIR_STR("a/../b"), &out, NULL),
              WEIR_E_INVALID);
    CHECK_INT(weir_outname_typed(WEIR_STR("/a"), &out, NULL), WEIR_E_INVALID);
    CHECK_INT(weir_outname_typed(WEIR_STR(""), &out, NULL), WEIR_E_INVALID);
    CHECK_INT(weir_outname_typed(WEIR_STR("a/"), &out, NULL), WEIR_E_INVALID);
    weir_buf_release(&out);
}

TEST(outname_folds_case) {
    struct weir_buf a, b;
    weir_buf_init(&a, 0);
    weir_buf_init(&b, 0);
    CHECK_OK(weir_outname_fold(WEIR_STR("A/\303\211.TXT\377"), &a));
    CHECK_OK(weir_outname_fold(WEIR_STR("a/\303\251.txt\377"), &b));
    CHECK_STR(weir_buf_view(&a), weir_buf_view(&b));
    weir_buf_release(&a);
    weir_buf_release(&b);
}

TEST(outname_survives_without_memory) {
    struct weir_buf out;
    int failures = 0;
    weir_buf_init(&out, 0);
    for (unsigned long n = 1; n < 40; n++) {
        weir_mem_fail_nth(n);
        enum weir_err code =
            expand("{host}/{path}-{name}", "http://h/a/b.c", &out, NULL);
        weir_mem_fail_nth(0);
        CHECK(code == WEIR_OK || code == WEIR_E_NOMEM);
        failures += code != WEIR_OK;
        weir_buf_release(&out);
    }
    CHECK(failures >= 3 && failures < 39);
}
