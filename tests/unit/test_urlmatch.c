#include "test.h"

#include "core/urlmatch.h"

static bool matches(const char *patterns, const char *text) {
    struct weir_url url;
    bool found = false;
    CHECK_OK(weir_url_parse(&url, weir_str_of(text), NULL, NULL));
    CHECK_OK(weir_urlmatch(weir_str_of(patterns), &url, &found));
    weir_url_release(&url);
    return found;
}

TEST(urlmatch_suffixes) {
    CHECK(matches(".jpg", "http://a.example/b/c.jpg"));
    CHECK(matches("jpg", "http://a.example/b/c.jpg?size=2#top"));
    CHECK(matches("png, jpg", "http://a.example/c.jpg"));
    CHECK(!matches(".jpg", "http://a.example/c.JPG"));
    CHECK(!matches(".jpg", "http://a.example/c.jpg.html"));
    CHECK(!matches("example", "http://a.example/"));
}

TEST(urlmatch_shell_patterns) {
    CHECK(matches("*/img/*", "https://a.example/img/x/y.png"));
    CHECK(matches("https://a.example/?", "https://a.example/x"));
    CHECK(!matches("https://a.example/?", "https://a.example/xy"));
    CHECK(matches("*[0-9].html", "https://a.example/7.html"));
    CHECK(!matches("*[0-9].html", "https://a.example/x.html"));
    CHECK(matches("*?size=2", "https://a.example/x?size=2"));
    CHECK(!matches("*/img", "https://a.example/img/x"));
    CHECK(matches("nothing,*.example/x", "https://u:p@a.example/x#y"));
    CHECK(!matches("*:p@*", "https://u:p@a.example/x"));
}

TEST(urlmatch_of_nothing) {
    CHECK(!matches("", "https://a.example/"));
    CHECK(!matches(",,", "https://a.example/"));
    CHECK(!matches("[", "https://a.example/"));
}
