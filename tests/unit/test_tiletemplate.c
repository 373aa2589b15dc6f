#include "source/tiles.h"
#include "test.h"

#include <stdio.h>

static struct weir_tiletemplate *make(const char *text, bool retina) {
    struct weir_tiletemplate *t = NULL;
    struct weir_error error = {0};
    if (weir_tiletemplate_create(&t, weir_str_of(text), WEIR_STR("a,b,c"),
                                 retina, &error))
        CHECK_Z(error.message, "");
    return t;
}

static void check_url(const char *text, struct weir_tile tile,
                      const char *want) {
    struct weir_tiletemplate *t = make(text, true);
    struct weir_buf out;
    weir_buf_init(&out, 0);
    weir_tiletemplate_put(t, tile, &out);
    CHECK_Z(out.p, want);
    weir_buf_release(&out);
    weir_tiletemplate_destroy(t);
}

TEST(placeholders) {
    struct weir_tile t = {3, 3, 5}, m = {11, 327, 791};
    check_url("http://h/{z}/{x}/{y}.png", t, "http://h/3/3/5.png");
    check_url("http://h/{z}/{x}/{-y}.png", m, "http://h/11/327/1256.png");
    check_url("http://h/{q}", t, "http://h/213");
    check_url("http://h/a{quadkey}.jpg?n=1", t, "http://h/a213.jpg?n=1");
    check_url("http://{s}.h/{z}/{x}/{y}{r}.png", t, "http://c.h/3/3/5@2x.png");
    check_url("http://t{switch:0,1,2,3}.h/{z}/{x}/{y}", t,
              "http://t0.h/3/3/5"); /* (3 + 5) % 4 */
    check_url("http://{switch:only}.h/{quadkey}", t, "http://only.h/213");
    check_url("http://h/?bbox={bbox-epsg-3857}", (struct weir_tile){1, 0, 0},
              "http://h/?bbox=-20037508.342789244,0,0,20037508.342789244");
}

TEST(retina_off) {
    struct weir_tiletemplate *t = make("http://h/{z}/{x}/{y}{r}.png", false);
    struct weir_buf out;
    weir_buf_init(&out, 0);
    weir_tiletemplate_put(t, (struct weir_tile){0, 0, 0}, &out);
    CHECK_Z(out.p, "http://h/0/0/0.png");
    CHECK_INT(weir_tiletemplate_spread(t), 1);
    weir_buf_release(&out);
    weir_tiletemplate_destroy(t);
}

TEST(bad_templates) {
    static const char *const texts[] = {"http://h/{z}/{x}.png",
                                        "http://h/{x}/{y}.png",
                                        "http://h/0/0/0.png",
                                        "http://h/{z}/{x}/{y}/{what}",
                                        "http://h/{z}/{x}/{y",
                                        "http://h/{z}/{x}/{y}/{}",
                                        ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct weir_tiletemplate *t;
        struct weir_error e = {0};
        CHECK_INT(weir_tiletemplate_create(&t, weir_str_of(texts[i]),
                                           WEIR_STR("a"), false, &e),
                  WEIR_E_USAGE);
        CHECK(e.message[0]);
    }
}

static void check_format(const char *text, enum weir_tile_format want) {
    struct weir_tiletemplate *t = make(text, false);
    CHECK_INT(weir_tiletemplate_format(t), want);
    weir_tiletemplate_destroy(t);
}

TEST(formats_of_templates) {
    check_format("http://h/{z}/{x}/{y}.png", WEIR_FORMAT_PNG);
    check_format("http://h/{z}/{x}/{y}{r}.jpeg?key=a.png", WEIR_FORMAT_JPG);
    check_format("http://h/{z}/{x}/{y}.mvt", WEIR_FORMAT_PBF);
    check_format("http://h.png/{z}/{x}/{y}", WEIR_FORMAT_NONE);
    check_format("http://h/?FORMAT=image/webp&bbox={bbox-epsg-3857}",
                 WEIR_FORMAT_WEBP);
}

TEST(source_of_a_region) {
    struct weir_tiletemplate *t = make("http://h/{z}/{x}/{y}.png", false);
    struct weir_tilearea *area;
    struct weir_source *s;
    struct weir_request r;
    struct weir_bounds world = {-180, -WEIR_LATITUDE_MAX, 180,
                                WEIR_LATITUDE_MAX};
    CHECK_OK(weir_tilearea_box(&area, world, NULL));
    CHECK_OK(weir_source_tiles_create(&s, t, area, 0, 24, NULL));
    CHECK_INT(s->total, ((UINT64_C(1) << 50) - 1) / 3);
    CHECK_INT(weir_source_next(s, &r, NULL), WEIR_PULL_READY);
    CHECK_STR(r.url, WEIR_STR("http://h/0/0/0.png"));
    CHECK_STR(r.out, WEIR_STR("0/0/0"));
    CHECK_INT(weir_source_next(s, &r, NULL), WEIR_PULL_READY);
    CHECK_INT(weir_source_next(s, &r, NULL), WEIR_PULL_READY);
    CHECK_INT(r.n, 3);
    CHECK_STR(r.out, WEIR_STR("1/0/1")); /* along the curve */
    CHECK_STR(r.place, WEIR_STR("tile 1/0/1"));
    weir_source_destroy(s);
    weir_tilearea_destroy(area);
    weir_tiletemplate_destroy(t);
}

static enum weir_pull next_line(struct weir_source *s, struct weir_request *r) {
    enum weir_pull pull;
    while ((pull = weir_source_next(s, r, NULL)) == WEIR_PULL_PENDING)
        ; /* its thread is reading */
    return pull;
}

TEST(source_of_a_list) {
    struct weir_tiletemplate *t = make("http://h/{z}/{x}/{y}.png", false);
    struct weir_source *s;
    struct weir_request r;
    char path[512];
    FILE *f;
    snprintf(path, sizeof path, "%s/list", test_dir());
    f = fopen(path, "w");
    fputs("# tiles\n\n 3/3/5 \r\n3/8/0\n12/3423/1763", f);
    fclose(f);
    CHECK_OK(weir_source_tiles_list(&s, t, path, NULL));
    CHECK_INT(next_line(s, &r), WEIR_PULL_READY);
    CHECK_STR(r.url, WEIR_STR("http://h/3/3/5.png"));
    CHECK_INT(r.problem.n, 0);
    CHECK_INT(next_line(s, &r), WEIR_PULL_READY);
    CHECK(r.problem.n > 0);
    CHECK(weir_str_ends(r.place, WEIR_STR("list:4")));
    CHECK_INT(next_line(s, &r), WEIR_PULL_READY);
    CHECK_STR(r.out, WEIR_STR("12/3423/1763"));
    CHECK_INT(next_line(s, &r), WEIR_PULL_DONE);
    weir_source_destroy(s);
    CHECK_INT(weir_source_tiles_list(&s, t, test_dir(), NULL), WEIR_E_IO);
    weir_tiletemplate_destroy(t);
}
