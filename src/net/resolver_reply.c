/* resolver_reply.c - reads answers.
 *
 * c-ares parses the addresses (and lowers their TTL to that of the CNAMEs on
 * the way). The SOA of a negative answer stands in the authority section,
 * where c-ares' parsers do not look: a short walk over the records finds it.
 */
#define CARES_NO_DEPRECATED
#include "net/resolver_reply.h"

#include <sys/select.h> /* ares.h needs fd_set */

#include <ares.h>
#include <netinet/in.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
enum {
    TTL_MAX = 3600,        /* s, positive */
    NEGATIVE_MAX = 300,    /* s */
    NEGATIVE_DEFAULT = 30, /* s, without a SOA */
    HEADER = 12,           /* bytes, RFC 1035 section 4.1.1 */
    TYPE_SOA = 6
};

static unsigned u16(const char *p) {
    return (unsigned)(unsigned char)p[0] << 8 | (unsigned char)p[1];
}

static uint32_t u32(const char *p) {
    return (uint32_t)u16(p) << 16 | u16(p + 2);
}

/* The offset behind the name at `at`, 0 if the packet ends within it. A
 * pointer ends a name (RFC 1035 section 4.1.4). */
static size_t skip_name(struct weir_str packet, size_t at) {
    while (at < packet.n) {
        unsigned length = (unsigned char)packet.p[at];
        if (length == 0)
            return at + 1;
        if (length >= 0xc0)
            return at + 2 <= packet.n ? at + 2 : 0;
        if (length > 63)
            return 0;
        at += 1 + length;
    }
    return 0;
}

/* Seconds, or -1: the record at `at` is no SOA that can be read. */
static int64_t soa_ttl(struct weir_str packet, size_t rdata, uint32_t ttl) {
    size_t at = skip_name(packet, rdata);
    uint32_t minimum;
    if (at)
        at = skip_name(packet, at);
    if (!at || packet.n - at < 20)
        return -1;
    minimum = u32(packet.p + at + 16);
    return minimum < ttl ? minimum : ttl;
}

int64_t weir_dns_negative_ttl(struct weir_str packet) {
    size_t at = HEADER;
    unsigned questions, records;
    if (packet.n < HEADER)
        return NEGATIVE_DEFAULT * SECOND;
    questions = u16(packet.p + 4);
    records = u16(packet.p + 6) + u16(packet.p + 8); /* answer, authority */
    while (questions-- > 0) {
        at = skip_name(packet, at);
        if (!at || packet.n - at < 4)
            return NEGATIVE_DEFAULT * SECOND;
        at += 4;
    }
    while (records-- > 0) {
        int64_t seconds = -1;
        at = skip_name(packet, at);
        if (!at || packet.n - at < 10)
            break;
        if (u16(packet.p + at) == TYPE_SOA)
            seconds = soa_ttl(packet, at + 10, u32(packet.p + at + 4));
        if (seconds >= 0) {
            if (seconds == 0)
                seconds = 1;
            return (seconds < NEGATIVE_MAX ? seconds : NEGATIVE_MAX) * SECOND;
        }
        if (packet.n - at - 10 < u16(packet.p + at + 8))
            break;
        at += 10 + u16(packet.p + at + 8);
    }
    return NEGATIVE_DEFAULT * SECOND;
}

static void failed(struct weir_dns_reply *r, enum weir_err code,
                   const char *message) {
    r->kind = WEIR_DNS_FAILED;
    r->code = code;
    r->message = message;
}

static void negative(struct weir_dns_reply *r, enum weir_dns_kind kind,
                     struct weir_str packet) {
    r->kind = kind;
    r->code = WEIR_E_DNS;
    r->message = kind == WEIR_DNS_NXDOMAIN
                     ? "no such host name (NXDOMAIN)"
                     : "the host name has no address (NODATA)";
    r->ttl_ns = weir_dns_negative_ttl(packet);
}

/* Adds the packet's addresses; a c-ares status. */
static int read_addresses(struct weir_dns_reply *r, int version,
                          struct weir_str packet, int *ttl) {
    struct ares_addrttl four[WEIR_ADDRESSES_MAX];
    struct ares_addr6ttl six[WEIR_ADDRESSES_MAX];
    const unsigned char *bytes = (const unsigned char *)packet.p;
    int n = WEIR_ADDRESSES_MAX, status;
    if (version == 4)
        status = ares_parse_a_reply(bytes, (int)packet.n, NULL, four, &n);
    else
        status = ares_parse_aaaa_reply(bytes, (int)packet.n, NULL, six, &n);
    if (status != ARES_SUCCESS)
        return status;
    *ttl = TTL_MAX;
    for (int i = 0; i < n; i++) {
        struct weir_ip ip = {.version = (uint8_t)version};
        int one = version == 4 ? four[i].ttl : six[i].ttl;
        if (version == 4)
            memcpy(ip.bytes, &four[i].ipaddr, 4);
        else
            memcpy(ip.bytes, &six[i].ip6addr, 16);
        weir_ip_set_add(&r->set, &ip);
        if (one < *ttl)
            *ttl = one;
    }
    return n > 0 ? ARES_SUCCESS : ARES_ENODATA;
}

void weir_dns_reply_read(struct weir_dns_reply *reply, int status, int version,
                         struct weir_str packet) {
    int ttl = 0;
    memset(reply, 0, sizeof *reply);
    if (status == ARES_SUCCESS)
        status = read_addresses(reply, version, packet, &ttl);
    switch (status) {
    case ARES_SUCCESS:
        reply->kind = WEIR_DNS_ADDRESSES;
        reply->ttl_ns = (ttl < 1 ? 1 : ttl) * SECOND;
        break;
    case ARES_ENODATA:
        negative(reply, WEIR_DNS_NODATA, packet);
        break;
    case ARES_ENOTFOUND:
        negative(reply, WEIR_DNS_NXDOMAIN, packet);
        break;
    case ARES_EBADNAME:
        negative(reply, WEIR_DNS_NXDOMAIN, packet);
        reply->message = "not a valid host name";
        break;
    case ARES_ETIMEOUT:
        failed(reply, WEIR_E_TIMEOUT, "the name server did not answer in time");
        break;
    case ARES_ENOMEM:
        failed(reply, WEIR_E_NOMEM, "out of memory");
        break;
    case ARES_ESERVFAIL:
        failed(reply, WEIR_E_NETWORK, "the name server failed (SERVFAIL)");
        break;
    case ARES_EREFUSED:
        failed(reply, WEIR_E_NETWORK, "the name server refused (REFUSED)");
        break;
    case ARES_ECONNREFUSED:
        failed(reply, WEIR_E_NETWORK, "no name server can be reached");
        break;
    default: /* EBADRESP, EFORMERR, ENOTIMP, EOF, ... */
        failed(reply, WEIR_E_NETWORK,
               "the name server sent an answer that makes no sense");
    }
}
