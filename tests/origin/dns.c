/* weir-dns - a scripted name server on loopback, for tests and benchmarks.
 *
 * It answers over UDP and TCP what its rules say (dns_rules.h), each answer
 * after its rule's delay, and journals every query as it arrives:
 *
 *     {"t":NS,"name":"a.test","type":"A","proto":"udp","rule":1}
 *
 * t is the monotonic clock, so that it compares with weir-origin's journal.
 * A query that waits for its delay is one struct pending with a timer; answers
 * leave by its `udp` address, or by the TCP connection if that still lives.
 */
#include "base/heap.h"
#include "base/mem.h"
#include "dns_message.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum {
    PACKET_MAX = 65535,
    SOCKET_BUFFER = 4 << 20, /* bytes; bursts of thousands of queries */
    BACKLOG = 128
};

struct server {
    uv_loop_t loop;
    uv_udp_t udp;
    uv_tcp_t tcp;
    uv_timer_t lifetime;
    uv_signal_t term, interrupt;
    uv_prepare_t flush; /* the journal, before the loop sleeps */
    struct dns_rules rules;
    FILE *journal; /* may be NULL */
    char packet[PACKET_MAX];
};

struct client { /* a TCP connection */
    uv_tcp_t tcp;
    struct server *server;
    unsigned references; /* itself, and what waits to be sent over it */
    struct weir_buf in;
    char chunk[4096];
};

struct pending {
    uv_timer_t timer;
    uv_write_t write;
    uv_udp_send_t send;
    struct server *server;
    struct client *client; /* NULL: UDP */
    struct sockaddr_storage to;
    struct weir_buf answer;
};

struct options {
    const char *listen, *journal;
    uint64_t lifetime;
};

static const char help[] =
    "Usage: weir-dns [OPTION]...\n"
    "A scripted name server on loopback. It prints \"listening ADDRESS:PORT\"\n"
    "once it serves, and ends after its lifetime or on SIGTERM.\n\n"
    "  --listen ADDRESS:PORT  UDP and TCP (127.0.0.1:0)\n"
    "  --rule RULE            one rule: PATTERN [a=IP] [aaaa=IP] [ttl=S]\n"
    "                         [delay=MS] [nxdomain|servfail|refused|silent|\n"
    "                         garbage|mangled|truncate] ...; repeats\n"
    "  --rules FILE           one rule a line\n"
    "  --journal FILE         one JSON line for each query\n"
    "  --lifetime S           seconds to live (300)\n";

static void drop_client(struct client *c) {
    if (--c->references > 0)
        return;
    weir_buf_release(&c->in);
    weir_free(c);
}

static void on_client_closed(uv_handle_t *handle) {
    drop_client(handle->data);
}

static void close_client(struct client *c) {
    if (!uv_is_closing((uv_handle_t *)&c->tcp))
        uv_close((uv_handle_t *)&c->tcp, on_client_closed);
}

static void on_pending_closed(uv_handle_t *handle) {
    struct pending *p = handle->data;
    if (p->client)
        drop_client(p->client);
    weir_buf_release(&p->answer);
    weir_free(p);
}

static void end_pending(struct pending *p) {
    uv_close((uv_handle_t *)&p->timer, on_pending_closed);
}

static void on_sent(uv_udp_send_t *send, int status) {
    (void)status;
    end_pending(send->data);
}

static void on_written(uv_write_t *write, int status) {
    (void)status;
    end_pending(write->data);
}

static void on_delay(uv_timer_t *timer) {
    struct pending *p = timer->data;
    uv_buf_t bytes = uv_buf_init(p->answer.p, (unsigned int)p->answer.len);
    int status;
    if (!p->client)
        status = uv_udp_send(&p->send, &p->server->udp, &bytes, 1,
                             (const struct sockaddr *)&p->to, on_sent);
    else if (uv_is_closing((uv_handle_t *)&p->client->tcp))
        status = UV_ECANCELED;
    else
        status = uv_write(&p->write, (uv_stream_t *)&p->client->tcp, &bytes, 1,
                          on_written);
    if (status != 0)
        end_pending(p);
}

static void journal(struct server *s, const struct dns_query *q,
                    const struct dns_rule *rule, bool udp) {
    if (s->journal)
        fprintf(s->journal,
                "{\"t\":%llu,\"name\":\"%s\",\"type\":\"%s\","
                "\"proto\":\"%s\",\"rule\":%u}\n",
                (unsigned long long)uv_hrtime(), q->name,
                dns_type_name(q->type), udp ? "udp" : "tcp", rule->number);
}

/* Names that would break the journal's JSON are no host names anyway. */
static bool printable(const char *name) {
    for (; *name; name++)
        if (*name <= ' ' || *name > '~' || *name == '"' || *name == '\\')
            return false;
    return true;
}

static void handle(struct server *s, struct weir_str packet,
                   const struct sockaddr *from, struct client *client) {
    struct dns_query q;
    struct dns_rule *rule;
    struct pending *p;
    if (!dns_query_read(&q, packet) || !printable(q.name))
        return;
    rule = dns_rules_find(&s->rules, q.name, dns_type_index(q.type));
    journal(s, &q, rule, !client);
    if (rule->lose > 0) {
        rule->lose--;
        return;
    }
    p = weir_calloc(1, sizeof *p);
    if (!p)
        return;
    p->server = s;
    weir_buf_init(&p->answer, PACKET_MAX + 2);
    if (client)
        weir_buf_add(&p->answer, "\0\0", 2); /* the length, filled in below */
    dns_answer_write(&p->answer, &q, rule, !client);
    if (p->answer.failed || p->answer.len <= (client ? 2u : 0u)) {
        weir_buf_release(&p->answer);
        weir_free(p);
        return;
    }
    if (client) {
        size_t length = p->answer.len - 2;
        p->answer.p[0] = (char)(length >> 8);
        p->answer.p[1] = (char)length;
        p->client = client;
        client->references++;
    } else {
        memcpy(&p->to, from,
               from->sa_family == AF_INET ? sizeof(struct sockaddr_in)
                                          : sizeof(struct sockaddr_in6));
    }
    uv_timer_init(&s->loop, &p->timer);
    p->timer.data = p->write.data = p->send.data = p;
    uv_timer_start(&p->timer, on_delay, rule->delay_ms[dns_type_index(q.type)],
                   0);
}

static void on_udp_alloc(uv_handle_t *h, size_t size, uv_buf_t *buf) {
    struct server *s = h->data;
    (void)size;
    *buf = uv_buf_init(s->packet, sizeof s->packet);
}

static void on_udp(uv_udp_t *h, ssize_t n, const uv_buf_t *buf,
                   const struct sockaddr *from, unsigned flags) {
    (void)flags;
    if (n > 0 && from)
        handle(h->data, weir_str_make(buf->base, (size_t)n), from, NULL);
}

static void on_tcp_alloc(uv_handle_t *h, size_t size, uv_buf_t *buf) {
    struct client *c = h->data;
    (void)size;
    *buf = uv_buf_init(c->chunk, sizeof c->chunk);
}

static void on_tcp(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    struct client *c = stream->data;
    if (n < 0 || weir_buf_add(&c->in, buf->base, (size_t)n) != WEIR_OK) {
        close_client(c);
        return;
    }
    while (c->in.len >= 2) {
        size_t length =
            (size_t)(unsigned char)c->in.p[0] << 8 | (unsigned char)c->in.p[1];
        if (c->in.len < 2 + length)
            return;
        handle(c->server, weir_str_make(c->in.p + 2, length), NULL, c);
        weir_buf_consume(&c->in, 2 + length);
    }
}

static void on_connection(uv_stream_t *listener, int status) {
    struct server *s = listener->data;
    struct client *c = status == 0 ? weir_calloc(1, sizeof *c) : NULL;
    if (!c)
        return;
    c->server = s;
    c->references = 1;
    weir_buf_init(&c->in, 2 * PACKET_MAX);
    uv_tcp_init(&s->loop, &c->tcp);
    c->tcp.data = c;
    if (uv_accept(listener, (uv_stream_t *)&c->tcp) != 0 ||
        uv_read_start((uv_stream_t *)&c->tcp, on_tcp_alloc, on_tcp) != 0)
        close_client(c);
}

static void on_flush(uv_prepare_t *h) {
    struct server *s = h->data;
    if (s->journal)
        fflush(s->journal);
}

static void on_lifetime(uv_timer_t *h) {
    uv_stop(h->loop);
}

static void on_signal(uv_signal_t *h, int signum) {
    (void)signum;
    uv_stop(h->loop);
}

static int open_socket(int type, const struct sockaddr_storage *at) {
    socklen_t length = at->ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                                : sizeof(struct sockaddr_in6);
    int fd = socket(at->ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1, error;
    if (fd < 0)
        return -1;
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)at, length) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* One port for UDP and TCP. For port 0 UDP takes any, and another one if it is
 * not free for TCP. False with errno. */
static bool open_pair(struct sockaddr_storage *at, int *udp, int *tcp) {
    const struct sockaddr_storage wanted = *at;
    bool any = ((const struct sockaddr_in *)at)->sin_port == 0;
    for (int tries = 0; tries < 100; tries++) {
        socklen_t length = sizeof *at;
        *at = wanted;
        *udp = open_socket(SOCK_DGRAM, at);
        if (*udp < 0)
            return false;
        getsockname(*udp, (struct sockaddr *)at, &length);
        *tcp = open_socket(SOCK_STREAM, at);
        if (*tcp >= 0)
            return true;
        close(*udp);
        if (!any || errno != EADDRINUSE)
            return false;
    }
    return false;
}

static int serve_pair(struct server *s, int udp, int tcp) {
    int size = SOCKET_BUFFER, status;
    uv_udp_init(&s->loop, &s->udp);
    uv_tcp_init(&s->loop, &s->tcp);
    s->udp.data = s->tcp.data = s;
    status = uv_udp_open(&s->udp, udp);
    if (status == 0)
        status = uv_tcp_open(&s->tcp, tcp);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&s->tcp, BACKLOG, on_connection);
    if (status == 0)
        status = uv_udp_recv_start(&s->udp, on_udp_alloc, on_udp);
    uv_recv_buffer_size((uv_handle_t *)&s->udp, &size);
    uv_send_buffer_size((uv_handle_t *)&s->udp, &size);
    return status;
}

static bool read_listen(const char *text, struct sockaddr_storage *at) {
    struct weir_str s = weir_str_of(text), port;
    char host[64];
    size_t colon = s.n;
    uint64_t number;
    while (colon > 0 && s.p[colon - 1] != ':')
        colon--;
    if (colon < 2 || colon > sizeof host)
        return false;
    port = weir_str_sub(s, colon, s.n);
    s = weir_str_sub(s, 0, colon - 1);
    if (s.p[0] == '[' && s.p[s.n - 1] == ']')
        s = weir_str_sub(s, 1, s.n - 2);
    memcpy(host, s.p, s.n);
    host[s.n] = '\0';
    if (!weir_str_to_u64(port, &number) || number > UINT16_MAX)
        return false;
    return uv_ip4_addr(host, (int)number, (struct sockaddr_in *)at) == 0 ||
           uv_ip6_addr(host, (int)number, (struct sockaddr_in6 *)at) == 0;
}

static bool listen_at(struct server *s, const char *text) {
    struct sockaddr_storage at = {0};
    const char *colon = strrchr(text, ':');
    int status, port, udp, tcp;
    if (!read_listen(text, &at)) {
        fprintf(stderr, "weir-dns: --listen %s: not ADDRESS:PORT\n", text);
        return false;
    }
    if (!open_pair(&at, &udp, &tcp)) {
        fprintf(stderr, "weir-dns: %s: %s\n", text, strerror(errno));
        return false;
    }
    status = serve_pair(s, udp, tcp);
    if (status != 0) {
        fprintf(stderr, "weir-dns: %s: %s\n", text, uv_strerror(status));
        return false;
    }
    port = at.ss_family == AF_INET
               ? ntohs(((struct sockaddr_in *)&at)->sin_port)
               : ntohs(((struct sockaddr_in6 *)&at)->sin6_port);
    printf("listening %.*s:%d\n", (int)(colon - text), text, port);
    return fflush(stdout) == 0;
}

/* Before it says that it listens: a SIGTERM may follow at once. */
static void set_ends(struct server *s, uint64_t lifetime) {
    uv_timer_init(&s->loop, &s->lifetime);
    uv_signal_init(&s->loop, &s->term);
    uv_signal_init(&s->loop, &s->interrupt);
    uv_prepare_init(&s->loop, &s->flush);
    s->flush.data = s;
    uv_timer_start(&s->lifetime, on_lifetime, lifetime * 1000, 0);
    uv_signal_start(&s->term, on_signal, SIGTERM);
    uv_signal_start(&s->interrupt, on_signal, SIGINT);
    uv_prepare_start(&s->flush, on_flush);
}

static bool add_rule(struct server *s, struct weir_str line, const char *file,
                     unsigned number) {
    struct weir_str bad = {"", 0};
    if (dns_rules_add(&s->rules, line, &bad))
        return true;
    fprintf(stderr, "weir-dns: %s:%u: bad word \"%.*s\"\n", file, number,
            WEIR_STR_ARG(bad));
    return false;
}

static bool read_rules(struct server *s, const char *path) {
    FILE *f = fopen(path, "r");
    char line[4096];
    unsigned number = 0;
    bool ok = f != NULL;
    if (!f)
        fprintf(stderr, "weir-dns: %s: %s\n", path, strerror(errno));
    while (ok && fgets(line, sizeof line, f))
        ok = add_rule(s, weir_str_of(line), path, ++number);
    if (f)
        fclose(f);
    return ok;
}

static bool read_options(struct server *s, struct options *o, int argc,
                         char **argv) {
    for (int i = 1; i < argc; i += 2) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool ok = value != NULL;
        if (ok && strcmp(name, "--listen") == 0)
            o->listen = value;
        else if (ok && strcmp(name, "--journal") == 0)
            o->journal = value;
        else if (ok && strcmp(name, "--rules") == 0)
            ok = read_rules(s, value);
        else if (ok && strcmp(name, "--rule") == 0)
            ok = add_rule(s, weir_str_of(value), "--rule", s->rules.count + 1);
        else if (ok && strcmp(name, "--lifetime") == 0)
            ok = weir_str_to_u64(weir_str_of(value), &o->lifetime);
        else
            ok = false;
        if (!ok) {
            fprintf(stderr, "weir-dns: %s: see --help\n", name);
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv) {
    static struct server s;
    struct options o = {.listen = "127.0.0.1:0", .lifetime = 300};
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(help, stdout) < 0;
    dns_rules_init(&s.rules);
    if (!read_options(&s, &o, argc, argv))
        return 2;
    if (o.journal && !(s.journal = fopen(o.journal, "w"))) {
        fprintf(stderr, "weir-dns: %s: %s\n", o.journal, strerror(errno));
        return 1;
    }
    if (uv_loop_init(&s.loop) != 0)
        return 1;
    set_ends(&s, o.lifetime);
    if (!listen_at(&s, o.listen))
        return 1;
    uv_run(&s.loop, UV_RUN_DEFAULT);
    if (s.journal && fclose(s.journal) != 0)
        return 1;
    dns_rules_release(&s.rules);
    return 0; /* handles and their memory end with the process */
}
