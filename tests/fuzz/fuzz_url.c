/* The URL parser: any bytes, on a base and without one. What comes out is
 * printable ASCII, parses to itself, and its parts lie where they should. */
#include "core/url.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

static void check_parts(const struct weir_url *u) {
    size_t n = strlen(u->href);
    require(u->scheme_end <= u->user_start && u->user_start <= u->user_end);
    require(u->user_end <= u->pass_start && u->pass_start <= u->pass_end);
    require(u->pass_end <= u->host_start && u->host_start < u->host_end);
    require(u->host_end <= u->port_start && u->port_start <= u->port_end);
    require(u->port_end == u->path_start && u->path_start < u->path_end);
    require(u->path_end + u->has_query == u->query_start);
    require(u->query_start <= u->query_end);
    require(u->query_end + u->has_fragment == u->frag_start);
    require(u->frag_start <= u->frag_end && u->frag_end == n);
    require(u->href[u->path_start] == '/');
    require(weir_url_target(u).n + u->path_start +
                (u->has_fragment ? 1 + u->frag_end - u->frag_start : 0) ==
            n);
}

/* Parsing what was serialised changes nothing. */
static void check_same(const struct weir_url *u) {
    struct weir_url again;
    for (const char *p = u->href; *p; p++)
        require(*p > ' ' && *p < 0x7f);
    check_parts(u);
    require(weir_url_parse(&again, weir_str_of(u->href), NULL, NULL) ==
            WEIR_OK);
    require(strcmp(again.href, u->href) == 0);
    require(again.port == u->port && again.host_is_ip == u->host_is_ip);
    require(again.path_start == u->path_start &&
            again.query_start == u->query_start &&
            again.frag_start == u->frag_start &&
            again.host_start == u->host_start);
    weir_url_release(&again);
}

static void check_canonical(const struct weir_url *u) {
    struct weir_buf once, twice;
    struct weir_url c;
    weir_buf_init(&once, 0);
    weir_buf_init(&twice, 0);
    require(weir_url_put_canonical(u, true, &once) == WEIR_OK);
    require(weir_url_parse(&c, weir_buf_view(&once), NULL, NULL) == WEIR_OK);
    require(weir_url_put_canonical(&c, true, &twice) == WEIR_OK);
    require(weir_str_eq(weir_buf_view(&once), weir_buf_view(&twice)));
    require(weir_url_same_origin(u, &c));
    weir_url_release(&c);
    weir_buf_release(&once);
    weir_buf_release(&twice);
}

/* "input", or "base\ninput". */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str text = weir_str_make((const char *)data, size), head, tail;
    struct weir_url base, u;
    struct weir_error error = {0};
    bool has_base = false;
    if (weir_str_cut(text, '\n', &head, &tail) &&
        weir_url_parse(&base, head, NULL, NULL) == WEIR_OK) {
        has_base = true;
        text = tail;
    }
    if (weir_url_parse(&u, text, has_base ? &base : NULL, &error) == WEIR_OK) {
        check_same(&u);
        check_canonical(&u);
        weir_url_release(&u);
    } else {
        require(error.message[0] != '\0');
    }
    if (has_base)
        weir_url_release(&base);
    return 0;
}
