/* Replies: heads and bodies made from a description. See reply.h. */
#include "reply.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY_MAX = 256 << 20 };

void reply_init(struct reply *r) {
    memset(r, 0, sizeof *r);
    weir_buf_init(&r->head, MEMORY_MAX);
    weir_buf_init(&r->type, 1024);
    reply_reset(r);
}

static void drop_segments(struct reply *r) {
    for (size_t i = 0; i < r->segment_count; i++) {
        if (r->segments[i].kind == SEGMENT_FILE)
            close(r->segments[i].fd);
        weir_buf_release(&r->segments[i].memory);
    }
    r->segment_count = r->segment = 0;
}

void reply_reset(struct reply *r) {
    struct weir_buf head = r->head, type = r->type;
    drop_segments(r);
    weir_buf_clear(&head);
    weir_buf_clear(&type);
    memset(r, 0, offsetof(struct reply, segments));
    memset(&r->segment_count, 0,
           sizeof *r - offsetof(struct reply, segment_count));
    r->head = head;
    r->type = type;
    r->status = 200;
    r->declared = UINT64_MAX;
}

void reply_release(struct reply *r) {
    drop_segments(r);
    weir_buf_release(&r->head);
    weir_buf_release(&r->type);
}

void reply_header(struct reply *r, const char *name, const char *format, ...) {
    char value[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    weir_buf_z(&r->head, name);
    weir_buf_z(&r->head, ": ");
    weir_buf_z(&r->head, value);
    weir_buf_z(&r->head, "\r\n");
}

void reply_type(struct reply *r, const char *type) {
    weir_buf_clear(&r->type);
    weir_buf_z(&r->type, type);
}

static struct segment *add_segment(struct reply *r, enum segment_kind kind,
                                   uint64_t length) {
    struct segment *s = &r->segments[r->segment_count];
    if (r->segment_count == REPLY_SEGMENTS_MAX) {
        r->failed = true;
        return NULL;
    }
    memset(s, 0, sizeof *s);
    weir_buf_init(&s->memory, MEMORY_MAX);
    s->kind = kind;
    s->length = length;
    s->fd = -1;
    r->segment_count++;
    return s;
}

void reply_bytes(struct reply *r, uint64_t seed, uint64_t offset,
                 uint64_t length) {
    struct segment *s = add_segment(r, SEGMENT_BYTES, length);
    if (s) {
        s->seed = seed;
        s->offset = offset;
    }
}

void reply_text(struct reply *r, struct weir_str text) {
    struct segment *s = add_segment(r, SEGMENT_MEMORY, text.n);
    if (s && weir_buf_str(&s->memory, text) != WEIR_OK)
        r->failed = true;
}

void reply_fmt(struct reply *r, const char *format, ...) {
    char text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    reply_text(r, weir_str_of(text));
}

void reply_take(struct reply *r, struct weir_buf *block, uint64_t times) {
    struct segment *s = add_segment(r, SEGMENT_MEMORY, block->len * times);
    if (block->failed)
        r->failed = true;
    if (!s)
        return;
    s->memory = *block;
    weir_buf_init(block, block->max);
}

void reply_file(struct reply *r, int fd, uint64_t offset, uint64_t length) {
    struct segment *s = add_segment(r, SEGMENT_FILE, length);
    if (!s) {
        close(fd);
        return;
    }
    s->fd = fd;
    s->offset = offset;
}

void reply_status(struct reply *r, int status, const char *why) {
    reply_reset(r);
    r->status = status;
    reply_type(r, "text/plain; charset=utf-8");
    reply_fmt(r, "%d %s\n", status, why);
}

uint64_t reply_length(const struct reply *r) {
    uint64_t sum = 0;
    for (size_t i = r->segment; i < r->segment_count; i++)
        sum += r->segments[i].length;
    return sum;
}

/* --- conditions and ranges --- */

static struct weir_str opaque(struct weir_str tag) {
    return weir_str_starts(tag, WEIR_STR("W/")) ? weir_str_sub(tag, 2, tag.n)
                                                : tag;
}

/* Weak comparison with each member (RFC 9110 section 13.1.2). Tags made here
 * hold no commas. */
static bool none_match(struct weir_str field, struct weir_str etag) {
    size_t at = 0;
    if (weir_str_eq(field, WEIR_STR("*")))
        return false;
    while (at <= field.n) {
        size_t end = weir_str_find(field, ',', at);
        struct weir_str member =
            weir_str_trim(weir_str_sub(field, at, end - at));
        if (weir_str_eq(opaque(member), opaque(etag)))
            return false;
        at = end + 1;
    }
    return true;
}

static bool not_modified(const struct request *q, struct weir_str etag,
                         int64_t modified) {
    struct weir_str inm = request_header(q, "If-None-Match");
    struct weir_str ims = request_header(q, "If-Modified-Since");
    int64_t since = 0;
    if (inm.p)
        return etag.n > 0 && !none_match(inm, etag);
    return ims.p && modified > 0 && http_date_parse(ims, &since) &&
           modified <= since;
}

/* Section 13.1.5: a strong tag that is the same, or exactly our date. */
static bool range_applies(const struct request *q, struct weir_str etag,
                          int64_t modified) {
    struct weir_str condition = request_header(q, "If-Range");
    int64_t when = 0;
    if (!condition.p)
        return true;
    if (weir_str_starts(condition, WEIR_STR("W/")))
        return false;
    if (weir_str_starts(condition, WEIR_STR("\"")))
        return weir_str_eq(condition, etag);
    return http_date_parse(condition, &when) && when == modified;
}

/* "bytes=a-b", "bytes=a-", "bytes=-n". False: not one valid range. *first may
 * lie beyond the body: then it cannot be satisfied. */
static bool parse_range(struct weir_str field, uint64_t total, uint64_t *first,
                        uint64_t *last) {
    struct weir_str from, to;
    uint64_t suffix;
    if (!weir_str_starts_nocase(field, WEIR_STR("bytes=")) ||
        !weir_str_cut(weir_str_sub(field, 6, field.n), '-', &from, &to))
        return false;
    *last = total ? total - 1 : 0;
    if (from.n == 0) {
        if (!weir_str_to_u64(to, &suffix))
            return false;
        *first = suffix == 0 ? total : suffix < total ? total - suffix : 0;
        return true;
    }
    if (!weir_str_to_u64(from, first))
        return false;
    if (to.n && (!weir_str_to_u64(to, last) || *last < *first))
        return false;
    if (total && *last >= total)
        *last = total - 1;
    return true;
}

static void apply_range(struct reply *r, struct weir_str field) {
    struct segment *s = &r->segments[0];
    uint64_t total = reply_length(r), first, last;
    if (r->segment_count != 1 || !parse_range(field, total, &first, &last))
        return;
    if (first >= total) {
        drop_segments(r);
        r->status = 416;
        reply_header(r, "Content-Range", "bytes */%llu",
                     (unsigned long long)total);
        return;
    }
    r->status = 206;
    s->offset += first;
    s->length = last - first + 1;
    reply_header(r, "Content-Range", "bytes %llu-%llu/%llu",
                 (unsigned long long)first, (unsigned long long)last,
                 (unsigned long long)total);
}

void reply_conditional(struct reply *r, const struct request *q,
                       const char *etag, int64_t modified) {
    struct weir_str tag = weir_str_of(etag);
    struct weir_str range = request_header(q, "Range");
    if (etag)
        reply_header(r, "ETag", "%s", etag);
    if (modified > 0) {
        char date[HTTP_DATE_SIZE];
        http_date(modified, date);
        reply_header(r, "Last-Modified", "%s", date);
    }
    if (r->status != 200)
        return;
    if (not_modified(q, tag, modified)) {
        drop_segments(r);
        r->status = 304;
        return;
    }
    reply_header(r, "Accept-Ranges", "bytes");
    if (range.p && weir_str_eq(q->method, WEIR_STR("GET")) &&
        range_applies(q, tag, modified))
        apply_range(r, range);
}

/* --- the head --- */

const char *status_text(int status) {
    static const struct {
        int status;
        const char *text;
    } known[] = {{200, "OK"},
                 {201, "Created"},
                 {204, "No Content"},
                 {206, "Partial Content"},
                 {301, "Moved Permanently"},
                 {302, "Found"},
                 {303, "See Other"},
                 {304, "Not Modified"},
                 {307, "Temporary Redirect"},
                 {308, "Permanent Redirect"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {407, "Proxy Authentication Required"},
                 {408, "Request Timeout"},
                 {410, "Gone"},
                 {413, "Content Too Large"},
                 {416, "Range Not Satisfiable"},
                 {425, "Too Early"},
                 {429, "Too Many Requests"},
                 {431, "Request Header Fields Too Large"},
                 {451, "Unavailable For Legal Reasons"},
                 {500, "Internal Server Error"},
                 {501, "Not Implemented"},
                 {502, "Bad Gateway"},
                 {503, "Service Unavailable"},
                 {504, "Gateway Timeout"},
                 {505, "HTTP Version Not Supported"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].status == status)
            return known[i].text;
    return "Status";
}

void reply_put_head(struct reply *r, const struct request *q, int64_t now,
                    struct weir_buf *out) {
    char date[HTTP_DATE_SIZE];
    bool bodiless = r->status == 204 || r->status == 304 || r->status < 200;
    bool old = r->http10 || q->http10;
    if (old && r->framing == FRAMING_CHUNKED)
        r->framing = FRAMING_CLOSE;
    if (r->framing == FRAMING_CLOSE || !q->keep_alive)
        r->close = true;
    http_date(now, date);
    weir_buf_fmt(out, "HTTP/1.%d %d %s\r\nDate: %s\r\nServer: weir-origin\r\n",
                 r->http10 ? 0 : 1, r->status, status_text(r->status), date);
    if (r->type.len && !bodiless)
        weir_buf_fmt(out, "Content-Type: %s\r\n", r->type.p);
    weir_buf_str(out, weir_buf_view(&r->head));
    if (r->framing == FRAMING_CHUNKED && !bodiless)
        weir_buf_z(out, "Transfer-Encoding: chunked\r\n");
    else if (r->framing == FRAMING_LENGTH && !bodiless)
        weir_buf_fmt(out, "Content-Length: %llu\r\n",
                     (unsigned long long)(r->declared != UINT64_MAX
                                              ? r->declared
                                              : reply_length(r)));
    if (r->close && !r->silent_close)
        weir_buf_z(out, "Connection: close\r\n");
    else if (old && !r->close && !r->silent_close)
        weir_buf_z(out, "Connection: keep-alive\r\n");
    weir_buf_z(out, "\r\n");
    r->no_body = bodiless || q->is_head;
}

/* --- the body --- */

void deterministic_bytes(uint64_t seed, uint64_t offset, char *to, size_t n) {
    uint64_t word = offset / 8, state = seed + word * 0x9e3779b97f4a7c15u;
    size_t skip = (size_t)(offset % 8);
    while (n > 0) {
        uint64_t z = (state += 0x9e3779b97f4a7c15u);
        unsigned char bytes[8];
        size_t take = 8 - skip < n ? 8 - skip : n;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        z ^= z >> 31;
        for (int i = 0; i < 8; i++)
            bytes[i] = (unsigned char)(z >> (8 * i));
        memcpy(to, bytes + skip, take);
        to += take;
        n -= take;
        skip = 0;
    }
}

static size_t fill_memory(struct segment *s, char *to, size_t n) {
    size_t done = 0;
    while (done < n) {
        size_t at = (size_t)(s->offset % s->memory.len);
        size_t take = s->memory.len - at;
        if (take > n - done)
            take = n - done;
        memcpy(to + done, s->memory.p + at, take);
        done += take;
        s->offset += take;
    }
    return done;
}

static size_t fill_segment(struct segment *s, char *to, size_t n) {
    ssize_t got;
    switch (s->kind) {
    case SEGMENT_BYTES:
        deterministic_bytes(s->seed, s->offset, to, n);
        s->offset += n;
        return n;
    case SEGMENT_MEMORY:
        return fill_memory(s, to, n);
    case SEGMENT_FILE:
        got = pread(s->fd, to, n, (off_t)s->offset);
        if (got <= 0)
            return 0;
        s->offset += (uint64_t)got;
        return (size_t)got;
    }
    return 0;
}

size_t reply_fill(struct reply *r, char *to, size_t n) {
    size_t done = 0;
    while (done < n && r->segment < r->segment_count) {
        struct segment *s = &r->segments[r->segment];
        size_t want = s->length < n - done ? (size_t)s->length : n - done;
        size_t got = want ? fill_segment(s, to + done, want) : 0;
        if (want && !got) { /* the file shrank */
            r->failed = true;
            break;
        }
        done += got;
        s->length -= got;
        if (s->length == 0)
            r->segment++;
    }
    return done;
}
