/* Why: identifiers of feeds and items that are the same on every machine and in
 * every run. */
#include "sink/uuid5.h"

#include "sink/digest.h"

#include <string.h>

/* The 16 bytes of a UUID's text. */
static bool read_uuid(const char *text, unsigned char out[16]) {
    size_t n = 0;
    int high = -1;
    for (; *text; text++) {
        int digit = weir_hex_value(*text);
        if (*text == '-')
            continue;
        if (digit < 0 || n == 16)
            return false;
        if (high < 0) {
            high = digit;
        } else {
            out[n++] = (unsigned char)(high << 4 | digit);
            high = -1;
        }
    }
    return n == 16 && high < 0;
}

enum weir_err weir_uuid5(const char *space, struct weir_str name,
                         char out[WEIR_UUID_TEXT]) {
    static const char digits[] = "0123456789abcdef";
    static const size_t groups[] = {8, 4, 4, 4, 12};
    unsigned char prefix[16];
    char hex[WEIR_DIGEST_HEX], *to = out;
    const char *from = hex;
    if (!read_uuid(space, prefix))
        return WEIR_E_INVALID;
    struct weir_digest *d = weir_digest_create(WEIR_DIGEST_SHA1);
    if (!d)
        return WEIR_E_NOMEM;
    weir_digest_update(d, prefix, sizeof prefix);
    weir_digest_update(d, name.p, name.n);
    weir_digest_hex(d, hex);
    weir_digest_destroy(d);
    hex[12] = '5';                                       /* version */
    hex[16] = digits[8 | (weir_hex_value(hex[16]) & 3)]; /* variant 10x */
    for (size_t i = 0; i < 5; i++) {
        if (i > 0)
            *to++ = '-';
        memcpy(to, from, groups[i]);
        to += groups[i];
        from += groups[i];
    }
    *to = '\0';
    return WEIR_OK;
}

enum weir_err weir_uuid5_podcast(struct weir_str feed_url,
                                 char out[WEIR_UUID_TEXT]) {
    size_t scheme = weir_str_search(feed_url, WEIR_STR("://"));
    if (scheme < feed_url.n)
        feed_url = weir_str_sub(feed_url, scheme + 3, feed_url.n);
    while (feed_url.n > 0 && feed_url.p[feed_url.n - 1] == '/')
        feed_url.n--;
    return weir_uuid5(WEIR_UUID_PODCAST, feed_url, out);
}
