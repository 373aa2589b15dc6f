/* resolver_cache.c - a map of names with a list in order of use.
 *
 * An entry holds only the addresses it has, so that 65,536 names with two
 * addresses each take about 9 MB. */
#include "net/resolver_cache.h"

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

#include <string.h>

struct entry {
    struct weir_list used; /* head's side = most recently */
    enum weir_err code;
    const char *message;
    int64_t expires;
    struct weir_str name; /* in bytes behind the addresses */
    size_t count;
    struct weir_ip at[];
};

struct weir_dns_cache {
    struct weir_map *map;
    struct weir_list used;
    size_t max;
};

struct weir_dns_cache *weir_dns_cache_create(size_t max) {
    struct weir_dns_cache *c = weir_calloc(1, sizeof *c);
    if (!c)
        return NULL;
    weir_list_init(&c->used);
    c->max = max;
    c->map = weir_map_create();
    if (!c->map) {
        weir_free(c);
        return NULL;
    }
    return c;
}

static void drop(struct weir_dns_cache *c, struct entry *e) {
    weir_map_remove(c->map, e->name);
    weir_list_remove(&e->used);
    weir_free(e);
}

static struct entry *entry_of(struct weir_list *node) {
    return WEIR_CONTAINER(node, struct entry, used);
}

void weir_dns_cache_destroy(struct weir_dns_cache *c) {
    if (!c)
        return;
    while (!weir_list_empty(&c->used))
        drop(c, entry_of(c->used.next));
    weir_map_destroy(c->map);
    weir_free(c);
}

size_t weir_dns_cache_count(const struct weir_dns_cache *c) {
    return weir_map_count(c->map);
}

void weir_dns_cache_put(struct weir_dns_cache *c, struct weir_str name,
                        const struct weir_dns_known *known) {
    size_t addresses = known->set.count * sizeof known->set.at[0];
    struct entry *e = weir_map_get(c->map, name);
    char *key;
    if (e)
        drop(c, e);
    if (weir_map_count(c->map) >= c->max && !weir_list_empty(&c->used))
        drop(c, entry_of(c->used.prev));
    e = weir_malloc(sizeof *e + addresses + name.n);
    if (!e)
        return;
    e->code = known->code;
    e->message = known->message;
    e->expires = known->expires;
    e->count = known->set.count;
    memcpy(e->at, known->set.at, addresses);
    key = (char *)e->at + addresses;
    memcpy(key, name.p, name.n);
    e->name = weir_str_make(key, name.n);
    if (weir_map_put(c->map, e->name, e) != WEIR_OK) {
        weir_free(e);
        return;
    }
    weir_list_prepend(&c->used, &e->used);
}

bool weir_dns_cache_get(struct weir_dns_cache *c, struct weir_str name,
                        int64_t now, struct weir_dns_known *out) {
    struct entry *e = weir_map_get(c->map, name);
    if (!e)
        return false;
    if (now >= e->expires) {
        drop(c, e);
        return false;
    }
    weir_list_remove(&e->used);
    weir_list_prepend(&c->used, &e->used);
    out->code = e->code;
    out->message = e->message;
    out->expires = e->expires;
    out->set.count = e->count;
    memcpy(out->set.at, e->at, e->count * sizeof e->at[0]);
    return true;
}
