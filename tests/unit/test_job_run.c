/* A job's run in this process: pages from a store that a rig has filled, the
 * real loop, workers and outputs, and no network. Memory may run out at any
 * allocation: the run says so and loses nothing. */
#include "engine/job.h"

#include "job_rig.h"

static const char *const urls[] = {"http://h.test/1", "http://h.test/2",
                                   "http://h.test/3", "http://h.test/a",
                                   "http://h.test/b", "http://h.test/c"};

static void answer_site(struct rig *r, struct weir_item *item) {
    const char *name = strrchr(item->url, '/') + 1;
    char body[512];
    (void)r;
    if (*name >= 'a') {
        snprintf(body, sizeof body, "<p class=owner>owner of %s</p>", name);
    } else {
        int n = *name - '0';
        int length = snprintf(body, sizeof body,
                              "<article><h2><a href='/%c'>Item %d</a></h2>"
                              "<time>2026-01-0%d</time></article>",
                              'a' + n - 1, n, n);
        if (n < 3)
            snprintf(body + length, sizeof body - (size_t)length,
                     "<a class=next href='/%d'>on</a>", n + 1);
    }
    rig_reply(item, 200, "Content-Type: text/html\n", body);
}

static const struct weir_field list_fields[] = {
    {.name = "title",
     .selects = (const struct weir_select[]){{.text = "h2"}},
     .select_count = 1,
     .trim = true},
    {.name = "date",
     .selects = (const struct weir_select[]){{.text = "time"}},
     .select_count = 1,
     .type = WEIR_FIELD_DATE,
     .trim = true}};
static const struct weir_field detail_fields[] = {
    {.name = "owner",
     .selects = (const struct weir_select[]){{.text = ".owner"}},
     .select_count = 1,
     .required = true,
     .trim = true}};
static const struct weir_follow follow = {
    .select = {.text = "h2 a", .attribute = "href"}, .page = 1, .merge = true};
static const struct weir_page pages[] = {
    {.name = "list",
     .items = {.text = "article"},
     .fields = list_fields,
     .field_count = 2,
     .follows = &follow,
     .follow_count = 1,
     .next = {.kind = WEIR_NEXT_SELECT,
              .select = {.text = "a.next", .attribute = "href"},
              .ahead = 1}},
    {.name = "detail", .fields = detail_fields, .field_count = 1}};
static const struct weir_start site = {.url = "http://h.test/1"};
static const struct weir_output outputs[] = {
    {.type = WEIR_OUTPUT_JSONL, .mode = WEIR_MODE_APPEND, .path = "out.jsonl"},
    {.type = WEIR_OUTPUT_JSONL,
     .mode = WEIR_MODE_REPLACE,
     .path = "made.jsonl",
     .input_order = true}};
static const struct weir_job job = {.name = "site",
                                    .file = "site.yaml",
                                    .starts = &site,
                                    .start_count = 1,
                                    .pages = pages,
                                    .page_count = 2,
                                    .outputs = outputs,
                                    .output_count = 2};

struct fixture {
    struct rig rig; /* folder and store */
    struct weir_job_run_config config;
    struct weir_error error;
    uint64_t failed; /* of pages */
};

static void on_end(const struct weir_item *item, const char *place,
                   void *data) {
    struct fixture *f = data;
    (void)place;
    f->failed += item->error.code != WEIR_OK;
}

/* The store has all pages of the site; nothing may be asked. */
static void open_fixture(struct fixture *f) {
    struct job_rig j;
    *f = (struct fixture){.failed = 0};
    job_init(&j, answer_site, NULL);
    CHECK_OK(job_begin(&j, urls, sizeof urls / sizeof *urls));
    job_work_all(&j);
    CHECK_OK(rig_close(&j.r, true));
    f->rig = j.r;
    f->config = (struct weir_job_run_config){
        .job = &job,
        .engine = {.concurrency = 4, .per_host = 4, .burst = 1, .tries = 1},
        .cache_given = true,
        .workers = 1,
        .ops = {.on_end = on_end},
        .data = f};
    f->config.engine.storage = j.r.config;
    f->config.engine.storage.store_path = f->rig.store;
    f->config.engine.storage.folder = f->rig.folder;
    f->config.engine.storage.run_key = "run-site";
    f->config.engine.storage.cache = WEIR_CACHE_REPLAY;
}

static enum weir_err run_once(struct fixture *f, enum weir_engine_end *end,
                              uint64_t *records) {
    struct weir_job_run *run;
    enum weir_err err;
    f->failed = 0;
    *end = WEIR_END_INTERRUPTED;
    *records = 0;
    f->error = (struct weir_error){0};
    err = weir_job_run_create(&run, &f->config, &f->error);
    if (err != WEIR_OK)
        return err;
    f->failed = weir_job_run_info(run)->failed; /* before it was resumed */
    err = weir_job_run_go(run, end, &f->error);
    *records = weir_job_run_report(run)->records;
    weir_job_run_destroy(run);
    return err;
}

static const char whole[] =
    "{\"title\":\"Item 1\",\"date\":\"2026-01-01T00:00:00Z\",\"owner\":\"owner "
    "of a\"}\n"
    "{\"title\":\"Item 2\",\"date\":\"2026-01-02T00:00:00Z\",\"owner\":\"owner "
    "of b\"}\n"
    "{\"title\":\"Item 3\",\"date\":\"2026-01-03T00:00:00Z\",\"owner\":\"owner "
    "of "
    "c\"}\n";

TEST(job_run_of_what_the_store_has) {
    struct fixture f;
    enum weir_engine_end end;
    uint64_t records;
    open_fixture(&f);
    CHECK_OK(run_once(&f, &end, &records));
    CHECK_INT(end, WEIR_END_COMPLETE);
    CHECK_INT(records, 3);
    CHECK_INT(f.failed, 0);
    rig_check_file(&f.rig, "made.jsonl", whole);
}

/* Every run is without memory once, each a little later than the one before:
 * it says so, or it did not matter. A run that says it is complete is. */
TEST(job_run_without_memory) {
    struct fixture f;
    unsigned hurt = 0, unhurt = 0;
    open_fixture(&f);
    for (unsigned long n = 1; unhurt < 12; n += 1 + n / 64) {
        enum weir_engine_end end;
        uint64_t records;
        enum weir_err err;
        weir_mem_fail_nth(n);
        err = run_once(&f, &end, &records);
        weir_mem_fail_nth(0);
        CHECK(err == WEIR_OK || err == WEIR_E_NOMEM);
        if (err == WEIR_OK && end == WEIR_END_COMPLETE && f.failed == 0) {
            rig_check_file(&f.rig, "made.jsonl", whole);
            unhurt++;
        } else {
            unhurt = 0;
            hurt++;
        }
    }
    CHECK(hurt > 50);
}
