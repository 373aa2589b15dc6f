/* Why: what to do about an item, from what the store knows and what lies in the
 * folder.
 *
 *     the same URL in flight?          DONE, together with that one
 *     a row, and its file as it was?   DONE (this run's), FRESH, or conditional
 *     a failure of this run?           FAILED
 *     a file that is not ours?         REFUSED, SKIPPED, replaced or continued
 *     half a body?                     from its end, with If-Range
 *
 * A row whose file is missing may be one whose rename a kill prevented: if the
 * body stands complete under its temporary name, the rename is done now. */
#include "engine/storage_internal.h"

#include "base/mem.h"
#include "core/freshness.h"
#include "engine/storage_cache.h"
#include "engine/storage_job_internal.h"
#include "engine/storage_tiles.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct plan *storage_plan_create(struct weir_item *item) {
    struct plan *p = weir_calloc(1, sizeof *p);
    if (!p)
        return NULL;
    weir_list_init(&p->link);
    weir_list_init(&p->partial_link);
    weir_list_init(&p->twin_link);
    weir_list_init(&p->twins);
    weir_buf_init(&p->kept, 0);
    p->item = item;
    p->fd = -1;
    p->total = -1;
    item->plan = p;
    return p;
}

static enum weir_err start_reading(struct weir_storage *s,
                                   struct weir_error *error) {
    if (s->reading)
        return WEIR_OK;
    s->reading = true;
    return weir_store_read_begin(s->store, error);
}

/* Once for each round of plans: may the short cuts be believed? */
static enum weir_err check_others(struct weir_storage *s,
                                  struct weir_error *error) {
    bool wrote;
    enum weir_err code;
    if (s->checked_others)
        return WEIR_OK;
    s->checked_others = true;
    if ((code = weir_store_others_wrote(s->store, &wrote, error)) || !wrote)
        return code;
    storage_others_wrote(s);
    return WEIR_OK;
}

void storage_others_wrote(struct weir_storage *s) {
    s->seen.valid = false;
    s->any_failures = s->any_partials = true;
    s->names_moved = true;
}

/* A copy of what was read. */
static struct known *copy_known(const struct weir_answer *a) {
    static const char digits[] = "0123456789abcdef";
    struct known *k = weir_calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->id = a->id;
    k->run = a->run;
    k->seq = a->seq;
    k->mtime_ns = a->mtime_ns;
    k->response_time = a->response_time;
    k->status = a->status;
    k->size = a->size;
    k->xxh3 = a->xxh3;
    k->head = weir_str_dup(a->head);
    k->effective_url =
        a->effective_url.n ? weir_str_dup(a->effective_url) : NULL;
    for (size_t i = 0; i < a->sha256.n && i < 32; i++) {
        unsigned char c = (unsigned char)a->sha256.p[i];
        k->sha256[2 * i] = digits[c >> 4];
        k->sha256[2 * i + 1] = digits[c & 15];
    }
    if (!k->head || (a->effective_url.n && !k->effective_url)) {
        storage_known_destroy(k);
        return NULL;
    }
    return k;
}

int64_t storage_mtime(const struct stat *st) {
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static bool same_hash(struct weir_storage *s, struct plan *p, const char *path,
                      uint64_t xxh3) {
    uint64_t got;
    return storage_body_hash_file(s, p->root, path, &got, -1, NULL, NULL) ==
               WEIR_OK &&
           got == xxh3;
}

/* The row is there, the final name is not: is the body still under one of its
 * temporary names? */
static bool recover(struct weir_storage *s, struct plan *p,
                    const struct known *k) {
    struct stat st;
    bool found = false;
    for (int tagged = 0; tagged < 2; tagged++) {
        if (storage_name_part(p, tagged, NULL))
            break;
        if (weir_files_stat(s->files, p->root, p->part, &st, &found, NULL) ||
            !found || (uint64_t)st.st_size != k->size ||
            !same_hash(s, p, p->part, k->xxh3))
            continue;
        if (weir_files_rename(s->files, p->root, p->part, p->file, false,
                              s->config.durable, NULL) == WEIR_OK)
            return true;
    }
    return false;
}

/* Is the answer's file what the row says? */
static bool file_holds(struct weir_storage *s, struct plan *p,
                       const struct known *k) {
    struct weir_doubt doubt = weir_store_doubt(s->store);
    struct stat st;
    bool found;
    if (storage_body_rule(s, p->item) != WEIR_BODY_FILES)
        return true;
    if (!p->file ||
        weir_files_stat(s->files, p->root, p->file, &st, &found, NULL))
        return false;
    if (!found)
        return recover(s, p, k);
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != k->size ||
        storage_mtime(&st) != k->mtime_ns)
        return false;
    if (k->seq > doubt.from && k->seq <= doubt.to) {
        if (!same_hash(s, p, p->file, k->xxh3))
            return false;
        p->row = ROW_TOUCH; /* believed from now on */
    }
    return true;
}

/* The checks of this run, asked of a stored answer. */
static bool passes_checks(struct weir_storage *s, struct plan *p,
                          const struct known *k) {
    enum weir_digest_kind kind;
    struct weir_str want;
    char hex[WEIR_DIGEST_HEX];
    uint64_t xxh3;
    if (k->size < s->config.min_size ||
        !storage_type_expected(s->config.expect_type, weir_str_of(k->head)))
        return false;
    if (!p->item->checksum)
        return true;
    if (weir_digest_parse(weir_str_of(p->item->checksum), &kind, &want, NULL))
        return false;
    if (kind == WEIR_DIGEST_SHA256 && k->sha256[0])
        return weir_str_eq_nocase(weir_str_of(k->sha256), want);
    return storage_body_rule(s, p->item) == WEIR_BODY_FILES &&
           storage_body_hash_file(s, p->root, p->file, &xxh3, (int)kind, hex,
                                  NULL) == WEIR_OK &&
           weir_str_eq_nocase(weir_str_of(hex), want);
}

static enum weir_err set_validators(struct weir_item *item,
                                    const struct known *k,
                                    struct weir_error *error) {
    struct weir_validators v;
    if (!weir_validators_read(&v, weir_str_of(k->head), (int64_t)time(NULL)))
        return WEIR_OK;
    if (v.etag.n && !(item->etag = weir_str_dup(v.etag)))
        return weir_error_nomem(error);
    if (v.last_modified.n &&
        !(item->last_modified = weir_str_dup(v.last_modified)))
        return weir_error_nomem(error);
    return WEIR_OK;
}

/* A row of this URL and target was found. *decided: the verdict stands. */
static enum weir_err plan_known(struct weir_storage *s, struct plan *p,
                                const struct weir_answer *a, bool *decided,
                                struct weir_error *error) {
    struct weir_item *item = p->item;
    enum weir_err code;
    if (a->file.n &&
        (code = storage_name_hold(s, p, a->file, a->file_key, error)))
        return code;
    p->replaces = true;
    enum storage_use use = storage_cache_use(s, item, a);
    struct known *k = p->known = copy_known(a);
    if (!k)
        return weir_error_nomem(error);
    if (!file_holds(s, p, k) || !passes_checks(s, p, k))
        use = STORAGE_USE_NOTHING;
    else if (storage_body_rule(s, p->item) == WEIR_BODY_STORE)
        use = storage_job_use(s, p, use);
    else if (k->run == s->run.id)
        use = STORAGE_USE_DONE;
    switch (use) {
    case STORAGE_USE_DONE:
    case STORAGE_USE_FRESH:
        item->verdict =
            use == STORAGE_USE_DONE ? WEIR_PLAN_DONE : WEIR_PLAN_FRESH;
        *decided = true;
        return WEIR_OK;
    case STORAGE_USE_VALIDATE:
        return set_validators(item, k, error);
    case STORAGE_USE_NOTHING:
        break;
    }
    p->row = ROW_NONE;
    storage_known_destroy(k);
    p->known = NULL;
    return WEIR_OK;
}

/* A file without a row stands under the name. */
static enum weir_err plan_foreign(struct weir_storage *s, struct plan *p,
                                  const struct stat *st, bool *decided,
                                  struct weir_error *error) {
    struct weir_item *item = p->item;
    switch (s->config.files) {
    case WEIR_FILES_OVERWRITE:
        p->replaces = true;
        return WEIR_OK;
    case WEIR_FILES_ADOPT:
        if (!S_ISREG(st->st_mode))
            break;
        p->replaces = p->adopts = true;
        item->resume_from = st->st_size;
        p->size = (uint64_t)st->st_size;
        return WEIR_OK;
    case WEIR_FILES_SKIP:
        item->verdict = WEIR_PLAN_SKIPPED;
        *decided = true;
        return WEIR_OK;
    case WEIR_FILES_REFUSE:
        break;
    }
    return weir_error_set(error, WEIR_E_IO,
                          "%s exists and weir did not write it; use "
                          "--overwrite, --skip-existing or -c",
                          item->file);
}

/* What is in the way, or left to continue. */
static enum weir_err plan_file(struct weir_storage *s, struct plan *p,
                               bool *decided, struct weir_error *error) {
    struct stat st;
    bool found;
    enum weir_err code =
        weir_files_stat(s->files, p->root, p->file, &st, &found, error);
    if (code || !found)
        return code;
    if (s->config.files == WEIR_FILES_SKIP) {
        p->item->verdict = WEIR_PLAN_SKIPPED;
        *decided = true;
        return WEIR_OK;
    }
    return p->replaces ? WEIR_OK : plan_foreign(s, p, &st, decided, error);
}

static enum weir_err plan_partial(struct weir_storage *s, struct plan *p,
                                  struct weir_error *error) {
    struct weir_item *item = p->item;
    struct weir_partial partial;
    struct stat st;
    bool found, there;
    enum weir_err code = weir_store_find_partial(
        s->store, p->key, weir_str_of(item->url), &partial, &found, error);
    if (code || !found)
        return code;
    p->has_partial = true;
    p->part = weir_str_dup(partial.part);
    if (!p->part)
        return weir_error_nomem(error);
    /* After a reboot its end may never have reached the disk. */
    if (!weir_str_eq(partial.boot, weir_str_of(weir_store_boot(s->store))) ||
        weir_files_stat(s->files, p->root, p->part, &st, &there, NULL) ||
        !there || !S_ISREG(st.st_mode) || st.st_size < 2 ||
        (partial.total >= 0 && st.st_size > partial.total))
        return WEIR_OK;
    item->if_range =
        weir_str_dup(partial.etag.n ? partial.etag : partial.last_modified);
    if (!item->if_range)
        return weir_error_nomem(error);
    /* It may be complete and just not acknowledged: its last byte once more,
     * since nothing at all cannot be asked for. */
    bool may_be_whole = partial.total < 0 || st.st_size == partial.total;
    item->resume_from = st.st_size - may_be_whole;
    item->known_total = p->total = partial.total;
    p->size = (uint64_t)item->resume_from;
    p->adopts = false;
    weir_free(item->etag);
    weir_free(item->last_modified);
    item->etag = item->last_modified = NULL;
    return WEIR_OK;
}

/* The verdicts that a failure's row gives. */
static enum weir_err plan_failure(struct weir_storage *s, struct plan *p,
                                  bool *decided, struct weir_error *error) {
    struct weir_item *item = p->item;
    struct weir_failure f;
    bool mine;
    enum weir_err code;
    if (s->any_failures && (code = weir_store_find_failure(
                                s->store, p->key, weir_str_of(item->url), &f,
                                &p->has_failure, error)))
        return code;
    if (storage_body_rule(s, p->item) == WEIR_BODY_STORE)
        return WEIR_OK; /* the frontier knows what is to be done again */
    mine = p->has_failure && f.run == s->run.id;
    if (s->config.retry_failed && !mine) {
        item->verdict = WEIR_PLAN_SKIPPED;
        *decided = true;
    } else if (mine && !s->config.retry_failed) {
        item->verdict = WEIR_PLAN_FAILED;
        item->status = f.status;
        item->attempts = f.attempts;
        weir_error_set(&item->error, f.code, "%.*s", WEIR_STR_ARG(f.message));
        *decided = true;
    }
    return WEIR_OK;
}

/* The same URL for the same target is in flight. */
static void plan_twin(struct plan *p, struct plan *first) {
    p->twin_of = first;
    p->item->verdict = WEIR_PLAN_DONE;
    weir_list_append(&first->twins, &p->twin_link);
    if (first->file)
        p->item->file = weir_files_shown(first->root, first->file);
}

static enum weir_err find_key(struct weir_storage *s, struct plan *p,
                              struct weir_buf *wanted,
                              struct weir_error *error) {
    struct weir_item *item = p->item;
    struct weir_buf target;
    enum weir_err code = WEIR_OK;
    weir_buf_init(&target, 0);
    if (storage_body_rule(s, p->item) == WEIR_BODY_FILES) {
        code = storage_name_wanted(s, p, wanted, error);
        if (!code)
            weir_buf_fmt(&target, "%s/%s", p->root->path, wanted->p);
    } else {
        weir_buf_z(&target, storage_body_rule(s, p->item) == WEIR_BODY_STDOUT
                                ? "stdout"
                            : storage_body_rule(s, p->item) == WEIR_BODY_STORE
                                ? "store"
                                : "discard");
    }
    if (!code && target.failed)
        code = weir_error_nomem(error);
    if (!code)
        p->key = weir_store_key(weir_str_of(item->method),
                                weir_str_of(item->url), weir_buf_view(&target));
    weir_buf_release(&target);
    return code;
}

/* Files: the name, what stands there, and what is left to continue. */
static enum weir_err plan_target(struct weir_storage *s, struct plan *p,
                                 struct weir_str wanted, bool *decided,
                                 struct weir_error *error) {
    enum weir_err code;
    if (storage_body_rule(s, p->item) != WEIR_BODY_FILES)
        return WEIR_OK;
    if (!p->file && !p->late_name &&
        (code = storage_name_claim(s, p, wanted, error)))
        return code;
    if ((code = storage_name_show(p, error)))
        return code;
    if (p->file && !p->known && !s->config.content_disposition &&
        (code = plan_file(s, p, decided, error)))
        return code;
    if (*decided || !s->any_partials)
        return WEIR_OK;
    return plan_partial(s, p, error);
}

static enum weir_err plan_new(struct weir_storage *s, struct plan *p,
                              struct weir_buf *wanted,
                              struct weir_error *error) {
    struct weir_item *item = p->item;
    struct weir_answer a;
    bool found = false, decided = false;
    struct plan *first;
    enum weir_err code;
    if ((code = check_others(s, error)) ||
        (code = find_key(s, p, wanted, error)))
        return code;
    item->verdict = WEIR_PLAN_FETCH;
    /* A job's pages go each their own way, whatever their URLs. */
    if (storage_body_rule(s, p->item) != WEIR_BODY_STDOUT &&
        storage_body_rule(s, p->item) != WEIR_BODY_STORE) {
        first = weir_map_get(s->keys, weir_str_make((char *)&p->key, 8));
        if (first && strcmp(first->item->url, item->url) == 0) {
            plan_twin(p, first);
            return WEIR_OK;
        }
        if (!first) {
            if (weir_map_put(s->keys, weir_str_make((char *)&p->key, 8), p))
                return weir_error_nomem(error);
            p->holds_key = true;
        }
    }
    if (storage_body_rule(s, p->item) == WEIR_BODY_TILES)
        return storage_tiles_plan(s, p, error);
    if ((!s->seen.valid || s->any_failures || s->any_partials ||
         storage_seen_maybe(&s->seen, p->key)) &&
        (code = start_reading(s, error)))
        return code;
    if ((code = plan_failure(s, p, &decided, error)) || decided ||
        storage_body_rule(s, p->item) == WEIR_BODY_STDOUT)
        return code;
    if (storage_seen_maybe(&s->seen, p->key) &&
        (code = weir_store_find_answer(s->store, p->key, weir_str_of(item->url),
                                       &a, &found, error)))
        return code;
    if (found && (code = plan_known(s, p, &a, &decided, error)))
        return code;
    if (s->config.files == WEIR_FILES_SKIP && p->known && p->file)
        decided = true, item->verdict = WEIR_PLAN_SKIPPED;
    if (decided)
        return storage_name_show(p, error);
    if ((code = plan_target(s, p, weir_buf_view(wanted), &decided, error)) ||
        decided)
        return code;
    return storage_cache_may_ask(s, item, error);
}

/* An attempt failed and the loop tries again. */
static enum weir_err plan_again(struct plan *p, struct weir_error *error) {
    struct weir_item *item = p->item;
    item->verdict = WEIR_PLAN_FETCH;
    if (p->tile)
        storage_tiles_rewind(p);
    if (!p->streams && p->epoch == p->at_epoch)
        return WEIR_OK; /* nothing has changed since */
    weir_free(item->if_range);
    item->if_range = NULL;
    item->resume_from = 0;
    item->known_total = -1;
    if (p->epoch != p->at_epoch || !p->validator || p->broken.code ||
        p->size == 0)
        return WEIR_OK; /* the next answer begins anew */
    item->if_range = weir_strdup(p->validator);
    if (!item->if_range)
        return weir_error_nomem(error);
    if (p->fd >= 0) {
        close(p->fd); /* an item that waits holds no descriptor */
        p->fd = -1;
    }
    item->resume_from = (int64_t)p->size - (p->total < 0);
    item->known_total = p->total;
    weir_free(item->etag);
    weir_free(item->last_modified);
    item->etag = item->last_modified = NULL;
    return WEIR_OK;
}

void storage_plan_item(struct weir_storage *s, struct weir_item *item) {
    struct weir_error error = {0};
    struct weir_buf wanted;
    enum weir_err code;
    struct plan *p = item->plan;
    weir_buf_init(&wanted, 0);
    if (p)
        code = plan_again(p, &error);
    else if (weir_storage_health(s, &error))
        code = error.code;
    else if (!(p = storage_plan_create(item)))
        code = weir_error_nomem(&error);
    else
        code = plan_new(s, p, &wanted, &error);
    weir_buf_release(&wanted);
    if (code) {
        item->verdict = WEIR_PLAN_REFUSED;
        item->error = error;
        if (code == WEIR_E_STORE)
            storage_broken(s, &error);
    }
}
