/* Any bytes as a page, by all builders: the tree holds together, and every way
 * of writing it down ends. The first byte chooses tighter limits. */
#include "base/escape.h"
#include "doc/parse.h"
#include "fuzz.h"

#include <stdlib.h>

static void use(struct weir_str page, const struct weir_doc_options *o) {
    struct weir_doc *doc;
    struct weir_buf out;
    enum weir_err err = weir_doc_parse(page, o, &doc, NULL);
    if (err)
        return;
    weir_buf_init(&out, 0);
    weir_doc_html5lib(doc, &out);
    weir_doc_outline(doc, &out);
    weir_doc_html(doc, &out);
    if (weir_doc_root(doc)) {
        weir_node_text(weir_doc_root(doc), &out);
        weir_node_content(weir_doc_root(doc), &out);
        weir_node_html(weir_doc_root(doc), true, &out);
    }
    /* names are those of the page; their case alone is changed */
    if (out.failed || !weir_utf8_valid(weir_buf_view(&out)))
        abort();
    if (weir_doc_count(doc) > o->limits.max_nodes)
        abort();
    weir_buf_release(&out);
    weir_doc_destroy(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_doc_options o = weir_doc_defaults();
    struct weir_str page = weir_str_make((const char *)data, size);
    weir_doc_init();
    if (size && data[0] == '\x01') {
        o.limits.max_nodes = 20;
        o.limits.max_depth = 8;
        o.limits.max_attributes = 3;
    }
    for (int p = WEIR_DOC_HTML5; p <= WEIR_DOC_XML; p++) {
        o.parser = (enum weir_doc_parser)p;
        use(page, &o);
    }
    return 0;
}
