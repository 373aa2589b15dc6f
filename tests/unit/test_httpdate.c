/* Dates: RFC 9110 section 5.6.7, RFC 5322, RFC 3339, and the calendar. */
#include "core/httpdate.h"

#include "test.h"

static const int64_t NOW = 1700000000; /* 2023-11-14 */
static const int64_t EXAMPLE = 784111777;

static int64_t parsed_at(const char *z, int64_t now) {
    int64_t t = INT64_MIN;
    return weir_httpdate_parse(weir_str_of(z), now, &t) ? t : INT64_MIN;
}

static int64_t parsed(const char *z) {
    return parsed_at(z, NOW);
}

TEST(httpdate_reads_its_three_formats) {
    CHECK_INT(parsed("Sun, 06 Nov 1994 08:49:37 GMT"), EXAMPLE);
    CHECK_INT(parsed("Sunday, 06-Nov-94 08:49:37 GMT"), EXAMPLE);
    CHECK_INT(parsed("Sun Nov  6 08:49:37 1994"), EXAMPLE);
    CHECK_INT(parsed("Wed Nov 16 08:49:37 1994"), EXAMPLE + 10 * 86400);
    CHECK_INT(parsed("sUN, 06 nOV 1994 08:49:37 gmt"), EXAMPLE);
    CHECK_INT(parsed("  Sun, 06 Nov 1994 08:49:37 GMT "), EXAMPLE);
    CHECK_INT(parsed("Mon, 06 Nov 1994 08:49:37 GMT"), EXAMPLE);
    CHECK_INT(parsed("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    CHECK_INT(parsed("Thu, 29 Feb 2024 23:59:60 GMT"),
              parsed("Fri, 01 Mar 2024 00:00:00 GMT"));
    CHECK_INT(parsed("Fri, 31 Dec 9999 23:59:59 GMT"), 253402300799);
}

TEST(httpdate_refuses_everything_else) {
    static const char *const bad[] = {
        "",
        "0",
        "-1",
        "Sun",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 GMT+1",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sun 06 Nov 1994 08:49:37 GMT",
        "Sun, 06  Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08.49.37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Wed, 29 Feb 2023 08:49:37 GMT",
        "Wed, 29 Feb 1900 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Xyz, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov 06 08:49:37 1994 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  16 08:49:37 1994",
        "06 Nov 1994 08:49:37 GMT",
        "1994-11-06T08:49:37Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_INT(parsed(bad[i]), INT64_MIN);
}

/* Two digits: not more than fifty years ahead of now. */
TEST(httpdate_two_digit_years) {
    int64_t in_2099 = parsed("Wed, 01 Jul 2099 00:00:00 GMT");
    CHECK_INT(parsed("Tuesday, 14-Nov-73 00:00:00 GMT"),
              parsed("Tue, 14 Nov 2073 00:00:00 GMT"));
    CHECK_INT(parsed("Tuesday, 16-Nov-73 00:00:00 GMT"),
              parsed("Fri, 16 Nov 1973 00:00:00 GMT"));
    CHECK_INT(parsed("Friday, 31-Dec-99 23:59:59 GMT"),
              parsed("Fri, 31 Dec 1999 23:59:59 GMT"));
    CHECK_INT(parsed("Saturday, 01-Jan-00 00:00:00 GMT"),
              parsed("Sat, 01 Jan 2000 00:00:00 GMT"));
    CHECK_INT(parsed_at("Saturday, 01-Jan-00 00:00:00 GMT", in_2099),
              parsed("Fri, 01 Jan 2100 00:00:00 GMT"));
    CHECK_INT(parsed_at("Monday, 01-Jan-49 00:00:00 GMT", in_2099),
              parsed("Fri, 01 Jan 2149 00:00:00 GMT"));
    CHECK_INT(parsed_at("Monday, 01-Jan-50 00:00:00 GMT", in_2099),
              parsed("Sat, 01 Jan 2050 00:00:00 GMT"));
    /* 29 February, in a century whose year 00 has none. */
    CHECK_INT(parsed_at("Monday, 29-Feb-00 00:00:00 GMT", in_2099),
              parsed("Tue, 29 Feb 2000 00:00:00 GMT"));
}

TEST(httpdate_writes) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    weir_httpdate_put(&b, EXAMPLE);
    weir_buf_byte(&b, '|');
    weir_httpdate_put_mail(&b, EXAMPLE);
    weir_buf_byte(&b, '|');
    weir_httpdate_put_rfc3339(&b, EXAMPLE);
    CHECK_Z(b.p, "Sun, 06 Nov 1994 08:49:37 GMT|"
                 "Sun, 06 Nov 1994 08:49:37 +0000|1994-11-06T08:49:37Z");
    weir_buf_clear(&b);
    weir_httpdate_put_rfc3339(&b, -1);
    weir_buf_byte(&b, '|');
    weir_httpdate_put_rfc3339(&b, INT64_MIN);
    weir_buf_byte(&b, '|');
    weir_httpdate_put_rfc3339(&b, INT64_MAX);
    CHECK_Z(b.p, "1969-12-31T23:59:59Z|0000-01-01T00:00:00Z|"
                 "9999-12-31T23:59:59Z");
    weir_buf_release(&b);
}

/* Every day of the calendar, counted by hand. */
TEST(httpdate_calendar_is_gregorian) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30,
                                  31, 31, 30, 31, 30, 31};
    int64_t t = -719528 * INT64_C(86400), back;
    int weekday = 6; /* 0000-01-01 is a Saturday */
    for (int y = 0; y <= 9999; y++) {
        bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
        for (int m = 1; m <= 12; m++) {
            int n = lengths[m - 1] + (m == 2 && leap);
            for (int d = 1; d <= n; d++, t += 86400) {
                struct weir_civil c = weir_civil_of(t + 86399);
                CHECK(c.year == y && c.month == m && c.day == d);
                CHECK_INT(c.weekday, weekday);
                CHECK(c.hour == 23 && c.minute == 59 && c.second == 59);
                CHECK(weir_civil_to_time(&c, &back));
                CHECK_INT(back, t + 86399);
                weekday = (weekday + 1) % 7;
            }
        }
    }
}

static int64_t retry_after(const char *z) {
    int64_t ns = -1;
    return weir_httpdate_retry_after(weir_str_of(z), EXAMPLE - 7, &ns) ? ns
                                                                       : -1;
}

TEST(httpdate_retry_after) {
    CHECK_INT(retry_after("120"), INT64_C(120000000000));
    CHECK_INT(retry_after("0"), 0);
    CHECK_INT(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"),
              INT64_C(7000000000));
    CHECK_INT(retry_after("Sat, 05 Nov 1994 08:49:37 GMT"), 0);
    CHECK(retry_after("99999999999999999999") == INT64_MAX);
    CHECK(retry_after("9223372036854775807") == INT64_MAX);
    CHECK_INT(retry_after("-1"), -1);
    CHECK_INT(retry_after("1.5"), -1);
    CHECK_INT(retry_after(""), -1);
    CHECK_INT(retry_after("soon"), -1);
}
