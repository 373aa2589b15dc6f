/* css.h - CSS selectors: compiled once, run on any page.
 *
 * Selectors Level 3, and of Level 4: :is :where :not(list) :has
 * :nth-child(An+B of S) :nth-last-child(An+B of S) :any-link :scope, the
 * attribute flags i and s, language ranges; further :contains("text"). A
 * selector list as querySelectorAll takes it: a bad one is refused with its
 * column, inside :is() and :where() bad ones are dropped as the standard says.
 *
 * - Element and attribute names match in any ASCII case in HTML; those of SVG
 *   and of XML documents as they are written. Classes and ids match in any
 *   case in quirks mode. Namespaces count for nothing: "*|a" and "|a" are "a",
 *   any other prefix is refused.
 * - What needs a user or a browser (:hover, :visited, :target) and every
 *   pseudo-element is valid and matches nothing. :checked and its like look at
 *   the markup. What would need to validate a form is refused.
 *
 * A compiled selector never changes: any number of threads may use it. A page
 * is what a document costs once (an index of its elements) and what its
 * selectors leave behind; it belongs to one thread and must go before the
 * document and before every selector that it has seen. The document must not
 * change in the meantime.
 *
 *     struct weir_css *css;
 *     struct weir_css_page *page;
 *     struct weir_nodes found;
 *     size_t column;
 *     e = weir_css_compile(WEIR_STR("ul > li:has(a)"), &css, &column, &error);
 *     e = weir_css_page_create(doc, &page);
 *     weir_nodes_init(&found);
 *     e = weir_css_select(css, page, NULL, &found);
 *     for (size_t i = 0; i < found.count; i++) ... found.at[i] ...
 *
 * Cost: elements x compounds of the selector, whatever the shape of the tree,
 * and once for a page: the same selector on each of many context nodes costs
 * their results (selectors that begin with ":scope" cost the context's
 * subtree; :scope elsewhere costs the whole page each time). */
#ifndef WEIR_DOC_CSS_H
#define WEIR_DOC_CSS_H

#include "base/err.h"
#include "base/str.h"
#include "doc/nodes.h"
#include "doc/parse.h"

struct weir_css;
struct weir_css_page;

/* WEIR_E_INVALID with the 1-based column (in characters; may be NULL) and a
 * message "selector, column 5: expected ']'"; WEIR_E_LIMIT for one that is
 * longer than 32 KiB, nested deeper than 24 or otherwise too large;
 * WEIR_E_NOMEM. */
enum weir_err weir_css_compile(struct weir_str selector, struct weir_css **out,
                               size_t *column, struct weir_error *error);
void weir_css_destroy(struct weir_css *css);

/* Indexes the elements of doc. WEIR_E_NOMEM, WEIR_E_LIMIT (2^32 elements). */
enum weir_err weir_css_page_create(const struct weir_doc *doc,
                                   struct weir_css_page **out);
void weir_css_page_destroy(struct weir_css_page *page);

/* Appends to *out the elements below `context` (NULL = the whole document)
 * that match, in document order, each once. Selectors see the whole document,
 * also above the context; :scope is the context, or the root element without
 * one. WEIR_E_NOMEM; WEIR_E_INVALID if context is no element of the page. */
enum weir_err weir_css_select(const struct weir_css *css,
                              struct weir_css_page *page,
                              const struct weir_node *context,
                              struct weir_nodes *out);

#endif
