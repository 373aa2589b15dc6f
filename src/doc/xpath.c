/* xpath.c - XPath 1.0 on a doc, with limits.
 *
 * libxml2 reports through a structured handler and leaves code and position in
 * the context's lastError; the handler here is silent, and the texts are our
 * own, as libxml2's go only to its generic channel. Namespace nodes, which it
 * makes up for a result and frees with it, are left out: docs have none of
 * their own. */
#include "doc/xpath.h"

#include "base/escape.h"
#include "base/mem.h"
#include "doc/parse_internal.h"

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <string.h>

enum { MAX_LENGTH = 32 * 1024 };

struct weir_xpath {
    xmlXPathCompExpr *compiled;
    bool uses_ids; /* perhaps: it has the letters */
};

struct weir_xpath_page {
    struct weir_doc *doc;
    xmlXPathContext *context;
};

static const struct {
    int code;
    enum weir_err err;
    const char *text;
} reasons[] = {
    {XPATH_NUMBER_ERROR, WEIR_E_INVALID, "not a number"},
    {XPATH_UNFINISHED_LITERAL_ERROR, WEIR_E_INVALID,
     "the text in quotes does not end"},
    {XPATH_START_LITERAL_ERROR, WEIR_E_INVALID, "expected a text in quotes"},
    {XPATH_VARIABLE_REF_ERROR, WEIR_E_INVALID,
     "expected the name of a variable"},
    {XPATH_UNDEF_VARIABLE_ERROR, WEIR_E_INVALID, "no such variable"},
    {XPATH_INVALID_PREDICATE_ERROR, WEIR_E_INVALID,
     "the condition in [] is not valid"},
    {XPATH_EXPR_ERROR, WEIR_E_INVALID, "expected an expression"},
    {XPATH_UNCLOSED_ERROR, WEIR_E_INVALID, "a bracket is not closed"},
    {XPATH_UNKNOWN_FUNC_ERROR, WEIR_E_INVALID, "no such function"},
    {XPATH_INVALID_OPERAND, WEIR_E_INVALID, "an operand is not valid"},
    {XPATH_INVALID_TYPE, WEIR_E_INVALID, "a value is not of the right type"},
    {XPATH_INVALID_ARITY, WEIR_E_INVALID,
     "the wrong number of arguments for a function"},
    {XPATH_UNDEF_PREFIX_ERROR, WEIR_E_INVALID, "no such namespace prefix"},
    {XPATH_ENCODING_ERROR, WEIR_E_INVALID, "not UTF-8"},
    {XPATH_INVALID_CHAR_ERROR, WEIR_E_INVALID,
     "a character that XPath does not allow"},
    {XPATH_MEMORY_ERROR, WEIR_E_NOMEM, "out of memory"},
    {XPATH_OP_LIMIT_EXCEEDED, WEIR_E_LIMIT,
     "the evaluation takes too many steps"},
    {XPATH_RECURSION_LIMIT_EXCEEDED, WEIR_E_LIMIT, "nested too deep"},
    {XPATH_STACK_ERROR, WEIR_E_LIMIT, "nested too deep"},
};

static void on_error(void *data, xmlError *error) {
    (void)data;
    (void)error; /* it stays in the context's lastError */
}

/* libxml2 names an unknown function on its generic channel, which is standard
 * error; the channel is the thread's own. */
static void silent(void *data, const char *format, ...) {
    (void)data;
    (void)format;
}

static xmlXPathObject *evaluate(xmlXPathCompExpr *x, xmlXPathContext *c) {
    xmlGenericErrorFunc before = xmlGenericError;
    void *data = xmlGenericErrorContext;
    xmlXPathObject *o;
    xmlSetGenericErrorFunc(NULL, silent);
    o = xmlXPathCompiledEval(x, c);
    xmlSetGenericErrorFunc(data, before);
    return o;
}

/* What lastError says; `where` stands before the text. */
static enum weir_err fail(const xmlXPathContext *c, const char *where,
                          struct weir_error *error) {
    int code = c->lastError.code - XML_XPATH_EXPRESSION_OK;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].code == code)
            return weir_error_set(error, reasons[i].err, "XPath%s: %s", where,
                                  reasons[i].text);
    return weir_error_set(error, WEIR_E_INVALID, "XPath%s: not valid", where);
}

void weir_xpath_value_init(struct weir_xpath_value *v) {
    memset(v, 0, sizeof *v);
    weir_nodes_init(&v->nodes);
    weir_buf_init(&v->text, 0);
}

void weir_xpath_value_release(struct weir_xpath_value *v) {
    weir_nodes_release(&v->nodes);
    weir_buf_release(&v->text);
}

static size_t column_of(struct weir_str text, int at) {
    size_t column = 1, n = at < 0 ? 0 : (size_t)at;
    for (size_t i = 0; i < n && i < text.n; i++)
        column += ((unsigned char)text.p[i] & 0xC0) != 0x80;
    return column;
}

static enum weir_err refuse_at(const xmlXPathContext *c, struct weir_str text,
                               size_t *column, struct weir_error *error) {
    size_t place = column_of(text, c->lastError.int1);
    char where[48];
    struct weir_buf b;
    weir_buf_init(&b, sizeof where - 1);
    weir_buf_fmt(&b, ", column %zu", place);
    memcpy(where, b.p, b.len + 1);
    weir_buf_release(&b);
    if (column)
        *column = place;
    return fail(c, where, error);
}

/* libxml2 wants UTF-8 that ends with NUL. */
static enum weir_err check_text(struct weir_str text, size_t *column,
                                struct weir_error *error) {
    size_t bad = 0, used = 1;
    if (column)
        *column = 1;
    if (text.n > MAX_LENGTH)
        return weir_error_set(error, WEIR_E_LIMIT,
                              "XPath: longer than %d bytes", MAX_LENGTH);
    for (; bad < text.n; bad += used) {
        uint32_t cp = 0;
        used = weir_utf8_decode(weir_str_sub(text, bad, text.n), &cp);
        if (used == 0 || cp == 0)
            break;
    }
    if (bad == text.n)
        return WEIR_OK;
    if (column)
        *column = column_of(text, (int)bad);
    return weir_error_set(error, WEIR_E_INVALID, "XPath, column %zu: not UTF-8",
                          column_of(text, (int)bad));
}

static enum weir_err compile(struct weir_str text, const char *z,
                             struct weir_xpath *x, size_t *column,
                             struct weir_error *error) {
    xmlXPathContext *c = xmlXPathNewContext(NULL);
    enum weir_err e = WEIR_OK;
    if (!c)
        return weir_error_nomem(error);
    c->error = on_error;
    x->compiled = xmlXPathCtxtCompile(c, (const xmlChar *)z);
    if (!x->compiled)
        e = refuse_at(c, text, column, error);
    xmlXPathFreeContext(c);
    return e;
}

enum weir_err weir_xpath_compile(struct weir_str expression,
                                 struct weir_xpath **out, size_t *column,
                                 struct weir_error *error) {
    enum weir_err e = check_text(expression, column, error);
    struct weir_xpath *x;
    char *z;
    if (e)
        return e;
    x = weir_calloc(1, sizeof *x);
    z = weir_str_dup(expression);
    if (!x || !z)
        e = weir_error_nomem(error);
    else
        e = compile(expression, z, x, column, error);
    if (!e)
        x->uses_ids =
            weir_str_search(expression, WEIR_STR("id")) < expression.n;
    weir_free(z);
    if (e)
        weir_xpath_destroy(x);
    else
        *out = x;
    return e;
}

void weir_xpath_destroy(struct weir_xpath *x) {
    if (!x)
        return;
    if (x->compiled)
        xmlXPathFreeCompExpr(x->compiled);
    weir_free(x);
}

enum weir_err weir_xpath_page_create(struct weir_doc *doc,
                                     struct weir_xpath_page **out) {
    struct weir_xpath_page *page = weir_calloc(1, sizeof *page);
    if (!page)
        return WEIR_E_NOMEM;
    page->doc = doc;
    page->context = xmlXPathNewContext(weir_doc_xml(doc));
    if (!page->context || weir_doc_register_prefixes(page->context)) {
        weir_xpath_page_destroy(page);
        return WEIR_E_NOMEM;
    }
    page->context->error = on_error;
    page->context->opLimit = WEIR_XPATH_STEPS;
    *out = page;
    return WEIR_OK;
}

void weir_xpath_page_destroy(struct weir_xpath_page *page) {
    if (!page)
        return;
    if (page->context)
        xmlXPathFreeContext(page->context);
    weir_free(page);
}

void weir_xpath_page_limit(struct weir_xpath_page *page, unsigned long steps) {
    page->context->opLimit = steps;
}

static enum weir_err take_nodes(xmlNodeSet *set, struct weir_nodes *out) {
    enum weir_err e;
    if (!set || set->nodeNr <= 0)
        return WEIR_OK;
    xmlXPathNodeSetSort(set);
    e = weir_nodes_reserve(out, (size_t)set->nodeNr);
    for (int i = 0; i < set->nodeNr && !e; i++)
        if (set->nodeTab[i]->type != XML_NAMESPACE_DECL)
            e = weir_nodes_add(out, weir_node_of(set->nodeTab[i]));
    return e;
}

static enum weir_err take_text(xmlXPathObject *o, struct weir_buf *out) {
    xmlChar *text = xmlXPathCastToString(o);
    enum weir_err e = text ? weir_buf_z(out, (const char *)text) : WEIR_E_NOMEM;
    xmlFree(text);
    return e;
}

static enum weir_err take(xmlXPathObject *o, struct weir_xpath_value *value) {
    switch (o->type) {
    case XPATH_NODESET:
    case XPATH_XSLT_TREE:
        value->kind = WEIR_XPATH_NODES;
        return take_nodes(o->nodesetval, &value->nodes);
    case XPATH_NUMBER:
        value->kind = WEIR_XPATH_NUMBER;
        value->number = o->floatval;
        return take_text(o, &value->text);
    case XPATH_BOOLEAN:
        value->kind = WEIR_XPATH_BOOLEAN;
        value->boolean = o->boolval != 0;
        return take_text(o, &value->text);
    default:
        value->kind = WEIR_XPATH_STRING;
        return take_text(o, &value->text);
    }
}

enum weir_err weir_xpath_eval(struct weir_xpath *x,
                              struct weir_xpath_page *page,
                              const struct weir_node *context,
                              struct weir_xpath_value *value,
                              struct weir_error *error) {
    xmlXPathContext *c = page->context;
    xmlXPathObject *o;
    enum weir_err e = WEIR_OK;
    weir_nodes_clear(&value->nodes);
    weir_buf_clear(&value->text);
    if (x->uses_ids && weir_doc_index_ids(page->doc))
        return weir_error_nomem(error);
    c->node =
        context ? weir_node_xml(context) : (xmlNode *)weir_doc_xml(page->doc);
    c->opCount = 0;
    xmlResetError(&c->lastError);
    o = evaluate(x->compiled, c);
    if (!o || c->lastError.code)
        e = fail(c, "", error);
    else if (take(o, value))
        e = weir_error_nomem(error);
    xmlXPathFreeObject(o);
    return e;
}
