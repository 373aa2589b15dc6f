/* feed_pages.h - a feed too long for one document (RFC 5005): which items stand
 * in which document, what it is called and what it links to.
 *
 * Paged (section 3): feed.xml holds the newest items, feed-2.xml the next ones
 * and so on; with every new item all of them move.
 *
 * Archived (section 4): feed-1.xml holds the oldest items, feed-2.xml the next
 * ones, and feed.xml, which readers subscribe to, the newest. A document that
 * is full does not change any more, but for the link to the next archive.
 *
 * Items are counted newest first. Document 0 is feed.xml. */
#ifndef WEIR_SINK_FEED_PAGES_H
#define WEIR_SINK_FEED_PAGES_H

#include "sink/feed.h"

struct weir_feed_paging {
    struct weir_str self; /* the feed's URL, or empty: links are relative */
    const char *file;     /* the name of its file, or NULL */
    size_t count;         /* items */
    uint64_t size;        /* of one document; 0 = all in one */
    bool archive;
};

struct weir_feed_span {
    size_t number; /* in the document's name; 0 = none */
    size_t from, to;
};

size_t weir_feed_documents(const struct weir_feed_paging *p); /* at least 1 */
struct weir_feed_span weir_feed_span(const struct weir_feed_paging *p,
                                     size_t i);
/* The links of document i, `self` included if it is known; in the arena. */
enum weir_err weir_feed_page_links(const struct weir_feed_paging *p, size_t i,
                                   struct weir_arena *arena,
                                   struct weir_feed_links *out);
/* "a/feed.xml" and 2: "a/feed-2.xml", of paths and of URLs; for weir_free, NULL
 * = no memory. */
char *weir_feed_numbered(struct weir_str name, size_t number);

#endif
