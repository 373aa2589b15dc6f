/* Record outputs: which records, what stands in the files, what a kill leaves.
 * What other programs read in them is checked by e2e/test_outputs.py. */
#include "test.h"

#include "base/mem.h"
#include "sink/record_files.h"
#include "sink/records.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a small bench ---- */

struct source {
    const char *const *lines;
    size_t count, at;
    const char *page; /* of every second record "other" */
};

static enum weir_err next(struct weir_record *out, bool *more, void *data,
                          struct weir_error *error) {
    struct source *s = data;
    (void)error;
    *more = s->at < s->count;
    if (*more)
        *out = (struct weir_record){.json = weir_str_of(s->lines[s->at]),
                                    .page = s->page && s->at % 2
                                                ? WEIR_STR("other")
                                                : weir_str_of(s->page),
                                    .retrieved = 1000 + (int64_t)s->at,
                                    .is_new = s->at > 0};
    s->at++;
    return WEIR_OK;
}

static enum weir_err start_again(void *data, struct weir_error *error) {
    (void)error;
    ((struct source *)data)->at = 0;
    return WEIR_OK;
}

static struct weir_record_config config_of(const struct weir_output *output) {
    return (struct weir_record_config){
        .output = output, .folder = test_dir(), .identity = "i", .out_fd = -1};
}

/* The whole of a file, for weir_free; NULL = there is none. */
static char *content(const char *name) {
    char path[512], block[4096];
    struct weir_buf b;
    ssize_t n;
    snprintf(path, sizeof path, "%s/%s", test_dir(), name);
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return NULL;
    weir_buf_init(&b, 0);
    while ((n = read(fd, block, sizeof block)) > 0)
        weir_buf_add(&b, block, (size_t)n);
    close(fd);
    return weir_buf_detach(&b);
}

static void check_file(int line, const char *name, const char *want) {
    char *got = content(name);
    if (!got != !want)
        test_fail(__FILE__, line, "%s is %s", name, got ? got : "missing");
    test_check_str(__FILE__, line, name, weir_str_of(got), weir_str_of(want));
    weir_free(got);
}
#define CHECK_FILE(name, want) check_file(__LINE__, name, want)

static void put_file(const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", test_dir(), name);
    FILE *f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* One whole output from these records. */
static void make(const struct weir_output *output, const char *const *lines,
                 size_t count) {
    struct weir_record_config config = config_of(output);
    struct source source = {lines, count, 0, NULL};
    struct weir_record_iterator records = {next, start_again, &source};
    struct weir_record_sink *s;
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    CHECK(weir_record_sink_at_end(s));
    CHECK_OK(weir_record_sink_write_all(s, &records, NULL));
    CHECK_OK(weir_record_sink_finish(s, true, NULL));
    weir_record_sink_destroy(s);
}

static void write_one(struct weir_record_sink *s, const char *json) {
    struct weir_record record = {.json = weir_str_of(json), .is_new = true};
    CHECK_OK(weir_record_sink_write(s, &record, NULL));
}

/* ---- made anew ---- */

static const char *const three[] = {
    "{\"a\":1,\"b\":\"x, \\\"y\\\"\"}",
    "{ \"c\": [ 1, {\"d\":null} ],\n \"a\": \"=1+1\" }",
    "{\"b\":null,\"a\":\"two\\r\\nlines\"}",
};

TEST(records_jsonl) {
    struct weir_output o = {.type = WEIR_OUTPUT_JSONL, .path = "o/p/a.jsonl"};
    make(&o, three, 3);
    CHECK_FILE("o/p/a.jsonl", "{\"a\":1,\"b\":\"x, \\\"y\\\"\"}\n"
                              "{\"c\":[1,{\"d\":null}],\"a\":\"=1+1\"}\n"
                              "{\"b\":null,\"a\":\"two\\r\\nlines\"}\n");
    CHECK_FILE("o/p/a.jsonl.part", NULL);
}

TEST(records_json_array) {
    struct weir_output o = {.type = WEIR_OUTPUT_JSON, .path = "a.json"};
    make(&o, three, 2);
    CHECK_FILE("a.json", "[\n{\"a\":1,\"b\":\"x, \\\"y\\\"\"},\n"
                         "{\"c\":[1,{\"d\":null}],\"a\":\"=1+1\"}\n]\n");
    make(&o, three, 0);
    CHECK_FILE("a.json", "[]\n");
}

TEST(records_csv_has_all_fields) {
    struct weir_output o = {.type = WEIR_OUTPUT_CSV, .path = "a.csv"};
    make(&o, three, 3);
    CHECK_FILE("a.csv", "a,b,c\r\n"
                        "1,\"x, \"\"y\"\"\",\r\n"
                        "=1+1,,\"[1,{\"\"d\"\":null}]\"\r\n"
                        "\"two\r\nlines\",,\r\n");
}

TEST(records_csv_columns) {
    const char *const columns[] = {"b", "c.1.d", "c.0"};
    struct weir_output o = {.type = WEIR_OUTPUT_CSV,
                            .path = "a.csv",
                            .columns = columns,
                            .column_count = 3};
    make(&o, three, 2);
    CHECK_FILE("a.csv", "b,c.1.d,c.0\r\n\"x, \"\"y\"\"\",,\r\n,,1\r\n");
    make(&o, three, 0);
    CHECK_FILE("a.csv", "b,c.1.d,c.0\r\n");
    /* A row of nothing is no empty line. */
    o.column_count = 1;
    make(&o, three + 1, 1);
    CHECK_FILE("a.csv", "b\r\n\"\"\r\n");
}

TEST(records_text) {
    struct weir_output o = {.type = WEIR_OUTPUT_TEXT,
                            .path = "a.txt",
                            .template_ = "{a}: {c.1} :: {{{b}}}"};
    make(&o, three, 2);
    CHECK_FILE("a.txt", "1:  :: {x, \"y\"}\n=1+1: {\"d\":null} :: {}\n");
    o.template_ = "{a}\n";
    make(&o, three, 2);
    CHECK_FILE("a.txt", "1\n=1+1\n");
}

TEST(records_template_errors_name_the_output) {
    struct weir_output o = {
        .type = WEIR_OUTPUT_TEXT, .path = "a.txt", .template_ = "x{"};
    struct weir_record_config config = config_of(&o);
    struct weir_record_sink *s;
    struct weir_error e;
    CHECK_INT(weir_record_sink_create(&s, &config, &e), WEIR_E_USAGE);
    CHECK(strstr(e.message, "output a.txt: template, column 2") != NULL);
    CHECK_FILE("a.txt", NULL);
    CHECK_FILE("a.txt.part", NULL);
}

TEST(records_of_a_page_new_ones_and_dedupe) {
    const char *const dedupe[] = {"k"};
    const char *const lines[] = {"{\"k\":1,\"n\":1}",    "{\"k\":1,\"n\":2}",
                                 "{\"k\":1,\"n\":3}",    "{\"n\":4}",
                                 "{\"k\":null,\"n\":5}", "{\"k\":2,\"n\":6}"};
    struct weir_output o = {.type = WEIR_OUTPUT_TEXT,
                            .path = "a.txt",
                            .template_ = "{n}",
                            .dedupe = dedupe,
                            .dedupe_count = 1};
    make(&o, lines, 6);
    CHECK_FILE("a.txt", "1\n4\n6\n");

    struct weir_record_config config = config_of(&o);
    struct source source = {lines, 6, 0, "page"};
    struct weir_record_sink *s;
    struct weir_record record;
    bool more;
    o.page = "page";
    o.mode = WEIR_MODE_NEW;
    o.path = "b.txt";
    o.dedupe_count = 0;
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    CHECK(!weir_record_sink_at_end(s));
    while (next(&record, &more, &source, NULL) == WEIR_OK && more)
        CHECK_OK(weir_record_sink_write(s, &record, NULL));
    CHECK_INT(weir_record_sink_written(s), 2);
    CHECK_OK(weir_record_sink_finish(s, true, NULL));
    weir_record_sink_destroy(s);
    CHECK_FILE("b.txt", "3\n5\n");
}

TEST(records_bad_record_is_a_problem) {
    const char *const lines[] = {"{\"a\":1}", "{\"a\":", "[1]", "{\"a\":2}"};
    struct weir_output o = {.type = WEIR_OUTPUT_CSV, .path = "a.csv"};
    struct weir_record_config config = config_of(&o);
    struct source source = {lines, 4, 0, NULL};
    struct weir_record_iterator records = {next, start_again, &source};
    struct weir_record_sink *s;
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    CHECK_OK(weir_record_sink_write_all(s, &records, NULL));
    struct weir_record_problems p = weir_record_sink_problems(s);
    CHECK_INT(p.count, 2);
    CHECK(strstr(p.first, "output a.csv: a record: JSON: ") != NULL);
    CHECK_OK(weir_record_sink_finish(s, true, NULL));
    weir_record_sink_destroy(s);
    CHECK_FILE("a.csv", "a\r\n1\r\n2\r\n");
}

/* ---- files made anew ---- */

TEST(records_nothing_under_the_name_before_the_end) {
    struct weir_output o = {.type = WEIR_OUTPUT_JSONL, .path = "a.jsonl"};
    struct weir_record_config config = config_of(&o);
    struct source source = {three, 3, 0, NULL};
    struct weir_record_iterator records = {next, start_again, &source};
    struct weir_record_sink *s;
    put_file("a.jsonl", "old\n");
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    CHECK_OK(weir_record_sink_write_all(s, &records, NULL));
    CHECK_FILE("a.jsonl", "old\n");
    CHECK_OK(weir_record_sink_finish(s, false, NULL));
    weir_record_sink_destroy(s);
    CHECK_FILE("a.jsonl", "old\n");
    CHECK_FILE("a.jsonl.part", NULL);
    /* What a dead run left is no obstacle. */
    put_file("a.jsonl.part", "torn");
    make(&o, three, 1);
    CHECK_FILE("a.jsonl", "{\"a\":1,\"b\":\"x, \\\"y\\\"\"}\n");
    CHECK_FILE("a.jsonl.part", NULL);
}

TEST(records_same_bytes_leave_the_file_alone) {
    struct weir_output o = {.type = WEIR_OUTPUT_JSONL, .path = "a.jsonl"};
    char path[512];
    struct stat before, after;
    snprintf(path, sizeof path, "%s/a.jsonl", test_dir());
    make(&o, three, 3);
    CHECK_INT(stat(path, &before), 0);
    CHECK_INT(chmod(path, 0640), 0);
    make(&o, three, 3);
    CHECK_INT(stat(path, &after), 0);
    CHECK_INT(after.st_ino, before.st_ino);
    /* Other bytes: a new file with the old one's permissions. */
    make(&o, three, 2);
    CHECK_INT(stat(path, &after), 0);
    CHECK(after.st_ino != before.st_ino);
    CHECK_INT(after.st_mode & 0777, 0640);
}

TEST(records_made_anew_through_a_link) {
    struct weir_output o = {.type = WEIR_OUTPUT_JSONL, .path = "link"};
    char link[512];
    struct stat st;
    snprintf(link, sizeof link, "%s/link", test_dir());
    put_file("real", "old\n");
    CHECK_INT(symlink("real", link), 0);
    make(&o, three + 2, 1);
    CHECK_INT(lstat(link, &st), 0);
    CHECK(S_ISLNK(st.st_mode));
    CHECK_FILE("real", "{\"b\":null,\"a\":\"two\\r\\nlines\"}\n");
}

TEST(records_that_cannot_be_written) {
    struct weir_output o = {.type = WEIR_OUTPUT_JSONL, .path = "file/a.jsonl"};
    struct weir_record_config config = config_of(&o);
    struct weir_record_sink *s = NULL;
    struct weir_error e;
    put_file("file", "");
    CHECK_INT(weir_record_sink_create(&s, &config, &e), WEIR_E_IO);
    CHECK(strstr(e.message, "/file/a.jsonl: ") != NULL);
    o.mode = WEIR_MODE_APPEND;
    CHECK_INT(weir_record_sink_create(&s, &config, &e), WEIR_E_IO);
    o.path = ".";
    o.mode = WEIR_MODE_REPLACE;
    CHECK_INT(weir_record_sink_create(&s, &config, &e), WEIR_E_IO);
    CHECK(s == NULL);
}

/* ---- appending ---- */

TEST(records_append_and_cut_back) {
    struct weir_output o = {
        .type = WEIR_OUTPUT_JSONL, .path = "a.jsonl", .mode = WEIR_MODE_APPEND};
    struct weir_record_config config = config_of(&o);
    struct weir_record_sink *s;
    struct weir_record_position first, second, lost;
    put_file("a.jsonl", "{\"old\":1}\n");
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    CHECK_OK(weir_record_sink_position(s, &first, NULL));
    CHECK_INT(first.offset, 10);
    CHECK(first.regular && first.inode != 0);
    write_one(s, "{\"a\":1}");
    CHECK_OK(weir_record_sink_flush(s, &second, NULL));
    CHECK_INT(second.offset, 18);
    write_one(s, "{\"a\":2}");
    CHECK_OK(weir_record_sink_flush(s, &lost, NULL));
    weir_record_sink_destroy(s);
    CHECK_FILE("a.jsonl", "{\"old\":1}\n{\"a\":1}\n{\"a\":2}\n");

    config.resume = &second; /* the last flush was not committed */
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    CHECK_FILE("a.jsonl", "{\"old\":1}\n{\"a\":1}\n");
    write_one(s, "{\"a\":3}");
    CHECK_OK(weir_record_sink_finish(s, true, NULL));
    weir_record_sink_destroy(s);
    CHECK_FILE("a.jsonl", "{\"old\":1}\n{\"a\":1}\n{\"a\":3}\n");

    config.resume = &first; /* nothing was ever committed */
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    weir_record_sink_destroy(s);
    CHECK_FILE("a.jsonl", "{\"old\":1}\n");

    config.resume = &second; /* somebody cut it */
    struct weir_error e;
    CHECK_INT(weir_record_sink_create(&s, &config, &e), WEIR_E_IO);
    CHECK(strstr(e.message, "it has 10 bytes where 18 were written") != NULL);
}

TEST(records_append_to_a_rotated_file) {
    struct weir_output o = {
        .type = WEIR_OUTPUT_JSONL, .path = "a.jsonl", .mode = WEIR_MODE_APPEND};
    struct weir_record_config config = config_of(&o);
    struct weir_record_sink *s;
    struct weir_record_position position;
    char path[512], moved[512];
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    write_one(s, "{\"a\":1}");
    CHECK_OK(weir_record_sink_flush(s, &position, NULL));
    weir_record_sink_destroy(s);
    snprintf(path, sizeof path, "%s/a.jsonl", test_dir());
    snprintf(moved, sizeof moved, "%s/a.jsonl.1", test_dir());
    CHECK_INT(rename(path, moved), 0);
    put_file("a.jsonl", "no newline");
    config.resume = &position;
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    write_one(s, "{\"a\":2}");
    CHECK_OK(weir_record_sink_finish(s, true, NULL));
    weir_record_sink_destroy(s);
    CHECK_FILE("a.jsonl", "no newline\n{\"a\":2}\n");
    CHECK_FILE("a.jsonl.1", "{\"a\":1}\n");
}

TEST(records_unfinished_append_ends_at_its_last_flush) {
    struct weir_output o = {
        .type = WEIR_OUTPUT_JSONL, .path = "a.jsonl", .mode = WEIR_MODE_APPEND};
    struct weir_record_config config = config_of(&o);
    struct weir_record_sink *s;
    struct weir_buf big;
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    write_one(s, "{\"a\":1}");
    CHECK_OK(weir_record_sink_flush(s, NULL, NULL));
    weir_buf_init(&big, 0);
    weir_buf_z(&big, "{\"a\":\"");
    for (int i = 0; i < 400000; i++)
        weir_buf_byte(&big, 'x');
    weir_buf_z(&big, "\"}");
    write_one(s, big.p); /* more than is buffered: in the file already */
    weir_buf_release(&big);
    weir_record_sink_destroy(s);
    CHECK_FILE("a.jsonl", "{\"a\":1}\n");
}

TEST(records_csv_appends_under_its_header) {
    struct weir_output o = {
        .type = WEIR_OUTPUT_CSV, .path = "a.csv", .mode = WEIR_MODE_APPEND};
    struct weir_record_config config = config_of(&o);
    struct weir_record_sink *s;
    struct weir_record_position position;
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    CHECK_OK(weir_record_sink_position(s, &position, NULL));
    write_one(s, "{\"a\":1,\"b,c\":2}");
    CHECK_OK(weir_record_sink_finish(s, true, NULL));
    weir_record_sink_destroy(s);
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    write_one(s, "{\"b,c\":4,\"a\":3,\"d\":5}");
    struct weir_record_problems p = weir_record_sink_problems(s);
    CHECK_INT(p.count, 1);
    CHECK(strstr(p.first, "field d has no column") != NULL);
    CHECK_OK(weir_record_sink_finish(s, true, NULL));
    weir_record_sink_destroy(s);
    CHECK_FILE("a.csv", "a,\"b,c\"\r\n1,2\r\n3,4\r\n");
    /* Back to an empty file: the header comes again. */
    config.resume = &position;
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    write_one(s, "{\"z\":1}");
    CHECK_OK(weir_record_sink_finish(s, true, NULL));
    weir_record_sink_destroy(s);
    CHECK_FILE("a.csv", "z\r\n1\r\n");
}

TEST(records_csv_refuses_another_header) {
    const char *const columns[] = {"a", "b"};
    static const char *const heads[] = {"a\r\n", "a,b,c\n", "b,a\r\n", "a,b"};
    struct weir_output o = {.type = WEIR_OUTPUT_CSV,
                            .path = "a.csv",
                            .mode = WEIR_MODE_APPEND,
                            .columns = columns,
                            .column_count = 2};
    struct weir_record_config config = config_of(&o);
    struct weir_record_sink *s;
    struct weir_error e;
    for (size_t i = 0; i < 3; i++) {
        put_file("a.csv", heads[i]);
        CHECK_INT(weir_record_sink_create(&s, &config, &e), WEIR_E_USAGE);
        CHECK(strstr(e.message, "output a.csv: its header row") != NULL);
    }
    put_file("a.csv", "\"a\",b\r\n");
    CHECK_OK(weir_record_sink_create(&s, &config, &e));
    weir_record_sink_destroy(s);
}

TEST(records_recalled_for_dedupe) {
    const char *const dedupe[] = {"k"};
    struct weir_output o = {.type = WEIR_OUTPUT_JSONL,
                            .path = "a.jsonl",
                            .mode = WEIR_MODE_APPEND,
                            .dedupe = dedupe,
                            .dedupe_count = 1};
    struct weir_record_config config = config_of(&o);
    struct weir_record_sink *s;
    struct weir_record before = {.json = WEIR_STR("{\"k\":\"a\"}")};
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    CHECK_OK(weir_record_sink_recall(s, &before, NULL));
    write_one(s, "{\"k\":\"a\"}");
    write_one(s, "{\"k\":\"b\"}");
    CHECK_OK(weir_record_sink_finish(s, true, NULL));
    weir_record_sink_destroy(s);
    CHECK_FILE("a.jsonl", "{\"k\":\"b\"}\n");
}

/* ---- standard output ---- */

static void check_stdout(struct weir_output *o, bool terminal, const char *json,
                         const char *want) {
    struct weir_record_config config = config_of(o);
    struct weir_record_sink *s;
    char got[4096];
    int ends[2];
    CHECK_INT(pipe(ends), 0);
    config.out_fd = ends[1];
    config.terminal = terminal;
    o->path = "-";
    o->mode = WEIR_MODE_APPEND;
    CHECK_OK(weir_record_sink_create(&s, &config, NULL));
    write_one(s, json);
    struct weir_record_position position;
    CHECK_OK(weir_record_sink_flush(s, &position, NULL));
    CHECK(!position.regular);
    CHECK_OK(weir_record_sink_finish(s, true, NULL));
    weir_record_sink_destroy(s);
    CHECK_INT(close(ends[1]), 0); /* it is still ours */
    ssize_t n = read(ends[0], got, sizeof got);
    close(ends[0]);
    CHECK_STR(weir_str_make(got, (size_t)(n > 0 ? n : 0)), weir_str_of(want));
}

TEST(records_to_standard_output) {
    const char *json = "{\"a\":\"\\u001b[31m\\u009b\",\"b\":\"x\\ny\"}";
    struct weir_output text = {.type = WEIR_OUTPUT_TEXT,
                               .template_ = "{a}|{b}"};
    struct weir_output csv = {.type = WEIR_OUTPUT_CSV};
    struct weir_output jsonl = {.type = WEIR_OUTPUT_JSONL};
    check_stdout(&text, false, json, "\x1b[31m\xC2\x9B|x\ny\n");
    check_stdout(&text, true, json, "\\x1b[31m\\u{009b}|x\\x0ay\n");
    check_stdout(&csv, false, json, "a,b\r\n\x1b[31m\xC2\x9B,\"x\ny\"\r\n");
    check_stdout(&csv, true, json, "a,b\n\\x1b[31m\\u{009b},x\\x0ay\n");
    check_stdout(&jsonl, true, "{\"a\":\"\xC2\x9B\"}",
                 "{\"a\":\"\\u{009b}\"}\n");
}

/* ---- names of files ---- */

struct wanted {
    char text[1024];
};

static enum weir_err note_request(struct weir_str url, struct weir_str name,
                                  void *data) {
    struct wanted *w = data;
    size_t n = strlen(w->text);
    snprintf(w->text + n, sizeof w->text - n, "%.*s>%.*s\n", WEIR_STR_ARG(url),
             WEIR_STR_ARG(name));
    return WEIR_OK;
}

static enum weir_err ask(const char *name, const char *json, struct wanted *w,
                         struct weir_error *e) {
    struct weir_output o = {.type = WEIR_OUTPUT_FILES,
                            .path = "pics",
                            .url_field = "u",
                            .name_template = name};
    struct weir_file_output *f;
    w->text[0] = '\0';
    CHECK_OK(weir_file_output_create(&f, &o, e));
    CHECK_Z(weir_file_output_folder(f), "pics");
    enum weir_err code =
        weir_file_output_requests(f, weir_str_of(json), note_request, w, e);
    weir_file_output_destroy(f);
    return code;
}

TEST(records_files_names) {
    static const struct {
        const char *name, *json, *want;
    } cases[] = {
        {NULL, "{\"u\":\"https://H/a/b%20c.png?x\"}",
         "https://h/a/b%20c.png?x>b c.png\n"},
        {"{id}.{ext}", "{\"u\":\"https://h/a.png\",\"id\":7}",
         "https://h/a.png>7.png\n"},
        {"{id}.{ext}", "{\"u\":\"https://h/a.png\",\"id\":\"../../etc\"}",
         "https://h/a.png>___.._etc.png\n"},
        {"av/{who.name}-{n}.png",
         "{\"u\":[\"https://h/1\",\"https://h/2\"],\"who\":{\"name\":\"x/"
         "y\\u0000z\"}}",
         "https://h/1>av/x_y_z-1.png\nhttps://h/2>av/x_y_z-2.png\n"},
        {"{name}", "{\"u\":\"https://h/url.png\",\"name\":\"mine\"}",
         "https://h/url.png>mine\n"},
        {"{{{id}}}", "{\"u\":\"https://h/a\",\"id\":\"{host}\"}",
         "https://h/a>{{host}}\n"},
        {"{id}", "{\"u\":null,\"id\":1}", ""},
        {"{id}", "{\"id\":1}", ""},
        {"{id}", "{\"u\":[],\"id\":1}", ""},
    };
    struct wanted w;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_OK(ask(cases[i].name, cases[i].json, &w, NULL));
        CHECK_Z(w.text, cases[i].want);
    }
}

TEST(records_files_refused) {
    static const struct {
        const char *name, *json, *message;
    } cases[] = {
        {"{id}", "{\"u\":\"https://h/a\"}", "the record has no id"},
        {"{sha256}", "{\"u\":\"https://h/a\"}", "the record has no sha256"},
        {"{id}", "{\"u\":\"ftp://h/a\",\"id\":1}", "ftp://h/a: "},
        {"{id}", "{\"u\":\"a.png\",\"id\":1}", "a.png: "},
        {"../{id}", "{\"u\":\"https://h/a\",\"id\":1}", "../1 is no name"},
        {"/etc/{id}", "{\"u\":\"https://h/a\",\"id\":1}", "/etc/1 is no name"},
    };
    struct wanted w;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_error e = {0};
        CHECK_INT(ask(cases[i].name, cases[i].json, &w, &e), WEIR_E_INVALID);
        if (!strstr(e.message, cases[i].message))
            test_fail(__FILE__, __LINE__, "%s", e.message);
        CHECK_Z(w.text, "");
    }
}

/* ---- without memory ---- */

static enum weir_err try_whole(const struct weir_output *output, bool grows) {
    struct weir_record_config config = config_of(output);
    struct source source = {three, 3, 0, NULL};
    struct weir_record_iterator records = {next, start_again, &source};
    struct weir_record_sink *s;
    struct weir_error e = {0};
    struct weir_record record = {.json = weir_str_of(three[1])};
    bool wanted;
    enum weir_err code = weir_record_sink_create(&s, &config, &e);
    if (code)
        return code;
    if (!grows) {
        code = weir_record_sink_write_all(s, &records, &e);
    } else if (!(code = weir_record_sink_begin(s, 1, &wanted, &e)) && wanted) {
        code = weir_record_sink_write(s, &record, &e);
        if (!code)
            code = weir_record_sink_flush(s, NULL, &e);
    }
    if (!code)
        code = weir_record_sink_finish(s, true, &e);
    weir_record_sink_destroy(s);
    return code;
}

/* Fails each allocation in turn: an error and no file, until none fails. */
TEST(records_without_memory) {
    static const struct weir_job_pair channel[] = {
        {"title", "T"}, {"link", "https://h/"}, {"self", "https://h/feed.xml"}};
    static const char *const dedupe[] = {"a"};
    static const struct {
        enum weir_output_type type;
        enum weir_output_mode mode;
    } cases[] = {{WEIR_OUTPUT_JSONL, WEIR_MODE_REPLACE},
                 {WEIR_OUTPUT_CSV, WEIR_MODE_REPLACE},
                 {WEIR_OUTPUT_CSV, WEIR_MODE_APPEND},
                 {WEIR_OUTPUT_TEXT, WEIR_MODE_REPLACE},
                 {WEIR_OUTPUT_RSS, WEIR_MODE_REPLACE},
                 {WEIR_OUTPUT_ATOM, WEIR_MODE_REPLACE},
                 {WEIR_OUTPUT_SQLITE, WEIR_MODE_REPLACE},
                 {WEIR_OUTPUT_SQLITE, WEIR_MODE_APPEND}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[16];
        snprintf(name, sizeof name, "out%zu", i);
        struct weir_output o = {.type = cases[i].type,
                                .mode = cases[i].mode,
                                .path = name,
                                .template_ = "{a}{b}",
                                .channel = channel,
                                .channel_count = 3,
                                .page_size = 2,
                                .dedupe = dedupe,
                                .dedupe_count = 1};
        bool grows = cases[i].mode == WEIR_MODE_APPEND;
        bool file = !grows && cases[i].type != WEIR_OUTPUT_SQLITE;
        enum weir_err code = WEIR_E_NOMEM;
        unsigned long n = 0;
        while (code && ++n < 10000) {
            weir_mem_fail_nth(n);
            code = try_whole(&o, grows);
            weir_mem_fail_nth(0);
            CHECK(code == WEIR_OK || code == WEIR_E_NOMEM);
            if (code && file)
                CHECK_FILE(name, NULL);
        }
        CHECK_OK(code);
        CHECK(n > 5);
    }
}
