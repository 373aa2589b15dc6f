/* Why: RSS 2.0 with what podcast directories ask for: the iTunes tags, the
 * Podcasting 2.0 tags, RFC 5005's links. The order of elements is fixed, so
 * that two runs over the same records give the same bytes. */
#include "sink/feed.h"

#include "core/httpdate.h"
#include "core/mediatype.h"
#include "sink/uuid5.h"

#include <string.h>

static const char opening[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<rss version=\"2.0\"\n"
    "     xmlns:atom=\"http://www.w3.org/2005/Atom\"\n"
    "     xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"\n"
    "     xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n"
    "     xmlns:fh=\"http://purl.org/syndication/history/1.0\"\n"
    "     xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"\n"
    "     xmlns:podcast=\"https://podcastindex.org/namespace/1.0\">\n"
    "  <channel>\n";

static void put_date(struct weir_buf *out, int indent, const char *name,
                     int64_t t) {
    struct weir_buf b;
    weir_buf_init(&b, 32);
    weir_httpdate_put(&b, t);
    out->failed |= b.failed;
    weir_feed_element(out, indent, name, weir_buf_view(&b));
    weir_buf_release(&b);
}

/* ---- channel ---- */

static void put_image(const struct weir_output *o, struct weir_buf *out) {
    struct weir_str image = weir_feed_channel(o, "image");
    if (image.n == 0)
        return;
    weir_buf_z(out, "    <image>\n");
    weir_feed_element(out, 6, "url", image);
    weir_feed_element(out, 6, "title", weir_feed_channel(o, "title"));
    weir_feed_element(out, 6, "link", weir_feed_channel(o, "link"));
    weir_buf_z(out, "    </image>\n");
}

static void put_links(const struct weir_feed_document *d,
                      struct weir_buf *out) {
    static const char type[] = "application/rss+xml", name[] = "atom:link";
    const struct weir_feed_links *l = &d->links;
    weir_feed_link(out, 4, name, "self", l->self, type);
    weir_feed_link(out, 4, name, "first", l->first, type);
    weir_feed_link(out, 4, name, "last", l->last, type);
    weir_feed_link(out, 4, name, "previous", l->previous, type);
    weir_feed_link(out, 4, name, "next", l->next, type);
    weir_feed_link(out, 4, name, "current", l->current, type);
    weir_feed_link(out, 4, name, "prev-archive", l->prev_archive, type);
    weir_feed_link(out, 4, name, "next-archive", l->next_archive, type);
    weir_feed_link(out, 4, name, "hub", weir_feed_channel(d->output, "hub"),
                   NULL);
    if (l->archive)
        weir_feed_empty(out, 4, "fh:archive", NULL, 0);
}

/* "Arts" or "Arts/Books": a category, perhaps with one inside. */
static void put_category(struct weir_str value, struct weir_buf *out) {
    struct weir_str whole, part;
    weir_str_cut(value, '/', &whole, &part);
    struct weir_feed_attribute outer = {"text", weir_str_trim(whole)};
    struct weir_feed_attribute inner = {"text", weir_str_trim(part)};
    if (outer.value.n == 0)
        return;
    if (inner.value.n == 0) {
        weir_feed_empty(out, 4, "itunes:category", &outer, 1);
        return;
    }
    weir_feed_tag(out, 4, "itunes:category", &outer, 1, weir_str_make(NULL, 0));
    weir_feed_empty(out, 6, "itunes:category", &inner, 1);
    weir_feed_close(out, 4, "itunes:category");
}

static void put_owner(const struct weir_output *o, struct weir_buf *out) {
    struct weir_str name = weir_feed_channel(o, "owner.name");
    struct weir_str email = weir_feed_channel(o, "owner.email");
    if (name.n == 0 && email.n == 0)
        return;
    weir_buf_z(out, "    <itunes:owner>\n");
    weir_feed_element(out, 6, "itunes:name", name);
    weir_feed_element(out, 6, "itunes:email", email);
    weir_buf_z(out, "    </itunes:owner>\n");
}

/* Tags whose only value is "Yes". */
static void put_yes(const struct weir_output *o, const char *key,
                    const char *name, struct weir_buf *out) {
    if (weir_str_eq(weir_feed_truth(weir_feed_channel(o, key)),
                    WEIR_STR("true")))
        weir_feed_element(out, 4, name, WEIR_STR("Yes"));
}

static void put_itunes(const struct weir_feed_document *d,
                       struct weir_buf *out) {
    static const char *const plain[][2] = {
        {"author", "itunes:author"},
        {"type", "itunes:type"},
        {"summary", "itunes:summary"},
        {"subtitle", "itunes:subtitle"},
        {"keywords", "itunes:keywords"},
        {"new_feed_url", "itunes:new-feed-url"},
    };
    const struct weir_output *o = d->output;
    struct weir_str explicit_ =
        weir_feed_truth(weir_feed_channel(o, "explicit"));
    struct weir_feed_attribute image = {"href", weir_feed_channel(o, "image")};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        weir_feed_element(out, 4, plain[i][1],
                          weir_feed_channel(o, plain[i][0]));
    put_owner(o, out);
    if (image.value.n > 0)
        weir_feed_empty(out, 4, "itunes:image", &image, 1);
    for (size_t i = 0; i < o->channel_count; i++)
        if (strcmp(o->channel[i].name, "category") == 0)
            put_category(weir_str_of(o->channel[i].value), out);
    /* Directories require it of podcasts. */
    if (explicit_.n == 0 && d->has_enclosures)
        explicit_ = WEIR_STR("false");
    weir_feed_element(out, 4, "itunes:explicit", explicit_);
    put_yes(o, "block", "itunes:block", out);
    put_yes(o, "complete", "itunes:complete", out);
}

static enum weir_err put_podcast(const struct weir_feed_document *d,
                                 struct weir_buf *out) {
    const struct weir_output *o = d->output;
    struct weir_str guid = weir_feed_channel(o, "guid");
    struct weir_str self = weir_feed_channel(o, "self");
    struct weir_str locked = weir_feed_truth(weir_feed_channel(o, "locked"));
    struct weir_str url = weir_feed_channel(o, "funding.url");
    char uuid[WEIR_UUID_TEXT];
    if (guid.n == 0 && self.n > 0) {
        if (weir_uuid5_podcast(self, uuid))
            return WEIR_E_NOMEM;
        guid = weir_str_of(uuid);
    }
    weir_feed_element(out, 4, "podcast:guid", guid);
    if (locked.n > 0) {
        struct weir_feed_attribute owner = {
            "owner", weir_feed_channel(o, "locked.owner")};
        bool yes = weir_str_eq(locked, WEIR_STR("true"));
        if (owner.value.n == 0)
            owner.value = weir_feed_channel(o, "owner.email");
        weir_feed_tag(out, 4, "podcast:locked", &owner, 1,
                      yes ? WEIR_STR("yes") : WEIR_STR("no"));
    }
    weir_feed_element(out, 4, "podcast:medium", weir_feed_channel(o, "medium"));
    if (url.n > 0) {
        struct weir_feed_attribute attribute = {"url", url};
        struct weir_str text = weir_feed_channel(o, "funding.text");
        weir_feed_tag(out, 4, "podcast:funding", &attribute, 1,
                      text.n > 0 ? text : url);
    }
    return WEIR_OK;
}

static enum weir_err put_head(const struct weir_feed_document *d,
                              struct weir_buf *out) {
    const struct weir_output *o = d->output;
    struct weir_str title = weir_feed_channel(o, "title");
    struct weir_str description = weir_feed_channel(o, "description");
    weir_buf_z(out, opening);
    weir_feed_element(out, 4, "title", title);
    weir_feed_element(out, 4, "link", weir_feed_channel(o, "link"));
    weir_feed_element(out, 4, "description",
                      description.n > 0 ? description : title);
    weir_feed_element(out, 4, "language", weir_feed_channel(o, "language"));
    weir_feed_element(out, 4, "copyright", weir_feed_channel(o, "copyright"));
    if (d->has_items)
        put_date(out, 4, "lastBuildDate", d->updated);
    weir_feed_element(out, 4, "generator", WEIR_STR("weir " WEIR_VERSION));
    weir_feed_element(out, 4, "ttl", weir_feed_channel(o, "ttl"));
    put_image(o, out);
    put_links(d, out);
    put_itunes(d, out);
    enum weir_err code = put_podcast(d, out);
    return code || !out->failed ? code : WEIR_E_NOMEM;
}

/* ---- items ---- */

/* The type that podcast:transcript requires. */
static const char *transcript_type(struct weir_str url) {
    const char *type = weir_mediatype_of_path(url);
    return type ? type : "text/html";
}

static void put_media(const struct weir_feed_item *item, struct weir_buf *out) {
    struct weir_buf b;
    weir_buf_init(&b, 24);
    weir_buf_fmt(&b, "%llu", (unsigned long long)item->length);
    out->failed |= b.failed;
    const struct weir_feed_attribute attributes[] = {
        {"url", item->enclosure},
        {"length", weir_buf_view(&b)},
        {"type", item->type},
    };
    weir_feed_empty(out, 6, "enclosure", attributes, 3);
    weir_buf_release(&b);
}

static void put_extras(const struct weir_feed_item *item,
                       struct weir_buf *out) {
    weir_feed_element(out, 6, "itunes:author", item->author);
    weir_feed_element(out, 6, "itunes:duration", item->duration);
    weir_feed_element(out, 6, "itunes:season", item->season);
    weir_feed_element(out, 6, "itunes:episode", item->episode);
    weir_feed_element(out, 6, "itunes:explicit", item->explicit_);
    if (item->image.n > 0) {
        struct weir_feed_attribute image = {"href", item->image};
        weir_feed_empty(out, 6, "itunes:image", &image, 1);
    }
    if (item->transcript.n > 0) {
        const struct weir_feed_attribute transcript[] = {
            {"url", item->transcript},
            {"type", weir_str_of(transcript_type(item->transcript))}};
        weir_feed_empty(out, 6, "podcast:transcript", transcript, 2);
    }
    if (item->chapters.n > 0) {
        const struct weir_feed_attribute chapters[] = {
            {"url", item->chapters},
            {"type", WEIR_STR("application/json+chapters")}};
        weir_feed_empty(out, 6, "podcast:chapters", chapters, 2);
    }
}

static enum weir_err put_item(const struct weir_feed_item *item,
                              struct weir_buf *out) {
    const struct weir_feed_attribute permalink = {
        "isPermaLink", item->permalink ? WEIR_STR("true") : WEIR_STR("false")};
    weir_buf_z(out, "    <item>\n");
    weir_feed_element(out, 6, "title", item->title);
    weir_feed_element(out, 6, "link", item->link);
    weir_feed_tag(out, 6, "guid", &permalink, 1, item->guid);
    if (item->has_date)
        put_date(out, 6, "pubDate", item->date);
    weir_feed_element(out, 6, "description", item->description);
    weir_feed_element(out, 6, "content:encoded", item->content);
    weir_feed_element(out, 6, "dc:creator", item->author);
    if (item->enclosure.n > 0)
        put_media(item, out);
    put_extras(item, out);
    weir_buf_z(out, "    </item>\n");
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

static enum weir_err put_tail(struct weir_buf *out) {
    return weir_buf_z(out, "  </channel>\n</rss>\n");
}

const struct weir_feed_format weir_feed_rss = {
    .head = put_head,
    .item = put_item,
    .tail = put_tail,
};
