/* parse.h - a page as a tree, for selectors, XPath, text and dumps.
 *
 * A `struct weir_doc` always is a libxml2 tree, built in one of two ways:
 *
 *   html5     gumbo's HTML5 tree, converted: what a browser would build. The
 *             default. A selector copied from developer tools matches.
 *   libxml2   libxml2's own HTML 4 parser: several times as fast.
 *
 * and `xml` for feeds and XHTML that is served as XML: no DTD is read, no
 * external entity opened, no entity of the document's own expanded.
 *
 * What hostile pages could turn into minutes or gigabytes is limited (struct
 * weir_doc_limits). A page that trips a limit in html5 is built by libxml2
 * instead; weir_doc_builder and weir_doc_note say so. Which way a page takes
 * depends on its bytes alone, never on a clock.
 *
 * Names: elements are in no namespace, whatever they were in the page, so
 * //svg//path finds paths; SVG names keep their case (foreignObject). The
 * attributes xlink:* and xml:* of SVG and MathML are in their namespaces:
 * XPath reaches them as @xlink:href (the prefix is registered) or by
 * name()='xlink:href'. Contents of <template> hang beside the tree, not in it:
 * selectors do not match them, dumps and HTML show them.
 *
 * A doc belongs to one thread at a time. Nodes are borrowed from it.
 *
 *     struct weir_doc *doc;
 *     struct weir_doc_options o = weir_doc_defaults();
 *     err = weir_doc_parse(utf8, &o, &doc, &error);
 *     weir_node_text(weir_doc_root(doc), &buf);
 *     weir_doc_destroy(doc);
 */
#ifndef WEIR_DOC_PARSE_H
#define WEIR_DOC_PARSE_H

#include "base/buf.h"

struct weir_doc;
struct weir_node;

enum weir_doc_parser { WEIR_DOC_HTML5, WEIR_DOC_LIBXML2, WEIR_DOC_XML };

enum weir_doc_quirks {
    WEIR_DOC_NO_QUIRKS,
    WEIR_DOC_LIMITED_QUIRKS,
    WEIR_DOC_QUIRKS
};

/* The limits of one parse. Every one is a plain counter. */
struct weir_doc_limits {
    size_t max_page;       /* bytes of UTF-8; more is WEIR_E_LIMIT */
    size_t max_html5_page; /* bytes; more goes to libxml2 */
    size_t max_memory;     /* bytes, for gumbo and for the tree each */
    size_t max_nodes;      /* elements, texts, comments, attributes */
    size_t max_depth;      /* open elements */
    size_t max_attributes; /* of one tag */
};

struct weir_doc_options {
    enum weir_doc_parser parser;
    struct weir_doc_limits limits;
};

/* html5 and limits for untrusted pages: 64 MiB (html5 24 MiB), 512 MiB,
 * 4,000,000 nodes, 512 levels, 256 attributes. */
struct weir_doc_options weir_doc_defaults(void);

/* Once, in main, before threads parse. */
void weir_doc_init(void);

/* Builds the tree of a page in UTF-8 (doc/charset.h converts; invalid bytes
 * become U+FFFD here too). The bytes are not kept. `options` may be NULL.
 * WEIR_E_LIMIT, WEIR_E_NOMEM; WEIR_E_INVALID for xml that has no root. */
enum weir_err weir_doc_parse(struct weir_str page,
                             const struct weir_doc_options *options,
                             struct weir_doc **out, struct weir_error *error);
void weir_doc_destroy(struct weir_doc *doc); /* NULL is fine */

/* Who built it, and why not the parser asked for: "" when it was. */
enum weir_doc_parser weir_doc_builder(const struct weir_doc *doc);
const char *weir_doc_note(const struct weir_doc *doc);
/* The tree ends before the page does: a limit of libxml2's builder. The note
 * says which. */
bool weir_doc_truncated(const struct weir_doc *doc);
enum weir_doc_quirks weir_doc_quirks(const struct weir_doc *doc);
/* Elements, texts, comments and attributes. */
size_t weir_doc_count(const struct weir_doc *doc);

/* The root element, NULL when there is none. */
struct weir_node *weir_doc_root(const struct weir_doc *doc);
/* The value of an attribute by its name in lower case ("href", "xlink:href"):
 * false when there is none. Borrowed. */
bool weir_node_attr(const struct weir_node *node, const char *name,
                    struct weir_str *value);
/* The line of the page on which it starts (65,535 at most), 0 = unknown. */
unsigned weir_node_line(const struct weir_node *node);

/* The text as a reader sees it, about as innerText does: blocks and <br> break
 * lines, white space is collapsed, <pre> keeps it, script, style, template and
 * the head's contents are left out (unless node is one of them). */
void weir_node_text(const struct weir_node *node, struct weir_buf *out);
/* textContent, white space collapsed and trimmed. Of an attribute or a text:
 * its value. */
void weir_node_content(const struct weir_node *node, struct weir_buf *out);
/* The HTML fragment serialisation of the HTML Standard (section 13.3) of the
 * node's children, or of the node itself (outer). */
void weir_node_html(const struct weir_node *node, bool outer,
                    struct weir_buf *out);

/* The whole document as HTML, as an indented outline for people (names, ids,
 * classes, some attributes, short texts), or in the format of html5lib-tests.
 * Bytes of the page are in it unescaped. */
void weir_doc_html(const struct weir_doc *doc, struct weir_buf *out);
void weir_doc_outline(const struct weir_doc *doc, struct weir_buf *out);
void weir_doc_html5lib(const struct weir_doc *doc, struct weir_buf *out);

#endif
