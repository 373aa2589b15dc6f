/* Extraction under pressure: without memory, in two threads, on hostile
 * pages. */
#include "test.h"

#include "base/mem.h"
#include "core/json.h"
#include "extract_case.h"

#include <pthread.h>

#define PAGE                                                                   \
    "<base href=/b/><meta property=og:title content=O>"                        \
    "<script type=application/ld+json>{\"n\":[1,2]}</script>"                  \
    "<article><h2>One</h2><a href=1>x</a><time>June 19, 2019</time></article>" \
    "<article><h2>Two</h2><a href=2>y</a><b>x</b></article>"                   \
    "<a rel=next href='?p=2'>n</a>"

/* A case that goes through most of the code. */
static void fill_case(struct extract_case *c) {
    static struct weir_field fields[8];
    static struct weir_follow follows[1];
    static const struct weir_job_pair set[] = {{"s", "S"}};
    const struct weir_field all[] = {
        FIELD("t", TEXT, "h2"),
        FIELD("u", URL, "a@href"),
        FIELD("d", DATE, "time"),
        FIELD("x", TEXT, "xpath:string(.//b)"),
        FIELD("m", TEXT, "meta:og:title"),
        FIELD("l", JSON, "meta:jsonld:.n|map(.+1)"),
        FIELD("r", TEXT, "regex:<h2>(.)"),
        {.name = "f", .template_ = "{t}-{s}"},
    };
    memcpy(fields, all, sizeof all);
    fields[2].tz = "Europe/Berlin";
    fields[2].required = true;
    fields[4].regex = "O";
    fields[4].replace = "P";
    follows[0] =
        (struct weir_follow){.select = case_select("a@href"), .merge = true};
    *c = (struct extract_case){.body = PAGE,
                               .fields = fields,
                               .field_count = 8,
                               .items = "article",
                               .follows = follows,
                               .follow_count = 1,
                               .set = set,
                               .set_count = 1};
    c->next.kind = WEIR_NEXT_REL;
}

#define RECORD                                                                 \
    "{\"s\":\"S\",\"t\":\"One\",\"u\":\"https://site.example/b/1\",\"d\":"     \
    "\"2019-06-18T22:00:00Z\",\"x\":null,\"m\":\"P\",\"l\":[2,3],\"r\":\"O\"," \
    "\"f\":\"One-S\"}"

static bool is_right(const struct weir_extracted *page) {
    return page->record_count == 2 && page->link_count == 2 &&
           page->problem_count == 1 &&
           weir_str_eq(page->records[0], WEIR_STR(RECORD)) &&
           weir_str_eq(page->next, WEIR_STR("https://site.example/b/?p=2"));
}

TEST(extract_without_memory) {
    struct extract_case c;
    enum weir_err e = WEIR_E_NOMEM;
    unsigned long nth;
    fill_case(&c);
    for (nth = 1; e == WEIR_E_NOMEM && nth < 5000; nth++) {
        struct weir_extracted *page;
        struct weir_extractor *x = NULL;
        weir_mem_fail_nth(nth);
        e = case_create(&c, &x, NULL);
        if (!e)
            e = case_extract(x, &c, &page, NULL);
        weir_mem_fail_nth(0);
        weir_extractor_destroy(x);
        if (e)
            continue;
        CHECK(is_right(page));
        weir_extracted_destroy(page);
    }
    CHECK_OK(e);
    CHECK(nth > 100);
}

struct work {
    const struct extract_case *c;
    const struct weir_job *job;
};

static void *extract_often(void *data) {
    const struct work *work = data;
    const struct extract_case *c = work->c;
    struct weir_extractor *x;
    size_t good = 0;
    if (weir_extractor_create(&x, work->job, NULL))
        return NULL;
    for (int i = 0; i < 50; i++) {
        struct weir_extract_input input = {.body = weir_str_of(c->body),
                                           .set = c->set,
                                           .set_count = c->set_count,
                                           .now = CASE_NOW};
        struct weir_extracted *page;
        struct weir_url url;
        if (weir_url_parse(&url, WEIR_STR("https://site.example/"), NULL, NULL))
            break;
        input.url = &url;
        if (!weir_extract(x, &input, &page, NULL)) {
            good += is_right(page);
            weir_extracted_destroy(page);
        }
        weir_url_release(&url);
    }
    weir_extractor_destroy(x);
    return good == 50 ? data : NULL;
}

TEST(extract_in_two_threads) {
    struct extract_case c;
    struct work work = {.c = &c};
    pthread_t threads[2];
    void *result[2];
    fill_case(&c);
    work.job = case_job(&c); /* shared; all else is a thread's own */
    for (int i = 0; i < 2; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, extract_often, &work), 0);
    for (int i = 0; i < 2; i++)
        CHECK_INT(pthread_join(threads[i], &result[i]), 0);
    CHECK(result[0] == &work && result[1] == &work);
}

/* ---- hostile pages ---- */

static void check_json(struct weir_str record) {
    struct weir_json r;
    weir_json_init(&r, record);
    while (weir_json_next(&r) > WEIR_JSON_END)
        ;
    CHECK_INT(r.token, WEIR_JSON_END);
    CHECK_INT(weir_str_find(record, '\n', 0), record.n);
}

TEST(extract_records_stay_json) {
    struct weir_field fields[] = {
        FIELD("t\"\\", TEXT, "p"),
        FIELD("h", HTML, "p"),
        FIELD("a", TEXT, "p@title"),
        FIELD("r", TEXT, "regex:.+"),
        FIELD("hd", TEXT, "header:x"),
        FIELD("u", URL, "a@href"),
        {.name = "tpl", .template_ = "\"{a}\n{h}"},
    };
    static const char *const bodies[] = {
        "<p title='\x01\x02\"\\\n\xE2\x80\xA8'>\x1B[31m ]]> \xF0\x9F\x98\x80"
        "\xE2\x80\xAE</p><a href='/\"\n\\\x01'>",
        "<p title='\xFF\xFE'>\xC3(\xED\xA0\x80 \xF4\x90\x80\x80</p>",
        "<p title=&#0;>&#x80;&#xD800;&#x110000;</p>",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct extract_case c = CASE(fields, bodies[i]);
        struct weir_extracted *page;
        c.head = "X: \x01\xFF\"\\\n";
        page = case_run(&c);
        CHECK_INT(page->record_count, 1);
        check_json(page->records[0]);
        weir_extracted_destroy(page);
    }
}

/* Nesting, attributes and items beyond measure: results, in bounded time. */
static void check_large(const char *start, const char *piece, size_t count,
                        size_t items) {
    const struct weir_field fields[] = {FIELD("t", TEXT, "b"),
                                        FIELD("h", HTML, "i")};
    struct extract_case c = CASE(fields, "");
    struct weir_extracted *page;
    struct weir_buf body;
    weir_buf_init(&body, 0);
    weir_buf_z(&body, start);
    for (size_t i = 0; i < count; i++)
        weir_buf_z(&body, piece);
    c.body = body.p;
    c.items = "p";
    page = case_run(&c);
    CHECK_INT(page->items, items);
    weir_extracted_destroy(page);
    weir_buf_release(&body);
}

TEST(extract_large_pages) {
    check_large("<p>", "<div>", 200000, 1);
    check_large("<p>x</p><p", " a=1", 200000, 1);
    check_large("", "<p><b>x</b><i>y</i>", 20000, 20000);
    check_large("", "<p>", 100001, 100000);
}

TEST(extract_patterns_that_explode) {
    struct weir_field fields[] = {FIELD("p", TEXT, "p"),
                                  FIELD("r", TEXT, "regex:(a+)+[xy]")};
    struct extract_case c;
    struct weir_buf body;
    weir_buf_init(&body, 0);
    weir_buf_z(&body, "<p>");
    for (int i = 0; i < 3000; i++)
        weir_buf_byte(&body, 'a');
    fields[0].regex = "^(a|a)*[bc]";
    c = (struct extract_case)CASE(fields, body.p);
    check_problems(&c, "!p: the pattern takes too many steps on this text\n"
                       "r: the pattern takes too many steps on this text");
    weir_buf_release(&body);
}

TEST(extract_xpath_that_explodes) {
    const struct weir_field fields[] = {
        FIELD("x", TEXT, "xpath://b[count(preceding::b) > 99999]"),
        FIELD("y", TEXT, "b")};
    struct extract_case c = CASE(fields, "");
    struct weir_buf body;
    weir_buf_init(&body, 0);
    for (int i = 0; i < 20000; i++)
        weir_buf_z(&body, "<b>1</b>");
    c.body = body.p;
    check_problems(&c, "x: XPath: the evaluation takes too many steps");
    weir_buf_release(&body);
}

/* Items within items: each holds the rest of the page. */
TEST(extract_nested_items) {
    const struct weir_field fields[] = {FIELD("h", HTML, "")};
    struct extract_case c = CASE(fields, "");
    struct weir_buf body;
    weir_buf_init(&body, 0);
    for (int i = 0; i < 400; i++)
        weir_buf_z(&body, "<div>");
    for (int i = 0; i < 300000; i++)
        weir_buf_z(&body, "x ");
    c.body = body.p;
    c.items = "div";
    check_failure(
        &c, WEIR_E_LIMIT,
        "the page's records are more than 64 MiB and 16 times the page");
    weir_buf_release(&body);
}

TEST(extract_items_that_are_no_elements) {
    const struct weir_field fields[] = {FIELD("t", TEXT, "b"),
                                        FIELD("self", TEXT, "xpath:.")};
    struct extract_case c = CASE(fields, "<p id=1><b>x</b></p>");
    c.items = "xpath://p/@id";
    check_records(&c, "{\"t\":null,\"self\":\"1\"}");
    c.items = "xpath:string(//p)";
    check_failure(&c, WEIR_E_INVALID,
                  "items: xpath:string(//p) selects a text, not elements");
}

TEST(extract_deep_json) {
    const struct weir_field fields[] = {FIELD("x", JSON, "jq:[..]|length")};
    struct extract_case c = CASE(fields, "");
    struct weir_buf body;
    weir_buf_init(&body, 0);
    for (int i = 0; i < 100000; i++)
        weir_buf_byte(&body, '[');
    c.body = body.p;
    check_failure(&c, WEIR_E_INVALID, "JSON: too deeply nested at byte 513");
    weir_buf_release(&body);
}
