/* URLs resolved per second, beside libcurl's parser in the same run; robots.txt
 * compiled and matched with few rules, 100,000 and 100,000 with wildcards.
 *
 *     weir-bench-url */
#include "bench.h"

#include "base/buf.h"
#include "core/robots.h"
#include "core/url.h"

#include <curl/curl.h>
#include <stdio.h>

enum { REPEAT = 20000 };

static const char base_text[] = "https://www.example.org/shop/list/?page=2";

/* What links and lists are made of. */
static const char *const urls[] = {
    "https://www.example.com/",
    "https://example.org/news/2026/11/20/some-longer-title-of-an-article.html",
    "https://shop.example.net/products/view?id=482910&colour=blue&size=xl",
    "http://cdn.example.com:8080/static/js/vendor.3f9a2b1c.min.js",
    "/about/contact",
    "../images/logo.png",
    "article?id=17#comments",
    "//static.example.org/css/site.css",
    "#top",
    "https://en.example.org/wiki/Caf%C3%A9_au_lait?action=history",
};

enum { URL_COUNT = sizeof urls / sizeof *urls };

static double run_weir(void) {
    struct weir_url base, u;
    double start;
    if (weir_url_parse(&base, weir_str_of(base_text), NULL, NULL))
        exit(1);
    start = bench_now();
    for (int i = 0; i < REPEAT; i++)
        for (size_t k = 0; k < URL_COUNT; k++) {
            if (weir_url_parse(&u, weir_str_of(urls[k]), &base, NULL))
                exit(1);
            weir_url_release(&u);
        }
    start = bench_now() - start;
    weir_url_release(&base);
    return REPEAT * URL_COUNT / start;
}

/* Base, then the reference on it, then the whole as a string: what resolving is
 * with this interface. */
static double run_curl(void) {
    CURLU *base = curl_url(), *u;
    double start;
    if (curl_url_set(base, CURLUPART_URL, base_text, 0))
        exit(1);
    start = bench_now();
    for (int i = 0; i < REPEAT; i++)
        for (size_t k = 0; k < URL_COUNT; k++) {
            char *href;
            u = curl_url_dup(base);
            if (curl_url_set(u, CURLUPART_URL, urls[k], 0) ||
                curl_url_get(u, CURLUPART_URL, &href, 0))
                exit(1);
            curl_free(href);
            curl_url_cleanup(u);
        }
    start = bench_now() - start;
    curl_url_cleanup(base);
    return REPEAT * URL_COUNT / start;
}

static void bench_urls(void) {
    double ours[BENCH_ROUNDS], theirs[BENCH_ROUNDS], ratio[BENCH_ROUNDS];
    for (int i = 0; i < BENCH_ROUNDS; i++) {
        ours[i] = run_weir();
        theirs[i] = run_curl();
        ratio[i] = ours[i] / theirs[i];
    }
    printf("resolve, weir      %10.0f URLs/s\n",
           bench_median(ours, BENCH_ROUNDS));
    printf("resolve, libcurl   %10.0f URLs/s\n",
           bench_median(theirs, BENCH_ROUNDS));
    printf("ratio              %10.2f\n", bench_median(ratio, BENCH_ROUNDS));
}

static void bench_robots(const char *what, const char *rule, int rules) {
    static const char *const targets[] = {"/section77/page-4711/x",
                                          "/nothing/of/this?at=all",
                                          "/a/page-99999-view.html", "/"};
    double rate[BENCH_ROUNDS], compile[BENCH_ROUNDS];
    struct weir_buf text;
    weir_buf_init(&text, 0);
    weir_buf_z(&text, "User-agent: *\n");
    for (int i = 0; i < rules; i++) {
        weir_buf_z(&text, i % 5 == 0 ? "Allow: " : "Disallow: ");
        for (const char *p = rule; *p; p++)
            if (*p == '#')
                weir_buf_fmt(&text, "%d", i);
            else
                weir_buf_byte(&text, *p);
        weir_buf_byte(&text, '\n');
    }
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        struct weir_robots *r;
        double start = bench_now();
        int forbidden = 0, n = 100000;
        if (weir_robots_parse(&r, weir_buf_view(&text), WEIR_STR("weir"), NULL))
            exit(1);
        compile[round] = bench_now() - start;
        start = bench_now();
        for (int i = 0; i < n; i++)
            forbidden +=
                !weir_robots_match(r, weir_str_of(targets[i % 4])).allowed;
        rate[round] = n / (bench_now() - start);
        if (forbidden < 0)
            exit(1);
        weir_robots_destroy(r);
    }
    printf("robots, %-24s %8zu bytes  compile %7.2f ms  %10.0f matches/s\n",
           what, text.len, bench_median(compile, BENCH_ROUNDS) * 1e3,
           bench_median(rate, BENCH_ROUNDS));
    weir_buf_release(&text);
}

int main(void) {
    bench_urls();
    bench_robots("20 prefixes", "/section#/", 20);
    bench_robots("20 wildcards", "/*/page-#-*.html$", 20);
    bench_robots("100,000 prefixes", "/section#/page", 100000);
    bench_robots("100,000 wildcards", "/*/page-#-*.html$", 100000);
    return 0;
}
