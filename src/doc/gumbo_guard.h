/* gumbo_guard.h - the allocator under gumbo, which also keeps it in bounds.
 *
 * gumbo has no limits and does not look at what its allocator returns, but it
 * calls the allocator for each node and attribute. The guard serves it from an
 * arena, counts nodes, attributes in a row and the depth of the tree, and when
 * one is too much it leaves gumbo by longjmp; all there is to clean up is the
 * arena.
 *
 *     struct weir_gumbo_guard *g = weir_gumbo_guard_create(&limits, page);
 *     GumboOutput *out = weir_gumbo_guard_run(g, page);
 *     if (!out) ... weir_gumbo_guard_why(g)
 *     weir_gumbo_guard_destroy(g);      // out and all its nodes go with it
 */
#ifndef WEIR_DOC_GUMBO_GUARD_H
#define WEIR_DOC_GUMBO_GUARD_H

#include "doc/parse.h"

#include <gumbo.h>

struct weir_gumbo_guard;

/* NULL = no memory. */
struct weir_gumbo_guard *
weir_gumbo_guard_create(const struct weir_doc_limits *limits);
void weir_gumbo_guard_destroy(struct weir_gumbo_guard *g);
/* gumbo's tree, or NULL: weir_gumbo_guard_why says why. Once per guard. */
GumboOutput *weir_gumbo_guard_run(struct weir_gumbo_guard *g,
                                  struct weir_str page);
/* WEIR_E_LIMIT or WEIR_E_NOMEM, and a text for people. */
enum weir_err weir_gumbo_guard_why(const struct weir_gumbo_guard *g,
                                   const char **text);

#endif
