/* resolver_channel.h - one c-ares channel with its sockets on the loop.
 *
 * Single queries for one name and one type, with c-ares' tries, timeouts and
 * TCP after truncation. The channel has no timer of its own: while it is busy,
 * its owner calls weir_channel_tick every 50 to 100 ms.
 */
#ifndef WEIR_NET_RESOLVER_CHANNEL_H
#define WEIR_NET_RESOLVER_CHANNEL_H

#include "base/buf.h"
#include "base/list.h"
#include "net/resolver_reply.h"

struct weir_channel;
struct weir_channel_query;

/* The reply is borrowed. May be called from inside weir_channel_ask: record,
 * and act later. */
typedef void (*weir_channel_fn)(struct weir_channel_query *query,
                                const struct weir_dns_reply *reply);

/* Owned by the caller, who keeps it until the callback or until the channel
 * is destroyed. */
struct weir_channel_query {
    int version; /* 4: A, 6: AAAA */
    weir_channel_fn fn;
    void *data;
    /* The channel's: */
    struct weir_channel *channel;
    struct weir_list link;           /* under way */
    uint64_t name;                   /* a hash */
    int id;                          /* as it was sent; -1: not known */
    bool garbage, servfail, refused; /* such an answer came */
    unsigned strays;                 /* the channel's at the start */
};

/* What arrived is handed on before on_batch is called, once for each batch of
 * packets; it may ask again. */
enum weir_err weir_channel_create(struct weir_channel **out,
                                  const struct weir_resolver_config *config,
                                  struct weir_loop *loop, weir_loop_fn on_batch,
                                  void *data, struct weir_error *error);
/* Not from inside a callback of its own. No callback comes any more. */
void weir_channel_destroy(struct weir_channel *c);
/* name: without search list, as it goes into the question. */
void weir_channel_ask(struct weir_channel *c, const char *name,
                      struct weir_channel_query *query);
/* Handles what timed out, calling back. */
void weir_channel_tick(struct weir_channel *c);
/* Queries under way. */
size_t weir_channel_busy(const struct weir_channel *c);
/* How many may be: their answers fit into the socket's receive buffer, even
 * when they all come at once. What does not fit is lost, and costs a timeout.
 */
size_t weir_channel_capacity(const struct weir_channel *c);
/* "1.2.3.4:53,[::1]:5353" checked and written as c-ares reads it: WEIR_E_USAGE
 * with a message. */
enum weir_err weir_channel_servers(const char *list, struct weir_buf *out,
                                   struct weir_error *error);

#endif
