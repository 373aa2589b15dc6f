/* links.h - the links of a page, without a tree.
 *
 * One pass over the page (html_scan.h), linear whatever the page holds; depth
 * does not matter. Links within <template> are left out, those within
 * <noscript> are in. URLs are text as the page has it, references resolved and
 * white space at the ends gone: resolving them is core/url's. Only http and
 * https are for following; the caller decides.
 *
 *     static bool on_link(const struct weir_link *link, void *data) ...
 *
 *     struct weir_links links;
 *     weir_links_init(&links);
 *     err = weir_links_find(&links, page, on_link, data);
 *     ... links.base, links.nofollow ...
 *     weir_links_release(&links);
 */
#ifndef WEIR_DOC_LINKS_H
#define WEIR_DOC_LINKS_H

#include "base/buf.h"

enum weir_link_kind {
    WEIR_LINK_ANCHOR,   /* a, area: what a reader may follow */
    WEIR_LINK_FRAME,    /* iframe, frame */
    WEIR_LINK_REFRESH,  /* meta refresh */
    WEIR_LINK_RELATION, /* link: see rel */
    WEIR_LINK_RESOURCE, /* img, script, source, video... */
    WEIR_LINK_FORM,     /* form action */
    WEIR_LINK_CITE      /* cite of blockquote, q, ins, del */
};

/* All slices are borrowed until the callback returns. */
struct weir_link {
    enum weir_link_kind kind;
    const char *element, *attribute; /* in lower case */
    struct weir_str url;
    struct weir_str rel;  /* as in the page; of a, area, link, form */
    struct weir_str text; /* of an anchor, white space collapsed, cut at 1 KiB;
                           * alt texts of images count. Else alt or "" */
    struct weir_str type; /* type= of link, a, script, source, embed, object */
    bool nofollow;        /* rel has nofollow, or the page's meta robots */
    size_t offset;        /* of the tag in the page */
};

/* false ends the pass. */
typedef bool (*weir_link_fn)(const struct weir_link *link, void *data);

struct weir_links {
    struct weir_buf base; /* href of the first base that has one; "" if none.
                           * It holds for the whole page. */
    bool has_base;
    bool nofollow, noindex; /* meta name=robots, also none */
    struct weir_buf scratch[4];
};

void weir_links_init(struct weir_links *l);
void weir_links_release(struct weir_links *l);
/* In the order of the page, but an anchor comes when it ends, after the links
 * inside of it. Page in UTF-8. WEIR_E_NOMEM. */
enum weir_err weir_links_find(struct weir_links *l, struct weir_str page,
                              weir_link_fn on_link, void *data);

/* The URL of a meta refresh ("5; url=x", HTML Standard section 4.2.5.3), false
 * if there is none. */
bool weir_links_refresh(struct weir_str content, struct weir_str *url);
/* The next URL of a srcset (section 4.8.4.3.10); *rest goes on behind it. */
bool weir_links_srcset(struct weir_str *rest, struct weir_str *url);

#endif
