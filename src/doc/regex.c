/* regex.c - PCRE2 with limits; see the header for what they promise.
 *
 * PCRE2 counts matches anew for each position where a match may start, and
 * does not count the characters that "a*" runs over at all, so its limits do
 * not bound a search. Hence stretches: PCRE2_USE_OFFSET_LIMIT keeps one call to
 * some positions, and between calls the thread's CPU time is read. It is the
 * one place in doc/ that looks at a clock: a page that meets this limit would
 * otherwise hold its worker for minutes.
 *
 * The JIT counts less than the interpreter does (nothing within runs of one
 * character), so it serves short texts only: there a single position is
 * bounded by the length of the text. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "doc/regex.h"

#include "base/escape.h"
#include "base/mem.h"

#include <pcre2.h>
#include <string.h>
#include <time.h>

enum {
    MATCH_LIMIT = 1000000,
    JIT_MATCH_LIMIT = 100000,
    DEPTH_LIMIT = 20000,
    HEAP_LIMIT_KIB = 64 * 1024,
    JIT_TEXT = 16 * 1024,
    WORK_PER_STRETCH = 1 << 24, /* positions x length of the text */
    QUICK_NS = 10 * 1000 * 1000
};
#define BUDGET_NS INT64_C(3000000000)

struct weir_regex {
    pcre2_code *code;
    pcre2_match_context *context;
    pcre2_match_data *data;
    bool has_group, has_jit;
};

/* The general context hands every allocation of PCRE2 to base/mem. */
static void *take(PCRE2_SIZE size, void *data) {
    (void)data;
    return weir_malloc(size);
}

static void give(void *p, void *data) {
    (void)data;
    weir_free(p);
}

static size_t column_of(struct weir_str text, size_t at) {
    size_t column = 1;
    for (size_t i = 0; i < at && i < text.n; i++)
        column += ((unsigned char)text.p[i] & 0xC0) != 0x80;
    return column;
}

static enum weir_err refuse(struct weir_str pattern, int code, size_t at,
                            size_t *column, struct weir_error *error) {
    PCRE2_UCHAR text[160];
    size_t place = column_of(pattern, at);
    if (code == PCRE2_ERROR_HEAP_FAILED || code == PCRE2_ERROR_NOMEMORY)
        return weir_error_nomem(error);
    pcre2_get_error_message(code, text, sizeof text);
    if (column)
        *column = place;
    return weir_error_set(error, WEIR_E_INVALID, "pattern, column %zu: %s",
                          place, (const char *)text);
}

static enum weir_err prepare(struct weir_regex *r, pcre2_general_context *g,
                             struct weir_error *error) {
    uint32_t groups = 0;
    int jit;
    r->context = pcre2_match_context_create(g);
    r->data = pcre2_match_data_create_from_pattern(r->code, g);
    if (!r->context || !r->data)
        return weir_error_nomem(error);
    pcre2_pattern_info(r->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    r->has_group = groups > 0;
    jit = pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
    r->has_jit = jit == 0;
    pcre2_set_depth_limit(r->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(r->context, HEAP_LIMIT_KIB);
    return WEIR_OK;
}

enum weir_err weir_regex_compile(struct weir_str pattern,
                                 struct weir_regex **out, size_t *column,
                                 struct weir_error *error) {
    pcre2_general_context *g = pcre2_general_context_create(take, give, NULL);
    pcre2_compile_context *c = g ? pcre2_compile_context_create(g) : NULL;
    struct weir_regex *r = weir_calloc(1, sizeof *r);
    enum weir_err e = WEIR_E_NOMEM;
    PCRE2_SIZE at = 0;
    int code = 0;
    if (!c || !r) {
        weir_error_nomem(error);
    } else {
        r->code =
            pcre2_compile((PCRE2_SPTR)(pattern.p ? pattern.p : ""), pattern.n,
                          PCRE2_UTF | PCRE2_UCP | PCRE2_USE_OFFSET_LIMIT |
                              PCRE2_NEVER_BACKSLASH_C,
                          &code, &at, c);
        e = r->code ? prepare(r, g, error)
                    : refuse(pattern, code, at, column, error);
    }
    pcre2_compile_context_free(c);
    pcre2_general_context_free(g);
    if (e)
        weir_regex_destroy(r);
    else
        *out = r;
    return e;
}

void weir_regex_destroy(struct weir_regex *r) {
    if (!r)
        return;
    pcre2_match_data_free(r->data);
    pcre2_match_context_free(r->context);
    pcre2_code_free(r->code);
    weir_free(r);
}

void weir_regex_scan_init(struct weir_regex_scan *scan, struct weir_regex *r,
                          struct weir_str text) {
    *scan = (struct weir_regex_scan){.regex = r, .text = text};
    if (!text.p)
        scan->text = WEIR_STR("");
}

static int64_t cpu_ns(void) {
    struct timespec t = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static size_t char_after(struct weir_str text, size_t at) {
    for (at++; at < text.n && ((unsigned char)text.p[at] & 0xC0) == 0x80;)
        at++;
    return at;
}

/* pcre2_match over positions [from, to]; a JIT stack that is too small is no
 * reason to give up. */
static int match_stretch(struct weir_regex *r, struct weir_str text,
                         size_t from, size_t to, uint32_t options) {
    bool jit = r->has_jit && text.n <= JIT_TEXT;
    int rc = PCRE2_ERROR_JIT_STACKLIMIT;
    pcre2_set_offset_limit(r->context, to);
    if (jit) {
        pcre2_set_match_limit(r->context, JIT_MATCH_LIMIT);
        rc = pcre2_match(r->code, (PCRE2_SPTR)text.p, text.n, from,
                         options | PCRE2_NO_UTF_CHECK, r->data, r->context);
    }
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT) {
        pcre2_set_match_limit(r->context, MATCH_LIMIT);
        rc = pcre2_match(r->code, (PCRE2_SPTR)text.p, text.n, from,
                         options | PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, r->data,
                         r->context);
    }
    return rc;
}

/* The first match at or after `from`: pcre2_match's result. */
static int search(struct weir_regex *r, struct weir_str text, size_t from,
                  uint32_t options) {
    size_t stretch = WORK_PER_STRETCH / (text.n + 1) + 1;
    int64_t start = cpu_ns(), before = start;
    for (;;) {
        size_t to = text.n - from > stretch ? from + stretch : text.n;
        int rc = match_stretch(r, text, from, to, options);
        int64_t now;
        if (rc != PCRE2_ERROR_NOMATCH || to >= text.n)
            return rc;
        now = cpu_ns();
        if (now - start > BUDGET_NS)
            return PCRE2_ERROR_MATCHLIMIT;
        if (now - before < QUICK_NS && stretch < SIZE_MAX / 2)
            stretch *= 2;
        else if (stretch > 1)
            stretch /= 2;
        before = now;
        from = char_after(text, to);
        options &= ~(PCRE2_NOTEMPTY_ATSTART);
    }
}

static enum weir_err failed(int rc, struct weir_error *error) {
    switch (rc) {
    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_DEPTHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
    case PCRE2_ERROR_RECURSELOOP:
        return weir_error_set(error, WEIR_E_LIMIT,
                              "the pattern takes too many steps on this text");
    case PCRE2_ERROR_NOMEMORY:
        return weir_error_nomem(error);
    default:
        return weir_error_set(error, WEIR_E_INVALID,
                              "the pattern cannot be matched (PCRE2 error %d)",
                              rc);
    }
}

static struct weir_str group(const struct weir_regex *r, struct weir_str text,
                             size_t i) {
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->data) + 2 * i;
    bool none = i >= pcre2_get_ovector_count(r->data) || at[0] == PCRE2_UNSET ||
                at[0] > at[1];
    return none ? weir_str_make(text.p, 0)
                : weir_str_sub(text, at[0], at[1] - at[0]);
}

enum weir_err weir_regex_next(struct weir_regex_scan *scan,
                              struct weir_regex_match *match,
                              struct weir_error *error) {
    struct weir_regex *r = scan->regex;
    const PCRE2_SIZE *at;
    int rc;
    match->found = false;
    if (scan->done || scan->at > scan->text.n)
        return WEIR_OK;
    if (!scan->checked && !weir_utf8_valid(scan->text))
        return weir_error_set(error, WEIR_E_INVALID, "the text is not UTF-8");
    scan->checked = true;
    rc = search(r, scan->text, scan->at,
                scan->after_empty ? PCRE2_NOTEMPTY_ATSTART : 0);
    if (rc == PCRE2_ERROR_NOMATCH) {
        scan->done = true;
        return WEIR_OK;
    }
    if (rc < 0)
        return failed(rc, error);
    at = pcre2_get_ovector_pointer(r->data);
    match->found = true;
    match->whole = group(r, scan->text, 0);
    match->value = r->has_group ? group(r, scan->text, 1) : match->whole;
    if (at[1] > scan->at)
        scan->at = at[1];
    else if (scan->after_empty) /* with \K a match can end before it begins */
        scan->at = char_after(scan->text, scan->at);
    scan->after_empty = at[0] >= at[1];
    return WEIR_OK;
}

enum weir_err weir_regex_find(struct weir_regex *r, struct weir_str text,
                              struct weir_regex_match *match,
                              struct weir_error *error) {
    struct weir_regex_scan scan;
    weir_regex_scan_init(&scan, r, text);
    return weir_regex_next(&scan, match, error);
}

/* ---- replacing ---- */

/* The group that a reference at the start of s ("1}", "name}", "12") means;
 * *used bytes; -1 if it is none. */
static int reference(const struct weir_regex *r, struct weir_str s,
                     size_t *used) {
    bool braces = s.n > 0 && s.p[0] == '{';
    size_t end = braces ? weir_str_find(s, '}', 0) : 0;
    struct weir_str name;
    char text[40];
    uint64_t number;
    int found;
    if (braces && end == s.n)
        return -1;
    if (!braces)
        while (end < s.n && end < 2 && weir_is_digit(s.p[end]))
            end++;
    name = weir_str_sub(s, braces, end - braces);
    *used = end + braces;
    if (weir_str_to_u64(name, &number))
        return number < 65536 ? (int)number : -1;
    if (!braces || name.n == 0 || name.n >= sizeof text)
        return -1;
    memcpy(text, name.p, name.n);
    text[name.n] = '\0';
    found = pcre2_substring_number_from_name(r->code, (PCRE2_SPTR)text);
    return found > 0 ? found : -1;
}

static void put_replacement(const struct weir_regex *r, struct weir_str text,
                            struct weir_str with, struct weir_buf *out) {
    size_t i = 0;
    while (i < with.n) {
        size_t dollar = weir_str_find(with, '$', i), used = 0;
        struct weir_str rest = weir_str_sub(with, dollar + 1, with.n);
        int number;
        weir_buf_str(out, weir_str_sub(with, i, dollar - i));
        if (dollar == with.n)
            return;
        i = dollar + 1;
        if (rest.n && (rest.p[0] == '$' || rest.p[0] == '&')) {
            weir_buf_str(out,
                         rest.p[0] == '$' ? WEIR_STR("$") : group(r, text, 0));
            i++;
            continue;
        }
        number = reference(r, rest, &used);
        if (number < 0)
            weir_buf_byte(out, '$');
        else
            weir_buf_str(out, group(r, text, (size_t)number));
        i += number < 0 ? 0 : used;
    }
}

enum weir_err weir_regex_replace(struct weir_regex *r, struct weir_str text,
                                 struct weir_str replacement,
                                 struct weir_buf *out, size_t *count,
                                 struct weir_error *error) {
    struct weir_regex_scan scan;
    struct weir_regex_match m;
    size_t done = 0;
    enum weir_err e;
    *count = 0;
    weir_regex_scan_init(&scan, r, text);
    while ((e = weir_regex_next(&scan, &m, error)) == WEIR_OK && m.found) {
        size_t from = (size_t)(m.whole.p - scan.text.p);
        if (from < done)
            continue; /* a look-behind with \K */
        weir_buf_str(out, weir_str_sub(text, done, from - done));
        put_replacement(r, scan.text, replacement, out);
        done = from + m.whole.n;
        ++*count;
    }
    weir_buf_str(out, weir_str_sub(text, done, text.n));
    if (!e && out->failed)
        e = weir_error_nomem(error);
    return e;
}
