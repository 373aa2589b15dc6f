/* Feeds as input. */
#include "test.h"

#include "base/mem.h"
#include "doc/feedin.h"
#include "extract_case.h"

#include <stdio.h>

struct problems {
    struct weir_buf text;
};

static void on_problem(size_t record, const char *field, const char *message,
                       void *data) {
    struct problems *p = data;
    weir_buf_fmt(&p->text, "%zu %s: %s;", record, field, message);
}

/* Records without their nulls, "next", note's presence, problems: one text. */
static void put_short(struct weir_str record, struct weir_buf *out) {
    const struct weir_str none = WEIR_STR(":null");
    while (record.n) {
        size_t at = weir_str_search(record, none), from = at;
        if (at == record.n)
            break;
        while (from > 0 && record.p[from - 1] != ',' &&
               record.p[from - 1] != '{')
            from--;
        weir_buf_str(out, weir_str_sub(record, 0, from));
        record = weir_str_sub(record, at + none.n, record.n);
        if (record.n && record.p[0] == ',')
            record = weir_str_sub(record, 1, record.n);
    }
    weir_buf_str(out, record);
}

static enum weir_err read_feed(const char *text, struct weir_buf *got) {
    struct weir_arena *arena = weir_arena_create(0);
    struct weir_error error = {0};
    struct problems problems;
    struct weir_feedin feed;
    struct weir_url url = {0};
    enum weir_err e;
    weir_buf_init(&problems.text, 0);
    e = weir_url_parse(&url, WEIR_STR("https://f.example/dir/feed"), NULL,
                       &error);
    if (!e && !arena)
        e = weir_error_nomem(&error);
    if (!e)
        e = weir_feedin_read(weir_str_of(text), &url, CASE_NOW, arena,
                             on_problem, &problems, &feed, &error);
    weir_buf_clear(got);
    if (e)
        weir_buf_z(got, error.message);
    for (size_t i = 0; !e && i < feed.count; i++) {
        weir_buf_z(got, i ? "\n" : "");
        put_short(feed.records[i], got);
    }
    if (!e && feed.next.n)
        weir_buf_fmt(got, "\nnext %.*s", WEIR_STR_ARG(feed.next));
    if (problems.text.len)
        weir_buf_fmt(got, "\nproblems %s", problems.text.p);
    weir_buf_release(&problems.text);
    weir_url_release(&url);
    weir_arena_destroy(arena);
    return e;
}

static void check_feed(const char *text, const char *want) {
    struct weir_buf got;
    weir_buf_init(&got, 0);
    read_feed(text, &got);
    CHECK_STR(weir_buf_view(&got), weir_str_of(want));
    weir_buf_release(&got);
}

#define PODCAST                                                                \
    "<?xml version=\"1.0\"?>\n<rss version=\"2.0\" "                           \
    "xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" "             \
    "xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" "              \
    "xmlns:podcast=\"https://podcastindex.org/namespace/1.0\" "                \
    "xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>T</title>"     \
    "<atom:link rel=\"self\" href=\"/feed\"/>"                                 \
    "<atom:link rel=\"next\" href=\"?page=2\"/><item><title>A &amp; B</title>" \
    "<itunes:title>no</itunes:title><link> /ep/1 </link>"                      \
    "<guid isPermaLink=\"false\">g1</guid>"                                    \
    "<pubDate>Wed, 19 Jun 2019 21:00:00 +0200</pubDate>"                       \
    "<description><![CDATA[<p>Hi</p>]]></description>"                         \
    "<content:encoded>&lt;b&gt;all&lt;/b&gt;</content:encoded>"                \
    "<author>a@x.example (Ann Lee)</author><category>c1</category>"            \
    "<category>c2</category><enclosure url=\"/1.mp3\" length=\"0123\" "        \
    "type=\"audio/mpeg\"/><itunes:duration>12:34</itunes:duration>"            \
    "<itunes:episode>7</itunes:episode><itunes:season>2</itunes:season>"       \
    "<itunes:image href=\"i.jpg\"/><itunes:explicit>false</itunes:explicit>"   \
    "<podcast:transcript url=\"t.vtt\"/><podcast:chapters url=\"c.json\"/>"    \
    "</item><item><title>2</title></item></channel></rss>"
#define PODCAST_RECORDS                                                        \
    "{\"title\":\"A & B\",\"link\":\"https://f.example/ep/1\",\"guid\":"       \
    "\"g1\",\"date\":\"2019-06-19T19:00:00Z\",\"description\":\"<p>Hi</p>\","  \
    "\"content\":\"<b>all</b>\",\"author\":\"Ann Lee\",\"categories\":"        \
    "[\"c1\",\"c2\"],\"enclosure\":\"https://f.example/1.mp3\","               \
    "\"enclosure_length\":123,\"enclosure_type\":\"audio/mpeg\","              \
    "\"duration\":\"12:34\",\"episode\":7,\"season\":2,\"image\":"             \
    "\"https://f.example/dir/i.jpg\",\"explicit\":\"false\",\"transcript\":"   \
    "\"https://f.example/dir/t.vtt\",\"chapters\":"                            \
    "\"https://f.example/dir/c.json\"}\n{\"title\":\"2\",}\n"                  \
    "next https://f.example/dir/feed?page=2"

TEST(feedin_podcast) {
    check_feed(PODCAST, PODCAST_RECORDS);
}

TEST(feedin_rss_loosely) {
    /* RSS 1.0: items beside the channel */
    check_feed(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
        " xmlns='http://purl.org/rss/1.0/'"
        " xmlns:dc='http://purl.org/dc/elements/1.1/'><channel/>"
        "<item rdf:about='http://x/1'><title>a</title>"
        "<link>http://x/1</link><dc:date>2019-06-19</dc:date>"
        "<dc:creator>C</dc:creator></item></rdf:RDF>",
        "{\"title\":\"a\",\"link\":\"http://x/1\","
        "\"guid\":\"http://x/1\",\"date\":\"2019-06-19T00:00:00Z\","
        "\"author\":\"C\",}");
    /* 0.91, a guid that is a link, prefixes that are not declared, entities
     * twice, blank lines at the start */
    check_feed("\n \n<?xml version='1.0'?><rss version='0.91'><channel><item>"
               "<title>AT&amp;amp;T &amp;#8211; x</title>"
               "<guid>http://x/2</guid><dc:date>2019</dc:date>"
               "<itunes:duration>5</itunes:duration></item></channel></rss>",
               "{\"title\":\"AT&T \xE2\x80\x93 x\",\"link\":\"http://x/2\","
               "\"guid\":\"http://x/2\",\"date\":\"2019-01-01T00:00:00Z\","
               "\"duration\":\"5\",}");
    check_feed("<rss><channel xmlns:media='http://search.yahoo.com/mrss/'>"
               "<item><media:group><media:content url='http://x/v.mp4' "
               "fileSize='9' type='video/mp4'/></media:group>"
               "<media:thumbnail url='http://x/t.png'/></item></channel></rss>",
               "{\"enclosure\":\"http://x/v.mp4\",\"enclosure_length\":9,"
               "\"enclosure_type\":\"video/mp4\",\"image\":\"http://x/t.png\","
               "}");
}

TEST(feedin_atom) {
    check_feed(
        "<feed xmlns='http://www.w3.org/2005/Atom' "
        "xml:base='http://b.example/'>"
        "<author><name>F</name></author><link rel='prev-archive' href='old'/>"
        "<entry xml:base='sub/'><title type='html'>&lt;i&gt;A&lt;/i&gt; &amp;"
        "amp; B</title><id>tag:1</id><link href='e1'/><link rel='enclosure' "
        "href='m.mp3' length='5' type='audio/mpeg'/>"
        "<published>2019-06-19T19:00:00Z</published>"
        "<updated>2020-01-01T00:00:00Z</updated><category term='t' label='L'/>"
        "<summary>s</summary><content type='xhtml'><div "
        "xmlns='http://www.w3.org/1999/xhtml'><p>x<br/>y</p></div></content>"
        "</entry><entry><title>a &lt;b&gt;</title><link rel='self' href='no'/>"
        "<updated>2020-01-01T00:00:00Z</updated><author><name>N</name></author>"
        "</entry></feed>",
        "{\"title\":\"A & B\",\"link\":\"http://b.example/sub/e1\","
        "\"guid\":\"tag:1\",\"date\":\"2019-06-19T19:00:00Z\","
        "\"description\":\"s\",\"content\":\"<p>x<br>y</p>\",\"author\":\"F\","
        "\"categories\":[\"L\"],\"enclosure\":\"http://b.example/sub/m.mp3\","
        "\"enclosure_length\":5,\"enclosure_type\":\"audio/mpeg\",}\n"
        "{\"title\":\"a <b>\",\"date\":\"2020-01-01T00:00:00Z\","
        "\"author\":\"N\",}\nnext http://b.example/old");
    check_feed("<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:link "
               "rel='next' href='/n'/><a:entry><a:id>1</a:id></a:entry>"
               "</a:feed>",
               "{\"guid\":\"1\",}\nnext https://f.example/n");
}

TEST(feedin_json) {
    check_feed(
        "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\","
        "\"next_url\":\"/n\",\"items\":[{\"id\":12,\"url\":\"e\",\"title\":"
        "\"A\\u0026B\",\"content_html\":\"<p>\",\"content_text\":\"no\","
        "\"summary\":\"s\",\"image\":\"/i\",\"date_published\":"
        "\"2019-06-19T21:00:00+02:00\",\"authors\":[{\"name\":\"Ann\","
        "\"url\":\"u\"},{\"name\":\"Bob\"}],\"tags\":[\"t\",1,\"u\"],"
        "\"attachments\":[{\"url\":\"a.mp3\",\"mime_type\":\"audio/mpeg\","
        "\"size_in_bytes\":99,\"duration_in_seconds\":60},{\"url\":\"b\"}],"
        "\"_x\":{\"items\":[]}},5,{\"id\":\"2\",\"external_url\":\"http://o/\","
        "\"author\":{\"name\":\"C\"},\"content_text\":\"t\"}]}",
        "{\"title\":\"A&B\",\"link\":\"https://f.example/dir/e\",\"guid\":"
        "\"12\",\"date\":\"2019-06-19T19:00:00Z\",\"description\":\"s\","
        "\"content\":\"<p>\",\"author\":\"Ann\",\"categories\":[\"t\",\"u\"],"
        "\"enclosure\":\"https://f.example/dir/a.mp3\",\"enclosure_length\":99,"
        "\"enclosure_type\":\"audio/mpeg\",\"duration\":\"60\",\"image\":"
        "\"https://f.example/i\",}\n{\"link\":\"http://o/\",\"guid\":\"2\","
        "\"content\":\"t\",\"author\":\"C\",}\nnext https://f.example/n");
    check_feed("{\"items\":\"next_url\"}", "not a feed: JSON without items");
}

TEST(feedin_says_what_is_wrong) {
    check_feed("<html><p>x", "not a feed: its root element is <html>");
    check_feed("", "not a feed: no XML and no JSON");
    check_feed("text", "not a feed: no XML and no JSON");
    check_feed("{\"a\":1}", "not a feed: JSON without items");
    check_feed("{\"items\":[{\"id\":\"x", "JSON: unterminated string at byte "
                                          "19");
    check_feed("<rss><channel><item><pubDate>soon</pubDate></item></channel>"
               "</rss>",
               "{}\nproblems 0 date: not a date that can be read: \"soon\";");
}

/* No entity is expanded, nothing is opened; what is broken is mended. */
TEST(feedin_hostile_xml) {
    check_feed("<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>"
               "<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>"
               "<rss><channel><item><title>t&x;&b;</title></item></channel>"
               "</rss>",
               "{\"title\":\"t\",}");
    check_feed(
        "<rss><channel><item><title>a & b</title><link>http://x/</link>"
        "<item><title>c &nbsp;</title>",
        "{\"title\":\"a b\",\"link\":\"http://x/\",}\n{\"title\":\"c\",}");
    check_feed("<rss><channel><item><title>a</title><enclosure url='ftp://x'"
               " length='5'/><link>javascript:x</link></item>",
               "{\"title\":\"a\",}");
}

TEST(feedin_without_memory) {
    struct weir_buf got;
    unsigned long nth;
    enum weir_err e = WEIR_E_NOMEM;
    weir_buf_init(&got, 0);
    CHECK_OK(weir_buf_reserve(&got, 8192));
    for (nth = 1; e == WEIR_E_NOMEM && nth < 1000; nth++) {
        weir_mem_fail_nth(nth);
        e = read_feed(PODCAST, &got);
        weir_mem_fail_nth(0);
    }
    CHECK_OK(e);
    CHECK(nth > 10);
    weir_buf_release(&got);
}

/* As a start page: templates and jq complete the entries. */
TEST(feedin_as_a_page) {
    const struct weir_field fields[] = {
        {.name = "label", .template_ = "{title} ({guid})"},
        FIELD("n", JSON, "jq:.episode + 1"),
        {.name = "season", .constant = "0"}};
    const struct weir_follow follows[] = {{.template_ = "{link}"},
                                          {.select = case_select("jq:.image")}};
    const struct weir_job_pair set[] = {{"show", "S"}, {"author", "by set"}};
    struct extract_case c = CASE(fields, PODCAST);
    struct weir_extracted *page;
    c.feed = true;
    c.url = "https://f.example/dir/feed";
    c.follows = follows;
    c.follow_count = 2;
    c.set = set;
    c.set_count = 2;
    page = case_run(&c);
    CHECK_INT(page->record_count, 2);
    CHECK_INT(page->items, 2);
    CHECK(weir_str_ends(page->records[0],
                        WEIR_STR(",\"show\":\"S\",\"author\":\"by set\","
                                 "\"label\":\"A & B (g1)\",\"n\":8,"
                                 "\"season\":0}")));
    CHECK_STR(page->next, WEIR_STR("https://f.example/dir/feed?page=2"));
    weir_extracted_destroy(page);
    check_links(&c, "0 0 https://f.example/ep/1\n"
                    "1 0 https://f.example/dir/i.jpg");
}
