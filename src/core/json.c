/* json.c - a JSON reader that hands out tokens.
 *
 * One function, weir_json_next, and what it may meet next:
 *
 *     VALUE            a value
 *     FIRST_VALUE      a value or ']'
 *     FIRST_KEY        a key or '}'
 *     AFTER            ',' or the end of what is open; at depth 0 the end
 *
 * begin() opens an object (-> FIRST_KEY) or array (-> FIRST_VALUE), read_key()
 * leads to VALUE, every complete value and end() to AFTER. What is open is a
 * stack of bits, so nothing recurses and nothing is allocated. */
#include "core/json.h"

#include <string.h>

enum { VALUE, FIRST_VALUE, FIRST_KEY, AFTER };

void weir_json_init(struct weir_json *r, struct weir_str input) {
    memset(r, 0, sizeof *r);
    r->input = input;
    r->expect = VALUE;
    r->token = WEIR_JSON_NULL;
}

static enum weir_json_token fail(struct weir_json *r, const char *problem) {
    r->problem = problem;
    r->text = weir_str_make(NULL, 0);
    return r->token = WEIR_JSON_ERROR;
}

/* The next byte, -1 at the end. */
static int peek(const struct weir_json *r) {
    return r->at < r->input.n ? (unsigned char)r->input.p[r->at] : -1;
}

static void skip_space(struct weir_json *r) {
    int c = peek(r);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        r->at++;
        c = peek(r);
    }
}

static bool in_object(const struct weir_json *r) {
    size_t level = r->depth - 1;
    return r->depth > 0 && (r->in_object[level / 8] >> (level % 8) & 1);
}

static enum weir_json_token begin(struct weir_json *r, bool object) {
    unsigned bit = 1u << (r->depth % 8);
    unsigned char *byte = &r->in_object[r->depth / 8];
    if (r->depth == WEIR_JSON_MAX_DEPTH)
        return fail(r, "too deeply nested");
    *byte = (unsigned char)(object ? *byte | bit : *byte & ~bit);
    r->depth++;
    r->at++;
    r->expect = object ? FIRST_KEY : FIRST_VALUE;
    return r->token = object ? WEIR_JSON_OBJECT : WEIR_JSON_ARRAY;
}

static enum weir_json_token end(struct weir_json *r) {
    r->token = in_object(r) ? WEIR_JSON_OBJECT_END : WEIR_JSON_ARRAY_END;
    r->depth--;
    r->at++;
    r->expect = AFTER;
    return r->token;
}

/* Four hex digits at p, or -1. */
static long hex4(struct weir_str s, size_t from) {
    long value = 0;
    if (s.n < from + 4)
        return -1;
    for (size_t i = from; i < from + 4; i++) {
        int digit = weir_hex_value(s.p[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* From the opening quote past the closing one; the content becomes text. */
static bool read_string(struct weir_json *r) {
    size_t from = ++r->at;
    for (;; r->at++) {
        int c = peek(r);
        if (c == '"')
            break;
        if (c < 0) {
            fail(r, "unterminated string");
            return false;
        }
        if (c < 0x20) {
            fail(r, "control character in a string");
            return false;
        }
        if (c != '\\')
            continue;
        r->at++;
        c = peek(r);
        if (c == 'u' ? hex4(r->input, r->at + 1) < 0
                     : c <= 0 || !strchr("\"\\/bfnrt", c)) {
            fail(r, "malformed escape in a string");
            return false;
        }
    }
    r->text = weir_str_make(r->input.p + from, r->at - from);
    r->at++;
    return true;
}

static bool skip_digits(struct weir_json *r) {
    size_t from = r->at;
    while (peek(r) >= '0' && peek(r) <= '9')
        r->at++;
    return r->at > from;
}

static enum weir_json_token read_number(struct weir_json *r) {
    size_t from = r->at;
    bool ok;
    if (peek(r) == '-')
        r->at++;
    if (peek(r) == '0') {
        r->at++;
        ok = true;
    } else {
        ok = skip_digits(r);
    }
    if (ok && peek(r) == '.') {
        r->at++;
        ok = skip_digits(r);
    }
    if (ok && (peek(r) == 'e' || peek(r) == 'E')) {
        r->at++;
        if (peek(r) == '+' || peek(r) == '-')
            r->at++;
        ok = skip_digits(r);
    }
    if (!ok)
        return fail(r, "malformed number");
    r->text = weir_str_make(r->input.p + from, r->at - from);
    return r->token = WEIR_JSON_NUMBER;
}

static enum weir_json_token read_word(struct weir_json *r, struct weir_str word,
                                      enum weir_json_token token) {
    struct weir_str rest = weir_str_sub(r->input, r->at, word.n);
    if (!weir_str_eq(rest, word))
        return fail(r, "expected a value");
    r->at += word.n;
    return r->token = token;
}

static enum weir_json_token read_value(struct weir_json *r) {
    int c = peek(r);
    r->expect = AFTER;
    switch (c) {
    case '{':
    case '[':
        return begin(r, c == '{');
    case '"':
        return read_string(r) ? (r->token = WEIR_JSON_STRING) : r->token;
    case 't':
        return read_word(r, WEIR_STR("true"), WEIR_JSON_TRUE);
    case 'f':
        return read_word(r, WEIR_STR("false"), WEIR_JSON_FALSE);
    case 'n':
        return read_word(r, WEIR_STR("null"), WEIR_JSON_NULL);
    default:
        if (c == '-' || (c >= '0' && c <= '9'))
            return read_number(r);
        return fail(r, "expected a value");
    }
}

static enum weir_json_token read_key(struct weir_json *r) {
    if (peek(r) != '"')
        return fail(r, "expected a name in quotes");
    if (!read_string(r))
        return r->token;
    skip_space(r);
    if (peek(r) != ':')
        return fail(r, "expected ':'");
    r->at++;
    r->expect = VALUE;
    return r->token = WEIR_JSON_KEY;
}

/* Behind a complete value. */
static enum weir_json_token read_after(struct weir_json *r) {
    int c = peek(r);
    if (r->depth == 0) {
        if (c >= 0)
            return fail(r, "something follows the value");
        return r->token = WEIR_JSON_END;
    }
    if (c == (in_object(r) ? '}' : ']'))
        return end(r);
    if (c != ',')
        return fail(r, in_object(r) ? "expected ',' or '}'"
                                    : "expected ',' or ']'");
    r->at++;
    skip_space(r);
    return in_object(r) ? read_key(r) : read_value(r);
}

enum weir_json_token weir_json_next(struct weir_json *r) {
    int c;
    if (r->token == WEIR_JSON_ERROR)
        return r->token;
    skip_space(r);
    c = peek(r);
    r->text = weir_str_make(NULL, 0);
    switch (r->expect) {
    case FIRST_VALUE:
        return c == ']' ? end(r) : read_value(r);
    case FIRST_KEY:
        return c == '}' ? end(r) : read_key(r);
    case AFTER:
        return read_after(r);
    default:
        return read_value(r);
    }
}

bool weir_json_skip(struct weir_json *r) {
    size_t depth = r->depth;
    if (r->token == WEIR_JSON_OBJECT || r->token == WEIR_JSON_ARRAY)
        depth--;
    else if (r->token == WEIR_JSON_KEY)
        weir_json_next(r);
    while (r->token != WEIR_JSON_ERROR && r->depth > depth)
        weir_json_next(r);
    return r->token != WEIR_JSON_ERROR;
}

/* The code point of the "\uXXXX" at s (checked by read_string), a second one
 * included if they are a pair; *n is how many bytes that took. */
static uint32_t unescape_unit(struct weir_str s, size_t *n) {
    uint32_t cp = (uint32_t)hex4(s, 2);
    *n = 6;
    if (cp < 0xd800 || cp > 0xdfff)
        return cp;
    if (cp < 0xdc00 && s.n >= 12 && s.p[6] == '\\' && s.p[7] == 'u') {
        uint32_t low = (uint32_t)hex4(s, 8);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *n = 12;
            return 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return 0xfffd;
}

static size_t encode_utf8(uint32_t cp, char to[4]) {
    if (cp < 0x80) {
        to[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        to[0] = (char)(0xc0 | cp >> 6);
        to[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        to[0] = (char)(0xe0 | cp >> 12);
        to[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        to[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | cp >> 18);
    to[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    to[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    to[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

/* Takes the first character, or run of plain ones, off *text: what it stands
 * for, in the text itself or in `room`. */
static struct weir_str next_piece(struct weir_str *text, char room[4]) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    size_t n = weir_str_find(*text, '\\', 0);
    struct weir_str piece = weir_str_sub(*text, 0, n);
    if (n == 0 && text->n >= 6 && text->p[1] == 'u') {
        uint32_t cp = unescape_unit(*text, &n);
        piece = weir_str_make(room, encode_utf8(cp, room));
    } else if (n == 0) {
        const char *known = strchr(from, text->n > 1 ? text->p[1] : '\0');
        n = 2;
        piece = weir_str_sub(*text, 1, 1); /* quote, backslash, slash */
        if (known && *known) {
            room[0] = to[known - from];
            piece = weir_str_make(room, 1);
        }
    }
    *text = weir_str_sub(*text, n, text->n);
    return piece;
}

enum weir_err weir_json_put_text(struct weir_str text, struct weir_buf *out) {
    size_t before = out->len;
    enum weir_err err = WEIR_OK;
    char room[4];
    while (!err && text.n > 0)
        err = weir_buf_str(out, next_piece(&text, room));
    if (err)
        weir_buf_truncate(out, before);
    return err;
}

bool weir_json_is(const struct weir_json *r, struct weir_str s) {
    struct weir_str text = r->text;
    char room[4];
    while (text.n > 0) {
        struct weir_str piece = next_piece(&text, room);
        if (!weir_str_starts(s, piece))
            return false;
        s = weir_str_sub(s, piece.n, s.n);
    }
    return s.n == 0;
}

enum weir_err weir_json_error(const struct weir_json *r,
                              struct weir_error *error, const char *wanted) {
    if (r->token == WEIR_JSON_ERROR)
        return weir_error_set(error, WEIR_E_INVALID, "JSON: %s at byte %zu",
                              r->problem, r->at + 1);
    return weir_error_set(error, WEIR_E_INVALID,
                          "JSON: expected %s before byte %zu", wanted,
                          r->at + 1);
}
