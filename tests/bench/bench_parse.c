/* Pages: bytes per second of CPU of the two builders beside their bare
 * libraries, and of the pass that only looks for links. With file names as
 * arguments it measures those pages, else one made up. */
#include "doc/links.h"
#include "doc/parse.h"

#include <gumbo.h>
#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <time.h>

#define RUN_SECONDS 1.0

/* Of this thread's work, so that neighbours do not count. */
static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

typedef size_t (*parse_fn)(struct weir_str page);

static size_t by_weir(struct weir_str page, enum weir_doc_parser parser) {
    struct weir_doc_options o = weir_doc_defaults();
    struct weir_doc *doc;
    size_t n;
    o.parser = parser;
    if (weir_doc_parse(page, &o, &doc, NULL))
        return 0;
    n = weir_doc_builder(doc) == parser ? weir_doc_count(doc) : 0;
    weir_doc_destroy(doc);
    return n;
}

static size_t html5(struct weir_str page) {
    return by_weir(page, WEIR_DOC_HTML5);
}

static size_t libxml2(struct weir_str page) {
    return by_weir(page, WEIR_DOC_LIBXML2);
}

static size_t bare_gumbo(struct weir_str page) {
    GumboOutput *out =
        gumbo_parse_with_options(&kGumboDefaultOptions, page.p, page.n);
    gumbo_destroy_output(&kGumboDefaultOptions, out);
    return 1;
}

static size_t bare_libxml2(struct weir_str page) {
    htmlDocPtr doc = htmlReadMemory(
        page.p, (int)page.n, NULL, "UTF-8",
        HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
            HTML_PARSE_NONET | HTML_PARSE_COMPACT | XML_PARSE_HUGE);
    xmlFreeDoc(doc);
    return doc != NULL;
}

static bool count_link(const struct weir_link *link, void *data) {
    (void)link;
    ++*(size_t *)data;
    return true;
}

static size_t links(struct weir_str page) {
    struct weir_links l;
    size_t n = 0;
    weir_links_init(&l);
    if (weir_links_find(&l, page, count_link, &n))
        n = 0;
    weir_links_release(&l);
    return n;
}

static void measure(const char *name, parse_fn parse, struct weir_str page) {
    double start = cpu_seconds(), took;
    size_t rounds = 0, n;
    do {
        n = parse(page);
        rounds++;
        took = cpu_seconds() - start;
    } while (took < RUN_SECONDS);
    printf("  %-22s %8.1f MB/s %8.0f pages/s  (%zu)\n", name,
           (double)page.n * (double)rounds / took / 1e6, (double)rounds / took,
           n);
}

static void measure_all(const char *name, struct weir_str page) {
    printf("%s, %zu bytes\n", name, page.n);
    measure("html5", html5, page);
    measure("gumbo alone", bare_gumbo, page);
    measure("libxml2", libxml2, page);
    measure("htmlReadMemory", bare_libxml2, page);
    measure("links", links, page);
}

static void make_page(struct weir_buf *b) {
    weir_buf_z(b, "<!DOCTYPE html><html lang=en><head><meta charset=utf-8>"
                  "<title>Items</title><link rel=stylesheet href=/s.css>"
                  "<script>var a = 1 < 2 && 3;</script></head><body>");
    for (int i = 0; i < 400; i++)
        weir_buf_fmt(
            b,
            "\n  <article class=\"item card\" id=\"item-%d\">\n"
            "    <h2 class=title><a href=\"/item/%d?a=1&amp;b=2\">Item %d</a>"
            "</h2>\n    <p>Some <b>text</b> that <em>describes</em> the item, "
            "as a shop would have it, with caf\xC3\xA9 &mdash; and more.</p>\n"
            "    <ul><li>One<li>Two</ul><img src=\"/i/%d.jpg\" alt=\"\">\n"
            "    <span class=\"price\" data-cents=\"%d\">&euro; %d</span>\n"
            "  </article>",
            i, i, i, i, i * 7, i);
}

int main(int argc, char **argv) {
    struct weir_buf page;
    weir_doc_init();
    weir_buf_init(&page, 0);
    if (argc < 2) {
        make_page(&page);
        measure_all("a shop", weir_buf_view(&page));
    }
    for (int i = 1; i < argc; i++) {
        char chunk[65536];
        size_t n;
        FILE *f = fopen(argv[i], "rb");
        if (!f) {
            perror(argv[i]);
            return 1;
        }
        weir_buf_clear(&page);
        while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
            weir_buf_add(&page, chunk, n);
        fclose(f);
        measure_all(argv[i], weir_buf_view(&page));
    }
    weir_buf_release(&page);
    return 0;
}
