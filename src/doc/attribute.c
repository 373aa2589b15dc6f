/* attribute.c - finding an attribute of an element as selectors name it.
 *
 * xmlHasProp would do for one spelling; selectors try two, and look for local
 * names behind any prefix. */
#include "doc/attribute.h"

#include <string.h>

static bool is_named(const xmlAttr *a, const char *name, bool any_prefix) {
    const char *own = (const char *)a->name;
    const char *prefix = a->ns ? (const char *)a->ns->prefix : NULL;
    if (any_prefix) {
        const char *colon = strchr(own, ':');
        return strcmp(own, name) == 0 ||
               (colon && strcmp(colon + 1, name) == 0);
    }
    if (prefix) {
        size_t n = strlen(prefix);
        return strncmp(name, prefix, n) == 0 && name[n] == ':' &&
               strcmp(name + n + 1, own) == 0;
    }
    return strcmp(own, name) == 0;
}

const xmlAttr *doc_attribute(const xmlNode *element, const char *name,
                             const char *lower, bool any_prefix) {
    for (const xmlAttr *a = element->properties; a; a = a->next)
        if (is_named(a, name, any_prefix) || is_named(a, lower, any_prefix))
            return a;
    return NULL;
}
