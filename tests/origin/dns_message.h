/* dns_message.h - one query read, one answer written (RFC 1035). */
#ifndef WEIR_ORIGIN_DNS_MESSAGE_H
#define WEIR_ORIGIN_DNS_MESSAGE_H

#include "base/buf.h"
#include "dns_rules.h"

struct dns_query {
    unsigned id, flags, type, class;
    char name[256];           /* lower case, no final dot */
    struct weir_str question; /* borrowed: the bytes of the question */
};

/* False: not a query with exactly one question. */
bool dns_query_read(struct dns_query *q, struct weir_str packet);
/* The index of the type in a rule's tables. */
int dns_type_index(unsigned type);
const char *dns_type_name(unsigned type); /* "A", "AAAA", "other" */
/* Appends the answer; an answer over 512 bytes is cut to none with TC over UDP.
 * DNS_SILENT writes nothing. */
void dns_answer_write(struct weir_buf *out, const struct dns_query *q,
                      const struct dns_rule *rule, bool udp);

#endif
