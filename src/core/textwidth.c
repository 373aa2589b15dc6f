/* textwidth.c - widths from ICU's character properties. */
#include "core/textwidth.h"

#include "base/escape.h"

#include <unicode/uchar.h>

unsigned weir_text_width(uint32_t cp) {
    UChar32 c = (UChar32)cp;
    int32_t wide;
    if (cp < 0x300) /* Latin: no need to ask */
        return 1;
    switch (u_charType(c)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR:
        return 0;
    default:
        break;
    }
    if (cp >= 0x1160 && cp <= 0x11ff) /* Hangul vowels and finals combine */
        return 0;
    wide = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
    return wide == U_EA_WIDE || wide == U_EA_FULLWIDTH ? 2 : 1;
}

/* The character at the front of s: its bytes, and its columns in *width. */
static size_t next_char(struct weir_str s, unsigned *width) {
    uint32_t cp;
    size_t n = weir_utf8_decode(s, &cp);
    *width = n ? weir_text_width(cp) : 1;
    return n ? n : 1;
}

size_t weir_text_columns(struct weir_str s) {
    size_t columns = 0;
    while (s.n > 0) {
        unsigned width;
        s = weir_str_sub(s, next_char(s, &width), s.n);
        columns += width;
    }
    return columns;
}

/* Appends whole characters of s while they fit. */
static size_t put_prefix(struct weir_buf *out, struct weir_str s,
                         size_t columns) {
    size_t used = 0;
    while (s.n > 0) {
        unsigned width;
        size_t n = next_char(s, &width);
        if (used + width > columns)
            break;
        weir_buf_add(out, s.p, n);
        used += width;
        s = weir_str_sub(s, n, s.n);
    }
    return used;
}

size_t weir_text_fit(struct weir_buf *out, struct weir_str s, size_t columns,
                     const char *ellipsis) {
    struct weir_str dots = weir_str_of(ellipsis);
    size_t dots_width = weir_text_columns(dots), used;
    if (weir_text_columns(s) <= columns)
        return put_prefix(out, s, columns);
    if (dots_width > columns)
        return put_prefix(out, dots, columns);
    used = put_prefix(out, s, columns - dots_width);
    weir_buf_str(out, dots);
    return used + dots_width;
}
