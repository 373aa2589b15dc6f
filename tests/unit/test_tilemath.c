#include "base/mem.h"
#include "core/tilemath.h"
#include "test.h"

#include <stdlib.h>

static void check_tile(struct weir_tile t, unsigned z, uint32_t x, uint32_t y) {
    CHECK_INT(t.z, z);
    CHECK_INT(t.x, x);
    CHECK_INT(t.y, y);
}

TEST(tiles_of_places) {
    check_tile(weir_tile_at(-0.1278, 51.5074, 10), 10, 511, 340);
    check_tile(weir_tile_at(-0.1278, 51.5074, 15), 15, 16372, 10896);
    check_tile(weir_tile_at(10.123282, 54.305902, 14), 14, 8652, 5236);
    check_tile(weir_tile_at(0, 0, 0), 0, 0, 0);
    check_tile(weir_tile_at(0, 0, 1), 1, 1, 1);
}

TEST(corners_are_clamped) {
    check_tile(weir_tile_at(180, -90, 5), 5, 31, 31);
    check_tile(weir_tile_at(-180, 90, 5), 5, 0, 0);
    check_tile(weir_tile_at(1e9, 89, 31), 31, 2147483647, 0);
    check_tile(weir_tile_at(-1e9, -WEIR_LATITUDE_MAX, 31), 31, 0, 2147483647);
}

TEST(quadkeys) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    weir_tile_put_quadkey(&b, (struct weir_tile){3, 3, 5});
    CHECK_Z(b.p, "213");
    weir_buf_clear(&b);
    weir_tile_put_quadkey(&b, (struct weir_tile){0, 0, 0});
    CHECK_Z(b.p, "");
    weir_buf_release(&b);
}

TEST(tms_rows) {
    CHECK_INT(weir_tile_tms_row((struct weir_tile){11, 327, 791}), 1256);
    CHECK_INT(weir_tile_tms_row((struct weir_tile){0, 0, 0}), 0);
    CHECK_INT(weir_tile_tms_row((struct weir_tile){31, 0, 0}), 2147483647);
}

TEST(bounds_in_metres) {
    double b[4];
    weir_tile_bounds_3857((struct weir_tile){0, 0, 0}, b);
    CHECK_NEAR(b[0], -20037508.342789244, 1e-6);
    CHECK_NEAR(b[3], 20037508.342789244, 1e-6);
    /* MapLibre's own test has 1/0/0. */
    weir_tile_bounds_3857((struct weir_tile){1, 0, 0}, b);
    CHECK_NEAR(b[0], -20037508.342789244, 1e-6);
    CHECK_NEAR(b[1], 0, 0);
    CHECK_NEAR(b[2], 0, 0);
    CHECK_NEAR(b[3], 20037508.342789244, 1e-6);
}

TEST(tile_ids) {
    static const struct {
        struct weir_tile tile;
        uint64_t id;
    } cases[] = {{{0, 0, 0}, 0}, {{1, 0, 0}, 1},
                 {{1, 0, 1}, 2}, {{1, 1, 1}, 3},
                 {{1, 1, 0}, 4}, {{2, 0, 0}, 5},
                 {{2, 1, 0}, 6}, {{12, 3423, 1763}, 19078479}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_tile t;
        CHECK_INT(weir_tile_id(cases[i].tile), cases[i].id);
        CHECK(weir_tile_of_id(cases[i].id, &t));
        check_tile(t, cases[i].tile.z, cases[i].tile.x, cases[i].tile.y);
    }
}

TEST(tile_ids_turn_back) {
    struct weir_tile t, before = {0, 0, 0};
    for (uint64_t id = 1; id < (1 << 16); id++) {
        CHECK(weir_tile_of_id(id, &t));
        CHECK_INT(weir_tile_id(t), id);
        if (t.z == before.z) /* the curve goes from neighbour to neighbour */
            CHECK_INT(labs((long)t.x - (long)before.x) +
                          labs((long)t.y - (long)before.y),
                      1);
        before = t;
    }
    for (unsigned z = 0; z <= WEIR_ZOOM_LIMIT; z++) {
        uint32_t n1 = (uint32_t)((UINT64_C(1) << z) - 1);
        struct weir_tile last = {z, n1, 0}, some = {z, n1 / 3, n1 / 7};
        CHECK(weir_tile_of_id(weir_tile_id(last), &t));
        check_tile(t, z, n1, 0);
        CHECK(weir_tile_of_id(weir_tile_id(some), &t));
        check_tile(t, z, n1 / 3, n1 / 7);
    }
    CHECK(!weir_tile_of_id(UINT64_MAX, &t));
}

TEST(own_bounds_give_one_tile) {
    for (unsigned z = 0; z <= WEIR_ZOOM_MAX; z++) {
        uint32_t n1 = (uint32_t)((UINT64_C(1) << z) - 1);
        uint32_t at[] = {0, n1 / 2, n1 / 3, n1 / 5, n1};
        for (size_t i = 0; i < 5; i++)
            for (size_t j = 0; j < 5; j++) {
                struct weir_tile t = {z, at[i], at[j]};
                struct weir_tile_range r =
                    weir_tile_range(weir_tile_bounds(t), z);
                CHECK_INT(r.x0, t.x);
                CHECK_INT(r.x1, t.x);
                CHECK_INT(r.y0, t.y);
                CHECK_INT(r.y1, t.y);
            }
    }
}

TEST(ranges) {
    struct weir_tile_range r =
        weir_tile_range((struct weir_bounds){9.9, 54.2, 10.3, 54.5}, 14);
    CHECK_INT(r.x0, 8642);
    CHECK_INT(r.x1, 8660);
    CHECK_INT(r.y0, 5221);
    CHECK_INT(r.y1, 5245);
    CHECK_INT(weir_tile_range_count(r), 19 * 25);
    r = weir_tile_range((struct weir_bounds){5, 5, 5, 5}, 24); /* a point */
    CHECK_INT(weir_tile_range_count(r), 1);
    r = weir_tile_range((struct weir_bounds){-180, -90, 180, 90}, 31);
    CHECK_INT(weir_tile_range_count(r), UINT64_C(1) << 62);
}

TEST(tiles_from_text) {
    struct weir_tile t;
    CHECK(weir_tile_parse(WEIR_STR("12/3423/1763"), &t));
    check_tile(t, 12, 3423, 1763);
    CHECK(!weir_tile_parse(WEIR_STR("1/2/0"), &t));
    CHECK(!weir_tile_parse(WEIR_STR("25/0/0"), &t));
    CHECK(!weir_tile_parse(WEIR_STR("1/0"), &t));
    CHECK(!weir_tile_parse(WEIR_STR("1/0/0/0"), &t));
    CHECK(!weir_tile_parse(WEIR_STR("1/-1/0"), &t));
}

TEST(numbers_from_text) {
    double v[4];
    CHECK(weir_tile_numbers(WEIR_STR("9.9,-54.2, 10.3 ,+1e1"), v, 4));
    CHECK_NEAR(v[1], -54.2, 0);
    CHECK_NEAR(v[3], 10, 0);
    CHECK(weir_tile_numbers(WEIR_STR("-0.5"), v, 1));
    CHECK(!weir_tile_numbers(WEIR_STR("1,2,3"), v, 4));
    CHECK(!weir_tile_numbers(WEIR_STR("1,2,3,4,5"), v, 4));
    CHECK(!weir_tile_numbers(WEIR_STR("1,2,3,"), v, 4));
    CHECK(!weir_tile_numbers(WEIR_STR("nan"), v, 1));
    CHECK(!weir_tile_numbers(WEIR_STR("0x10"), v, 1));
    CHECK(!weir_tile_numbers(WEIR_STR("1e999"), v, 1));
    CHECK(!weir_tile_numbers(WEIR_STR("1 2"), v, 1));
}

TEST(distances) {
    CHECK_NEAR(weir_tile_distance(0, 0, 0, 90), 10007557, 1);
    CHECK_NEAR(weir_tile_distance(-0.1278, 51.5074, 10.123282, 54.305902),
               753699.46, 1);
    CHECK_NEAR(weir_tile_distance(179, 0, -179, 0), 222390, 10);
}
