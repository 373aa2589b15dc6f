/* image.h - small pictures: tiles decoded, a sheet written as PNG. */
#ifndef WEIR_SINK_IMAGE_H
#define WEIR_SINK_IMAGE_H

#include "base/err.h"
#include "base/str.h"
#include "core/tileimage.h"

/* 8-bit RGBA, row after row, not premultiplied. */
struct weir_image {
    uint32_t width, height;
    unsigned char *pixels; /* width * height * 4, weir_malloc'ed */
};

enum { WEIR_IMAGE_SIDE_MAX = 4096 };

/* PNG, JPEG or WebP. WEIR_E_INVALID when it cannot be decoded, has another
 * format or a side beyond WEIR_IMAGE_SIDE_MAX. */
enum weir_err weir_image_decode(struct weir_str bytes,
                                enum weir_tile_format format,
                                struct weir_image *out);
/* White; WEIR_E_NOMEM. */
enum weir_err weir_image_init(struct weir_image *image, uint32_t width,
                              uint32_t height);
void weir_image_release(struct weir_image *image);
/* Writes PATH.part, then renames. */
enum weir_err weir_image_write(const struct weir_image *image, const char *path,
                               struct weir_error *error);

#endif
