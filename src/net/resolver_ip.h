/* resolver_ip.h - addresses in binary, and the order in which they are tried.
 *
 * The resolver keeps addresses in 17 bytes and turns them into text only when
 * it hands them out. */
#ifndef WEIR_NET_RESOLVER_IP_H
#define WEIR_NET_RESOLVER_IP_H

#include "net/resolver.h"

struct weir_ip {
    uint8_t version; /* 4 or 6 */
    uint8_t bytes[16];
};

struct weir_ip_set {
    size_t count;
    struct weir_ip at[WEIR_ADDRESSES_MAX];
};

/* A literal: dotted quad, or IPv6 with or without brackets; no zone. */
bool weir_ip_parse(struct weir_str text, struct weir_ip *out);
bool weir_ip_loopback(const struct weir_ip *ip);
/* Adds unless it is there or the set is full. */
void weir_ip_set_add(struct weir_ip_set *set, const struct weir_ip *ip);
/* Leaves only the addresses of one version (4 or 6); 0 leaves all. */
void weir_ip_set_only(struct weir_ip_set *set, int version);
/* The versions alternate (RFC 8305 section 4), the order within each stays.
 * IPv6 starts if ipv6_first, except where all are loopback: local servers
 * often listen on 127.0.0.1 alone. Sets count and at, not expires. */
void weir_ip_order(const struct weir_ip_set *set, bool ipv6_first,
                   struct weir_addresses *out);
/* The machine has a route to the IPv6 Internet. One connect() of a UDP socket,
 * which sends nothing. */
bool weir_ip_have_ipv6(void);

#endif
