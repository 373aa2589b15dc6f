/* transfer.c - one HTTP request and its answer on a pooled easy handle.
 *
 *   idle --weir_net_start--> active --ended--> weir_net_check --> on_done
 *    ^                         |                    ^               |
 *    |                         +--cancel--> ending -+               |
 *    +--------------------------------------------------------------+
 *
 * What all transfers have in common is set once, when a handle is made;
 * a start sets only what differs. libcurl is never left to follow redirects,
 * to resolve names or to queue: it moves bytes.
 */
#include "net/transfer_internal.h"

#include "base/mem.h"
#include "core/headers.h"
#include "net/decode.h"

#include <errno.h>
#include <string.h>

enum {
    HEAD_MAX = 256 * 1024, /* all header bytes of one answer */
    STALL_BYTES = 10,      /* fewer bytes a second than this is a stall */
    EYEBALLS_MS = 100      /* until the other address family is tried */
};

static void append_header_line(struct weir_transfer *t, struct weir_str line) {
    bool folded = line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
    size_t from;
    line = weir_str_trim(line);
    if (folded && t->head.len > 0) { /* obs-fold, RFC 9112 section 5.2 */
        weir_buf_truncate(&t->head, t->head.len - 1);
        weir_buf_byte(&t->head, ' ');
    }
    from = t->head.len;
    weir_buf_str(&t->head, line);
    weir_buf_byte(&t->head, '\n');
    if (t->head.failed)
        return;
    /* A bare CR or NUL is a space there (section 2.2). */
    for (size_t i = from; i < from + line.n; i++)
        if (t->head.p[i] == '\r' || t->head.p[i] == '\0')
            t->head.p[i] = ' ';
}

static bool start_decoder(struct weir_transfer *t) {
    if (!t->net->config.accept_encoding)
        return true;
    t->decode_code = weir_decoder_create(&t->decoder, weir_buf_view(&t->head),
                                         &t->decode_message);
    return t->decode_code == WEIR_OK;
}

/* libcurl takes a length that is no number it knows for none at all, and the
 * body for whole wherever it ends; RFC 9112 section 6.3 wants an error. */
static bool is_length_bad(struct weir_str head) {
    struct weir_str value;
    uint64_t n;
    return weir_headers_get(head, WEIR_STR("Content-Length"), 0, &value) &&
           !weir_headers_get(head, WEIR_STR("Transfer-Encoding"), 0, &value) &&
           weir_str_find(value, ',', 0) == value.n &&
           !weir_str_to_u64(value, &n);
}

static size_t on_header(char *bytes, size_t size, size_t n, void *data) {
    struct weir_transfer *t = data;
    struct weir_str line = {bytes, size * n};
    t->head_bytes += line.n;
    if (t->head_bytes > HEAD_MAX) {
        t->flooded = true;
        return 0;
    }
    if (t->head_done)
        return line.n; /* trailers */
    if (weir_str_starts(line, WEIR_STR("HTTP/"))) {
        size_t space = weir_str_find(line, ' ', 0);
        uint64_t status = 0;
        weir_str_to_u64(weir_str_sub(line, space + 1, 3), &status);
        t->status = (int)status;
        weir_buf_clear(&t->head);
        return line.n;
    }
    if (weir_str_trim(line).n > 0) {
        append_header_line(t, line);
        return t->head.failed ? 0 : line.n;
    }
    if (t->status < 200)
        return line.n; /* an interim answer, RFC 9110 section 15.2 */
    t->head_done = true;
    t->bad_length = is_length_bad(weir_buf_view(&t->head));
    if (t->bad_length || !start_decoder(t))
        return 0;
    if (!t->ops->on_head(t->status, weir_buf_view(&t->head), t->data)) {
        t->aborted = true;
        return 0;
    }
    return line.n;
}

static enum weir_body_answer deliver(const char *bytes, size_t n, void *data) {
    struct weir_transfer *t = data;
    enum weir_body_answer answer = t->ops->on_body(bytes, n, t->data);
    if (answer == WEIR_BODY_TAKEN)
        t->received += n;
    return answer;
}

static enum weir_body_answer decode(struct weir_transfer *t, const char *bytes,
                                    size_t n) {
    switch (weir_decoder_put(t->decoder, bytes, n, deliver, t)) {
    case WEIR_DECODE_TAKEN:
        return WEIR_BODY_TAKEN;
    case WEIR_DECODE_PAUSED:
        return WEIR_BODY_PAUSE;
    case WEIR_DECODE_ABORTED:
        break;
    case WEIR_DECODE_DAMAGED:
        t->decode_code = WEIR_E_PROTOCOL;
        t->decode_message = "the compressed body is damaged";
        t->damaged = true;
        break;
    case WEIR_DECODE_WINDOW:
        t->decode_code = WEIR_E_LIMIT;
        t->decode_message = "the body's zstd window is above 8 MiB (RFC 9659)";
        break;
    case WEIR_DECODE_NOMEM:
        t->decode_code = WEIR_E_NOMEM;
        t->decode_message = "no memory";
        break;
    }
    return WEIR_BODY_ABORT;
}

static size_t on_write(char *bytes, size_t size, size_t n, void *data) {
    struct weir_transfer *t = data;
    enum weir_body_answer answer;
    size *= n;
    if (size == 0)
        return 0;
    answer = t->decoder ? decode(t, bytes, size) : deliver(bytes, size, t);
    switch (answer) {
    case WEIR_BODY_TAKEN:
        return size;
    case WEIR_BODY_PAUSE:
        t->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    case WEIR_BODY_ABORT:
        break;
    }
    t->aborted = true;
    return size + 1; /* any other number ends the transfer */
}

static void set_tls(const struct weir_net *net, CURL *easy) {
    const struct weir_net_config *c = &net->config;
    /* With a CApath libcurl does not keep the parsed CA store: 25 ms and
     * 0.9 MB for each new connection instead of 1 ms and 80 KB. */
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (c->cacert)
        curl_easy_setopt(easy, CURLOPT_CAINFO, c->cacert);
    if (c->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (c->cert)
        curl_easy_setopt(easy, CURLOPT_SSLCERT, c->cert);
    if (c->key)
        curl_easy_setopt(easy, CURLOPT_SSLKEY, c->key);
}

static void set_common(const struct weir_net *net, struct weir_transfer *t) {
    const struct weir_net_config *c = &net->config;
    CURL *easy = t->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, weir_multi_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION,
                     weir_multi_close_socket);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
    curl_easy_setopt(easy, CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS,
                     (long)EYEBALLS_MS);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     c->version == WEIR_HTTP_1_1 ? CURL_HTTP_VERSION_1_1
                                                 : CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)c->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)STALL_BYTES);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)c->stall_timeout_s);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE,
                     c->large_buffers ? 512 * 1024L : 64 * 1024L);
    /* It asks for codings, and decode.c undoes them. */
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING,
                     c->accept_encoding && !*c->accept_encoding
                         ? WEIR_DECODER_NAMES
                         : c->accept_encoding);
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, net->agent);
    /* Which hosts do without the proxy is proxy.c's to say: else libcurl heeds
     * no_proxy, and resolves names by itself. */
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    if (c->proxy_userpwd)
        curl_easy_setopt(easy, CURLOPT_PROXYUSERPWD, c->proxy_userpwd);
    if (c->ipv4_only || c->ipv6_only)
        curl_easy_setopt(easy, CURLOPT_IPRESOLVE,
                         c->ipv4_only ? CURL_IPRESOLVE_V4 : CURL_IPRESOLVE_V6);
    if (c->netrc_file)
        curl_easy_setopt(easy, CURLOPT_NETRC_FILE, c->netrc_file);
    set_tls(net, easy);
    if (net->share) {
        curl_easy_setopt(easy, CURLOPT_SHARE, net->share);
        curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
    }
}

static struct weir_transfer *create_transfer(struct weir_net *net) {
    struct weir_transfer *t = weir_calloc(1, sizeof *t);
    if (!t)
        return NULL;
    weir_list_init(&t->link);
    weir_list_init(&t->post_link);
    weir_list_init(&t->ended_link);
    weir_buf_init(&t->head, HEAD_MAX + 1024);
    t->net = net;
    t->easy = curl_easy_init();
    if (!t->easy) {
        weir_free(t);
        return NULL;
    }
    set_common(net, t);
    return t;
}

static void destroy_transfer(struct weir_transfer *t) {
    weir_list_remove(&t->link);
    curl_easy_cleanup(t->easy);
    weir_buf_release(&t->head);
    weir_free(t);
}

/* list grows by text; false leaves it as it was. */
static bool slist_add(struct curl_slist **list, const char *text) {
    struct curl_slist *longer = curl_slist_append(*list, text);
    if (!longer)
        return false;
    *list = longer;
    return true;
}

/* An IPv6 literal is its own address, and RESOLVE has no form for it. */
static bool is_ipv6(struct weir_str host) {
    return weir_str_find(host, ':', 0) < host.n;
}

/* "+host:port:a,b" for libcurl's cache; what was forgotten goes first. */
static enum weir_err set_addresses(struct weir_transfer *t,
                                   const struct weir_transfer_request *r) {
    struct weir_str host = {NULL, 0};
    uint16_t port;
    bool proxied;
    struct weir_buf b;
    uint64_t bit = (uint64_t)1 << r->home->shard;
    t->resolve = t->shard->forget;
    t->shard->forget = NULL;
    if (!(r->home->told & bit))
        weir_net_peer(t->net, r->url, &host, &port, &proxied);
    if (host.n > 0 && !is_ipv6(host)) {
        weir_buf_init(&b, 4096);
        weir_buf_byte(&b, '+');
        weir_buf_str(&b, host);
        weir_buf_fmt(&b, ":%u:", port);
        for (size_t i = 0; i < r->addresses->count; i++)
            weir_buf_fmt(&b, "%s%s", i ? "," : "", r->addresses->at[i].text);
        if (b.failed || !slist_add(&t->resolve, b.p)) {
            weir_buf_release(&b);
            return WEIR_E_NOMEM;
        }
        weir_buf_release(&b);
    }
    if (t->resolve)
        curl_easy_setopt(t->easy, CURLOPT_RESOLVE, t->resolve);
    return WEIR_OK;
}

static void set_method(struct weir_transfer *t,
                       const struct weir_transfer_request *r) {
    bool get = strcmp(r->method, "GET") == 0;
    bool head = strcmp(r->method, "HEAD") == 0;
    CURL *easy = t->easy;
    if (t->posted || t->custom_method) {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
        curl_easy_setopt(easy, CURLOPT_NOBODY, 0L);
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        t->posted = t->custom_method = false;
    }
    if (r->body.p) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)r->body.n);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->body.p);
        t->posted = true;
    }
    if (head) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        t->custom_method = true;
    } else if (!get && !(r->body.p && strcmp(r->method, "POST") == 0)) {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method);
        t->custom_method = true;
    } else if (get && r->body.p) {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "GET");
        t->custom_method = true;
    }
}

static enum weir_err set_url(struct weir_transfer *t,
                             const struct weir_transfer_request *r) {
    struct weir_buf b;
    const char *proxy = weir_proxy_for(t->net, r->url);
    CURLcode code;
    weir_buf_init(&b, 0);
    if (weir_url_put_public(r->url, &b) != WEIR_OK) {
        weir_buf_release(&b);
        return WEIR_E_NOMEM;
    }
    /* A second request waits to see whether it may share the connection: with
     * TLS until ALPN tells, without it for a whole answer. */
    curl_easy_setopt(t->easy, CURLOPT_PIPEWAIT,
                     weir_url_is_https(r->url) ? 1L : 0L);
    code = curl_easy_setopt(t->easy, CURLOPT_URL, b.p);
    weir_buf_release(&b);
    if (!t->proxy || proxy != t->proxy_used)
        curl_easy_setopt(t->easy, CURLOPT_PROXY, proxy ? proxy : "");
    t->proxy = true;
    t->proxy_used = proxy;
    return code == CURLE_OK ? WEIR_OK : WEIR_E_NOMEM;
}

/* The request's own headers, then those that all have in common: the lists
 * share their tail. */
static enum weir_err set_headers(struct weir_transfer *t,
                                 const struct weir_transfer_request *r) {
    struct curl_slist *common = r->common_headers ? t->net->headers : NULL;
    for (size_t i = 0; i < r->header_count; i++)
        if (!slist_add(&t->headers, r->headers[i]))
            return WEIR_E_NOMEM;
    if (r->body.p && !slist_add(&t->headers, "Expect:"))
        return WEIR_E_NOMEM;
    t->headers_end = t->headers;
    while (t->headers_end && t->headers_end->next)
        t->headers_end = t->headers_end->next;
    if (t->headers_end)
        t->headers_end->next = common;
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER,
                     t->headers ? t->headers : common);
    return WEIR_OK;
}

/* What few requests have; taken back when the last one had it. */
static void set_extras(struct weir_transfer *t,
                       const struct weir_transfer_request *r) {
    bool extras = r->range || r->userpwd || r->cookie || r->timeout_ms ||
                  (t->net->config.netrc && !r->no_credentials);
    CURL *easy = t->easy;
    if (!extras && !t->extras)
        return;
    t->extras = extras;
    curl_easy_setopt(easy, CURLOPT_RANGE, r->range);
    curl_easy_setopt(easy, CURLOPT_USERPWD, r->userpwd);
    curl_easy_setopt(easy, CURLOPT_COOKIE, r->cookie);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_NETRC,
                     t->net->config.netrc && !r->no_credentials
                         ? CURL_NETRC_OPTIONAL
                         : CURL_NETRC_IGNORED);
}

static enum weir_err set_request(struct weir_transfer *t,
                                 const struct weir_transfer_request *r) {
    enum weir_err err = set_url(t, r);
    if (err == WEIR_OK)
        err = set_addresses(t, r);
    if (err == WEIR_OK)
        err = set_headers(t, r);
    if (err != WEIR_OK)
        return err;
    set_method(t, r);
    set_extras(t, r);
    return WEIR_OK;
}

/* Back to the pool, nothing of the last request left on it. */
static void release_transfer(struct weir_transfer *t) {
    struct weir_net *net = t->net;
    weir_list_remove(&t->link);
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(t->easy, CURLOPT_RESOLVE, NULL);
    if (t->headers_end)
        t->headers_end->next = NULL;
    curl_slist_free_all(t->headers);
    curl_slist_free_all(t->resolve);
    t->headers = t->headers_end = t->resolve = NULL;
    weir_decoder_destroy(t->decoder);
    t->decoder = NULL;
    t->shard = NULL;
    weir_list_prepend(&net->idle, &t->link);
}

/* To the multi handle, or to the thread that has it. */
static bool hand_over(struct weir_transfer *t) {
    struct shard *s = t->shard;
    if (s != t->last_shard)
        curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETDATA, s);
    t->last_shard = s;
    if (s->lane) {
        weir_lane_post(s->lane, t, LANE_ADD);
        return true;
    }
    s->dirty = true;
    return curl_multi_add_handle(s->multi, t->easy) == CURLM_OK;
}

enum weir_err weir_net_start(struct weir_net *net,
                             const struct weir_transfer_request *r,
                             struct weir_transfer **out) {
    struct weir_transfer *t;
    enum weir_err err;
    if (weir_list_empty(&net->idle)) {
        t = create_transfer(net);
        if (!t)
            return WEIR_E_NOMEM;
    } else {
        t = WEIR_CONTAINER(net->idle.next, struct weir_transfer, link);
        weir_list_remove(&t->link);
    }
    t->ops = r->ops;
    t->data = r->data;
    weir_buf_clear(&t->head);
    t->head_bytes = 0;
    t->received = 0;
    t->any_address = r->any_address;
    t->status = 0;
    t->error[0] = '\0';
    t->head_done = t->denied = t->no_socket = t->aborted = false;
    t->cancelled = t->flooded = t->paused = t->damaged = false;
    t->bad_length = false;
    t->decode_code = WEIR_OK;
    err = weir_multi_shard(net, r, &t->shard);
    if (err == WEIR_OK && weir_proxy_denies(net, r))
        err = WEIR_E_DENIED;
    if (err == WEIR_OK)
        err = set_request(t, r);
    if (err == WEIR_OK && !hand_over(t))
        err = WEIR_E_NOMEM;
    if (err != WEIR_OK) {
        release_transfer(t);
        return err;
    }
    r->home->told |= (uint64_t)1 << r->home->shard;
    t->shard->active++;
    net->active_count++;
    weir_list_append(&net->active, &t->link);
    *out = t;
    return WEIR_OK;
}

static int http_version(long version) {
    switch (version) {
    case CURL_HTTP_VERSION_1_0:
        return 10;
    case CURL_HTTP_VERSION_1_1:
        return 11;
    case CURL_HTTP_VERSION_2_0:
        return 20;
    case CURL_HTTP_VERSION_3:
        return 30;
    default:
        return 0;
    }
}

/* Out of its multi handle, and the caller's again. */
static void finish(struct weir_transfer *t, CURLcode code) {
    struct weir_transfer_result result = {.message = ""};
    const struct weir_transfer_ops *ops = t->ops;
    void *data = t->data;
    char message[CURL_ERROR_SIZE];
    long version = 0;
    double connected = 0;
    curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version);
    curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME, &connected);
    if (code != CURLE_OK || t->cancelled)
        weir_transfer_classify(t, code, &result);
    else if (!t->head_done) {
        result.code = WEIR_E_PROTOCOL;
        result.transient = true;
        result.message = "the answer has no header";
    } else if (t->decoder && !weir_decoder_is_whole(t->decoder)) {
        result.code = WEIR_E_PROTOCOL;
        result.transient = true;
        result.message = "the compressed body is cut off";
    }
    /* The text may lie in the handle, which goes back to the pool now. */
    size_t n = strlen(result.message);
    if (n >= sizeof message)
        n = sizeof message - 1;
    memcpy(message, result.message, n);
    message[n] = '\0';
    result.message = message;
    result.status = t->status;
    result.http_version = http_version(version);
    result.connected = connected > 0;
    result.received = t->received;
    result.no_descriptor = code != CURLE_OK && t->no_socket;
    t->shard->active--;
    t->net->active_count--;
    release_transfer(t);
    ops->on_done(&result, data);
}

void weir_transfer_cancel(struct weir_transfer *t) {
    if (t->cancelled)
        return;
    t->cancelled = true;
    if (t->shard->lane) {
        weir_lane_post(t->shard->lane, t, LANE_CANCEL);
        return;
    }
    weir_list_remove(&t->link);
    weir_list_append(&t->net->ending, &t->link);
    weir_timer_set(t->shard->timer, 0); /* an iteration follows */
}

void weir_net_cancel_all(struct weir_net *net) {
    struct weir_list *next;
    for (struct weir_list *at = net->active.next; at != &net->active;
         at = next) {
        next = at->next;
        weir_transfer_cancel(WEIR_CONTAINER(at, struct weir_transfer, link));
    }
}

bool weir_transfer_unpause(struct weir_transfer *t) {
    if (!t->paused)
        return false;
    t->paused = false;
    t->shard->dirty = true;
    curl_easy_pause(t->easy, CURLPAUSE_CONT);
    /* libcurl gave the bytes at once, and does not end the transfer when that
     * went wrong in here. */
    return t->aborted;
}

void weir_transfer_resume(struct weir_transfer *t) {
    if (t->cancelled)
        return;
    if (t->shard->lane)
        weir_lane_post(t->shard->lane, t, LANE_RESUME);
    else if (weir_transfer_unpause(t))
        weir_transfer_cancel(t);
}

size_t weir_net_active(const struct weir_net *net) {
    return net->active_count;
}

void weir_net_forget(struct weir_net *net, const struct weir_net_home *home,
                     struct weir_str host, uint16_t port) {
    struct weir_buf b;
    if (!home->told || is_ipv6(host))
        return;
    weir_buf_init(&b, 4096);
    weir_buf_byte(&b, '-');
    weir_buf_str(&b, host);
    weir_buf_fmt(&b, ":%u", port);
    /* Without memory the entry just stays a while longer. */
    for (size_t i = 0; i < net->shard_count && !b.failed; i++)
        if (home->told >> i & 1)
            slist_add(&net->shards[i]->forget, b.p);
    weir_buf_release(&b);
}

void weir_net_check(struct weir_net *net) {
    struct weir_list ended;
    struct weir_transfer *t;
    CURLcode code;
    while (!weir_list_empty(&net->ending)) {
        t = WEIR_CONTAINER(net->ending.next, struct weir_transfer, link);
        curl_multi_remove_handle(t->shard->multi, t->easy);
        finish(t, CURLE_ABORTED_BY_CALLBACK);
    }
    for (size_t i = 0; i < net->shard_count; i++)
        while (!net->shards[i]->lane &&
               (t = weir_multi_ended(net->shards[i], &code))) {
            curl_multi_remove_handle(t->shard->multi, t->easy);
            finish(t, code);
        }
    weir_list_init(&ended);
    for (size_t i = 0; i < WEIR_LANES_MAX; i++)
        weir_lane_take(net->lanes[i], &ended);
    while (!weir_list_empty(&ended)) {
        t = WEIR_CONTAINER(ended.next, struct weir_transfer, ended_link);
        weir_list_remove(&t->ended_link);
        finish(t, t->code);
    }
}

/* One list for all requests, but for User-Agent: libcurl looks through the list
 * some twenty times a request, and not at all when there is none. A request's
 * own User-Agent replaces it. */
static enum weir_err init_headers(struct weir_net *net,
                                  struct weir_error *error) {
    const struct weir_net_config *c = &net->config;
    for (size_t i = 0; i < c->header_count; i++) {
        struct weir_str name = WEIR_STR("User-Agent:");
        struct weir_str header = weir_str_of(c->headers[i]);
        struct weir_str value =
            weir_str_trim(weir_str_sub(header, name.n, header.n));
        if (!net->agent && value.n > 0 && weir_str_starts_nocase(header, name))
            net->agent = value.p;
        else if (!slist_add(&net->headers, c->headers[i]))
            return weir_error_nomem(error);
    }
    return WEIR_OK;
}

static enum weir_err check_readable(const char *what, const char *path,
                                    struct weir_error *error) {
    FILE *f = path ? fopen(path, "r") : NULL;
    if (path && !f)
        return weir_error_set(error, WEIR_E_TLS, "%s %s: %s", what, path,
                              strerror(errno));
    if (f)
        fclose(f);
    return WEIR_OK;
}

static enum weir_err init_config(struct weir_net *net,
                                 struct weir_error *error) {
    const struct weir_net_config *c = &net->config;
    enum weir_err err = weir_proxy_init(net, error);
    if (err == WEIR_OK)
        err = check_readable("CA file", c->cacert, error);
    if (err == WEIR_OK)
        err = check_readable("certificate", c->cert, error);
    if (err == WEIR_OK)
        err = check_readable("key", c->key, error);
    if (err == WEIR_OK)
        err = init_headers(net, error);
    if (err == WEIR_OK && (c->cookies || c->cookie_file || c->cookie_jar))
        err = weir_cookies_init(net, error);
    if (err != WEIR_OK || c->allow_count == 0)
        return err;
    net->allow = weir_calloc(c->allow_count, sizeof *net->allow);
    if (!net->allow)
        return weir_error_nomem(error);
    for (size_t i = 0; i < c->allow_count; i++)
        if (!weir_cidr_parse(weir_str_of(c->allow[i]), &net->allow[i]))
            return weir_error_set(error, WEIR_E_USAGE,
                                  "'%s' is not an address block "
                                  "(10.0.0.0/8, fd00::/8)",
                                  c->allow[i]);
    return WEIR_OK;
}

enum weir_err weir_net_create(struct weir_net **out, struct weir_loop *loop,
                              const struct weir_net_config *config,
                              struct weir_error *error) {
    struct weir_net *net;
    enum weir_err err;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return weir_error_set(error, WEIR_E_GENERIC, "libcurl does not start");
    net = weir_calloc(1, sizeof *net);
    if (!net) {
        curl_global_cleanup();
        return weir_error_nomem(error);
    }
    net->loop = loop;
    net->config = *config;
    weir_list_init(&net->idle);
    weir_list_init(&net->active);
    weir_list_init(&net->ending);
    net->shard_limit =
        (config->connections + SHARD_CONNECTIONS - 1) / SHARD_CONNECTIONS;
    if (net->shard_limit > SHARDS_MAX)
        net->shard_limit = SHARDS_MAX;
    if (net->shard_limit < config->lanes)
        net->shard_limit = config->lanes;
    if (net->shard_limit == 0)
        net->shard_limit = 1;
    err = init_config(net, error);
    if (err != WEIR_OK) {
        weir_net_destroy(net);
        return err;
    }
    *out = net;
    return WEIR_OK;
}

void weir_net_destroy(struct weir_net *net) {
    if (!net)
        return;
    for (size_t i = 0; i < WEIR_LANES_MAX; i++)
        weir_lane_stop(net->lanes[i]);
    while (!weir_list_empty(&net->idle))
        destroy_transfer(
            WEIR_CONTAINER(net->idle.next, struct weir_transfer, link));
    weir_multi_destroy(net);
    for (size_t i = 0; i < WEIR_LANES_MAX; i++)
        weir_lane_destroy(net->lanes[i]);
    weir_cookies_release(net);
    weir_proxy_release(net);
    curl_slist_free_all(net->headers);
    weir_free(net->allow);
    weir_free(net);
    curl_global_cleanup();
}
