/* tiletemplate.h - the URL of a tile from a template.
 *
 *     {z} {x} {y}          the tile (XYZ); {-y} its row from the south (TMS)
 *     {q} {quadkey}        its quadkey
 *     {s}                  one of the subdomains, {switch:a,b,c} of these:
 *                          number |x + y| modulo how many there are
 *     {r}                  "@2x" for retina tiles, else nothing
 *     {bbox-epsg-3857}     minx,miny,maxx,maxy in metres (WMS)
 */
#ifndef WEIR_SOURCE_TILETEMPLATE_H
#define WEIR_SOURCE_TILETEMPLATE_H

#include "base/buf.h"
#include "core/tileimage.h"
#include "core/tilemath.h"

struct weir_tiletemplate;

/* subdomains: "a,b,c". WEIR_E_USAGE naming the column: an unknown placeholder,
 * or none that tells tiles apart. Texts are copied. */
enum weir_err weir_tiletemplate_create(struct weir_tiletemplate **out,
                                       struct weir_str text,
                                       struct weir_str subdomains, bool retina,
                                       struct weir_error *error);
void weir_tiletemplate_destroy(struct weir_tiletemplate *t); /* NULL-safe */
/* Appends; look at out->failed. */
void weir_tiletemplate_put(const struct weir_tiletemplate *t,
                           struct weir_tile tile, struct weir_buf *out);
/* The most URLs that a tile may have one of: k of {s}, or of {switch}. */
size_t weir_tiletemplate_spread(const struct weir_tiletemplate *t);
/* What the path's extension, or a WMS query's format=, promises. */
enum weir_tile_format
weir_tiletemplate_format(const struct weir_tiletemplate *t);

#endif
