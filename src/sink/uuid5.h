/* uuid5.h - UUIDs from names (RFC 4122 section 4.3, version 5: SHA-1). */
#ifndef WEIR_SINK_UUID5_H
#define WEIR_SINK_UUID5_H

#include "base/err.h"
#include "base/str.h"

enum { WEIR_UUID_TEXT = 37 }; /* with its NUL */

/* Namespaces, as text. */
#define WEIR_UUID_DNS "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
#define WEIR_UUID_URL "6ba7b811-9dad-11d1-80b4-00c04fd430c8"
/* podcast:guid of a feed's URL, see weir_uuid5_podcast. */
#define WEIR_UUID_PODCAST "ead4c236-bf58-58c6-a2c6-a6b28d128cb6"

/* "6ba7b810-..." in lower case. WEIR_E_INVALID: the namespace is no UUID;
 * WEIR_E_NOMEM, also when libcrypto forbids SHA-1. */
enum weir_err weir_uuid5(const char *space, struct weir_str name,
                         char out[WEIR_UUID_TEXT]);
/* The podcast:guid of a feed: its URL without scheme and without slashes at
 * the end (https://podcasting2.org/docs/podcast-namespace/tags/guid). */
enum weir_err weir_uuid5_podcast(struct weir_str feed_url,
                                 char out[WEIR_UUID_TEXT]);

#endif
