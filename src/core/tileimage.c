/* Why: error pages are told from tiles, and vector tiles describe themselves.
 *
 * A vector tile is a protocol buffer without a magic number: a sequence of
 * layers (field 3), each with a name and a version. Bytes count as one if they
 * parse as that to the last byte, which no text does: it would begin with the
 * control character 0x1a. */
#include "core/tileimage.h"

#include <string.h>

static const struct {
    const char *name, *other;
} names[] = {[WEIR_FORMAT_PNG] = {"png", "png8"},
             [WEIR_FORMAT_JPG] = {"jpg", "jpeg"},
             [WEIR_FORMAT_WEBP] = {"webp", "webp"},
             [WEIR_FORMAT_GIF] = {"gif", "gif"},
             [WEIR_FORMAT_PBF] = {"pbf", "mvt"}};

const char *weir_tileimage_name(enum weir_tile_format f) {
    size_t i = (size_t)f;
    return i < sizeof names / sizeof *names && names[i].name ? names[i].name
                                                             : "";
}

enum weir_tile_format weir_tileimage_by_name(struct weir_str name) {
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        if (weir_str_eq_nocase(name, weir_str_of(names[i].name)) ||
            weir_str_eq_nocase(name, weir_str_of(names[i].other)))
            return (enum weir_tile_format)i;
    return WEIR_FORMAT_NONE;
}

/* --- protocol buffers -------------------------------------------------- */

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

/* One field of a message. */
struct field {
    uint64_t number;
    enum wire wire;
    uint64_t value; /* WIRE_VARINT */
    struct weir_str bytes;
};

static bool take_varint(struct weir_str *s, uint64_t *out) {
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64 && s->n > 0; shift += 7) {
        unsigned char c = (unsigned char)*s->p;
        *s = weir_str_sub(*s, 1, s->n);
        v |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80) {
            *out = v;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct weir_str *s, uint64_t n, struct weir_str *out) {
    if (n > s->n)
        return false;
    *out = weir_str_sub(*s, 0, (size_t)n);
    *s = weir_str_sub(*s, (size_t)n, s->n);
    return true;
}

static bool take_field(struct weir_str *s, struct field *f) {
    uint64_t tag, n;
    *f = (struct field){0};
    if (!take_varint(s, &tag))
        return false;
    f->number = tag >> 3;
    f->wire = (enum wire)(tag & 7);
    if (f->number == 0)
        return false;
    switch (f->wire) {
    case WIRE_VARINT:
        return take_varint(s, &f->value);
    case WIRE_64:
        return take_bytes(s, 8, &f->bytes);
    case WIRE_BYTES:
        return take_varint(s, &n) && take_bytes(s, n, &f->bytes);
    case WIRE_32:
        return take_bytes(s, 4, &f->bytes);
    }
    return false;
}

/* --- vector tiles ------------------------------------------------------ */

/* vector_tile.proto: Tile.layers = 3; Layer.name = 1, features = 2, keys = 3,
 * values = 4, version = 15; Feature.tags = 2; Value: 1 string, 2 to 6 numbers,
 * 7 boolean. */
enum {
    TILE_LAYER = 3,
    LAYER_NAME = 1,
    LAYER_FEATURE = 2,
    LAYER_KEY = 3,
    LAYER_VALUE = 4,
    FEATURE_TAGS = 2
};

/* The nth field of that number; all that matter here are bytes. */
static bool nth(struct weir_str message, uint64_t number, uint64_t n,
                struct field *f) {
    while (message.n && take_field(&message, f))
        if (f->number == number && f->wire == WIRE_BYTES && n-- == 0)
            return true;
    return false;
}

static bool layer_is_valid(struct weir_str layer) {
    struct field f;
    bool named = false;
    while (layer.n) {
        if (!take_field(&layer, &f))
            return false;
        named |= f.number == LAYER_NAME && f.wire == WIRE_BYTES;
    }
    return named;
}

static bool is_vector_tile(struct weir_str tile) {
    struct field f;
    if (tile.n == 0)
        return false;
    while (tile.n)
        if (!take_field(&tile, &f) || f.number != TILE_LAYER ||
            f.wire != WIRE_BYTES || !layer_is_valid(f.bytes))
            return false;
    return true;
}

static const char *value_type(struct weir_str value) {
    struct field f;
    if (!take_field(&value, &f) || f.number == 1)
        return "String";
    return f.number == 7 ? "Boolean" : "Number";
}

enum { FIELDS_MAX = 256 }; /* of a layer; further ones are not described */

/* The fields of a layer: the keys that its features use, each with the type of
 * the first value it is seen with. */
static bool layer_fields(struct weir_str name, struct weir_str layer,
                         weir_tileimage_on_field each, void *data) {
    bool seen[FIELDS_MAX] = {false};
    struct weir_str rest = layer;
    struct field feature, tags, key, value;
    uint64_t k, v;
    while (rest.n && take_field(&rest, &feature)) {
        if (feature.number != LAYER_FEATURE || feature.wire != WIRE_BYTES ||
            !nth(feature.bytes, FEATURE_TAGS, 0, &tags))
            continue;
        while (take_varint(&tags.bytes, &k) && take_varint(&tags.bytes, &v)) {
            if (k >= FIELDS_MAX || seen[k])
                continue;
            seen[k] = true;
            if (nth(layer, LAYER_KEY, k, &key) && key.bytes.n &&
                nth(layer, LAYER_VALUE, v, &value) &&
                !each(name, key.bytes, value_type(value.bytes), data))
                return false;
        }
    }
    return true;
}

bool weir_tileimage_layers(struct weir_str tile, weir_tileimage_on_field each,
                           void *data) {
    struct field layer, name;
    if (tile.n && !is_vector_tile(tile))
        return false;
    while (tile.n && take_field(&tile, &layer))
        if (nth(layer.bytes, LAYER_NAME, 0, &name) &&
            (!each(name.bytes, WEIR_STR(""), "", data) ||
             !layer_fields(name.bytes, layer.bytes, each, data)))
            return false;
    return true;
}

/* --- formats ----------------------------------------------------------- */

enum weir_tile_format weir_tileimage_format(struct weir_str bytes) {
    if (weir_str_starts(bytes, WEIR_STR("\x89PNG\r\n\x1a\n")))
        return WEIR_FORMAT_PNG;
    if (weir_str_starts(bytes, WEIR_STR("\xff\xd8\xff")))
        return WEIR_FORMAT_JPG;
    if (weir_str_starts(bytes, WEIR_STR("RIFF")) &&
        weir_str_starts(weir_str_sub(bytes, 8, bytes.n), WEIR_STR("WEBP")))
        return WEIR_FORMAT_WEBP;
    if (weir_str_starts(bytes, WEIR_STR("GIF87a")) ||
        weir_str_starts(bytes, WEIR_STR("GIF89a")))
        return WEIR_FORMAT_GIF;
    if (weir_str_starts(bytes, WEIR_STR("\x1f\x8b\x08")))
        return WEIR_FORMAT_GZIP;
    return is_vector_tile(bytes) ? WEIR_FORMAT_PBF : WEIR_FORMAT_NONE;
}
