/* Small PNG images (PNG specification, third edition): two bits a pixel, a
 * palette of four colours, one IDAT. */
#include "demo.h"

#include <zlib.h>

enum { SIZE_MAX_PX = 1024, PIXELS_A_BYTE = 4, COLOURS = 4 };

static void put_be32(struct weir_buf *b, uint32_t v) {
    for (int i = 24; i >= 0; i -= 8)
        weir_buf_byte(b, (char)(v >> i & 0xff));
}

/* Length, type, data and the CRC of the latter two. */
static void put_chunk(struct weir_buf *out, const char *type,
                      struct weir_str data) {
    size_t from;
    put_be32(out, (uint32_t)data.n);
    from = out->len;
    weir_buf_z(out, type);
    weir_buf_str(out, data);
    put_be32(out,
             (uint32_t)crc32(crc32(0, NULL, 0), (const Bytef *)out->p + from,
                             (uInt)(out->len - from)));
}

static void put_header(struct weir_buf *out, uint32_t size) {
    static const char rest[5] = {2, 3, 0, 0, 0}; /* depth 2, palette */
    struct weir_buf b;
    weir_buf_init(&b, 64);
    put_be32(&b, size);
    put_be32(&b, size);
    weir_buf_add(&b, rest, sizeof rest);
    put_chunk(out, "IHDR", weir_buf_view(&b));
    weir_buf_release(&b);
}

static void put_palette(struct weir_buf *out, const uint32_t colours[COLOURS]) {
    char rgb[3 * COLOURS];
    for (int i = 0; i < COLOURS; i++) {
        rgb[3 * i] = (char)(colours[i] >> 16 & 0xff);
        rgb[3 * i + 1] = (char)(colours[i] >> 8 & 0xff);
        rgb[3 * i + 2] = (char)(colours[i] & 0xff);
    }
    put_chunk(out, "PLTE", weir_str_make(rgb, sizeof rgb));
}

bool png_draw(struct weir_buf *out, uint32_t size, const uint32_t colours[4],
              unsigned (*pixel)(uint32_t x, uint32_t y, uint64_t data),
              uint64_t data) {
    struct weir_buf rows, packed;
    uLongf packed_size;
    bool ok;
    weir_buf_init(&rows, 1 << 20);
    weir_buf_init(&packed, 1 << 20);
    for (uint32_t y = 0; y < size && size <= SIZE_MAX_PX; y++) {
        weir_buf_byte(&rows, 0); /* filter: none */
        for (uint32_t x = 0; x < size; x += PIXELS_A_BYTE) {
            unsigned byte = 0;
            for (uint32_t i = 0; i < PIXELS_A_BYTE; i++)
                byte = byte << 2 | (pixel(x + i, y, data) & 3);
            weir_buf_byte(&rows, (char)byte);
        }
    }
    packed_size = compressBound((uLong)rows.len);
    ok = weir_buf_reserve(&packed, packed_size) == WEIR_OK &&
         compress2((Bytef *)packed.p, &packed_size, (const Bytef *)rows.p,
                   (uLong)rows.len, Z_DEFAULT_COMPRESSION) == Z_OK;
    if (ok) {
        weir_buf_add(out, "\x89PNG\r\n\x1a\n", 8);
        put_header(out, size);
        put_palette(out, colours);
        put_chunk(out, "IDAT", weir_str_make(packed.p, packed_size));
        put_chunk(out, "IEND", weir_str_make("", 0));
    }
    weir_buf_release(&rows);
    weir_buf_release(&packed);
    return ok && !out->failed;
}
