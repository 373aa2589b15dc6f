/* css_lex.c - turns the text of a selector into tokens.
 *
 * CSS Syntax Level 3, section 4. First the source is preprocessed (section
 * 3.3: newlines become LF, NUL and what is not UTF-8 becomes U+FFFD), beside a
 * table that remembers where each byte came from, so that errors point into
 * the text as it was written. Then one pass makes all tokens: a selector is
 * short, and a parser that may look at any token is a simple one.
 *
 * What selectors never use (at-keywords, percentages, url(), CDO and CDC)
 * comes out as delimiters and names, which the grammar refuses just the same.
 */
#include "doc/css_lex.h"

#include "base/escape.h"

#include <string.h>

struct lexer {
    struct weir_arena *arena;
    const char *p; /* the preprocessed source, NUL-terminated */
    size_t n, at;
    const uint32_t *origin; /* byte of p -> byte of the source */
    struct css_token *tokens;
    size_t count;
};

/* Section 3.3. U+FFFD takes three bytes for one, so 3n is enough. */
static enum weir_err preprocess(struct lexer *x, struct weir_str source) {
    static const char replacement[] = "\xEF\xBF\xBD";
    char *p = weir_arena_alloc(x->arena, source.n * 3 + 1);
    uint32_t *origin =
        weir_arena_alloc(x->arena, (source.n * 3 + 1) * sizeof *origin);
    size_t n = 0;
    if (!p || !origin)
        return WEIR_E_NOMEM;
    for (size_t i = 0; i < source.n;) {
        uint32_t cp = 0;
        struct weir_str rest = weir_str_sub(source, i, source.n - i);
        size_t used = weir_utf8_decode(rest, &cp), wide = used;
        const char *bytes = rest.p;
        if (used == 0 || cp == 0) {
            used = 1;
            bytes = replacement;
            wide = 3;
        } else if (cp == '\r' || cp == '\f') {
            used = cp == '\r' && rest.n > 1 && rest.p[1] == '\n' ? 2 : 1;
            bytes = "\n";
            wide = 1;
        }
        for (size_t k = 0; k < wide; k++) {
            origin[n] = (uint32_t)i;
            p[n++] = bytes[k];
        }
        i += used;
    }
    p[n] = '\0';
    origin[n] = (uint32_t)source.n;
    x->p = p;
    x->n = n;
    x->origin = origin;
    return WEIR_OK;
}

/* Past the end there is only the NUL, which the source no longer holds. */
static char peek(const struct lexer *x, size_t ahead) {
    return x->at + ahead < x->n ? x->p[x->at + ahead] : '\0';
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

static bool starts_name(char c) {
    return weir_is_alpha(c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool continues_name(char c) {
    return starts_name(c) || weir_is_digit(c) || c == '-';
}

/* Section 4.3.8. A backslash at the very end is an escape (of U+FFFD). */
static bool is_escape(const struct lexer *x, size_t ahead) {
    return peek(x, ahead) == '\\' && peek(x, ahead + 1) != '\n';
}

/* Section 4.3.9: would an identifier start here? */
static bool is_ident_start(const struct lexer *x, size_t ahead) {
    if (peek(x, ahead) == '-')
        return starts_name(peek(x, ahead + 1)) || peek(x, ahead + 1) == '-' ||
               is_escape(x, ahead + 1);
    return starts_name(peek(x, ahead)) || is_escape(x, ahead);
}

/* Section 4.3.10: would a number start here? */
static bool is_number_start(const struct lexer *x) {
    size_t i = peek(x, 0) == '+' || peek(x, 0) == '-';
    if (peek(x, i) == '.')
        i++;
    return weir_is_digit(peek(x, i));
}

/* Section 4.3.7; the backslash is consumed already. */
static uint32_t take_escape(struct lexer *x) {
    uint32_t cp = 0;
    int digits = 0;
    while (digits < 6 && weir_hex_value(peek(x, 0)) >= 0) {
        cp = cp * 16 + (uint32_t)weir_hex_value(peek(x, 0));
        x->at++;
        digits++;
    }
    if (digits == 0) {
        struct weir_str rest = {x->p + x->at, x->n - x->at};
        size_t used = weir_utf8_decode(rest, &cp);
        x->at += used;
        return used ? cp : 0xFFFD;
    }
    if (is_space(peek(x, 0)))
        x->at++;
    if (cp == 0 || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        return 0xFFFD;
    return cp;
}

static enum weir_err keep(struct lexer *x, struct weir_buf *b,
                          struct weir_str *text) {
    char *copy = b->failed ? NULL : weir_arena_dup(x->arena, weir_buf_view(b));
    *text = weir_str_make(copy, b->len);
    weir_buf_release(b);
    return copy ? WEIR_OK : WEIR_E_NOMEM;
}

/* Section 4.3.11. */
static enum weir_err take_name(struct lexer *x, struct weir_str *text) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    for (;;) {
        if (is_escape(x, 0)) {
            x->at++;
            weir_utf8_put(&b, take_escape(x));
        } else if (x->at < x->n && continues_name(peek(x, 0))) {
            weir_buf_byte(&b, x->p[x->at++]);
        } else {
            return keep(x, &b, text);
        }
    }
}

/* Section 4.3.5. The end of the source closes an open string. */
static enum weir_err take_string(struct lexer *x, struct css_token *t) {
    struct weir_buf b;
    char quote = x->p[x->at++];
    weir_buf_init(&b, 0);
    t->kind = CSS_T_STRING;
    while (x->at < x->n && x->p[x->at] != quote) {
        if (x->p[x->at] == '\n') {
            t->kind = CSS_T_BAD_STRING;
            break;
        }
        if (x->p[x->at] != '\\') {
            weir_buf_byte(&b, x->p[x->at++]);
            continue;
        }
        x->at++;
        if (peek(x, 0) == '\n')
            x->at++; /* a line that goes on */
        else if (x->at < x->n)
            weir_utf8_put(&b, take_escape(x));
    }
    if (t->kind == CSS_T_STRING && x->at < x->n)
        x->at++;
    return keep(x, &b, &t->text);
}

static int64_t take_digits(struct lexer *x) {
    int64_t v = 0;
    for (; weir_is_digit(peek(x, 0)); x->at++) {
        v = v * 10 + (peek(x, 0) - '0');
        if (v > INT32_MAX)
            v = INT32_MAX;
    }
    return v;
}

/* Sections 4.3.3 and 4.3.12; only integers keep their value. */
static enum weir_err take_number(struct lexer *x, struct css_token *t) {
    bool negative = peek(x, 0) == '-';
    size_t sign;
    t->kind = CSS_T_NUMBER;
    t->has_sign = negative || peek(x, 0) == '+';
    t->is_integer = true;
    x->at += t->has_sign;
    t->number = (int32_t)(negative ? -take_digits(x) : take_digits(x));
    if (peek(x, 0) == '.' && weir_is_digit(peek(x, 1))) {
        t->is_integer = false;
        x->at++;
        take_digits(x);
    }
    sign = peek(x, 1) == '+' || peek(x, 1) == '-';
    if (weir_to_lower(peek(x, 0)) == 'e' && weir_is_digit(peek(x, 1 + sign))) {
        t->is_integer = false;
        x->at += 1 + sign;
        take_digits(x);
    }
    if (!is_ident_start(x, 0))
        return WEIR_OK;
    t->kind = CSS_T_DIMENSION;
    return take_name(x, &t->text);
}

static void skip_comments(struct lexer *x) {
    while (peek(x, 0) == '/' && peek(x, 1) == '*') {
        x->at += 2;
        while (x->at < x->n && !(peek(x, 0) == '*' && peek(x, 1) == '/'))
            x->at++;
        x->at = x->at + 2 < x->n ? x->at + 2 : x->n;
    }
}

static enum weir_err take_token(struct lexer *x, struct css_token *t) {
    enum weir_err e;
    char c = peek(x, 0);
    if (is_space(c)) {
        t->kind = CSS_T_SPACE;
        while (is_space(peek(x, 0)))
            x->at++;
        return WEIR_OK;
    }
    if (c == '"' || c == '\'')
        return take_string(x, t);
    if (is_number_start(x))
        return take_number(x, t);
    if (is_ident_start(x, 0)) {
        t->kind = CSS_T_IDENT;
        e = take_name(x, &t->text);
        if (!e && peek(x, 0) == '(') {
            t->kind = CSS_T_FUNCTION;
            x->at++;
        }
        return e;
    }
    if (c == '#' && (continues_name(peek(x, 1)) || is_escape(x, 1))) {
        t->kind = CSS_T_HASH;
        t->is_id = is_ident_start(x, 1);
        x->at++;
        return take_name(x, &t->text);
    }
    t->kind = CSS_T_DELIM;
    t->delim = c;
    x->at++;
    return WEIR_OK;
}

enum weir_err css_lex(struct weir_str source, struct weir_arena *arena,
                      struct css_token **out) {
    struct lexer x = {.arena = arena};
    enum weir_err e = preprocess(&x, source);
    if (e)
        return e;
    /* Every token but the last one takes at least one byte. */
    x.tokens = weir_arena_alloc(arena, (x.n + 1) * sizeof *x.tokens);
    if (!x.tokens)
        return WEIR_E_NOMEM;
    for (;;) {
        struct css_token *t = &x.tokens[x.count++];
        skip_comments(&x);
        memset(t, 0, sizeof *t);
        t->at = x.origin[x.at];
        t->kind = CSS_T_END;
        if (x.at >= x.n)
            break;
        e = take_token(&x, t);
        if (e)
            return e;
    }
    *out = x.tokens;
    return WEIR_OK;
}
