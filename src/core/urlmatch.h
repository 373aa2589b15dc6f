/* urlmatch.h - which URLs a list of patterns means (--accept, --reject).
 *
 * A list is patterns separated by commas. One with *, ? or [ is a shell pattern
 * for the whole URL without fragment and credentials, in which * also matches a
 * slash; one without is the end of the path: ".jpg", "jpg", "/index.html". Case
 * counts. */
#ifndef WEIR_CORE_URLMATCH_H
#define WEIR_CORE_URLMATCH_H

#include "core/url.h"

/* *matches = one of the patterns means the URL. WEIR_E_NOMEM. */
enum weir_err weir_urlmatch(struct weir_str patterns,
                            const struct weir_url *url, bool *matches);

#endif
