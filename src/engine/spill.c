/* spill.c - the part of a host's queue that does not fit into RAM.
 *
 * Requests are written, as they came from the source and before anything was
 * planned for them, into blocks of 64 KiB. The storage thread puts full blocks
 * on disk and brings them back in their order:
 *
 *   weir_spill_add -> tail (RAM) -- full --> blocks (disk) --+
 *   weir_task_accept-like <- on_read <- first block ---------+
 *                         <- tail itself, when no block is left
 *
 * A record: n, then for each string its length and bytes: url, place, out, dir,
 * checksum; the count of headers and of captures with theirs; method, body, the
 * client's pointers and the switches for robots.txt and private addresses.
 */
#include "engine/internal.h"

#include "base/mem.h"

#include <string.h>

enum { BLOCK_SIZE = 64 * 1024 };

struct spill {
    struct weir_list blocks; /* weir_spill_block, oldest first */
    struct weir_buf tail;
    uint64_t count;
};

static void put_size(struct weir_buf *b, uint64_t n) {
    weir_buf_add(b, &n, sizeof n);
}

static void put_str(struct weir_buf *b, struct weir_str s) {
    put_size(b, s.n);
    weir_buf_str(b, s);
}

static uint64_t take_size(struct weir_str *s) {
    uint64_t n;
    memcpy(&n, s->p, sizeof n);
    *s = weir_str_sub(*s, sizeof n, s->n);
    return n;
}

static struct weir_str take_str(struct weir_str *s) {
    size_t n = (size_t)take_size(s);
    struct weir_str part = weir_str_sub(*s, 0, n);
    *s = weir_str_sub(*s, n, s->n);
    return part;
}

static void put_record(struct weir_buf *b, const struct weir_request *r) {
    put_size(b, r->n);
    put_str(b, r->url);
    put_str(b, r->place);
    put_str(b, r->out);
    put_str(b, r->dir);
    put_str(b, r->checksum);
    put_size(b, r->header_count);
    for (size_t i = 0; i < r->header_count; i++)
        put_str(b, r->headers[i]);
    put_size(b, r->capture_count);
    for (size_t i = 0; i < r->capture_count; i++)
        put_str(b, r->captures[i]);
    put_str(b, r->method);
    put_size(b, r->body.p != NULL);
    put_str(b, r->body);
    put_size(b, (uintptr_t)r->client);
    put_size(b, (uintptr_t)r->terms);
    put_size(b, r->no_robots);
    put_size(b, r->any_address);
}

static void take_record(struct weir_str *s, struct weir_request *r) {
    bool has_body;
    memset(r, 0, sizeof *r);
    r->n = take_size(s);
    r->url = take_str(s);
    r->place = take_str(s);
    r->out = take_str(s);
    r->dir = take_str(s);
    r->checksum = take_str(s);
    r->header_count = (size_t)take_size(s);
    for (size_t i = 0; i < r->header_count; i++)
        r->headers[i] = take_str(s);
    r->capture_count = (size_t)take_size(s);
    for (size_t i = 0; i < r->capture_count; i++)
        r->captures[i] = take_str(s);
    r->method = take_str(s);
    has_body = take_size(s) != 0;
    r->body = take_str(s);
    if (!has_body)
        r->body.p = NULL;
    r->client = (void *)(uintptr_t)take_size(s);
    r->terms = (void *)(uintptr_t)take_size(s);
    r->no_robots = take_size(s) != 0;
    r->any_address = take_size(s) != 0;
}

/* The tail becomes a block on its way to the disk. */
static enum weir_err push_block(struct weir_host *h) {
    struct spill *s = h->spill;
    struct weir_spill_block *block = weir_calloc(1, sizeof *block);
    size_t len = s->tail.len;
    if (!block)
        return WEIR_E_NOMEM;
    block->bytes = weir_buf_detach(&s->tail);
    if (!block->bytes) {
        weir_free(block);
        return WEIR_E_NOMEM;
    }
    block->len = (uint32_t)len;
    block->owner = h;
    weir_list_append(&s->blocks, &block->link);
    weir_storage_spill_write(h->engine->storage, block);
    weir_engine_submit(h->engine);
    return WEIR_OK;
}

enum weir_err weir_spill_add(struct weir_host *h,
                             const struct weir_request *request) {
    struct spill *s = h->spill;
    if (!s) {
        s = weir_calloc(1, sizeof *s);
        if (!s)
            return WEIR_E_NOMEM;
        weir_list_init(&s->blocks);
        weir_buf_init(&s->tail, 0);
        h->spill = s;
    }
    put_record(&s->tail, request);
    if (s->tail.failed)
        return WEIR_E_NOMEM;
    s->count++;
    h->engine->spilled++;
    return s->tail.len >= BLOCK_SIZE ? push_block(h) : WEIR_OK;
}

/* Records become tasks again. */
static void unpack(struct weir_host *h, struct weir_str bytes) {
    struct weir_engine *e = h->engine;
    struct weir_request r;
    while (bytes.n > 0) {
        take_record(&bytes, &r);
        h->spill->count--;
        e->spilled--;
        if (!e->stopping && weir_task_admit(h, &r, NULL) != WEIR_OK) {
            weir_error_nomem(&e->run_error);
            weir_engine_stop(e, WEIR_END_STORAGE, 0);
        }
    }
}

static void drop_if_empty(struct weir_host *h) {
    if (h->spill->count > 0 || h->reading)
        return;
    weir_buf_release(&h->spill->tail);
    weir_free(h->spill);
    h->spill = NULL;
}

static void on_read(struct weir_spill_block *block, enum weir_err code,
                    void *data) {
    struct weir_host *h = block->owner;
    struct weir_engine *e = h->engine;
    (void)data;
    h->reading = false;
    if (e->stopping) {
        /* its records were given up with the rest */
    } else if (code == WEIR_OK) {
        unpack(h, weir_str_make(block->bytes, block->len));
    } else {
        weir_error_set(&e->run_error, code,
                       "the temporary file of waiting URLs cannot be read");
        weir_engine_stop(e, WEIR_END_STORAGE, 0);
    }
    weir_free(block->bytes);
    weir_free(block);
    if (h->spill)
        drop_if_empty(h);
    weir_host_place(h, weir_loop_now(e->loop));
}

void weir_spill_refill(struct weir_host *h) {
    struct spill *s = h->spill;
    if (!s || h->reading || h->queued + h->planning > HOST_QUEUE_LOW)
        return;
    if (!weir_list_empty(&s->blocks)) {
        struct weir_spill_block *block =
            WEIR_CONTAINER(s->blocks.next, struct weir_spill_block, link);
        weir_list_remove(&block->link);
        h->reading = true;
        weir_storage_spill_read(h->engine->storage, block, on_read, NULL);
        weir_engine_submit(h->engine);
    } else {
        struct weir_buf tail = s->tail;
        weir_buf_init(&s->tail, 0);
        unpack(h, weir_buf_view(&tail));
        weir_buf_release(&tail);
        drop_if_empty(h);
    }
}

void weir_spill_destroy(struct weir_host *h) {
    struct spill *s = h->spill;
    if (!s)
        return;
    while (!weir_list_empty(&s->blocks)) {
        struct weir_spill_block *block =
            WEIR_CONTAINER(s->blocks.next, struct weir_spill_block, link);
        weir_list_remove(&block->link);
        weir_storage_spill_drop(h->engine->storage, block);
    }
    h->engine->spilled -= s->count;
    s->count = 0;
    weir_buf_clear(&s->tail);
    drop_if_empty(h);
}

uint64_t weir_spill_count(const struct weir_host *h) {
    return h->spill ? h->spill->count : 0;
}
