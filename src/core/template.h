/* template.h - text with the fields of a record in it.
 *
 *     {label}: {temperature} :: {place.country}
 *
 * {name} stands for a member of the record (core/members.h: paths too), {{ and
 * }} for the braces. A field that the record does not have is nothing.
 *
 *     weir_template_create(&t, WEIR_STR("{label}: {temperature}"), &e);
 *     weir_template_put(t, &members, &out);
 */
#ifndef WEIR_CORE_TEMPLATE_H
#define WEIR_CORE_TEMPLATE_H

#include "core/members.h"

struct weir_template; /* immutable */

struct weir_template_piece {
    bool field;           /* the name of one; else text as it is */
    struct weir_str text; /* borrowed from the template */
};

/* WEIR_E_USAGE: with the column (1-based, in bytes) of what is wrong. */
enum weir_err weir_template_create(struct weir_template **out,
                                   struct weir_str text,
                                   struct weir_error *error);
void weir_template_destroy(struct weir_template *t); /* NULL-safe */

size_t weir_template_count(const struct weir_template *t);
const struct weir_template_piece *
weir_template_pieces(const struct weir_template *t);

/* Appends the text for a record, as valid UTF-8 if the template is. */
enum weir_err weir_template_put(const struct weir_template *t,
                                const struct weir_members *m,
                                struct weir_buf *out);

#endif
