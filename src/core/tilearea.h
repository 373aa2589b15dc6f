/* tilearea.h - which tiles belong to a region, one at a time.
 *
 * A region is a box, a circle on the sphere or the polygons of a GeoJSON text;
 * its tiles are those that touch it with more than their edge. A walk gives
 * them zoom by zoom, and within a zoom along the Hilbert curve, so that
 * neighbours come together. It descends the quad-tree of tiles and turns back
 * where the region does not reach: nothing is listed beforehand, and billions
 * of tiles take a few kilobytes.
 *
 *     weir_tilearea_box(&area, box, &error);
 *     weir_tilewalk_create(&walk, area, 0, 14);
 *     while (weir_tilewalk_next(walk, &tile))
 *         ...
 */
#ifndef WEIR_CORE_TILEAREA_H
#define WEIR_CORE_TILEAREA_H

#include "base/err.h"
#include "core/tilemath.h"

struct weir_tilearea;
struct weir_tilewalk;

/* WEIR_E_USAGE: corners swapped, or outside of the map (latitudes beyond 85.06
 * degrees are not on it). west > east crosses the antimeridian. */
enum weir_err weir_tilearea_box(struct weir_tilearea **out,
                                struct weir_bounds box,
                                struct weir_error *error);
/* All within so many kilometres of a point. */
enum weir_err weir_tilearea_circle(struct weir_tilearea **out, double lon,
                                   double lat, double km,
                                   struct weir_error *error);
/* The Polygons and MultiPolygons of a GeoJSON text (RFC 7946), with their
 * holes; other geometries do not count. WEIR_E_INVALID when there is none or
 * the text is not GeoJSON. */
enum weir_err weir_tilearea_polygon(struct weir_tilearea **out,
                                    struct weir_str geojson,
                                    struct weir_error *error);
void weir_tilearea_destroy(struct weir_tilearea *a); /* NULL-safe */

/* What the region lies in; west > east when it crosses the antimeridian. */
struct weir_bounds weir_tilearea_bounds(const struct weir_tilearea *a);

/* Whether the tile is one of its. */
bool weir_tilearea_touches(const struct weir_tilearea *a, struct weir_tile t);

/* The number of its tiles at one zoom. It costs nothing for a box, else a walk
 * along the border of the region: `steps` bounds that walk (0 = no bound), and
 * false says that it was too long. WEIR_E_NOMEM is false too. */
bool weir_tilearea_count(const struct weir_tilearea *a, unsigned z,
                         uint64_t steps, uint64_t *out);

/* The area is borrowed. from <= to <= WEIR_ZOOM_MAX. NULL: no memory. */
struct weir_tilewalk *weir_tilewalk_create(const struct weir_tilearea *a,
                                           unsigned from, unsigned to);
/* False at the end, or without memory: then weir_tilewalk_failed. */
bool weir_tilewalk_next(struct weir_tilewalk *w, struct weir_tile *out);
bool weir_tilewalk_failed(const struct weir_tilewalk *w);
void weir_tilewalk_destroy(struct weir_tilewalk *w); /* NULL-safe */

#endif
