/* css_lex.h - the tokens of CSS Syntax Level 3 that selectors are made of.
 *
 * Private to doc/css. Names and strings are decoded: escapes are resolved,
 * NUL and bytes that are not UTF-8 have become U+FFFD. Comments are gone. */
#ifndef WEIR_DOC_CSS_LEX_H
#define WEIR_DOC_CSS_LEX_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum css_token_kind {
    CSS_T_END, /* always the last one */
    CSS_T_SPACE,
    CSS_T_IDENT,
    CSS_T_FUNCTION, /* text is the name, the '(' is part of the token */
    CSS_T_HASH,
    CSS_T_STRING,
    CSS_T_BAD_STRING, /* broken off by a newline */
    CSS_T_NUMBER,
    CSS_T_DIMENSION, /* text is the unit */
    CSS_T_DELIM      /* every other character, brackets included */
};

struct css_token {
    enum css_token_kind kind;
    char delim;      /* of CSS_T_DELIM */
    bool is_id;      /* CSS_T_HASH: its name is an identifier */
    bool is_integer; /* numbers: no '.', no exponent */
    bool has_sign;
    int32_t number; /* of an integer, clamped */
    size_t at;      /* where it starts, in bytes */
    struct weir_str text;
};

/* Splits `source` into tokens that live in the arena, as does their text. */
enum weir_err css_lex(struct weir_str source, struct weir_arena *arena,
                      struct css_token **out);

#endif
