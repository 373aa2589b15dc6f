/* resolver_overrides.h - the --resolve entries.
 *
 * curl's form "host:port:addr[,addr]": host may be "*" (every host of that
 * port) or a literal in brackets; a leading '+' changes nothing, since entries
 * never expire here anyway; "-host:port" takes an earlier entry back. A later
 * entry for the same host and port replaces the earlier one. */
#ifndef WEIR_NET_RESOLVER_OVERRIDES_H
#define WEIR_NET_RESOLVER_OVERRIDES_H

#include "net/resolver_ip.h"

struct weir_overrides;

struct weir_overrides *weir_overrides_create(void); /* NULL = no memory */
void weir_overrides_destroy(struct weir_overrides *o);
/* WEIR_E_USAGE with a message that quotes the entry, or WEIR_E_NOMEM. */
enum weir_err weir_overrides_add(struct weir_overrides *o,
                                 struct weir_str entry,
                                 struct weir_error *error);
/* host in lower case, without brackets or final dot. NULL = no entry. */
const struct weir_ip_set *weir_overrides_find(const struct weir_overrides *o,
                                              struct weir_str host,
                                              uint16_t port);

#endif
