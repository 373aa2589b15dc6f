/* charset.h - which character set a page is in, and the page in UTF-8.
 *
 * Decided as browsers do (HTML Standard section 13.2.3): a byte order mark, the
 * charset of Content-Type, <meta> or an XML declaration in the first 1,024
 * bytes, then a guess from the bytes, then windows-1252. Names and labels are
 * those of the Encoding Standard.
 *
 *     struct weir_buf room;
 *     struct weir_str utf8;
 *     struct weir_charset found;
 *     weir_buf_init(&room, 0);
 *     err = weir_charset_to_utf8(bytes, content_type, &room, &utf8, &found);
 *     ... parse utf8 ...          // in `bytes` or in `room`
 *     weir_buf_release(&room);
 */
#ifndef WEIR_DOC_CHARSET_H
#define WEIR_DOC_CHARSET_H

#include "base/buf.h"

enum weir_charset_source {
    WEIR_CHARSET_BOM,
    WEIR_CHARSET_TRANSPORT, /* Content-Type */
    WEIR_CHARSET_META,
    WEIR_CHARSET_GUESS,
    WEIR_CHARSET_DEFAULT
};

struct weir_charset {
    const char *name; /* of the Encoding Standard: "UTF-8"; static */
    enum weir_charset_source source;
};

/* The name of the encoding that a label stands for ("latin1" is
 * "windows-1252"), NULL for one that is not in the standard. */
const char *weir_charset_lookup(struct weir_str label);

/* content_type is the header's value, or a bare label; may be empty. */
struct weir_charset weir_charset_decide(struct weir_str bytes,
                                        struct weir_str content_type);

/* Appends the bytes in UTF-8, without a byte order mark; what is not valid in
 * the encoding becomes U+FFFD. WEIR_E_INVALID for a name that is none,
 * WEIR_E_LIMIT when `out` is full, WEIR_E_NOMEM. */
enum weir_err weir_charset_decode(struct weir_str bytes, const char *name,
                                  struct weir_buf *out);

/* Both in one. *utf8 is part of bytes when they are valid UTF-8 already, else
 * it is in `room`, which is cleared first. `found` may be NULL. */
enum weir_err weir_charset_to_utf8(struct weir_str bytes,
                                   struct weir_str content_type,
                                   struct weir_buf *room, struct weir_str *utf8,
                                   struct weir_charset *found);

#endif
