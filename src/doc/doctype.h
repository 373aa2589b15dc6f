/* doctype.h - the DOCTYPE of a page and what it means for quirks mode
 * (HTML Standard, sections 13.2.5.53 ff. and 13.2.6.4.1). */
#ifndef WEIR_DOC_DOCTYPE_H
#define WEIR_DOC_DOCTYPE_H

#include "doc/parse.h"

struct weir_doctype {
    bool found;
    size_t at, end; /* in the page: from '<', to behind '>' */
    struct weir_str name, public_id, system_id; /* as in the page */
    bool has_public, has_system, force_quirks;
};

/* Only white space and comments may stand before it. */
struct weir_doctype weir_doctype_find(struct weir_str page);
enum weir_doc_quirks weir_doctype_quirks(const struct weir_doctype *d);

#endif
