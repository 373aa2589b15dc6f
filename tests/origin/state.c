/* Behaviours that remember: refusals that end, resources that change, caches.
 *
 *     /429?retry_after=R&times=N&key=K   N times 429, then 200. R: seconds, or
 *     /503?...                           "date:S", an HTTP-date S s from now;
 *                                        none without it. bytes= of the 200
 *     /etag?v=V&bytes=N      validator and body depend on V; weak=1
 *     /change?key=K&every=E  version 1 + calls/E: validator and body change
 *     /cache?cc=CC&vary=V&expires=S&age=A&etag=E&lm=none&bytes=N
 *                            freshness as asked; X-Count counts the calls
 */
#include "origin.h"

#include <stdio.h>

enum { EPOCH_2020 = 1577836800, DAY = 86400, VALUE_MAX = 1 << 16 };

static void retry_after(struct call *c) {
    struct weir_buf value;
    uint64_t seconds;
    char date[HTTP_DATE_SIZE];
    weir_buf_init(&value, VALUE_MAX);
    if (call_get(c, "retry_after", &value)) {
        struct weir_str v = weir_buf_view(&value);
        if (weir_str_starts(v, WEIR_STR("date:")) &&
            weir_str_to_u64(weir_str_sub(v, 5, v.n), &seconds)) {
            http_date(origin_wall() + (int64_t)seconds, date);
            reply_header(c->r, "Retry-After", "%s", date);
        } else {
            reply_header(c->r, "Retry-After", "%s", value.p);
        }
    }
    weir_buf_release(&value);
}

static void refuse(struct call *c, int status) {
    uint64_t times = call_number(c, "times", UINT64_MAX);
    if (times != UINT64_MAX && call_count(c) > times) {
        reply_type(c->r, "application/octet-stream");
        reply_bytes(c->r, call_number(c, "seed", 0), 0,
                    call_number(c, "bytes", 100));
        return;
    }
    reply_status(c->r, status, "later");
    retry_after(c);
}

static void answer_429(struct call *c) {
    refuse(c, 429);
}

static void answer_503(struct call *c) {
    refuse(c, 503);
}

static void put_version(struct call *c, uint64_t version) {
    char etag[64];
    uint64_t n = call_number(c, "bytes", 1000);
    snprintf(etag, sizeof etag, "%s\"v-%llu\"", call_has(c, "weak") ? "W/" : "",
             (unsigned long long)version);
    reply_type(c->r, "application/octet-stream");
    reply_bytes(c->r, version, 0, n);
    reply_header(c->r, "X-Version", "%llu", (unsigned long long)version);
    reply_conditional(c->r, c->q, etag,
                      EPOCH_2020 + (int64_t)(version % 1000) * DAY);
}

static void answer_etag(struct call *c) {
    put_version(c, call_number(c, "v", 1));
}

static void answer_change(struct call *c) {
    uint64_t every = call_number(c, "every", 1);
    if (every == 0)
        c->bad = true;
    else
        put_version(c, 1 + (call_count(c) - 1) / every);
}

/* A header of the parameter's name and value, if it was given. */
static void copy_header(struct call *c, const char *name, const char *header) {
    struct weir_buf value;
    weir_buf_init(&value, VALUE_MAX);
    if (call_get(c, name, &value))
        reply_header(c->r, header, "%s", value.p);
    weir_buf_release(&value);
}

static void answer_cache(struct call *c) {
    uint64_t seed = call_number(c, "seed", 0);
    struct weir_buf etag, lm;
    char expires[HTTP_DATE_SIZE];
    uint64_t count = call_count(c);
    weir_buf_init(&etag, VALUE_MAX);
    weir_buf_init(&lm, VALUE_MAX);
    if (!call_get(c, "etag", &etag))
        weir_buf_fmt(&etag, "\"c-%llu\"", (unsigned long long)seed);
    call_get(c, "lm", &lm);
    reply_type(c->r, "application/octet-stream");
    reply_bytes(c->r, seed, 0, call_number(c, "bytes", 1000));
    copy_header(c, "cc", "Cache-Control");
    copy_header(c, "vary", "Vary");
    copy_header(c, "age", "Age");
    if (call_has(c, "expires")) {
        http_date(origin_wall() + (int64_t)call_number(c, "expires", 0),
                  expires);
        reply_header(c->r, "Expires", "%s", expires);
    }
    reply_header(c->r, "X-Count", "%llu", (unsigned long long)count);
    reply_conditional(
        c->r, c->q,
        weir_str_eq(weir_buf_view(&etag), WEIR_STR("none")) ? NULL : etag.p,
        weir_str_eq(weir_buf_view(&lm), WEIR_STR("none")) ? 0 : EPOCH_2020);
    weir_buf_release(&etag);
    weir_buf_release(&lm);
}

const struct behaviour behaviours_state[] = {
    {"/429", answer_429},     {"/503", answer_503},
    {"/etag", answer_etag},   {"/change", answer_change},
    {"/cache", answer_cache}, {NULL, NULL}};
