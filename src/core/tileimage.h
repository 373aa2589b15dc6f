/* tileimage.h - what kind of tile some bytes are, by the bytes themselves.
 *
 * Servers answer 200 with pages that say "403" or "quota exceeded": only what
 * begins as an image does, or is a Mapbox vector tile throughout, is a tile.
 */
#ifndef WEIR_CORE_TILEIMAGE_H
#define WEIR_CORE_TILEIMAGE_H

#include "base/err.h"
#include "base/str.h"

/* Stored in archives: the numbers stay. */
enum weir_tile_format {
    WEIR_FORMAT_NONE = 0,
    WEIR_FORMAT_PNG = 1,
    WEIR_FORMAT_JPG = 2,
    WEIR_FORMAT_WEBP = 3,
    WEIR_FORMAT_GIF = 4,
    WEIR_FORMAT_PBF = 5, /* a Mapbox vector tile, not compressed */
    WEIR_FORMAT_GZIP = 6 /* anything, compressed: look inside */
};

enum weir_tile_format weir_tileimage_format(struct weir_str bytes);
/* "png", "jpg", "webp", "gif", "pbf"; "" for the others. */
const char *weir_tileimage_name(enum weir_tile_format f);
/* By name or common extension ("jpeg", "mvt"); NONE for others. */
enum weir_tile_format weir_tileimage_by_name(struct weir_str name);

/* The layers of a vector tile (vector-tile-spec 2.1) and their fields, each
 * with the type that TileJSON gives it: "String", "Number", "Boolean". The
 * field is empty for the layer itself, which comes first; a field may come more
 * than once. Slices are of the tile. False from `each` stops; the result is
 * false then, or when the bytes are no vector tile. */
typedef bool (*weir_tileimage_on_field)(struct weir_str layer,
                                        struct weir_str field, const char *type,
                                        void *data);
bool weir_tileimage_layers(struct weir_str tile, weir_tileimage_on_field each,
                           void *data);

#endif
