/* Header blocks and the fields that have a grammar of their own. */
#include "core/headers.h"

#include "base/mem.h"
#include "test.h"

static struct weir_str Z(const char *z) {
    return weir_str_of(z);
}

static const char block[] = "HTTP/1.1 200 OK\r\n"
                            "Content-Type: text/html\r\n"
                            "vary: Accept,\r\n"
                            "no colon here\r\n"
                            ": no name\r\n"
                            "X-Folded: one\r\n"
                            "\ttwo: three\r\n"
                            "Vary:\tCookie , , \"a,b\"\r\n"
                            "Empty:\r\n"
                            "\r\n"
                            "Last: no newline";

TEST(headers_find_the_nth) {
    struct weir_str v = {NULL, 0};
    CHECK(weir_headers_get(Z(block), Z("CONTENT-TYPE"), 0, &v));
    CHECK_STR(v, Z("text/html"));
    CHECK(!weir_headers_get(Z(block), Z("Content-Type"), 1, &v));
    CHECK_STR(v, Z("text/html")); /* written on success only */
    CHECK(weir_headers_get(Z(block), Z("Vary"), 0, &v));
    CHECK_STR(v, Z("Accept,"));
    CHECK(weir_headers_get(Z(block), Z("Vary"), 1, &v));
    CHECK_STR(v, Z("Cookie , , \"a,b\""));
    CHECK(weir_headers_get(Z(block), Z("Empty"), 0, &v));
    CHECK_INT(v.n, 0);
    CHECK(weir_headers_get(Z(block), Z("Last"), 0, &v));
    CHECK_STR(v, Z("no newline"));
    CHECK(weir_headers_get(Z(block), Z("X-Folded"), 0, &v));
    CHECK_STR(v, Z("one"));
    CHECK(!weir_headers_get(Z(block), Z("two"), 0, &v));
    CHECK(!weir_headers_get(Z(block), Z(""), 0, &v));
    CHECK(!weir_headers_get(weir_str_make(NULL, 0), Z("a"), 0, &v));
}

TEST(headers_lists_span_fields) {
    static const char *const expected[] = {"Accept", "Cookie", "\"a,b\""};
    struct weir_headers_list list;
    struct weir_str element, rest;
    weir_headers_list_start(&list, Z(block), Z("Vary"));
    for (size_t i = 0; i < 3; i++) {
        CHECK(weir_headers_list_next(&list, &element));
        CHECK_STR(element, Z(expected[i]));
    }
    CHECK(!weir_headers_list_next(&list, &element));
    CHECK(!weir_headers_list_next(&list, &element));
    rest = Z(" a=\"x\\\",y\" ,,b, \"open, c");
    CHECK(weir_headers_element(&rest, &element));
    CHECK_STR(element, Z("a=\"x\\\",y\""));
    CHECK(weir_headers_element(&rest, &element));
    CHECK_STR(element, Z("b"));
    CHECK(weir_headers_element(&rest, &element));
    CHECK_STR(element, Z("\"open, c"));
    CHECK(!weir_headers_element(&rest, &element));
}

TEST(headers_parameters_and_their_values) {
    struct weir_str rest = Z("; a=1; B = \"x;\\\"y\\\\\" ;; c"), name, value;
    struct weir_buf b;
    weir_buf_init(&b, 0);
    CHECK(weir_headers_param(&rest, &name, &value));
    CHECK_STR(name, Z("a"));
    CHECK_STR(value, Z("1"));
    CHECK(weir_headers_param(&rest, &name, &value));
    CHECK_STR(name, Z("B"));
    CHECK_OK(weir_headers_put_value(&b, value));
    CHECK_Z(b.p, "x;\"y\\");
    CHECK(weir_headers_param(&rest, &name, &value));
    CHECK_STR(name, Z("c"));
    CHECK_INT(value.n, 0);
    CHECK(!weir_headers_param(&rest, &name, &value));
    weir_buf_clear(&b);
    CHECK_OK(weir_headers_put_value(&b, Z("\"open\\")));
    CHECK_Z(b.p, "open\\");
    weir_buf_release(&b);
    weir_buf_init(&b, 3);
    CHECK_INT(weir_headers_put_value(&b, Z("\"four\"")), WEIR_E_LIMIT);
    CHECK_Z(b.p, "");
    CHECK(b.failed);
    weir_buf_release(&b);
}

TEST(headers_content_range) {
    static const char *const bad[] = {"",
                                      "bytes",
                                      "bytes 0-499",
                                      "bytes 5-4/10",
                                      "bytes */*",
                                      "bytes 0-9/9",
                                      "items 0-1/2",
                                      "bytes -1-4/10",
                                      "bytes 0-/5",
                                      "bytes 0 - 1/2",
                                      "bytes 0-1/2x",
                                      "bytes 0-99999999999999999999/*"};
    struct weir_content_range r;
    CHECK(weir_headers_content_range(Z("bytes 0-499/1234"), &r));
    CHECK(r.first == 0 && r.last == 499 && r.total == 1234);
    CHECK(weir_headers_content_range(Z("Bytes 42-42/*"), &r));
    CHECK(r.first == 42 && r.last == 42 && r.total == -1);
    CHECK(weir_headers_content_range(Z("bytes */1234"), &r));
    CHECK(r.first == -1 && r.last == -1 && r.total == 1234);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!weir_headers_content_range(Z(bad[i]), &r));
}

TEST(headers_filename) {
    static const struct {
        const char *value, *name;
    } cases[] = {
        {"attachment", ""},
        {"", ""},
        {"filename", ""},
        {"attachment; filename=\"foo.html\"", "foo.html"},
        {"inline; FILENAME=foo.html ;", "foo.html"},
        {"attachment; filename=\"f\\oo \\\"bar\\\".html\"", "foo \"bar\".html"},
        {"attachment; filename=\"a;b,c.html\"; size=3", "a;b,c.html"},
        {"attachment; filename=foo bar.html", "foo bar.html"},
        {"attachment; filename=\"one\"; filename=\"two\"", "one"},
        {"attachment; filename=\"foo-\xE4.html\"", "foo-\xC3\xA4.html"},
        {"attachment; filename=\"foo-\xC3\xA4.html\"", "foo-\xC3\xA4.html"},
        {"attachment; filename=\"50%25.html\"", "50%25.html"},
        /* RFC 8187, RFC 6266 section 5 */
        {"attachment; filename*=UTF-8''%e2%82%ac%20rates",
         "\xE2\x82\xAC rates"},
        {"attachment; filename*=iso-8859-1'en'%A3%20rates", "\xC2\xA3 rates"},
        {"a; filename=\"EURO\"; filename*=utf-8''%e2%82%ac", "\xE2\x82\xAC"},
        {"a; filename*=utf-8''%e2%82%ac; filename=\"EURO\"", "\xE2\x82\xAC"},
        {"a; filename*=UTF-8''a%2fb", "a/b"}, /* for core/outname.h to judge */
        /* not sound: the plain one */
        {"a; filename=x; filename*=UTF-8''%e2%82", "x"},
        {"a; filename=x; filename*=UTF-8''%zz", "x"},
        {"a; filename=x; filename*=UTF-8''%4", "x"},
        {"a; filename=x; filename*=KOI8-R''%41", "x"},
        {"a; filename=x; filename*=UTF-8'y", "x"},
        {"a; filename=x; filename*=UTF-8''", "x"},
        {"a; filename=x; filename*", "x"},
    };
    struct weir_buf b;
    weir_buf_init(&b, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weir_buf_clear(&b);
        CHECK_OK(weir_headers_filename(Z(cases[i].value), &b));
        CHECK_Z(b.p, cases[i].name);
    }
    weir_buf_release(&b);
}

TEST(headers_filename_without_memory) {
    struct weir_str value = WEIR_STR("a; filename=x; filename*=UTF-8''y");
    unsigned long n = 1;
    for (;; n++) {
        struct weir_buf b;
        enum weir_err err;
        weir_buf_init(&b, 0);
        weir_mem_fail_nth(n);
        err = weir_headers_filename(value, &b);
        weir_mem_fail_nth(0);
        if (err == WEIR_OK)
            CHECK_Z(b.p, "y");
        else
            CHECK_Z(b.p, "");
        CHECK(err == WEIR_OK || err == WEIR_E_NOMEM);
        weir_buf_release(&b);
        if (err == WEIR_OK)
            break;
    }
    CHECK_INT(n, 4); /* three allocations, each of which failed once */
}

TEST(headers_links) {
    struct weir_str rest =
        Z(" </p?a=1,2;3>; rel=\"prev  Next\"; title=\"a,b;c\","
          "<x>;rel=next;rel=first;type=\"text/html\" ,"
          "<y>,<z> ; anchor=\"#a\"; rel=up, <broken");
    struct weir_headers_link link;
    CHECK(weir_headers_link(&rest, &link));
    CHECK_STR(link.target, Z("/p?a=1,2;3"));
    CHECK(weir_headers_link_is(&link, Z("next")));
    CHECK(weir_headers_link_is(&link, Z("prev")));
    CHECK(!weir_headers_link_is(&link, Z("ne")));
    CHECK(!link.other_context);
    CHECK(weir_headers_link(&rest, &link));
    CHECK_STR(link.target, Z("x"));
    CHECK(weir_headers_link_is(&link, Z("next")));
    CHECK(!weir_headers_link_is(&link, Z("first"))); /* the second rel */
    CHECK_STR(link.type, Z("text/html"));
    CHECK(weir_headers_link(&rest, &link));
    CHECK_STR(link.target, Z("y"));
    CHECK(!weir_headers_link_is(&link, Z("")));
    CHECK(weir_headers_link(&rest, &link));
    CHECK_STR(link.target, Z("z"));
    CHECK(link.other_context);
    CHECK(!weir_headers_link(&rest, &link));
    rest = Z("nonsense");
    CHECK(!weir_headers_link(&rest, &link));
    rest = Z("<a> rel=next");
    CHECK(!weir_headers_link(&rest, &link));
}
