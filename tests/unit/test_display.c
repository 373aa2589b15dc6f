#include "test.h"

#include "cli/display.h"
#include "cli/summary.h"

#include <stdio.h>
#include <unistd.h>

static struct weir_buf out;

static const char *put(void (*how)(struct weir_buf *, const size_t *, size_t,
                                   size_t),
                       const size_t *columns, size_t lines, size_t width) {
    weir_buf_release(&out);
    weir_buf_init(&out, 0);
    how(&out, columns, lines, width);
    return out.p;
}

TEST(display_goes_home) {
    const size_t columns[] = {70, 40, 0};
    CHECK_Z(put(weir_display_put_home, columns, 0, 80), "");
    CHECK_Z(put(weir_display_put_home, columns, 1, 80), "\r");
    CHECK_Z(put(weir_display_put_home, columns, 3, 80), "\r\x1b[2A");
    /* The terminal became narrower and wrapped: 70 columns are two rows. */
    CHECK_Z(put(weir_display_put_home, columns, 3, 40), "\r\x1b[3A");
    CHECK_Z(put(weir_display_put_home, columns, 3, 30), "\r\x1b[5A");
}

TEST(display_clears_its_rows_only) {
    const size_t columns[] = {70, 40};
    CHECK_Z(put(weir_display_put_clear, columns, 0, 80), "");
    CHECK_Z(put(weir_display_put_clear, columns, 1, 80), "\r\x1b[K\r");
    CHECK_Z(put(weir_display_put_clear, columns, 2, 60),
            "\r\x1b[2A\x1b[K\n\x1b[K\n\x1b[K\r\x1b[2A");
}

TEST(display_writes_a_frame_over_another) {
    weir_buf_release(&out);
    weir_buf_init(&out, 0);
    weir_display_put_frame(&out, WEIR_STR("one\n\nthree"));
    CHECK_Z(out.p, "one\x1b[K\n\x1b[K\nthree\x1b[J");
}

TEST(display_knows_utf8_locales) {
    CHECK(weir_display_is_utf8("en_US.UTF-8"));
    CHECK(weir_display_is_utf8("C.utf8"));
    CHECK(weir_display_is_utf8("de_DE.UTF-8@euro"));
    CHECK(!weir_display_is_utf8("C"));
    CHECK(!weir_display_is_utf8("de_DE.ISO-8859-1"));
    CHECK(!weir_display_is_utf8(""));
    CHECK(!weir_display_is_utf8(NULL));
}

/* What a display that writes to a pipe has said. */
static int ends[2];
static char said[4096];

static struct weir_display *piped(bool quiet) {
    struct weir_display_config config = {
        .command = "get", .quiet = quiet, .term = "xterm"};
    CHECK_INT(pipe(ends), 0);
    config.fd = ends[1];
    return weir_display_create(&config);
}

static const char *read_all(struct weir_display *d) {
    ssize_t n;
    weir_display_destroy(d);
    close(ends[1]);
    n = read(ends[0], said, sizeof said - 1);
    close(ends[0]);
    said[n > 0 ? n : 0] = '\0';
    return said;
}

TEST(display_off_a_terminal_is_a_line_now_and_then) {
    const int64_t second = 1000000000;
    struct weir_progress_view view = {.done = 1, .total_known = false};
    struct weir_display *d = piped(false);
    CHECK(weir_display_due(d, 5 * second));
    weir_display_draw(d, &view, 5 * second);
    CHECK(!weir_display_due(d, 6 * second));
    CHECK_INT(weir_display_wait(d, 6 * second), 9 * second);
    CHECK(weir_display_due(d, 15 * second));
    weir_display_draw(d, &view, 15 * second);
    CHECK_Z(read_all(d), "weir get: 1 done, 0.0 req/s, 0 B/s\n");
}

TEST(display_logs_are_escaped) {
    struct weir_display *d = piped(false);
    weir_display_log(WEIR_LOG_ERROR, "http://a/\x1b]0;x\x07: failed", d);
    weir_display_log(WEIR_LOG_WARNING, "careful", d);
    read_all(d);
    CHECK(strchr(said, '\x1b') == NULL && strchr(said, '\x07') == NULL);
    CHECK(strncmp(said, "weir get: http://a/", 19) == 0);
    CHECK(strstr(said, "\nweir get: warning: careful\n") != NULL);
}

TEST(display_quiet) {
    struct weir_progress_view view = {0};
    struct weir_display *d = piped(true);
    CHECK(!weir_display_due(d, 1));
    CHECK(weir_display_wait(d, 1) == INT64_MAX);
    weir_display_draw(d, &view, 1);
    weir_display_draw(d, &view, 2);
    weir_display_log(WEIR_LOG_WARNING, "careful", d);
    weir_display_log(WEIR_LOG_INFO, "by the way", d);
    weir_display_log(WEIR_LOG_ERROR, "no", d);
    CHECK_Z(read_all(d), "weir get: no\n");
}

static const char *summary(const struct weir_summary *s) {
    weir_buf_release(&out);
    weir_buf_init(&out, 0);
    weir_summary_put(&out, s);
    return out.p;
}

TEST(summary_of_a_good_run) {
    struct weir_summary s = {.done = 10000,
                             .bytes = 13000000,
                             .elapsed_ns = 35200000000,
                             .where = "out",
                             .command = "get",
                             .arguments = " -P out"};
    CHECK_Z(summary(&s), "10,000 done, 0 failed; 12.4 MiB in 35.2 s, "
                         "284 URLs/s\nThe files are in out\n");
    s.from_cache = 120;
    s.skipped = 3;
    s.where = NULL;
    CHECK_Z(summary(&s), "10,000 done (120 from cache, 3 skipped), 0 failed; "
                         "12.4 MiB in 35.2 s, 284 URLs/s\n");
}

TEST(summary_names_no_folder_when_nothing_came) {
    struct weir_summary s = {.failed = 1,
                             .elapsed_ns = 1000000000,
                             .where = "out",
                             .command = "get",
                             .arguments = " -P out http://h/"};
    CHECK_Z(summary(&s), "0 done, 1 failed; 0 B in 1.0 s, 1.0 URLs/s\n"
                         "To fetch again what failed: weir get --retry-failed "
                         "-P out http://h/\n");
}

TEST(summary_says_how_to_retry) {
    struct weir_summary s = {.done = 1,
                             .failed = 3,
                             .elapsed_ns = 1000000000,
                             .where = "\x1b[2J",
                             .command = "get",
                             .arguments = " -P out -i list.txt"};
    summary(&s);
    CHECK(strchr(out.p, '\x1b') == NULL);
    s.where = NULL;
    CHECK_Z(summary(&s), "1 done, 3 failed; 0 B in 1.0 s, 4.0 URLs/s\n"
                         "To fetch again what failed: weir get --retry-failed "
                         "-P out -i list.txt\n");
    s.arguments = NULL;
    CHECK_Z(summary(&s), "1 done, 3 failed; 0 B in 1.0 s, 4.0 URLs/s\n"
                         "To fetch again what failed: the same command with "
                         "--retry-failed\n");
}

TEST(summary_says_how_to_go_on) {
    struct weir_summary s = {.done = 1,
                             .failed = 3,
                             .left = 1200,
                             .left_unknown = true,
                             .command = "get",
                             .arguments = " -i list.txt"};
    CHECK_Z(summary(&s), "1 done, 3 failed; 0 B in 0 ms, 0.0 URLs/s\n"
                         "1,200 and more are left. To go on: weir get -i "
                         "list.txt\n");
}
