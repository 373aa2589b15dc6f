/* Reading ahead. A ring of blocks between one thread, which fills, and the
 * consumer, which empties:
 *
 *       emptied <= filled <= emptied + COUNT
 *
 * Block number n lies at n % COUNT. The thread fills block `filled` without
 * the lock (nobody else looks at it) and counts up under it; the consumer
 * reads block `emptied` and counts up when it is done with it. The thread
 * waits for room on a condition, for input in poll(), with a pipe beside the
 * input that ends the wait when the consumer stops. */
#include "source/blocks.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COUNT = 4 };

struct weir_blocks {
    /* constant once the thread runs */
    int fd;
    int stop_pipe[2];
    bool waits; /* a pipe, a terminal: reading may block */
    weir_blocks_wake wake;
    void *data;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t room;

    /* under the lock */
    size_t filled, emptied;
    bool stop, idle, ended;
    bool asleep; /* the consumer wants a wake */
    int cause;   /* errno that ended it, or 0 */

    /* the consumer's */
    bool holds; /* block `emptied` is out */

    /* block n: the thread's from filled on, else the consumer's */
    size_t sizes[COUNT];
    char bytes[COUNT][WEIR_BLOCKS_SIZE];
};

/* Changes the state and tells the consumer if it sleeps. */
static void publish(struct weir_blocks *b, size_t got, bool idle, bool ended,
                    int cause) {
    bool wake;
    pthread_mutex_lock(&b->lock);
    if (got > 0)
        b->sizes[b->filled++ % COUNT] = got;
    b->idle = idle;
    b->ended = ended;
    b->cause = cause;
    wake = b->asleep;
    b->asleep = false;
    pthread_mutex_unlock(&b->lock);
    if (wake)
        b->wake(b->data);
}

/* Waits for a block to fill; NULL when the consumer stops. */
static char *wait_for_room(struct weir_blocks *b) {
    char *block;
    pthread_mutex_lock(&b->lock);
    while (!b->stop && b->filled - b->emptied == COUNT)
        pthread_cond_wait(&b->room, &b->lock);
    block = b->stop ? NULL : b->bytes[b->filled % COUNT];
    pthread_mutex_unlock(&b->lock);
    return block;
}

/* Waits for input; false when the consumer stops. After a while without any
 * it says that the input is idle, once. */
static bool wait_for_input(struct weir_blocks *b) {
    struct pollfd fds[2] = {{.fd = b->fd, .events = POLLIN},
                            {.fd = b->stop_pipe[0], .events = POLLIN}};
    int timeout = WEIR_BLOCKS_IDLE_MS;
    for (;;) {
        int n = poll(fds, 2, timeout);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0) {
            publish(b, 0, true, false, 0);
            timeout = -1;
            continue;
        }
        return fds[1].revents == 0;
    }
}

static void *run(void *data) {
    struct weir_blocks *b = data;
    for (;;) {
        char *block = wait_for_room(b);
        ssize_t got;
        if (!block || (b->waits && !wait_for_input(b)))
            return NULL;
        got = read(b->fd, block, WEIR_BLOCKS_SIZE);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0) {
            publish(b, 0, false, true, got < 0 ? errno : 0);
            return NULL;
        }
        publish(b, (size_t)got, false, false, 0);
    }
}

/* The thread takes no signals: they are the loop's. */
static int start_thread(struct weir_blocks *b) {
    sigset_t all, before;
    int rc;
    sigfillset(&all);
    rc = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (rc != 0)
        return rc;
    rc = pthread_create(&b->thread, NULL, run, b);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

static int open_stop_pipe(struct weir_blocks *b) {
    if (pipe(b->stop_pipe) != 0)
        return errno;
    for (int i = 0; i < 2; i++)
        if (fcntl(b->stop_pipe[i], F_SETFD, FD_CLOEXEC) != 0)
            return errno;
    return 0;
}

static void release(struct weir_blocks *b) {
    for (int i = 0; i < 2; i++)
        if (b->stop_pipe[i] >= 0)
            close(b->stop_pipe[i]);
    pthread_cond_destroy(&b->room);
    pthread_mutex_destroy(&b->lock);
    weir_free(b);
}

enum weir_err weir_blocks_create(struct weir_blocks **out, int fd,
                                 weir_blocks_wake wake, void *data,
                                 struct weir_error *error) {
    struct weir_blocks *b = weir_malloc(sizeof *b);
    struct stat st;
    int rc;
    if (!b)
        return weir_error_nomem(error);
    memset(b, 0, offsetof(struct weir_blocks, sizes));
    b->fd = fd;
    b->stop_pipe[0] = b->stop_pipe[1] = -1;
    b->waits = fstat(fd, &st) != 0 || !S_ISREG(st.st_mode);
    b->wake = wake;
    b->data = data;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->room, NULL);
    rc = open_stop_pipe(b);
    if (rc == 0)
        rc = start_thread(b);
    if (rc != 0) {
        release(b);
        return weir_error_set(error, WEIR_E_GENERIC,
                              "cannot start a thread that reads: %s",
                              strerror(rc));
    }
    *out = b;
    return WEIR_OK;
}

enum weir_blocks_answer weir_blocks_next(struct weir_blocks *b,
                                         struct weir_str *block, int *cause) {
    enum weir_blocks_answer answer;
    pthread_mutex_lock(&b->lock);
    if (b->holds) {
        b->holds = false;
        b->emptied++;
        pthread_cond_signal(&b->room);
    }
    if (b->emptied < b->filled) {
        size_t at = b->emptied % COUNT;
        b->holds = true;
        *block = weir_str_make(b->bytes[at], b->sizes[at]);
        answer = WEIR_BLOCKS_READY;
    } else if (b->ended) {
        *cause = b->cause;
        answer = b->cause ? WEIR_BLOCKS_ERROR : WEIR_BLOCKS_END;
    } else {
        b->asleep = true;
        answer = b->idle ? WEIR_BLOCKS_IDLE : WEIR_BLOCKS_PENDING;
    }
    pthread_mutex_unlock(&b->lock);
    return answer;
}

void weir_blocks_destroy(struct weir_blocks *b) {
    if (!b)
        return;
    pthread_mutex_lock(&b->lock);
    b->stop = true;
    pthread_cond_signal(&b->room);
    pthread_mutex_unlock(&b->lock);
    close(b->stop_pipe[1]); /* its other end polls as hung up */
    b->stop_pipe[1] = -1;
    pthread_join(b->thread, NULL);
    release(b);
}
