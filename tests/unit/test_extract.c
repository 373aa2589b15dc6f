/* Extraction: records, types, items, links and the next page. */
#include "test.h"

#include "base/mem.h"
#include "extract_case.h"

/* ---- selectors ---- */

TEST(extract_one_page) {
    const struct weir_field fields[] = {
        FIELD("title", TEXT, "h1"),
        FIELD("link", URL, "a@href"),
        FIELD("notes", HTML, ".n"),
        FIELD("gone", TEXT, ".none"),
        FIELD("xpath", TEXT, "xpath:string(//h1/@id)"),
        FIELD("nodes", TEXT, "xpath://a/@href"),
        FIELD("count", INT, "xpath:count(//p)"),
    };
    const struct extract_case c =
        CASE(fields, "<h1 id=t> A <b>bold</b>\n title </h1><a href='../x'>l</a>"
                     "<div class=n><p>one<br>two</p><p>&lt;</div>");
    check_records(
        &c, "{\"title\":\"A bold title\",\"link\":\"https://site.example/x\","
            "\"notes\":\"<p>one<br>two</p><p>&lt;</p>\",\"gone\":null,"
            "\"xpath\":\"t\",\"nodes\":\"../x\",\"count\":2}");
}

TEST(extract_text_breaks_blocks) {
    const struct weir_field fields[] = {FIELD("t", TEXT, "div")};
    const struct extract_case c =
        CASE(fields, "<div>a  b<p>c<p>d<br>e<script>no</script></div>");
    check_records(&c, "{\"t\":\"a b\\n\\nc\\n\\nd\\ne\"}");
}

TEST(extract_items_and_fields_within) {
    const struct weir_field fields[] = {
        FIELD("t", TEXT, "h2"),
        FIELD("self", TEXT, "@id"),
        FIELD("x", TEXT, "xpath:./h2/b"),
    };
    struct extract_case c =
        CASE(fields, "<h2>out</h2><article id=a><h2>1<b>i</b></h2></article>"
                     "<article id=b></article>");
    c.items = "article";
    check_records(&c, "{\"t\":\"1i\",\"self\":\"a\",\"x\":\"i\"}\n"
                      "{\"t\":null,\"self\":\"b\",\"x\":null}");
}

TEST(extract_fallbacks) {
    const struct weir_field fields[] = {
        FIELD("d", DATE, "time@datetime", "xpath://p[1]"),
        FIELD("e", TEXT, ".empty", "p"),
        FIELD("i", INT, "p", ".n"),
    };
    const struct extract_case c =
        CASE(fields, "<time>no</time><p>June 19, 2019<p>x<b class=empty> </b>"
                     "<i class=n>7</i>");
    /* the date's year is an integer to a reader that asks for one */
    check_records(&c, "{\"d\":\"2019-06-19T00:00:00Z\",\"e\":\"June 19, 2019\","
                      "\"i\":19}");
}

TEST(extract_regex_replace_template_constant) {
    struct weir_field fields[] = {
        FIELD("guest", TEXT, ".by"),
        FIELD("name", TEXT, ".by"),
        FIELD("n", INT, "regex:n=(\\d+)"),
        {.name = "c", .constant = "[1]"},
        {.name = "t", .template_ = "{guest} & {n} {label} {{x}"},
        {.name = "u", .template_ = "/p/{n}", .type = WEIR_FIELD_URL},
        {.name = "none", .template_ = "{missing}"},
        FIELD("d", TEXT, ".none"),
    };
    const struct weir_job_pair set[] = {{"label", "L\""}, {"n", "shadowed"}};
    struct extract_case c = CASE(fields, "<p class=by>talk with Ann Lee</p>"
                                         "<script>n=12;n=13</script>");
    fields[0].regex = "with (.+)$";
    fields[1].regex = "(\\w+) (\\w+)";
    fields[1].replace = "${2}-$1";
    fields[7].default_ = "\"dd\"";
    c.set = set;
    c.set_count = 2;
    check_records(&c, "{\"label\":\"L\\\"\",\"guest\":\"Ann Lee\","
                      "\"name\":\"with-talk Lee-Ann\",\"n\":12,\"c\":[1],"
                      "\"t\":\"Ann Lee & 12 L\\\" {x}\","
                      "\"u\":\"https://site.example/p/12\",\"none\":null,"
                      "\"d\":\"dd\"}");
}

TEST(extract_all_and_join) {
    struct weir_field fields[] = {
        FIELD("all", TEXT, "li"),     FIELD("join", TEXT, "li"),
        FIELD("ints", INT, "li b"),   FIELD("urls", URL, "a@href"),
        FIELD("none", TEXT, ".none"),
    };
    const struct extract_case c =
        CASE(fields, "<ul><li>a<li>b <b>1</b><li> <b>2</b></ul>"
                     "<a href=/1></a><a href=/2></a>");
    fields[0].all = fields[2].all = fields[3].all = fields[4].all = true;
    fields[1].join = ", ";
    check_records(&c, "{\"all\":[\"a\",\"b 1\",\"2\"],\"join\":\"a, b 1, 2\","
                      "\"ints\":[1,2],\"urls\":[\"https://site.example/1\","
                      "\"https://site.example/2\"],\"none\":null}");
}

TEST(extract_types) {
    const struct weir_field fields[] = {
        FIELD("i", INT, ".i"),      FIELD("f", FLOAT, ".f"),
        FIELD("b", BOOL, ".b"),     FIELD("flag", BOOL, "input@checked"),
        FIELD("j", JSON, "script"), FIELD("m", URL, ".m@href"),
        FIELD("d", DATE, "time"),   FIELD("img", URL, "img"),
    };
    const struct extract_case c =
        CASE(fields, "<p class=i>1,234 plays</p><p class=f>$1,299.50</p>"
                     "<p class=b>Yes</p><input checked>"
                     "<script type=x>{ \"a\": [1, 2], \"b\":\"x  y\" }</script>"
                     "<a class=m href='mailto:a@b'></a>"
                     "<time datetime=2019-06-19T21:00+02:00>then</time>"
                     "<img src='i.png#f'>");
    check_records(&c, "{\"i\":1234,\"f\":1299.50,\"b\":true,\"flag\":true,"
                      "\"j\":{\"a\":[1,2],\"b\":\"x  y\"},"
                      "\"m\":\"mailto:a@b\",\"d\":\"2019-06-19T19:00:00Z\","
                      "\"img\":\"https://site.example/dir/i.png#f\"}");
}

TEST(extract_problems) {
    struct weir_field fields[] = {
        FIELD("d", DATE, "p"),     FIELD("i", INT, "p"),
        FIELD("u", URL, "a@href"), FIELD("r", TEXT, ".none"),
        FIELD("j", JSON, "p"),     FIELD("ok", DATE, ".none", "i"),
        FIELD("l", INT, "b"),      FIELD("bool", BOOL, "p"),
    };
    const struct extract_case c =
        CASE(fields, "<p>soon</p><a href='javascript:x'></a><i>2019-06-19</i>"
                     "<b>1</b><b>x</b>");
    fields[3].required = true;
    fields[6].all = true;
    check_problems(&c, "!d: not a date that can be read: \"soon\"\n"
                       "!i: not an integer: \"soon\"\n"
                       "!u: not an http URL: \"javascript:x\"\n"
                       "!r: required, but nothing matches\n"
                       "!j: JSON: expected a value at byte 1\n"
                       "!l: not an integer: \"x\"\n"
                       "!bool: neither true nor false: \"soon\"");
}

TEST(extract_base_href) {
    const struct weir_field fields[] = {FIELD("u", URL, "a@href")};
    const struct extract_case c =
        CASE(fields, "<base href='//cdn.example/b/'><a href=x>");
    check_records(&c, "{\"u\":\"https://cdn.example/b/x\"}");
}

TEST(extract_header_and_url) {
    const struct weir_field fields[] = {
        FIELD("h", TEXT, "header:x-total"), FIELD("whole", TEXT, "url:"),
        FIELD("host", TEXT, "url:host"),    FIELD("path", TEXT, "url:path"),
        FIELD("q", TEXT, "url:query.name"), FIELD("n", TEXT, "url:query.no"),
    };
    struct extract_case c = CASE(fields, "");
    c.head = "HTTP/1.1 200 OK\r\nX-Total: caf\xE9\r\n";
    c.url = "https://h.example/p/1?a=b&name=x%20y";
    check_records(&c, "{\"h\":\"caf\xC3\xA9\","
                      "\"whole\":\"https://h.example/p/1?a=b&name=x%20y\","
                      "\"host\":\"h.example\",\"path\":\"/p/1\","
                      "\"q\":\"x y\",\"n\":null}");
}

TEST(extract_meta) {
    const struct weir_field fields[] = {
        FIELD("og", TEXT, "meta:og:title"),
        FIELD("name", TEXT, "meta:description"),
        FIELD("title", TEXT, "meta:title"),
        FIELD("canonical", URL, "meta:canonical"),
        FIELD("ld", JSON, "meta:jsonld:.name"),
        FIELD("graph", DATE, "meta:jsonld:.datePublished"),
        FIELD("id", JSON, "meta:jsonld:.id"),
        FIELD("audio", URL, "meta:jsonld:.associatedMedia.contentUrl"),
    };
    const struct extract_case c = CASE(
        fields,
        "<title>T</title><meta property=OG:title content='O &amp; G'>"
        "<meta name=description content=D><link rel=canonical href=/c>"
        "<script type='application/ld+json'>broken</script>"
        "<script type='application/LD+json'>[{\"name\":\"N\"},"
        "{\"id\":12345678901234567890}]</script>"
        "<script type='application/ld+json'>{\"@graph\":[{\"@type\":\"x\"},"
        "{\"datePublished\":\"2019-06-19\",\"associatedMedia\":"
        "{\"contentUrl\":\"/a.mp3\"}}]}</script>");
    check_records(&c, "{\"og\":\"O & G\",\"name\":\"D\",\"title\":\"T\","
                      "\"canonical\":\"https://site.example/c\",\"ld\":\"N\","
                      "\"graph\":\"2019-06-19T00:00:00Z\","
                      "\"id\":12345678901234567890,"
                      "\"audio\":\"https://site.example/a.mp3\"}");
}

TEST(extract_charsets) {
    const struct weir_field fields[] = {FIELD("t", TEXT, "p")};
    struct extract_case c = CASE(fields, "<p>caf\xE9</p>");
    c.head = "Content-Type: text/html; charset=iso-8859-1\n";
    check_records(&c, "{\"t\":\"caf\xC3\xA9\"}");
    c.head = NULL;
    c.body = "<meta charset=utf-8><p>caf\xC3\xA9 \xFF</p>";
    /* The rest of the page is of use; the lie is told. */
    check_problems(&c, "-: it says it is in UTF-8, and is not in 1 place");
    struct weir_extracted *page = case_run(&c);
    CHECK_STR(page->records[0],
              WEIR_STR("{\"t\":\"caf\xC3\xA9 \xEF\xBF\xBD\"}"));
    weir_extracted_destroy(page);
}

TEST(extract_json_is_utf8) {
    const struct weir_field fields[] = {FIELD("t", JSON, "jq:.t")};
    struct extract_case c = CASE(fields, "\xEF\xBB\xBF{\"t\":\"\xC3\xA9\"}");
    check_records(&c, "{\"t\":\"\xC3\xA9\"}");
    c.body = "{\"t\":\"\xC3\xA9\"}";
    c.head = "Content-Type: application/json\n";
    check_records(&c, "{\"t\":\"\xC3\xA9\"}");
}

TEST(extract_xml_pages) {
    const struct weir_field fields[] = {FIELD("loc", URL, "loc"),
                                        FIELD("when", DATE, "lastmod")};
    struct extract_case c =
        CASE(fields, "<?xml version='1.0'?><urlset xmlns='http://x'><url>"
                     "<loc>https://a.example/&amp;</loc>"
                     "<lastmod>2020-01-02</lastmod></url></urlset>");
    c.head = "Content-Type: application/xml\n";
    c.items = "url";
    check_records(&c, "{\"loc\":\"https://a.example/&\","
                      "\"when\":\"2020-01-02T00:00:00Z\"}");
}

/* ---- JSON ---- */

TEST(extract_json_items) {
    struct weir_field fields[] = {
        FIELD("id", JSON, "jq:.id"),
        FIELD("name", TEXT, "jq:.name"),
        FIELD("tags", JSON, "jq:.tags"),
        FIELD("tag", TEXT, "jq:.tags"),
        FIELD("up", JSON, "jq:(.name // empty)|ascii_upcase"),
        FIELD("big", JSON, "jq:{id}"),
        FIELD("path", TEXT, "jq:\"/u/\\(.id)\""),
        FIELD("none", JSON, "jq:.none"),
        FIELD("no", JSON, "jq:.no"),
    };
    struct extract_case c =
        CASE(fields,
             "{\"items\": [ {\"id\": 9007199254740993, \"name\": \"\\u00e9\","
             "\"tags\" : [ \"a\", \"b c\" ], \"no\": false},\n"
             "{\"id\":1.0,\"name\":null}]}");
    c.items = "jq:.items[]";
    fields[3].join = "+";
    check_records(
        &c,
        "{\"id\":9007199254740993,\"name\":\"\xC3\xA9\","
        "\"tags\":[\"a\",\"b c\"],\"tag\":\"a+b c\",\"up\":\"\xC3\xA9\","
        "\"big\":{\"id\":9007199254740993},\"path\":\"/u/9007199254740993\","
        "\"none\":null,\"no\":false}\n"
        "{\"id\":1.0,\"name\":null,\"tags\":null,\"tag\":null,\"up\":null,"
        "\"big\":{\"id\":1},\"path\":\"/u/1\",\"none\":null,\"no\":null}");
}

TEST(extract_json_numbers_know_no_language) {
    struct weir_field fields[] = {FIELD("f", FLOAT, "jq:.f"),
                                  FIELD("t", FLOAT, "jq:.t"),
                                  FIELD("i", INT, "jq:.i")};
    const struct extract_case c = CASE(
        fields, "{\"f\":1.234,\"t\":\"1.234\",\"i\":12345678901234567890}");
    fields[0].lang = fields[1].lang = "de";
    check_records(&c, "{\"f\":1.234,\"t\":1234,\"i\":12345678901234567890}");
}

static void check_refused(const struct extract_case *c, const char *message) {
    struct weir_error error = {0};
    struct weir_extracted *page;
    struct weir_extractor *x;
    CHECK_OK(case_create(c, &x, &error));
    CHECK_INT(case_extract(x, c, &page, &error), WEIR_E_INVALID);
    CHECK_Z(error.message, message);
    weir_extractor_destroy(x);
}

TEST(extract_pages_of_the_wrong_kind) {
    const struct weir_field jq[] = {FIELD("a", JSON, "jq:.a")};
    const struct weir_field css[] = {FIELD("a", TEXT, "p")};
    struct extract_case cut = CASE(jq, "{\"a\": \"b");
    struct extract_case html = CASE(jq, "<p>x");
    struct extract_case json = CASE(css, " {\"a\":1}");
    struct extract_case image = CASE(css, "\x89PNG");
    check_refused(&cut, "JSON: unterminated string at byte 9");
    check_refused(&html, "JSON: expected a value at byte 1");
    json.head = "Content-Type: application/json\n";
    check_refused(&json, "the page is JSON, its selectors are for HTML");
    image.head = "Content-Type: image/png\n";
    check_refused(&image, "the page is image/png, not text");
}

TEST(extract_says_where_a_selector_is_wrong) {
    static const struct {
        const char *selector, *message;
    } cases[] = {
        {"h2 >",
         "job.yaml:3:7: selector, column 5: expected a selector, not the end: "
         "\"h2 > <-- HERE \""},
        {"xpath://a[", "job.yaml:3:7: XPath, column 5: expected an expression: "
                       "\"//a[ <-- HERE \""},
        {"regex:a(b", "job.yaml:3:7: pattern, column 4: missing closing "
                      "parenthesis: \"a(b <-- HERE \""},
        {"jq:.a | nope", "job.yaml:3:7: jq: nope/0 is not defined in "
                         "\".a | nope\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct weir_field fields[] = {
            FIELD("a", TEXT, cases[i].selector)};
        const struct extract_case c = CASE(fields, "");
        struct weir_error error = {0};
        struct weir_extractor *x;
        CHECK_INT(case_create(&c, &x, &error), WEIR_E_USAGE);
        CHECK_Z(error.message, cases[i].message);
    }
}

/* ---- links ---- */

TEST(extract_follow_in_items) {
    const struct weir_field fields[] = {FIELD("id", JSON, "@id")};
    const struct weir_follow follows[] = {
        {.select = case_select("h2 a@href"), .merge = true},
        {.select = case_select("nav a"), .page = 1},
        {.template_ = "/p/{id}", .merge = true},
    };
    struct extract_case c =
        CASE(fields, "<nav><a href=c1>x</a><a href=c1#y>x</a><a href=c2>y</a>"
                     "</nav><article id=7><h2><a href=/1>a</a><a href=/1#b>b"
                     "</a></h2></article><article id=8></article>");
    c.items = "article";
    c.follows = follows;
    c.follow_count = 3;
    check_links(&c, "0 0 https://site.example/1\n"
                    "2 0 https://site.example/p/7\n"
                    "2 1 https://site.example/p/8\n"
                    "1 - https://site.example/dir/c1\n"
                    "1 - https://site.example/dir/c2");
}

TEST(extract_follow_allow_and_deny) {
    const char *const allow[] = {"/a/", "/b/"}, *const deny[] = {"x$"};
    const struct weir_follow follows[] = {{.select = case_select("a"),
                                           .allow = allow,
                                           .allow_count = 2,
                                           .deny = deny,
                                           .deny_count = 1}};
    struct extract_case c = {
        .body = "<a href=/a/1>1</a><a href=/c/1>2</a><a href=/b/x>3</a>"
                "<a href=mailto:x>4</a><a href='ftp://x/a/'>5</a>"
                "<a href=http://o.example/b/>6</a><a>7</a>",
        .follows = follows,
        .follow_count = 1};
    check_links(&c, "0 - https://site.example/a/1\n"
                    "0 - http://o.example/b/");
    check_records(&c, "");
}

TEST(extract_follow_many_links_once) {
    const struct weir_follow follows[] = {{.select = case_select("a@href")}};
    struct extract_case c = {.follows = follows, .follow_count = 1};
    struct weir_extracted *page;
    struct weir_buf body;
    weir_buf_init(&body, 0);
    for (int i = 0; i < 3000; i++)
        weir_buf_fmt(&body, "<a href='/%d'>", i % 1000);
    c.body = body.p;
    page = case_run(&c);
    CHECK_INT(page->link_count, 1000);
    CHECK_INT(page->record_count, 0);
    CHECK_INT(page->items, 1);
    weir_extracted_destroy(page);
    weir_buf_release(&body);
}

TEST(extract_follow_json) {
    const struct weir_field fields[] = {FIELD("id", JSON, "jq:.id")};
    const struct weir_follow follows[] = {
        {.select = case_select("jq:.links[]")},
        {.template_ = "{base}/u/{id}"},
        {.template_ = "{id}/{none}"},
    };
    const struct weir_job_pair set[] = {{"base", "https://api.example/v1"}};
    struct extract_case c =
        CASE(fields, "[{\"id\":\"a/b\",\"links\":[\"/x\",null,{\"u\":1}]},"
                     "{\"id\":18446744073709551617,\"links\":[]}]");
    c.items = "jq:.[]";
    c.follows = follows;
    c.follow_count = 3;
    c.set = set;
    c.set_count = 1;
    check_links(&c, "0 0 https://site.example/x\n"
                    "1 0 https://api.example/v1/u/a%2Fb\n"
                    "1 1 https://api.example/v1/u/18446744073709551617");
}

/* ---- the next page ---- */

static void check_next_of(enum weir_next_kind kind, const char *select,
                          const char *body, const char *want) {
    struct extract_case c = {.body = body,
                             .head = "Link: <?p=9>; rel=\"prev\", "
                                     "</h?p=2>; rel=\"last next\"\n"};
    c.next = (struct weir_next){.kind = kind, .param = "cursor"};
    if (select)
        c.next.select = case_select(select);
    check_next(&c, want);
}

TEST(extract_next_page) {
    check_next_of(WEIR_NEXT_SELECT, "a.older", "<a class=older href='?p=2'>",
                  "https://site.example/dir/page?p=2");
    check_next_of(WEIR_NEXT_SELECT, "a.older@href", "<a class=older href='#'>",
                  "");
    check_next_of(WEIR_NEXT_SELECT, "xpath://a/@href", "<a href='/x y'>",
                  "https://site.example/x%20y");
    check_next_of(WEIR_NEXT_SELECT, "a.older", "<a class=older>", "");
    check_next_of(WEIR_NEXT_SELECT, "a", "<a href='ftp://x/'>", "");
    check_next_of(WEIR_NEXT_REL, NULL, "<a rel='nofollow Next' href=/n>",
                  "https://site.example/n");
    check_next_of(WEIR_NEXT_REL, NULL, "<link rel=next href=/l>",
                  "https://site.example/l");
    check_next_of(WEIR_NEXT_REL, NULL, "<link rel=prev href=/l>", "");
    check_next_of(WEIR_NEXT_LINK_HEADER, NULL,
                  "<base href=https://cdn.example/>",
                  "https://site.example/h?p=2");
    check_next_of(WEIR_NEXT_CURSOR, "jq:.c", "{\"c\":\"a=&b\"}",
                  "https://site.example/dir/page?q=1&cursor=a%3D%26b");
    check_next_of(WEIR_NEXT_CURSOR, "jq:.c", "{\"c\":12345678901234567890}",
                  "https://site.example/dir/page?q=1&cursor="
                  "12345678901234567890");
    check_next_of(WEIR_NEXT_CURSOR, "jq:.c", "{\"c\":null}", "");
    check_next_of(WEIR_NEXT_CURSOR, "jq:.c", "{\"c\":\"\"}", "");
    check_next_of(WEIR_NEXT_CURSOR, "jq:.c", "{\"c\":false}", "");
    check_next_of(WEIR_NEXT_JQ_URL, "jq:.n | select(.more) | .url",
                  "{\"n\":{\"more\":true,\"url\":\"/n\"}}",
                  "https://site.example/n");
    check_next_of(WEIR_NEXT_JQ_URL, "jq:.n | select(.more) | .url",
                  "{\"n\":{\"more\":false,\"url\":\"/n\"}}", "");
}

/* ---- the whole ---- */

TEST(extract_counts_matches) {
    const struct weir_field fields[] = {FIELD("a", TEXT, "a"),
                                        FIELD("b", TEXT, "b")};
    struct extract_case c = CASE(fields, "<p><a>1</a><a>2</a><p><b>3</b><p>");
    struct weir_extracted *page;
    c.items = "p";
    page = case_run(&c);
    CHECK_INT(page->items, 3);
    CHECK_INT(page->matches[0], 1);
    CHECK_INT(page->matches[1], 1);
    weir_extracted_destroy(page);
}

TEST(extract_explains) {
    const struct weir_field fields[] = {FIELD("a", TEXT, ".no", "a@href"),
                                        FIELD("b", TEXT, "xpath://b")};
    struct extract_case c = CASE(fields, "<a href=1></a><a href=2></a>");
    struct weir_extract_input input = {.body = weir_str_of(c.body)};
    struct weir_extractor *x;
    struct weir_url url;
    struct weir_buf json;
    weir_buf_init(&json, 0);
    CHECK_OK(weir_url_parse(&url, WEIR_STR("http://a.example/"), NULL, NULL));
    CHECK_OK(case_create(&c, &x, NULL));
    input.url = &url;
    CHECK_OK(weir_extract_explain(x, &input, &json, NULL));
    CHECK_STR(weir_buf_view(&json),
              WEIR_STR("[[{\"field\":\"a\",\"selector\":\"a@href\","
                       "\"matches\":2,\"value\":\"1\"},{\"field\":\"b\","
                       "\"selector\":null,\"matches\":0,\"value\":null}]]"));
    weir_extractor_destroy(x);
    weir_url_release(&url);
    weir_buf_release(&json);
}
