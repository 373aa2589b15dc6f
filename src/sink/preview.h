/* preview.h - a contact sheet: the tiles of one zoom side by side in a PNG.
 *
 * PNG, JPEG and WebP tiles are drawn; of other formats the frame with the
 * format's name. Absent tiles are hatched grey, failed ones crossed red, and
 * what was never asked for stays white.
 */
#ifndef WEIR_SINK_PREVIEW_H
#define WEIR_SINK_PREVIEW_H

#include "sink/tileset.h"

/* The set is open. zoom -1: the largest that has up to 1,024 tiles. Replaces
 * the file. WEIR_E_IO; WEIR_E_LIMIT when the zoom is too wide. */
enum weir_err weir_preview_draw(struct weir_tileset *ts, const char *path,
                                int zoom, struct weir_error *error);

#endif
