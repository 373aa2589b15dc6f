/* textwidth.h - how many columns text takes on a terminal.
 *
 * East Asian wide and fullwidth characters and emoji take two columns, marks
 * that combine and formatting characters none (Unicode Standard Annex 11). */
#ifndef WEIR_CORE_TEXTWIDTH_H
#define WEIR_CORE_TEXTWIDTH_H

#include "base/buf.h"
#include "base/str.h"

/* 0, 1 or 2 for a printable code point. */
unsigned weir_text_width(uint32_t cp);
/* The columns of UTF-8 text; each invalid byte counts as one. */
size_t weir_text_columns(struct weir_str s);
/* Appends s, if it takes more than `columns` cut at a character and ended by
 * the ellipsis; returns the columns appended (at most `columns`). */
size_t weir_text_fit(struct weir_buf *out, struct weir_str s, size_t columns,
                     const char *ellipsis);

#endif
