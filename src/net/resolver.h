/* resolver.h - names to addresses with c-ares on the loop, no threads.
 *
 * A and AAAA are asked as separate queries. An answer is delivered once both
 * are in, or 50 ms after the first one that has addresses. Positive answers are
 * kept for their TTL (clamped to 1 s .. 1 h), negative ones for the SOA minimum
 * (RFC 2308, at most 5 min; 30 s without a SOA). /etc/hosts (re-read when it
 * changed) comes first, then the cache, then the name servers. Literals and
 * "localhost" (RFC 6761) never leave the process. Names of one label use the
 * search list of resolv.conf. Addresses alternate families as RFC
 * 8305 section 4 says, IPv6 first when the machine has an IPv6 route.
 */
#ifndef WEIR_NET_RESOLVER_H
#define WEIR_NET_RESOLVER_H

#include "base/str.h"
#include "net/loop.h"

enum { WEIR_ADDRESSES_MAX = 16 };

struct weir_address {
    int family;    /* AF_INET or AF_INET6 */
    char text[46]; /* numeric, no brackets */
};

struct weir_addresses {
    size_t count;
    struct weir_address at[WEIR_ADDRESSES_MAX];
    int64_t expires; /* loop clock, ns */
};

struct weir_resolver_config {
    const char *servers;     /* "1.2.3.4:53,[::1]:5353"; NULL = system's */
    const char *hosts_file;  /* NULL = /etc/hosts */
    const char *resolv_conf; /* NULL = /etc/resolv.conf */
    int64_t timeout_ns;      /* of the first try, then doubled; 0 = 1 s */
    int tries;               /* 0 = 3 */
    bool ipv4_only, ipv6_only;
    /* --resolve host:port:addr[,addr] entries (curl's form, '*' host, leading
     * '+' or '-' accepted); they win over everything and never expire. */
    const char *const *overrides;
    size_t override_count;
};

struct weir_resolver;
struct weir_resolve; /* one question under way */

/* Exactly one call for each question: code WEIR_OK with addresses (borrowed,
 * valid during the call), WEIR_E_DNS (NXDOMAIN or no address: final, message
 * says which), WEIR_E_TIMEOUT (silence) or WEIR_E_NETWORK (SERVFAIL, REFUSED,
 * garbage): may pass, WEIR_E_CANCELLED. Never from inside weir_resolver_ask. */
typedef void (*weir_resolve_fn)(enum weir_err code,
                                const struct weir_addresses *addresses,
                                const char *message, void *data);

/* WEIR_E_USAGE with a message for bad servers or overrides. */
enum weir_err weir_resolver_create(struct weir_resolver **out,
                                   struct weir_loop *loop,
                                   const struct weir_resolver_config *config,
                                   struct weir_error *error);
/* Cancels all questions, calling back from here. Not from inside a callback,
 * and its callbacks do not ask. */
void weir_resolver_destroy(struct weir_resolver *r);

/* The answer at once, without a question: literal, override, hosts file or
 * cache (negative too: then the code, and *message a text that outlives the
 * call). True = known. */
bool weir_resolver_lookup(struct weir_resolver *r, struct weir_str host,
                          uint16_t port, struct weir_addresses *out,
                          enum weir_err *code, const char **message);
/* Asks; questions for one name under way share their queries. */
enum weir_err weir_resolver_ask(struct weir_resolver *r, struct weir_str host,
                                uint16_t port, weir_resolve_fn fn, void *data,
                                struct weir_resolve **out);
/* Ends one question: its callback comes later with WEIR_E_CANCELLED. */
void weir_resolve_cancel(struct weir_resolve *q);

#endif
