/* loop.c - libuv behind a face of our own.
 *
 * Timers: libuv's have a granularity of a millisecond, which a rate of 1,000
 * requests a second does not bear. All weir_timers stand in one heap; a single
 * timerfd, armed with the earliest of them, wakes the loop with the kernel's
 * precision:
 *
 *     weir_timer_set -> heap -> before_poll arms the timerfd if the earliest
 *     moved forward -> poll -> after_poll runs what is due
 *
 * What is due already takes no system call: the poll just does not wait.
 * An earliest time that moves back leaves the timerfd armed: one spurious
 * wake-up is cheaper than a system call for each change.
 */
#include "net/loop.h"

#include "base/heap.h"
#include "base/mem.h"

#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

struct weir_loop {
    uv_loop_t uv;
    uv_poll_t timer_poll;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle; /* while active, polls do not wait */
    int timer_fd;
    int64_t armed; /* what the timerfd is set to, INT64_MAX = off */
    int64_t now;
    struct weir_heap timers;
    weir_loop_fn on_check;
    void *on_check_data;
};

struct weir_timer {
    struct weir_loop *loop;
    struct weir_heap_node node;
    weir_loop_fn fn;
    void *data;
};

struct weir_wake {
    uv_async_t async;
    weir_loop_fn fn;
    void *data;
};

struct weir_signal {
    uv_signal_t signal;
    weir_signal_fn fn;
    void *data;
};

int64_t weir_loop_clock(const struct weir_loop *l) {
    struct timespec ts;
    (void)l;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t weir_loop_now(const struct weir_loop *l) {
    return l->now;
}

void *weir_loop_uv(struct weir_loop *l) {
    return &l->uv;
}

static void arm(struct weir_loop *l, int64_t when) {
    struct itimerspec spec = {{0, 0}, {0, 0}};
    if (when < 1)
        when = 1;
    spec.it_value.tv_sec = when / 1000000000;
    spec.it_value.tv_nsec = when % 1000000000;
    timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
    l->armed = when;
}

/* Runs the timers that are due; at most as many as there are, so that one that
 * sets itself again to a past time does not keep the loop from its I/O. */
static void run_due(struct weir_loop *l) {
    struct weir_heap_node *n;
    for (size_t left = l->timers.count; left > 0; left--) {
        n = weir_heap_min(&l->timers);
        if (!n || n->key > l->now)
            return;
        struct weir_timer *t = WEIR_CONTAINER(n, struct weir_timer, node);
        weir_timer_clear(t);
        t->fn(t->data);
    }
}

static void on_timerfd(uv_poll_t *poll, int status, int events) {
    struct weir_loop *l = poll->data;
    uint64_t expirations;
    (void)status;
    (void)events;
    if (read(l->timer_fd, &expirations, sizeof expirations) > 0)
        l->armed = INT64_MAX;
}

static void after_poll(uv_check_t *check) {
    struct weir_loop *l = check->data;
    l->now = weir_loop_clock(l);
    run_due(l);
    if (l->on_check)
        l->on_check(l->on_check_data);
}

static void on_idle(uv_idle_t *idle) {
    (void)idle;
}

static void before_poll(uv_prepare_t *prepare) {
    struct weir_loop *l = prepare->data;
    const struct weir_heap_node *n = weir_heap_min(&l->timers);
    if (n && n->key <= l->now) {
        uv_idle_start(&l->idle, on_idle);
        return;
    }
    uv_idle_stop(&l->idle);
    if (n && n->key < l->armed)
        arm(l, n->key);
}

struct weir_loop *weir_loop_create(void) {
    struct weir_loop *l = weir_calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (l->timer_fd < 0) {
        weir_free(l);
        return NULL;
    }
    if (uv_loop_init(&l->uv) != 0) {
        close(l->timer_fd);
        weir_free(l);
        return NULL;
    }
    l->armed = INT64_MAX;
    weir_heap_init(&l->timers);
    uv_poll_init(&l->uv, &l->timer_poll, l->timer_fd);
    uv_prepare_init(&l->uv, &l->prepare);
    uv_check_init(&l->uv, &l->check);
    uv_idle_init(&l->uv, &l->idle);
    l->timer_poll.data = l->prepare.data = l->check.data = l;
    uv_poll_start(&l->timer_poll, UV_READABLE, on_timerfd);
    uv_prepare_start(&l->prepare, before_poll);
    uv_check_start(&l->check, after_poll);
    l->now = weir_loop_clock(l);
    return l;
}

void weir_loop_destroy(struct weir_loop *l) {
    if (!l)
        return;
    uv_close((uv_handle_t *)&l->timer_poll, NULL);
    uv_close((uv_handle_t *)&l->prepare, NULL);
    uv_close((uv_handle_t *)&l->check, NULL);
    uv_close((uv_handle_t *)&l->idle, NULL);
    /* Close callbacks of everything that was destroyed before run here; a
     * weir_loop_stop that no run has seen yet ends the first of these. */
    while (uv_run(&l->uv, UV_RUN_DEFAULT) != 0)
        continue;
    uv_loop_close(&l->uv);
    close(l->timer_fd);
    weir_heap_release(&l->timers);
    weir_free(l);
}

void weir_loop_run(struct weir_loop *l) {
    l->now = weir_loop_clock(l);
    uv_run(&l->uv, UV_RUN_DEFAULT);
}

void weir_loop_stop(struct weir_loop *l) {
    uv_stop(&l->uv);
}

void weir_loop_on_check(struct weir_loop *l, weir_loop_fn fn, void *data) {
    l->on_check = fn;
    l->on_check_data = data;
}

struct weir_timer *weir_timer_create(struct weir_loop *l, weir_loop_fn fn,
                                     void *data) {
    struct weir_timer *t = weir_calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->loop = l;
    t->fn = fn;
    t->data = data;
    /* In and out once: the heap has room for it from now on. */
    if (weir_heap_put(&l->timers, &t->node, INT64_MAX) != WEIR_OK) {
        weir_free(t);
        return NULL;
    }
    return t;
}

void weir_timer_set(struct weir_timer *t, int64_t when) {
    weir_heap_put(&t->loop->timers, &t->node, when);
}

void weir_timer_clear(struct weir_timer *t) {
    /* Stays in the heap, at the end of time: setting it cannot fail. */
    weir_heap_put(&t->loop->timers, &t->node, INT64_MAX);
}

void weir_timer_destroy(struct weir_timer *t) {
    if (!t)
        return;
    weir_heap_remove(&t->loop->timers, &t->node);
    weir_free(t);
}

static void free_wake(uv_handle_t *handle) {
    weir_free(handle->data);
}

static void on_async(uv_async_t *async) {
    struct weir_wake *w = async->data;
    if (w->fn)
        w->fn(w->data);
}

struct weir_wake *weir_wake_create(struct weir_loop *l, weir_loop_fn fn,
                                   void *data) {
    struct weir_wake *w = weir_calloc(1, sizeof *w);
    if (!w)
        return NULL;
    if (uv_async_init(&l->uv, &w->async, on_async) != 0) {
        weir_free(w);
        return NULL;
    }
    w->async.data = w;
    w->fn = fn;
    w->data = data;
    return w;
}

void weir_wake_send(struct weir_wake *w) {
    uv_async_send(&w->async);
}

void weir_wake_destroy(struct weir_wake *w) {
    if (!w)
        return;
    w->fn = NULL;
    uv_close((uv_handle_t *)&w->async, free_wake);
}

static void free_signal(uv_handle_t *handle) {
    weir_free(handle->data);
}

static void on_signal(uv_signal_t *signal, int signum) {
    struct weir_signal *s = signal->data;
    if (s->fn)
        s->fn(signum, s->data);
}

struct weir_signal *weir_signal_create(struct weir_loop *l, int signum,
                                       weir_signal_fn fn, void *data) {
    struct weir_signal *s = weir_calloc(1, sizeof *s);
    if (!s)
        return NULL;
    if (uv_signal_init(&l->uv, &s->signal) != 0) {
        weir_free(s);
        return NULL;
    }
    s->signal.data = s;
    s->fn = fn;
    s->data = data;
    uv_signal_start(&s->signal, on_signal, signum);
    return s;
}

void weir_signal_destroy(struct weir_signal *s) {
    if (!s)
        return;
    s->fn = NULL;
    uv_close((uv_handle_t *)&s->signal, free_signal);
}
