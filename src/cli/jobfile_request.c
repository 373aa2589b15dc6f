/* jobfile_request.c - requests, limits, cache modes and parsers.
 *
 * What goes into a request line or a header is checked here, so that no CR, LF
 * or NUL and no broken name can come from a job file or its parameters. */
#include "cli/jobfile_reader.h"

#include <string.h>

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *s) {
    size_t n = strlen(s);
    for (const char *p = s; *p; p++)
        if (!weir_is_alnum(*p) && !strchr("!#$%&'*+-.^_`|~", *p))
            return false;
    return n > 0;
}

/* A value of a header may hold tabs and what is visible (RFC 9110 section
 * 5.5). */
static bool is_field_value(const char *s) {
    for (; *s; s++)
        if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
            return false;
    return true;
}

/* RFC 6265 section 4.1.1, with the blanks and commas that browsers take. */
static bool is_cookie_value(const char *s) {
    return is_field_value(s) && !strchr(s, ';');
}

enum pairs { PAIRS_HEADERS, PAIRS_COOKIES, PAIRS_FORM };

static void check_pair(struct weir_jobread *r, const struct weir_yaml *member,
                       const struct weir_job_pair *pair, enum pairs kind) {
    if (kind != PAIRS_FORM && !is_token(pair->name))
        weir_jobread_error(r, member->key_place,
                           "\"%.80s\" cannot be the name of a %s", pair->name,
                           kind == PAIRS_HEADERS ? "header" : "cookie");
    else if (kind == PAIRS_HEADERS && !is_field_value(pair->value))
        weir_jobread_error(r, member->place,
                           "control characters are not allowed in a header");
    else if (kind == PAIRS_COOKIES && !is_cookie_value(pair->value))
        weir_jobread_error(r, member->place,
                           "; and control characters are not allowed in a "
                           "cookie");
}

static const struct weir_job_pair *read_pairs(struct weir_jobread *r,
                                              const struct weir_yaml *node,
                                              enum pairs kind, bool *secret,
                                              size_t *count) {
    struct weir_job_pair *pairs;
    size_t n = 0;
    if (node->kind != WEIR_YAML_MAP) {
        weir_jobread_expected(r, node, "a mapping of names and values");
        return NULL;
    }
    pairs = weir_jobread_array(r, node->count, sizeof *pairs);
    for (const struct weir_yaml *m = node->first; pairs && m; m = m->next) {
        pairs[n].name = m->key.p;
        pairs[n].value =
            weir_jobread_text(r, m, WEIR_JOBREAD_EMPTY | WEIR_JOBREAD_SECRET);
        *secret |= r->secret;
        if (pairs[n].value)
            check_pair(r, m, &pairs[n++], kind);
    }
    *count = n;
    return pairs;
}

static void read_lists(struct weir_jobread *r, const struct weir_yaml *map,
                       struct weir_job_request *out) {
    struct {
        const char *key;
        enum pairs kind;
        const struct weir_job_pair **list;
        size_t *count;
    } lists[] = {
        {"headers", PAIRS_HEADERS, &out->headers, &out->header_count},
        {"query", PAIRS_FORM, &out->query, &out->query_count},
        {"form", PAIRS_FORM, &out->form, &out->form_count},
        {"cookies", PAIRS_COOKIES, &out->cookies, &out->cookie_count},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const struct weir_yaml *node = weir_yaml_get(map, lists[i].key);
        if (node)
            *lists[i].list = read_pairs(r, node, lists[i].kind, &out->secret,
                                        lists[i].count);
    }
}

static void read_method(struct weir_jobread *r, const struct weir_yaml *node,
                        struct weir_job_request *out) {
    const char *method = weir_jobread_text(r, node, WEIR_JOBREAD_LINE);
    if (method && !is_token(method))
        weir_jobread_error(r, node->place,
                           "expected a method like GET or "
                           "POST, found \"%.80s\"",
                           method);
    else if (method &&
             (strcmp(method, "CONNECT") == 0 || strcmp(method, "TRACE") == 0))
        weir_jobread_error(r, node->place, "%s is no method for a page",
                           method);
    else if (method)
        out->method = method;
}

static void read_keys(struct weir_jobread *r, const struct weir_yaml *map,
                      struct weir_job_request *out) {
    const struct weir_yaml *json = weir_yaml_get(map, "json");
    const struct weir_yaml *form = weir_yaml_get(map, "form");
    const struct weir_yaml *auth = weir_yaml_get(map, "auth");
    const char *text;
    read_method(r, weir_yaml_get(map, "method"), out);
    read_lists(r, map, out);
    if (json && form)
        weir_jobread_error(r, json->key_place,
                           "a request has one body: json or form");
    if (json) {
        out->json = weir_jobread_json(r, json, WEIR_JOBREAD_SECRET);
        out->secret |= r->secret;
    }
    text = weir_jobread_text(r, auth, WEIR_JOBREAD_LINE | WEIR_JOBREAD_SECRET);
    if (text && !strchr(text, ':'))
        weir_jobread_error(r, auth->place, "expected user:password");
    else if (text) {
        out->auth = text;
        out->secret = true;
    }
    weir_jobread_duration(r, weir_yaml_get(map, "timeout"), &out->timeout_ns);
}

/* The same key beside request: and in it would be a riddle. */
static void check_twice(struct weir_jobread *r, const struct weir_yaml *map,
                        const struct weir_yaml *request) {
    for (const struct weir_yaml *m = request->first; m; m = m->next) {
        const struct weir_yaml *other = weir_yaml_get(map, m->key.p);
        if (other && weir_jobfile_key_find(WEIR_JOBFILE_request, m->key))
            weir_jobread_error(r, other->key_place,
                               "\"%s\" is given here and under request",
                               m->key.p);
    }
}

void weir_jobread_request(struct weir_jobread *r, const struct weir_yaml *map,
                          bool nested, struct weir_job_request *out) {
    const struct weir_yaml *request =
        nested ? weir_yaml_get(map, "request") : NULL;
    if (weir_jobread_keys(r, request, WEIR_JOBFILE_request)) {
        check_twice(r, map, request);
        read_keys(r, request, out);
    }
    read_keys(r, map, out);
}

/* --- limits
 * ---------------------------------------------------------------------- */

static void read_size_t(struct weir_jobread *r, const struct weir_yaml *node,
                        size_t *out) {
    uint64_t n;
    if (!weir_jobread_count(r, node, 1, &n))
        return;
    if (n > 1000000)
        weir_jobread_error(r, node->place, "at most 1000000 at once");
    else
        *out = (size_t)n;
}

void weir_jobread_limits(struct weir_jobread *r, const struct weir_yaml *node) {
    struct weir_job_limits *l = &r->job->limits;
    if (!weir_jobread_keys(r, node, WEIR_JOBFILE_limits))
        return;
    read_size_t(r, weir_yaml_get(node, "concurrency"), &l->concurrency);
    read_size_t(r, weir_yaml_get(node, "per_host"), &l->per_host);
    weir_jobread_rate(r, weir_yaml_get(node, "rate"), &l->rate);
    weir_jobread_rate(r, weir_yaml_get(node, "host_rate"), &l->host_rate);
    weir_jobread_count(r, weir_yaml_get(node, "burst"), 1, &l->burst);
    weir_jobread_size(r, weir_yaml_get(node, "limit_rate"), &l->limit_rate);
    weir_jobread_count(r, weir_yaml_get(node, "max_requests"), 1,
                       &l->max_requests);
    weir_jobread_size(r, weir_yaml_get(node, "max_filesize"), &l->max_filesize);
    weir_jobread_duration(r, weir_yaml_get(node, "max_run_time"),
                          &l->max_run_time_ns);
    weir_jobread_bool(r, weir_yaml_get(node, "robots"), &l->robots);
    weir_jobread_bool(r, weir_yaml_get(node, "deny_private"), &l->deny_private);
}

/* --- cache and parser
 * --------------------------------------------------------------- */

void weir_jobread_cache(struct weir_jobread *r, const struct weir_yaml *node,
                        enum weir_job_cache *mode, int64_t *age_s) {
    static const char *const words[] = {"rfc9111", "fresh:AGE", "revalidate",
                                        "off",     "offline",   "replay"};
    /* "fresh:AGE" itself begins with fresh: and never gets to the words */
    static const enum weir_job_cache modes[] = {
        WEIR_JOB_CACHE_RFC9111,    WEIR_JOB_CACHE_FRESH,
        WEIR_JOB_CACHE_REVALIDATE, WEIR_JOB_CACHE_OFF,
        WEIR_JOB_CACHE_OFFLINE,    WEIR_JOB_CACHE_REPLAY};
    struct weir_str value;
    int64_t ns;
    size_t i;
    if (!node)
        return;
    value = node->kind == WEIR_YAML_SCALAR && !weir_yaml_is_null(node)
                ? weir_str_of(weir_jobread_text(r, node, 0))
                : (struct weir_str){0};
    if (weir_str_starts(value, WEIR_STR("fresh:"))) {
        if (weir_units_duration(weir_str_sub(value, 6, value.n), &ns)) {
            weir_jobread_error(r, node->place,
                               "expected an age like fresh:7d, found \"%.80s\"",
                               value.p);
            return;
        }
        *mode = WEIR_JOB_CACHE_FRESH;
        *age_s = ns / 1000000000;
    } else if (weir_jobread_word(r, node, words, sizeof words / sizeof words[0],
                                 &i)) {
        *mode = modes[i];
    }
}

void weir_jobread_parser(struct weir_jobread *r, const struct weir_yaml *node,
                         bool *libxml2) {
    static const char *const words[] = {"html5", "libxml2"};
    size_t i;
    if (weir_jobread_word(r, node, words, 2, &i))
        *libxml2 = i == 1;
}
