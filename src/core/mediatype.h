/* mediatype.h - media types (RFC 6838) by a file's extension, and cleaned. */
#ifndef WEIR_CORE_MEDIATYPE_H
#define WEIR_CORE_MEDIATYPE_H

#include "base/str.h"

/* The type of the name at the end of a path or URL (query and fragment not
 * looked at), in any case: "audio/mpeg" of "/a/ep.MP3?x=1". NULL: not known. */
const char *weir_mediatype_of_path(struct weir_str path);

/* What a server said, without parameters, if it says something: empty for what
 * is no media type and for those that stand for "bytes"
 * (application/octet-stream). Old names of MP3 and M4A become the ones that
 * podcast directories take. Borrowed, or static. */
struct weir_str weir_mediatype_clean(struct weir_str type);

#endif
