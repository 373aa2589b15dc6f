/* freshness.c - Cache-Control, lifetimes and ages, and the secondary key.
 *
 *     response_is_fresh = lifetime > current_age           (section 4.2)
 *     lifetime          = max-age, else Expires - Date, else 0
 *     current_age       = initial_age + time since the response came
 *     initial_age       = max(response_time - Date,
 *                             Age + response_time - request_time)
 *
 * Every difference is cut at 0, so clocks that jump or disagree make nothing
 * younger than new. Section numbers are RFC 9111's. */
#include "core/freshness.h"

#include "core/httpdate.h"

#define MOST_SECONDS INT64_C(2147483648) /* section 1.2.2 */

/* delta-seconds, perhaps quoted: false when it is none. */
static bool delta_seconds(struct weir_str s, int64_t *out) {
    uint64_t value;
    if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
        s = weir_str_sub(s, 1, s.n - 2); /* section 5.2: accept both forms */
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!weir_is_digit(s.p[i]))
            return false;
    }
    if (!weir_str_to_u64(s, &value) || value > (uint64_t)MOST_SECONDS)
        value = (uint64_t)MOST_SECONDS;
    *out = (int64_t)value;
    return true;
}

/* The first occurrence counts, an unreadable one as 0 (section 4.2.1). */
static void set_seconds(int64_t *field, struct weir_str value) {
    if (*field < 0 && !delta_seconds(value, field))
        *field = 0;
}

void weir_cache_control_read(struct weir_cache_control *c,
                             struct weir_str head) {
    struct weir_cache_control r = {
        .max_age = -1, .s_maxage = -1, .stale_if_error = -1};
    struct {
        struct weir_str name;
        bool *flag;
        int64_t *seconds;
    } directives[] = {{WEIR_STR("no-store"), &r.no_store, NULL},
                      {WEIR_STR("no-cache"), &r.no_cache, NULL},
                      {WEIR_STR("must-revalidate"), &r.must_revalidate, NULL},
                      {WEIR_STR("must-understand"), &r.must_understand, NULL},
                      {WEIR_STR("public"), &r.is_public, NULL},
                      {WEIR_STR("private"), &r.is_private, NULL},
                      {WEIR_STR("immutable"), &r.immutable, NULL},
                      {WEIR_STR("max-age"), NULL, &r.max_age},
                      {WEIR_STR("s-maxage"), NULL, &r.s_maxage},
                      {WEIR_STR("stale-if-error"), NULL, &r.stale_if_error}};
    struct weir_headers_list list;
    struct weir_str element, name, value;
    weir_headers_list_start(&list, head, WEIR_STR("Cache-Control"));
    while (weir_headers_list_next(&list, &element)) {
        weir_str_cut(element, '=', &name, &value);
        for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
            if (!weir_str_eq_nocase(name, directives[i].name))
                continue;
            if (directives[i].flag)
                *directives[i].flag = true;
            else
                set_seconds(directives[i].seconds, value);
        }
    }
    *c = r;
}

/* ---- storing (section 3) ---- */

/* Statuses whose meaning we know, for must-understand (section 5.2.2.3). */
static bool understood(int status) {
    static const int known[] = {200, 203, 204, 300, 301, 302, 303, 307,
                                308, 404, 405, 410, 414, 451, 501};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (status == known[i])
            return true;
    }
    return false;
}

/* Heuristically cacheable (RFC 9110 section 15.1), 206 left out. */
static bool cacheable_by_default(int status) {
    return understood(status) && status != 302 && status != 303 &&
           status != 307 && status != 451;
}

static bool storable(const struct weir_exchange *x,
                     const struct weir_cache_control *c) {
    struct weir_cache_control asked;
    struct weir_str value;
    if (!weir_str_eq(x->method, WEIR_STR("GET")) || x->status < 200 ||
        x->status > 599 || x->status == 206 || x->status == 304)
        return false;
    weir_cache_control_read(&asked, x->request);
    if (asked.no_store) /* section 5.2.1.5 */
        return false;
    if (c->must_understand) {
        if (!understood(x->status))
            return false;
    } else if (c->no_store) {
        return false;
    }
    return c->is_public || c->is_private || c->max_age >= 0 ||
           weir_headers_get(x->response, WEIR_STR("Expires"), 0, &value) ||
           cacheable_by_default(x->status);
}

static bool varies_on_everything(struct weir_str head) {
    struct weir_headers_list list;
    struct weir_str element;
    weir_headers_list_start(&list, head, WEIR_STR("Vary"));
    while (weir_headers_list_next(&list, &element)) {
        if (weir_str_eq(element, WEIR_STR("*")))
            return true;
    }
    return false;
}

/* ---- lifetime and age (section 4.2) ---- */

/* later - earlier, cut at 0 and at what sums of two can bear. */
static int64_t since(int64_t earlier, int64_t later) {
    const int64_t most = INT64_MAX / 4;
    if (later <= earlier)
        return 0;
    if (earlier < 0 && later > most + earlier)
        return most;
    return later - earlier < most ? later - earlier : most;
}

/* The response's Date, or when it came (RFC 9110 section 6.6.1). */
static int64_t date_of(const struct weir_exchange *x) {
    struct weir_str value;
    int64_t date;
    if (weir_headers_get(x->response, WEIR_STR("Date"), 0, &value) &&
        weir_httpdate_parse(value, x->response_time, &date))
        return date;
    return x->response_time;
}

static int64_t lifetime_of(const struct weir_exchange *x,
                           const struct weir_cache_control *c) {
    struct weir_str value;
    int64_t expires;
    if (c->max_age >= 0)
        return c->max_age;
    if (!weir_headers_get(x->response, WEIR_STR("Expires"), 0, &value) ||
        !weir_httpdate_parse(value, x->response_time, &expires))
        return 0; /* section 5.3: an invalid date is in the past */
    return since(date_of(x), expires);
}

/* The Age field: its first member, ignored when it is none (section 5.1). */
static int64_t age_field(struct weir_str head) {
    struct weir_headers_list list;
    struct weir_str element;
    int64_t age = 0;
    weir_headers_list_start(&list, head, WEIR_STR("Age"));
    if (weir_headers_list_next(&list, &element) && element.p[0] != '"')
        delta_seconds(element, &age);
    return age;
}

/* corrected_initial_age (section 4.2.3) */
static int64_t initial_age(const struct weir_exchange *x) {
    int64_t apparent = since(date_of(x), x->response_time);
    int64_t delay = since(x->request_time, x->response_time);
    int64_t corrected = age_field(x->response) + delay;
    return apparent > corrected ? apparent : corrected;
}

void weir_freshness_judge(struct weir_freshness *f,
                          const struct weir_exchange *x) {
    struct weir_cache_control c;
    weir_cache_control_read(&c, x->response);
    f->storable = storable(x, &c);
    f->ask_always = c.no_cache || varies_on_everything(x->response);
    f->never_stale = c.must_revalidate || c.no_cache;
    f->response_time = x->response_time;
    f->initial_age = initial_age(x);
    f->lifetime = lifetime_of(x, &c);
    f->stale_if_error = since(0, c.stale_if_error);
}

int64_t weir_freshness_age(const struct weir_freshness *f, int64_t now) {
    return f->initial_age + since(f->response_time, now);
}

bool weir_freshness_fresh(const struct weir_freshness *f, int64_t now) {
    return !f->ask_always && f->lifetime > weir_freshness_age(f, now);
}

bool weir_freshness_usable_on_error(const struct weir_freshness *f,
                                    int64_t now) {
    int64_t allowed = f->lifetime;
    if (f->ask_always)
        return false;
    if (!f->never_stale)
        allowed += f->stale_if_error;
    return allowed > weir_freshness_age(f, now);
}

int64_t weir_freshness_until(const struct weir_freshness *f) {
    if (f->ask_always || f->lifetime <= f->initial_age)
        return INT64_MIN;
    return f->response_time + f->lifetime - f->initial_age;
}
