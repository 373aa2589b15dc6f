/* url.h - http and https URLs as the WHATWG URL Standard says.
 *
 * Parsing, resolving against a base and serialising, for the special schemes
 * http and https; any other scheme is a failure here (WEIR_E_INVALID with a
 * message that names the cause), except that a relative reference resolves
 * against an http(s) base. A parsed URL owns its serialisation `href` and
 * describes the components as offsets into it:
 *
 *     https://user:pw@host.example:8080/a/b?q=1#frag
 *     |    |  |   |  |            |   |    |    |
 *
 * A weir_url is a value that owns memory: weir_url_release when done.
 *
 *     struct weir_url u;
 *     struct weir_error e;
 *     if (weir_url_parse(&u, WEIR_STR("../x"), &base, &e) == WEIR_OK) {
 *         use(u.href, weir_url_host(&u));
 *         weir_url_release(&u);
 *     }
 */
#ifndef WEIR_CORE_URL_H
#define WEIR_CORE_URL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct weir_url {
    char *href; /* NUL-terminated serialisation, with the fragment */
    /* Offsets into href; an absent part has start == end. */
    uint32_t scheme_end;             /* "https", without the ':' */
    uint32_t user_start, user_end;   /* username */
    uint32_t pass_start, pass_end;   /* password */
    uint32_t host_start, host_end;   /* "host.example", "[::1]", "127.0.0.1" */
    uint32_t port_start, port_end;   /* digits; absent when the default */
    uint32_t path_start, path_end;   /* begins with '/' */
    uint32_t query_start, query_end; /* without '?' */
    uint32_t frag_start, frag_end;   /* without '#' */
    bool has_query, has_fragment;    /* "?" and "#" alone are kept */
    bool host_is_ip;                 /* IPv4 or IPv6 literal */
    uint16_t port;                   /* effective port: 80 and 443 included */
};

/* Parses input, against base when it is not NULL. On success *out owns
 * memory. WEIR_E_INVALID (message without the input itself: "a port is at most
 * 65535"), WEIR_E_NOMEM, WEIR_E_LIMIT (input or result beyond 1 MiB). */
enum weir_err weir_url_parse(struct weir_url *out, struct weir_str input,
                             const struct weir_url *base,
                             struct weir_error *error);
void weir_url_release(struct weir_url *u); /* NULL-safe, idempotent */
enum weir_err weir_url_copy(struct weir_url *out, const struct weir_url *u);

/* Borrowed components. */
struct weir_str weir_url_scheme(const struct weir_url *u);
struct weir_str weir_url_user(const struct weir_url *u);
struct weir_str weir_url_password(const struct weir_url *u);
struct weir_str weir_url_host(const struct weir_url *u);
struct weir_str weir_url_path(const struct weir_url *u);
struct weir_str weir_url_query(const struct weir_url *u);
struct weir_str weir_url_fragment(const struct weir_url *u);
/* Path and query as a request line carries them: "/a/b?q=1". Contiguous in
 * href. */
struct weir_str weir_url_target(const struct weir_url *u);
/* href without fragment, borrowed: what is requested and cached. */
struct weir_str weir_url_without_fragment(const struct weir_url *u);
bool weir_url_is_https(const struct weir_url *u);
/* Same scheme, host and effective port. */
bool weir_url_same_origin(const struct weir_url *a, const struct weir_url *b);
/* Appends "https://host.example:8080" (no default port, no credentials). */
enum weir_err weir_url_put_origin(const struct weir_url *u,
                                  struct weir_buf *out);
/* Appends href without username, password and fragment. */
enum weir_err weir_url_put_public(const struct weir_url *u,
                                  struct weir_buf *out);

/* For deduplication, not for fetching: fragment and credentials off, tracking
 * parameters (utm_*, fbclid, gclid and the like: table in url_canonical.c) off,
 * query parameters sorted by name when sort_query. Appends to out. */
enum weir_err weir_url_put_canonical(const struct weir_url *u, bool sort_query,
                                     struct weir_buf *out);

/* Appends the percent-decoded form of s; malformed escapes stay as they are. */
enum weir_err weir_url_put_decoded(struct weir_str s, struct weir_buf *out);
/* Appends s percent-encoded for use as one path segment or query value
 * (everything but unreserved characters of RFC 3986). */
enum weir_err weir_url_put_encoded(struct weir_str s, struct weir_buf *out);

#endif
