/* pagenumber.c - numbers as pages write them; the rules are in the header.
 *
 * First the extent of the number is found: digits with single separators in
 * between. Then the separators are looked at together, and only then digits are
 * copied: mantissa and a shift of the decimal point. */
#include "core/pagenumber.h"

#include <string.h>

enum { MAX_LENGTH = 1000, MAX_SHIFT = 1000 };

/* A separator is known by one character: '.', ',', '\'' for apostrophes and
 * ' ' for the spaces; 0 is none. */
static char separator(struct weir_str s, size_t *n) {
    static const struct {
        const char *text;
        char kind;
    } known[] = {{".", '.'},
                 {",", ','},
                 {"'", '\''},
                 {" ", ' '},
                 {"\xC2\xA0", ' '},     /* no-break space */
                 {"\xE2\x80\xAF", ' '}, /* narrow no-break space */
                 {"\xE2\x80\x89", ' '}, /* thin space */
                 {"\xE2\x80\x99", '\''}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct weir_str text = weir_str_of(known[i].text);
        if (weir_str_starts(s, text)) {
            *n = text.n;
            return known[i].kind;
        }
    }
    return 0;
}

static size_t digits_at(struct weir_str s, size_t at) {
    size_t n = 0;
    while (at + n < s.n && weir_is_digit(s.p[at + n]))
        n++;
    return n;
}

struct shape {
    size_t points, commas, others; /* separators of each kind */
    char last;                     /* the last point or comma */
    size_t first_group, last_group;
    bool zero_first; /* the first group is "0" */
    size_t end;
};

static size_t *counter(struct shape *shape, char kind) {
    if (kind == '.')
        return &shape->points;
    return kind == ',' ? &shape->commas : &shape->others;
}

/* From the first digit on. A space or an apostrophe belongs to the number only
 * between groups of thousands. */
static struct shape shape_of(struct weir_str s, size_t from) {
    struct shape shape = {0};
    size_t at = from + digits_at(s, from);
    shape.first_group = shape.last_group = at - from;
    shape.zero_first = shape.first_group == 1 && s.p[from] == '0';
    shape.end = at;
    for (;;) {
        size_t n = 0, group;
        char kind = separator(weir_str_sub(s, at, s.n), &n);
        group = kind ? digits_at(s, at + n) : 0;
        if (group == 0)
            return shape;
        if ((kind == ' ' || kind == '\'') &&
            (group != 3 || shape.first_group > 3 || shape.zero_first ||
             shape.last == ',' || shape.last == '.'))
            return shape;
        if (*counter(&shape, kind) > 0 && (group != 3 || shape.last_group != 3))
            return shape; /* "19.06.2019": not thousands */
        ++*counter(&shape, kind);
        if (kind == '.' || kind == ',')
            shape.last = kind;
        shape.last_group = group;
        at += n + group;
        shape.end = at;
    }
}

/* Languages (and regions) in which a comma is decimal. */
static bool has_decimal_comma(const char *lang) {
    static const char known[] =
        "af az be bg bs ca cs da de el es et eu fi fo fr "
        "gl hr hu hy id is it ka kk lt lv mk nb nl nn "
        "no pl pt ro ru sk sl sq sr sv tr uk vi ";
    struct weir_str s = weir_str_of(lang);
    char primary[4];
    size_t n = 0;
    while (n < s.n && weir_is_alpha(s.p[n]))
        n++;
    if (n != 2)
        return false;
    if (weir_str_ends(s, WEIR_STR("-CH")) || weir_str_ends(s, WEIR_STR("-MX")))
        return false;
    primary[0] = weir_to_lower(s.p[0]);
    primary[1] = weir_to_lower(s.p[1]);
    primary[2] = ' ';
    primary[3] = '\0';
    return strstr(known, primary) != NULL;
}

/* The separator before the decimals, 0 if there are none. */
static char decimal_of(const struct shape *shape, const char *lang,
                       bool integer) {
    size_t same = shape->last == '.' ? shape->points : shape->commas;
    bool thousands =
        shape->last_group == 3 && shape->first_group <= 3 && !shape->zero_first;
    if (!shape->last || same > 1)
        return 0;
    if (shape->points && shape->commas)
        return shape->last;
    if (!thousands || shape->others)
        return shape->last;
    if (lang)
        return shape->last == (has_decimal_comma(lang) ? ',' : '.')
                   ? shape->last
                   : 0;
    return shape->last == '.' && !integer ? '.' : 0;
}

static bool is_word_end(struct weir_str s, size_t at) {
    return at >= s.n ||
           (!weir_is_alnum(s.p[at]) && !((unsigned char)s.p[at] & 0x80));
}

/* The power of ten behind the number: K, M, or an exponent. */
static bool shift_of(struct weir_str s, size_t at, long *shift) {
    int64_t exponent;
    size_t from = at + 1, n;
    *shift = 0;
    if (at >= s.n)
        return true;
    if ((s.p[at] == 'K' || s.p[at] == 'k' || s.p[at] == 'M') &&
        is_word_end(s, at + 1)) {
        *shift = s.p[at] == 'M' ? 6 : 3;
        return true;
    }
    if (s.p[at] != 'e' && s.p[at] != 'E')
        return true;
    if (from < s.n && (s.p[from] == '-' || s.p[from] == '+'))
        from++;
    n = digits_at(s, from);
    if (n == 0 || !is_word_end(s, from + n))
        return true;
    if (n > 4 || !weir_str_to_i64(weir_str_sub(s, from, n), &exponent) ||
        exponent > MAX_SHIFT)
        return false;
    *shift = (long)(s.p[from - 1] == '-' ? -exponent : exponent);
    return true;
}

/* A sign counts unless it joins: "5-10", "A-5". */
static bool is_negative(struct weir_str s, size_t at) {
    static const struct weir_str minus = {"\xE2\x88\x92", 3}; /* U+2212 */
    static const struct weir_str currency[] = {
        {"$", 1}, {"\xC2\xA3", 2}, {"\xE2\x82\xAC", 3}};
    struct weir_str before = weir_str_sub(s, 0, at);
    for (size_t i = 0; i < sizeof currency / sizeof *currency; i++)
        if (weir_str_ends(before, currency[i]))
            at = before.n -= currency[i].n;
    while (before.n && before.p[before.n - 1] == ' ')
        before.n--;
    if (at - before.n > 1)
        return false;
    if (before.n && before.p[before.n - 1] == '-')
        before.n--;
    else if (weir_str_ends(before, minus))
        before.n -= minus.n;
    else
        return false;
    return before.n == 0 || weir_is_space(before.p[before.n - 1]) ||
           before.p[before.n - 1] == '(' || before.p[before.n - 1] == '$';
}

/* Digits with the decimal point `scale` digits from the right; scale < 0 means
 * zeros to append. */
static void put_number(struct weir_buf *out, bool negative,
                       struct weir_str digits, long scale, bool integer) {
    size_t whole = scale >= (long)digits.n ? 0 : digits.n - (size_t)scale;
    struct weir_str head, tail;
    if (scale <= 0)
        whole = digits.n;
    head = weir_str_sub(digits, 0, whole);
    tail = weir_str_sub(digits, whole, digits.n);
    while (head.n > 1 && head.p[0] == '0')
        head = weir_str_sub(head, 1, head.n);
    if (negative)
        weir_buf_byte(out, '-');
    if (head.n == 0)
        head = WEIR_STR("0");
    weir_buf_str(out, head);
    for (; scale < 0 && !weir_str_eq(head, WEIR_STR("0")); scale++)
        weir_buf_byte(out, '0');
    if (integer || tail.n == 0)
        return;
    weir_buf_byte(out, '.');
    for (size_t zeros = (size_t)scale - tail.n; zeros > 0; zeros--)
        weir_buf_byte(out, '0');
    weir_buf_str(out, tail);
}

static bool all_zero(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '0')
            return false;
    return true;
}

static bool put_from(struct weir_str s, size_t from, const struct shape *shape,
                     const char *lang, bool integer, struct weir_buf *out) {
    char digits[MAX_LENGTH], decimal = decimal_of(shape, lang, integer);
    bool in_decimals = false;
    size_t count = 0;
    long scale = 0, shift;
    struct weir_str all;
    if (shape->end - from > MAX_LENGTH || !shift_of(s, shape->end, &shift))
        return false;
    for (size_t i = from; i < shape->end; i++) {
        if (weir_is_digit(s.p[i])) {
            digits[count++] = s.p[i];
            scale += in_decimals;
        } else if (decimal && s.p[i] == decimal) {
            in_decimals = true;
        }
    }
    scale -= shift;
    all = weir_str_make(digits, count);
    if (integer && scale > 0) {
        size_t kept = scale > (long)count ? 0 : count - (size_t)scale;
        if (!all_zero(weir_str_sub(all, kept, count)))
            return false;
    }
    put_number(out, is_negative(s, from), all, scale, integer);
    return !out->failed;
}

static bool read(struct weir_str s, const char *lang, bool integer,
                 struct weir_buf *out) {
    size_t from = 0;
    struct shape shape;
    while (from < s.n && !weir_is_digit(s.p[from]))
        from++;
    if (from == s.n)
        return false;
    /* ".5" */
    if (from && s.p[from - 1] == '.' && !integer &&
        (from == 1 || weir_is_space(s.p[from - 2]))) {
        size_t n = digits_at(s, from);
        if (n > MAX_LENGTH)
            return false;
        put_number(out, is_negative(s, from - 1), weir_str_sub(s, from, n),
                   (long)n, false);
        return !out->failed;
    }
    shape = shape_of(s, from);
    return put_from(s, from, &shape, lang, integer, out);
}

bool weir_pagenumber_float(struct weir_str text, const char *lang,
                           struct weir_buf *out) {
    return read(text, lang, false, out);
}

bool weir_pagenumber_int(struct weir_str text, const char *lang,
                         struct weir_buf *out) {
    return read(text, lang, true, out);
}
