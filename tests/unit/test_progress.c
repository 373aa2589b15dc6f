#include "test.h"

#include "cli/progress.h"
#include "core/textwidth.h"

static struct weir_buf out;
static size_t columns[WEIR_PROGRESS_LINES];
static size_t lines;

static const struct weir_progress_view busy = {
    .done = 4207,
    .failed = 3,
    .from_cache = 12,
    .retries = 1,
    .total = 10000,
    .total_known = true,
    .bytes = 52428800,
    .requests_per_s = 1012.4,
    .bytes_per_s = 13000000,
    .active = 64,
    .waiting = 120,
    .elapsed_ns = 4200000000,
    .eta_ns = 95000000000,
    .host_count = 1,
    .hosts = {{{"slow.example", 12}, {"paused 12 s (429)", 17}}},
};

/* A line of the last rendering. */
static struct weir_str line(size_t n) {
    struct weir_str text = weir_buf_view(&out), one;
    do
        weir_str_cut(text, '\n', &one, &text);
    while (n-- > 0);
    return one;
}

static void render(const struct weir_progress_view *view, size_t width,
                   bool unicode) {
    struct weir_progress_style style = {
        .width = width, .height = 24, .unicode = unicode};
    weir_buf_release(&out);
    weir_buf_init(&out, 0);
    lines = weir_progress_render(&out, view, &style, columns);
    for (size_t i = 0; i < lines; i++) {
        CHECK_INT(weir_text_columns(line(i)), columns[i]);
        if (columns[i] > width)
            test_fail(__FILE__, __LINE__, "line %zu has %zu of %zu columns", i,
                      columns[i], width);
    }
}

TEST(progress_of_a_known_total) {
    render(&busy, 79, false);
    CHECK_INT(lines, 3);
    CHECK_STR(line(0),
              WEIR_STR("[===================>                           "
                       "]  4,210/10,000  42%  1:35 left"));
    CHECK_STR(line(1), WEIR_STR("3 failed  1,012 req/s  12.4 MiB/s  64 active  "
                                "120 waiting  1 retry  50.0 MiB"));
    CHECK_STR(line(2), WEIR_STR("  slow.example  paused 12 s (429)"));
}

TEST(progress_of_an_unknown_total) {
    struct weir_progress_view view = busy;
    view.total_known = false;
    view.eta_ns = -1;
    view.failed = 0;
    view.requests_per_s = 2.25;
    render(&view, 100, true);
    CHECK_STR(line(0), WEIR_STR("4,207 done  4 s"));
    CHECK_STR(line(1), WEIR_STR("2.2 req/s  12.4 MiB/s  64 active  120 waiting"
                                "  1 retry  12 from cache  50.0 MiB"));
}

TEST(progress_at_all_widths) {
    struct weir_progress_view view = busy;
    view.hosts[0].name = WEIR_STR("食べ物.example");
    for (size_t width = 1; width < 200; width++) {
        render(&view, width, true);
        render(&view, width, false);
    }
    render(&busy, 20, true);
    CHECK_STR(line(0), WEIR_STR("4,210/10,000  42%"));
    CHECK_STR(line(1), WEIR_STR("3 failed  12.4 MiB/s"));
}

TEST(progress_bar_has_eighths) {
    struct weir_progress_view view = {
        .total = 16, .total_known = true, .eta_ns = -1};
    view.done = 5; /* 5/16 of 8 cells are two and a half */
    render(&view, 26, true);
    CHECK_STR(line(0), WEIR_STR("[██▌     ]  5/16  31%  0 s"));
    view.done = 16;
    render(&view, 28, true);
    CHECK_STR(line(0), WEIR_STR("[████████]  16/16  100%  0 s"));
    view.failed = 5; /* more than there are: still a bar */
    render(&view, 28, false);
    CHECK_STR(line(0), WEIR_STR("[========]  21/16  100%  0 s"));
}

TEST(progress_of_nothing) {
    struct weir_progress_view view = {.total_known = true};
    render(&view, 79, false);
    CHECK_INT(lines, 2);
}

TEST(progress_escapes_hosts) {
    struct weir_progress_view view = busy;
    view.hosts[0].name = WEIR_STR("a\x1b[2Jb");
    view.hosts[0].state = WEIR_STR("\xe2\x80\xae"
                                   "x\r\ny");
    render(&view, 79, true);
    CHECK_INT(lines, 3);
    CHECK(weir_str_search(line(2), WEIR_STR("\x1b")) == line(2).n);
    CHECK(weir_str_search(line(2), WEIR_STR("\r")) == line(2).n);
    CHECK(weir_str_search(line(2), WEIR_STR("\xe2\x80\xae")) == line(2).n);
    CHECK(weir_str_search(line(2), WEIR_STR("a\\x1B[2Jb")) < line(2).n ||
          weir_str_search(line(2), WEIR_STR("a\\x1b[2Jb")) < line(2).n);
}

TEST(progress_in_ascii) {
    struct weir_progress_view view = busy;
    view.hosts[0].name = WEIR_STR("b\xc3\xbc"
                                  "cher.example");
    render(&view, 79, false);
    CHECK_STR(line(2), WEIR_STR("  b?cher.example  paused 12 s (429)"));
    for (size_t i = 0; i < out.len; i++)
        CHECK((unsigned char)out.p[i] < 0x80);
}

TEST(progress_in_a_low_window) {
    struct weir_progress_style style = {.width = 79, .height = 1};
    weir_buf_release(&out);
    weir_buf_init(&out, 0);
    CHECK_INT(weir_progress_render(&out, &busy, &style, columns), 1);
    CHECK(memchr(out.p, '\n', out.len) == NULL);
}

TEST(progress_colours_only_if_asked) {
    struct weir_progress_style style = {
        .width = 79, .height = 24, .colour = true};
    render(&busy, 79, true);
    CHECK(memchr(out.p, '\x1b', out.len) == NULL);
    weir_buf_clear(&out);
    weir_progress_render(&out, &busy, &style, columns);
    CHECK(memchr(out.p, '\x1b', out.len) != NULL);
    CHECK_INT(columns[2], 33); /* escape sequences take no columns */
}

TEST(progress_plain_line) {
    weir_buf_release(&out);
    weir_buf_init(&out, 0);
    weir_progress_line(&out, &busy);
    CHECK_Z(out.p, "4,207 of 10,000 done, 3 failed, 1,012 req/s, 12.4 MiB/s, "
                   "120 waiting on limits, 1:35 left");
}

TEST(progress_meter) {
    struct weir_meter m = {0};
    const int64_t second = 1000000000;
    double rate = 0;
    CHECK_NEAR(weir_meter_update(&m, 50, second), 0, 0);
    /* Right from the first interval on, and at whatever distance. */
    CHECK_NEAR(weir_meter_update(&m, 150, 2 * second), 100, 1e-9);
    CHECK_NEAR(weir_meter_update(&m, 160, 2 * second + second / 10), 100, 1e-9);
    for (int i = 1; i <= 20; i++) /* then nothing more: it falls */
        rate = weir_meter_update(&m, 160, (2 + i) * second);
    CHECK(rate < 1);
    /* A clock that stands or a count that falls do no harm. */
    CHECK_NEAR(weir_meter_update(&m, 160, 22 * second), rate, 1e-9);
    CHECK(weir_meter_update(&m, 10, 23 * second) >= 0);
}

TEST(progress_eta) {
    CHECK_INT(weir_progress_eta(100, 50), 2000000000);
    CHECK_INT(weir_progress_eta(0, 0), 0);
    CHECK_INT(weir_progress_eta(10, 0), -1);
    CHECK_INT(weir_progress_eta(UINT64_MAX, 1e-9), -1);
}
