/* zones.h - the system's time zones by name, each read once. */
#ifndef WEIR_DOC_ZONES_H
#define WEIR_DOC_ZONES_H

#include "core/tzone.h"

struct weir_zones;

struct weir_zones *weir_zones_create(void);        /* NULL = no memory */
void weir_zones_destroy(struct weir_zones *zones); /* NULL-safe */
/* "Europe/Berlin" from /usr/share/zoneinfo, or an offset as
 * weir_tzone_read_offset knows it; the zone is borrowed. WEIR_E_INVALID for a
 * name that is none, WEIR_E_NOMEM. */
enum weir_err weir_zones_get(struct weir_zones *zones, const char *name,
                             const struct weir_tzone **out);

#endif
