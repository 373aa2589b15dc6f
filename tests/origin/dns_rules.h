/* dns_rules.h - what weir-dns answers to which name.
 *
 * One rule a line; the first whose pattern (fnmatch(3), names in lower case
 * without final dot) matches counts. Behind the pattern, in any order:
 *
 *     a=IP aaaa=IP        addresses, may repeat
 *     cname=NAME          the addresses belong to this alias
 *     count=N             N addresses counted up from the first of each type
 *     ttl=S               of addresses (60)
 *     soa=S               minimum of the SOA in negative answers (60)
 *     no-soa              negative answers without a SOA
 *     delay=MS            before the answer
 *     lose=N              the first N queries of this rule get no answer
 *     first=N             serves its first N queries of each type only; then
 *                         the next rule that matches
 *     nxdomain servfail refused silent
 *     garbage             bytes that are no DNS message
 *     mangled             a record that runs past the end of the message
 *     truncate            over UDP an empty answer with TC: ask over TCP
 *
 * "-a" or "-aaaa" behind delay and the last six words limits them to that type:
 * "delay-aaaa=7000", "silent-a". Text behind '#' is a comment. What no rule
 * matches is NXDOMAIN. */
#ifndef WEIR_ORIGIN_DNS_RULES_H
#define WEIR_ORIGIN_DNS_RULES_H

#include "base/list.h"
#include "base/str.h"

enum dns_action {
    DNS_ANSWER,
    DNS_NXDOMAIN,
    DNS_SERVFAIL,
    DNS_REFUSED,
    DNS_SILENT,
    DNS_GARBAGE,
    DNS_MANGLED,
    DNS_TRUNCATE
};

enum { DNS_A, DNS_AAAA, DNS_OTHER, DNS_TYPES };
enum { DNS_RULE_ADDRESSES = 64 };

struct dns_rule {
    struct weir_list node;
    char *pattern, *cname; /* cname may be NULL */
    unsigned number;       /* of the rule, from 1; 0 = none matched */
    enum dns_action action[DNS_TYPES];
    uint64_t delay_ms[DNS_TYPES];
    uint64_t ttl, soa, lose;
    uint64_t first, served[DNS_TYPES]; /* first 0: all */
    bool no_soa;
    size_t count[2]; /* addresses of DNS_A, DNS_AAAA */
    unsigned char address[2][DNS_RULE_ADDRESSES][16];
};

struct dns_rules {
    struct weir_list all;
    unsigned count;
    struct dns_rule none; /* NXDOMAIN */
};

void dns_rules_init(struct dns_rules *r);
void dns_rules_release(struct dns_rules *r);
/* False with the word that is wrong in *bad (borrowed from line), or with an
 * empty one: no memory. */
bool dns_rules_add(struct dns_rules *r, struct weir_str line,
                   struct weir_str *bad);
/* Never NULL. type: DNS_A, DNS_AAAA or DNS_OTHER. Counts for first=N. */
struct dns_rule *dns_rules_find(struct dns_rules *r, const char *name,
                                int type);

#endif
