/* tzone.h - time zones: local time to UTC, from the bytes of a TZif file.
 *
 * The system's zone files (RFC 8536) are read by whoever may read files; here
 * they are parsed. No global state: setting TZ would change it for every
 * thread. Beyond a file's table its footer, a POSIX TZ string, goes on.
 *
 *     if (!weir_tzone_parse(bytes, &zone))
 *         utc = weir_tzone_to_utc(zone, local);
 */
#ifndef WEIR_CORE_TZONE_H
#define WEIR_CORE_TZONE_H

#include "base/err.h"
#include "base/str.h"

struct weir_tzone;

/* WEIR_E_INVALID for what is no TZif file; WEIR_E_NOMEM. */
enum weir_err weir_tzone_parse(struct weir_str tzif, struct weir_tzone **out);
/* A zone that is always `offset` seconds east of UTC. */
enum weir_err weir_tzone_fixed(int32_t offset, struct weir_tzone **out);
void weir_tzone_destroy(struct weir_tzone *zone); /* NULL-safe */

/* Seconds east of UTC at that time. */
int32_t weir_tzone_offset(const struct weir_tzone *zone, int64_t utc);
/* `local` is a date and time of day as weir_civil_to_time counts them. One that
 * comes twice means the first time; one that is left out is taken as if the
 * clock had not been changed. */
int64_t weir_tzone_to_utc(const struct weir_tzone *zone, int64_t local);

/* "+02:00", "-0530", "+2", "Z", "UTC", "GMT+1": seconds east of UTC. False for
 * anything else. */
bool weir_tzone_read_offset(struct weir_str s, int32_t *offset);
/* It is safe as a path below the zone folder: letters, digits, "_+-" and single
 * slashes between. */
bool weir_tzone_is_name(struct weir_str s);

#endif
