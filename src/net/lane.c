/* lane.c - a thread of its own that moves bytes.
 *
 * A few large bodies keep one processor busy with copying. A lane has a loop of
 * its own, on which some of the shards run, and may wait for the disk:
 *
 *     loop's thread                        lane's thread
 *     weir_lane_post(t, ADD)     --inbox-->   curl_multi_add_handle
 *     ... CANCEL, RESUME         --inbox-->   on_head, on_body from in here
 *     weir_lane_take  <--wake--  ended  <--   curl_multi_info_read
 *
 * A transfer is the lane's from ADD until weir_lane_take gives it back; the
 * loop may only post to it meanwhile. Posts are carried out under the mutex,
 * and taking a transfer back removes what is still posted to it: nothing can
 * reach the next request on the same handle. */
#include "net/transfer_internal.h"

#include "base/mem.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

struct lane {
    struct weir_loop *loop;
    struct weir_wake *wake;   /* of the lane's loop */
    struct weir_wake *answer; /* of the net's */
    pthread_t thread;
    bool runs;
    pthread_mutex_t mutex;
    struct weir_list inbox; /* transfers, by post_link */
    struct weir_list ended; /* transfers, by ended_link */
    bool stop;
    atomic_bool any_ended;
    /* The lane's own. */
    struct shard *shards[SHARDS_MAX];
    size_t shard_count;
};

struct weir_loop *weir_lane_loop(struct lane *lane) {
    return lane->loop;
}

/* --- the lane's thread ---------------------------------------------------- */

/* With the mutex held. */
static void end(struct lane *lane, struct weir_transfer *t, CURLcode code) {
    t->in_lane = false;
    t->code = code;
    curl_multi_remove_handle(t->shard->multi, t->easy);
    weir_list_append(&lane->ended, &t->ended_link);
    atomic_store(&lane->any_ended, true);
    weir_wake_send(lane->answer);
}

static void add(struct lane *lane, struct weir_transfer *t) {
    struct shard *s = t->shard;
    size_t i = 0;
    while (i < lane->shard_count && lane->shards[i] != s)
        i++;
    t->in_lane = true;
    if (i == lane->shard_count) {
        if (!weir_multi_attach(s)) {
            end(lane, t, CURLE_OUT_OF_MEMORY);
            return;
        }
        lane->shards[lane->shard_count++] = s;
    }
    s->dirty = true;
    if (curl_multi_add_handle(s->multi, t->easy) != CURLM_OK)
        end(lane, t, CURLE_OUT_OF_MEMORY);
}

static void carry_out(struct lane *lane, struct weir_transfer *t) {
    unsigned posts = t->posts;
    t->posts = 0;
    if (posts & LANE_ADD)
        add(lane, t);
    if ((posts & LANE_RESUME) && t->in_lane && weir_transfer_unpause(t))
        end(lane, t, CURLE_ABORTED_BY_CALLBACK);
    if ((posts & LANE_CANCEL) && t->in_lane)
        end(lane, t, CURLE_ABORTED_BY_CALLBACK);
}

static void on_posts(void *data) {
    struct lane *lane = data;
    pthread_mutex_lock(&lane->mutex);
    while (!weir_list_empty(&lane->inbox)) {
        struct weir_transfer *t =
            WEIR_CONTAINER(lane->inbox.next, struct weir_transfer, post_link);
        weir_list_remove(&t->post_link);
        carry_out(lane, t);
    }
    if (lane->stop)
        weir_loop_stop(lane->loop);
    pthread_mutex_unlock(&lane->mutex);
}

static void reap(void *data) {
    struct lane *lane = data;
    for (size_t i = 0; i < lane->shard_count; i++) {
        struct weir_transfer *t;
        CURLcode code;
        while ((t = weir_multi_ended(lane->shards[i], &code))) {
            pthread_mutex_lock(&lane->mutex);
            end(lane, t, code);
            pthread_mutex_unlock(&lane->mutex);
        }
    }
}

static void *run(void *data) {
    struct lane *lane = data;
    weir_loop_run(lane->loop);
    return NULL;
}

/* --- the loop's thread ---------------------------------------------------- */

void weir_lane_post(struct lane *lane, struct weir_transfer *t,
                    enum lane_post what) {
    bool first;
    pthread_mutex_lock(&lane->mutex);
    first = weir_list_empty(&lane->inbox);
    t->posts |= (unsigned)what;
    if (weir_list_empty(&t->post_link))
        weir_list_append(&lane->inbox, &t->post_link);
    pthread_mutex_unlock(&lane->mutex);
    if (first)
        weir_wake_send(lane->wake);
}

void weir_lane_take(struct lane *lane, struct weir_list *out) {
    if (!lane || !atomic_load(&lane->any_ended))
        return;
    pthread_mutex_lock(&lane->mutex);
    atomic_store(&lane->any_ended, false);
    for (struct weir_list *at = lane->ended.next; at != &lane->ended;
         at = at->next) {
        struct weir_transfer *t =
            WEIR_CONTAINER(at, struct weir_transfer, ended_link);
        weir_list_remove(&t->post_link);
        t->posts = 0;
    }
    weir_list_splice(out, &lane->ended);
    pthread_mutex_unlock(&lane->mutex);
}

/* Taking what ended is the business of the check hook (weir_net_check). */
static void on_answer(void *data) {
    (void)data;
}

/* Signals are the loop's. */
static bool start(struct lane *lane) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    lane->runs = pthread_create(&lane->thread, NULL, run, lane) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return lane->runs;
}

struct lane *weir_lane_create(struct weir_loop *loop) {
    struct lane *lane = weir_calloc(1, sizeof *lane);
    if (!lane)
        return NULL;
    pthread_mutex_init(&lane->mutex, NULL);
    weir_list_init(&lane->inbox);
    weir_list_init(&lane->ended);
    lane->loop = weir_loop_create();
    if (lane->loop)
        lane->wake = weir_wake_create(lane->loop, on_posts, lane);
    lane->answer = weir_wake_create(loop, on_answer, lane);
    if (!lane->wake || !lane->answer) {
        weir_lane_destroy(lane);
        return NULL;
    }
    weir_loop_on_check(lane->loop, reap, lane);
    if (!start(lane)) {
        weir_lane_destroy(lane);
        return NULL;
    }
    return lane;
}

void weir_lane_stop(struct lane *lane) {
    if (!lane || !lane->runs)
        return;
    pthread_mutex_lock(&lane->mutex);
    lane->stop = true;
    pthread_mutex_unlock(&lane->mutex);
    weir_wake_send(lane->wake);
    pthread_join(lane->thread, NULL);
    lane->runs = false;
}

void weir_lane_destroy(struct lane *lane) {
    if (!lane)
        return;
    weir_lane_stop(lane);
    weir_wake_destroy(lane->wake);
    weir_wake_destroy(lane->answer);
    if (lane->loop)
        weir_loop_destroy(lane->loop);
    pthread_mutex_destroy(&lane->mutex);
    weir_free(lane);
}
