/* The JSON reader: tokens in order, strictness, strings. */
#include "test.h"

#include "core/json.h"

#include <stdio.h>

/* The tokens of a text as one letter each, '!' for an error. */
static const char *letters(struct weir_str text, char *out, size_t room) {
    static const char letter[] = "!.{}[]ksntfz";
    struct weir_json r;
    size_t n = 0;
    weir_json_init(&r, text);
    do {
        weir_json_next(&r);
        if (n + 1 < room)
            out[n++] = letter[r.token];
    } while (r.token != WEIR_JSON_ERROR && r.token != WEIR_JSON_END);
    out[n] = '\0';
    return out;
}

static const char *z_letters(const char *text) {
    static char out[256];
    return letters(weir_str_of(text), out, sizeof out);
}

TEST(json_tokens_in_order) {
    CHECK_Z(z_letters("{\"a\":[1,{\"b\":null},true],\"c\":\"x\"}"),
            "{k[n{kz}t]ks}.");
    CHECK_Z(z_letters(" [ ] "), "[].");
    CHECK_Z(z_letters("{}"), "{}.");
    CHECK_Z(z_letters("\t\r\n-0.5e+10 "), "n.");
    CHECK_Z(z_letters("false"), "f.");
}

TEST(json_refuses_what_rfc8259_does_not_have) {
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "[",
        "[1,]",
        "{\"a\":1,}",
        "[1 2]",
        "{a:1}",
        "{\"a\"}",
        "'a'",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "0x1",
        "nul",
        "truex",
        "1 1",
        "[}",
        "{]",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\n\"",
        "NaN",
        "[,1]",
        "{\"a\":}",
        "//\n1",
        "\"\\",
        "[1}",
        "{\"a\" 1}",
        "\xEF\xBB\xBF"
        "1",
        "{1:2}",
        "]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *got = z_letters(bad[i]);
        if (got[strlen(got) - 1] != '!')
            test_fail(__FILE__, __LINE__, "accepted: %s", bad[i]);
    }
}

TEST(json_depth_is_bounded) {
    char text[2 * WEIR_JSON_MAX_DEPTH + 2], out[2 * WEIR_JSON_MAX_DEPTH + 4];
    memset(text, '[', sizeof text);
    memset(text + WEIR_JSON_MAX_DEPTH, ']', WEIR_JSON_MAX_DEPTH);
    letters(weir_str_make(text, 2 * WEIR_JSON_MAX_DEPTH), out, sizeof out);
    CHECK_INT(out[strlen(out) - 1], '.');
    memset(text, '[', sizeof text);
    letters(weir_str_make(text, sizeof text), out, sizeof out);
    CHECK_INT(strlen(out), WEIR_JSON_MAX_DEPTH + 1);
    CHECK_INT(out[strlen(out) - 1], '!');
}

static void check_text(const char *json, struct weir_str want) {
    struct weir_json r;
    struct weir_buf out;
    weir_json_init(&r, weir_str_of(json));
    CHECK_INT(weir_json_next(&r), WEIR_JSON_STRING);
    weir_buf_init(&out, 0);
    CHECK_OK(weir_json_put_text(r.text, &out));
    CHECK_STR(weir_buf_view(&out), want);
    CHECK(weir_json_is(&r, want));
    CHECK(!weir_json_is(&r, WEIR_STR("something else")));
    weir_buf_release(&out);
}

TEST(json_strings_unescape) {
    check_text("\"\"", WEIR_STR(""));
    check_text("\"plain\"", WEIR_STR("plain"));
    check_text("\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\te\"",
               WEIR_STR("a\"b\\c/d\b\f\n\r\te"));
    check_text("\"\\u0041\\u00e9\\u20AC\"", WEIR_STR("A\xC3\xA9\xE2\x82\xAC"));
    check_text("\"\\uD83D\\uDE00!\"", WEIR_STR("\xF0\x9F\x98\x80!"));
    check_text("\"x\\u0000y\"", WEIR_STR("x\0y"));
}

TEST(json_lone_surrogates_become_replacements) {
    check_text("\"\\uD800\"", WEIR_STR("\xEF\xBF\xBD"));
    check_text("\"\\uDC00x\"", WEIR_STR("\xEF\xBF\xBDx"));
    check_text("\"\\uD800\\u0041\"", WEIR_STR("\xEF\xBF\xBD"
                                              "A"));
    check_text("\"\\uD800\\uD83D\\uDE00\"",
               WEIR_STR("\xEF\xBF\xBD\xF0\x9F\x98\x80"));
    check_text("\"\\uDE00\\uD83D\"", WEIR_STR("\xEF\xBF\xBD\xEF\xBF\xBD"));
}

TEST(json_skip_reads_over_values) {
    struct weir_json r;
    weir_json_init(&r,
                   WEIR_STR("{\"a\":[1,[2,{}],3],\"b\":{\"c\":{}},\"d\":4}"));
    CHECK_INT(weir_json_next(&r), WEIR_JSON_OBJECT);
    CHECK_INT(weir_json_next(&r), WEIR_JSON_KEY);
    CHECK(weir_json_skip(&r));
    CHECK_INT(weir_json_next(&r), WEIR_JSON_KEY);
    CHECK_INT(weir_json_next(&r), WEIR_JSON_OBJECT);
    CHECK(weir_json_skip(&r));
    CHECK_INT(weir_json_next(&r), WEIR_JSON_KEY);
    CHECK(weir_json_is(&r, WEIR_STR("d")));
    CHECK_INT(weir_json_next(&r), WEIR_JSON_NUMBER);
    CHECK_STR(r.text, WEIR_STR("4"));
    CHECK_INT(weir_json_next(&r), WEIR_JSON_OBJECT_END);
    CHECK_INT(weir_json_next(&r), WEIR_JSON_END);
    weir_json_init(&r, WEIR_STR("[[1,]]"));
    CHECK_INT(weir_json_next(&r), WEIR_JSON_ARRAY);
    CHECK(!weir_json_skip(&r));
}

TEST(json_errors_name_the_place) {
    struct weir_json r;
    struct weir_error error;
    weir_json_init(&r, WEIR_STR("[1 2]"));
    while (weir_json_next(&r) != WEIR_JSON_ERROR)
        ;
    CHECK_INT(weir_json_error(&r, &error, "nothing"), WEIR_E_INVALID);
    CHECK_Z(error.message, "JSON: expected ',' or ']' at byte 4");
}
