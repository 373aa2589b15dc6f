/* Why: the arithmetic of documents apart from the writing of them. */
#include "sink/feed_pages.h"

#include "base/mem.h"

char *weir_feed_numbered(struct weir_str name, size_t number) {
    struct weir_buf b;
    struct weir_str path, query;
    bool asks = weir_str_cut(name, '?', &path, &query);
    size_t dot = path.n, i = path.n;
    while (i > 0 && path.p[i - 1] != '/') {
        i--;
        if (path.p[i] == '.' && dot == path.n)
            dot = i;
    }
    if (dot == i)
        dot = path.n; /* ".xml" is a name, not an ending */
    weir_buf_init(&b, 0);
    weir_buf_str(&b, weir_str_sub(path, 0, dot));
    weir_buf_fmt(&b, "-%zu", number);
    weir_buf_str(&b, weir_str_sub(path, dot, path.n));
    if (asks) {
        weir_buf_byte(&b, '?');
        weir_buf_str(&b, query);
    }
    return weir_buf_detach(&b);
}

size_t weir_feed_documents(const struct weir_feed_paging *p) {
    if (p->size == 0 || p->count <= p->size)
        return 1;
    return (size_t)((p->count - 1) / p->size) + 1;
}

struct weir_feed_span weir_feed_span(const struct weir_feed_paging *p,
                                     size_t i) {
    size_t total = weir_feed_documents(p);
    size_t size = total > 1 ? (size_t)p->size : p->count;
    if (!p->archive) {
        size_t end = i + 1 < total ? (i + 1) * size : p->count;
        return (struct weir_feed_span){i > 0 ? i + 1 : 0, i * size, end};
    }
    size_t end = p->count - (i > 0 ? i - 1 : total - 1) * size;
    return (struct weir_feed_span){i, i > 0 ? end - size : 0, end};
}

/* The URL of document i. */
static enum weir_err document_url(const struct weir_feed_paging *p, size_t i,
                                  struct weir_arena *arena,
                                  struct weir_str *out) {
    size_t number = weir_feed_span(p, i).number;
    struct weir_buf name;
    weir_buf_init(&name, 0);
    if (p->self.n > 0)
        weir_buf_str(&name, p->self);
    else
        weir_url_put_encoded(weir_str_of(p->file), &name);
    char *url = number > 0 ? weir_feed_numbered(weir_buf_view(&name), number)
                           : weir_str_dup(weir_buf_view(&name));
    char *kept =
        url && !name.failed ? weir_arena_dup(arena, weir_str_of(url)) : NULL;
    weir_buf_release(&name);
    weir_free(url);
    *out = weir_str_of(kept);
    return kept ? WEIR_OK : WEIR_E_NOMEM;
}

static enum weir_err paged_links(const struct weir_feed_paging *p, size_t i,
                                 struct weir_arena *a,
                                 struct weir_feed_links *l) {
    size_t last = weir_feed_documents(p) - 1;
    enum weir_err code;
    if (last == 0)
        return WEIR_OK;
    if ((code = document_url(p, 0, a, &l->first)) ||
        (code = document_url(p, last, a, &l->last)))
        return code;
    if (i > 0 && (code = document_url(p, i - 1, a, &l->previous)))
        return code;
    return i < last ? document_url(p, i + 1, a, &l->next) : WEIR_OK;
}

/* The feed itself continues in the newest archive. */
static enum weir_err archived_links(const struct weir_feed_paging *p, size_t i,
                                    struct weir_arena *a,
                                    struct weir_feed_links *l) {
    size_t newest = weir_feed_documents(p) - 1;
    size_t previous = i == 0 ? newest : i - 1;
    enum weir_err code;
    l->archive = i > 0;
    if (previous > 0 && (code = document_url(p, previous, a, &l->prev_archive)))
        return code;
    if (i > 0 && (code = document_url(p, 0, a, &l->current)))
        return code;
    return i > 0 && i < newest ? document_url(p, i + 1, a, &l->next_archive)
                               : WEIR_OK;
}

enum weir_err weir_feed_page_links(const struct weir_feed_paging *p, size_t i,
                                   struct weir_arena *arena,
                                   struct weir_feed_links *out) {
    enum weir_err code = p->archive ? archived_links(p, i, arena, out)
                                    : paged_links(p, i, arena, out);
    return code || p->self.n == 0 ? code
                                  : document_url(p, i, arena, &out->self);
}
