/* resolver_ip.c - addresses: read, written, put in order.
 *
 * Why an own order: libcurl tries addresses as it gets them, and RFC 6724's
 * full table needs a socket for each destination. One fact decides most cases,
 * whether IPv6 has a route at all; alternating the versions (RFC 8305 section
 * 4) bounds the harm where it is wrong. */
#include "net/resolver_ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool weir_ip_parse(struct weir_str text, struct weir_ip *out) {
    char z[INET6_ADDRSTRLEN];
    struct weir_ip ip = {0};
    bool brackets =
        text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']';
    if (brackets)
        text = weir_str_sub(text, 1, text.n - 2);
    if (text.n == 0 || text.n >= sizeof z || memchr(text.p, 0, text.n))
        return false;
    memcpy(z, text.p, text.n);
    z[text.n] = '\0';
    if (!brackets && inet_pton(AF_INET, z, ip.bytes) == 1)
        ip.version = 4;
    else if (inet_pton(AF_INET6, z, ip.bytes) == 1)
        ip.version = 6;
    else
        return false;
    *out = ip;
    return true;
}

bool weir_ip_loopback(const struct weir_ip *ip) {
    static const uint8_t one[16] = {[15] = 1};
    return ip->version == 4 ? ip->bytes[0] == 127
                            : memcmp(ip->bytes, one, sizeof one) == 0;
}

void weir_ip_set_add(struct weir_ip_set *set, const struct weir_ip *ip) {
    for (size_t i = 0; i < set->count; i++) {
        if (memcmp(&set->at[i], ip, sizeof *ip) == 0)
            return;
    }
    if (set->count < WEIR_ADDRESSES_MAX)
        set->at[set->count++] = *ip;
}

void weir_ip_set_only(struct weir_ip_set *set, int version) {
    size_t kept = 0;
    if (version == 0)
        return;
    for (size_t i = 0; i < set->count; i++) {
        if (set->at[i].version == version)
            set->at[kept++] = set->at[i];
    }
    set->count = kept;
}

static void put_text(struct weir_addresses *out, const struct weir_ip *ip) {
    struct weir_address *a = &out->at[out->count++];
    a->family = ip->version == 4 ? AF_INET : AF_INET6;
    /* Cannot fail: the family is known and the text has room. */
    inet_ntop(a->family, ip->bytes, a->text, sizeof a->text);
}

/* The first address of this version at or after from, or count. */
static size_t find_version(const struct weir_ip_set *set, size_t from,
                           int version) {
    while (from < set->count && set->at[from].version != version)
        from++;
    return from;
}

void weir_ip_order(const struct weir_ip_set *set, bool ipv6_first,
                   struct weir_addresses *out) {
    bool loopback = true;
    for (size_t i = 0; i < set->count; i++)
        loopback = loopback && weir_ip_loopback(&set->at[i]);
    int first = ipv6_first && !loopback ? 6 : 4;
    int second = first == 6 ? 4 : 6;
    size_t a = find_version(set, 0, first), b = find_version(set, 0, second);
    out->count = 0;
    while (a < set->count || b < set->count) {
        if (a < set->count) {
            put_text(out, &set->at[a]);
            a = find_version(set, a + 1, first);
        }
        if (b < set->count) {
            put_text(out, &set->at[b]);
            b = find_version(set, b + 1, second);
        }
    }
}

bool weir_ip_have_ipv6(void) {
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
    /* Any address of the global unicast space serves: nothing is sent. */
    static const uint8_t global[16] = {
        0x20, 0x01, 0x48, 0x60, 0x48, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x88};
    int s = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        return false;
    memcpy(&to.sin6_addr, global, sizeof global);
    bool routed = connect(s, (struct sockaddr *)&to, sizeof to) == 0;
    close(s);
    return routed;
}
