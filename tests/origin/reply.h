/* reply.h - what the origin answers, as data: head, body, framing, pace and
 * the fault that ends it. Behaviours fill a reply in; the server sends it.
 *
 * A body is a row of segments. Bytes are made when they are sent, so a body of
 * a GiB costs nothing:
 *
 *     reply_bytes(r, seed, offset, length)  deterministic bytes, see below
 *     reply_text(r, slice)                  a copy of these bytes
 *     reply_repeat(r, block, times)         a block over and over
 *     reply_file(r, fd, offset, length)     from a file, closed at the end
 *
 * Deterministic bytes: the little-endian 64-bit word number i (from 0) of seed
 * s is splitmix64's output for state s + (i + 1) * 0x9e3779b97f4a7c15.
 */
#ifndef ORIGIN_REPLY_H
#define ORIGIN_REPLY_H

#include "request.h"

enum segment_kind { SEGMENT_BYTES, SEGMENT_MEMORY, SEGMENT_FILE };

struct segment {
    enum segment_kind kind;
    uint64_t length; /* what is left of it */
    uint64_t offset;
    uint64_t seed;
    int fd;
    struct weir_buf memory; /* repeated for as long as length says */
};

enum framing { FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE, FRAMING_RAW };

/* What happens after fault_at bytes of the body (of all, for FRAMING_RAW). */
enum fault { FAULT_NONE, FAULT_CLOSE, FAULT_RESET, FAULT_STALL };

enum { REPLY_SEGMENTS_MAX = 4, REPLY_ENDLESS_BITS = 62 };
#define REPLY_ENDLESS ((uint64_t)1 << REPLY_ENDLESS_BITS)

struct reply {
    int status;
    struct weir_buf head; /* further header lines, each with CRLF */
    struct weir_buf type; /* Content-Type; empty = none */
    struct segment segments[REPLY_SEGMENTS_MAX];
    size_t segment_count, segment; /* how many, the current one */
    enum framing framing;
    uint64_t declared; /* Content-Length to claim, UINT64_MAX = the true one */
    uint64_t chunk;    /* bytes a chunk, 0 = as it comes */
    uint64_t delay_ms; /* before the first byte */
    uint64_t piece, interval_ms; /* drip: piece bytes, then a pause */
    enum fault fault;
    uint64_t fault_at;
    bool close;        /* end the connection afterwards and say so */
    bool silent_close; /* end it without saying so */
    bool http10;       /* answer as HTTP/1.0 */
    bool no_body;      /* HEAD, 204, 304: the head only */
    bool failed;       /* out of memory */
};

void reply_init(struct reply *r);
void reply_release(struct reply *r);
/* Back to an empty 200, for another try. */
void reply_reset(struct reply *r);

void reply_header(struct reply *r, const char *name, const char *format, ...)
    WEIR_PRINTF(3, 4);
void reply_type(struct reply *r, const char *type);
void reply_bytes(struct reply *r, uint64_t seed, uint64_t offset,
                 uint64_t length);
void reply_text(struct reply *r, struct weir_str text);
void reply_fmt(struct reply *r, const char *format, ...) WEIR_PRINTF(2, 3);
/* Takes the block's memory. */
void reply_take(struct reply *r, struct weir_buf *block, uint64_t times);
void reply_file(struct reply *r, int fd, uint64_t offset, uint64_t length);
/* A status with a line of text as its body. */
void reply_status(struct reply *r, int status, const char *why);

/* Validators, conditions (RFC 9110 section 13) and one Range (section 14) of a
 * body that is one segment so far. etag with its quotes, NULL = none;
 * modified in seconds since the epoch, 0 = none. */
void reply_conditional(struct reply *r, const struct request *q,
                       const char *etag, int64_t modified);

uint64_t reply_length(const struct reply *r); /* of the body, what is left */
/* The head as it is sent. now: wall clock, seconds. */
void reply_put_head(struct reply *r, const struct request *q, int64_t now,
                    struct weir_buf *out);
/* Makes at most n (and at most cap) further body bytes; returns how many. */
size_t reply_fill(struct reply *r, char *to, size_t n);

const char *status_text(int status);
/* IMF-fixdate (RFC 9110 section 5.6.7): 29 bytes and NUL. */
enum { HTTP_DATE_SIZE = 30 };
void http_date(int64_t seconds, char out[HTTP_DATE_SIZE]);
bool http_date_parse(struct weir_str s, int64_t *seconds);
void deterministic_bytes(uint64_t seed, uint64_t offset, char *to, size_t n);

#endif
