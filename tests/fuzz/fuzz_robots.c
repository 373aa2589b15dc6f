/* robots.txt: "target\nfile". An answer for any bytes; the answer names a line
 * that is there, and a rule alone in a file matches what it matched among
 * others. */
#include "core/robots.h"
#include "fuzz.h"

#include "base/buf.h"

#include <stdlib.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

static void check_alone(struct weir_str text, size_t number,
                        struct weir_str target, bool allowed) {
    struct weir_str line = {NULL, 0};
    struct weir_robots *r;
    struct weir_robots_verdict v;
    struct weir_buf one;
    for (size_t i = 0; i < number; i++)
        require(weir_robots_next_line(&text, &line));
    weir_buf_init(&one, 0);
    require(weir_buf_z(&one, "user-agent: *\n") == WEIR_OK);
    require(weir_buf_str(&one, line) == WEIR_OK);
    require(weir_robots_parse(&r, weir_buf_view(&one), WEIR_STR("fuzz"),
                              NULL) == WEIR_OK);
    v = weir_robots_match(r, target);
    require(v.gave_up || (v.allowed == allowed && v.line == 2));
    weir_robots_destroy(r);
    weir_buf_release(&one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str text = weir_str_make((const char *)data, size), target;
    struct weir_robots *r;
    struct weir_robots_verdict v;
    weir_str_cut(text, '\n', &target, &text);
    require(weir_robots_parse(&r, text, WEIR_STR("fuzz/1.0"), NULL) == WEIR_OK);
    v = weir_robots_match(r, target);
    if (v.line > 0)
        check_alone(text, v.line, target, v.allowed);
    else
        require(v.allowed != v.gave_up);
    for (size_t i = 0; i < weir_robots_sitemap_count(r); i++)
        require(weir_robots_sitemap(r, i).n > 0);
    require(weir_robots_crawl_delay_ns(r) >= -1);
    require(weir_robots_rule_count(r) <= size);
    require(weir_robots_url_target(target).n > 0);
    weir_robots_destroy(r);
    return 0;
}
