/* address.h - which network addresses are public, and CIDR blocks.
 *
 * Private here is everything that a page found on the web has no business to
 * reach: loopback, private (RFC 1918, RFC 4193), link-local, CGNAT (RFC 6598),
 * unspecified, multicast, reserved, benchmarking, documentation, and IPv4 of
 * these kinds inside IPv6 (mapped, compatible, NAT64, 6to4, Teredo). Source:
 * the IANA special-purpose address registries. */
#ifndef WEIR_NET_ADDRESS_H
#define WEIR_NET_ADDRESS_H

#include "base/str.h"

#include <sys/socket.h>

struct weir_cidr {
    int family;
    unsigned char bytes[16];
    unsigned bits;
};

/* "10.0.0.0/8", "::1", "fd00::/8"; no slash = all bits. */
bool weir_cidr_parse(struct weir_str s, struct weir_cidr *out);
bool weir_cidr_contains(const struct weir_cidr *c, const struct sockaddr *a);
bool weir_address_is_private(const struct sockaddr *a);

#endif
