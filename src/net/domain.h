/* domain.h - registrable domains, by the Public Suffix List (libpsl). */
#ifndef WEIR_NET_DOMAIN_H
#define WEIR_NET_DOMAIN_H

#include "base/str.h"

/* The registrable domain of a host as URLs have it: "a.b.example.co.uk" gives
 * "example.co.uk". The host itself when it has none: addresses, single labels,
 * public suffixes. Borrowed from host. Any thread. */
struct weir_str weir_domain_of(struct weir_str host);

#endif
