/* version.c - versions as the loaded libraries tell them, not the headers. */
#include "doc/version.h"

#include <libxml/parser.h>
#include <libxml/xmlversion.h>

void weir_doc_versions(struct weir_buf *out) {
    /* "20914" or "20914-GIT...", for 2.9.14. */
    struct weir_str text, rest;
    uint64_t n;
    weir_str_cut(weir_str_of(xmlParserVersion), '-', &text, &rest);
    if (!weir_str_to_u64(text, &n))
        return;
    weir_buf_fmt(out, "  libxml2 %u.%u.%u\n", (unsigned)(n / 10000),
                 (unsigned)(n / 100 % 100), (unsigned)(n % 100));
}
