/* css_pseudo.c - pseudo-classes and pseudo-elements.
 *
 * Most of HTML's pseudo-classes are short for a longer selector over the
 * markup, so that is what the table holds: the text is compiled in their place
 * as if it stood in :is(). The others are tests of their own, columns
 * (css_program.h), or match nothing because they ask for a user or a browser.
 * Pseudo-elements are not in the tree, so they match nothing either; what they
 * stand behind must still be right. */
#include "doc/css_parser.h"

#include <string.h>

enum pseudo_kind {
    P_TEXT,     /* short for another selector */
    P_TEST,     /* a test of css_program.h */
    P_USER,     /* nothing: needs a user or a browser */
    P_USER_ARG, /* the same, with whatever arguments */
    P_POSITION, /* :first-child and the like: the nth of the table */
    P_ONLY,     /* first and last at once */
    P_NTH,      /* takes An+B */
    P_LIST,     /* takes a selector list */
    P_HAS,
    P_LANG,
    P_CONTAINS,
    P_STATE /* refused: needs a form's validity */
};

struct pseudo {
    const char *name; /* with '(' if it is a function */
    enum pseudo_kind kind;
    int detail; /* the test; CSS_LIST_x; negation */
    struct css_nth nth;
    const char *text;
};

/* HTML Standard, "Pseudo-classes". */
#define CHECKABLE "input:is([type=checkbox],[type=radio])"
#define SUBMIT                                                                 \
    "button:is(:not([type]),[type=submit]),"                                   \
    "input:is([type=submit],[type=image])"
#define CONTROL ":is(button,input,select,textarea,fieldset)"
#define EDITABLE                                                               \
    ":is([contenteditable=''],[contenteditable=true i],"                       \
    "[contenteditable=plaintext-only i])"
#define NOT_TEXT                                                               \
    "[type=hidden],[type=range],[type=color],[type=checkbox],[type=radio],"    \
    "[type=file],[type=submit],[type=image],[type=reset],[type=button]"

static const struct pseudo pseudos[] = {
    {"root", P_TEST, CSS_ROOT, {0}, NULL},
    {"scope", P_TEST, CSS_SCOPE, {0}, NULL},
    {"empty", P_TEST, CSS_EMPTY, {0}, NULL},
    {"first-child", P_POSITION, 0, {0, 1, false, false}, NULL},
    {"last-child", P_POSITION, 0, {0, 1, true, false}, NULL},
    {"first-of-type", P_POSITION, 0, {0, 1, false, true}, NULL},
    {"last-of-type", P_POSITION, 0, {0, 1, true, true}, NULL},
    {"only-child", P_ONLY, 0, {0, 1, false, false}, NULL},
    {"only-of-type", P_ONLY, 0, {0, 1, false, true}, NULL},
    {"nth-child(", P_NTH, 0, {0, 0, false, false}, NULL},
    {"nth-last-child(", P_NTH, 0, {0, 0, true, false}, NULL},
    {"nth-of-type(", P_NTH, 0, {0, 0, false, true}, NULL},
    {"nth-last-of-type(", P_NTH, 0, {0, 0, true, true}, NULL},
    {"is(", P_LIST, CSS_LIST_FORGIVING, {0}, NULL},
    {"where(", P_LIST, CSS_LIST_FORGIVING, {0}, NULL},
    {"not(", P_LIST, CSS_LIST_STRICT, {0}, NULL},
    {"has(", P_HAS, 0, {0}, NULL},
    {"lang(", P_LANG, 0, {0}, NULL},
    {"contains(", P_CONTAINS, 0, {0}, NULL},

    {"any-link", P_TEXT, 0, {0}, "a:is([href],[xlink\\:href]),area[href]"},
    {"link", P_TEXT, 0, {0}, ":any-link"},
    {"checked", P_TEXT, 0, {0}, CHECKABLE "[checked],option[selected]"},
    {"default",
     P_TEXT,
     0,
     {0},
     ":checked,form :is(" SUBMIT "):not(form :is(" SUBMIT ",:has(" SUBMIT
     "))~*,form :is(" SUBMIT ",:has(" SUBMIT "))~* *)"},
    {"disabled",
     P_TEXT,
     0,
     {0},
     CONTROL "[disabled],optgroup[disabled],option[disabled],"
             "optgroup[disabled]>option,fieldset[disabled]>" CONTROL ","
             "fieldset[disabled]>:not(legend:first-of-type) " CONTROL},
    {"enabled",
     P_TEXT,
     0,
     {0},
     ":is(button,input,select,textarea,fieldset,optgroup,option)"
     ":not(:disabled)"},
    {"required", P_TEXT, 0, {0}, ":is(input,select,textarea)[required]"},
    {"optional", P_TEXT, 0, {0}, ":is(input,select,textarea):not([required])"},
    {"read-write",
     P_TEXT,
     0,
     {0},
     ":is(input:not(" NOT_TEXT "),textarea):not([readonly],:disabled)," EDITABLE
     "," EDITABLE " :not([contenteditable=false i],"
     "[contenteditable=false i] *)"},
    {"read-only", P_TEXT, 0, {0}, ":not(:read-write)"},
    {"placeholder-shown",
     P_TEXT,
     0,
     {0},
     "input[placeholder]:not(" NOT_TEXT ",[placeholder='']):not([value]:not("
     "[value=''])),textarea[placeholder]:not([placeholder='']):empty"},
    {"open", P_TEXT, 0, {0}, ":is(details,dialog)[open]"},

    {"active", P_USER, 0, {0}, NULL},
    {"autofill", P_USER, 0, {0}, NULL},
    {"-webkit-autofill", P_USER, 0, {0}, NULL},
    {"blank", P_USER, 0, {0}, NULL},
    {"buffering", P_USER, 0, {0}, NULL},
    {"current", P_USER, 0, {0}, NULL},
    {"current(", P_USER_ARG, 0, {0}, NULL},
    {"focus", P_USER, 0, {0}, NULL},
    {"focus-visible", P_USER, 0, {0}, NULL},
    {"focus-within", P_USER, 0, {0}, NULL},
    {"fullscreen", P_USER, 0, {0}, NULL},
    {"future", P_USER, 0, {0}, NULL},
    {"host", P_USER, 0, {0}, NULL},
    {"host(", P_USER_ARG, 0, {0}, NULL},
    {"host-context(", P_USER_ARG, 0, {0}, NULL},
    {"hover", P_USER, 0, {0}, NULL},
    {"local-link", P_USER, 0, {0}, NULL},
    {"modal", P_USER, 0, {0}, NULL},
    {"muted", P_USER, 0, {0}, NULL},
    {"past", P_USER, 0, {0}, NULL},
    {"paused", P_USER, 0, {0}, NULL},
    {"picture-in-picture", P_USER, 0, {0}, NULL},
    {"playing", P_USER, 0, {0}, NULL},
    {"popover-open", P_USER, 0, {0}, NULL},
    {"seeking", P_USER, 0, {0}, NULL},
    {"stalled", P_USER, 0, {0}, NULL},
    {"state(", P_USER_ARG, 0, {0}, NULL},
    {"target", P_USER, 0, {0}, NULL},
    {"target-within", P_USER, 0, {0}, NULL},
    {"user-invalid", P_USER, 0, {0}, NULL},
    {"user-valid", P_USER, 0, {0}, NULL},
    {"visited", P_USER, 0, {0}, NULL},
    {"volume-locked", P_USER, 0, {0}, NULL},

    {"defined", P_STATE, 0, {0}, NULL},
    {"dir(", P_STATE, 0, {0}, NULL},
    {"in-range", P_STATE, 0, {0}, NULL},
    {"indeterminate", P_STATE, 0, {0}, NULL},
    {"invalid", P_STATE, 0, {0}, NULL},
    {"out-of-range", P_STATE, 0, {0}, NULL},
    {"valid", P_STATE, 0, {0}, NULL},
};

static const char *const pseudo_elements[] = {
    "after",
    "backdrop",
    "before",
    "cue",
    "cue(",
    "cue-region",
    "cue-region(",
    "details-content",
    "file-selector-button",
    "first-letter",
    "first-line",
    "grammar-error",
    "highlight(",
    "marker",
    "part(",
    "placeholder",
    "selection",
    "slotted(",
    "spelling-error",
    "target-text",
    "view-transition",
};

/* The table's name against the token; a '(' at its end means a function. */
static bool is_named(const struct css_token *t, const char *name) {
    struct weir_str want = weir_str_of(name);
    bool function = want.n && want.p[want.n - 1] == '(';
    want.n -= function;
    return t->kind == (function ? CSS_T_FUNCTION : CSS_T_IDENT) &&
           weir_str_eq_nocase(t->text, want);
}

static enum weir_err add_column(struct css_parser *p, struct css_compound *c,
                                const struct css_column *column, bool negated) {
    struct css_simple *s;
    struct css_column *copy;
    if (p->css->column_count >= CSS_MAX_COLUMNS)
        return css_too_large(p, "more than 256 functions");
    s = css_add_simple(p, c, CSS_COLUMN);
    copy = weir_arena_alloc(p->css->arena, sizeof *copy);
    if (!s || !copy)
        return WEIR_E_NOMEM;
    *copy = *column;
    s->negated = negated;
    s->column = p->css->column_count;
    p->css->columns[p->css->column_count++] = copy;
    return WEIR_OK;
}

static enum weir_err add_position(struct css_parser *p, struct css_compound *c,
                                  struct css_nth nth) {
    struct css_simple *s = css_add_simple(p, c, CSS_POSITION);
    if (!s)
        return WEIR_E_NOMEM;
    s->nth = nth;
    p->css->positions[nth.last + 2 * nth.of_type] = true;
    return WEIR_OK;
}

/* A selector list in parentheses as a column. */
static enum weir_err parse_nested(struct css_parser *p, struct css_compound *c,
                                  enum css_list kind, struct css_column *column,
                                  bool negated) {
    unsigned scopes = p->scopes;
    enum weir_err e;
    if (kind == CSS_LIST_FORGIVING) { /* ":is()" is valid */
        css_skip_space(p);
        if (css_is_delim(p->t, ')') || p->t->kind == CSS_T_END) {
            e = css_expect_close(p);
            return e ? e : add_column(p, c, column, negated);
        }
    }
    e = css_parse_list(p, kind, &column->groups);
    column->scoped = p->scopes != scopes;
    return e ? e : add_column(p, c, column, negated);
}

/* The text in the table stands where the pseudo-class stood. */
static enum weir_err expand(struct css_parser *p, struct css_compound *c,
                            const char *text) {
    const struct css_token *back = p->t;
    struct css_column column = {.kind = CSS_COL_LIST};
    struct css_token *tokens;
    bool in_has = p->in_has;
    enum weir_err e = css_lex(weir_str_of(text), p->scratch, &tokens);
    if (e)
        return e;
    p->t = tokens;
    p->in_has = false;
    e = css_parse_list(p, CSS_LIST_STRICT, &column.groups);
    p->in_has = in_has;
    p->t = back;
    if (e == WEIR_E_LIMIT)
        p->error_at = back->at;
    return e ? e : add_column(p, c, &column, false);
}

static enum weir_err parse_nth(struct css_parser *p, struct css_compound *c,
                               struct css_nth nth) {
    struct css_column column = {.kind = CSS_COL_NTH};
    enum weir_err e = css_parse_nth(p, &nth);
    if (e)
        return e;
    css_skip_space(p);
    if (!nth.of_type && p->t->kind == CSS_T_IDENT &&
        weir_str_eq_nocase(p->t->text, WEIR_STR("of"))) {
        p->t++;
        column.nth = nth;
        return parse_nested(p, c, CSS_LIST_STRICT, &column, false);
    }
    e = css_expect_close(p);
    return e ? e : add_position(p, c, nth);
}

static enum weir_err parse_has(struct css_parser *p, struct css_compound *c) {
    struct css_column column = {.kind = CSS_COL_HAS};
    enum weir_err e;
    if (p->in_has) /* Selectors 4 section 4.5 */
        return css_refuse(p, p->t, ":has() may not stand inside :has()");
    p->in_has = true;
    e = parse_nested(p, c, CSS_LIST_RELATIVE, &column, false);
    p->in_has = false;
    return e;
}

/* :lang(en, "*-CH") and :contains("a", "b"): any of the texts. */
static enum weir_err parse_texts(struct css_parser *p, struct css_compound *c,
                                 enum css_column_kind kind) {
    struct css_column column = {.kind = kind};
    enum weir_err e;
    bool more = true;
    while (more) {
        struct css_needle *n = weir_arena_alloc(p->css->arena, sizeof *n);
        const char *copy;
        css_skip_space(p);
        if (p->t->kind != CSS_T_STRING && p->t->kind != CSS_T_IDENT)
            return css_refuse(p, p->t, "expected a text in quotes");
        copy = weir_arena_dup(p->css->arena, p->t->text);
        if (!n || !copy)
            return WEIR_E_NOMEM;
        memset(n, 0, sizeof *n);
        n->text = weir_str_make(copy, p->t->text.n);
        if (!css_needle_prepare(n, p->css->arena))
            return WEIR_E_NOMEM;
        n->next = column.texts;
        column.texts = n;
        p->t++;
        css_skip_space(p);
        more = css_is_delim(p->t, ',');
        p->t += more;
    }
    e = css_expect_close(p);
    return e ? e : add_column(p, c, &column, false);
}

static enum weir_err parse_user(struct css_parser *p, struct css_compound *c,
                                bool arguments) {
    if (!css_add_simple(p, c, CSS_NEVER))
        return WEIR_E_NOMEM;
    if (!arguments)
        return WEIR_OK;
    css_skip_balanced(p, false);
    return css_expect_close(p);
}

static enum weir_err parse_class(struct css_parser *p, struct css_compound *c,
                                 const struct pseudo *d) {
    struct css_column list = {.kind = CSS_COL_LIST};
    struct css_nth mirrored = d->nth;
    enum weir_err e;
    switch (d->kind) {
    case P_TEXT:
        return expand(p, c, d->text);
    case P_TEST:
        p->scopes += d->detail == CSS_SCOPE;
        return css_add_simple(p, c, (enum css_test)d->detail) ? WEIR_OK
                                                              : WEIR_E_NOMEM;
    case P_USER:
    case P_USER_ARG:
        return parse_user(p, c, d->kind == P_USER_ARG);
    case P_POSITION:
        return add_position(p, c, d->nth);
    case P_ONLY:
        mirrored.last = true;
        e = add_position(p, c, d->nth);
        return e ? e : add_position(p, c, mirrored);
    case P_NTH:
        return parse_nth(p, c, d->nth);
    case P_LIST:
        return parse_nested(p, c, (enum css_list)d->detail, &list,
                            d->detail == CSS_LIST_STRICT);
    case P_HAS:
        return parse_has(p, c);
    case P_LANG:
        return parse_texts(p, c, CSS_COL_LANG);
    case P_CONTAINS:
        return parse_texts(p, c, CSS_COL_CONTAINS);
    case P_STATE:
        break;
    }
    return css_refuse(p, p->t - 1, ":%.*s is not supported",
                      WEIR_STR_ARG(p->t[-1].text));
}

static bool is_pseudo_element(const struct css_token *t) {
    size_t n = sizeof pseudo_elements / sizeof *pseudo_elements;
    for (size_t i = 0; i < n; i++)
        if (is_named(t, pseudo_elements[i]))
            return true;
    /* Selectors 4 section 3.6.4: all of these parse. */
    return t->kind == CSS_T_IDENT &&
           weir_str_starts_nocase(t->text, WEIR_STR("-webkit-"));
}

/* ::slotted(compound), ::part(name name); a bad argument refuses it. */
static enum weir_err parse_element_argument(struct css_parser *p,
                                            const struct css_token *name) {
    struct css_group *unused;
    if (is_named(name, "slotted("))
        return css_parse_list(p, CSS_LIST_STRICT, &unused);
    css_skip_space(p);
    if (p->t->kind != CSS_T_IDENT)
        return css_refuse(p, p->t, "expected a name");
    css_skip_balanced(p, false);
    return css_expect_close(p);
}

/* Behind the "::", or behind a ':' where CSS 2 allowed that. */
static enum weir_err parse_element(struct css_parser *p,
                                   struct css_complex *x) {
    const struct css_token *name = p->t;
    if (name->kind != CSS_T_IDENT && name->kind != CSS_T_FUNCTION)
        return css_refuse(p, name, "expected the name of a pseudo-element");
    if (!is_pseudo_element(name))
        return css_refuse(p, name, "unknown pseudo-element ::%.*s",
                          WEIR_STR_ARG(name->text));
    if (x->pseudo_element && !x->takes_another)
        return css_refuse(p, name, "nothing may follow a pseudo-element");
    x->takes_another = is_named(name, "slotted(") || is_named(name, "part(") ||
                       (!x->pseudo_element &&
                        (is_named(name, "before") || is_named(name, "after")));
    x->pseudo_element = true;
    p->t++;
    return name->kind == CSS_T_FUNCTION ? parse_element_argument(p, name)
                                        : WEIR_OK;
}

static bool is_css2_element(const struct css_token *t) {
    return is_named(t, "before") || is_named(t, "after") ||
           is_named(t, "first-line") || is_named(t, "first-letter");
}

enum weir_err css_parse_pseudo(struct css_parser *p, struct css_complex *x,
                               struct css_compound *c) {
    const struct css_token *name = p->t;
    if (css_is_delim(name, ':')) {
        p->t++;
        return parse_element(p, x);
    }
    if (is_css2_element(name))
        return parse_element(p, x);
    if (name->kind != CSS_T_IDENT && name->kind != CSS_T_FUNCTION)
        return css_refuse(p, name, "expected the name of a pseudo-class");
    for (size_t i = 0; i < sizeof pseudos / sizeof *pseudos; i++) {
        const struct pseudo *d = &pseudos[i];
        if (!is_named(name, d->name))
            continue;
        /* Selectors 4 section 3.6.3: these two kinds may follow one. */
        if (x->pseudo_element && d->kind != P_USER && d->kind != P_LIST)
            break;
        p->t++;
        return parse_class(p, c, d);
    }
    return css_refuse(
        p, name, "%s :%.*s%s",
        x->pseudo_element ? "no place for" : "unknown pseudo-class",
        WEIR_STR_ARG(name->text), name->kind == CSS_T_FUNCTION ? "()" : "");
}
