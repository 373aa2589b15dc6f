/* Why: three decoders behind one function, and the encoder of the sheet. */
#include "sink/image.h"

#include "base/mem.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <string.h>
#include <turbojpeg.h>
#include <unistd.h>
#include <webp/decode.h>

static bool fits(int64_t width, int64_t height) {
    return width > 0 && height > 0 && width <= WEIR_IMAGE_SIDE_MAX &&
           height <= WEIR_IMAGE_SIDE_MAX;
}

static enum weir_err allocate(struct weir_image *image, uint32_t width,
                              uint32_t height) {
    image->width = width;
    image->height = height;
    image->pixels = weir_reallocarray(NULL, (size_t)width * height, 4);
    return image->pixels ? WEIR_OK : WEIR_E_NOMEM;
}

enum weir_err weir_image_init(struct weir_image *image, uint32_t width,
                              uint32_t height) {
    enum weir_err code = allocate(image, width, height);
    if (!code)
        memset(image->pixels, 0xff, (size_t)width * height * 4);
    return code;
}

void weir_image_release(struct weir_image *image) {
    weir_free(image->pixels);
    image->pixels = NULL;
}

static enum weir_err decode_png(struct weir_str bytes, struct weir_image *out) {
    png_image png = {.version = PNG_IMAGE_VERSION};
    enum weir_err code = WEIR_E_INVALID;
    if (png_image_begin_read_from_memory(&png, bytes.p, bytes.n) &&
        fits(png.width, png.height)) {
        png.format = PNG_FORMAT_RGBA;
        code = allocate(out, png.width, png.height);
        if (!code && !png_image_finish_read(&png, NULL, out->pixels, 0, NULL))
            code = WEIR_E_INVALID;
    }
    png_image_free(&png);
    return code;
}

static enum weir_err decode_jpeg(struct weir_str bytes,
                                 struct weir_image *out) {
    tjhandle jpeg = tjInitDecompress();
    int width, height, sampling, space;
    enum weir_err code = WEIR_E_INVALID;
    if (!jpeg)
        return WEIR_E_NOMEM;
    if (tjDecompressHeader3(jpeg, (const unsigned char *)bytes.p, bytes.n,
                            &width, &height, &sampling, &space) == 0 &&
        fits(width, height)) {
        code = allocate(out, (uint32_t)width, (uint32_t)height);
        if (!code &&
            tjDecompress2(jpeg, (const unsigned char *)bytes.p, bytes.n,
                          out->pixels, width, 0, height, TJPF_RGBA, 0) != 0)
            code = WEIR_E_INVALID;
    }
    tjDestroy(jpeg);
    return code;
}

static enum weir_err decode_webp(struct weir_str bytes,
                                 struct weir_image *out) {
    const uint8_t *data = (const uint8_t *)bytes.p;
    int width, height;
    enum weir_err code;
    if (!WebPGetInfo(data, bytes.n, &width, &height) || !fits(width, height))
        return WEIR_E_INVALID;
    code = allocate(out, (uint32_t)width, (uint32_t)height);
    if (!code &&
        !WebPDecodeRGBAInto(data, bytes.n, out->pixels,
                            (size_t)width * (size_t)height * 4, width * 4))
        code = WEIR_E_INVALID;
    return code;
}

enum weir_err weir_image_decode(struct weir_str bytes,
                                enum weir_tile_format format,
                                struct weir_image *out) {
    enum weir_err code = WEIR_E_INVALID;
    *out = (struct weir_image){0};
    if (format == WEIR_FORMAT_PNG)
        code = decode_png(bytes, out);
    else if (format == WEIR_FORMAT_JPG)
        code = decode_jpeg(bytes, out);
    else if (format == WEIR_FORMAT_WEBP)
        code = decode_webp(bytes, out);
    if (code)
        weir_image_release(out);
    return code;
}

static enum weir_err write_png(const struct weir_image *image, const char *part,
                               struct weir_error *error) {
    png_image png = {.version = PNG_IMAGE_VERSION,
                     .width = image->width,
                     .height = image->height,
                     .format = PNG_FORMAT_RGBA};
    FILE *f = fopen(part, "wb");
    bool ok;
    if (!f)
        return weir_error_set(error, WEIR_E_IO, "%s: %s", part,
                              strerror(errno));
    ok = png_image_write_to_stdio(&png, f, 0, image->pixels, 0, NULL) != 0;
    if (fclose(f) == 0 && ok)
        return WEIR_OK;
    return weir_error_set(error, WEIR_E_IO, "%s: %s", part,
                          png.message[0] ? png.message : strerror(errno));
}

enum weir_err weir_image_write(const struct weir_image *image, const char *path,
                               struct weir_error *error) {
    size_t n = strlen(path);
    char *part = weir_malloc(n + sizeof ".part");
    enum weir_err code;
    if (!part)
        return weir_error_nomem(error);
    memcpy(part, path, n);
    memcpy(part + n, ".part", sizeof ".part");
    code = write_png(image, part, error);
    if (!code && rename(part, path) != 0)
        code =
            weir_error_set(error, WEIR_E_IO, "%s: %s", path, strerror(errno));
    if (code)
        unlink(part);
    weir_free(part);
    return code;
}
