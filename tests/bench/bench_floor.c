/* weir-bench-floor - how fast libcurl can be on one thread: the floor that
 * weir is compared with.
 *
 *     weir-bench-floor LIST CONNECTIONS [FOLDER]
 *
 * A bare curl_multi_socket_action loop on epoll with CONNECTIONS easy handles
 * that are used again and again. Bodies are discarded, or with FOLDER written
 * as they come to FOLDER/N.part and renamed to FOLDER/N: no queue, no limits,
 * no store, no names from URLs, no retries. The URLs of LIST are read before.
 *
 * A socket stays registered until libcurl closes it: libcurl asks for removal
 * and addition around every request on a kept connection, and obeying costs
 * 1.4 times the CPU. */
#include "bench.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EVENTS = 256, SOCKETS = 65536, BUFFER = 128 << 10 };

struct slot {
    CURL *easy;
    size_t n; /* which URL */
    int fd;   /* of its file, -1 = none open */
    struct floor *floor;
};

struct floor {
    CURLM *multi;
    int epoll;
    long timeout_ms; /* libcurl's, -1 = none */
    char *text, **url;
    size_t count, next, done, failed;
    int folder; /* -1: discard */
    /* By descriptor: the events that libcurl wants, and that epoll knows. */
    unsigned char want[SOCKETS], known[SOCKETS];
};

static void part_name(char *name, size_t size, size_t n) {
    snprintf(name, size, "%zu.part", n);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *data) {
    struct slot *s = data;
    size_t left = size * n;
    char name[32];
    if (s->floor->folder < 0)
        return left;
    if (s->fd < 0) {
        part_name(name, sizeof name, s->n);
        s->fd = openat(s->floor->folder, name,
                       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (s->fd < 0)
            return 0;
    }
    while (left > 0) {
        ssize_t written = write(s->fd, bytes, left);
        if (written < 0)
            return 0;
        bytes += written;
        left -= (size_t)written;
    }
    return size * n;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *data,
                     void *socket_data) {
    struct floor *f = data;
    struct epoll_event e = {.data.fd = fd};
    unsigned want = what == CURL_POLL_REMOVE ? 0 : (unsigned)what;
    (void)easy;
    (void)socket_data;
    if (fd < 0 || fd >= SOCKETS)
        return -1;
    f->want[fd] = (unsigned char)want;
    if (want == 0 || want == f->known[fd])
        return 0;
    e.events = (want & CURL_POLL_IN ? EPOLLIN : 0u) |
               (want & CURL_POLL_OUT ? EPOLLOUT : 0u);
    epoll_ctl(f->epoll, f->known[fd] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e);
    f->known[fd] = (unsigned char)want;
    return 0;
}

static int on_close(void *data, curl_socket_t fd) {
    struct floor *f = data;
    if (fd >= 0 && fd < SOCKETS)
        f->want[fd] = f->known[fd] = 0;
    return close(fd);
}

static int on_timeout(CURLM *multi, long ms, void *data) {
    struct floor *f = data;
    (void)multi;
    f->timeout_ms = ms;
    return 0;
}

static void start_next(struct floor *f, struct slot *s) {
    if (f->next == f->count)
        return;
    s->n = f->next++;
    s->fd = -1;
    curl_easy_setopt(s->easy, CURLOPT_URL, f->url[s->n]);
    curl_multi_add_handle(f->multi, s->easy);
}

static void finish(struct floor *f, struct slot *s, CURLcode code) {
    char part[32], name[32];
    long status = 0;
    curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
    f->done++;
    if (code != CURLE_OK || status != 200)
        f->failed++;
    if (s->fd >= 0) {
        close(s->fd);
        part_name(part, sizeof part, s->n);
        snprintf(name, sizeof name, "%zu", s->n);
        if (renameat(f->folder, part, f->folder, name) != 0)
            f->failed++;
    }
    curl_multi_remove_handle(f->multi, s->easy);
    start_next(f, s);
}

static void reap(struct floor *f) {
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(f->multi, &left))) {
        char *slot;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
        finish(f, (struct slot *)(void *)slot, code);
    }
}

static void handle(struct floor *f, const struct epoll_event *e) {
    int fd = e->data.fd, running;
    int what = (e->events & EPOLLIN ? CURL_CSELECT_IN : 0) |
               (e->events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (e->events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    if (f->want[fd] == 0) { /* nobody waits: the server closed it, or so */
        struct epoll_event none = {.data.fd = fd};
        epoll_ctl(f->epoll, EPOLL_CTL_DEL, fd, &none);
        f->known[fd] = 0;
        return;
    }
    curl_multi_socket_action(f->multi, fd, what, &running);
}

static void run(struct floor *f) {
    struct epoll_event events[EVENTS];
    int running;
    while (f->done < f->count) {
        int wait = f->timeout_ms < 0 ? 1000 : (int)f->timeout_ms;
        int n = epoll_wait(f->epoll, events, EVENTS, wait);
        for (int i = 0; i < n; i++)
            handle(f, &events[i]);
        if (n <= 0 || f->timeout_ms == 0) {
            f->timeout_ms = -1;
            curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0,
                                     &running);
        }
        reap(f);
    }
}

static CURL *make_easy(struct floor *f, struct slot *s) {
    CURL *e = curl_easy_init();
    s->floor = f;
    curl_easy_setopt(e, CURLOPT_PRIVATE, (char *)s);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, f);
    curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long)BUFFER);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
    return e;
}

static void read_list(struct floor *f, const char *path) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t got = 0, lines = 0;
    if (fd < 0 || fstat(fd, &st) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(2);
    }
    f->text = malloc((size_t)st.st_size + 1);
    while (f->text && got < (size_t)st.st_size) {
        ssize_t n = read(fd, f->text + got, (size_t)st.st_size - got);
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    close(fd);
    for (size_t i = 0; i < got; i++)
        lines += f->text[i] == '\n';
    f->url = calloc(lines + 1, sizeof *f->url);
    if (!f->text || !f->url)
        exit(1);
    f->text[got] = '\0';
    for (char *at = f->text, *end; (end = strchr(at, '\n')); at = end + 1) {
        *end = '\0';
        f->url[f->count++] = at;
    }
}

int main(int argc, char **argv) {
    static struct floor f = {.timeout_ms = -1, .folder = -1};
    size_t connections = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    struct slot *slots = calloc(connections ? connections : 1, sizeof *slots);
    if (connections == 0 || !slots)
        return 2;
    read_list(&f, argv[1]);
    if (argc > 3)
        f.folder = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    f.epoll = epoll_create1(EPOLL_CLOEXEC);
    f.multi = curl_multi_init();
    curl_multi_setopt(f.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(f.multi, CURLMOPT_SOCKETDATA, &f);
    curl_multi_setopt(f.multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(f.multi, CURLMOPT_TIMERDATA, &f);
    curl_multi_setopt(f.multi, CURLMOPT_MAXCONNECTS, (long)connections * 2);
    for (size_t i = 0; i < connections; i++) {
        slots[i].easy = make_easy(&f, &slots[i]);
        start_next(&f, &slots[i]);
    }
    run(&f);
    for (size_t i = 0; i < connections; i++)
        curl_easy_cleanup(slots[i].easy);
    curl_multi_cleanup(f.multi);
    if (f.failed > 0)
        fprintf(stderr, "%zu of %zu failed\n", f.failed, f.count);
    return f.failed > 0;
}
