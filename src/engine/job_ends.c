/* job_ends.c - where paginations that run ahead of themselves end.
 *
 * Pages behind the first empty one were asked for before that was known; what
 * the server makes of them (404, 500) is no error of the job.
 */
#include "engine/job_internal.h"

#include "base/mem.h"

#include <string.h>

struct end {
    struct weir_list link;
    size_t start;
    uint32_t page;
    uint64_t tick, number;
    char *first; /* NULL: the start's */
};

static bool same_text(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool weir_job_same_pages(const struct weir_job_task *a,
                         const struct weir_job_task *b) {
    const struct weir_job_context *x = &a->context, *y = &b->context;
    return a->entry->page == b->entry->page && x->start == y->start &&
           x->tick == y->tick && same_text(x->first, y->first);
}

static struct end *find(const struct weir_job_run *r,
                        const struct weir_job_task *t) {
    const struct weir_job_context *c = &t->context;
    const struct weir_list *at = r->ends.next;
    for (; at != &r->ends; at = at->next) {
        struct end *e = WEIR_CONTAINER(at, struct end, link);
        if (e->page == t->entry->page && e->start == c->start &&
            e->tick == c->tick && same_text(e->first, c->first))
            return e;
    }
    return NULL;
}

void weir_job_note_end(struct weir_job_run *r, const struct weir_job_task *t) {
    const struct weir_next *next =
        &weir_job_page_of(r->job, t->entry->page)->next;
    struct end *e = find(r, t);
    if (!weir_job_runs_ahead(next) || next->ahead < 2)
        return;
    if (e) {
        if (t->context.number < e->number)
            e->number = t->context.number;
        return;
    }
    e = weir_calloc(1, sizeof *e);
    if (!e) /* then such a page counts as an error */
        return;
    e->start = t->context.start;
    e->page = t->entry->page;
    e->tick = t->context.tick;
    e->number = t->context.number;
    e->first = t->context.first ? weir_strdup(t->context.first) : NULL;
    weir_list_append(&r->ends, &e->link);
}

bool weir_job_behind_end(const struct weir_job_run *r,
                         const struct weir_job_task *t) {
    const struct end *e = find(r, t);
    return e && e->number < t->context.number;
}

static void drop(struct end *e) {
    weir_list_remove(&e->link);
    weir_free(e->first);
    weir_free(e);
}

void weir_job_forget_ends(struct weir_job_run *r, size_t start, uint64_t tick) {
    struct weir_list *at = r->ends.next, *next;
    for (; at != &r->ends; at = next) {
        struct end *e = WEIR_CONTAINER(at, struct end, link);
        next = at->next;
        if (e->start == start && e->tick == tick)
            drop(e);
    }
}

void weir_job_ends_release(struct weir_job_run *r) {
    while (!weir_list_empty(&r->ends))
        drop(WEIR_CONTAINER(r->ends.next, struct end, link));
}
