/* gzip.h - gzip (RFC 1952) in memory, for vector tiles and directories. */
#ifndef WEIR_SINK_GZIP_H
#define WEIR_SINK_GZIP_H

#include "base/buf.h"

/* Appends; the result is the same for the same bytes (no time in the header).
 * WEIR_E_NOMEM, WEIR_E_LIMIT. */
enum weir_err weir_gzip_pack(struct weir_str plain, struct weir_buf *out);
/* Appends at most out->max bytes. WEIR_E_INVALID, WEIR_E_LIMIT (it unpacks to
 * more), WEIR_E_NOMEM. */
enum weir_err weir_gzip_unpack(struct weir_str packed, struct weir_buf *out);

#endif
