/* url_internal.h - what the files of the URL parser share.
 *
 * url_writer is the growing href. It is not a weir_buf because its first
 * allocation is sized to become the result: a typical URL costs one malloc and
 * no copy, and the appends are inline (they are most of the parser's time).
 * Errors stick in `err`; a writer that has failed swallows what follows. */
#ifndef WEIR_CORE_URL_INTERNAL_H
#define WEIR_CORE_URL_INTERNAL_H

#include "base/err.h"
#include "base/str.h"

#include <string.h>

enum {
    URL_MAX = 1 << 20,      /* bytes of an input and of a result */
    URL_MAX_IDNA = 8 * 1024 /* bytes of a host that goes through UTS 46 */
};

struct url_writer {
    char *p;
    size_t len, cap;
    enum weir_err err;
};

/* Bits of weir_url_class: the percent-encode sets of the URL Standard (section
 * 1.3), and what else the parser asks about a byte. */
enum {
    URL_FRAGMENT = 1,   /* fragment percent-encode set */
    URL_QUERY = 2,      /* special-query percent-encode set */
    URL_PATH = 4,       /* path percent-encode set */
    URL_USERINFO = 8,   /* userinfo percent-encode set */
    URL_BAD_HOST = 16,  /* forbidden domain code point */
    URL_PATH_STOP = 32, /* ends a run of plain path bytes: URL_PATH and / \ */
    URL_RESERVED = 64   /* not unreserved in RFC 3986 */
};

extern const unsigned char weir_url_class[256];

static inline bool url_is(char c, unsigned bits) {
    return (weir_url_class[(unsigned char)c] & bits) != 0;
}

/* Room for n more bytes and the final NUL; false when the writer failed. */
bool weir_url_writer_grow(struct url_writer *w, size_t n);

static inline void url_put(struct url_writer *w, const char *p, size_t n) {
    if (w->cap - w->len <= n && !weir_url_writer_grow(w, n))
        return;
    memcpy(w->p + w->len, p, n);
    w->len += n;
}

static inline void url_put_byte(struct url_writer *w, char c) {
    url_put(w, &c, 1);
}

/* Appends s as UTF-8 percent-encoded with the set(s) in `set`; bytes that are
 * no UTF-8 become U+FFFD as the Encoding Standard's decoder says. */
void weir_url_put_set(struct url_writer *w, struct weir_str s, unsigned set);

/* The length of what the Encoding Standard's UTF-8 decoder takes in one step at
 * s (at least 1): a valid sequence, or the maximal part of a broken one. */
size_t weir_url_utf8_step(struct weir_str s, bool *valid);

/* Host parser, section 3.5, for special schemes: appends the serialised host.
 * *is_ip tells literals from names. WEIR_E_INVALID with a message, or the
 * writer's error. */
enum weir_err weir_url_put_host(struct url_writer *w, struct weir_str host,
                                bool *is_ip, struct weir_error *error);
/* Section 3.5, "ends in a number" and the IPv4 parser. */
bool weir_url_ends_in_number(struct weir_str domain);
bool weir_url_parse_ipv4(struct weir_str domain, uint32_t *address);
/* The IPv6 parser; s is without the brackets. */
bool weir_url_parse_ipv6(struct weir_str s, uint16_t address[8]);

#endif
