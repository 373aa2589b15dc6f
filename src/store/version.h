/* version.h - which libraries the store room runs with. */
#ifndef WEIR_STORE_VERSION_H
#define WEIR_STORE_VERSION_H

#include "base/buf.h"

/* Appends a line "  name version" for each library, as loaded. */
void weir_store_versions(struct weir_buf *out);

#endif
