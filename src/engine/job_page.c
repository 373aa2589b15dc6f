/* job_page.c - what an extracted page adds to the job: pure decisions, made on
 * a worker.
 *
 *     record --- links that complete it? --yes--> the first one's page, with
 *       |                                         the record in its context
 *       no                                          |
 *       v                                           v (extracted, or failed)
 *     emitted <------- no page left --------- merged, on to the next one
 *
 * A record that several pages complete visits them one after the other, those
 * that a page adds before those that were left. Other links become entries of
 * their own; the next page of a pagination becomes one with the condition that
 * its stop rules make.
 */
#include "engine/job_internal.h"

#include "base/escape.h"
#include "base/map.h"
#include "base/mem.h"
#include "engine/job_emit.h"
#include "engine/job_record.h"
#include "engine/job_url.h"

#include <inttypes.h>
#include <string.h>

/* Without `max`, so that no server keeps a job busy for ever. */
enum { PAGES_MAX = 100000 };

/* One page's result under way. */
struct result {
    struct weir_job_task *t;
    const struct weir_job *job;
    const struct weir_page *page;
    const struct weir_extracted *x;
    const struct weir_url *effective;
    struct weir_url start; /* what scopes are relative to */
    char **keys;           /* of the records */
};

/* --- keys -------------------------------------------------------------- */

static struct weir_str merge_link(const struct result *r, size_t record) {
    for (size_t i = 0; i < r->x->link_count; i++)
        if (r->x->links[i].record == record &&
            r->page->follows[r->x->links[i].follow].merge)
            return r->x->links[i].url;
    return weir_str_make(NULL, 0);
}

static enum weir_err make_key(struct result *r, size_t i) {
    struct weir_buf key;
    enum weir_err err;
    weir_buf_init(&key, 0);
    err = weir_job_record_key(r->job, r->t->entry->page, r->x->records[i],
                              merge_link(r, i), &key);
    if (err == WEIR_OK && !(r->keys[i] = weir_buf_detach(&key)))
        err = WEIR_E_NOMEM;
    weir_buf_release(&key);
    return err;
}

static enum weir_err make_whole_key(struct result *r, size_t i, size_t nth) {
    struct weir_buf key;
    enum weir_err err;
    weir_buf_init(&key, 0);
    err = weir_job_record_key_whole(r->x->records[i], nth, &key);
    weir_free(r->keys[i]);
    r->keys[i] = err == WEIR_OK ? weir_buf_detach(&key) : NULL;
    weir_buf_release(&key);
    return r->keys[i] ? WEIR_OK : WEIR_E_NOMEM;
}

/* Marks the records that share their key with another of the page; `shared`
 * has a place for each. */
static enum weir_err find_shared(const struct result *r, uint32_t *shared) {
    struct weir_map *seen = weir_map_create();
    enum weir_err err = seen ? WEIR_OK : WEIR_E_NOMEM;
    for (size_t i = 0; i < r->x->record_count && err == WEIR_OK; i++) {
        struct weir_str key = weir_str_of(r->keys[i]);
        uint32_t *first = weir_map_get(seen, key);
        if (first)
            *first = shared[i] = 1;
        else
            err = weir_map_put(seen, key, &shared[i]);
    }
    weir_map_destroy(seen);
    return err;
}

/* Where fields do not tell the records of a page apart, all of the record
 * does, and of equal ones which it is. */
static enum weir_err part_shared(struct result *r, const uint32_t *shared,
                                 uint32_t *counts) {
    struct weir_map *seen = weir_map_create();
    enum weir_err err = seen ? WEIR_OK : WEIR_E_NOMEM;
    for (size_t i = 0; i < r->x->record_count && err == WEIR_OK; i++) {
        uint32_t *count;
        if (!shared[i])
            continue;
        count = weir_map_get(seen, r->x->records[i]);
        if (!count) {
            count = &counts[i];
            err = weir_map_put(seen, r->x->records[i], count);
        }
        if (err == WEIR_OK)
            err = make_whole_key(r, i, (*count)++);
    }
    weir_map_destroy(seen);
    return err;
}

static enum weir_err make_keys(struct result *r) {
    size_t n = r->x->record_count;
    uint32_t *marks;
    enum weir_err err = WEIR_OK;
    if (n == 0)
        return WEIR_OK;
    r->keys = weir_calloc(n, sizeof *r->keys);
    if (!r->keys)
        return WEIR_E_NOMEM;
    for (size_t i = 0; i < n && err == WEIR_OK; i++)
        err = make_key(r, i);
    if (err != WEIR_OK || r->page->dedupe_count > 0)
        return err;
    marks = weir_calloc(2 * n, sizeof *marks);
    if (!marks)
        return WEIR_E_NOMEM;
    err = find_shared(r, marks);
    if (err == WEIR_OK)
        err = part_shared(r, marks, marks + n);
    weir_free(marks);
    return err;
}

/* --- links ------------------------------------------------------------- */

/* The way of a link: depth counts how often a page type leads to itself, by
 * however long a circle. */
static enum weir_err may_go(struct result *r,
                            const struct weir_extracted_link *link,
                            uint32_t *depth, uint64_t *path, bool *may) {
    const struct weir_follow *f = &r->page->follows[link->follow];
    uint64_t bit = UINT64_C(1) << (f->page % 64);
    struct weir_url url;
    enum weir_err err;
    *may = false;
    *path = r->t->context.path | bit;
    *depth = r->t->entry->depth + ((r->t->context.path & bit) != 0);
    if ((r->t->context.path & bit) && *depth > (f->depth ? f->depth : 1))
        return WEIR_OK;
    err = weir_url_parse(&url, link->url, NULL, NULL);
    if (err != WEIR_OK)
        return err == WEIR_E_NOMEM ? err : WEIR_OK;
    *may = weir_job_url_in_scope(f->scope, &r->start, &url);
    weir_url_release(&url);
    r->t->left_out += !*may;
    return WEIR_OK;
}

/* The context of a page below this one; its strings are borrowed. */
static struct weir_job_context below(const struct result *r, uint64_t path) {
    struct weir_job_context c;
    weir_job_context_init(&c);
    c.start = r->t->context.start;
    c.path = path;
    c.linked = true;
    c.base = r->t->context.base;
    /* The start led elsewhere: that is where the job is at home. */
    if (!c.base && !r->t->context.linked &&
        !weir_str_eq(weir_url_host(&r->start), weir_url_host(r->effective)))
        c.base = r->effective->href;
    return c;
}

static enum weir_err add_link(struct result *r, size_t index) {
    const struct weir_extracted_link *link = &r->x->links[index];
    const struct weir_follow *f = &r->page->follows[link->follow];
    struct weir_job_context c;
    struct weir_job_place_in in = {r->job, &r->t->commit->entries, &c, f->page,
                                   0};
    size_t record = link->record == SIZE_MAX ? 999999 : link->record;
    struct weir_buf order, first;
    uint64_t path;
    bool may;
    enum weir_err err = may_go(r, link, &in.depth, &path, &may);
    if (err != WEIR_OK || !may)
        return err;
    c = below(r, path);
    weir_buf_init(&order, 0);
    weir_buf_init(&first, 0);
    weir_buf_fmt(&order, "%s.%06zu.%06zu", r->t->entry->order, record, index);
    weir_buf_str(&first, link->url);
    if (weir_job_runs_ahead(&weir_job_page_of(r->job, f->page)->next))
        c.first = first.p;
    err = order.failed || first.failed
              ? WEIR_E_NOMEM
              : weir_job_entry_enter(&in, link->url, order.p, true,
                                     WEIR_JOB_PRIORITY_LINKS);
    weir_buf_release(&order);
    weir_buf_release(&first);
    return err;
}

static enum weir_err add_links(struct result *r) {
    enum weir_err err = WEIR_OK;
    for (size_t i = 0; i < r->x->link_count && err == WEIR_OK; i++)
        if (!r->page->follows[r->x->links[i].follow].merge)
            err = add_link(r, i);
    return err;
}

/* The pages that complete a record, before those that were left over. */
static enum weir_err put_chain(struct result *r, size_t record, uint32_t *depth,
                               struct weir_buf *out) {
    const char *left = r->t->context.record ? r->t->context.chain : NULL;
    uint64_t path;
    for (size_t i = 0; i < r->x->link_count; i++) {
        const struct weir_extracted_link *link = &r->x->links[i];
        const struct weir_follow *f = &r->page->follows[link->follow];
        enum weir_err err;
        bool may;
        if (!f->merge || link->record != record)
            continue;
        if ((err = may_go(r, link, depth, &path, &may)))
            return err;
        if (!may)
            continue;
        weir_buf_fmt(out, "%s[%zu,", out->len ? "," : "[", f->page);
        weir_escape_json(out, link->url);
        weir_buf_byte(out, ']');
    }
    if (left)
        weir_buf_fmt(out, "%s%s", out->len ? "," : "[", left + 1);
    else if (out->len > 0)
        weir_buf_byte(out, ']');
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

/* --- records ----------------------------------------------------------- */

/* The record is seen, although it is not complete. */
static enum weir_err add_partial(struct weir_job_task *t, const char *key) {
    struct weir_job_record *record = weir_job_record_create();
    if (!record)
        return WEIR_E_NOMEM;
    record->key = weir_strdup(key);
    record->page = t->entry->page;
    record->partial = true;
    weir_list_append(&t->commit->records, &record->link);
    return record->key ? WEIR_OK : WEIR_E_NOMEM;
}

/* To the next page that completes the record, or its end. */
static enum weir_err advance(struct weir_job_task *t,
                             struct weir_job_context *c, uint32_t depth,
                             bool again) {
    struct weir_job_place_in in = {t->run->job, &t->commit->entries, c, 0,
                                   depth};
    struct weir_buf url, order;
    bool found;
    enum weir_err err;
    weir_buf_init(&url, 0);
    weir_buf_init(&order, 0);
    err = weir_job_context_next(c, &found, &in.page, &url);
    if (err == WEIR_OK && found) {
        weir_buf_fmt(&order, "%s.m", c->order);
        c->linked = true;
        c->number = 1;
        c->path |= UINT64_C(1) << (in.page % 64);
        err = order.failed
                  ? WEIR_E_NOMEM
                  : weir_job_entry_add(&in, weir_buf_view(&url), order.p,
                                       WEIR_JOB_PRIORITY_LINKS, false,
                                       WEIR_ENTRY_ALWAYS);
        if (err == WEIR_OK && !again)
            err = add_partial(t, c->key);
    } else if (err == WEIR_OK) {
        err = weir_job_emit(t, c);
    }
    weir_buf_release(&url);
    weir_buf_release(&order);
    return err;
}

/* The record of this page in its context: what is known of it so far. */
static enum weir_err begin(struct result *r, size_t i,
                           struct weir_job_context *c, uint32_t *depth) {
    const struct weir_job_context *parent = &r->t->context;
    struct weir_str own = r->x->records[i];
    struct weir_buf json, key, order, chain;
    enum weir_err err = WEIR_OK;
    weir_buf_init(&json, 0);
    weir_buf_init(&key, 0);
    weir_buf_init(&order, 0);
    weir_buf_init(&chain, 0);
    if (parent->record) {
        err = weir_job_record_merge(weir_str_of(parent->record), own, &json);
        weir_buf_z(&key, parent->key);
        weir_buf_z(&order, parent->order);
        if (i > 0) {
            weir_buf_fmt(&key, ".%zu", i);
            weir_buf_fmt(&order, ".%06zu", i);
        }
        c->page = parent->page;
        c->lacks = parent->lacks;
        c->retried = parent->retried;
    } else {
        weir_buf_str(&json, own);
        weir_buf_z(&key, r->keys[i]);
        weir_buf_fmt(&order, "%s.%06zu", r->t->entry->order, i);
        c->page = r->t->entry->page;
    }
    if (err == WEIR_OK)
        err = put_chain(r, i, depth, &chain);
    c->record = weir_buf_detach(&json);
    c->key = weir_buf_detach(&key);
    c->order = weir_buf_detach(&order);
    if (chain.len > 0 && !(c->chain = weir_buf_detach(&chain)))
        err = WEIR_E_NOMEM;
    weir_buf_release(&json);
    weir_buf_release(&key);
    weir_buf_release(&order);
    weir_buf_release(&chain);
    return err || (c->record && c->key && c->order) ? err : WEIR_E_NOMEM;
}

static enum weir_err add_record(struct result *r, size_t i) {
    struct weir_job_context c = below(r, r->t->context.path);
    char *base = c.base;
    uint32_t depth = r->t->entry->depth;
    enum weir_err err = WEIR_OK;
    c.base = base ? weir_strdup(base) : NULL;
    if (base && !c.base)
        err = WEIR_E_NOMEM;
    if (err == WEIR_OK)
        err = begin(r, i, &c, &depth);
    if (err == WEIR_OK)
        err = advance(r->t, &c, depth, r->t->context.record != NULL);
    weir_job_context_release(&c);
    return err;
}

static enum weir_err add_records(struct result *r) {
    enum weir_err err = WEIR_OK;
    if (r->t->context.record && r->x->record_count == 0)
        return weir_job_page_unmerged(r->t);
    for (size_t i = 0; i < r->x->record_count && err == WEIR_OK; i++)
        err = add_record(r, i);
    return err;
}

enum weir_err weir_job_page_unmerged(struct weir_job_task *t) {
    return advance(t, &t->context, t->entry->depth, true);
}

/* --- the next page ----------------------------------------------------- */

bool weir_job_is_feed(const struct weir_job_task *t) {
    const struct weir_job_context *c = &t->context;
    const struct weir_job *job = t->run->job;
    return !c->linked && c->start < job->start_count &&
           job->starts[c->start].feed;
}

static enum weir_entry_condition condition(const struct weir_next *next) {
    if (next->stop & WEIR_STOP_KNOWN)
        return WEIR_ENTRY_IF_UNKNOWN;
    return next->stop & WEIR_STOP_NO_NEW ? WEIR_ENTRY_IF_NEW
                                         : WEIR_ENTRY_ALWAYS;
}

/* The order of page n: the last part of this page's is its number. */
static void put_order(const struct result *r, uint64_t n,
                      struct weir_buf *out) {
    struct weir_str own = weir_str_of(r->t->entry->order);
    while (own.n > 0 && own.p[own.n - 1] != '.')
        own.n--;
    weir_buf_str(out, own);
    weir_buf_fmt(out, "%06" PRIu64, n);
}

static const char *first_url(const struct result *r) {
    const struct weir_job_context *c = &r->t->context;
    if (c->first)
        return c->first;
    return c->start < r->job->start_count ? r->job->starts[c->start].url
                                          : r->t->entry->url;
}

static enum weir_err add_next(struct result *r) {
    const struct weir_next *next = &r->page->next;
    struct weir_job_context *c = &r->t->context;
    struct weir_job_place_in in = {r->job, &r->t->commit->entries, c,
                                   r->t->entry->page, r->t->entry->depth};
    bool ahead = weir_job_runs_ahead(next);
    uint64_t number = c->number, n = number + (ahead ? next->ahead : 1);
    uint64_t max = next->max ? next->max : PAGES_MAX;
    struct weir_buf url, order;
    enum weir_err err = WEIR_OK;
    if (c->record || n > max || (!ahead && r->x->next.n == 0))
        return WEIR_OK;
    if (!ahead && next->kind == WEIR_NEXT_NONE && !weir_job_is_feed(r->t))
        return WEIR_OK;
    if (r->x->items == 0 && (ahead || (next->stop & WEIR_STOP_EMPTY)))
        return WEIR_OK;
    weir_buf_init(&url, 0);
    weir_buf_init(&order, 0);
    put_order(r, n, &order);
    if (ahead)
        err = weir_job_url_number(next, weir_str_of(first_url(r)), n, &url,
                                  &r->t->error);
    else
        weir_buf_str(&url, r->x->next);
    c->number = n;
    if (err == WEIR_OK && (order.failed || url.failed))
        err = WEIR_E_NOMEM;
    if (err == WEIR_OK)
        err =
            weir_job_entry_add(&in, weir_buf_view(&url), order.p,
                               WEIR_JOB_PRIORITY_PAGES, true, condition(next));
    if (err == WEIR_OK)
        r->t->next_page =
            WEIR_CONTAINER(in.entries->prev, struct weir_entry, link);
    c->number = number;
    weir_buf_release(&url);
    weir_buf_release(&order);
    return err;
}

/* --- all of it --------------------------------------------------------- */

static enum weir_err parse_base(struct result *r) {
    const struct weir_job_context *c = &r->t->context;
    const char *base = c->base;
    if (!base && c->start < r->job->start_count)
        base = r->job->starts[c->start].url;
    return weir_url_parse(&r->start,
                          weir_str_of(base ? base : r->t->entry->url), NULL,
                          &r->t->error);
}

enum weir_err weir_job_page_result(struct weir_job_task *t,
                                   const struct weir_url *effective) {
    struct result r = {.t = t,
                       .job = t->run->job,
                       .page = weir_job_page_of(t->run->job, t->entry->page),
                       .x = t->extracted,
                       .effective = effective};
    enum weir_err err = parse_base(&r);
    if (err != WEIR_OK)
        return err;
    if (!t->context.record)
        err = make_keys(&r);
    if (err == WEIR_OK)
        err = add_records(&r);
    if (err == WEIR_OK)
        err = add_links(&r);
    if (err == WEIR_OK)
        err = add_next(&r);
    for (size_t i = 0; r.keys && i < r.x->record_count; i++)
        weir_free(r.keys[i]);
    weir_free(r.keys);
    weir_url_release(&r.start);
    return err;
}
