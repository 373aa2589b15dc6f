/* css_text.c - texts in selectors: filters, searching, :contains and :lang.
 *
 * :contains("x") asks for the text of an element with all its descendants;
 * asked element by element, a deep tree would be read once for each level.
 * Instead the text of the document is put together once, each element knowing
 * where its own begins and ends, and searched once: an element contains the
 * text if the first place at or after its beginning lies before its end. */
#include "doc/css_page.h"

#include "base/mem.h"
#include "doc/attribute.h"

#include <string.h>

uint64_t css_filter(enum css_filter_kind kind, const char *p, size_t n) {
    uint64_t h = 0xcbf29ce484222325u + kind; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)weir_to_lower(p[i])) * 0x100000001b3u;
    return (uint64_t)1 << ((h ^ h >> 29) * 0x9e3779b97f4a7c15u >> 58);
}

static char fold(char c, bool any_case) {
    return any_case ? weir_to_lower(c) : c;
}

static void fill_fallback(struct weir_str text, bool any_case,
                          uint32_t *fallback) {
    uint32_t k = 0;
    fallback[0] = 0;
    for (uint32_t i = 1; i < text.n; i++) {
        char c = fold(text.p[i], any_case);
        while (k && c != fold(text.p[k], any_case))
            k = fallback[k - 1];
        k += c == fold(text.p[k], any_case);
        fallback[i] = k;
    }
}

bool css_needle_prepare(struct css_needle *n, struct weir_arena *arena) {
    for (int any_case = 0; any_case < 2; any_case++) {
        n->fallback[any_case] = weir_arena_alloc(
            arena, (n->text.n + 1) * sizeof *n->fallback[any_case]);
        if (!n->fallback[any_case])
            return false;
        fill_fallback(n->text, any_case, n->fallback[any_case]);
    }
    return true;
}

size_t css_needle_find(const struct css_needle *n, struct weir_str hay,
                       size_t from, bool any_case) {
    const uint32_t *fallback = n->fallback[any_case];
    uint32_t k = 0;
    if (n->text.n == 0)
        return from < hay.n ? from : hay.n;
    for (size_t i = from; i < hay.n; i++) {
        char c = fold(hay.p[i], any_case);
        while (k && c != fold(n->text.p[k], any_case))
            k = fallback[k - 1];
        k += c == fold(n->text.p[k], any_case);
        if (k == n->text.n)
            return i + 1 - n->text.n;
    }
    return hay.n;
}

/* Rows are met in their order: the walk is the one that numbered them. */
static enum weir_err gather(struct weir_css_page *page, struct css_text *t) {
    const xmlNode *n = page->doc->xml.children;
    uint32_t row = 0, parent = 0;
    while (n) {
        if (n->type == XML_ELEMENT_NODE) {
            t->start[++row] = t->all.len;
            if (n->children) {
                parent = row;
                n = n->children;
                continue;
            }
            t->end[row] = t->all.len;
        } else if ((n->type == XML_TEXT_NODE ||
                    n->type == XML_CDATA_SECTION_NODE) &&
                   n->content) {
            enum weir_err e = weir_buf_z(&t->all, (const char *)n->content);
            if (e)
                return e;
        }
        while (!n->next && parent) {
            t->end[parent] = t->all.len;
            n = page->rows[parent].node;
            parent = page->rows[parent].parent;
        }
        n = n->next;
    }
    return WEIR_OK;
}

void css_text_release(struct css_text *text) {
    if (!text)
        return;
    weir_buf_release(&text->all);
    weir_free(text->start);
    weir_free(text->end);
    weir_free(text);
}

static enum weir_err index_text(struct weir_css_page *page) {
    size_t rows = (size_t)page->count + 1;
    enum weir_err e = WEIR_E_NOMEM;
    struct css_text *t = weir_calloc(1, sizeof *t);
    if (!t)
        return WEIR_E_NOMEM;
    weir_buf_init(&t->all, 0);
    t->start = weir_calloc(rows, sizeof *t->start);
    t->end = weir_calloc(rows, sizeof *t->end);
    if (t->start && t->end)
        e = gather(page, t);
    if (e)
        css_text_release(t);
    else
        page->text = t;
    return e;
}

enum weir_err css_contains_column(struct weir_css_page *page,
                                  const struct css_needle *texts,
                                  uint8_t *column) {
    enum weir_err e = page->text ? WEIR_OK : index_text(page);
    if (e)
        return e;
    for (; texts; texts = texts->next) {
        struct weir_str all = weir_buf_view(&page->text->all);
        size_t place = css_needle_find(texts, all, 0, false);
        /* Elements begin in the order of their rows. */
        for (uint32_t r = 1; r <= page->count; r++) {
            size_t end = page->text->end[r];
            if (place < page->text->start[r])
                place =
                    css_needle_find(texts, all, page->text->start[r], false);
            if (texts->text.n == 0 ||
                (texts->text.n <= end && place <= end - texts->text.n))
                column[r] = 1;
        }
    }
    return WEIR_OK;
}

static struct weir_str next_subtag(struct weir_str *rest) {
    struct weir_str subtag;
    weir_str_cut(*rest, '-', &subtag, rest);
    return subtag;
}

/* RFC 4647 section 3.3.2, extended filtering, as Selectors 4 section 10.2 asks
 * for; "" is the range and the tag of no language. */
static bool is_in_range(struct weir_str range, struct weir_str tag) {
    struct weir_str want = next_subtag(&range), have = next_subtag(&tag);
    if (want.n == 0 || have.n == 0)
        return want.n == have.n;
    if (!weir_str_eq(want, WEIR_STR("*")) && !weir_str_eq_nocase(want, have))
        return false;
    while (range.n) {
        want = next_subtag(&range);
        while (!weir_str_eq(want, WEIR_STR("*"))) {
            if (tag.n == 0)
                return false;
            have = next_subtag(&tag);
            if (weir_str_eq_nocase(want, have))
                break;
            if (have.n == 1)
                return false;
        }
    }
    return true;
}

static bool is_in_ranges(const struct css_needle *ranges, const char *tag) {
    for (; ranges; ranges = ranges->next)
        if (is_in_range(ranges->text, weir_str_of(tag)))
            return true;
    return false;
}

static const char *value_of(const xmlNode *node, const char *name) {
    const xmlAttr *a = doc_attribute(node, name, name, false);
    return a ? weir_attr_value(a) : NULL;
}

/* HTML Standard, "The lang and xml:lang attributes": what the document's
 * <meta http-equiv=content-language> says where no attribute does. */
static const char *page_language(struct weir_css_page *page) {
    uint32_t meta = css_page_name(page, "meta");
    if (page->language_known)
        return page->language;
    for (uint32_t r = 1; meta && r <= page->count; r++) {
        const char *kind, *content;
        if (page->rows[r].name != meta)
            continue;
        kind = value_of(page->rows[r].node, "http-equiv");
        content = value_of(page->rows[r].node, "content");
        if (kind && content && !strchr(content, ',') && *content &&
            weir_str_eq_nocase(weir_str_of(kind), WEIR_STR("content-language")))
            page->language = content;
    }
    page->language_known = true;
    return page->language;
}

enum weir_err css_lang_column(struct weir_css_page *page,
                              const struct css_needle *ranges,
                              uint8_t *column) {
    uint64_t marked = css_filter(CSS_FILTER_ATTRIBUTE, "lang", 4) |
                      css_filter(CSS_FILTER_ATTRIBUTE, "xml:lang", 8);
    struct weir_str language = weir_str_trim(weir_str_of(page_language(page)));
    bool unmarked = false;
    for (const struct css_needle *n = ranges; n; n = n->next)
        unmarked = unmarked || is_in_range(n->text, language);
    for (uint32_t r = 1; r <= page->count; r++) {
        const struct css_row *row = &page->rows[r];
        const char *own = NULL;
        if (row->filter & marked) {
            own = value_of(row->node, "lang");
            own = own ? own : value_of(row->node, "xml:lang");
        }
        if (own)
            column[r] = is_in_ranges(ranges, own);
        else
            column[r] = row->parent ? column[row->parent] : unmarked;
    }
    return WEIR_OK;
}
