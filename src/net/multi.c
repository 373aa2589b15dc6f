/* multi.c - libcurl's multi handles on the loop, and their sockets.
 *
 *   libcurl --on_socket--> wanted --(uv_poll)--> on_poll --socket_action--+
 *   libcurl --on_timeout-> weir_timer ---------> on_timer -socket_action--+
 *                                                                         |
 *   check hook -> weir_multi_ended <------- info_read --------------------+
 *
 * Several multi handles because libcurl scans its connections linearly: 28 us
 * a request at 1,000 connections, 70 at 5,000; and because one thread is not
 * always enough (lane.c).
 */
#include "net/transfer_internal.h"

#include "base/mem.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static void socket_action(struct shard *s, curl_socket_t fd, int flags) {
    int running;
    s->dirty = true;
    curl_multi_socket_action(s->multi, fd, flags, &running);
}

static void on_timer(void *data) {
    socket_action(data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout(CURLM *multi, long timeout_ms, void *data) {
    struct shard *s = data;
    (void)multi;
    if (timeout_ms < 0)
        weir_timer_clear(s->timer);
    else if (timeout_ms == 0)
        weir_timer_set(s->timer, 0);
    else
        weir_timer_set(s->timer, weir_loop_clock(s->loop) +
                                     (int64_t)timeout_ms * 1000000);
    return 0;
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct net_socket *ns = poll->data;
    int flags = 0;
    if (!ns->wanted) {
        /* An event on a connection that rests in the cache (the peer closed
         * it): libcurl looks when it takes the connection out. */
        uv_poll_stop(poll);
        ns->polled = 0;
        return;
    }
    if (status < 0)
        flags = CURL_CSELECT_ERR;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    socket_action(ns->shard, ns->fd, flags);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *data,
                     void *socket_data) {
    struct shard *s = data;
    struct net_socket *ns;
    (void)easy;
    (void)socket_data;
    if (fd < 0 || (size_t)fd >= s->socket_cap || !s->sockets[fd])
        return 0;
    ns = s->sockets[fd];
    ns->wanted = what == CURL_POLL_IN      ? UV_READABLE
                 : what == CURL_POLL_OUT   ? UV_WRITABLE
                 : what == CURL_POLL_INOUT ? UV_READABLE | UV_WRITABLE
                                           : 0;
    /* Level-triggered: a socket that is ready to write would spin if it
     * stayed watched for that. */
    if (ns->wanted && ns->wanted != ns->polled) {
        uv_poll_start(&ns->poll, ns->wanted, on_poll);
        ns->polled = ns->wanted;
    } else if (!ns->wanted && ns->polled == UV_WRITABLE) {
        /* A connection that did not come about: libcurl (7.88) closes such a
         * socket without CLOSESOCKETFUNCTION. */
        uv_poll_stop(&ns->poll);
        ns->polled = 0;
    }
    return 0;
}

bool weir_multi_denies(const struct weir_net *net,
                       const struct sockaddr *address) {
    if (!net->config.deny_private || !weir_address_is_private(address))
        return false;
    for (size_t i = 0; i < net->config.allow_count; i++)
        if (weir_cidr_contains(&net->allow[i], address))
            return false;
    return true;
}

static void free_socket(uv_handle_t *handle) {
    weir_free(handle->data);
}

static void forget_socket(struct shard *s, size_t fd) {
    if (fd < s->socket_cap && s->sockets[fd]) {
        uv_close((uv_handle_t *)&s->sockets[fd]->poll, free_socket);
        s->sockets[fd] = NULL;
    }
}

/* One that was closed behind our back, by whichever shard of this loop had it:
 * libuv has one watcher for a descriptor. */
static void forget_stale(struct shard *s, size_t fd) {
    if (s->lane)
        forget_socket(s, fd);
    for (size_t i = 0; !s->lane && i < s->net->shard_count; i++)
        forget_socket(s->net->shards[i], fd);
}

static bool track_socket(struct shard *s, int fd) {
    struct net_socket *ns;
    if ((size_t)fd >= s->socket_cap) {
        size_t cap = ((size_t)fd + 64) * 2;
        struct net_socket **bigger =
            weir_reallocarray(s->sockets, cap, sizeof *bigger);
        if (!bigger)
            return false;
        for (size_t i = s->socket_cap; i < cap; i++)
            bigger[i] = NULL;
        s->sockets = bigger;
        s->socket_cap = cap;
    }
    forget_stale(s, (size_t)fd);
    ns = weir_calloc(1, sizeof *ns);
    if (!ns)
        return false;
    if (uv_poll_init_socket(weir_loop_uv(s->loop), &ns->poll, fd) != 0) {
        weir_free(ns);
        return false;
    }
    ns->poll.data = ns;
    ns->shard = s;
    ns->fd = fd;
    s->sockets[fd] = ns;
    return true;
}

curl_socket_t weir_multi_open_socket(void *data, curlsocktype purpose,
                                     struct curl_sockaddr *address) {
    struct weir_transfer *t = data;
    int fd;
    (void)purpose;
    /* A proxy is named by the user, never by a page. */
    if (!t->any_address && !t->proxy_used &&
        weir_multi_denies(t->net, &address->addr)) {
        t->denied = true;
        return CURL_SOCKET_BAD;
    }
    fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
                address->protocol);
    if (fd < 0) {
        t->no_socket = errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
                       errno == ENOMEM;
        return CURL_SOCKET_BAD;
    }
    if (!track_socket(t->shard, fd)) {
        close(fd);
        t->no_socket = true;
        return CURL_SOCKET_BAD;
    }
    return fd;
}

int weir_multi_close_socket(void *data, curl_socket_t fd) {
    forget_socket(data, (size_t)fd);
    return close(fd);
}

static void destroy_shard(struct shard *s) {
    if (s->multi)
        curl_multi_cleanup(s->multi);
    weir_timer_destroy(s->timer);
    for (size_t fd = 0; fd < s->socket_cap; fd++)
        forget_socket(s, fd);
    weir_free(s->sockets);
    curl_slist_free_all(s->forget);
    weir_free(s);
}

static struct shard *create_shard(struct weir_net *net, struct lane *lane) {
    struct shard *s = weir_calloc(1, sizeof *s);
    long connections = (long)net->config.connections;
    if (!s)
        return NULL;
    s->net = net;
    s->lane = lane;
    s->loop = lane ? weir_lane_loop(lane) : net->loop;
    s->multi = curl_multi_init();
    if (!s->multi || (!lane && !weir_multi_attach(s))) {
        destroy_shard(s);
        return NULL;
    }
    if (connections > SHARD_CONNECTIONS)
        connections = SHARD_CONNECTIONS;
    curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s);
    curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s);
    /* Set, and above the connections in use: the default of four times the
     * easy handles makes libcurl close and open again (3.6x). */
    if (!net->config.few_descriptors)
        connections += RESTING_CONNECTIONS;
    curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, connections);
    curl_multi_setopt(s->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 100L);
    return s;
}

bool weir_multi_attach(struct shard *s) {
    s->timer = weir_timer_create(s->loop, on_timer, s);
    return s->timer != NULL;
}

static size_t least_active(const struct weir_net *net) {
    size_t best = 0;
    for (size_t i = 1; i < net->shard_count; i++)
        if (net->shards[i]->active < net->shards[best]->active)
            best = i;
    return best;
}

/* The shards take turns in the lanes. */
static enum weir_err add_shard(struct weir_net *net) {
    size_t i = net->shard_count;
    struct lane **lane = NULL;
    if (net->config.lanes > 0) {
        lane = &net->lanes[i % net->config.lanes];
        if (!*lane && !(*lane = weir_lane_create(net->loop)))
            return WEIR_E_NOMEM;
    }
    net->shards[i] = create_shard(net, lane ? *lane : NULL);
    if (!net->shards[i])
        return WEIR_E_NOMEM;
    net->shard_count++;
    return WEIR_OK;
}

/* The first that has room, so that TLS hosts share one parsed CA store. */
static size_t first_with_room(const struct weir_net *net) {
    for (size_t i = 0; i < net->shard_count; i++)
        if (net->shards[i]->active < SHARD_CONNECTIONS)
            return i;
    return least_active(net);
}

/* A host stays where its connections are. In lanes the transfers of one host
 * spread, but for TLS: there it may have one connection for all (HTTP/2). */
static bool stays(const struct weir_net *net,
                  const struct weir_transfer_request *r) {
    int at = r->home->shard;
    if (at < 0)
        return false;
    if (net->config.lanes == 0 || weir_url_is_https(r->url))
        return true;
    return net->shard_count >= net->config.lanes &&
           net->shards[at]->active <= net->shards[least_active(net)]->active;
}

/* Another one is made when those that are there have enough: for lanes at once,
 * but with TLS it means one more CA store to parse (18 ms). */
enum weir_err weir_multi_shard(struct weir_net *net,
                               const struct weir_transfer_request *r,
                               struct shard **out) {
    bool starts_lanes = net->shard_count < net->config.lanes;
    size_t enough = !starts_lanes               ? SHARD_CONNECTIONS
                    : weir_url_is_https(r->url) ? CROWDED_TLS
                                                : 1;
    enum weir_err err = WEIR_OK;
    size_t best;
    if (stays(net, r)) {
        *out = net->shards[r->home->shard];
        return WEIR_OK;
    }
    best = net->config.lanes > 0 ? least_active(net) : first_with_room(net);
    if (net->shard_count == 0 || (net->shards[best]->active >= enough &&
                                  net->shard_count < net->shard_limit)) {
        err = add_shard(net);
        /* Without memory for another one those that are there do. */
        if (err != WEIR_OK && net->shard_count == 0)
            return err;
        best = least_active(net);
    }
    r->home->shard = (int)best;
    *out = net->shards[best];
    return WEIR_OK;
}

struct weir_transfer *weir_multi_ended(struct shard *s, CURLcode *code) {
    struct weir_transfer *t = NULL;
    CURLMsg *msg;
    int left;
    if (!s->dirty)
        return NULL;
    while ((msg = curl_multi_info_read(s->multi, &left))) {
        if (msg->msg != CURLMSG_DONE)
            continue;
        *code = msg->data.result;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
        return t;
    }
    s->dirty = false;
    return NULL;
}

void weir_multi_destroy(struct weir_net *net) {
    for (size_t i = 0; i < net->shard_count; i++)
        destroy_shard(net->shards[i]);
}
