/* resolver_channel.c - c-ares on libuv.
 *
 * c-ares says which descriptors it wants watched (on_sock_state), uv_poll
 * watches them, and on_poll hands what is ready to ares_process_fd. A watch
 * dies with its descriptor: c-ares reports "neither" just before it closes it.
 *
 * The sockets are made here and not by c-ares, for three reasons. Larger
 * buffers let hundreds of questions be under way on the one UDP socket that
 * c-ares 1.18 keeps for a server. A full send buffer must look like a lost
 * packet, which is sent again after the timeout, where c-ares would give the
 * server up. And c-ares drops what it cannot understand and then reports
 * "timed out" or "connection refused" for everything: a look at such packets as
 * they arrive tells garbage from silence, and SERVFAIL and REFUSED from a dead
 * server.
 *
 * Whose answer a packet would have been, its id says. Garbage may lack even
 * that: while one name alone is asked for it is that name's, else nobody's, and
 * those that hear nothing are told that there was some.
 */
#define CARES_NO_DEPRECATED
#include "net/resolver_channel.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/mem.h"

#include <sys/select.h> /* ares.h needs fd_set */

#include <ares.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <uv.h>

enum {
    SOCKET_BUFFER = 1 << 20, /* bytes; the kernel may give less */
    DATAGRAM_COST = 1024,    /* bytes of it for a small answer, on Linux */
    CAPACITY_MIN = 256,      /* queries */
    CAPACITY_MAX = 2048,
    TYPE_A = 1,
    TYPE_AAAA = 28,
    CLASS_IN = 1
};

struct watch {
    uv_poll_t poll; /* first: freed through its uv_handle_t */
    struct weir_channel *channel;
    ares_socket_t fd;
    int events;
    struct watch *next;
};

struct weir_channel {
    ares_channel ares;
    uv_loop_t *loop;
    struct watch *watches;
    weir_loop_fn on_batch;
    void *data;
    size_t busy, capacity;             /* queries */
    struct weir_list asked;            /* they */
    struct weir_channel_query *asking; /* not sent yet: c-ares has it now */
    bool closing;
    unsigned strays; /* datagrams that were nobody's */
};

static void on_poll(uv_poll_t *handle, int status, int events) {
    struct watch *w = handle->data;
    struct weir_channel *c = w->channel;
    ares_socket_t fd = w->fd;
    /* An error is found, and handled, by reading. */
    bool readable = status < 0 || (events & UV_READABLE);
    bool writable = status < 0 || (events & UV_WRITABLE);
    ares_process_fd(c->ares, readable ? fd : ARES_SOCKET_BAD,
                    writable ? fd : ARES_SOCKET_BAD);
    /* libuv stops watching at an error, which may be one query's (a port
     * unreachable) while others still wait on this socket. */
    if (status < 0 && !uv_is_closing((uv_handle_t *)handle))
        uv_poll_start(handle, w->events, on_poll);
    c->on_batch(c->data);
}

static void on_watch_closed(uv_handle_t *handle) {
    weir_free(handle->data);
}

static void unwatch(struct weir_channel *c, ares_socket_t fd) {
    for (struct watch **at = &c->watches; *at; at = &(*at)->next) {
        struct watch *w = *at;
        if (w->fd != fd)
            continue;
        *at = w->next;
        uv_poll_stop(&w->poll);
        uv_close((uv_handle_t *)&w->poll, on_watch_closed);
        return;
    }
}

static struct watch *watch(struct weir_channel *c, ares_socket_t fd) {
    struct watch *w;
    for (w = c->watches; w; w = w->next) {
        if (w->fd == fd)
            return w;
    }
    w = weir_calloc(1, sizeof *w);
    if (!w)
        return NULL;
    if (uv_poll_init(c->loop, &w->poll, fd) != 0) {
        weir_free(w);
        return NULL;
    }
    w->poll.data = w;
    w->channel = c;
    w->fd = fd;
    w->next = c->watches;
    c->watches = w;
    return w;
}

/* c-ares' ares_sock_state_cb. Without memory for a watch the queries of this
 * socket time out, which is then what their callers hear. */
static void on_sock_state(void *data, ares_socket_t fd, int readable,
                          int writable) {
    struct weir_channel *c = data;
    struct watch *w;
    int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
    if (events == 0) {
        unwatch(c, fd);
        return;
    }
    w = watch(c, fd);
    if (w) {
        w->events = events;
        uv_poll_start(&w->poll, events, on_poll);
    }
}

static size_t capacity_of(int fd) {
    int size = 0;
    socklen_t length = sizeof size;
    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &length);
    size /= DATAGRAM_COST;
    return size < CAPACITY_MIN   ? CAPACITY_MIN
           : size > CAPACITY_MAX ? CAPACITY_MAX
                                 : (size_t)size;
}

static ares_socket_t open_socket(int family, int type, int protocol,
                                 void *data) {
    int size = SOCKET_BUFFER, one = 1;
    int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    struct weir_channel *c = data;
    if (fd < 0)
        return ARES_SOCKET_BAD;
    if (type == SOCK_STREAM) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    } else {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        c->capacity = capacity_of(fd);
    }
    return fd;
}

static int close_socket(ares_socket_t fd, void *data) {
    (void)data;
    return close(fd);
}

static int connect_socket(ares_socket_t fd, const struct sockaddr *to,
                          ares_socklen_t length, void *data) {
    (void)data;
    return connect(fd, to, length);
}

static struct weir_channel_query *query_of(struct weir_list *node) {
    return WEIR_CONTAINER(node, struct weir_channel_query, link);
}

static struct weir_channel_query *find_asked(struct weir_channel *c,
                                             const unsigned char *p, size_t n) {
    for (struct weir_list *at = c->asked.next; at != &c->asked; at = at->next)
        if (n >= 2 && query_of(at)->id == (p[0] << 8 | p[1]))
            return query_of(at);
    return NULL;
}

static bool one_name_is_asked(const struct weir_channel *c) {
    const struct weir_list *at = c->asked.next;
    uint64_t first = at == &c->asked ? 0 : query_of(c->asked.next)->name;
    for (; at != &c->asked; at = at->next)
        if (query_of((struct weir_list *)at)->name != first)
            return false;
    return true;
}

static void take_stray(struct weir_channel *c) {
    if (!one_name_is_asked(c)) {
        c->strays++;
        return;
    }
    for (struct weir_list *at = c->asked.next; at != &c->asked; at = at->next)
        query_of(at)->garbage = true;
}

/* Looks at what c-ares will drop without a word: header of RFC 1035 section
 * 4.1.1, one question. */
static void look_at_datagram(struct weir_channel *c, const unsigned char *p,
                             size_t n) {
    bool answer = n >= 12 && (p[2] & 0x80) && p[4] == 0 && p[5] == 1;
    int code = answer ? p[3] & 15 : 0;
    struct weir_channel_query *q;
    if (answer && code != 2 && code != 4 && code != 5)
        return;
    q = find_asked(c, p, n);
    if (!answer && !q)
        take_stray(c);
    else if (!answer)
        q->garbage = true;
    else if (q && code == 5)
        q->refused = true;
    else if (q)
        q->servfail = true;
}

static ares_ssize_t receive(ares_socket_t fd, void *bytes, size_t size,
                            int flags, struct sockaddr *from,
                            ares_socklen_t *from_length, void *data) {
    ssize_t n = recvfrom(fd, bytes, size, flags, from, from_length);
    if (!from || n < 0) /* a stream, or an error */
        return n;
    look_at_datagram(data, bytes, (size_t)n);
    if (n == 0) { /* c-ares would take it for an error of the socket */
        errno = EAGAIN;
        return -1;
    }
    return n;
}

static bool is_datagram(ares_socket_t fd) {
    int type = 0;
    socklen_t length = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
           type == SOCK_DGRAM;
}

/* c-ares sends a question while it is asked. */
static void note_id(struct weir_channel *c, ares_socket_t fd,
                    const struct iovec *vector, int count) {
    const unsigned char *p = count > 0 ? vector[0].iov_base : NULL;
    if (!c->asking || !is_datagram(fd))
        return;
    if (p && vector[0].iov_len >= 2)
        c->asking->id = p[0] << 8 | p[1];
    c->asking = NULL;
}

static ares_ssize_t send_vector(ares_socket_t fd, const struct iovec *vector,
                                int count, void *data) {
    struct msghdr message = {.msg_iov = (struct iovec *)vector,
                             .msg_iovlen = (size_t)count};
    ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
    note_id(data, fd, vector, count);
    /* The error of an earlier datagram; reading brings it for this one. */
    if (n < 0 && errno == ECONNREFUSED && is_datagram(fd))
        n = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
        if (!is_datagram(fd)) {
            errno = EAGAIN;
            return -1;
        }
        n = 0; /* a lost datagram is normal, c-ares sends it again */
        for (int i = 0; i < count; i++)
            n += (ssize_t)vector[i].iov_len;
    }
    return n;
}

static const struct ares_socket_functions socket_functions = {
    open_socket, close_socket, connect_socket, receive, send_vector};

/* One item of the list of servers; false if it is none. */
static bool put_server(struct weir_buf *out, struct weir_str item) {
    struct weir_str address = item, port = {NULL, 0};
    struct weir_ip ip;
    uint64_t number = 53;
    if (!weir_ip_parse(item, &ip)) {
        size_t colon = item.n;
        while (colon > 0 && item.p[colon - 1] != ':')
            colon--;
        if (colon == 0)
            return false;
        address = weir_str_sub(item, 0, colon - 1);
        port = weir_str_sub(item, colon, item.n);
        if (!weir_ip_parse(address, &ip) ||
            (ip.version == 6 && address.p[0] != '[') ||
            !weir_str_to_u64(port, &number) || number < 1 ||
            number > UINT16_MAX)
            return false;
    }
    if (out->len > 0)
        weir_buf_byte(out, ',');
    if (ip.version == 6 && address.p[0] != '[')
        weir_buf_fmt(out, "[%.*s]", WEIR_STR_ARG(address));
    else
        weir_buf_str(out, address);
    weir_buf_fmt(out, ":%u", (unsigned)number);
    return true;
}

enum weir_err weir_channel_servers(const char *list, struct weir_buf *out,
                                   struct weir_error *error) {
    struct weir_str tail = weir_str_of(list), item;
    bool more;
    do {
        more = weir_str_cut(tail, ',', &item, &tail);
        item = weir_str_trim(item);
        if (!put_server(out, item))
            return weir_error_set(error, WEIR_E_USAGE,
                                  "DNS server \"%.*s\": expected ADDRESS or "
                                  "ADDRESS:PORT, IPv6 in brackets",
                                  WEIR_STR_ARG(item));
    } while (more);
    return out->failed ? weir_error_nomem(error) : WEIR_OK;
}

static enum weir_err set_servers(struct weir_channel *c, const char *list,
                                 struct weir_error *error) {
    struct weir_buf csv;
    enum weir_err code;
    int status;
    if (!list)
        return WEIR_OK;
    weir_buf_init(&csv, 1 << 16);
    code = weir_channel_servers(list, &csv, error);
    if (code == WEIR_OK) {
        status = ares_set_servers_ports_csv(c->ares, csv.p);
        if (status != ARES_SUCCESS)
            code = weir_error_set(error, WEIR_E_USAGE, "DNS servers %s: %s",
                                  list, ares_strerror(status));
    }
    weir_buf_release(&csv);
    return code;
}

static int open_channel(struct weir_channel *c,
                        const struct weir_resolver_config *config) {
    char lookups[] = "b"; /* only DNS here; c-ares copies it */
    int64_t timeout_ms = config->timeout_ns / 1000000;
    struct ares_options options = {
        .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
        .timeout =
            timeout_ms > 0 && timeout_ms < 600000 ? (int)timeout_ms : 1000,
        .tries = config->tries > 0 ? config->tries : 3,
        .lookups = lookups,
        .sock_state_cb = on_sock_state,
        .sock_state_cb_data = c,
        .resolvconf_path = (char *)config->resolv_conf};
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
               ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    if (config->resolv_conf)
        mask |= ARES_OPT_RESOLVCONF;
#ifdef ARES_OPT_UDP_MAX_QUERIES /* 1.20: fresh source ports now and then */
    options.udp_max_queries = 256;
    mask |= ARES_OPT_UDP_MAX_QUERIES;
#endif
#ifdef ARES_OPT_QUERY_CACHE /* 1.31: there is one above */
    options.qcache_max_ttl = 0;
    mask |= ARES_OPT_QUERY_CACHE;
#endif
    return ares_init_options(&c->ares, &options, mask);
}

enum weir_err weir_channel_create(struct weir_channel **out,
                                  const struct weir_resolver_config *config,
                                  struct weir_loop *loop, weir_loop_fn on_batch,
                                  void *data, struct weir_error *error) {
    struct weir_channel *c = weir_calloc(1, sizeof *c);
    enum weir_err code;
    int status;
    if (!c)
        return weir_error_nomem(error);
    c->loop = weir_loop_uv(loop);
    weir_list_init(&c->asked);
    c->capacity = CAPACITY_MIN; /* until a socket says more */
    c->on_batch = on_batch;
    c->data = data;
    status = ares_library_init(ARES_LIB_INIT_ALL);
    if (status == ARES_SUCCESS) {
        status = open_channel(c, config);
        if (status != ARES_SUCCESS)
            ares_library_cleanup();
    }
    if (status != ARES_SUCCESS) {
        weir_free(c);
        return weir_error_set(
            error, status == ARES_ENOMEM ? WEIR_E_NOMEM : WEIR_E_NETWORK,
            "the resolver cannot start: %s", ares_strerror(status));
    }
    ares_set_socket_functions(c->ares, &socket_functions, c);
    code = set_servers(c, config->servers, error);
    if (code != WEIR_OK) {
        weir_channel_destroy(c);
        return code;
    }
    *out = c;
    return WEIR_OK;
}

void weir_channel_destroy(struct weir_channel *c) {
    if (!c)
        return;
    c->closing = true;
    ares_destroy(c->ares); /* closes the sockets, so the watches too */
    ares_library_cleanup();
    weir_free(c);
}

/* Names the cause that c-ares does not know: see the top of this file. */
static void correct(const struct weir_channel_query *q,
                    struct weir_dns_reply *reply, int status) {
    int better = status;
    if (status == ARES_ETIMEOUT && q->garbage)
        better = ARES_EBADRESP;
    else if (status == ARES_ECONNREFUSED && q->servfail)
        better = ARES_ESERVFAIL;
    else if (status == ARES_ECONNREFUSED && q->refused)
        better = ARES_EREFUSED;
    if (better != status)
        weir_dns_reply_read(reply, better, q->version, weir_str_make(NULL, 0));
    else if (status == ARES_ETIMEOUT && q->strays != q->channel->strays)
        reply->message = "the name server did not answer in time; meanwhile "
                         "answers came that make no sense";
}

/* c-ares' ares_callback. */
static void on_answer(void *data, int status, int timeouts,
                      unsigned char *bytes, int length) {
    struct weir_channel_query *q = data;
    struct weir_dns_reply reply;
    struct weir_str packet = {(const char *)bytes,
                              bytes && length > 0 ? (size_t)length : 0};
    (void)timeouts;
    q->channel->busy--;
    weir_list_remove(&q->link);
    if (q->channel->asking == q)
        q->channel->asking = NULL;
    if (q->channel->closing)
        return;
    weir_dns_reply_read(&reply, status, q->version, packet);
    correct(q, &reply, status);
    q->fn(q, &reply);
}

void weir_channel_ask(struct weir_channel *c, const char *name,
                      struct weir_channel_query *query) {
    query->channel = c;
    query->garbage = query->servfail = query->refused = false;
    query->strays = c->strays;
    query->name = weir_hash(weir_str_of(name));
    query->id = -1;
    weir_list_append(&c->asked, &query->link);
    c->busy++;
    c->asking = query;
    ares_query(c->ares, name, CLASS_IN,
               query->version == 4 ? TYPE_A : TYPE_AAAA, on_answer, query);
    c->asking = NULL;
}

void weir_channel_tick(struct weir_channel *c) {
    ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

size_t weir_channel_busy(const struct weir_channel *c) {
    return c->busy;
}

size_t weir_channel_capacity(const struct weir_channel *c) {
    return c->capacity;
}
