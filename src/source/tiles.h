/* tiles.h - map tiles as a source: a region walked lazily, or a list.
 *
 * Each request has the tile's URL, and "z/x/y" as its output name (out). A
 * list has one z/x/y a line; blank lines and # comments are fine, and a line
 * that is no tile is a failed request whose problem names it.
 */
#ifndef WEIR_SOURCE_TILES_H
#define WEIR_SOURCE_TILES_H

#include "core/tilearea.h"
#include "source/source.h"
#include "source/tiletemplate.h"

/* Template and area are borrowed for the life of the source. The total is set
 * when it can be told without a long walk. */
enum weir_err weir_source_tiles_create(struct weir_source **out,
                                       const struct weir_tiletemplate *t,
                                       const struct weir_tilearea *area,
                                       unsigned from, unsigned to,
                                       struct weir_error *error);
/* path "-" is standard input. WEIR_E_IO naming the file. */
enum weir_err weir_source_tiles_list(struct weir_source **out,
                                     const struct weir_tiletemplate *t,
                                     const char *path,
                                     struct weir_error *error);

#endif
