/* resolver_overrides.c - reads --resolve entries and finds them again.
 *
 * A map from "host:port" in lower case; "*" is a host like any other and is
 * asked for second. */
#include "net/resolver_overrides.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

struct entry {
    struct weir_ip_set set;
    char key[]; /* "host:port" */
};

struct weir_overrides {
    struct weir_map *map;
};

struct weir_overrides *weir_overrides_create(void) {
    struct weir_overrides *o = weir_calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->map = weir_map_create();
    if (!o->map) {
        weir_free(o);
        return NULL;
    }
    return o;
}

void weir_overrides_destroy(struct weir_overrides *o) {
    size_t cursor = 0;
    struct weir_str key;
    void *value;
    if (!o)
        return;
    while (weir_map_next(o->map, &cursor, &key, &value))
        weir_free(value);
    weir_map_destroy(o->map);
    weir_free(o);
}

static void put_key(struct weir_buf *b, struct weir_str host, uint64_t port) {
    for (size_t i = 0; i < host.n; i++)
        weir_buf_byte(b, weir_to_lower(host.p[i]));
    weir_buf_fmt(b, ":%u", (unsigned)port);
}

/* Splits "host" and the rest at the colon after the host, "[v6]" included. */
static bool cut_host(struct weir_str s, struct weir_str *host,
                     struct weir_str *rest) {
    if (s.n > 0 && s.p[0] == '[') {
        size_t end = weir_str_find(s, ']', 0);
        if (end + 1 >= s.n || s.p[end + 1] != ':')
            return false;
        *host = weir_str_sub(s, 1, end - 1);
        *rest = weir_str_sub(s, end + 2, s.n);
    } else if (!weir_str_cut(s, ':', host, rest)) {
        return false;
    }
    if (host->n > 1 && host->p[host->n - 1] == '.')
        host->n--;
    return host->n > 0;
}

static bool read_addresses(struct weir_str list, struct weir_ip_set *set) {
    struct weir_str item, tail = list;
    bool more;
    do {
        struct weir_ip ip;
        more = weir_str_cut(tail, ',', &item, &tail);
        if (!weir_ip_parse(weir_str_trim(item), &ip))
            return false;
        weir_ip_set_add(set, &ip);
    } while (more);
    return true;
}

static enum weir_err store(struct weir_overrides *o, struct weir_str key,
                           const struct weir_ip_set *set) {
    struct entry *e = weir_malloc(sizeof *e + key.n);
    enum weir_err code;
    if (!e)
        return WEIR_E_NOMEM;
    e->set = *set;
    memcpy(e->key, key.p, key.n);
    weir_free(weir_map_remove(o->map, key));
    code = weir_map_put(o->map, weir_str_make(e->key, key.n), e);
    if (code != WEIR_OK)
        weir_free(e);
    return code;
}

enum weir_err weir_overrides_add(struct weir_overrides *o,
                                 struct weir_str entry,
                                 struct weir_error *error) {
    struct weir_str s = entry, host, rest, port_text, list;
    struct weir_ip_set set = {0};
    struct weir_buf key;
    uint64_t port;
    enum weir_err code = WEIR_OK;
    bool removes = s.n > 0 && s.p[0] == '-';

    if (removes || (s.n > 0 && s.p[0] == '+'))
        s = weir_str_sub(s, 1, s.n);
    if (!cut_host(s, &host, &rest))
        goto bad;
    if (weir_str_cut(rest, ':', &port_text, &list) == removes ||
        !weir_str_to_u64(port_text, &port) || port > UINT16_MAX)
        goto bad;
    if (!removes && !read_addresses(list, &set))
        goto bad;
    weir_buf_init(&key, 0);
    put_key(&key, host, port);
    if (key.failed)
        code = WEIR_E_NOMEM;
    else if (removes)
        weir_free(weir_map_remove(o->map, weir_buf_view(&key)));
    else
        code = store(o, weir_buf_view(&key), &set);
    weir_buf_release(&key);
    return code == WEIR_OK ? code : weir_error_nomem(error);
bad:
    return weir_error_set(error, WEIR_E_USAGE,
                          "--resolve %.*s: expected HOST:PORT:ADDRESS"
                          "[,ADDRESS]... with numeric addresses",
                          WEIR_STR_ARG(entry));
}

static const struct weir_ip_set *find(const struct weir_overrides *o,
                                      struct weir_str host, uint16_t port) {
    char key[300];
    const struct entry *e;
    int n = snprintf(key, sizeof key, "%.*s:%u", WEIR_STR_ARG(host), port);
    if (n < 0 || (size_t)n >= sizeof key)
        return NULL; /* longer than any name */
    e = weir_map_get(o->map, weir_str_make(key, (size_t)n));
    return e ? &e->set : NULL;
}

const struct weir_ip_set *weir_overrides_find(const struct weir_overrides *o,
                                              struct weir_str host,
                                              uint16_t port) {
    const struct weir_ip_set *set;
    if (weir_map_count(o->map) == 0)
        return NULL;
    set = find(o, host, port);
    return set ? set : find(o, WEIR_STR("*"), port);
}
