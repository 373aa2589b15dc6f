/* What feeds are made of: dates, media types, UUIDs, texts that are cut. */
#include "test.h"

#include "base/escape.h"
#include "core/mediatype.h"
#include "core/rfc3339.h"
#include "sink/feed.h"
#include "sink/uuid5.h"

TEST(rfc3339_dates) {
    static const struct {
        const char *text;
        int64_t want;
    } good[] = {
        {"1994-11-06T08:49:37Z", 784111777},
        {"1994-11-06t08:49:37z", 784111777},
        {"1994-11-06 09:49:37+01:00", 784111777},
        {"1994-11-06T03:19:37-05:30", 784111777},
        {"1994-11-06T09:49:37.999+0100", 784111777},
        {"1994-11-06T08:49:37", 784111777},
        {"1994-11-06T08:49Z", 784111740},
        {" 1994-11-06 ", 784080000},
        {"1985-04-12T23:20:50.52Z", 482196050}, /* RFC 3339 section 5.8 */
        {"1996-12-19T16:39:57-08:00", 851042397},
        {"1990-12-31T23:59:60Z", 662688000},
        {"1937-01-01T12:00:27.87+00:20", -1041337173},
    };
    static const char *const bad[] = {"",
                                      "1994",
                                      "1994-13-01",
                                      "1994-02-29",
                                      "1994-1-1",
                                      "1994-11-06T",
                                      "1994-11-06T8:49:37Z",
                                      "1994-11-06x",
                                      "1994-11-06T08:49:37.Z",
                                      "1994-11-06T08:49:37+1",
                                      "1994-11-06T08:49:37+24:00",
                                      "1994-11-06T24:00:00Z",
                                      "1994-11-06T08:49:37Z x"};
    int64_t t;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        t = -1;
        CHECK(weir_rfc3339_parse(weir_str_of(good[i].text), &t));
        CHECK_INT(t, good[i].want);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (weir_rfc3339_parse(weir_str_of(bad[i]), &t))
            test_fail(__FILE__, __LINE__, "\"%s\" was taken", bad[i]);
}

TEST(mediatype_by_extension) {
    CHECK_Z(weir_mediatype_of_path(WEIR_STR("https://h/a/ep.MP3?x=.pdf#y")),
            "audio/mpeg");
    CHECK_Z(weir_mediatype_of_path(WEIR_STR("a.b/c.m4a")), "audio/x-m4a");
    CHECK_Z(weir_mediatype_of_path(WEIR_STR("/v.mov")), "video/quicktime");
    CHECK(!weir_mediatype_of_path(WEIR_STR("https://h.mp3/a")));
    CHECK(!weir_mediatype_of_path(WEIR_STR("/a.")));
    CHECK(!weir_mediatype_of_path(WEIR_STR("")));
    CHECK(!weir_mediatype_of_path(WEIR_STR("/a.unknown")));
}

TEST(mediatype_cleaned) {
    static const char *const cases[][2] = {
        {"audio/mpeg", "audio/mpeg"},
        {" Audio/MPEG ; charset=x", "Audio/MPEG"},
        {"audio/mp3", "audio/mpeg"},
        {"audio/m4a", "audio/x-m4a"},
        {"application/octet-stream", ""},
        {"image/svg+xml", "image/svg+xml"},
        {"nonsense", ""},
        {"a/b c", ""},
        {"a/", ""},
        {"/b", ""},
        {"a/<b>", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STR(weir_mediatype_clean(weir_str_of(cases[i][0])),
                  weir_str_of(cases[i][1]));
}

TEST(uuid5_vectors) {
    char uuid[WEIR_UUID_TEXT];
    /* RFC 9562 appendix A.4, and uuid.uuid5 of Python's documentation */
    CHECK_OK(weir_uuid5(WEIR_UUID_DNS, WEIR_STR("www.example.com"), uuid));
    CHECK_Z(uuid, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    CHECK_OK(weir_uuid5(WEIR_UUID_DNS, WEIR_STR("python.org"), uuid));
    CHECK_Z(uuid, "886313e1-3b8a-5372-9b90-0c9aee199e5d");
    /* The podcast namespace's own example */
    CHECK_OK(weir_uuid5_podcast(WEIR_STR("podnews.net/rss"), uuid));
    CHECK_Z(uuid, "9b024349-ccf0-5f69-a609-6b82873eab3c");
    CHECK_OK(weir_uuid5_podcast(WEIR_STR("https://podnews.net/rss//"), uuid));
    CHECK_Z(uuid, "9b024349-ccf0-5f69-a609-6b82873eab3c");
    CHECK_INT(weir_uuid5("6ba7b810-9dad", WEIR_STR("x"), uuid), WEIR_E_INVALID);
    CHECK_INT(
        weir_uuid5("zba7b810-9dad-11d1-80b4-00c04fd430c8", WEIR_STR("x"), uuid),
        WEIR_E_INVALID);
}

static void check_cut(const char *text, size_t max, const char *want) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    CHECK_OK(weir_feed_cut(weir_str_of(text), max, &b));
    CHECK_STR(weir_buf_view(&b), weir_str_of(want));
    CHECK(b.len <= max || weir_str_of(text).n <= max);
    weir_buf_release(&b);
}

#define DOTS "\xE2\x80\xA6"

TEST(feed_cut_places) {
    check_cut("short", 5, "short");
    check_cut("0123456789", 8, "01234" DOTS);
    check_cut("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F", 6, "\xC3\xA4" DOTS);
    check_cut("ab &amp; cd efgh", 9, "ab " DOTS);
    check_cut("ab &amp; cd efgh", 12, "ab &amp; " DOTS);
    check_cut("a & b & c & d", 8, "a & b" DOTS);
    check_cut("1 < 2 and more of it", 9, "1 < 2 " DOTS);
    check_cut("<p>one <b>two three</b></p>", 25,
              "<p>one <b>two " DOTS "</b></p>");
}

TEST(feed_cut_closes_elements) {
    check_cut("<p>abc<br>def<img src=x/>ghijkl</p>", 20,
              "<p>abc<br>def" DOTS "</p>");
    check_cut("<p>a</p><p>b</p><a href=\"very long\">x</a>", 22,
              "<p>a</p><p>b</p>" DOTS);
    check_cut("<a href=\"never closed and so on", 12, DOTS);
    check_cut("<!-- <p> --><i>word word</i>", 24,
              "<!-- <p> --><i>wo" DOTS "</i>");
    /* deeper than what is kept in mind: cut there */
    char deep[4096];
    size_t n = 0;
    for (int i = 0; i < 1000; i++) {
        memcpy(deep + n, "<p>", 4);
        n += 3;
    }
    struct weir_buf b;
    weir_buf_init(&b, 0);
    CHECK_OK(weir_feed_cut(weir_str_make(deep, n), 2000, &b));
    CHECK_INT(b.len, 32 * 3 + 3 + 32 * 4);
    weir_buf_release(&b);
}

TEST(feed_durations) {
    static const char *const cases[][2] = {
        {"3723", "3723"},     {"1:02:03", "1:02:03"}, {"02:03", "02:03"},
        {"PT1H2M3S", "3723"}, {"pt45m", "2700"},      {"PT90.5S", "90"},
        {"61.75", "61"},      {" 12 ", "12"},         {"", NULL},
        {"1:2:3:4", NULL},    {"12 min", NULL},       {"PT", NULL},
        {"PT1S2H", NULL},     {"1:", NULL},           {":1", NULL},
        {"1:234", NULL},      {"-5", NULL},           {"PT5X", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_buf b;
        weir_buf_init(&b, 0);
        bool good = weir_feed_duration(weir_str_of(cases[i][0]), &b);
        if (good != (cases[i][1] != NULL))
            test_fail(__FILE__, __LINE__, "\"%s\": %d", cases[i][0], good);
        CHECK_STR(weir_buf_view(&b), weir_str_of(cases[i][1]));
        weir_buf_release(&b);
    }
}

TEST(feed_truths) {
    CHECK_STR(weir_feed_truth(WEIR_STR("Yes")), WEIR_STR("true"));
    CHECK_STR(weir_feed_truth(WEIR_STR(" clean ")), WEIR_STR("false"));
    CHECK_STR(weir_feed_truth(WEIR_STR("true")), WEIR_STR("true"));
    CHECK_STR(weir_feed_truth(WEIR_STR("maybe")), WEIR_STR(""));
    CHECK_STR(weir_feed_truth(WEIR_STR("")), WEIR_STR(""));
}
