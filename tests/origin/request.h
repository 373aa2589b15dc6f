/* request.h - one HTTP/1.x request, parsed strictly (RFC 9112).
 *
 * The slices of a parsed request point into the bytes that were parsed; they
 * are good until those bytes move. */
#ifndef ORIGIN_REQUEST_H
#define ORIGIN_REQUEST_H

#include "base/buf.h"
#include "base/str.h"

enum {
    REQUEST_HEADERS_MAX = 256,
    REQUEST_HEAD_MAX = 256 << 10,
    REQUEST_BODY_MAX = 16 << 20
};

struct request_header {
    struct weir_str name, value;
};

struct request {
    struct weir_str method;
    struct weir_str target;    /* as sent */
    struct weir_str authority; /* of an absolute-form target, else Host */
    struct weir_str path, query;
    struct weir_str body;
    struct request_header headers[REQUEST_HEADERS_MAX];
    size_t header_count;
    size_t size; /* bytes of head and body as they came */
    uint64_t content_length;
    bool http10, keep_alive, chunked, is_head;
    bool expects_continue; /* and nothing of the body is here yet */
};

enum parsed { PARSED_OK, PARSED_MORE, PARSED_BAD };

/* Looks at the first n bytes. PARSED_OK: `r` is a whole request. PARSED_MORE:
 * not all of it is here. PARSED_BAD: *status is the answer (400, 413, 431,
 * 505) and *why a text. `decoded` holds a chunked body's bytes. */
enum parsed request_parse(struct request *r, const char *bytes, size_t n,
                          struct weir_buf *decoded, int *status,
                          const char **why);

/* The first header of that name, or an empty slice with p == NULL. */
struct weir_str request_header(const struct request *r, const char *name);

/* The value of a query parameter, decoded (%XX and +), appended to out. False
 * if there is none. *cursor (start with 0) walks parameters that repeat; NULL
 * means the first. */
bool query_get(struct weir_str query, const char *name, size_t *cursor,
               struct weir_buf *out);
/* A number from the query; `otherwise` if it is missing; *bad is set when it is
 * no number. */
uint64_t query_number(struct weir_str query, const char *name,
                      uint64_t otherwise, bool *bad);
/* Percent-decodes s; false on a malformed escape. */
bool percent_decode(struct weir_str s, bool plus, struct weir_buf *out);

#endif
