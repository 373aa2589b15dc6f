/* Parses requests by hand, strictly: CRLF line ends, no folded headers, no
 * space before a colon, one Content-Length, a Host in HTTP/1.1. What is not
 * well-formed is answered 400, so that a client's mistakes show in tests. */
#include "request.h"

#include <string.h>

static bool is_token(char c) {
    return weir_is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_all_token(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!is_token(s.p[i]))
            return false;
    return s.n > 0;
}

/* Visible bytes and, in values, spaces, tabs and obs-text (RFC 9110 5.5). */
static bool is_value(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static bool is_target(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '#')
            return false;
    }
    return s.n > 0;
}

struct weir_str request_header(const struct request *r, const char *name) {
    struct weir_str want = weir_str_of(name);
    for (size_t i = 0; i < r->header_count; i++)
        if (weir_str_eq_nocase(r->headers[i].name, want))
            return r->headers[i].value;
    return (struct weir_str){NULL, 0};
}

/* METHOD SP target SP HTTP/1.x */
static const char *parse_line(struct request *r, struct weir_str line,
                              int *status) {
    struct weir_str rest, version;
    if (!weir_str_cut(line, ' ', &r->method, &rest) ||
        !weir_str_cut(rest, ' ', &r->target, &version))
        return "malformed request line";
    if (!is_all_token(r->method))
        return "malformed method";
    if (!is_target(r->target))
        return "malformed target";
    if (weir_str_eq(version, WEIR_STR("HTTP/1.0")))
        r->http10 = true;
    else if (!weir_str_eq(version, WEIR_STR("HTTP/1.1"))) {
        *status = 505;
        return "not HTTP/1.x";
    }
    r->is_head = weir_str_eq(r->method, WEIR_STR("HEAD"));
    return NULL;
}

/* origin-form, absolute-form (as to a proxy), "*" or CONNECT's authority. */
static const char *parse_target(struct request *r) {
    struct weir_str path = r->target;
    if (weir_str_starts_nocase(path, WEIR_STR("http://"))) {
        size_t slash = weir_str_find(path, '/', 7);
        r->authority = weir_str_sub(path, 7, slash - 7);
        path =
            slash < path.n ? weir_str_sub(path, slash, path.n) : WEIR_STR("/");
    } else {
        r->authority = request_header(r, "Host");
        if (path.p[0] != '/' && !weir_str_eq(path, WEIR_STR("*")) &&
            !weir_str_eq(r->method, WEIR_STR("CONNECT")))
            return "malformed target";
    }
    weir_str_cut(path, '?', &r->path, &r->query);
    return NULL;
}

static const char *parse_headers(struct request *r, struct weir_str head,
                                 int *status) {
    size_t at = 0;
    while (at < head.n) {
        size_t eol = weir_str_find(head, '\n', at);
        struct weir_str line = weir_str_sub(head, at, eol - at);
        struct request_header *h = &r->headers[r->header_count];
        at = eol + 1;
        if (line.n == 0 || line.p[line.n - 1] != '\r')
            return "a line that does not end with CRLF";
        line.n--;
        if (r->header_count == REQUEST_HEADERS_MAX) {
            *status = 431;
            return "too many headers";
        }
        if (!weir_str_cut(line, ':', &h->name, &h->value) ||
            !is_all_token(h->name) || !is_value(h->value))
            return "malformed header";
        h->value = weir_str_trim(h->value);
        r->header_count++;
    }
    return NULL;
}

static size_t count_headers(const struct request *r, const char *name) {
    struct weir_str want = weir_str_of(name);
    size_t count = 0;
    for (size_t i = 0; i < r->header_count; i++)
        count += weir_str_eq_nocase(r->headers[i].name, want);
    return count;
}

static const char *check_headers(struct request *r, int *status) {
    struct weir_str length = request_header(r, "Content-Length");
    struct weir_str coding = request_header(r, "Transfer-Encoding");
    struct weir_str connection = request_header(r, "Connection");
    if (count_headers(r, "Host") != 1 &&
        !(r->http10 && !count_headers(r, "Host")))
        return "not one Host header";
    if (count_headers(r, "Content-Length") > 1 ||
        count_headers(r, "Transfer-Encoding") > 1)
        return "a framing header twice";
    if (coding.p) {
        if (length.p || !weir_str_eq_nocase(coding, WEIR_STR("chunked")))
            return "malformed framing";
        r->chunked = true;
    }
    if (length.p && !weir_str_to_u64(length, &r->content_length))
        return "malformed Content-Length";
    if (r->content_length > REQUEST_BODY_MAX) {
        *status = 413;
        return "body too large";
    }
    r->keep_alive = r->http10
                        ? weir_str_eq_nocase(connection, WEIR_STR("keep-alive"))
                        : !weir_str_eq_nocase(connection, WEIR_STR("close"));
    r->expects_continue = weir_str_eq_nocase(request_header(r, "Expect"),
                                             WEIR_STR("100-continue"));
    return NULL;
}

/* A chunked body without trailers (RFC 9112 section 7.1). Returns the bytes it
 * takes, 0 if more are needed, SIZE_MAX if it is malformed. */
static size_t parse_chunks(struct weir_str s, struct weir_buf *decoded) {
    size_t at = 0;
    weir_buf_clear(decoded);
    for (;;) {
        size_t eol = weir_str_find(s, '\n', at), size = 0;
        if (eol == s.n)
            return s.n - at > 32 ? SIZE_MAX : 0;
        if (eol < at + 2 || eol > at + 9 || s.p[eol - 1] != '\r')
            return SIZE_MAX;
        for (size_t i = at; i < eol - 1; i++) {
            int v = weir_hex_value(s.p[i]);
            if (v < 0)
                return SIZE_MAX;
            size = size * 16 + (size_t)v;
        }
        at = eol + 1;
        if (size > REQUEST_BODY_MAX)
            return SIZE_MAX;
        if (s.n - at < size + 2)
            return 0;
        weir_buf_add(decoded, s.p + at, size);
        at += size + 2;
        if (decoded->failed || s.p[at - 2] != '\r' || s.p[at - 1] != '\n')
            return SIZE_MAX;
        if (size == 0)
            return at;
    }
}

static enum parsed parse_body(struct request *r, struct weir_str rest,
                              struct weir_buf *decoded, const char **why) {
    if (r->chunked) {
        size_t taken = parse_chunks(rest, decoded);
        if (taken == SIZE_MAX) {
            *why = "malformed chunks";
            return PARSED_BAD;
        }
        if (taken == 0)
            return PARSED_MORE;
        r->body = weir_buf_view(decoded);
        r->size += taken;
        return PARSED_OK;
    }
    if (rest.n < r->content_length)
        return PARSED_MORE;
    r->body = weir_str_sub(rest, 0, (size_t)r->content_length);
    r->size += r->body.n;
    return PARSED_OK;
}

enum parsed request_parse(struct request *r, const char *bytes, size_t n,
                          struct weir_buf *decoded, int *status,
                          const char **why) {
    struct weir_str all = {bytes, n};
    size_t end = weir_str_search(all, WEIR_STR("\r\n\r\n"));
    size_t line_end;
    struct weir_str line;
    *status = 400;
    *why = NULL;
    r->expects_continue = false;
    if (n > 0 && !is_token(bytes[0])) {
        *why = "malformed request line";
        return PARSED_BAD;
    }
    line_end = weir_str_find(all, '\n', 0);
    if (line_end < n && bytes[line_end - 1] != '\r') {
        *why = "a line that does not end with CRLF";
        return PARSED_BAD;
    }
    if (end == n) {
        *status = 431;
        *why = "head too large";
        return n > REQUEST_HEAD_MAX ? PARSED_BAD : PARSED_MORE;
    }
    memset(r, 0, offsetof(struct request, headers));
    memset(&r->header_count, 0,
           sizeof *r - offsetof(struct request, header_count));
    line = weir_str_sub(all, 0, line_end - 1);
    *why = parse_line(r, line, status);
    if (!*why && line_end < end + 1)
        *why = parse_headers(
            r, weir_str_sub(all, line_end + 1, end + 2 - line_end - 1), status);
    if (!*why)
        *why = check_headers(r, status);
    if (!*why)
        *why = parse_target(r);
    if (*why)
        return PARSED_BAD;
    r->size = end + 4;
    return parse_body(r, weir_str_sub(all, r->size, n), decoded, why);
}

bool percent_decode(struct weir_str s, bool plus, struct weir_buf *out) {
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%') {
            if (i + 2 >= s.n || weir_hex_value(s.p[i + 1]) < 0 ||
                weir_hex_value(s.p[i + 2]) < 0)
                return false;
            weir_buf_byte(out, (char)(weir_hex_value(s.p[i + 1]) * 16 +
                                      weir_hex_value(s.p[i + 2])));
            i += 2;
        } else {
            weir_buf_byte(out, plus && s.p[i] == '+' ? ' ' : s.p[i]);
        }
    }
    return !out->failed;
}

/* The raw value; p == NULL if there is no such parameter. */
static struct weir_str query_raw(struct weir_str query, const char *name,
                                 size_t *cursor) {
    struct weir_str want = weir_str_of(name);
    size_t at = *cursor;
    while (at < query.n) {
        size_t end = weir_str_find(query, '&', at);
        struct weir_str key, value;
        weir_str_cut(weir_str_sub(query, at, end - at), '=', &key, &value);
        at = end + 1;
        if (weir_str_eq(key, want)) {
            *cursor = at;
            return value.p ? value : WEIR_STR("");
        }
    }
    *cursor = query.n;
    return (struct weir_str){NULL, 0};
}

bool query_get(struct weir_str query, const char *name, size_t *cursor,
               struct weir_buf *out) {
    size_t first = 0;
    struct weir_str raw = query_raw(query, name, cursor ? cursor : &first);
    return raw.p && percent_decode(raw, true, out);
}

uint64_t query_number(struct weir_str query, const char *name,
                      uint64_t otherwise, bool *bad) {
    size_t cursor = 0;
    uint64_t value = 0;
    struct weir_str raw = query_raw(query, name, &cursor);
    if (!raw.p)
        return otherwise;
    if (weir_str_to_u64(raw, &value))
        return value;
    *bad = true;
    return otherwise;
}
