/* jobfile_pages.c - pages: the page types. */
#include "cli/jobfile_reader.h"

#include <string.h>

/* --- names
 * ----------------------------------------------------------------------- */

bool weir_jobread_page(struct weir_jobread *r, const struct weir_yaml *node,
                       const struct weir_yaml *pages, size_t *out) {
    struct weir_nearest best = {0};
    const char *name = weir_jobread_text(r, node, 0);
    size_t i = 0;
    if (!name)
        return false;
    best.wanted = weir_str_of(name);
    for (const struct weir_yaml *p = pages ? pages->first : NULL; p;
         p = p->next, i++) {
        if (weir_str_eq(p->key, best.wanted)) {
            *out = i;
            return true;
        }
        weir_nearest_offer(&best, p->key.p);
    }
    if (best.found)
        weir_jobread_error(r, node->place,
                           "there is no page type \"%.60s\"; did you mean %s?",
                           name, best.found);
    else
        weir_jobread_error(r, node->place, "there is no page type \"%.60s\"",
                           name);
    return false;
}

/* All names of fields, before anything refers to them. */
static void collect_names(struct weir_jobread *r,
                          const struct weir_yaml *pages) {
    for (const struct weir_yaml *p = pages->first; p; p = p->next) {
        const struct weir_yaml *fields = weir_yaml_get(p, "fields");
        if (!fields || fields->kind != WEIR_YAML_MAP)
            continue;
        for (const struct weir_yaml *f = fields->first; f; f = f->next)
            weir_jobread_add_field(r, f->key.p);
    }
}

/* --- one page type
 * ------------------------------------------------------------------ */

static void check_dedupe(struct weir_jobread *r, const struct weir_yaml *node,
                         struct weir_page *page) {
    const struct weir_yaml *item = weir_jobread_first(node);
    page->dedupe = weir_jobread_texts(r, node, &page->dedupe_count);
    for (size_t i = weir_jobread_many(node); i > 0; i--, item = item->next)
        if (item->kind == WEIR_YAML_SCALAR)
            weir_jobread_check_field(r, item, item->text.p);
}

static void read_page(struct weir_jobread *r, const struct weir_yaml *node,
                      const struct weir_yaml *pages, struct weir_page *page) {
    const struct weir_yaml *items;
    page->name = node->key.p;
    page->place = node->key_place;
    if (!weir_jobread_keys(r, node, WEIR_JOBFILE_page))
        return;
    items = weir_yaml_get(node, "items");
    if (items && items->kind == WEIR_YAML_LIST)
        weir_jobread_error(r, items->place,
                           "expected one selector, found a list; if the "
                           "brackets belong to it, quote it");
    else
        weir_jobread_select(r, items, &page->items);
    if (page->items.attribute) {
        weir_jobread_error(r, items->place,
                           "items are elements: no @attribute here");
        page->items.attribute = NULL;
    }
    weir_jobread_request(r, node, true, &page->request);
    weir_jobread_cache(r, weir_yaml_get(node, "cache"), &page->cache,
                       &page->cache_age_s);
    weir_jobread_parser(r, weir_yaml_get(node, "parser"), &page->libxml2);
    weir_jobread_fields(r, weir_yaml_get(node, "fields"), page);
    weir_jobread_next(r, weir_yaml_get(node, "next"), page);
    weir_jobread_follow(r, weir_yaml_get(node, "follow"), pages, page);
    check_dedupe(r, weir_yaml_get(node, "dedupe"), page);
    if (!weir_yaml_get(node, "fields") && !weir_yaml_get(node, "follow"))
        weir_jobread_warn(r, page->place,
                          "the page type \"%.60s\" has neither fields nor "
                          "follow: nothing comes of it",
                          page->name);
}

void weir_jobread_pages(struct weir_jobread *r, const struct weir_yaml *node) {
    struct weir_job *job = r->job;
    bool libxml2 = false;
    struct weir_page *pages;
    size_t n = 0;
    if (!node)
        return;
    if (node->kind != WEIR_YAML_MAP) {
        weir_jobread_expected(r, node, "a mapping of page types");
        return;
    }
    if (node->count == 0)
        weir_jobread_error(r, node->place, "pages: names no page type");
    collect_names(r, node);
    pages = weir_jobread_array(r, node->count, sizeof *pages);
    job->pages = pages;
    weir_jobread_parser(r, r->parser, &libxml2);
    for (const struct weir_yaml *m = node->first; pages && m; m = m->next) {
        pages[n].libxml2 = libxml2;
        read_page(r, m, node, &pages[n++]);
    }
    job->page_count = n;
}
