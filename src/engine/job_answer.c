/* job_answer.c - an answer between the engine and its transaction.
 *
 *   weir_job_answered --- failed ------------------------------+
 *     | 304: weir_storage_load, on_loaded                       |
 *     | a file, a login: acknowledged as it is                  |
 *     | a probe: weir_job_probe_answered                        |
 *     v                                                         v
 *   worker -> weir_job_result -> weir_job_probe_all -> weir_job_acknowledge
 *
 * A page that fails in the middle of a pagination ends it as an error, not as
 * if there were no more pages. Of a pagination that runs ahead, a page behind
 * the end may well fail; whether it lies there is known once the pages before
 * it are, so its failure waits for them.
 */
#include "engine/job_internal.h"

#include "base/mem.h"
#include "engine/job_emit.h"

#include <inttypes.h>
#include <string.h>

static const char *kind_text(const struct weir_job_task *t) {
    const struct weir_page *page =
        weir_job_page_of(t->run->job, t->entry->page);
    return page->name;
}

static void say_dropped(struct weir_job_task *t) {
    struct weir_job_run *r = t->run;
    const struct weir_list *at = t->drops.next;
    for (; at != &t->drops; at = at->next) {
        const struct weir_job_drop *d =
            WEIR_CONTAINER(at, struct weir_job_drop, link);
        weir_job_report_dropped(r->report, d->page, d->field, t->item->url,
                                &r->log);
    }
}

void weir_job_acknowledge(struct weir_job_task *t) {
    struct weir_job_run *r = t->run;
    struct weir_item *item = t->item;
    say_dropped(t);
    r->report->records += t->records;
    r->report->left_out += t->left_out;
    t->item = NULL;
    item->commit = t->commit;
    t->commit = NULL;
    weir_engine_acknowledge(r->engine, item);
}

/* --- failures ---------------------------------------------------------- */

static bool is_end(const struct weir_next *next, int status) {
    for (size_t i = 0; i < next->stop_status_count; i++)
        if (next->stop_status[i] == status)
            return true;
    return false;
}

/* The page is part of a pagination; whether a feed has more than one document
 * shows only behind the first. */
static bool paginates(const struct weir_job_task *t) {
    const struct weir_next *next =
        &weir_job_page_of(t->run->job, t->entry->page)->next;
    return !t->context.record &&
           (next->kind != WEIR_NEXT_NONE ||
            (weir_job_is_feed(t) && t->context.number > 1));
}

/* It is over and was no failure; nothing of it is kept. */
static void pass(struct weir_job_task *t) {
    t->item->outcome = WEIR_OUTCOME_KEPT;
    t->item->error.code = WEIR_OK;
}

static void say_stopped(struct weir_job_task *t) {
    struct weir_job_run *r = t->run;
    r->report->stopped++;
    weir_log(&r->log, WEIR_LOG_ERROR,
             "%s: the pagination of \"%s\" stops here, at page %" PRIu64
             ", because of an error and not at its end",
             t->entry->url, kind_text(t), t->context.number);
}

/* Pages of the same pagination, before this one, that are still under way. */
static bool others_before(const struct weir_job_task *t) {
    const struct weir_list *at = t->run->tasks.next;
    for (; at != &t->run->tasks; at = at->next) {
        const struct weir_job_task *o =
            WEIR_CONTAINER(at, struct weir_job_task, link);
        if (o != t && o->entry && o->context.kind == WEIR_JOB_PAGE &&
            weir_job_same_pages(o, t) && o->context.number < t->context.number)
            return true;
    }
    return false;
}

static void failed_page(struct weir_job_task *t) {
    struct weir_job_run *r = t->run;
    const struct weir_next *next =
        &weir_job_page_of(r->job, t->entry->page)->next;
    if (paginates(t) &&
        (is_end(next, t->item->status) || weir_job_behind_end(r, t))) {
        pass(t);
        return;
    }
    /* Trying the first page that failed again leads to this one too. */
    t->commit->entry_failed = !t->context.lacks;
    if (paginates(t))
        say_stopped(t);
    if (!t->context.record)
        return;
    r->report->unmerged++;
    t->context.lacks = true;
    if (weir_job_page_unmerged(t) != WEIR_OK)
        weir_error_nomem(&t->item->error);
}

/* Its failure waits until the pages before it have ended. */
static bool must_wait(const struct weir_job_task *t) {
    const struct weir_next *next =
        &weir_job_page_of(t->run->job, t->entry->page)->next;
    return paginates(t) && weir_job_runs_ahead(next) && next->ahead > 1 &&
           t->item->outcome == WEIR_OUTCOME_FAILED &&
           !is_end(next, t->item->status) && others_before(t);
}

static void fail(struct weir_job_task *t) {
    if (must_wait(t)) {
        t->waits = true;
        t->run->waiting++;
        weir_job_be_patient(t->run);
        return;
    }
    failed_page(t);
    weir_job_probe_all(t);
}

/* The run ends: what waits counts as not begun. */
static void give_up(struct weir_job_task *t) {
    weir_error_set(&t->item->error, WEIR_E_CANCELLED, "interrupted");
    weir_job_commit_destroy(t->commit);
    t->commit = NULL;
    weir_job_acknowledge(t);
}

void weir_job_release_waiting(struct weir_job_run *r) {
    bool stopping = weir_engine_stopping(r->engine);
    struct weir_list *at = r->tasks.next, *next;
    for (; at != &r->tasks && r->waiting > 0; at = next) {
        struct weir_job_task *t =
            WEIR_CONTAINER(at, struct weir_job_task, link);
        next = at->next;
        if (!t->waits || (!stopping && others_before(t)))
            continue;
        t->waits = false;
        r->waiting--;
        if (stopping) {
            give_up(t);
        } else {
            failed_page(t);
            weir_job_probe_all(t);
        }
    }
    if (r->waiting > 0)
        weir_job_be_patient(r);
}

/* --- answers ----------------------------------------------------------- */

static void on_loaded(struct weir_item *item, void *data) {
    struct weir_job_task *t = item->client;
    struct weir_job_run *r = data;
    if (item->error.code != WEIR_OK) {
        item->outcome = WEIR_OUTCOME_FAILED;
        fail(t);
        return;
    }
    weir_job_workers_submit(r->workers, t);
}

static void answered_page(struct weir_job_task *t) {
    struct weir_item *item = t->item;
    if (item->outcome == WEIR_OUTCOME_FAILED)
        fail(t);
    else if (item->outcome == WEIR_OUTCOME_NOT_MODIFIED)
        weir_storage_load(t->run->storage, item, on_loaded, t->run);
    else
        weir_job_workers_submit(t->run->workers, t);
}

bool weir_job_answered(struct weir_item *item, void *data) {
    struct weir_job_task *t = item->client;
    (void)data;
    if (!t->entry) /* the login: on_end tells */
        return false;
    t->item = item;
    t->commit = weir_job_commit_create();
    if (!t->commit) {
        weir_error_nomem(&item->error);
        item->outcome = WEIR_OUTCOME_FAILED;
        return false;
    }
    t->commit->entry = t->entry->id;
    switch (t->context.kind) {
    case WEIR_JOB_PAGE:
        answered_page(t);
        break;
    case WEIR_JOB_PROBE:
    case WEIR_JOB_PROBE_RANGE:
        weir_job_probe_answered(t);
        weir_job_acknowledge(t);
        break;
    case WEIR_JOB_FILE:
        t->commit->entry_failed = item->outcome == WEIR_OUTCOME_FAILED;
        weir_job_acknowledge(t);
        break;
    }
    return true;
}

/* --- results ----------------------------------------------------------- */

/* The answer came, but the page is not what the job takes it for. */
static void broken_page(struct weir_job_task *t) {
    struct weir_item *item = t->item;
    t->run->report->broken++;
    item->outcome = WEIR_OUTCOME_FAILED;
    weir_error_set(&item->error,
                   t->error.code == WEIR_E_NOMEM ? WEIR_E_NOMEM : WEIR_E_CHECK,
                   "page \"%s\": %s", kind_text(t), t->error.message);
    /* What was put together before the trouble is not half committed. */
    t->next_page = NULL;
    weir_job_commit_destroy(t->commit);
    t->commit = weir_job_commit_create();
    if (t->commit)
        t->commit->entry = t->entry->id;
    weir_job_task_clear(t);
    if (t->commit)
        failed_page(t);
    else
        weir_error_nomem(&item->error);
}

void weir_job_result(struct weir_job_task *t) {
    struct weir_job_run *r = t->run;
    if (r->config.on_page)
        r->config.on_page(t->item, r->config.data);
    if (t->error.code != WEIR_OK) {
        broken_page(t);
    } else {
        /* A preview shows what it finds. */
        weir_job_report_page(r->report, t->entry->page, t->item->url,
                             t->extracted, r->config.on_page ? NULL : &r->log);
        if (t->extracted->items == 0)
            weir_job_note_end(r, t);
    }
    weir_job_probe_all(t);
}
