/* chain.h - several sources, one after the other. */
#ifndef WEIR_SOURCE_CHAIN_H
#define WEIR_SOURCE_CHAIN_H

#include "source/source.h"

/* Takes the sources over, also when it fails (then they are destroyed). They
 * are asked in this order and the requests numbered through. */
enum weir_err weir_source_chain_create(struct weir_source **out,
                                       struct weir_source *const *sources,
                                       size_t count, struct weir_error *error);

#endif
