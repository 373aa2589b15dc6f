/* Selectors: what a page costs once, what a selector costs then, beside
 * libxml2's XPath of the same meaning, and how both grow with a wide parent. */
#include "bench.h"
#include "doc/css.h"
#include "doc/xpath.h"

#include <stdio.h>

struct pair {
    const char *css, *xpath;
};

static const struct pair pairs[] = {
    {"a", "//a"},
    {"#item500", "//*[@id='item500']"},
    {".title", "//*[contains(concat(' ',normalize-space(@class),' '),"
               "' title ')]"},
    {"div.item > h2.title a[href]",
     "//div[contains(concat(' ',normalize-space(@class),' '),' item ')]"
     "/h2[contains(concat(' ',normalize-space(@class),' '),' title ')]"
     "//a[@href]"},
    {"li:has(> b)", "//li[b]"},
    {"p:contains('500')", "//p[contains(.,'500')]"},
    {"div.item:nth-child(3n)",
     "//div[contains(concat(' ',normalize-space(@class),' '),' item ')]"
     "[(count(preceding-sibling::*)+1) mod 3 = 0]"},
    {"div.item ~ div:last-of-type",
     "//div[contains(concat(' ',normalize-space(@class),' '),' item ')]"
     "/following-sibling::div[last()]"},
};

static struct weir_doc *make_page(size_t items) {
    struct weir_buf b;
    struct weir_doc *doc;
    struct weir_error error;
    weir_buf_init(&b, 0);
    weir_buf_z(&b, "<!DOCTYPE html><body>");
    for (size_t i = 0; i < items; i++)
        weir_buf_fmt(&b,
                     "<div class='item card' id=item%zu data-n=%zu>"
                     "<h2 class='title big'><a href=/item/%zu>Item</a></h2>"
                     "<p class=text>Text of number %zu<ul><li>a<li><b>b</b>"
                     "</ul></div>\n",
                     i, i, i, i);
    if (weir_doc_parse(weir_buf_view(&b), NULL, &doc, &error))
        doc = NULL;
    weir_buf_release(&b);
    return doc;
}

/* One selector on a page that was not asked before, without its index. */
static double time_css(const char *selector, const struct weir_doc *doc,
                       size_t *count) {
    struct weir_css_page *page;
    struct weir_css *css;
    struct weir_nodes found;
    double start, took = -1;
    weir_nodes_init(&found);
    if (weir_css_compile(weir_str_of(selector), &css, NULL, NULL))
        return took;
    if (!weir_css_page_create(doc, &page)) {
        start = bench_now();
        if (!weir_css_select(css, page, NULL, &found))
            took = bench_now() - start;
        *count = found.count;
        weir_css_page_destroy(page);
    }
    weir_css_destroy(css);
    weir_nodes_release(&found);
    return took;
}

static double time_xpath(const char *expression, struct weir_doc *doc,
                         size_t *count) {
    struct weir_xpath_page *page;
    struct weir_xpath_value value;
    struct weir_xpath *x;
    double start, took = -1;
    weir_xpath_value_init(&value);
    if (weir_xpath_compile(weir_str_of(expression), &x, NULL, NULL))
        return took;
    if (!weir_xpath_page_create(doc, &page)) {
        weir_xpath_page_limit(page, 0);
        start = bench_now();
        if (!weir_xpath_eval(x, page, NULL, &value, NULL))
            took = bench_now() - start;
        *count = value.nodes.count;
        weir_xpath_page_destroy(page);
    }
    weir_xpath_destroy(x);
    weir_xpath_value_release(&value);
    return took;
}

static void compare(const struct pair *pair, struct weir_doc *doc, int rounds) {
    double css[BENCH_ROUNDS], xpath[BENCH_ROUNDS];
    size_t found = 0, other = 0;
    for (int i = 0; i < rounds; i++) {
        css[i] = time_css(pair->css, doc, &found);
        xpath[i] = time_xpath(pair->xpath, doc, &other);
    }
    printf("  %-30s %9.1f %9.1f  %zu%s\n", pair->css,
           bench_median(css, (size_t)rounds) * 1e6,
           bench_median(xpath, (size_t)rounds) * 1e6, found,
           found == other ? "" : " (not the same)");
}

/* Three fields of each item, asked below it as a job does. */
static double time_items(const struct weir_doc *doc) {
    static const char *const fields[] = {"h2 a", ".text",
                                         ":scope > ul li:has(b)"};
    struct weir_css *item, *field[3];
    struct weir_css_page *page;
    struct weir_nodes items, found;
    double start = bench_now();
    weir_nodes_init(&items);
    weir_nodes_init(&found);
    if (weir_css_compile(WEIR_STR(".item"), &item, NULL, NULL) ||
        weir_css_page_create(doc, &page))
        return -1;
    for (int i = 0; i < 3; i++)
        if (weir_css_compile(weir_str_of(fields[i]), &field[i], NULL, NULL))
            return -1;
    start = bench_now();
    if (weir_css_select(item, page, NULL, &items))
        return -1;
    for (size_t i = 0; i < items.count; i++)
        for (int k = 0; k < 3; k++)
            if (weir_css_select(field[k], page, items.at[i], &found))
                return -1;
    start = bench_now() - start;
    weir_css_page_destroy(page);
    for (int i = 0; i < 3; i++)
        weir_css_destroy(field[i]);
    weir_css_destroy(item);
    weir_nodes_release(&items);
    weir_nodes_release(&found);
    return start;
}

static double time_index(const struct weir_doc *doc) {
    struct weir_css_page *page;
    double start = bench_now();
    if (weir_css_page_create(doc, &page))
        return -1;
    start = bench_now() - start;
    weir_css_page_destroy(page);
    return start;
}

static void run(size_t items, int rounds) {
    struct weir_doc *doc = make_page(items);
    double index[BENCH_ROUNDS], fields[BENCH_ROUNDS];
    if (!doc)
        return;
    for (int i = 0; i < rounds; i++) {
        index[i] = time_index(doc);
        fields[i] = time_items(doc);
    }
    printf("%zu items, %zu nodes\n", items, weir_doc_count(doc));
    printf("  index of the page              %9.1f us\n",
           bench_median(index, (size_t)rounds) * 1e6);
    printf("  three fields of each item      %9.1f us\n",
           bench_median(fields, (size_t)rounds) * 1e6);
    printf("  %-30s %9s %9s  found\n", "us a page", "css", "XPath");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        compare(&pairs[i], doc, rounds);
    weir_doc_destroy(doc);
}

int main(void) {
    weir_doc_init();
    run(1000, BENCH_ROUNDS);
    run(10000, 1); /* XPath's quadratic ones take their time */
    return 0;
}
