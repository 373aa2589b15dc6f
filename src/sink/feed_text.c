/* Why: texts of pages made fit for feeds, and the little XML that feeds need.
 *
 * weir_feed_cut walks over the text once. It remembers the last place where a
 * cut would do no harm and what would have to be closed there: the stack of
 * open elements, whose end tags count towards the limit. */
#include "sink/feed.h"

#include "base/escape.h"
#include "base/units.h"

#include <string.h>

/* ---- cutting ---- */

enum { DEPTH = 32 };

static const char ellipsis[] = "\xE2\x80\xA6";

struct cutter {
    struct weir_str text;
    struct weir_str open[DEPTH]; /* names of elements */
    size_t depth, closing;       /* bytes of their end tags */
};

/* HTML's elements without an end tag. */
static bool is_void(struct weir_str name) {
    static const char *const names[] = {
        "area",  "base", "br",   "col",   "embed",  "hr",    "img",
        "input", "link", "meta", "param", "source", "track", "wbr"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (weir_str_eq_nocase(name, weir_str_of(names[i])))
            return true;
    return false;
}

/* The length of the tag or comment at i, 0 if there is none; SIZE_MAX if it
 * does not end. */
static size_t tag_length(struct weir_str s, size_t i) {
    if (i + 1 >= s.n ||
        !(weir_is_alpha(s.p[i + 1]) || s.p[i + 1] == '/' || s.p[i + 1] == '!'))
        return 0;
    struct weir_str rest = weir_str_sub(s, i, s.n);
    bool comment = weir_str_starts(rest, WEIR_STR("<!--"));
    size_t end = comment ? weir_str_search(rest, WEIR_STR("-->"))
                         : weir_str_find(rest, '>', 0);
    if (end == rest.n)
        return SIZE_MAX;
    return end + (comment ? 3 : 1);
}

/* The length of the entity at i, 0 if there is none. */
static size_t entity_length(struct weir_str s, size_t i) {
    size_t n = i + 1;
    while (n < s.n && n - i < 34 && (weir_is_alnum(s.p[n]) || s.p[n] == '#'))
        n++;
    return n < s.n && n > i + 1 && s.p[n] == ';' ? n + 1 - i : 0;
}

/* Follows a tag; false: too deep to close everything. */
static bool follow_tag(struct cutter *c, struct weir_str tag) {
    bool closes = tag.n > 1 && tag.p[1] == '/';
    size_t from = closes ? 2 : 1, n = from;
    while (n < tag.n && (weir_is_alnum(tag.p[n]) || tag.p[n] == '-'))
        n++;
    struct weir_str name = weir_str_sub(tag, from, n - from);
    if (name.n == 0 || is_void(name) || (tag.n > 2 && tag.p[tag.n - 2] == '/'))
        return true;
    if (!closes) {
        if (c->depth == DEPTH)
            return false;
        c->open[c->depth++] = name;
        c->closing += name.n + 3;
        return true;
    }
    for (size_t i = c->depth; i-- > 0;)
        if (weir_str_eq_nocase(c->open[i], name)) {
            while (c->depth > i)
                c->closing -= c->open[--c->depth].n + 3;
            break;
        }
    return true;
}

/* How far the unit at i reaches: a character, an entity or a tag. 0: stop. */
static size_t step(struct cutter *c, size_t i) {
    uint32_t cp;
    size_t n = 0;
    if (c->text.p[i] == '<') {
        n = tag_length(c->text, i);
        if (n == SIZE_MAX ||
            (n > 0 && !follow_tag(c, weir_str_sub(c->text, i, n))))
            return 0;
    } else if (c->text.p[i] == '&') {
        n = entity_length(c->text, i);
    }
    if (n == 0)
        n = weir_utf8_decode(weir_str_sub(c->text, i, 4), &cp);
    return n > 0 ? n : 1;
}

enum weir_err weir_feed_cut(struct weir_str text, size_t max,
                            struct weir_buf *out) {
    struct cutter c = {.text = text}, best = {0};
    size_t at = 0, i = 0;
    if (text.n <= max)
        return weir_buf_str(out, text);
    while (i < text.n && i < max) {
        size_t n = step(&c, i);
        if (n == 0)
            break;
        i += n;
        if (i + c.closing + sizeof ellipsis - 1 <= max) {
            at = i;
            best = c;
        }
    }
    weir_buf_str(out, weir_str_sub(text, 0, at));
    weir_buf_z(out, ellipsis);
    while (best.depth > 0) {
        weir_buf_z(out, "</");
        weir_buf_str(out, best.open[--best.depth]);
        weir_buf_byte(out, '>');
    }
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

/* ---- values ---- */

static size_t skip_digits(struct weir_str s, size_t i) {
    while (i < s.n && weir_is_digit(s.p[i]))
        i++;
    return i;
}

/* [H:]MM:SS */
static bool is_clock(struct weir_str s) {
    size_t parts = 0;
    while (s.n > 0) {
        struct weir_str head, tail;
        bool more = weir_str_cut(s, ':', &head, &tail);
        if (head.n == 0 || head.n > (parts == 0 ? 4 : 2) ||
            skip_digits(head, 0) != head.n || (more && tail.n == 0))
            return false;
        parts++;
        s = tail;
    }
    return parts == 2 || parts == 3;
}

/* "PT1H2M3S" (RFC 3339 appendix A), in seconds. */
static bool iso_duration(struct weir_str s, uint64_t *out) {
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = {{'h', 3600}, {'m', 60}, {'s', 1}};
    uint64_t total = 0, n;
    size_t next = 0;
    if (!weir_str_starts_nocase(s, WEIR_STR("PT")) || s.n == 2)
        return false;
    for (s = weir_str_sub(s, 2, s.n); s.n > 0;) {
        size_t end = skip_digits(s, 0), rest = end;
        if (!weir_str_to_u64(weir_str_sub(s, 0, end), &n) || n > 1000000)
            return false;
        if (rest < s.n && s.p[rest] == '.')
            rest = skip_digits(s, rest + 1);
        while (next < 3 &&
               (rest == s.n || weir_to_lower(s.p[rest]) != units[next].unit))
            next++;
        if (next == 3)
            return false;
        total += n * units[next++].seconds;
        s = weir_str_sub(s, rest + 1, s.n);
    }
    *out = total;
    return true;
}

bool weir_feed_duration(struct weir_str text, struct weir_buf *out) {
    struct weir_str s = weir_str_trim(text), whole, fraction;
    uint64_t seconds;
    if (is_clock(s)) {
        weir_buf_str(out, s);
        return true;
    }
    weir_str_cut(s, '.', &whole, &fraction);
    if (!iso_duration(s, &seconds) && (!weir_str_to_u64(whole, &seconds) ||
                                       skip_digits(fraction, 0) != fraction.n))
        return false;
    weir_buf_fmt(out, "%llu", (unsigned long long)seconds);
    return true;
}

struct weir_str weir_feed_truth(struct weir_str text) {
    static const char *const yes[] = {"true", "yes", "explicit", "1"};
    static const char *const no[] = {"false", "no", "clean", "0"};
    struct weir_str s = weir_str_trim(text);
    for (size_t i = 0; i < 4; i++) {
        if (weir_str_eq_nocase(s, weir_str_of(yes[i])))
            return WEIR_STR("true");
        if (weir_str_eq_nocase(s, weir_str_of(no[i])))
            return WEIR_STR("false");
    }
    return weir_str_make(NULL, 0);
}

/* ---- XML ---- */

static void put_indent(struct weir_buf *out, int indent) {
    while (indent-- > 0)
        weir_buf_byte(out, ' ');
}

static void put_start(struct weir_buf *out, int indent, const char *name,
                      const struct weir_feed_attribute *attributes,
                      size_t count) {
    put_indent(out, indent);
    weir_buf_byte(out, '<');
    weir_buf_z(out, name);
    for (size_t i = 0; i < count; i++) {
        if (attributes[i].value.n == 0)
            continue;
        weir_buf_byte(out, ' ');
        weir_buf_z(out, attributes[i].name);
        weir_buf_z(out, "=\"");
        weir_escape_xml(out, attributes[i].value);
        weir_buf_byte(out, '"');
    }
}

void weir_feed_close(struct weir_buf *out, int indent, const char *name) {
    put_indent(out, indent);
    weir_buf_z(out, "</");
    weir_buf_z(out, name);
    weir_buf_z(out, ">\n");
}

void weir_feed_tag(struct weir_buf *out, int indent, const char *name,
                   const struct weir_feed_attribute *attributes, size_t count,
                   struct weir_str text) {
    put_start(out, indent, name, attributes, count);
    weir_buf_byte(out, '>');
    if (text.n == 0) {
        weir_buf_byte(out, '\n');
        return;
    }
    weir_escape_xml(out, text);
    weir_feed_close(out, 0, name);
}

void weir_feed_empty(struct weir_buf *out, int indent, const char *name,
                     const struct weir_feed_attribute *attributes,
                     size_t count) {
    put_start(out, indent, name, attributes, count);
    weir_buf_z(out, "/>\n");
}

void weir_feed_element(struct weir_buf *out, int indent, const char *name,
                       struct weir_str text) {
    if (text.n > 0)
        weir_feed_tag(out, indent, name, NULL, 0, text);
}

void weir_feed_link(struct weir_buf *out, int indent, const char *name,
                    const char *rel, struct weir_str href, const char *type) {
    if (href.n == 0)
        return;
    const struct weir_feed_attribute attributes[] = {
        {"rel", weir_str_of(rel)},
        {"href", href},
        {"type", weir_str_of(type)},
    };
    weir_feed_empty(out, indent, name, attributes, 3);
}

struct weir_str weir_feed_channel(const struct weir_output *output,
                                  const char *name) {
    for (size_t i = 0; i < output->channel_count; i++)
        if (strcmp(output->channel[i].name, name) == 0)
            return weir_str_of(output->channel[i].value);
    return weir_str_make(NULL, 0);
}
