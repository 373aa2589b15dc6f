/* Compression. The bomb: a full flush ends a deflate block on a byte and
 * forgets the window, so the same bytes may follow themselves any number of
 * times; the CRC of the whole is combined from that of one block. */
#include "gzip.h"

#include <zlib.h>

enum { BLOCK = 1 << 20, GZIP_BITS = 15 + 16, ZLIB_BITS = 15, RAW_BITS = -15 };

static bool deflate_all(struct weir_str in, int bits, int flush,
                        struct weir_buf *out) {
    z_stream z = {0};
    int rc;
    if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, bits, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    rc = weir_buf_reserve(out, deflateBound(&z, (uLong)in.n) + 64);
    if (rc == 0) {
        z.next_in = (Bytef *)in.p;
        z.avail_in = (uInt)in.n;
        z.next_out = (Bytef *)out->p + out->len;
        z.avail_out = (uInt)(out->cap - out->len);
        rc = deflate(&z, flush);
        rc = rc == Z_OK || rc == Z_STREAM_END ? 0 : 1;
        out->len += z.total_out;
        out->p[out->len] = '\0';
    }
    deflateEnd(&z);
    return rc == 0;
}

bool gzip_buf(struct weir_buf *b, bool zlib) {
    struct weir_buf out;
    weir_buf_init(&out, b->max);
    if (!deflate_all(weir_buf_view(b), zlib ? ZLIB_BITS : GZIP_BITS, Z_FINISH,
                     &out)) {
        weir_buf_release(&out);
        return false;
    }
    weir_buf_release(b);
    *b = out;
    return true;
}

static void put_le32(struct weir_buf *b, uint32_t v) {
    for (int i = 0; i < 4; i++)
        weir_buf_byte(b, (char)(v >> (8 * i) & 0xff));
}

static uint32_t crc_of_zeros(const char *block, uint64_t times) {
    uLong one = crc32(crc32(0, NULL, 0), (const Bytef *)block, BLOCK);
    uLong all = crc32(0, NULL, 0);
    for (uint64_t i = 0; i < times; i++)
        all = crc32_combine(all, one, BLOCK);
    return (uint32_t)all;
}

bool gzip_bomb(struct reply *r, uint64_t mib) {
    static const char header[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";
    struct weir_buf zeros, block, tail;
    bool ok;
    weir_buf_init(&zeros, BLOCK);
    weir_buf_init(&block, 4 * BLOCK);
    weir_buf_init(&tail, 64);
    ok = weir_buf_reserve(&zeros, BLOCK) == WEIR_OK;
    for (size_t i = 0; ok && i < BLOCK; i++)
        weir_buf_byte(&zeros, '\0');
    ok = ok &&
         deflate_all(weir_buf_view(&zeros), RAW_BITS, Z_FULL_FLUSH, &block);
    if (ok) {
        reply_text(r, WEIR_STR(header));
        reply_take(r, &block, mib);
        weir_buf_add(&tail, "\x03\x00", 2); /* an empty last block */
        put_le32(&tail, crc_of_zeros(zeros.p, mib));
        put_le32(&tail, (uint32_t)(mib << 20));
        reply_take(r, &tail, 1);
    }
    weir_buf_release(&zeros);
    weir_buf_release(&block);
    weir_buf_release(&tail);
    return ok;
}
