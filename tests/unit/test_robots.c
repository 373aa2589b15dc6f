/* robots.txt against google/robotstxt-spec-test and RFC 9309, and under
 * load. */
#include "test.h"

#include "base/buf.h"
#include "base/mem.h"
#include "core/robots.h"

#include <dirent.h>
#include <stdio.h>

/* --- the suite: text protocol buffers --- */

struct proto {
    struct weir_str rest;
    struct weir_buf key, robots, url, agent;
    bool has_outcome, allowed;
    int cases;
};

static struct weir_buf *field(struct proto *p) {
    if (strcmp(p->key.p, "robotstxt") == 0)
        return &p->robots;
    if (strcmp(p->key.p, "testurl") == 0)
        return &p->url;
    return strcmp(p->key.p, "useragent") == 0 ? &p->agent : NULL;
}

static char take(struct proto *p) {
    char c;
    CHECK(p->rest.n > 0);
    c = p->rest.p[0];
    p->rest = weir_str_sub(p->rest, 1, p->rest.n);
    return c;
}

static void read_string(struct proto *p) {
    struct weir_buf *to = field(p);
    for (char c = take(p); c != '"'; c = take(p)) {
        if (c == '\\') {
            c = take(p);
            if (c == 'x') {
                int high = weir_hex_value(take(p));
                c = (char)(high * 16 + weir_hex_value(take(p)));
            } else if (c == 'n' || c == 'r' || c == 't') {
                c = c == 'n' ? '\n' : c == 'r' ? '\r' : '\t';
            } else {
                CHECK(c == '"' || c == '\\');
            }
        }
        if (to)
            CHECK_OK(weir_buf_byte(to, c));
    }
}

static void read_word(struct proto *p, char first) {
    struct weir_buf word;
    weir_buf_init(&word, 0);
    for (char c = first;; c = take(p)) {
        CHECK_OK(weir_buf_byte(&word, c));
        if (p->rest.n == 0 ||
            !(weir_is_alnum(p->rest.p[0]) || p->rest.p[0] == '_'))
            break;
    }
    if (p->rest.n > 0 && p->rest.p[0] == ':') {
        weir_buf_clear(&p->key);
        CHECK_OK(weir_buf_str(&p->key, weir_buf_view(&word)));
        if (field(p))
            weir_buf_clear(field(p));
    } else if (strcmp(p->key.p, "expected_outcome") == 0) {
        p->has_outcome = true;
        p->allowed = strcmp(word.p, "ALLOWED") == 0;
        CHECK(p->allowed || strcmp(word.p, "DISALLOWED") == 0);
    }
    weir_buf_release(&word);
}

static bool allows(struct weir_str text, const char *agent,
                   struct weir_str url) {
    struct weir_robots *r;
    struct weir_robots_verdict v;
    CHECK_OK(weir_robots_parse(&r, text, weir_str_of(agent), NULL));
    v = weir_robots_match(r, weir_robots_url_target(url));
    CHECK(!v.gave_up);
    weir_robots_destroy(r);
    return v.allowed;
}

static void end_case(struct proto *p, const char *file) {
    if (!p->has_outcome)
        return;
    if (allows(weir_buf_view(&p->robots), p->agent.p, weir_buf_view(&p->url)) !=
        p->allowed)
        test_fail(__FILE__, __LINE__, "%s: %s for \"%s\" should be %s by:\n%s",
                  file, p->url.p, p->agent.p,
                  p->allowed ? "allowed" : "disallowed", p->robots.p);
    p->cases++;
    p->has_outcome = false;
}

static int run_proto(const char *name) {
    struct proto p = {0};
    struct weir_buf text;
    char path[1024], chunk[4096];
    size_t n;
    FILE *f;
    snprintf(path, sizeof path, "%s/../data/robots/%s", WEIR_TEST_SOURCE_DIR,
             name);
    f = fopen(path, "rb");
    if (!f)
        test_fail(__FILE__, __LINE__, "cannot read %s", path);
    weir_buf_init(&text, 0);
    weir_buf_init(&p.key, 0);
    weir_buf_init(&p.robots, 0);
    weir_buf_init(&p.url, 0);
    weir_buf_init(&p.agent, 0);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        weir_buf_add(&text, chunk, n);
    fclose(f);
    p.rest = weir_buf_view(&text);
    while (p.rest.n > 0) {
        char c = take(&p);
        if (c == '#')
            p.rest =
                weir_str_sub(p.rest, weir_str_find(p.rest, '\n', 0), p.rest.n);
        else if (c == '"')
            read_string(&p);
        else if (weir_is_alpha(c))
            read_word(&p, c);
        else if (c == '}')
            end_case(&p, name);
    }
    weir_buf_release(&text);
    weir_buf_release(&p.key);
    weir_buf_release(&p.robots);
    weir_buf_release(&p.url);
    weir_buf_release(&p.agent);
    return p.cases;
}

TEST(robots_spec_test_suite) {
    char path[1024];
    struct dirent *e;
    int cases = 0;
    DIR *d;
    snprintf(path, sizeof path, "%s/../data/robots", WEIR_TEST_SOURCE_DIR);
    d = opendir(path);
    CHECK(d != NULL);
    while ((e = readdir(d)))
        if (weir_str_ends(weir_str_of(e->d_name), WEIR_STR(".textproto")))
            cases += run_proto(e->d_name);
    closedir(d);
    CHECK_INT(cases, 146);
}

/* --- RFC 9309 --- */

#define ALLOWED(text, url) CHECK(allows(WEIR_STR(text), "foo", WEIR_STR(url)))
#define FORBIDDEN(text, url)                                                   \
    CHECK(!allows(WEIR_STR(text), "foo", WEIR_STR(url)))

TEST(robots_percent_encoding) {
    /* Section 2.2.2, the table. */
    FORBIDDEN("user-agent:*\ndisallow:/foo/bar?baz=https://foo.bar",
              "http://h/foo/bar?baz=https%3A%2F%2Ffoo.bar");
    FORBIDDEN("user-agent:*\ndisallow:/foo/bar/\xe3\x83\x84",
              "http://h/foo/bar/%e3%83%84");
    FORBIDDEN("user-agent:*\ndisallow:/foo/bar/%e3%83%84",
              "http://h/foo/bar/\xe3\x83\x84");
    FORBIDDEN("user-agent:*\ndisallow:/foo/bar/%62%61%7A",
              "http://h/foo/bar/baz");
    FORBIDDEN("user-agent:*\ndisallow:/foo/bar/baz",
              "http://h/foo/bar/%62%61%7A");
    /* An Allow is not stretched as far, but far enough. */
    ALLOWED("user-agent:*\ndisallow:/\nallow:/%7ejoe", "http://h/~joe");
    ALLOWED("user-agent:*\ndisallow:/\nallow:/~joe", "http://h/%7Ejoe");
    ALLOWED("user-agent:*\ndisallow:/\nallow:/%e3%83%84", "http://h/%E3%83%84");
    /* An encoded slash is not a slash. */
    ALLOWED("user-agent:*\ndisallow:/a/b", "http://h/a%2fb");
    FORBIDDEN("user-agent:*\ndisallow:/a%2fb", "http://h/a%2Fb");
    FORBIDDEN("user-agent:*\ndisallow:/a b", "http://h/a%20b");
    FORBIDDEN("user-agent:*\ndisallow:/100%", "http://h/100%");
}

TEST(robots_special_characters) {
    FORBIDDEN("user-agent:*\ndisallow:/*.gif$", "http://h/a/b.gif");
    ALLOWED("user-agent:*\ndisallow:/*.gif$", "http://h/a/b.gif?x");
    FORBIDDEN("user-agent:*\ndisallow:*gif", "http://h/a.gif");
    FORBIDDEN("user-agent:*\ndisallow:/a**b***$", "http://h/axxb/y");
    ALLOWED("user-agent:*\ndisallow:/a*b$", "http://h/axbx");
    FORBIDDEN("user-agent:*\ndisallow:/a*b$", "http://h/axbxb");
    ALLOWED("user-agent:*\ndisallow:/ab*b$", "http://h/ab");
    FORBIDDEN("user-agent:*\ndisallow:/a*b$\ndisallow:/a*b", "http://h/axbx");
    FORBIDDEN("user-agent:*\ndisallow:/b$\ndisallow:/b", "http://h/bx");
    /* Verbatim, section 2.2.3. */
    FORBIDDEN("user-agent:*\ndisallow:/a-%2A.html", "http://h/a-*.html");
    ALLOWED("user-agent:*\ndisallow:/a-%2A.html", "http://h/a-x.html");
    FORBIDDEN("user-agent:*\ndisallow:/foo-%24", "http://h/foo-$x");
    FORBIDDEN("user-agent:*\ndisallow:/a$b", "http://h/a$bc");
    ALLOWED("user-agent:*\ndisallow:/x # all of it", "http://h/y");
    FORBIDDEN("user-agent:*\ndisallow:/x # all of it", "http://h/x");
    ALLOWED("user-agent:*\ndisallow:/", "http://h/robots.txt");
    FORBIDDEN("user-agent:*\ndisallow:/", "http://h/robots.txt?");
}

TEST(robots_longest_match_wins_and_ties_allow) {
    ALLOWED("user-agent:*\nallow:/p\ndisallow:/", "http://h/page");
    ALLOWED("user-agent:*\ndisallow:/folder\nallow:/folder", "http://h/folder");
    FORBIDDEN("user-agent:*\nallow:/page\ndisallow:/*.htm",
              "http://h/page.htm");
    ALLOWED("user-agent:*\nallow:/page\ndisallow:/*.ph", "http://h/page.php5");
    ALLOWED("user-agent:*\nallow:/$\ndisallow:/", "http://h/");
    FORBIDDEN("user-agent:*\nallow:/$\ndisallow:/", "http://h/page");
    ALLOWED("user-agent:*\ndisallow:", "http://h/page");
    /* A shorter prefix that was written longer. */
    ALLOWED("user-agent:*\nallow:/%7E%7E\ndisallow:/~~ab", "http://h/~~ab");
}

TEST(robots_groups) {
    static const char text[] = "disallow: /early\n"
                               "user-agent: a\nuser-agent: b\n"
                               "sitemap: http://h/1.xml\n"
                               "disallow: /ab\nunknown: x\n"
                               "user-agent: *\ndisallow: /star\n"
                               "user-agent: b/1.0\ndisallow: /b\n"
                               "User-Agent: MJ12bot\rDisallow: /m\r\n"
                               "Site-map: http://h/2.xml";
    struct weir_str s = weir_str_of(text);
    CHECK(!allows(s, "A", WEIR_STR("/ab")));
    CHECK(allows(s, "a", WEIR_STR("/b")));
    CHECK(allows(s, "a", WEIR_STR("/star")));
    CHECK(!allows(s, "b/2.0 (+http://b)", WEIR_STR("/ab")));
    CHECK(!allows(s, "b (+http://b)", WEIR_STR("/b")));
    CHECK(allows(s, "b", WEIR_STR("/star")));
    CHECK(!allows(s, "c", WEIR_STR("/star")));
    CHECK(!allows(s, "", WEIR_STR("/star")));
    CHECK(allows(s, "c", WEIR_STR("/early")));
    CHECK(!allows(s, "mj12bot", WEIR_STR("/m")));
    CHECK(allows(WEIR_STR("user-agent: foo\nuser-agent: *\ndisallow: /x"),
                 "bar", WEIR_STR("/y")));
    CHECK(allows(WEIR_STR("user-agent: foo\n\nuser-agent: *\n"), "foo",
                 WEIR_STR("/y")));
}

TEST(robots_deciding_line) {
    struct weir_robots *r;
    struct weir_str text = WEIR_STR("\xEF\xBB\xBFuser-agent: *\r\n"
                                    "disallow: /a\r\r"
                                    "allow: /a/b\n"
                                    "disallow: /a\n"
                                    "disallow: /*x$\n");
    CHECK_OK(weir_robots_parse(&r, text, WEIR_STR("foo"), NULL));
    CHECK_INT(weir_robots_match(r, WEIR_STR("/a")).line, 2);
    CHECK_INT(weir_robots_match(r, WEIR_STR("/a/b")).line, 4);
    CHECK_INT(weir_robots_match(r, WEIR_STR("/ax")).line, 6);
    CHECK_INT(weir_robots_match(r, WEIR_STR("/b")).line, 0);
    CHECK_INT(weir_robots_rule_count(r), 4);
    weir_robots_destroy(r);
}

static int64_t delay(const char *text) {
    struct weir_robots *r;
    int64_t ns;
    CHECK_OK(weir_robots_parse(&r, weir_str_of(text), WEIR_STR("foo"), NULL));
    ns = weir_robots_crawl_delay_ns(r);
    weir_robots_destroy(r);
    return ns;
}

TEST(robots_crawl_delay) {
    CHECK_INT(delay("user-agent: *\ncrawl-delay: 10"), 10000000000);
    CHECK_INT(delay("user-agent: *\ncrawl-delay: 0.25 s"), 250000000);
    CHECK_INT(delay("user-agent: *\ncrawl-delay: 2\ncrawl-delay: 1"),
              2000000000);
    CHECK_INT(delay("user-agent: *\ncrawl-delay: 7\nuser-agent: foo\nallow:/"),
              -1);
    CHECK_INT(delay("user-agent: *\ncrawl-delay: -3"), -1);
    CHECK_INT(delay("user-agent: *\ncrawl-delay: 99999999999999999999.9"),
              INT64_C(86400000000000));
    CHECK_INT(delay("crawl-delay: 3"), -1);
}

TEST(robots_sitemaps) {
    struct weir_robots *r;
    CHECK_OK(weir_robots_parse(
        &r,
        WEIR_STR("sitemap: http://h/a.xml # one\nuser-agent: x\n"
                 "SITEMAP:http://h/b.xml\nsitemap:\n"),
        WEIR_STR("foo"), NULL));
    CHECK_INT(weir_robots_sitemap_count(r), 2);
    CHECK_STR(weir_robots_sitemap(r, 0), WEIR_STR("http://h/a.xml"));
    CHECK_STR(weir_robots_sitemap(r, 1), WEIR_STR("http://h/b.xml"));
    weir_robots_destroy(r);
}

TEST(robots_targets_of_urls) {
#define TARGET(url, target)                                                    \
    CHECK_STR(weir_robots_url_target(WEIR_STR(url)), WEIR_STR(target))
    TARGET("", "/");
    TARGET("http://h", "/");
    TARGET("http://h#/x", "/");
    TARGET("http://h/a;b?c#d", "/a;b?c");
    TARGET("h/a", "/a");
    TARGET("//h/a", "/a");
    TARGET("/a?u=http://x/y", "/a?u=http://x/y");
    TARGET("h?a=http://x/y", "?a=http://x/y");
    TARGET("https://h/a?u=http://x/y", "/a?u=http://x/y");
}

/* --- load --- */

TEST(robots_many_rules_agree_with_one_by_one) {
    static const char *const paths[] = {
        "/dir7/page12.html", "/dir70/x", "/dir7",
        "/q?id=33&x",        "/a/b/c17", "/longer/path/with/dir3/in.php",
        "/zz/page9999.html", "/",        "/q?id=33"};
    struct weir_buf text;
    struct weir_robots *r;
    weir_buf_init(&text, 0);
    CHECK_OK(weir_buf_z(&text, "user-agent: *\n"));
    for (int i = 0; i < 3000; i++)
        CHECK_OK(weir_buf_fmt(&text,
                              "disallow: /dir%d/\nallow: /*/page%d.html$\n"
                              "disallow: /q?id=%d$\nallow: /*c%d\n"
                              "disallow: /longer*dir%d*.ph\n",
                              i, i, i, i, i));
    CHECK_OK(weir_robots_parse(&r, weir_buf_view(&text), WEIR_STR("x"), NULL));
    for (size_t k = 0; k < sizeof paths / sizeof *paths; k++) {
        struct weir_str target = weir_str_of(paths[k]);
        struct weir_robots_verdict v = weir_robots_match(r, target);
        struct weir_str rest = weir_buf_view(&text), line, key, path;
        size_t best = 0;
        bool allowed = true;
        while (weir_robots_next_line(&rest, &line)) {
            struct weir_robots *one;
            struct weir_buf small;
            bool match;
            if (!weir_str_cut(line, ' ', &key, &path) || path.p[0] == '*')
                continue;
            if (path.n < best)
                continue;
            weir_buf_init(&small, 0);
            CHECK_OK(weir_buf_fmt(&small, "user-agent: *\ndisallow: %.*s",
                                  WEIR_STR_ARG(path)));
            CHECK_OK(weir_robots_parse(&one, weir_buf_view(&small),
                                       WEIR_STR("x"), NULL));
            match = !weir_robots_match(one, target).allowed;
            weir_robots_destroy(one);
            weir_buf_release(&small);
            if (match && (path.n > best || key.p[0] == 'a')) {
                best = path.n;
                allowed = key.p[0] == 'a';
            }
        }
        CHECK_INT(v.allowed, allowed);
        CHECK_INT(v.line > 0, best > 0);
        CHECK(!v.gave_up);
    }
    weir_robots_destroy(r);
    weir_buf_release(&text);
}

/* Patterns that would make a backtracking matcher run for years, and a file
 * that is nothing but them: an answer, and by the bound on its work if need
 * be. The timeout of the test is what fails it. */
TEST(robots_hostile_patterns_end) {
    struct weir_buf text, target;
    struct weir_robots *r;
    weir_buf_init(&text, 0);
    weir_buf_init(&target, 0);
    CHECK_OK(weir_buf_z(&text, "user-agent: *\ndisallow: /"));
    for (int i = 0; i < 50000; i++)
        CHECK_OK(weir_buf_z(&text, "*a"));
    CHECK_OK(weir_buf_z(&text, "b\n"));
    for (int i = 0; i < 60000; i++)
        CHECK_OK(weir_buf_fmt(&text, "allow: *a*a*a*aaaaaaaaaaaaaaaab%d\n", i));
    CHECK_OK(weir_buf_z(&target, "/"));
    for (int i = 0; i < 200000; i++)
        CHECK_OK(weir_buf_z(&target, "aaaa"));
    CHECK_OK(weir_robots_parse(&r, weir_buf_view(&text), WEIR_STR("x"), NULL));
    for (int i = 0; i < 3; i++)
        weir_robots_match(r, weir_buf_view(&target));
    CHECK_OK(weir_buf_z(&target, "aaaaaaaaaaaaaaaab1"));
    weir_robots_match(r, weir_buf_view(&target));
    CHECK(weir_robots_match(r, WEIR_STR("/x")).allowed);
    CHECK(weir_robots_match(r, WEIR_STR("/aaaaaaaaaaaaaaaaaaaaaaab77")).line >
          0);
    weir_robots_destroy(r);
    weir_buf_release(&text);
    weir_buf_release(&target);
}

TEST(robots_reads_up_to_its_limit) {
    struct weir_buf text;
    weir_buf_init(&text, 0);
    CHECK_OK(weir_buf_z(&text, "user-agent: *\n"));
    while (text.len < (size_t)WEIR_ROBOTS_MAX - 20)
        CHECK_OK(weir_buf_z(&text, "# comment\n"));
    CHECK_OK(weir_buf_z(&text, "disallow: /a\n"));
    CHECK(text.len <= WEIR_ROBOTS_MAX);
    CHECK_OK(weir_buf_z(&text, "disallow: /b-is-cut-off\n"));
    CHECK_OK(weir_buf_z(&text, "disallow: /c\n"));
    CHECK(!allows(weir_buf_view(&text), "x", WEIR_STR("/a")));
    CHECK(allows(weir_buf_view(&text), "x", WEIR_STR("/b-is-cut-off")));
    CHECK(allows(weir_buf_view(&text), "x", WEIR_STR("/c")));
    weir_buf_release(&text);
}

TEST(robots_every_allocation_may_fail) {
    static const char text[] =
        "user-agent: *\nallow: /a/index.html\ndisallow: /*b\nsitemap: x\n"
        "disallow: /*1234\ndisallow: /*2234\ndisallow: /*3234\n"
        "disallow: /*4234\ndisallow: /*5234\ndisallow: /*6234\n"
        "disallow: /*7234\ndisallow: /*8234\ndisallow: /*9234\n";
    enum weir_err err;
    unsigned long nth = 0;
    do {
        struct weir_robots *r = NULL;
        weir_mem_fail_nth(++nth);
        err = weir_robots_parse(&r, weir_str_of(text), WEIR_STR("x"), NULL);
        weir_mem_fail_nth(0);
        if (!err) {
            CHECK(!weir_robots_match(r, WEIR_STR("/9234")).allowed);
            weir_mem_fail_nth(1); /* the spelled target */
            CHECK(weir_robots_match(r, WEIR_STR("/%41")).gave_up);
            weir_mem_fail_nth(0);
        }
        weir_robots_destroy(r);
    } while (err == WEIR_E_NOMEM);
    CHECK_OK(err);
    CHECK(nth > 10);
}
