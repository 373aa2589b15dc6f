/* jq_numbers.c - see the header for the idea.
 *
 * The table is sorted by value, and so by double too; a second order, by the
 * digits that jq prints, serves strings. */
#include "doc/jq_numbers.h"

#include "base/map.h"
#include "base/mem.h"
#include "core/json.h"

#include <jv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_DIGITS = 16, PRINT_ROOM = 32 };

struct number {
    struct weir_str literal; /* in the text */
    double value;
    char print[PRINT_ROOM]; /* as jq writes the value, without sign */
};

struct jq_numbers {
    struct number *at;
    struct number **by_print;
    size_t count, cap;
    struct weir_map *runs; /* of digits in the text, while it is made */
};

/* ---- doubles and decimals, without a locale ---- */

static double parse_any(struct weir_str literal) {
    jv value = jv_parse_sized(literal.p, (int)literal.n);
    double d = jv_get_kind(value) == JV_KIND_NUMBER ? jv_number_value(value)
                                                    : (double)NAN;
    jv_free(value);
    return d;
}

static double parse(struct weir_str literal) {
    int64_t integer;
    if (literal.n < MIN_DIGITS && weir_str_to_i64(literal, &integer) &&
        integer != 0) /* "-0" keeps its sign */
        return (double)integer;
    return parse_any(literal);
}

static void print(double d, char out[PRINT_ROOM]) {
    jv text = jv_dump_string(jv_number(fabs(d)), 0);
    const char *z = jv_string_value(text);
    size_t n = strlen(z);
    out[0] = '\0';
    if (n < PRINT_ROOM)
        memcpy(out, z, n + 1);
    jv_free(text);
}

/* ---- making the table ---- */

static bool is_large_integer(struct weir_str literal) {
    size_t digits = literal.n - (literal.n && literal.p[0] == '-');
    double d;
    if (digits < MIN_DIGITS)
        return false;
    for (size_t i = literal.n - digits; i < literal.n; i++)
        if (!weir_is_digit(literal.p[i]))
            return false;
    d = parse_any(literal);
    return isfinite(d) && fabs(d) < 1e300 && fabs(d) >= 9007199254740992.0;
}

/* By value; equal ones are equal texts, as JSON has no leading zeros. */
static int by_value(const void *a, const void *b) {
    const struct weir_str x = ((const struct number *)a)->literal;
    const struct weir_str y = ((const struct number *)b)->literal;
    bool minus_x = x.p[0] == '-', minus_y = y.p[0] == '-';
    int order;
    if (minus_x != minus_y)
        return minus_x ? -1 : 1;
    if (x.n != y.n)
        order = x.n < y.n ? -1 : 1;
    else
        order = memcmp(x.p, y.p, x.n);
    return minus_x ? -order : order;
}

static int by_print(const void *a, const void *b) {
    return strcmp((*(struct number *const *)a)->print,
                  (*(struct number *const *)b)->print);
}

static enum weir_err add_number(struct jq_numbers *n, struct weir_str literal) {
    if (n->count == n->cap) {
        size_t cap = n->cap ? n->cap * 2 : 16;
        struct number *at = weir_reallocarray(n->at, cap, sizeof *at);
        if (!at)
            return WEIR_E_NOMEM;
        n->at = at;
        n->cap = cap;
    }
    n->at[n->count++] = (struct number){.literal = literal};
    return WEIR_OK;
}

static enum weir_err collect(struct jq_numbers *n, struct weir_str text) {
    struct weir_json r;
    enum weir_err e = WEIR_OK;
    weir_json_init(&r, text);
    while (!e && weir_json_next(&r) > WEIR_JSON_END)
        if (r.token == WEIR_JSON_NUMBER && is_large_integer(r.text))
            e = add_number(n, r.text);
    return e;
}

static void unite(struct jq_numbers *n) {
    size_t kept = 0;
    qsort(n->at, n->count, sizeof *n->at, by_value);
    for (size_t i = 0; i < n->count; i++)
        if (kept == 0 || by_value(&n->at[kept - 1], &n->at[i]) != 0)
            n->at[kept++] = n->at[i];
    n->count = kept;
}

/* The next run of at least MIN_DIGITS digits at or after *at; empty at the
 * end. */
static struct weir_str next_run(struct weir_str text, size_t *at) {
    size_t from = *at, to;
    for (; from < text.n; from = to + 1) {
        while (from < text.n && !weir_is_digit(text.p[from]))
            from++;
        for (to = from; to < text.n && weir_is_digit(text.p[to]);)
            to++;
        if (to - from >= MIN_DIGITS) {
            *at = to;
            return weir_str_sub(text, from, to - from);
        }
    }
    *at = text.n;
    return weir_str_make(NULL, 0);
}

static enum weir_err collect_runs(struct jq_numbers *n, struct weir_str text) {
    enum weir_err e = WEIR_OK;
    size_t at = 0;
    for (;;) {
        struct weir_str run = next_run(text, &at);
        if (run.n == 0 || e)
            return e;
        e = weir_map_put(n->runs, run, n);
    }
}

static struct weir_str digits_of(struct weir_str literal) {
    return weir_str_sub(literal, literal.p[0] == '-', literal.n);
}

static void assign(struct jq_numbers *n) {
    double last = -INFINITY;
    for (size_t i = 0; i < n->count; i++) {
        struct number *number = &n->at[i];
        double d = parse_any(number->literal);
        if (d <= last)
            d = nextafter(last, INFINITY);
        for (;; d = nextafter(d, INFINITY)) {
            struct weir_str as;
            print(d, number->print);
            as = weir_str_of(number->print);
            if (weir_str_eq(as, digits_of(number->literal)) ||
                !weir_map_get(n->runs, as))
                break;
        }
        number->value = last = d;
    }
}

static enum weir_err make(struct jq_numbers *n, struct weir_str text) {
    enum weir_err e = collect(n, text);
    if (e || n->count == 0)
        return e;
    unite(n);
    n->runs = weir_map_create();
    n->by_print = weir_reallocarray(NULL, n->count, sizeof *n->by_print);
    if (!n->runs || !n->by_print)
        return WEIR_E_NOMEM;
    e = collect_runs(n, text);
    if (e)
        return e;
    assign(n);
    for (size_t i = 0; i < n->count; i++)
        n->by_print[i] = &n->at[i];
    qsort(n->by_print, n->count, sizeof *n->by_print, by_print);
    weir_map_destroy(n->runs);
    n->runs = NULL;
    return WEIR_OK;
}

enum weir_err jq_numbers_create(struct weir_str text, struct jq_numbers **out) {
    struct jq_numbers *n = NULL;
    size_t at = 0;
    enum weir_err e = WEIR_OK;
    if (next_run(text, &at).n > 0) { /* else there can be none */
        n = weir_calloc(1, sizeof *n);
        e = n ? make(n, text) : WEIR_E_NOMEM;
        if (e || n->count == 0) {
            jq_numbers_destroy(n);
            n = NULL;
        }
    }
    if (!e)
        *out = n;
    return e;
}

void jq_numbers_destroy(struct jq_numbers *n) {
    if (!n)
        return;
    weir_map_destroy(n->runs);
    weir_free(n->at);
    weir_free(n->by_print);
    weir_free(n);
}

/* ---- using it ---- */

double jq_number_of(const struct jq_numbers *n, struct weir_str literal) {
    struct number key = {.literal = literal};
    const struct number *found = NULL;
    if (n && literal.n >= MIN_DIGITS)
        found = bsearch(&key, n->at, n->count, sizeof *n->at, by_value);
    /* by_value takes other numbers for what they are not; texts decide */
    if (found && weir_str_eq(found->literal, literal))
        return found->value;
    return parse(literal);
}

static int compare_value(const void *key, const void *element) {
    double a = *(const double *)key;
    double b = ((const struct number *)element)->value;
    return a < b ? -1 : a > b;
}

void jq_number_put(const struct jq_numbers *n, double value,
                   struct weir_buf *out) {
    const struct number *found = NULL;
    jv text;
    if (n && fabs(value) >= 9007199254740992.0)
        found = bsearch(&value, n->at, n->count, sizeof *n->at, compare_value);
    if (found) {
        weir_buf_str(out, found->literal);
    } else if (fabs(value) < 1e9 && value == (double)(int64_t)value &&
               !signbit(value)) {
        weir_buf_fmt(out, "%lld", (long long)value);
    } else {
        text = jv_dump_string(jv_number(value), 0);
        weir_buf_z(out, jv_string_value(text));
        jv_free(text);
    }
}

struct print_key {
    struct weir_str run;
};

static int compare_print(const void *key, const void *element) {
    return weir_str_cmp(((const struct print_key *)key)->run,
                        weir_str_of((*(struct number *const *)element)->print));
}

void jq_numbers_put_text(const struct jq_numbers *n, struct weir_str text,
                         struct weir_buf *out) {
    size_t at = 0, done = 0;
    while (n) {
        struct print_key key = {next_run(text, &at)};
        struct number *const *found;
        if (key.run.n == 0)
            break;
        found = bsearch(&key, n->by_print, n->count, sizeof *n->by_print,
                        compare_print);
        if (!found)
            continue;
        weir_buf_str(
            out, weir_str_sub(text, done, (size_t)(key.run.p - text.p) - done));
        weir_buf_str(out, digits_of((*found)->literal));
        done = at;
    }
    weir_buf_str(out, weir_str_sub(text, done, text.n));
}
