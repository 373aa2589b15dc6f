/* job_poll.c - starts with `every`, each on its own clock, and chores.
 *
 *   timer at begin + k * every --> still under way? yes: this tick is skipped
 *                                  no: its first pages are ready to be pulled
 *
 * The moments are counted from the beginning, so they do not drift however long
 * an answer takes; nothing is made up for. A producer's first pages go past the
 * frontier: a tick that a kill prevented is not wanted later. Pages that these
 * go on with come from the frontier, and the round is over with the last one.
 */
#include "engine/job_internal.h"

#include "base/mem.h"

#include <time.h>

/* Answers that no job needs any more are kept so long. */
static const int64_t prune_age_s = 30 * 86400;

struct weir_producer {
    struct weir_job_run *run;
    size_t start;
    struct weir_timer *timer;
    int64_t begin, every;
    uint64_t tick; /* the round that is under way, or was last */
    size_t under_way;
};

struct chore {
    struct weir_job_run *run;
    const struct weir_chore *what;
    struct weir_timer *timer;
    int64_t begin;
};

struct weir_job_poll {
    struct weir_producer *producers;
    size_t producer_count;
    struct chore *chores;
    size_t chore_count;
    struct weir_list ready; /* tasks, by their `work` */
};

/* The first moment of the clock after now. */
static int64_t after(int64_t begin, int64_t every, int64_t now) {
    return begin + ((now - begin) / every + 1) * every;
}

static int64_t wall_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The entries of a tick become tasks. */
static void make_tasks(struct weir_producer *p, struct weir_list *entries) {
    struct weir_job_run *r = p->run;
    while (!weir_list_empty(entries)) {
        struct weir_entry *e =
            WEIR_CONTAINER(entries->next, struct weir_entry, link);
        struct weir_job_task *t;
        weir_list_remove(&e->link);
        t = weir_job_task_create(r, e, NULL);
        if (!t) {
            weir_entry_destroy(e);
            continue;
        }
        t->producer = p;
        p->under_way++;
        weir_list_append(&r->poll->ready, &t->work);
    }
}

static void on_tick(void *data) {
    struct weir_producer *p = data;
    struct weir_job_run *r = p->run;
    int64_t now = weir_loop_clock(weir_engine_loop(r->engine));
    struct weir_list entries;
    weir_timer_set(p->timer, after(p->begin, p->every, now));
    if (p->under_way > 0) {
        weir_log(&r->log, WEIR_LOG_INFO,
                 "%s: still under way, this time is skipped",
                 r->job->starts[p->start].url);
        return;
    }
    weir_list_init(&entries);
    p->tick = (uint64_t)wall_ms();
    if (weir_job_entry_start(r->job, p->start, p->tick, &entries) != WEIR_OK)
        weir_log(&r->log, WEIR_LOG_ERROR, "%s: out of memory, not polled",
                 r->job->starts[p->start].url);
    make_tasks(p, &entries);
    weir_job_wake(r);
}

static void on_chore(void *data) {
    struct chore *c = data;
    int64_t now = weir_loop_clock(weir_engine_loop(c->run->engine));
    weir_timer_set(c->timer, after(c->begin, c->what->every_ns, now));
    weir_log(&c->run->log, WEIR_LOG_INFO, "chore: %s", c->what->run);
    weir_storage_prune(c->run->storage, prune_age_s);
}

static bool create_clocks(struct weir_job_poll *p, struct weir_job_run *r) {
    struct weir_loop *loop = weir_engine_loop(r->engine);
    int64_t now = weir_loop_clock(loop);
    for (size_t i = 0; i < r->job->start_count; i++) {
        struct weir_producer *one = &p->producers[p->producer_count];
        if (r->job->starts[i].every_ns <= 0)
            continue;
        *one = (struct weir_producer){.run = r,
                                      .start = i,
                                      .begin = now,
                                      .every = r->job->starts[i].every_ns};
        one->timer = weir_timer_create(loop, on_tick, one);
        if (!one->timer)
            return false;
        p->producer_count++;
        weir_timer_set(one->timer, now);
    }
    for (size_t i = 0; i < r->job->chore_count; i++) {
        struct chore *c = &p->chores[p->chore_count];
        *c = (struct chore){r, &r->job->chores[i], NULL, now};
        c->timer = weir_timer_create(loop, on_chore, c);
        if (!c->timer)
            return false;
        p->chore_count++;
        weir_timer_set(c->timer, now + c->what->every_ns);
    }
    return true;
}

enum weir_err weir_job_poll_create(struct weir_job_run *r,
                                   struct weir_error *error) {
    struct weir_job_poll *p = weir_calloc(1, sizeof *p);
    if (!p)
        return weir_error_nomem(error);
    weir_list_init(&p->ready);
    r->poll = p;
    p->producers = weir_calloc(r->job->start_count + 1, sizeof *p->producers);
    p->chores = weir_calloc(r->job->chore_count + 1, sizeof *p->chores);
    if (!p->producers || !p->chores || !create_clocks(p, r))
        return weir_error_nomem(error);
    return WEIR_OK;
}

void weir_job_poll_destroy(struct weir_job_poll *p) {
    if (!p)
        return;
    for (size_t i = 0; i < p->producer_count; i++)
        weir_timer_destroy(p->producers[i].timer);
    for (size_t i = 0; i < p->chore_count; i++)
        weir_timer_destroy(p->chores[i].timer);
    weir_free(p->producers);
    weir_free(p->chores);
    weir_free(p);
}

bool weir_job_poll_runs(const struct weir_job_poll *p) {
    return p && p->producer_count > 0;
}

struct weir_job_task *weir_job_poll_next(struct weir_job_run *r) {
    struct weir_job_task *t;
    if (!r->poll || weir_list_empty(&r->poll->ready))
        return NULL;
    t = WEIR_CONTAINER(r->poll->ready.next, struct weir_job_task, work);
    weir_list_remove(&t->work);
    return t;
}

/* Pages of a round that another process began belong to nobody. */
void weir_job_poll_adopt(struct weir_job_task *t) {
    struct weir_job_poll *poll = t->run->poll;
    const struct weir_job_context *c = &t->context;
    if (c->kind != WEIR_JOB_PAGE || c->tick == 0 || c->linked || c->record)
        return;
    for (size_t i = 0; poll && i < poll->producer_count; i++)
        if (poll->producers[i].start == c->start &&
            poll->producers[i].tick == c->tick)
            t->producer = &poll->producers[i];
}

void weir_job_poll_ended(struct weir_job_task *t, bool more) {
    struct weir_producer *p = t->producer;
    if (!p || more) /* the next page counts in its place */
        return;
    if (--p->under_way == 0)
        weir_job_forget_ends(p->run, p->start, p->tick);
}
