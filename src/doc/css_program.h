/* css_program.h - what a selector is compiled to. Private to doc/css.
 *
 * A selector list becomes groups of compound selectors. Each compound of a
 * group is one bit ("state") of a 64-bit word: state i holds for an element if
 * compound i matches it and state i-1 holds for an element in the relation
 * that the combinator between them asks for. css_run.c moves these words
 * through the tree.
 *
 * What has a selector list of its own (:is, :not, :has, nth-child of S), or
 * needs more than the element itself (:lang, :contains), becomes a column: a
 * byte for each element, computed for all of them at once before the compounds
 * that refer to it. Columns are in the order of their computation. */
#ifndef WEIR_DOC_CSS_PROGRAM_H
#define WEIR_DOC_CSS_PROGRAM_H

#include "base/arena.h"
#include "base/str.h"

enum {
    CSS_MAX_LENGTH = 32 * 1024, /* bytes of a selector */
    CSS_MAX_DEPTH = 24,         /* selectors inside selectors */
    CSS_MAX_COMPOUNDS = 2048,   /* in all */
    CSS_MAX_COLUMNS = 256,
    CSS_GROUP = 64 /* states of one group, compounds of one complex */
};

enum css_test {
    CSS_ID,
    CSS_CLASS,
    CSS_ATTRIBUTE,
    CSS_POSITION, /* :nth-child and its relatives without "of" */
    CSS_COLUMN,
    CSS_ROOT,
    CSS_SCOPE,
    CSS_EMPTY,
    CSS_NEVER
};

enum css_operator {
    CSS_EXISTS,
    CSS_EQUALS,   /* = */
    CSS_WORD,     /* ~= */
    CSS_DASH,     /* |= */
    CSS_PREFIX,   /* ^= */
    CSS_SUFFIX,   /* $= */
    CSS_SUBSTRING /* *= */
};

/* a*n + b over all n >= 0. */
struct css_nth {
    int32_t a, b;
    bool last;    /* counted from the end */
    bool of_type; /* among siblings of the same name */
};

/* A text to look for. The Knuth-Morris-Pratt tables are made where it is
 * searched for: one for exact search, one that ignores ASCII case. */
struct css_needle {
    struct weir_str text;
    uint32_t *fallback[2];
    struct css_needle *next;
};

struct css_simple {
    struct css_simple *next;
    enum css_test test;
    bool negated;            /* CSS_COLUMN: the element must not be in it */
    bool any_case;           /* attribute: the value's ASCII case is ignored */
    bool any_case_html;      /* the same, on HTML elements only */
    bool any_namespace;      /* attribute: "*|name" */
    enum css_operator op;    /* attribute */
    const char *name;        /* attribute: as written */
    const char *lower;       /* attribute: in lower case, as HTML has it */
    struct css_needle value; /* id, class, attribute */
    struct css_nth nth;
    uint32_t column;
};

struct css_compound {
    struct css_simple *simples;
    uint64_t filter;           /* bits that the element's filter must have */
    const char *name, *lower;  /* element name; NULL = any */
    uint32_t slot;             /* number of the name */
    char combinator;           /* to the compound before it: ' ' > + ~ */
    struct css_compound *next; /* to the right; the parser's */
};

/* Up to 64 states; the selectors of a list stand one after another. */
struct css_group {
    struct css_group *next;
    /* States that begin or end a selector; states whose successor stands in
     * that relation to them. */
    uint64_t first, last, child, descendant, adjacent, sibling;
    uint32_t count;
    const struct css_compound *at[];
};

enum css_column_kind {
    CSS_COL_LIST, /* :is, :where, :not */
    CSS_COL_HAS,  /* groups run backwards; state `first` is the anchor */
    CSS_COL_NTH,  /* :nth-child(An+B of S) */
    CSS_COL_LANG,
    CSS_COL_CONTAINS
};

struct css_column {
    enum css_column_kind kind;
    bool scoped; /* depends on :scope */
    struct css_group *groups;
    struct css_nth nth;
    struct css_needle *texts; /* language ranges or texts; any of them */
};

struct css_name {
    uint32_t slot;
    const char *name, *lower;
    struct css_name *next;
};

struct weir_css {
    struct weir_arena *arena;
    struct css_group *groups; /* NULL: matches nothing */
    struct css_column *columns[CSS_MAX_COLUMNS];
    uint32_t column_count;
    struct css_name *names; /* the last one first */
    uint32_t name_count;
    bool positions[4]; /* which ways of counting siblings: last + 2*of_type */
    bool scoped;       /* the result depends on the context node */
    bool anchored;     /* each selector begins with :scope and has no other */
};

/* What a token of attribute, class or id adds to an element's filter; ASCII
 * case does not count. */
enum css_filter_kind { CSS_FILTER_ID, CSS_FILTER_CLASS, CSS_FILTER_ATTRIBUTE };
uint64_t css_filter(enum css_filter_kind kind, const char *p, size_t n);

/* Makes the tables; false = no memory. */
bool css_needle_prepare(struct css_needle *n, struct weir_arena *arena);
/* Index of the needle in hay at or after `from`, hay.n if it is not there. */
size_t css_needle_find(const struct css_needle *n, struct weir_str hay,
                       size_t from, bool any_case);

#endif
