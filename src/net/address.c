/* address.c - tables of special-purpose blocks (IANA registries, RFC 6890). */
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct block {
    unsigned char bytes[16];
    unsigned bits;
};

static const struct block private4[] = {
    {{0}, 8},             /* this network */
    {{10}, 8},            /* RFC 1918 */
    {{100, 64}, 10},      /* CGNAT, RFC 6598 */
    {{127}, 8},           /* loopback */
    {{169, 254}, 16},     /* link-local */
    {{172, 16}, 12},      /* RFC 1918 */
    {{192, 0, 0}, 24},    /* IETF protocol assignments */
    {{192, 0, 2}, 24},    /* documentation */
    {{192, 88, 99}, 24},  /* 6to4 relay anycast */
    {{192, 168}, 16},     /* RFC 1918 */
    {{198, 18}, 15},      /* benchmarking */
    {{198, 51, 100}, 24}, /* documentation */
    {{203, 0, 113}, 24},  /* documentation */
    {{224}, 4},           /* multicast */
    {{240}, 4},           /* reserved, broadcast */
};

static const struct block private6[] = {
    {{0}, 127},                                 /* unspecified and loopback */
    {{0x01, 0x00}, 64},                         /* discard-only, RFC 6666 */
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48}, /* local NAT64, RFC 8215 */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},             /* documentation */
    {{0x3f, 0xff}, 20},                         /* documentation, RFC 9637 */
    {{0x5f, 0x00}, 16},                         /* segment routing, RFC 9602 */
    {{0xfc}, 7},                                /* unique local */
    {{0xfe, 0x80}, 10},                         /* link-local */
    {{0xfe, 0xc0}, 10},                         /* site-local, deprecated */
    {{0xff}, 8},                                /* multicast */
};

/* IPv6 blocks that carry an IPv4 address at this byte. */
static const struct {
    struct block block;
    unsigned at;
    unsigned char flip; /* Teredo stores the client's address inverted */
} embedded[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12, 0}, /* mapped */
    {{{0}, 96}, 12, 0},                                        /* compatible */
    {{{0, 0x64, 0xff, 0x9b}, 96}, 12, 0}, /* NAT64, RFC 6052 */
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0}, 96}, 12, 0}, /* SIIT */
    {{{0x20, 0x02}, 16}, 2, 0},                                /* 6to4 */
    {{{0x20, 0x01, 0, 0}, 32}, 12, 0xff},                      /* Teredo */
};

static bool in_block(const unsigned char *a, const unsigned char *b,
                     unsigned bits) {
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static const unsigned char *raw(const struct sockaddr *a) {
    if (a->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)a;
        return (const unsigned char *)&in->sin_addr;
    }
    if (a->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)a;
        return (const unsigned char *)&in6->sin6_addr;
    }
    return NULL;
}

static bool private_v4(const unsigned char *a) {
    for (size_t i = 0; i < sizeof private4 / sizeof *private4; i++)
        if (in_block(a, private4[i].bytes, private4[i].bits))
            return true;
    return false;
}

static bool private_v6(const unsigned char *a) {
    for (size_t i = 0; i < sizeof private6 / sizeof *private6; i++)
        if (in_block(a, private6[i].bytes, private6[i].bits))
            return true;
    for (size_t i = 0; i < sizeof embedded / sizeof *embedded; i++) {
        unsigned char v4[4];
        if (!in_block(a, embedded[i].block.bytes, embedded[i].block.bits))
            continue;
        for (int k = 0; k < 4; k++)
            v4[k] = a[embedded[i].at + (unsigned)k] ^ embedded[i].flip;
        if (private_v4(v4))
            return true;
    }
    return false;
}

bool weir_address_is_private(const struct sockaddr *a) {
    const unsigned char *bytes = raw(a);
    if (!bytes)
        return true; /* not an internet address at all */
    return a->sa_family == AF_INET ? private_v4(bytes) : private_v6(bytes);
}

bool weir_cidr_parse(struct weir_str s, struct weir_cidr *out) {
    struct weir_cidr c = {0};
    struct weir_str address, bits;
    char text[64];
    uint64_t n = 0;
    bool has_bits = weir_str_cut(s, '/', &address, &bits);
    if (address.n == 0 || address.n >= sizeof text)
        return false;
    memcpy(text, address.p, address.n);
    text[address.n] = '\0';
    if (inet_pton(AF_INET, text, c.bytes) == 1)
        c.family = AF_INET;
    else if (inet_pton(AF_INET6, text, c.bytes) == 1)
        c.family = AF_INET6;
    else
        return false;
    c.bits = c.family == AF_INET ? 32 : 128;
    if (has_bits && (!weir_str_to_u64(bits, &n) || n > c.bits))
        return false;
    if (has_bits)
        c.bits = (unsigned)n;
    *out = c;
    return true;
}

bool weir_cidr_contains(const struct weir_cidr *c, const struct sockaddr *a) {
    const unsigned char *bytes = raw(a);
    return bytes && a->sa_family == c->family &&
           in_block(bytes, c->bytes, c->bits);
}
