/* Finds the behaviour that a target asks for. First the script's rules, then
 * /delay/MS/..., then the tables, then the document root. Parameters that
 * every behaviour understands come last:
 *
 *     h=Name: value   one more header (may repeat)
 *     type=T          Content-Type
 *     close=1         end the connection afterwards, "silent" = unannounced
 *     http10=1        answer as HTTP/1.0
 *     ms=N            wait before the first byte (not /drip: pause of pieces)
 */
#include "origin.h"

#include "base/map.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PARAMETER_MAX = 1 << 20 };

struct counter {
    uint64_t value;
    char name[];
};

int64_t origin_wall(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec;
}

uint64_t origin_count(struct origin *o, struct weir_str key) {
    struct counter *c = weir_map_get(o->counters, key);
    if (!c) {
        c = weir_malloc(sizeof *c + key.n + 1);
        if (!c)
            return 0;
        c->value = 0;
        if (key.n)
            memcpy(c->name, key.p, key.n);
        if (weir_map_put(o->counters, weir_str_make(c->name, key.n), c)) {
            weir_free(c);
            return 0;
        }
    }
    return ++c->value;
}

void origin_forget_counters(struct origin *o) {
    size_t cursor = 0;
    struct weir_str key;
    void *value;
    while (weir_map_next(o->counters, &cursor, &key, &value)) {
        weir_map_remove(o->counters, key);
        weir_free(value);
    }
}

void origin_forget(struct origin *o) {
    origin_forget_counters(o);
    if (o->script)
        script_forget(o->script);
    journal_clear(o->journal);
}

/* --- parameters --- */

uint64_t call_number(struct call *c, const char *name, uint64_t otherwise) {
    return query_number(c->query, name, otherwise, &c->bad);
}

bool call_get(struct call *c, const char *name, struct weir_buf *out) {
    return query_get(c->query, name, NULL, out);
}

bool call_has(struct call *c, const char *name) {
    struct weir_buf b;
    bool found;
    weir_buf_init(&b, PARAMETER_MAX);
    found = call_get(c, name, &b);
    weir_buf_release(&b);
    return found;
}

uint64_t call_rest_number(struct call *c) {
    uint64_t n = 0;
    if (!weir_str_to_u64(c->rest, &n))
        c->bad = true;
    return n;
}

uint64_t call_count(struct call *c) {
    struct weir_buf key;
    uint64_t n;
    weir_buf_init(&key, PARAMETER_MAX);
    if (!call_get(c, "key", &key))
        weir_buf_str(&key, c->q->target);
    n = origin_count(c->o, weir_buf_view(&key));
    weir_buf_release(&key);
    return n;
}

const char *call_etag(struct call *c, const char *kind, uint64_t n,
                      uint64_t seed, char out[ETAG_SIZE]) {
    struct weir_buf given;
    struct weir_str tag;
    weir_buf_init(&given, ETAG_SIZE - 8);
    call_get(c, "etag", &given);
    tag = weir_buf_view(&given);
    if (tag.n == 0 || weir_str_eq(tag, WEIR_STR("weak")))
        snprintf(out, ETAG_SIZE, "%s\"%s-%llu-%llu\"", tag.n ? "W/" : "", kind,
                 (unsigned long long)n, (unsigned long long)seed);
    else
        snprintf(out, ETAG_SIZE, "\"%s\"", given.p);
    if (weir_str_eq(tag, WEIR_STR("none")))
        out = NULL;
    weir_buf_release(&given);
    return out;
}

/* --- dispatch --- */

static bool has_prefix(const struct behaviour *b, struct weir_str path,
                       struct weir_str *rest) {
    struct weir_str prefix = weir_str_of(b->prefix);
    if (!weir_str_starts(path, prefix))
        return false;
    *rest = weir_str_sub(path, prefix.n, path.n);
    return rest->n == 0 || prefix.p[prefix.n - 1] == '/';
}

static const struct behaviour *find(struct call *c) {
    const struct behaviour *const tables[] = {
        behaviours_plain, behaviours_fault, behaviours_state,
        behaviours_listing, behaviours_demo};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct behaviour *b = tables[t]; b->prefix; b++)
            if (has_prefix(b, c->path, &c->rest))
                return b;
    return NULL;
}

/* "/delay/150/bytes/1": 150 is the reply's, "/bytes/1" goes on. */
static void strip_delay(struct call *c) {
    static const char prefix[] = "/delay/";
    struct weir_str rest, number;
    uint64_t ms;
    size_t slash;
    if (!weir_str_starts(c->path, weir_str_of(prefix)))
        return;
    rest = weir_str_sub(c->path, sizeof prefix - 1, c->path.n);
    slash = weir_str_find(rest, '/', 0);
    number = weir_str_sub(rest, 0, slash);
    if (!weir_str_to_u64(number, &ms) || slash == rest.n) {
        c->bad = true;
        return;
    }
    c->delay_ms = ms;
    c->path = weir_str_sub(rest, slash, rest.n);
}

/* A value that would break the head is taken as it is: hostile headers are
 * what some tests want. */
static void decorate(struct call *c) {
    struct weir_buf b;
    size_t cursor = 0;
    weir_buf_init(&b, PARAMETER_MAX);
    while (query_get(c->query, "h", &cursor, &b)) {
        weir_buf_str(&c->r->head, weir_buf_view(&b));
        weir_buf_z(&c->r->head, "\r\n");
        weir_buf_clear(&b);
    }
    if (call_get(c, "type", &b))
        reply_type(c->r, b.p);
    weir_buf_clear(&b);
    if (call_get(c, "close", &b)) {
        c->r->close = true;
        c->r->silent_close = weir_str_eq(weir_buf_view(&b), WEIR_STR("silent"));
    }
    if (call_has(c, "http10"))
        c->r->http10 = true;
    if (c->r->interval_ms == 0)
        c->r->delay_ms += call_number(c, "ms", 0);
    weir_buf_release(&b);
}

void origin_answer(struct origin *o, const struct request *q, struct reply *r) {
    struct call c = {
        .o = o, .q = q, .path = q->path, .query = q->query, .r = r};
    struct weir_str scripted = {NULL, 0};
    const struct behaviour *b;
    if (o->script)
        scripted = script_match(o->script, q);
    if (scripted.p)
        weir_str_cut(scripted, '?', &c.path, &c.query);
    strip_delay(&c);
    b = c.bad ? NULL : find(&c);
    if (b)
        b->answer(&c);
    else if (!c.bad)
        answer_file(&c);
    if (!c.bad && c.query.n)
        decorate(&c);
    r->delay_ms += c.delay_ms + o->delay_ms;
    if (c.bad) {
        reply_status(r, 400, "bad parameter");
        r->close = true;
    }
}
