#include "base/hash.h"
#include "base/mem.h"
#include "sink/preview.h"
#include "sink/tileset.h"
#include "test.h"

#include <stdio.h>
#include <unistd.h>

static const char png[] = "\x89PNG\r\n\x1a\n";

struct set {
    struct weir_tileset_config config;
    char path[600];
    struct weir_tileset *ts;
    struct weir_error error;
    bool resumed;
};

static void set_up(struct set *s, const char *name) {
    memset(s, 0, sizeof *s);
    snprintf(s->path, sizeof s->path, "%s/%s", test_dir(), name);
    s->config = (struct weir_tileset_config){.path = s->path,
                                             .source = "http://h/{z}/{x}/{y}",
                                             .refresh_s = -1,
                                             .maxzoom = 6,
                                             .bounds = {-180, -85, 180, 85},
                                             .has_region = true,
                                             .program = "test"};
}

static enum weir_err open_set(struct set *s, uint64_t key) {
    enum weir_err code = weir_tileset_create(&s->ts, &s->config, &s->error);
    return code ? code : weir_tileset_open(s->ts, key, &s->resumed, &s->error);
}

static enum weir_err put(struct set *s, struct weir_tile tile,
                         struct weir_str bytes, enum weir_tile_state state) {
    struct weir_tile_row row = {.tile = tile,
                                .state = state,
                                .status = bytes.n ? 200 : 404,
                                .checked = 1000,
                                .fresh = 2000,
                                .size = bytes.n,
                                .hash = weir_hash(bytes),
                                .format = bytes.n ? WEIR_FORMAT_PNG : 0};
    enum weir_err code =
        bytes.n ? weir_tileset_prepare(s->ts, NULL, &row, bytes, &s->error)
                : WEIR_OK;
    if (code || (code = weir_tileset_begin(s->ts, &s->error)))
        return code;
    if ((code = weir_tileset_put(s->ts, &row, bytes, &s->error))) {
        weir_tileset_rollback(s->ts);
        return code;
    }
    if ((code = weir_tileset_commit(s->ts, &s->error)))
        return code;
    return weir_tileset_place(s->ts, &row, &s->error);
}

static enum weir_tileset_use look(struct set *s, struct weir_tile tile,
                                  int64_t now) {
    struct weir_tile_row row;
    enum weir_tileset_use use;
    CHECK_OK(weir_tileset_look(s->ts, tile, now, &use, &row, &s->error));
    return use;
}

static void close_set(struct set *s, bool complete) {
    CHECK_OK(weir_tileset_finish(s->ts, complete, &s->error));
    weir_tileset_destroy(s->ts);
    s->ts = NULL;
}

static const struct weir_tile one = {1, 0, 1}, two = {1, 1, 1},
                              three = {2, 0, 0};

TEST(runs_of_an_archive) {
    struct set s;
    set_up(&s, "a.mbtiles");
    CHECK_OK(open_set(&s, 7));
    CHECK(!s.resumed);
    CHECK_INT(look(&s, one, 1500), WEIR_TILESET_ASK);
    CHECK_OK(put(&s, one, WEIR_STR(png), WEIR_TILE_THERE));
    CHECK_OK(put(&s, two, WEIR_STR(""), WEIR_TILE_ABSENT));
    weir_tileset_destroy(s.ts); /* as a kill would */

    CHECK_OK(open_set(&s, 7));
    CHECK(s.resumed);
    CHECK_INT(look(&s, one, 9000), WEIR_TILESET_DONE);
    CHECK_INT(look(&s, two, 9000), WEIR_TILESET_DONE);
    close_set(&s, true);

    CHECK_OK(open_set(&s, 7)); /* complete: a run of its own */
    CHECK(!s.resumed);
    CHECK_INT(look(&s, one, 1999), WEIR_TILESET_FRESH);
    CHECK_INT(look(&s, one, 2000), WEIR_TILESET_ASK);
    CHECK_INT(look(&s, two, 1999), WEIR_TILESET_FRESH);
    close_set(&s, false);

    s.config.missing = true;
    CHECK_OK(open_set(&s, 8)); /* of another command */
    CHECK(!s.resumed);
    CHECK_INT(look(&s, one, 9000), WEIR_TILESET_SKIP);
    CHECK_INT(look(&s, two, 9000), WEIR_TILESET_SKIP);
    CHECK_INT(look(&s, three, 9000), WEIR_TILESET_ASK);
    close_set(&s, true);

    s.config.missing = false;
    s.config.refresh_s = 500;
    CHECK_OK(open_set(&s, 8));
    CHECK_INT(look(&s, one, 1500), WEIR_TILESET_FRESH);
    CHECK_INT(look(&s, one, 1501), WEIR_TILESET_ASK);
    close_set(&s, true);
}

TEST(two_sets_of_one_output) {
    struct set a, b;
    set_up(&a, "a.mbtiles");
    set_up(&b, "a.mbtiles");
    CHECK_OK(open_set(&a, 1));
    CHECK_INT(open_set(&b, 2), WEIR_E_STORE);
    CHECK(strstr(b.error.message, "being written by another weir"));
    weir_tileset_destroy(b.ts);
    close_set(&a, true);
    CHECK_OK(open_set(&b, 2));
    close_set(&b, true);
}

TEST(pmtiles_without_tiles) {
    struct set s;
    char head[9] = "";
    FILE *f;
    set_up(&s, "a.pmtiles");
    CHECK_OK(open_set(&s, 1));
    CHECK_OK(put(&s, one, WEIR_STR(""), WEIR_TILE_ABSENT));
    close_set(&s, true);
    f = fopen(s.path, "rb");
    CHECK(f && fread(head, 1, 8, f) == 8);
    fclose(f);
    CHECK_Z(head, "PMTiles\x03");
}

/* Everything from the opening to a preview with the nth allocation failing: an
 * error each time, no leak, and what was committed stays. */
static enum weir_err whole_life(struct set *s, const char *picture) {
    enum weir_err code = open_set(s, 7);
    if (!code)
        code = put(s, one, WEIR_STR(png), WEIR_TILE_THERE);
    if (!code)
        code = put(s, two, WEIR_STR(""), WEIR_TILE_ABSENT);
    if (!code)
        code = weir_preview_draw(s->ts, picture, -1, &s->error);
    if (!code)
        code = weir_tileset_finish(s->ts, true, &s->error);
    weir_tileset_destroy(s->ts);
    s->ts = NULL;
    return code;
}

static void without_memory(const char *name) {
    struct set s;
    char picture[600];
    enum weir_err code = WEIR_E_NOMEM;
    set_up(&s, name);
    s.config.overwrite = true;
    snprintf(picture, sizeof picture, "%s/p.png", test_dir());
    for (unsigned long n = 1; code; n++) {
        CHECK(n < 1000);
        weir_mem_fail_nth(n);
        code = whole_life(&s, picture);
        if (code && !strstr(s.error.message, "memory"))
            CHECK_Z(s.error.message, "out of memory");
    }
    weir_mem_fail_nth(0);
    CHECK(access(s.path, F_OK) == 0);
}

TEST(mbtiles_without_memory) {
    without_memory("a.mbtiles");
}

TEST(pmtiles_without_memory) {
    without_memory("a.pmtiles");
}

TEST(folder_without_memory) {
    without_memory("folder");
}
