/* url_host.c - the host parser of the URL Standard (section 3.5) for http and
 * https: names to ASCII, the many spellings of IPv4, IPv6.
 *
 *     "[...]"     -> IPv6, compressed
 *     otherwise   -> percent-decode, name to ASCII (lower case, or UTS 46 where
 *                    it is not plain ASCII), refuse forbidden code points,
 *                    and if the name ends in a number it must be IPv4.
 *
 * ICU is opened once, by the first host that needs it: one with characters
 * beyond ASCII. */
#include "core/url_internal.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdio.h>
#include <unicode/uidna.h>

/* ICU's handle: immutable once open, shared by all threads, kept until the
 * process ends. The one piece of global state of this module. */
static UIDNA *idna;
static pthread_once_t idna_once = PTHREAD_ONCE_INIT;

static void open_idna(void) {
    UErrorCode status = U_ZERO_ERROR;
    /* Section 3.3: CheckBidi and CheckJoiners on, transitional processing and
     * UseSTD3ASCIIRules off. */
    UIDNA *opened = uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                                        UIDNA_NONTRANSITIONAL_TO_ASCII |
                                        UIDNA_NONTRANSITIONAL_TO_UNICODE,
                                    &status);
    if (U_SUCCESS(status))
        idna = opened;
}

/* What ICU reports beyond the Standard: VerifyDnsLength and CheckHyphens are
 * off there. */
enum {
    IDNA_IGNORED = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG |
                   UIDNA_ERROR_DOMAIN_NAME_TOO_LONG |
                   UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN |
                   UIDNA_ERROR_HYPHEN_3_4
};

static enum weir_err invalid(struct weir_error *error, const char *message) {
    return weir_error_set(error, WEIR_E_INVALID, "%s", message);
}

/* UTS 46 maps U+1E9E to U+00DF since revision 31; ICU before 74 makes "ss" of
 * it. In place: both are UTF-8, the new one is shorter. */
static size_t map_capital_sharp_s(char *p, size_t n) {
    size_t to = 0;
    for (size_t i = 0; i < n; i++) {
        bool found = n - i >= 3 && memcmp(p + i, "\xe1\xba\x9e", 3) == 0;
        if (found) {
            p[to++] = '\xc3';
            p[to++] = '\x9f';
            i += 2;
        } else {
            p[to++] = p[i];
        }
    }
    return to;
}

/* UTS 46 ToASCII of the UTF-8 in name, which it may alter; appended to w. */
static enum weir_err put_idna(struct url_writer *w, char *name, size_t len,
                              struct weir_error *error) {
    UErrorCode status = U_ZERO_ERROR;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    int32_t n, room;
    if (len > URL_MAX_IDNA)
        return weir_error_set(error, WEIR_E_LIMIT,
                              "an international host name is at most %d bytes",
                              (int)URL_MAX_IDNA);
    len = map_capital_sharp_s(name, len);
    pthread_once(&idna_once, open_idna);
    if (!idna)
        return weir_error_set(error, WEIR_E_GENERIC,
                              "ICU's data for host names cannot be opened");
    /* A code point gives at most a few ASCII characters, seldom many more: a
     * second call with the length that the first reports is always enough. */
    room = (int32_t)len * 2 + 64;
    for (int pass = 0; pass < 2; pass++) {
        if (w->cap - w->len <= (size_t)room &&
            !weir_url_writer_grow(w, (size_t)room))
            return w->err;
        status = U_ZERO_ERROR;
        n = uidna_nameToASCII_UTF8(idna, name, (int32_t)len, w->p + w->len,
                                   room, &info, &status);
        if (status != U_BUFFER_OVERFLOW_ERROR)
            break;
        room = n + 1;
    }
    if (U_FAILURE(status))
        return status == U_MEMORY_ALLOCATION_ERROR
                   ? weir_error_nomem(error)
                   : invalid(error, "the host name is not valid (UTS 46)");
    if (info.errors & ~(uint32_t)IDNA_IGNORED)
        return invalid(error, "the host name is not valid (UTS 46)");
    w->len += (size_t)n;
    return WEIR_OK;
}

static bool is_ascii(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

/* The host percent-decoded into `to`, which has room for host.n bytes. */
static size_t percent_decode(struct weir_str s, char *to) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%' && s.n - i > 2) {
            int high = weir_hex_value(s.p[i + 1]);
            int low = weir_hex_value(s.p[i + 2]);
            if (high >= 0 && low >= 0) {
                c = (char)(high * 16 + low);
                i += 2;
            }
        }
        to[n++] = c;
    }
    return n;
}

static enum weir_err put_lower(struct url_writer *w, struct weir_str name) {
    char *to;
    if (w->cap - w->len <= name.n && !weir_url_writer_grow(w, name.n))
        return w->err;
    to = w->p + w->len;
    for (size_t i = 0; i < name.n; i++)
        to[i] = weir_to_lower(name.p[i]);
    w->len += name.n;
    return WEIR_OK;
}

/* Domain to ASCII, section 3.3, behind percent-decoding. An ASCII name is only
 * put in lower case, whatever its xn-- labels stand for: sites with labels
 * that UTS 46 refuses exist. */
static enum weir_err put_domain(struct url_writer *w, struct weir_str host,
                                struct weir_error *error) {
    enum weir_err err;
    char *name;
    size_t n;
    if (is_ascii(host) && weir_str_find(host, '%', 0) == host.n)
        return put_lower(w, host);
    name = weir_malloc(host.n);
    if (!name)
        return weir_error_nomem(error);
    n = percent_decode(host, name);
    if (is_ascii(weir_str_make(name, n)))
        err = put_lower(w, weir_str_make(name, n));
    else
        err = put_idna(w, name, n, error);
    weir_free(name);
    return err;
}

/* Section 3.5, the IPv4 number parser; values beyond 32 bits saturate. */
static bool parse_ipv4_number(struct weir_str s, uint64_t *value) {
    unsigned radix = 10;
    uint64_t v = 0;
    if (s.n == 0)
        return false;
    if (s.n >= 2 && s.p[0] == '0') {
        bool hex = weir_to_lower(s.p[1]) == 'x';
        radix = hex ? 16 : 8;
        s = weir_str_sub(s, hex ? 2 : 1, s.n);
    }
    for (size_t i = 0; i < s.n; i++) {
        int digit = weir_hex_value(s.p[i]);
        if (digit < 0 || (unsigned)digit >= radix)
            return false;
        if (v <= UINT32_MAX)
            v = v * radix + (unsigned)digit;
    }
    *value = v;
    return true;
}

/* The part after the last dot, a dot at the very end left out. */
static struct weir_str last_label(struct weir_str s) {
    size_t from;
    if (s.n > 0 && s.p[s.n - 1] == '.')
        s.n--;
    for (from = s.n; from > 0 && s.p[from - 1] != '.'; from--)
        ;
    return weir_str_sub(s, from, s.n);
}

bool weir_url_ends_in_number(struct weir_str domain) {
    struct weir_str last = last_label(domain);
    uint64_t ignored;
    size_t i;
    if (last.n == 0 || !weir_is_digit(last.p[0]))
        return false; /* "0x.." begins with a digit as well */
    for (i = 0; i < last.n && weir_is_digit(last.p[i]); i++)
        ;
    return i == last.n || parse_ipv4_number(last, &ignored);
}

bool weir_url_parse_ipv4(struct weir_str domain, uint32_t *address) {
    uint64_t parts[4], value;
    int count = 0;
    bool more = true;
    if (domain.n > 1 && domain.p[domain.n - 1] == '.')
        domain.n--;
    while (more) {
        struct weir_str part;
        if (count == 4)
            return false;
        more = weir_str_cut(domain, '.', &part, &domain);
        if (!parse_ipv4_number(part, &parts[count++]))
            return false;
    }
    /* The last part fills the bytes that are left. */
    value = parts[count - 1];
    if (value >> (8 * (5 - count)))
        return false;
    for (int i = 0; i < count - 1; i++) {
        if (parts[i] > 255)
            return false;
        value |= parts[i] << (8 * (3 - i));
    }
    *address = (uint32_t)value;
    return true;
}

/* The dotted tail of an IPv6 address: exactly four decimal numbers without
 * leading zeros. */
static bool parse_ipv6_tail(struct weir_str s, uint16_t piece[2]) {
    unsigned byte[4] = {0};
    for (int k = 0; k < 4; k++) {
        struct weir_str part;
        bool more = weir_str_cut(s, '.', &part, &s);
        if (more != (k < 3) || part.n == 0 || part.n > 3 ||
            (part.n > 1 && part.p[0] == '0'))
            return false;
        for (size_t i = 0; i < part.n; i++) {
            if (!weir_is_digit(part.p[i]))
                return false;
            byte[k] = byte[k] * 10 + (unsigned)(part.p[i] - '0');
        }
        if (byte[k] > 255)
            return false;
    }
    piece[0] = (uint16_t)(byte[0] << 8 | byte[1]);
    piece[1] = (uint16_t)(byte[2] << 8 | byte[3]);
    return true;
}

/* Reads pieces from s; *compress is where "::" stood, or -1. Answers how many
 * pieces there were, -1 when it is no address. */
static int read_ipv6_pieces(struct weir_str s, uint16_t address[8],
                            int *compress) {
    size_t i = 0;
    int count = 0;
    *compress = -1;
    if (s.n > 0 && s.p[0] == ':') {
        if (s.n < 2 || s.p[1] != ':')
            return -1;
        i = 2;
        *compress = 0;
    }
    while (i < s.n) {
        unsigned value = 0;
        size_t from = i;
        if (count == 8)
            return -1;
        if (s.p[i] == ':') {
            if (*compress >= 0)
                return -1;
            *compress = count;
            i++;
            continue;
        }
        for (; i < s.n && i < from + 4 && weir_hex_value(s.p[i]) >= 0; i++)
            value = value * 16 + (unsigned)weir_hex_value(s.p[i]);
        if (i < s.n && s.p[i] == '.') {
            if (i == from || count > 6 ||
                !parse_ipv6_tail(weir_str_sub(s, from, s.n), address + count))
                return -1;
            return count + 2;
        }
        if (i < s.n && (s.p[i] != ':' || ++i == s.n))
            return -1;
        address[count++] = (uint16_t)value;
    }
    return count;
}

bool weir_url_parse_ipv6(struct weir_str s, uint16_t address[8]) {
    int compress;
    int count = read_ipv6_pieces(s, address, &compress);
    if (count < 0 || (compress < 0 && count != 8))
        return false;
    if (compress >= 0) {
        int tail = count - compress;
        if (count == 8)
            return false;
        memmove(address + 8 - tail, address + compress,
                (size_t)tail * sizeof *address);
        memset(address + compress, 0, (size_t)(8 - count) * sizeof *address);
    }
    return true;
}

/* The IPv6 serializer: the first longest run of two or more zeros is "::". */
static void put_ipv6(struct url_writer *w, const uint16_t a[8]) {
    int best = -1, best_len = 1;
    for (int i = 0; i < 8; i++) {
        int len = 0;
        while (i + len < 8 && a[i + len] == 0)
            len++;
        if (len > best_len) {
            best = i;
            best_len = len;
        }
        i += len;
    }
    url_put_byte(w, '[');
    for (int i = 0; i < 8; i++) {
        char text[8];
        if (i == best) {
            url_put(w, i == 0 ? "::" : ":", i == 0 ? 2 : 1);
            i += best_len - 1;
            continue;
        }
        snprintf(text, sizeof text, i < 7 ? "%x:" : "%x", (unsigned)a[i]);
        url_put(w, text, strlen(text));
    }
    url_put_byte(w, ']');
}

static enum weir_err put_bracketed(struct url_writer *w, struct weir_str host,
                                   struct weir_error *error) {
    uint16_t address[8] = {0};
    if (host.p[host.n - 1] != ']')
        return invalid(error, "the IPv6 address has no closing bracket");
    if (!weir_url_parse_ipv6(weir_str_sub(host, 1, host.n - 2), address))
        return invalid(error, "the IPv6 address is not valid");
    put_ipv6(w, address);
    return w->err;
}

static void put_ipv4(struct url_writer *w, uint32_t address) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        unsigned byte = address >> shift & 255;
        if (byte >= 100)
            url_put_byte(w, (char)('0' + byte / 100));
        if (byte >= 10)
            url_put_byte(w, (char)('0' + byte / 10 % 10));
        url_put_byte(w, (char)('0' + byte % 10));
        if (shift > 0)
            url_put_byte(w, '.');
    }
}

/* Looks at the name written at `from`: refuses forbidden code points, rewrites
 * IPv4. */
static enum weir_err check_domain(struct url_writer *w, size_t from,
                                  bool *is_ip, struct weir_error *error) {
    struct weir_str name = {w->p + from, w->len - from};
    uint32_t address;
    if (name.n == 0)
        return invalid(error, "the host name is empty");
    for (size_t i = 0; i < name.n; i++)
        if (url_is(name.p[i], URL_BAD_HOST))
            return invalid(error,
                           "the host name has a character that is not allowed");
    if (!weir_url_ends_in_number(name))
        return WEIR_OK;
    if (!weir_url_parse_ipv4(name, &address))
        return invalid(error, "the host ends in a number but is not IPv4");
    w->len = from;
    put_ipv4(w, address);
    *is_ip = true;
    return w->err;
}

enum weir_err weir_url_put_host(struct url_writer *w, struct weir_str host,
                                bool *is_ip, struct weir_error *error) {
    size_t from = w->len;
    enum weir_err err;
    *is_ip = false;
    if (host.n == 0)
        return invalid(error, "the host name is empty");
    if (host.p[0] == '[') {
        *is_ip = true;
        return put_bracketed(w, host, error);
    }
    err = put_domain(w, host, error);
    return err ? err : check_domain(w, from, is_ip, error);
}
