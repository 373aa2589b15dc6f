/* html_refs.h - character references of HTML (section 13.2.5.72 ff.). */
#ifndef WEIR_DOC_HTML_REFS_H
#define WEIR_DOC_HTML_REFS_H

#include "base/buf.h"

/* Appends s with its references resolved. In attribute values a name without a
 * semicolon is text when a letter, a digit or '=' follows, so that
 * "?a=1&copy=2" stays. Known are the names of HTML 4 and those of ASCII
 * punctuation. */
enum weir_err weir_html_unescape(struct weir_str s, bool attribute,
                                 struct weir_buf *out);

#endif
