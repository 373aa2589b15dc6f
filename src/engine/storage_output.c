/* Why: standard output has one order. Bodies come whole and in the order of the
 * input; records as they complete, or with --ordered in that order too. What
 * comes before its turn waits in a spool on disk (sink/spool.h), whatever it
 * is.
 *
 *     turn(n): n == next?  written, and with it what waits behind it
 *              else        into the spool under its number
 *
 * A body that arrives in pieces goes through the spool as well, even if it is
 * its turn: a transfer that fails half-way must leave nothing behind. */
#include "engine/storage_output.h"

#include "base/mem.h"
#include "store/os.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FULL = 64 << 10 };

struct output {
    int fd;
    bool ordered;
    uint64_t next; /* whose turn it is, from 1 */
    struct weir_spool *spool;
    struct weir_buf pending; /* not written yet */
    struct weir_buf text;    /* a record, or what precedes a body */
};

/* $TMPDIR, or else beside the store: /tmp is often memory. */
static struct weir_spool *create_spool(struct weir_storage *s) {
    const char *tmp = getenv("TMPDIR"), *path = weir_store_path(s->store);
    const char *slash = strrchr(path, '/');
    struct weir_spool *spool;
    char *folder;
    if ((tmp && *tmp) || !slash || slash == path)
        return weir_spool_create(NULL);
    folder = weir_memdup(path, (size_t)(slash - path));
    if (!folder)
        return NULL;
    spool = weir_spool_create(folder);
    weir_free(folder);
    return spool;
}

enum weir_err storage_output_init(struct weir_storage *s,
                                  struct weir_error *error) {
    const struct weir_storage_config *c = &s->config;
    struct output *o;
    if (!c->json && c->body != WEIR_BODY_STDOUT)
        return WEIR_OK;
    o = s->output = weir_calloc(1, sizeof *o);
    if (!o)
        return weir_error_nomem(error);
    weir_buf_init(&o->pending, 0);
    weir_buf_init(&o->text, 0);
    o->fd = c->out_fd;
    o->ordered = c->ordered || c->body == WEIR_BODY_STDOUT;
    o->next = 1;
    o->spool = create_spool(s);
    return o->spool ? WEIR_OK : weir_error_nomem(error);
}

void storage_output_release(struct weir_storage *s) {
    struct output *o = s->output;
    if (!o)
        return;
    weir_spool_destroy(o->spool);
    weir_buf_release(&o->pending);
    weir_buf_release(&o->text);
    weir_free(o);
}

static enum weir_err write_out(struct weir_storage *s, const void *bytes,
                               size_t n, struct weir_error *error) {
    struct weir_error mine;
    if (weir_os_write_all(s->output->fd, bytes, n) == 0)
        return WEIR_OK;
    weir_error_set(&mine, WEIR_E_IO, "standard output: %s", strerror(errno));
    storage_broken(s, &mine);
    if (error)
        *error = mine;
    return WEIR_E_IO;
}

enum weir_err storage_output_flush(struct weir_storage *s,
                                   struct weir_error *error) {
    struct output *o = s->output;
    enum weir_err code = WEIR_OK;
    if (!o || o->pending.len == 0)
        return WEIR_OK;
    code = write_out(s, o->pending.p, o->pending.len, error);
    weir_buf_clear(&o->pending);
    return code;
}

static enum weir_err put_out(struct weir_storage *s, const void *bytes,
                             size_t n, struct weir_error *error) {
    struct output *o = s->output;
    enum weir_err code = WEIR_OK;
    if (o->pending.len + n > FULL)
        code = storage_output_flush(s, error);
    if (code)
        return code;
    if (n >= FULL)
        return write_out(s, bytes, n, error);
    code = weir_buf_add(&o->pending, bytes, n);
    return code ? weir_error_nomem(error) : WEIR_OK;
}

static enum weir_err put_spooled(struct weir_storage *s,
                                 struct weir_spooled *text,
                                 struct weir_error *error) {
    char *block = weir_malloc(FULL);
    enum weir_err code = WEIR_OK;
    if (!block)
        return weir_error_nomem(error);
    while (!code && text->length > 0) {
        size_t n = 0;
        code = weir_spool_read(s->output->spool, text, block, FULL, &n, error);
        if (!code)
            code = put_out(s, block, n, error);
    }
    weir_free(block);
    return code;
}

/* Whose turn has come, as long as they are there. */
static enum weir_err drain(struct weir_storage *s, struct weir_error *error) {
    struct output *o = s->output;
    enum weir_err code = WEIR_OK;
    bool found = true;
    while (!code && found && weir_spool_waiting(o->spool) > 0) {
        struct weir_spooled text;
        code = weir_spool_take(o->spool, o->next, &text, &found, error);
        if (!code && found) {
            code = put_spooled(s, &text, error);
            o->next++;
        }
    }
    return code;
}

/* The chunks of a body, to stdout or into the spool. */
static enum weir_err move_chunks(struct weir_storage *s,
                                 const struct weir_item *item,
                                 struct weir_spooled *into,
                                 struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    for (struct weir_list *at = item->body.next; !code && at != &item->body;
         at = at->next) {
        struct weir_chunk *c = WEIR_CONTAINER(at, struct weir_chunk, link);
        code = into ? weir_spool_append(s->output->spool, into, c->bytes,
                                        c->len, error)
                    : put_out(s, c->bytes, c->len, error);
    }
    return code;
}

/* o->text, then `spooled`, then the item's chunks, at the item's turn. */
static enum weir_err turn(struct weir_storage *s, const struct weir_item *item,
                          struct weir_spooled *spooled, bool chunks,
                          struct weir_error *error) {
    struct output *o = s->output;
    enum weir_err code = WEIR_OK;
    struct weir_spooled wait = {0};
    if (o->text.failed)
        return weir_error_nomem(error);
    if (!o->ordered || item->n == 0 || item->n == o->next) {
        code = put_out(s, o->text.p, o->text.len, error);
        if (!code)
            code = put_spooled(s, spooled, error);
        if (!code && chunks)
            code = move_chunks(s, item, NULL, error);
        if (item->n == 0 || !o->ordered)
            return code;
        o->next++;
        return code ? code : drain(s, error);
    }
    if (item->n < o->next)
        return WEIR_OK; /* its turn was taken for it at the end */
    if (spooled->length > 0)
        wait = *spooled; /* its head is in front already */
    else
        code =
            weir_spool_append(o->spool, &wait, o->text.p, o->text.len, error);
    if (!code && chunks)
        code = move_chunks(s, item, &wait, error);
    if (!code)
        code = weir_spool_put(o->spool, item->n, &wait, error);
    return code;
}

/* Only these have bodies that are written. */
static const char *reason(int status) {
    switch (status) {
    case 200:
        return " OK";
    case 201:
        return " Created";
    case 202:
        return " Accepted";
    case 203:
        return " Non-Authoritative Information";
    case 206:
        return " Partial Content";
    default:
        return " ";
    }
}

/* As HTTP/1.1 writes it (RFC 9112 section 4), whatever it came by. */
static void put_head(struct weir_buf *out, int status, const char *head) {
    struct weir_str rest = weir_str_of(head), name, value;
    if (weir_str_starts(rest, WEIR_STR("HTTP/"))) {
        struct weir_str line =
            weir_str_sub(rest, 0, weir_str_find(rest, '\n', 0));
        weir_buf_str(out, weir_str_trim(line));
        weir_buf_byte(out, '\n');
    } else {
        weir_buf_fmt(out, "HTTP/1.1 %d%s\n", status, reason(status));
    }
    while (weir_headers_next(&rest, &name, &value)) {
        weir_buf_str(out, name);
        weir_buf_z(out, ": ");
        weir_buf_str(out, value);
        weir_buf_byte(out, '\n');
    }
    weir_buf_byte(out, '\n');
}

enum weir_err storage_output_begin(struct weir_storage *s, struct plan *p,
                                   int status, const char *head,
                                   struct weir_error *error) {
    struct output *o = s->output;
    storage_output_drop(s, p);
    if (!s->config.show_headers)
        return WEIR_OK;
    weir_buf_clear(&o->text);
    put_head(&o->text, status, head);
    if (o->text.failed)
        return weir_error_nomem(error);
    return storage_output_append(s, p, o->text.p, o->text.len, error);
}

enum weir_err storage_output_append(struct weir_storage *s, struct plan *p,
                                    const void *bytes, size_t n,
                                    struct weir_error *error) {
    enum weir_err code =
        weir_spool_append(s->output->spool, &p->spooled, bytes, n, error);
    if (code)
        storage_broken(s, error);
    return code;
}

void storage_output_drop(struct weir_storage *s, struct plan *p) {
    weir_spool_drop(s->output->spool, &p->spooled);
}

enum weir_err storage_output_body(struct weir_storage *s, struct plan *p,
                                  bool whole, struct weir_error *error) {
    struct output *o = s->output;
    struct weir_item *item = p->item;
    enum weir_err code;
    weir_buf_clear(&o->text);
    if (!whole)
        storage_output_drop(s, p);
    else if (s->config.show_headers && !p->streams)
        put_head(&o->text, item->status, item->response_head);
    code = turn(s, item, &p->spooled, whole, error);
    p->spooled = (struct weir_spooled){0};
    if (code)
        storage_broken(s, error);
    return code;
}

enum weir_err storage_output_record(struct weir_storage *s,
                                    const struct weir_item *item,
                                    struct weir_error *error) {
    struct output *o = s->output;
    struct weir_spooled none = {0};
    enum weir_err code;
    weir_buf_clear(&o->text);
    storage_record_put(s, item, &o->text);
    code = turn(s, item, &none, false, error);
    if (code)
        storage_broken(s, error);
    return code;
}

enum weir_err storage_output_rest(struct weir_storage *s,
                                  struct weir_error *error) {
    struct output *o = s->output;
    enum weir_err code = WEIR_OK;
    if (!o || storage_is_broken(s))
        return WEIR_OK;
    while (!code && weir_spool_waiting(o->spool) > 0) {
        o->next++;
        code = drain(s, error);
    }
    return code ? code : storage_output_flush(s, error);
}
