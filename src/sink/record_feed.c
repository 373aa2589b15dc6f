/* Why: a feed is made anew from all items of the store. They come in the
 * order of the input and go out newest first, so each is rendered at once into
 * a spool (memory first, then a file without a name), and only its date, place
 * and length stay: 56 bytes an item, however long its notes are.
 *
 *     put: record -> item -> bytes in the spool, entry in the list
 *     tail: sort entries, drop doubled guids, write the documents
 */
#include "sink/feed.h"
#include "sink/feed_pages.h"
#include "sink/record_type.h"

#include "base/hash.h"
#include "base/mem.h"
#include "store/os.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPOOL_MEMORY = 4 << 20 };

struct entry {
    int64_t date, retrieved;
    uint64_t index; /* in the order of the input */
    uint64_t guid;  /* its hash */
    uint64_t offset;
    size_t length;
    bool dated, enclosure;
};

struct feed {
    const struct weir_feed_format *format;
    struct weir_feed_source source;
    struct weir_url base;
    bool has_base;
    struct weir_arena *arena; /* of the item at hand */
    struct entry *entries;
    size_t count, cap;
    struct weir_buf spool; /* what is not in the file yet */
    uint64_t spooled;      /* bytes in the file */
    int fd;
    struct weir_outfile **pages; /* documents besides the main one */
    size_t page_count;
};

/* ---- the spool ---- */

static enum weir_err spool_failed(struct weir_record_sink *s,
                                  struct weir_error *error) {
    return weir_error_set(error, WEIR_E_IO, "output %s: temporary file: %s",
                          weir_record_name(s), strerror(errno));
}

static enum weir_err spool_drain(struct weir_record_sink *s, struct feed *f,
                                 struct weir_error *error) {
    if (f->spool.len < SPOOL_MEMORY)
        return WEIR_OK;
    if (f->fd < 0 && (f->fd = weir_os_temporary(NULL)) < 0)
        return spool_failed(s, error);
    if (weir_os_pwrite_all(f->fd, f->spool.p, f->spool.len,
                           (off_t)f->spooled) != 0)
        return spool_failed(s, error);
    f->spooled += f->spool.len;
    weir_buf_clear(&f->spool);
    return WEIR_OK;
}

/* Hands an entry's bytes to the file. */
static enum weir_err spool_copy(struct weir_record_sink *s, struct feed *f,
                                const struct entry *e,
                                struct weir_outfile *file,
                                struct weir_error *error) {
    if (e->offset >= f->spooled)
        return weir_outfile_write(
            file,
            weir_str_make(f->spool.p + (e->offset - f->spooled), e->length),
            error);
    weir_buf_clear(&s->line);
    if (weir_buf_reserve(&s->line, e->length))
        return weir_error_nomem(error);
    if (weir_os_pread_all(f->fd, s->line.p, e->length, (off_t)e->offset) != 0)
        return spool_failed(s, error);
    return weir_outfile_write(file, weir_str_make(s->line.p, e->length), error);
}

/* ---- items ---- */

static enum weir_err make_room(struct feed *f) {
    if (f->count < f->cap)
        return WEIR_OK;
    size_t cap = f->cap ? f->cap * 2 : 256;
    void *p = weir_reallocarray(f->entries, cap, sizeof *f->entries);
    if (!p)
        return WEIR_E_NOMEM;
    f->entries = p;
    f->cap = cap;
    return WEIR_OK;
}

static enum weir_err put_item(struct weir_record_sink *s,
                              const struct weir_record *record,
                              struct weir_error *error) {
    struct feed *f = s->own;
    struct weir_feed_item item;
    size_t from = f->spool.len;
    weir_arena_reset(f->arena);
    if (weir_feed_item_read(&f->source, &s->members, record, f->arena, &item) ||
        make_room(f) || f->format->item(&item, &f->spool))
        return weir_error_nomem(error);
    if (item.unreadable)
        weir_record_problem(s, "output %s: %s of %.*s could not be read",
                            weir_record_name(s), item.unreadable,
                            WEIR_STR_ARG(item.guid));
    f->entries[f->count] = (struct entry){
        .date = item.date,
        .retrieved = item.retrieved,
        .index = f->count,
        .guid = weir_hash_seeded(item.guid, s->seed),
        .offset = f->spooled + from,
        .length = f->spool.len - from,
        .dated = item.has_date,
        .enclosure = item.enclosure.n > 0,
    };
    f->count++;
    return spool_drain(s, f, error);
}

/* Newest first; what has no date after that; ties as they stood on the page. */
static int compare(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    if (a->dated != b->dated)
        return a->dated ? -1 : 1;
    if (a->dated && a->date != b->date)
        return a->date > b->date ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* A guid stands once in a feed: its first item stays. */
static enum weir_err drop_doubled(struct feed *f) {
    struct weir_hashset guids;
    enum weir_err code = WEIR_OK;
    size_t kept = 0;
    weir_hashset_init(&guids);
    for (size_t i = 0; !code && i < f->count; i++) {
        bool added = false;
        code = weir_hashset_add(&guids, f->entries[i].guid, &added);
        if (added)
            f->entries[kept++] = f->entries[i];
    }
    weir_hashset_release(&guids);
    f->count = kept;
    return code;
}

/* ---- documents ---- */

static enum weir_err write_document(struct weir_record_sink *s, struct feed *f,
                                    struct weir_feed_document *d,
                                    struct weir_feed_span span,
                                    struct weir_outfile *file,
                                    struct weir_error *error) {
    enum weir_err code;
    d->has_items = span.to > span.from;
    for (size_t i = span.from; i < span.to; i++)
        if (i == span.from || f->entries[i].retrieved > d->updated)
            d->updated = f->entries[i].retrieved;
    weir_buf_clear(&s->line);
    if (f->format->head(d, &s->line))
        return weir_error_nomem(error);
    code = weir_outfile_write(file, weir_buf_view(&s->line), error);
    for (size_t i = span.from; !code && i < span.to; i++)
        code = spool_copy(s, f, &f->entries[i], file, error);
    weir_buf_clear(&s->line);
    if (!code && f->format->tail(&s->line))
        return weir_error_nomem(error);
    return code ? code
                : weir_outfile_write(file, weir_buf_view(&s->line), error);
}

/* A document besides the main one; its file is kept for finish. */
static enum weir_err write_page(struct weir_record_sink *s, struct feed *f,
                                struct weir_feed_document *d,
                                struct weir_feed_span span,
                                struct weir_error *error) {
    struct weir_outfile *file;
    char *path = weir_feed_numbered(weir_str_of(s->path), span.number);
    if (!path)
        return weir_error_nomem(error);
    enum weir_err code =
        weir_outfile_replace(&file, path, s->config.durable, error);
    weir_free(path);
    if (code)
        return code;
    f->pages[f->page_count++] = file;
    code = write_document(s, f, d, span, file, error);
    return code ? code : weir_outfile_flush(file, NULL, error);
}

static enum weir_err write_one(struct weir_record_sink *s,
                               const struct weir_feed_paging *paging, size_t i,
                               bool has_enclosures, struct weir_error *error) {
    struct feed *f = s->own;
    struct weir_feed_document d = {.output = s->output,
                                   .has_enclosures = has_enclosures};
    struct weir_feed_span span = weir_feed_span(paging, i);
    weir_arena_reset(f->arena);
    if (weir_feed_page_links(paging, i, f->arena, &d.links))
        return weir_error_nomem(error);
    return i == 0 ? write_document(s, f, &d, span, s->file, error)
                  : write_page(s, f, &d, span, error);
}

static enum weir_err write_feed(struct weir_record_sink *s,
                                struct weir_error *error) {
    struct feed *f = s->own;
    enum weir_err code = WEIR_OK;
    bool has_enclosures = false;
    if (f->count > 0)
        qsort(f->entries, f->count, sizeof *f->entries, compare);
    if (drop_doubled(f))
        return weir_error_nomem(error);
    for (size_t i = 0; i < f->count; i++)
        has_enclosures |= f->entries[i].enclosure;
    const char *slash = s->path ? strrchr(s->path, '/') : NULL;
    struct weir_feed_paging paging = {
        .self = weir_feed_channel(s->output, "self"),
        .file = slash ? slash + 1 : s->path,
        .count = f->count,
        .size = s->output->page_size,
        .archive = s->output->archive,
    };
    size_t total = weir_feed_documents(&paging);
    f->pages = weir_calloc(total, sizeof(struct weir_outfile *));
    if (!f->pages)
        return weir_error_nomem(error);
    for (size_t i = 0; !code && i < total; i++)
        code = write_one(s, &paging, i, has_enclosures, error);
    s->written = f->count;
    return code;
}

/* The other documents first: who reads the main one finds what it names. */
static enum weir_err finish_feed(struct weir_record_sink *s, bool complete,
                                 struct weir_error *error) {
    struct feed *f = s->own;
    enum weir_err code = WEIR_OK;
    for (size_t i = 0; !code && i < f->page_count; i++)
        code = weir_outfile_finish(f->pages[i], complete, error);
    return code;
}

/* ---- opening ---- */

static enum weir_err open_feed(struct weir_record_sink *s,
                               const struct weir_feed_format *format,
                               struct weir_error *error) {
    struct weir_str link = weir_feed_channel(s->output, "link");
    struct feed *f = weir_calloc(1, sizeof *f);
    enum weir_err code;
    if (!f)
        return weir_error_nomem(error);
    s->own = f;
    f->fd = -1;
    f->format = format;
    weir_buf_init(&f->spool, 0);
    if (s->output->page_size > 0 && !s->path)
        return weir_error_set(error, WEIR_E_USAGE,
                              "output -: page_size needs files; name a path");
    if (!(f->arena = weir_arena_create(0)))
        return weir_error_nomem(error);
    code = weir_url_parse(&f->base, link, NULL, NULL);
    if (code == WEIR_E_NOMEM)
        return weir_error_nomem(error);
    f->has_base = code == WEIR_OK;
    f->source = (struct weir_feed_source){
        .output = s->output,
        .base = f->has_base ? &f->base : NULL,
        .measure = s->config.measure,
        .data = s->config.data,
    };
    return WEIR_OK;
}

static enum weir_err open_rss(struct weir_record_sink *s,
                              struct weir_error *error) {
    return open_feed(s, &weir_feed_rss, error);
}

static enum weir_err open_atom(struct weir_record_sink *s,
                               struct weir_error *error) {
    return open_feed(s, &weir_feed_atom, error);
}

static void close_feed(struct weir_record_sink *s) {
    struct feed *f = s->own;
    if (!f)
        return;
    for (size_t i = 0; i < f->page_count; i++)
        weir_outfile_destroy(f->pages[i]);
    if (f->has_base)
        weir_url_release(&f->base);
    if (f->fd >= 0)
        close(f->fd);
    weir_arena_destroy(f->arena);
    weir_buf_release(&f->spool);
    weir_free(f->pages);
    weir_free(f->entries);
    weir_free(f);
}

enum weir_err weir_feed_enclosure(const struct weir_output *output,
                                  struct weir_str json, struct weir_buf *url,
                                  struct weir_error *error) {
    struct weir_members m;
    struct weir_url base;
    struct weir_str found = {NULL, 0};
    struct weir_arena *arena = weir_arena_create(0);
    if (!arena)
        return weir_error_nomem(error);
    enum weir_err code =
        weir_url_parse(&base, weir_feed_channel(output, "link"), NULL, NULL);
    if (code == WEIR_E_NOMEM) {
        weir_arena_destroy(arena);
        return weir_error_nomem(error);
    }
    bool has_base = code == WEIR_OK;
    struct weir_feed_source source = {.output = output,
                                      .base = has_base ? &base : NULL};
    weir_members_init(&m);
    code = weir_members_read(&m, json, error);
    if (!code && (weir_feed_item_enclosure(&source, &m, arena, &found) ||
                  weir_buf_str(url, found)))
        code = weir_error_nomem(error);
    weir_members_release(&m);
    if (has_base)
        weir_url_release(&base);
    weir_arena_destroy(arena);
    return code;
}

const struct weir_record_type weir_record_rss = {
    .name = "rss",
    .open = open_rss,
    .put = put_item,
    .tail = write_feed,
    .finish = finish_feed,
    .close = close_feed,
};

const struct weir_record_type weir_record_atom = {
    .name = "atom",
    .open = open_atom,
    .put = put_item,
    .tail = write_feed,
    .finish = finish_feed,
    .close = close_feed,
};
