/* tilearea_internal.h - what the files of tilearea share.
 *
 *     tilearea.c           regions: boxes and circles
 *     tilearea_polygon.c   regions made of edges
 *     tilearea_geojson.c   edges out of GeoJSON
 *     tilearea_walk.c      the descent along the Hilbert curve
 */
#ifndef WEIR_CORE_TILEAREA_INTERNAL_H
#define WEIR_CORE_TILEAREA_INTERNAL_H

#include "core/tilearea.h"

/* A straight line in degrees, as RFC 7946 has them. `polygon` tells whose it
 * is: within one polygon edges alternate between outside and inside. */
struct edge {
    double x0, y0, x1, y1;
    uint32_t polygon;
};

/* Edges, and for each strip of latitude the indices of those that cross it:
 * whether a point is inside asks only the edges of its strip. */
struct polygon {
    struct edge *edges;
    size_t count, cap;
    struct weir_bounds bounds;
    uint32_t *strip_edges; /* indices, strip after strip */
    uint32_t *strip_start; /* STRIPS + 1 */
};

enum area_kind { AREA_BOX, AREA_CIRCLE, AREA_POLYGON };

struct weir_tilearea {
    enum area_kind kind;
    struct weir_bounds bounds;
    struct weir_bounds parts[2]; /* the bounds, split at the antimeridian */
    int part_count;
    double lon, lat, metres; /* AREA_CIRCLE */
    struct polygon polygon;  /* AREA_POLYGON */
};

/* How a tile of the quad-tree lies to the region. */
enum area_place { PLACE_OUTSIDE, PLACE_PARTLY, PLACE_INSIDE };

/* Sets bounds and parts. */
void tilearea_set_bounds(struct weir_tilearea *a, struct weir_bounds box);
enum area_place tilearea_circle_place(const struct weir_tilearea *a,
                                      struct weir_tile t);

enum weir_err tilearea_edge_add(struct polygon *p, const struct edge *e);
/* After the last edge. WEIR_E_NOMEM. */
enum weir_err tilearea_polygon_index(struct polygon *p);
void tilearea_polygon_release(struct polygon *p);
bool tilearea_edge_touches(const struct edge *e, struct weir_bounds box);
bool tilearea_polygon_holds(const struct polygon *p, double x, double y);
/* The tile's bounds without its edges, which belong to its neighbours too. */
struct weir_bounds tilearea_inner(struct weir_tile t);

enum weir_err tilearea_geojson(struct polygon *p, struct weir_str text,
                               struct weir_error *error);

#endif
