/* values.c - one small check for each type of option value.
 *
 * The table at the end pairs each type with its check and with what a person
 * reads when the check says no. */
#include "cli/values.h"

#include "base/units.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

typedef bool (*check_fn)(struct weir_str text);

static bool is_int(struct weir_str s) {
    uint64_t n;
    return weir_str_to_u64(s, &n) && n <= INT32_MAX;
}

static bool is_positive(struct weir_str s) {
    uint64_t n;
    return weir_str_to_u64(s, &n) && n >= 1 && n <= INT32_MAX;
}

static bool is_size(struct weir_str s) {
    uint64_t bytes;
    return weir_units_size(s, &bytes) == WEIR_OK;
}

static bool is_duration(struct weir_str s) {
    int64_t ns;
    return weir_units_duration(s, &ns) == WEIR_OK && ns > 0;
}

static bool is_rate(struct weir_str s) {
    struct weir_rate rate;
    return weir_units_rate(s, &rate) == WEIR_OK;
}

static bool is_line(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
            return false;
    return true;
}

static bool is_text(struct weir_str s) {
    return s.n > 0 && memchr(s.p, '\0', s.n) == NULL;
}

/* RFC 9110 section 5.6.2. */
static bool is_token(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!weir_is_alnum(s.p[i]) &&
            (s.p[i] == '\0' || !strchr("!#$%&'*+-.^_`|~", s.p[i])))
            return false;
    return s.n > 0;
}

static bool is_header(struct weir_str s) {
    struct weir_str name, value;
    if (!is_line(s))
        return false;
    if (weir_str_cut(s, ':', &name, &value))
        return is_token(name);
    /* curl's "Name;" sends the header without a value. */
    return s.n > 1 && s.p[s.n - 1] == ';' &&
           is_token(weir_str_sub(s, 0, s.n - 1));
}

static bool is_port(struct weir_str s) {
    uint64_t port;
    return weir_str_to_u64(s, &port) && port >= 1 && port <= 65535;
}

static bool is_proxy(struct weir_str s) {
    static const char *const schemes[] = {"http",    "https",  "socks4",
                                          "socks4a", "socks5", "socks5h"};
    size_t at = weir_str_search(s, WEIR_STR("://"));
    if (!is_line(s))
        return false;
    if (at < s.n) {
        struct weir_str scheme = weir_str_sub(s, 0, at);
        size_t i = 0, n = sizeof schemes / sizeof schemes[0];
        while (i < n && !weir_str_eq_nocase(scheme, weir_str_of(schemes[i])))
            i++;
        if (i == n)
            return false;
        s = weir_str_sub(s, at + 3, s.n);
    }
    for (at = s.n; at > 0 && s.p[at - 1] != '@'; at--)
        continue; /* credentials end at the last @ */
    s = weir_str_sub(s, at, s.n);
    if (weir_str_ends(s, WEIR_STR("/")))
        s.n--;
    if (s.n > 0 && s.p[0] == '[') { /* [::1]:3128 */
        at = weir_str_find(s, ']', 0);
        if (at <= 1 || at == s.n)
            return false;
        s = weir_str_sub(s, at + 1, s.n);
        return s.n == 0 || (s.p[0] == ':' && is_port(weir_str_sub(s, 1, s.n)));
    }
    at = weir_str_find(s, ':', 0);
    return at > 0 && weir_str_find(s, '/', 0) == s.n &&
           (at == s.n || is_port(weir_str_sub(s, at + 1, s.n)));
}

static bool is_checksum(struct weir_str s) {
    struct weir_str algo, hex;
    size_t digits;
    if (!weir_str_cut(s, '=', &algo, &hex))
        return false;
    if (weir_str_eq(algo, WEIR_STR("sha256")))
        digits = 64;
    else if (weir_str_eq(algo, WEIR_STR("sha1")))
        digits = 40;
    else if (weir_str_eq(algo, WEIR_STR("md5")))
        digits = 32;
    else
        return false;
    for (size_t i = 0; i < hex.n; i++)
        if (weir_hex_value(hex.p[i]) < 0)
            return false;
    return hex.n == digits;
}

static bool is_statuses(struct weir_str s) {
    struct weir_str one, rest = s;
    bool more;
    do {
        uint64_t code;
        more = weir_str_cut(rest, ',', &one, &rest);
        if (!weir_str_to_u64(weir_str_trim(one), &code) || code < 100 ||
            code > 599)
            return false;
    } while (more);
    return true;
}

static bool is_cidr(struct weir_str s) {
    char text[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    struct weir_str address, bits;
    uint64_t n = 0;
    bool has_bits = weir_str_cut(s, '/', &address, &bits);
    if (address.n >= sizeof text ||
        memchr(address.p ? address.p : "", '\0', address.n))
        return false;
    memcpy(text, address.p ? address.p : "", address.n);
    text[address.n] = '\0';
    if (has_bits && !weir_str_to_u64(bits, &n))
        return false;
    if (inet_pton(AF_INET, text, bytes) == 1)
        return n <= 32;
    return inet_pton(AF_INET6, text, bytes) == 1 && n <= 128;
}

static bool is_cache(struct weir_str s) {
    static const char *const modes[] = {"rfc9111", "revalidate", "off",
                                        "offline", "replay"};
    if (weir_str_starts(s, WEIR_STR("fresh:")))
        return is_duration(weir_str_sub(s, 6, s.n));
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (weir_str_eq(s, weir_str_of(modes[i])))
            return true;
    return false;
}

static bool is_choice(struct weir_str words, struct weir_str s) {
    struct weir_str one;
    bool more;
    do {
        more = weir_str_cut(words, '|', &one, &words);
        if (weir_str_eq(one, s))
            return true;
    } while (more);
    return false;
}

static const struct {
    check_fn check;
    const char *expected;
} checks[] = {
    [TYPE_INT] = {is_int, "a whole number, 0 or more"},
    [TYPE_POSITIVE] = {is_positive, "a whole number, 1 or more"},
    [TYPE_SIZE] = {is_size, "a size like 500k, 1.5M or 2G"},
    [TYPE_DURATION] = {is_duration, "a time like 150ms, 30s, 5m or 2h"},
    [TYPE_RATE] = {is_rate, "a rate like 20/s, 5/15s or 100/m"},
    [TYPE_STRING] = {is_text, "a text that is not empty"},
    [TYPE_LINE] = {is_line, "one line of text"},
    [TYPE_PATH] = {is_text, "the name of a file"},
    [TYPE_DIR] = {is_text, "the name of a folder"},
    [TYPE_HEADER] = {is_header, "a header like \"Name: value\", in one line"},
    [TYPE_METHOD] = {is_token, "a method like GET or POST"},
    [TYPE_PROXY] = {is_proxy, "a proxy like http://host:3128 (http, https, "
                              "socks4, socks4a, socks5 or socks5h)"},
    [TYPE_CHECKSUM] = {is_checksum, "sha256=, sha1= or md5= with 64, 40 or 32 "
                                    "hex digits"},
    [TYPE_STATUSES] = {is_statuses, "HTTP statuses like 403,404"},
    [TYPE_CIDR] = {is_cidr, "an address or network like 10.1.0.0/16 or ::1"},
    [TYPE_CACHE] = {is_cache, "rfc9111, fresh:AGE (fresh:7d), revalidate, off, "
                              "offline or replay"},
};

enum weir_err weir_value_check(const struct weir_option_row *row,
                               struct weir_str text, const char **expected) {
    unsigned kind = row->type & TYPE_KIND;
    bool good;
    if (weir_option_is_switch(row)) {
        *expected = "no value";
        return WEIR_E_USAGE;
    }
    if (kind == TYPE_CHOICE) {
        *expected = row->arg;
        good = is_choice(weir_str_of(row->arg), text);
    } else {
        *expected = checks[kind].expected;
        good = checks[kind].check(text);
    }
    return good ? WEIR_OK : WEIR_E_USAGE;
}

bool weir_value_switch(struct weir_str text, bool *on) {
    static const char *const words[] = {"true",  "yes", "on",  "1",
                                        "false", "no",  "off", "0"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (weir_str_eq_nocase(text, weir_str_of(words[i]))) {
            *on = i < 4;
            return true;
        }
    return false;
}
