/* transfer.h - HTTP transfers with libcurl on the loop.
 *
 * One weir_net holds the multi handles (shards, of up to 512 connections), the
 * pool of easy handles, the cookie jar and what all transfers share. A transfer
 * is one request and one answer: redirects, retries and limits are the engine's
 * business.
 *
 *     weir_net_start -> on_head     once, when the final header block is whole
 *                       on_body     any number of times
 *                       on_done     exactly once: ok, error or cancelled
 *
 * The callbacks never come from inside weir_net_start, and must not start,
 * cancel or free a transfer, except on_done, which runs when the transfer is
 * over and its handle is back in the pool. on_done comes from the loop; so do
 * on_head and on_body, unless there are `lanes`: then they come from another
 * thread, one at a time for each transfer, between its start and its on_done.
 * Names are never resolved here: the caller gives addresses.
 */
#ifndef WEIR_NET_TRANSFER_H
#define WEIR_NET_TRANSFER_H

#include "base/err.h"
#include "base/str.h"
#include "core/url.h"
#include "net/loop.h"
#include "net/resolver.h"

struct weir_net;
struct weir_transfer;

enum { WEIR_LANES_MAX = 2 };

enum weir_http_version { WEIR_HTTP_ANY, WEIR_HTTP_1_1, WEIR_HTTP_2 };

/* Strings are borrowed for the life of the weir_net. */
struct weir_net_config {
    size_t connections;   /* the most that will be in flight (-j) */
    bool few_descriptors; /* keep no more connections open than those */
    bool large_buffers;   /* few transfers of large bodies */
    unsigned lanes;       /* threads that move the bytes, up to WEIR_LANES_MAX;
                             0 = the loop's. Not with cookies: the jar is one
                             thread's */
    int64_t connect_timeout_ms;
    int64_t stall_timeout_s; /* fewer than 10 B/s for so long is an error */
    bool insecure;           /* -k */
    const char *cacert, *cert, *key;
    const char *proxy;         /* -x; NULL = environment, "" = none */
    const char *no_proxy;      /* NULL = environment */
    const char *proxy_userpwd; /* "user:password" or NULL */
    enum weir_http_version version;
    const char *accept_encoding; /* NULL = no decoding; "" = all (decode.h) */
    const char *const *headers;  /* "Name: value", of common_headers requests */
    size_t header_count;
    bool netrc;
    const char *netrc_file;   /* NULL = ~/.netrc */
    bool cookies;             /* the cookie engine is on */
    const char *cookie_file;  /* read at the start, or NULL */
    const char *cookie_jar;   /* for weir_net_save_cookies, or NULL */
    bool deny_private;        /* refuse such addresses when connecting */
    const char *const *allow; /* CIDRs that deny_private lets through */
    size_t allow_count;
    bool ipv4_only, ipv6_only;
};

/* What was learnt of an ended transfer. */
struct weir_transfer_result {
    enum weir_err code;  /* WEIR_OK: a complete answer, whatever its status */
    bool transient;      /* the same request may well succeed later */
    const char *message; /* borrowed during on_done; "" when ok */
    int status;          /* HTTP status, 0 = none came */
    int http_version;    /* 10, 11, 20; 0 = unknown */
    bool connected;      /* a connection was made (or reused) */
    uint64_t received;   /* body bytes passed to on_body */
    bool no_descriptor;  /* the process has none left for a connection */
};

enum weir_body_answer {
    WEIR_BODY_TAKEN,
    WEIR_BODY_PAUSE, /* give these bytes again after weir_transfer_resume */
    WEIR_BODY_ABORT  /* end the transfer: on_done with WEIR_E_CANCELLED */
};

struct weir_transfer_ops {
    /* head: "Name: value\n" lines, without the status line; borrowed. False
     * ends the transfer (WEIR_E_CANCELLED). */
    bool (*on_head)(int status, struct weir_str head, void *data);
    enum weir_body_answer (*on_body)(const char *bytes, size_t n, void *data);
    void (*on_done)(const struct weir_transfer_result *result, void *data);
};

/* Where a host's transfers are; net's own, {.shard = -1} at first. */
struct weir_net_home {
    int shard;     /* of the last transfer */
    uint64_t told; /* shards that know the addresses: 0 when they changed */
};

struct weir_transfer_request {
    const struct weir_url *url;
    const char *method;         /* "GET", "HEAD", "POST"... */
    struct weir_str body;       /* borrowed until on_done; p NULL = none */
    const char *const *headers; /* "Name: value", copied */
    size_t header_count;
    bool common_headers; /* the configuration's too */
    bool any_address;    /* deny_private does not apply */
    const char *range;   /* "1000-" or NULL, copied */
    const char *userpwd; /* "user:password" (Basic) or NULL */
    const char *cookie;  /* "a=1; b=2" or NULL */
    bool no_credentials; /* neither netrc nor anything of ours */
    int64_t timeout_ms;  /* the whole transfer; 0 = none */
    const struct weir_addresses *addresses;
    struct weir_net_home *home; /* of the host */
    const struct weir_transfer_ops *ops;
    void *data;
};

/* WEIR_E_USAGE (bad proxy, CIDR), WEIR_E_TLS (CA file), WEIR_E_IO (cookie
 * file), WEIR_E_NOMEM. */
enum weir_err weir_net_create(struct weir_net **out, struct weir_loop *loop,
                              const struct weir_net_config *config,
                              struct weir_error *error);
/* Writes the cookie jar, if there is one; a file is written whole or stays as
 * it is. WEIR_E_IO. */
enum weir_err weir_net_save_cookies(struct weir_net *net,
                                    struct weir_error *error);
/* All transfers must be over. */
void weir_net_destroy(struct weir_net *net);

/* WEIR_OK: on_done will come, and *out may be cancelled until then. Else
 * nothing was started. */
enum weir_err weir_net_start(struct weir_net *net,
                             const struct weir_transfer_request *request,
                             struct weir_transfer **out);
/* Ends it: on_done comes in a later iteration with WEIR_E_CANCELLED. */
void weir_transfer_cancel(struct weir_transfer *t);
/* Cancels all that are in flight. */
void weir_net_cancel_all(struct weir_net *net);
/* After WEIR_BODY_PAUSE: the bytes come again, perhaps from inside this call.
 */
void weir_transfer_resume(struct weir_transfer *t);
/* Delivers on_done of what has ended: once for each iteration of the loop
 * (weir_loop_on_check). */
void weir_net_check(struct weir_net *net);
size_t weir_net_active(const struct weir_net *net);

/* Who is connected to for this URL: the proxy's host and port when one is
 * used (*proxied true), else the URL's. That is the name to resolve. Brackets
 * of IPv6 literals are off. */
void weir_net_peer(const struct weir_net *net, const struct weir_url *url,
                   struct weir_str *host, uint16_t *port, bool *proxied);
/* A host went idle: forget its addresses in libcurl's cache. */
void weir_net_forget(struct weir_net *net, const struct weir_net_home *home,
                     struct weir_str host, uint16_t port);

#endif
