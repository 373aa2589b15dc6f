/* resolver.c - questions, what is known already, and the search list.
 *
 *   ask ──► known (see `known`) ──────────────────────────────┐
 *    │                                                        │
 *    └► joins its name, or makes it:                          ▼
 *       WAITING ─(send_name: A and AAAA)─► ASKED ─(settle)─► DONE ─► callbacks
 *          ▲                                 │  both in, or 50 ms after the
 *          └──(settle: next of search list)──┘  first with addresses
 *
 * A name is one host with all the questions for it, its two queries and its
 * result. Only as many queries are under way as the channel has capacity for;
 * further names wait. A name that is done leaves the map; if one of its queries
 * is still out, it lingers until that answers too, and the late addresses
 * complete the cache entry.
 *
 * c-ares calls on_reply, which only records and puts the name on `answered`.
 * Everything else happens in pump(), which runs after each batch of packets and
 * from the one timer, never inside ask or a c-ares callback: that is why a
 * question's callback may ask and cancel freely. What callbacks add waits for
 * the next iteration of the loop.
 */
#include "net/resolver.h"

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "net/resolver_cache.h"
#include "net/resolver_channel.h"
#include "net/resolver_hosts.h"
#include "net/resolver_overrides.h"

#include <string.h>
#include <uv.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)
enum {
    NAME_MAX_BYTES = 254, /* RFC 1035 section 2.3.4, with a final dot */
    CACHE_MAX = 65536,    /* names */
    TICK_MS = 50          /* c-ares' timeouts are looked at this often */
};
static const int64_t grace = 50 * MS;
static const int64_t local_lifetime = 10 * SECOND; /* hosts, localhost */
static const int64_t route_lifetime = 10 * SECOND;

struct weir_resolve {
    struct weir_list node; /* in its name's questions, or in cancelled */
    struct weir_resolver *resolver;
    weir_resolve_fn fn;
    void *data;
};

struct query {
    struct weir_channel_query query; /* first: on_reply gets its address */
    struct name *name;
    bool pending, answered;
    int64_t expires;
    struct weir_dns_reply reply;
};

struct name {
    struct weir_list node; /* in waiting, answered or done, or in none */
    struct weir_list grace_node;
    int64_t grace_end;
    struct weir_list questions;
    unsigned candidate;    /* which name of the search list is asked */
    bool mapped;           /* in r->names */
    bool delivered;        /* lingers */
    struct query query[2]; /* A, AAAA */
    struct weir_dns_known result;
    char host[]; /* lower case */
};

struct weir_resolver {
    struct weir_loop *loop;
    struct weir_channel *channel;
    struct weir_overrides *overrides;
    struct weir_hosts *hosts;
    struct weir_dns_cache *cache;
    struct weir_search search;
    struct weir_map *names; /* host -> struct name, while under way */
    struct weir_list waiting, answered, done, grace, lingering;
    struct weir_list cancelled; /* questions */
    int only;                   /* 4, 6, or 0: both */
    bool pumping;
    int64_t now; /* in pump; the loop's is that of before its poll */
    bool ipv6_route;
    int64_t route_checked_until;
    uv_timer_t timer; /* closes last: the resolver is freed with it */
};

static void pump(void *data);

static void on_timer(uv_timer_t *timer) {
    struct weir_resolver *r = timer->data;
    if (weir_channel_busy(r->channel) > 0)
        weir_channel_tick(r->channel);
    pump(r);
}

static bool has_room(const struct weir_resolver *r) {
    return weir_channel_busy(r->channel) + 2 <=
           weir_channel_capacity(r->channel);
}

/* Sets the timer for what comes next, unless it is due before that. */
static void schedule(struct weir_resolver *r) {
    uint64_t due = UINT64_MAX;
    if (r->pumping)
        return; /* pump schedules at its end */
    if (weir_channel_busy(r->channel) > 0)
        due = TICK_MS;
    if (!weir_list_empty(&r->grace)) {
        const struct name *n =
            WEIR_CONTAINER(r->grace.next, struct name, grace_node);
        int64_t left = n->grace_end - weir_loop_clock(r->loop);
        uint64_t ms = left > 0 ? (uint64_t)(left / MS) + 1 : 0;
        due = ms < due ? ms : due;
    }
    if (!weir_list_empty(&r->answered) || !weir_list_empty(&r->done) ||
        !weir_list_empty(&r->cancelled) ||
        (!weir_list_empty(&r->waiting) && has_room(r)))
        due = 0;
    if (due == UINT64_MAX)
        uv_timer_stop(&r->timer);
    else if (!uv_is_active((uv_handle_t *)&r->timer) ||
             uv_timer_get_due_in(&r->timer) > due)
        uv_timer_start(&r->timer, on_timer, due, 0);
}

/* -- names ---------------------------------------------------------------- */

/* The host as it is looked up: lower case, no brackets. False = no host name.
 * text has NAME_MAX_BYTES + 2 bytes. */
static bool read_host(struct weir_str host, char *text, struct weir_str *out) {
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = weir_str_sub(host, 1, host.n - 2);
    if (host.n == 0 || host.n > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < host.n; i++) {
        unsigned char byte = (unsigned char)host.p[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '\\')
            return false;
        text[i] = weir_to_lower(host.p[i]);
    }
    text[host.n] = '\0';
    *out = weir_str_make(text, host.n);
    return true;
}

static struct weir_str without_final_dot(struct weir_str s) {
    if (s.n > 1 && s.p[s.n - 1] == '.')
        s.n--;
    return s;
}

/* host is domain, or below it. */
static bool below(struct weir_str host, struct weir_str domain) {
    return weir_str_ends(host, domain) &&
           (host.n == domain.n || host.p[host.n - domain.n - 1] == '.');
}

static void known_set(struct weir_dns_known *k, int64_t expires,
                      const struct weir_ip_set *set, int only) {
    k->code = WEIR_OK;
    k->message = NULL;
    k->expires = expires;
    k->set = *set;
    weir_ip_set_only(&k->set, only);
    if (k->set.count == 0) {
        k->code = WEIR_E_DNS;
        k->message = only == 4 ? "no IPv4 address (IPv4 only was asked for)"
                               : "no IPv6 address (IPv6 only was asked for)";
    }
}

static void known_error(struct weir_dns_known *k, const char *message) {
    memset(k, 0, sizeof *k);
    k->code = WEIR_E_DNS;
    k->message = message;
    k->expires = INT64_MAX;
}

static void known_localhost(struct weir_dns_known *k, int64_t now, int only) {
    struct weir_ip_set set = {0};
    struct weir_ip ip;
    if (weir_ip_parse(WEIR_STR("127.0.0.1"), &ip))
        weir_ip_set_add(&set, &ip);
    if (weir_ip_parse(WEIR_STR("::1"), &ip))
        weir_ip_set_add(&set, &ip);
    known_set(k, now + local_lifetime, &set, only);
}

/* What needs no name server, in the order that net/resolver.h gives. key is
 * the host as read_host returns it. */
static bool known(struct weir_resolver *r, struct weir_str key, uint16_t port,
                  struct weir_dns_known *k) {
    int64_t now = weir_loop_now(r->loop);
    struct weir_str name = without_final_dot(key);
    const struct weir_ip_set *set =
        weir_overrides_find(r->overrides, name, port);
    struct weir_ip_set found = {0};
    struct weir_ip ip;
    if (set) {
        known_set(k, INT64_MAX, set, r->only);
        return true;
    }
    if (weir_ip_parse(key, &ip)) {
        weir_ip_set_add(&found, &ip);
        known_set(k, INT64_MAX, &found, r->only);
        return true;
    }
    weir_hosts_refresh(r->hosts, now);
    if (weir_hosts_find(r->hosts, name, &found)) {
        known_set(k, now + local_lifetime, &found, r->only);
        if (k->code == WEIR_OK)
            return true;
    }
    if (below(name, WEIR_STR("localhost"))) { /* RFC 6761 section 6.3 */
        known_localhost(k, now, r->only);
        return true;
    }
    if (below(name, WEIR_STR("onion"))) { /* RFC 7686 section 2 */
        known_error(k, ".onion names are only known to a Tor proxy");
        return true;
    }
    return weir_dns_cache_get(r->cache, key, now, k);
}

static bool have_ipv6(struct weir_resolver *r) {
    int64_t now = weir_loop_now(r->loop);
    if (now >= r->route_checked_until) {
        r->ipv6_route = weir_ip_have_ipv6();
        r->route_checked_until = now + route_lifetime;
    }
    return r->ipv6_route;
}

static void hand_out(struct weir_resolver *r, const struct weir_dns_known *k,
                     struct weir_addresses *out) {
    weir_ip_order(&k->set, have_ipv6(r), out);
    out->expires = k->expires;
}

bool weir_resolver_lookup(struct weir_resolver *r, struct weir_str host,
                          uint16_t port, struct weir_addresses *out,
                          enum weir_err *code, const char **message) {
    char text[NAME_MAX_BYTES + 2];
    struct weir_dns_known k;
    struct weir_str key;
    if (!read_host(host, text, &key))
        known_error(&k, "not a valid host name");
    else if (!known(r, key, port, &k))
        return false;
    *code = k.code;
    *message = k.message;
    if (k.code == WEIR_OK)
        hand_out(r, &k, out);
    return true;
}

/* -- queries -------------------------------------------------------------- */

/* c-ares' answer: recorded, and handled in pump. */
static void on_reply(struct weir_channel_query *query,
                     const struct weir_dns_reply *reply) {
    struct query *q = WEIR_CONTAINER(query, struct query, query);
    struct name *n = q->name;
    struct weir_resolver *r = query->data;
    q->pending = false;
    q->answered = true;
    q->reply = *reply;
    q->expires = weir_loop_clock(r->loop) + reply->ttl_ns;
    weir_list_remove(&n->node);
    weir_list_append(&r->answered, &n->node);
}

static void send_name(struct weir_resolver *r, struct name *n) {
    char text[WEIR_SEARCH_BYTES];
    if (!weir_search_candidate(&r->search, weir_str_of(n->host), n->candidate,
                               text, sizeof text))
        return;
    for (int i = 0; i < 2; i++) {
        struct query *q = &n->query[i];
        q->answered = false;
        q->pending = r->only == 0 || r->only == q->query.version;
    }
    for (int i = 0; i < 2; i++) {
        if (n->query[i].pending)
            weir_channel_ask(r->channel, text, &n->query[i].query);
    }
}

static bool usable(const struct query *q) {
    return q->answered && q->reply.kind == WEIR_DNS_ADDRESSES;
}

/* The addresses of both queries, as long as all of them hold. */
static bool combine(const struct name *n, struct weir_dns_known *k) {
    memset(k, 0, sizeof *k);
    k->expires = INT64_MAX;
    /* Room for both versions: one with 16 addresses does not crowd the other
     * out. */
    size_t room = usable(&n->query[0]) && usable(&n->query[1])
                      ? WEIR_ADDRESSES_MAX / 2
                      : WEIR_ADDRESSES_MAX;
    for (int i = 0; i < 2; i++) {
        const struct query *q = &n->query[i];
        if (!usable(q))
            continue;
        if (q->expires < k->expires)
            k->expires = q->expires;
        for (size_t a = 0; a < q->reply.set.count && a < room; a++)
            weir_ip_set_add(&k->set, &q->reply.set.at[a]);
    }
    return k->set.count > 0;
}

/* Neither query has addresses: which one speaks for the name? A failure, since
 * it may hide addresses, unless the A query found that there is no such name;
 * AAAA alone is not believed (RFC 4074 section 4.2). */
static void blame(const struct name *n, struct weir_dns_known *k) {
    const struct query *a = &n->query[0], *aaaa = &n->query[1], *q = a;
    if (!a->answered)
        q = aaaa;
    else if (aaaa->answered && aaaa->reply.kind == WEIR_DNS_FAILED &&
             a->reply.kind == WEIR_DNS_NODATA)
        q = aaaa;
    memset(k, 0, sizeof *k);
    k->code = q->reply.code;
    k->message = q->reply.message;
    k->expires = q->expires;
}

static void unmap(struct weir_resolver *r, struct name *n) {
    if (n->mapped)
        weir_map_remove(r->names, weir_str_of(n->host));
    n->mapped = false;
}

static void finish(struct weir_resolver *r, struct name *n) {
    if (n->result.code == WEIR_OK || n->result.code == WEIR_E_DNS)
        weir_dns_cache_put(r->cache, weir_str_of(n->host), &n->result);
    unmap(r, n);
    weir_list_remove(&n->grace_node);
    weir_list_remove(&n->node);
    weir_list_append(&r->done, &n->node);
}

static void settle_late(struct weir_resolver *r, struct name *n) {
    struct weir_dns_known k;
    if (combine(n, &k) && k.expires > r->now)
        weir_dns_cache_put(r->cache, weir_str_of(n->host), &k);
    weir_list_remove(&n->node);
    weir_free(n);
}

/* Something about this name changed: an answer came, or its grace ended. */
static void settle(struct weir_resolver *r, struct name *n) {
    bool pending = n->query[0].pending || n->query[1].pending;
    char text[WEIR_SEARCH_BYTES];
    if (n->delivered) {
        settle_late(r, n); /* only one query was left */
        return;
    }
    if (combine(n, &n->result)) {
        if (!pending || (n->grace_end && r->now >= n->grace_end)) {
            finish(r, n);
        } else if (!n->grace_end) {
            n->grace_end = r->now + grace;
            weir_list_append(&r->grace, &n->grace_node);
        }
        return;
    }
    if (pending)
        return;
    blame(n, &n->result);
    if (n->result.code == WEIR_E_DNS &&
        weir_search_candidate(&r->search, weir_str_of(n->host),
                              n->candidate + 1, text, sizeof text)) {
        n->candidate++;
        weir_list_prepend(&r->waiting, &n->node);
        return;
    }
    finish(r, n);
}

/* -- questions ------------------------------------------------------------ */

static void answer(struct weir_resolve *q, enum weir_err code,
                   const struct weir_addresses *addresses,
                   const char *message) {
    weir_list_remove(&q->node);
    q->fn(code, addresses, message, q->data);
    weir_free(q);
}

/* Calls back for one name that is done, then frees it or lets it linger. */
static void deliver(struct weir_resolver *r, struct name *n) {
    struct weir_addresses out = {0};
    const struct weir_dns_known *k = &n->result;
    if (k->code == WEIR_OK)
        hand_out(r, k, &out);
    n->delivered = true;
    while (!weir_list_empty(&n->questions)) {
        struct weir_resolve *q =
            WEIR_CONTAINER(n->questions.next, struct weir_resolve, node);
        answer(q, k->code, k->code == WEIR_OK ? &out : NULL, k->message);
    }
    weir_list_remove(&n->node);
    if (n->query[0].pending || n->query[1].pending)
        weir_list_append(&r->lingering, &n->node);
    else
        weir_free(n);
}

static struct name *first_name(struct weir_list *list) {
    return WEIR_CONTAINER(list->next, struct name, node);
}

static void end_grace(struct weir_resolver *r) {
    while (!weir_list_empty(&r->grace)) {
        struct name *n = WEIR_CONTAINER(r->grace.next, struct name, grace_node);
        if (n->grace_end > r->now)
            return; /* the list is in order: the delay is the same for all */
        settle(r, n);
    }
}

static void send_waiting(struct weir_resolver *r) {
    while (!weir_list_empty(&r->waiting) && has_room(r)) {
        struct name *n = first_name(&r->waiting);
        weir_list_remove(&n->node);
        if (n->candidate == 0 && weir_list_empty(&n->questions)) {
            unmap(r, n); /* all cancelled before it was sent */
            weir_free(n);
            continue;
        }
        send_name(r, n);
    }
}

static void pump(void *data) {
    struct weir_resolver *r = data;
    struct weir_list now_done, now_cancelled;
    r->pumping = true;
    r->now = weir_loop_clock(r->loop);
    do {
        while (!weir_list_empty(&r->answered)) {
            struct name *n = first_name(&r->answered);
            weir_list_remove(&n->node);
            settle(r, n);
        }
        end_grace(r);
        send_waiting(r); /* may answer at once */
    } while (!weir_list_empty(&r->answered));
    weir_list_init(&now_done);
    weir_list_init(&now_cancelled);
    weir_list_splice(&now_done, &r->done);
    weir_list_splice(&now_cancelled, &r->cancelled);
    while (!weir_list_empty(&now_done))
        deliver(r, first_name(&now_done));
    while (!weir_list_empty(&now_cancelled))
        answer(WEIR_CONTAINER(now_cancelled.next, struct weir_resolve, node),
               WEIR_E_CANCELLED, NULL, "cancelled");
    r->pumping = false;
    schedule(r);
}

static struct name *make_name(struct weir_resolver *r, struct weir_str host) {
    struct name *n = weir_calloc(1, sizeof *n + host.n + 1);
    if (!n)
        return NULL;
    weir_list_init(&n->node);
    weir_list_init(&n->grace_node);
    weir_list_init(&n->questions);
    memcpy(n->host, host.p, host.n);
    for (int i = 0; i < 2; i++) {
        n->query[i].name = n;
        n->query[i].query.version = i == 0 ? 4 : 6;
        n->query[i].query.fn = on_reply;
        n->query[i].query.data = r;
    }
    return n;
}

/* The name that answers a question: one under way, a new one, or one that is
 * done before it began. */
static struct name *find_name(struct weir_resolver *r, struct weir_str host,
                              uint16_t port) {
    char text[NAME_MAX_BYTES + 2];
    struct weir_dns_known k;
    struct weir_str key = {"", 0};
    struct name *n;
    bool done = true;
    if (!read_host(host, text, &key))
        known_error(&k, "not a valid host name");
    else
        done = known(r, key, port, &k);
    n = done ? NULL : weir_map_get(r->names, key);
    if (n)
        return n;
    n = make_name(r, key);
    if (!n)
        return NULL;
    if (done) {
        n->result = k;
        weir_list_append(&r->done, &n->node);
    } else if (weir_map_put(r->names, weir_str_of(n->host), n) != WEIR_OK) {
        weir_free(n);
        return NULL;
    } else {
        n->mapped = true;
        weir_list_append(&r->waiting, &n->node);
    }
    return n;
}

enum weir_err weir_resolver_ask(struct weir_resolver *r, struct weir_str host,
                                uint16_t port, weir_resolve_fn fn, void *data,
                                struct weir_resolve **out) {
    struct weir_resolve *q = weir_calloc(1, sizeof *q);
    struct name *n;
    if (!q)
        return WEIR_E_NOMEM;
    n = find_name(r, host, port);
    if (!n) {
        weir_free(q);
        return WEIR_E_NOMEM;
    }
    q->resolver = r;
    q->fn = fn;
    q->data = data;
    weir_list_append(&n->questions, &q->node);
    schedule(r);
    *out = q;
    return WEIR_OK;
}

void weir_resolve_cancel(struct weir_resolve *q) {
    weir_list_remove(&q->node);
    weir_list_append(&q->resolver->cancelled, &q->node);
    schedule(q->resolver);
}

/* -- life ----------------------------------------------------------------- */

static enum weir_err read_overrides(struct weir_resolver *r,
                                    const struct weir_resolver_config *config,
                                    struct weir_error *error) {
    for (size_t i = 0; i < config->override_count; i++) {
        enum weir_err code = weir_overrides_add(
            r->overrides, weir_str_of(config->overrides[i]), error);
        if (code != WEIR_OK)
            return code;
    }
    return WEIR_OK;
}

static enum weir_err set_up(struct weir_resolver *r,
                            const struct weir_resolver_config *config,
                            struct weir_error *error) {
    enum weir_err code;
    r->overrides = weir_overrides_create();
    r->hosts = weir_hosts_create(config->hosts_file ? config->hosts_file
                                                    : "/etc/hosts");
    r->cache = weir_dns_cache_create(CACHE_MAX);
    r->names = weir_map_create();
    if (!r->overrides || !r->hosts || !r->cache || !r->names)
        return weir_error_nomem(error);
    code = read_overrides(r, config, error);
    if (code != WEIR_OK)
        return code;
    weir_search_read(&r->search, config->resolv_conf ? config->resolv_conf
                                                     : "/etc/resolv.conf");
    return weir_channel_create(&r->channel, config, r->loop, pump, r, error);
}

enum weir_err weir_resolver_create(struct weir_resolver **out,
                                   struct weir_loop *loop,
                                   const struct weir_resolver_config *config,
                                   struct weir_error *error) {
    struct weir_resolver *r = weir_calloc(1, sizeof *r);
    enum weir_err code;
    if (!r)
        return weir_error_nomem(error);
    r->loop = loop;
    r->only = config->ipv4_only ? 4 : config->ipv6_only ? 6 : 0;
    r->route_checked_until = INT64_MIN;
    weir_list_init(&r->waiting);
    weir_list_init(&r->answered);
    weir_list_init(&r->done);
    weir_list_init(&r->grace);
    weir_list_init(&r->lingering);
    weir_list_init(&r->cancelled);
    uv_timer_init(weir_loop_uv(loop), &r->timer); /* cannot fail */
    r->timer.data = r;
    code = set_up(r, config, error);
    if (code != WEIR_OK) {
        weir_resolver_destroy(r);
        return code;
    }
    *out = r;
    return WEIR_OK;
}

static void cancel_all(struct weir_list *questions) {
    while (!weir_list_empty(questions))
        answer(WEIR_CONTAINER(questions->next, struct weir_resolve, node),
               WEIR_E_CANCELLED, NULL, "cancelled");
}

static void end_names(struct weir_list *names) {
    while (!weir_list_empty(names)) {
        struct name *n = first_name(names);
        weir_list_remove(&n->node);
        cancel_all(&n->questions);
        weir_free(n);
    }
}

static void on_closed(uv_handle_t *handle) {
    weir_free(handle->data);
}

void weir_resolver_destroy(struct weir_resolver *r) {
    struct weir_str key;
    size_t cursor = 0;
    void *value;
    if (!r)
        return;
    r->pumping = true; /* whatever a callback does now sets no timer */
    weir_channel_destroy(r->channel);
    /* Names whose queries are out stand in the map and in no list. */
    while (r->names && weir_map_next(r->names, &cursor, &key, &value)) {
        struct name *n = value;
        weir_list_remove(&n->node);
        weir_list_append(&r->done, &n->node);
    }
    end_names(&r->done);
    end_names(&r->waiting);
    end_names(&r->answered);
    end_names(&r->lingering);
    cancel_all(&r->cancelled);
    weir_map_destroy(r->names);
    weir_dns_cache_destroy(r->cache);
    weir_hosts_destroy(r->hosts);
    weir_overrides_destroy(r->overrides);
    uv_close((uv_handle_t *)&r->timer, on_closed);
}
