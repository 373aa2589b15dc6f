/* Why: Atom 1.0 (RFC 4287), the same records for readers that prefer it. What
 * it requires and a record may lack is made up from what there is: an id, a
 * title, a date, an author. */
#include "sink/feed.h"

#include "core/httpdate.h"
#include "sink/uuid5.h"

#include <string.h>

static const char type[] = "application/atom+xml";

static void put_date(struct weir_buf *out, int indent, const char *name,
                     int64_t t) {
    struct weir_buf b;
    weir_buf_init(&b, 32);
    weir_httpdate_put_rfc3339(&b, t);
    out->failed |= b.failed;
    weir_feed_element(out, indent, name, weir_buf_view(&b));
    weir_buf_release(&b);
}

/* An id is an IRI (section 4.2.6): a URL, a urn or the like stays, of anything
 * else the UUID. */
static bool is_iri(struct weir_str s) {
    size_t colon = weir_str_find(s, ':', 0);
    if (colon == 0 || colon + 1 >= s.n || !weir_is_alpha(s.p[0]))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c == 0x7F || memchr("<>\"{}|\\^`", c, 9) ||
            (i < colon && !weir_is_alnum((char)c) && !memchr("+-.", c, 3)))
            return false;
    }
    return true;
}

static enum weir_err put_id(struct weir_buf *out, int indent,
                            struct weir_str name) {
    char urn[sizeof "urn:uuid:" + WEIR_UUID_TEXT] = "urn:uuid:";
    if (is_iri(name)) {
        weir_feed_element(out, indent, "id", name);
        return WEIR_OK;
    }
    if (weir_uuid5(WEIR_UUID_URL, name, urn + strlen(urn)))
        return WEIR_E_NOMEM;
    weir_feed_element(out, indent, "id", weir_str_of(urn));
    return WEIR_OK;
}

static void put_author(struct weir_buf *out, int indent, struct weir_str name,
                       struct weir_str email) {
    if (name.n == 0)
        return;
    weir_feed_tag(out, indent, "author", NULL, 0, weir_str_make(NULL, 0));
    weir_feed_element(out, indent + 2, "name", name);
    weir_feed_element(out, indent + 2, "email", email);
    weir_feed_close(out, indent, "author");
}

static void put_links(const struct weir_feed_document *d,
                      struct weir_buf *out) {
    const struct weir_feed_links *l = &d->links;
    weir_feed_link(out, 2, "link", "alternate",
                   weir_feed_channel(d->output, "link"), NULL);
    weir_feed_link(out, 2, "link", "self", l->self, type);
    weir_feed_link(out, 2, "link", "first", l->first, type);
    weir_feed_link(out, 2, "link", "last", l->last, type);
    weir_feed_link(out, 2, "link", "previous", l->previous, type);
    weir_feed_link(out, 2, "link", "next", l->next, type);
    weir_feed_link(out, 2, "link", "current", l->current, type);
    weir_feed_link(out, 2, "link", "prev-archive", l->prev_archive, type);
    weir_feed_link(out, 2, "link", "next-archive", l->next_archive, type);
    weir_feed_link(out, 2, "link", "hub", weir_feed_channel(d->output, "hub"),
                   NULL);
    if (l->archive)
        weir_feed_empty(out, 2, "fh:archive", NULL, 0);
}

static void put_categories(const struct weir_output *o, struct weir_buf *out) {
    for (size_t i = 0; i < o->channel_count; i++) {
        struct weir_feed_attribute term = {"term",
                                           weir_str_of(o->channel[i].value)};
        if (strcmp(o->channel[i].name, "category") == 0 && term.value.n > 0)
            weir_feed_empty(out, 2, "category", &term, 1);
    }
}

static enum weir_err put_head(const struct weir_feed_document *d,
                              struct weir_buf *out) {
    const struct weir_output *o = d->output;
    struct weir_str title = weir_feed_channel(o, "title");
    struct weir_str author = weir_feed_channel(o, "author");
    struct weir_str id = weir_feed_channel(o, "guid");
    struct weir_str subtitle = weir_feed_channel(o, "description");
    const struct weir_feed_attribute root[] = {
        {"xmlns", WEIR_STR("http://www.w3.org/2005/Atom")},
        {"xmlns:fh", WEIR_STR("http://purl.org/syndication/history/1.0")},
        {"xml:lang", weir_feed_channel(o, "language")},
    };
    weir_buf_z(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    weir_feed_tag(out, 0, "feed", root, 3, weir_str_make(NULL, 0));
    if (id.n == 0)
        id = weir_feed_channel(o, "self");
    if (id.n == 0)
        id = weir_feed_channel(o, "link");
    enum weir_err code = put_id(out, 2, id.n > 0 ? id : title);
    weir_feed_element(out, 2, "title", title);
    weir_feed_element(out, 2, "subtitle", subtitle);
    put_date(out, 2, "updated", d->has_items ? d->updated : 0);
    put_author(out, 2, author.n > 0 ? author : title,
               weir_feed_channel(o, "owner.email"));
    put_links(d, out);
    put_categories(o, out);
    weir_feed_element(out, 2, "rights", weir_feed_channel(o, "copyright"));
    weir_feed_element(out, 2, "logo", weir_feed_channel(o, "image"));
    const struct weir_feed_attribute version = {"version",
                                                WEIR_STR(WEIR_VERSION)};
    weir_feed_tag(out, 2, "generator", &version, 1, WEIR_STR("weir"));
    return code || !out->failed ? code : WEIR_E_NOMEM;
}

static void put_enclosure(const struct weir_feed_item *item,
                          struct weir_buf *out) {
    struct weir_buf b;
    weir_buf_init(&b, 24);
    if (item->length > 0)
        weir_buf_fmt(&b, "%llu", (unsigned long long)item->length);
    out->failed |= b.failed;
    const struct weir_feed_attribute attributes[] = {
        {"rel", WEIR_STR("enclosure")},
        {"href", item->enclosure},
        {"length", weir_buf_view(&b)},
        {"type", item->type},
    };
    weir_feed_empty(out, 4, "link", attributes, 4);
    weir_buf_release(&b);
}

static enum weir_err put_item(const struct weir_feed_item *item,
                              struct weir_buf *out) {
    const struct weir_feed_attribute html = {"type", WEIR_STR("html")};
    struct weir_str title = item->title;
    bool has_content = item->content.n > 0;
    weir_feed_tag(out, 2, "entry", NULL, 0, weir_str_make(NULL, 0));
    enum weir_err code = put_id(out, 4, item->guid);
    if (title.n == 0)
        title = item->link.n > 0 ? item->link : item->guid;
    weir_feed_element(out, 4, "title", title);
    put_date(out, 4, "updated", item->has_date ? item->date : item->retrieved);
    if (item->has_date)
        put_date(out, 4, "published", item->date);
    put_author(out, 4, item->author, weir_str_make(NULL, 0));
    weir_feed_link(out, 4, "link", "alternate", item->link, NULL);
    if (item->enclosure.n > 0)
        put_enclosure(item, out);
    if (has_content && item->description.n > 0)
        weir_feed_tag(out, 4, "summary", &html, 1, item->description);
    /* Section 4.1.2: without an alternate link there must be content. */
    if (has_content || item->description.n > 0 || item->link.n == 0)
        weir_feed_tag(out, 4, "content", &html, 1,
                      has_content               ? item->content
                      : item->description.n > 0 ? item->description
                                                : title);
    weir_feed_close(out, 2, "entry");
    return code || !out->failed ? code : WEIR_E_NOMEM;
}

static enum weir_err put_tail(struct weir_buf *out) {
    return weir_buf_z(out, "</feed>\n");
}

const struct weir_feed_format weir_feed_atom = {
    .head = put_head,
    .item = put_item,
    .tail = put_tail,
};
