/* Behaviours that do harm. key= and times= make the first `times` calls of a
 * key fail and the later ones answer bytes= properly; without times, always.
 *
 *     /drip?bytes=N&ms=M&piece=P   P bytes, then a pause of M ms
 *     /reset?bytes=N&after=A       a TCP reset after A bytes (0: no answer)
 *     /short?bytes=B&declared=D    closes after B of D bytes
 *     /stall?bytes=N&after=A       says nothing more after A bytes
 *     /badchunk?bytes=N            a chunk size that is none, after N bytes
 *     /cutchunk?bytes=N            closes without the last chunk
 *     /badgzip                     gzip whose data are damaged
 *     /gzip-bomb?mb=N              N MiB of zeros in N KiB
 *     /endless                     a chunked body without end
 *     /1xx-flood?count=N           N (0: endless) interim answers, then 200
 *     /garbage                     not HTTP at all
 *     /flaky?fail=N&key=K&code=C   N times C (500), or mode=reset, then 200
 *     /badheader?line=L            a header line as given
 */
#include "origin.h"

#include "gzip.h"

enum { BLOCK_MAX = 1 << 20 };

static void put_body(struct call *c, uint64_t n) {
    char etag[ETAG_SIZE];
    uint64_t seed = call_number(c, "seed", 0);
    reply_type(c->r, "application/octet-stream");
    reply_bytes(c->r, seed, 0, n);
    reply_conditional(c->r, c->q, call_etag(c, "f", n, seed, etag), 0);
}

/* Is this call one of those that are to fail? */
static bool is_due(struct call *c) {
    uint64_t times = call_number(c, "times", UINT64_MAX);
    return times == UINT64_MAX || call_count(c) <= times;
}

static void set_fault(struct call *c, enum fault fault, uint64_t at) {
    if (is_due(c)) {
        c->r->fault = fault;
        c->r->fault_at = at;
    }
}

static void answer_drip(struct call *c) {
    put_body(c, call_number(c, "bytes", 10));
    c->r->piece = call_number(c, "piece", 1);
    c->r->interval_ms = call_number(c, "ms", 100);
    if (c->r->piece == 0)
        c->bad = true;
}

static void answer_reset(struct call *c) {
    put_body(c, call_number(c, "bytes", 100000));
    set_fault(c, FAULT_RESET, call_number(c, "after", 0));
}

static void answer_stall(struct call *c) {
    put_body(c, call_number(c, "bytes", 100000));
    set_fault(c, FAULT_STALL, call_number(c, "after", 0));
}

static void answer_short(struct call *c) {
    uint64_t bytes = call_number(c, "bytes", 1000);
    uint64_t declared = call_number(c, "declared", 2 * bytes);
    put_body(c, declared);
    set_fault(c, FAULT_CLOSE, bytes);
}

static void answer_badchunk(struct call *c) {
    uint64_t n = call_number(c, "bytes", 100);
    struct weir_buf b;
    if (n == 0 || n > BLOCK_MAX) {
        c->bad = true;
        return;
    }
    if (!is_due(c)) {
        c->r->framing = FRAMING_CHUNKED;
        put_body(c, n);
        return;
    }
    weir_buf_init(&b, 1024);
    weir_buf_fmt(&b,
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "%llx\r\n",
                 (unsigned long long)n);
    reply_take(c->r, &b, 1);
    reply_bytes(c->r, 0, 0, n);
    reply_text(c->r, WEIR_STR("\r\nzz\r\nwhat?\r\n"));
    c->r->framing = FRAMING_RAW;
    c->r->close = true;
}

static void answer_cutchunk(struct call *c) {
    uint64_t n = call_number(c, "bytes", 100);
    c->r->framing = FRAMING_CHUNKED;
    put_body(c, n + 1);
    set_fault(c, FAULT_CLOSE, n);
}

static void answer_badgzip(struct call *c) {
    struct weir_buf b;
    bool due = is_due(c);
    weir_buf_init(&b, BLOCK_MAX);
    for (int i = 0; i < 2000; i++)
        weir_buf_fmt(&b, "%d words\n", i);
    c->r->failed |= !gzip_buf(&b, false);
    for (size_t i = b.len / 2; due && i < b.len / 2 + 64; i++)
        b.p[i] = (char)~b.p[i];
    reply_type(c->r, "text/plain");
    reply_header(c->r, "Content-Encoding", "gzip");
    reply_take(c->r, &b, 1);
}

static void answer_bomb(struct call *c) {
    uint64_t mib = call_number(c, "mb", 1024);
    if (mib == 0 || mib > 1 << 20) {
        c->bad = true;
        return;
    }
    c->r->status = (int)call_number(c, "code", 200);
    reply_type(c->r, "text/html");
    reply_header(c->r, "Content-Encoding", "gzip");
    c->r->failed |= !gzip_bomb(c->r, mib);
}

static void answer_endless(struct call *c) {
    c->r->framing = FRAMING_CHUNKED;
    reply_type(c->r, "application/octet-stream");
    reply_bytes(c->r, 0, 0, REPLY_ENDLESS);
}

static void answer_flood(struct call *c) {
    uint64_t count = call_number(c, "count", 0);
    struct weir_buf b;
    weir_buf_init(&b, 1024);
    weir_buf_z(&b, "HTTP/1.1 103 Early Hints\r\nX-Noise: 1\r\n\r\n");
    reply_take(c->r, &b, count ? count : REPLY_ENDLESS / 64);
    reply_text(c->r, WEIR_STR("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                              "done\n"));
    c->r->framing = FRAMING_RAW;
}

static void answer_garbage(struct call *c) {
    reply_text(c->r, WEIR_STR("\x16\x03\x01 this is not HTTP\r\n\r\n"));
    c->r->framing = FRAMING_RAW;
    c->r->close = true;
}

static void answer_flaky(struct call *c) {
    uint64_t fail = call_number(c, "fail", 1);
    struct weir_buf mode;
    weir_buf_init(&mode, 64);
    if (call_count(c) > fail) {
        put_body(c, call_number(c, "bytes", 100));
    } else if (call_get(c, "mode", &mode)) {
        put_body(c, call_number(c, "bytes", 100));
        c->r->fault = FAULT_RESET;
    } else {
        reply_status(c->r, (int)call_number(c, "code", 500), "not now");
    }
    weir_buf_release(&mode);
}

static void answer_badheader(struct call *c) {
    struct weir_buf line;
    weir_buf_init(&line, BLOCK_MAX);
    call_get(c, "line", &line);
    reply_text(c->r, WEIR_STR("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"));
    reply_take(c->r, &line, 1);
    reply_text(c->r, WEIR_STR("\r\n\r\ndone\n"));
    c->r->framing = FRAMING_RAW;
}

const struct behaviour behaviours_fault[] = {
    {"/drip", answer_drip},           {"/reset", answer_reset},
    {"/short", answer_short},         {"/stall", answer_stall},
    {"/badchunk", answer_badchunk},   {"/cutchunk", answer_cutchunk},
    {"/badgzip", answer_badgzip},     {"/gzip-bomb", answer_bomb},
    {"/endless", answer_endless},     {"/1xx-flood", answer_flood},
    {"/garbage", answer_garbage},     {"/flaky", answer_flaky},
    {"/badheader", answer_badheader}, {NULL, NULL}};
