#include "test.h"

#include "base/buf.h"
#include "base/mem.h"
#include "cli/jobfile.h"

#include <stdio.h>

/* What a struct weir_job holds once its file was read. */

#define START "start: https://a.example/\n"
#define PAGE START "pages:\n  p:\n"
#define FIELDS PAGE "    fields:\n"

static struct weir_job *job;
static struct weir_jobfile_report report;
static struct weir_error error;

static enum weir_err parse_with(const char *text, const char *const *params,
                                size_t count) {
    static const char *const environment[] = {"TOKEN=t0ken&", "EMPTY=", NULL};
    struct weir_jobfile_input input = {.file = "jobs/my.job.yaml",
                                       .text = weir_str_of(text),
                                       .folder = test_dir(),
                                       .params = params,
                                       .param_count = count,
                                       .environment = environment};
    weir_job_destroy(job);
    job = NULL;
    weir_jobfile_report_release(&report);
    memset(&error, 0, sizeof error);
    return weir_jobfile_parse(&job, &input, &report, &error);
}

static enum weir_err parse(const char *text) {
    return parse_with(text, NULL, 0);
}

static const struct weir_field *field(const char *name) {
    for (size_t p = 0; p < job->page_count; p++)
        for (size_t i = 0; i < job->pages[p].field_count; i++)
            if (strcmp(job->pages[p].fields[i].name, name) == 0)
                return &job->pages[p].fields[i];
    test_fail(__FILE__, __LINE__, "no field %s", name);
}

static void write_file(const char *name, const char *text) {
    char path[512];
    FILE *f;
    snprintf(path, sizeof path, "%s/%s", test_dir(), name);
    f = fopen(path, "wb");
    CHECK(f != NULL);
    fputs(text, f);
    fclose(f);
}

TEST(jobfile_defaults) {
    CHECK_OK(parse(FIELDS "      t: h1\n"));
    CHECK_Z(job->name, "my.job");
    CHECK_Z(job->file, "jobs/my.job.yaml");
    CHECK(job->limits.robots);
    CHECK(!job->limits.deny_private);
    CHECK_INT(job->limits.concurrency, 0);
    CHECK_INT(job->output_count, 1);
    CHECK_INT(job->outputs[0].type, WEIR_OUTPUT_JSONL);
    CHECK_Z(job->outputs[0].path, "-");
    CHECK_INT(job->outputs[0].mode, WEIR_MODE_APPEND);
    CHECK(job->pages[0].fields[0].trim);
    CHECK(!job->pages[0].fields[0].required);
    CHECK_INT(job->pages[0].next.kind, WEIR_NEXT_NONE);
    CHECK(job->pages[0].items.text == NULL);
    CHECK(job->login == NULL);
    CHECK_INT(report.count, 0);
}

TEST(jobfile_selectors) {
    const struct weir_select *s;
    CHECK_OK(parse(FIELDS "      a: h2 > a @href\n"
                          "      b: '[title=\"x@y\"]'\n"
                          "      c: 'a:not([href=\"@\"]) @data-x'\n"
                          "      d: '@href'\n"
                          "      e: xpath://p[@id='x']/@class\n"
                          "      f: \"jq: .a | .b\"\n"
                          "      g: 'regex: x '\n"
                          "      h: 'url:'\n"
                          "      i: [meta:og:title, header:Server]\n"
                          "      j: |\n        div\n        @id\n"));
    s = field("a")->selects;
    CHECK_INT(s->kind, WEIR_SELECT_CSS);
    CHECK_Z(s->text, "h2 > a");
    CHECK_Z(s->attribute, "href");
    CHECK_INT(s->place.line, 5);
    CHECK_INT(s->place.column, 10);
    CHECK_Z(field("b")->selects->text, "[title=\"x@y\"]");
    CHECK(field("b")->selects->attribute == NULL);
    CHECK_Z(field("c")->selects->text, "a:not([href=\"@\"])");
    CHECK_Z(field("c")->selects->attribute, "data-x");
    CHECK_Z(field("d")->selects->text, "");
    CHECK_Z(field("d")->selects->attribute, "href");
    CHECK_INT(field("e")->selects->kind, WEIR_SELECT_XPATH);
    CHECK_Z(field("e")->selects->text, "//p[@id='x']/@class");
    s = field("f")->selects;
    CHECK_INT(s->kind, WEIR_SELECT_JQ);
    CHECK_Z(s->text, ".a | .b");
    CHECK_INT(s->place.column, 15); /* of ".a" */
    CHECK_Z(field("g")->selects->text, " x");
    CHECK_INT(field("h")->selects->kind, WEIR_SELECT_URL);
    CHECK_Z(field("h")->selects->text, "");
    CHECK_INT(field("i")->select_count, 2);
    CHECK_INT(field("i")->selects[0].kind, WEIR_SELECT_META);
    CHECK_INT(field("i")->selects[1].kind, WEIR_SELECT_HEADER);
    CHECK_Z(field("j")->selects->text, "div");
    CHECK_Z(field("j")->selects->attribute, "id");
}

TEST(jobfile_types_of_fields) {
    CHECK_OK(parse(FIELDS "      a: h1\n      b: a@href\n"
                          "      c: [img@src, a@href]\n      d: jq:.x\n"
                          "      e: {select: jq:.x, type: int}\n"
                          "      f: {select: a@href, type: text}\n"
                          "      g: {select: a@href, regex: x}\n"
                          "      h: [a@href, b]\n"
                          "      i: {select: time, type: date, tz: UTC}\n"));
    CHECK_INT(field("a")->type, WEIR_FIELD_TEXT);
    CHECK_INT(field("b")->type, WEIR_FIELD_URL);
    CHECK_INT(field("c")->type, WEIR_FIELD_URL);
    CHECK_INT(field("d")->type, WEIR_FIELD_JSON);
    CHECK_INT(field("e")->type, WEIR_FIELD_INT);
    CHECK_INT(field("f")->type, WEIR_FIELD_TEXT);
    CHECK_INT(field("g")->type, WEIR_FIELD_TEXT);
    CHECK_INT(field("h")->type, WEIR_FIELD_TEXT);
    CHECK_INT(field("i")->type, WEIR_FIELD_DATE);
    CHECK_Z(field("i")->tz, "UTC");
}

TEST(jobfile_values_as_json) {
    CHECK_OK(parse(FIELDS
                   "      a: {const: {x: [1, 2.50, +3, 007, .5, 1., -0x1]}}\n"
                   "      b: {const: [null, ~, true, yes, \"1\", 0x1F, 0o17]}\n"
                   "      c: {select: a, default: null}\n"
                   "      d: {select: a, default: \"\"}\n"
                   "      e: {select: a, default: 12345678901234567890123}\n"
                   "      f: {const: [1e3, -1.5E-2, .inf, 1e, 1.2.3, {}, []]}\n"
                   "      g: {select: a}\n"
                   "      h: {const: !!str 12}\n"));
    CHECK_Z(field("a")->constant, "{\"x\":[1,2.50,3,7,0.5,1,\"-0x1\"]}");
    CHECK_Z(field("b")->constant, "[null,null,true,\"yes\",\"1\",31,15]");
    CHECK_Z(field("c")->default_, "null");
    CHECK_Z(field("d")->default_, "\"\"");
    CHECK_Z(field("e")->default_, "12345678901234567890123");
    CHECK_Z(field("f")->constant,
            "[1e3,-1.5E-2,\".inf\",\"1e\",\"1.2.3\",{},[]]");
    CHECK(field("g")->default_ == NULL);
    CHECK_Z(field("h")->constant, "\"12\"");
}

TEST(jobfile_parameters) {
    static const char *const given[] = {"year=2025", "n=7", "year=2024"};
    const char *text = "params: {year: 2026, n: null, both: \"${year}-${n}\"}\n"
                       "start: https://a.example/${both}/$${x}/$y\n"
                       "limits: {concurrency: \"${n}\"}\n"
                       "pages: {p: {fields: {t: h1}}}\n";
    uint64_t hash;
    CHECK_OK(parse_with(text, given, 3));
    CHECK_Z(job->starts[0].url, "https://a.example/2024-7/$%7Bx%7D/$y");
    CHECK_INT(job->limits.concurrency, 7);
    hash = job->hash;
    CHECK_OK(parse_with(text, given, 2));
    CHECK(job->hash != hash);
    hash = job->hash;
    CHECK_OK(parse_with(text, given, 2));
    CHECK(job->hash == hash);
}

TEST(jobfile_parameters_that_are_wrong) {
    static const char *const given[] = {"yaer=1", "year"};
    CHECK_INT(
        parse_with("params: {year: 1}\n" FIELDS "      t: h1\n", given, 2),
        WEIR_E_INVALID);
    CHECK_INT(report.errors, 2);
    CHECK_Z(report.problems[0].text,
            "jobs/my.job.yaml: -p yaer: the job has no such parameter; did "
            "you mean year?");
    CHECK_Z(report.problems[1].text,
            "jobs/my.job.yaml: -p year: expected name=value");
    CHECK_Z(error.message, report.problems[0].text);
}

TEST(jobfile_secrets) {
    const struct weir_start *s;
    CHECK_OK(parse("params: {t: \"${env:TOKEN}\"}\n"
                   "request: {headers: {A: \"x ${t}\"}, query: {q: 1}}\n"
                   "start:\n"
                   "  - https://a.example/?a=1&key=${env:TOKEN}&b=2#f\n"
                   "  - https://a.example/?key=${t}\n"
                   "  - https://a.example/?a=${env:EMPTY}\n"
                   "pages: {p: {fields: {t: h1}}}\n"));
    CHECK_Z(job->request.headers[0].value, "x t0ken&");
    CHECK(job->request.secret);
    s = &job->starts[0];
    CHECK_Z(s->url, "https://a.example/?a=1&b=2");
    CHECK_INT(s->request.query_count, 1);
    CHECK_Z(s->request.query[0].name, "key");
    CHECK_Z(s->request.query[0].value, "t0ken&");
    CHECK(s->request.secret);
    CHECK_Z(job->starts[1].url, "https://a.example/");
    CHECK_Z(job->starts[1].request.query[0].value, "t0ken&");
    CHECK_Z(job->starts[2].request.query[0].value, "");
    CHECK_INT(job->secret_count, 1);
    CHECK_Z(job->secrets[0], "t0ken&");
}

TEST(jobfile_secrets_are_not_shown) {
    CHECK_INT(parse("params: {t: \"${env:TOKEN}\"}\n"
                    "request: {auth: \"${env:TOKEN}\", timeout: \"${t}\"}\n"
                    "start: \"https://${env:TOKEN}/?x=${t}\"\n"
                    "pages: {p: {fields: {t: \"${t}\"}}}\n"),
              WEIR_E_INVALID);
    CHECK(report.errors >= 4);
    for (size_t i = 0; i < report.count; i++)
        CHECK(strstr(report.problems[i].text, "t0ken") == NULL);
}

TEST(jobfile_for_lists) {
    CHECK_OK(parse("start:\n"
                   "  url: https://a.example/?lat=${lat}\n"
                   "  for: {label: [Kiel, Berlin], lat: [54.3, 52.50]}\n"
                   "  set: {label: \"${label}!\"}\n"
                   "  query: {l: \"${label}\"}\n"
                   "  every: 5s\n"
                   "pages: {p: {fields: {t: h1}}}\n"
                   "output: {type: text, path: x, template: \"{label} {t}\"}\n"
                   "chores: {every: 1d, run: prune}\n"));
    CHECK_INT(job->start_count, 2);
    CHECK_Z(job->starts[0].url, "https://a.example/?lat=54.3");
    CHECK_Z(job->starts[1].url, "https://a.example/?lat=52.50");
    CHECK_Z(job->starts[1].set[0].name, "label");
    CHECK_Z(job->starts[1].set[0].value, "Berlin!");
    CHECK_Z(job->starts[0].request.query[0].value, "Kiel");
    CHECK_INT(job->starts[1].every_ns, 5000000000);
    CHECK_INT(job->outputs[0].mode, WEIR_MODE_APPEND);
    CHECK_INT(job->chores[0].every_ns, 86400000000000);
    CHECK_Z(job->chores[0].run, "prune");
}

TEST(jobfile_for_csv) {
    write_file("c.csv", "\xef\xbb\xbfname, lat\r\n\"Kiel, \"\"K\"\"\",1\r\n\n"
                        "\"two\nlines\",2\nlast,3");
    CHECK_OK(parse("start: {url: \"https://a.example/${lat}\", "
                   "for: {csv: c.csv}, set: {n: \"${name}\"}}\n"
                   "pages: {p: {fields: {t: h1}}}\n"));
    CHECK_INT(job->start_count, 3);
    CHECK_Z(job->starts[0].set[0].value, "Kiel, \"K\"");
    CHECK_Z(job->starts[1].set[0].value, "two\nlines");
    CHECK_Z(job->starts[2].url, "https://a.example/3");
}

static void check_csv(const char *text, const char *message) {
    write_file("b.csv", text);
    CHECK_INT(parse("start: {url: \"https://a.example/${a}\", "
                    "for: {csv: b.csv}}\npages: {p: {fields: {t: h1}}}\n"),
              WEIR_E_INVALID);
    CHECK_Z(error.message, message);
}

TEST(jobfile_csv_that_is_wrong) {
    check_csv("", "jobs/my.job.yaml:1:51: \"b.csv\" is empty");
    check_csv("a\n", "jobs/my.job.yaml:1:51: \"b.csv\" has names only");
    check_csv("a,b\n1\n", "jobs/my.job.yaml:1:51: record 2 of \"b.csv\" has 1 "
                          "fields, the first has 2");
    check_csv("a\n1,2\n", "jobs/my.job.yaml:1:51: record 2 of \"b.csv\" has "
                          "more than 1 fields");
    check_csv("a\n\"1\n", "jobs/my.job.yaml:1:51: record 2 of \"b.csv\" is "
                          "not valid CSV");
    check_csv("a\n\"1\"2\n", "jobs/my.job.yaml:1:51: record 2 of \"b.csv\" is "
                             "not valid CSV");
}

TEST(jobfile_list_of_urls) {
    write_file("l.txt",
               "# mine\n\nhttps://a.example/1\r\n https://b.example\n");
    CHECK_OK(parse("start: {list: l.txt, page: q}\n"
                   "pages: {p: {fields: {t: h1}, follow: {select: a, page: q}},"
                   " q: {fields: {t: h1}}}\n"));
    CHECK_INT(job->start_count, 2);
    CHECK_Z(job->starts[0].url, "https://a.example/1");
    CHECK_Z(job->starts[1].url, "https://b.example/");
    CHECK_INT(job->starts[1].page, 1);
    CHECK_INT(report.warnings, 1);
    CHECK_Z(report.problems[0].text, "jobs/my.job.yaml:2:9: warning: nothing "
                                     "leads to the page type \"p\"");
    write_file("l.txt", "https://a.example/\nnonsense\n");
    CHECK_INT(parse("start: {list: l.txt}\npages: {p: {fields: {t: h1}}}\n"),
              WEIR_E_INVALID);
    CHECK_Z(report.problems[1].text,
            "jobs/my.job.yaml:1:15: line 2 of \"l.txt\"");
    CHECK_INT(parse("start: {list: none.txt}\npages: {p: {fields: {t: h1}}}\n"),
              WEIR_E_INVALID);
    CHECK(strstr(error.message, "none.txt: No such file") != NULL);
}

TEST(jobfile_requests) {
    const struct weir_job_request *q;
    CHECK_OK(parse("start: {url: \"https://a.example/\", method: PUT,\n"
                   "  json: {a: [1, x]}, request: {timeout: 1.5s}}\n"
                   "login: {url: \"https://a.example/l\", form: {u: \"\"}}\n"
                   "pages: {p: {fields: {t: h1}, cookies: {c: d}}}\n"));
    q = &job->starts[0].request;
    CHECK_Z(q->method, "PUT");
    CHECK_Z(q->json, "{\"a\":[1,\"x\"]}");
    CHECK_INT(q->timeout_ns, 1500000000);
    CHECK(!q->secret);
    CHECK_Z(job->login->url, "https://a.example/l");
    CHECK_Z(job->login->request.form[0].name, "u");
    CHECK_Z(job->pages[0].request.cookies[0].value, "d");
}

TEST(jobfile_pagination) {
    const struct weir_next *n;
    CHECK_OK(parse(START
                   "pages:\n"
                   "  a: {items: li, next: {counter: {param: p}, ahead: 8},\n"
                   "      fields: {t: h1}, follow: [{select: a, page: b},\n"
                   "      {select: a, page: c}, {select: a, page: d}]}\n"
                   "  b: {items: li, fields: {t: h1}, next:\n"
                   "      {offset: {param: o, step: 25}, stop: no-new}}\n"
                   "  c: {next: 'jq:.next', fields: {t: jq:.t}}\n"
                   "  d: {next: {cursor: {jq: .c, param: c}, max: 9,\n"
                   "      stop: [known, {status: [404, 410]}, status]},\n"
                   "      fields: {t: jq:.t}}\n"));
    n = &job->pages[0].next;
    CHECK_INT(n->kind, WEIR_NEXT_COUNTER);
    CHECK_Z(n->param, "p");
    CHECK_INT(n->from, 1);
    CHECK_INT(n->step, 1);
    CHECK_INT(n->ahead, 8);
    CHECK_INT(n->stop, WEIR_STOP_EMPTY);
    n = &job->pages[1].next;
    CHECK_INT(n->kind, WEIR_NEXT_OFFSET);
    CHECK_INT(n->from, 0);
    CHECK_INT(n->step, 25);
    CHECK_INT(n->ahead, 1);
    CHECK_INT(n->stop, WEIR_STOP_NO_NEW);
    CHECK_INT(job->pages[2].next.kind, WEIR_NEXT_JQ_URL);
    CHECK_Z(job->pages[2].next.select.text, ".next");
    n = &job->pages[3].next;
    CHECK_INT(n->kind, WEIR_NEXT_CURSOR);
    CHECK_Z(n->select.text, ".c");
    CHECK_INT(n->max, 9);
    CHECK_INT(n->stop, WEIR_STOP_KNOWN);
    CHECK_INT(n->stop_status_count, 3);
    CHECK_INT(n->stop_status[1], 410);
    CHECK_INT(n->stop_status[2], 404);
    CHECK(job->limits.deny_private);
}

TEST(jobfile_follow) {
    const struct weir_follow *f;
    CHECK_OK(parse(START
                   "pages:\n"
                   "  a:\n"
                   "    fields: {id: h1}\n"
                   "    follow:\n"
                   "      - {select: a@href, page: a, depth: 3, allow: x}\n"
                   "      - {template: \"/p/{id}\", page: b, merge: true,\n"
                   "         deny: [y, z], scope: domain}\n"
                   "      - {select: a, page: b}\n"
                   "  b: {fields: {t: h1}, cache: fresh:90s, parser: libxml2}\n"
                   "cache: offline\n"));
    f = job->pages[0].follows;
    CHECK_INT(job->pages[0].follow_count, 3);
    CHECK_INT(f[0].page, 0);
    CHECK_INT(f[0].depth, 3);
    CHECK_INT(f[0].scope, WEIR_SCOPE_HOST);
    CHECK_Z(f[0].allow[0], "x");
    CHECK_Z(f[0].select.attribute, "href");
    CHECK_Z(f[1].template_, "/p/{id}");
    CHECK(f[1].select.text == NULL);
    CHECK(f[1].merge);
    CHECK_INT(f[1].page, 1);
    CHECK_INT(f[1].scope, WEIR_SCOPE_DOMAIN);
    CHECK_INT(f[1].deny_count, 2);
    CHECK_INT(f[2].scope, WEIR_SCOPE_ANY);
    CHECK_INT(job->cache, WEIR_JOB_CACHE_OFFLINE);
    CHECK_INT(job->pages[0].cache, WEIR_JOB_CACHE_DEFAULT);
    CHECK_INT(job->pages[1].cache, WEIR_JOB_CACHE_FRESH);
    CHECK_INT(job->pages[1].cache_age_s, 90);
    CHECK(job->pages[1].libxml2);
    CHECK(!job->pages[0].libxml2);
    CHECK(job->limits.deny_private);
}

static const char *channel(const char *name, size_t nth) {
    const struct weir_output *o = &job->outputs[0];
    for (size_t i = 0; i < o->channel_count; i++)
        if (strcmp(o->channel[i].name, name) == 0 && nth-- == 0)
            return o->channel[i].value;
    return NULL;
}

TEST(jobfile_feed) {
    CHECK_OK(parse(FIELDS
                   "      a: audio@src\n      n: .notes\n"
                   "output:\n"
                   "  type: rss\n"
                   "  path: f.xml\n"
                   "  enclosure: a\n"
                   "  description: n\n"
                   "  explicit: n\n"
                   "  length: none\n"
                   "  channel:\n"
                   "    title: T\n"
                   "    link: HTTP://A.example\n"
                   "    description: D\n"
                   "    owner: {name: N, email: e@f}\n"
                   "    category: [A, {B: [C, D]}]\n"
                   "    keywords: [x, y]\n"
                   "    locked: true\n"
                   "    locked_owner: e@f\n"
                   "    funding: {url: \"https://g.example/\", text: G}\n"));
    CHECK_Z(job->outputs[0].feed.enclosure, "a");
    CHECK_Z(job->outputs[0].feed.description, "n");
    CHECK_Z(job->outputs[0].feed.explicit_, "n");
    CHECK(job->outputs[0].feed.title == NULL);
    CHECK_INT(job->outputs[0].length, WEIR_LENGTH_NONE);
    CHECK_INT(job->outputs[0].mode, WEIR_MODE_REPLACE);
    CHECK_Z(channel("title", 0), "T");
    CHECK_Z(channel("link", 0), "http://a.example/");
    CHECK_Z(channel("owner.name", 0), "N");
    CHECK_Z(channel("owner.email", 0), "e@f");
    CHECK_Z(channel("category", 0), "A");
    CHECK_Z(channel("category", 1), "B/C");
    CHECK_Z(channel("category", 2), "B/D");
    CHECK_Z(channel("keywords", 0), "x, y");
    CHECK_Z(channel("locked", 0), "true");
    CHECK_Z(channel("locked.owner", 0), "e@f");
    CHECK_Z(channel("funding.url", 0), "https://g.example/");
    CHECK_Z(channel("funding.text", 0), "G");
}

TEST(jobfile_outputs) {
    CHECK_OK(parse(FIELDS
                   "      u: a@href\n"
                   "output:\n"
                   "  - {type: sqlite, path: x.db, key: u}\n"
                   "  - {type: sqlite, path: x.db, table: t, upsert: false}\n"
                   "  - {type: files, path: d, field: u, name: \"{u}.x\"}\n"
                   "  - {type: csv, path: c, columns: u, mode: new, page: p,\n"
                   "     order: input, dedupe: [u]}\n"));
    CHECK_INT(job->outputs[0].mode, WEIR_MODE_APPEND);
    CHECK_Z(job->outputs[0].table, "items");
    CHECK_Z(job->outputs[0].key[0], "u");
    CHECK(job->outputs[0].upsert);
    CHECK(!job->outputs[1].upsert);
    CHECK_Z(job->outputs[2].folder, "d");
    CHECK_Z(job->outputs[2].url_field, "u");
    CHECK_Z(job->outputs[2].name_template, "{u}.x");
    CHECK_INT(job->outputs[3].mode, WEIR_MODE_NEW);
    CHECK(job->outputs[3].input_order);
    CHECK_Z(job->outputs[3].page, "p");
    CHECK_Z(job->outputs[3].dedupe[0], "u");
    CHECK_Z(job->outputs[3].columns[0], "u");
}

TEST(jobfile_feed_without_pages) {
    CHECK_OK(parse("start: {feed: \"https://a.example/f\"}\n"
                   "output: {type: csv, path: x, columns: [title, date]}\n"));
    CHECK(job->starts[0].feed);
    CHECK_INT(job->page_count, 1);
    CHECK(job->limits.deny_private);
}

TEST(jobfile_comment_behind_a_selector) {
    CHECK_OK(parse(FIELDS "      a: div #main\n      b: div # main part\n"
                          "      c: div #### x\n"));
    CHECK_INT(report.warnings, 1);
    CHECK_Z(report.problems[0].text,
            "jobs/my.job.yaml:5:10: warning: YAML takes \"#main\" for a "
            "comment; if it belongs to the selector, quote it: 'div #main'");
}

TEST(jobfile_collects_twenty_errors) {
    struct weir_buf text;
    weir_buf_init(&text, 0);
    weir_buf_z(&text, START "pages: {p: {fields: {t: h1}}}\n");
    for (int i = 0; i < 50; i++)
        weir_buf_fmt(&text, "xyz%d: 1\n", i);
    CHECK_INT(parse(text.p), WEIR_E_INVALID);
    CHECK_INT(report.errors, 50);
    CHECK_INT(report.count, WEIR_JOBFILE_MAX_PROBLEMS);
    CHECK_Z(error.message, "jobs/my.job.yaml:3:1: unknown key \"xyz0\"");
    weir_buf_release(&text);
}

/* Every allocation of ours fails once; libfyaml has an allocator of its own. */
TEST(jobfile_without_memory) {
    const char *text = "params: {t: \"${env:TOKEN}\", y: 1}\n"
                       "request: {headers: {A: \"${t}\"}}\n"
                       "start: [{url: \"https://a.example/${y}${z}?k=${t}\",\n"
                       "  for: {z: [1, 2]}, set: {s: \"${z}\"}}]\n"
                       "pages: {p: {items: li, fields: {t: [h1, jq:.x],\n"
                       "  c: {const: {a: 1}}}, next: {counter: {param: p}},\n"
                       "  follow: {select: a, page: q, merge: true}},\n"
                       "  q: {fields: {u: h1}}}\n"
                       "output: {type: rss, path: x, channel: {title: T,\n"
                       "  link: \"https://a.example/\", description: D,\n"
                       "  category: {A: B}, keywords: [a, b]}}\n";
    enum weir_err err = WEIR_E_NOMEM;
    unsigned long n = 0;
    CHECK_OK(parse(text));
    while (err == WEIR_E_NOMEM && n < 10000) {
        weir_mem_fail_nth(++n);
        err = parse(text);
        weir_mem_fail_nth(0);
    }
    CHECK_Z(error.message, "");
    CHECK_OK(err);
    CHECK(n > 30);
}
