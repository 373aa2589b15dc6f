/* job_entry.c - entries for the frontier.
 *
 * Their order keys sort like the input: the start, the page within its
 * pagination, the record on the page, the link of the record, and so on with
 * each level, every part of fixed width. Pages of a pagination go before what
 * hangs on them, so that the next page is known early.
 */
#include "engine/job_internal.h"

#include "base/mem.h"
#include "engine/job_url.h"

#include <inttypes.h>
#include <stdio.h>

static const struct weir_page feed_page = {.name = "feed"};

const struct weir_page *weir_job_page_of(const struct weir_job *job,
                                         size_t page) {
    return page < job->page_count ? &job->pages[page] : &feed_page;
}

bool weir_job_runs_ahead(const struct weir_next *next) {
    return next->kind == WEIR_NEXT_COUNTER || next->kind == WEIR_NEXT_OFFSET;
}

/* What makes an entry the same as another: what it is for and its URL. Records
 * of a start that sets fields are that start's, and pages of a poll that
 * round's. */
static enum weir_err put_dedupe(const struct weir_job_place_in *in,
                                struct weir_str url, struct weir_buf *out) {
    const struct weir_job_context *c = in->context;
    struct weir_url parsed;
    enum weir_err err;
    if (c->kind != WEIR_JOB_PAGE) {
        weir_buf_fmt(out, "k%d.%zu ", (int)c->kind, c->output);
        return weir_buf_str(out, url);
    }
    err = weir_url_parse(&parsed, url, NULL, NULL);
    if (err != WEIR_OK)
        return err;
    weir_buf_fmt(out, "%zu ", in->page);
    if (c->start < in->job->start_count &&
        in->job->starts[c->start].set_count > 0)
        weir_buf_fmt(out, "s%zu ", c->start);
    if (c->tick > 0 && !c->linked)
        weir_buf_fmt(out, "t%" PRIu64 " ", c->tick);
    weir_url_put_canonical(&parsed, false, out);
    weir_url_release(&parsed);
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

static char *detach_copy(struct weir_buf *b) {
    char *text = weir_buf_detach(b);
    weir_buf_release(b);
    return text;
}

enum weir_err weir_job_entry_add(const struct weir_job_place_in *in,
                                 struct weir_str url, const char *order,
                                 int32_t priority, bool once,
                                 enum weir_entry_condition condition) {
    struct weir_entry *e = weir_entry_create();
    struct weir_buf context, dedupe;
    enum weir_err err = WEIR_OK;
    if (!e)
        return WEIR_E_NOMEM;
    weir_buf_init(&context, 0);
    weir_buf_init(&dedupe, 0);
    weir_job_context_put(in->context, &context);
    if (once)
        err = put_dedupe(in, url, &dedupe);
    e->url = weir_str_dup(url);
    e->order = weir_strdup(order);
    e->context = detach_copy(&context);
    if (once && err == WEIR_OK)
        e->dedupe = detach_copy(&dedupe);
    weir_buf_release(&dedupe);
    e->page = (uint32_t)in->page;
    e->depth = in->depth;
    e->priority = priority;
    e->condition = condition;
    if (!e->url || !e->order || !e->context || (once && !err && !e->dedupe))
        err = WEIR_E_NOMEM;
    if (err != WEIR_OK) {
        weir_entry_destroy(e);
        return err;
    }
    weir_list_append(in->entries, &e->link);
    return WEIR_OK;
}

/* Page n of the pagination that was entered as `first`. */
static enum weir_err add_numbered(const struct weir_job_place_in *in,
                                  struct weir_str first, const char *order,
                                  uint64_t n, bool once) {
    const struct weir_next *next = &weir_job_page_of(in->job, in->page)->next;
    struct weir_buf url, at;
    enum weir_err err;
    weir_buf_init(&url, 0);
    weir_buf_init(&at, 0);
    weir_buf_fmt(&at, "%s.%06" PRIu64, order, n);
    in->context->number = n;
    err = at.failed ? WEIR_E_NOMEM
                    : weir_job_url_number(next, first, n, &url, NULL);
    if (err == WEIR_OK)
        err = weir_job_entry_add(in, weir_buf_view(&url), at.p,
                                 WEIR_JOB_PRIORITY_PAGES, once,
                                 WEIR_ENTRY_ALWAYS);
    weir_buf_release(&url);
    weir_buf_release(&at);
    return err;
}

enum weir_err weir_job_entry_enter(const struct weir_job_place_in *in,
                                   struct weir_str url, const char *order,
                                   bool once, int32_t priority) {
    const struct weir_next *next = &weir_job_page_of(in->job, in->page)->next;
    uint64_t ahead = next->ahead > 0 ? next->ahead : 1;
    struct weir_buf at;
    enum weir_err err = WEIR_OK;
    if (weir_job_runs_ahead(next)) {
        if (next->max > 0 && ahead > next->max)
            ahead = next->max;
        for (uint64_t n = 1; n <= ahead && err == WEIR_OK; n++)
            err = add_numbered(in, url, order, n, once);
        return err;
    }
    weir_buf_init(&at, 0);
    weir_buf_fmt(&at, "%s.%06d", order, 1);
    in->context->number = 1;
    err = at.failed ? WEIR_E_NOMEM
                    : weir_job_entry_add(in, url, at.p, priority, once,
                                         WEIR_ENTRY_ALWAYS);
    weir_buf_release(&at);
    return err;
}

enum weir_err weir_job_entry_start(const struct weir_job *job, size_t start,
                                   uint64_t tick, struct weir_list *entries) {
    const struct weir_start *s = &job->starts[start];
    struct weir_job_context context;
    struct weir_job_place_in in = {job, entries, &context, s->page, 0};
    char order[48];
    weir_job_context_init(&context);
    context.start = start;
    context.tick = tick;
    context.path = UINT64_C(1) << (s->page % 64);
    if (tick > 0)
        snprintf(order, sizeof order, "%06zu.%010" PRIu64, start, tick);
    else
        snprintf(order, sizeof order, "%06zu", start);
    return weir_job_entry_enter(&in, weir_str_of(s->url), order,
                                !s->request.method && !s->request.json &&
                                    s->request.form_count == 0 &&
                                    s->request.query_count == 0,
                                WEIR_JOB_PRIORITY_PAGES);
}
