/* A tree as text, without recursion.
 *
 * weir_node_text follows what innerText does (HTML Standard section 3.2.7,
 * "rendered text") as far as that goes without style sheets: what is displayed
 * as a block by default begins and ends a line, <p> and headings leave an empty
 * line, cells of a row are parted by a tab. White space is put off until
 * something follows it, so that none is left over at either end. */
#include "doc/parse_internal.h"

#include <string.h>

enum kind {
    INLINE,
    BLOCK,     /* a line of its own */
    PARAGRAPH, /* and an empty line around it */
    CELL,
    HIDDEN
};

/* In the order of strcmp. */
static const struct {
    const char *name;
    enum kind kind;
} kinds[] = {
    {"address", BLOCK},       {"area", HIDDEN},      {"article", BLOCK},
    {"aside", BLOCK},         {"base", HIDDEN},      {"blockquote", PARAGRAPH},
    {"body", BLOCK},          {"caption", BLOCK},    {"center", BLOCK},
    {"datalist", HIDDEN},     {"dd", BLOCK},         {"details", BLOCK},
    {"dialog", BLOCK},        {"dir", PARAGRAPH},    {"div", BLOCK},
    {"dl", PARAGRAPH},        {"dt", BLOCK},         {"fieldset", BLOCK},
    {"figcaption", BLOCK},    {"figure", PARAGRAPH}, {"footer", BLOCK},
    {"form", BLOCK},          {"h1", PARAGRAPH},     {"h2", PARAGRAPH},
    {"h3", PARAGRAPH},        {"h4", PARAGRAPH},     {"h5", PARAGRAPH},
    {"h6", PARAGRAPH},        {"head", HIDDEN},      {"header", BLOCK},
    {"hgroup", BLOCK},        {"hr", BLOCK},         {"html", BLOCK},
    {"legend", BLOCK},        {"li", BLOCK},         {"link", HIDDEN},
    {"listing", PARAGRAPH},   {"main", BLOCK},       {"menu", PARAGRAPH},
    {"meta", HIDDEN},         {"nav", BLOCK},        {"noembed", HIDDEN},
    {"noframes", HIDDEN},     {"ol", PARAGRAPH},     {"optgroup", BLOCK},
    {"option", BLOCK},        {"p", PARAGRAPH},      {"param", HIDDEN},
    {"plaintext", PARAGRAPH}, {"pre", PARAGRAPH},    {"rp", HIDDEN},
    {"script", HIDDEN},       {"search", BLOCK},     {"section", BLOCK},
    {"style", HIDDEN},        {"summary", BLOCK},    {"table", BLOCK},
    {"tbody", BLOCK},         {"td", CELL},          {"template", HIDDEN},
    {"tfoot", BLOCK},         {"th", CELL},          {"thead", BLOCK},
    {"title", HIDDEN},        {"tr", BLOCK},         {"ul", PARAGRAPH},
    {"xmp", PARAGRAPH},
};

static enum kind kind_of(const xmlNode *node) {
    size_t low = 0, high = sizeof kinds / sizeof *kinds;
    if (node->type != XML_ELEMENT_NODE)
        return node->type == XML_COMMENT_NODE ? HIDDEN : INLINE;
    if (weir_node_space(node) != WEIR_SPACE_HTML)
        return INLINE;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = strcmp((const char *)node->name, kinds[mid].name);
        if (c == 0)
            return kinds[mid].kind;
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return INLINE;
}

static bool keeps_space(const xmlNode *node) {
    return xmlStrEqual(node->name, BAD_CAST "pre") ||
           xmlStrEqual(node->name, BAD_CAST "textarea") ||
           xmlStrEqual(node->name, BAD_CAST "listing") ||
           xmlStrEqual(node->name, BAD_CAST "xmp") ||
           xmlStrEqual(node->name, BAD_CAST "plaintext");
}

struct writer {
    struct weir_buf *out;
    size_t start;          /* of out, when it began */
    unsigned lines;        /* line feeds asked for before the next text */
    bool space, tab;       /* asked for likewise */
    unsigned preformatted; /* depth of elements that keep white space */
};

static void ask_lines(struct writer *w, unsigned n) {
    if (w->lines < n)
        w->lines = n;
    w->space = w->tab = false;
}

static void pay(struct writer *w) {
    if (w->out->len > w->start) {
        if (w->lines) {
            for (unsigned i = 0; i < w->lines; i++)
                weir_buf_byte(w->out, '\n');
        } else if (w->tab) {
            weir_buf_byte(w->out, '\t');
        } else if (w->space) {
            weir_buf_byte(w->out, ' ');
        }
    }
    w->lines = 0;
    w->space = w->tab = false;
}

static void put_text(struct writer *w, const char *z) {
    while (*z) {
        size_t n = strcspn(z, " \t\n\r\f");
        if (n) {
            pay(w);
            weir_buf_add(w->out, z, n);
            z += n;
        }
        n = strspn(z, " \t\n\r\f");
        if (n && w->preformatted) {
            pay(w);
            weir_buf_add(w->out, z, n);
        } else if (n && w->lines == 0) {
            w->space = true;
        }
        z += n;
    }
}

static void enter(struct writer *w, const xmlNode *node) {
    enum kind kind = kind_of(node);
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
        put_text(w, (const char *)node->content);
        return;
    }
    if (kind == BLOCK || kind == PARAGRAPH)
        ask_lines(w, kind == BLOCK ? 1 : 2);
    if (xmlStrEqual(node->name, BAD_CAST "br")) {
        /* lines asked for by a block are not added to it */
        pay(w);
        weir_buf_byte(w->out, '\n');
    }
    if (keeps_space(node))
        w->preformatted++;
}

static bool has_cell_after(const xmlNode *node) {
    for (node = node->next; node; node = node->next) {
        if (kind_of(node) == CELL)
            return true;
    }
    return false;
}

static void leave(struct writer *w, const xmlNode *node) {
    enum kind kind = kind_of(node);
    if (kind == BLOCK || kind == PARAGRAPH)
        ask_lines(w, kind == BLOCK ? 1 : 2);
    if (kind == CELL && w->lines == 0 && has_cell_after(node))
        w->tab = true;
    if (keeps_space(node) && w->preformatted)
        w->preformatted--;
}

static const xmlNode *value_of(const xmlNode *node) {
    return node->type == XML_ATTRIBUTE_NODE ? node->children : node;
}

void weir_node_text(const struct weir_node *node, struct weir_buf *out) {
    const xmlNode *top = value_of(weir_node_xml(node)), *n = top;
    struct writer w = {.out = out, .start = out->len};
    bool down = true;
    while (n && !out->failed) {
        if (down) {
            bool hidden = n != top && kind_of(n) == HIDDEN;
            if (!hidden)
                enter(&w, n);
            if (!hidden && n->type != XML_TEXT_NODE && n->children) {
                n = n->children;
                continue;
            }
            if (!hidden)
                leave(&w, n);
        }
        if (n == top)
            break;
        if (n->next) {
            n = n->next;
            down = true;
        } else {
            n = n->parent;
            if (n)
                leave(&w, n);
            down = false;
        }
    }
    while (out->len > w.start && weir_is_space(out->p[out->len - 1]))
        weir_buf_truncate(out, out->len - 1);
}

void weir_node_content(const struct weir_node *node, struct weir_buf *out) {
    const xmlNode *top = value_of(weir_node_xml(node));
    struct writer w = {.out = out, .start = out->len};
    for (const xmlNode *n = top; n && !out->failed;
         n = weir_tree_next(n, top, false)) {
        if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE)
            put_text(&w, (const char *)n->content);
    }
}
