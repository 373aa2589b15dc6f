/* url_parts.c - looking at a parsed URL: its components, borrowed, and the
 * serialisations without some of them. */
#include "core/url.h"

static struct weir_str part(const struct weir_url *u, uint32_t from,
                            uint32_t to) {
    return weir_str_make(u->href + from, to - from);
}

struct weir_str weir_url_scheme(const struct weir_url *u) {
    return part(u, 0, u->scheme_end);
}

struct weir_str weir_url_user(const struct weir_url *u) {
    return part(u, u->user_start, u->user_end);
}

struct weir_str weir_url_password(const struct weir_url *u) {
    return part(u, u->pass_start, u->pass_end);
}

struct weir_str weir_url_host(const struct weir_url *u) {
    return part(u, u->host_start, u->host_end);
}

struct weir_str weir_url_path(const struct weir_url *u) {
    return part(u, u->path_start, u->path_end);
}

struct weir_str weir_url_query(const struct weir_url *u) {
    return part(u, u->query_start, u->query_end);
}

struct weir_str weir_url_fragment(const struct weir_url *u) {
    return part(u, u->frag_start, u->frag_end);
}

/* Where path and query end: before the '#', wherever that is. */
static uint32_t target_end(const struct weir_url *u) {
    return u->has_query ? u->query_end : u->path_end;
}

struct weir_str weir_url_target(const struct weir_url *u) {
    return part(u, u->path_start, target_end(u));
}

struct weir_str weir_url_without_fragment(const struct weir_url *u) {
    return part(u, 0, target_end(u));
}

bool weir_url_is_https(const struct weir_url *u) {
    return u->scheme_end == 5;
}

bool weir_url_same_origin(const struct weir_url *a, const struct weir_url *b) {
    return a->scheme_end == b->scheme_end && a->port == b->port &&
           weir_str_eq(weir_url_host(a), weir_url_host(b));
}

enum weir_err weir_url_put_origin(const struct weir_url *u,
                                  struct weir_buf *out) {
    size_t before = out->len;
    enum weir_err err = weir_buf_str(out, part(u, 0, u->scheme_end + 3));
    if (!err) /* host, ':' and port lie side by side up to the path */
        err = weir_buf_str(out, part(u, u->host_start, u->path_start));
    if (err)
        weir_buf_truncate(out, before);
    return err;
}

enum weir_err weir_url_put_public(const struct weir_url *u,
                                  struct weir_buf *out) {
    size_t before = out->len;
    enum weir_err err = weir_url_put_origin(u, out);
    if (!err)
        err = weir_buf_str(out, weir_url_target(u));
    if (err)
        weir_buf_truncate(out, before);
    return err;
}
