/* proxy.c - which proxy a URL goes through: -x, or the environment.
 *
 * The same rules as libcurl's own, applied here because the engine resolves
 * names: with a proxy that is the proxy's name and never the target's. So
 * socks4 and socks5 become their variants that send the name (socks4a,
 * socks5h). http_proxy counts in lower case only, as a CGI variable HTTP_PROXY
 * could come from a request (httpoxy).
 */
#include "net/transfer_internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *environment(const char *lower, const char *upper) {
    const char *value = getenv(lower);
    if ((!value || !*value) && upper)
        value = getenv(upper);
    return value && *value ? value : NULL;
}

/* Checks a proxy's URL and gives it the scheme it will be used with. */
static enum weir_err normalise(const char *text, char **out,
                               struct weir_error *error) {
    static const struct {
        const char *given, *used;
    } schemes[] = {{"http://", "http://"},      {"https://", "https://"},
                   {"socks4://", "socks4a://"}, {"socks4a://", "socks4a://"},
                   {"socks5://", "socks5h://"}, {"socks5h://", "socks5h://"},
                   {"socks://", "socks5h://"}};
    struct weir_str s = weir_str_trim(weir_str_of(text));
    const char *scheme = "http://";
    struct weir_buf b;
    *out = NULL;
    if (s.n == 0)
        return WEIR_OK;
    if (weir_str_search(s, WEIR_STR("://")) < s.n) {
        scheme = NULL;
        for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
            struct weir_str given = weir_str_of(schemes[i].given);
            if (weir_str_starts_nocase(s, given)) {
                scheme = schemes[i].used;
                s = weir_str_sub(s, given.n, s.n);
                break;
            }
        }
        if (!scheme)
            return weir_error_set(
                error, WEIR_E_USAGE,
                "proxy '%s': unknown scheme, use http, https, socks4a or "
                "socks5h",
                text);
    }
    weir_buf_init(&b, 0);
    weir_buf_z(&b, scheme);
    weir_buf_str(&b, s);
    *out = weir_buf_detach(&b);
    return *out ? WEIR_OK : weir_error_nomem(error);
}

enum weir_err weir_proxy_init(struct weir_net *net, struct weir_error *error) {
    const char *given = net->config.proxy;
    const char *all = environment("all_proxy", "ALL_PROXY");
    const char *http = given ? given : environment("http_proxy", NULL);
    const char *https =
        given ? given : environment("https_proxy", "HTTPS_PROXY");
    const char *none = net->config.no_proxy
                           ? net->config.no_proxy
                           : environment("no_proxy", "NO_PROXY");
    enum weir_err err;
    if (!http)
        http = all;
    if (!https)
        https = all;
    err = normalise(http, &net->proxy_http, error);
    if (err == WEIR_OK)
        err = normalise(https, &net->proxy_https, error);
    if (err == WEIR_OK && none) {
        net->no_proxy = weir_strdup(none);
        if (!net->no_proxy)
            err = weir_error_nomem(error);
    }
    return err;
}

void weir_proxy_release(struct weir_net *net) {
    weir_free(net->proxy_http);
    weir_free(net->proxy_https);
    weir_free(net->no_proxy);
}

/* One entry of no_proxy: a host, a domain with or without a leading dot, an
 * address or a CIDR block. */
static bool exempts(struct weir_str entry, const struct weir_url *url) {
    struct weir_str host = weir_url_host(url);
    struct weir_cidr block;
    if (entry.n > 0 && entry.p[0] == '.')
        entry = weir_str_sub(entry, 1, entry.n);
    if (entry.n == 0)
        return false;
    if (url->host_is_ip && weir_cidr_parse(entry, &block)) {
        struct weir_str bare = host;
        struct weir_cidr address;
        if (bare.p[0] == '[')
            bare = weir_str_sub(bare, 1, bare.n - 2);
        if (!weir_cidr_parse(bare, &address) || address.family != block.family)
            return false;
        for (unsigned bit = 0; bit < block.bits; bit++) {
            unsigned char mask = (unsigned char)(0x80 >> (bit % 8));
            if ((address.bytes[bit / 8] ^ block.bytes[bit / 8]) & mask)
                return false;
        }
        return true;
    }
    if (weir_str_eq_nocase(host, entry))
        return true;
    return host.n > entry.n && host.p[host.n - entry.n - 1] == '.' &&
           weir_str_eq_nocase(weir_str_sub(host, host.n - entry.n, entry.n),
                              entry);
}

const char *weir_proxy_for(const struct weir_net *net,
                           const struct weir_url *url) {
    const char *proxy =
        weir_url_is_https(url) ? net->proxy_https : net->proxy_http;
    struct weir_str rest = weir_str_of(net->no_proxy);
    if (!proxy)
        return NULL;
    if (weir_str_eq(weir_str_trim(rest), WEIR_STR("*")))
        return NULL;
    while (rest.n > 0) {
        size_t end = 0;
        while (end < rest.n && rest.p[end] != ',' && rest.p[end] != ' ')
            end++;
        if (exempts(weir_str_trim(weir_str_sub(rest, 0, end)), url))
            return NULL;
        rest = weir_str_sub(rest, end + 1, rest.n);
    }
    return proxy;
}

bool weir_proxy_denies(const struct weir_net *net,
                       const struct weir_transfer_request *r) {
    struct weir_str host = weir_url_host(r->url);
    struct weir_cidr address;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (r->any_address || !r->url->host_is_ip || !weir_proxy_for(net, r->url))
        return false;
    if (host.n > 1 && host.p[0] == '[')
        host = weir_str_sub(host, 1, host.n - 2);
    if (!weir_cidr_parse(host, &address))
        return false;
    if (address.family == AF_INET) {
        memcpy(&v4.sin_addr, address.bytes, sizeof v4.sin_addr);
        return weir_multi_denies(net, (const struct sockaddr *)&v4);
    }
    memcpy(&v6.sin6_addr, address.bytes, sizeof v6.sin6_addr);
    return weir_multi_denies(net, (const struct sockaddr *)&v6);
}

void weir_net_peer(const struct weir_net *net, const struct weir_url *url,
                   struct weir_str *host, uint16_t *port, bool *proxied) {
    const char *proxy = weir_proxy_for(net, url);
    *proxied = proxy != NULL;
    if (!proxy) {
        *host = weir_url_host(url);
        *port = url->port;
    } else {
        struct weir_str s = weir_str_of(proxy), user;
        bool tls = weir_str_starts(s, WEIR_STR("https://"));
        size_t at = weir_str_search(s, WEIR_STR("://")) + 3, colon;
        uint64_t n = 0;
        s = weir_str_sub(s, at, s.n);
        s = weir_str_sub(s, 0, weir_str_find(s, '/', 0));
        while (weir_str_cut(s, '@', &user, host))
            s = *host;
        colon = s.n;
        while (colon > 0 && s.p[colon - 1] != ':' && s.p[colon - 1] != ']')
            colon--;
        *port = tls ? 443 : 1080; /* libcurl's defaults for proxies */
        *host = s;
        if (colon > 0 && s.p[colon - 1] == ':' &&
            weir_str_to_u64(weir_str_sub(s, colon, s.n), &n) && n <= 65535) {
            *port = (uint16_t)n;
            *host = weir_str_sub(s, 0, colon - 1);
        }
    }
    if (host->n > 1 && host->p[0] == '[')
        *host = weir_str_sub(*host, 1, host->n - 2);
}
