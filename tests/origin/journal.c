/* The journal. Formats lines into one buffer and writes it when it is large or
 * the loop has nothing else to do. Requests under way are counted in a map by
 * host and in one by local address. */
#include "journal.h"

#include "base/escape.h"
#include "base/map.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_MAX = 64 << 20, BUFFER_FULL = 1 << 20 };

/* How many are under way with this name; its entry stays in the map. */
struct place {
    uint64_t inflight;
    char name[];
};

struct journal_entry {
    uint64_t n, conn;
    struct place *host, *local;
};

struct journal {
    struct weir_buf lines;
    struct weir_map *hosts, *locals;
    char *path;
    int fd; /* -1: off */
    bool all_headers;
    uint64_t count, inflight;
};

static const char *const interesting[] = {
    "Range",         "If-Range", "If-None-Match",      "If-Modified-Since",
    "Authorization", "Cookie",   "User-Agent",         "Accept-Encoding",
    "Referer",       "Accept",   "Content-Length",     "Content-Type",
    "Connection",    "Via",      "Proxy-Authorization"};

struct journal *journal_create(const char *path, bool all_headers) {
    struct journal *j = weir_calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->fd = -1;
    j->all_headers = all_headers;
    weir_buf_init(&j->lines, BUFFER_MAX);
    j->hosts = weir_map_create();
    j->locals = weir_map_create();
    if (path) {
        j->path = weir_strdup(path);
        j->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
                     0644);
    }
    if (!j->hosts || !j->locals || (path && (!j->path || j->fd < 0))) {
        int saved = errno;
        journal_destroy(j);
        errno = saved;
        return NULL;
    }
    return j;
}

static void drop_places(struct weir_map *m) {
    size_t cursor = 0;
    struct weir_str key;
    void *value;
    while (m && weir_map_next(m, &cursor, &key, &value))
        weir_free(value);
    weir_map_destroy(m);
}

void journal_destroy(struct journal *j) {
    if (!j)
        return;
    journal_flush(j);
    if (j->fd >= 0)
        close(j->fd);
    drop_places(j->hosts);
    drop_places(j->locals);
    weir_buf_release(&j->lines);
    weir_free(j->path);
    weir_free(j);
}

bool journal_is_on(const struct journal *j) {
    return j->fd >= 0;
}

static struct place *place_of(struct weir_map *m, struct weir_str name) {
    struct place *p = weir_map_get(m, name);
    if (p)
        return p;
    p = weir_malloc(sizeof *p + name.n + 1);
    if (!p)
        return NULL;
    p->inflight = 0;
    if (name.n)
        memcpy(p->name, name.p, name.n);
    if (weir_map_put(m, weir_str_make(p->name, name.n), p) != WEIR_OK) {
        weir_free(p);
        return NULL;
    }
    return p;
}

static bool is_interesting(struct weir_str name) {
    for (size_t i = 0; i < sizeof interesting / sizeof *interesting; i++)
        if (weir_str_eq_nocase(name, weir_str_of(interesting[i])))
            return true;
    return false;
}

static void put_headers(struct journal *j, const struct request *q) {
    bool first = true;
    weir_buf_z(&j->lines, ",\"headers\":[");
    for (size_t i = 0; i < q->header_count; i++) {
        const struct request_header *h = &q->headers[i];
        if (!j->all_headers && !is_interesting(h->name))
            continue;
        weir_buf_z(&j->lines, first ? "[" : ",[");
        first = false;
        weir_escape_json(&j->lines, h->name);
        weir_buf_byte(&j->lines, ',');
        weir_escape_json(&j->lines, h->value);
        weir_buf_byte(&j->lines, ']');
    }
    weir_buf_byte(&j->lines, ']');
}

static void put_number(struct journal *j, const char *key, uint64_t value) {
    weir_buf_fmt(&j->lines, ",\"%s\":%llu", key, (unsigned long long)value);
}

static void put_string(struct journal *j, const char *key,
                       struct weir_str value) {
    weir_buf_fmt(&j->lines, ",\"%s\":", key);
    weir_escape_json(&j->lines, value);
}

struct journal_entry *journal_start(struct journal *j, uint64_t now,
                                    uint64_t conn, const char *local,
                                    const struct request *q) {
    struct journal_entry *e;
    if (j->fd < 0)
        return NULL;
    e = weir_calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->n = ++j->count;
    e->conn = conn;
    e->host = place_of(j->hosts, q->authority);
    e->local = place_of(j->locals, weir_str_of(local));
    if (!e->host || !e->local) {
        weir_free(e);
        return NULL;
    }
    j->inflight++;
    e->host->inflight++;
    e->local->inflight++;
    weir_buf_z(&j->lines, "{\"ev\":\"start\"");
    put_number(j, "n", e->n);
    put_number(j, "t", now);
    put_number(j, "conn", conn);
    put_string(j, "local", weir_str_of(local));
    put_string(j, "host", q->authority);
    put_string(j, "method", q->method);
    put_string(j, "target", q->target);
    put_number(j, "inflight", j->inflight);
    put_number(j, "inflight_host", e->host->inflight);
    put_number(j, "inflight_local", e->local->inflight);
    put_headers(j, q);
    weir_buf_z(&j->lines, "}\n");
    if (j->lines.len >= BUFFER_FULL)
        journal_flush(j);
    return e;
}

void journal_end(struct journal *j, struct journal_entry *e, uint64_t now,
                 int status, uint64_t bytes, const char *outcome) {
    if (!e)
        return;
    j->inflight--;
    e->host->inflight--;
    e->local->inflight--;
    weir_buf_z(&j->lines, "{\"ev\":\"end\"");
    put_number(j, "n", e->n);
    put_number(j, "t", now);
    put_number(j, "conn", e->conn);
    put_number(j, "status", (uint64_t)status);
    put_number(j, "bytes", bytes);
    put_string(j, "outcome", weir_str_of(outcome));
    weir_buf_z(&j->lines, "}\n");
    weir_free(e);
}

void journal_flush(struct journal *j) {
    size_t at = 0;
    while (j->fd >= 0 && at < j->lines.len) {
        ssize_t n = write(j->fd, j->lines.p + at, j->lines.len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        at += (size_t)n;
    }
    weir_buf_clear(&j->lines);
}

void journal_clear(struct journal *j) {
    weir_buf_clear(&j->lines);
    if (j->fd >= 0 && ftruncate(j->fd, 0) == 0)
        j->count = 0;
}

int journal_open(struct journal *j, uint64_t *size) {
    struct stat st;
    int fd;
    if (j->fd < 0)
        return -1;
    journal_flush(j);
    fd = open(j->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *size = (uint64_t)st.st_size;
    return fd;
}
