/* Why: zlib with our buffers and limits. */
#include "sink/gzip.h"

#include "base/mem.h"

#include <string.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, STEP = 64 << 10 };

static void *allocate(void *data, unsigned count, unsigned size) {
    (void)data;
    return weir_calloc(count, size);
}

static void release(void *data, void *p) {
    (void)data;
    weir_free(p);
}

static void feed(z_stream *z, struct weir_str in) {
    memset(z, 0, sizeof *z);
    z->zalloc = allocate;
    z->zfree = release;
    z->next_in = (Bytef *)in.p;
    z->avail_in = (uInt)in.n;
}

static enum weir_err make_room(z_stream *z, struct weir_buf *out) {
    size_t room = out->max - out->len, step = room < STEP ? room : STEP;
    enum weir_err code = step ? weir_buf_reserve(out, step) : WEIR_E_LIMIT;
    z->next_out = (Bytef *)(out->p + out->len);
    z->avail_out = (uInt)step;
    return code;
}

/* What z wrote is the buffer's. */
static void take(z_stream *z, struct weir_buf *out) {
    out->len = (size_t)((char *)z->next_out - out->p);
    out->p[out->len] = '\0';
}

enum weir_err weir_gzip_pack(struct weir_str plain, struct weir_buf *out) {
    enum weir_err code = WEIR_OK;
    z_stream z;
    int rc = Z_OK;
    if (plain.n > UINT32_MAX)
        return WEIR_E_LIMIT;
    feed(&z, plain);
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return WEIR_E_NOMEM;
    while (rc == Z_OK && !(code = make_room(&z, out))) {
        rc = deflate(&z, Z_FINISH);
        take(&z, out);
    }
    deflateEnd(&z);
    return code;
}

enum weir_err weir_gzip_unpack(struct weir_str packed, struct weir_buf *out) {
    enum weir_err code = WEIR_OK;
    z_stream z;
    int rc = Z_OK;
    if (packed.n > UINT32_MAX)
        return WEIR_E_LIMIT;
    feed(&z, packed);
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return WEIR_E_NOMEM;
    while (rc == Z_OK && !(code = make_room(&z, out))) {
        rc = inflate(&z, Z_NO_FLUSH);
        take(&z, out);
        if (rc == Z_BUF_ERROR && z.avail_out == 0)
            rc = Z_OK;
    }
    inflateEnd(&z);
    if (code)
        return code;
    return rc == Z_STREAM_END && z.avail_in == 0 ? WEIR_OK
           : rc == Z_MEM_ERROR                   ? WEIR_E_NOMEM
                                                 : WEIR_E_INVALID;
}
