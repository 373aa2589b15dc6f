/* css_match.c - one element against one compound selector.
 *
 * The index answers first: filter and name number decide most elements without
 * touching a node. What is left looks at the attributes. Nothing here looks at
 * another element: relations are css_run.c's, and everything that needs more
 * than the element is a column that is there already. */
#include "doc/css_page.h"

#include "doc/attribute.h"

#include <string.h>

bool css_nth_holds(const struct css_nth *nth, uint32_t position) {
    int64_t steps = (int64_t)position - nth->b;
    if (nth->a == 0)
        return steps == 0;
    return steps % nth->a == 0 && steps / nth->a >= 0;
}

static bool equals(struct weir_str a, struct weir_str b, bool any_case) {
    return any_case ? weir_str_eq_nocase(a, b) : weir_str_eq(a, b);
}

/* One of the words that white space separates; a word that is empty or has
 * white space in it is none. */
static bool has_word(struct weir_str value, struct weir_str word,
                     bool any_case) {
    size_t i = 0;
    if (word.n == 0)
        return false;
    while (i < value.n) {
        size_t start;
        while (i < value.n && weir_is_space(value.p[i]))
            i++;
        start = i;
        while (i < value.n && !weir_is_space(value.p[i]))
            i++;
        if (i - start == word.n &&
            equals(weir_str_sub(value, start, word.n), word, any_case))
            return true;
    }
    return false;
}

/* Selectors 4 section 6.1 and 6.2; the three kinds of substring never match
 * with an empty text. */
static bool value_matches(const struct css_simple *s, struct weir_str value,
                          bool any_case) {
    struct weir_str want = s->value.text;
    switch (s->op) {
    case CSS_EXISTS:
        return true;
    case CSS_EQUALS:
        return equals(value, want, any_case);
    case CSS_WORD:
        return has_word(value, want, any_case);
    case CSS_DASH:
        return value.n >= want.n &&
               equals(weir_str_sub(value, 0, want.n), want, any_case) &&
               (value.n == want.n || value.p[want.n] == '-');
    case CSS_PREFIX:
        return want.n && value.n >= want.n &&
               equals(weir_str_sub(value, 0, want.n), want, any_case);
    case CSS_SUFFIX:
        return want.n && value.n >= want.n &&
               equals(weir_str_sub(value, value.n - want.n, want.n), want,
                      any_case);
    case CSS_SUBSTRING:
        return want.n &&
               css_needle_find(&s->value, value, 0, any_case) < value.n;
    }
    return false;
}

static bool attribute_matches(const struct css_eval *v,
                              const struct css_simple *s, const xmlNode *node) {
    bool any_case = s->any_case;
    const xmlAttr *a = doc_attribute(
        node, s->name, v->page->html ? s->lower : s->name, s->any_namespace);
    if (!a || s->op == CSS_EXISTS)
        return a != NULL;
    if (s->any_case_html && v->page->html)
        any_case = weir_node_space(node) == WEIR_SPACE_HTML;
    return value_matches(s, weir_str_of(weir_attr_value(a)), any_case);
}

/* #id and .class. */
static bool token_matches(const struct css_eval *v, const struct css_simple *s,
                          const xmlNode *node, const char *name) {
    const xmlAttr *a = doc_attribute(node, name, name, false);
    return a &&
           value_matches(s, weir_str_of(weir_attr_value(a)), v->page->quirks);
}

/* Selectors 3 section 6.6.5.4: comments and processing instructions do not
 * count, white space does. */
static bool is_empty(const xmlNode *node) {
    for (const xmlNode *n = node->children; n; n = n->next) {
        bool text =
            n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE;
        if (text ? n->content && n->content[0]
                 : n->type != XML_COMMENT_NODE && n->type != XML_PI_NODE)
            return false;
    }
    return true;
}

static bool simple_matches(const struct css_eval *v, const struct css_simple *s,
                           uint32_t row) {
    const xmlNode *node = v->page->rows[row].node;
    switch (s->test) {
    case CSS_ID:
        return token_matches(v, s, node, "id");
    case CSS_CLASS:
        return token_matches(v, s, node, "class");
    case CSS_ATTRIBUTE:
        return attribute_matches(v, s, node);
    case CSS_POSITION:
        return css_nth_holds(
            &s->nth, v->page->positions[s->nth.last + 2 * s->nth.of_type][row]);
    case CSS_COLUMN:
        return v->columns[s->column][row] != s->negated;
    case CSS_ROOT:
        return row == v->page->root;
    case CSS_SCOPE:
        return row == v->scope;
    case CSS_EMPTY:
        return is_empty(node);
    case CSS_NEVER:
        return false;
    }
    return false;
}

bool css_matches(const struct css_eval *v, const struct css_compound *c,
                 uint32_t row) {
    const struct css_row *r = &v->page->rows[row];
    if ((r->filter & c->filter) != c->filter)
        return false;
    if (c->name) {
        const uint32_t *names = &v->entry->names[2 * (size_t)c->slot];
        if (r->name != names[0] && r->name != names[1])
            return false;
    }
    for (const struct css_simple *s = c->simples; s; s = s->next)
        if (!simple_matches(v, s, row))
            return false;
    return true;
}
