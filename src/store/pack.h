/* pack.h - zstd, at its fastest level, for bytes that only we read back. */
#ifndef WEIR_STORE_PACK_H
#define WEIR_STORE_PACK_H

#include "base/err.h"
#include "base/str.h"

/* *out is for weir_free. WEIR_E_NOMEM. */
enum weir_err weir_pack(struct weir_str plain, char **out, size_t *n);
/* Exactly `plain` bytes must come out: else WEIR_E_INVALID. */
enum weir_err weir_unpack(struct weir_str packed, size_t plain, char **out);

#endif
