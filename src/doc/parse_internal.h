/* parse_internal.h - the libxml2 side of struct weir_doc, for doc/ only.
 *
 * Every node, attribute and value of the tree is in the doc's arena and names
 * are in its dict; libxml2 reads the tree but must never free or grow any of
 * it: no xmlFreeDoc, xmlUnlinkNode+xmlFreeNode, xmlSetProp. XPath is fine.
 *
 * Conventions beyond libxml2's own:
 *   - node->content of an element holds its negated place in document order,
 *     as xmlXPathOrderDocElems would write it: node sets sort fast.
 *   - node->extra of an element holds an enum weir_space.
 *   - node->_private of a <template> is its contents, a fragment node whose
 *     parent is NULL.
 *   - an attribute's value is one text node, or none when it is empty.
 */
#ifndef WEIR_DOC_PARSE_INTERNAL_H
#define WEIR_DOC_PARSE_INTERNAL_H

#include "base/arena.h"
#include "doc/doctype.h"
#include "doc/parse.h"

#include <libxml/tree.h> /* first: dict.h does not stand alone */

#include <libxml/dict.h>
#include <libxml/xpath.h>

enum weir_space { WEIR_SPACE_HTML, WEIR_SPACE_SVG, WEIR_SPACE_MATHML };

struct weir_doc {
    xmlDoc xml; /* type XML_HTML_DOCUMENT_NODE, or XML_DOCUMENT_NODE for xml */
    struct weir_arena *arena;
    xmlNs *xlink, *xml_ns; /* of foreign attributes */
    struct weir_doc_limits limits;
    size_t nodes; /* so far */
    long order;   /* elements so far */
    enum weir_doc_parser builder;
    enum weir_doc_quirks quirks;
    bool truncated;
    char note[160];
    enum weir_err failed; /* the first failure of weir_tree_*, sticky */
    /* Text not yet in the tree: it may go on. */
    struct weir_buf text;
    xmlNode *text_parent;
    unsigned text_line;
};

/* libxml2's functions take the tree without const; do not change it. */
static inline xmlDoc *weir_doc_xml(const struct weir_doc *doc) {
    return (xmlDoc *)&doc->xml;
}
static inline xmlNode *weir_node_xml(const struct weir_node *node) {
    return (xmlNode *)node;
}
static inline struct weir_node *weir_node_of(const xmlNode *node) {
    return (struct weir_node *)node;
}
static inline enum weir_space weir_node_space(const xmlNode *node) {
    return (enum weir_space)node->extra;
}
static inline xmlNode *weir_node_template(const xmlNode *node) {
    return node->type == XML_ELEMENT_NODE ? node->_private : NULL;
}
/* The value of an attribute node; "" when empty. */
static inline const char *weir_attr_value(const xmlAttr *attr) {
    return attr->children ? (const char *)attr->children->content : "";
}
/* Registers the prefix xlink with an XPath context. */
enum weir_err weir_doc_register_prefixes(xmlXPathContext *ctxt);
/* Fills the table behind XPath's id(); once per doc. WEIR_E_NOMEM. */
enum weir_err weir_doc_index_ids(struct weir_doc *doc);

/* Next node in document order below `top`, NULL at the end. With `templates`
 * it goes through the contents of templates too, before the element's
 * children. */
xmlNode *weir_tree_next(const xmlNode *node, const xmlNode *top,
                        bool templates);

/* Building: nodes are appended in document order. Each returns NULL once
 * doc->failed is set: WEIR_E_LIMIT (nodes, memory) or WEIR_E_NOMEM. At the end
 * weir_tree_finish puts the last text in and returns doc->failed. */
struct weir_doc *weir_doc_new(const struct weir_doc_limits *limits,
                              bool is_xml);
xmlNode *weir_tree_element(struct weir_doc *doc, xmlNode *parent,
                           const xmlChar *name, enum weir_space space,
                           unsigned line);
/* Adjacent texts become one node. */
void weir_tree_text(struct weir_doc *doc, xmlNode *parent, struct weir_str text,
                    unsigned line);
enum weir_err weir_tree_finish(struct weir_doc *doc);
xmlNode *weir_tree_comment(struct weir_doc *doc, xmlNode *parent,
                           struct weir_str text, unsigned line);
/* name is in the dict; last is the attribute before it, or NULL. */
xmlAttr *weir_tree_attr(struct weir_doc *doc, xmlNode *element, xmlAttr *last,
                        const xmlChar *name, xmlNs *ns, struct weir_str value);
/* The contents of a template element, created on first use. */
xmlNode *weir_tree_template(struct weir_doc *doc, xmlNode *element);
xmlDtd *weir_tree_doctype(struct weir_doc *doc, const struct weir_doctype *d);
/* A new namespace, kept in the list at doc->xml.oldNs. */
xmlNs *weir_tree_namespace(struct weir_doc *doc, const char *prefix,
                           const char *href);
const xmlChar *weir_tree_name(struct weir_doc *doc, const char *name, int n);

/* The builders. WEIR_OK with a tree, or what tripped in doc->note and
 * WEIR_E_LIMIT (gumbo: another builder may try; the doc is spoilt). */
enum weir_err weir_gumbo_build(struct weir_doc *doc, struct weir_str page);
enum weir_err weir_libxml_build(struct weir_doc *doc, struct weir_str page);
enum weir_err weir_libxml_build_xml(struct weir_doc *doc, struct weir_str page);

#endif
