/* Why: whether a tile touches a polygon: an edge enters it, or no edge does and
 * its middle lies inside. */
#include "core/tilearea_internal.h"

#include "base/mem.h"

#include <math.h>

enum { STRIPS = 4096 };

/* Degrees that a tile's edges stand back. */
static const double margin = 1e-9;

enum weir_err tilearea_edge_add(struct polygon *p, const struct edge *e) {
    if (p->count == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 256;
        struct edge *more = weir_reallocarray(p->edges, cap, sizeof *more);
        if (!more)
            return WEIR_E_NOMEM;
        p->edges = more;
        p->cap = cap;
    }
    p->edges[p->count++] = *e;
    return WEIR_OK;
}

void tilearea_polygon_release(struct polygon *p) {
    weir_free(p->edges);
    weir_free(p->strip_edges);
    weir_free(p->strip_start);
    *p = (struct polygon){0};
}

static void measure(struct polygon *p) {
    struct weir_bounds b = {180, 90, -180, -90};
    for (size_t i = 0; i < p->count; i++) {
        const struct edge *e = &p->edges[i];
        b.west = fmin(b.west, fmin(e->x0, e->x1));
        b.east = fmax(b.east, fmax(e->x0, e->x1));
        b.south = fmin(b.south, fmin(e->y0, e->y1));
        b.north = fmax(b.north, fmax(e->y0, e->y1));
    }
    p->bounds = b;
}

static size_t strip_of(const struct polygon *p, double y) {
    double height = p->bounds.north - p->bounds.south;
    double v = height > 0 ? (y - p->bounds.south) / height * STRIPS : 0;
    return v <= 0 ? 0 : v >= STRIPS - 1 ? STRIPS - 1 : (size_t)v;
}

static void strips_of(const struct polygon *p, const struct edge *e,
                      size_t *from, size_t *to) {
    *from = strip_of(p, fmin(e->y0, e->y1));
    *to = strip_of(p, fmax(e->y0, e->y1));
}

enum weir_err tilearea_polygon_index(struct polygon *p) {
    size_t from, to, total = 0;
    measure(p);
    p->strip_start = weir_calloc(STRIPS + 2, sizeof *p->strip_start);
    if (!p->strip_start)
        return WEIR_E_NOMEM;
    /* Counted one place further on, they become the starts. */
    for (size_t i = 0; i < p->count; i++) {
        strips_of(p, &p->edges[i], &from, &to);
        for (size_t s = from; s <= to; s++)
            p->strip_start[s + 2]++;
        total += to - from + 1;
        if (total > UINT32_MAX)
            return WEIR_E_NOMEM;
    }
    for (size_t s = 2; s < STRIPS + 2; s++)
        p->strip_start[s] += p->strip_start[s - 1];
    p->strip_edges = weir_reallocarray(NULL, total, sizeof *p->strip_edges);
    if (!p->strip_edges)
        return WEIR_E_NOMEM;
    for (size_t i = 0; i < p->count; i++) {
        strips_of(p, &p->edges[i], &from, &to);
        for (size_t s = from; s <= to; s++)
            p->strip_edges[p->strip_start[s + 1]++] = (uint32_t)i;
    }
    return WEIR_OK;
}

/* A ray to the east crosses a polygon's edges an odd number of times. An edge
 * counts with its lower end and without its upper one. Polygons of a collection
 * may overlap: each is asked by itself; their edges come one after the other.
 */
bool tilearea_polygon_holds(const struct polygon *p, double x, double y) {
    size_t s = strip_of(p, y);
    uint32_t polygon = UINT32_MAX;
    bool odd = false;
    for (uint32_t i = p->strip_start[s]; i < p->strip_start[s + 1]; i++) {
        const struct edge *e = &p->edges[p->strip_edges[i]];
        if (e->polygon != polygon) {
            if (odd)
                return true;
            polygon = e->polygon;
        }
        if ((e->y0 <= y) != (e->y1 <= y) &&
            e->x0 + (y - e->y0) / (e->y1 - e->y0) * (e->x1 - e->x0) > x)
            odd = !odd;
    }
    return odd;
}

/* One side of Liang and Barsky's clipping: q is the way to the side, d how much
 * of it the edge goes. */
static bool clip(double d, double q, double *enter, double *leave) {
    if (d == 0)
        return q >= 0;
    double t = q / d;
    if (d < 0) {
        if (t > *enter)
            *enter = t;
    } else if (t < *leave) {
        *leave = t;
    }
    return *enter <= *leave;
}

bool tilearea_edge_touches(const struct edge *e, struct weir_bounds box) {
    double dx = e->x1 - e->x0, dy = e->y1 - e->y0, enter = 0, leave = 1;
    return clip(-dx, e->x0 - box.west, &enter, &leave) &&
           clip(dx, box.east - e->x0, &enter, &leave) &&
           clip(-dy, e->y0 - box.south, &enter, &leave) &&
           clip(dy, box.north - e->y0, &enter, &leave);
}

struct weir_bounds tilearea_inner(struct weir_tile t) {
    struct weir_bounds b = weir_tile_bounds(t);
    return (struct weir_bounds){b.west + margin, b.south + margin,
                                b.east - margin, b.north - margin};
}
