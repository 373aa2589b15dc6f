/* css_page.h - the index of a document that selectors run on, and the state of
 * an evaluation. Private to doc/css.
 *
 * Row 0 stands for the document: it is the parent of what has none and the
 * sibling before what is first, and no selector ever holds for it. Rows 1 to
 * count are the elements in document order, so that an element's descendants
 * are the rows behind it up to its `end`. */
#ifndef WEIR_DOC_CSS_PAGE_H
#define WEIR_DOC_CSS_PAGE_H

#include "base/map.h"
#include "doc/css.h"
#include "doc/css_program.h"
#include "doc/parse_internal.h"

struct css_row {
    const xmlNode *node;
    uint64_t filter;       /* css_filter of its id, classes, attributes */
    uint32_t parent, prev; /* prev: the sibling element before it */
    uint32_t end;          /* the row behind its last descendant */
    uint32_t name;         /* number of its name, from 1 */
};

/* The four ways of counting siblings, by css_nth.last and .of_type. */
enum { CSS_POSITIONS = 4 };

/* Where the text of each element lies in the text of the document. */
struct css_text {
    struct weir_buf all;
    size_t *start, *end; /* by row */
};

/* What a page keeps of a selector. */
struct css_entry {
    const struct weir_css *css;
    uint32_t *names;   /* by slot: 2 numbers, 0 = no such name */
    uint8_t **columns; /* by number; NULL = not computed */
    uint32_t *found;   /* rows that match, when that needs no context */
    size_t found_count;
    bool complete; /* found is filled in */
};

/* A group's state while it runs (css_run.c). */
struct css_mask {
    uint64_t own, up, before, after;
};

struct weir_css_page {
    const struct weir_doc *doc;
    bool quirks;
    bool html; /* not a document of XML */
    struct css_row *rows;
    uint32_t count, cap;
    uint32_t root; /* row of the root element, 0 = none */
    struct weir_map *names;
    uint32_t name_count;
    uint32_t *positions[CSS_POSITIONS]; /* on demand, as is what follows */
    struct css_text *text;
    const char *language; /* of the document, by its meta element */
    bool language_known;
    struct css_mask *masks;
    uint32_t *counts;
    uint8_t *hits;
    struct css_entry *entries;
    size_t entry_count, entry_cap;
};

/* One evaluation. */
struct css_eval {
    const struct weir_css *css;
    struct weir_css_page *page;
    const struct css_entry *entry;
    uint8_t **columns;
    uint32_t scope; /* row */
};

/* css_page.c */
uint32_t css_page_name(const struct weir_css_page *page, const char *name);
/* Fills page->positions[which], which = last + 2 * of_type. */
enum weir_err css_page_positions(struct weir_css_page *page, int which);
/* The row of an element, 0 if it is none of this page. */
uint32_t css_page_row(const struct weir_css_page *page, const xmlNode *node);

/* css_text.c */
void css_text_release(struct css_text *text);
enum weir_err css_contains_column(struct weir_css_page *page,
                                  const struct css_needle *texts,
                                  uint8_t *column);
enum weir_err css_lang_column(struct weir_css_page *page,
                              const struct css_needle *ranges, uint8_t *column);

/* css_match.c */
bool css_matches(const struct css_eval *v, const struct css_compound *c,
                 uint32_t row);
bool css_nth_holds(const struct css_nth *nth, uint32_t position);

#endif
