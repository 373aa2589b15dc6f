/* Globs. A pattern becomes a row of parts: literal text, sets and ranges. The
 * parts are the wheels of an odometer: the next URL turns the rightmost wheel
 * that still can, resets those to its right and renders the text from there on
 * into a buffer that was made large enough for all of them. */
#include "source/glob.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PARTS_MAX = 2 * WEIR_GLOB_MAX + 1, DIGITS_MAX = 20 };

enum kind { LITERAL, SET, NUMBERS, LETTERS };

struct part {
    enum kind kind;
    struct weir_str *words; /* LITERAL: one; SET: each */
    uint64_t count;         /* how many values, never 0 */
    uint64_t now;           /* which one, from 0 */
    uint64_t first, step;   /* NUMBERS and LETTERS */
    size_t width;           /* NUMBERS: zero-padded to this */
    size_t start, end;      /* where it stands in the URL */
};

struct weir_glob {
    struct part parts[PARTS_MAX];
    size_t part_count, glob_count;
    char *text; /* unescaped words of all parts */
    size_t text_len;
    char *url; /* room for the longest */
    bool begun;
};

/* Where the parser stands. */
struct reader {
    struct weir_glob *g;
    struct weir_str in;
    size_t at;
    struct weir_error *error;
};

static enum weir_err fail(struct reader *r, size_t at, const char *what) {
    return weir_error_set(r->error, WEIR_E_USAGE,
                          "column %zu: %s (-g turns globs off)", at + 1, what);
}

static bool is_special(char c) {
    return c == '{' || c == '}' || c == '[' || c == ']' || c == ',' ||
           c == '\\';
}

static bool at_escape(const struct reader *r) {
    return r->in.p[r->at] == '\\' && r->at + 1 < r->in.n &&
           is_special(r->in.p[r->at + 1]);
}

/* Moves one byte, or an escaped one, into the text of words. */
static void take_byte(struct reader *r) {
    if (at_escape(r))
        r->at++;
    r->g->text[r->g->text_len++] = r->in.p[r->at++];
}

static struct part *add_part(struct reader *r, enum kind kind) {
    struct part *p = &r->g->parts[r->g->part_count++];
    p->kind = kind;
    p->count = 1;
    return p;
}

static enum weir_err add_word(struct reader *r, struct part *p, uint64_t index,
                              size_t from) {
    struct weir_str *words;
    words = weir_reallocarray(p->words, (size_t)index + 1, sizeof *words);
    if (!words)
        return weir_error_nomem(r->error);
    p->words = words;
    words[index] = weir_str_make(r->g->text + from, r->g->text_len - from);
    p->count = index + 1;
    return WEIR_OK;
}

/* The length of "[...]" at the reader if it holds an IPv6 address, else 0. A
 * zone ("%eth0") is not part of the address. */
static size_t ipv6_size(const struct reader *r) {
    size_t close = weir_str_find(r->in, ']', r->at);
    struct weir_str inside = weir_str_sub(r->in, r->at + 1, close - r->at - 1);
    struct weir_str address, zone;
    struct in6_addr parsed;
    char z[INET6_ADDRSTRLEN];
    if (close == r->in.n)
        return 0;
    weir_str_cut(inside, '%', &address, &zone);
    if (address.n >= sizeof z)
        return 0;
    memcpy(z, address.p, address.n);
    z[address.n] = '\0';
    return inet_pton(AF_INET6, z, &parsed) == 1 ? close + 1 - r->at : 0;
}

static enum weir_err read_literal(struct reader *r) {
    size_t from = r->g->text_len;
    while (r->at < r->in.n) {
        char c = r->in.p[r->at];
        if (c == '{')
            break;
        if (c == '[') {
            size_t n = ipv6_size(r);
            if (n == 0)
                break;
            memcpy(r->g->text + r->g->text_len, r->in.p + r->at, n);
            r->g->text_len += n;
            r->at += n;
            continue;
        }
        if (c == '}' || c == ']')
            return fail(r, r->at, "a closing bracket without an opening one");
        take_byte(r);
    }
    return add_word(r, add_part(r, LITERAL), 0, from);
}

/* "{a,b}", the reader behind the brace. */
static enum weir_err read_set(struct reader *r, size_t open) {
    struct part *p = add_part(r, SET);
    uint64_t index = 0;
    size_t from = r->g->text_len;
    enum weir_err err;
    for (;;) {
        char c;
        if (r->at == r->in.n)
            return fail(r, open, "'{' is not closed");
        c = r->in.p[r->at];
        if (c == '{' || c == '[')
            return fail(r, r->at, "globs do not nest");
        if (c == ']')
            return fail(r, r->at, "a closing bracket without an opening one");
        if (c != ',' && c != '}') {
            take_byte(r);
            continue;
        }
        err = add_word(r, p, index++, from);
        if (err)
            return err;
        from = r->g->text_len;
        r->at++;
        if (c == '}')
            break;
    }
    if (index == 1 && p->words[0].n == 0)
        return fail(r, open, "'{}' is empty");
    return WEIR_OK;
}

/* Cuts ":step" off the inside of a range; step 1 without one. */
static enum weir_err read_step(struct reader *r, size_t open,
                               struct weir_str *inside, struct part *p) {
    struct weir_str head, step;
    p->step = 1;
    if (!weir_str_cut(*inside, ':', &head, &step))
        return WEIR_OK;
    if (!weir_str_to_u64(step, &p->step) || p->step == 0)
        return fail(r, open, "the step of a range is a number above 0");
    *inside = head;
    return WEIR_OK;
}

static enum weir_err set_range(struct reader *r, size_t open, struct part *p,
                               uint64_t first, uint64_t last) {
    if (first > last)
        return fail(r, open, "a range goes from the lower to the higher end");
    if (last - first == UINT64_MAX)
        return fail(r, open, "a range that long");
    p->first = first;
    p->count = (last - first) / p->step + 1;
    return WEIR_OK;
}

static bool same_case(char a, char b) {
    return weir_is_alpha(a) && weir_is_alpha(b) && (a < 'a') == (b < 'a');
}

/* "[1-9]" or "[a-z]", the reader behind the bracket. */
static enum weir_err read_range(struct reader *r, size_t open) {
    size_t close = weir_str_find(r->in, ']', r->at);
    struct weir_str inside = weir_str_sub(r->in, r->at, close - r->at);
    struct weir_str low, high;
    struct part *p = add_part(r, NUMBERS);
    uint64_t first, last;
    enum weir_err err;
    if (close == r->in.n)
        return fail(r, open, "'[' is not closed");
    r->at = close + 1;
    err = read_step(r, open, &inside, p);
    if (err)
        return err;
    weir_str_cut(inside, '-', &low, &high);
    if (low.n == 1 && high.n == 1 && same_case(low.p[0], high.p[0])) {
        p->kind = LETTERS;
        return set_range(r, open, p, (unsigned char)low.p[0],
                         (unsigned char)high.p[0]);
    }
    if (low.n > DIGITS_MAX || !weir_str_to_u64(low, &first) ||
        !weir_str_to_u64(high, &last))
        return fail(r, open, "a range is [1-100], [001-100:5] or [a-z]");
    p->width = low.p[0] == '0' ? low.n : 0;
    return set_range(r, open, p, first, last);
}

static enum weir_err read_parts(struct reader *r) {
    enum weir_err err = read_literal(r);
    while (!err && r->at < r->in.n) {
        size_t open = r->at++;
        if (r->g->glob_count == WEIR_GLOB_MAX)
            return fail(r, open, "more than 16 globs");
        r->g->glob_count++;
        err = r->in.p[open] == '{' ? read_set(r, open) : read_range(r, open);
        if (!err)
            err = read_literal(r);
    }
    return err;
}

static size_t longest(const struct part *p) {
    size_t most = 0;
    if (p->kind == LETTERS)
        return 1;
    if (p->kind == NUMBERS)
        return p->width > DIGITS_MAX ? p->width : DIGITS_MAX;
    for (uint64_t i = 0; i < p->count; i++)
        if (p->words[i].n > most)
            most = p->words[i].n;
    return most;
}

enum weir_err weir_glob_create(struct weir_glob **out, struct weir_str pattern,
                               struct weir_error *error) {
    struct weir_glob *g = weir_calloc(1, sizeof *g);
    struct reader r = {.g = g, .in = pattern, .error = error};
    size_t size = 1;
    enum weir_err err;
    if (!g)
        return weir_error_nomem(error);
    g->text = weir_malloc(pattern.n + 1);
    err = g->text ? read_parts(&r) : weir_error_nomem(error);
    for (size_t i = 0; !err && i < g->part_count; i++)
        size += longest(&g->parts[i]);
    if (!err && !(g->url = weir_malloc(size)))
        err = weir_error_nomem(error);
    if (err) {
        weir_glob_destroy(g);
        return err;
    }
    *out = g;
    return WEIR_OK;
}

void weir_glob_destroy(struct weir_glob *g) {
    if (!g)
        return;
    for (size_t i = 0; i < g->part_count; i++)
        weir_free(g->parts[i].words);
    weir_free(g->text);
    weir_free(g->url);
    weir_free(g);
}

uint64_t weir_glob_total(const struct weir_glob *g) {
    uint64_t total = 1;
    for (size_t i = 0; i < g->part_count; i++) {
        uint64_t count = g->parts[i].count;
        if (total > UINT64_MAX / count)
            return UINT64_MAX;
        total *= count;
    }
    return total;
}

/* Writes the part's present value at its start. */
static void render(struct weir_glob *g, struct part *p) {
    char *to = g->url + p->start;
    uint64_t value = p->first + p->now * p->step;
    struct weir_str word;
    switch (p->kind) {
    case LITERAL:
    case SET:
        word = p->words[p->now];
        memcpy(to, word.p, word.n);
        p->end = p->start + word.n;
        break;
    case LETTERS:
        *to = (char)value;
        p->end = p->start + 1;
        break;
    case NUMBERS:
        p->end = p->start + (size_t)snprintf(to, DIGITS_MAX + 1, "%0*" PRIu64,
                                             (int)p->width, value);
        break;
    }
}

/* Turns the odometer; the leftmost part that changed, or part_count when all
 * values were shown. */
static size_t advance(struct weir_glob *g) {
    if (!g->begun) {
        g->begun = true;
        return 0;
    }
    for (size_t i = g->part_count; i-- > 0;) {
        if (g->parts[i].now + 1 < g->parts[i].count) {
            g->parts[i].now++;
            return i;
        }
        g->parts[i].now = 0;
    }
    return g->part_count;
}

bool weir_glob_next(struct weir_glob *g, struct weir_str *url,
                    struct weir_str *captures, size_t *count) {
    size_t from = advance(g), end = 0;
    if (from == g->part_count) {
        g->begun = false; /* and the odometer stands at the first again */
        return false;
    }
    *count = 0;
    for (size_t i = 0; i < g->part_count; i++) {
        struct part *p = &g->parts[i];
        if (i >= from) {
            p->start = end;
            render(g, p);
        }
        end = p->end;
        if (p->kind != LITERAL)
            captures[(*count)++] =
                weir_str_make(g->url + p->start, p->end - p->start);
    }
    *url = weir_str_make(g->url, end);
    return true;
}
