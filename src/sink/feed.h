/* feed.h - RSS 2.0 and Atom 1.0 documents, in parts; for the files of this
 * folder that make feeds (record_feed.c puts them together).
 *
 * Everything that comes out is well-formed XML in UTF-8, whatever the record
 * says, and depends on nothing but the arguments. */
#ifndef WEIR_SINK_FEED_H
#define WEIR_SINK_FEED_H

#include "base/arena.h"
#include "base/buf.h"
#include "core/job.h"
#include "core/members.h"
#include "core/url.h"
#include "sink/records.h"

/* ---- an item: parts of a record, checked and cleaned ---- */

struct weir_feed_item {
    struct weir_str title, link, guid, author;
    struct weir_str description; /* at most 4,000 bytes */
    struct weir_str content;     /* HTML, or empty */
    struct weir_str enclosure, type;
    uint64_t length;
    struct weir_str duration, episode, season, image, explicit_;
    struct weir_str transcript, chapters;
    bool permalink; /* the guid is the item's own page */
    bool has_date;
    int64_t date;
    int64_t retrieved;
    const char *unreadable; /* a part that could not be read, or NULL */
};

struct weir_feed_source {
    const struct weir_output *output;
    const struct weir_url *base; /* of relative URLs; NULL = none */
    weir_record_measure measure; /* or NULL */
    void *data;
};

/* Texts lie in the arena or in the record. WEIR_E_NOMEM. */
enum weir_err weir_feed_item_read(const struct weir_feed_source *source,
                                  const struct weir_members *m,
                                  const struct weir_record *record,
                                  struct weir_arena *arena,
                                  struct weir_feed_item *out);
/* The absolute URL of an item's enclosure, empty = none; in the arena. */
enum weir_err weir_feed_item_enclosure(const struct weir_feed_source *source,
                                       const struct weir_members *m,
                                       struct weir_arena *arena,
                                       struct weir_str *out);

/* ---- a document ---- */

/* RFC 5005: where its neighbours are; empty = none. */
struct weir_feed_links {
    struct weir_str self, first, last, previous, next;   /* section 3 */
    struct weir_str current, prev_archive, next_archive; /* section 4 */
    bool archive; /* the document is an archive of the feed */
};

struct weir_feed_document {
    const struct weir_output *output; /* its channel */
    struct weir_feed_links links;
    int64_t updated; /* newest retrieval; valid with has_items */
    bool has_items, has_enclosures;
};

/* The first channel value of a name; empty = none. */
struct weir_str weir_feed_channel(const struct weir_output *output,
                                  const char *name);

struct weir_feed_format {
    enum weir_err (*head)(const struct weir_feed_document *d,
                          struct weir_buf *out);
    enum weir_err (*item)(const struct weir_feed_item *item,
                          struct weir_buf *out);
    enum weir_err (*tail)(struct weir_buf *out);
};
extern const struct weir_feed_format weir_feed_rss, weir_feed_atom;

/* ---- texts ---- */

enum { WEIR_FEED_DESCRIPTION_MAX = 4000 };

/* Appends text or HTML, cut to at most max bytes: between characters, outside
 * of tags and entities, with "..." (U+2026) and the open elements closed. */
enum weir_err weir_feed_cut(struct weir_str text, size_t max,
                            struct weir_buf *out);
/* itunes:duration: "3723", "1:02:03" as they are; "PT1H2M3S" and fractions
 * become seconds. False: none of these. */
bool weir_feed_duration(struct weir_str text, struct weir_buf *out);
/* "true" or "false" of yes, no, true, false, explicit, clean; else empty. */
struct weir_str weir_feed_truth(struct weir_str text);

/* ---- XML; attributes without a value are left out ---- */

struct weir_feed_attribute {
    const char *name;
    struct weir_str value;
};
/* <name a="...">text</name>, or with an empty text the start tag alone, for
 * weir_feed_close. */
void weir_feed_tag(struct weir_buf *out, int indent, const char *name,
                   const struct weir_feed_attribute *attributes, size_t count,
                   struct weir_str text);
void weir_feed_close(struct weir_buf *out, int indent, const char *name);
/* <name a="..."/> */
void weir_feed_empty(struct weir_buf *out, int indent, const char *name,
                     const struct weir_feed_attribute *attributes,
                     size_t count);
/* <name>text</name>, nothing for an empty text. */
void weir_feed_element(struct weir_buf *out, int indent, const char *name,
                       struct weir_str text);
/* <name rel="..." href="..." type="..."/>, nothing for an empty href. */
void weir_feed_link(struct weir_buf *out, int indent, const char *name,
                    const char *rel, struct weir_str href, const char *type);

#endif
