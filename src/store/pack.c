/* Why: zstd.h stays in this room. */
#include "store/pack.h"

#include "base/mem.h"

#include <zstd.h>

enum { LEVEL = 1 };

enum weir_err weir_pack(struct weir_str plain, char **out, size_t *n) {
    size_t cap = ZSTD_compressBound(plain.n);
    char *packed = weir_malloc(cap);
    if (!packed)
        return WEIR_E_NOMEM;
    size_t got = ZSTD_compress(packed, cap, plain.p, plain.n, LEVEL);
    if (ZSTD_isError(got)) {
        weir_free(packed);
        return WEIR_E_NOMEM;
    }
    *out = packed;
    *n = got;
    return WEIR_OK;
}

enum weir_err weir_unpack(struct weir_str packed, size_t plain, char **out) {
    char *bytes = weir_malloc(plain ? plain : 1);
    if (!bytes)
        return WEIR_E_NOMEM;
    size_t got = ZSTD_decompress(bytes, plain, packed.p, packed.n);
    if (ZSTD_isError(got) || got != plain) {
        weir_free(bytes);
        return WEIR_E_INVALID;
    }
    *out = bytes;
    return WEIR_OK;
}
