/* gzip.h - compressed bodies (zlib). */
#ifndef ORIGIN_GZIP_H
#define ORIGIN_GZIP_H

#include "reply.h"

/* Replaces the bytes by their gzip (or zlib) form; false = no memory. */
bool gzip_buf(struct weir_buf *b, bool zlib);
/* Adds a gzip stream of `mib` MiB of zeros to the reply: one compressed block
 * that is repeated, so a bomb costs a KiB. */
bool gzip_bomb(struct reply *r, uint64_t mib);

#endif
