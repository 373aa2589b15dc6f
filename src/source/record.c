/* Options of a URL. They are copied into one text, since the lines they came
 * in are gone when the request is handed on. */
#include "source/record.h"

#include <string.h>

enum { TEXT_MAX = 4 << 20, PROBLEM_MAX = 256, NAME_SHOWN = 60 };

void weir_record_init(struct weir_record *r) {
    *r = (struct weir_record){0};
    weir_buf_init(&r->text, TEXT_MAX);
    weir_buf_init(&r->problem, PROBLEM_MAX);
}

void weir_record_release(struct weir_record *r) {
    weir_buf_release(&r->text);
    weir_buf_release(&r->problem);
}

static enum weir_err keep(struct weir_record *r, struct weir_str s,
                          struct weir_span *span) {
    enum weir_err err;
    *span = (struct weir_span){r->text.len, s.n};
    err = weir_buf_str(&r->text, s);
    return err == WEIR_E_LIMIT ? WEIR_OK : err;
}

enum weir_err weir_record_begin(struct weir_record *r, struct weir_str url,
                                uint64_t line) {
    weir_buf_clear(&r->text);
    weir_buf_clear(&r->problem);
    r->out = r->dir = r->checksum = (struct weir_span){0, 0};
    r->header_count = 0;
    r->line = line;
    return keep(r, url, &r->url);
}

static void complain(struct weir_record *r, uint64_t number, const char *what,
                     struct weir_str about) {
    if (r->problem.len > 0)
        return; /* the first one is told */
    r->problem_line = number;
    about = weir_str_sub(about, 0, NAME_SHOWN);
    weir_buf_fmt(&r->problem, "%s '%.*s'", what, WEIR_STR_ARG(about));
}

/* "Name: value", the name a token, the value without control characters (RFC
 * 9110 section 5.5): nothing that could begin another header. */
static bool is_header(struct weir_str s) {
    static const char also[] = "!#$%&'*+-.^_`|~";
    struct weir_str name, value;
    if (!weir_str_cut(s, ':', &name, &value) || name.n == 0)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!weir_is_alnum(name.p[i]) &&
            weir_str_find(WEIR_STR(also), name.p[i], 0) == sizeof also - 1)
            return false;
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static enum weir_err add_header(struct weir_record *r, struct weir_str value,
                                uint64_t number) {
    if (!is_header(value)) {
        complain(r, number, "header= takes \"Name: value\", not", value);
        return WEIR_OK;
    }
    if (r->header_count == WEIR_REQUEST_HEADERS_MAX) {
        complain(r, number, "more than 32 headers, with", value);
        return WEIR_OK;
    }
    return keep(r, value, &r->headers[r->header_count++]);
}

/* aria2 writes sha-256=, weir sha256=: the dash of the name goes. */
static enum weir_err set_checksum(struct weir_record *r, struct weir_str value,
                                  uint64_t number) {
    struct weir_str type, digest, rest;
    struct weir_span tail;
    enum weir_err err;
    if (!weir_str_cut(value, '=', &type, &digest) || type.n == 0 ||
        digest.n == 0) {
        complain(r, number, "checksum= takes sha256=HEX and the like, not",
                 value);
        return WEIR_OK;
    }
    if (!weir_str_cut(type, '-', &type, &rest))
        return keep(r, value, &r->checksum);
    err = keep(r, type, &r->checksum);
    if (!err)
        err = keep(r, weir_str_sub(value, type.n + 1, value.n), &tail);
    if (!err)
        r->checksum.n += tail.n;
    return err;
}

enum weir_err weir_record_option(struct weir_record *r, struct weir_str line,
                                 uint64_t number) {
    struct weir_str name, value;
    enum weir_err err = WEIR_OK;
    if (memchr(line.p, '\0', line.n)) {
        complain(r, number, "binary data in", WEIR_STR("an option"));
        return WEIR_OK;
    }
    if (!weir_str_cut(line, '=', &name, &value)) {
        complain(r, number, "an option without '=':", line);
        return WEIR_OK;
    }
    name = weir_str_trim(name);
    value = weir_str_trim(value);
    if (weir_str_eq(name, WEIR_STR("out")))
        err = keep(r, value, &r->out);
    else if (weir_str_eq(name, WEIR_STR("dir")))
        err = keep(r, value, &r->dir);
    else if (weir_str_eq(name, WEIR_STR("header")))
        err = add_header(r, value, number);
    else if (weir_str_eq(name, WEIR_STR("checksum")))
        err = set_checksum(r, value, number);
    else
        complain(r, number, "not one of out, dir, header, checksum:", name);
    if (r->text.failed)
        complain(r, number, "more than 4 MiB of options, with", name);
    return err;
}

static struct weir_str view(const struct weir_record *r, struct weir_span s) {
    return weir_str_sub(weir_buf_view(&r->text), s.at, s.n);
}

void weir_record_view(const struct weir_record *r, struct weir_request *out) {
    out->url = view(r, r->url);
    out->problem = weir_buf_view(&r->problem);
    out->out = view(r, r->out);
    out->dir = view(r, r->dir);
    out->checksum = view(r, r->checksum);
    out->header_count = r->header_count;
    for (size_t i = 0; i < r->header_count; i++)
        out->headers[i] = view(r, r->headers[i]);
}
