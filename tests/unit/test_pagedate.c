/* Dates, time zones and numbers as pages write them. */
#include "test.h"

#include "base/mem.h"
#include "core/httpdate.h"
#include "core/pagedate.h"
#include "core/pagenumber.h"
#include "doc/zones.h"

/* 2026-11-20T12:00:00Z, a Friday */
enum { NOW = 1795176000 };

/* RFC 3339, or "-" */
static const char *read_date(const char *text, const char *lang,
                             const char *format, const struct weir_tzone *tz) {
    struct weir_pagedate_options o = {
        .format = format, .tz = tz, .lang = lang, .now = NOW};
    static char room[64];
    struct weir_buf out;
    int64_t t;
    if (!weir_pagedate_read(weir_str_of(text), &o, &t))
        return "-";
    weir_buf_init(&out, sizeof room - 1);
    weir_httpdate_put_rfc3339(&out, t);
    memcpy(room, out.p, out.len + 1);
    weir_buf_release(&out);
    return room;
}

struct date_case {
    const char *text, *want, *lang, *format;
};

static void check_dates(const struct date_case *cases, size_t count,
                        const struct weir_tzone *tz) {
    for (size_t i = 0; i < count; i++) {
        const char *got =
            read_date(cases[i].text, cases[i].lang, cases[i].format, tz);
        if (strcmp(got, cases[i].want) != 0)
            test_fail(__FILE__, __LINE__, "\"%s\" is %s, expected %s",
                      cases[i].text, got, cases[i].want);
    }
}
#define CHECK_DATES(cases, tz)                                                 \
    check_dates(cases, sizeof cases / sizeof *cases, tz)

TEST(pagedate_iso_8601) {
    static const struct date_case cases[] = {
        {"2019-06-19", "2019-06-19T00:00:00Z", 0, 0},
        {"2019-06-19T19:00:00Z", "2019-06-19T19:00:00Z", 0, 0},
        {"2019-06-19T19:00:00z", "2019-06-19T19:00:00Z", 0, 0},
        {"2019-06-19T19:00", "2019-06-19T19:00:00Z", 0, 0},
        {"2019-06-19 19:00:05", "2019-06-19T19:00:05Z", 0, 0},
        {"2019-06-19T21:00:00+02:00", "2019-06-19T19:00:00Z", 0, 0},
        {"2019-06-19T21:00:00.123456+0200", "2019-06-19T19:00:00Z", 0, 0},
        {"2019-06-19T14:00:00,5-05", "2019-06-19T19:00:00Z", 0, 0},
        {"2019-06-19T14:00-05:00", "2019-06-19T19:00:00Z", 0, 0},
        {"20190619T190000Z", "2019-06-19T19:00:00Z", 0, 0},
        {"20190619T1900", "2019-06-19T19:00:00Z", 0, 0},
        {"20190619", "2019-06-19T00:00:00Z", 0, 0},
        {"20190619190000", "2019-06-19T19:00:00Z", 0, 0},
        {"2019-W25-3", "2019-06-19T00:00:00Z", 0, 0},
        {"2019-W01-1", "2018-12-31T00:00:00Z", 0, 0},
        {"2019-170", "2019-06-19T00:00:00Z", 0, 0},
        {"2019-06", "2019-06-01T00:00:00Z", 0, 0},
        {"2019", "2019-01-01T00:00:00Z", 0, 0},
        {"2019-06-19T24:00:00Z", "2019-06-20T00:00:00Z", 0, 0},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", 0, 0},
        {"2019-06-19 7:00 PM", "2019-06-19T19:00:00Z", 0, 0},
        {"2019-06-19 21:00:00 +0200", "2019-06-19T19:00:00Z", 0, 0},
        {"2019/06/19 10:00", "2019-06-19T10:00:00Z", 0, 0},
        {"2019.06.19", "2019-06-19T00:00:00Z", 0, 0},
    };
    CHECK_DATES(cases, NULL);
}

TEST(pagedate_protocols) {
    static const struct date_case cases[] = {
        {"Wed, 19 Jun 2019 19:00:00 GMT", "2019-06-19T19:00:00Z", 0, 0},
        {"Wed, 19 Jun 2019 21:00:00 +0200", "2019-06-19T19:00:00Z", 0, 0},
        {"19 Jun 2019 14:00:00 EST", "2019-06-19T19:00:00Z", 0, 0},
        {"Wed, 19 Jun 19 19:00 UT", "2019-06-19T19:00:00Z", 0, 0},
        {"Wednesday, 19-Jun-19 19:00:00 GMT", "2019-06-19T19:00:00Z", 0, 0},
        {"Wed Jun 19 19:00:00 2019", "2019-06-19T19:00:00Z", 0, 0},
        {"Wed Jun 19 19:00:00 +0000 2019", "2019-06-19T19:00:00Z", 0, 0},
        {"Wed Jun 19 19:00:00 UTC 2019", "2019-06-19T19:00:00Z", 0, 0},
        {"Wed, 19 Jun 2019 12:00:00 -0700 (PDT)", "2019-06-19T19:00:00Z", 0, 0},
        {"1560970800", "2019-06-19T19:00:00Z", 0, 0},
        {"1560970800.75", "2019-06-19T19:00:00Z", 0, 0},
        {"1560970800123", "2019-06-19T19:00:00Z", 0, 0},
        {"1560970800123456", "2019-06-19T19:00:00Z", 0, 0},
        {"Wed Jun 19 2019 19:00:00 GMT+0200 (CEST)", "2019-06-19T17:00:00Z", 0,
         0},
    };
    CHECK_DATES(cases, NULL);
}

TEST(pagedate_english) {
    static const struct date_case cases[] = {
        {"June 19, 2019", "2019-06-19T00:00:00Z", 0, 0},
        {"Jun 19th 2019 7:00 PM", "2019-06-19T19:00:00Z", 0, 0},
        {"Jun. 19th, 2019, 7 p.m.", "2019-06-19T19:00:00Z", 0, 0},
        {"19th of June 2019", "2019-06-19T00:00:00Z", 0, 0},
        {"the 19th of june, 2019 at 12:30am", "2019-06-19T00:30:00Z", 0, 0},
        {"Wednesday, June 19, 2019 - 12:00 PM", "2019-06-19T12:00:00Z", 0, 0},
        {"Published on June 19, 2019 by Bob", "2019-06-19T00:00:00Z", 0, 0},
        {"19-Jun-2019", "2019-06-19T00:00:00Z", 0, 0},
        {"Jun-19-2019", "2019-06-19T00:00:00Z", 0, 0},
        {"2019 Jun 19", "2019-06-19T00:00:00Z", 0, 0},
        {"June 2019", "2019-06-01T00:00:00Z", 0, 0},
        {"Jun '19", "2019-06-01T00:00:00Z", 0, 0},
        {"19 Jun '19", "2019-06-19T00:00:00Z", 0, 0},
        {"May 3, 2020", "2020-05-03T00:00:00Z", 0, 0},
        {"Sept 1 2020", "2020-09-01T00:00:00Z", 0, 0},
        {"June 19", "2026-06-19T00:00:00Z", 0, 0},
        {"December 25", "2025-12-25T00:00:00Z", 0, 0},
        {"Dec 1", "2026-12-01T00:00:00Z", 0, 0},
        {"29 Feb", "2024-02-29T00:00:00Z", 0, 0},
        {"June 19, 2019 19:00 EST", "2019-06-20T00:00:00Z", 0, 0},
        {"June 19, 2019 10:00-12:00", "2019-06-19T10:00:00Z", 0, 0},
        {"06/19/2019", "2019-06-19T00:00:00Z", 0, 0},
        {"19/06/2019", "2019-06-19T00:00:00Z", 0, 0},
        {"6/7/19", "2019-06-07T00:00:00Z", 0, 0},
        {"6/7/19", "2019-07-06T00:00:00Z", "en-GB", 0},
        {"6/7/2019", "2019-07-06T00:00:00Z", "fr", 0},
        {"19-06-2019", "2019-06-19T00:00:00Z", 0, 0},
        {"06/19/2019 7:05 pm", "2019-06-19T19:05:00Z", 0, 0},
    };
    CHECK_DATES(cases, NULL);
}

TEST(pagedate_other_languages) {
    static const struct date_case cases[] = {
        {"19. Juni 2019", "2019-06-19T00:00:00Z", 0, 0},
        {"Mittwoch, 19. M\xC3\xA4rz 2019, 19:00 Uhr", "2019-03-19T19:00:00Z",
         "de", 0},
        {"Mi., 19.06.2019 um 19.30 Uhr", "2019-06-19T19:30:00Z", "de", 0},
        {"19.6.2019", "2019-06-19T00:00:00Z", 0, 0},
        {"19.06.19", "2019-06-19T00:00:00Z", 0, 0},
        {"19.06.", "2026-06-19T00:00:00Z", 0, 0},
        {"1er ao\xC3\xBBt 2019", "2019-08-01T00:00:00Z", 0, 0},
        {"mar. 19 d\xC3\xA9"
         "c. 2017 \xC3\xA0 19h30",
         "2017-12-19T19:30:00Z", "fr", 0},
        {"mercredi 19 f\xC3\xA9vrier 2019", "2019-02-19T00:00:00Z", 0, 0},
        {"19 de junio de 2019", "2019-06-19T00:00:00Z", 0, 0},
        {"1 ago 2019", "2019-08-01T00:00:00Z", "es", 0},
        {"mi\xC3\xA9rcoles, 19 de enero del 2019", "2019-01-19T00:00:00Z", 0,
         0},
        {"19 giugno 2019", "2019-06-19T00:00:00Z", 0, 0},
        {"19 gen 2019", "2019-01-19T00:00:00Z", "it", 0},
        {"19 maart 2019", "2019-03-19T00:00:00Z", 0, 0},
        {"19 mei 2019", "2019-05-19T00:00:00Z", 0, 0},
        {"19 de mar\xC3\xA7o de 2019", "2019-03-19T00:00:00Z", 0, 0},
        {"19 out 2019", "2019-10-19T00:00:00Z", "pt", 0},
        {"19. desember 2019", "2019-12-19T00:00:00Z", 0, 0},
        {"19 wrze\xC5\x9Bnia 2019", "2019-09-19T00:00:00Z", 0, 0},
        {"2019\xE5\xB9\xB4"
         "6\xE6\x9C\x88"
         "19\xE6\x97\xA5 19:00",
         "2019-06-19T19:00:00Z", 0, 0},
        {"JUIN 19, 2019", "2019-06-19T00:00:00Z", 0, 0},
    };
    CHECK_DATES(cases, NULL);
}

TEST(pagedate_relative) {
    static const struct date_case cases[] = {
        {"3 days ago", "2026-11-17T12:00:00Z", 0, 0},
        {"vor 3 Tagen", "2026-11-17T12:00:00Z", 0, 0},
        {"il y a 3 jours", "2026-11-17T12:00:00Z", 0, 0},
        {"hace 3 d\xC3\xAD"
         "as",
         "2026-11-17T12:00:00Z", 0, 0},
        {"3 giorni fa", "2026-11-17T12:00:00Z", 0, 0},
        {"3 dagen geleden", "2026-11-17T12:00:00Z", 0, 0},
        {"h\xC3\xA1 3 dias", "2026-11-17T12:00:00Z", 0, 0},
        {"an hour ago", "2026-11-20T11:00:00Z", 0, 0},
        {"vor einer Stunde", "2026-11-20T11:00:00Z", 0, 0},
        {"posted 2h ago", "2026-11-20T10:00:00Z", 0, 0},
        {"2 hours, 5 minutes ago", "2026-11-20T09:55:00Z", 0, 0},
        {"2 weeks ago", "2026-11-06T12:00:00Z", 0, 0},
        {"9 months ago", "2026-02-20T12:00:00Z", 0, 0},
        {"1 year ago", "2025-11-20T12:00:00Z", 0, 0},
        {"in 3 days", "2026-11-23T12:00:00Z", 0, 0},
        {"just now", "2026-11-20T12:00:00Z", 0, 0},
        {"today", "2026-11-20T00:00:00Z", 0, 0},
        {"yesterday at 5:30 pm", "2026-11-19T17:30:00Z", 0, 0},
        {"gestern, 17:30 Uhr", "2026-11-19T17:30:00Z", 0, 0},
        {"Aujourd'hui", "2026-11-20T00:00:00Z", 0, 0},
        {"tomorrow", "2026-11-21T00:00:00Z", 0, 0},
    };
    CHECK_DATES(cases, NULL);
}

TEST(pagedate_refuses) {
    static const char *const texts[] = {
        "",
        " ",
        "soon",
        "not a date",
        "TBA",
        "12",
        "123456",
        "19:00",
        "2019-13-01",
        "2019-02-30",
        "31 June 2019",
        "32 June 2019",
        "June 32, 2019",
        "32.13.2019",
        "99/99/9999",
        "1.2.3.4",
        "may be",
        "Chapter 3 of 12",
        "mars",
        "0000000000000000000000",
        "2019-W54-1",
        "2019-400",
        "20191399",
        "version 1.2.3",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *got = read_date(texts[i], NULL, NULL, NULL);
        if (strcmp(got, "-") != 0)
            test_fail(__FILE__, __LINE__, "\"%s\" is %s", texts[i], got);
    }
}

TEST(pagedate_formats) {
    static const struct date_case cases[] = {
        {"19/06/2019", "2019-06-19T00:00:00Z", 0, "%d/%m/%Y"},
        {" 06-07-19  1900 ", "2019-07-06T19:00:00Z", 0, "%d-%m-%y %H%M"},
        {"19 juin 2019", "2019-06-19T00:00:00Z", "fr", "%d %B %Y"},
        {"Wed 7:05:09 PM Jun 19 2019", "2019-06-19T19:05:09Z", 0,
         "%a %I:%M:%S %p %b %e %Y"},
        {"2019-06-19T21:00:00+02:00", "2019-06-19T19:00:00Z", 0, "%FT%T%z"},
        {"2019-06-19 21:00 CEST", "2019-06-19T19:00:00Z", 0, "%F %R %Z"},
        {"1560970800", "2019-06-19T19:00:00Z", 0, "%s"},
        {"170 of 2019", "2019-06-19T00:00:00Z", 0, "%j of %Y"},
        {"100%2019", "2019-01-01T00:00:00Z", 0, "100%%%Y"},
        {"19/06/2019 x", "-", 0, "%d/%m/%Y"},
        {"19/13/2019", "-", 0, "%d/%m/%Y"},
        {"19.06.2019", "-", 0, "%d/%m/%Y"},
        {"13:00 PM 2019", "-", 0, "%H:%M %p %Y"},
        {"31/06/2019", "-", 0, "%d/%m/%Y"},
        {"19/06/", "-", 0, "%d/%m/%Y"},
    };
    CHECK_DATES(cases, NULL);
    CHECK(weir_pagedate_check_format("%Y-%-m-%d %%") == NULL);
    CHECK_Z(weir_pagedate_check_format(""), "empty");
    CHECK_Z(weir_pagedate_check_format("%Y %"), "'%' at the end");
    CHECK_Z(weir_pagedate_check_format("%Q"), "a conversion that is not known");
}

/* ---- zones ---- */

TEST(tzone_names_of_the_system) {
    static const struct date_case berlin[] = {
        {"19.06.2019 21:00", "2019-06-19T19:00:00Z", 0, 0},
        {"19.12.2019 21:00", "2019-12-19T20:00:00Z", 0, 0},
        {"2019-06-19T21:00:00Z", "2019-06-19T21:00:00Z", 0, 0},
        {"2019-06-19", "2019-06-18T22:00:00Z", 0, 0},
        /* left out, and twice */
        {"2019-03-31 02:30", "2019-03-31T01:30:00Z", 0, 0},
        {"2019-10-27 02:30", "2019-10-27T00:30:00Z", 0, 0},
        {"2019-10-27 03:00", "2019-10-27T02:00:00Z", 0, 0},
        /* beyond the table: the rules go on */
        {"2090-07-01 12:00", "2090-07-01T10:00:00Z", 0, 0},
        {"2090-12-01 12:00", "2090-12-01T11:00:00Z", 0, 0},
        {"1890-01-01 12:00", "1890-01-01T11:06:32Z", 0, 0},
    };
    static const struct date_case auckland[] = {
        {"2090-01-01 13:00", "2090-01-01T00:00:00Z", 0, 0},
        {"2090-07-01 12:00", "2090-07-01T00:00:00Z", 0, 0},
    };
    struct weir_zones *zones = weir_zones_create();
    const struct weir_tzone *tz, *again;
    CHECK(zones != NULL);
    CHECK_OK(weir_zones_get(zones, "Europe/Berlin", &tz));
    CHECK_DATES(berlin, tz);
    CHECK_OK(weir_zones_get(zones, "Europe/Berlin", &again));
    CHECK(again == tz);
    CHECK_OK(weir_zones_get(zones, "Pacific/Auckland", &tz));
    CHECK_DATES(auckland, tz);
    CHECK_OK(weir_zones_get(zones, "+02:00", &tz));
    CHECK_INT(weir_tzone_offset(tz, 0), 7200);
    CHECK_INT(weir_zones_get(zones, "No/Such", &tz), WEIR_E_INVALID);
    CHECK_INT(weir_zones_get(zones, "../../etc/passwd", &tz), WEIR_E_INVALID);
    CHECK_INT(weir_zones_get(zones, "tzdata.zi", &tz), WEIR_E_INVALID);
    CHECK_INT(weir_zones_get(zones, "Europe", &tz), WEIR_E_INVALID);
    weir_zones_destroy(zones);
}

TEST(tzone_offsets_and_names) {
    static const struct {
        const char *text;
        int32_t offset;
        bool good;
    } cases[] = {{"+02:00", 7200, true},
                 {"-0530", -19800, true},
                 {"+2", 7200, true},
                 {"Z", 0, true},
                 {"utc", 0, true},
                 {"GMT+1", 3600, true},
                 {"GMT-03:30", -12600, true},
                 {"", 0, false},
                 {"02:00", 0, false},
                 {"+2x", 0, false},
                 {"+99", 0, false},
                 {"+02:60", 0, false},
                 {"Europe/Berlin", 0, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int32_t offset = 0;
        CHECK_INT(weir_tzone_read_offset(weir_str_of(cases[i].text), &offset),
                  cases[i].good);
        CHECK_INT(offset, cases[i].offset);
    }
    CHECK(weir_tzone_is_name(WEIR_STR("America/Argentina/Buenos_Aires")));
    CHECK(weir_tzone_is_name(WEIR_STR("Etc/GMT+3")));
    CHECK(!weir_tzone_is_name(WEIR_STR("/etc/passwd")));
    CHECK(!weir_tzone_is_name(WEIR_STR("Europe//Berlin")));
    CHECK(!weir_tzone_is_name(WEIR_STR("Europe/")));
    CHECK(!weir_tzone_is_name(WEIR_STR("a/../b")));
}

/* A file of version 2 with one change and a footer, spoilt in many ways. */
TEST(tzone_refuses_broken_files) {
    static const char good[] =
        "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0"
        "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "\1\0\0\0\2\0\0\0\4"
        "\0\0\0\0\0\0\0\144\1"
        "\0\0\0\0\0\0\0\0\016\020\1\0"
        "ABC\0"
        "\nABC-1\n";
    struct weir_str all = weir_str_make(good, sizeof good - 1);
    struct weir_tzone *tz;
    CHECK_OK(weir_tzone_parse(all, &tz));
    CHECK_INT(weir_tzone_offset(tz, 99), 0);
    CHECK_INT(weir_tzone_offset(tz, 100), 3600);
    weir_tzone_destroy(tz);
    for (size_t n = 0; n < all.n; n++)
        if (weir_tzone_parse(weir_str_sub(all, 0, n), &tz) == WEIR_OK)
            weir_tzone_destroy(tz); /* cut within the footer */
    for (size_t i = 0; i < all.n; i++) {
        char copy[sizeof good];
        memcpy(copy, good, sizeof good);
        copy[i] = (char)(copy[i] ^ 0xFF);
        if (weir_tzone_parse(weir_str_make(copy, all.n), &tz) == WEIR_OK) {
            weir_tzone_offset(tz, 1795176000);
            weir_tzone_destroy(tz);
        }
    }
    CHECK_INT(weir_tzone_parse(weir_str_sub(all, 0, 40), &tz), WEIR_E_INVALID);
    CHECK_INT(weir_tzone_parse(WEIR_STR("not TZif"), &tz), WEIR_E_INVALID);
}

/* ---- numbers ---- */

TEST(pagenumber_floats) {
    static const struct {
        const char *text, *lang, *want;
    } cases[] = {
        {"12", 0, "12"},
        {"1,234.50", 0, "1234.50"},
        {"1.234,50 \xE2\x82\xAC", 0, "1234.50"},
        {"1.234,5", "de", "1234.5"},
        {"1.234", "de", "1234"},
        {"1.234", 0, "1.234"},
        {"1,234", 0, "1234"},
        {"1,234", "de", "1.234"},
        {"1,234", "en-US", "1234"},
        {"1,23", 0, "1.23"},
        {"1,23", "en", "1.23"},
        {"12.5", "de", "12.5"},
        {"0,125", 0, "0.125"},
        {"1,234,567", 0, "1234567"},
        {"1.234.567", 0, "1234567"},
        {"1.234.567,89", 0, "1234567.89"},
        {"1 234 567,89", "fr", "1234567.89"},
        {"1\xC2\xA0"
         "234,5",
         "fr", "1234.5"},
        {"1\xE2\x80\xAF"
         "234",
         0, "1234"},
        {"1'234.50", "de-CH", "1234.50"},
        {"1\xE2\x80\x99"
         "234.50",
         0, "1234.50"},
        {"$1,299.99", 0, "1299.99"},
        {"-$5", 0, "-5"},
        {"$-5", 0, "-5"},
        {"\xE2\x88\x92"
         "5 \xC2\xB0"
         "C",
         0, "-5"},
        {"- 5", 0, "-5"},
        {"A-5", 0, "5"},
        {"5-10", 0, "5"},
        {"(-3.5)", 0, "-3.5"},
        {"12 km", 0, "12"},
        {"about 3.50 each", 0, "3.50"},
        {"1.2K views", 0, "1200"},
        {"1,5M", 0, "1500000"},
        {"5 MB", 0, "5"},
        {"500MB", 0, "500"},
        {"1e3", 0, "1000"},
        {"1.5E-3", 0, "0.0015"},
        {"2em", 0, "2"},
        {"007", 0, "7"},
        {"0", 0, "0"},
        {"00.50", 0, "0.50"},
        {".5", 0, "0.5"},
        {"19.06.2019", 0, "19.06"},
        {"12345678901234567890.125", 0, "12345678901234567890.125"},
        {"45%", 0, "45"},
        {"none", 0, NULL},
        {"", 0, NULL},
        {"1e99999", 0, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_buf out;
        bool good;
        weir_buf_init(&out, 0);
        good = weir_pagenumber_float(weir_str_of(cases[i].text), cases[i].lang,
                                     &out);
        if (good != (cases[i].want != NULL) ||
            (good && strcmp(out.p, cases[i].want) != 0))
            test_fail(__FILE__, __LINE__, "\"%s\" is %s, expected %s",
                      cases[i].text, out.p,
                      cases[i].want ? cases[i].want : "nothing");
        weir_buf_release(&out);
    }
}

TEST(pagenumber_integers) {
    static const struct {
        const char *text, *lang, *want;
    } cases[] = {
        {"1,234 plays", 0, "1234"},
        {"1.234", 0, "1234"},
        {"1.234", "en", NULL},
        {"12.00", 0, "12"},
        {"12.50", 0, NULL},
        {"1,5", 0, NULL},
        {"-7", 0, "-7"},
        {"1.5K", 0, "1500"},
        {"1.2345K", 0, NULL},
        {"18446744073709551617", 0, "18446744073709551617"},
        {"3 of 10", 0, "3"},
        {"0.00", 0, "0"},
        {"x", 0, NULL},
        {"1e3", 0, "1000"},
        {"12e-1", 0, NULL},
        {"120e-1", 0, "12"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_buf out;
        bool good;
        weir_buf_init(&out, 0);
        good = weir_pagenumber_int(weir_str_of(cases[i].text), cases[i].lang,
                                   &out);
        if (good != (cases[i].want != NULL) ||
            (good && strcmp(out.p, cases[i].want) != 0))
            test_fail(__FILE__, __LINE__, "\"%s\" is %s, expected %s",
                      cases[i].text, out.p,
                      cases[i].want ? cases[i].want : "nothing");
        weir_buf_release(&out);
    }
}
