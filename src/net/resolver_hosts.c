/* resolver_hosts.c - names that the machine itself knows.
 *
 * The whole file is kept in an arena in lower case; a map goes from a name, a
 * slice of it, to a chain of addresses. A name may stand on several lines, its
 * addresses add up. */
#include "net/resolver_hosts.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 16 << 20 };
static const int64_t check_every = INT64_C(1000000000);

struct link {
    struct link *next;
    struct weir_ip ip;
};

struct name {
    struct link *first, *last;
};

struct weir_hosts {
    char *path;
    struct weir_arena *arena;
    struct weir_map *map; /* name -> struct name, both in the arena */
    int64_t check_at;
    bool seen; /* the fields below are those of a file */
    struct timespec mtime;
    off_t size;
    ino_t inode;
};

struct weir_hosts *weir_hosts_create(const char *path) {
    struct weir_hosts *h = weir_calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->path = weir_strdup(path);
    h->arena = weir_arena_create(0);
    h->map = weir_map_create();
    h->check_at = INT64_MIN;
    if (!h->path || !h->arena || !h->map) {
        weir_hosts_destroy(h);
        return NULL;
    }
    return h;
}

void weir_hosts_destroy(struct weir_hosts *h) {
    if (!h)
        return;
    weir_map_destroy(h->map);
    weir_arena_destroy(h->arena);
    weir_free(h->path);
    weir_free(h);
}

static enum weir_err forget(struct weir_hosts *h) {
    struct weir_map *empty = weir_map_create();
    if (!empty)
        return WEIR_E_NOMEM;
    weir_map_destroy(h->map);
    h->map = empty;
    weir_arena_reset(h->arena);
    return WEIR_OK;
}

static enum weir_err add_name(struct weir_hosts *h, struct weir_str key,
                              const struct weir_ip *ip) {
    struct name *n;
    struct link *l;
    if (key.n > 1 && key.p[key.n - 1] == '.')
        key.n--;
    l = weir_arena_alloc(h->arena, sizeof *l);
    if (!l)
        return WEIR_E_NOMEM;
    *l = (struct link){NULL, *ip};
    n = weir_map_get(h->map, key);
    if (n) {
        n->last = n->last->next = l;
        return WEIR_OK;
    }
    n = weir_arena_alloc(h->arena, sizeof *n);
    if (!n)
        return WEIR_E_NOMEM;
    *n = (struct name){l, l};
    return weir_map_put(h->map, key, n);
}

/* Cuts the next word off; false at the end of the line. */
static bool next_word(struct weir_str *line, struct weir_str *word) {
    size_t i = 0;
    *line = weir_str_trim(*line);
    while (i < line->n && !weir_is_space(line->p[i]))
        i++;
    *word = weir_str_sub(*line, 0, i);
    *line = weir_str_sub(*line, i, line->n);
    return word->n > 0;
}

static enum weir_err add_line(struct weir_hosts *h, struct weir_str line) {
    struct weir_str word;
    struct weir_ip ip;
    enum weir_err code = WEIR_OK;
    if (!next_word(&line, &word) || !weir_ip_parse(word, &ip))
        return WEIR_OK; /* empty, or a scoped address: of no use here */
    while (code == WEIR_OK && next_word(&line, &word))
        code = add_name(h, word, &ip);
    return code;
}

enum weir_err weir_hosts_parse(struct weir_hosts *h, struct weir_str text) {
    struct weir_str line, comment, rest;
    enum weir_err code = forget(h);
    char *copy;
    if (code != WEIR_OK)
        return code;
    copy = weir_arena_dup(h->arena, text);
    if (!copy)
        return WEIR_E_NOMEM;
    for (size_t i = 0; i < text.n; i++)
        copy[i] = weir_to_lower(copy[i]);
    rest = weir_str_make(copy, text.n);
    while (code == WEIR_OK && rest.n > 0) {
        weir_str_cut(rest, '\n', &line, &rest);
        weir_str_cut(line, '#', &line, &comment);
        code = add_line(h, line);
    }
    if (code != WEIR_OK)
        (void)forget(h);
    return code;
}

bool weir_hosts_find(const struct weir_hosts *h, struct weir_str name,
                     struct weir_ip_set *out) {
    const struct name *n = weir_map_get(h->map, name);
    if (!n)
        return false;
    out->count = 0;
    for (const struct link *l = n->first; l; l = l->next)
        weir_ip_set_add(out, &l->ip);
    return true;
}

/* The file's bytes (at most max), for weir_free; NULL = none. */
static char *read_file(const char *path, size_t max, size_t *length,
                       struct stat *st) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *bytes = NULL;
    size_t got = 0;
    if (fd < 0)
        return NULL;
    if (fstat(fd, st) == 0 && S_ISREG(st->st_mode)) {
        size_t want = st->st_size < (off_t)max ? (size_t)st->st_size : max;
        bytes = weir_malloc(want + 1);
        while (bytes && got < want) {
            ssize_t n = read(fd, bytes + got, want - got);
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                break;
            got += (size_t)n;
        }
    }
    close(fd);
    *length = got;
    return bytes;
}

static bool unchanged(const struct weir_hosts *h, const struct stat *st) {
    return h->seen && st->st_mtim.tv_sec == h->mtime.tv_sec &&
           st->st_mtim.tv_nsec == h->mtime.tv_nsec && st->st_size == h->size &&
           st->st_ino == h->inode;
}

void weir_hosts_refresh(struct weir_hosts *h, int64_t now) {
    struct stat st;
    char *bytes;
    size_t n;
    if (now < h->check_at)
        return;
    h->check_at = now + check_every;
    if (stat(h->path, &st) != 0) {
        if (h->seen)
            h->seen = forget(h) != WEIR_OK;
        return;
    }
    if (unchanged(h, &st))
        return;
    bytes = read_file(h->path, FILE_MAX, &n, &st);
    if (!bytes)
        return; /* tried again in a second */
    if (weir_hosts_parse(h, weir_str_make(bytes, n)) == WEIR_OK) {
        h->seen = true;
        h->mtime = st.st_mtim;
        h->size = st.st_size;
        h->inode = st.st_ino;
    }
    weir_free(bytes);
}

static void add_domain(struct weir_search *s, struct weir_str domain) {
    while (domain.n > 0 && domain.p[domain.n - 1] == '.')
        domain.n--;
    if (domain.n == 0 || domain.n >= sizeof s->domain[0] ||
        s->count == WEIR_SEARCH_MAX || memchr(domain.p, 0, domain.n))
        return;
    for (size_t i = 0; i < domain.n; i++)
        s->domain[s->count][i] = weir_to_lower(domain.p[i]);
    s->domain[s->count++][domain.n] = '\0';
}

static void set_options(struct weir_search *s, struct weir_str line) {
    struct weir_str word, ndots = WEIR_STR("ndots:");
    uint64_t n;
    while (next_word(&line, &word)) {
        if (weir_str_starts(word, ndots) &&
            weir_str_to_u64(weir_str_sub(word, ndots.n, word.n), &n))
            s->ndots = n < 15 ? (unsigned)n : 15;
    }
}

void weir_search_parse(struct weir_search *s, struct weir_str text) {
    struct weir_str line, word;
    *s = (struct weir_search){.ndots = 1};
    while (text.n > 0) {
        weir_str_cut(text, '\n', &line, &text);
        if (!next_word(&line, &word))
            continue;
        if (weir_str_eq(word, WEIR_STR("options"))) {
            set_options(s, line);
        } else if (weir_str_eq(word, WEIR_STR("domain"))) {
            s->count = 0;
            if (next_word(&line, &word))
                add_domain(s, word);
        } else if (weir_str_eq(word, WEIR_STR("search"))) {
            s->count = 0;
            while (next_word(&line, &word))
                add_domain(s, word);
        }
    }
}

void weir_search_read(struct weir_search *s, const char *path) {
    char host[256] = "";
    struct weir_str head, domain;
    struct stat st;
    size_t n = 0;
    char *bytes = read_file(path, 1 << 16, &n, &st);
    weir_search_parse(s, weir_str_make(bytes, n));
    weir_free(bytes);
    if (s->count > 0 || gethostname(host, sizeof host - 1) != 0)
        return;
    if (weir_str_cut(weir_str_of(host), '.', &head, &domain))
        add_domain(s, domain);
}

bool weir_search_candidate(const struct weir_search *s, struct weir_str host,
                           size_t i, char *out, size_t size) {
    size_t itself = s->count; /* the place after the last domain */
    size_t dots = 0;
    for (size_t at = 0; at < host.n; at++)
        dots += host.p[at] == '.';
    if (dots > 0 && (dots >= s->ndots || weir_str_ends(host, WEIR_STR(".")))) {
        if (i > 0)
            return false;
        i = itself;
    } else if (i > itself) {
        return false;
    } else if (dots > 0) {
        i = i == 0 ? itself : i - 1;
    }
    if (i == itself)
        snprintf(out, size, "%.*s", WEIR_STR_ARG(host));
    else
        snprintf(out, size, "%.*s.%s", WEIR_STR_ARG(host), s->domain[i]);
    return true;
}
