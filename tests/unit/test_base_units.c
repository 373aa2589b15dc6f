/* units and escape: what people write and what they may see. */
#include "base/escape.h"
#include "base/mem.h"
#include "base/units.h"
#include "test.h"

static uint64_t size_of(const char *z) {
    uint64_t bytes = 4711;
    return weir_units_size(weir_str_of(z), &bytes) == WEIR_OK ? bytes : 4711;
}

static int64_t duration_of(const char *z) {
    int64_t ns = -1;
    return weir_units_duration(weir_str_of(z), &ns) == WEIR_OK ? ns : -1;
}

/* Starts a second, or -1. */
static double rate_of(const char *z) {
    struct weir_rate r;
    if (weir_units_rate(weir_str_of(z), &r) != WEIR_OK)
        return -1;
    return r.count / (double)r.per_ns * 1e9;
}

TEST(units_read_sizes) {
    static const char *const bad[] = {
        "",   "k",   "-1",  "1x",     "1 k",
        "1.", "1.5", ".",   "nan",    "1e3",
        "+1", "1kk", "0x1", "16384P", "18446744073709551616"};
    CHECK_INT(size_of("0"), 0);
    CHECK_INT(size_of("950B"), 950);
    CHECK_INT(size_of("10k"), 10240);
    CHECK_INT(size_of("1.5M"), 1572864);
    CHECK_INT(size_of(".5kB"), 512);
    CHECK_INT(size_of("2GiB"), INT64_C(2) << 30);
    CHECK_INT(size_of("1.0"), 1);
    CHECK_INT(size_of("0.1234567890123k"), 126);
    CHECK(size_of("18446744073709551615") == UINT64_MAX);
    CHECK(size_of("16383P") == UINT64_C(16383) << 50);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_INT(size_of(bad[i]), 4711);
}

TEST(units_read_durations) {
    static const char *const bad[] = {"",   "s",   "-1s",   "1S",       "1 s",
                                      "5y", "inf", "1.2.3", "99999999w"};
    CHECK_INT(duration_of("150ms"), 150000000);
    CHECK_INT(duration_of("30"), INT64_C(30000000000));
    CHECK_INT(duration_of("0"), 0);
    CHECK_INT(duration_of("0.1s"), 100000000);
    CHECK_INT(duration_of("1.5m"), INT64_C(90000000000));
    CHECK_INT(duration_of("2h"), INT64_C(7200000000000));
    CHECK_INT(duration_of("7d"), duration_of("1w"));
    CHECK_INT(duration_of("0.000000001"), 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_INT(duration_of(bad[i]), -1);
}

TEST(units_read_rates) {
    static const char *const bad[] = {"",    "0",     "0/s",  "5/",   "/s",
                                      "5/0", "5/s/s", "5x/s", "-1/s", "5/xs"};
    CHECK_NEAR(rate_of("20/s"), 20, 1e-12);
    CHECK_NEAR(rate_of("2.5"), 2.5, 1e-12);
    CHECK_NEAR(rate_of("5/15s"), 1.0 / 3, 1e-12);
    CHECK_NEAR(rate_of("5/15"), 1.0 / 3, 1e-12);
    CHECK_NEAR(rate_of("100/m"), 100.0 / 60, 1e-12);
    CHECK_NEAR(rate_of("1/d"), 1.0 / 86400, 1e-12);
    CHECK_NEAR(rate_of("1/100ms"), 10, 1e-12);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_NEAR(rate_of(bad[i]), -1, 0);
}

TEST(units_write) {
    static const struct {
        uint64_t n;
        const char *text;
    } sizes[] =
        {{0, "0 B"},           {999, "999 B"},       {1000, "1.0 KiB"},
         {1468006, "1.4 MiB"}, {102348, "99.9 KiB"}, {102349, "100 KiB"},
         {1022975, "999 KiB"}, {1023488, "1.0 MiB"}, {UINT64_MAX, "16.0 EiB"}},
      durations[] = {{0, "0 ms"},
                     {229600000, "230 ms"},
                     {999600000, "1.0 s"},
                     {3480000000, "3.5 s"},
                     {59960000000, "1:00"},
                     {725000000000, "12:05"},
                     {3599600000000, "1:00:00"},
                     {11525000000000, "3:12:05"},
                     {354600000000000, "4 d 2 h"}},
      counts[] = {{0, "0"},
                  {999, "999"},
                  {1000, "1,000"},
                  {1234567, "1,234,567"},
                  {UINT64_MAX, "18,446,744,073,709,551,615"}};
    struct weir_buf b;
    weir_buf_init(&b, 64);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        weir_buf_clear(&b);
        weir_units_put_size(&b, sizes[i].n);
        CHECK_Z(b.p, sizes[i].text);
    }
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        weir_buf_clear(&b);
        weir_units_put_duration(&b, (int64_t)durations[i].n);
        CHECK_Z(b.p, durations[i].text);
    }
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        weir_buf_clear(&b);
        weir_units_put_count(&b, counts[i].n);
        CHECK_Z(b.p, counts[i].text);
    }
    weir_buf_release(&b);
}

static void check_escape(void (*escape)(struct weir_buf *, struct weir_str),
                         struct weir_str in, struct weir_str out) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    escape(&b, in);
    CHECK(!b.failed);
    CHECK_STR(weir_buf_view(&b), out);
    weir_buf_release(&b);
}

TEST(escape_for_the_terminal) {
    void (*e)(struct weir_buf *, struct weir_str) = weir_escape_terminal;
    check_escape(e, WEIR_STR("a \"b\" \\ \xC3\xA9"),
                 WEIR_STR("a \"b\" \\ \xC3\xA9"));
    check_escape(e, WEIR_STR("\x1b[2J\x07\x7f\n\0"),
                 WEIR_STR("\\x1b[2J\\x07\\x7f\\x0a\\x00"));
    check_escape(e,
                 WEIR_STR("\xC2\x9B"
                          "1m"),
                 WEIR_STR("\\u{009b}1m"));
    check_escape(e, WEIR_STR("\x9B\xC3(\xED\xA0\x80"),
                 WEIR_STR("\\x9b\\xc3(\\xed\\xa0\\x80"));
    check_escape(e, WEIR_STR("x\xE2\x80\xAEy\xE2\x81\xA6\xD8\x9C"),
                 WEIR_STR("x\\u{202e}y\\u{2066}\\u{061c}"));
    check_escape(e, WEIR_STR("\xE2\x80\xA8\xEF\xBB\xBF"),
                 WEIR_STR("\\u{2028}\\u{feff}"));
}

TEST(escape_for_json) {
    void (*e)(struct weir_buf *, struct weir_str) = weir_escape_json;
    check_escape(e, WEIR_STR(""), WEIR_STR("\"\""));
    check_escape(e, WEIR_STR("a\"b\\c/\n\r\t\b\f\x01\x7f"),
                 WEIR_STR("\"a\\\"b\\\\c/\\n\\r\\t\\b\\f\\u0001\x7f\""));
    check_escape(e, WEIR_STR("\xE2\x80\xA9\xF0\x9F\x92\xA7"),
                 WEIR_STR("\"\\u2029\xF0\x9F\x92\xA7\""));
    /* Unicode 15 table 3-8: one replacement for each maximal subpart. */
    check_escape(e, WEIR_STR("\xF0\x80\x80\xE1\x80z"),
                 WEIR_STR("\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
                          "\xEF\xBF\xBDz\""));
}

TEST(escape_for_xml) {
    void (*e)(struct weir_buf *, struct weir_str) = weir_escape_xml;
    check_escape(e, WEIR_STR("<a b='c\"'>&\t\n\r"),
                 WEIR_STR("&lt;a b=&#39;c&quot;&#39;&gt;&amp;\t\n&#13;"));
    check_escape(e,
                 WEIR_STR("x\0\x1b\xEF\xBF\xBF"
                          "y\xFF"),
                 WEIR_STR("xy\xEF\xBF\xBD"));
}

TEST(utf8_knows_its_table) {
    static const struct {
        const char *bytes;
        size_t n;
        uint32_t cp;
    } cases[] = {{"a", 1, 'a'},
                 {"\xC2\x80", 2, 0x80},
                 {"\xE0\xA0\x80", 3, 0x800},
                 {"\xED\x9F\xBF", 3, 0xD7FF},
                 {"\xF0\x90\x80\x80", 4, 0x10000},
                 {"\xF4\x8F\xBF\xBF", 4, 0x10FFFF},
                 {"\xC0\xAF", 0, 0},         /* overlong */
                 {"\xE0\x9F\xBF", 0, 0},     /* overlong */
                 {"\xED\xA0\x80", 0, 0},     /* surrogate */
                 {"\xF4\x90\x80\x80", 0, 0}, /* beyond U+10FFFF */
                 {"\xE2\x82", 0, 0},         /* cut short */
                 {"\x80", 0, 0},
                 {"", 0, 0}};
    struct weir_buf b;
    weir_buf_init(&b, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_str s = weir_str_of(cases[i].bytes);
        uint32_t cp = 0;
        CHECK_INT(weir_utf8_decode(s, &cp), cases[i].n);
        CHECK_INT(cp, cases[i].cp);
        if (cases[i].n == 0)
            continue;
        weir_buf_clear(&b);
        weir_utf8_put(&b, cp);
        CHECK_STR(weir_buf_view(&b), s);
    }
    weir_buf_clear(&b);
    weir_utf8_put(&b, 0xD800);
    CHECK_Z(b.p, "\xEF\xBF\xBD");
    weir_buf_release(&b);
    CHECK(weir_utf8_valid(WEIR_STR("a\0\xC3\xA9")));
    CHECK(!weir_utf8_valid(WEIR_STR("a\xC3")));
}

TEST(utf8_floor_cuts_only_what_is_cut) {
    CHECK_INT(weir_utf8_floor(WEIR_STR("")), 0);
    CHECK_INT(weir_utf8_floor(WEIR_STR("ab")), 2);
    CHECK_INT(weir_utf8_floor(WEIR_STR("a\xE2\x82\xAC")), 4);
    CHECK_INT(weir_utf8_floor(WEIR_STR("a\xE2\x82")), 1);
    CHECK_INT(weir_utf8_floor(WEIR_STR("a\xF0\x9F\x92")), 1);
    CHECK_INT(weir_utf8_floor(WEIR_STR("a\xF0\x9F")), 1);
    CHECK_INT(weir_utf8_floor(WEIR_STR("a\xF0")), 1);
    CHECK_INT(weir_utf8_floor(WEIR_STR("a\x80\x80\x80\x80")), 5);
    CHECK_INT(weir_utf8_floor(WEIR_STR("a\xFF")), 2); /* junk is not cut */
}
