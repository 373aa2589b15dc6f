/* filter.h - a source without the URLs that are not wanted. */
#ifndef WEIR_SOURCE_FILTER_H
#define WEIR_SOURCE_FILTER_H

#include "source/source.h"

struct weir_filter {
    /* Lists of patterns as core/urlmatch.h reads them. */
    const char *const *accept; /* any of them must match, if there are any */
    size_t accept_count;
    const char *const *reject; /* none of them may match */
    size_t reject_count;
};

/* Takes `inner` over, also when it fails. The patterns are borrowed. Requests
 * that are no URLs pass: they are to be reported. WEIR_E_NOMEM. */
enum weir_err weir_source_filter_create(struct weir_source **out,
                                        struct weir_source *inner,
                                        const struct weir_filter *filter);

#endif
