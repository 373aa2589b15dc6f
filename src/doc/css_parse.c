/* css_parse.c - from tokens to a compiled selector.
 *
 * Selectors Level 4, section 18 (grammar), by recursive descent:
 *
 *     list     = complex [ ',' complex ]*
 *     complex  = compound [ combinator compound ]*
 *     compound = name? [ #id | .class | [attribute] | :pseudo ]*
 *
 * css_pseudo.c reads what follows a colon and comes back here for the lists
 * inside it; depth, compounds and columns are counted and have limits, so that
 * no selector can exhaust stack, memory or the time of an evaluation. A
 * finished list is packed into groups of 64 states (css_program.h).
 *
 * Brackets, functions and strings that are still open at the end are closed by
 * it (CSS Syntax, section 5), so "[a=b" is a valid selector. */
#include "doc/css.h"
#include "doc/css_parser.h"

#include "base/escape.h"
#include "base/mem.h"

#include <stdio.h>
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

enum weir_err css_refuse(struct css_parser *p, const struct css_token *t,
                         const char *format, ...) {
    va_list args;
    p->error_at = t->at;
    va_start(args, format);
    weir_error_setv(&p->error, WEIR_E_INVALID, format, args);
    va_end(args);
    return WEIR_E_INVALID;
}

enum weir_err css_too_large(struct css_parser *p, const char *what) {
    p->error_at = p->t->at;
    return weir_error_set(&p->error, WEIR_E_LIMIT, "%s: too large a selector",
                          what);
}

bool css_is_delim(const struct css_token *t, char c) {
    return t->kind == CSS_T_DELIM && t->delim == c;
}

void css_skip_space(struct css_parser *p) {
    while (p->t->kind == CSS_T_SPACE)
        p->t++;
}

struct weir_str css_token_text(const struct css_token *t, char *room) {
    switch (t->kind) {
    case CSS_T_END:
        return WEIR_STR("the end");
    case CSS_T_SPACE:
        return WEIR_STR("a space");
    case CSS_T_STRING:
        return WEIR_STR("a string");
    case CSS_T_BAD_STRING:
        return WEIR_STR("a string that is broken off by a newline");
    case CSS_T_NUMBER:
    case CSS_T_DIMENSION:
        return WEIR_STR("a number");
    case CSS_T_DELIM:
        *room = t->delim;
        return weir_str_make(room, 1);
    default:
        return t->text;
    }
}

/* "expected X, not Y". */
static enum weir_err expected(struct css_parser *p, const char *what) {
    char room;
    struct weir_str got = css_token_text(p->t, &room);
    const char *quote =
        p->t->kind == CSS_T_DELIM || got.p == p->t->text.p ? "'" : "";
    if (got.n > 40)
        got.n = 40;
    return css_refuse(p, p->t, "expected %s, not %s%.*s%s", what, quote,
                      WEIR_STR_ARG(got), quote);
}

enum weir_err css_expect_close(struct css_parser *p) {
    css_skip_space(p);
    if (p->t->kind == CSS_T_END)
        return WEIR_OK;
    if (!css_is_delim(p->t, ')'))
        return expected(p, "')'");
    p->t++;
    return WEIR_OK;
}

void css_skip_balanced(struct css_parser *p, bool comma) {
    size_t open = 0;
    for (; p->t->kind != CSS_T_END; p->t++) {
        char c = p->t->kind == CSS_T_DELIM ? p->t->delim : '\0';
        if (open == 0 && (c == ')' || (comma && c == ',')))
            return;
        if (p->t->kind == CSS_T_FUNCTION || c == '(' || c == '[' || c == '{')
            open++;
        else if (open && (c == ')' || c == ']' || c == '}'))
            open--;
    }
}

const char *css_lower_copy(struct css_parser *p, struct weir_str s) {
    char *z = weir_arena_dup(p->css->arena, s);
    for (size_t i = 0; z && i < s.n; i++)
        z[i] = weir_to_lower(z[i]);
    return z;
}

struct css_simple *css_add_simple(struct css_parser *p, struct css_compound *c,
                                  enum css_test test) {
    struct css_simple *s = weir_arena_alloc(p->css->arena, sizeof *s);
    if (!s)
        return NULL;
    memset(s, 0, sizeof *s);
    s->test = test;
    s->next = c->simples;
    c->simples = s;
    return s;
}

static enum weir_err copy_value(struct css_parser *p, struct weir_str text,
                                struct css_simple *s) {
    const char *z = weir_arena_dup(p->css->arena, text);
    s->value.text = weir_str_make(z, text.n);
    return z ? WEIR_OK : WEIR_E_NOMEM;
}

/* #id and .class: what stands behind the mark is in t. */
static enum weir_err add_token_test(struct css_parser *p,
                                    struct css_compound *c,
                                    enum css_test test) {
    struct css_simple *s = css_add_simple(p, c, test);
    struct weir_str text = p->t->text;
    enum weir_err e;
    if (s)
        s->op = test == CSS_ID ? CSS_EQUALS : CSS_WORD;
    e = s ? copy_value(p, text, s) : WEIR_E_NOMEM;
    c->filter |= css_filter(test == CSS_ID ? CSS_FILTER_ID : CSS_FILTER_CLASS,
                            text.p, text.n);
    p->t++;
    return e;
}

/* Selectors 4 section 6.3: the prefix and its bar, if there are any. Weir's
 * trees know no namespaces, and no prefix was ever declared. */
static enum weir_err skip_prefix(struct css_parser *p, bool *any) {
    const struct css_token *t = p->t;
    bool named = t->kind == CSS_T_IDENT || css_is_delim(t, '*');
    const struct css_token *bar = t + named;
    *any = false;
    if (!css_is_delim(bar, '|'))
        return WEIR_OK;
    if (bar[1].kind != CSS_T_IDENT && !css_is_delim(&bar[1], '*'))
        return WEIR_OK;
    if (t->kind == CSS_T_IDENT)
        return css_refuse(p, t,
                          "the namespace '%.*s' is not declared: write *|%.*s",
                          WEIR_STR_ARG(t->text), WEIR_STR_ARG(bar[1].text));
    *any = named;
    p->t = bar + 1;
    return WEIR_OK;
}

static enum weir_err parse_name(struct css_parser *p, struct css_compound *c,
                                bool *found) {
    struct css_name *n;
    bool any;
    enum weir_err e = skip_prefix(p, &any);
    if (e)
        return e;
    *found = true;
    if (css_is_delim(p->t, '*')) {
        p->t++;
        return WEIR_OK;
    }
    if (p->t->kind != CSS_T_IDENT) {
        *found = false;
        return WEIR_OK;
    }
    n = weir_arena_alloc(p->css->arena, sizeof *n);
    if (!n)
        return WEIR_E_NOMEM;
    n->name = c->name = weir_arena_dup(p->css->arena, p->t->text);
    n->lower = c->lower = css_lower_copy(p, p->t->text);
    if (!n->name || !n->lower)
        return WEIR_E_NOMEM;
    n->next = p->css->names;
    p->css->names = n;
    n->slot = c->slot = p->css->name_count++;
    p->t++;
    return WEIR_OK;
}

/* The operator with its '='; without one the attribute need only exist. */
static enum weir_err parse_operator(struct css_parser *p,
                                    enum css_operator *op) {
    static const char marks[] = "=~|^$*";
    const char *mark;
    if (p->t->kind != CSS_T_DELIM || !p->t->delim ||
        !(mark = strchr(marks, p->t->delim)))
        return expected(p, "']' or a comparison such as =");
    *op = (enum css_operator)(CSS_EQUALS + (mark - marks));
    p->t++;
    if (*op == CSS_EQUALS)
        return WEIR_OK;
    if (!css_is_delim(p->t, '='))
        return expected(p, "'='");
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
        return expected(p, "a name or a quoted text");
    e = copy_value(p, p->t->text, s);
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
        return expected(p, "']' or one of the flags i and s");
    s->any_case_html = false;
    p->t++;
    return WEIR_OK;
}

/* Selectors 4 section 6, behind the '['. */
static enum weir_err parse_attribute(struct css_parser *p,
                                     struct css_compound *c) {
    struct css_simple *s = css_add_simple(p, c, CSS_ATTRIBUTE);
    enum weir_err e;
    if (!s)
        return WEIR_E_NOMEM;
    css_skip_space(p);
    e = skip_prefix(p, &s->any_namespace);
    if (e)
        return e;
    if (p->t->kind != CSS_T_IDENT)
        return expected(p, "the name of an attribute");
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
        return expected(p, "']'");
    p->t++;
    return WEIR_OK;
}

static struct css_compound *
add_compound(struct css_parser *p, struct css_complex *x, char combinator) {
    struct css_compound *c = weir_arena_alloc(p->css->arena, sizeof *c);
    if (!c)
        return NULL;
    memset(c, 0, sizeof *c);
    c->combinator = combinator;
    if (x->last)
        x->last->next = c;
    else
        x->first = c;
    x->last = c;
    x->count++;
    p->compounds++;
    return c;
}

static enum weir_err parse_compound(struct css_parser *p, struct css_complex *x,
                                    char combinator) {
    const struct css_token *start = p->t;
    struct css_compound *c;
    bool named;
    enum weir_err e;
    if (p->compounds >= CSS_MAX_COMPOUNDS || x->count >= CSS_GROUP)
        return css_too_large(p, x->count >= CSS_GROUP
                                    ? "more than 64 compounds in a row"
                                    : "more than 2048 compounds");
    c = add_compound(p, x, combinator);
    if (!c)
        return WEIR_E_NOMEM;
    e = parse_name(p, c, &named);
    while (!e) {
        if (x->pseudo_element && !css_is_delim(p->t, ':'))
            break;
        if (p->t->kind == CSS_T_HASH && p->t->is_id) {
            e = add_token_test(p, c, CSS_ID);
        } else if (css_is_delim(p->t, '.')) {
            p->t++;
            e = p->t->kind == CSS_T_IDENT ? add_token_test(p, c, CSS_CLASS)
                                          : expected(p, "the name of a class");
        } else if (css_is_delim(p->t, '[')) {
            p->t++;
            e = parse_attribute(p, c);
        } else if (css_is_delim(p->t, ':')) {
            p->t++;
            e = css_parse_pseudo(p, x, c);
        } else {
            break;
        }
    }
    if (!e && p->t == start)
        e = expected(p, "a selector");
    return e;
}

static bool is_end(const struct css_parser *p, enum css_list kind) {
    return p->t->kind == CSS_T_END || css_is_delim(p->t, ',') ||
           (kind != CSS_LIST_TOP && css_is_delim(p->t, ')'));
}

/* '>', '+', '~' with the space around it, else '\0'. */
static char take_combinator(struct css_parser *p) {
    char c = p->t->kind == CSS_T_DELIM ? p->t->delim : '\0';
    if (c != '>' && c != '+' && c != '~')
        return '\0';
    p->t++;
    css_skip_space(p);
    return c;
}

static enum weir_err parse_complex(struct css_parser *p, enum css_list kind,
                                   struct css_complex *x) {
    char combinator = '\0';
    enum weir_err e;
    css_skip_space(p);
    if (kind == CSS_LIST_RELATIVE) {
        if (!add_compound(p, x, '\0')) /* the anchor: anything */
            return WEIR_E_NOMEM;
        combinator = take_combinator(p);
        combinator = combinator ? combinator : ' ';
    }
    for (;;) {
        const struct css_token *gap;
        e = parse_compound(p, x, combinator);
        if (e)
            return e;
        gap = p->t;
        css_skip_space(p);
        if (is_end(p, kind))
            break;
        if (x->pseudo_element)
            return css_refuse(p, p->t, "nothing may follow a pseudo-element");
        combinator = take_combinator(p);
        if (!combinator && p->t == gap)
            return expected(p, "a combinator or ','");
        combinator = combinator ? combinator : ' ';
    }
    if (x->pseudo_element && kind != CSS_LIST_TOP)
        return css_refuse(p, p->t, "no pseudo-element may stand in here");
    return WEIR_OK;
}

/* One state after another; `next` says how the state before is related. */
static void add_states(struct css_group *g, const struct css_complex *x) {
    g->first |= (uint64_t)1 << g->count;
    for (const struct css_compound *c = x->first; c; c = c->next) {
        uint64_t before = g->count ? (uint64_t)1 << (g->count - 1) : 0;
        if (c->combinator == ' ')
            g->descendant |= before;
        else if (c->combinator == '>')
            g->child |= before;
        else if (c->combinator == '+')
            g->adjacent |= before;
        else if (c->combinator == '~')
            g->sibling |= before;
        g->at[g->count++] = c;
    }
    g->last |= (uint64_t)1 << (g->count - 1);
}

static enum weir_err build_groups(struct css_parser *p,
                                  const struct css_complex *x,
                                  struct css_group **out) {
    struct css_group *head = NULL, **tail = &head;
    while (x) {
        const struct css_complex *stop = x;
        struct css_group *g;
        size_t count = 0;
        for (; stop && count + stop->count <= CSS_GROUP; stop = stop->next)
            count += stop->count;
        g = weir_arena_alloc(p->css->arena,
                             sizeof *g + count * sizeof g->at[0]);
        if (!g)
            return WEIR_E_NOMEM;
        memset(g, 0, sizeof *g);
        for (; x != stop; x = x->next)
            add_states(g, x);
        *tail = g;
        tail = &g->next;
    }
    *out = head;
    return WEIR_OK;
}

/* A bad selector of a forgiving list goes, with its columns. */
static enum weir_err parse_item(struct css_parser *p, enum css_list kind,
                                struct css_complex *x, bool *dropped) {
    const struct css_parser before = *p;
    uint32_t columns = p->css->column_count;
    enum weir_err e = parse_complex(p, kind, x);
    *dropped = x->pseudo_element;
    if (e != WEIR_E_INVALID || kind != CSS_LIST_FORGIVING)
        return e;
    p->css->column_count = columns;
    p->scopes = before.scopes;
    p->depth = before.depth;
    p->in_has = before.in_has;
    p->t = before.t;
    css_skip_balanced(p, true);
    *dropped = true;
    return WEIR_OK;
}

static bool has_scope(const struct css_compound *c) {
    for (const struct css_simple *s = c->simples; s; s = s->next)
        if (s->test == CSS_SCOPE)
            return true;
    return false;
}

enum weir_err css_parse_list(struct css_parser *p, enum css_list kind,
                             struct css_group **out) {
    struct css_complex *head = NULL, **tail = &head;
    bool anchored = true, more = true;
    enum weir_err e = WEIR_OK;
    *out = NULL;
    if (p->depth >= CSS_MAX_DEPTH)
        return css_too_large(p, "nested more than 24 deep");
    p->depth++;
    while (more) {
        unsigned scopes = p->scopes;
        bool dropped = false;
        struct css_complex *x = weir_arena_alloc(p->scratch, sizeof *x);
        if (!x)
            return WEIR_E_NOMEM;
        memset(x, 0, sizeof *x);
        e = parse_item(p, kind, x, &dropped);
        if (e)
            return e;
        anchored = anchored && p->scopes == scopes + 1 && has_scope(x->first);
        if (!dropped) {
            *tail = x;
            tail = &x->next;
        }
        more = css_is_delim(p->t, ',');
        p->t += more;
    }
    p->depth--;
    if (kind == CSS_LIST_TOP) {
        p->css->scoped = p->scopes > 0;
        p->css->anchored = anchored;
    } else {
        e = css_expect_close(p);
    }
    return e ? e : build_groups(p, head, out);
}

static size_t column_of(struct weir_str source, size_t at) {
    size_t column = 1;
    for (size_t i = 0; i < at && i < source.n; i++)
        column += ((unsigned char)source.p[i] & 0xC0) != 0x80;
    return column;
}

static enum weir_err compile(struct weir_str selector, struct css_parser *p) {
    struct css_token *tokens;
    enum weir_err e = css_lex(selector, p->scratch, &tokens);
    if (e)
        return e;
    p->t = tokens;
    return css_parse_list(p, CSS_LIST_TOP, &p->css->groups);
}

enum weir_err weir_css_compile(struct weir_str selector, struct weir_css **out,
                               size_t *column, struct weir_error *error) {
    struct css_parser p = {0};
    enum weir_err e = WEIR_E_NOMEM;
    size_t place = 1;
    if (selector.n > CSS_MAX_LENGTH) {
        if (column)
            *column = 1;
        return weir_error_set(error, WEIR_E_LIMIT,
                              "selector: longer than %d bytes", CSS_MAX_LENGTH);
    }
    p.scratch = weir_arena_create(0);
    p.css = weir_calloc(1, sizeof *p.css);
    if (p.css)
        p.css->arena = weir_arena_create(0);
    if (p.scratch && p.css && p.css->arena)
        e = compile(selector, &p);
    weir_arena_destroy(p.scratch);
    if (!e) {
        *out = p.css;
        return WEIR_OK;
    }
    weir_css_destroy(p.css);
    if (e == WEIR_E_NOMEM)
        return weir_error_nomem(error);
    place = column_of(selector, p.error_at);
    if (column)
        *column = place;
    return weir_error_set(error, e, "selector, column %zu: %s", place,
                          p.error.message);
}

void weir_css_destroy(struct weir_css *css) {
    if (!css)
        return;
    weir_arena_destroy(css->arena);
    weir_free(css);
}
