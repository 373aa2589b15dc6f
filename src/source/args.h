/* args.h - URLs from the command line, globs expanded. */
#ifndef WEIR_SOURCE_ARGS_H
#define WEIR_SOURCE_ARGS_H

#include "source/source.h"

/* The arguments are borrowed for the life of the source. With `globs` each may
 * hold curl's globs (source/glob.h) and all of them are checked here:
 * WEIR_E_USAGE, "argument 2: column 14: ...". */
enum weir_err weir_source_args_create(struct weir_source **out,
                                      const char *const *args, size_t count,
                                      bool globs, struct weir_error *error);

#endif
