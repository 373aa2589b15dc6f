/* pagenumber.h - numbers as pages write them: "1,234 plays", "EUR 1.234,50",
 * "1 234", "-5 °C", "12.5K".
 *
 * The first number in the text counts; what stands around it does not. Where a
 * point or a comma could part thousands or decimals, the language decides
 * ("de": 1.234 is a thousand); without one, the last of two different ones is
 * decimal, several of a kind part thousands, a comma before exactly three
 * digits parts thousands and a point is decimal (for an integer it parts
 * thousands too). Spaces and apostrophes part thousands. K, k and M right
 * behind the number, with no letter after them, are thousands and millions.
 * A minus sign counts at the start of a word.
 *
 *     if (weir_pagenumber_float(WEIR_STR("1.234,50 EUR"), "de", &out))
 *         ... "1234.50" ... */
#ifndef WEIR_CORE_PAGENUMBER_H
#define WEIR_CORE_PAGENUMBER_H

#include "base/buf.h"

/* Appends a JSON number, as exact as the page has it: nothing passes through a
 * double. `lang` is a language tag ("de", "en-GB") or NULL. False without one
 * in the text, or beyond 1,000 digits. */
bool weir_pagenumber_float(struct weir_str text, const char *lang,
                           struct weir_buf *out);
/* The same for an integer: false too if it has decimals other than zeros. */
bool weir_pagenumber_int(struct weir_str text, const char *lang,
                         struct weir_buf *out);

#endif
