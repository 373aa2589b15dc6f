/* freshness_fields.c - header blocks made and matched for the cache: the
 * secondary key, what is stored, what a 304 updates, and validators.
 *
 * A block may have as many fields as somebody hostile likes, so whether a name
 * is among others is asked of a set, never by walking a block for each field
 * of another. Section numbers are RFC 9111's unless they say otherwise. */
#include "core/freshness.h"

#include "base/arena.h"
#include "base/map.h"
#include "core/httpdate.h"

/* ---- sets of field names ---- */

enum { FEW = 32 };

/* The first names stand in an array, which every honest answer fits; the rest
 * in a map, in lower case. The texts must outlive the set. */
struct name_set {
    struct weir_str few[FEW];
    size_t count;
    struct weir_arena *names; /* NULL as long as FEW are enough */
    struct weir_map *map;
    struct weir_buf scratch; /* the name that is looked up */
};

static void set_init(struct name_set *s) {
    s->count = 0;
    s->names = NULL;
    s->map = NULL;
    weir_buf_init(&s->scratch, 0);
}

static void set_release(struct name_set *s) {
    weir_map_destroy(s->map);
    weir_arena_destroy(s->names);
    weir_buf_release(&s->scratch);
}

static enum weir_err put_lower(struct weir_buf *out, struct weir_str s) {
    enum weir_err err = weir_buf_reserve(out, s.n);
    for (size_t i = 0; !err && i < s.n; i++)
        err = weir_buf_byte(out, weir_to_lower(s.p[i]));
    return err;
}

static enum weir_err set_has(struct name_set *s, struct weir_str name,
                             bool *has) {
    enum weir_err err;
    for (size_t i = 0; i < s->count; i++) {
        if (s->few[i].n == name.n && weir_str_eq_nocase(s->few[i], name)) {
            *has = true;
            return WEIR_OK;
        }
    }
    *has = false;
    if (!s->map)
        return WEIR_OK;
    weir_buf_clear(&s->scratch);
    err = put_lower(&s->scratch, name);
    if (!err)
        *has = weir_map_get(s->map, weir_buf_view(&s->scratch)) != NULL;
    return err;
}

static enum weir_err set_add_many(struct name_set *s, struct weir_str name) {
    char *copy;
    enum weir_err err;
    if (!s->names)
        s->names = weir_arena_create(0);
    if (!s->map)
        s->map = weir_map_create();
    if (!s->names || !s->map)
        return WEIR_E_NOMEM;
    weir_buf_clear(&s->scratch);
    err = put_lower(&s->scratch, name);
    if (err)
        return err;
    copy = weir_arena_dup(s->names, weir_buf_view(&s->scratch));
    if (!copy)
        return WEIR_E_NOMEM;
    return weir_map_put(s->map, weir_str_make(copy, name.n), copy);
}

static enum weir_err set_add(struct name_set *s, struct weir_str name) {
    bool has;
    enum weir_err err = set_has(s, name, &has);
    if (err || has)
        return err;
    if (s->count == FEW)
        return set_add_many(s, name);
    s->few[s->count++] = name;
    return WEIR_OK;
}

/* ---- what is stored (section 3.1) ---- */

/* The fields of one connection: fixed ones and what Connection names. */
static enum weir_err add_connection_fields(struct name_set *s,
                                           struct weir_str head) {
    static const char *const fixed[] = {"connection",
                                        "keep-alive",
                                        "proxy-authenticate",
                                        "proxy-authentication-info",
                                        "proxy-authorization",
                                        "proxy-connection",
                                        "te",
                                        "transfer-encoding",
                                        "upgrade"};
    struct weir_headers_list list;
    struct weir_str name;
    enum weir_err err = WEIR_OK;
    for (size_t i = 0; !err && i < sizeof fixed / sizeof *fixed; i++)
        err = set_add(s, weir_str_of(fixed[i]));
    weir_headers_list_start(&list, head, WEIR_STR("Connection"));
    while (!err && weir_headers_list_next(&list, &name))
        err = set_add(s, name);
    return err;
}

/* Appends the fields of head that are not in the set. */
static enum weir_err put_others(struct weir_buf *out, struct weir_str head,
                                struct name_set *s) {
    struct weir_str name, value;
    enum weir_err err = WEIR_OK;
    while (!err && weir_headers_next(&head, &name, &value)) {
        bool has = true;
        err = set_has(s, name, &has);
        if (err || has)
            continue;
        err = weir_buf_str(out, name);
        if (!err)
            err = weir_buf_z(out, ": ");
        if (!err)
            err = weir_buf_str(out, value);
        if (!err)
            err = weir_buf_byte(out, '\n');
    }
    return err;
}

enum weir_err weir_freshness_put_storable(struct weir_str head,
                                          struct weir_buf *out) {
    struct name_set dropped;
    size_t start = out->len;
    enum weir_err err;
    set_init(&dropped);
    err = add_connection_fields(&dropped, head);
    if (!err)
        err = put_others(out, head, &dropped);
    if (err)
        weir_buf_truncate(out, start);
    set_release(&dropped);
    return err;
}

/* ---- what a 304 updates (section 3.2) ---- */

/* The body that is stored depends on these. */
static enum weir_err add_body_fields(struct name_set *s) {
    enum weir_err err = set_add(s, WEIR_STR("content-length"));
    if (!err)
        err = set_add(s, WEIR_STR("content-encoding"));
    if (!err)
        err = set_add(s, WEIR_STR("content-range"));
    return err;
}

/* `replaced` becomes the names of the update that are not `kept`. */
static enum weir_err add_replaced(struct name_set *replaced,
                                  struct weir_str update,
                                  struct name_set *kept) {
    struct weir_str name, value;
    enum weir_err err = WEIR_OK;
    while (!err && weir_headers_next(&update, &name, &value)) {
        bool has = true;
        err = set_has(kept, name, &has);
        if (!err && !has)
            err = set_add(replaced, name);
    }
    return err;
}

enum weir_err weir_freshness_merge(struct weir_str stored,
                                   struct weir_str update,
                                   struct weir_buf *out) {
    struct name_set kept, replaced;
    size_t start = out->len;
    enum weir_err err;
    set_init(&kept);
    set_init(&replaced);
    err = add_connection_fields(&kept, update);
    if (!err)
        err = add_body_fields(&kept);
    if (!err)
        err = add_replaced(&replaced, update, &kept);
    if (!err)
        err = put_others(out, stored, &replaced);
    if (!err)
        err = put_others(out, update, &kept);
    if (err)
        weir_buf_truncate(out, start);
    set_release(&replaced);
    set_release(&kept);
    return err;
}

/* ---- secondary key (section 4.1) ---- */

/* "name:a,b\n", or "name\n" when the request has no such field. */
static enum weir_err put_varied(struct weir_buf *out, struct weir_str name,
                                struct weir_str request) {
    struct weir_headers_list list;
    struct weir_str element;
    const char *before = "";
    enum weir_err err = put_lower(out, name);
    if (!err && weir_headers_get(request, name, 0, &element))
        err = weir_buf_byte(out, ':');
    weir_headers_list_start(&list, request, name);
    while (!err && weir_headers_list_next(&list, &element)) {
        err = weir_buf_z(out, before);
        if (!err)
            err = weir_buf_str(out, element);
        before = ",";
    }
    return err ? err : weir_buf_byte(out, '\n');
}

enum weir_err weir_freshness_vary(struct weir_str response,
                                  struct weir_str request, struct weir_buf *out,
                                  bool *matches_none) {
    const struct weir_str authorization = WEIR_STR("authorization");
    struct weir_headers_list list;
    struct weir_str name, value;
    size_t start = out->len;
    bool everything = false;
    enum weir_err err = WEIR_OK;
    if (weir_headers_get(request, authorization, 0, &value))
        err = put_varied(out, authorization, request);
    weir_headers_list_start(&list, response, WEIR_STR("Vary"));
    while (!err && weir_headers_list_next(&list, &name)) {
        if (weir_str_eq(name, WEIR_STR("*")))
            everything = true;
        else if (!weir_str_eq_nocase(name, authorization))
            err = put_varied(out, name, request);
    }
    if (err)
        weir_buf_truncate(out, start);
    else
        *matches_none = everything;
    return err;
}

/* ---- validators (RFC 9110 sections 8.8 and 13.1.5) ---- */

/* No control characters: it may go into a request. */
static bool clean(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F)
            return false;
    }
    return s.n > 0;
}

/* opaque-tag without W/ (RFC 9110 section 8.8.3) */
static bool is_strong_tag(struct weir_str s) {
    if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
        return false;
    for (size_t i = 1; i < s.n - 1; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= 0x20 || c == '"' || c == 0x7F)
            return false;
    }
    return true;
}

bool weir_validators_read(struct weir_validators *v, struct weir_str head,
                          int64_t now) {
    struct weir_validators r = {{NULL, 0}, {NULL, 0}, false, false};
    struct weir_str value;
    int64_t modified, date;
    if (weir_headers_get(head, WEIR_STR("ETag"), 0, &value) && clean(value)) {
        r.etag = value;
        r.etag_strong = is_strong_tag(value);
    }
    if (weir_headers_get(head, WEIR_STR("Last-Modified"), 0, &value) &&
        weir_httpdate_parse(value, now, &modified)) {
        r.last_modified = value;
        r.last_modified_strong =
            weir_headers_get(head, WEIR_STR("Date"), 0, &value) &&
            weir_httpdate_parse(value, now, &date) && modified < date;
    }
    *v = r;
    return r.etag.n > 0 || r.last_modified.n > 0;
}

bool weir_validators_if_range(const struct weir_validators *v,
                              struct weir_str *value) {
    if (v->etag.n > 0 ? !v->etag_strong : !v->last_modified_strong)
        return false;
    *value = v->etag.n > 0 ? v->etag : v->last_modified;
    return true;
}

bool weir_validators_same(const struct weir_validators *a,
                          const struct weir_validators *b) {
    struct weir_str x, y;
    return weir_validators_if_range(a, &x) && weir_validators_if_range(b, &y) &&
           weir_str_eq(x, y);
}
