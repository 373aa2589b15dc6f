/* feedin_xml.c - RSS and Atom, by their elements' names and namespaces.
 *
 * The tree has dropped default namespaces (doc/parse.h): an element without one
 * belongs to the feed itself. Prefixed ones are known by their namespace, or,
 * where a feed forgets to declare it, by the usual prefix. */
#include "doc/feedin_internal.h"
#include "doc/parse_internal.h"

#include <string.h>

enum space { CORE, ATOM, ITUNES, CONTENT, DC, MEDIA, PODCAST, SPACES };

static const struct {
    const char *prefix;
    const char *uris[3];
} spaces[SPACES] = {
    [CORE] = {"rss",
              {"http://purl.org/rss/1.0/",
               "http://my.netscape.com/rdf/simple/0.9/", NULL}},
    [ATOM] = {"atom",
              {"http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#",
               NULL}},
    [ITUNES] = {"itunes",
                {"http://www.itunes.com/dtds/podcast-1.0.dtd", NULL, NULL}},
    [CONTENT] = {"content",
                 {"http://purl.org/rss/1.0/modules/content/", NULL, NULL}},
    [DC] = {"dc",
            {"http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/",
             NULL}},
    [MEDIA] = {"media",
               {"http://search.yahoo.com/mrss/", "http://search.yahoo.com/mrss",
                NULL}},
    [PODCAST] = {"podcast",
                 {"https://podcastindex.org/namespace/1.0",
                  "https://github.com/Podcastindex-org/podcast-namespace/blob/"
                  "main/docs/1.0.md",
                  NULL}},
};

static bool in_space(const xmlNode *n, enum space space) {
    struct weir_str uri;
    if (!n->ns)
        return space == CORE;
    uri = weir_str_of((const char *)n->ns->href);
    if (space != CORE && weir_str_eq(uri, weir_str_of(spaces[space].prefix)))
        return true; /* not declared */
    for (const char *const *known = spaces[space].uris; *known; known++)
        if (weir_str_eq_nocase(uri, weir_str_of(*known)))
            return true;
    return false;
}

static bool is(const xmlNode *n, enum space space, const char *name) {
    return n->type == XML_ELEMENT_NODE &&
           strcmp((const char *)n->name, name) == 0 && in_space(n, space);
}

static const xmlNode *child(const xmlNode *parent, enum space space,
                            const char *name) {
    for (const xmlNode *n = parent->children; n; n = n->next)
        if (is(n, space, name))
            return n;
    return NULL;
}

/* textContent, in f->text. */
static struct weir_str text_of(struct feedin *f, const xmlNode *top) {
    weir_buf_clear(&f->text);
    for (const xmlNode *n = top; n; n = weir_tree_next(n, top, false))
        if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE)
            weir_buf_z(&f->text, (const char *)n->content);
    if (f->text.failed && !f->failed)
        f->failed = weir_error_nomem(f->error);
    return weir_str_trim(weir_buf_view(&f->text));
}

static struct weir_str child_text(struct feedin *f, const xmlNode *parent,
                                  enum space space, const char *name) {
    const xmlNode *n = child(parent, space, name);
    return n ? text_of(f, n) : weir_str_make(NULL, 0);
}

static struct weir_str attr(const xmlNode *n, const char *name) {
    struct weir_str value = {NULL, 0};
    if (n)
        weir_node_attr(weir_node_of(n), name, &value);
    return value;
}

static void use_base(struct feedin *f, const xmlNode *n) {
    struct weir_str base = attr(n, "xml:base");
    struct weir_url url;
    enum weir_err e;
    if (base.n == 0)
        return;
    e = weir_url_parse(&url, base, f->has_base ? &f->base : f->url, NULL);
    if (e == WEIR_E_NOMEM && !f->failed)
        f->failed = weir_error_nomem(f->error);
    if (e)
        return;
    if (f->has_base)
        weir_url_release(&f->base);
    f->base = url;
    f->has_base = true;
}

static void drop_base(struct feedin *f) {
    if (f->has_base)
        weir_url_release(&f->base);
    f->has_base = false;
}

/* ---- what RSS and Atom share ---- */

static void set_podcast(struct feedin *f, const xmlNode *entry) {
    feedin_text(f, FEEDIN_DURATION, child_text(f, entry, ITUNES, "duration"));
    feedin_number(f, FEEDIN_EPISODE, child_text(f, entry, ITUNES, "episode"));
    feedin_number(f, FEEDIN_EPISODE, child_text(f, entry, PODCAST, "episode"));
    feedin_number(f, FEEDIN_SEASON, child_text(f, entry, ITUNES, "season"));
    feedin_number(f, FEEDIN_SEASON, child_text(f, entry, PODCAST, "season"));
    feedin_url(f, FEEDIN_IMAGE, attr(child(entry, ITUNES, "image"), "href"));
    feedin_url(f, FEEDIN_IMAGE, attr(child(entry, MEDIA, "thumbnail"), "url"));
    feedin_text(f, FEEDIN_EXPLICIT, child_text(f, entry, ITUNES, "explicit"));
    feedin_url(f, FEEDIN_TRANSCRIPT,
               attr(child(entry, PODCAST, "transcript"), "url"));
    feedin_url(f, FEEDIN_CHAPTERS,
               attr(child(entry, PODCAST, "chapters"), "url"));
}

static void set_enclosure(struct feedin *f, const xmlNode *n, const char *url,
                          const char *length) {
    if (!n || feedin_has(f, FEEDIN_ENCLOSURE))
        return;
    feedin_url(f, FEEDIN_ENCLOSURE, attr(n, url));
    if (!feedin_has(f, FEEDIN_ENCLOSURE))
        return;
    feedin_number(f, FEEDIN_ENCLOSURE_LENGTH, attr(n, length));
    feedin_text(f, FEEDIN_ENCLOSURE_TYPE, attr(n, "type"));
}

/* Media RSS stands in for an enclosure. */
static void set_media(struct feedin *f, const xmlNode *entry) {
    const xmlNode *group = child(entry, MEDIA, "group");
    set_enclosure(f, child(entry, MEDIA, "content"), "url", "fileSize");
    if (group)
        set_enclosure(f, child(group, MEDIA, "content"), "url", "fileSize");
}

/* ---- RSS ---- */

/* "ann@example.org (Ann Lee)" is Ann Lee (RSS 2.0, author). */
static struct weir_str author_name(struct weir_str s) {
    size_t open = weir_str_find(s, '(', 0), close = weir_str_find(s, ')', open);
    if (weir_str_find(s, '@', 0) < open && close < s.n && close > open + 1)
        return weir_str_sub(s, open + 1, close - open - 1);
    return s;
}

/* link, else an atom:link, else a guid that is one. */
static void set_rss_link(struct feedin *f, const xmlNode *item) {
    const xmlNode *guid = child(item, CORE, "guid");
    struct weir_str rel;
    feedin_url(f, FEEDIN_LINK, child_text(f, item, CORE, "link"));
    for (const xmlNode *n = item->children; n; n = n->next) {
        if (!is(n, ATOM, "link"))
            continue;
        rel = attr(n, "rel");
        if (rel.n == 0 || weir_str_eq(rel, WEIR_STR("alternate")))
            feedin_url(f, FEEDIN_LINK, attr(n, "href"));
    }
    if (!guid ||
        weir_str_eq_nocase(attr(guid, "isPermaLink"), WEIR_STR("false")))
        return;
    if (weir_str_starts_nocase(text_of(f, guid), WEIR_STR("http")))
        feedin_url(f, FEEDIN_LINK, weir_buf_view(&f->text));
}

static enum weir_err read_item(struct feedin *f, const xmlNode *item) {
    feedin_html_text(f, FEEDIN_TITLE, child_text(f, item, CORE, "title"));
    feedin_html_text(f, FEEDIN_TITLE, child_text(f, item, ITUNES, "title"));
    feedin_html_text(f, FEEDIN_TITLE, child_text(f, item, DC, "title"));
    set_rss_link(f, item);
    feedin_text(f, FEEDIN_GUID, child_text(f, item, CORE, "guid"));
    feedin_text(f, FEEDIN_GUID, child_text(f, item, ATOM, "id"));
    feedin_text(f, FEEDIN_GUID, attr(item, "rdf:about"));
    feedin_date(f, child_text(f, item, CORE, "pubDate"));
    feedin_date(f, child_text(f, item, DC, "date"));
    feedin_date(f, child_text(f, item, ATOM, "published"));
    feedin_date(f, child_text(f, item, ATOM, "updated"));
    feedin_text(f, FEEDIN_DESCRIPTION,
                child_text(f, item, CORE, "description"));
    feedin_text(f, FEEDIN_DESCRIPTION, child_text(f, item, ITUNES, "summary"));
    feedin_text(f, FEEDIN_DESCRIPTION, child_text(f, item, ITUNES, "subtitle"));
    feedin_text(f, FEEDIN_CONTENT, child_text(f, item, CONTENT, "encoded"));
    feedin_text(f, FEEDIN_AUTHOR,
                author_name(child_text(f, item, CORE, "author")));
    feedin_text(f, FEEDIN_AUTHOR, child_text(f, item, DC, "creator"));
    feedin_text(f, FEEDIN_AUTHOR, child_text(f, item, ITUNES, "author"));
    for (const xmlNode *n = item->children; n; n = n->next)
        if (is(n, CORE, "category") || is(n, DC, "subject"))
            feedin_category(f, text_of(f, n));
    set_enclosure(f, child(item, CORE, "enclosure"), "url", "length");
    set_media(f, item);
    set_podcast(f, item);
    return feedin_add_record(f);
}

/* ---- Atom ---- */

/* A text construct (RFC 4287 section 3.1) as text. */
static void set_title(struct feedin *f, const xmlNode *n) {
    struct weir_str type = attr(n, "type");
    if (!n)
        return;
    if (weir_str_eq(type, WEIR_STR("html")))
        feedin_html_text(f, FEEDIN_TITLE, text_of(f, n));
    else
        feedin_line(f, FEEDIN_TITLE, text_of(f, n));
}

/* As HTML: XHTML is the contents of its div (section 3.1.1.3). */
static void set_html(struct feedin *f, enum feedin_field field,
                     const xmlNode *n) {
    struct weir_str type = attr(n, "type");
    const xmlNode *div;
    if (!n || feedin_has(f, field))
        return;
    if (!weir_str_eq(type, WEIR_STR("xhtml"))) {
        feedin_text(f, field, text_of(f, n));
        return;
    }
    for (div = n->children; div && div->type != XML_ELEMENT_NODE;)
        div = div->next;
    weir_buf_clear(&f->text);
    weir_node_html(weir_node_of(div ? div : n), false, &f->text);
    if (f->text.failed && !f->failed)
        f->failed = weir_error_nomem(f->error);
    feedin_text(f, field, weir_buf_view(&f->text));
}

static bool is_atom(const xmlNode *n, const char *name) {
    return is(n, CORE, name) || is(n, ATOM, name);
}

static const xmlNode *atom_child(const xmlNode *parent, const char *name) {
    const xmlNode *n = child(parent, CORE, name);
    return n ? n : child(parent, ATOM, name);
}

static struct weir_str atom_text(struct feedin *f, const xmlNode *parent,
                                 const char *name) {
    const xmlNode *n = parent ? atom_child(parent, name) : NULL;
    return n ? text_of(f, n) : weir_str_make(NULL, 0);
}

static void set_atom_link(struct feedin *f, const xmlNode *n) {
    struct weir_str rel = attr(n, "rel");
    if (rel.n == 0 || weir_str_eq(rel, WEIR_STR("alternate")))
        feedin_url(f, FEEDIN_LINK, attr(n, "href"));
    else if (weir_str_eq(rel, WEIR_STR("enclosure")))
        set_enclosure(f, n, "href", "length");
}

static enum weir_err read_entry(struct feedin *f, const xmlNode *entry,
                                const xmlNode *feed) {
    set_title(f, atom_child(entry, "title"));
    feedin_text(f, FEEDIN_GUID, atom_text(f, entry, "id"));
    feedin_date(f, atom_text(f, entry, "published"));
    feedin_date(f, atom_text(f, entry, "issued")); /* Atom 0.3 */
    feedin_date(f, atom_text(f, entry, "updated"));
    feedin_date(f, atom_text(f, entry, "modified"));
    set_html(f, FEEDIN_DESCRIPTION, atom_child(entry, "summary"));
    set_html(f, FEEDIN_CONTENT, atom_child(entry, "content"));
    feedin_text(f, FEEDIN_AUTHOR,
                atom_text(f, atom_child(entry, "author"), "name"));
    feedin_text(f, FEEDIN_AUTHOR,
                atom_text(f, atom_child(feed, "author"), "name"));
    for (const xmlNode *n = entry->children; n; n = n->next) {
        if (is_atom(n, "link"))
            set_atom_link(f, n);
        else if (is_atom(n, "category"))
            feedin_category(f, attr(n, attr(n, "label").n ? "label" : "term"));
    }
    set_media(f, entry);
    set_podcast(f, entry);
    return feedin_add_record(f);
}

/* ---- documents ---- */

/* RFC 5005 sections 3 and 4. */
static void find_next(struct feedin *f, const xmlNode *channel) {
    static const char *const rels[] = {"next", "prev-archive", "previous",
                                       "prev"};
    for (size_t i = 0; i < sizeof rels / sizeof *rels; i++) {
        for (const xmlNode *n = channel->children; n; n = n->next) {
            bool link = is_atom(n, "link");
            if (link && f->out->next.n == 0 &&
                weir_str_eq(attr(n, "rel"), weir_str_of(rels[i])))
                f->out->next = feedin_resolve(f, attr(n, "href"));
        }
    }
}

/* An entry's own xml:base is relative to the feed's, and ends with it. */
static enum weir_err read_one(struct feedin *f, const xmlNode *n,
                              const xmlNode *feed, bool atom) {
    struct weir_url above = f->base;
    bool had_base = f->has_base, own = attr(n, "xml:base").n > 0;
    enum weir_err e;
    if (own && had_base && weir_url_copy(&f->base, &above)) {
        f->base = above;
        return weir_error_nomem(f->error);
    }
    if (own)
        use_base(f, n);
    e = atom ? read_entry(f, n, feed) : read_item(f, n);
    if (own) {
        drop_base(f);
        f->base = above;
        f->has_base = had_base;
    }
    return e;
}

/* Wherever they are: RSS 1.0 has them beside the channel, and one that is not
 * closed holds the next. */
static enum weir_err read_entries(struct feedin *f, const xmlNode *root,
                                  bool atom) {
    enum weir_err e = WEIR_OK;
    for (const xmlNode *n = root; n && !e; n = weir_tree_next(n, root, false))
        if (atom ? is_atom(n, "entry") : is(n, CORE, "item"))
            e = read_one(f, n, root, atom);
    return e;
}

static enum weir_err read_document(struct feedin *f, const xmlNode *root) {
    const char *name = (const char *)root->name;
    const xmlNode *channel = child(root, CORE, "channel");
    bool atom = is_atom(root, "feed");
    if (!atom && !channel && strcmp(name, "rss") != 0 &&
        strcmp(name, "RDF") != 0)
        return weir_error_set(f->error, WEIR_E_INVALID,
                              "not a feed: its root element is <%s>", name);
    use_base(f, root);
    if (channel)
        use_base(f, channel);
    find_next(f, channel ? channel : root);
    return read_entries(f, root, atom);
}

enum weir_err feedin_read_xml(struct feedin *f, struct weir_str text) {
    struct weir_doc_options o = weir_doc_defaults();
    struct weir_doc *doc;
    enum weir_err e;
    o.parser = WEIR_DOC_XML;
    e = weir_doc_parse(text, &o, &doc, f->error);
    if (e == WEIR_E_INVALID)
        return weir_error_set(f->error, e, "not a feed: no XML and no JSON");
    if (e)
        return e;
    e = read_document(f, weir_node_xml(weir_doc_root(doc)));
    if (!e && weir_doc_note(doc)[0]) {
        f->out->note =
            weir_arena_dup(f->arena, weir_str_of(weir_doc_note(doc)));
        e = f->out->note ? WEIR_OK : weir_error_nomem(f->error);
    }
    drop_base(f);
    weir_doc_destroy(doc);
    return e;
}
