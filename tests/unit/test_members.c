/* core/members: one object's members; core/template: text made of them. */
#include "test.h"

#include "base/mem.h"
#include "core/members.h"
#include "core/template.h"

static void check_text(const struct weir_members *m, const char *path,
                       const char *want) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    CHECK_OK(weir_value_put_text(weir_members_get(m, weir_str_of(path)), &b));
    CHECK_STR(weir_buf_view(&b), weir_str_of(want));
    weir_buf_release(&b);
}

static void check_json(const struct weir_members *m, const char *path,
                       const char *want) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    CHECK_OK(weir_value_put_json(weir_members_get(m, weir_str_of(path)), &b));
    CHECK_STR(weir_buf_view(&b), weir_str_of(want));
    weir_buf_release(&b);
}

static const char object[] =
    "{ \"a\": \"x\\ty\", \"n\": 9007199254740993, \"f\": -1.50e3, \"t\": true,"
    "\"z\": null, \"o\": { \"b\" : [ 1, {\"c\": \"\\u00e9\"} ], \"d.e\": 4 },"
    "\"\\u0061b\": \"late\", \"p.q\": \"dotted\", \"a\": \"second\" }";

TEST(members_values) {
    struct weir_members m;
    weir_members_init(&m);
    CHECK_OK(weir_members_read(&m, WEIR_STR(object), NULL));
    CHECK_INT(m.count, 9);
    CHECK_STR(m.at[0].name, WEIR_STR("a"));
    CHECK_STR(m.at[6].name, WEIR_STR("ab"));
    check_text(&m, "a", "second");
    check_text(&m, "n", "9007199254740993");
    check_text(&m, "f", "-1.50e3");
    check_text(&m, "t", "true");
    check_text(&m, "z", "");
    check_text(&m, "none", "");
    check_text(&m, "ab", "late");
    check_text(&m, "o", "{\"b\":[1,{\"c\":\"\\u00e9\"}],\"d.e\":4}");
    check_json(&m, "z", "null");
    check_json(&m, "none", "null");
    check_json(&m, "a", "\"second\"");
    check_json(&m, "o.b", "[1,{\"c\":\"\\u00e9\"}]");
    weir_members_release(&m);
}

TEST(members_paths) {
    struct weir_members m;
    weir_members_init(&m);
    CHECK_OK(weir_members_read(&m, WEIR_STR(object), NULL));
    check_text(&m, "o.b.0", "1");
    check_text(&m, "o.b.1.c", "\xC3\xA9");
    check_text(&m, "o.d.e", "4");
    check_text(&m, "p.q", "dotted");
    check_text(&m, "o.b.2", "");
    check_text(&m, "o.b.x", "");
    check_text(&m, "a.b", "");
    check_text(&m, "o.", "{\"b\":[1,{\"c\":\"\\u00e9\"}],\"d.e\":4}");
    weir_members_release(&m);
}

TEST(members_read_again_and_failures) {
    struct weir_members m;
    struct weir_error e;
    weir_members_init(&m);
    CHECK_OK(weir_members_read(&m, WEIR_STR("{\"a\\\\\":1,\"\\n\":2}"), NULL));
    CHECK_STR(m.at[0].name, WEIR_STR("a\\"));
    CHECK_STR(m.at[1].name, WEIR_STR("\n"));
    const char *const bad[] = {
        "",           "[]",         "{", "{\"a\":1} x",
        "{\"a\"}",    "{\"a\":[1}", "1", "{\"a\":{\"b\"}}",
        "{\"a\":tru}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(weir_members_read(&m, weir_str_of(bad[i]), &e),
                  WEIR_E_INVALID);
        CHECK_INT(m.count, 0);
    }
    CHECK_OK(weir_members_read(&m, WEIR_STR("{}"), NULL));
    CHECK_INT(m.count, 0);
    weir_members_release(&m);
}

TEST(members_make_utf8_valid) {
    struct weir_members m;
    weir_members_init(&m);
    CHECK_OK(weir_members_read(
        &m, WEIR_STR("{\"a\":\"x\xFFy\",\"l\":[\"\xC3\"],\"s\":\"\\ud800\"}"),
        NULL));
    check_text(&m, "a", "x\xEF\xBF\xBDy");
    check_text(&m, "l", "[\"\xEF\xBF\xBD\"]");
    check_text(&m, "s", "\xEF\xBF\xBD");
    check_json(&m, "a", "\"x\xEF\xBF\xBDy\"");
    weir_members_release(&m);
}

TEST(members_compact_json) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    CHECK_OK(weir_json_put_compact(
        WEIR_STR(" { \"a\" : [ ] , \"b\" : [ { } , null , false ] }\n"), &b));
    CHECK_STR(weir_buf_view(&b), WEIR_STR("{\"a\":[],\"b\":[{},null,false]}"));
    CHECK_INT(weir_json_put_compact(WEIR_STR("[1,"), &b), WEIR_E_INVALID);
    CHECK_STR(weir_buf_view(&b), WEIR_STR("{\"a\":[],\"b\":[{},null,false]}"));
    weir_buf_release(&b);
}

TEST(members_without_memory) {
    for (unsigned long n = 1;; n++) {
        struct weir_members m;
        weir_members_init(&m);
        weir_mem_fail_nth(n);
        enum weir_err code = weir_members_read(&m, WEIR_STR(object), NULL);
        weir_mem_fail_nth(0);
        size_t count = m.count;
        weir_members_release(&m);
        if (!code) {
            CHECK(n > 2);
            CHECK_INT(count, 9);
            return;
        }
        CHECK_INT(code, WEIR_E_NOMEM);
        CHECK_INT(count, 0);
    }
}

TEST(template_puts_fields) {
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"{label}: {t} :: {d}", "Kiel: 21.5 :: "},
        {"{{{label}}} {o.x}!", "{Kiel} deep!"},
        {"", ""},
        {"}}{{", "}{"},
        {"{ label }", "Kiel"},
        {"{none}", ""},
    };
    struct weir_members m;
    weir_members_init(&m);
    CHECK_OK(
        weir_members_read(&m,
                          WEIR_STR("{\"label\":\"Kiel\",\"t\":21.5,\"d\":null,"
                                   "\"o\":{\"x\":\"deep\"}}"),
                          NULL));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_template *t;
        struct weir_buf b;
        weir_buf_init(&b, 0);
        CHECK_OK(weir_template_create(&t, weir_str_of(cases[i].text), NULL));
        CHECK_OK(weir_template_put(t, &m, &b));
        CHECK_STR(weir_buf_view(&b), weir_str_of(cases[i].want));
        weir_template_destroy(t);
        weir_buf_release(&b);
    }
    weir_members_release(&m);
}

TEST(template_errors_have_columns) {
    static const struct {
        const char *text, *column;
    } cases[] = {{"ab{c", "column 3"},
                 {"a}", "column 2"},
                 {"{}", "column 1"},
                 {"{{{ }", "column 3"},
                 {"{a{b}", "column 1"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_template *t = NULL;
        struct weir_error e;
        CHECK_INT(weir_template_create(&t, weir_str_of(cases[i].text), &e),
                  WEIR_E_USAGE);
        CHECK(strstr(e.message, cases[i].column) != NULL);
        CHECK(t == NULL);
    }
}
