#include "base/buf.h"
#include "core/tilearea.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>

static struct weir_tilearea *box(double w, double s, double e, double n) {
    struct weir_tilearea *a;
    CHECK_OK(weir_tilearea_box(&a, (struct weir_bounds){w, s, e, n}, NULL));
    return a;
}

static struct weir_tilearea *polygon(const char *text) {
    struct weir_error error = {0};
    struct weir_tilearea *a = NULL;
    if (weir_tilearea_polygon(&a, weir_str_of(text), &error))
        CHECK_Z(error.message, "");
    return a;
}

/* Walks the area; ids must grow, the number must be the counted one. */
static uint64_t walk(const struct weir_tilearea *a, unsigned from,
                     unsigned to) {
    struct weir_tilewalk *w = weir_tilewalk_create(a, from, to);
    struct weir_tile t;
    uint64_t n = 0, last = 0, counted = 0, one;
    while (weir_tilewalk_next(w, &t)) {
        uint64_t id = weir_tile_id(t);
        CHECK(weir_tilearea_touches(a, t));
        CHECK(n == 0 || id > last);
        last = id;
        n++;
    }
    CHECK(!weir_tilewalk_failed(w));
    weir_tilewalk_destroy(w);
    for (unsigned z = from; z <= to; z++) {
        CHECK(weir_tilearea_count(a, z, 0, &one));
        counted += one;
    }
    CHECK_INT(n, counted);
    return n;
}

TEST(box_of_kiel) {
    struct weir_tilearea *a = box(9.9, 54.2, 10.3, 54.5);
    uint64_t n;
    CHECK_INT(walk(a, 14, 14), 19 * 25);
    walk(a, 0, 14);
    CHECK(weir_tilearea_count(a, 24, 1, &n)); /* arithmetic, no walk */
    CHECK(n > 100000000);
    weir_tilearea_destroy(a);
}

TEST(whole_world) {
    struct weir_tilearea *a =
        box(-180, -WEIR_LATITUDE_MAX, 180, WEIR_LATITUDE_MAX);
    uint64_t n;
    CHECK_INT(walk(a, 0, 6), (1 << 14) / 3);
    CHECK(weir_tilearea_count(a, 24, 0, &n));
    CHECK_INT(n, UINT64_C(1) << 48);
    weir_tilearea_destroy(a);
}

TEST(antimeridian) {
    struct weir_tilearea *a = box(170, -10, -170, 10);
    struct weir_tilearea *near_all = box(1, -10, -1, 10);
    CHECK_INT(walk(a, 0, 0), 1);
    CHECK_INT(walk(a, 1, 1), 4);
    CHECK_INT(walk(a, 4, 4), 4); /* columns 0 and 15, rows 7 and 8 */
    CHECK_INT(walk(near_all, 2, 2), 8);
    walk(near_all, 0, 8);
    weir_tilearea_destroy(a);
    weir_tilearea_destroy(near_all);
}

TEST(walk_is_lazy) {
    struct weir_tilearea *a = box(-180, -85, 180, 85);
    struct weir_tilewalk *w = weir_tilewalk_create(a, 24, 24);
    struct weir_tile t, before = {0};
    for (int i = 0; i < 1000; i++) {
        CHECK(weir_tilewalk_next(w, &t));
        CHECK_INT(t.z, 24);
        if (i)
            CHECK(labs((long)t.x - (long)before.x) +
                      labs((long)t.y - (long)before.y) <
                  64);
        before = t;
    }
    weir_tilewalk_destroy(w);
    weir_tilearea_destroy(a);
}

static void check_refused(enum weir_err code, const struct weir_error *error,
                          const char *part) {
    CHECK_INT(code, WEIR_E_USAGE);
    if (!strstr(error->message, part))
        CHECK_Z(error->message, part);
}

TEST(bad_boxes) {
    struct weir_tilearea *a;
    struct weir_error e;
    check_refused(
        weir_tilearea_box(&a, (struct weir_bounds){10, 55, 11, 54}, &e), &e,
        "swapped");
    check_refused(
        weir_tilearea_box(&a, (struct weir_bounds){10, 54, 11, 86}, &e), &e,
        "Web Mercator ends");
    check_refused(
        weir_tilearea_box(&a, (struct weir_bounds){10, NAN, 11, 80}, &e), &e,
        "Web Mercator ends");
    check_refused(
        weir_tilearea_box(&a, (struct weir_bounds){10, 54, 181, 55}, &e), &e,
        "beyond 180");
    check_refused(weir_tilearea_circle(&a, 0, 0, 0, &e), &e, "radius");
    check_refused(weir_tilearea_circle(&a, 0, 89, 10, &e), &e, "Web Mercator");
}

/* The nearest of many points of the tile. */
static double nearest(struct weir_tile t, double lon, double lat) {
    struct weir_bounds b = weir_tile_bounds(t);
    double best = 1e12;
    for (int i = 0; i <= 40; i++)
        for (int j = 0; j <= 40; j++)
            best = fmin(best, weir_tile_distance(
                                  lon, lat, b.west + (b.east - b.west) * i / 40,
                                  b.south + (b.north - b.south) * j / 40));
    return best;
}

static void check_circle(double lon, double lat, double km, unsigned z) {
    struct weir_tilearea *a;
    struct weir_tile t;
    uint64_t n = 0, loose = 0, tight = 0;
    CHECK_OK(weir_tilearea_circle(&a, lon, lat, km, NULL));
    for (t.z = z, t.x = 0; t.x >> z == 0; t.x++)
        for (t.y = 0; t.y >> z == 0; t.y++) {
            double d = nearest(t, lon, lat);
            tight += d <= km * 1000;
            loose += d <= km * 1000 * 1.01;
        }
    n = walk(a, z, z);
    CHECK(n >= tight);
    CHECK(n <= loose);
    walk(a, 0, z + 3);
    weir_tilearea_destroy(a);
}

TEST(circles) {
    check_circle(10.12, 54.3, 500, 5);
    check_circle(179.9, -17, 900, 5);
    check_circle(0, 84, 3000, 4);
    check_circle(-60, -30, 9000, 4);
}

static const char square[] =
    "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[40,0],[40,40],[0,40],[0,0]]"
    ",[[10,10],[30,10],[30,30],[10,30],[10,10]]]}";

/* Tiles by asking every one of a zoom: does any point of it lie inside? */
static uint64_t square_brute(unsigned z) {
    uint64_t n = 0;
    struct weir_tile t = {z, 0, 0};
    for (t.x = 0; t.x >> z == 0; t.x++)
        for (t.y = 0; t.y >> z == 0; t.y++) {
            struct weir_bounds b = weir_tile_bounds(t);
            bool out = b.west > 40 - 1e-9 || b.east < 1e-9 ||
                       b.south > 40 - 1e-9 || b.north < 1e-9;
            bool hole =
                b.west > 10 && b.east < 30 && b.south > 10 && b.north < 30;
            n += !out && !hole;
        }
    return n;
}

TEST(polygon_with_hole) {
    struct weir_tilearea *a = polygon(square);
    struct weir_bounds b = weir_tilearea_bounds(a);
    uint64_t n;
    CHECK_NEAR(b.east, 40, 0);
    for (unsigned z = 0; z <= 8; z++)
        CHECK_INT(walk(a, z, z), square_brute(z));
    CHECK(!weir_tilearea_count(a, 24, 1000, &n)); /* too long a border */
    weir_tilearea_destroy(a);
}

TEST(polygon_of_a_tile_is_that_tile) {
    for (unsigned z = 1; z <= 20; z += 3) {
        struct weir_tile t = weir_tile_at(10.123282, 54.305902, z);
        struct weir_bounds b = weir_tile_bounds(t);
        struct weir_buf text;
        weir_buf_init(&text, 0);
        weir_buf_fmt(&text,
                     "{\"coordinates\":[[[%.17g,%.17g],[%.17g,%.17g],"
                     "[%.17g,%.17g],[%.17g,%.17g]]],\"type\":\"Polygon\"}",
                     b.west, b.south, b.east, b.south, b.east, b.north, b.west,
                     b.north);
        struct weir_tilearea *a = polygon(text.p);
        CHECK_INT(walk(a, z, z), 1);
        CHECK_INT(walk(a, z + 1, z + 1), 4);
        CHECK_INT(walk(a, 0, z), z + 1);
        weir_tilearea_destroy(a);
        weir_buf_release(&text);
    }
}

TEST(collections) {
    /* Two that overlap, one in a Feature, a point and a line beside. */
    struct weir_tilearea *a = polygon(
        "\xef\xbb\xbf{\"type\":\"FeatureCollection\",\"features\":["
        "{\"type\":\"Feature\",\"properties\":{\"coordinates\":[1]},"
        "\"geometry\":{\"type\":\"GeometryCollection\",\"geometries\":["
        "{\"type\":\"Point\",\"coordinates\":[170,60,3]},"
        "{\"type\":\"LineString\",\"coordinates\":[[-170,60],[-160,60]]},"
        "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[1,1],[20,1],[20,20],"
        "[1,20],[1,1]]],[[[1,1],[30,1],[30,30],[1,30],[1,1]]]]}]}},"
        "{\"type\":\"Feature\",\"geometry\":null,\"properties\":null}]}");
    struct weir_tilearea *b = polygon(
        "{\"type\":\"Polygon\",\"coordinates\":[[[1,1],[30,1],[30,30],[1,30]]]"
        "}");
    CHECK_INT(walk(a, 7, 7), walk(b, 7, 7));
    CHECK_INT(walk(a, 1, 1), 1);
    weir_tilearea_destroy(a);
    weir_tilearea_destroy(b);
}

TEST(bad_geojson) {
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"type\":\"Point\",\"coordinates\":[1,2]}",
        "{\"type\":\"Polygon\",\"coordinates\":[1,2]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[1,2],[2,3],[3,1]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[2,3],[3,1]],[1,2]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[],[1,2]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[2]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[2,\"x\"]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[181,2],[2,3],[3,4]]]}",
        "{\"type\":\"MultiPolygon\",\"coordinates\":[[[1,2],[2,3],[3,1]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[[[1,2],[2,3]]]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[2,3],[3,1]]]} x",
        "{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[2,3],[3,1]]]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct weir_tilearea *a;
        struct weir_error e = {0};
        CHECK_INT(weir_tilearea_polygon(&a, weir_str_of(texts[i]), &e),
                  WEIR_E_INVALID);
        CHECK(e.message[0]);
    }
}
