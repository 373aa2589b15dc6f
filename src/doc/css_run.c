/* css_run.c - runs a compiled selector over a page.
 *
 * Why not XPath: libxml2 counts preceding siblings anew for each element, so
 * :nth-child and ~ would be quadratic on a long list, :has and nested lists
 * would be evaluated again for every candidate, and half of the rules of case
 * have no XPath 1.0 form. Here each selector costs rows x compounds, always.
 *
 * A group of compounds is a small automaton (css_program.h): one word of
 * states for each row. Going through the rows in document order, parent and
 * elder sibling have been seen, so the states that may hold for a row are
 *
 *     first | (own[parent]  & child)      << 1    own:    states of that row
 *           | (up[parent]   & descendant) << 1    up:     of it or an ancestor
 *           | (own[prev]    & adjacent)   << 1
 *           | (before[prev] & sibling)    << 1    before: of it or an elder
 *
 * and only these compounds are tried. :has() asks about what comes later, so
 * its groups run backwards through the rows: each row hands its states to its
 * parent and to its elder sibling, and the question is answered when state
 * "first", the element that has them, is reached. There own means a child's,
 * up a descendant's, after the next sibling's, before any later sibling's.
 *
 * Columns are computed first, in their order. What does not depend on :scope
 * stays with the page, so a selector that is asked for each of a thousand
 * items runs once and then only picks a range out of its result. */
#include "doc/css_page.h"

#include "base/mem.h"

#include <string.h>

/* Rows [from, to) of an evaluation. */
struct span {
    uint32_t from, to;
};

static uint64_t try_states(const struct css_eval *v, const struct css_group *g,
                           uint64_t states, uint32_t row) {
    uint64_t held = 0;
    for (uint32_t i = 0; states; i++, states >>= 1)
        if (states & 1 && css_matches(v, g->at[i], row))
            held |= (uint64_t)1 << i;
    return held;
}

/* No relations: no states to keep. */
static void run_flat(const struct css_eval *v, const struct css_group *g,
                     struct span span, uint8_t *hits) {
    for (uint32_t i = 0; i < g->count; i++)
        for (uint32_t r = span.from; r < span.to; r++)
            if (css_matches(v, g->at[i], r))
                hits[r] = 1;
}

/* The rows before span.from that rows of the span refer to (their parent and
 * elder siblings' words) are taken as holding nothing. */
static void run_forwards(const struct css_eval *v, const struct css_group *g,
                         struct span span, uint8_t *hits) {
    const struct css_row *rows = v->page->rows;
    struct css_mask *masks = v->page->masks;
    const struct css_mask none = {0};
    masks[0] = none;
    masks[rows[span.from].parent] = none;
    masks[rows[span.from].prev] = none;
    for (uint32_t r = span.from; r < span.to; r++) {
        const struct css_mask *parent = &masks[rows[r].parent];
        const struct css_mask *prev = &masks[rows[r].prev];
        uint64_t may = (parent->own & g->child) | (parent->up & g->descendant) |
                       (prev->own & g->adjacent) | (prev->before & g->sibling);
        uint64_t own = try_states(v, g, g->first | may << 1, r);
        masks[r].own = own;
        masks[r].up = parent->up | own;
        masks[r].before = prev->before | own;
        if (own & g->last)
            hits[r] = 1;
    }
}

/* For :has(): over all rows, from the last one. */
static void run_backwards(const struct css_eval *v, const struct css_group *g,
                          uint8_t *hits) {
    const struct css_row *rows = v->page->rows;
    struct css_mask *masks = v->page->masks;
    memset(masks, 0, ((size_t)v->page->count + 1) * sizeof *masks);
    for (uint32_t r = v->page->count; r > 0; r--) {
        const struct css_mask *m = &masks[r];
        struct css_mask *parent = &masks[rows[r].parent];
        struct css_mask *prev = &masks[rows[r].prev];
        uint64_t may = (m->own >> 1 & g->child) | (m->up >> 1 & g->descendant) |
                       (m->after >> 1 & g->adjacent) |
                       (m->before >> 1 & g->sibling);
        uint64_t own = try_states(v, g, g->last | may, r);
        parent->own |= own;
        parent->up |= own | m->up;
        prev->after = own;
        prev->before = own | m->before;
        if (own & g->first)
            hits[r] = 1;
    }
}

static enum weir_err ensure_masks(struct weir_css_page *page) {
    if (!page->masks)
        page->masks = weir_calloc((size_t)page->count + 1, sizeof *page->masks);
    return page->masks ? WEIR_OK : WEIR_E_NOMEM;
}

/* Rows of the span that any of the groups holds for become 1 in hits. */
static enum weir_err run_groups(const struct css_eval *v,
                                const struct css_group *g, struct span span,
                                uint8_t *hits) {
    for (; g; g = g->next) {
        enum weir_err e;
        if (g->first == g->last) {
            run_flat(v, g, span, hits);
            continue;
        }
        e = ensure_masks(v->page);
        if (e)
            return e;
        run_forwards(v, g, span, hits);
    }
    return WEIR_OK;
}

static enum weir_err run_has(const struct css_eval *v,
                             const struct css_group *g, uint8_t *hits) {
    enum weir_err e = ensure_masks(v->page);
    for (; g && !e; g = g->next)
        run_backwards(v, g, hits);
    return e;
}

/* :nth-child(An+B of S): hits are those of S and become those of the whole.
 * From the end, each row hands its count on to its elder sibling. */
static enum weir_err run_nth(const struct css_eval *v,
                             const struct css_nth *nth, uint8_t *hits) {
    struct weir_css_page *page = v->page;
    size_t rows = (size_t)page->count + 1;
    uint32_t *counts = page->counts;
    if (!counts)
        page->counts = counts = weir_malloc(rows * sizeof *counts);
    if (!counts)
        return WEIR_E_NOMEM;
    memset(counts, 0, rows * sizeof *counts);
    for (uint32_t i = 1; i <= page->count; i++) {
        uint32_t r = nth->last ? page->count + 1 - i : i;
        uint32_t prev = page->rows[r].prev;
        if (!nth->last && prev)
            counts[r] = counts[prev];
        counts[r] += hits[r];
        if (nth->last)
            counts[prev] = counts[r];
        hits[r] = hits[r] && css_nth_holds(nth, counts[r]);
    }
    return WEIR_OK;
}

static enum weir_err run_column(const struct css_eval *v,
                                const struct css_column *c, uint8_t *hits) {
    struct span all = {1, v->page->count + 1};
    enum weir_err e;
    switch (c->kind) {
    case CSS_COL_LIST:
        return run_groups(v, c->groups, all, hits);
    case CSS_COL_HAS:
        return run_has(v, c->groups, hits);
    case CSS_COL_NTH:
        e = run_groups(v, c->groups, all, hits);
        return e ? e : run_nth(v, &c->nth, hits);
    case CSS_COL_LANG:
        return css_lang_column(v->page, c->texts, hits);
    case CSS_COL_CONTAINS:
        return css_contains_column(v->page, c->texts, hits);
    }
    return WEIR_E_INVALID;
}

/* Columns that are missing, and anew those that depend on :scope. */
static enum weir_err make_columns(const struct css_eval *v) {
    size_t rows = (size_t)v->page->count + 1;
    for (uint32_t i = 0; i < v->css->column_count; i++) {
        const struct css_column *c = v->css->columns[i];
        enum weir_err e;
        if (!c->scoped && v->columns[i])
            continue;
        weir_free(v->columns[i]);
        v->columns[i] = weir_calloc(rows, 1);
        if (!v->columns[i])
            return WEIR_E_NOMEM;
        e = run_column(v, c, v->columns[i]);
        if (e) {
            weir_free(v->columns[i]);
            v->columns[i] = NULL;
            return e;
        }
    }
    return WEIR_OK;
}

static void drop_columns(const struct css_eval *v) {
    for (uint32_t i = 0; i < v->css->column_count; i++) {
        weir_free(v->columns[i]);
        v->columns[i] = NULL;
    }
}

static enum weir_err run_span(const struct css_eval *v, struct span span) {
    size_t rows = (size_t)v->page->count + 1;
    if (!v->page->hits)
        v->page->hits = weir_malloc(rows);
    if (!v->page->hits)
        return WEIR_E_NOMEM;
    memset(v->page->hits + span.from, 0, span.to - span.from);
    return run_groups(v, v->css->groups, span, v->page->hits);
}

static enum weir_err add_hits(const struct css_eval *v, struct span span,
                              struct weir_nodes *out) {
    for (uint32_t r = span.from; r < span.to; r++) {
        enum weir_err e;
        if (!v->page->hits[r])
            continue;
        e = weir_nodes_add(out, weir_node_of(v->page->rows[r].node));
        if (e)
            return e;
    }
    return WEIR_OK;
}

/* Everything that matches in the page, once and for all contexts. */
static enum weir_err complete(const struct css_eval *v,
                              struct css_entry *entry) {
    const struct weir_css_page *page = v->page;
    struct span all = {1, page->count + 1};
    size_t n = 0;
    enum weir_err e = make_columns(v);
    if (!e)
        e = run_span(v, all);
    drop_columns(v);
    if (e)
        return e;
    for (uint32_t r = 1; r <= page->count; r++)
        n += page->hits[r];
    entry->found = weir_reallocarray(NULL, n ? n : 1, sizeof *entry->found);
    if (!entry->found)
        return WEIR_E_NOMEM;
    for (uint32_t r = 1; r <= page->count; r++)
        if (page->hits[r])
            entry->found[entry->found_count++] = r;
    entry->complete = true;
    return WEIR_OK;
}

/* The first of the sorted rows that is not below `row`. */
static size_t lower_bound(const struct css_entry *entry, uint32_t row) {
    size_t low = 0, high = entry->found_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entry->found[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum weir_err add_found(const struct css_eval *v, struct span span,
                               struct weir_nodes *out) {
    const struct css_entry *entry = v->entry;
    size_t from = lower_bound(entry, span.from);
    size_t to = lower_bound(entry, span.to);
    enum weir_err e = weir_nodes_reserve(out, to - from);
    for (size_t i = from; !e && i < to; i++)
        e = weir_nodes_add(out,
                           weir_node_of(v->page->rows[entry->found[i]].node));
    return e;
}

static enum weir_err fill_entry(struct weir_css_page *page,
                                const struct weir_css *css,
                                struct css_entry *entry) {
    entry->names =
        weir_calloc((size_t)css->name_count * 2 + 1, sizeof *entry->names);
    entry->columns =
        weir_calloc((size_t)css->column_count + 1, sizeof *entry->columns);
    if (!entry->names || !entry->columns)
        return WEIR_E_NOMEM;
    for (const struct css_name *n = css->names; n; n = n->next) {
        entry->names[2 * (size_t)n->slot] = css_page_name(page, n->name);
        entry->names[2 * (size_t)n->slot + 1] =
            css_page_name(page, page->html ? n->lower : n->name);
    }
    for (int i = 0; i < CSS_POSITIONS; i++) {
        enum weir_err e =
            css->positions[i] ? css_page_positions(page, i) : WEIR_OK;
        if (e)
            return e;
    }
    return WEIR_OK;
}

/* The page's entry for this selector, made at its first use. */
static enum weir_err find_entry(struct weir_css_page *page,
                                const struct weir_css *css,
                                struct css_entry **out) {
    struct css_entry made = {.css = css};
    enum weir_err e;
    for (size_t i = 0; i < page->entry_count; i++) {
        if (page->entries[i].css == css) {
            *out = &page->entries[i];
            return WEIR_OK;
        }
    }
    if (page->entry_count == page->entry_cap) {
        size_t cap = page->entry_cap ? page->entry_cap * 2 : 8;
        struct css_entry *grown =
            weir_reallocarray(page->entries, cap, sizeof *grown);
        if (!grown)
            return WEIR_E_NOMEM;
        page->entries = grown;
        page->entry_cap = cap;
    }
    e = fill_entry(page, css, &made);
    if (e) {
        weir_free(made.names);
        weir_free(made.columns);
        return e;
    }
    page->entries[page->entry_count] = made;
    *out = &page->entries[page->entry_count++];
    return WEIR_OK;
}

enum weir_err weir_css_select(const struct weir_css *css,
                              struct weir_css_page *page,
                              const struct weir_node *context,
                              struct weir_nodes *out) {
    uint32_t row = context ? css_page_row(page, weir_node_xml(context)) : 0;
    struct span below = {row + 1, page->rows[row].end};
    struct span run = {1, page->count + 1};
    struct css_eval v = {.css = css, .page = page};
    struct css_entry *entry;
    enum weir_err e;
    if (context && !row)
        return WEIR_E_INVALID;
    e = find_entry(page, css, &entry);
    if (e || page->count == 0)
        return e;
    v.entry = entry;
    v.columns = entry->columns;
    v.scope = row ? row : page->root;
    if (!css->scoped) {
        e = entry->complete ? WEIR_OK : complete(&v, entry);
        return e ? e : add_found(&v, below, out);
    }
    if (css->anchored) { /* nothing outside the context takes part */
        run = (struct span){v.scope, page->rows[v.scope].end};
        below.from = below.from > run.from ? below.from : run.from;
        below.to = below.to < run.to ? below.to : run.to;
    }
    e = make_columns(&v);
    if (!e)
        e = run_span(&v, run);
    return e ? e : add_hits(&v, below, out);
}
