#include "test.h"

#include "base/buf.h"
#include "cli/jobfile.h"

#include <stdio.h>

/* tests/data/jobs/bad.txt: jobs that are refused, and the words. */

static const struct {
    const char *name;
    const char *lines;
} preludes[] = {
    {"@P\n", "start: https://a.example/\npages: {p: {fields: {t: h1}}}\n"},
    {"@F\n", "start: https://a.example/\npages:\n  p:\n    fields:\n"},
};

static void read_cases(struct weir_buf *out) {
    char path[512], block[4096];
    size_t n;
    FILE *f;
    snprintf(path, sizeof path, "%s/../data/jobs/bad.txt",
             WEIR_TEST_SOURCE_DIR);
    f = fopen(path, "rb");
    CHECK(f != NULL);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        CHECK_OK(weir_buf_add(out, block, n));
    fclose(f);
}

/* The text of a case, its preludes spelled out. */
static void put_text(struct weir_buf *out, struct weir_str text) {
    for (size_t i = 0; i < sizeof preludes / sizeof preludes[0]; i++) {
        struct weir_str name = weir_str_of(preludes[i].name);
        if (weir_str_starts(text, name)) {
            weir_buf_z(out, preludes[i].lines);
            text = weir_str_sub(text, name.n, text.n);
        }
    }
    weir_buf_str(out, text);
}

/* "line:column: message" lines, as the file has them. */
static void put_said(struct weir_buf *out, struct weir_str text) {
    static const char *const environment[] = {"TOKEN=t0ken", NULL};
    struct weir_jobfile_input input = {
        .file = "f", .text = text, .folder = ".", .environment = environment};
    struct weir_jobfile_report report = {0};
    struct weir_error error = {0};
    struct weir_job *job = NULL;
    CHECK_INT(weir_jobfile_parse(&job, &input, &report, &error),
              WEIR_E_INVALID);
    for (size_t i = 0; i < report.count; i++)
        weir_buf_fmt(out, "%s\n", report.problems[i].text + 2);
    weir_jobfile_report_release(&report);
}

static void check_case(struct weir_str text, struct weir_str said) {
    struct weir_buf job, got;
    weir_buf_init(&job, 0);
    weir_buf_init(&got, 0);
    put_text(&job, text);
    put_said(&got, weir_buf_view(&job));
    CHECK_STR(weir_buf_view(&got), said);
    weir_buf_release(&job);
    weir_buf_release(&got);
}

TEST(jobfile_refuses_in_these_words) {
    struct weir_buf file;
    struct weir_str rest;
    size_t count = 0;
    weir_buf_init(&file, 0);
    read_cases(&file);
    rest = weir_buf_view(&file);
    rest = weir_str_sub(rest, weir_str_search(rest, WEIR_STR("\n=== ")) + 1,
                        rest.n);
    while (rest.n > 0) {
        size_t end = weir_str_search(rest, WEIR_STR("\n=== ")), at, next;
        struct weir_str one = weir_str_sub(rest, 0, end + 1), name, text;
        weir_str_cut(one, '\n', &name, &text);
        /* the last "---" line; a job may have one of its own */
        at = weir_str_search(text, WEIR_STR("---\n"));
        while ((next = weir_str_search(weir_str_sub(text, at + 4, text.n),
                                       WEIR_STR("---\n"))) < text.n - at - 4)
            at += 4 + next;
        check_case(weir_str_sub(text, 0, at),
                   weir_str_sub(text, at + 4, text.n));
        rest = weir_str_sub(rest, end + 1, rest.n);
        count++;
    }
    CHECK(count > 80);
    weir_buf_release(&file);
}
