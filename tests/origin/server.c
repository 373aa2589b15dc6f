/* The origin's connections.
 *
 *            on_read                 answer                    pump
 *   idle  ------------>  parsing  ------------>  sending  -------------.
 *    ^    <------------             (delay: timer)  |  ^   write, timer |
 *    |      more needed                             |  `----------------'
 *    |                        finish                |
 *    `----------------------------------------------+--> linger, then closed
 *                                                   `--> reset / stalled
 *
 * One reply is under way at a time; what a client pipelines waits in `in`,
 * and reading stops when too much of it does. A reply's bytes are made in
 * blocks as the socket takes them. A connection is freed when both of its
 * handles are closed. */
#include "server.h"

#include "base/heap.h"
#include "base/list.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
    IN_MAX = REQUEST_HEAD_MAX + REQUEST_BODY_MAX + (1 << 16),
    IN_PIPELINED = 1 << 20,
    OUT_BLOCK = 128 << 10,
    OUT_KEEP = 16 << 10,
    LINGER_MS = 2000,
    RESET_MS = 20,
    BACKLOG = 4096,
    FLUSH_MS = 10
};

struct listener {
    uv_tcp_t tcp;
    struct server *server;
    struct listener *next;
    char name[INET6_ADDRSTRLEN + 10];
};

struct server {
    uv_loop_t *loop;
    struct origin *origin;
    struct listener *listeners;
    struct weir_list conns;
    struct request request; /* the one being answered */
    uv_timer_t flush;       /* of the journal */
    uint64_t conn_count;
};

enum waiting { WAIT_NONE, WAIT_DELAY, WAIT_PIECE, WAIT_RESET, WAIT_LINGER };

struct conn {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct weir_list link;
    struct server *server;
    const char *local;
    uint64_t id;
    int handles; /* open ones */
    struct weir_buf in, out, decoded;
    size_t out_at; /* of out, already written */
    struct reply reply;
    struct journal_entry *entry;
    uint64_t sent; /* body bytes made */
    enum waiting waiting;
    bool busy, writing, paused, closing, tail_sent;
    bool processing; /* process() is on the stack */
};

static void pump(struct conn *c);
static void process(struct conn *c);

/* --- ends --- */

static void end_entry(struct conn *c, const char *outcome) {
    struct journal *j = c->server->origin->journal;
    journal_end(j, c->entry, uv_hrtime(), c->reply.status, c->sent, outcome);
    c->entry = NULL;
}

static void free_conn(struct conn *c) {
    weir_list_remove(&c->link);
    weir_buf_release(&c->in);
    weir_buf_release(&c->out);
    weir_buf_release(&c->decoded);
    reply_release(&c->reply);
    weir_free(c);
}

static void on_closed(uv_handle_t *h) {
    struct conn *c = h->data;
    if (--c->handles == 0)
        free_conn(c);
}

static void close_conn(struct conn *c, bool reset) {
    if (c->closing)
        return;
    c->closing = true;
    end_entry(c, c->reply.fault ? "cut" : "gone");
    uv_close((uv_handle_t *)&c->timer, on_closed);
    if (!reset || uv_tcp_close_reset(&c->tcp, on_closed) != 0)
        uv_close((uv_handle_t *)&c->tcp, on_closed);
}

static void on_timer(uv_timer_t *t);

static void wait_for(struct conn *c, enum waiting what, uint64_t ms) {
    c->waiting = what;
    uv_timer_start(&c->timer, on_timer, ms, 0);
}

static void on_shutdown(uv_shutdown_t *req, int status) {
    struct conn *c = req->handle->data;
    if (status != 0)
        close_conn(c, false);
}

/* Our side ends; the client's end, or a timer, closes the socket. Closing at
 * once could turn into a reset that destroys what the client has not read. */
static void linger(struct conn *c) {
    c->busy = true; /* nothing more is read as a request */
    if (c->closing)
        return;
    wait_for(c, WAIT_LINGER, LINGER_MS);
    if (uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, on_shutdown) != 0)
        close_conn(c, false);
}

static void on_timer(uv_timer_t *t) {
    struct conn *c = t->data;
    enum waiting was = c->waiting;
    c->waiting = WAIT_NONE;
    if (was == WAIT_RESET)
        close_conn(c, true);
    else if (was == WAIT_LINGER)
        close_conn(c, false);
    else
        pump(c);
}

/* --- sending --- */

static void on_written(uv_write_t *req, int status) {
    struct conn *c = req->handle->data;
    c->writing = false;
    if (c->closing)
        return;
    if (status != 0) {
        close_conn(c, false);
        return;
    }
    weir_buf_clear(&c->out);
    c->out_at = 0;
    pump(c);
}

/* True once everything in `out` is with the kernel. */
static bool flush_out(struct conn *c) {
    uv_buf_t b;
    int n;
    if (c->out.len == 0)
        return true;
    b = uv_buf_init(c->out.p, (unsigned)c->out.len);
    n = uv_try_write((uv_stream_t *)&c->tcp, &b, 1);
    if (n < 0 && n != UV_EAGAIN) {
        close_conn(c, false);
        return false;
    }
    if (n == (int)c->out.len) {
        weir_buf_clear(&c->out);
        return true;
    }
    c->out_at = n > 0 ? (size_t)n : 0;
    b = uv_buf_init(c->out.p + c->out_at, (unsigned)(c->out.len - c->out_at));
    c->writing = true;
    if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &b, 1, on_written) != 0) {
        c->writing = false;
        close_conn(c, false);
    }
    return false;
}

static bool has_fault(const struct conn *c) {
    return c->reply.fault && c->sent >= c->reply.fault_at;
}

/* How many body bytes come next. */
static size_t next_size(const struct conn *c) {
    const struct reply *r = &c->reply;
    uint64_t n = r->no_body ? 0 : reply_length(r);
    if (r->fault && n > r->fault_at - c->sent)
        n = r->fault_at - c->sent;
    if (r->piece && n > r->piece)
        n = r->piece;
    if (r->framing == FRAMING_CHUNKED && r->chunk && n > r->chunk)
        n = r->chunk;
    return n > OUT_BLOCK ? OUT_BLOCK : (size_t)n;
}

/* Appends the next block of the body, in its framing, to `out`. */
static void make_more(struct conn *c) {
    struct reply *r = &c->reply;
    size_t n = next_size(c), got;
    bool chunked = r->framing == FRAMING_CHUNKED && !r->no_body;
    if (n > 0) {
        if (chunked)
            weir_buf_fmt(&c->out, "%zx\r\n", n);
        if (weir_buf_reserve(&c->out, n) != WEIR_OK)
            return;
        got = reply_fill(r, c->out.p + c->out.len, n);
        c->out.len += got;
        c->out.p[c->out.len] = '\0';
        c->sent += got;
        if (chunked)
            weir_buf_z(&c->out, "\r\n");
        c->paused = r->interval_ms > 0;
    }
    if (chunked && !c->tail_sent && !has_fault(c) && reply_length(r) == 0) {
        weir_buf_z(&c->out, "0\r\n\r\n");
        c->tail_sent = true;
    }
}

static void apply_fault(struct conn *c) {
    switch (c->reply.fault) {
    case FAULT_RESET: /* a moment later, so that what was sent arrives */
        if (c->sent > 0)
            wait_for(c, WAIT_RESET, RESET_MS);
        else
            close_conn(c, true);
        break;
    case FAULT_CLOSE:
        end_entry(c, "cut");
        linger(c);
        break;
    case FAULT_STALL:
    case FAULT_NONE:
        break;
    }
}

static void finish(struct conn *c) {
    bool ends = c->reply.close || c->reply.silent_close;
    end_entry(c, "done");
    c->busy = false;
    reply_reset(&c->reply);
    if (c->out.cap > OUT_KEEP)
        weir_buf_release(&c->out);
    if (ends)
        linger(c);
}

static void pump(struct conn *c) {
    while (!c->closing && c->busy && !c->writing && !c->waiting) {
        if (!has_fault(c) && !c->paused)
            make_more(c);
        if (c->out.failed || c->reply.failed) {
            close_conn(c, false);
            return;
        }
        if (!flush_out(c))
            return;
        if (has_fault(c)) {
            apply_fault(c);
            return;
        }
        if (c->reply.no_body || reply_length(&c->reply) == 0) {
            finish(c);
            break;
        }
        if (c->paused) {
            c->paused = false;
            wait_for(c, WAIT_PIECE, c->reply.interval_ms);
        }
    }
    if (!c->closing && !c->busy && !c->processing)
        process(c);
}

/* --- requests --- */

static void on_flush(uv_timer_t *t) {
    struct server *s = t->data;
    journal_flush(s->origin->journal);
}

static void start_reply(struct conn *c, const struct request *q) {
    struct reply *r = &c->reply;
    const struct origin *o = c->server->origin;
    if (r->failed || r->head.failed) {
        reply_status(r, 500, "out of memory");
        r->failed = false;
    }
    r->close |= o->close;
    r->silent_close |= o->silent_close;
    r->http10 |= o->http10;
    c->busy = true;
    c->sent = 0;
    c->paused = c->tail_sent = false;
    if (r->framing != FRAMING_RAW)
        reply_put_head(r, q, origin_wall(), &c->out);
    /* The head alone goes out only when a fault asks for a byte of it. */
    if (r->fault == FAULT_RESET && r->fault_at == 0)
        weir_buf_clear(&c->out);
    if (r->delay_ms)
        wait_for(c, WAIT_DELAY, r->delay_ms);
}

static void refuse(struct conn *c, int status, const char *why) {
    struct request *q = &c->server->request;
    q->keep_alive = q->is_head = false;
    reply_status(&c->reply, status, why);
    c->reply.close = true;
    weir_buf_clear(&c->in);
    start_reply(c, q);
    pump(c);
}

static void answer(struct conn *c, const struct request *q) {
    struct server *s = c->server;
    struct origin *o = s->origin;
    bool hidden = weir_str_eq(q->path, WEIR_STR("/journal")) ||
                  weir_str_starts(q->path, WEIR_STR("/__"));
    if (!hidden && journal_is_on(o->journal)) {
        c->entry = journal_start(o->journal, uv_hrtime(), c->id, c->local, q);
        if (!uv_is_active((uv_handle_t *)&s->flush))
            uv_timer_start(&s->flush, on_flush, FLUSH_MS, 0);
    }
    reply_reset(&c->reply);
    origin_answer(o, q, &c->reply);
    start_reply(c, q);
}

/* Answers what is in `in`, one request after the other. */
static void process(struct conn *c) {
    struct request *q = &c->server->request;
    c->processing = true;
    while (!c->busy && !c->closing && c->in.len > 0) {
        int status;
        const char *why;
        enum parsed p =
            request_parse(q, c->in.p, c->in.len, &c->decoded, &status, &why);
        if (p == PARSED_MORE) {
            if (q->expects_continue && c->in.len == q->size) {
                weir_buf_z(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
                flush_out(c);
            }
            break;
        }
        if (p == PARSED_BAD) {
            refuse(c, status, why);
            break;
        }
        answer(c, q);
        weir_buf_consume(&c->in, q->size);
        pump(c);
    }
    c->processing = false;
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *out) {
    struct conn *c = h->data;
    size_t want = c->in.len < 4096 ? 4096 : suggested;
    if (weir_buf_reserve(&c->in, want) != WEIR_OK) {
        *out = uv_buf_init(NULL, 0);
        return;
    }
    *out = uv_buf_init(c->in.p + c->in.len, (unsigned)(c->in.cap - c->in.len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b) {
    struct conn *c = stream->data;
    (void)b;
    if (n < 0 || c->closing) { /* an end, an error, no buffer */
        close_conn(c, false);
        return;
    }
    c->in.len += (size_t)n;
    c->in.p[c->in.len] = '\0';
    if (c->waiting == WAIT_LINGER)
        weir_buf_clear(&c->in);
    else if (!c->busy)
        process(c);
    else if (c->in.len > IN_PIPELINED)
        close_conn(c, false);
}

static void on_connection(uv_stream_t *stream, int status) {
    struct listener *l = stream->data;
    struct server *s = l->server;
    struct conn *c;
    if (status != 0 || !(c = weir_calloc(1, sizeof *c)))
        return;
    weir_buf_init(&c->in, IN_MAX);
    weir_buf_init(&c->out, 0);
    weir_buf_init(&c->decoded, REQUEST_BODY_MAX);
    reply_init(&c->reply);
    weir_list_append(&s->conns, &c->link);
    c->server = s;
    c->local = l->name;
    c->id = ++s->conn_count;
    c->handles = 2;
    uv_tcp_init(s->loop, &c->tcp);
    uv_timer_init(s->loop, &c->timer);
    c->tcp.data = c->timer.data = c;
    if (uv_accept(stream, (uv_stream_t *)&c->tcp) != 0 ||
        uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) != 0) {
        close_conn(c, false);
        return;
    }
    uv_tcp_nodelay(&c->tcp, 1);
}

/* --- listening --- */

static void on_listener_closed(uv_handle_t *h) {
    weir_free(h->data);
}

static int bind_one(struct server *s, const struct sockaddr *addr, int *port) {
    struct listener *l = weir_calloc(1, sizeof *l);
    struct sockaddr_storage bound;
    int size = sizeof bound, rc;
    char ip[INET6_ADDRSTRLEN] = "";
    if (!l)
        return UV_ENOMEM;
    l->server = s;
    uv_tcp_init(s->loop, &l->tcp);
    l->tcp.data = l;
    rc = uv_tcp_bind(&l->tcp, addr, 0);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&l->tcp, BACKLOG, on_connection);
    if (rc == 0)
        rc = uv_tcp_getsockname(&l->tcp, (struct sockaddr *)&bound, &size);
    if (rc != 0) {
        uv_close((uv_handle_t *)&l->tcp, on_listener_closed);
        return rc;
    }
    if (bound.ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const void *)&bound;
        *port = ntohs(six->sin6_port);
        uv_ip6_name(six, ip, sizeof ip);
        snprintf(l->name, sizeof l->name, "[%s]:%d", ip, *port);
    } else {
        const struct sockaddr_in *four = (const void *)&bound;
        *port = ntohs(four->sin_port);
        uv_ip4_name(four, ip, sizeof ip);
        snprintf(l->name, sizeof l->name, "%s:%d", ip, *port);
    }
    l->next = s->listeners;
    s->listeners = l;
    return 0;
}

/* "127.0.1.1" or "127.0.1.1-127.0.4.250" as numbers, first and last. */
static bool parse_range(char *text, uint32_t *first, uint32_t *last) {
    struct in_addr a, b;
    char *dash = strchr(text, '-');
    if (dash)
        *dash = '\0';
    if (inet_pton(AF_INET, text, &a) != 1 ||
        inet_pton(AF_INET, dash ? dash + 1 : text, &b) != 1)
        return false;
    if (dash)
        *dash = '-';
    *first = ntohl(a.s_addr);
    *last = ntohl(b.s_addr);
    return *first <= *last && *first >> 24 == 127 && *last >> 24 == 127 &&
           *last - *first < 4096;
}

static int bind_range(struct server *s, uint32_t first, uint32_t last,
                      int *port) {
    for (uint32_t a = first; a <= last; a++) {
        struct sockaddr_in four = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)*port),
                                   .sin_addr.s_addr = htonl(a)};
        int rc = bind_one(s, (const struct sockaddr *)&four, port);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int bind_six(struct server *s, const char *ip, int *port) {
    struct sockaddr_in6 six;
    int rc = uv_ip6_addr(ip, *port, &six);
    if (rc == 0 && !IN6_IS_ADDR_LOOPBACK(&six.sin6_addr))
        rc = UV_EACCES;
    return rc ? rc : bind_one(s, (const struct sockaddr *)&six, port);
}

bool server_listen(struct server *s, const char *where, int *port, char *why,
                   size_t why_size) {
    char text[128];
    char *colon, *end;
    uint32_t first, last;
    uint64_t number;
    int rc;
    snprintf(text, sizeof text, "%s", where);
    colon = strrchr(text, ':');
    if (!colon || !weir_str_to_u64(weir_str_of(colon + 1), &number) ||
        number > 65535) {
        snprintf(why, why_size, "%s: not ADDRESS:PORT", where);
        return false;
    }
    *colon = '\0';
    *port = (int)number;
    if (text[0] == '[' && (end = strchr(text, ']')) && end[1] == '\0') {
        *end = '\0';
        rc = bind_six(s, text + 1, port);
    } else if (parse_range(text, &first, &last)) {
        rc = bind_range(s, first, last, port);
    } else {
        snprintf(why, why_size, "%s: not a loopback address or range", where);
        return false;
    }
    if (rc != 0)
        snprintf(why, why_size, "%s: %s", where, uv_strerror(rc));
    return rc == 0;
}

struct server *server_create(uv_loop_t *loop, struct origin *origin) {
    struct server *s = weir_calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->loop = loop;
    s->origin = origin;
    weir_list_init(&s->conns);
    uv_timer_init(loop, &s->flush);
    s->flush.data = s;
    return s;
}

void server_close(struct server *s) {
    for (struct listener *l = s->listeners, *next; l; l = next) {
        next = l->next;
        uv_close((uv_handle_t *)&l->tcp, on_listener_closed);
    }
    s->listeners = NULL;
    for (struct weir_list *at = s->conns.next; at != &s->conns; at = at->next)
        close_conn(WEIR_CONTAINER(at, struct conn, link), false);
    uv_close((uv_handle_t *)&s->flush, NULL);
}

void server_destroy(struct server *s) {
    weir_free(s);
}
