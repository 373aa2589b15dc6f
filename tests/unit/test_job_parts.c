/* The pure parts of a job's run: contexts, records, URLs, kept results. */
#include "test.h"

#include "core/url.h"
#include "engine/job_context.h"
#include "engine/job_internal.h"
#include "engine/job_record.h"
#include "engine/job_replay.h"
#include "engine/job_url.h"

TEST(job_context_round_trip) {
    struct weir_job_context c, d;
    struct weir_buf text, url;
    size_t page;
    bool found;
    weir_buf_init(&text, 0);
    weir_buf_init(&url, 0);
    weir_job_context_init(&c);
    weir_job_context_init(&d);
    c.start = 3;
    c.number = 17;
    c.path = UINT64_C(1) << 63;
    c.linked = true;
    c.base = (char *)"http://a.example/\"x\"";
    c.record = (char *)"{\"title\":\"a, [b]\",\"n\":12345678901234567890}";
    c.key = (char *)"k";
    c.order = (char *)"000001.000002";
    c.page = 2;
    c.chain =
        (char *)"[[1,\"http://a.example/1\"],[4,\"http://a.example/]2\"]]";
    CHECK_OK(weir_job_context_put(&c, &text));
    CHECK_OK(weir_job_context_read(&d, weir_buf_view(&text), NULL));
    CHECK_INT(d.start, 3);
    CHECK_INT(d.number, 17);
    CHECK(d.path == c.path && d.linked);
    CHECK_Z(d.base, c.base);
    CHECK_Z(d.record, c.record);
    CHECK_Z(d.order, c.order);
    CHECK_OK(weir_job_context_next(&d, &found, &page, &url));
    CHECK(found && page == 1);
    CHECK_Z(url.p, "http://a.example/1");
    CHECK_OK(weir_job_context_next(&d, &found, &page, &url));
    CHECK(found && page == 4);
    CHECK_Z(url.p, "http://a.example/]2");
    CHECK_OK(weir_job_context_next(&d, &found, &page, &url));
    CHECK(!found);
    weir_job_context_release(&d);
    weir_buf_release(&text);
    weir_buf_release(&url);
}

TEST(job_context_of_nonsense) {
    static const char *const bad[] = {"[]", "{\"k\":9}", "{\"s\":-1}", "{"};
    struct weir_job_context c;
    weir_job_context_init(&c);
    CHECK_OK(weir_job_context_read(&c, WEIR_STR(""), NULL));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(weir_job_context_read(&c, weir_str_of(bad[i]), NULL),
                  WEIR_E_STORE);
        weir_job_context_release(&c);
    }
}

static void check_merge(const char *parent, const char *child,
                        const char *want) {
    struct weir_buf out;
    weir_buf_init(&out, 0);
    CHECK_OK(
        weir_job_record_merge(weir_str_of(parent), weir_str_of(child), &out));
    CHECK_Z(out.p, want);
    weir_buf_release(&out);
}

TEST(job_record_merge) {
    check_merge("{\"a\":1,\"b\":null}", "{\"b\":2,\"c\":3}",
                "{\"a\":1,\"b\":2,\"c\":3}");
    check_merge("{\"a\":1,\"b\":2}", "{\"b\":null}", "{\"a\":1,\"b\":2}");
    check_merge("{\"a\":\"x\"}", "{\"a\":\"y\"}", "{\"a\":\"y\"}");
    check_merge("{}", "{}", "{}");
    check_merge("{\"a.b\":1}", "{\"a\":{\"b\":2}}",
                "{\"a.b\":1,\"a\":{\"b\":2}}");
}

static void check_number(const struct weir_next *next, const char *first,
                         uint64_t n, const char *want) {
    struct weir_buf out;
    weir_buf_init(&out, 0);
    CHECK_OK(weir_job_url_number(next, weir_str_of(first), n, &out, NULL));
    CHECK_Z(out.p, want);
    weir_buf_release(&out);
}

TEST(job_url_number) {
    struct weir_next page = {.param = "page", .from = 1, .step = 1};
    struct weir_next offset = {.param = "start", .from = 0, .step = 25};
    struct weir_next path = {
        .template_ = "/p/{n:03}?x={n}", .from = 5, .step = -2};
    check_number(&page, "http://a.example/l?q=1#top", 1,
                 "http://a.example/l?q=1&page=1");
    check_number(&page, "http://a.example/?page=9&q=1", 3,
                 "http://a.example/?q=1&page=3");
    check_number(&offset, "http://a.example/", 3, "http://a.example/?start=50");
    check_number(&path, "http://a.example/b/c", 2,
                 "http://a.example/p/003?x=3");
}

static bool in_scope(enum weir_scope scope, const char *base,
                     const char *text) {
    struct weir_url b, url;
    bool in;
    CHECK_OK(weir_url_parse(&b, weir_str_of(base), NULL, NULL));
    CHECK_OK(weir_url_parse(&url, weir_str_of(text), NULL, NULL));
    in = weir_job_url_in_scope(scope, &b, &url);
    weir_url_release(&b);
    weir_url_release(&url);
    return in;
}

TEST(job_url_scope) {
    const char *base = "https://www.shop.example.co.uk/a/b.html";
    CHECK(in_scope(WEIR_SCOPE_HOST, base, "http://www.shop.example.co.uk/x"));
    CHECK(!in_scope(WEIR_SCOPE_HOST, base, "https://shop.example.co.uk/"));
    CHECK(in_scope(WEIR_SCOPE_DOMAIN, base, "https://img.example.co.uk/"));
    CHECK(!in_scope(WEIR_SCOPE_DOMAIN, base, "https://other.co.uk/"));
    CHECK(
        !in_scope(WEIR_SCOPE_DOMAIN, "http://127.0.0.1/", "http://10.0.0.1/"));
    CHECK(in_scope(WEIR_SCOPE_PREFIX, base,
                   "https://www.shop.example.co.uk/a/c/d"));
    CHECK(!in_scope(WEIR_SCOPE_PREFIX, base,
                    "https://www.shop.example.co.uk/ab"));
    CHECK(in_scope(WEIR_SCOPE_ANY, base, "http://else.example/"));
}

/* Every cut of the bytes is refused, and none is read beyond its end. */
TEST(job_replay_round_trip) {
    struct weir_str records[] = {WEIR_STR("{\"a\":1}"), WEIR_STR("{}")};
    struct weir_extracted_link links[] = {
        {WEIR_STR("http://a.example/"), 1, SIZE_MAX}};
    struct weir_extracted_problem problems[] = {
        {"a", NULL, WEIR_STR("not a number"), 1, true}};
    uint32_t matches[] = {7, 0};
    struct weir_extracted x = {.records = records,
                               .record_count = 2,
                               .links = links,
                               .link_count = 1,
                               .items = 2,
                               .next = WEIR_STR("http://a.example/2"),
                               .problems = problems,
                               .problem_count = 1,
                               .matches = matches};
    struct weir_extracted *y;
    struct weir_arena *arena = weir_arena_create(0);
    struct weir_buf bytes;
    weir_buf_init(&bytes, 0);
    CHECK_OK(weir_job_replay_put(&x, 2, &bytes));
    CHECK_OK(weir_job_replay_read(weir_buf_view(&bytes), 2, arena, &y));
    CHECK_INT(y->record_count, 2);
    CHECK_STR(y->records[0], records[0]);
    CHECK_STR(y->links[0].url, links[0].url);
    CHECK(y->links[0].record == SIZE_MAX && y->links[0].follow == 1);
    CHECK_Z(y->problems[0].field, "a");
    CHECK(!y->problems[0].selector && y->problems[0].invalid);
    CHECK_INT(y->matches[0], 7);
    CHECK_STR(y->next, x.next);
    CHECK(!y->note);
    CHECK_INT(weir_job_replay_read(weir_buf_view(&bytes), 3, arena, &y),
              WEIR_E_STORE);
    for (size_t n = 0; n < bytes.len; n++)
        CHECK_INT(weir_job_replay_read(weir_str_make(bytes.p, n), 2, arena, &y),
                  WEIR_E_STORE);
    weir_arena_destroy(arena);
    weir_buf_release(&bytes);
}

/* Where a pagination that runs ahead ends is known while its round of a poll
 * lasts, and not for ever. */
TEST(job_ends_of_a_round) {
    struct weir_page page = {.name = "list",
                             .next = {.kind = WEIR_NEXT_COUNTER, .ahead = 4}};
    struct weir_job job = {.pages = &page, .page_count = 1};
    struct weir_job_run run = {.job = &job};
    struct weir_entry entry = {.page = 0};
    struct weir_job_task t = {.run = &run, .entry = &entry};
    weir_list_init(&run.ends);
    t.context.start = 1;
    for (uint64_t tick = 1; tick < 50; tick++) {
        t.context.tick = tick;
        t.context.number = 3;
        weir_job_note_end(&run, &t);
        t.context.number = 4;
        CHECK(weir_job_behind_end(&run, &t));
        t.context.number = 2;
        CHECK(!weir_job_behind_end(&run, &t));
        weir_job_forget_ends(&run, 0, tick); /* another start's */
        CHECK(!weir_list_empty(&run.ends));
        weir_job_forget_ends(&run, 1, tick);
        CHECK(weir_list_empty(&run.ends));
    }
    weir_job_ends_release(&run);
}
