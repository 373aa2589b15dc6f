/* css_attribute.c - reads an attribute selector.
 *
 * Selectors Level 4, section 6: [name], [name=value], five more comparisons,
 * and the flags i and s. Without a flag HTML decides by the attribute's name
 * whether the case of the value counts; that is looked up once, here. */
#include "doc/css_parser.h"

#include <string.h>

/* HTML Standard, "Case-sensitivity of selectors": the values of these
 * attributes match in any ASCII case on HTML elements. */
static const char *const any_case_attributes[] = {
    "accept",    "accept-charset", "align",     "alink",    "axis",
    "bgcolor",   "charset",        "checked",   "clear",    "codetype",
    "color",     "compact",        "declare",   "defer",    "dir",
    "direction", "disabled",       "enctype",   "face",     "frame",
    "hreflang",  "http-equiv",     "lang",      "language", "link",
    "media",     "method",         "multiple",  "nohref",   "noresize",
    "noshade",   "nowrap",         "readonly",  "rel",      "rev",
    "rules",     "scope",          "scrolling", "selected", "shape",
    "target",    "text",           "type",      "valign",   "valuetype",
    "vlink",
};

/* The operator with its '='; without one the attribute need only exist. */
static enum weir_err parse_operator(struct css_parser *p,
                                    enum css_operator *op) {
    static const char marks[] = "=~|^$*";
    const char *mark;
    if (p->t->kind != CSS_T_DELIM || !p->t->delim ||
        !(mark = strchr(marks, p->t->delim)))
        return css_expected(p, "']' or a comparison such as =");
    *op = (enum css_operator)(CSS_EQUALS + (mark - marks));
    p->t++;
    if (*op == CSS_EQUALS)
        return WEIR_OK;
    if (!css_is_delim(p->t, '='))
        return css_expected(p, "'='");
    p->t++;
    return WEIR_OK;
}

static bool is_any_case_attribute(const char *lower) {
    size_t n = sizeof any_case_attributes / sizeof *any_case_attributes;
    for (size_t i = 0; i < n; i++)
        if (strcmp(any_case_attributes[i], lower) == 0)
            return true;
    return false;
}

/* Value and flag: "text" i. */
static enum weir_err parse_value(struct css_parser *p, struct css_simple *s) {
    enum weir_err e;
    css_skip_space(p);
    if (p->t->kind != CSS_T_STRING && p->t->kind != CSS_T_IDENT)
        return css_expected(p, "a name or a quoted text");
    e = css_copy_value(p, p->t->text, s);
    if (!e && s->op == CSS_SUBSTRING &&
        !css_needle_prepare(&s->value, p->css->arena))
        e = WEIR_E_NOMEM;
    if (e)
        return e;
    p->t++;
    css_skip_space(p);
    s->any_case_html = is_any_case_attribute(s->lower);
    if (p->t->kind != CSS_T_IDENT)
        return WEIR_OK;
    s->any_case = weir_str_eq_nocase(p->t->text, WEIR_STR("i"));
    if (!s->any_case && !weir_str_eq_nocase(p->t->text, WEIR_STR("s")))
        return css_expected(p, "']' or one of the flags i and s");
    s->any_case_html = false;
    p->t++;
    return WEIR_OK;
}

/* Selectors 4 section 6, behind the '['. */
enum weir_err css_parse_attribute(struct css_parser *p,
                                  struct css_compound *c) {
    struct css_simple *s = css_add_simple(p, c, CSS_ATTRIBUTE);
    enum weir_err e;
    if (!s)
        return WEIR_E_NOMEM;
    css_skip_space(p);
    e = css_skip_prefix(p, &s->any_namespace);
    if (e)
        return e;
    if (p->t->kind != CSS_T_IDENT)
        return css_expected(p, "the name of an attribute");
    s->name = weir_arena_dup(p->css->arena, p->t->text);
    s->lower = css_lower_copy(p, p->t->text);
    if (!s->name || !s->lower)
        return WEIR_E_NOMEM;
    if (!s->any_namespace)
        c->filter |= css_filter(CSS_FILTER_ATTRIBUTE, s->name, p->t->text.n);
    p->t++;
    css_skip_space(p);
    if (!css_is_delim(p->t, ']') && p->t->kind != CSS_T_END) {
        e = parse_operator(p, &s->op);
        if (!e)
            e = parse_value(p, s);
        css_skip_space(p);
    }
    if (e || p->t->kind == CSS_T_END)
        return e;
    if (!css_is_delim(p->t, ']'))
        return css_expected(p, "']'");
    p->t++;
    return WEIR_OK;
}
