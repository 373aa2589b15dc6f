/* css_parse.c - from tokens to a compiled selector.
 *
 * Selectors Level 4, section 18 (grammar), by recursive descent:
 *
 *     list     = complex [ ',' complex ]*
 *     complex  = compound [ combinator compound ]*
 *     compound = name? [ #id | .class | [attribute] | :pseudo ]*
 *
 * css_attribute.c reads what stands in brackets, css_pseudo.c what follows a
 * colon; that comes back here for the lists inside it. Depth, compounds and
 * columns are counted and have limits, so that no selector can exhaust stack,
 * memory or the time of an evaluation.
 *
 * Brackets, functions and strings that are still open at the end are closed by
 * it (CSS Syntax, section 5), so "[a=b" is a valid selector. */
#include "doc/css_parser.h"

#include <string.h>

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

/* What an offending token is called in a message. */
static struct weir_str token_text(const struct css_token *t, char *room) {
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
enum weir_err css_expected(struct css_parser *p, const char *what) {
    char room;
    struct weir_str got = token_text(p->t, &room);
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
        return css_expected(p, "')'");
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

enum weir_err css_copy_value(struct css_parser *p, struct weir_str text,
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
    e = s ? css_copy_value(p, text, s) : WEIR_E_NOMEM;
    c->filter |= css_filter(test == CSS_ID ? CSS_FILTER_ID : CSS_FILTER_CLASS,
                            text.p, text.n);
    p->t++;
    return e;
}

enum weir_err css_skip_prefix(struct css_parser *p, bool *any) {
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
    enum weir_err e = css_skip_prefix(p, &any);
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
            e = p->t->kind == CSS_T_IDENT
                    ? add_token_test(p, c, CSS_CLASS)
                    : css_expected(p, "the name of a class");
        } else if (css_is_delim(p->t, '[')) {
            p->t++;
            e = css_parse_attribute(p, c);
        } else if (css_is_delim(p->t, ':')) {
            p->t++;
            e = css_parse_pseudo(p, x, c);
        } else {
            break;
        }
    }
    if (!e && p->t == start)
        e = css_expected(p, "a selector");
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
            return css_expected(p, "a combinator or ','");
        combinator = combinator ? combinator : ' ';
    }
    if (x->pseudo_element && kind != CSS_LIST_TOP)
        return css_refuse(p, p->t, "no pseudo-element may stand in here");
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
    return e ? e : css_build_groups(p, head, out);
}
