/* css_compile.c - from the text of a selector to what css_run.c runs.
 *
 * Lexer and parser (css_lex.c, css_parse.c) do the reading; here the parsed
 * selectors are packed into groups of 64 states (css_program.h), and what went
 * wrong becomes a message with its column. */
#include "doc/css.h"
#include "doc/css_parser.h"

#include "base/mem.h"

#include <string.h>

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

enum weir_err css_build_groups(struct css_parser *p,
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
