/* zones.c - reads zone files when an extractor is made, and keeps them. */
#include "doc/zones.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"

#include <fcntl.h>
#include <unistd.h>

#define FOLDER "/usr/share/zoneinfo/"

enum { MAX_FILE = 256 * 1024 };

struct zone {
    struct weir_tzone *zone;
    char *name;
};

struct weir_zones {
    struct weir_map *map;
};

struct weir_zones *weir_zones_create(void) {
    struct weir_zones *zones = weir_calloc(1, sizeof *zones);
    if (!zones)
        return NULL;
    zones->map = weir_map_create();
    if (!zones->map) {
        weir_free(zones);
        return NULL;
    }
    return zones;
}

static void destroy_zone(struct zone *z) {
    if (!z)
        return;
    weir_tzone_destroy(z->zone);
    weir_free(z->name);
    weir_free(z);
}

void weir_zones_destroy(struct weir_zones *zones) {
    struct weir_str key;
    size_t cursor = 0;
    void *value;
    if (!zones)
        return;
    while (weir_map_next(zones->map, &cursor, &key, &value))
        destroy_zone(value);
    weir_map_destroy(zones->map);
    weir_free(zones);
}

static enum weir_err read_file(const char *path, struct weir_buf *out) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum weir_err e = fd < 0 ? WEIR_E_INVALID : WEIR_OK;
    while (!e) {
        ssize_t n;
        e = weir_buf_reserve(out, 8192);
        if (e)
            break;
        n = read(fd, out->p + out->len, 8192);
        if (n < 0)
            e = WEIR_E_INVALID;
        if (n <= 0)
            break;
        out->len += (size_t)n;
    }
    if (fd >= 0)
        close(fd);
    return e;
}

static enum weir_err load(const char *name, struct weir_tzone **out) {
    struct weir_buf path, file;
    enum weir_err e = WEIR_E_INVALID;
    int32_t offset;
    if (weir_tzone_read_offset(weir_str_of(name), &offset))
        return weir_tzone_fixed(offset, out);
    if (!weir_tzone_is_name(weir_str_of(name)))
        return e;
    weir_buf_init(&path, 512);
    weir_buf_init(&file, MAX_FILE);
    weir_buf_fmt(&path, FOLDER "%s", name);
    e = path.failed ? WEIR_E_NOMEM : read_file(path.p, &file);
    if (!e)
        e = weir_tzone_parse(weir_buf_view(&file), out);
    weir_buf_release(&path);
    weir_buf_release(&file);
    return e;
}

enum weir_err weir_zones_get(struct weir_zones *zones, const char *name,
                             const struct weir_tzone **out) {
    struct zone *z = weir_map_get(zones->map, weir_str_of(name));
    enum weir_err e;
    if (!z) {
        z = weir_calloc(1, sizeof *z);
        if (z)
            z->name = weir_strdup(name);
        e = z && z->name ? load(name, &z->zone) : WEIR_E_NOMEM;
        if (!e)
            e = weir_map_put(zones->map, weir_str_of(z->name), z);
        if (e) {
            destroy_zone(z);
            return e;
        }
    }
    *out = z->zone;
    return WEIR_OK;
}
