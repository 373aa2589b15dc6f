/* buf.h - growing bytes, with a maximum size.
 *
 * A buf owns its bytes. p[len] is always NUL, so p is a C string when the
 * bytes hold none. An operation that would grow it beyond `max`, or for which
 * there is no memory, changes nothing, returns its error and sets `failed`:
 * a writer may ignore the results of many appends and look at `failed` once.
 *
 *     struct weir_buf b;
 *     weir_buf_init(&b, 4096);
 *     weir_buf_str(&b, host);
 *     weir_buf_fmt(&b, ":%u", port);
 *     if (b.failed) ...
 *     weir_buf_release(&b);
 */
#ifndef WEIR_BASE_BUF_H
#define WEIR_BASE_BUF_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/str.h"

struct weir_buf {
    char *p; /* never NULL: an empty buf points at a static "" */
    size_t len, cap, max;
    bool failed;
};

/* max in bytes, without the final NUL; 0 means no limit but SIZE_MAX/2. */
void weir_buf_init(struct weir_buf *b, size_t max);
void weir_buf_release(struct weir_buf *b); /* empty again, same max */
void weir_buf_clear(struct weir_buf *b); /* len 0, failed false, keeps memory */
/* Room for n more bytes: WEIR_OK, WEIR_E_LIMIT (max) or WEIR_E_NOMEM. */
enum weir_err weir_buf_reserve(struct weir_buf *b, size_t n);
enum weir_err weir_buf_add(struct weir_buf *b, const void *bytes, size_t n);
enum weir_err weir_buf_str(struct weir_buf *b, struct weir_str s);
enum weir_err weir_buf_z(struct weir_buf *b, const char *z);
enum weir_err weir_buf_byte(struct weir_buf *b, char c);
enum weir_err weir_buf_fmt(struct weir_buf *b, const char *format, ...)
    WEIR_PRINTF(2, 3);
/* Cuts to len bytes (len <= b->len). */
void weir_buf_truncate(struct weir_buf *b, size_t len);
/* Removes n bytes from the front. */
void weir_buf_consume(struct weir_buf *b, size_t n);
struct weir_str weir_buf_view(const struct weir_buf *b); /* borrowed */
/* Hands the bytes over (NUL-terminated, for weir_free) and leaves b empty;
 * NULL if it failed or there is no memory. */
char *weir_buf_detach(struct weir_buf *b);

#endif
