/* Reads queries and writes answers for weir-dns, right or wrong as the rule
 * says. Names are not compressed, but for pointers to the question's. */
#include "dns_message.h"

#include <string.h>

enum {
    HEADER = 12,
    UDP_MAX = 512,
    TYPE_A = 1,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    TYPE_AAAA = 28
};
enum { FLAG_QR = 0x8000, FLAG_TC = 0x0200, FLAG_RD = 0x0100, FLAG_RA = 0x0080 };
enum { QUESTION_NAME = 0xc000 | HEADER }; /* a pointer to it */

static unsigned u16(struct weir_str s, size_t at) {
    return (unsigned)(unsigned char)s.p[at] << 8 | (unsigned char)s.p[at + 1];
}

static void put16(struct weir_buf *b, unsigned v) {
    weir_buf_byte(b, (char)(v >> 8));
    weir_buf_byte(b, (char)v);
}

static void put32(struct weir_buf *b, uint64_t v) {
    put16(b, (unsigned)(v >> 16) & 0xffff);
    put16(b, (unsigned)v & 0xffff);
}

static void put_name(struct weir_buf *b, const char *name) {
    struct weir_str label, rest = weir_str_of(name);
    while (rest.n > 0) {
        weir_str_cut(rest, '.', &label, &rest);
        weir_buf_byte(b, (char)label.n);
        weir_buf_str(b, label);
    }
    weir_buf_byte(b, 0);
}

bool dns_query_read(struct dns_query *q, struct weir_str packet) {
    size_t at = HEADER, n = 0;
    if (packet.n < HEADER || u16(packet, 4) != 1 || (u16(packet, 2) & FLAG_QR))
        return false;
    q->id = u16(packet, 0);
    q->flags = u16(packet, 2);
    while (at < packet.n && packet.p[at] != 0) {
        size_t length = (unsigned char)packet.p[at++];
        if (length > 63 || packet.n - at < length ||
            n + length + 1 >= sizeof q->name)
            return false;
        if (n > 0)
            q->name[n++] = '.';
        while (length-- > 0)
            q->name[n++] = weir_to_lower(packet.p[at++]);
    }
    q->name[n] = '\0';
    if (packet.n - at < 5)
        return false;
    q->type = u16(packet, at + 1);
    q->class = u16(packet, at + 3);
    q->question = weir_str_sub(packet, HEADER, at + 5 - HEADER);
    return true;
}

int dns_type_index(unsigned type) {
    return type == TYPE_A ? DNS_A : type == TYPE_AAAA ? DNS_AAAA : DNS_OTHER;
}

const char *dns_type_name(unsigned type) {
    static const char *const names[] = {"A", "AAAA", "other"};
    return names[dns_type_index(type)];
}

static void put_header(struct weir_buf *b, const struct dns_query *q,
                       unsigned flags, unsigned answers, unsigned authority) {
    put16(b, q->id);
    put16(b, FLAG_QR | FLAG_RA | (q->flags & FLAG_RD) | flags);
    put16(b, 1);
    put16(b, answers);
    put16(b, authority);
    put16(b, 0);
    weir_buf_str(b, q->question);
}

static void put_record(struct weir_buf *b, unsigned type, uint64_t ttl,
                       size_t length) {
    put16(b, type);
    put16(b, 1); /* IN */
    put32(b, ttl);
    put16(b, (unsigned)length);
}

static void put_negative(struct weir_buf *b, const struct dns_query *q,
                         const struct dns_rule *rule, unsigned rcode) {
    put_header(b, q, rcode, 0, rule->no_soa ? 0 : 1);
    if (rule->no_soa)
        return;
    put16(b, QUESTION_NAME);
    put_record(b, TYPE_SOA, rule->soa, 2 + 2 + 5 * 4);
    put16(b, QUESTION_NAME);
    put16(b, QUESTION_NAME);
    for (int i = 0; i < 4; i++) /* serial, refresh, retry, expire */
        put32(b, 3600);
    put32(b, rule->soa);
}

static void put_addresses(struct weir_buf *b, const struct dns_query *q,
                          const struct dns_rule *rule, int type) {
    size_t count = rule->count[type], length = type == DNS_A ? 4 : 16;
    put_header(b, q, 0, (unsigned)count + (rule->cname ? 1 : 0), 0);
    if (rule->cname) {
        put16(b, QUESTION_NAME);
        put_record(b, TYPE_CNAME, rule->ttl, strlen(rule->cname) + 2);
        put_name(b, rule->cname);
    }
    for (size_t i = 0; i < count; i++) {
        if (rule->cname)
            put_name(b, rule->cname);
        else
            put16(b, QUESTION_NAME);
        put_record(b, q->type, rule->ttl, length);
        weir_buf_add(b, rule->address[type][i], length);
    }
}

static void put_garbage(struct weir_buf *b) {
    for (int i = 0; i < 40; i++)
        weir_buf_byte(b, (char)(0x55 + 37 * i));
}

void dns_answer_write(struct weir_buf *out, const struct dns_query *q,
                      const struct dns_rule *rule, bool udp) {
    size_t start = out->len;
    int type = dns_type_index(q->type);
    switch (rule->action[type]) {
    case DNS_SILENT:
        return;
    case DNS_GARBAGE:
        put_garbage(out);
        return;
    case DNS_SERVFAIL:
        put_header(out, q, 2, 0, 0);
        return;
    case DNS_NXDOMAIN:
        put_negative(out, q, rule, 3);
        return;
    case DNS_REFUSED:
        put_header(out, q, 5, 0, 0);
        return;
    case DNS_MANGLED:
        put_header(out, q, 0, 1, 0);
        put16(out, QUESTION_NAME);
        put_record(out, q->type, 60, 60000);
        return;
    case DNS_ANSWER:
    case DNS_TRUNCATE:
        break;
    }
    if (type == DNS_OTHER || rule->count[type] == 0)
        put_negative(out, q, rule, 0);
    else
        put_addresses(out, q, rule, type);
    if (udp &&
        (rule->action[type] == DNS_TRUNCATE || out->len - start > UDP_MAX)) {
        weir_buf_truncate(out, start);
        put_header(out, q, FLAG_TC, 0, 0);
    }
}
