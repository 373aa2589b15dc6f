/* The tree under both builders: libxml2's structures, linked by hand.
 *
 * libxml2's own constructors cost an allocation for each node, name and value
 * and a look at the document for each link. Here all of it comes out of one
 * arena, so that building is a few stores, destroying is dropping the arena,
 * and a cap on memory is one number. Names are in the doc's dict, so that equal
 * names are equal pointers, and elements are numbered as they come, in document
 * order, which is what makes libxml2's node sets sort fast.
 *
 * Text is collected in a buf and becomes a node when anything else happens:
 * texts that are neighbours in the tree but came in pieces (a foster-parented
 * letter from each row of a table) would otherwise be copied again and again.
 */
#include "doc/parse_internal.h"

#include "base/mem.h"

#include <libxml/parserInternals.h>
#include <libxml/valid.h>
#include <libxml/xpathInternals.h>
#include <string.h>

#define MAX_LINE 65535u
#define XLINK_HREF "http://www.w3.org/1999/xlink"

static void *fail(struct weir_doc *doc, enum weir_err err) {
    if (!doc->failed)
        doc->failed = err;
    return NULL;
}

/* Arena memory, zeroed. */
static void *take(struct weir_doc *doc, size_t size) {
    void *p;
    if (doc->failed)
        return NULL;
    p = weir_arena_alloc(doc->arena, size);
    if (!p)
        return fail(doc, weir_arena_exhausted(doc->arena) ? WEIR_E_LIMIT
                                                          : WEIR_E_NOMEM);
    return memset(p, 0, size);
}

static bool count_node(struct weir_doc *doc) {
    if (doc->nodes >= doc->limits.max_nodes) {
        fail(doc, WEIR_E_LIMIT);
        return false;
    }
    doc->nodes++;
    return true;
}

static xmlChar *copy(struct weir_doc *doc, struct weir_str s) {
    char *p;
    if (doc->failed)
        return NULL;
    p = weir_arena_dup(doc->arena, s);
    if (!p)
        fail(doc,
             weir_arena_exhausted(doc->arena) ? WEIR_E_LIMIT : WEIR_E_NOMEM);
    return (xmlChar *)p;
}

static xmlNs *new_ns(struct weir_doc *doc, const char *href,
                     const char *prefix) {
    xmlNs *ns = take(doc, sizeof *ns);
    if (!ns)
        return NULL;
    ns->type = XML_LOCAL_NAMESPACE;
    ns->href = copy(doc, weir_str_of(href));
    ns->prefix = copy(doc, weir_str_of(prefix));
    ns->context = &doc->xml;
    return doc->failed ? NULL : ns;
}

xmlNs *weir_tree_namespace(struct weir_doc *doc, const char *prefix,
                           const char *href) {
    xmlNs *ns = new_ns(doc, href, prefix);
    if (ns) { /* after the first, which is that of the prefix xml */
        ns->next = doc->xml.oldNs->next;
        doc->xml.oldNs->next = ns;
    }
    return ns;
}

struct weir_doc *weir_doc_new(const struct weir_doc_limits *limits,
                              bool is_xml) {
    struct weir_doc *doc = weir_calloc(1, sizeof *doc);
    if (!doc)
        return NULL;
    doc->limits = *limits;
    weir_buf_init(&doc->text, 0);
    doc->arena = weir_arena_create(limits->max_memory);
    doc->xml.type = is_xml ? XML_DOCUMENT_NODE : XML_HTML_DOCUMENT_NODE;
    doc->xml.doc = &doc->xml;
    doc->xml.standalone = 1;
    doc->xml.charset = XML_CHAR_ENCODING_UTF8;
    doc->xml.dict = xmlDictCreate();
    if (!doc->arena || !doc->xml.dict) {
        weir_doc_destroy(doc);
        return NULL;
    }
    doc->xlink = new_ns(doc, XLINK_HREF, "xlink");
    doc->xml_ns = new_ns(doc, (const char *)XML_XML_NAMESPACE, "xml");
    if (doc->failed) {
        weir_doc_destroy(doc);
        return NULL;
    }
    doc->xml.oldNs = doc->xml_ns; /* where libxml2 looks for the prefix xml */
    return doc;
}

void weir_doc_destroy(struct weir_doc *doc) {
    if (!doc)
        return;
    if (doc->xml.ids)
        xmlFreeIDTable(doc->xml.ids);
    if (doc->xml.dict)
        xmlDictFree(doc->xml.dict);
    weir_buf_release(&doc->text);
    weir_arena_destroy(doc->arena);
    weir_free(doc);
}

const xmlChar *weir_tree_name(struct weir_doc *doc, const char *name, int n) {
    const xmlChar *s = xmlDictLookup(doc->xml.dict, (const xmlChar *)name, n);
    return s ? s : fail(doc, WEIR_E_NOMEM);
}

/* Last among the children of parent (NULL = the document). */
static void link_last(struct weir_doc *doc, xmlNode *parent, xmlNode *node) {
    if (!parent)
        parent = (xmlNode *)&doc->xml;
    node->doc = &doc->xml;
    node->parent = parent;
    node->prev = parent->last;
    if (parent->last)
        parent->last->next = node;
    else
        parent->children = node;
    parent->last = node;
}

static xmlNode *new_node(struct weir_doc *doc, xmlElementType type,
                         const xmlChar *name, unsigned line) {
    xmlNode *node;
    if (!count_node(doc) || !(node = take(doc, sizeof *node)))
        return NULL;
    node->type = type;
    node->name = name;
    node->doc = &doc->xml;
    node->line = (unsigned short)(line < MAX_LINE ? line : MAX_LINE);
    return node;
}

static void flush_text(struct weir_doc *doc) {
    xmlNode *node;
    if (doc->text.len == 0)
        return;
    node = new_node(doc, XML_TEXT_NODE, xmlStringText, doc->text_line);
    if (node) {
        node->content = copy(doc, weir_buf_view(&doc->text));
        link_last(doc, doc->text_parent, node);
    }
    weir_buf_clear(&doc->text);
}

void weir_tree_text(struct weir_doc *doc, xmlNode *parent, struct weir_str text,
                    unsigned line) {
    enum weir_err err;
    if (doc->failed || text.n == 0)
        return;
    if (doc->text.len && doc->text_parent != parent)
        flush_text(doc);
    if (doc->text.len == 0) {
        doc->text_parent = parent;
        doc->text_line = line;
    }
    err = weir_buf_add(&doc->text, text.p, text.n);
    if (err)
        fail(doc, err);
}

enum weir_err weir_tree_finish(struct weir_doc *doc) {
    flush_text(doc);
    weir_buf_release(&doc->text);
    return doc->failed;
}

xmlNode *weir_tree_element(struct weir_doc *doc, xmlNode *parent,
                           const xmlChar *name, enum weir_space space,
                           unsigned line) {
    xmlNode *node;
    flush_text(doc);
    node = new_node(doc, XML_ELEMENT_NODE, name, line);
    if (!node)
        return NULL;
    node->extra = (unsigned short)space;
    /* as xmlXPathOrderDocElems does */
    node->content = (xmlChar *)(intptr_t) - (++doc->order);
    link_last(doc, parent, node);
    return node;
}

xmlNode *weir_tree_comment(struct weir_doc *doc, xmlNode *parent,
                           struct weir_str text, unsigned line) {
    xmlNode *node;
    flush_text(doc);
    node = new_node(doc, XML_COMMENT_NODE, xmlStringComment, line);
    if (!node)
        return NULL;
    node->content = copy(doc, text);
    link_last(doc, parent, node);
    return node;
}

xmlAttr *weir_tree_attr(struct weir_doc *doc, xmlNode *element, xmlAttr *last,
                        const xmlChar *name, xmlNs *ns, struct weir_str value) {
    xmlAttr *attr;
    if (!count_node(doc) || !(attr = take(doc, sizeof *attr)))
        return NULL;
    attr->type = XML_ATTRIBUTE_NODE;
    attr->name = name;
    attr->ns = ns;
    attr->parent = element;
    attr->doc = &doc->xml;
    attr->prev = last;
    if (last)
        last->next = attr;
    else
        element->properties = attr;
    if (value.n > 0) {
        xmlNode *text = take(doc, sizeof *text);
        if (!text)
            return NULL;
        text->type = XML_TEXT_NODE;
        text->name = xmlStringText;
        text->doc = &doc->xml;
        text->parent = (xmlNode *)attr;
        text->content = copy(doc, value);
        attr->children = attr->last = text;
    }
    return doc->failed ? NULL : attr;
}

xmlNode *weir_tree_template(struct weir_doc *doc, xmlNode *element) {
    xmlNode *contents = element->_private;
    if (!contents) {
        contents = take(doc, sizeof *contents);
        if (!contents)
            return NULL;
        contents->type = XML_DOCUMENT_FRAG_NODE;
        contents->doc = &doc->xml;
        contents->_private = element; /* the way back, for walks */
        element->_private = contents;
    }
    return contents;
}

/* Bytes of the page as the tokenizer keeps them. */
static xmlChar *copy_id(struct weir_doc *doc, struct weir_str s, bool lower) {
    struct weir_buf b;
    xmlChar *p;
    weir_buf_init(&b, 0);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\0')
            weir_buf_str(&b, WEIR_STR("\xEF\xBF\xBD"));
        else if (s.p[i] == '\r') {
            if (i + 1 == s.n || s.p[i + 1] != '\n')
                weir_buf_byte(&b, '\n');
        } else
            weir_buf_byte(&b, lower ? weir_to_lower(s.p[i]) : s.p[i]);
    }
    if (b.failed)
        fail(doc, WEIR_E_NOMEM);
    p = copy(doc, weir_buf_view(&b));
    weir_buf_release(&b);
    return p;
}

xmlDtd *weir_tree_doctype(struct weir_doc *doc, const struct weir_doctype *d) {
    xmlDtd *dtd;
    if (doc->xml.intSubset)
        return doc->xml.intSubset;
    flush_text(doc);
    dtd = take(doc, sizeof *dtd);
    if (!dtd)
        return NULL;
    dtd->type = XML_DTD_NODE;
    dtd->name = copy_id(doc, d->name, doc->xml.type == XML_HTML_DOCUMENT_NODE);
    if (d->has_public)
        dtd->ExternalID = copy_id(doc, d->public_id, false);
    if (d->has_system)
        dtd->SystemID = copy_id(doc, d->system_id, false);
    if (doc->failed)
        return NULL;
    link_last(doc, NULL, (xmlNode *)dtd);
    doc->xml.intSubset = dtd;
    return dtd;
}

xmlNode *weir_tree_next(const xmlNode *node, const xmlNode *top,
                        bool templates) {
    xmlNode *contents = templates ? weir_node_template(node) : NULL;
    if (contents && contents->children)
        return contents->children;
    if (node->type != XML_DTD_NODE && node->children)
        return node->children;
    while (node != top) {
        if (node->next)
            return node->next;
        node = node->parent;
        if (node && node->type == XML_DOCUMENT_FRAG_NODE && node != top) {
            /* out of a template: its own children, if any, come next */
            node = node->_private;
            if (!node)
                return NULL;
            if (node->children)
                return node->children;
        }
        if (!node)
            return NULL;
    }
    return NULL;
}

enum weir_err weir_doc_register_prefixes(xmlXPathContext *ctxt) {
    return xmlXPathRegisterNs(ctxt, BAD_CAST "xlink", BAD_CAST XLINK_HREF)
               ? WEIR_E_NOMEM
               : WEIR_OK;
}

enum weir_err weir_doc_index_ids(struct weir_doc *doc) {
    xmlNode *top = (xmlNode *)&doc->xml;
    if (doc->xml.ids)
        return WEIR_OK;
    for (xmlNode *n = top; n; n = weir_tree_next(n, top, false)) {
        if (n->type != XML_ELEMENT_NODE)
            continue;
        for (xmlAttr *a = n->properties; a; a = a->next) {
            if (a->ns || !a->children || !xmlStrEqual(a->name, BAD_CAST "id"))
                continue;
            /* the first of equal ids wins, as in browsers */
            if (!xmlGetID(&doc->xml, a->children->content) &&
                !xmlAddID(NULL, &doc->xml, a->children->content, a))
                return WEIR_E_NOMEM;
        }
    }
    return WEIR_OK;
}
