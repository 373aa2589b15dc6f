/* css_page.c - the index of a document that selectors run on.
 *
 * One walk over the tree makes a row of 40 bytes for each element: relations
 * as row numbers, its name as a number, and a filter of 64 bits into which its
 * id, classes and attribute names are hashed. Most questions of a selector are
 * answered there, without a look at libxml2's nodes, which lie all over the
 * memory. The walk is a loop: trees may be very deep.
 *
 * The way back from a node to its row: elements know their place in document
 * order (doc/parse_internal.h), and the rows are sorted by it. */
#include "doc/css_page.h"

#include "base/mem.h"

#include <string.h>

/* Names come from a dictionary or a static table as a rule: a small cache by
 * address spares hashing them. */
enum { NAME_CACHE = 64 };

struct builder {
    struct weir_css_page *page;
    const char *cached[NAME_CACHE];
    uint32_t cached_number[NAME_CACHE];
};

uint32_t css_page_name(const struct weir_css_page *page, const char *name) {
    return (uint32_t)(uintptr_t)weir_map_get(page->names, weir_str_of(name));
}

static enum weir_err number_name(struct builder *b, const char *name,
                                 uint32_t *number) {
    size_t place = ((uintptr_t)name >> 3) % NAME_CACHE;
    uint32_t n = b->cached_number[place];
    if (b->cached[place] != name) {
        n = css_page_name(b->page, name);
        if (!n) {
            enum weir_err e;
            n = b->page->name_count + 1;
            e = weir_map_put(b->page->names, weir_str_of(name),
                             (void *)(uintptr_t)n);
            if (e)
                return e;
            b->page->name_count = n;
        }
        b->cached[place] = name;
        b->cached_number[place] = n;
    }
    *number = n;
    return WEIR_OK;
}

static uint64_t class_filter(const char *p) {
    uint64_t filter = 0;
    for (;;) {
        size_t n = 0;
        while (weir_is_space(*p))
            p++;
        while (p[n] && !weir_is_space(p[n]))
            n++;
        if (n == 0)
            return filter;
        filter |= css_filter(CSS_FILTER_CLASS, p, n);
        p += n;
    }
}

static uint64_t element_filter(const xmlNode *node) {
    uint64_t filter = 0;
    for (const xmlAttr *a = node->properties; a; a = a->next) {
        const char *name = (const char *)a->name;
        if (a->ns && a->ns->prefix) /* selectors may call it by two names */
            return UINT64_MAX;
        filter |= css_filter(CSS_FILTER_ATTRIBUTE, name, strlen(name));
        if (strcmp(name, "class") == 0)
            filter |= class_filter(weir_attr_value(a));
        else if (strcmp(name, "id") == 0)
            filter |= css_filter(CSS_FILTER_ID, weir_attr_value(a),
                                 strlen(weir_attr_value(a)));
    }
    return filter;
}

static enum weir_err grow(struct weir_css_page *page) {
    uint32_t cap = page->cap ? page->cap * 2 : 256;
    struct css_row *rows;
    if (page->cap > UINT32_MAX / 4)
        return WEIR_E_LIMIT;
    rows = weir_reallocarray(page->rows, cap, sizeof *rows);
    if (!rows)
        return WEIR_E_NOMEM;
    page->rows = rows;
    page->cap = cap;
    return WEIR_OK;
}

static enum weir_err add_row(struct builder *b, const xmlNode *node,
                             uint32_t parent, uint32_t prev) {
    struct weir_css_page *page = b->page;
    struct css_row row = {.node = node, .parent = parent, .prev = prev};
    enum weir_err e = number_name(b, (const char *)node->name, &row.name);
    if (!e && page->count + 1 >= page->cap)
        e = grow(page);
    if (e)
        return e;
    row.filter = element_filter(node);
    page->rows[++page->count] = row;
    return WEIR_OK;
}

/* Row `parent` ends here, and so does the way down to it. */
static uint32_t leave(struct weir_css_page *page, uint32_t row,
                      uint32_t *prev) {
    page->rows[row].end = page->count + 1;
    *prev = row;
    return page->rows[row].parent;
}

static enum weir_err walk(struct builder *b) {
    struct weir_css_page *page = b->page;
    const xmlNode *n = page->doc->xml.children;
    uint32_t parent = 0, prev = 0;
    while (n) {
        if (n->type == XML_ELEMENT_NODE) {
            enum weir_err e = add_row(b, n, parent, prev);
            if (e)
                return e;
            prev = page->count;
            if (n->children) {
                parent = page->count;
                prev = 0;
                n = n->children;
                continue;
            }
            page->rows[prev].end = page->count + 1;
        }
        while (!n->next && parent) {
            n = page->rows[parent].node;
            parent = leave(page, parent, &prev);
        }
        n = n->next;
    }
    page->rows[0].end = page->count + 1;
    return WEIR_OK;
}

static enum weir_err build(struct weir_css_page *page) {
    struct builder b = {.page = page};
    const struct weir_node *root = weir_doc_root(page->doc);
    enum weir_err e;
    page->names = weir_map_create();
    if (!page->names)
        return WEIR_E_NOMEM;
    e = grow(page);
    if (e)
        return e;
    memset(&page->rows[0], 0, sizeof page->rows[0]);
    e = walk(&b);
    if (e)
        return e;
    page->root = root ? css_page_row(page, weir_node_xml(root)) : 0;
    return WEIR_OK;
}

enum weir_err weir_css_page_create(const struct weir_doc *doc,
                                   struct weir_css_page **out) {
    struct weir_css_page *page = weir_calloc(1, sizeof *page);
    enum weir_err e;
    if (!page)
        return WEIR_E_NOMEM;
    page->doc = doc;
    page->quirks = weir_doc_quirks(doc) == WEIR_DOC_QUIRKS;
    page->html = doc->xml.type == XML_HTML_DOCUMENT_NODE;
    e = build(page);
    if (e) {
        weir_css_page_destroy(page);
        return e;
    }
    *out = page;
    return WEIR_OK;
}

static void release_entry(struct css_entry *entry) {
    for (uint32_t i = 0; entry->columns && i < entry->css->column_count; i++)
        weir_free(entry->columns[i]);
    weir_free(entry->columns);
    weir_free(entry->names);
    weir_free(entry->found);
}

void weir_css_page_destroy(struct weir_css_page *page) {
    if (!page)
        return;
    for (size_t i = 0; i < page->entry_count; i++)
        release_entry(&page->entries[i]);
    for (int i = 0; i < CSS_POSITIONS; i++)
        weir_free(page->positions[i]);
    css_text_release(page->text);
    weir_map_destroy(page->names);
    weir_free(page->entries);
    weir_free(page->masks);
    weir_free(page->counts);
    weir_free(page->hits);
    weir_free(page->rows);
    weir_free(page);
}

/* xmlXPathOrderDocElems's number, from 1. */
static ptrdiff_t place_of(const xmlNode *node) {
    return -(ptrdiff_t)node->content;
}

uint32_t css_page_row(const struct weir_css_page *page, const xmlNode *node) {
    uint32_t low = 1, high = page->count + 1;
    if (node->type != XML_ELEMENT_NODE)
        return 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (place_of(page->rows[middle].node) < place_of(node))
            low = middle + 1;
        else
            high = middle;
    }
    return low <= page->count && page->rows[low].node == node ? low : 0;
}

/* Children of one parent, forwards; `end` of a child is its next sibling. */
static void count_of_type(const struct weir_css_page *page, uint32_t parent,
                          bool last, uint32_t *counts, uint32_t *out) {
    const struct css_row *rows = page->rows;
    uint32_t end = rows[parent].end, first = parent + 1;
    for (uint32_t r = first; r < end; r = rows[r].end) {
        counts[rows[r].name]++;
        if (!last)
            out[r] = counts[rows[r].name];
    }
    for (uint32_t r = first; last && r < end; r = rows[r].end)
        out[r] = counts[rows[r].name]--;
    for (uint32_t r = first; r < end; r = rows[r].end)
        counts[rows[r].name] = 0;
}

static void count_children(const struct weir_css_page *page, bool last,
                           uint32_t *out) {
    for (uint32_t r = 1; !last && r <= page->count; r++)
        out[r] = page->rows[r].prev ? out[page->rows[r].prev] + 1 : 1;
    /* Each hands its position on to the one before it; zeroed at first. */
    for (uint32_t r = page->count; last && r > 0; r--) {
        out[r]++;
        out[page->rows[r].prev] = out[r];
    }
}

enum weir_err css_page_positions(struct weir_css_page *page, int which) {
    bool last = which & 1, of_type = which & 2;
    uint32_t *counts, *made;
    if (page->positions[which])
        return WEIR_OK;
    made = weir_calloc((size_t)page->count + 1, sizeof *made);
    counts = weir_calloc((size_t)page->name_count + 1, sizeof *counts);
    if (!made || !counts) {
        weir_free(made);
        weir_free(counts);
        return WEIR_E_NOMEM;
    }
    if (!of_type)
        count_children(page, last, made);
    for (uint32_t r = 0; of_type && r <= page->count; r++)
        count_of_type(page, r, last, counts, made);
    weir_free(counts);
    page->positions[which] = made;
    return WEIR_OK;
}
