/* version.h - which libraries the doc room runs with. */
#ifndef WEIR_DOC_VERSION_H
#define WEIR_DOC_VERSION_H

#include "base/buf.h"

/* Appends a line "  name version" for each library, as loaded. */
void weir_doc_versions(struct weir_buf *out);

#endif
