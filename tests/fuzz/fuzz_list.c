/* Any bytes as a list: the source ends, numbers its requests and reads nothing
 * that is not there. The bytes come through a socket in two pieces, so that
 * lines are cut. */
#include "source/list.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 60 << 10 }; /* what a socket takes without a reader */

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    int due;
};

static void on_wake(void *data) {
    struct gate *g = data;
    pthread_mutex_lock(&g->lock);
    g->due = 1;
    pthread_cond_signal(&g->woken);
    pthread_mutex_unlock(&g->lock);
}

static void wait_for_wake(struct gate *g) {
    pthread_mutex_lock(&g->lock);
    while (!g->due)
        pthread_cond_wait(&g->woken, &g->lock);
    g->due = 0;
    pthread_mutex_unlock(&g->lock);
}

static size_t read_all(struct weir_str s) {
    size_t sum = 0;
    for (size_t i = 0; i < s.n; i++)
        sum += (unsigned char)s.p[i];
    return sum;
}

static size_t look_at(const struct weir_request *r, uint64_t n) {
    size_t sum = read_all(r->url) + read_all(r->place) + read_all(r->problem) +
                 read_all(r->out) + read_all(r->dir) + read_all(r->checksum);
    for (size_t i = 0; i < r->header_count; i++)
        sum += read_all(r->headers[i]);
    if (r->n != n || r->capture_count != 0)
        abort();
    return sum;
}

static void put(int fd, const uint8_t *data, size_t size) {
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n <= 0)
            abort();
        data += n;
        size -= (size_t)n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
    struct weir_source *s;
    struct weir_request r;
    struct weir_error e = {0};
    enum weir_pull pull;
    uint64_t n = 0;
    size_t sum = 0, cut;
    int fds[2];
    if (size > INPUT_MAX || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0 ||
        weir_source_list_create(&s, fds[0], true, "L", &e))
        return 0;
    cut = size ? data[0] % size : 0;
    weir_source_start(s, on_wake, &gate);
    put(fds[1], data, cut);
    pull = weir_source_next(s, &r, &e); /* the thread runs */
    if (pull == WEIR_PULL_READY)
        sum += look_at(&r, ++n);
    put(fds[1], data + cut, size - cut);
    close(fds[1]);
    while (pull == WEIR_PULL_READY || pull == WEIR_PULL_PENDING) {
        if (pull == WEIR_PULL_PENDING)
            wait_for_wake(&gate);
        pull = weir_source_next(s, &r, &e);
        if (pull == WEIR_PULL_READY)
            sum += look_at(&r, ++n);
    }
    weir_source_destroy(s);
    return sum == SIZE_MAX;
}
