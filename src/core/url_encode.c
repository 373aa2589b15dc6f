/* url_encode.c - percent-encoding, as the URL Standard's section 1.3 says.
 *
 * One table answers which set a byte belongs to; runs of bytes that need
 * nothing are copied whole. UTF-8 is decoded only where a byte is not ASCII,
 * and only to find what is broken: a valid sequence is encoded byte by byte,
 * a broken one becomes U+FFFD, once for each maximal part as in the Encoding
 * Standard. */
#include "core/url_internal.h"

#include "base/mem.h"
#include "core/url.h"

/* clang-format off */
/* Row by row 12 bytes from 0x00; test_url.c compares it with the sets as the
 * Standard lists them. */
const unsigned char weir_url_class[256] = {
    0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f,
    0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f,
    0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x40, 0x6f, 0x7e,
    0x40, 0x50, 0x40, 0x42, 0x40, 0x40, 0x40, 0x40, 0x40, 0x00, 0x00, 0x78,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x58, 0x48,
    0x7f, 0x48, 0x7f, 0x7c, 0x58, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x58, 0x78, 0x58, 0x7c, 0x00,
    0x6d, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x6c, 0x58, 0x6c, 0x00, 0x7f, 0x6f, 0x6f, 0x6f, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f,
};
/* clang-format on */

static const char hex_digits[] = "0123456789ABCDEF";

bool weir_url_writer_grow(struct url_writer *w, size_t n) {
    size_t cap;
    char *p;
    if (w->err)
        return false;
    if (n > URL_MAX || w->len + n > URL_MAX) {
        w->err = WEIR_E_LIMIT;
        w->cap = w->len; /* so that every later append ends here too */
        return false;
    }
    cap = w->len + n + 1;
    if (cap < w->cap * 2)
        cap = w->cap * 2;
    p = weir_realloc(w->p, cap);
    if (!p) {
        w->err = WEIR_E_NOMEM;
        w->cap = w->len;
        return false;
    }
    w->p = p;
    w->cap = cap;
    return true;
}

size_t weir_url_utf8_step(struct weir_str s, bool *valid) {
    const unsigned char *p = (const unsigned char *)s.p;
    unsigned char low = 0x80, high = 0xbf;
    size_t need, i;
    *valid = true;
    if (p[0] < 0x80)
        return 1;
    need = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : 1;
    if (p[0] == 0xe0)
        low = 0xa0;
    else if (p[0] == 0xed)
        high = 0x9f;
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f;
    if (p[0] < 0xc2 || p[0] > 0xf4) {
        *valid = false;
        return 1;
    }
    for (i = 1; i <= need; i++) {
        if (i >= s.n || p[i] < low || p[i] > high) {
            *valid = false;
            return i;
        }
        low = 0x80;
        high = 0xbf;
    }
    return i;
}

static void put_escape(struct url_writer *w, char byte) {
    unsigned char c = (unsigned char)byte;
    char text[3] = {'%', hex_digits[c >> 4], hex_digits[c & 15]};
    url_put(w, text, 3);
}

void weir_url_put_set(struct url_writer *w, struct weir_str s, unsigned set) {
    size_t i = 0;
    while (i < s.n) {
        size_t from = i, step;
        bool valid;
        while (i < s.n && !url_is(s.p[i], set))
            i++;
        if (i > from)
            url_put(w, s.p + from, i - from);
        if (i == s.n)
            return;
        step = weir_url_utf8_step(weir_str_make(s.p + i, s.n - i), &valid);
        if (!valid)
            url_put(w, "%EF%BF%BD", 9);
        for (size_t k = 0; valid && k < step; k++)
            put_escape(w, s.p[i + k]);
        i += step;
    }
}

enum weir_err weir_url_put_decoded(struct weir_str s, struct weir_buf *out) {
    size_t before = out->len;
    enum weir_err err = weir_buf_reserve(out, s.n);
    for (size_t i = 0; !err && i < s.n; i++) {
        char c = s.p[i];
        if (c == '%' && s.n - i > 2) {
            int high = weir_hex_value(s.p[i + 1]);
            int low = weir_hex_value(s.p[i + 2]);
            if (high >= 0 && low >= 0) {
                c = (char)(high * 16 + low);
                i += 2;
            }
        }
        err = weir_buf_byte(out, c);
    }
    if (err)
        weir_buf_truncate(out, before);
    return err;
}

enum weir_err weir_url_put_encoded(struct weir_str s, struct weir_buf *out) {
    size_t before = out->len;
    enum weir_err err = weir_buf_reserve(out, s.n);
    for (size_t i = 0; !err && i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        char text[3] = {'%', hex_digits[c >> 4], hex_digits[c & 15]};
        if (url_is(s.p[i], URL_RESERVED))
            err = weir_buf_add(out, text, 3);
        else
            err = weir_buf_byte(out, s.p[i]);
    }
    if (err)
        weir_buf_truncate(out, before);
    return err;
}
