/* Why: jobs keep the bodies of their pages in the store, so that an answer from
 * the cache, or a 304, has something to extract from. */
#include "engine/storage_job_internal.h"

#include "base/mem.h"
#include "engine/storage_cache.h"
#include "store/pack.h"

#include <string.h>

enum weir_err storage_job_pack(struct plan *p, struct weir_error *error) {
    struct weir_item *item = p->item;
    struct weir_buf whole;
    struct weir_str plain = weir_buf_view(&p->kept);
    enum weir_err code = WEIR_OK;
    bool one = p->kept.len == 0 && !weir_list_empty(&item->body) &&
               item->body.next->next == &item->body;
    weir_buf_init(&whole, 0);
    weir_free(p->packed);
    p->packed = NULL;
    if (one) {
        struct weir_chunk *c =
            WEIR_CONTAINER(item->body.next, struct weir_chunk, link);
        plain = weir_str_make(c->bytes, c->len);
    } else if (p->kept.len == 0) {
        for (struct weir_list *at = item->body.next; at != &item->body;
             at = at->next) {
            struct weir_chunk *c = WEIR_CONTAINER(at, struct weir_chunk, link);
            weir_buf_add(&whole, c->bytes, c->len);
        }
        plain = weir_buf_view(&whole);
    }
    if (whole.failed || p->kept.failed ||
        weir_pack(plain, &p->packed, &p->packed_n))
        code = weir_error_nomem(error);
    weir_buf_release(&whole);
    return code;
}

static enum weir_err put_chunk(struct weir_item *item, char *bytes, size_t n) {
    struct weir_chunk *c = weir_calloc(1, sizeof *c);
    if (!c)
        return WEIR_E_NOMEM;
    weir_list_init(&c->link);
    c->bytes = bytes;
    c->len = c->cap = n;
    weir_list_append(&item->body, &c->link);
    return WEIR_OK;
}

/* The stored body into item->body; *found false: there is none. */
static enum weir_err unpack(struct weir_storage *s, struct plan *p, bool *found,
                            struct weir_error *error) {
    struct weir_item *item = p->item;
    struct weir_str packed;
    uint64_t size;
    char *bytes;
    enum weir_err code = weir_store_find_body(s->store, p->known->id, &packed,
                                              &size, found, error);
    if (code || !*found)
        return code;
    code = weir_unpack(packed, (size_t)size, &bytes);
    if (code == WEIR_E_NOMEM)
        return weir_error_nomem(error);
    if (code) { /* altered: as if it were not there */
        *found = false;
        return WEIR_OK;
    }
    item->bytes = size;
    if (size > 0 && put_chunk(item, bytes, (size_t)size) == WEIR_OK)
        return WEIR_OK;
    weir_free(bytes);
    return size == 0 ? WEIR_OK : weir_error_nomem(error);
}

/* What was made of the body before, if it was made with the same. */
static enum weir_err find_derived(struct weir_storage *s, struct plan *p,
                                  bool *found, struct weir_error *error) {
    struct weir_item *item = p->item;
    struct weir_str bytes;
    uint64_t size;
    enum weir_err code;
    *found = false;
    if (!item->made_of)
        return WEIR_OK;
    code = weir_store_find_derived(s->store, p->known->id, item->made_of,
                                   &bytes, &size, found, error);
    if (code || !*found)
        return code;
    item->bytes = size;
    item->derived = weir_memdup(bytes.p, bytes.n);
    item->derived_len = bytes.n;
    return item->derived ? WEIR_OK : weir_error_nomem(error);
}

/* The head that the answer has now. */
static enum weir_err set_head(struct weir_item *item, const struct known *k,
                              struct weir_error *error) {
    struct weir_buf head;
    weir_buf_init(&head, 0);
    if (item->response_head)
        storage_cache_merge(weir_str_of(k->head),
                            weir_str_of(item->response_head), &head);
    else
        weir_buf_z(&head, k->head);
    char *text = weir_buf_detach(&head);
    weir_buf_release(&head);
    if (!text)
        return weir_error_nomem(error);
    weir_free(item->response_head);
    item->response_head = text;
    return WEIR_OK;
}

static enum weir_err load(struct weir_storage *s, struct plan *p,
                          struct weir_error *error) {
    struct weir_item *item = p->item;
    bool found;
    enum weir_err code = find_derived(s, p, &found, error);
    if (!code && !found)
        code = unpack(s, p, &found, error);
    if (code)
        return code;
    if (!found)
        return weir_error_set(error, WEIR_E_STORE,
                              "its stored body is gone or damaged");
    if ((code = set_head(item, p->known, error)))
        return code;
    item->status = p->known->status;
    if (!item->response_time)
        item->response_time = p->known->response_time;
    if (!p->known->effective_url || item->effective_url)
        return WEIR_OK;
    item->effective_url = weir_strdup(p->known->effective_url);
    return item->effective_url ? WEIR_OK : weir_error_nomem(error);
}

enum weir_err storage_job_load(struct weir_storage *s, struct weir_item *item,
                               struct weir_error *error) {
    struct plan *p = item->plan;
    enum weir_err code;
    bool reads = !s->reading; /* a round of plans reads already */
    if (!p || !p->known)
        return weir_error_set(error, WEIR_E_PROTOCOL,
                              "the server answered 304 to a question without "
                              "condition");
    if (reads && (code = weir_store_read_begin(s->store, error)))
        return code;
    code = load(s, p, error);
    if (reads)
        weir_store_read_end(s->store);
    return code;
}

enum storage_use storage_job_use(struct weir_storage *s, struct plan *p,
                                 enum storage_use use) {
    uint64_t size;
    bool found;
    switch (use) {
    case STORAGE_USE_VALIDATE:
        return weir_store_body_size(s->store, p->known->id, &size, &found,
                                    NULL) == WEIR_OK &&
                       found
                   ? use
                   : STORAGE_USE_NOTHING;
    case STORAGE_USE_FRESH:
        if (load(s, p, NULL) == WEIR_OK)
            return use;
        weir_item_drop_body(p->item); /* it cannot be read: fetched again */
        return STORAGE_USE_NOTHING;
    case STORAGE_USE_NOTHING:
    case STORAGE_USE_DONE:
        break;
    }
    return STORAGE_USE_NOTHING;
}
