/* css_parser.h - the state that the files of the selector parser share.
 * Private to doc/css; css_parse.c says how it works. */
#ifndef WEIR_DOC_CSS_PARSER_H
#define WEIR_DOC_CSS_PARSER_H

#include "base/compiler.h"
#include "base/err.h"
#include "doc/css_lex.h"
#include "doc/css_program.h"

struct css_parser {
    struct weir_css *css;
    struct weir_arena *scratch; /* tokens; gone after compilation */
    const struct css_token *t;  /* the next token */
    unsigned depth, compounds;
    unsigned scopes; /* how often :scope was used so far */
    bool in_has;
    /* The first error: a message and where. */
    struct weir_error error;
    size_t error_at;
};

/* The selector that is being parsed, from left to right. */
struct css_complex {
    struct css_compound *first, *last; /* linked by next */
    uint32_t count;
    bool pseudo_element; /* matches nothing */
    bool takes_another;  /* and another pseudo-element may follow it */
    struct css_complex *next;
};

enum css_list {
    CSS_LIST_TOP,       /* to the end of the text */
    CSS_LIST_STRICT,    /* to ')'; one bad selector refuses the whole */
    CSS_LIST_FORGIVING, /* bad ones are dropped */
    CSS_LIST_RELATIVE   /* of :has: may begin with a combinator */
};

/* css_parse.c */
enum weir_err css_parse_list(struct css_parser *p, enum css_list kind,
                             struct css_group **out);
/* WEIR_E_INVALID with a message, at token t. */
enum weir_err css_refuse(struct css_parser *p, const struct css_token *t,
                         const char *format, ...) WEIR_PRINTF(3, 4);
enum weir_err css_too_large(struct css_parser *p, const char *what);
struct css_simple *css_add_simple(struct css_parser *p, struct css_compound *c,
                                  enum css_test test);
/* NUL-terminated; NULL = no memory. */
const char *css_lower_copy(struct css_parser *p, struct weir_str s);
bool css_is_delim(const struct css_token *t, char c);
void css_skip_space(struct css_parser *p);
/* Consumes ')' or stands at the end of the text, which closes everything. */
enum weir_err css_expect_close(struct css_parser *p);
/* Skips a run of tokens with balanced brackets, up to a ')' that closes the
 * current function or, with `comma`, to a ',' of this level. */
void css_skip_balanced(struct css_parser *p, bool comma);

/* WEIR_E_INVALID: "expected <what>, not" the next token. */
enum weir_err css_expected(struct css_parser *p, const char *what);
enum weir_err css_copy_value(struct css_parser *p, struct weir_str text,
                             struct css_simple *s);
/* Selectors 4 section 6.3: the prefix and its bar, if there are any; *any for
 * '*'. Trees know no namespaces, and no prefix was ever declared. */
enum weir_err css_skip_prefix(struct css_parser *p, bool *any);

/* css_compile.c */
enum weir_err css_build_groups(struct css_parser *p,
                               const struct css_complex *x,
                               struct css_group **out);

/* css_attribute.c: stands behind the '['. */
enum weir_err css_parse_attribute(struct css_parser *p, struct css_compound *c);

/* css_nth.c: An+B and what follows up to "of" or ')'. */
enum weir_err css_parse_nth(struct css_parser *p, struct css_nth *nth);

/* css_pseudo.c: stands behind the ':'. */
enum weir_err css_parse_pseudo(struct css_parser *p, struct css_complex *x,
                               struct css_compound *c);

#endif
