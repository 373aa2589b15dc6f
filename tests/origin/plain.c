/* Behaviours that always answer the same: bodies, statuses, redirects,
 * headers, compression, authentication, echo, numbered pages.
 *
 *     /bytes/N?seed=S      N deterministic bytes (reply.h), strong ETag,
 *                          Last-Modified, ranges. etag=none, weak or TAG,
 * lm=none, range=none (ignored), wrong (another start), total (another total),
 * plain (200 with all) /status/CODE         any status, with body=TEXT
 *     /redirect/N          N hops of 302 (code=), then 200
 *     /redirect-to?url=U&code=C
 *     /loop                redirects to itself, /loop/a to /loop/b and back
 *     /chunked/N?chunk=C   N bytes in chunks
 *     /gzip?bytes=N        text, compressed; layers=L times; of=deflate
 *     /headers?count=N&size=S
 *     /say?body=TEXT       that text
 *     /cookies/set?a=b...  Set-Cookie for each parameter; /cookies/raw?v=LINE
 *     /cookies             what the client sent, as JSON
 *     /auth/basic?user=U&pass=P
 *     /echo                the request as JSON
 *     /pages/N             page ?page=P of N, HTML with links; /pages/N.json
 *     /journal, /__reset
 */
#include "origin.h"

#include "gzip.h"

#include "base/escape.h"
#include "base/mem.h"

#include <stdio.h>

enum { TEXT_MAX = 64 << 20, EPOCH_2020 = 1577836800, DAY = 86400 };

static bool is_value(struct call *c, const char *name, const char *value) {
    struct weir_buf b;
    bool same;
    weir_buf_init(&b, 1 << 16);
    same = call_get(c, name, &b) &&
           weir_str_eq(weir_buf_view(&b), weir_str_of(value));
    weir_buf_release(&b);
    return same;
}

/* A 206 that lies: a start or a total that was not asked for. */
static void lie_about_range(struct call *c, uint64_t total) {
    struct weir_buf *head = &c->r->head;
    size_t at = weir_str_search(weir_buf_view(head), WEIR_STR("Content-Range"));
    uint64_t left = reply_length(c->r);
    if (c->r->status != 206 || at == head->len)
        return;
    weir_buf_truncate(head, at);
    if (is_value(c, "range", "wrong"))
        reply_header(c->r, "Content-Range", "bytes 0-%llu/%llu",
                     (unsigned long long)left - 1, (unsigned long long)total);
    else
        reply_header(c->r, "Content-Range", "bytes %llu-%llu/%llu",
                     (unsigned long long)(total - left),
                     (unsigned long long)total - 1,
                     (unsigned long long)total + 7);
}

static void answer_bytes(struct call *c) {
    uint64_t n = call_rest_number(c), seed = call_number(c, "seed", 0);
    char etag[ETAG_SIZE];
    const char *tag = call_etag(c, "b", n, seed, etag);
    int64_t modified = EPOCH_2020 + (int64_t)(seed % 1000) * DAY;
    reply_type(c->r, "application/octet-stream");
    reply_bytes(c->r, seed, 0, n);
    if (is_value(c, "range", "none"))
        return;
    if (is_value(c, "range", "plain")) {
        reply_header(c->r, "ETag", "%s", tag ? tag : "\"\"");
        return;
    }
    reply_conditional(c->r, c->q, tag,
                      is_value(c, "lm", "none") ? 0 : modified);
    if (is_value(c, "range", "wrong") || is_value(c, "range", "total"))
        lie_about_range(c, n);
}

static void answer_status(struct call *c) {
    uint64_t status = call_rest_number(c);
    struct weir_buf body;
    if (c->bad || status < 200 || status > 999) {
        c->bad = true;
        return;
    }
    weir_buf_init(&body, TEXT_MAX);
    reply_status(c->r, (int)status, status_text((int)status));
    if (call_get(c, "body", &body)) {
        c->r->segment_count = 0;
        weir_buf_release(&c->r->segments[0].memory);
        reply_take(c->r, &body, 1);
    }
    weir_buf_release(&body);
}

static void redirect(struct call *c, struct weir_str to) {
    uint64_t code = call_number(c, "code", 302);
    reply_status(c->r, (int)code, "elsewhere");
    weir_buf_z(&c->r->head, "Location: ");
    weir_buf_str(&c->r->head, to);
    weir_buf_z(&c->r->head, "\r\n");
}

static void answer_redirect(struct call *c) {
    uint64_t n = call_rest_number(c);
    char to[64];
    if (n == 0) {
        reply_type(c->r, "text/plain");
        reply_fmt(c->r, "arrived\n");
        return;
    }
    snprintf(to, sizeof to, "/redirect/%llu", (unsigned long long)n - 1);
    redirect(c, weir_str_of(to));
}

static void answer_redirect_to(struct call *c) {
    struct weir_buf to;
    weir_buf_init(&to, 1 << 16);
    if (call_get(c, "url", &to))
        redirect(c, weir_buf_view(&to));
    else
        c->bad = true;
    weir_buf_release(&to);
}

static void answer_loop(struct call *c) {
    redirect(c, WEIR_STR("/loop"));
}

static void answer_loop_of_two(struct call *c) {
    redirect(c, weir_str_eq(c->rest, WEIR_STR("a")) ? WEIR_STR("/loop/b")
                                                    : WEIR_STR("/loop/a"));
}

static void answer_chunked(struct call *c) {
    uint64_t n = call_rest_number(c);
    reply_type(c->r, "application/octet-stream");
    c->r->framing = FRAMING_CHUNKED;
    c->r->chunk = call_number(c, "chunk", 1000);
    reply_bytes(c->r, call_number(c, "seed", 0), 0, n);
}

static void answer_gzip(struct call *c) {
    uint64_t n = call_number(c, "bytes", 1000);
    uint64_t layers = call_number(c, "layers", 1);
    bool zlib = is_value(c, "of", "deflate");
    struct weir_buf body;
    if (n > TEXT_MAX || layers < 1 || layers > 8) {
        c->bad = true;
        return;
    }
    weir_buf_init(&body, TEXT_MAX);
    for (uint64_t line = 0; body.len < n && !body.failed; line++)
        weir_buf_fmt(&body, "line %llu of a text that compresses well\n",
                     (unsigned long long)line);
    weir_buf_truncate(&body, (size_t)n);
    reply_type(c->r, "text/plain");
    for (uint64_t i = 0; i < layers; i++)
        c->r->failed |= !gzip_buf(&body, zlib);
    weir_buf_z(&c->r->head, "Content-Encoding: ");
    for (uint64_t i = 0; i < layers; i++)
        weir_buf_fmt(&c->r->head, "%s%s", i ? ", " : "",
                     zlib ? "deflate" : "gzip");
    weir_buf_z(&c->r->head, "\r\n");
    reply_take(c->r, &body, 1);
}

static void answer_headers(struct call *c) {
    uint64_t count = call_number(c, "count", 10);
    uint64_t size = call_number(c, "size", 10);
    if (count > 2000000 || size > 1 << 20 || count * (size + 16) > TEXT_MAX) {
        c->bad = true;
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        weir_buf_fmt(&c->r->head, "X-H%llu: ", (unsigned long long)i);
        for (uint64_t k = 0; k < size; k++)
            weir_buf_byte(&c->r->head, 'v');
        weir_buf_z(&c->r->head, "\r\n");
    }
    reply_type(c->r, "text/plain");
    reply_fmt(c->r, "headers\n");
}

static void answer_say(struct call *c) {
    struct weir_buf body;
    weir_buf_init(&body, TEXT_MAX);
    call_get(c, "body", &body);
    reply_type(c->r, "text/html; charset=utf-8");
    reply_take(c->r, &body, 1);
}

static void answer_set_cookies(struct call *c) {
    struct weir_buf *head = &c->r->head;
    size_t at = 0;
    while (at < c->query.n) {
        size_t end = weir_str_find(c->query, '&', at);
        struct weir_str name, value;
        weir_str_cut(weir_str_sub(c->query, at, end - at), '=', &name, &value);
        weir_buf_z(head, "Set-Cookie: ");
        percent_decode(name, true, head);
        weir_buf_byte(head, '=');
        percent_decode(value, true, head);
        weir_buf_z(head, "; Path=/\r\n");
        at = end + 1;
    }
    c->query = WEIR_STR(""); /* all of it was cookies */
    reply_type(c->r, "text/plain");
    reply_fmt(c->r, "set\n");
}

static void answer_raw_cookie(struct call *c) {
    struct weir_buf line;
    size_t cursor = 0;
    weir_buf_init(&line, 1 << 16);
    while (query_get(c->query, "v", &cursor, &line)) {
        weir_buf_z(&c->r->head, "Set-Cookie: ");
        weir_buf_str(&c->r->head, weir_buf_view(&line));
        weir_buf_z(&c->r->head, "\r\n");
        weir_buf_clear(&line);
    }
    weir_buf_release(&line);
    reply_type(c->r, "text/plain");
    reply_fmt(c->r, "set\n");
}

static void answer_cookies(struct call *c) {
    struct weir_buf body;
    weir_buf_init(&body, TEXT_MAX);
    weir_buf_z(&body, "{\"cookie\":");
    weir_escape_json(&body, request_header(c->q, "Cookie"));
    weir_buf_z(&body, "}\n");
    reply_type(c->r, "application/json");
    reply_take(c->r, &body, 1);
}

static void put_base64(struct weir_buf *out, struct weir_str s) {
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < s.n; i += 3) {
        size_t n = s.n - i < 3 ? s.n - i : 3;
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++)
            v = v << 8 | (k < n ? (unsigned char)s.p[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            weir_buf_byte(out, k <= n ? digits[v >> (18 - 6 * k) & 63] : '=');
    }
}

static void answer_basic(struct call *c) {
    struct weir_buf pair, want;
    weir_buf_init(&pair, 1 << 16);
    weir_buf_init(&want, 1 << 16);
    call_get(c, "user", &pair);
    weir_buf_byte(&pair, ':');
    call_get(c, "pass", &pair);
    weir_buf_z(&want, "Basic ");
    put_base64(&want, weir_buf_view(&pair));
    if (weir_str_eq(request_header(c->q, "Authorization"),
                    weir_buf_view(&want))) {
        reply_type(c->r, "text/plain");
        reply_fmt(c->r, "welcome\n");
    } else {
        reply_status(c->r, 401, "who are you?");
        reply_header(c->r, "WWW-Authenticate", "Basic realm=\"origin\"");
    }
    weir_buf_release(&pair);
    weir_buf_release(&want);
}

static void answer_echo(struct call *c) {
    struct weir_buf body;
    weir_buf_init(&body, TEXT_MAX);
    weir_buf_z(&body, "{\"method\":");
    weir_escape_json(&body, c->q->method);
    weir_buf_z(&body, ",\"target\":");
    weir_escape_json(&body, c->q->target);
    weir_buf_z(&body, ",\"headers\":[");
    for (size_t i = 0; i < c->q->header_count; i++) {
        weir_buf_z(&body, i ? ",[" : "[");
        weir_escape_json(&body, c->q->headers[i].name);
        weir_buf_byte(&body, ',');
        weir_escape_json(&body, c->q->headers[i].value);
        weir_buf_byte(&body, ']');
    }
    weir_buf_z(&body, "],\"body\":");
    weir_escape_json(&body, c->q->body);
    weir_buf_z(&body, "}\n");
    reply_type(c->r, "application/json");
    reply_header(c->r, "Cache-Control", "no-store");
    reply_take(c->r, &body, 1);
}

static void put_page(struct weir_buf *b, uint64_t page, uint64_t pages) {
    weir_buf_fmt(b,
                 "<!DOCTYPE html><html><head><title>Page %llu</title></head>"
                 "<body><ul>\n",
                 (unsigned long long)page);
    for (uint64_t i = 0; i < 10; i++)
        weir_buf_fmt(b,
                     "<li><a class=\"item\" href=\"/bytes/100?seed=%llu\">"
                     "Item %llu</a></li>\n",
                     (unsigned long long)(page * 10 + i),
                     (unsigned long long)(page * 10 + i));
    weir_buf_z(b, "</ul>");
    if (page < pages)
        weir_buf_fmt(b,
                     "<a class=\"next\" rel=\"next\" href=\"?page=%llu\">"
                     "Next</a>",
                     (unsigned long long)page + 1);
    weir_buf_z(b, "</body></html>\n");
}

static void answer_pages(struct call *c) {
    struct weir_str suffix = WEIR_STR(".json");
    bool json = weir_str_ends(c->rest, suffix);
    uint64_t page = call_number(c, "page", 1), pages;
    struct weir_buf body;
    if (json)
        c->rest.n -= suffix.n;
    pages = call_rest_number(c);
    weir_buf_init(&body, TEXT_MAX);
    if (!json) {
        put_page(&body, page, pages);
        reply_type(c->r, "text/html; charset=utf-8");
    } else {
        weir_buf_byte(&body, '[');
        for (uint64_t i = 0; page <= pages && i < 10; i++)
            weir_buf_fmt(&body, "%s{\"id\":%llu,\"name\":\"Item %llu\"}",
                         i ? "," : "", (unsigned long long)(page * 10 + i),
                         (unsigned long long)(page * 10 + i));
        weir_buf_z(&body, "]\n");
        reply_type(c->r, "application/json");
    }
    reply_take(c->r, &body, 1);
}

static void answer_journal(struct call *c) {
    uint64_t size = 0;
    int fd = journal_open(c->o->journal, &size);
    if (fd < 0) {
        reply_status(c->r, 404, "no journal: start with --journal FILE");
        return;
    }
    reply_type(c->r, "application/x-ndjson");
    reply_file(c->r, fd, 0, size);
}

static void answer_reset(struct call *c) {
    origin_forget(c->o);
    reply_type(c->r, "text/plain");
    reply_fmt(c->r, "forgotten\n");
}

const struct behaviour behaviours_plain[] = {
    {"/bytes/", answer_bytes},
    {"/status/", answer_status},
    {"/redirect/", answer_redirect},
    {"/redirect-to", answer_redirect_to},
    {"/loop/", answer_loop_of_two},
    {"/loop", answer_loop},
    {"/chunked/", answer_chunked},
    {"/gzip", answer_gzip},
    {"/headers", answer_headers},
    {"/say", answer_say},
    {"/cookies/set", answer_set_cookies},
    {"/cookies/raw", answer_raw_cookie},
    {"/cookies", answer_cookies},
    {"/auth/basic", answer_basic},
    {"/echo", answer_echo},
    {"/pages/", answer_pages},
    {"/journal", answer_journal},
    {"/__reset", answer_reset},
    {NULL, NULL}};
