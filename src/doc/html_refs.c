/* Character references, one pass. The names of HTML 4 come from libxml2's
 * table; what HTML 5 added for ASCII is here, since it hides in URLs
 * ("javascript&colon;"). */
#include "doc/html_refs.h"

#include "base/escape.h"

#include <libxml/HTMLparser.h>
#include <string.h>

enum { NAME_BYTES = 16 /* longer than any name known here */ };

static const struct {
    const char *name;
    char as;
} punctuation[] = {
    {"Tab", '\t'},   {"NewLine", '\n'}, {"excl", '!'},   {"num", '#'},
    {"dollar", '$'}, {"percnt", '%'},   {"apos", '\''},  {"lpar", '('},
    {"rpar", ')'},   {"ast", '*'},      {"plus", '+'},   {"comma", ','},
    {"period", '.'}, {"sol", '/'},      {"colon", ':'},  {"semi", ';'},
    {"equals", '='}, {"quest", '?'},    {"commat", '@'}, {"lsqb", '['},
    {"bsol", '\\'},  {"rsqb", ']'},     {"Hat", '^'},    {"lowbar", '_'},
    {"grave", '`'},  {"lcub", '{'},     {"verbar", '|'}, {"rcub", '}'},
};

/* Section 13.2.5.80: what 0x80 to 0x9F mean. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
    0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

/* s begins behind "&#". Bytes used, 0 = no reference. */
static size_t numeric(struct weir_str s, uint32_t *cp) {
    bool hex = s.n && (s.p[0] == 'x' || s.p[0] == 'X');
    size_t first = hex ? 1 : 0, i;
    uint32_t value = 0;
    for (i = first; i < s.n; i++) {
        int digit = weir_hex_value(s.p[i]);
        if (digit < 0 || (!hex && digit > 9))
            break;
        if (value <= 0x10FFFF)
            value = value * (hex ? 16 : 10) + (uint32_t)digit;
    }
    if (i == first)
        return 0;
    if (i < s.n && s.p[i] == ';')
        i++;
    if (value == 0 || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
        value = 0xFFFD;
    else if (value >= 0x80 && value < 0xA0)
        value = windows_1252[value - 0x80];
    *cp = value;
    return i;
}

static uint32_t lookup(const char *name, size_t n, bool semicolon) {
    char z[NAME_BYTES];
    const htmlEntityDesc *e;
    memcpy(z, name, n);
    z[n] = '\0';
    for (size_t i = 0;
         semicolon && i < sizeof punctuation / sizeof *punctuation; i++) {
        if (strcmp(z, punctuation[i].name) == 0)
            return (unsigned char)punctuation[i].as;
    }
    if (strcmp(z, "AMP") == 0)
        return '&';
    e = htmlEntityLookup((const xmlChar *)z);
    /* those of Latin-1 may go without a semicolon */
    return e && (semicolon || e->value < 256) ? e->value : 0;
}

/* s begins behind "&". Bytes used, 0 = no reference. */
static size_t named(struct weir_str s, bool attribute, uint32_t *cp) {
    size_t n = 0;
    while (n < s.n && weir_is_alnum(s.p[n]))
        n++;
    if (n == 0)
        return 0;
    if (n < s.n && s.p[n] == ';' && n < NAME_BYTES &&
        (*cp = lookup(s.p, n, true)))
        return n + 1;
    if (attribute) {
        if (n >= NAME_BYTES || (n < s.n && s.p[n] == '='))
            return 0;
        return (*cp = lookup(s.p, n, false)) ? n : 0;
    }
    for (n = n < NAME_BYTES ? n : NAME_BYTES - 1; n >= 2; n--) {
        if ((*cp = lookup(s.p, n, false)))
            return n;
    }
    return 0;
}

enum weir_err weir_html_unescape(struct weir_str s, bool attribute,
                                 struct weir_buf *out) {
    while (s.n) {
        size_t i = weir_str_find(s, '&', 0), used;
        uint32_t cp = 0;
        enum weir_err err = weir_buf_add(out, s.p, i);
        if (err || i == s.n)
            return err;
        s = weir_str_sub(s, i + 1, s.n);
        if (s.n && s.p[0] == '#') {
            used = numeric(weir_str_sub(s, 1, s.n), &cp);
            used += used ? 1 : 0;
        } else {
            used = named(s, attribute, &cp);
        }
        err = weir_buf_reserve(out, 4);
        if (err)
            return err;
        if (used)
            weir_utf8_put(out, cp);
        else
            weir_buf_byte(out, '&');
        s = weir_str_sub(s, used, s.n);
    }
    return WEIR_OK;
}
