/* jobfile_select.c - selector strings taken apart.
 *
 * A prefix names the language, without one it is CSS with an optional
 * "@attribute": the last @ outside of brackets and quotes. Selectors whose
 * first character means something else in YAML, and that did arrive here, are
 * told apart from what was meant: see jobfile_hint.h. */
#include "cli/jobfile_reader.h"

#include "cli/jobfile_hint.h"

#include <string.h>

static const struct {
    const char *prefix;
    enum weir_select_kind kind;
} prefixes[] = {
    {"xpath:", WEIR_SELECT_XPATH},   {"jq:", WEIR_SELECT_JQ},
    {"regex:", WEIR_SELECT_REGEX},   {"meta:", WEIR_SELECT_META},
    {"header:", WEIR_SELECT_HEADER}, {"url:", WEIR_SELECT_URL},
};

/* The byte behind the last @ that is not in brackets or quotes, 0 if there is
 * none. A backslash takes the next character out of play (CSS Syntax 4.3.7). */
static size_t after_at(struct weir_str s) {
    size_t depth = 0, found = 0;
    char quote = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\\')
            i++;
        else if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '[' || c == '(')
            depth++;
        else if ((c == ']' || c == ')') && depth > 0)
            depth--;
        else if (c == '@' && depth == 0)
            found = i + 1;
    }
    return found;
}

static bool is_attribute_name(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!weir_is_alnum(s.p[i]) && !strchr("-_:.", s.p[i]) &&
            (unsigned char)s.p[i] < 0x80)
            return false;
    return s.n > 0;
}

static bool split_css(struct weir_jobread *r, struct weir_str text,
                      struct weir_select *out) {
    size_t at = after_at(text);
    struct weir_str name = weir_str_trim(weir_str_sub(text, at, text.n));
    if (at > 0 && !is_attribute_name(name)) {
        struct weir_job_place place = out->place;
        place.column += (unsigned)at;
        weir_jobread_error(r, place,
                           "expected the name of an attribute "
                           "behind @, found \"%.*s\"",
                           (int)(name.n < 60 ? name.n : 60), name.p);
        return false;
    }
    if (at > 0) {
        out->attribute = weir_jobread_dup(r, name);
        text = weir_str_trim(weir_str_sub(text, 0, at - 1));
    }
    out->text = weir_jobread_dup(r, text);
    return true;
}

/* A prefix that is nearly one: "xapth://h1". CSS has "name:pseudo-class", so
 * only what CSS could not be is taken for a slip. */
static void check_prefix(struct weir_jobread *r, struct weir_str text,
                         struct weir_job_place place) {
    struct weir_str head, rest;
    struct weir_nearest best = {0};
    if (!weir_str_cut(text, ':', &head, &rest) || rest.n == 0 ||
        weir_is_alpha(rest.p[0]) || rest.p[0] == ':' || rest.p[0] == '-')
        return;
    best.wanted = head;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        char name[8] = {0};
        memcpy(name, prefixes[i].prefix, strlen(prefixes[i].prefix) - 1);
        if (weir_edit_distance(head, weir_str_of(name)) <= 2)
            best.found = prefixes[i].prefix;
    }
    if (best.found)
        weir_jobread_error(r, place,
                           "unknown prefix \"%.*s:\"; did you mean "
                           "%s?",
                           WEIR_STR_ARG(head), best.found);
}

static bool take_apart(struct weir_jobread *r, struct weir_str text,
                       struct weir_select *out) {
    struct weir_str trimmed = weir_str_trim(text);
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        struct weir_str prefix = weir_str_of(prefixes[i].prefix);
        if (!weir_str_starts(trimmed, prefix))
            continue;
        out->kind = prefixes[i].kind;
        out->place.column += (unsigned)prefix.n;
        trimmed = weir_str_sub(trimmed, prefix.n, trimmed.n);
        if (out->kind != WEIR_SELECT_REGEX) {
            size_t n = trimmed.n;
            trimmed = weir_str_trim(trimmed);
            if (n > trimmed.n && trimmed.n > 0)
                out->place.column +=
                    (unsigned)(trimmed.p - (text.p + (text.n - n)));
        }
        if (trimmed.n == 0 && out->kind != WEIR_SELECT_URL) {
            weir_jobread_error(r, out->place, "nothing follows \"%s\"",
                               prefixes[i].prefix);
            return false;
        }
        out->text = weir_jobread_dup(r, trimmed);
        return out->text != NULL;
    }
    out->kind = WEIR_SELECT_CSS;
    check_prefix(r, trimmed, out->place);
    return split_css(r, trimmed, out) && out->text;
}

static bool is_prefix(struct weir_str name) {
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        struct weir_str prefix = weir_str_of(prefixes[i].prefix);
        if (weir_str_eq(name, weir_str_sub(prefix, 0, prefix.n - 1)))
            return true;
    }
    return false;
}

/* What arrived instead of a selector, in its own words: "a: b" and
 * "xpath: //h1" are mappings. */
static void not_text(struct weir_jobread *r, const struct weir_yaml *node) {
    const struct weir_yaml *m = node->first;
    if (node->kind == WEIR_YAML_MAP && node->count == 1 &&
        m->kind == WEIR_YAML_SCALAR)
        weir_jobread_error(r, node->place,
                           "expected a selector, found the mapping {%.60s: "
                           "%.60s}; if it is one, quote it: '%.60s:%s%.60s'",
                           m->key.p, m->text.p, m->key.p,
                           is_prefix(m->key) ? "" : " ", m->text.p);
    else
        weir_jobread_expected(r, node, "a selector");
}

/* Where the text of the scalar begins. */
static struct weir_job_place text_place(const struct weir_yaml *node) {
    struct weir_job_place place = node->place;
    if (!node->plain)
        place.column++; /* behind the quote */
    return place;
}

bool weir_jobread_select(struct weir_jobread *r, const struct weir_yaml *node,
                         struct weir_select *out) {
    struct weir_select select = {0};
    struct weir_str comment;
    const char *text;
    if (!node)
        return false;
    if (node->kind != WEIR_YAML_SCALAR) {
        not_text(r, node);
        return false;
    }
    if (weir_yaml_is_null(node)) {
        weir_jobread_expected(r, node, "a selector");
        return false;
    }
    text = weir_jobread_text(r, node, 0);
    if (!text)
        return false;
    comment = weir_jobfile_comment_behind(r->input->text, node);
    if (comment.n)
        weir_jobread_warn(r, node->place,
                          "YAML takes \"%.*s\" for a comment; if it belongs "
                          "to the selector, quote it: '%.80s %.*s'",
                          (int)(comment.n < 60 ? comment.n : 60), comment.p,
                          text, (int)(comment.n < 60 ? comment.n : 60),
                          comment.p);
    select.place = text_place(node);
    if (weir_str_trim(weir_str_of(text)).n == 0) {
        weir_jobread_error(r, node->place, "the selector is empty");
        return false;
    }
    if (!take_apart(r, weir_str_of(text), &select))
        return false;
    *out = select;
    return true;
}

bool weir_jobread_jq(struct weir_jobread *r, const struct weir_yaml *node,
                     struct weir_select *out) {
    const char *text = weir_jobread_text(r, node, 0);
    struct weir_str s = weir_str_trim(weir_str_of(text));
    struct weir_select select = {.kind = WEIR_SELECT_JQ};
    if (!text)
        return false;
    select.place = text_place(node);
    if (weir_str_starts(s, WEIR_STR("jq:"))) {
        select.place.column += 3;
        s = weir_str_trim(weir_str_sub(s, 3, s.n));
    }
    if (s.n == 0)
        weir_jobread_error(r, node->place, "the jq expression is empty");
    select.text = weir_jobread_dup(r, s);
    if (!select.text || s.n == 0)
        return false;
    *out = select;
    return true;
}
