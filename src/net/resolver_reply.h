/* resolver_reply.h - what one query came to: a c-ares status and the packet
 * behind it become addresses with their TTL, a negative answer with its
 * lifetime (RFC 2308), or a failure that may pass. Pure. */
#ifndef WEIR_NET_RESOLVER_REPLY_H
#define WEIR_NET_RESOLVER_REPLY_H

#include "net/resolver_ip.h"

enum weir_dns_kind {
    WEIR_DNS_ADDRESSES,
    WEIR_DNS_NODATA,   /* the name is there, this type is not */
    WEIR_DNS_NXDOMAIN, /* the name is not there */
    WEIR_DNS_FAILED    /* no usable answer: code says how */
};

struct weir_dns_reply {
    enum weir_dns_kind kind;
    enum weir_err code;  /* of WEIR_DNS_FAILED */
    const char *message; /* a static text; NULL with addresses */
    int64_t ttl_ns;      /* clamped as net/resolver.h says */
    struct weir_ip_set set;
};

/* status: what c-ares handed to the callback of a query for this version's
 * type (A for 4, AAAA for 6); packet may be empty. */
void weir_dns_reply_read(struct weir_dns_reply *reply, int status, int version,
                         struct weir_str packet);
/* How long a negative answer holds: the smaller of the SOA's TTL and its
 * minimum field (RFC 2308 section 5), at most 5 min; 30 s without a SOA. */
int64_t weir_dns_negative_ttl(struct weir_str packet);

#endif
