/* xpath.h - XPath 1.0 on a doc, with limits.
 *
 * libxml2's XPath behind a small face: an expression is compiled once, with the
 * column of a mistake, and evaluated with a bound on its steps, because an
 * innocent //a[count(preceding::a) > 9] is quadratic. What a doc needs to be
 * asked is made once for all expressions (a page, as in doc/css.h).
 *
 * A compiled expression and a page belong to one thread at a time: libxml2
 * leaves function look-ups in the one and results in the other.
 *
 *     struct weir_xpath *xpath;
 *     struct weir_xpath_page *page;
 *     struct weir_xpath_value value;
 *     e = weir_xpath_compile(WEIR_STR("//a/@href"), &xpath, &column, &error);
 *     e = weir_xpath_page_create(doc, &page);
 *     weir_xpath_value_init(&value);
 *     e = weir_xpath_eval(xpath, page, NULL, &value, &error);
 *     if (value.kind == WEIR_XPATH_NODES) ... value.nodes ...
 *     weir_xpath_value_release(&value); */
#ifndef WEIR_DOC_XPATH_H
#define WEIR_DOC_XPATH_H

#include "base/buf.h"
#include "doc/nodes.h"
#include "doc/parse.h"

struct weir_xpath;
struct weir_xpath_page;

enum weir_xpath_kind {
    WEIR_XPATH_NODES,
    WEIR_XPATH_STRING,
    WEIR_XPATH_NUMBER,
    WEIR_XPATH_BOOLEAN
};

/* Any of the four; `text` is what string() makes of the last three. */
struct weir_xpath_value {
    enum weir_xpath_kind kind;
    struct weir_nodes nodes; /* in document order: elements, attributes... */
    struct weir_buf text;
    double number;
    bool boolean;
};

void weir_xpath_value_init(struct weir_xpath_value *v);
void weir_xpath_value_release(struct weir_xpath_value *v);

/* WEIR_E_INVALID with the 1-based column (in characters, may be NULL) and a
 * message "XPath, column 7: ..."; WEIR_E_LIMIT (32 KiB, nesting),
 * WEIR_E_NOMEM. Whether functions and prefixes exist shows when evaluated. */
enum weir_err weir_xpath_compile(struct weir_str expression,
                                 struct weir_xpath **out, size_t *column,
                                 struct weir_error *error);
void weir_xpath_destroy(struct weir_xpath *x);

/* Must go before the doc. WEIR_E_NOMEM. */
enum weir_err weir_xpath_page_create(struct weir_doc *doc,
                                     struct weir_xpath_page **out);
void weir_xpath_page_destroy(struct weir_xpath_page *page);
/* Steps that one evaluation may take, WEIR_XPATH_STEPS at first. */
enum { WEIR_XPATH_STEPS = 50 * 1000 * 1000 };
void weir_xpath_page_limit(struct weir_xpath_page *page, unsigned long steps);

/* Evaluates with `context` (NULL = the document) as the context node; the
 * value's former content goes. The value is whole only on success.
 * WEIR_E_INVALID (unknown function, variable or prefix; wrong type),
 * WEIR_E_LIMIT (steps, nesting), WEIR_E_NOMEM. */
enum weir_err weir_xpath_eval(struct weir_xpath *x,
                              struct weir_xpath_page *page,
                              const struct weir_node *context,
                              struct weir_xpath_value *value,
                              struct weir_error *error);

#endif
