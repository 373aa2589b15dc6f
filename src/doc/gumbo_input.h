/* gumbo_input.h - the page as gumbo gets it, and the way back.
 *
 *     struct weir_gumbo_input in;
 *     err = weir_gumbo_input_init(&in, page, quirks, &doctype);
 *     ... gumbo parses in.page ...
 *     name = weir_gumbo_input_name(&in, tag)   // NULL: not a disguise
 *     text = weir_gumbo_input_text(&in, text)
 *     weir_gumbo_input_release(&in);
 */
#ifndef WEIR_DOC_GUMBO_INPUT_H
#define WEIR_DOC_GUMBO_INPUT_H

#include "doc/doctype.h"

struct weir_gumbo_input {
    struct weir_str page; /* as long as the original, offsets are the same */
    struct weir_buf copy; /* holds it, if anything had to be changed */
    bool disguised;
    struct weir_buf text; /* the last text given back */
};

enum weir_err weir_gumbo_input_init(struct weir_gumbo_input *in,
                                    struct weir_str page,
                                    const struct weir_doctype *doctype);
void weir_gumbo_input_release(struct weir_gumbo_input *in);
/* The name behind a disguised tag ("<fIgUrE ..." is search), else NULL. */
const char *weir_gumbo_input_name(const struct weir_gumbo_input *in,
                                  struct weir_str tag);
/* A text, comment or value with disguises undone; borrowed until the next
 * call. */
struct weir_str weir_gumbo_input_text(struct weir_gumbo_input *in,
                                      const char *text);

#endif
