/* Why: the batch. One transaction under the store's lock acknowledges up to
 * 2,000 items; then come the renames, then the records, then the items go back:
 *
 *     .part written -> row committed -> renamed -> record -> on_finished
 *
 * A kill between any two of these leaves something that the next run mends:
 * a .part without a row is fetched again, a row without its file is renamed
 * (storage_plan.c: recover).
 *
 * Rows go in sorted by key, so that neighbours in the index are written
 * together. If the transaction fails none of the batch was acknowledged, and
 * all its items come back with the error. */
#include "engine/storage_internal.h"

#include "base/mem.h"
#include "engine/storage_job.h"
#include "engine/storage_job_output.h"
#include "engine/storage_output.h"
#include "engine/storage_tiles.h"
#include "sink/tileset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct plan *plan_of(struct weir_list *node) {
    return WEIR_CONTAINER(node, struct plan, link);
}

void storage_commit_add(struct weir_storage *s, struct plan *p) {
    if (!storage_has_batch(s))
        s->batch_since = storage_now_ms();
    s->batch_count++;
    s->batch_commits += p->item->commit != NULL;
    weir_list_append(&s->batch, &p->link);
}

static int by_key(const void *a, const void *b) {
    uint64_t x = (*(struct plan *const *)a)->key;
    uint64_t y = (*(struct plan *const *)b)->key;
    /* Keys are stored as signed integers. */
    return ((int64_t)x > (int64_t)y) - ((int64_t)x < (int64_t)y);
}

/* The plans that write rows, sorted; their number. */
static size_t sort_batch(struct weir_storage *s, struct weir_error *error) {
    size_t n = 0;
    if (s->sorted_cap < s->batch_count) {
        struct plan **more =
            weir_reallocarray(s->sorted, s->batch_count, sizeof *s->sorted);
        if (!more) {
            weir_error_nomem(error);
            return 0;
        }
        s->sorted = more;
        s->sorted_cap = s->batch_count;
    }
    for (struct weir_list *at = s->batch.next; at != &s->batch; at = at->next)
        if (plan_of(at)->row != ROW_NONE)
            s->sorted[n++] = plan_of(at);
    if (n > 1)
        qsort(s->sorted, n, sizeof *s->sorted, by_key);
    return n;
}

static size_t hex_bytes(const char *hex, unsigned char *out, size_t cap) {
    size_t n = 0;
    while (n < cap && hex[0] && hex[1]) {
        out[n++] = (unsigned char)(weir_hex_value(hex[0]) * 16 +
                                   weir_hex_value(hex[1]));
        hex += 2;
    }
    return n;
}

/* Another process may have given the name away since the plan. Both batches
 * are under the store's lock, so one of the two sees the other. */
static enum weir_err check_name(struct weir_storage *s, struct plan *p,
                                struct weir_error *error) {
    struct weir_str owner;
    bool found;
    enum weir_err code;
    if (!s->names_moved || !p->renames || p->replaces || !p->file)
        return WEIR_OK;
    if ((code = weir_store_find_owner(s->store, p->file_key, &owner, &found,
                                      error)) ||
        !found || weir_str_eq(owner, weir_str_of(p->item->url)))
        return code;
    char *wanted = p->file;
    p->file = NULL;
    if ((code = storage_name_hold(s, p, weir_str_of(wanted), p->file_key,
                                  error)) == WEIR_OK)
        code = storage_name_claim(s, p, weir_str_of(wanted), error);
    weir_free(wanted);
    return code ? code : storage_name_show(p, error);
}

/* The body that a job keeps, and what it took out of it. */
static enum weir_err put_body(struct weir_storage *s, struct plan *p,
                              struct weir_error *error) {
    const struct weir_job_commit *c = p->item->commit;
    struct weir_derived derived = {.made_of = c ? c->made_of : 0};
    bool has = c && c->derived;
    if (has)
        derived.bytes = weir_str_make(c->derived, c->derived_len);
    return weir_store_put_body(s->store, p->key, p->size,
                               weir_str_make(p->packed, p->packed_n),
                               has ? &derived : NULL, error);
}

static enum weir_err put_answer(struct weir_storage *s, struct plan *p,
                                struct weir_error *error) {
    const struct weir_item *item = p->item;
    unsigned char sha256[32];
    enum weir_err code = check_name(s, p, error);
    if (code)
        return code;
    if (p->root && p->root->id == 0 &&
        (code = weir_store_folder(s->store, weir_str_of(p->root->path), true,
                                  &p->root->id, error)))
        return code;
    struct weir_answer a = {
        .key = p->key,
        .run = s->run.id,
        .method = weir_str_of(item->method),
        .url = weir_str_of(item->url),
        .effective_url = weir_str_of(item->effective_url),
        .status = item->status,
        .request_time = item->request_time,
        .response_time = item->response_time,
        .head = weir_str_of(p->head),
        .has_vary = p->has_vary,
        .vary = p->vary,
        .size = p->size,
        .xxh3 = item->xxh3,
        .sha256 = {(const char *)sha256,
                   hex_bytes(item->sha256, sha256, sizeof sha256)},
        .folder = p->root && p->file ? p->root->id : 0,
        .file = weir_str_of(p->file),
        .file_key = p->file_key,
        .mtime_ns = p->mtime_ns};
    if (a.effective_url.n && weir_str_eq(a.effective_url, a.url))
        a.effective_url = WEIR_STR("");
    if ((code = weir_store_put_answer(s->store, &a, error)))
        return code;
    if (p->packed && (code = put_body(s, p, error)))
        return code;
    storage_seen_add(&s->seen, p->key);
    if (p->file)
        storage_seen_add(&s->seen, p->file_key);
    if (p->has_failure)
        code = weir_store_drop_failure(s->store, p->key, error);
    if (!code && p->has_partial)
        code = weir_store_drop_partial(s->store, p->key, error);
    return code;
}

static enum weir_err put_refresh(struct weir_storage *s, const struct plan *p,
                                 struct weir_error *error) {
    struct weir_answer a = {.id = p->known->id,
                            .run = s->run.id,
                            .request_time = p->item->request_time,
                            .response_time = p->item->response_time,
                            .head = weir_str_of(p->head),
                            .has_vary = p->has_vary,
                            .vary = p->vary};
    enum weir_err code = weir_store_refresh_answer(s->store, &a, error);
    if (!code && p->has_failure)
        code = weir_store_drop_failure(s->store, p->key, error);
    return code;
}

static enum weir_err put_failure(struct weir_storage *s, struct plan *p,
                                 struct weir_error *error) {
    const struct weir_item *item = p->item;
    struct weir_failure f = {.key = p->key,
                             .run = s->run.id,
                             .url = weir_str_of(item->url),
                             .code = item->error.code,
                             .status = item->status,
                             .attempts = item->attempts,
                             .message = weir_str_of(item->error.message),
                             .at = (int64_t)time(NULL),
                             .file = weir_str_of(p->holds_file ? p->file : 0),
                             .file_key = p->file_key};
    enum weir_err code = weir_store_put_failure(s->store, &f, error);
    storage_seen_add(&s->seen, p->key);
    if (p->holds_file)
        storage_seen_add(&s->seen, p->file_key);
    s->any_failures = true;
    if (!code && p->has_partial && !p->part)
        code = weir_store_drop_partial(s->store, p->key, error);
    return code;
}

static enum weir_err put_row(struct weir_storage *s, struct plan *p,
                             struct weir_error *error) {
    switch (p->row) {
    case ROW_ANSWER:
        return put_answer(s, p, error);
    case ROW_REFRESH:
        return put_refresh(s, p, error);
    case ROW_TOUCH:
        return weir_store_touch_answer(s->store, p->known->id, p->known->run,
                                       error);
    case ROW_FAILURE:
        return put_failure(s, p, error);
    case ROW_TILE: /* storage_tiles_commit has */
    case ROW_NONE:
        break;
    }
    return WEIR_OK;
}

/* Bodies on their way: their rows first, so that a finish in the same batch
 * drops them again. */
static enum weir_err put_partials(struct weir_storage *s,
                                  struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    while (!code && !weir_list_empty(&s->partials)) {
        struct plan *p =
            WEIR_CONTAINER(s->partials.next, struct plan, partial_link);
        struct weir_str v = weir_str_of(p->validator);
        bool is_date = v.n && v.p[0] != '"';
        struct weir_partial row = {.key = p->key,
                                   .url = weir_str_of(p->item->url),
                                   .part = weir_str_of(p->part),
                                   .etag = is_date ? WEIR_STR("") : v,
                                   .last_modified = is_date ? v : WEIR_STR(""),
                                   .total = p->total};
        weir_list_remove(&p->partial_link);
        if (!p->row_pending || !p->part)
            continue;
        p->row_pending = false;
        p->has_partial = true;
        s->any_partials = true;
        code = weir_store_put_partial(s->store, &row, error);
    }
    return code;
}

static void count(struct weir_storage *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const struct plan *p = s->sorted[i];
        bool ours = p->known && p->known->run == s->run.id;
        if (p->row == ROW_FAILURE) {
            s->run.failed += !p->has_failure;
        } else if (p->row == ROW_TILE && p->item->error.code) {
            s->run.failed++;
        } else if (p->row != ROW_TOUCH && !ours) {
            s->run.done++;
            s->run.bytes += p->item->bytes;
            if (p->has_failure && s->config.retry_failed && s->run.failed)
                s->run.failed--;
        }
    }
}

/* What belongs to pages of a job, in the order in which they ended. */
static enum weir_err put_job(struct weir_storage *s, struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    for (struct weir_list *at = s->batch.next; !code && at != &s->batch;
         at = at->next)
        code = storage_job_apply(s, plan_of(at)->item, error);
    if (!code)
        code = storage_job_write(s, error);
    return code ? code : storage_job_output_flush(s, error);
}

static enum weir_err write_rows(struct weir_storage *s,
                                struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    bool wrote = false;
    size_t n = sort_batch(s, error);
    if (error->code)
        return error->code;
    if (n == 0 && weir_list_empty(&s->partials) && s->batch_commits == 0 &&
        !storage_job_waits(s))
        return WEIR_OK;
    /* Outputs may hold what a failed batch gave them, and the frontier's memory
     * is ahead of its table. */
    if (s->job && (code = weir_storage_health(s, error)))
        return code;
    if (s->config.body == WEIR_BODY_TILES &&
        (code = storage_tiles_commit(s, s->sorted, n, error)))
        return code;
    if ((code = weir_store_begin(s->store, error)))
        return code;
    code = weir_store_others_wrote(s->store, &wrote, error);
    if (wrote)
        storage_others_wrote(s);
    if (!code)
        code = put_partials(s, error);
    for (size_t i = 0; !code && i < n; i++)
        code = put_row(s, s->sorted[i], error);
    if (!code && s->job)
        code = put_job(s, error);
    struct weir_run before = s->run;
    count(s, n);
    if (!code && n > 0)
        code = weir_store_put_run(s->store, &s->run, error);
    if (!code)
        code = weir_store_commit(s->store, error);
    else
        weir_store_rollback(s->store);
    if (code)
        s->run = before;
    s->names_moved = false;
    return code;
}

/* NAME.404.error */
static enum weir_err rename_aside(struct weir_storage *s, struct plan *p,
                                  struct weir_error *error) {
    struct weir_buf name;
    enum weir_err code;
    weir_buf_init(&name, 0);
    weir_buf_fmt(&name, "%s.%d.error", p->file, p->item->status);
    code = name.failed ? weir_error_nomem(error)
                       : weir_files_rename(s->files, p->root, p->part, name.p,
                                           true, s->config.durable, error);
    weir_buf_release(&name);
    return code;
}

static void rename_one(struct weir_storage *s, struct plan *p) {
    struct weir_error error = {0};
    enum weir_err code;
    if (p->tile)
        storage_tiles_place(s, p);
    if (!p->renames)
        return;
    if (p->is_error_body) {
        rename_aside(s, p, &error);
        return; /* the item failed anyway */
    }
    code = weir_files_rename(s->files, p->root, p->part, p->file, p->replaces,
                             s->config.durable, &error);
    if (code)
        p->item->error = error;
}

/* None of the batch was acknowledged. */
static void fail_batch(struct weir_storage *s, const struct weir_error *error) {
    storage_broken(s, error);
    for (struct weir_list *at = s->batch.next; at != &s->batch; at = at->next) {
        struct plan *p = plan_of(at);
        if (p->row == ROW_NONE && !p->renames && !p->item->commit)
            continue;
        if (p->tile)
            storage_tiles_discard(s, p);
        if (p->renames && p->part)
            weir_files_remove(s->files, p->root, p->part);
        p->renames = false;
        p->item->error = *error;
    }
    for (struct weir_root *r = weir_files_first_root(s->files); r; r = r->next)
        r->id = 0;
}

static void give_back(struct weir_storage *s, struct plan *p) {
    struct weir_item *item = p->item;
    if (s->output && s->config.json)
        storage_output_record(s, item, NULL);
    storage_finish_twins(s, p);
    item->plan = NULL;
    storage_plan_destroy(s, p);
    weir_list_append(&s->finished, &item->link);
}

void storage_commit(struct weir_storage *s) {
    struct weir_error error = {0};
    struct weir_list batch;
    if (write_rows(s, &error))
        fail_batch(s, &error);
    else if (s->job && storage_job_output_over(s, &error))
        storage_broken(s, &error); /* acknowledged; taken when resumed */
    s->batch_commits = 0;
    weir_list_init(&batch);
    weir_list_splice(&batch, &s->batch);
    s->batch_count = 0;
    for (struct weir_list *at = batch.next; at != &batch; at = at->next)
        rename_one(s, plan_of(at));
    while (!weir_list_empty(&batch)) {
        struct plan *p = plan_of(batch.next);
        weir_list_remove(&p->link);
        give_back(s, p);
    }
    storage_output_flush(s, NULL);
}

enum weir_err storage_checkpoint(struct weir_storage *s,
                                 struct weir_error *error) {
    enum weir_err code = weir_files_sync(s->files, error);
    if (!code && s->config.tiles)
        code = weir_tileset_checkpoint(s->config.tiles, error);
    return code ? code : weir_store_checkpoint(s->store, error);
}
