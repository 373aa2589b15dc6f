/* Why: one look tells what a run got. Each tile becomes a cell of the same
 * size, its pixels averaged down; a line of one pixel parts the cells when they
 * are large enough to spare it. */
#include "sink/preview.h"

#include "base/mem.h"
#include "sink/image.h"

#include <string.h>

enum {
    SHEET = 2048, /* pixels of the longer side, at most */
    CELL_MAX = 256,
    CELL_MIN = 2,
    TILES_CHOSEN = 1024,
    TILE_BYTES_MAX = 64 << 20
};

typedef struct {
    unsigned char r, g, b;
} colour;

static const colour grey = {0xd8, 0xd8, 0xd8}, dark = {0xa0, 0xa0, 0xa0};
static const colour red = {0xd0, 0x20, 0x20}, pale = {0xff, 0xe4, 0xe4};
static const colour ink = {0x30, 0x30, 0x60}, paper = {0xf0, 0xf0, 0xff};

struct drawing {
    struct weir_tileset *ts;
    struct weir_error *error;
    enum weir_err code;
    struct weir_tile_range range; /* of what was asked for */
    bool any;
    struct weir_image sheet;
    uint32_t cell;
    struct weir_buf bytes;
};

/* --- pixels ------------------------------------------------------------ */

static void put(struct drawing *d, uint32_t x, uint32_t y, colour c) {
    unsigned char *p = d->sheet.pixels + ((size_t)y * d->sheet.width + x) * 4;
    p[0] = c.r;
    p[1] = c.g;
    p[2] = c.b;
}

/* The cell without the line that parts it from the next. */
static uint32_t inner(const struct drawing *d) {
    return d->cell >= 16 ? d->cell - 1 : d->cell;
}

static void fill(struct drawing *d, uint32_t x0, uint32_t y0, colour back,
                 colour lines, bool cross) {
    uint32_t n = inner(d), width = n / 24 + 1, step = n / 8 + 2;
    for (uint32_t y = 0; y < n; y++)
        for (uint32_t x = 0; x < n; x++) {
            bool falls = x + width > y && y + width > x;
            bool rises = x + y + width > n - 1 && x + y < n - 1 + width;
            bool on = cross ? falls || rises : (x + y) % step == 0;
            put(d, x0 + x, y0 + y, on ? lines : back);
        }
}

/* Glyphs of 3 by 5 for the names of formats that cannot be drawn. */
static const struct {
    char c;
    unsigned char rows[5];
} glyphs[] = {
    {'b', {4, 6, 5, 5, 6}}, {'e', {2, 5, 7, 4, 3}}, {'f', {3, 4, 6, 4, 4}},
    {'g', {3, 5, 3, 1, 6}}, {'i', {2, 0, 2, 2, 2}}, {'j', {1, 0, 1, 5, 2}},
    {'n', {0, 6, 5, 5, 5}}, {'p', {6, 5, 6, 4, 4}}, {'w', {5, 5, 5, 7, 5}}};

static void put_glyph(struct drawing *d, char c, uint32_t x0, uint32_t y0,
                      uint32_t scale) {
    for (size_t g = 0; g < sizeof glyphs / sizeof *glyphs; g++) {
        if (glyphs[g].c != c)
            continue;
        for (uint32_t y = 0; y < 5 * scale; y++)
            for (uint32_t x = 0; x < 3 * scale; x++)
                if (glyphs[g].rows[y / scale] >> (2 - x / scale) & 1)
                    put(d, x0 + x, y0 + y, ink);
    }
}

static void put_frame(struct drawing *d, uint32_t x0, uint32_t y0,
                      const char *name) {
    uint32_t n = inner(d), length = (uint32_t)strlen(name);
    uint32_t scale = length ? n / (4 * length + 2) : 0;
    for (uint32_t y = 0; y < n; y++)
        for (uint32_t x = 0; x < n; x++)
            put(d, x0 + x, y0 + y,
                x == 0 || y == 0 || x == n - 1 || y == n - 1 ? ink : paper);
    if (scale == 0)
        return;
    x0 += (n - (4 * length - 1) * scale) / 2;
    y0 += (n - 5 * scale) / 2;
    for (uint32_t i = 0; i < length; i++)
        put_glyph(d, name[i], x0 + 4 * i * scale, y0, scale);
}

/* The mean of the picture's pixels that lie in one pixel of the cell, over
 * white. */
static colour average(const struct weir_image *image, uint32_t x0, uint32_t x1,
                      uint32_t y0, uint32_t y1) {
    uint64_t r = 0, g = 0, b = 0, n = 0;
    for (uint32_t y = y0; y < y1; y++)
        for (uint32_t x = x0; x < x1; x++, n++) {
            const unsigned char *p =
                image->pixels + ((size_t)y * image->width + x) * 4;
            unsigned white = 255u * (255u - p[3]);
            r += (p[0] * p[3] + white) / 255;
            g += (p[1] * p[3] + white) / 255;
            b += (p[2] * p[3] + white) / 255;
        }
    return (colour){(unsigned char)(r / n), (unsigned char)(g / n),
                    (unsigned char)(b / n)};
}

static void put_image(struct drawing *d, uint32_t x0, uint32_t y0,
                      const struct weir_image *image) {
    uint32_t n = inner(d), w = image->width, h = image->height;
    for (uint32_t y = 0; y < n; y++)
        for (uint32_t x = 0; x < n; x++) {
            uint32_t left = (uint32_t)((uint64_t)x * w / n);
            uint32_t right = (uint32_t)((uint64_t)(x + 1) * w / n);
            uint32_t top = (uint32_t)((uint64_t)y * h / n);
            uint32_t bottom = (uint32_t)((uint64_t)(y + 1) * h / n);
            put(d, x0 + x, y0 + y,
                average(image, left, right > left ? right : left + 1, top,
                        bottom > top ? bottom : top + 1));
        }
}

/* --- tiles ------------------------------------------------------------- */

static bool measure(const struct weir_tile_row *row, void *data) {
    struct drawing *d = data;
    struct weir_tile_range *r = &d->range;
    uint32_t x = row->tile.x, y = row->tile.y;
    if (!d->any)
        *r = (struct weir_tile_range){x, x, y, y};
    d->any = true;
    r->x0 = x < r->x0 ? x : r->x0;
    r->x1 = x > r->x1 ? x : r->x1;
    r->y0 = y < r->y0 ? y : r->y0;
    r->y1 = y > r->y1 ? y : r->y1;
    return true;
}

static bool draw(const struct weir_tile_row *row, void *data) {
    struct drawing *d = data;
    uint32_t x = (row->tile.x - d->range.x0) * d->cell;
    uint32_t y = (row->tile.y - d->range.y0) * d->cell;
    enum weir_tile_format format = (enum weir_tile_format)row->format;
    struct weir_image image;
    if (row->state == WEIR_TILE_ABSENT) {
        fill(d, x, y, grey, dark, false);
        return true;
    }
    if (row->state != WEIR_TILE_THERE) {
        fill(d, x, y, pale, red, true);
        return true;
    }
    d->code = weir_tileset_read(d->ts, row, &d->bytes, d->error);
    if (d->code)
        return false;
    if (weir_image_decode(weir_buf_view(&d->bytes), format, &image)) {
        put_frame(d, x, y, weir_tileimage_name(format));
        return true;
    }
    put_image(d, x, y, &image);
    weir_image_release(&image);
    return true;
}

/* The largest zoom that is not too many; else the smallest there is. */
static enum weir_err choose_zoom(struct drawing *d, int *zoom) {
    struct weir_tile_zoom zooms[WEIR_ZOOM_MAX + 1];
    enum weir_err code = weir_tileset_totals(d->ts, zooms, d->error);
    bool chosen = false;
    *zoom = 0;
    for (int z = 0; !code && z <= WEIR_ZOOM_MAX; z++) {
        uint64_t n = zooms[z].there + zooms[z].absent + zooms[z].failed;
        if (n == 0 || (chosen && n > TILES_CHOSEN))
            continue;
        *zoom = z;
        chosen = true;
    }
    return code;
}

static enum weir_err make_sheet(struct drawing *d, int zoom) {
    uint64_t columns, rows, most;
    enum weir_err code =
        weir_tileset_each(d->ts, (unsigned)zoom, measure, d, d->error);
    if (code)
        return code;
    columns = (uint64_t)d->range.x1 - d->range.x0 + 1;
    rows = (uint64_t)d->range.y1 - d->range.y0 + 1;
    most = columns > rows ? columns : rows;
    if (most > SHEET / CELL_MIN)
        return weir_error_set(d->error, WEIR_E_LIMIT,
                              "zoom %d is %llu tiles wide, too many for a "
                              "preview; choose another with --preview-zoom",
                              zoom, (unsigned long long)most);
    d->cell = (uint32_t)(SHEET / most);
    if (d->cell > CELL_MAX)
        d->cell = CELL_MAX;
    if (weir_image_init(&d->sheet, (uint32_t)columns * d->cell,
                        (uint32_t)rows * d->cell))
        return weir_error_nomem(d->error);
    code = weir_tileset_each(d->ts, (unsigned)zoom, draw, d, d->error);
    return code ? code : d->code;
}

enum weir_err weir_preview_draw(struct weir_tileset *ts, const char *path,
                                int zoom, struct weir_error *error) {
    struct drawing d = {.ts = ts, .error = error};
    enum weir_err code = WEIR_OK;
    weir_buf_init(&d.bytes, TILE_BYTES_MAX);
    if (zoom < 0)
        code = choose_zoom(&d, &zoom);
    if (!code)
        code = make_sheet(&d, zoom);
    if (!code)
        code = weir_image_write(&d.sheet, path, error);
    weir_image_release(&d.sheet);
    weir_buf_release(&d.bytes);
    return code;
}
