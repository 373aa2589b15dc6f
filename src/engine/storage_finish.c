/* Why: an item's end. Checks come before anything is acknowledged: a body that
 * fails one never gets its final name. What the row will say is put into the
 * plan; the batch writes it (storage_commit.c). */
#include "engine/storage_internal.h"

#include "base/mem.h"
#include "core/httpdate.h"
#include "engine/storage_cache.h"
#include "engine/storage_output.h"
#include "engine/storage_tiles.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static enum weir_err check_body(struct weir_storage *s, struct plan *p,
                                struct weir_error *error) {
    const struct weir_item *item = p->item;
    enum weir_digest_kind kind;
    struct weir_str want, type;
    if (p->total >= 0 && (uint64_t)p->total != p->size &&
        storage_body_rule(s, p->item) == WEIR_BODY_FILES && p->said_first)
        return weir_error_set(error, WEIR_E_PROTOCOL, "%llu bytes came of %lld",
                              (unsigned long long)p->size, (long long)p->total);
    if (p->size < s->config.min_size)
        return weir_error_set(error, WEIR_E_CHECK,
                              "%llu bytes are less than --min-size %llu",
                              (unsigned long long)p->size,
                              (unsigned long long)s->config.min_size);
    struct weir_str head = weir_str_of(item->response_head);
    if (!storage_type_expected(s->config.expect_type, head)) {
        if (!weir_headers_get(head, WEIR_STR("Content-Type"), 0, &type))
            type = WEIR_STR("(none)");
        return weir_error_set(error, WEIR_E_CHECK,
                              "the type is %.*s, expected %s",
                              WEIR_STR_ARG(type), s->config.expect_type);
    }
    if (!item->checksum)
        return WEIR_OK;
    if (weir_digest_parse(weir_str_of(item->checksum), &kind, &want, error))
        return WEIR_E_USAGE;
    if (weir_str_eq_nocase(want, weir_str_of(p->check_hex)))
        return WEIR_OK;
    return weir_error_set(error, WEIR_E_CHECK,
                          "the checksum is %s, expected %.*s", p->check_hex,
                          WEIR_STR_ARG(want));
}

/* Last-Modified becomes the time of the file; the row remembers which it is. */
static enum weir_err set_times(struct weir_storage *s, struct plan *p,
                               struct weir_error *error) {
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
    struct weir_str value;
    struct stat st;
    int64_t when;
    if (weir_headers_get(weir_str_of(p->item->response_head),
                         WEIR_STR("Last-Modified"), 0, &value) &&
        weir_httpdate_parse(value, s->started, &when)) {
        times[1].tv_sec = (time_t)when;
        /* A file system that cannot hold the date keeps its own. */
        if (futimens(p->fd, times) != 0 && errno != EINVAL && errno != EPERM)
            return weir_files_error(p->root, p->part, errno, error);
    }
    if (s->config.durable && fsync(p->fd) != 0)
        return weir_files_error(p->root, p->part, errno, error);
    if (fstat(p->fd, &st) != 0)
        return weir_files_error(p->root, p->part, errno, error);
    p->mtime_ns = storage_mtime(&st);
    int rc = close(p->fd);
    p->fd = -1;
    return rc == 0 ? WEIR_OK : weir_files_error(p->root, p->part, errno, error);
}

/* The header block and the Vary key that the row keeps. */
static enum weir_err set_head(struct plan *p, struct weir_str head,
                              struct weir_error *error) {
    struct weir_buf out;
    weir_buf_init(&out, 0);
    enum weir_err code = storage_cache_put_head(head, &out);
    if (!code)
        p->head = weir_buf_detach(&out);
    weir_buf_release(&out);
    if (!p->head)
        return weir_error_nomem(error);
    p->has_vary = storage_cache_vary(p->item, weir_str_of(p->head), &p->vary);
    return WEIR_OK;
}

/* A name that is only known now: does something stand there? */
static enum weir_err settle_name(struct weir_storage *s, struct plan *p,
                                 struct weir_error *error) {
    struct stat st;
    bool found;
    enum weir_err code;
    if (!p->late_name && !s->config.content_disposition)
        return WEIR_OK;
    if ((code = storage_name_late(s, p, error)) ||
        (code = storage_name_show(p, error)) ||
        (code =
             weir_files_stat(s->files, p->root, p->file, &st, &found, error)))
        return code;
    if (!found || p->replaces || s->config.files == WEIR_FILES_OVERWRITE) {
        p->replaces |= s->config.files == WEIR_FILES_OVERWRITE;
        return WEIR_OK;
    }
    return weir_error_set(
        error, WEIR_E_IO,
        "%s exists and weir did not write it; use --overwrite", p->item->file);
}

static enum weir_err finish_body(struct weir_storage *s, struct plan *p,
                                 struct weir_error *error) {
    struct weir_item *item = p->item;
    enum weir_err code;
    if (p->epoch != p->at_epoch) {
        storage_body_drop(s, p, false);
        p->at_epoch = p->epoch;
    }
    if (p->broken.code) {
        storage_body_free(s, item);
        *error = p->broken;
        return error->code;
    }
    if ((code = storage_body_write(s, p, error)) ||
        (code = check_body(s, p, error)))
        return code;
    item->bytes = p->size;
    if (storage_body_rule(s, p->item) == WEIR_BODY_STDOUT) {
        code = storage_output_body(s, p, true, error);
        p->took_turn = true;
        storage_body_free(s, item);
        return code;
    }
    if ((code = settle_name(s, p, error)) ||
        (p->fd >= 0 && (code = set_times(s, p, error))) ||
        (code = set_head(p, weir_str_of(item->response_head), error)))
        return code;
    p->row = ROW_ANSWER;
    p->renames = storage_body_rule(s, p->item) == WEIR_BODY_FILES;
    return WEIR_OK;
}

/* The fields that the stored answer gives. */
static enum weir_err from_known(struct plan *p, struct weir_error *error) {
    struct weir_item *item = p->item;
    const struct known *k = p->known;
    item->status = k->status;
    item->bytes = k->size;
    item->xxh3 = k->xxh3;
    memcpy(item->sha256, k->sha256, sizeof item->sha256);
    item->from_cache = true;
    if (!k->effective_url || item->effective_url)
        return WEIR_OK;
    item->effective_url = weir_strdup(k->effective_url);
    return item->effective_url ? WEIR_OK : weir_error_nomem(error);
}

static enum weir_err finish_not_modified(struct weir_storage *s, struct plan *p,
                                         struct weir_error *error) {
    struct weir_item *item = p->item;
    struct weir_buf merged;
    enum weir_err code;
    if (!p->known)
        return weir_error_set(
            error, WEIR_E_PROTOCOL,
            "the server answered 304 to a question without condition");
    weir_buf_init(&merged, 0);
    code = storage_cache_merge(weir_str_of(p->known->head),
                               weir_str_of(item->response_head), &merged);
    if (!code)
        p->head = weir_buf_detach(&merged);
    weir_buf_release(&merged);
    if (!p->head)
        return weir_error_nomem(error);
    p->has_vary = storage_cache_vary(item, weir_str_of(p->head), &p->vary);
    p->row = ROW_REFRESH;
    storage_body_free(s, item);
    return from_known(p, error);
}

static enum weir_err finish_kept(struct weir_storage *s, struct plan *p,
                                 struct weir_error *error) {
    struct weir_item *item = p->item;
    uint64_t xxh3;
    enum weir_err code;
    if (p->broken.code) {
        *error = p->broken;
        return error->code;
    }
    if (!p->known)
        return WEIR_OK; /* SKIPPED: nothing is known of the file */
    if ((code = from_known(p, error)))
        return code;
    if (storage_body_rule(s, p->item) == WEIR_BODY_STORE) {
        storage_body_free(s, item);
        p->known->run = s->run.id;
        p->row = ROW_TOUCH;
    }
    if (s->config.want_sha256 && !item->sha256[0] && p->file)
        code = storage_body_hash_file(s, p->root, p->file, &xxh3,
                                      WEIR_DIGEST_SHA256, item->sha256, error);
    return code;
}

/* 416 on a file of the user's that turns out to be whole: it becomes ours. */
static bool adopt_whole(struct weir_storage *s, struct plan *p) {
    struct weir_item *item = p->item;
    struct weir_content_range range;
    struct weir_str value;
    struct stat st;
    bool found;
    if (!p->adopts || item->status != 416 ||
        !weir_headers_get(weir_str_of(item->response_head),
                          WEIR_STR("Content-Range"), 0, &value) ||
        !weir_headers_content_range(value, &range) ||
        range.total != item->resume_from ||
        weir_files_stat(s->files, p->root, p->file, &st, &found, NULL) ||
        !found || st.st_size != range.total ||
        storage_body_hash_file(s, p->root, p->file, &item->xxh3, -1, NULL,
                               NULL) ||
        set_head(p, WEIR_STR(""), NULL))
        return false;
    item->status = 200;
    item->bytes = p->size = (uint64_t)range.total;
    p->mtime_ns = storage_mtime(&st);
    p->row = ROW_ANSWER;
    return true;
}

/* --save-errors: the body of an error answer, aside. */
static void save_error_body(struct weir_storage *s, struct plan *p) {
    struct weir_error error;
    bool has_bytes = p->is_error_body || !weir_list_empty(&p->item->body);
    if (!s->config.save_errors || !has_bytes || p->item->status < 300 ||
        storage_body_rule(s, p->item) != WEIR_BODY_FILES || !p->file ||
        p->broken.code)
        return;
    if (storage_body_write(s, p, &error) == WEIR_OK && p->fd >= 0 &&
        set_times(s, p, &error) == WEIR_OK) {
        p->renames = p->is_error_body = true;
    } else {
        storage_body_drop(s, p, false);
    }
}

static void finish_failed(struct weir_storage *s, struct plan *p) {
    struct weir_item *item = p->item;
    bool keep = item->keep_part && p->validator && p->epoch == p->at_epoch &&
                p->size > 0;
    if (adopt_whole(s, p)) {
        item->outcome = WEIR_OUTCOME_BODY;
        item->error = (struct weir_error){0};
        return;
    }
    save_error_body(s, p);
    if (!p->renames) {
        /* What was broken here (disk full) may still be continued later. */
        bool ours = p->streams || p->fd >= 0;
        if (ours)
            storage_body_drop(s, p, keep);
    }
    storage_body_free(s, item);
    if (item->error.code == WEIR_OK)
        weir_error_set(&item->error, WEIR_E_GENERIC, "failed");
    /* Neither of these two says anything about the URL. */
    if (item->error.code != WEIR_E_CANCELLED &&
        item->error.code != WEIR_E_NOMEM && item->verdict != WEIR_PLAN_FAILED &&
        !storage_is_broken(s) && p->key)
        p->row = ROW_FAILURE;
}

/* The outcome of an item is an error that was found here. */
static void fail_here(struct weir_storage *s, struct plan *p,
                      const struct weir_error *error) {
    struct weir_item *item = p->item;
    bool keep = error->code == WEIR_E_IO && p->validator && p->size > 0;
    item->error = *error;
    storage_body_free(s, item);
    storage_body_drop(s, p, keep);
    p->renames = false;
    p->row = storage_is_broken(s) || error->code == WEIR_E_NOMEM ||
                     error->code == WEIR_E_CANCELLED
                 ? ROW_NONE
                 : ROW_FAILURE;
}

static void finish(struct weir_storage *s, struct plan *p) {
    struct weir_item *item = p->item;
    struct weir_error error = {0};
    enum weir_err code = WEIR_OK;
    if (p->tile) {
        storage_tiles_finish(s, p);
        storage_commit_add(s, p);
        return;
    }
    switch (item->outcome) {
    case WEIR_OUTCOME_BODY:
        code = finish_body(s, p, &error);
        break;
    case WEIR_OUTCOME_NOT_MODIFIED:
        code = finish_not_modified(s, p, &error);
        break;
    case WEIR_OUTCOME_KEPT:
        code = finish_kept(s, p, &error);
        break;
    case WEIR_OUTCOME_FAILED:
        finish_failed(s, p);
        break;
    }
    if (code)
        fail_here(s, p, &error);
    if (storage_body_rule(s, p->item) == WEIR_BODY_STDOUT && !p->took_turn) {
        storage_output_body(s, p, false, NULL);
        p->took_turn = true;
    }
    storage_commit_add(s, p);
}

void storage_finish_item(struct weir_storage *s, struct weir_item *item) {
    struct plan *p = item->plan;
    if (!p && !(p = storage_plan_create(item))) {
        /* No memory even for that: back without a record. */
        weir_error_nomem(&item->error);
        storage_body_free(s, item);
        weir_list_append(&s->finished, &item->link);
        return;
    }
    if (p->twin_of) {
        p->arrived = true; /* storage_finish_twins goes on with it */
        return;
    }
    finish(s, p);
}

/* What the first one got, its twins get too. */
static void copy_result(const struct plan *from, struct plan *to) {
    const struct weir_item *item = from->item;
    struct known *k;
    to->root = from->root;
    if (item->error.code) {
        to->broken = item->error;
        return;
    }
    k = weir_calloc(1, sizeof *k);
    if (!k) {
        weir_error_nomem(&to->broken);
        return;
    }
    k->status = item->status;
    k->size = item->bytes;
    k->xxh3 = item->xxh3;
    memcpy(k->sha256, item->sha256, sizeof k->sha256);
    k->effective_url =
        item->effective_url ? weir_strdup(item->effective_url) : NULL;
    to->known = k;
}

void storage_finish_twins(struct weir_storage *s, struct plan *first) {
    while (!weir_list_empty(&first->twins)) {
        struct plan *p =
            WEIR_CONTAINER(first->twins.next, struct plan, twin_link);
        weir_list_remove(&p->twin_link);
        copy_result(first, p);
        p->twin_of = NULL;
        if (p->arrived)
            finish(s, p);
    }
}
