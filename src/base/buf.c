/* buf.c - growing bytes with a maximum.
 *
 * `cap` leaves the final NUL out, so an allocation is cap + 1 bytes and a buf
 * that never grew has cap 0 and points at a constant "". It grows by half. */
#include "base/buf.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_CAP = 56 };

static const char nothing[1];

void weir_buf_init(struct weir_buf *b, size_t max) {
    b->p = (char *)nothing; /* never written: cap is 0 */
    b->len = b->cap = 0;
    b->max = max != 0 && max < SIZE_MAX / 2 ? max : SIZE_MAX / 2;
    b->failed = false;
}

void weir_buf_release(struct weir_buf *b) {
    if (b->cap > 0)
        weir_free(b->p);
    weir_buf_init(b, b->max);
}

void weir_buf_clear(struct weir_buf *b) {
    weir_buf_truncate(b, 0);
    b->failed = false;
}

static enum weir_err fail(struct weir_buf *b, enum weir_err code) {
    b->failed = true;
    return code;
}

enum weir_err weir_buf_reserve(struct weir_buf *b, size_t n) {
    size_t cap;
    char *p;
    if (n <= b->cap - b->len)
        return WEIR_OK;
    if (n > b->max - b->len)
        return fail(b, WEIR_E_LIMIT);
    cap = b->cap + b->cap / 2;
    if (cap < FIRST_CAP)
        cap = FIRST_CAP;
    if (cap < b->len + n)
        cap = b->len + n;
    if (cap > b->max)
        cap = b->max;
    p = weir_realloc(b->cap > 0 ? b->p : NULL, cap + 1);
    if (!p)
        return fail(b, WEIR_E_NOMEM);
    p[b->len] = '\0';
    b->p = p;
    b->cap = cap;
    return WEIR_OK;
}

enum weir_err weir_buf_add(struct weir_buf *b, const void *bytes, size_t n) {
    enum weir_err err = weir_buf_reserve(b, n);
    if (err || n == 0)
        return err;
    memcpy(b->p + b->len, bytes, n);
    b->len += n;
    b->p[b->len] = '\0';
    return WEIR_OK;
}

enum weir_err weir_buf_str(struct weir_buf *b, struct weir_str s) {
    return weir_buf_add(b, s.p, s.n);
}

enum weir_err weir_buf_z(struct weir_buf *b, const char *z) {
    return weir_buf_add(b, z, strlen(z));
}

enum weir_err weir_buf_byte(struct weir_buf *b, char c) {
    return weir_buf_add(b, &c, 1);
}

enum weir_err weir_buf_fmt(struct weir_buf *b, const char *format, ...) {
    enum weir_err err;
    va_list args;
    int n;
    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        return fail(b, WEIR_E_INVALID);
    err = weir_buf_reserve(b, (size_t)n);
    if (err || n == 0)
        return err;
    va_start(args, format);
    vsnprintf(b->p + b->len, (size_t)n + 1, format, args);
    va_end(args);
    b->len += (size_t)n;
    return WEIR_OK;
}

void weir_buf_truncate(struct weir_buf *b, size_t len) {
    if (len >= b->len)
        return;
    b->len = len;
    b->p[len] = '\0';
}

void weir_buf_consume(struct weir_buf *b, size_t n) {
    if (n > b->len)
        n = b->len;
    if (n == 0)
        return;
    memmove(b->p, b->p + n, b->len - n + 1);
    b->len -= n;
}

struct weir_str weir_buf_view(const struct weir_buf *b) {
    return weir_str_make(b->p, b->len);
}

char *weir_buf_detach(struct weir_buf *b) {
    char *p = NULL;
    if (b->failed)
        weir_buf_release(b);
    else
        p = b->cap > 0 ? b->p : weir_memdup("", 0);
    weir_buf_init(b, b->max);
    return p;
}
