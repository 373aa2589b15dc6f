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

/* Also false without memory: then the answer matches no request with fields. */
bool storage_cache_vary(const struct weir_item *item, struct weir_str head,
                        uint64_t *vary) {
    struct weir_buf request, text;
    bool matches_none = false, named;
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
    if (s->config.cache == WEIR_CACHE_OFF ||
        !weir_str_eq(weir_str_of(item->method), WEIR_STR("GET")) ||
        !same_request(item, a))
        return STORAGE_USE_NOTHING;
    switch (s->config.cache) {
    case WEIR_CACHE_FRESH:
        return now - a->response_time <= s->config.cache_age_s
                   ? STORAGE_USE_FRESH
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
    if (s->config.cache != WEIR_CACHE_OFFLINE &&
        s->config.cache != WEIR_CACHE_REPLAY)
        return WEIR_OK;
    return weir_error_set(
        error, WEIR_E_NETWORK,
        "%s: not in the store, and --cache=%s asks nobody", item->url,
        s->config.cache == WEIR_CACHE_REPLAY ? "replay" : "offline");
}

/* Fields that are secrets, or that tell secrets. */
static bool is_secret(struct weir_str name) {
    static const char *const names[] = {
        "Set-Cookie",          "Set-Cookie2",
        "WWW-Authenticate",    "Proxy-Authenticate",
        "Authentication-Info", "Proxy-Authentication-Info"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (weir_str_eq_nocase(name, weir_str_of(names[i])))
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

enum weir_err storage_cache_put_head(struct weir_str head,
                                     struct weir_buf *out) {
    struct weir_buf kept;
    struct weir_cache_control control;
    struct weir_str rest, name, value;
    weir_cache_control_read(&control, head);
    if (control.no_store) {
        put_bare(head, out);
        return out->failed ? WEIR_E_NOMEM : WEIR_OK;
    }
    weir_buf_init(&kept, 0);
    enum weir_err code = weir_freshness_put_storable(head, &kept);
    rest = weir_buf_view(&kept);
    while (!code && weir_headers_next(&rest, &name, &value)) {
        if (is_secret(name))
            continue;
        weir_buf_str(out, name);
        weir_buf_add(out, ": ", 2);
        weir_buf_str(out, value);
        weir_buf_byte(out, '\n');
    }
    weir_buf_release(&kept);
    return code || out->failed ? WEIR_E_NOMEM : WEIR_OK;
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
