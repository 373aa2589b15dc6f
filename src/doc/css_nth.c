/* css_nth.c - reads An+B.
 *
 * CSS Syntax Level 3, section 6. The notation was made for people and cut into
 * tokens by a lexer that does not know it: "2n-1" is one dimension with the
 * unit "n-1", "2n -1" a dimension and a number, "-n- 1" a name and a number.
 * So the part up to the n is read first, then a tail that was glued to it,
 * then what follows in tokens of its own. */
#include "doc/css_parser.h"

static enum weir_err refuse(struct css_parser *p) {
    return css_refuse(p, p->t, "expected a position such as 3, odd or 2n+1");
}

/* The tail after "n", if it is whole in this text: "-12". */
static bool read_tail(struct weir_str tail, int32_t *b) {
    int64_t v = 0;
    if (tail.n < 2 || tail.p[0] != '-')
        return false;
    for (size_t i = 1; i < tail.n; i++) {
        if (!weir_is_digit(tail.p[i]))
            return false;
        v = v * 10 + (tail.p[i] - '0');
        if (v > INT32_MAX)
            v = INT32_MAX;
    }
    *b = (int32_t)-v;
    return true;
}

static bool is_unsigned_integer(const struct css_token *t) {
    return t->kind == CSS_T_NUMBER && t->is_integer && !t->has_sign;
}

/* After "n": nothing, "+3" or "+ 3". */
static enum weir_err read_offset(struct css_parser *p, struct css_nth *nth) {
    const struct css_token *back = p->t;
    css_skip_space(p);
    if (p->t->kind == CSS_T_NUMBER && p->t->is_integer && p->t->has_sign) {
        nth->b = p->t->number;
        p->t++;
        return WEIR_OK;
    }
    if (css_is_delim(p->t, '+') || css_is_delim(p->t, '-')) {
        bool negative = p->t->delim == '-';
        p->t++;
        css_skip_space(p);
        if (!is_unsigned_integer(p->t))
            return refuse(p);
        nth->b = negative ? -p->t->number : p->t->number;
        p->t++;
        return WEIR_OK;
    }
    p->t = back;
    return WEIR_OK;
}

/* text is "n", "n-" or "n-12", in any case; a is known already. */
static enum weir_err read_from_n(struct css_parser *p, struct weir_str text,
                                 struct css_nth *nth) {
    struct weir_str tail;
    if (text.n == 0 || weir_to_lower(text.p[0]) != 'n')
        return refuse(p);
    tail = weir_str_sub(text, 1, text.n);
    if (tail.n && !weir_str_eq(tail, WEIR_STR("-"))) {
        if (!read_tail(tail, &nth->b))
            return refuse(p);
        p->t++;
        return WEIR_OK;
    }
    p->t++;
    if (tail.n == 0)
        return read_offset(p, nth);
    css_skip_space(p);
    if (!is_unsigned_integer(p->t))
        return refuse(p);
    nth->b = -p->t->number;
    p->t++;
    return WEIR_OK;
}

enum weir_err css_parse_nth(struct css_parser *p, struct css_nth *nth) {
    struct weir_str text;
    css_skip_space(p);
    text = p->t->text;
    nth->a = nth->b = 0;
    if (p->t->kind == CSS_T_NUMBER && p->t->is_integer) {
        nth->b = p->t->number;
        p->t++;
        return WEIR_OK;
    }
    if (p->t->kind == CSS_T_DIMENSION && p->t->is_integer) {
        nth->a = p->t->number;
        return read_from_n(p, text, nth);
    }
    if (css_is_delim(p->t, '+') && p->t[1].kind == CSS_T_IDENT &&
        weir_to_lower(p->t[1].text.p[0]) == 'n') {
        p->t++;
        nth->a = 1;
        return read_from_n(p, p->t->text, nth);
    }
    if (p->t->kind != CSS_T_IDENT)
        return refuse(p);
    if (weir_str_eq_nocase(text, WEIR_STR("odd")) ||
        weir_str_eq_nocase(text, WEIR_STR("even"))) {
        nth->a = 2;
        nth->b = weir_to_lower(text.p[0]) == 'o';
        p->t++;
        return WEIR_OK;
    }
    nth->a = text.p[0] == '-' ? -1 : 1;
    return read_from_n(p, weir_str_sub(text, text.p[0] == '-', text.n), nth);
}
