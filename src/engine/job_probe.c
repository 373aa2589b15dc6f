/* job_probe.c - the true size of enclosures (podcast.md).
 *
 *   record emitted -> weir_job_probe_all: known already? -- no --> an entry
 *   HEAD   -> Content-Length ------------------------------------> noted
 *     | refused, or no length
 *     v
 *   GET of one byte -> Content-Range's total, or Content-Length --> noted
 *
 * What was found is kept for ever. A server that does not tell is noted too; a
 * probe that failed is not, and the next run tries again.
 */
#include "engine/job_internal.h"

#include "base/mem.h"
#include "core/headers.h"
#include "engine/job_emit.h"

#include <stdio.h>
#include <string.h>

/* --- answers ----------------------------------------------------------- */

/* The size that the answer tells, -1 = none. */
static int64_t told_length(const struct weir_item *item, bool range) {
    struct weir_str head = weir_str_of(item->response_head), value;
    struct weir_content_range parsed;
    uint64_t n;
    if (item->status == 206 || item->status == 416) {
        if (range &&
            weir_headers_get(head, WEIR_STR("Content-Range"), 0, &value) &&
            weir_headers_content_range(value, &parsed))
            return parsed.total;
        return -1;
    }
    /* Of a compressed answer it would be another size. */
    if (weir_headers_get(head, WEIR_STR("Content-Encoding"), 0, &value) &&
        !weir_str_eq_nocase(weir_str_trim(value), WEIR_STR("identity")))
        return -1;
    if (!weir_headers_get(head, WEIR_STR("Content-Length"), 0, &value) ||
        !weir_str_to_u64(weir_str_trim(value), &n) || n > INT64_MAX)
        return -1;
    return (int64_t)n;
}

static void note(struct weir_job_task *t, int64_t length) {
    struct weir_probe probe = {.length = length};
    struct weir_str type;
    if (weir_headers_get(weir_str_of(t->item->response_head),
                         WEIR_STR("Content-Type"), 0, &type))
        snprintf(probe.type, sizeof probe.type, "%.*s",
                 WEIR_STR_ARG(weir_str_trim(type)));
    weir_storage_put_probe(t->run->storage, t->entry->url, &probe);
    t->run->report->probes++;
}

/* HEAD is not allowed, not implemented or not for us; GET may be. */
static bool refused(int status) {
    return status == 400 || status == 403 || status == 405 || status == 406 ||
           status == 500 || status == 501;
}

enum weir_err weir_job_probe_answered(struct weir_job_task *t) {
    struct weir_item *item = t->item;
    bool range = t->context.kind == WEIR_JOB_PROBE_RANGE;
    bool ok =
        item->outcome != WEIR_OUTCOME_FAILED || (range && item->status == 416);
    int64_t length = ok ? told_length(item, range) : -1;
    if (!range && (ok ? length < 0 : refused(item->status))) {
        item->outcome = WEIR_OUTCOME_KEPT;
        item->error.code = WEIR_OK;
        return weir_job_emit_probe(t, t->entry->url, WEIR_JOB_PROBE_RANGE);
    }
    if (!ok) {
        t->commit->entry_failed = true;
        return WEIR_OK;
    }
    item->outcome = WEIR_OUTCOME_KEPT; /* there is no body to keep */
    item->error.code = WEIR_OK;
    note(t, length);
    return WEIR_OK;
}

/* --- questions --------------------------------------------------------- */

static bool may_ask(const struct weir_job_run *r) {
    enum weir_cache_mode mode = r->config.engine.storage.cache;
    if (r->config.cache_given)
        return mode != WEIR_CACHE_OFFLINE && mode != WEIR_CACHE_REPLAY;
    return r->job->cache != WEIR_JOB_CACHE_OFFLINE &&
           r->job->cache != WEIR_JOB_CACHE_REPLAY;
}

static void answered_one(struct weir_job_task *t) {
    if (--t->asked == 0)
        weir_job_acknowledge(t);
}

static void on_probe(bool found, const struct weir_probe *probe, void *data) {
    struct weir_job_probe_url *p = data;
    struct weir_job_task *t = p->task;
    (void)probe;
    if (!found && weir_job_emit_probe(t, p->url, WEIR_JOB_PROBE) != WEIR_OK)
        weir_error_nomem(&t->item->error);
    weir_free(p->url);
    weir_free(p);
    answered_one(t);
}

void weir_job_probe_all(struct weir_job_task *t) {
    struct weir_job_run *r = t->run;
    t->asked = 1;
    while (!weir_list_empty(&t->probes) && may_ask(r)) {
        struct weir_job_probe_url *p =
            WEIR_CONTAINER(t->probes.next, struct weir_job_probe_url, link);
        weir_list_remove(&p->link);
        p->task = t;
        t->asked++;
        weir_storage_find_probe(r->storage, p->url, on_probe, p);
    }
    answered_one(t);
}
