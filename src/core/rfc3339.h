/* rfc3339.h - dates of records read back (RFC 3339).
 *
 * "1994-11-06T08:49:37Z", with an offset, with a fraction (dropped), with a
 * space or small letters for the T and Z, and the date alone (midnight UTC; of
 * a time without an offset UTC is assumed). */
#ifndef WEIR_CORE_RFC3339_H
#define WEIR_CORE_RFC3339_H

#include "base/str.h"

/* Seconds since 1970. False: not such a date, or one that does not exist. */
bool weir_rfc3339_parse(struct weir_str s, int64_t *out);

#endif
