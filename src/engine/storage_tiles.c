/* Why: tiles go into a tile set (sink/tileset.h) and not into files, and what
 * the set knows decides about them, not the store's answers. The rest of the
 * storage thread - rounds, batches, twins, records - is the same.
 *
 *     plan     look             fetch, with validators or without; or nothing
 *     finish   200 and a tile   THERE    (files of folders: NAME.part)
 *              204 404 410      ABSENT   no error
 *              304              as it was, checked now
 *              else             FAILED   an older image stays
 *     commit   begin, put for each, commit; then the names */
#include "engine/storage_tiles.h"

#include "base/mem.h"
#include "core/freshness.h"
#include "sink/tileset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TILE_MAX = 32 << 20, KEEP_S = 7 * 24 * 3600 };

struct tile_plan {
    struct weir_tile_row row; /* as it will be put */
    bool has_known, puts, has_file;
    struct weir_tile_row known;
    char *etag, *modified, *error; /* what the rows point at */
    char *new_etag, *new_modified;
    struct weir_buf body, made;
    struct weir_str bytes; /* to be stored; empty: the image stays */
};

enum weir_err storage_tiles_open(struct weir_storage *s,
                                 struct weir_run_info *info,
                                 struct weir_error *error) {
    return weir_tileset_open(s->config.tiles,
                             weir_hash(weir_str_of(s->config.run_key)),
                             &info->resumed, error);
}

void storage_tiles_release(struct plan *p) {
    struct tile_plan *t = p->tile;
    if (!t)
        return;
    weir_free(t->etag);
    weir_free(t->modified);
    weir_free(t->error);
    weir_free(t->new_etag);
    weir_free(t->new_modified);
    weir_buf_release(&t->body);
    weir_buf_release(&t->made);
    weir_free(t);
    p->tile = NULL;
}

/* --- plan -------------------------------------------------------------- */

/* A copy of a borrowed text that the row may point at. */
static bool own(struct weir_str *text, char **copy) {
    *copy = NULL;
    if (text->n == 0)
        return true;
    *copy = weir_str_dup(*text);
    text->p = *copy;
    return *copy != NULL;
}

static bool copy_known(struct tile_plan *t, const struct weir_tile_row *row) {
    t->has_known = true;
    t->known = *row;
    return own(&t->known.etag, &t->etag) &&
           own(&t->known.modified, &t->modified) &&
           own(&t->known.error, &t->error);
}

static bool show(struct weir_storage *s, struct plan *p, int format) {
    weir_free(p->item->file);
    p->item->file =
        weir_tileset_shown(s->config.tiles, p->tile->row.tile, format);
    return p->item->file != NULL;
}

static bool set_validators(struct weir_item *item,
                           const struct weir_tile_row *row) {
    return (row->etag.n == 0 || (item->etag = weir_str_dup(row->etag))) &&
           (row->modified.n == 0 ||
            (item->last_modified = weir_str_dup(row->modified)));
}

/* Rows keep an error as "name: message". */
static void read_error(struct weir_str text, struct weir_error *out) {
    struct weir_str name, message;
    enum weir_err code = WEIR_E_GENERIC;
    if (!weir_str_cut(text, ':', &name, &message))
        message = text;
    for (int i = 1; i < WEIR_E_COUNT; i++)
        if (weir_str_eq(name, weir_str_of(weir_err_name((enum weir_err)i))))
            code = (enum weir_err)i;
    message = weir_str_trim(message);
    weir_error_set(out, code, "%.*s", WEIR_STR_ARG(message));
}

static bool write_error(struct tile_plan *t, const struct weir_error *error) {
    struct weir_buf text;
    weir_buf_init(&text, 0);
    weir_buf_fmt(&text, "%s: %s", weir_err_name(error->code), error->message);
    weir_free(t->error);
    t->error = weir_buf_detach(&text);
    weir_buf_release(&text);
    t->row.error = weir_str_of(t->error);
    return t->error != NULL;
}

static enum weir_err decide(struct plan *p, enum weir_tileset_use use,
                            struct weir_error *error) {
    struct weir_item *item = p->item;
    struct weir_tile_row *known = &p->tile->known;
    switch (use) {
    case WEIR_TILESET_ASK:
        item->verdict = WEIR_PLAN_FETCH;
        break;
    case WEIR_TILESET_VALIDATE:
        item->verdict = WEIR_PLAN_FETCH;
        if (!set_validators(item, known))
            return weir_error_nomem(error);
        break;
    case WEIR_TILESET_FRESH:
        item->verdict = WEIR_PLAN_FRESH;
        break;
    case WEIR_TILESET_DONE:
        item->verdict = WEIR_PLAN_DONE;
        break;
    case WEIR_TILESET_SKIP:
        item->verdict = WEIR_PLAN_SKIPPED;
        break;
    case WEIR_TILESET_FAILED:
        item->verdict = WEIR_PLAN_FAILED;
        item->status = known->status;
        read_error(known->error, &item->error);
        break;
    }
    return WEIR_OK;
}

enum weir_err storage_tiles_plan(struct weir_storage *s, struct plan *p,
                                 struct weir_error *error) {
    struct weir_tile_row row;
    struct weir_tile tile;
    enum weir_tileset_use use;
    enum weir_err code;
    struct tile_plan *t;
    if (!weir_tile_parse(weir_str_of(p->item->out), &tile))
        return weir_error_set(error, WEIR_E_INVALID, "not a tile: %s",
                              p->item->out ? p->item->out : "");
    t = p->tile = weir_calloc(1, sizeof *t);
    if (!t)
        return weir_error_nomem(error);
    weir_buf_init(&t->body, TILE_MAX);
    weir_buf_init(&t->made, 0);
    t->row.tile = tile;
    code = weir_tileset_look(s->config.tiles, tile, (int64_t)time(NULL), &use,
                             &row, error);
    if (code)
        return code;
    if ((row.state && !copy_known(t, &row)) || !show(s, p, row.format))
        return weir_error_nomem(error);
    return decide(p, use, error);
}

/* --- bodies ------------------------------------------------------------ */

void storage_tiles_rewind(struct plan *p) {
    weir_buf_clear(&p->tile->body);
}

enum weir_err storage_tiles_append(struct plan *p, const void *bytes, size_t n,
                                   struct weir_error *error) {
    enum weir_err code = weir_buf_add(&p->tile->body, bytes, n);
    if (!code)
        return code;
    return code == WEIR_E_NOMEM ? weir_error_nomem(error)
                                : weir_error_set(error, WEIR_E_LIMIT,
                                                 "a tile larger than 32 MiB");
}

/* The whole body as one slice: mostly it is in one chunk already. */
static enum weir_err gather(struct plan *p, struct weir_str *bytes,
                            struct weir_error *error) {
    struct weir_list *body = &p->item->body;
    enum weir_err code = WEIR_OK;
    if (p->tile->body.len == 0 && body->next != body &&
        body->next->next == body) {
        struct weir_chunk *c =
            WEIR_CONTAINER(body->next, struct weir_chunk, link);
        *bytes = weir_str_make(c->bytes, c->len);
        return WEIR_OK;
    }
    for (struct weir_list *at = body->next; !code && at != body;
         at = at->next) {
        struct weir_chunk *c = WEIR_CONTAINER(at, struct weir_chunk, link);
        code = storage_tiles_append(p, c->bytes, c->len, error);
    }
    *bytes = weir_buf_view(&p->tile->body);
    return code;
}

/* --- finish ------------------------------------------------------------ */

/* Servers that say how long are heard; others mean seven days. */
static int64_t fresh_until(const struct weir_item *item) {
    struct weir_str head = weir_str_of(item->response_head), value;
    struct weir_exchange x = {.method = WEIR_STR("GET"),
                              .status =
                                  item->status == 304 ? 200 : item->status,
                              .response = head,
                              .request_time = item->request_time,
                              .response_time = item->response_time};
    struct weir_cache_control control;
    struct weir_freshness f;
    weir_cache_control_read(&control, head);
    if (control.no_store || control.no_cache)
        return 0;
    if (control.max_age < 0 &&
        !weir_headers_get(head, WEIR_STR("Expires"), 0, &value))
        return item->response_time + KEEP_S;
    weir_freshness_judge(&f, &x);
    return weir_freshness_until(&f) > 0 ? weir_freshness_until(&f) : 0;
}

/* Validators of this answer; those of before where it has none (304). */
static bool take_validators(struct tile_plan *t, const struct weir_item *item) {
    struct weir_validators v;
    if (!weir_validators_read(&v, weir_str_of(item->response_head),
                              item->response_time))
        return true;
    if (v.etag.n) {
        t->row.etag = v.etag;
        if (!own(&t->row.etag, &t->new_etag))
            return false;
    }
    if (v.last_modified.n) {
        t->row.modified = v.last_modified;
        if (!own(&t->row.modified, &t->new_modified))
            return false;
    }
    return true;
}

static void set_checked(struct tile_plan *t, const struct weir_item *item) {
    t->row.status = item->status;
    t->row.checked = item->response_time;
    t->row.fresh = fresh_until(item);
    t->row.error = WEIR_STR("");
    t->puts = true;
}

static enum weir_err finish_there(struct weir_storage *s, struct plan *p,
                                  struct weir_str bytes,
                                  struct weir_error *error) {
    struct weir_item *item = p->item;
    struct tile_plan *t = p->tile;
    enum weir_tile_format format;
    struct weir_str type;
    enum weir_err code;
    item->bytes = bytes.n;
    if ((code = weir_tileset_check(s->config.tiles, &bytes, &t->made, &format,
                                   error))) {
        struct weir_error cause = *error;
        if (code == WEIR_E_CHECK &&
            weir_headers_get(weir_str_of(item->response_head),
                             WEIR_STR("Content-Type"), 0, &type))
            weir_error_set(error, code, "%s (%.*s); it is not stored",
                           cause.message, WEIR_STR_ARG(type));
        return code;
    }
    t->row.image = t->known.image;
    t->row.state = WEIR_TILE_THERE;
    t->row.size = bytes.n;
    t->row.hash = item->xxh3 = weir_hash(bytes);
    t->row.format = (int)format;
    set_checked(t, item);
    if (!take_validators(t, item) || !show(s, p, (int)format))
        return weir_error_nomem(error);
    t->bytes = bytes;
    code =
        weir_tileset_prepare(s->config.tiles, t->has_known ? &t->known : NULL,
                             &t->row, bytes, error);
    t->has_file = !code;
    return code;
}

/* There is no such tile: that is an answer, and no error. */
static void finish_absent(struct plan *p) {
    struct weir_item *item = p->item;
    struct tile_plan *t = p->tile;
    item->error = (struct weir_error){0};
    item->bytes = 0;
    t->row.image = t->known.image;
    t->row.format = t->known.format;
    t->row.state = WEIR_TILE_ABSENT;
    set_checked(t, item);
    t->has_file = t->has_known && t->known.state == WEIR_TILE_THERE;
}

static void from_known(struct plan *p) {
    struct weir_item *item = p->item;
    const struct weir_tile_row *known = &p->tile->known;
    item->status = known->status;
    item->bytes = known->size;
    item->xxh3 = known->hash;
    item->from_cache = item->verdict != WEIR_PLAN_SKIPPED;
}

static enum weir_err finish_not_modified(struct plan *p,
                                         struct weir_error *error) {
    struct tile_plan *t = p->tile;
    if (!t->has_known)
        return weir_error_set(
            error, WEIR_E_PROTOCOL,
            "the server answered 304 to a question without condition");
    struct weir_tile tile = t->row.tile;
    t->row = t->known;
    t->row.tile = tile;
    set_checked(t, p->item);
    t->row.status = t->known.status;
    if (!take_validators(t, p->item))
        return weir_error_nomem(error);
    from_known(p);
    return WEIR_OK;
}

/* An older image stays; the row remembers what went wrong. */
static void finish_failed(struct weir_storage *s, struct plan *p) {
    struct weir_item *item = p->item;
    struct tile_plan *t = p->tile;
    struct weir_tile tile = t->row.tile;
    if (item->error.code == WEIR_OK)
        weir_error_set(&item->error, WEIR_E_GENERIC, "failed");
    if (item->error.code == WEIR_E_CANCELLED ||
        item->error.code == WEIR_E_NOMEM || item->error.code == WEIR_E_STORE ||
        item->verdict == WEIR_PLAN_FAILED || storage_is_broken(s))
        return;
    t->row = t->known;
    t->row.tile = tile;
    t->bytes = WEIR_STR("");
    if (t->row.state != WEIR_TILE_THERE) {
        t->row.state = WEIR_TILE_FAILED;
        t->row.status = item->status;
        t->row.checked = item->response_time;
        t->row.fresh = 0;
    }
    t->puts = write_error(t, &item->error);
}

static enum weir_err finish_body(struct weir_storage *s, struct plan *p,
                                 struct weir_error *error) {
    struct weir_str bytes;
    enum weir_err code;
    if (p->broken.code) {
        *error = p->broken;
        return error->code;
    }
    if ((code = gather(p, &bytes, error)))
        return code;
    if (p->item->status == 204 ||
        (bytes.n == 0 && weir_tileset_is_vector(s->config.tiles))) {
        finish_absent(p);
        return WEIR_OK;
    }
    return finish_there(s, p, bytes, error);
}

void storage_tiles_finish(struct weir_storage *s, struct plan *p) {
    struct weir_item *item = p->item;
    struct weir_error error = {0};
    enum weir_err code = WEIR_OK;
    if (p->epoch != p->at_epoch)
        storage_tiles_rewind(p);
    switch (item->outcome) {
    case WEIR_OUTCOME_BODY:
        code = finish_body(s, p, &error);
        break;
    case WEIR_OUTCOME_NOT_MODIFIED:
        code = finish_not_modified(p, &error);
        break;
    case WEIR_OUTCOME_KEPT:
        from_known(p);
        break;
    case WEIR_OUTCOME_FAILED:
        if (item->verdict == WEIR_PLAN_FETCH &&
            item->error.code == WEIR_E_SERVER &&
            (item->status == 404 || item->status == 410))
            finish_absent(p);
        else
            finish_failed(s, p);
        break;
    }
    if (code) {
        item->error = error;
        finish_failed(s, p);
    }
    if (p->tile->puts)
        p->row = ROW_TILE;
    else
        storage_body_free(s, item);
}

/* --- the batch --------------------------------------------------------- */

static int by_tile(const void *a, const void *b) {
    const struct weir_tile *x = &(*(struct plan *const *)a)->tile->row.tile;
    const struct weir_tile *y = &(*(struct plan *const *)b)->tile->row.tile;
    if (x->z != y->z)
        return x->z < y->z ? -1 : 1;
    if (x->x != y->x)
        return x->x < y->x ? -1 : 1;
    return (x->y < y->y) - (x->y > y->y); /* rows are counted from below */
}

enum weir_err storage_tiles_commit(struct weir_storage *s, struct plan **plans,
                                   size_t count, struct weir_error *error) {
    struct weir_tileset *set = s->config.tiles;
    enum weir_err code;
    if (count == 0)
        return WEIR_OK;
    qsort(plans, count, sizeof *plans, by_tile);
    if ((code = weir_tileset_begin(set, error)))
        return code;
    for (size_t i = 0; !code && i < count; i++)
        code = weir_tileset_put(set, &plans[i]->tile->row,
                                plans[i]->tile->bytes, error);
    if (!code)
        return weir_tileset_commit(set, error);
    weir_tileset_rollback(set);
    return code;
}

void storage_tiles_place(struct weir_storage *s, struct plan *p) {
    struct weir_error error = {0};
    if (p->row == ROW_TILE && p->tile->has_file && !p->item->error.code &&
        weir_tileset_place(s->config.tiles, &p->tile->row, &error))
        p->item->error = error;
    storage_body_free(s, p->item);
}

void storage_tiles_discard(struct weir_storage *s, struct plan *p) {
    if (p->tile->has_file && p->tile->bytes.n)
        weir_tileset_discard(s->config.tiles, &p->tile->row);
    p->tile->has_file = false;
    storage_body_free(s, p->item);
}
