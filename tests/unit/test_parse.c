/* doc/parse: both builders, their limits, and what is read from trees. */
#include "doc/parse.h"
#include "test.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static struct weir_doc *parse_as(enum weir_doc_parser parser,
                                 struct weir_str page) {
    struct weir_doc_options o = weir_doc_defaults();
    struct weir_doc *doc;
    o.parser = parser;
    weir_doc_init();
    CHECK_OK(weir_doc_parse(page, &o, &doc, NULL));
    return doc;
}

static struct weir_doc *parse_z(const char *page) {
    return parse_as(WEIR_DOC_HTML5, weir_str_of(page));
}

static void shows(enum weir_doc_parser parser, const char *page,
                  const char *want) {
    struct weir_doc *doc = parse_as(parser, weir_str_of(page));
    struct weir_buf b;
    weir_buf_init(&b, 0);
    weir_doc_html5lib(doc, &b);
    CHECK_STR(weir_buf_view(&b), weir_str_of(want));
    CHECK_INT(weir_doc_builder(doc), parser);
    CHECK_Z(weir_doc_note(doc), "");
    weir_buf_release(&b);
    weir_doc_destroy(doc);
}

TEST(parse_html5) {
    shows(WEIR_DOC_HTML5, "<!DOCTYPE html><table><tr><td>1<p>2",
          "| <!DOCTYPE html>\n| <html>\n|   <head>\n|   <body>\n"
          "|     <table>\n|       <tbody>\n|         <tr>\n"
          "|           <td>\n|             \"1\"\n|             <p>\n"
          "|               \"2\"\n");
    shows(WEIR_DOC_HTML5, "", "| <html>\n|   <head>\n|   <body>\n");
}

/* Adjacent texts are one node, in the order of the tree. */
TEST(parse_merges_text) {
    shows(WEIR_DOC_HTML5, "<table>a<tr>b<td>c</table>d",
          "| <html>\n|   <head>\n|   <body>\n|     \"ab\"\n|     <table>\n"
          "|       <tbody>\n|         <tr>\n|           <td>\n"
          "|             \"c\"\n|     \"d\"\n");
}

TEST(parse_foreign_names) {
    shows(WEIR_DOC_HTML5,
          "<svg viewbox=1 xlink:href=#a><foreignobject/><PATH></svg>"
          "<math definitionurl=x><mi>",
          "| <html>\n|   <head>\n|   <body>\n|     <svg svg>\n"
          "|       viewBox=\"1\"\n|       xlink href=\"#a\"\n"
          "|       <svg foreignObject>\n|       <svg path>\n"
          "|     <math math>\n|       definitionURL=\"x\"\n"
          "|       <math mi>\n");
}

TEST(parse_libxml2) {
    shows(WEIR_DOC_LIBXML2, "<title>T</title><table><tr><td>1<p>2",
          "| <html>\n|   <head>\n|     <title>\n|       \"T\"\n|   <body>\n"
          "|     <table>\n|       <tr>\n|         <td>\n|           \"1\"\n"
          "|           <p>\n|             \"2\"\n");
}

/* gumbo is older than these: they are blocks, or nothing special. */
TEST(parse_newer_elements) {
    shows(WEIR_DOC_HTML5,
          "<p>a<dialog title='<dialog>'>b<p>c</DIALOG>"
          "<script>'</dialog><search>'</script><!--<menuitem>-->",
          "| <html>\n|   <head>\n|   <body>\n|     <p>\n|       \"a\"\n"
          "|     <dialog>\n|       title=\"<dialog>\"\n|       \"b\"\n"
          "|       <p>\n|         \"c\"\n|     <script>\n"
          "|       \"'</dialog><search>'\"\n|     <!-- <menuitem> -->\n");
}

TEST(parse_character_references_do_not_overflow) {
    shows(WEIR_DOC_HTML5, "a&#99999999999;b&#x1fffffff41;c&#0000000000065;",
          "| <html>\n|   <head>\n|   <body>\n"
          "|     \"a\xEF\xBF\xBD"
          "b\xEF\xBF\xBD"
          "cA\"\n");
}

TEST(parse_quirks) {
    static const struct {
        const char *page;
        enum weir_doc_quirks quirks;
    } cases[] = {
        {"<p>", WEIR_DOC_QUIRKS},
        {"<!doctype html>", WEIR_DOC_NO_QUIRKS},
        {" <!-- x --><?y?><!DOCTYPE HTML >", WEIR_DOC_NO_QUIRKS},
        {"<p><!doctype html>", WEIR_DOC_QUIRKS},
        {"<!doctype html public '-//W3C//DTD HTML 4.01//EN' "
         "'http://www.w3.org/TR/html4/strict.dtd'>",
         WEIR_DOC_NO_QUIRKS},
        {"<!doctype html public '-//w3c//dtd html 4.01 transitional//en'>",
         WEIR_DOC_QUIRKS},
        {"<!doctype html public '-//W3C//DTD HTML 4.01 Transitional//EN' 'x'>",
         WEIR_DOC_LIMITED_QUIRKS},
        {"<!doctype html public '-//W3C//DTD XHTML 1.0 Frameset//EN'>",
         WEIR_DOC_LIMITED_QUIRKS},
        {"<!doctype html public '-//W3C//DTD HTML 3.2//EN'>", WEIR_DOC_QUIRKS},
        {"<!doctype html system 'about:legacy-compat'>", WEIR_DOC_NO_QUIRKS},
        {"<!doctype html public>", WEIR_DOC_QUIRKS},
        {"<!doctype htm>", WEIR_DOC_QUIRKS},
        {"<!doctype html", WEIR_DOC_QUIRKS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int p = WEIR_DOC_HTML5; p <= WEIR_DOC_LIBXML2; p++) {
            struct weir_doc *doc =
                parse_as((enum weir_doc_parser)p, weir_str_of(cases[i].page));
            CHECK_INT(weir_doc_quirks(doc), cases[i].quirks);
            weir_doc_destroy(doc);
        }
    }
}

TEST(parse_xml_is_a_feed) {
    shows(WEIR_DOC_XML,
          "<?xml version='1.0'?><rss xmlns:i='urn:i' xmlns='urn:d'>"
          "<i:image href='&amp;&eacute;'/><t>&nbsp;<![CDATA[<b>]]></t></rss>",
          "| <rss>\n|   <i:image>\n|     href=\"&\xC3\xA9\"\n|   <t>\n"
          "|     \"\xC2\xA0<b>\"\n");
}

/* Neither files nor entities of the document's own: the bomb stays a name. */
TEST(parse_xml_expands_and_loads_nothing) {
    shows(WEIR_DOC_XML,
          "<!DOCTYPE a SYSTEM 'file:///etc/hostname' ["
          "<!ENTITY l 'lollollol'><!ENTITY m '&l;&l;&l;&l;'>"
          "<!ENTITY f SYSTEM 'file:///etc/passwd'>"
          "<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>"
          "<a b='x&m;y'>1&m;2&f;3</a>",
          "| <!DOCTYPE a \"\" \"file:///etc/hostname\">\n| <a>\n"
          "|   b=\"xy\"\n|   \"123\"\n");
}

static void text_is(const char *page, const char *want) {
    struct weir_doc *doc = parse_z(page);
    struct weir_buf b;
    weir_buf_init(&b, 0);
    weir_node_text(weir_doc_root(doc), &b);
    CHECK_STR(weir_buf_view(&b), weir_str_of(want));
    weir_buf_release(&b);
    weir_doc_destroy(doc);
}

TEST(parse_text) {
    text_is("<title>T</title><p> a\n <b>b</b>  c </p><p>d", "a b c\n\nd");
    text_is("<div>a</div><div>b<br>c<br></div>d", "a\nb\nc\n\nd");
    text_is("<ul><li>1<li>2</ul>x<script>no</script><style>no</style>",
            "1\n2\n\nx");
    text_is("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a\tb\nc\td");
    text_is("<pre>  x\n  y</pre>z", "  x\n  y\n\nz");
    text_is("a<template>no</template><noscript>c</noscript><!--no-->", "ac");
    text_is("<p></p><div><div></div></div>", "");
    text_is("<span>a</span> <span>b</span>", "a b");
}

TEST(parse_content) {
    struct weir_doc *doc = parse_z("<p> a <b>\n b</b>c<script>d</script> ");
    struct weir_buf b;
    weir_buf_init(&b, 0);
    weir_node_content(weir_doc_root(doc), &b);
    CHECK_STR(weir_buf_view(&b), WEIR_STR("a bcd"));
    weir_buf_release(&b);
    weir_doc_destroy(doc);
}

static void html_is(const char *page, const char *want) {
    struct weir_doc *doc = parse_z(page);
    struct weir_buf b;
    weir_buf_init(&b, 0);
    weir_doc_html(doc, &b);
    CHECK_STR(weir_buf_view(&b), weir_str_of(want));
    weir_buf_release(&b);
    weir_doc_destroy(doc);
}

/* HTML Standard section 13.3. */
TEST(parse_serialises_html) {
    html_is("<!doctype html><a title='&quot;<>&amp;\xC2\xA0'>&lt;&gt;&amp;\"",
            "<!DOCTYPE html><html><head></head><body>"
            "<a title=\"&quot;<>&amp;&nbsp;\">&lt;&gt;&amp;\"</a>"
            "</body></html>");
    html_is("<script>a<b&&c</script><br><img src=x><!--c-->",
            "<html><head><script>a<b&&c</script></head><body><br>"
            "<img src=\"x\"><!--c--></body></html>");
    html_is("<template><p>x<template></template></p></template>y",
            "<html><head><template><p>x<template></template></p></template>"
            "</head><body>y</body></html>");
    html_is("<svg xlink:href=a><circle/><foreignobject>",
            "<html><head></head><body><svg xlink:href=\"a\"><circle></circle>"
            "<foreignObject></foreignObject></svg></body></html>");
}

TEST(parse_reads_attributes) {
    struct weir_doc *doc = parse_z("<html id=\"\" lang=de xml:lang=en>");
    const struct weir_node *root = weir_doc_root(doc);
    struct weir_str value;
    CHECK(weir_node_attr(root, "lang", &value));
    CHECK_STR(value, WEIR_STR("de"));
    CHECK(weir_node_attr(root, "id", &value));
    CHECK_INT(value.n, 0);
    CHECK(weir_node_attr(root, "xml:lang", &value));
    CHECK(!weir_node_attr(root, "class", &value));
    weir_doc_destroy(doc);
}

TEST(parse_repairs_utf8_and_knows_lines) {
    struct weir_doc *doc = parse_z("<!-- -->\n\n<html><p>a\x80");
    struct weir_buf b;
    weir_buf_init(&b, 0);
    weir_node_text(weir_doc_root(doc), &b);
    CHECK_STR(weir_buf_view(&b), WEIR_STR("a\xEF\xBF\xBD"));
    CHECK_INT(weir_node_line(weir_doc_root(doc)), 3);
    weir_buf_release(&b);
    weir_doc_destroy(doc);
}

/* Every allocation fails once: an error or a tree, no crash, no leak. */
TEST(parse_survives_lack_of_memory) {
    static const char *const pages[] = {
        "<!doctype html><dialog><svg a=b><p>x&#99999999999;<template>t",
        "<p>\x80"};
    for (unsigned long n = 1; n < 80; n++) {
        for (int p = WEIR_DOC_HTML5; p <= WEIR_DOC_LIBXML2; p++) {
            struct weir_doc_options o = weir_doc_defaults();
            struct weir_doc *doc = NULL;
            enum weir_err err;
            o.parser = (enum weir_doc_parser)p;
            weir_mem_fail_nth(n);
            err = weir_doc_parse(weir_str_of(pages[n % 2]), &o, &doc, NULL);
            weir_mem_fail_nth(0);
            if (err)
                CHECK_INT(err, WEIR_E_NOMEM);
            weir_doc_destroy(doc);
        }
    }
}
