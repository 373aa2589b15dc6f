/* loop.h - the event loop: the one clock, timers, wake-ups and signals.
 *
 * A thin face over libuv, so that the floors above need not include uv.h.
 * Everything but weir_wake_send belongs to the loop's thread. Times are
 * monotonic nanoseconds; `weir_loop_now` is read once for each iteration and
 * passed down from there.
 *
 * Lifetimes: destroying a timer, wake or signal stops its callback at once;
 * its memory is the loop's until libuv has closed the handle.
 */
#ifndef WEIR_NET_LOOP_H
#define WEIR_NET_LOOP_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_loop;
struct weir_timer;
struct weir_wake;
struct weir_signal;

typedef void (*weir_loop_fn)(void *data);
typedef void (*weir_signal_fn)(int signum, void *data);

struct weir_loop *weir_loop_create(void);    /* NULL = no memory */
void weir_loop_destroy(struct weir_loop *l); /* after all its handles */
/* Runs until weir_loop_stop. */
void weir_loop_run(struct weir_loop *l);
void weir_loop_stop(struct weir_loop *l);
int64_t weir_loop_now(const struct weir_loop *l);   /* cached, ns */
int64_t weir_loop_clock(const struct weir_loop *l); /* read now, ns */
/* For net/ itself: the uv_loop_t. */
void *weir_loop_uv(struct weir_loop *l);
/* Called once after each iteration's I/O; NULL ends it. */
void weir_loop_on_check(struct weir_loop *l, weir_loop_fn fn, void *data);

/* A one-shot timer with the precision of the kernel (timerfd), ns. */
struct weir_timer *weir_timer_create(struct weir_loop *l, weir_loop_fn fn,
                                     void *data);
/* Fires at `when` (loop clock), moved if it was set; a past time fires in the
 * next iteration, never inside this call. */
void weir_timer_set(struct weir_timer *t, int64_t when);
void weir_timer_clear(struct weir_timer *t);
void weir_timer_destroy(struct weir_timer *t);

/* Wakes the loop from any thread; several sends may become one call. */
struct weir_wake *weir_wake_create(struct weir_loop *l, weir_loop_fn fn,
                                   void *data);
void weir_wake_send(struct weir_wake *w);
void weir_wake_destroy(struct weir_wake *w);

struct weir_signal *weir_signal_create(struct weir_loop *l, int signum,
                                       weir_signal_fn fn, void *data);
void weir_signal_destroy(struct weir_signal *s);

#endif
