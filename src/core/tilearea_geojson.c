/* Why: the edges of all polygons in a GeoJSON text (RFC 7946), read without a
 * tree. An object's "coordinates" may stand before its "type": they are read
 * for what their nesting says, and taken back if the type is another.
 *
 *     position 0 < ring 1 < polygon 2 < multipolygon 3 */
#include "core/tilearea_internal.h"

#include "base/mem.h"
#include "core/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GEOMETRY_DEPTH = 32, NUMBER_MAX = 64 };

struct reading {
    struct weir_json json;
    struct polygon *out;
    uint32_t polygons; /* seen so far */
    struct weir_error *error;
};

static enum weir_err malformed(struct reading *r, const char *wanted) {
    return weir_json_error(&r->json, r->error, wanted);
}

static enum weir_err invalid(struct reading *r, const char *what) {
    return weir_error_set(r->error, WEIR_E_INVALID, "GeoJSON: %s", what);
}

static enum weir_err number(struct reading *r, double *out) {
    char text[NUMBER_MAX];
    struct weir_str s = r->json.text;
    if (s.n >= sizeof text)
        return invalid(r, "a coordinate has too many digits");
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    *out = strtod(text, NULL);
    return WEIR_OK;
}

/* The rest of a position whose first number was just read. */
static enum weir_err position(struct reading *r, double *x, double *y) {
    enum weir_err code = number(r, x);
    if (code)
        return code;
    if (weir_json_next(&r->json) != WEIR_JSON_NUMBER)
        return malformed(r, "a latitude");
    if ((code = number(r, y)))
        return code;
    while (weir_json_next(&r->json) == WEIR_JSON_NUMBER)
        ;
    if (r->json.token != WEIR_JSON_ARRAY_END)
        return malformed(r, "the end of a position");
    if (fabs(*x) > 180 || fabs(*y) > 90)
        return invalid(r, "a position is beyond 180 or 90 degrees; polygons "
                          "that cross the antimeridian are cut there (RFC 7946 "
                          "section 3.1.9)");
    return WEIR_OK;
}

static enum weir_err coordinates(struct reading *r, int *height, int depth);

/* The rest of a ring; its first position was read. */
static enum weir_err ring(struct reading *r, double x, double y) {
    struct edge e = {.polygon = r->polygons};
    double first_x = x, first_y = y;
    enum weir_err code;
    for (;;) {
        weir_json_next(&r->json);
        if (r->json.token == WEIR_JSON_ARRAY_END)
            break;
        if (r->json.token != WEIR_JSON_ARRAY ||
            weir_json_next(&r->json) != WEIR_JSON_NUMBER)
            return malformed(r, "a position");
        e.x0 = x;
        e.y0 = y;
        if ((code = position(r, &x, &y)))
            return code;
        e.x1 = x;
        e.y1 = y;
        if (tilearea_edge_add(r->out, &e))
            return weir_error_nomem(r->error);
    }
    if (x == first_x && y == first_y)
        return WEIR_OK;
    e = (struct edge){x, y, first_x, first_y, r->polygons};
    return tilearea_edge_add(r->out, &e) ? weir_error_nomem(r->error) : WEIR_OK;
}

/* The rest of an array whose first element is an array that just began. */
static enum weir_err nested(struct reading *r, int *height, int depth) {
    int inner = -1, first = -1;
    enum weir_err code;
    do {
        if (r->json.token != WEIR_JSON_ARRAY)
            return malformed(r, "an array");
        if ((code = coordinates(r, &inner, depth + 1)))
            return code;
        if (first < 0)
            first = inner;
        if (first != inner || inner == 0)
            return invalid(r, "coordinates of different depths");
        weir_json_next(&r->json);
    } while (r->json.token != WEIR_JSON_ARRAY_END);
    *height = first + 1;
    if (*height == 2)
        r->polygons++;
    return WEIR_OK;
}

/* An array that just began; its height in *height. */
static enum weir_err coordinates(struct reading *r, int *height, int depth) {
    double x, y;
    enum weir_err code;
    if (depth > 3)
        return invalid(r, "coordinates nest too deeply");
    switch (weir_json_next(&r->json)) {
    case WEIR_JSON_ARRAY_END:
        *height = 1; /* an empty one may be anything */
        return WEIR_OK;
    case WEIR_JSON_NUMBER: /* a Point's, and no ring's */
        *height = 0;
        return position(r, &x, &y);
    case WEIR_JSON_ARRAY:
        break;
    default:
        return malformed(r, "a coordinate");
    }
    /* One look ahead tells a ring from what holds rings. */
    struct weir_json before = r->json;
    if (weir_json_next(&r->json) == WEIR_JSON_NUMBER) {
        *height = 1;
        if ((code = position(r, &x, &y)))
            return code;
        return ring(r, x, y);
    }
    r->json = before;
    return nested(r, height, depth);
}

static enum weir_err object(struct reading *r, int depth);

/* The value after "geometries" or "features". */
static enum weir_err list(struct reading *r, int depth) {
    if (weir_json_next(&r->json) != WEIR_JSON_ARRAY)
        return malformed(r, "an array");
    while (weir_json_next(&r->json) == WEIR_JSON_OBJECT) {
        enum weir_err code = object(r, depth + 1);
        if (code)
            return code;
    }
    return r->json.token == WEIR_JSON_ARRAY_END ? WEIR_OK
                                                : malformed(r, "an object");
}

/* The value after "geometry", which may be null. */
static enum weir_err geometry(struct reading *r, int depth) {
    switch (weir_json_next(&r->json)) {
    case WEIR_JSON_OBJECT:
        return object(r, depth + 1);
    case WEIR_JSON_NULL:
        return WEIR_OK;
    default:
        return malformed(r, "a geometry");
    }
}

/* What one object says of itself. */
struct shape {
    int height; /* of its coordinates; -1 none */
    bool is_polygon, is_multi;
};

static enum weir_err member(struct reading *r, struct shape *s, int depth) {
    if (weir_json_is(&r->json, WEIR_STR("type"))) {
        if (weir_json_next(&r->json) != WEIR_JSON_STRING)
            return malformed(r, "the name of a type");
        s->is_polygon = weir_json_is(&r->json, WEIR_STR("Polygon"));
        s->is_multi = weir_json_is(&r->json, WEIR_STR("MultiPolygon"));
        return WEIR_OK;
    }
    if (weir_json_is(&r->json, WEIR_STR("coordinates"))) {
        if (weir_json_next(&r->json) != WEIR_JSON_ARRAY)
            return malformed(r, "an array");
        return coordinates(r, &s->height, 0);
    }
    if (weir_json_is(&r->json, WEIR_STR("geometry")))
        return geometry(r, depth);
    if (weir_json_is(&r->json, WEIR_STR("geometries")) ||
        weir_json_is(&r->json, WEIR_STR("features")))
        return list(r, depth);
    return weir_json_skip(&r->json) ? WEIR_OK : malformed(r, "a value");
}

/* An object that just began. */
static enum weir_err object(struct reading *r, int depth) {
    struct shape s = {.height = -1};
    size_t before = r->out->count, inner;
    enum weir_err code;
    if (depth > GEOMETRY_DEPTH)
        return invalid(r, "geometries nest too deeply");
    while (weir_json_next(&r->json) == WEIR_JSON_KEY) {
        inner = r->out->count;
        bool own = weir_json_is(&r->json, WEIR_STR("coordinates"));
        if ((code = member(r, &s, depth)))
            return code;
        if (!own && s.height < 0)
            before = r->out->count; /* of other geometries, to be kept */
        else if (!own && r->out->count != inner)
            return invalid(r, "an object with coordinates and geometries");
    }
    if (r->json.token != WEIR_JSON_OBJECT_END)
        return malformed(r, "the end of an object");
    if (s.height >= 0 && !s.is_polygon && !s.is_multi)
        r->out->count = before;
    else if (s.height > 1 && s.height != (s.is_multi ? 3 : 2))
        return invalid(r, "the coordinates do not fit the type");
    else if (s.height == 0 || (s.height == 1 && r->out->count > before))
        return invalid(r, "the coordinates do not fit the type");
    return WEIR_OK;
}

enum weir_err tilearea_geojson(struct polygon *p, struct weir_str text,
                               struct weir_error *error) {
    struct reading r = {.out = p, .error = error};
    enum weir_err code;
    if (weir_str_starts(text, WEIR_STR("\xef\xbb\xbf")))
        text = weir_str_sub(text, 3, text.n);
    weir_json_init(&r.json, text);
    if (weir_json_next(&r.json) != WEIR_JSON_OBJECT)
        return malformed(&r, "an object");
    if ((code = object(&r, 0)))
        return code;
    if (weir_json_next(&r.json) != WEIR_JSON_END)
        return malformed(&r, "the end");
    if (p->count == 0)
        return invalid(&r, "there is no Polygon or MultiPolygon in it");
    return WEIR_OK;
}
