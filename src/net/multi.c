/* multi.c - libcurl's multi handles on the loop, and their sockets.
 *
 *   libcurl --on_socket--> wanted --(uv_poll)--> on_poll --socket_action--+
 *   libcurl --on_timeout-> weir_timer ---------> on_timer -socket_action--+
 *                                                                         |
 *   loop's check hook -> weir_multi_reap -> info_read -> transfer_finished +
 *
 * Several multi handles because libcurl scans its connections linearly: 28 us
 * a request at 1,000 connections, 70 at 5,000. A host stays with its shard.
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
        weir_timer_set(s->timer, weir_loop_clock(s->net->loop) +
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
    struct weir_net *net = s->net;
    struct net_socket *ns;
    (void)easy;
    (void)socket_data;
    if (fd < 0 || (size_t)fd >= net->socket_cap || !net->sockets[fd])
        return 0;
    ns = net->sockets[fd];
    ns->shard = s;
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

static void forget_socket(struct weir_net *net, size_t fd) {
    if (fd < net->socket_cap && net->sockets[fd]) {
        uv_close((uv_handle_t *)&net->sockets[fd]->poll, free_socket);
        net->sockets[fd] = NULL;
    }
}

static bool track_socket(struct weir_net *net, struct shard *shard, int fd) {
    struct net_socket *ns;
    if ((size_t)fd >= net->socket_cap) {
        size_t cap = ((size_t)fd + 64) * 2;
        struct net_socket **bigger =
            weir_reallocarray(net->sockets, cap, sizeof *bigger);
        if (!bigger)
            return false;
        for (size_t i = net->socket_cap; i < cap; i++)
            bigger[i] = NULL;
        net->sockets = bigger;
        net->socket_cap = cap;
    }
    forget_socket(net, (size_t)fd); /* one that was closed behind our back */
    ns = weir_calloc(1, sizeof *ns);
    if (!ns)
        return false;
    if (uv_poll_init_socket(weir_loop_uv(net->loop), &ns->poll, fd) != 0) {
        weir_free(ns);
        return false;
    }
    ns->poll.data = ns;
    ns->shard = shard;
    ns->fd = fd;
    net->sockets[fd] = ns;
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
    if (!track_socket(t->net, t->shard, fd)) {
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

static struct shard *create_shard(struct weir_net *net) {
    struct shard *s = weir_calloc(1, sizeof *s);
    long connections = (long)net->config.connections;
    if (!s)
        return NULL;
    s->net = net;
    s->multi = curl_multi_init();
    s->timer = weir_timer_create(net->loop, on_timer, s);
    if (!s->multi || !s->timer) {
        if (s->multi)
            curl_multi_cleanup(s->multi);
        weir_timer_destroy(s->timer);
        weir_free(s);
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

enum weir_err weir_multi_shard(struct weir_net *net, int *index,
                               struct shard **out) {
    size_t best = 0;
    if (*index >= 0) {
        *out = net->shards[*index];
        return WEIR_OK;
    }
    /* The first that has room, so that TLS hosts share one parsed CA store. */
    while (best < net->shard_count &&
           net->shards[best]->active >= SHARD_CONNECTIONS)
        best++;
    if (best == net->shard_count && best < net->shard_limit) {
        net->shards[best] = create_shard(net);
        if (!net->shards[best])
            return WEIR_E_NOMEM;
        net->shard_count++;
    }
    if (best == net->shard_limit) {
        best = 0;
        for (size_t i = 1; i < net->shard_count; i++)
            if (net->shards[i]->active < net->shards[best]->active)
                best = i;
    }
    *index = (int)best;
    *out = net->shards[best];
    return WEIR_OK;
}

void weir_multi_reap(struct weir_net *net) {
    for (size_t i = 0; i < net->shard_count; i++) {
        struct shard *s = net->shards[i];
        CURLMsg *msg;
        int left;
        if (!s->dirty)
            continue;
        s->dirty = false;
        while ((msg = curl_multi_info_read(s->multi, &left))) {
            struct weir_transfer *t = NULL;
            CURLcode code = msg->data.result;
            if (msg->msg != CURLMSG_DONE)
                continue;
            curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
            weir_transfer_finished(t, code);
        }
    }
}

void weir_multi_destroy(struct weir_net *net) {
    for (size_t i = 0; i < net->shard_count; i++) {
        struct shard *s = net->shards[i];
        curl_multi_cleanup(s->multi);
        weir_timer_destroy(s->timer);
        curl_slist_free_all(s->forget);
        weir_free(s);
    }
    for (size_t fd = 0; fd < net->socket_cap; fd++)
        forget_socket(net, fd);
    weir_free(net->sockets);
}
