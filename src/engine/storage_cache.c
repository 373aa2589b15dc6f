/* Why: RFC 9111 (core/freshness.h) joined with the run's cache mode. */
#include "engine/storage_cache.h"

#include "core/freshness.h"

#include <time.h>

/* The request's fields as one block. */
static enum weir_err put_request(const struct weir_item *item,
                                 struct weir_buf *out) {
    for (size_t i = 0; i < item->header_count; i++) {
        weir_buf_z(out, item->headers[i]);
        weir_buf_byte(out, '\n');
    }
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

static bool has_authorization(const struct weir_item *item) {
    for (size_t i = 0; i < item->header_count; i++)
        if (weir_str_starts_nocase(weir_str_of(item->headers[i]),
                                   WEIR_STR("Authorization:")))
            return true;
    return false;
}

/* Also true without memory: then the answer matches no request. */
bool storage_cache_vary(const struct weir_item *item, struct weir_str head,
                        uint64_t *vary) {
    struct weir_buf request, text;
    struct weir_str value;
    bool matches_none = false, named;
    if (!weir_headers_get(head, WEIR_STR("Vary"), 0, &value) &&
        !has_authorization(item))
        return false;
    weir_buf_init(&request, 0);
    weir_buf_init(&text, 0);
    put_request(item, &request);
    weir_freshness_vary(head, weir_buf_view(&request), &text, &matches_none);
    named = text.len > 0 || request.failed || text.failed;
    if (named)
        *vary = weir_hash(weir_buf_view(&text));
    weir_buf_release(&request);
    weir_buf_release(&text);
    return named;
}

static bool same_request(const struct weir_item *item,
                         const struct weir_answer *a) {
    uint64_t vary = 0;
    bool named = storage_cache_vary(item, a->head, &vary);
    return named == a->has_vary && (!named || vary == a->vary);
}

static enum storage_use by_rfc9111(const struct weir_answer *a, int64_t now) {
    struct weir_exchange x = {.method = WEIR_STR("GET"),
                              .status = a->status == 206 ? 200 : a->status,
                              .response = a->head,
                              .request_time = a->request_time,
                              .response_time = a->response_time};
    struct weir_freshness f;
    weir_freshness_judge(&f, &x);
    if (!f.storable)
        return STORAGE_USE_NOTHING;
    return weir_freshness_fresh(&f, now) ? STORAGE_USE_FRESH
                                         : STORAGE_USE_VALIDATE;
}

enum storage_use storage_cache_use(const struct weir_storage *s,
                                   const struct weir_item *item,
                                   const struct weir_answer *a) {
    int64_t now = (int64_t)time(NULL);
    enum weir_cache_mode mode = item->has_cache ? item->cache : s->config.cache;
    int64_t age = item->has_cache ? item->cache_age_s : s->config.cache_age_s;
    if (mode == WEIR_CACHE_OFF ||
        !weir_str_eq(weir_str_of(item->method), WEIR_STR("GET")) ||
        !same_request(item, a))
        return STORAGE_USE_NOTHING;
    switch (mode) {
    case WEIR_CACHE_FRESH:
        return now - a->response_time <= age ? STORAGE_USE_FRESH
                                             : STORAGE_USE_VALIDATE;
    case WEIR_CACHE_OFFLINE:
    case WEIR_CACHE_REPLAY:
        return STORAGE_USE_FRESH;
    case WEIR_CACHE_REVALIDATE:
        return STORAGE_USE_VALIDATE;
    case WEIR_CACHE_RFC9111:
    case WEIR_CACHE_OFF:
        break;
    }
    return by_rfc9111(a, now);
}

enum weir_err storage_cache_may_ask(const struct weir_storage *s,
                                    const struct weir_item *item,
                                    struct weir_error *error) {
    enum weir_cache_mode mode = item->has_cache ? item->cache : s->config.cache;
    if (mode != WEIR_CACHE_OFFLINE && mode != WEIR_CACHE_REPLAY)
        return WEIR_OK;
    return weir_error_set(error, WEIR_E_NETWORK,
                          "not in the store, and --cache=%s asks nobody",
                          mode == WEIR_CACHE_REPLAY ? "replay" : "offline");
}

/* Fields that belong to one connection (RFC 9111 section 3.1), and secrets. */
static const struct weir_str dropped[] = {
    {"Connection", 10},
    {"Keep-Alive", 10},
    {"Transfer-Encoding", 17},
    {"Upgrade", 7},
    {"TE", 2},
    {"Trailer", 7},
    {"Proxy-Connection", 16},
    {"Proxy-Authenticate", 18},
    {"Proxy-Authorization", 19},
    {"Proxy-Authentication-Info", 25},
    {"Authentication-Info", 19},
    {"WWW-Authenticate", 16},
    {"Set-Cookie", 10},
    {"Set-Cookie2", 11},
};

static bool is_dropped(struct weir_str name) {
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        if (name.n == dropped[i].n && weir_str_eq_nocase(name, dropped[i]))
            return true;
    return false;
}

/* Of an answer that may not be stored just what describes the file. */
static void put_bare(struct weir_str head, struct weir_buf *out) {
    struct weir_str value;
    if (weir_headers_get(head, WEIR_STR("Content-Type"), 0, &value))
        weir_buf_fmt(out, "Content-Type: %.*s\n", WEIR_STR_ARG(value));
    weir_buf_z(out, "Cache-Control: no-store\n");
}

/* Does Connection name fields of its own, which must go too? */
static bool names_fields(struct weir_str connection) {
    return !weir_str_eq_nocase(connection, WEIR_STR("keep-alive")) &&
           !weir_str_eq_nocase(connection, WEIR_STR("close"));
}

/* One pass: a run stores as many heads as rows. */
enum weir_err storage_cache_put_head(struct weir_str head,
                                     struct weir_buf *out) {
    struct weir_str rest = head, name, value;
    size_t start = out->len;
    bool controls = false;
    weir_buf_reserve(out, head.n + 1);
    while (weir_headers_next(&rest, &name, &value)) {
        if (name.n == 10 && weir_str_eq_nocase(name, WEIR_STR("Connection")) &&
            names_fields(value)) {
            struct weir_buf plain;
            weir_buf_init(&plain, 0);
            weir_buf_truncate(out, start);
            enum weir_err code = weir_freshness_put_storable(head, &plain);
            if (!code)
                code = storage_cache_put_head(weir_buf_view(&plain), out);
            weir_buf_release(&plain);
            return code;
        }
        if (is_dropped(name))
            continue;
        controls |=
            name.n == 13 && weir_str_eq_nocase(name, WEIR_STR("Cache-Control"));
        weir_buf_str(out, name);
        weir_buf_add(out, ": ", 2);
        weir_buf_str(out, value);
        weir_buf_byte(out, '\n');
    }
    if (controls) {
        struct weir_cache_control c;
        weir_cache_control_read(&c, head);
        if (c.no_store) {
            weir_buf_truncate(out, start);
            put_bare(head, out);
        }
    }
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

enum weir_err storage_cache_merge(struct weir_str stored,
                                  struct weir_str fields,
                                  struct weir_buf *out) {
    struct weir_buf merged;
    weir_buf_init(&merged, 0);
    enum weir_err code = weir_freshness_merge(stored, fields, &merged);
    if (!code)
        code = storage_cache_put_head(weir_buf_view(&merged), out);
    weir_buf_release(&merged);
    return code;
}

struct weir_str storage_cache_strong(struct weir_str head) {
    struct weir_validators v;
    struct weir_str value;
    /* Stored decoded: no offset of ours is one of the server's. */
    if (weir_headers_get(head, WEIR_STR("Content-Encoding"), 0, &value) &&
        !weir_str_eq_nocase(value, WEIR_STR("identity")))
        return WEIR_STR("");
    if (!weir_validators_read(&v, head, (int64_t)time(NULL)) ||
        !weir_validators_if_range(&v, &value))
        return WEIR_STR("");
    return value;
}

bool storage_type_expected(const char *expected, struct weir_str head) {
    struct weir_str rest = weir_str_of(expected), one, type;
    bool more = true;
    if (!expected)
        return true;
    if (!weir_headers_get(head, WEIR_STR("Content-Type"), 0, &type))
        return false;
    type = weir_str_trim(weir_str_sub(type, 0, weir_str_find(type, ';', 0)));
    while (more) {
        more = weir_str_cut(rest, ',', &one, &rest);
        one = weir_str_trim(one);
        if (one.n && (weir_str_ends(one, WEIR_STR("/"))
                          ? weir_str_starts_nocase(type, one)
                          : weir_str_eq_nocase(type, one)))
            return true;
    }
    return false;
}
