/* escape.c - UTF-8, and untrusted bytes made safe for terminals, JSON and XML.
 *
 * Every escaper walks the input code point by code point, copies runs that
 * need nothing in one go, and asks a small function of its own what to write
 * for the rest. An invalid sequence is one unit: as many bytes as start a valid
 * sequence, at least one (Unicode 15, section 3.9, "maximal subpart"). */
#include "base/escape.h"

enum { REPLACEMENT = 0xFFFD };

/* What stands at the start of a slice. */
struct unit {
    uint32_t cp;
    size_t n;   /* its bytes */
    bool valid; /* else n bytes of an invalid sequence, cp unset */
};

/* Unicode 15 table 3-7: the range of the second byte keeps overlong forms,
 * surrogates and code points beyond U+10FFFF out. */
static struct unit next_unit(struct weir_str s) {
    struct unit u = {(unsigned char)s.p[0], 1, true};
    unsigned char first = (unsigned char)s.p[0], low = 0x80, high = 0xBF;
    size_t length;
    if (first < 0x80)
        return u;
    u.valid = false;
    if (first < 0xC2 || first > 0xF4)
        return u;
    length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first == 0xE0)
        low = 0xA0;
    else if (first == 0xED)
        high = 0x9F;
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F;
    u.cp = first & (0x7Fu >> length);
    for (; u.n < length; u.n++) {
        unsigned char c = u.n < s.n ? (unsigned char)s.p[u.n] : 0;
        if (c < low || c > high)
            return u;
        u.cp = u.cp << 6 | (c & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    u.valid = true;
    return u;
}

size_t weir_utf8_decode(struct weir_str s, uint32_t *cp) {
    struct unit u;
    if (s.n == 0)
        return 0;
    u = next_unit(s);
    if (!u.valid)
        return 0;
    *cp = u.cp;
    return u.n;
}

void weir_utf8_put(struct weir_buf *out, uint32_t cp) {
    char b[4];
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        cp = REPLACEMENT;
    if (cp < 0x80) {
        weir_buf_byte(out, (char)cp);
    } else if (cp < 0x800) {
        b[0] = (char)(0xC0 | cp >> 6);
        b[1] = (char)(0x80 | (cp & 0x3F));
        weir_buf_add(out, b, 2);
    } else if (cp < 0x10000) {
        b[0] = (char)(0xE0 | cp >> 12);
        b[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        b[2] = (char)(0x80 | (cp & 0x3F));
        weir_buf_add(out, b, 3);
    } else {
        b[0] = (char)(0xF0 | cp >> 18);
        b[1] = (char)(0x80 | (cp >> 12 & 0x3F));
        b[2] = (char)(0x80 | (cp >> 6 & 0x3F));
        b[3] = (char)(0x80 | (cp & 0x3F));
        weir_buf_add(out, b, 4);
    }
}

bool weir_utf8_valid(struct weir_str s) {
    for (size_t i = 0; i < s.n;) {
        struct unit u = next_unit(weir_str_sub(s, i, 4));
        if (!u.valid)
            return false;
        i += u.n;
    }
    return true;
}

size_t weir_utf8_floor(struct weir_str s) {
    for (size_t back = 1; back <= 3 && back <= s.n; back++) {
        unsigned char c = (unsigned char)s.p[s.n - back];
        struct unit u;
        if ((c & 0xC0) == 0x80)
            continue;
        /* Invalid up to the very end: cut short there, if c is a lead byte. */
        u = next_unit(weir_str_sub(s, s.n - back, back));
        if (!u.valid && u.n == back && c >= 0xC2 && c <= 0xF4)
            return s.n - back;
        break;
    }
    return s.n;
}

/* Characters that every escaper leaves alone. */
static bool harmless(unsigned char c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '&' && c != '\'' &&
           c != '<' && c != '>' && c != '\\';
}

/* Does the unit stay as it is? / Writes what stands for it. */
typedef bool (*plain_fn)(struct unit u);
typedef void (*put_fn)(struct weir_buf *out, const char *bytes, struct unit u);

static void escape(struct weir_buf *out, struct weir_str s, plain_fn plain,
                   put_fn put) {
    size_t run = 0, i = 0;
    while (i < s.n) {
        struct unit u;
        if (harmless((unsigned char)s.p[i])) {
            i++;
            continue;
        }
        u = next_unit(weir_str_sub(s, i, 4));
        if (!u.valid || !plain(u)) {
            weir_buf_add(out, s.p + run, i - run);
            put(out, s.p + i, u);
            run = i + u.n;
        }
        i += u.n;
    }
    weir_buf_str(out, weir_str_sub(s, run, s.n));
}

/* ---- terminal ---- */

static bool terminal_plain(struct unit u) {
    uint32_t c = u.cp;
    bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
                c == 0x200E || c == 0x200F || c == 0x061C;
    return !control && !bidi && c != 0x2028 && c != 0x2029 && c != 0xFEFF;
}

static void terminal_put(struct weir_buf *out, const char *bytes,
                         struct unit u) {
    if (u.valid && u.cp >= 0x80) {
        weir_buf_fmt(out, "\\u{%04x}", (unsigned)u.cp);
        return;
    }
    for (size_t i = 0; i < u.n; i++)
        weir_buf_fmt(out, "\\x%02x", (unsigned)(unsigned char)bytes[i]);
}

void weir_escape_terminal(struct weir_buf *out, struct weir_str s) {
    escape(out, s, terminal_plain, terminal_put);
}

/* ---- JSON (RFC 8259 section 7) ---- */

static bool json_plain(struct unit u) {
    return u.cp >= 0x20 && u.cp != '"' && u.cp != '\\' && u.cp != 0x2028 &&
           u.cp != 0x2029;
}

static void json_put(struct weir_buf *out, const char *bytes, struct unit u) {
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* byte, letter */
    (void)bytes;
    if (!u.valid) {
        weir_utf8_put(out, REPLACEMENT);
        return;
    }
    for (size_t i = 0; i < sizeof named - 1; i += 2) {
        if (u.cp == (unsigned char)named[i]) {
            weir_buf_byte(out, '\\');
            weir_buf_byte(out, named[i + 1]);
            return;
        }
    }
    weir_buf_fmt(out, "\\u%04x", (unsigned)u.cp);
}

void weir_escape_json(struct weir_buf *out, struct weir_str s) {
    weir_buf_byte(out, '"');
    escape(out, s, json_plain, json_put);
    weir_buf_byte(out, '"');
}

/* ---- XML 1.0 ---- */

static bool xml_plain(struct unit u) {
    uint32_t c = u.cp;
    bool markup = c == '&' || c == '<' || c == '>' || c == '"' || c == '\'';
    bool forbidden = (c < 0x20 && c != '\t' && c != '\n') || c == 0xFFFE ||
                     c == 0xFFFF; /* section 2.2; CR is written as &#13; */
    return !markup && !forbidden;
}

static void xml_put(struct weir_buf *out, const char *bytes, struct unit u) {
    (void)bytes;
    if (!u.valid) {
        weir_utf8_put(out, REPLACEMENT);
        return;
    }
    switch (u.cp) {
    case '&':
        weir_buf_z(out, "&amp;");
        break;
    case '<':
        weir_buf_z(out, "&lt;");
        break;
    case '>':
        weir_buf_z(out, "&gt;");
        break;
    case '"':
        weir_buf_z(out, "&quot;");
        break;
    case '\'':
        weir_buf_z(out, "&#39;");
        break;
    case '\r': /* a bare one would be read back as LF (section 2.11) */
        weir_buf_z(out, "&#13;");
        break;
    default: /* no way to write it: dropped */
        break;
    }
}

void weir_escape_xml(struct weir_buf *out, struct weir_str s) {
    escape(out, s, xml_plain, xml_put);
}
