/* The pass: tags go by, those that have links are looked up in a table, and
 * what they say is handed on.
 *
 * Of a tag's attributes the first of each name counts, and only those in the
 * table `slots` are kept, as slices, so a tag with 200,000 attributes costs
 * what reading it costs. An anchor waits for its end, since its text comes
 * first; anchors do not nest. */
#include "doc/links.h"

#include "doc/html_refs.h"
#include "doc/html_scan.h"

#include <string.h>

enum { TEXT_BYTES = 1024, VALUE_BYTES = 64 << 10 };

/* Attributes that are kept of a tag. */
enum slot {
    HREF,
    SRC,
    SRCSET,
    REL,
    TYPE,
    ALT,
    CONTENT,
    HTTP_EQUIV,
    NAME,
    DATA,
    POSTER,
    ACTION,
    CITE,
    BACKGROUND,
    XLINK_HREF,
    IMAGESRCSET,
    LONGDESC,
    SLOTS
};
static const char *const slots[SLOTS] = {
    "href",    "src",        "srcset",     "rel",         "type",    "alt",
    "content", "http-equiv", "name",       "data",        "poster",  "action",
    "cite",    "background", "xlink:href", "imagesrcset", "longdesc"};

static const struct source {
    const char *element;
    enum slot slot;
    enum weir_link_kind kind;
} sources[] = {
    {"a", HREF, WEIR_LINK_ANCHOR},
    {"a", XLINK_HREF, WEIR_LINK_ANCHOR},
    {"area", HREF, WEIR_LINK_ANCHOR},
    {"audio", SRC, WEIR_LINK_RESOURCE},
    {"blockquote", CITE, WEIR_LINK_CITE},
    {"body", BACKGROUND, WEIR_LINK_RESOURCE},
    {"del", CITE, WEIR_LINK_CITE},
    {"embed", SRC, WEIR_LINK_RESOURCE},
    {"form", ACTION, WEIR_LINK_FORM},
    {"frame", SRC, WEIR_LINK_FRAME},
    {"iframe", SRC, WEIR_LINK_FRAME},
    {"image", HREF, WEIR_LINK_RESOURCE},
    {"image", XLINK_HREF, WEIR_LINK_RESOURCE},
    {"img", SRC, WEIR_LINK_RESOURCE},
    {"img", SRCSET, WEIR_LINK_RESOURCE},
    {"img", LONGDESC, WEIR_LINK_CITE},
    {"input", SRC, WEIR_LINK_RESOURCE},
    {"ins", CITE, WEIR_LINK_CITE},
    {"link", HREF, WEIR_LINK_RELATION},
    {"link", IMAGESRCSET, WEIR_LINK_RESOURCE},
    {"object", DATA, WEIR_LINK_RESOURCE},
    {"q", CITE, WEIR_LINK_CITE},
    {"script", SRC, WEIR_LINK_RESOURCE},
    {"source", SRC, WEIR_LINK_RESOURCE},
    {"source", SRCSET, WEIR_LINK_RESOURCE},
    {"track", SRC, WEIR_LINK_RESOURCE},
    {"use", HREF, WEIR_LINK_RESOURCE},
    {"use", XLINK_HREF, WEIR_LINK_RESOURCE},
    {"video", SRC, WEIR_LINK_RESOURCE},
    {"video", POSTER, WEIR_LINK_RESOURCE},
};
enum { SOURCES = sizeof sources / sizeof *sources };

/* What one scratch buf holds. */
enum { URL, TYPE_OR_ALT, ANCHOR_TEXT, PIECE };

struct pass {
    struct weir_links *links;
    struct weir_scan scan;
    weir_link_fn on_link;
    void *data;
    struct weir_str value[SLOTS]; /* of the current tag; p NULL = not there */
    /* the anchor that is open */
    bool in_anchor, space;
    struct weir_link anchor;
    struct weir_buf anchor_url, anchor_rel, anchor_type;
    unsigned templates; /* open */
    bool stopped;
    enum weir_err err;
};

void weir_links_init(struct weir_links *l) {
    *l = (struct weir_links){0};
    weir_buf_init(&l->base, VALUE_BYTES);
    for (size_t i = 0; i < sizeof l->scratch / sizeof *l->scratch; i++)
        weir_buf_init(&l->scratch[i], 0);
}

void weir_links_release(struct weir_links *l) {
    weir_buf_release(&l->base);
    for (size_t i = 0; i < sizeof l->scratch / sizeof *l->scratch; i++)
        weir_buf_release(&l->scratch[i]);
}

/* A value with its references resolved, in b. */
static struct weir_str value_of(struct pass *p, struct weir_str raw,
                                struct weir_buf *b) {
    enum weir_err err;
    weir_buf_clear(b);
    err = weir_html_unescape(weir_str_sub(raw, 0, VALUE_BYTES), true, b);
    if (err)
        p->err = err;
    return weir_str_trim(weir_buf_view(b));
}

static bool has_word(struct weir_str list, struct weir_str word) {
    while (list.n) {
        size_t n = 0;
        while (n < list.n && !weir_is_space(list.p[n]) && list.p[n] != ',')
            n++;
        if (weir_str_eq_nocase(weir_str_sub(list, 0, n), word))
            return true;
        list = weir_str_sub(list, n + 1, list.n);
    }
    return false;
}

static void hand_on(struct pass *p, const struct weir_link *link) {
    if (!p->stopped && !p->err && !p->on_link(link, p->data))
        p->stopped = true;
}

static void end_anchor(struct pass *p) {
    if (!p->in_anchor)
        return;
    p->in_anchor = false;
    p->anchor.url = weir_buf_view(&p->anchor_url);
    p->anchor.rel = weir_buf_view(&p->anchor_rel);
    p->anchor.type = weir_buf_view(&p->anchor_type);
    p->anchor.text = weir_buf_view(&p->links->scratch[ANCHOR_TEXT]);
    hand_on(p, &p->anchor);
}

static void set(struct pass *p, struct weir_buf *b, struct weir_str s) {
    weir_buf_clear(b);
    if (weir_buf_str(b, s))
        p->err = WEIR_E_NOMEM;
}

static void begin_anchor(struct pass *p, const struct weir_link *link) {
    set(p, &p->anchor_url, link->url);
    set(p, &p->anchor_rel, link->rel);
    set(p, &p->anchor_type, link->type);
    weir_buf_clear(&p->links->scratch[ANCHOR_TEXT]);
    p->anchor = *link;
    p->in_anchor = true;
    p->space = false;
}

static void add_text(struct pass *p, struct weir_str raw, bool attribute) {
    struct weir_buf *text = &p->links->scratch[ANCHOR_TEXT];
    struct weir_buf *piece = &p->links->scratch[PIECE];
    enum weir_err err;
    if (!p->in_anchor || text->len >= TEXT_BYTES)
        return;
    weir_buf_clear(piece);
    err =
        weir_html_unescape(weir_str_sub(raw, 0, VALUE_BYTES), attribute, piece);
    for (size_t i = 0; i < piece->len && !err; i++) {
        char c = piece->p[i];
        if (weir_is_space(c)) {
            p->space = text->len > 0;
            continue;
        }
        if (text->len >= TEXT_BYTES && ((unsigned char)c & 0xC0) != 0x80)
            break;
        if (p->space && text->len > 0)
            err = weir_buf_byte(text, ' ');
        p->space = false;
        if (!err)
            err = weir_buf_byte(text, c);
    }
    if (err)
        p->err = err;
}

/* Each candidate of a srcset is a link. */
static void give_srcset(struct pass *p, struct weir_link *link) {
    struct weir_str rest = link->url, url;
    while (!p->stopped && weir_links_srcset(&rest, &url)) {
        link->url = url;
        hand_on(p, link);
    }
}

static void give(struct pass *p, const struct source *source) {
    struct weir_links *l = p->links;
    struct weir_str shown = p->value[ALT].p ? p->value[ALT] : p->value[TYPE];
    struct weir_link link = {
        .kind = source->kind,
        .element = source->element,
        .attribute = slots[source->slot],
        .rel = weir_str_trim(p->value[REL]),
        .offset = p->scan.start,
        .nofollow = l->nofollow,
    };
    if (has_word(link.rel, WEIR_STR("nofollow")))
        link.nofollow = true;
    link.url = value_of(p, p->value[source->slot], &l->scratch[URL]);
    shown = value_of(p, shown, &l->scratch[TYPE_OR_ALT]);
    if (p->value[ALT].p)
        link.text = shown;
    else
        link.type = shown;
    if (source->slot == SRCSET || source->slot == IMAGESRCSET)
        give_srcset(p, &link);
    else if (source->element[0] == 'a' && source->element[1] == '\0')
        begin_anchor(p, &link);
    else
        hand_on(p, &link);
}

static void read_robots(struct weir_links *l, struct weir_str content) {
    bool none = has_word(content, WEIR_STR("none"));
    l->nofollow |= none || has_word(content, WEIR_STR("nofollow"));
    l->noindex |= none || has_word(content, WEIR_STR("noindex"));
}

static void read_meta(struct pass *p) {
    struct weir_str content =
        value_of(p, p->value[CONTENT], &p->links->scratch[URL]);
    struct weir_link link = {.kind = WEIR_LINK_REFRESH,
                             .element = "meta",
                             .attribute = "content",
                             .offset = p->scan.start,
                             .nofollow = p->links->nofollow};
    if (weir_str_eq_nocase(weir_str_trim(p->value[NAME]), WEIR_STR("robots")))
        read_robots(p->links, content);
    if (weir_str_eq_nocase(weir_str_trim(p->value[HTTP_EQUIV]),
                           WEIR_STR("refresh")) &&
        weir_links_refresh(content, &link.url))
        hand_on(p, &link);
}

static void read_base(struct pass *p) {
    struct weir_str url;
    if (p->links->has_base || !p->value[HREF].p)
        return;
    url = value_of(p, p->value[HREF], &p->links->scratch[URL]);
    p->links->has_base = true;
    set(p, &p->links->base, url);
}

static void read_attributes(struct pass *p) {
    struct weir_str name, value;
    for (int i = 0; i < SLOTS; i++)
        p->value[i] = (struct weir_str){NULL, 0};
    while (weir_scan_attribute(&p->scan, &name, &value)) {
        for (int i = 0; i < SLOTS; i++) {
            if (p->value[i].p == NULL &&
                weir_str_eq_nocase(name, weir_str_of(slots[i]))) {
                p->value[i] = value;
                break;
            }
        }
    }
}

/* Anything but an inline element parts words ("<div>Title</div>Price"). */
static bool parts_words(const struct weir_scan *s) {
    static const char *const inlines[] = {
        "a",     "abbr", "b",      "code", "em",  "font", "i",   "mark", "s",
        "small", "span", "strong", "sub",  "sup", "u",    "wbr", NULL};
    for (int i = 0; inlines[i]; i++) {
        if (weir_scan_is(s, inlines[i]))
            return false;
    }
    return true;
}

/* The first row of the element, SOURCES if it has none. */
static size_t find_element(const struct weir_scan *s) {
    char first = weir_to_lower(s->name.p[0]);
    for (size_t i = 0; i < SOURCES; i++) {
        if (sources[i].element[0] == first &&
            weir_scan_is(s, sources[i].element))
            return i;
    }
    return SOURCES;
}

static void open_tag(struct pass *p) {
    size_t first = find_element(&p->scan);
    bool meta = weir_scan_is(&p->scan, "meta");
    bool base = weir_scan_is(&p->scan, "base");
    if (weir_scan_is(&p->scan, "template"))
        p->templates++;
    if (weir_scan_is(&p->scan, "a"))
        end_anchor(p);
    if (p->templates)
        return;
    if (p->in_anchor && parts_words(&p->scan))
        p->space = true;
    if (first == SOURCES && !meta && !base)
        return;
    read_attributes(p);
    if (p->scan.cut)
        return;
    if (meta)
        read_meta(p);
    if (base)
        read_base(p);
    if (p->in_anchor && p->value[ALT].p)
        add_text(p, p->value[ALT], true);
    for (size_t i = first; i < SOURCES; i++) {
        if (strcmp(sources[i].element, sources[first].element) != 0)
            break;
        if (p->value[sources[i].slot].p)
            give(p, &sources[i]);
    }
}

static void close_tag(struct pass *p) {
    if (weir_scan_is(&p->scan, "template") && p->templates)
        p->templates--;
    else if (weir_scan_is(&p->scan, "a"))
        end_anchor(p);
    else if (p->in_anchor && parts_words(&p->scan))
        p->space = true;
}

static void run(struct pass *p) {
    while (!p->stopped && !p->err) {
        switch (weir_scan_next(&p->scan)) {
        case WEIR_SCAN_OPEN:
            open_tag(p);
            break;
        case WEIR_SCAN_CLOSE:
            close_tag(p);
            break;
        case WEIR_SCAN_TEXT:
            if (!p->scan.raw && p->templates == 0)
                add_text(p, p->scan.text, false);
            break;
        case WEIR_SCAN_END:
            end_anchor(p);
            return;
        }
    }
}

enum weir_err weir_links_find(struct weir_links *l, struct weir_str page,
                              weir_link_fn on_link, void *data) {
    struct pass p = {.links = l, .on_link = on_link, .data = data};
    weir_scan_init(&p.scan, page);
    weir_buf_init(&p.anchor_url, 0);
    weir_buf_init(&p.anchor_rel, 0);
    weir_buf_init(&p.anchor_type, 0);
    run(&p);
    weir_buf_release(&p.anchor_url);
    weir_buf_release(&p.anchor_rel);
    weir_buf_release(&p.anchor_type);
    return p.err;
}
