/* Why: the formulas of Web Mercator in one place, exact where they can be.
 *
 * A point becomes two numbers in [0, 1) of the square world; a zoom multiplies
 * them by a power of two, which rounds nothing. Positions on the Hilbert curve
 * are computed bit by bit from the top, as PMTiles 3 orders them. */
#include "core/tilemath.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const double half_world = 20037508.342789244; /* pi * 6378137 m */
static const double earth_radius = 6371008.8;
/* The east and south edges of a box are nudged in by so many degrees. */
static const double nudge = 1e-11;
/* Rounding of the formulas, in worlds: a tile's west edge is in that tile. */
static const double slack = 1e-14;

static double radians(double degrees) {
    return degrees * pi / 180;
}

static double degrees(double radians) {
    return radians * 180 / pi;
}

/* Of a part of the world, 0 to 1, the tile at this zoom. */
static uint32_t at_zoom(double part, unsigned z) {
    double n = ldexp(1, (int)z), v = floor((part + slack) * n);
    if (!(v > 0))
        return 0;
    return (uint32_t)(v >= n ? n - 1 : v);
}

static double x_part(double lon) {
    return (lon + 180) / 360;
}

static double y_part(double lat) {
    if (lat > WEIR_LATITUDE_MAX)
        lat = WEIR_LATITUDE_MAX;
    if (lat < -WEIR_LATITUDE_MAX)
        lat = -WEIR_LATITUDE_MAX;
    return (1 - asinh(tan(radians(lat))) / pi) / 2;
}

struct weir_tile weir_tile_at(double lon, double lat, unsigned z) {
    return (struct weir_tile){z, at_zoom(x_part(lon), z),
                              at_zoom(y_part(lat), z)};
}

static double lat_of(double part) {
    return degrees(atan(sinh(pi * (1 - 2 * part))));
}

struct weir_bounds weir_tile_bounds(struct weir_tile t) {
    double n = ldexp(1, (int)t.z);
    return (struct weir_bounds){t.x / n * 360 - 180, lat_of((t.y + 1.0) / n),
                                (t.x + 1.0) / n * 360 - 180, lat_of(t.y / n)};
}

void weir_tile_bounds_3857(struct weir_tile t, double out[4]) {
    double n = ldexp(1, (int)t.z);
    out[0] = (t.x / n * 2 - 1) * half_world;
    out[1] = (1 - (t.y + 1.0) / n * 2) * half_world;
    out[2] = ((t.x + 1.0) / n * 2 - 1) * half_world;
    out[3] = (1 - t.y / n * 2) * half_world;
}

uint32_t weir_tile_tms_row(struct weir_tile t) {
    return (uint32_t)((UINT64_C(1) << t.z) - 1 - t.y);
}

void weir_tile_put_quadkey(struct weir_buf *out, struct weir_tile t) {
    for (unsigned i = t.z; i-- > 0;)
        weir_buf_byte(out,
                      (char)('0' + ((t.x >> i) & 1) + 2 * ((t.y >> i) & 1)));
}

/* The tiles of the zooms before z: (4^z - 1) / 3. */
static uint64_t first_id(unsigned z) {
    return ((UINT64_C(1) << 2 * z) - 1) / 3;
}

/* The lower bits of a position turn with the quadrant they are in. */
static void turn(uint32_t mask, uint32_t rx, uint32_t ry, uint32_t *x,
                 uint32_t *y) {
    uint32_t swapped;
    if (ry)
        return;
    if (rx) {
        *x = mask & ~*x;
        *y = mask & ~*y;
    }
    swapped = *x;
    *x = *y;
    *y = swapped;
}

uint64_t weir_tile_id(struct weir_tile t) {
    uint64_t d = 0;
    uint32_t x = t.x, y = t.y;
    for (unsigned i = t.z; i-- > 0;) {
        uint32_t rx = (x >> i) & 1, ry = (y >> i) & 1;
        d = d << 2 | ((3 * rx) ^ ry);
        turn((UINT32_C(1) << i) - 1, rx, ry, &x, &y);
    }
    return first_id(t.z) + d;
}

bool weir_tile_of_id(uint64_t id, struct weir_tile *out) {
    uint32_t x = 0, y = 0;
    unsigned z = 0;
    while (z <= WEIR_ZOOM_LIMIT && id - first_id(z) >= UINT64_C(1) << 2 * z)
        z++;
    if (z > WEIR_ZOOM_LIMIT)
        return false;
    id -= first_id(z);
    for (unsigned i = 0; i < z; i++, id >>= 2) {
        uint32_t rx = (uint32_t)(id >> 1) & 1;
        uint32_t ry = (uint32_t)(id ^ id >> 1) & 1;
        turn((UINT32_C(1) << i) - 1, rx, ry, &x, &y);
        x |= rx << i;
        y |= ry << i;
    }
    *out = (struct weir_tile){z, x, y};
    return true;
}

bool weir_tile_parse(struct weir_str s, struct weir_tile *out) {
    struct weir_str z, x, y;
    uint64_t nz, nx, ny;
    if (!weir_str_cut(s, '/', &z, &s) || !weir_str_cut(s, '/', &x, &y) ||
        !weir_str_to_u64(z, &nz) || !weir_str_to_u64(x, &nx) ||
        !weir_str_to_u64(y, &ny) || nz > WEIR_ZOOM_MAX ||
        nx >= UINT64_C(1) << nz || ny >= UINT64_C(1) << nz)
        return false;
    *out = (struct weir_tile){(unsigned)nz, (uint32_t)nx, (uint32_t)ny};
    return true;
}

static bool take_number(struct weir_str s, double *out) {
    char text[64], *end;
    s = weir_str_trim(s);
    if (s.n == 0 || s.n >= sizeof text)
        return false;
    for (size_t i = 0; i < s.n; i++) /* no hex, no "inf" */
        if (!weir_is_digit(s.p[i]) && !strchr("+-.eE", s.p[i]))
            return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out);
}

bool weir_tile_numbers(struct weir_str s, double *out, size_t count) {
    struct weir_str one;
    for (size_t i = 0; i < count; i++) {
        bool more = weir_str_cut(s, ',', &one, &s);
        if (more != (i + 1 < count) || !take_number(one, &out[i]))
            return false;
    }
    return true;
}

struct weir_tile_range weir_tile_range(struct weir_bounds box, unsigned z) {
    struct weir_tile first = weir_tile_at(box.west, box.north, z);
    /* A box of no extent is its point, not what lies before it. */
    double east = box.east - nudge > box.west ? box.east - nudge : box.west;
    double south =
        box.south + nudge < box.north ? box.south + nudge : box.north;
    struct weir_tile last = weir_tile_at(east, south, z);
    return (struct weir_tile_range){
        first.x, last.x < first.x ? first.x : last.x, first.y,
        last.y < first.y ? first.y : last.y};
}

uint64_t weir_tile_range_count(struct weir_tile_range r) {
    return ((uint64_t)r.x1 - r.x0 + 1) * ((uint64_t)r.y1 - r.y0 + 1);
}

double weir_tile_distance(double lon0, double lat0, double lon1, double lat1) {
    double dlat = sin(radians(lat1 - lat0) / 2);
    double dlon = sin(radians(lon1 - lon0) / 2);
    double h =
        dlat * dlat + cos(radians(lat0)) * cos(radians(lat1)) * dlon * dlon;
    return 2 * earth_radius * asin(sqrt(h < 1 ? h : 1));
}
