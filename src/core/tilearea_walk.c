/* Why: the tiles of a region in the order of the Hilbert curve, and how many.
 *
 * The walk is a descent of the quad-tree with a stack of at most 25 frames. The
 * curve visits the quadrants of a tile in an order that depends on how often it
 * was swapped and flipped on the way down; the state of a frame is these two
 * bits. A quadrant that the region does not touch is left out with all that is
 * below it, one that lies inside is not asked again.
 *
 * For polygons each frame has the edges that enter its tile: those of its
 * quadrants are sought among them only. All lists share one stack.
 *
 *     next -> top frame at the zoom?  give it, pop
 *          -> all quadrants seen?     pop
 *          -> place(next quadrant)    push, or leave out */
#include "core/tilearea_internal.h"

#include "base/mem.h"

struct frame {
    struct weir_tile tile;
    unsigned seen; /* quadrants, 0 to 4 */
    bool swap, flip, inside;
    size_t edges, edges_end; /* in the walk's stack of edges */
};

struct weir_tilewalk {
    const struct weir_tilearea *area;
    unsigned zoom, last;
    struct weir_tile_range ranges[2]; /* of the area at this zoom */
    struct frame frames[WEIR_ZOOM_MAX + 1];
    int depth; /* of the top frame, -1 = the zoom is over */
    uint32_t *edges;
    size_t edges_cap;
    bool failed;
};

static bool room_for(struct weir_tilewalk *w, size_t count) {
    uint32_t *more;
    size_t cap = w->edges_cap ? w->edges_cap : 256;
    while (cap < count)
        cap *= 2;
    if (cap == w->edges_cap)
        return true;
    more = weir_reallocarray(w->edges, cap, sizeof *more);
    if (!more) {
        w->failed = true;
        return false;
    }
    w->edges = more;
    w->edges_cap = cap;
    return true;
}

/* By the ranges of the area's bounds at the zoom of the walk. */
static enum area_place range_place(const struct weir_tilewalk *w,
                                   struct weir_tile t) {
    unsigned shift = w->zoom - t.z;
    uint64_t x0 = (uint64_t)t.x << shift, x1 = ((uint64_t)t.x + 1) << shift;
    uint64_t y0 = (uint64_t)t.y << shift, y1 = ((uint64_t)t.y + 1) << shift;
    enum area_place place = PLACE_OUTSIDE;
    for (int i = 0; i < w->area->part_count; i++) {
        const struct weir_tile_range *r = &w->ranges[i];
        if (x0 > r->x1 || x1 <= r->x0 || y0 > r->y1 || y1 <= r->y0)
            continue;
        if (x0 >= r->x0 && x1 - 1 <= r->x1 && y0 >= r->y0 && y1 - 1 <= r->y1)
            return PLACE_INSIDE;
        place = PLACE_PARTLY;
    }
    return place;
}

/* The frame's own edges are filled in: those of `from` that enter its tile. */
static enum area_place polygon_place(struct weir_tilewalk *w, struct frame *f,
                                     const struct frame *from) {
    const struct polygon *p = &w->area->polygon;
    struct weir_bounds box = tilearea_inner(f->tile);
    size_t at = from ? from->edges : 0;
    size_t end = from ? from->edges_end : p->count;
    f->edges = f->edges_end = from ? end : 0;
    if (!room_for(w, f->edges + (end - at)))
        return PLACE_OUTSIDE;
    for (; at < end; at++) {
        uint32_t i = from ? w->edges[at] : (uint32_t)at;
        if (tilearea_edge_touches(&p->edges[i], box))
            w->edges[f->edges_end++] = i;
    }
    if (f->edges_end > f->edges)
        return PLACE_PARTLY;
    return tilearea_polygon_holds(p, (box.west + box.east) / 2,
                                  (box.south + box.north) / 2)
               ? PLACE_INSIDE
               : PLACE_OUTSIDE;
}

static enum area_place place(struct weir_tilewalk *w, struct frame *f,
                             const struct frame *from) {
    enum area_place by_range = range_place(w, f->tile);
    if (by_range == PLACE_OUTSIDE)
        return by_range;
    switch (w->area->kind) {
    case AREA_CIRCLE:
        return tilearea_circle_place(w->area, f->tile);
    case AREA_POLYGON:
        return polygon_place(w, f, from);
    case AREA_BOX:
        break;
    }
    return by_range;
}

static void start_zoom(struct weir_tilewalk *w) {
    struct frame *f = &w->frames[0];
    for (int i = 0; i < w->area->part_count; i++)
        w->ranges[i] = weir_tile_range(w->area->parts[i], w->zoom);
    *f = (struct frame){0};
    enum area_place root = place(w, f, NULL);
    f->inside = root == PLACE_INSIDE;
    w->depth = root == PLACE_OUTSIDE ? -1 : 0;
}

/* The next quadrant of the top frame along the curve, pushed if the region
 * touches it. */
static void descend(struct weir_tilewalk *w) {
    /* In a frame that was not turned: up the west side, down the east. */
    static const unsigned char order[4][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}};
    struct frame *f = &w->frames[w->depth], *child = f + 1;
    unsigned i = f->seen++;
    unsigned x = order[i][f->swap] ^ f->flip, y = order[i][!f->swap] ^ f->flip;
    *child = (struct frame){
        .tile = {f->tile.z + 1, f->tile.x << 1 | x, f->tile.y << 1 | y},
        .swap = f->swap != (i == 0 || i == 3),
        .flip = f->flip != (i == 3),
        .inside = f->inside};
    if (!f->inside) {
        enum area_place p = place(w, child, f);
        if (p == PLACE_OUTSIDE)
            return;
        child->inside = p == PLACE_INSIDE;
    }
    w->depth++;
}

struct weir_tilewalk *weir_tilewalk_create(const struct weir_tilearea *a,
                                           unsigned from, unsigned to) {
    struct weir_tilewalk *w = weir_calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->area = a;
    w->zoom = from;
    w->last = to;
    start_zoom(w);
    return w;
}

bool weir_tilewalk_next(struct weir_tilewalk *w, struct weir_tile *out) {
    while (!w->failed) {
        if (w->depth < 0) {
            if (w->zoom == w->last)
                return false;
            w->zoom++;
            start_zoom(w);
            continue;
        }
        struct frame *f = &w->frames[w->depth];
        if (f->tile.z == w->zoom) {
            w->depth--;
            *out = f->tile;
            return true;
        }
        if (f->seen == 4)
            w->depth--;
        else
            descend(w);
    }
    return false;
}

bool weir_tilewalk_failed(const struct weir_tilewalk *w) {
    return w->failed;
}

void weir_tilewalk_destroy(struct weir_tilewalk *w) {
    if (!w)
        return;
    weir_free(w->edges);
    weir_free(w);
}

/* A box in two parts may meet itself on the far side of a small zoom. */
static uint64_t count_box(const struct weir_tilearea *a, unsigned z) {
    struct weir_tile_range r[2];
    uint64_t total = 0;
    for (int i = 0; i < a->part_count; i++) {
        r[i] = weir_tile_range(a->parts[i], z);
        total += weir_tile_range_count(r[i]);
    }
    if (a->part_count == 2 && r[1].x1 >= r[0].x0)
        total -= ((uint64_t)r[1].x1 - r[0].x0 + 1) *
                 ((uint64_t)r[0].y1 - r[0].y0 + 1);
    return total;
}

bool weir_tilearea_count(const struct weir_tilearea *a, unsigned z,
                         uint64_t steps, uint64_t *out) {
    uint64_t total = 0, taken = 0;
    struct weir_tilewalk *w;
    bool ok;
    if (a->kind == AREA_BOX) {
        *out = count_box(a, z);
        return true;
    }
    w = weir_tilewalk_create(a, z, z);
    if (!w)
        return false;
    while (w->depth >= 0 && !w->failed && (!steps || taken++ < steps)) {
        struct frame *f = &w->frames[w->depth];
        if (f->inside || f->tile.z == z) {
            total += UINT64_C(1) << 2 * (z - f->tile.z);
            w->depth--;
        } else if (f->seen == 4) {
            w->depth--;
        } else {
            descend(w);
        }
    }
    ok = w->depth < 0 && !w->failed;
    if (ok)
        *out = total;
    weir_tilewalk_destroy(w);
    return ok;
}

static bool polygon_touches(const struct polygon *p, struct weir_tile t) {
    struct weir_bounds box = tilearea_inner(t);
    for (size_t i = 0; i < p->count; i++)
        if (tilearea_edge_touches(&p->edges[i], box))
            return true;
    return tilearea_polygon_holds(p, (box.west + box.east) / 2,
                                  (box.south + box.north) / 2);
}

bool weir_tilearea_touches(const struct weir_tilearea *a, struct weir_tile t) {
    bool near = false;
    for (int i = 0; i < a->part_count; i++) {
        struct weir_tile_range r = weir_tile_range(a->parts[i], t.z);
        near |= t.x >= r.x0 && t.x <= r.x1 && t.y >= r.y0 && t.y <= r.y1;
    }
    if (!near || a->kind == AREA_BOX)
        return near;
    return a->kind == AREA_CIRCLE ? tilearea_circle_place(a, t) != PLACE_OUTSIDE
                                  : polygon_touches(&a->polygon, t);
}
