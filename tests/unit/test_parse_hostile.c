/* Pages that are made to exhaust a parser. What bounds them are counters; a
 * test that hangs runs into ctest's own limit. */
#include "doc/parse.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

static const char any[] = "*"; /* a note that may be there or not */

static void add(struct weir_buf *b, const char *text, int times) {
    for (int i = 0; i < times; i++)
        weir_buf_z(b, text);
}

/* "<b a123>": %d in the text is the number of the repetition. */
static void add_numbered(struct weir_buf *b, const char *format, int times) {
    char text[64];
    for (int i = 0; i < times; i++) {
        const char *at = strchr(format, '%');
        snprintf(text, sizeof text, "%.*s%d%s", (int)(at - format), format, i,
                 at + 1);
        weir_buf_z(b, text);
    }
}

/* Parses with both builders; every way of reading the tree must end. Returns
 * the builder of the default way. */
static enum weir_doc_parser survives(struct weir_buf *b, const char *note,
                                     const char *contains) {
    enum weir_doc_parser builder = WEIR_DOC_HTML5;
    CHECK(!b->failed);
    weir_doc_init();
    for (int p = WEIR_DOC_HTML5; p <= WEIR_DOC_LIBXML2; p++) {
        struct weir_doc_options o = weir_doc_defaults();
        struct weir_doc *doc;
        struct weir_buf out;
        o.parser = (enum weir_doc_parser)p;
        CHECK_OK(weir_doc_parse(weir_buf_view(b), &o, &doc, NULL));
        weir_buf_init(&out, 0);
        if (weir_doc_root(doc))
            weir_node_text(weir_doc_root(doc), &out);
        weir_buf_clear(&out);
        weir_doc_html(doc, &out);
        CHECK(!out.failed);
        if (contains)
            CHECK(weir_str_search(weir_buf_view(&out), weir_str_of(contains)) <
                  out.len);
        if (p == WEIR_DOC_HTML5) {
            struct weir_str said = weir_str_of(weir_doc_note(doc));
            builder = weir_doc_builder(doc);
            if (note && note != any)
                CHECK(weir_str_search(said, weir_str_of(note)) < said.n);
            else if (!note)
                CHECK_STR(said, WEIR_STR(""));
        }
        weir_buf_release(&out);
        weir_doc_destroy(doc);
    }
    weir_buf_release(b);
    return builder;
}

TEST(hostile_300_levels_are_fine) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    add(&b, "<div>", 300);
    weir_buf_z(&b, "<a href=deep>x</a>");
    CHECK_INT(survives(&b, NULL, "<a href=\"deep\">"), WEIR_DOC_HTML5);
}

TEST(hostile_200000_levels) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    add(&b, "<div>", 200000);
    weir_buf_z(&b, "<a href=deep>x</a>");
    CHECK_INT(survives(&b, "more than 512 levels", "<a href=\"deep\">"),
              WEIR_DOC_LIBXML2);
}

TEST(hostile_200000_levels_closed) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    add(&b, "<b><i>", 100000);
    weir_buf_z(&b, "<a href=deep>x</a>");
    add(&b, "</i></b>", 100000);
    survives(&b, "levels", "<a href=\"deep\">");
}

TEST(hostile_levels_and_end_tags_that_match_nothing) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    add(&b, "<div>", 100000);
    add(&b, "</x></p>", 100000);
    survives(&b, "levels", NULL);
}

/* </body> does not close the stack; the comment is shallow in the tree. */
TEST(hostile_levels_behind_shallow_nodes) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    add(&b, "<div></body><!---->", 60000);
    survives(&b, "levels", NULL);
}

TEST(hostile_levels_by_foster_parenting) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    add(&b, "<table><p>", 50000);
    survives(&b, any, NULL);
}

TEST(hostile_200000_attributes) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    weir_buf_z(&b, "<p>before<a ");
    add_numbered(&b, "a%=b ", 200000);
    weir_buf_z(&b, ">after");
    CHECK_INT(survives(&b, "more than 256 attributes", "before"),
              WEIR_DOC_LIBXML2);
}

/* The same where a scan of the tags would see a script, a comment, a value. */
TEST(hostile_hidden_attributes) {
    static const char *const hide[] = {"<svg><script><a ", "<svg><title><a ",
                                       "<!--><a ", "<select><style><a ",
                                       "<p title='>\"<a x=\"'><a "};
    for (size_t i = 0; i < sizeof hide / sizeof *hide; i++) {
        struct weir_buf b;
        weir_buf_init(&b, 0);
        weir_buf_z(&b, hide[i]);
        add_numbered(&b, "a%='>' ", 60000);
        weir_buf_z(&b, ">");
        weir_buf_z(&b, "</style>");
        weir_doc_init();
        survives(&b, "attributes", NULL);
    }
}

TEST(hostile_same_attribute_200000_times) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    weir_buf_z(&b, "<a ");
    add(&b, "x=y ", 200000);
    weir_buf_z(&b, ">after");
    CHECK_INT(survives(&b, NULL, "after"), WEIR_DOC_HTML5);
}

TEST(hostile_attributes_of_many_roots) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    add_numbered(&b, "<body a%><br>", 100000);
    CHECK_INT(survives(&b, "<html> and <body> tags", "<br>"), WEIR_DOC_LIBXML2);
}

/* 25 KB of this are a gigabyte in gumbo. */
TEST(hostile_formatting_elements) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    add_numbered(&b, "<b a%><p>", 2500);
    CHECK_INT(survives(&b, "html5 refused", NULL), WEIR_DOC_LIBXML2);
    weir_buf_init(&b, 0);
    weir_buf_z(&b, "<p>");
    add_numbered(&b, "<font a%>", 500);
    add(&b, "</p><p>x", 20000);
    CHECK_INT(survives(&b, "html5 refused", NULL), WEIR_DOC_LIBXML2);
}

/* Cells keep the formatting of paragraphs outside of them waiting. */
TEST(hostile_formatting_elements_in_nested_tables) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    for (int i = 0; i < 20; i++) {
        weir_buf_z(&b, "<p>");
        add_numbered(&b, "<b a%>", 100);
        weir_buf_z(&b, "</p><table><tr><td>");
    }
    add(&b, "<b></b>", 1000);
    CHECK_INT(survives(&b, "640 formatting elements", NULL), WEIR_DOC_LIBXML2);
}

TEST(hostile_adoption_agency) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    add(&b, "<a><div>", 400);
    add(&b, "</a>", 20000);
    survives(&b, any, NULL);
    weir_buf_init(&b, 0);
    add(&b, "<b><p></b>", 50000);
    survives(&b, any, NULL);
}

TEST(hostile_nested_tables_templates_selects) {
    static const char *const parts[] = {"<table><tr><td>",  "<template>",
                                        "<select><option>", "<svg><desc>",
                                        "<object><p>",      "<frameset>"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct weir_buf b;
        weir_buf_init(&b, 0);
        add(&b, parts[i], 40000);
        survives(&b, i == 2 ? NULL : "levels", NULL);
    }
}

TEST(hostile_text_in_pieces) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    add(&b, "<table>a<tr>", 20000);
    survives(&b, NULL, "a");
}

/* These break assertions of gumbo, which would end the program. */
TEST(hostile_assertions_of_gumbo) {
    static const char *const pages[] = {"<table><math><select><mi><select><tr>",
                                        "<table><svg><desc><![CDATA[x]]>x"};
    for (int i = 0; i < 2; i++) {
        struct weir_buf b;
        weir_buf_init(&b, 0);
        weir_buf_z(&b, pages[i]);
        CHECK_INT(survives(&b, "assertion", "table"), WEIR_DOC_LIBXML2);
    }
}

TEST(hostile_nodes_are_counted) {
    struct weir_doc_options o = weir_doc_defaults();
    struct weir_doc *doc;
    struct weir_buf b;
    struct weir_str note;
    o.limits.max_nodes = 1000;
    weir_buf_init(&b, 0);
    add(&b, "<br>", 5000);
    CHECK_OK(weir_doc_parse(weir_buf_view(&b), &o, &doc, NULL));
    note = weir_str_of(weir_doc_note(doc));
    CHECK(weir_doc_truncated(doc));
    CHECK(weir_doc_count(doc) <= 1000);
    CHECK(weir_str_starts(note, WEIR_STR("html5 refused")));
    CHECK(weir_str_search(note, WEIR_STR("libxml2 stopped after")) < note.n);
    weir_doc_destroy(doc);
    o.limits.max_page = 100;
    CHECK_INT(weir_doc_parse(weir_buf_view(&b), &o, &doc, NULL), WEIR_E_LIMIT);
    weir_buf_release(&b);
}

TEST(hostile_large_pages_go_to_libxml2) {
    struct weir_doc_options o = weir_doc_defaults();
    struct weir_doc *doc;
    o.limits.max_html5_page = 10;
    CHECK_OK(weir_doc_parse(WEIR_STR("<p>0123456789"), &o, &doc, NULL));
    CHECK_INT(weir_doc_builder(doc), WEIR_DOC_LIBXML2);
    CHECK(!weir_doc_truncated(doc));
    weir_doc_destroy(doc);
}

/* XML: as deep, as wide, and with as many namespaces. */
TEST(hostile_xml) {
    static const char *const parts[][2] = {
        {"<a>", "<a%>"},
        {"<a ", "a%='' "},
        {"<a>", "<p%:a xmlns:p%='u%'>"},
        {"<a>", "<p%:a xmlns:p%='u%'/>"},
    };
    struct weir_doc_options o = weir_doc_defaults();
    o.parser = WEIR_DOC_XML;
    for (int i = 0; i < 4; i++) {
        struct weir_buf b;
        struct weir_doc *doc;
        weir_buf_init(&b, 0);
        weir_buf_z(&b, parts[i][0]);
        for (int n = 0; n < 100000; n++) {
            for (const char *z = parts[i][1]; *z; z++) {
                if (*z == '%')
                    weir_buf_fmt(&b, "%d", n);
                else
                    weir_buf_byte(&b, *z);
            }
        }
        CHECK_OK(weir_doc_parse(weir_buf_view(&b), &o, &doc, NULL));
        CHECK_INT(weir_doc_truncated(doc), i == 1 || i == 2);
        weir_doc_destroy(doc);
        weir_buf_release(&b);
    }
}

/* The same page takes the same way. */
TEST(hostile_decisions_repeat) {
    struct weir_buf b, first, again;
    struct weir_doc *doc;
    weir_buf_init(&b, 0);
    weir_buf_init(&first, 0);
    weir_buf_init(&again, 0);
    add(&b, "<i><p>x", 600);
    for (int i = 0; i < 3; i++) {
        weir_buf_clear(&again);
        CHECK_OK(weir_doc_parse(weir_buf_view(&b), NULL, &doc, NULL));
        weir_buf_z(&again, weir_doc_note(doc));
        weir_doc_html(doc, &again);
        weir_doc_destroy(doc);
        if (i == 0)
            weir_buf_str(&first, weir_buf_view(&again));
        CHECK_STR(weir_buf_view(&again), weir_buf_view(&first));
    }
    weir_buf_release(&b);
    weir_buf_release(&first);
    weir_buf_release(&again);
}
