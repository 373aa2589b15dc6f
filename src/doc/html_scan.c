/* The states of the standard's tokenizer, as far as they tell tags, attributes,
 * comments and text apart. */
#include "doc/html_scan.h"

#include <string.h>

/* Elements whose contents are text up to their own end tag. */
static const struct raw {
    const char *name;
    bool refs;
} raws[] = {
    {"", false},          {"script", false},  {"style", false},
    {"title", true},      {"textarea", true}, {"xmp", false},
    {"iframe", false},    {"noembed", false}, {"noframes", false},
    {"plaintext", false},
};

enum { NOT_RAW, SCRIPT, PLAINTEXT = sizeof raws / sizeof *raws - 1 };

void weir_scan_init(struct weir_scan *s, struct weir_str page) {
    *s = (struct weir_scan){.page = page};
}

static bool at_word(struct weir_str page, size_t at, const char *word) {
    size_t n = strlen(word);
    return at + n <= page.n && weir_str_eq_nocase(weir_str_make(page.p + at, n),
                                                  weir_str_make(word, n));
}

/* "</name" or "<name" ends here, as a tag's name does. */
static bool ends_name(struct weir_str page, size_t at) {
    return at < page.n && (weir_is_space(page.p[at]) || page.p[at] == '/' ||
                           page.p[at] == '>');
}

static bool at_end_tag(struct weir_str page, size_t at, const char *name) {
    return at + 2 < page.n && page.p[at + 1] == '/' &&
           at_word(page, at + 2, name) &&
           ends_name(page, at + 2 + strlen(name));
}

/* Where the text of a script ends, with the states for "<!--" and, within
 * that, "<script" (sections 13.2.5.15 to 31). */
static size_t script_end(struct weir_str page, size_t at) {
    enum { PLAIN, ESCAPED, DOUBLE } state = PLAIN;
    for (; at < page.n; at++) {
        char c;
        if (state == PLAIN) {
            at = weir_str_find(page, '<', at);
            if (at == page.n)
                break;
        }
        c = page.p[at];
        if (c == '-' && at_word(page, at, "-->")) {
            state = PLAIN;
        } else if (c == '<' && state != DOUBLE &&
                   at_end_tag(page, at, "script")) {
            return at;
        } else if (c == '<' && state == DOUBLE &&
                   at_end_tag(page, at, "script")) {
            state = ESCAPED;
        } else if (c == '<' && state == PLAIN && at_word(page, at, "<!--")) {
            state = ESCAPED;
            at++; /* the dashes may be those of the end */
        } else if (c == '<' && state == ESCAPED &&
                   at_word(page, at + 1, "script") && ends_name(page, at + 7)) {
            state = DOUBLE;
        }
    }
    return page.n;
}

static size_t raw_end(struct weir_str page, size_t at, int element) {
    if (element == PLAINTEXT)
        return page.n;
    if (element == SCRIPT)
        return script_end(page, at);
    for (; at < page.n; at++) {
        at = weir_str_find(page, '<', at);
        if (at_end_tag(page, at, raws[element].name))
            return at;
    }
    return page.n;
}

/* Behind a comment; at: behind "<!--". */
static size_t comment_end(struct weir_str page, size_t at) {
    if (at_word(page, at, ">"))
        return at + 1;
    if (at_word(page, at, "->"))
        return at + 2;
    for (; at < page.n; at++) {
        at = weir_str_find(page, '-', at);
        if (at_word(page, at, "-->"))
            return at + 3;
        if (at_word(page, at, "--!>"))
            return at + 4;
    }
    return page.n;
}

/* Behind the markup at `at` ("<") that is no tag and no text; 0 when it is one
 * of them. */
static size_t skip_markup(struct weir_str page, size_t at) {
    char next = at + 1 < page.n ? page.p[at + 1] : '\0';
    char third = at + 2 < page.n ? page.p[at + 2] : '\0';
    if (at_word(page, at, "<!--"))
        return comment_end(page, at + 4);
    if (next == '!' || next == '?' ||
        (next == '/' && third && !weir_is_alpha(third))) {
        size_t end = weir_str_find(page, '>', at + 2);
        return end < page.n ? end + 1 : page.n;
    }
    return 0;
}

static bool is_tag(struct weir_str page, size_t at) {
    if (at + 1 >= page.n)
        return false;
    return weir_is_alpha(page.p[at + 1]) ||
           (page.p[at + 1] == '/' && at + 2 < page.n &&
            weir_is_alpha(page.p[at + 2]));
}

bool weir_scan_attribute(struct weir_scan *s, struct weir_str *name,
                         struct weir_str *value) {
    const char *p = s->page.p;
    size_t n = s->page.n, i = s->at, from;
    if (!s->in_tag)
        return false;
    while (i < n && (weir_is_space(p[i]) || p[i] == '/'))
        i++;
    if (i >= n || p[i] == '>') {
        s->at = i < n ? i + 1 : n;
        s->cut = i >= n;
        s->in_tag = false;
        return false;
    }
    from = i++; /* a '=' in front belongs to the name */
    while (i < n && !weir_is_space(p[i]) && p[i] != '/' && p[i] != '>' &&
           p[i] != '=')
        i++;
    *name = weir_str_make(p + from, i - from);
    *value = weir_str_make(p + i, 0);
    s->at = i;
    while (i < n && weir_is_space(p[i]))
        i++;
    if (i >= n || p[i] != '=')
        return true;
    i++;
    while (i < n && weir_is_space(p[i]))
        i++;
    if (i < n && (p[i] == '"' || p[i] == '\'')) {
        size_t end = weir_str_find(s->page, p[i], i + 1);
        *value = weir_str_make(p + i + 1, end - i - 1);
        s->at = end < n ? end + 1 : n;
        return true;
    }
    from = i;
    while (i < n && !weir_is_space(p[i]) && p[i] != '>')
        i++;
    *value = weir_str_make(p + from, i - from);
    s->at = i;
    return true;
}

static int raw_of(struct weir_str name) {
    if (!strchr("stxinpSTXINP", name.p[0]))
        return NOT_RAW;
    for (int i = 1; i <= PLAINTEXT; i++) {
        if (weir_str_eq_nocase(name, weir_str_of(raws[i].name)))
            return i;
    }
    return NOT_RAW;
}

static enum weir_scan_event read_tag(struct weir_scan *s, size_t at) {
    bool close = s->page.p[at + 1] == '/';
    size_t from = at + (close ? 2 : 1), i = from;
    while (i < s->page.n && !weir_is_space(s->page.p[i]) &&
           s->page.p[i] != '/' && s->page.p[i] != '>')
        i++;
    s->name = weir_str_make(s->page.p + from, i - from);
    s->start = at;
    s->at = i;
    s->in_tag = true;
    s->raw_element = close ? NOT_RAW : raw_of(s->name);
    return close ? WEIR_SCAN_CLOSE : WEIR_SCAN_OPEN;
}

static enum weir_scan_event give_text(struct weir_scan *s, size_t end, bool raw,
                                      bool refs) {
    s->start = s->at;
    s->text = weir_str_sub(s->page, s->at, end - s->at);
    s->at = end;
    s->raw = raw;
    s->plain_refs = refs;
    return WEIR_SCAN_TEXT;
}

enum weir_scan_event weir_scan_next(struct weir_scan *s) {
    struct weir_str name, value;
    size_t i;
    while (weir_scan_attribute(s, &name, &value))
        ;
    if (s->raw_element != NOT_RAW) {
        int element = s->raw_element;
        size_t end = raw_end(s->page, s->at, element);
        s->raw_element = NOT_RAW;
        if (end > s->at)
            return give_text(s, end, true, raws[element].refs);
    }
    for (i = s->at; i < s->page.n; i++) {
        size_t behind;
        i = weir_str_find(s->page, '<', i);
        if (i == s->page.n)
            break;
        if (is_tag(s->page, i)) {
            if (i > s->at)
                return give_text(s, i, false, true);
            return read_tag(s, i);
        }
        behind = skip_markup(s->page, i);
        if (behind && i > s->at)
            return give_text(s, i, false, true);
        if (behind) {
            s->at = behind;
            i = behind - 1;
        }
    }
    if (s->at < s->page.n)
        return give_text(s, s->page.n, false, true);
    return WEIR_SCAN_END;
}

bool weir_scan_is(const struct weir_scan *s, const char *name) {
    return weir_str_eq_nocase(s->name, weir_str_of(name));
}
