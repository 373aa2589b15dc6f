/* transfer_internal.h - what the rooms of the transfer layer share:
 * transfer.c (one request), multi.c (multi handles and sockets), lane.c
 * (threads of their own), proxy.c. */
#ifndef WEIR_NET_TRANSFER_INTERNAL_H
#define WEIR_NET_TRANSFER_INTERNAL_H

#include "base/heap.h"
#include "base/list.h"
#include "net/address.h"
#include "net/transfer.h"

#include <curl/curl.h>
#include <uv.h>

enum {
    SHARD_CONNECTIONS = 512,  /* libcurl scans its connections linearly */
    RESTING_CONNECTIONS = 16, /* kept beside those in use */
    SHARDS_MAX = 64,
    CROWDED_TLS = 4 /* transfers that are worth a second CA store */
};

struct lane;

/* One multi handle. It belongs to the thread of its loop, but for what is
 * said to be the net's. */
struct shard {
    struct weir_net *net;
    struct lane *lane; /* NULL: it runs on the net's own loop */
    struct weir_loop *loop;
    CURLM *multi;
    struct weir_timer *timer;
    struct net_socket **sockets; /* by descriptor */
    size_t socket_cap;
    bool dirty; /* messages may wait */

    /* --- the net's --- */
    size_t active;             /* transfers in it */
    struct curl_slist *forget; /* "-host:port", for the next transfer */
};

/* A socket that libcurl asked for. Its poll handle lives until libcurl closes
 * the socket: it takes a socket out of the watch and back in on every request
 * of a kept connection, and obeying would cost a system call each time. */
struct net_socket {
    uv_poll_t poll;
    struct shard *shard;
    curl_socket_t fd;
    int wanted; /* UV_READABLE | UV_WRITABLE that libcurl wants */
    int polled; /* that libuv watches */
};

struct weir_decoder;

struct weir_net {
    struct weir_loop *loop;
    struct weir_net_config config;
    CURLSH *share; /* the cookie jar */
    bool jar_made; /* config.cookie_jar can be written */
    struct shard *shards[SHARDS_MAX];
    size_t shard_count, shard_limit;
    struct lane *lanes[WEIR_LANES_MAX]; /* NULL: not needed so far */
    struct weir_list idle;   /* transfers with a handle, not in use */
    struct weir_list active; /* in flight */
    struct weir_list ending; /* cancelled, on_done to come */
    size_t active_count;
    struct curl_slist *headers; /* config.headers... */
    const char *agent;          /* ...but for User-Agent's value */
    struct weir_cidr *allow;
    char *proxy_http, *proxy_https; /* NULL = none */
    char *no_proxy;
};

struct weir_transfer {
    struct weir_list link;
    struct weir_net *net;
    struct shard *shard; /* NULL when idle */
    struct shard *last_shard;
    CURL *easy;
    const struct weir_transfer_ops *ops;
    void *data;
    struct curl_slist *headers, *headers_end, *resolve;
    const char *proxy_used; /* the last request's */
    struct weir_buf head;
    size_t head_bytes; /* all header bytes seen, 1xx and trailers included */
    uint64_t received;
    struct weir_decoder *decoder; /* NULL: the body is as it comes */
    enum weir_err decode_code;    /* why decoding ended the transfer */
    const char *decode_message;
    bool damaged; /* the coding is, so that another try may help */
    int status;
    bool head_done;   /* the final block was delivered */
    bool any_address; /* the address check does not apply */
    bool denied;      /* the address check refused the socket */
    bool no_socket;   /* out of descriptors */
    bool aborted;     /* by a callback */
    bool cancelled;   /* by the caller */
    bool flooded;     /* too many header bytes */
    bool bad_length;  /* Content-Length is no number */
    bool paused;
    bool proxy;                 /* proxy_used was set */
    bool extras;                /* range, credentials... of the last request */
    bool custom_method, posted; /* options to take back before the next use */
    char error[CURL_ERROR_SIZE];

    /* --- lane.c, under its mutex --- */
    struct weir_list post_link, ended_link;
    unsigned posts; /* LANE_... */
    bool in_lane;   /* its multi has it */
    CURLcode code;  /* how it ended */
};

enum lane_post { LANE_ADD = 1, LANE_RESUME = 2, LANE_CANCEL = 4 };

/* lane.c */
struct lane *weir_lane_create(struct weir_loop *loop); /* NULL = no memory */
/* Ends the thread; its shards may be destroyed then. */
void weir_lane_stop(struct lane *lane);    /* NULL-safe */
void weir_lane_destroy(struct lane *lane); /* NULL-safe */
struct weir_loop *weir_lane_loop(struct lane *lane);
void weir_lane_post(struct lane *lane, struct weir_transfer *t,
                    enum lane_post what);
/* Those that ended, by ended_link; they are the caller's again. */
void weir_lane_take(struct lane *lane, struct weir_list *out);

/* multi.c */
/* May a socket not be connected to this address? */
bool weir_multi_denies(const struct weir_net *net,
                       const struct sockaddr *address);
/* The shard for the next transfer of a host. */
enum weir_err weir_multi_shard(struct weir_net *net,
                               const struct weir_transfer_request *r,
                               struct shard **out);
/* In the shard's thread, before its first transfer: false = no memory. */
bool weir_multi_attach(struct shard *s);
/* The next transfer that libcurl is done with, taken out; NULL = none. */
struct weir_transfer *weir_multi_ended(struct shard *s, CURLcode *code);
void weir_multi_destroy(struct weir_net *net);
curl_socket_t weir_multi_open_socket(void *data, curlsocktype purpose,
                                     struct curl_sockaddr *address);
int weir_multi_close_socket(void *data, curl_socket_t fd);

/* transfer.c */
/* In the shard's thread: the bytes that wait are given again. True when that
 * went wrong, so that the transfer must end. */
bool weir_transfer_unpause(struct weir_transfer *t);

/* outcome.c */
void weir_transfer_classify(const struct weir_transfer *t, CURLcode code,
                            struct weir_transfer_result *result);

/* cookies.c */
enum weir_err weir_cookies_init(struct weir_net *net, struct weir_error *error);
/* Writes the jar. */
void weir_cookies_release(struct weir_net *net);

/* proxy.c */
enum weir_err weir_proxy_init(struct weir_net *net, struct weir_error *error);
void weir_proxy_release(struct weir_net *net);
/* The proxy's URL for this URL, or NULL for none. */
const char *weir_proxy_for(const struct weir_net *net,
                           const struct weir_url *url);
/* Would a proxy be asked for an address that deny_private refuses? Names are
 * resolved by the proxy: only addresses can be told. */
bool weir_proxy_denies(const struct weir_net *net,
                       const struct weir_transfer_request *r);

#endif
