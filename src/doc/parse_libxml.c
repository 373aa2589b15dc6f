/* The libxml2 builders: its HTML and XML parsers drive our tree by SAX.
 *
 * The parser pulls its input from read_page, 4,000 bytes at a time at most,
 * and that is where limits act: once a counter is over its limit there is no
 * more input, the parser closes what is open and the tree ends there. Looked at
 * are
 *   - the attributes of the tag being parsed (the parser compares them in
 *     pairs and calls nobody meanwhile): maxatts is the room it has made;
 *   - the work: each error costs a message, and an end tag that matches nothing
 *     has cost a scan of the whole stack of names;
 *   - the tree's own limits on nodes and memory.
 * Depth is no reason to stop: beyond max_depth an element becomes the sibling
 * of the one before, as browsers do it, and its contents stay with its parent.
 *
 * With SAX handlers of our own there is no DTD, no entity but the HTML ones and
 * nothing that is loaded: the handlers that would do so are NULL. */
#include "doc/parse_internal.h"

#include "base/mem.h"

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <string.h>

#define WORK_BUDGET 500000000u

enum {
    WORK_PER_ERROR = 100,
    ATTRIBUTE_WORDS = 5,      /* of ctxt->atts for an attribute, in XML */
    MAX_NAMESPACES = 1024,    /* in scope, in XML */
    MAX_TREE_NAMESPACES = 256 /* the names of others stand alone */
};

struct builder {
    struct weir_doc *doc;
    xmlParserCtxt *ctxt;
    struct weir_str page;
    size_t at; /* bytes read */
    uint64_t work;
    const char *stop; /* why there is no more input */
    xmlNode **open;
    size_t depth, flat; /* on the stack; open beyond max_depth */
    xmlEntity entity;   /* the one that get_entity answers with */
    char entity_text[8];
};

/* ---- input ---- */

static const char *reason_to_stop(const struct builder *b) {
    size_t words = b->ctxt->html ? 2 : ATTRIBUTE_WORDS;
    if (b->doc->failed)
        return "the tree has too many nodes";
    if (b->ctxt->maxatts > 0 &&
        (size_t)b->ctxt->maxatts > 4 * words * b->doc->limits.max_attributes)
        return "too many attributes on one tag";
    if (b->work > WORK_BUDGET)
        return "too many errors";
    if (b->ctxt->nsNr > MAX_NAMESPACES)
        return "too many namespaces";
    return NULL;
}

static int read_page(void *data, char *into, int room) {
    struct builder *b = data;
    struct weir_str part;
    if (!b->stop)
        b->stop = reason_to_stop(b);
    if (b->stop || room <= 0)
        return 0;
    part = weir_str_sub(b->page, b->at, (size_t)room);
    /* whole characters only */
    while (part.n > 4 && b->at + part.n < b->page.n &&
           ((unsigned char)b->page.p[b->at + part.n] & 0xC0) == 0x80)
        part.n--;
    if (part.n == 0)
        return 0;
    memcpy(into, part.p, part.n);
    b->at += part.n;
    for (char *nul = into;
         (nul = memchr(nul, '\0', part.n - (size_t)(nul - into)));)
        *nul = ' '; /* the parser would take it for the end */
    return (int)part.n;
}

static void on_error(void *data, xmlErrorPtr error) {
    struct builder *b = data;
    b->work += WORK_PER_ERROR;
    if (error->code == XML_ERR_TAG_NAME_MISMATCH ||
        error->code == XML_HTML_STRUCURE_ERROR)
        b->work += (uint64_t)b->ctxt->nameNr;
}

/* ---- the tree ---- */

static xmlNode *parent_of(const struct builder *b) {
    return b->depth ? b->open[b->depth - 1] : NULL;
}

static unsigned line_of(const struct builder *b) {
    return b->ctxt->input ? (unsigned)b->ctxt->input->line : 0;
}

/* What foreign content is, roughly: below <svg> and <math>. */
static enum weir_space space_of(const xmlNode *parent, const char *name) {
    enum weir_space space = parent ? weir_node_space(parent) : WEIR_SPACE_HTML;
    if (strcmp(name, "svg") == 0)
        return WEIR_SPACE_SVG;
    if (strcmp(name, "math") == 0)
        return WEIR_SPACE_MATHML;
    if (space == WEIR_SPACE_SVG &&
        (strcmp((const char *)parent->name, "foreignobject") == 0 ||
         strcmp((const char *)parent->name, "desc") == 0))
        return WEIR_SPACE_HTML;
    return space;
}

static void open_element(struct builder *b, xmlNode *node) {
    if (!node || b->depth >= b->doc->limits.max_depth) {
        b->flat++;
        return;
    }
    b->open[b->depth++] = node;
}

static void close_element(struct builder *b) {
    if (b->flat)
        b->flat--;
    else if (b->depth)
        b->depth--;
}

static xmlAttr *add_attribute(struct builder *b, xmlNode *node, xmlAttr *last,
                              const char *name, struct weir_str value) {
    struct weir_doc *doc = b->doc;
    xmlNs *ns = NULL;
    const xmlChar *known;
    if (weir_node_space(node) != WEIR_SPACE_HTML) {
        if (strncmp(name, "xlink:", 6) == 0 && name[6]) {
            ns = doc->xlink;
            name += 6;
        } else if (strncmp(name, "xml:", 4) == 0 && name[4]) {
            ns = doc->xml_ns;
            name += 4;
        }
    }
    known = weir_tree_name(doc, name, -1);
    return known ? weir_tree_attr(doc, node, last, known, ns, value) : NULL;
}

static void on_start(void *data, const xmlChar *name, const xmlChar **atts) {
    struct builder *b = data;
    xmlNode *parent = parent_of(b), *node = NULL;
    const xmlChar *known = weir_tree_name(b->doc, (const char *)name, -1);
    xmlAttr *last = NULL;
    if (known)
        node =
            weir_tree_element(b->doc, parent, known,
                              space_of(parent, (const char *)name), line_of(b));
    for (; node && atts && atts[0]; atts += 2)
        last = add_attribute(b, node, last, (const char *)atts[0],
                             weir_str_of((const char *)atts[1]));
    if (node && xmlStrEqual(name, BAD_CAST "template") &&
        weir_node_space(node) == WEIR_SPACE_HTML)
        node = weir_tree_template(b->doc, node);
    open_element(b, node);
}

static void on_end(void *data, const xmlChar *name) {
    (void)name;
    close_element(data);
}

static void on_text(void *data, const xmlChar *text, int n) {
    struct builder *b = data;
    if (b->depth && n > 0)
        weir_tree_text(b->doc, parent_of(b),
                       weir_str_make((const char *)text, (size_t)n),
                       line_of(b));
}

static void on_comment(void *data, const xmlChar *text) {
    struct builder *b = data;
    weir_tree_comment(b->doc, parent_of(b), weir_str_of((const char *)text),
                      line_of(b));
}

/* libxml2 counts characters of the system identifier and cuts bytes, so for
 * HTML the DOCTYPE is read by ourselves. */
static void on_html_doctype(void *data, const xmlChar *name,
                            const xmlChar *public_id,
                            const xmlChar *system_id) {
    struct builder *b = data;
    struct weir_doctype d = weir_doctype_find(b->page);
    (void)name;
    (void)public_id;
    (void)system_id;
    if (b->depth == 0 && d.found)
        weir_tree_doctype(b->doc, &d);
}

static void on_doctype(void *data, const xmlChar *name,
                       const xmlChar *public_id, const xmlChar *system_id) {
    struct builder *b = data;
    struct weir_doctype d = {
        .name = weir_str_of((const char *)name),
        .public_id = weir_str_of((const char *)public_id),
        .system_id = weir_str_of((const char *)system_id),
        .has_public = public_id != NULL,
        .has_system = system_id != NULL,
    };
    if (b->depth == 0)
        weir_tree_doctype(b->doc, &d);
}

/* ---- XML ---- */

/* The namespace of a prefix; a default namespace is dropped, so that
 * //entry/title finds what it says in any feed. */
static xmlNs *find_ns(struct builder *b, const xmlChar *prefix,
                      const xmlChar *uri) {
    struct weir_doc *doc = b->doc;
    int count = 0;
    xmlNs *ns;
    if (!prefix || !uri)
        return NULL;
    if (xmlStrEqual(uri, doc->xlink->href))
        return doc->xlink;
    for (ns = doc->xml.oldNs; ns; ns = ns->next) {
        if (xmlStrEqual(ns->href, uri) && xmlStrEqual(ns->prefix, prefix))
            return ns;
        if (++count == MAX_TREE_NAMESPACES)
            return NULL;
    }
    return weir_tree_namespace(doc, (const char *)prefix, (const char *)uri);
}

static void on_start_ns(void *data, const xmlChar *name, const xmlChar *prefix,
                        const xmlChar *uri, int namespaces,
                        const xmlChar **declared, int attributes, int defaulted,
                        const xmlChar **atts) {
    struct builder *b = data;
    const xmlChar *known = weir_tree_name(b->doc, (const char *)name, -1);
    xmlNode *node = NULL;
    xmlAttr *last = NULL;
    (void)namespaces;
    (void)declared;
    (void)defaulted;
    if (known)
        node = weir_tree_element(b->doc, parent_of(b), known, WEIR_SPACE_HTML,
                                 line_of(b));
    if (node)
        /* a prefix that is not declared stands for itself */
        node->ns = find_ns(b, prefix, uri ? uri : prefix);
    for (int i = 0; node && i < attributes; i++, atts += 5) {
        known = weir_tree_name(b->doc, (const char *)atts[0], -1);
        if (!known)
            break;
        last = weir_tree_attr(
            b->doc, node, last, known, find_ns(b, atts[1], atts[2]),
            weir_str_make((const char *)atts[3], (size_t)(atts[4] - atts[3])));
    }
    open_element(b, node);
}

static void on_end_ns(void *data, const xmlChar *name, const xmlChar *prefix,
                      const xmlChar *uri) {
    (void)name;
    (void)prefix;
    (void)uri;
    close_element(data);
}

/* Feeds use HTML's entities without declaring them; others do not exist.
 * libxml2 writes predefined ones into text as they are; of those in attribute
 * values it takes one byte, so there they are general ones. */
static xmlEntity *get_entity(void *data, const xmlChar *name) {
    struct builder *b = data;
    const htmlEntityDesc *html = htmlEntityLookup(name);
    int n;
    if (!html)
        return NULL;
    n = xmlCopyChar(0, (xmlChar *)b->entity_text, (int)html->value);
    b->entity_text[n] = '\0';
    memset(&b->entity, 0, sizeof b->entity);
    b->entity.type = XML_ENTITY_DECL;
    b->entity.etype = b->ctxt->instate == XML_PARSER_ATTRIBUTE_VALUE
                          ? XML_INTERNAL_GENERAL_ENTITY
                          : XML_INTERNAL_PREDEFINED_ENTITY;
    b->entity.name = name;
    b->entity.content = (xmlChar *)b->entity_text;
    b->entity.orig = (xmlChar *)b->entity_text;
    b->entity.length = n;
    return &b->entity;
}

/* ---- running ---- */

static void set_handlers(xmlParserCtxt *ctxt, bool html) {
    xmlSAXHandler *sax = ctxt->sax;
    memset(sax, 0, sizeof *sax);
    sax->initialized = XML_SAX2_MAGIC;
    sax->serror = on_error;
    sax->internalSubset = html ? on_html_doctype : on_doctype;
    sax->characters = sax->ignorableWhitespace = sax->cdataBlock = on_text;
    sax->comment = on_comment;
    if (html) {
        sax->startElement = on_start;
        sax->endElement = on_end;
    } else {
        sax->startElementNs = on_start_ns;
        sax->endElementNs = on_end_ns;
        sax->getEntity = get_entity;
    }
}

static enum weir_err run(struct builder *b, bool html) {
    xmlParserInputBuffer *input;
    xmlParserInput *stream;
    set_handlers(b->ctxt, html);
    b->ctxt->userData = b;
    input = xmlParserInputBufferCreateIO(read_page, NULL, b,
                                         XML_CHAR_ENCODING_NONE);
    if (!input)
        return WEIR_E_NOMEM;
    stream = xmlNewIOInputStream(b->ctxt, input, XML_CHAR_ENCODING_NONE);
    if (!stream) {
        xmlFreeParserInputBuffer(input);
        return WEIR_E_NOMEM;
    }
    if (inputPush(b->ctxt, stream) < 0)
        return WEIR_E_NOMEM;
    b->ctxt->charset = XML_CHAR_ENCODING_UTF8;
    if (html)
        htmlParseDocument(b->ctxt);
    else
        xmlParseDocument(b->ctxt);
    return b->ctxt->lastError.code == XML_ERR_NO_MEMORY ? WEIR_E_NOMEM
                                                        : WEIR_OK;
}

static enum weir_err build(struct weir_doc *doc, struct weir_str page,
                           bool html) {
    struct builder b = {.doc = doc, .page = page};
    enum weir_err err = WEIR_E_NOMEM;
    b.open = weir_reallocarray(NULL, doc->limits.max_depth, sizeof *b.open);
    b.ctxt = html ? htmlNewParserCtxt() : xmlNewParserCtxt();
    if (b.open && b.ctxt) {
        if (html)
            htmlCtxtUseOptions(b.ctxt, HTML_PARSE_RECOVER | HTML_PARSE_NONET |
                                           XML_PARSE_HUGE |
                                           HTML_PARSE_IGNORE_ENC);
        else
            xmlCtxtUseOptions(b.ctxt, XML_PARSE_RECOVER | XML_PARSE_NONET |
                                          XML_PARSE_NOENT | /* get_entity's */
                                          XML_PARSE_HUGE |
                                          XML_PARSE_IGNORE_ENC);
        err = run(&b, html);
    }
    if (b.ctxt) {
        xmlFreeDoc(b.ctxt->myDoc); /* made for entities that are declared */
        xmlFreeParserCtxt(b.ctxt);
    }
    weir_free(b.open);
    if (err)
        return err;
    if (weir_tree_finish(doc) == WEIR_E_NOMEM)
        return WEIR_E_NOMEM;
    if (doc->failed && !b.stop)
        b.stop = "the tree has too many nodes";
    if (b.stop) {
        size_t used = strlen(doc->note);
        doc->truncated = true;
        snprintf(doc->note + used, sizeof doc->note - used,
                 "%slibxml2 stopped after %zu bytes: %s", used ? "; " : "",
                 b.at, b.stop);
    }
    return WEIR_OK;
}

enum weir_err weir_libxml_build(struct weir_doc *doc, struct weir_str page) {
    struct weir_doctype d = weir_doctype_find(page);
    doc->quirks = weir_doctype_quirks(&d);
    return build(doc, page, true);
}

enum weir_err weir_libxml_build_xml(struct weir_doc *doc,
                                    struct weir_str page) {
    return build(doc, page, false);
}
