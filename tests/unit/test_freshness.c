/* RFC 9111: what is stored, how long it answers, what a 304 changes. */
#include "core/freshness.h"

#include "base/mem.h"
#include "core/httpdate.h"
#include "test.h"

#include <stdio.h>

static const int64_t T0 = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */
#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\n"

static struct weir_freshness judge_at(const char *head, int64_t request_time,
                                      int64_t response_time) {
    struct weir_freshness f;
    struct weir_exchange x = {.method = WEIR_STR("GET"),
                              .status = 200,
                              .response = weir_str_of(head),
                              .request_time = request_time,
                              .response_time = response_time};
    weir_freshness_judge(&f, &x);
    return f;
}

static struct weir_freshness judge(const char *head) {
    return judge_at(head, T0, T0);
}

/* Seconds for which the response is fresh from T0 on. */
static int64_t fresh_for(const char *head) {
    struct weir_freshness f = judge(head);
    int64_t until = weir_freshness_until(&f);
    if (until == INT64_MIN) {
        CHECK(!weir_freshness_fresh(&f, T0));
        return 0;
    }
    CHECK(weir_freshness_fresh(&f, until - 1));
    CHECK(!weir_freshness_fresh(&f, until));
    return until - T0;
}

TEST(freshness_explicit_lifetimes) {
    static const struct {
        const char *head;
        int64_t seconds;
    } cases[] = {
        {"", 0},
        {DATE "Last-Modified: Sat, 05 Nov 1994 08:49:37 GMT\n", 0},
        {DATE "Cache-Control: max-age=3600\n", 3600},
        {"Cache-Control: max-age=3600\n", 3600},
        {"Cache-Control: MaX-aGe=3600\n", 3600},
        {"Cache-Control: foobar, x=\"a,b\", max-age=3600\n", 3600},
        {"Cache-Control: max-age=\"3600\"\n", 3600},
        {"Cache-Control: max-age='3600'\n", 0},
        {"Cache-Control: max-age=003600\n", 3600},
        {"Cache-Control: max-age=0\n", 0},
        {"Cache-Control: max-age=-5\n", 0},
        {"Cache-Control: max-age=36a\n", 0},
        {"Cache-Control: max-age=3600.0\n", 0},
        {"Cache-Control: max-age\n", 0},
        {"Cache-Control: max-age =3600\n", 0},
        {"Cache-Control: max-age= 3600\n", 0},
        {"Cache-Control: max-age=99999999999\n", INT64_C(2147483648)},
        {"Cache-Control: max-age=99999999999999999999\n", INT64_C(2147483648)},
        {"Cache-Control: x=\"max-age=3600\", max-age=1\n", 1},
        {"Cache-Control: max-age=1, x=\"max-age=3600\"\n", 1},
        {"Cache-Control: max-age=5, max-age=9\n", 5}, /* the first one */
        {"Cache-Control: max-age=5\nCache-Control: max-age=9\n", 5},
        {"Cache-Control: s-maxage=9, max-age=5\n", 5}, /* private cache */
        {"Cache-Control: s-maxage=9\n", 0},
        {"Cache-Control: max-age=9, no-cache\n", 0},
        {"Cache-Control: max-age=9, no-cache=\"Set-Cookie\"\n", 0},
        {"Cache-Control: max-age=9, private\n", 9},
        {"Cache-Control: max-age=9\nVary: *\n", 0},
        {"Cache-Control: max-age=9\nVary: Accept\nVary: , *\n", 0},
        {"Cache-Control: max-age=9\nVary: Accept\n", 9},
        {DATE "Expires: Sun, 06 Nov 1994 09:49:37 GMT\n", 3600},
        {DATE "Expires: Sunday, 06-Nov-94 09:49:37 GMT\n", 3600},
        {DATE "Expires: Sun Nov  6 09:49:37 1994\n", 3600},
        {DATE "Expires: Sun, 06 Nov 1994 07:49:37 GMT\n", 0},
        {DATE "Expires: 0\n", 0},
        {DATE "Expires: Sun, 06 Nov 1994 09:49:37 UTC\n", 0},
        {"Expires: Sun, 06 Nov 1994 09:49:37 GMT\n", 3600},
        {DATE "Cache-Control: max-age=9\nExpires: 0\n", 9},
        {DATE "Cache-Control: max-age=0\n"
              "Expires: Sun, 06 Nov 1994 09:49:37 GMT\n",
         0},
        {DATE "Cache-Control: max-age=10\nAge: 4\n", 6},
        {DATE "Cache-Control: max-age=10\nAge: 10\n", 0},
        {DATE "Cache-Control: max-age=10\nAge: 4, 9\n", 6}, /* section 5.1 */
        {DATE "Cache-Control: max-age=10\nAge: 4\nAge: 9\n", 6},
        {DATE "Cache-Control: max-age=10\nAge: x, 9\n", 10},
        {DATE "Cache-Control: max-age=10\nAge: -9\n", 10},
        {DATE "Cache-Control: max-age=10\nAge: \"9\"\n", 10},
        {DATE "Cache-Control: max-age=10\nAge: 99999999999999999999\n", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char place[32];
        snprintf(place, sizeof place, "case %zu", i);
        if (fresh_for(cases[i].head) != cases[i].seconds)
            CHECK_Z(cases[i].head, place); /* tells which */
        CHECK(judge(cases[i].head).storable);
    }
}

TEST(freshness_ages_are_never_negative) {
    struct weir_freshness f;
    /* 3 s on the way there and back, by our clock (section 4.2.3). */
    f = judge_at(DATE "Age: 5\nCache-Control: max-age=60\n", T0, T0 + 3);
    CHECK_INT(weir_freshness_age(&f, T0 + 3), 8);
    CHECK_INT(weir_freshness_age(&f, T0 + 13), 18);
    CHECK_INT(weir_freshness_age(&f, T0 - 1000), 8); /* the clock jumped */
    CHECK(weir_freshness_fresh(&f, T0 - 1000));
    /* The origin's clock is an hour behind: as good as an old response. */
    f = judge_at(DATE "Cache-Control: max-age=60\n", T0 + 3600, T0 + 3600);
    CHECK_INT(weir_freshness_age(&f, T0 + 3600), 3600);
    CHECK(!weir_freshness_fresh(&f, T0 + 3600));
    /* An hour ahead, and our clock went back during the exchange. */
    f = judge_at(DATE "Cache-Control: max-age=60\n", T0 - 3000, T0 - 3600);
    CHECK_INT(weir_freshness_age(&f, T0 - 3600), 0);
    CHECK_INT(weir_freshness_age(&f, T0 - 3560), 40);
}

static bool storable(const char *method, int status, const char *request,
                     const char *response) {
    struct weir_freshness f;
    struct weir_exchange x = {.method = weir_str_of(method),
                              .status = status,
                              .request = weir_str_of(request),
                              .response = weir_str_of(response),
                              .request_time = T0,
                              .response_time = T0};
    weir_freshness_judge(&f, &x);
    return f.storable;
}

TEST(freshness_what_is_stored) {
    CHECK(storable("GET", 200, "", ""));
    CHECK(storable("GET", 404, "", ""));
    CHECK(!storable("POST", 200, "", "Cache-Control: max-age=9\n"));
    CHECK(!storable("HEAD", 200, "", "Cache-Control: max-age=9\n"));
    CHECK(!storable("GET", 206, "", "Cache-Control: max-age=9\n"));
    CHECK(!storable("GET", 304, "", "Cache-Control: max-age=9\n"));
    CHECK(!storable("GET", 103, "", "Cache-Control: max-age=9\n"));
    CHECK(!storable("GET", 999, "", "Cache-Control: max-age=9\n"));
    CHECK(!storable("GET", 200, "", "Cache-Control: No-Store, max-age=9\n"));
    CHECK(!storable("GET", 200, "Cache-Control: no-store\n", ""));
    CHECK(storable("GET", 200, "", "Cache-Control: x=\"no-store\"\n"));
    CHECK(storable("GET", 200, "", "Cache-Control: private, max-age=9\n"));
    CHECK(storable("GET", 200, "Authorization: Basic x\n", ""));
    /* Statuses without a default: only when the response says so. */
    CHECK(!storable("GET", 500, "", ""));
    CHECK(!storable("GET", 302, "", ""));
    CHECK(storable("GET", 302, "", "Cache-Control: max-age=9\n"));
    CHECK(storable("GET", 302, "", "Expires: 0\n"));
    CHECK(storable("GET", 503, "", "Cache-Control: public\n"));
    CHECK(!storable("GET", 503, "", "Cache-Control: s-maxage=9\n"));
    /* must-understand (section 5.2.2.3) */
    CHECK(storable("GET", 200, "", "Cache-Control: must-understand, no-store"));
    CHECK(!storable("GET", 299, "", "Cache-Control: must-understand, public"));
}

TEST(freshness_stale_on_error) {
    struct weir_freshness f;
    f = judge("Cache-Control: max-age=10, stale-if-error=20\n");
    CHECK(weir_freshness_usable_on_error(&f, T0 + 29));
    CHECK(!weir_freshness_usable_on_error(&f, T0 + 30));
    f = judge("Cache-Control: max-age=10, stale-if-error=20, "
              "must-revalidate\n");
    CHECK(weir_freshness_usable_on_error(&f, T0 + 9));
    CHECK(!weir_freshness_usable_on_error(&f, T0 + 10));
    f = judge("Cache-Control: no-cache, stale-if-error=20\n");
    CHECK(!weir_freshness_usable_on_error(&f, T0));
    f = judge("Cache-Control: max-age=10\n");
    CHECK(!weir_freshness_usable_on_error(&f, T0 + 10));
}

static void check_vary(const char *response, const char *request,
                       const char *text) {
    struct weir_buf b;
    bool none = true;
    weir_buf_init(&b, 0);
    CHECK_OK(weir_freshness_vary(weir_str_of(response), weir_str_of(request),
                                 &b, &none));
    CHECK(!none);
    CHECK_Z(b.p, text);
    weir_buf_release(&b);
}

TEST(freshness_secondary_key) {
    struct weir_buf b;
    bool none = false;
    check_vary("", "Accept: a\n", "");
    check_vary("Vary: Accept\n", "Accept: a\n", "accept:a\n");
    check_vary("Vary: Accept\n", "accept:  a ,b\nACCEPT: c\n",
               "accept:a,b,c\n");
    check_vary("Vary: Accept\n", "Accept: a, b,c\n", "accept:a,b,c\n");
    check_vary("Vary: Accept, Foo\nVary: Bar\n", "Foo:\n",
               "accept\nfoo:\nbar\n"); /* absent is not empty */
    check_vary("", "Authorization: Basic x\n", "authorization:Basic x\n");
    check_vary("Vary: Authorization, Foo\n", "Authorization: Basic x\n",
               "authorization:Basic x\nfoo\n");
    weir_buf_init(&b, 8);
    CHECK_OK(
        weir_freshness_vary(WEIR_STR("Vary: A, *\n"), WEIR_STR(""), &b, &none));
    CHECK(none);
    CHECK_INT(weir_freshness_vary(WEIR_STR("Vary: Foo, Bar\n"), WEIR_STR(""),
                                  &b, &none),
              WEIR_E_LIMIT);
    CHECK_Z(b.p, "a\n");
    weir_buf_release(&b);
}

TEST(freshness_stores_nothing_of_the_connection) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    CHECK_OK(weir_freshness_put_storable(
        WEIR_STR("HTTP/1.1 200 OK\r\nA:  1 \r\nConnection: close, X-Hop\r\n"
                 "x-hop: 2\r\nTransfer-Encoding: chunked\r\nKeep-Alive: 5\r\n"
                 "B:\r\na: 3\r\n\r\n"),
        &b));
    CHECK_Z(b.p, "A: 1\nB: \na: 3\n");
    weir_buf_release(&b);
}

static const char stored[] = "Content-Type: text/html\n"
                             "Set-Cookie: a=b\n"
                             "Set-Cookie: c=d\n"
                             "Content-Length: 42\n"
                             "Content-Encoding: gzip\n"
                             "Cache-Control: max-age=1\n"
                             "X-Old: kept\n";
static const char update[] = "Content-Type: text/html;charset=utf-8\n"
                             "content-length: 0\n"
                             "Content-Encoding: br\n"
                             "CACHE-CONTROL: max-age=60\n"
                             "Set-Cookie: e=f\n"
                             "Connection: X-Old\n"
                             "X-Old: of the connection\n"
                             "X-New: 1\n";
static const char merged[] = "Content-Length: 42\n"
                             "Content-Encoding: gzip\n"
                             "X-Old: kept\n"
                             "Content-Type: text/html;charset=utf-8\n"
                             "CACHE-CONTROL: max-age=60\n"
                             "Set-Cookie: e=f\n"
                             "X-New: 1\n";

TEST(freshness_304_updates_what_is_stored) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    CHECK_OK(weir_freshness_merge(WEIR_STR(stored), WEIR_STR(update), &b));
    CHECK_Z(b.p, merged);
    weir_buf_clear(&b);
    CHECK_OK(weir_freshness_merge(WEIR_STR(stored), WEIR_STR(""), &b));
    CHECK_Z(b.p, stored);
    weir_buf_release(&b);
}

TEST(freshness_304_without_memory) {
    enum weir_err err = WEIR_E_NOMEM;
    for (unsigned long n = 1; err; n++) {
        struct weir_buf b;
        weir_buf_init(&b, 0);
        weir_mem_fail_nth(n);
        err = weir_freshness_merge(WEIR_STR(stored), WEIR_STR(update), &b);
        weir_mem_fail_nth(0);
        CHECK(err == WEIR_OK || err == WEIR_E_NOMEM);
        CHECK_Z(b.p, err ? "" : merged);
        CHECK(n < 100);
        weir_buf_release(&b);
    }
}

/* More names than the set's array holds. */
static void put_forty(struct weir_buf *b, const char *prefix, int value) {
    for (int i = 0; i < 40; i++)
        weir_buf_fmt(b, "%s%d: %d\n", prefix, i, value);
}

TEST(freshness_304_with_forty_fields_and_without_memory) {
    struct weir_buf before, fields, after;
    enum weir_err err = WEIR_E_NOMEM;
    weir_buf_init(&before, 0);
    weir_buf_init(&fields, 0);
    weir_buf_init(&after, 0);
    weir_buf_z(&before, "Stays: 1\n");
    put_forty(&before, "x-name", 1);
    put_forty(&fields, "X-Name", 2);
    weir_buf_z(&after, "Stays: 1\n");
    put_forty(&after, "X-Name", 2);
    CHECK(!before.failed && !fields.failed && !after.failed);
    for (unsigned long n = 1; err; n++) {
        struct weir_buf b;
        weir_buf_init(&b, 0);
        weir_mem_fail_nth(n);
        err = weir_freshness_merge(weir_buf_view(&before),
                                   weir_buf_view(&fields), &b);
        weir_mem_fail_nth(0);
        CHECK(err == WEIR_OK || err == WEIR_E_NOMEM);
        CHECK_Z(b.p, err ? "" : after.p);
        CHECK(n < 100);
        weir_buf_release(&b);
    }
    weir_buf_release(&before);
    weir_buf_release(&fields);
    weir_buf_release(&after);
}

/* Linear, whoever chose the names: this takes no time to speak of. */
TEST(freshness_304_with_very_many_fields) {
    struct weir_buf many, b;
    weir_buf_init(&many, 0);
    weir_buf_init(&b, 0);
    weir_buf_z(&many, "Connection: a");
    for (int i = 0; i < 100000; i++)
        weir_buf_fmt(&many, ",c%d", i);
    for (int i = 0; i < 100000; i++)
        weir_buf_fmt(&many, "\nx%d: 1", i);
    CHECK(!many.failed);
    CHECK_OK(
        weir_freshness_merge(weir_buf_view(&many), weir_buf_view(&many), &b));
    CHECK(b.len > 100000);
    weir_buf_release(&many);
    weir_buf_release(&b);
}

/* The value for If-Range, or NULL. */
static const char *if_range(const char *head) {
    static char text[64];
    struct weir_validators v;
    struct weir_str value;
    if (!weir_validators_read(&v, weir_str_of(head), T0) ||
        !weir_validators_if_range(&v, &value))
        return NULL;
    snprintf(text, sizeof text, "%.*s", WEIR_STR_ARG(value));
    return text;
}

#define LAST_SECOND "Last-Modified: Sun, 06 Nov 1994 08:49:36 GMT\n"
#define THIS_SECOND "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\n"

TEST(validators_for_if_range) {
    CHECK_Z(if_range("ETag: \"a\"\n"), "\"a\"");
    CHECK_Z(if_range("ETag: \"a\"\n" DATE LAST_SECOND), "\"a\"");
    CHECK_Z(if_range("ETag: \"\"\n"), "\"\"");
    CHECK(!if_range("ETag: W/\"a\"\n"));
    CHECK(!if_range("ETag: W/\"a\"\n" DATE LAST_SECOND)); /* has a tag */
    CHECK(!if_range("ETag: a\n" DATE LAST_SECOND));
    CHECK(!if_range("ETag: \"a\"b\"\n"));
    CHECK_Z(if_range(DATE LAST_SECOND), "Sun, 06 Nov 1994 08:49:36 GMT");
    CHECK(!if_range(DATE THIS_SECOND)); /* may have changed again in it */
    CHECK(!if_range(LAST_SECOND));      /* no Date to compare with */
    CHECK(!if_range(DATE "Last-Modified: yesterday\n"));
    CHECK(!if_range(DATE));
}

TEST(validators_as_received) {
    struct weir_validators v, w;
    CHECK(weir_validators_read(&v, WEIR_STR("etag: W/\"x\"\n" THIS_SECOND), 0));
    CHECK_STR(v.etag, WEIR_STR("W/\"x\""));
    CHECK_STR(v.last_modified, WEIR_STR("Sun, 06 Nov 1994 08:49:37 GMT"));
    CHECK(!v.etag_strong && !v.last_modified_strong);
    CHECK(!weir_validators_same(&v, &v));
    CHECK(weir_validators_read(&v, WEIR_STR("ETag: unquoted\n"), 0));
    CHECK(!weir_validators_read(&v, WEIR_STR("ETag: \"a\rInjected: b\"\n"), 0));
    CHECK(!weir_validators_read(&v, WEIR_STR("ETag:\n"), 0));
    CHECK(weir_validators_read(&v, WEIR_STR("ETag: \"a\"\n"), 0));
    CHECK(weir_validators_read(&w, WEIR_STR("ETag: \"a\"\n" DATE LAST_SECOND),
                               0));
    CHECK(weir_validators_same(&v, &w));
    CHECK(weir_validators_read(&w, WEIR_STR(DATE LAST_SECOND), 0));
    CHECK(!weir_validators_same(&v, &w));
    CHECK(weir_validators_same(&w, &w));
}
