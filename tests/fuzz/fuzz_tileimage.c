/* Bodies of tile servers: a format that holds, layers within the bytes, gzip
 * within its limit. */
#include "core/tileimage.h"
#include "fuzz.h"
#include "sink/gzip.h"
#include "sink/image.h"

#include <stdlib.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

static bool check(struct weir_str layer, struct weir_str field,
                  const char *type, void *data) {
    const struct weir_str *all = data;
    require(layer.p >= all->p && layer.p + layer.n <= all->p + all->n);
    require(field.n == 0 ||
            (field.p >= all->p && field.p + field.n <= all->p + all->n));
    require(type != NULL);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str bytes = weir_str_make((const char *)data, size);
    enum weir_tile_format format = weir_tileimage_format(bytes);
    struct weir_buf plain;
    struct weir_image image;
    bool walked = weir_tileimage_layers(bytes, check, &bytes);
    require(walked == (format == WEIR_FORMAT_PBF || size == 0));
    weir_buf_init(&plain, 1 << 20);
    if (weir_gzip_unpack(bytes, &plain) == WEIR_OK)
        require(format == WEIR_FORMAT_GZIP);
    require(plain.len <= 1 << 20);
    weir_buf_release(&plain);
    if (weir_image_decode(bytes, format, &image) == WEIR_OK) {
        require(image.width <= WEIR_IMAGE_SIDE_MAX);
        weir_image_release(&image);
    }
    return 0;
}
