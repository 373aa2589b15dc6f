/* Content codings: pieces, pauses, layers, damage, and what grows. The bodies
 * are eight times the same text. */
#include "net/decode.h"

#include "base/buf.h"

#include "test.h"

static const unsigned char as_gzip[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x2b, 0xc9,
    0x48, 0x55, 0x28, 0xca, 0x2c, 0x4b, 0x2d, 0x52, 0xc8, 0xc8, 0xcf, 0x49,
    0x29, 0x56, 0x48, 0xcb, 0x2c, 0xce, 0xb0, 0x56, 0x28, 0x19, 0xb4, 0xa2,
    0x00, 0xbc, 0xe1, 0x5f, 0xea, 0xb0, 0x00, 0x00, 0x00};
static const unsigned char as_zlib[] = {
    0x78, 0xda, 0x2b, 0xc9, 0x48, 0x55, 0x28, 0xca, 0x2c, 0x4b, 0x2d,
    0x52, 0xc8, 0xc8, 0xcf, 0x49, 0x29, 0x56, 0x48, 0xcb, 0x2c, 0xce,
    0xb0, 0x56, 0x28, 0x19, 0xb4, 0xa2, 0x00, 0xfe, 0x8b, 0x3f, 0x41};
static const unsigned char as_deflate[] = {
    0x2b, 0xc9, 0x48, 0x55, 0x28, 0xca, 0x2c, 0x4b, 0x2d,
    0x52, 0xc8, 0xc8, 0xcf, 0x49, 0x29, 0x56, 0x48, 0xcb,
    0x2c, 0xce, 0xb0, 0x56, 0x28, 0x19, 0xb4, 0xa2, 0x00};
static const unsigned char as_br[] = {
    0x1f, 0xaf, 0x00, 0xf8, 0x8d, 0x94, 0xa9, 0xe3, 0x5b, 0x83, 0x98,
    0xcd, 0xd1, 0xe9, 0x9d, 0x32, 0xb4, 0x34, 0x39, 0xc8, 0x28, 0xb2,
    0x65, 0x09, 0x7d, 0xa4, 0xd3, 0x49, 0x2e, 0x8d, 0xf2, 0x02};
static const unsigned char as_zstd[] = {
    0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x68, 0xed, 0x00, 0x00, 0xb0, 0x74,
    0x68, 0x65, 0x20, 0x72, 0x69, 0x76, 0x65, 0x72, 0x20, 0x68, 0x6f,
    0x6c, 0x64, 0x73, 0x20, 0x66, 0x69, 0x73, 0x68, 0x3b, 0x20, 0x01,
    0x00, 0x2e, 0x49, 0xcd, 0x26, 0xa1, 0x39, 0xe1, 0x80};
static const unsigned char as_br_gzip[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x01,
    0x20, 0x00, 0xdf, 0xff, 0x1f, 0xaf, 0x00, 0xf8, 0x8d, 0x94, 0xa9,
    0xe3, 0x5b, 0x83, 0x98, 0xcd, 0xd1, 0xe9, 0x9d, 0x32, 0xb4, 0x34,
    0x39, 0xc8, 0x28, 0xb2, 0x65, 0x09, 0x7d, 0xa4, 0xd3, 0x49, 0x2e,
    0x8d, 0xf2, 0x02, 0x1a, 0x16, 0x65, 0xdf, 0x20, 0x00, 0x00, 0x00};
/* 400 MiB of zeros, br and then gzip. */
static const unsigned char bomb[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x3b, 0xff,
    0xff, 0x7f, 0xfd, 0x0f, 0x75, 0x86, 0x47, 0x1b, 0x1d, 0x14, 0xbe, 0xff,
    0x9b, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xfe, 0x0c, 0x47, 0x12, 0x19, 0x1b,
    0xde, 0xfd, 0xb5, 0x07, 0x72, 0x1e, 0xce, 0x67, 0xe8, 0x38, 0xac, 0xc4,
    0x70, 0xf7, 0x77, 0xfd, 0xbf, 0xff, 0xff, 0x0f, 0xdb, 0x33, 0x0a, 0xb4,
    0xb3, 0x32, 0xec, 0xfa, 0xfe, 0xff, 0xcf, 0xff, 0xff, 0xed, 0xf5, 0x4c,
    0x0a, 0x7c, 0xdc, 0x0c, 0x25, 0xef, 0xff, 0xff, 0xfc, 0xff, 0x9f, 0xff,
    0x3f, 0x8b, 0x83, 0x8c, 0x18, 0xc3, 0x8b, 0x7b, 0xff, 0x3f, 0xff, 0xff,
    0x2f, 0xff, 0x8f, 0xb3, 0xc1, 0x42, 0x87, 0xe1, 0xc2, 0xde, 0xff, 0xcf,
    0xff, 0xff, 0xb7, 0xff, 0x23, 0xcc, 0x50, 0x18, 0xc1, 0xb0, 0xa0, 0xfa,
    0xff, 0x79, 0xa8, 0x45, 0x1b, 0x18, 0x1c, 0x70, 0x59, 0xc4, 0x34, 0x84,
    0x2d, 0xaa, 0x07, 0x00, 0x5d, 0x3e, 0x55, 0x32, 0x49, 0x01, 0x00, 0x00};
/* The beginning of a frame with a window of 128 MiB. */
static const unsigned char wide_zstd[] = {
    0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x88, 0x64, 0x00, 0x00, 0x10,
    0x00, 0x00, 0x02, 0x00, 0xe9, 0xff, 0x37, 0x73, 0xe0, 0x01};

static const char text[] = "the river holds fish; ";
enum { TIMES = 8 };

struct receiver {
    struct weir_buf got;
    uint64_t bytes, limit;
    unsigned calls;
    bool pauses; /* every other time */
};

static enum weir_body_answer receive(const char *bytes, size_t n, void *data) {
    struct receiver *r = data;
    if (r->pauses && r->calls++ % 2 == 0)
        return WEIR_BODY_PAUSE;
    CHECK(n <= WEIR_DECODER_PIECE);
    r->bytes += n;
    if (r->limit == 0)
        weir_buf_add(&r->got, bytes, n);
    return r->limit > 0 && r->bytes > r->limit ? WEIR_BODY_ABORT
                                               : WEIR_BODY_TAKEN;
}

static struct weir_decoder *decoder(const char *encoding) {
    struct weir_decoder *d = NULL;
    const char *message = "";
    struct weir_buf head;
    weir_buf_init(&head, 256);
    weir_buf_fmt(&head, "Content-Encoding: %s\n", encoding);
    CHECK_OK(weir_decoder_create(&d, weir_buf_view(&head), &message));
    weir_buf_release(&head);
    CHECK(d != NULL);
    return d;
}

/* Puts n bytes, again after each pause. */
static enum weir_decode put(struct weir_decoder *d, const unsigned char *bytes,
                            size_t n, struct receiver *r) {
    enum weir_decode code;
    do {
        code = weir_decoder_put(d, (const char *)bytes, n, receive, r);
    } while (code == WEIR_DECODE_PAUSED);
    return code;
}

static void check_text(const char *encoding, const unsigned char *bytes,
                       size_t n, size_t piece, bool pauses) {
    struct weir_decoder *d = decoder(encoding);
    struct receiver r = {.pauses = pauses};
    weir_buf_init(&r.got, 1 << 16);
    for (size_t at = 0; at < n; at += piece) {
        CHECK(at == 0 || !weir_decoder_is_whole(d));
        CHECK_INT(put(d, bytes + at, piece < n - at ? piece : n - at, &r),
                  WEIR_DECODE_TAKEN);
    }
    CHECK(weir_decoder_is_whole(d));
    CHECK_INT(r.got.len, TIMES * (sizeof text - 1));
    for (size_t i = 0; i < TIMES; i++)
        CHECK_STR(weir_str_sub(weir_buf_view(&r.got), i * (sizeof text - 1),
                               sizeof text - 1),
                  WEIR_STR(text));
    weir_buf_release(&r.got);
    weir_decoder_destroy(d);
}

static void check_coding(const char *encoding, const unsigned char *bytes,
                         size_t n) {
    check_text(encoding, bytes, n, n, false);
    check_text(encoding, bytes, n, 1, false);
    check_text(encoding, bytes, n, 7, true);
}

TEST(decode_undoes_every_coding) {
    check_coding("gzip", as_gzip, sizeof as_gzip);
    check_coding("X-GZIP", as_gzip, sizeof as_gzip);
    check_coding("deflate", as_zlib, sizeof as_zlib);
    check_coding("deflate", as_deflate, sizeof as_deflate);
    check_coding("br", as_br, sizeof as_br);
    check_coding("zstd", as_zstd, sizeof as_zstd);
}

TEST(decode_undoes_layers_in_turn) {
    check_coding("br, gzip", as_br_gzip, sizeof as_br_gzip);
    check_coding("identity, br\nContent-Encoding: gzip", as_br_gzip,
                 sizeof as_br_gzip);
}

TEST(decode_leaves_plain_bodies_alone) {
    struct weir_decoder *d = NULL;
    const char *message = "";
    CHECK_OK(weir_decoder_create(
        &d, WEIR_STR("Content-Encoding: identity\nA: b\n"), &message));
    CHECK(d == NULL);
}

TEST(decode_refuses_what_it_does_not_know) {
    struct weir_decoder *d = NULL;
    const char *message = "";
    CHECK_INT(
        weir_decoder_create(&d, WEIR_STR("Content-Encoding: lzma\n"), &message),
        WEIR_E_PROTOCOL);
    CHECK_Z(message, "an unknown content coding");
    CHECK_INT(weir_decoder_create(
                  &d, WEIR_STR("Content-Encoding: br, br, br, br\n"), &message),
              WEIR_E_PROTOCOL);
    CHECK(d == NULL);
}

/* libcurl gives the whole piece again, and then perhaps in smaller ones. */
TEST(decode_knows_what_it_used_before_a_pause) {
    struct weir_decoder *d = decoder("gzip");
    struct receiver r = {.pauses = true};
    weir_buf_init(&r.got, 1 << 16);
    CHECK_INT(
        weir_decoder_put(d, (const char *)as_gzip, sizeof as_gzip, receive, &r),
        WEIR_DECODE_PAUSED);
    for (size_t at = 0; at < sizeof as_gzip; at += 5)
        CHECK_INT(put(d, as_gzip + at,
                      sizeof as_gzip - at < 5 ? sizeof as_gzip - at : 5, &r),
                  WEIR_DECODE_TAKEN);
    CHECK_INT(r.got.len, TIMES * (sizeof text - 1));
    CHECK(weir_decoder_is_whole(d));
    weir_buf_release(&r.got);
    weir_decoder_destroy(d);
}

TEST(decode_of_members_and_of_what_follows) {
    struct weir_decoder *d = decoder("gzip");
    struct receiver r = {.pauses = false};
    weir_buf_init(&r.got, 1 << 16);
    CHECK_INT(put(d, as_gzip, sizeof as_gzip, &r), WEIR_DECODE_TAKEN);
    CHECK_INT(put(d, as_gzip, sizeof as_gzip, &r), WEIR_DECODE_TAKEN);
    CHECK_INT(put(d, (const unsigned char *)"junk", 4, &r), WEIR_DECODE_TAKEN);
    CHECK_INT(r.got.len, 2 * TIMES * (sizeof text - 1));
    CHECK(weir_decoder_is_whole(d));
    weir_buf_release(&r.got);
    weir_decoder_destroy(d);
}

TEST(decode_notices_damage) {
    static const struct {
        const char *encoding;
        const unsigned char *bytes;
        size_t n, at;
    } cases[] = {{"gzip", as_gzip, sizeof as_gzip, 42},
                 {"deflate", as_zlib, sizeof as_zlib, 2},
                 {"br", as_br, sizeof as_br, 8},
                 {"zstd", as_zstd, sizeof as_zstd, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_decoder *d = decoder(cases[i].encoding);
        struct receiver r = {.pauses = false};
        unsigned char bad[256];
        weir_buf_init(&r.got, 1 << 16);
        memcpy(bad, cases[i].bytes, cases[i].n);
        bad[cases[i].at] ^= 0xff;
        CHECK_INT(put(d, bad, cases[i].n, &r), WEIR_DECODE_DAMAGED);
        weir_buf_release(&r.got);
        weir_decoder_destroy(d);
    }
}

TEST(decode_of_a_bomb_ends_when_the_receiver_says) {
    struct weir_decoder *d = decoder("br, gzip");
    struct receiver r = {.limit = 1 << 20};
    CHECK_INT(put(d, bomb, sizeof bomb, &r), WEIR_DECODE_ABORTED);
    CHECK(r.bytes <= r.limit + WEIR_DECODER_PIECE);
    weir_decoder_destroy(d);
}

/* Formats of before RFC 8878, which the library would read. */
TEST(decode_refuses_old_zstd) {
    static const unsigned char old[] = {0x27, 0xb5, 0x2f, 0xfd,
                                        0x04, 0x88, 0x64, 0x10};
    struct weir_decoder *d = decoder("zstd");
    struct receiver r = {.pauses = false};
    CHECK_INT(put(d, old, sizeof old, &r), WEIR_DECODE_DAMAGED);
    weir_decoder_destroy(d);
}

/* What follows the end means nothing, however it is cut. */
TEST(decode_ignores_what_follows_in_any_pieces) {
    static const unsigned char after[] = {'x', 0x1f, 0x8b};
    struct weir_decoder *d = decoder("gzip");
    struct receiver r = {.pauses = false};
    weir_buf_init(&r.got, 0);
    CHECK_INT(put(d, as_gzip, sizeof as_gzip, &r), WEIR_DECODE_TAKEN);
    for (size_t i = 0; i < sizeof after; i++)
        CHECK_INT(put(d, after + i, 1, &r), WEIR_DECODE_TAKEN);
    CHECK(weir_decoder_is_whole(d));
    weir_decoder_destroy(d);
    weir_buf_release(&r.got);
}

TEST(decode_refuses_large_windows) {
    struct weir_decoder *d = decoder("zstd");
    struct receiver r = {.limit = 1};
    CHECK_INT(put(d, wide_zstd, sizeof wide_zstd, &r), WEIR_DECODE_WINDOW);
    weir_decoder_destroy(d);
}
