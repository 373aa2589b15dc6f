/* doc/links: what is found, in which order, and that nothing hides it. */
#include "doc/html_refs.h"
#include "doc/html_scan.h"
#include "doc/links.h"
#include "test.h"

#include <stdio.h>

/* One line a link: "element@attribute url [text] [nofollow]". */
static bool note(const struct weir_link *link, void *data) {
    struct weir_buf *out = data;
    weir_buf_fmt(out, "%s@%s %.*s", link->element, link->attribute,
                 WEIR_STR_ARG(link->url));
    if (link->text.n)
        weir_buf_fmt(out, " [%.*s]", WEIR_STR_ARG(link->text));
    if (link->rel.n)
        weir_buf_fmt(out, " rel=%.*s", WEIR_STR_ARG(link->rel));
    if (link->nofollow)
        weir_buf_z(out, " nofollow");
    weir_buf_byte(out, '\n');
    return true;
}

static void finds_in(struct weir_str page, const char *want) {
    struct weir_links links;
    struct weir_buf out;
    weir_buf_init(&out, 0);
    weir_links_init(&links);
    CHECK_OK(weir_links_find(&links, page, note, &out));
    CHECK_STR(weir_buf_view(&out), weir_str_of(want));
    weir_links_release(&links);
    weir_buf_release(&out);
}

static void finds(const char *page, const char *want) {
    finds_in(weir_str_of(page), want);
}

TEST(links_of_all_elements) {
    finds("<link rel=stylesheet href=1><script src=2></script>"
          "<img src=3 alt='A &amp; B'><iframe src=4></iframe><area href=5>"
          "<form action=6><input type=image src=7></form>"
          "<video src=8 poster=9><source src=10><track src=11></video>"
          "<object data=12></object><embed src=13><blockquote cite=14>"
          "<svg><use xlink:href=15 /><image href=16 /></svg><frame src=17>"
          "<body background=18>",
          "link@href 1 rel=stylesheet\nscript@src 2\nimg@src 3 [A & B]\n"
          "iframe@src 4\narea@href 5\nform@action 6\ninput@src 7\n"
          "video@src 8\nvideo@poster 9\nsource@src 10\ntrack@src 11\n"
          "object@data 12\nembed@src 13\nblockquote@cite 14\n"
          "use@xlink:href 15\nimage@href 16\nframe@src 17\n"
          "body@background 18\n");
}

TEST(links_anchors_have_their_text) {
    finds("<a href=1> One\n <b>tw</b>o<div>three</div>4 </a>"
          "<a href=2><img src=i alt=Pic></a><a href=3>x<a href=4>y",
          "a@href 1 [One two three 4]\nimg@src i [Pic]\na@href 2 [Pic]\n"
          "a@href 3 [x]\na@href 4 [y]\n");
}

TEST(links_values) {
    finds("<A HREF=' a?b=1&amp;c=2&copy=3&#38;d&colon; ' href=no>x</A>",
          "a@href a?b=1&c=2&copy=3&d: [x]\n");
    finds("<a href=\"x>y\" rel='NoFollow noopener'>",
          "a@href x>y rel=NoFollow noopener nofollow\n");
    finds("<a href=''>e</a><a href>f</a><a>g</a><a name=n>h</a>",
          "a@href  [e]\na@href  [f]\n");
    finds("<img srcset='a 1x, b 2x,c, ,d(1,2) (3,4) 3x' src=e>",
          "img@src e\nimg@srcset a\nimg@srcset b\nimg@srcset c\n"
          "img@srcset d(1,2)\n");
}

TEST(links_meta) {
    static const struct {
        const char *content, *url;
    } cases[] = {
        {"0;url=x", "x"},  {" 5 ; URL = 'y z'u", "y z"},
        {"3,q", "q"},      {"1.5 url=a", "a"},
        {"5", NULL},       {"x;url=y", NULL},
        {"0; url", "url"}, {".5;url=\"b\"", "b"},
        {"0;url=", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_str url = {NULL, 0};
        bool found = weir_links_refresh(weir_str_of(cases[i].content), &url);
        CHECK_INT(found, cases[i].url != NULL);
        if (found)
            CHECK_STR(url, weir_str_of(cases[i].url));
    }
    finds("<meta http-equiv=Refresh content='0;url=a&amp;b'>",
          "meta@content a&b\n");
}

TEST(links_base_and_robots) {
    struct weir_links links;
    struct weir_buf out;
    weir_buf_init(&out, 0);
    weir_links_init(&links);
    CHECK_OK(weir_links_find(&links,
                             WEIR_STR("<base target=x><base href=' /d/ '>"
                                      "<base href=no><a href=1></a>"
                                      "<meta name=ROBOTS content='x, none'>"
                                      "<a href=2></a>"),
                             note, &out));
    CHECK_STR(weir_buf_view(&links.base), WEIR_STR("/d/"));
    CHECK(links.nofollow && links.noindex);
    CHECK_STR(weir_buf_view(&out), WEIR_STR("a@href 1\na@href 2 nofollow\n"));
    weir_links_release(&links);
    weir_buf_release(&out);
}

/* What is no markup has no links. */
TEST(links_only_in_markup) {
    finds("<!-- <a href=1> --><script>'<a href=2>'</script>"
          "<style><a href=3></style><textarea><a href=4></textarea>"
          "<title><a href=5></title><template><a href=6></a></template>"
          "<p title='<a href=7>'><!x <a href=8><xmp><a href=9></xmp>"
          "<noscript><a href=10></a></noscript>",
          "a@href 10\n");
    finds("<script><!-- <script> </script> <a href=1> --></script><a href=2>",
          "a@href 2\n");
    finds("<!--><a href=1></a><!---><a href=2></a><!-- --!><a href=3></a>",
          "a@href 1\na@href 2\na@href 3\n");
    finds("<plaintext><a href=1>", "");
    finds("<a href=1", "");
}

TEST(links_300_and_200000_levels_deep) {
    struct weir_buf page;
    int levels[] = {300, 200000};
    for (int i = 0; i < 2; i++) {
        weir_buf_init(&page, 0);
        for (int n = 0; n < levels[i]; n++)
            weir_buf_z(&page, "<div>");
        weir_buf_z(&page, "<a href=deep>");
        finds_in(weir_buf_view(&page), "a@href deep\n");
        weir_buf_release(&page);
    }
}

TEST(links_behind_200000_attributes) {
    struct weir_buf page;
    weir_buf_init(&page, 0);
    weir_buf_z(&page, "<a ");
    for (int n = 0; n < 200000; n++)
        weir_buf_fmt(&page, "a%d=x ", n);
    weir_buf_z(&page, "href=late></a><a href=next>");
    finds_in(weir_buf_view(&page), "a@href late\na@href next\n");
    weir_buf_release(&page);
}

static bool stop(const struct weir_link *link, void *data) {
    (void)link;
    return ++*(int *)data < 2;
}

TEST(links_callback_ends_the_pass) {
    struct weir_links links;
    int count = 0;
    weir_links_init(&links);
    CHECK_OK(weir_links_find(&links,
                             WEIR_STR("<img src=1><img src=2><img src=3>"
                                      "<a href=4>"),
                             stop, &count));
    CHECK_INT(count, 2);
    weir_links_release(&links);
}

static void unescapes(const char *in, bool attribute, const char *want) {
    struct weir_buf out;
    weir_buf_init(&out, 0);
    CHECK_OK(weir_html_unescape(weir_str_of(in), attribute, &out));
    CHECK_STR(weir_buf_view(&out), weir_str_of(want));
    weir_buf_release(&out);
}

TEST(links_character_references) {
    unescapes("&lt;&#x41;&#66&amp&nosuch;&", false, "<AB&&nosuch;&");
    unescapes("&notit &copy2024", false,
              "\xC2\xACit \xC2\xA9"
              "2024");
    unescapes("&notit &copy2024 &copy= &copy;", true,
              "&notit &copy2024 &copy= \xC2\xA9");
    unescapes("&#0;&#xD800;&#128;&#99999999999;", false,
              "\xEF\xBF\xBD\xEF\xBF\xBD\xE2\x82\xAC\xEF\xBF\xBD");
    unescapes("java&Tab;script&colon;&euro;&euro", true,
              "java\tscript:\xE2\x82\xAC&euro");
}
