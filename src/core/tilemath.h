/* tilemath.h - the arithmetic of map tiles in Web Mercator (EPSG:3857).
 *
 * At zoom z the world is 2^z by 2^z tiles; x runs from west to east, y from
 * north to south (XYZ). Degrees are WGS 84. Latitudes beyond those of the
 * square world are clamped to it, x and y to [0, 2^z - 1].
 *
 *     struct weir_tile t = weir_tile_at(10.123282, 54.305902, 14);
 *     weir_tile_put_quadkey(&url, t);
 *     id = weir_tile_id(t);
 */
#ifndef WEIR_CORE_TILEMATH_H
#define WEIR_CORE_TILEMATH_H

#include "base/buf.h"
#include "base/str.h"

enum {
    WEIR_ZOOM_MAX = 24,   /* of what is fetched */
    WEIR_ZOOM_LIMIT = 31, /* of what the functions below compute */
    WEIR_QUADKEY_MAX = WEIR_ZOOM_LIMIT
};

/* atan(sinh(pi)): the latitude at which the world becomes a square. */
#define WEIR_LATITUDE_MAX 85.0511287798066

struct weir_tile {
    unsigned z;
    uint32_t x, y;
};

/* Degrees. west > east crosses the antimeridian. */
struct weir_bounds {
    double west, south, east, north;
};

/* Columns x0..x1 and rows y0..y1 of one zoom, all inclusive. */
struct weir_tile_range {
    uint32_t x0, x1, y0, y1;
};

/* The tile that holds the point. z <= WEIR_ZOOM_LIMIT, here and below. */
struct weir_tile weir_tile_at(double lon, double lat, unsigned z);
/* Its bounds in degrees. */
struct weir_bounds weir_tile_bounds(struct weir_tile t);
/* minx, miny, maxx, maxy in metres. */
void weir_tile_bounds_3857(struct weir_tile t, double out[4]);
/* The row counted from the south (TMS, MBTiles). */
uint32_t weir_tile_tms_row(struct weir_tile t);
/* The quadkey: z digits, 3/3/5 is "213". Nothing at zoom 0. */
void weir_tile_put_quadkey(struct weir_buf *out, struct weir_tile t);
/* PMTiles 3: the tiles of all smaller zooms, then the position on the Hilbert
 * curve of this one: 12/3423/1763 is 19078479. */
uint64_t weir_tile_id(struct weir_tile t);
/* The inverse; false beyond WEIR_ZOOM_LIMIT. */
bool weir_tile_of_id(uint64_t id, struct weir_tile *out);
/* "z/x/y" that exists, z <= WEIR_ZOOM_MAX. */
bool weir_tile_parse(struct weir_str s, struct weir_tile *out);

/* Exactly `count` decimal numbers with commas between them, as in
 * "9.9,54.2,10.3,54.5"; finite. */
bool weir_tile_numbers(struct weir_str s, double *out, size_t count);

/* The tiles of a box with west <= east and south <= north. Its east and south
 * edges count as a hair further in, so that a tile's own bounds give just that
 * tile. */
struct weir_tile_range weir_tile_range(struct weir_bounds box, unsigned z);
uint64_t weir_tile_range_count(struct weir_tile_range r);

/* Metres on the sphere between two points in degrees (haversine, radius
 * 6371.0088 km). */
double weir_tile_distance(double lon0, double lat0, double lon1, double lat1);

#endif
