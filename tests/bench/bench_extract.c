/* What extraction costs beside what it stands on: a page of 60 KB and its ten
 * fields of several types, against parsing the same page and ten XPath
 * expressions whose results are only counted. The floor is our parser and our
 * XPath, and, for the libxml2 parser, libxml2 itself with the system's
 * allocator. Both in turns, in this process; the ratio is the median of each
 * round's pair. Last a listing of 60 KB with 40 items of three fields. */
#include "bench.h"
#include "doc/extract.h"
#include "doc/parse.h"
#include "doc/xpath.h"

#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>
#include <stdio.h>

enum { ROUNDS = 15, PAGES = 40, FIELDS = 10 };

/* ---- pages ---- */

static void put_filler(struct weir_buf *b, size_t until) {
    for (int i = 0; b->len < until; i++)
        weir_buf_fmt(b,
                     "<div class=\"row r%d\"><p>Paragraph <b>%d</b> of some "
                     "text with <a href=\"/link/%d\" title='t'>a link</a>, "
                     "<em>emphasis</em> &amp; an entity.</p><ul><li>one<li>two"
                     "</ul></div>\n",
                     i, i, i);
}

static void make_article(struct weir_buf *b) {
    weir_buf_z(b, "<!DOCTYPE html><html><head><title>Episode 7</title>"
                  "<meta property=\"og:title\" content=\"Episode 7\">"
                  "</head><body><nav><a href=/>Home</a></nav><main>");
    put_filler(b, 28000);
    weir_buf_z(b, "<article id=ep><h1 class=title>Episode <i>7</i></h1>"
                  "<p class=byline>with Ann Lee</p>"
                  "<time datetime=2019-06-19T19:00:00Z>June 19, 2019</time>"
                  "<audio><source src=/a/7.mp3 type=audio/mpeg></audio>"
                  "<span class=plays>1,234 plays</span>"
                  "<span class=price>$1,299.50</span>"
                  "<div class=notes><p>Notes with <a href=/x>links</a>.</p>"
                  "<p>And a second paragraph.</p></div>"
                  "<a class=tag href=/t/1>one</a><a class=tag href=/t/2>two</a>"
                  "<img class=cover src=/c.png></article>");
    put_filler(b, 60000);
    weir_buf_z(b, "</main></body></html>");
}

static const struct weir_select by_css[FIELDS] = {
    {.text = "h1.title"},
    {.text = "time", .attribute = "datetime"},
    {.text = "audio source", .attribute = "src"},
    {.text = ".byline"},
    {.text = ".notes"},
    {.text = ".plays"},
    {.text = ".price"},
    {.text = "a.tag"},
    {.text = "img.cover", .attribute = "src"},
    {.text = "article", .attribute = "id"},
};

static const struct weir_select by_xpath[FIELDS] = {
    {.kind = WEIR_SELECT_XPATH, .text = "//h1[@class='title']"},
    {.kind = WEIR_SELECT_XPATH, .text = "//time/@datetime"},
    {.kind = WEIR_SELECT_XPATH, .text = "//audio//source/@src"},
    {.kind = WEIR_SELECT_XPATH, .text = "//p[@class='byline']"},
    {.kind = WEIR_SELECT_XPATH, .text = "//div[@class='notes']"},
    {.kind = WEIR_SELECT_XPATH, .text = "//span[@class='plays']"},
    {.kind = WEIR_SELECT_XPATH, .text = "//span[@class='price']"},
    {.kind = WEIR_SELECT_XPATH, .text = "//a[@class='tag']"},
    {.kind = WEIR_SELECT_XPATH, .text = "//img[@class='cover']/@src"},
    {.kind = WEIR_SELECT_XPATH, .text = "//article/@id"},
};

static void make_article_fields(struct weir_field fields[FIELDS],
                                const struct weir_select *selects) {
    static const enum weir_field_type types[FIELDS] = {
        WEIR_FIELD_TEXT, WEIR_FIELD_DATE, WEIR_FIELD_URL,   WEIR_FIELD_TEXT,
        WEIR_FIELD_HTML, WEIR_FIELD_INT,  WEIR_FIELD_FLOAT, WEIR_FIELD_TEXT,
        WEIR_FIELD_URL,  WEIR_FIELD_TEXT};
    for (size_t i = 0; i < FIELDS; i++)
        fields[i] = (struct weir_field){.name = by_css[i].text,
                                        .selects = &selects[i],
                                        .select_count = 1,
                                        .type = types[i],
                                        .trim = true};
    fields[3].regex = "with (.+)$";
    fields[7].all = true;
}

/* ---- the two ways ---- */

struct bench {
    struct weir_str body;
    enum weir_doc_parser parser;
    bool bare; /* libxml2 itself for the floor */
    struct weir_xpath *xpaths[FIELDS];
    xmlXPathCompExpr *bare_xpaths[FIELDS];
    size_t count;
    struct weir_extractor *x;
    struct weir_url url;
    size_t found, records;
};

/* Other programs on the machine do not count. */
static double cpu_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Our parser and XPath, nothing else. */
static void floor_page(struct bench *b, struct weir_xpath_value *value) {
    struct weir_doc_options options = weir_doc_defaults();
    struct weir_xpath_page *page;
    struct weir_doc *doc;
    options.parser = b->parser;
    if (weir_doc_parse(b->body, &options, &doc, NULL) ||
        weir_xpath_page_create(doc, &page))
        exit(1);
    for (size_t k = 0; k < b->count; k++) {
        if (weir_xpath_eval(b->xpaths[k], page, NULL, value, NULL))
            exit(1);
        b->found += value->nodes.count;
    }
    weir_xpath_page_destroy(page);
    weir_doc_destroy(doc);
}

/* libxml2's HTML parser and XPath as its manual uses them. */
static void bare_page(struct bench *b) {
    htmlDocPtr doc = htmlReadMemory(b->body.p, (int)b->body.n, NULL, "UTF-8",
                                    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                                        HTML_PARSE_NOWARNING |
                                        HTML_PARSE_NONET | HTML_PARSE_COMPACT);
    xmlXPathContext *context = doc ? xmlXPathNewContext(doc) : NULL;
    if (!context)
        exit(1);
    for (size_t k = 0; k < b->count; k++) {
        xmlXPathObject *o = xmlXPathCompiledEval(b->bare_xpaths[k], context);
        if (!o)
            exit(1);
        b->found += o->nodesetval ? (size_t)o->nodesetval->nodeNr : 0;
        xmlXPathFreeObject(o);
    }
    xmlXPathFreeContext(context);
    xmlFreeDoc(doc);
}

static double time_floor(struct bench *b) {
    struct weir_xpath_value value;
    double start = cpu_now();
    weir_xpath_value_init(&value);
    for (int i = 0; i < PAGES; i++) {
        if (b->bare)
            bare_page(b);
        else
            floor_page(b, &value);
    }
    weir_xpath_value_release(&value);
    return (cpu_now() - start) / PAGES;
}

static double time_extract(struct bench *b) {
    struct weir_extract_input input = {.url = &b->url, .body = b->body};
    double start = cpu_now();
    for (int i = 0; i < PAGES; i++) {
        struct weir_extracted *page;
        if (weir_extract(b->x, &input, &page, NULL))
            exit(1);
        b->records += page->record_count;
        weir_extracted_destroy(page);
    }
    return (cpu_now() - start) / PAGES;
}

/* ---- running ---- */

static void create(struct bench *b, const struct weir_job *job,
                   const struct weir_select *xpaths, size_t count) {
    struct weir_error error = {0};
    b->count = count;
    for (size_t i = 0; i < count; i++) {
        const char *text = xpaths[i].text;
        b->bare_xpaths[i] = xmlXPathCompile((const xmlChar *)text);
        if (weir_xpath_compile(weir_str_of(text), &b->xpaths[i], NULL, &error))
            exit(1);
    }
    if (weir_url_parse(&b->url, WEIR_STR("https://site.example/p/7"), NULL,
                       &error) ||
        weir_extractor_create(&b->x, job, &error)) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
}

static void destroy(struct bench *b) {
    for (size_t i = 0; i < b->count; i++) {
        weir_xpath_destroy(b->xpaths[i]);
        xmlXPathFreeCompExpr(b->bare_xpaths[i]);
    }
    weir_extractor_destroy(b->x);
    weir_url_release(&b->url);
}

static void compare(const char *name, struct bench *b,
                    const struct weir_page *page,
                    const struct weir_select *xpaths, size_t count) {
    struct weir_job job = {.pages = page, .page_count = 1};
    double under[ROUNDS], over[ROUNDS], ratio[ROUNDS];
    create(b, &job, xpaths, count);
    time_floor(b);
    time_extract(b);
    b->found = b->records = 0;
    for (int i = 0; i < ROUNDS; i++) {
        under[i] = time_floor(b);
        over[i] = time_extract(b);
        ratio[i] = over[i] / under[i];
    }
    printf("  %-40s %9.1f %9.1f %7.3f  %zu nodes, %zu records\n", name,
           bench_median(under, ROUNDS) * 1e6, bench_median(over, ROUNDS) * 1e6,
           bench_median(ratio, ROUNDS), b->found / ROUNDS / PAGES,
           b->records / ROUNDS / PAGES);
    destroy(b);
}

static void run_article(const char *name, enum weir_doc_parser parser,
                        const struct weir_select *selects, bool bare) {
    struct weir_field fields[FIELDS];
    struct weir_page page = {.libxml2 = parser == WEIR_DOC_LIBXML2,
                             .fields = fields,
                             .field_count = FIELDS};
    struct bench b = {.parser = parser, .bare = bare};
    struct weir_buf body;
    weir_buf_init(&body, 0);
    make_article(&body);
    b.body = weir_buf_view(&body);
    make_article_fields(fields, selects);
    compare(name, &b, &page, by_xpath, FIELDS);
    weir_buf_release(&body);
}

static void run_listing(void) {
    static const struct weir_select selects[] = {
        {.text = "h2"},
        {.text = "h2 a", .attribute = "href"},
        {.text = "time"}};
    static const struct weir_select xpaths[] = {
        {.text = "//article"},
        {.text = "//article//h2"},
        {.text = "//article//h2//a/@href"},
        {.text = "//article//time"}};
    struct weir_field fields[3];
    struct weir_page page = {
        .items = {.text = "article.ep"}, .fields = fields, .field_count = 3};
    struct bench b = {.parser = WEIR_DOC_HTML5};
    struct weir_buf body;
    for (size_t i = 0; i < 3; i++)
        fields[i] = (struct weir_field){.name = selects[i].text,
                                        .selects = &selects[i],
                                        .select_count = 1,
                                        .trim = true};
    fields[1].type = WEIR_FIELD_URL;
    fields[2].type = WEIR_FIELD_DATE;
    weir_buf_init(&body, 0);
    for (int i = 0; i < 40; i++) {
        weir_buf_fmt(&body,
                     "<article class=ep><h2><a href=/ep/%d>Episode %d</a></h2>"
                     "<time>June %d, 2019</time>",
                     i, i, i % 28 + 1);
        put_filler(&body, (size_t)(i + 1) * 1500);
        weir_buf_z(&body, "</article>");
    }
    b.body = weir_buf_view(&body);
    compare("listing of 40 items, html5, CSS", &b, &page, xpaths, 4);
    weir_buf_release(&body);
}

int main(void) {
    weir_doc_init();
    printf("CPU in us a page of 60 KB, medians of %d rounds\n"
           "  %-40s %9s %9s %7s\n",
           ROUNDS, "", "floor", "extract", "ratio");
    run_article("html5, XPath", WEIR_DOC_HTML5, by_xpath, false);
    run_article("html5, CSS", WEIR_DOC_HTML5, by_css, false);
    run_article("libxml2, XPath", WEIR_DOC_LIBXML2, by_xpath, false);
    run_article("libxml2, CSS", WEIR_DOC_LIBXML2, by_css, false);
    run_article("libxml2, XPath; floor: libxml2 itself", WEIR_DOC_LIBXML2,
                by_xpath, true);
    run_article("libxml2, CSS; floor: libxml2 itself", WEIR_DOC_LIBXML2, by_css,
                true);
    run_listing();
    return 0;
}
