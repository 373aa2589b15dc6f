/* escape.h - bytes from outside made safe for where they go. */
#ifndef WEIR_BASE_ESCAPE_H
#define WEIR_BASE_ESCAPE_H

#include "base/buf.h"

/* For a terminal or a log: C0, DEL, C1, invalid UTF-8, bidi controls
 * (U+202A-E, U+2066-9, U+200E-F, U+061C), line and paragraph separators and
 * U+FEFF become \xNN or \u{NNNN}; other text stays as it is. */
void weir_escape_terminal(struct weir_buf *out, struct weir_str s);
/* A JSON string with its quotes (RFC 8259); invalid UTF-8 becomes U+FFFD,
 * U+2028 and U+2029 are escaped. */
void weir_escape_json(struct weir_buf *out, struct weir_str s);
/* Text for XML 1.0 element content and attribute values: & < > " ' escaped,
 * characters that XML forbids dropped, invalid UTF-8 becomes U+FFFD. */
void weir_escape_xml(struct weir_buf *out, struct weir_str s);
/* The length of the valid UTF-8 sequence at s (1 to 4) and its code point in
 * *cp, or 0 if s does not start with one (RFC 3629: no surrogates, no
 * overlong forms). */
size_t weir_utf8_decode(struct weir_str s, uint32_t *cp);
/* Appends one code point as UTF-8. */
void weir_utf8_put(struct weir_buf *out, uint32_t cp);
/* The length of s without the sequence that its end cuts short, if any. */
size_t weir_utf8_floor(struct weir_str s);
/* All of s is valid UTF-8. */
bool weir_utf8_valid(struct weir_str s);

#endif
