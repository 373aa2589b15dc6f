/* jq_numbers.h - integers beyond 2^53 on their way through libjq. Private.
 *
 * jq 1.6 knows doubles only. So each such integer of an input is given a double
 * of its own: the nearest that no other has, in their order. What a program
 * does with it is then done with a number that is off by some parts in 10^16
 * (comparing, sorting, adding), and where the very number comes out again it
 * becomes the literal that it stands for: as a number, and as a run of digits
 * within a string ("/users/\(.id)"). For the latter the double is chosen so
 * that its digits stand nowhere in the input.
 *
 * Digits within a string are not found for integers of more than 21 digits
 * (jq writes those with an exponent); as numbers they are. */
#ifndef WEIR_DOC_JQ_NUMBERS_H
#define WEIR_DOC_JQ_NUMBERS_H

#include "base/buf.h"

struct jq_numbers;

/* *out is NULL when the JSON text has no such integer. WEIR_E_NOMEM. */
enum weir_err jq_numbers_create(struct weir_str text, struct jq_numbers **out);
void jq_numbers_destroy(struct jq_numbers *numbers); /* NULL-safe */

/* A JSON number's value; an integer's own when it is in `numbers` (which may be
 * NULL). Whatever the locale. */
double jq_number_of(const struct jq_numbers *numbers, struct weir_str literal);
/* Appends a number as JSON; NaN is null, as jq says. */
void jq_number_put(const struct jq_numbers *numbers, double value,
                   struct weir_buf *out);
/* Appends a string's text with runs of digits made right. */
void jq_numbers_put_text(const struct jq_numbers *numbers, struct weir_str text,
                         struct weir_buf *out);

#endif
