/* resolver_cache.h - what the name servers said, until it expires.
 *
 * Positive and negative answers by name, at most `max` of them; the one that
 * was not asked for longest goes first. Pure: `now` comes in (ns).
 *
 *     weir_dns_cache_put(c, name, &(struct weir_dns_known){...});
 *     if (weir_dns_cache_get(c, name, now, &known)) ...
 */
#ifndef WEIR_NET_RESOLVER_CACHE_H
#define WEIR_NET_RESOLVER_CACHE_H

#include "net/resolver_ip.h"

struct weir_dns_known {
    enum weir_err code;  /* WEIR_OK, or why there are no addresses */
    const char *message; /* a static text */
    int64_t expires;
    struct weir_ip_set set;
};

struct weir_dns_cache;

struct weir_dns_cache *weir_dns_cache_create(size_t max); /* NULL = no memory */
void weir_dns_cache_destroy(struct weir_dns_cache *c);
size_t weir_dns_cache_count(const struct weir_dns_cache *c);
/* Copies. Without memory the answer is not kept, which only costs a question
 * later. */
void weir_dns_cache_put(struct weir_dns_cache *c, struct weir_str name,
                        const struct weir_dns_known *known);
/* False = not there, or expired (and then forgotten). */
bool weir_dns_cache_get(struct weir_dns_cache *c, struct weir_str name,
                        int64_t now, struct weir_dns_known *out);

#endif
