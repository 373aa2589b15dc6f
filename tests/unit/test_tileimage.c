#include "base/buf.h"
#include "core/tileimage.h"
#include "sink/gzip.h"
#include "test.h"

static enum weir_tile_format format_of(const char *bytes, size_t n) {
    return weir_tileimage_format(weir_str_make(bytes, n));
}
#define FORMAT(literal) format_of(literal, sizeof(literal) - 1)

/* One layer: name "water", version 2, a feature with the tag 0 0, the key
 * "name", the value "sea". */
static const char water[] = "\x1a\x21"
                            "\x0a\x05water\x78\x02"
                            "\x12\x09\x12\x02\x00\x00\x18\x01\x22\x01\x09"
                            "\x1a\x04name\x22\x05\x0a\x03sea";
#define WATER weir_str_make(water, sizeof water - 1)

TEST(formats_by_magic) {
    CHECK_INT(FORMAT("\x89PNG\r\n\x1a\n...."), WEIR_FORMAT_PNG);
    CHECK_INT(FORMAT("\xff\xd8\xff\xe0"), WEIR_FORMAT_JPG);
    CHECK_INT(FORMAT("RIFF\0\0\0\0WEBPVP8 "), WEIR_FORMAT_WEBP);
    CHECK_INT(FORMAT("GIF89a"), WEIR_FORMAT_GIF);
    CHECK_INT(FORMAT("\x1f\x8b\x08\0"), WEIR_FORMAT_GZIP);
    CHECK_INT(weir_tileimage_format(WATER), WEIR_FORMAT_PBF);
}

TEST(pages_are_no_tiles) {
    CHECK_INT(FORMAT(""), WEIR_FORMAT_NONE);
    CHECK_INT(FORMAT("<!DOCTYPE html>"), WEIR_FORMAT_NONE);
    CHECK_INT(FORMAT("{\"error\":1}"), WEIR_FORMAT_NONE);
    CHECK_INT(FORMAT("RIFF\0\0\0\0WAVE"), WEIR_FORMAT_NONE);
    CHECK_INT(FORMAT("\x89PNG\r\n"), WEIR_FORMAT_NONE);
    /* A vector tile that is cut, or goes on. */
    for (size_t n = 0; n < sizeof water - 1; n++)
        CHECK_INT(format_of(water, n), WEIR_FORMAT_NONE);
    CHECK_INT(format_of(water, sizeof water), WEIR_FORMAT_NONE);
}

TEST(formats_by_name) {
    CHECK_INT(weir_tileimage_by_name(WEIR_STR("PNG")), WEIR_FORMAT_PNG);
    CHECK_INT(weir_tileimage_by_name(WEIR_STR("jpeg")), WEIR_FORMAT_JPG);
    CHECK_INT(weir_tileimage_by_name(WEIR_STR("mvt")), WEIR_FORMAT_PBF);
    CHECK_INT(weir_tileimage_by_name(WEIR_STR("html")), WEIR_FORMAT_NONE);
    CHECK_Z(weir_tileimage_name(WEIR_FORMAT_WEBP), "webp");
    CHECK_Z(weir_tileimage_name(WEIR_FORMAT_GZIP), "");
}

static bool note(struct weir_str layer, struct weir_str field, const char *type,
                 void *data) {
    weir_buf_fmt(data, "%.*s.%.*s:%s ", WEIR_STR_ARG(layer),
                 WEIR_STR_ARG(field), type);
    return true;
}

TEST(layers_and_fields) {
    struct weir_buf found;
    weir_buf_init(&found, 0);
    CHECK(weir_tileimage_layers(WATER, note, &found));
    CHECK_Z(found.p, "water.: water.name:String ");
    CHECK(weir_tileimage_layers(WEIR_STR(""), note, &found));
    CHECK(!weir_tileimage_layers(WEIR_STR("text"), note, &found));
    weir_buf_release(&found);
}

TEST(gzip_there_and_back) {
    struct weir_buf packed, plain;
    weir_buf_init(&packed, 0);
    weir_buf_init(&plain, 1 << 20);
    CHECK_OK(weir_gzip_pack(WATER, &packed));
    CHECK_OK(weir_gzip_unpack(weir_buf_view(&packed), &plain));
    CHECK_STR(weir_buf_view(&plain), WATER);
    for (size_t n = 0; n < packed.len; n++) {
        weir_buf_clear(&plain);
        CHECK_INT(weir_gzip_unpack(weir_str_make(packed.p, n), &plain),
                  WEIR_E_INVALID);
    }
    weir_buf_release(&packed);
    weir_buf_release(&plain);
}

TEST(gzip_bombs_stop_at_the_limit) {
    struct weir_buf zeros, packed, plain;
    weir_buf_init(&zeros, 0);
    weir_buf_init(&packed, 0);
    weir_buf_init(&plain, 1 << 20);
    CHECK_OK(weir_buf_reserve(&zeros, 8 << 20));
    memset(zeros.p, 0, 8 << 20);
    CHECK_OK(weir_gzip_pack(weir_str_make(zeros.p, 8 << 20), &packed));
    CHECK(packed.len < 16 << 10);
    CHECK_INT(weir_gzip_unpack(weir_buf_view(&packed), &plain), WEIR_E_LIMIT);
    CHECK_INT(plain.len, 1 << 20);
    weir_buf_release(&zeros);
    weir_buf_release(&packed);
    weir_buf_release(&plain);
}
