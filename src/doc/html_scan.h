/* html_scan.h - a page as a stream of tags and texts, without a tree.
 *
 * A tokenizer after the HTML Standard (section 13.2.5) that allocates nothing
 * and hands out slices of the page: one pass, linear in its size whatever it
 * holds, hundreds of MB/s. What only the tree builder knows (foreign content)
 * it does not know. Names keep the case of the page, values their character
 * references.
 *
 *     struct weir_scan s;
 *     weir_scan_init(&s, page);
 *     while ((event = weir_scan_next(&s)) != WEIR_SCAN_END) {
 *         if (event == WEIR_SCAN_OPEN && weir_scan_is(&s, "a"))
 *             while (weir_scan_attribute(&s, &name, &value)) ...
 *     }
 */
#ifndef WEIR_DOC_HTML_SCAN_H
#define WEIR_DOC_HTML_SCAN_H

#include "base/str.h"

enum weir_scan_event {
    WEIR_SCAN_END,
    WEIR_SCAN_TEXT, /* text */
    WEIR_SCAN_OPEN, /* a start tag: name, then its attributes */
    WEIR_SCAN_CLOSE /* an end tag: name */
};

struct weir_scan {
    struct weir_str page;
    size_t at;
    size_t start; /* where the event begins */
    struct weir_str name, text;
    bool raw;        /* the text is that of script, style... */
    bool plain_refs; /* ...but its references count (title, textarea) */
    bool in_tag;     /* attributes are still to be read or skipped */
    bool cut;        /* after the last attribute: the page ended within the tag,
                      * which then is none */
    int raw_element; /* whose text comes next */
};

void weir_scan_init(struct weir_scan *s, struct weir_str page);
enum weir_scan_event weir_scan_next(struct weir_scan *s);
/* The next attribute of the tag; false after the last. A value that is not
 * there is empty. */
bool weir_scan_attribute(struct weir_scan *s, struct weir_str *name,
                         struct weir_str *value);
/* The tag has this name (in lower case). */
bool weir_scan_is(const struct weir_scan *s, const char *name);

#endif
