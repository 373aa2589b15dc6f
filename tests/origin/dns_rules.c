/* Reads the rules of weir-dns: a table of words, each with what it sets. */
#include "dns_rules.h"

#include "base/heap.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <fnmatch.h>
#include <string.h>

void dns_rules_init(struct dns_rules *r) {
    memset(r, 0, sizeof *r);
    weir_list_init(&r->all);
    weir_list_init(&r->none.node);
    r->none.soa = 60;
    for (int type = 0; type < DNS_TYPES; type++)
        r->none.action[type] = DNS_NXDOMAIN;
}

static void free_rule(struct dns_rule *rule) {
    weir_list_remove(&rule->node);
    weir_free(rule->pattern);
    weir_free(rule->cname);
    weir_free(rule);
}

void dns_rules_release(struct dns_rules *r) {
    while (!weir_list_empty(&r->all))
        free_rule(WEIR_CONTAINER(r->all.next, struct dns_rule, node));
}

static bool add_address(struct dns_rule *rule, int type,
                        struct weir_str value) {
    char text[INET6_ADDRSTRLEN];
    size_t n = rule->count[type];
    if (value.n >= sizeof text || n == DNS_RULE_ADDRESSES)
        return false;
    memcpy(text, value.p, value.n);
    text[value.n] = '\0';
    rule->count[type]++;
    return inet_pton(type == DNS_A ? AF_INET : AF_INET6, text,
                     rule->address[type][n]) == 1;
}

/* Counts the first address of each type up. */
static bool set_count(struct dns_rule *rule, uint64_t count) {
    if (count < 1 || count > DNS_RULE_ADDRESSES)
        return false;
    for (int type = 0; type < 2; type++) {
        int last = type == DNS_A ? 3 : 15;
        if (rule->count[type] == 0)
            continue;
        for (size_t i = 1; i < count; i++) {
            memcpy(rule->address[type][i], rule->address[type][i - 1], 16);
            rule->address[type][i][last]++;
        }
        rule->count[type] = count;
    }
    return true;
}

/* Takes "-a" or "-aaaa" off a word: the types it speaks of, as bits. */
static unsigned take_types(struct weir_str *word) {
    if (weir_str_ends(*word, WEIR_STR("-aaaa"))) {
        word->n -= 5;
        return 1u << DNS_AAAA;
    }
    if (weir_str_ends(*word, WEIR_STR("-a"))) {
        word->n -= 2;
        return 1u << DNS_A;
    }
    return (1u << DNS_TYPES) - 1;
}

static bool set_action(struct dns_rule *rule, struct weir_str word) {
    static const struct {
        const char *word;
        enum dns_action action;
    } words[] = {{"nxdomain", DNS_NXDOMAIN}, {"servfail", DNS_SERVFAIL},
                 {"refused", DNS_REFUSED},   {"silent", DNS_SILENT},
                 {"garbage", DNS_GARBAGE},   {"mangled", DNS_MANGLED},
                 {"truncate", DNS_TRUNCATE}};
    unsigned types;
    if (weir_str_eq(word, WEIR_STR("no-soa")))
        return rule->no_soa = true;
    types = take_types(&word);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!weir_str_eq(word, weir_str_of(words[i].word)))
            continue;
        for (int type = 0; type < DNS_TYPES; type++)
            if (types & 1u << type)
                rule->action[type] = words[i].action;
        return true;
    }
    return false;
}

static bool set_delay(struct dns_rule *rule, struct weir_str key, uint64_t ms) {
    unsigned types = take_types(&key);
    if (!weir_str_eq(key, WEIR_STR("delay")))
        return false;
    for (int type = 0; type < DNS_TYPES; type++)
        if (types & 1u << type)
            rule->delay_ms[type] = ms;
    return true;
}

static bool set_number(struct dns_rule *rule, struct weir_str key,
                       struct weir_str value, uint64_t *count) {
    uint64_t n;
    if (!weir_str_to_u64(value, &n) || n > INT32_MAX)
        return false;
    if (weir_str_eq(key, WEIR_STR("ttl")))
        rule->ttl = n;
    else if (weir_str_eq(key, WEIR_STR("soa")))
        rule->soa = n;
    else if (weir_str_eq(key, WEIR_STR("lose")))
        rule->lose = n;
    else if (weir_str_eq(key, WEIR_STR("first")))
        rule->first = n;
    else if (weir_str_eq(key, WEIR_STR("count")))
        *count = n;
    else
        return set_delay(rule, key, n);
    return true;
}

static bool set_word(struct dns_rule *rule, struct weir_str word,
                     uint64_t *count) {
    struct weir_str key, value;
    if (!weir_str_cut(word, '=', &key, &value))
        return set_action(rule, word);
    if (weir_str_eq(key, WEIR_STR("a")))
        return add_address(rule, DNS_A, value);
    if (weir_str_eq(key, WEIR_STR("aaaa")))
        return add_address(rule, DNS_AAAA, value);
    if (weir_str_eq(key, WEIR_STR("cname"))) {
        weir_free(rule->cname);
        rule->cname = weir_str_dup(value);
        return rule->cname != NULL;
    }
    return set_number(rule, key, value, count);
}

static bool next_word(struct weir_str *line, struct weir_str *word) {
    size_t i = 0;
    *line = weir_str_trim(*line);
    while (i < line->n && !weir_is_space(line->p[i]))
        i++;
    *word = weir_str_sub(*line, 0, i);
    *line = weir_str_sub(*line, i, line->n);
    return i > 0;
}

bool dns_rules_add(struct dns_rules *r, struct weir_str line,
                   struct weir_str *bad) {
    struct dns_rule *rule;
    struct weir_str word, comment;
    uint64_t count = 0;
    weir_str_cut(line, '#', &line, &comment);
    if (!next_word(&line, &word))
        return true;
    *bad = (struct weir_str){"", 0};
    rule = weir_calloc(1, sizeof *rule);
    if (!rule)
        return false;
    weir_list_init(&rule->node);
    rule->ttl = rule->soa = 60;
    rule->pattern = weir_str_dup(word);
    if (!rule->pattern)
        goto fail;
    while (next_word(&line, &word))
        if (!set_word(rule, word, &count)) {
            *bad = word;
            goto fail;
        }
    if (count > 0 && !set_count(rule, count)) {
        *bad = WEIR_STR("count");
        goto fail;
    }
    rule->number = ++r->count;
    weir_list_append(&r->all, &rule->node);
    return true;
fail:
    free_rule(rule);
    return false;
}

struct dns_rule *dns_rules_find(struct dns_rules *r, const char *name,
                                int type) {
    for (struct weir_list *l = r->all.next; l != &r->all; l = l->next) {
        struct dns_rule *rule = WEIR_CONTAINER(l, struct dns_rule, node);
        if (fnmatch(rule->pattern, name, 0) != 0)
            continue;
        if (rule->first == 0 || rule->served[type]++ < rule->first)
            return rule;
    }
    return &r->none;
}
