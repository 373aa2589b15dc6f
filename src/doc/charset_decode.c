/* Bytes to UTF-8: by ICU, or by hand for UTF-8 itself and three encodings that
 * ICU does not have. */
#include "doc/charset_internal.h"

#include "base/escape.h"

#include <string.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>

enum { PIVOT = 4096, ROOM = 16384 };

static const struct weir_str replacement = {"\xEF\xBF\xBD", 3};

/* ISO-8859-16 from 0xA0 on. */
static const uint16_t latin10[] = {
    0x00A0, 0x0104, 0x0105, 0x0141, 0x20AC, 0x201E, 0x0160, 0x00A7, 0x0161,
    0x00A9, 0x0218, 0x00AB, 0x0179, 0x00AD, 0x017A, 0x017B, 0x00B0, 0x00B1,
    0x010C, 0x0142, 0x017D, 0x201D, 0x00B6, 0x00B7, 0x017E, 0x010D, 0x0219,
    0x00BB, 0x0152, 0x0153, 0x0178, 0x017C, 0x00C0, 0x00C1, 0x00C2, 0x0102,
    0x00C4, 0x0106, 0x00C6, 0x00C7, 0x00C8, 0x00C9, 0x00CA, 0x00CB, 0x00CC,
    0x00CD, 0x00CE, 0x00CF, 0x0110, 0x0143, 0x00D2, 0x00D3, 0x00D4, 0x0150,
    0x00D6, 0x015A, 0x0170, 0x00D9, 0x00DA, 0x00DB, 0x00DC, 0x0118, 0x021A,
    0x00DF, 0x00E0, 0x00E1, 0x00E2, 0x0103, 0x00E4, 0x0107, 0x00E6, 0x00E7,
    0x00E8, 0x00E9, 0x00EA, 0x00EB, 0x00EC, 0x00ED, 0x00EE, 0x00EF, 0x0111,
    0x0144, 0x00F2, 0x00F3, 0x00F4, 0x0151, 0x00F6, 0x015B, 0x0171, 0x00F9,
    0x00FA, 0x00FB, 0x00FC, 0x0119, 0x021B, 0x00FF,
};

/* Bytes that begin a sequence at s and could still be completed: what one
 * U+FFFD stands for (Unicode section 3.9, "maximal subpart"). At least 1. */
static size_t bad_sequence(struct weir_str s) {
    unsigned char b = (unsigned char)s.p[0], low = 0x80, high = 0xBF;
    size_t need, n = 1;
    if (b >= 0xC2 && b <= 0xDF)
        need = 1;
    else if ((b & 0xF0) == 0xE0)
        need = 2;
    else if (b >= 0xF0 && b <= 0xF4)
        need = 3;
    else
        return 1;
    low = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
    high = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
    for (; n <= need && n < s.n; n++) {
        unsigned char c = (unsigned char)s.p[n];
        if (c < low || c > high)
            break;
        low = 0x80;
        high = 0xBF;
    }
    return n;
}

static enum weir_err decode_utf8(struct weir_str s, struct weir_buf *out) {
    enum weir_err err = WEIR_OK;
    while (s.n && !err) {
        size_t good = 0, n;
        uint32_t cp;
        while (good < s.n &&
               (n = weir_utf8_decode(weir_str_sub(s, good, 4), &cp)) > 0)
            good += n;
        err = weir_buf_add(out, s.p, good);
        s = weir_str_sub(s, good, s.n);
        if (s.n && !err) {
            err = weir_buf_str(out, replacement);
            s = weir_str_sub(s, bad_sequence(s), s.n);
        }
    }
    return err;
}

/* ISO-8859-16, x-user-defined: a table from some byte on, ASCII (or C1)
 * below. */
static enum weir_err decode_bytes(enum weir_encoding e, struct weir_str s,
                                  struct weir_buf *out) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char b = (unsigned char)s.p[i];
        uint32_t cp = b;
        enum weir_err err = weir_buf_reserve(out, 4);
        if (err)
            return err;
        if (e == WEIR_ENC_X_USER_DEFINED && b >= 0x80)
            cp = 0xF780u + b - 0x80;
        else if (e == WEIR_ENC_ISO_8859_16 && b >= 0xA0)
            cp = latin10[b - 0xA0];
        weir_utf8_put(out, cp);
    }
    return WEIR_OK;
}

/* Anything that is not in the encoding is U+FFFD; ICU's own callback writes
 * U+001A for some. */
static void on_bad_bytes(const void *context, UConverterToUnicodeArgs *args,
                         const char *bytes, int32_t n,
                         UConverterCallbackReason reason, UErrorCode *status) {
    static const UChar fffd = 0xFFFD;
    (void)context;
    (void)bytes;
    (void)n;
    if (reason > UCNV_IRREGULAR)
        return; /* reset, close, clone */
    *status = U_ZERO_ERROR;
    ucnv_cbToUWriteUChars(args, &fffd, 1, 0, status);
}

static enum weir_err convert(UConverter *from, UConverter *to,
                             struct weir_str s, struct weir_buf *out) {
    const char *source = s.p, *end = s.p + s.n;
    UChar pivot[PIVOT], *pivot_from = pivot, *pivot_to = pivot;
    char room[ROOM];
    bool first = true;
    enum weir_err err;
    UErrorCode status;
    do {
        char *target = room;
        status = U_ZERO_ERROR;
        ucnv_convertEx(to, from, &target, room + sizeof room, &source, end,
                       pivot, &pivot_from, &pivot_to, pivot + PIVOT, first,
                       true, &status);
        first = false;
        err = weir_buf_add(out, room, (size_t)(target - room));
    } while (status == U_BUFFER_OVERFLOW_ERROR && !err);
    if (!err && U_FAILURE(status))
        err = WEIR_E_NOMEM;
    return err;
}

static enum weir_err decode_icu(const char *name, struct weir_str s,
                                struct weir_buf *out) {
    UErrorCode status = U_ZERO_ERROR;
    UConverter *from = ucnv_open(name, &status);
    UConverter *to = ucnv_open("UTF-8", &status);
    enum weir_err err = WEIR_E_NOMEM;
    if (U_SUCCESS(status)) {
        ucnv_setToUCallBack(from, on_bad_bytes, NULL, NULL, NULL, &status);
        ucnv_setFromUCallBack(to, UCNV_FROM_U_CALLBACK_SUBSTITUTE, NULL, NULL,
                              NULL, &status);
    }
    if (U_SUCCESS(status))
        err = convert(from, to, s, out);
    ucnv_close(from);
    ucnv_close(to);
    return err;
}

enum weir_err weir_encoding_decode(enum weir_encoding e, struct weir_str bytes,
                                   struct weir_buf *out) {
    const char *converter = weir_encoding_converter(e);
    if (bytes.n == 0)
        return WEIR_OK;
    if (converter)
        return decode_icu(converter, bytes, out);
    if (e == WEIR_ENC_UTF_8)
        return decode_utf8(bytes, out);
    if (e == WEIR_ENC_REPLACEMENT) /* Encoding Standard section 14.1 */
        return weir_buf_str(out, replacement);
    return decode_bytes(e, bytes, out);
}
