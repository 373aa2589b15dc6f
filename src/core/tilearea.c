/* Why: boxes and circles as regions of the map, checked when they are made.
 *
 * Whether a tile touches a circle is asked of its nearest point to the centre.
 * In longitude the centre may be within the tile's range: then the nearest
 * point is straight north or south of it. Else it is on one of the two
 * meridians that bound the tile, where the great circle from the centre meets
 * the meridian at a right angle, or as near to that as the tile reaches. */
#include "core/tilearea_internal.h"

#include "base/mem.h"

#include <math.h>

static const double latitude_given_max = 85.06;
static const double pi = 3.14159265358979323846;
static const double metres_per_degree =
    6371008.8 * 3.14159265358979323846 / 180;

static double clamp(double v, double low, double high) {
    return v < low ? low : v > high ? high : v;
}

void tilearea_set_bounds(struct weir_tilearea *a, struct weir_bounds box) {
    box.south = clamp(box.south, -WEIR_LATITUDE_MAX, WEIR_LATITUDE_MAX);
    box.north = clamp(box.north, -WEIR_LATITUDE_MAX, WEIR_LATITUDE_MAX);
    a->bounds = a->parts[0] = a->parts[1] = box;
    a->part_count = 1;
    if (box.west > box.east) {
        a->part_count = 2;
        a->parts[0].east = 180;
        a->parts[1].west = -180;
    }
}

static enum weir_err check_latitude(double lat, struct weir_error *error) {
    if (fabs(lat) <= latitude_given_max)
        return WEIR_OK;
    return weir_error_set(error, WEIR_E_USAGE,
                          "latitude %g is not on the map: Web Mercator ends at "
                          "85.0511 degrees north and south",
                          lat);
}

static enum weir_err check_longitude(double lon, struct weir_error *error) {
    if (fabs(lon) <= 180)
        return WEIR_OK;
    return weir_error_set(error, WEIR_E_USAGE,
                          "longitude %g is beyond 180 degrees; a box with west "
                          "> east crosses the antimeridian",
                          lon);
}

static struct weir_tilearea *create(enum area_kind kind) {
    struct weir_tilearea *a = weir_calloc(1, sizeof *a);
    if (a)
        a->kind = kind;
    return a;
}

enum weir_err weir_tilearea_box(struct weir_tilearea **out,
                                struct weir_bounds box,
                                struct weir_error *error) {
    struct weir_tilearea *a;
    enum weir_err code;
    if ((code = check_latitude(box.south, error)) ||
        (code = check_latitude(box.north, error)) ||
        (code = check_longitude(box.west, error)) ||
        (code = check_longitude(box.east, error)))
        return code;
    if (box.south > box.north)
        return weir_error_set(error, WEIR_E_USAGE,
                              "south %g is north of north %g: are corners "
                              "swapped? The order is west,south,east,north",
                              box.south, box.north);
    a = create(AREA_BOX);
    if (!a)
        return weir_error_nomem(error);
    tilearea_set_bounds(a, box);
    *out = a;
    return WEIR_OK;
}

enum weir_err weir_tilearea_circle(struct weir_tilearea **out, double lon,
                                   double lat, double km,
                                   struct weir_error *error) {
    struct weir_bounds box = {-180, -90, 180, 90};
    struct weir_tilearea *a;
    double angle = km * 1000 / metres_per_degree, reach;
    enum weir_err code;
    if ((code = check_latitude(lat, error)) ||
        (code = check_longitude(lon, error)))
        return code;
    if (!(km > 0) || km > 20040)
        return weir_error_set(error, WEIR_E_USAGE,
                              "a radius of %g km is not one on this planet",
                              km);
    a = create(AREA_CIRCLE);
    if (!a)
        return weir_error_nomem(error);
    a->lon = lon;
    a->lat = lat;
    a->metres = km * 1000;
    if (lat - angle > -90 && lat + angle < 90) {
        reach = asin(clamp(sin(angle * pi / 180) / cos(lat * pi / 180), 0, 1)) *
                180 / pi;
        box = (struct weir_bounds){lon - reach, lat - angle, lon + reach,
                                   lat + angle};
        if (box.west < -180)
            box.west += 360;
        if (box.east > 180)
            box.east -= 360;
    } else { /* it holds a pole */
        box.south = lat - angle;
        box.north = lat + angle;
    }
    tilearea_set_bounds(a, box);
    *out = a;
    return WEIR_OK;
}

enum weir_err weir_tilearea_polygon(struct weir_tilearea **out,
                                    struct weir_str geojson,
                                    struct weir_error *error) {
    struct weir_tilearea *a = create(AREA_POLYGON);
    enum weir_err code;
    if (!a)
        return weir_error_nomem(error);
    code = tilearea_geojson(&a->polygon, geojson, error);
    if (!code && tilearea_polygon_index(&a->polygon))
        code = weir_error_nomem(error);
    if (code) {
        weir_tilearea_destroy(a);
        return code;
    }
    tilearea_set_bounds(a, a->polygon.bounds);
    *out = a;
    return WEIR_OK;
}

void weir_tilearea_destroy(struct weir_tilearea *a) {
    if (!a)
        return;
    tilearea_polygon_release(&a->polygon);
    weir_free(a);
}

struct weir_bounds weir_tilearea_bounds(const struct weir_tilearea *a) {
    return a->bounds;
}

/* The difference of two longitudes, 0 to 180. */
static double apart(double a, double b) {
    double d = fabs(a - b);
    return d > 180 ? 360 - d : d;
}

/* From the centre to the nearest point of a piece of a meridian. */
static double to_meridian(const struct weir_tilearea *a, double lon,
                          double south, double north) {
    double away = apart(a->lon, lon) * pi / 180, lat = a->lat * pi / 180;
    double foot = atan2(sin(lat), cos(lat) * cos(away)) * 180 / pi;
    return weir_tile_distance(a->lon, a->lat, lon, clamp(foot, south, north));
}

enum area_place tilearea_circle_place(const struct weir_tilearea *a,
                                      struct weir_tile t) {
    struct weir_bounds b = tilearea_inner(t);
    double nearest, other, middle_lat = (b.south + b.north) / 2, span, low;
    if (a->lon >= b.west && a->lon <= b.east) {
        nearest = weir_tile_distance(a->lon, a->lat, a->lon,
                                     clamp(a->lat, b.south, b.north));
    } else {
        nearest = to_meridian(a, b.west, b.south, b.north);
        other = to_meridian(a, b.east, b.south, b.north);
        nearest = other < nearest ? other : nearest;
    }
    if (nearest > a->metres)
        return PLACE_OUTSIDE;
    /* No point is further from the tile's middle than `span`. */
    low = b.south > 0 ? b.south : b.north < 0 ? b.north : 0;
    span = ((b.north - b.south) / 2 +
            (b.east - b.west) / 2 * cos(low * pi / 180)) *
           metres_per_degree;
    return weir_tile_distance(a->lon, a->lat, (b.west + b.east) / 2,
                              middle_lat) +
                       span <=
                   a->metres
               ? PLACE_INSIDE
               : PLACE_PARTLY;
}
