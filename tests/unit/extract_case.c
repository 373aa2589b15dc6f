/* extract_case.c - a job around one page type, for tests of extraction. */
#include "extract_case.h"

#include "base/mem.h"
#include "test.h"

#include <stdio.h>

struct weir_select case_select(const char *text) {
    static const struct {
        const char *prefix;
        enum weir_select_kind kind;
    } kinds[] = {{"xpath:", WEIR_SELECT_XPATH},   {"jq:", WEIR_SELECT_JQ},
                 {"regex:", WEIR_SELECT_REGEX},   {"meta:", WEIR_SELECT_META},
                 {"header:", WEIR_SELECT_HEADER}, {"url:", WEIR_SELECT_URL}};
    struct weir_select s = {.text = text, .place = {3, 7}};
    static char rooms[64][256];
    static unsigned at;
    const char *sign = strrchr(text, '@');
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i].prefix);
        if (strncmp(text, kinds[i].prefix, n) == 0) {
            s.kind = kinds[i].kind;
            s.text = text + n;
            return s;
        }
    }
    if (sign) {
        char *room = rooms[at++ % 64];
        snprintf(room, sizeof rooms[0], "%.*s", (int)(sign - text), text);
        s.text = room;
        s.attribute = sign + 1;
    }
    return s;
}

const struct weir_select *case_selects(const char *const *texts) {
    static struct weir_select rooms[64][4];
    static unsigned at;
    struct weir_select *room = rooms[at++ % 64];
    for (size_t i = 0; texts[i] && i < 4; i++)
        room[i] = case_select(texts[i]);
    return room;
}

/* The job stands in static memory: one case at a time. */
const struct weir_job *case_job(const struct extract_case *c) {
    static struct weir_page page;
    static struct weir_job job;
    page = (struct weir_page){.name = "page",
                              .libxml2 = c->libxml2,
                              .next = c->next,
                              .fields = c->fields,
                              .field_count = c->field_count,
                              .follows = c->follows,
                              .follow_count = c->follow_count};
    if (c->items)
        page.items = case_select(c->items);
    job =
        (struct weir_job){.file = "job.yaml", .pages = &page, .page_count = 1};
    return &job;
}

enum weir_err case_create(const struct extract_case *c,
                          struct weir_extractor **out,
                          struct weir_error *error) {
    return weir_extractor_create(out, case_job(c), error);
}

enum weir_err case_extract(struct weir_extractor *x,
                           const struct extract_case *c,
                           struct weir_extracted **out,
                           struct weir_error *error) {
    const char *text = c->url ? c->url : "https://site.example/dir/page?q=1";
    struct weir_extract_input input = {.head = weir_str_of(c->head),
                                       .body = weir_str_of(c->body),
                                       .set = c->set,
                                       .set_count = c->set_count,
                                       .feed = c->feed,
                                       .now = CASE_NOW};
    struct weir_url url;
    enum weir_err e = weir_url_parse(&url, weir_str_of(text), NULL, error);
    if (e)
        return e;
    input.url = &url;
    e = weir_extract(x, &input, out, error);
    weir_url_release(&url);
    return e;
}

struct weir_extracted *case_run(const struct extract_case *c) {
    struct weir_extracted *page = NULL;
    struct weir_error error = {0};
    struct weir_extractor *x;
    enum weir_err e = case_create(c, &x, &error);
    if (!e) {
        e = case_extract(x, c, &page, &error);
        weir_extractor_destroy(x);
    }
    if (e)
        test_fail(__FILE__, __LINE__, "%s: %s", c->body, error.message);
    return page;
}

static void put_problems(const struct weir_extracted *page,
                         struct weir_buf *out) {
    for (size_t i = 0; i < page->problem_count; i++) {
        const struct weir_extracted_problem *p = &page->problems[i];
        weir_buf_fmt(out, "%s%s%s: %.*s", i ? "\n" : "", p->invalid ? "!" : "",
                     p->field ? p->field : "-", WEIR_STR_ARG(p->message));
    }
}

static void check_buf(struct weir_buf *got, const char *want) {
    CHECK_STR(weir_buf_view(got), weir_str_of(want));
    weir_buf_release(got);
}

void check_failure(const struct extract_case *c, enum weir_err code,
                   const char *message) {
    struct weir_extracted *page;
    struct weir_extractor *x;
    struct weir_error error = {0};
    CHECK_OK(case_create(c, &x, &error));
    CHECK_INT(case_extract(x, c, &page, &error), code);
    CHECK_Z(error.message, message);
    weir_extractor_destroy(x);
}

void check_records(const struct extract_case *c, const char *want) {
    struct weir_extracted *page = case_run(c);
    struct weir_buf got;
    weir_buf_init(&got, 0);
    put_problems(page, &got);
    CHECK_STR(weir_buf_view(&got), WEIR_STR(""));
    for (size_t i = 0; i < page->record_count; i++)
        weir_buf_fmt(&got, "%s%.*s", i ? "\n" : "",
                     WEIR_STR_ARG(page->records[i]));
    weir_extracted_destroy(page);
    check_buf(&got, want);
}

void check_problems(const struct extract_case *c, const char *want) {
    struct weir_extracted *page = case_run(c);
    struct weir_buf got;
    weir_buf_init(&got, 0);
    put_problems(page, &got);
    weir_extracted_destroy(page);
    check_buf(&got, want);
}

void check_next(const struct extract_case *c, const char *want) {
    struct weir_extracted *page = case_run(c);
    struct weir_buf got;
    weir_buf_init(&got, 0);
    weir_buf_str(&got, page->next);
    weir_extracted_destroy(page);
    check_buf(&got, want);
}

void check_links(const struct extract_case *c, const char *want) {
    struct weir_extracted *page = case_run(c);
    struct weir_buf got;
    weir_buf_init(&got, 0);
    for (size_t i = 0; i < page->link_count; i++) {
        const struct weir_extracted_link *l = &page->links[i];
        weir_buf_fmt(&got, "%s%zu ", i ? "\n" : "", l->follow);
        if (l->record == SIZE_MAX)
            weir_buf_byte(&got, '-');
        else
            weir_buf_fmt(&got, "%zu", l->record);
        weir_buf_fmt(&got, " %.*s", WEIR_STR_ARG(l->url));
    }
    weir_extracted_destroy(page);
    check_buf(&got, want);
}
