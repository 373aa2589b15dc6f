/* version.h - which libraries the network room runs with. */
#ifndef WEIR_NET_VERSION_H
#define WEIR_NET_VERSION_H

#include "base/buf.h"

/* Appends a line "  name version" for each library, as loaded. */
void weir_net_versions(struct weir_buf *out);

#endif
