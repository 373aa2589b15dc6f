/* attribute.h - finding an attribute of an element as selectors name it.
 * Private to doc/. */
#ifndef WEIR_DOC_ATTRIBUTE_H
#define WEIR_DOC_ATTRIBUTE_H

#include <libxml/tree.h>
#include <stdbool.h>

/* The first attribute whose full name ("href", "xlink:href") is `name` or
 * `lower`, else NULL. With any_prefix the part behind a prefix is enough. */
const xmlAttr *doc_attribute(const xmlNode *element, const char *name,
                             const char *lower, bool any_prefix);

#endif
