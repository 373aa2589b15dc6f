/* The URL parser against web-platform-tests, and what those do not reach. */
#include "test.h"

#include "base/mem.h"
#include "core/json.h"
#include "core/url.h"
#include "core/url_internal.h"

#include <stdio.h>

static void read_file(const char *name, struct weir_buf *out) {
    char path[1024], chunk[4096];
    size_t n;
    FILE *f;
    snprintf(path, sizeof path, "%s/../data/%s", WEIR_TEST_SOURCE_DIR, name);
    f = fopen(path, "rb");
    if (!f)
        test_fail(__FILE__, __LINE__, "cannot read %s", path);
    weir_buf_init(out, 0);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        weir_buf_add(out, chunk, n);
    fclose(f);
}

struct wpt_case {
    struct weir_buf input, base, href;
    bool has_base, has_href;
};

/* One object of cases.json, the OBJECT token being read. */
static void read_case(struct weir_json *r, struct wpt_case *c) {
    while (weir_json_next(r) == WEIR_JSON_KEY) {
        struct weir_buf *to = NULL;
        if (weir_json_is(r, WEIR_STR("input")))
            to = &c->input;
        else if (weir_json_is(r, WEIR_STR("base")))
            to = &c->base;
        else if (weir_json_is(r, WEIR_STR("href")))
            to = &c->href;
        if (weir_json_next(r) != WEIR_JSON_STRING || !to)
            continue;
        CHECK_OK(weir_json_put_text(r->text, to));
        c->has_base |= to == &c->base;
        c->has_href |= to == &c->href;
    }
    CHECK_INT(r->token, WEIR_JSON_OBJECT_END);
}

static void check_case(const struct wpt_case *c) {
    struct weir_url base = {0}, url = {0};
    struct weir_error error = {0};
    enum weir_err err = WEIR_OK;
    if (c->has_base)
        err = weir_url_parse(&base, weir_buf_view(&c->base), NULL, &error);
    if (!err)
        err = weir_url_parse(&url, weir_buf_view(&c->input),
                             c->has_base ? &base : NULL, &error);
    if (c->has_href && err)
        test_fail(__FILE__, __LINE__, "\"%s\" on \"%s\" failed: %s", c->input.p,
                  c->base.p, error.message);
    if (!c->has_href && !err)
        test_fail(__FILE__, __LINE__, "\"%s\" on \"%s\" should fail, gave %s",
                  c->input.p, c->base.p, url.href);
    if (c->has_href)
        CHECK_STR(weir_str_of(url.href), weir_buf_view(&c->href));
    else
        CHECK(error.message[0] != '\0');
    weir_url_release(&url);
    weir_url_release(&base);
}

TEST(url_web_platform_tests) {
    struct weir_buf text;
    struct weir_json r;
    int count = 0;
    read_file("url/cases.json", &text);
    weir_json_init(&r, weir_buf_view(&text));
    CHECK_INT(weir_json_next(&r), WEIR_JSON_ARRAY);
    while (weir_json_next(&r) == WEIR_JSON_OBJECT) {
        struct wpt_case c = {0};
        weir_buf_init(&c.input, 0);
        weir_buf_init(&c.base, 0);
        weir_buf_init(&c.href, 0);
        read_case(&r, &c);
        check_case(&c);
        weir_buf_release(&c.input);
        weir_buf_release(&c.base);
        weir_buf_release(&c.href);
        count++;
    }
    CHECK_INT(r.token, WEIR_JSON_ARRAY_END);
    CHECK_INT(count, 263);
    weir_buf_release(&text);
}

/* href of input on base (or NULL), "!" and the message on failure. */
static const char *resolve(struct weir_str input, const char *base_text) {
    static char out[2048];
    struct weir_url base = {0}, url = {0};
    struct weir_error error = {0};
    if (base_text)
        CHECK_OK(weir_url_parse(&base, weir_str_of(base_text), NULL, &error));
    if (weir_url_parse(&url, input, base_text ? &base : NULL, &error))
        snprintf(out, sizeof out, "!%s", error.message);
    else
        snprintf(out, sizeof out, "%s", url.href);
    weir_url_release(&url);
    weir_url_release(&base);
    return out;
}

#define RESOLVES(input, base, href)                                            \
    CHECK_Z(resolve(WEIR_STR(input), base), href)

TEST(url_invalid_utf8_becomes_replacements) {
    RESOLVES("http://a/\xff", NULL, "http://a/%EF%BF%BD");
    RESOLVES("http://a/\xe2\x82x", NULL, "http://a/%EF%BF%BDx");
    RESOLVES("http://a/\xed\xa0\x80", NULL,
             "http://a/%EF%BF%BD%EF%BF%BD%EF%BF%BD");
    RESOLVES("http://a/\xf0\x9f\x98", NULL, "http://a/%EF%BF%BD");
    RESOLVES("http://a/\xc0\x80", NULL, "http://a/%EF%BF%BD%EF%BF%BD");
    RESOLVES("http://a/?\xf4\x90\x80\x80", NULL,
             "http://a/?%EF%BF%BD%EF%BF%BD%EF%BF%BD%EF%BF%BD");
    RESOLVES("http://a/\xf0\x9f\x98\x80#\xc3\xa9", NULL,
             "http://a/%F0%9F%98%80#%C3%A9");
    RESOLVES("http://a\xff/", NULL, "!the host name is not valid (UTS 46)");
}

TEST(url_encode_sets_of_the_parts) {
    RESOLVES("http://u \"#", NULL,
             "!the host name has a character that is not allowed");
    RESOLVES("http://a`{}|^[]\"<>':;=b@h/", NULL,
             "http://a%60%7B%7D%7C%5E%5B%5D%22%3C%3E':%3B%3Db@h/");
    RESOLVES("http://h/ \"<>`{}^|[]';=@:&%zz", NULL,
             "http://h/%20%22%3C%3E%60%7B%7D%5E|[]';=@:&%zz");
    RESOLVES("http://h/? \"<>`{}^|'", NULL, "http://h/?%20%22%3C%3E`{}^|%27");
    RESOLVES("http://h/# \"<>`{}^|'#", NULL, "http://h/#%20%22%3C%3E%60{}^|'#");
    RESOLVES("http://h/\x7f\x01x", NULL, "http://h/%7F%01x");
}

TEST(url_class_table_is_the_standards) {
    for (int i = 0; i < 256; i++) {
        char c = (char)i;
        bool c0 = i < 0x20 || i > 0x7e;
        bool in_path = c0 || (c && strchr(" \"#<>?^`{}", c));
        bool unreserved = weir_is_alnum(c) || (c && strchr("-._~", c));
        CHECK_INT(url_is(c, URL_FRAGMENT), c0 || (c && strchr(" \"<>`", c)));
        CHECK_INT(url_is(c, URL_QUERY), c0 || (c && strchr(" \"#<>'", c)));
        CHECK_INT(url_is(c, URL_PATH), in_path);
        CHECK_INT(url_is(c, URL_USERINFO),
                  in_path || (c && strchr("/:;=@[\\]|", c)));
        CHECK_INT(url_is(c, URL_BAD_HOST),
                  i < 0x20 || i == 0x7f || strchr(" #/:<>?@[\\]^|%", c));
        CHECK_INT(url_is(c, URL_PATH_STOP), in_path || c == '/' || c == '\\');
        CHECK_INT(url_is(c, URL_RESERVED), !unreserved);
    }
}

TEST(url_dot_segments) {
    RESOLVES("http://h/a/./b/../c", NULL, "http://h/a/c");
    RESOLVES("http://h/a/%2e/b/%2E./c/.%2e", NULL, "http://h/a/");
    RESOLVES("http://h/../../a", NULL, "http://h/a");
    RESOLVES("http://h/a/..;/b/...", NULL, "http://h/a/..;/b/...");
    RESOLVES("http://h/a//..", NULL, "http://h/a/");
    RESOLVES("..", "http://h/a/b/c", "http://h/a/");
    RESOLVES(".", "http://h/a/b/c", "http://h/a/b/");
    RESOLVES("..\\x", "http://h/a/b/c?q", "http://h/a/x");
    RESOLVES("%2e%2e?x", "http://h/a/b/c?q#f", "http://h/a/?x");
}

TEST(url_relative_references) {
    RESOLVES("", "http://u:p@h:81/a?q#f", "http://u:p@h:81/a?q");
    RESOLVES("#g", "http://h/a?q#f", "http://h/a?q#g");
    RESOLVES("?r", "http://h/a?q#f", "http://h/a?r");
    RESOLVES("b", "http://u:p@h:81/a?q#f", "http://u:p@h:81/b");
    RESOLVES("//x", "https://u@h/a?q#f", "https://x/");
    RESOLVES("http:b", "http://h/a/", "http://h/a/b");
    RESOLVES("http:b", "https://h/a/", "http://b/");
    RESOLVES("https:/b", "http://h/a/", "https://b/");
    RESOLVES("a:b", "http://h/a/", "!the scheme is neither http nor https");
    RESOLVES("a", NULL, "!a relative URL needs a base, or http:// in front");
}

TEST(url_ipv4_spellings) {
    RESOLVES("http://0x7f.1/", NULL, "http://127.0.0.1/");
    RESOLVES("http://017700000001", NULL, "http://127.0.0.1/");
    RESOLVES("http://2130706433.", NULL, "http://127.0.0.1/");
    RESOLVES("http://1.0x/", NULL, "http://1.0.0.0/");
    RESOLVES("http://4294967296/", NULL,
             "!the host ends in a number but is not IPv4");
    RESOLVES("http://1.256.1/", NULL,
             "!the host ends in a number but is not IPv4");
    RESOLVES("http://a.09/", NULL,
             "!the host ends in a number but is not IPv4");
    RESOLVES("http://1.2.3.4.5/", NULL,
             "!the host ends in a number but is not IPv4");
    RESOLVES("http://09.a/", NULL, "http://09.a/");
    RESOLVES("http://1../", NULL, "http://1../");
    RESOLVES("http://%31.2.3.4", NULL, "http://1.2.3.4/");
    RESOLVES("http://\xef\xbc\x91.2.3.4", NULL, "http://1.2.3.4/");
}

TEST(url_ipv6) {
    RESOLVES("http://[::]", NULL, "http://[::]/");
    RESOLVES("http://[1:0:0:2:0:0:0:3]", NULL, "http://[1:0:0:2::3]/");
    RESOLVES("http://[1:0:2:0:0:3:0:0]", NULL, "http://[1:0:2::3:0:0]/");
    RESOLVES("http://[1:2:3:4:5:6:7::]", NULL, "http://[1:2:3:4:5:6:7:0]/");
    RESOLVES("http://[::ABCD:1.2.3.4]:80", NULL, "http://[::abcd:102:304]/");
    for (int i = 0; i < 12; i++) {
        static const char *const bad[] = {
            "[]",
            "[:]",
            "[1]",
            "[1::2::3]",
            "[12345::]",
            "[::1.2.3]",
            "[::1.2.3.256]",
            "[::01.2.3.4]",
            "[::1",
            "[:::]",
            "[1:2:3:4:5:6:7:8::]",
            "[::1%251]",
        };
        char text[64];
        snprintf(text, sizeof text, "http://%s/", bad[i]);
        if (resolve(weir_str_of(text), NULL)[0] != '!')
            test_fail(__FILE__, __LINE__, "accepted %s", text);
    }
}

TEST(url_names_to_ascii) {
    RESOLVES("http://B\xc3\xbc"
             "cher.DE",
             NULL, "http://xn--bcher-kva.de/");
    RESOLVES("http://fa\xc3\x9f.de", NULL, "http://xn--fa-hia.de/");
    RESOLVES("http://fa\xe1\xba\x9e.de", NULL, "http://xn--fa-hia.de/");
    RESOLVES("http://a\xe3\x80\x82"
             "b",
             NULL, "http://a.b/");
    RESOLVES("http://XN--zz", NULL, "http://xn--zz/");
    RESOLVES("http://\xc3\xa9.xn--abc-", NULL,
             "!the host name is not valid (UTS 46)");
    RESOLVES("http://%C2%AD", NULL, "!the host name is empty");
    RESOLVES("http://a\xc2\xadz_-.-", NULL, "http://az_-.-/");
}

TEST(url_components) {
    struct weir_url u;
    CHECK_OK(weir_url_parse(
        &u, WEIR_STR("HTTPS://us:pw@Host.Example:8080/a/b?q=1#frag"), NULL,
        NULL));
    CHECK_STR(weir_url_scheme(&u), WEIR_STR("https"));
    CHECK_STR(weir_url_user(&u), WEIR_STR("us"));
    CHECK_STR(weir_url_password(&u), WEIR_STR("pw"));
    CHECK_STR(weir_url_host(&u), WEIR_STR("host.example"));
    CHECK_STR(weir_url_path(&u), WEIR_STR("/a/b"));
    CHECK_STR(weir_url_query(&u), WEIR_STR("q=1"));
    CHECK_STR(weir_url_fragment(&u), WEIR_STR("frag"));
    CHECK_STR(weir_url_target(&u), WEIR_STR("/a/b?q=1"));
    CHECK_STR(weir_url_without_fragment(&u),
              WEIR_STR("https://us:pw@host.example:8080/a/b?q=1"));
    CHECK_INT(u.port, 8080);
    CHECK_STR(weir_str_make(u.href + u.port_start, u.port_end - u.port_start),
              WEIR_STR("8080"));
    CHECK(weir_url_is_https(&u) && !u.host_is_ip);
    weir_url_release(&u);
    weir_url_release(&u);
    CHECK_OK(weir_url_parse(&u, WEIR_STR("http://[::1]:80?#"), NULL, NULL));
    CHECK_Z(u.href, "http://[::1]/?#");
    CHECK(u.host_is_ip && u.has_query && u.has_fragment);
    CHECK_INT(u.port, 80);
    CHECK_INT(u.port_start, u.port_end);
    CHECK_STR(weir_url_target(&u), WEIR_STR("/?"));
    CHECK_STR(weir_url_without_fragment(&u), WEIR_STR("http://[::1]/?"));
    weir_url_release(&u);
}

TEST(url_components_after_resolving) {
    struct weir_url base, u;
    CHECK_OK(weir_url_parse(&base, WEIR_STR("http://u:p@h:81/a/b?q=1#f"), NULL,
                            NULL));
    CHECK_OK(weir_url_parse(&u, WEIR_STR("c?d#e"), &base, NULL));
    CHECK_STR(weir_url_password(&u), WEIR_STR("p"));
    CHECK_STR(weir_url_path(&u), WEIR_STR("/a/c"));
    CHECK_STR(weir_url_query(&u), WEIR_STR("d"));
    CHECK_INT(u.port, 81);
    weir_url_release(&u);
    CHECK_OK(weir_url_parse(&u, WEIR_STR("#g"), &base, NULL));
    CHECK_STR(weir_url_path(&u), WEIR_STR("/a/b"));
    CHECK_STR(weir_url_query(&u), WEIR_STR("q=1"));
    CHECK_STR(weir_url_fragment(&u), WEIR_STR("g"));
    weir_url_release(&u);
    CHECK_OK(weir_url_parse(&u, WEIR_STR("/z"), &base, NULL));
    CHECK_STR(weir_url_path(&u), WEIR_STR("/z"));
    CHECK(!u.has_query && !u.has_fragment);
    CHECK(weir_url_same_origin(&u, &base));
    weir_url_release(&u);
    CHECK_OK(weir_url_copy(&u, &base));
    CHECK_Z(u.href, base.href);
    weir_url_release(&u);
    weir_url_release(&base);
}

static void check_put(const char *text, const char *origin, const char *public,
                      const char *canonical, const char *sorted) {
    struct weir_url u;
    struct weir_buf out;
    weir_buf_init(&out, 0);
    CHECK_OK(weir_url_parse(&u, weir_str_of(text), NULL, NULL));
    CHECK_OK(weir_url_put_origin(&u, &out));
    CHECK_Z(out.p, origin);
    weir_buf_clear(&out);
    CHECK_OK(weir_url_put_public(&u, &out));
    CHECK_Z(out.p, public);
    weir_buf_clear(&out);
    CHECK_OK(weir_url_put_canonical(&u, false, &out));
    CHECK_Z(out.p, canonical);
    weir_buf_clear(&out);
    CHECK_OK(weir_url_put_canonical(&u, true, &out));
    CHECK_Z(out.p, sorted);
    weir_buf_release(&out);
    weir_url_release(&u);
}

TEST(url_origin_public_canonical) {
    check_put("https://u:p@h:8/a?z=1&utm_source=x&b=2&z=0&fbclid=9#f",
              "https://h:8", "https://h:8/a?z=1&utm_source=x&b=2&z=0&fbclid=9",
              "https://h:8/a?z=1&b=2&z=0", "https://h:8/a?b=2&z=1&z=0");
    check_put("http://h/?gclid=1&UTM_x", "http://h", "http://h/?gclid=1&UTM_x",
              "http://h/", "http://h/");
    check_put("http://h/?", "http://h", "http://h/?", "http://h/", "http://h/");
    check_put("http://h/?b&a=2&a=1&&a", "http://h", "http://h/?b&a=2&a=1&&a",
              "http://h/?b&a=2&a=1&a", "http://h/?a=2&a=1&a&b");
    check_put("http://h/a;utm_source=1?gclidx=1", "http://h",
              "http://h/a;utm_source=1?gclidx=1",
              "http://h/a;utm_source=1?gclidx=1",
              "http://h/a;utm_source=1?gclidx=1");
}

TEST(url_percent_coding) {
    struct weir_buf out;
    weir_buf_init(&out, 0);
    CHECK_OK(weir_url_put_decoded(WEIR_STR("a%20b%zz%4%41%"), &out));
    CHECK_Z(out.p, "a b%zz%4A%");
    weir_buf_clear(&out);
    CHECK_OK(weir_url_put_encoded(WEIR_STR("aZ09-._~ /%\xc3\xa9"), &out));
    CHECK_Z(out.p, "aZ09-._~%20%2F%25%C3%A9");
    weir_buf_release(&out);
}

TEST(url_limits) {
    struct weir_buf text;
    struct weir_url u;
    struct weir_error error;
    weir_buf_init(&text, 0);
    CHECK_OK(weir_buf_z(&text, "http://h/"));
    while (text.len < URL_MAX)
        CHECK_OK(weir_buf_byte(&text, 'a'));
    CHECK_OK(weir_url_parse(&u, weir_buf_view(&text), NULL, &error));
    CHECK_INT(u.path_end, URL_MAX);
    weir_url_release(&u);
    text.p[text.len - 1] = '"'; /* three bytes in the result */
    CHECK_INT(weir_url_parse(&u, weir_buf_view(&text), NULL, &error),
              WEIR_E_LIMIT);
    CHECK_OK(weir_buf_byte(&text, 'a'));
    CHECK_INT(weir_url_parse(&u, weir_buf_view(&text), NULL, &error),
              WEIR_E_LIMIT);
    weir_buf_release(&text);
}

TEST(url_every_allocation_may_fail) {
    static const char *const inputs[] = {
        "http://h/a", "../\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"",
        "http://\xc3\xa9", "http://%41/\n", "http://h/\t"};
    struct weir_url base;
    CHECK_OK(weir_url_parse(&base, WEIR_STR("http://b/"), NULL, NULL));
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        enum weir_err err;
        unsigned long nth = 0;
        do {
            struct weir_url u;
            struct weir_error error = {0};
            weir_mem_fail_nth(++nth);
            err = weir_url_parse(&u, weir_str_of(inputs[i]), &base, &error);
            weir_mem_fail_nth(0);
            if (!err)
                weir_url_release(&u);
            else
                CHECK_INT(err, error.code);
        } while (err == WEIR_E_NOMEM);
        CHECK_OK(err);
        CHECK(nth > 1);
    }
    weir_url_release(&base);
}
