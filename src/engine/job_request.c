/* job_request.c - an entry of the frontier as a request.
 *
 * What is sent is said by up to three layers: the job, the page type, the start
 * (or the login); the later ones win by name. It is put together anew for each
 * request and never stored, as there may be secrets in it.
 *
 * Links lead anywhere: what the job sends besides plain headers goes to the
 * origins of its starts only, as with redirects (hostile.md).
 */
#include "engine/job_internal.h"

#include "base/mem.h"
#include "core/url.h"
#include "engine/internal.h"
#include "engine/job_replay.h"

#include <string.h>
#include <unistd.h>

enum { LAYERS = 3 };

struct layers {
    const struct weir_job_request *at[LAYERS];
    size_t count;
};

static bool same_origin_as(const char *text, const struct weir_url *url,
                           bool *ok) {
    struct weir_url typed;
    bool same;
    enum weir_err err = weir_url_parse(&typed, weir_str_of(text), NULL, NULL);
    *ok = *ok && err != WEIR_E_NOMEM;
    if (err != WEIR_OK)
        return false;
    same = weir_url_same_origin(&typed, url);
    weir_url_release(&typed);
    return same;
}

/* Is the URL's origin one that the job file names? Its own start is the first
 * guess. */
static bool is_typed(const struct weir_job_run *r,
                     const struct weir_job_task *t, const struct weir_url *url,
                     bool *ok) {
    const struct weir_job *job = r->job;
    if (!t->entry)
        return true;
    if (t->context.start < job->start_count &&
        same_origin_as(job->starts[t->context.start].url, url, ok))
        return true;
    for (size_t i = 0; i < job->start_count; i++)
        if (same_origin_as(job->starts[i].url, url, ok))
            return true;
    return false;
}

static struct layers layers_of(const struct weir_job_run *r,
                               const struct weir_job_task *t) {
    const struct weir_job *job = r->job;
    struct layers l = {{&job->request}, 1};
    if (!t->entry) {
        l.at[l.count++] = &job->login->request;
    } else if (t->context.kind == WEIR_JOB_PAGE) {
        l.at[l.count++] = &weir_job_page_of(job, t->entry->page)->request;
        if (!t->context.linked && t->context.start < job->start_count)
            l.at[l.count++] = &job->starts[t->context.start].request;
    }
    return l;
}

/* --- pairs ------------------------------------------------------------- */

enum list { HEADERS, QUERY, COOKIES };

static const struct weir_job_pair *pairs_of(const struct weir_job_request *q,
                                            enum list list, size_t *count) {
    *count = list == HEADERS ? q->header_count
             : list == QUERY ? q->query_count
                             : q->cookie_count;
    return list == HEADERS ? q->headers : list == QUERY ? q->query : q->cookies;
}

/* A layer above the ith says it anew. */
static bool later_has(const struct layers *l, size_t i, enum list list,
                      const char *name) {
    struct weir_str wanted = weir_str_of(name);
    size_t n;
    while (++i < l->count) {
        const struct weir_job_pair *p = pairs_of(l->at[i], list, &n);
        for (size_t k = 0; k < n; k++)
            if (list == HEADERS
                    ? weir_str_eq_nocase(weir_str_of(p[k].name), wanted)
                    : weir_str_eq(weir_str_of(p[k].name), wanted))
                return true;
    }
    return false;
}

static bool add_header(struct weir_job_run *r, struct weir_request *out,
                       const char *name, const char *value, size_t n) {
    struct weir_buf *b;
    if (out->header_count == WEIR_REQUEST_HEADERS_MAX)
        return false;
    b = &r->headers[out->header_count];
    weir_buf_clear(b);
    weir_buf_fmt(b, "%s: %.*s", name, (int)n, value);
    out->headers[out->header_count++] = weir_buf_view(b);
    return !b->failed;
}

static bool put_headers(struct weir_job_run *r, const struct layers *l,
                        bool typed, struct weir_request *out) {
    for (size_t i = 0; i < l->count; i++)
        for (size_t k = 0; k < l->at[i]->header_count; k++) {
            const struct weir_job_pair *p = &l->at[i]->headers[k];
            if (later_has(l, i, HEADERS, p->name))
                continue;
            if (!add_header(r, out, p->name, p->value, strlen(p->value)))
                return false;
            if (!typed &&
                !weir_redirect_header_safe(out->headers[out->header_count - 1]))
                out->header_count--;
        }
    return true;
}

/* Cookies of the job go with every request by the engine's configuration; those
 * of a page or a start make a header of their own. */
static bool put_cookies(struct weir_job_run *r, const struct layers *l,
                        struct weir_request *out) {
    struct weir_buf text;
    bool ok, own = false;
    for (size_t i = 1; i < l->count; i++)
        own |= l->at[i]->cookie_count > 0;
    if (!own)
        return true;
    weir_buf_init(&text, 0);
    for (size_t i = 0; i < l->count; i++)
        for (size_t k = 0; k < l->at[i]->cookie_count; k++) {
            const struct weir_job_pair *p = &l->at[i]->cookies[k];
            if (!later_has(l, i, COOKIES, p->name))
                weir_buf_fmt(&text, "%s%s=%s", text.len ? "; " : "", p->name,
                             p->value);
        }
    ok = !text.failed && add_header(r, out, "Cookie", text.p, text.len);
    weir_buf_release(&text);
    return ok;
}

char *weir_job_request_cookies(const struct weir_job *job, bool *failed) {
    struct weir_buf text;
    char *out = NULL;
    weir_buf_init(&text, 0);
    for (size_t i = 0; i < job->request.cookie_count; i++)
        weir_buf_fmt(&text, "%s%s=%s", i ? "; " : "",
                     job->request.cookies[i].name,
                     job->request.cookies[i].value);
    if (text.len > 0 && !(out = weir_buf_detach(&text)))
        *failed = true;
    weir_buf_release(&text);
    return out;
}

static void put_base64(struct weir_buf *out, struct weir_str s) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < s.n; i += 3) {
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++)
            v = v << 8 | (i + k < s.n ? (unsigned char)s.p[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            weir_buf_byte(out,
                          i + k > s.n ? '=' : digits[v >> (18 - 6 * k) & 63]);
    }
}

/* RFC 7617. */
static bool put_auth(struct weir_job_run *r, const struct layers *l,
                     struct weir_request *out) {
    const char *auth = NULL;
    struct weir_buf text;
    bool ok;
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i]->auth)
            auth = l->at[i]->auth;
    if (!auth)
        return true;
    weir_buf_init(&text, 0);
    weir_buf_z(&text, "Basic ");
    put_base64(&text, weir_str_of(auth));
    ok = !text.failed && add_header(r, out, "Authorization", text.p, text.len);
    weir_buf_release(&text);
    return ok;
}

/* --- query and body ---------------------------------------------------- */

static void put_pair(struct weir_buf *out, char sep,
                     const struct weir_job_pair *p) {
    if (sep)
        weir_buf_byte(out, sep);
    weir_url_put_encoded(weir_str_of(p->name), out);
    weir_buf_byte(out, '=');
    weir_url_put_encoded(weir_str_of(p->value), out);
}

/* A link or a counter may have set the parameter already. */
static bool has_param(const struct weir_url *url, const char *name) {
    struct weir_str rest = weir_url_query(url), pair, key, value;
    struct weir_buf text;
    bool found = false;
    weir_buf_init(&text, 0);
    while (rest.n > 0 && !found) {
        weir_str_cut(rest, '&', &pair, &rest);
        weir_str_cut(pair, '=', &key, &value);
        weir_buf_clear(&text);
        weir_url_put_decoded(key, &text);
        found = weir_str_eq(weir_buf_view(&text), weir_str_of(name));
    }
    weir_buf_release(&text);
    return found;
}

/* Parameters with a secret beside them go on the wire only. */
static void put_query(const struct layers *l, const struct weir_url *url,
                      struct weir_buf *plain, struct weir_buf *secret) {
    bool has_query = url->has_query;
    for (size_t i = 0; i < l->count; i++)
        for (size_t k = 0; k < l->at[i]->query_count; k++) {
            const struct weir_job_pair *p = &l->at[i]->query[k];
            if (has_param(url, p->name) || later_has(l, i, QUERY, p->name))
                continue;
            if (l->at[i]->secret) {
                put_pair(secret, secret->len ? '&' : 0, p);
            } else {
                put_pair(plain, has_query ? '&' : '?', p);
                has_query = true;
            }
        }
}

static bool put_body(struct weir_job_run *r, const struct layers *l,
                     struct weir_request *out) {
    const char *json = NULL, *type = "application/json";
    const struct weir_job_request *form = NULL;
    bool given = false;
    for (size_t i = 0; i < l->count; i++) {
        if (l->at[i]->json)
            json = l->at[i]->json, form = NULL;
        if (l->at[i]->form_count > 0)
            form = l->at[i], json = NULL;
    }
    if (!json && !form)
        return true;
    weir_buf_clear(&r->body);
    weir_buf_z(&r->body, json ? json : "");
    for (size_t i = 0; form && i < form->form_count; i++)
        put_pair(&r->body, i ? '&' : 0, &form->form[i]);
    if (form)
        type = "application/x-www-form-urlencoded";
    out->body = weir_buf_view(&r->body);
    for (size_t i = 0; i < out->header_count; i++)
        given |=
            weir_str_starts_nocase(out->headers[i], WEIR_STR("content-type:"));
    return !r->body.failed &&
           (given || add_header(r, out, "Content-Type", type, strlen(type)));
}

/* --- cache ------------------------------------------------------------- */

static enum weir_cache_mode cache_mode(enum weir_job_cache mode) {
    switch (mode) {
    case WEIR_JOB_CACHE_FRESH:
        return WEIR_CACHE_FRESH;
    case WEIR_JOB_CACHE_REVALIDATE:
        return WEIR_CACHE_REVALIDATE;
    case WEIR_JOB_CACHE_OFF:
        return WEIR_CACHE_OFF;
    case WEIR_JOB_CACHE_OFFLINE:
        return WEIR_CACHE_OFFLINE;
    case WEIR_JOB_CACHE_REPLAY:
        return WEIR_CACHE_REPLAY;
    case WEIR_JOB_CACHE_RFC9111:
    case WEIR_JOB_CACHE_DEFAULT:
        break;
    }
    return WEIR_CACHE_RFC9111;
}

/* The command line wins over the page type, and that over the job. A poll asks
 * each time, unless it is said otherwise. */
static void set_cache(const struct weir_job_run *r, struct weir_job_task *t) {
    const struct weir_job *job = r->job;
    const struct weir_page *page;
    struct weir_request_terms *terms = &t->terms;
    if (!t->entry) {
        terms->has_cache = true;
        terms->cache = WEIR_CACHE_OFF;
        return;
    }
    page = weir_job_page_of(job, t->entry->page);
    if (r->config.cache_given)
        return;
    if (t->context.kind == WEIR_JOB_PAGE &&
        page->cache != WEIR_JOB_CACHE_DEFAULT) {
        terms->has_cache = true;
        terms->cache = (int)cache_mode(page->cache);
        terms->cache_age_s = page->cache_age_s;
    } else if (job->cache != WEIR_JOB_CACHE_DEFAULT) {
        terms->has_cache = true;
        terms->cache = (int)cache_mode(job->cache);
        terms->cache_age_s = job->cache_age_s;
    } else if (t->context.tick > 0 && !t->context.linked) {
        terms->has_cache = true;
        terms->cache = WEIR_CACHE_REVALIDATE;
    }
}

/* --- the request ------------------------------------------------------- */

static void set_method(const struct layers *l, const struct weir_job_task *t,
                       struct weir_request *out) {
    out->method = weir_str_make(NULL, 0);
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i]->method)
            out->method = weir_str_of(l->at[i]->method);
    if (t->context.kind == WEIR_JOB_PROBE)
        out->method = WEIR_STR("HEAD");
    if (t->context.kind == WEIR_JOB_PROBE_RANGE ||
        t->context.kind == WEIR_JOB_FILE)
        out->method = WEIR_STR("GET");
}

static void set_timeout(const struct layers *l, struct weir_job_task *t) {
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i]->timeout_ns > 0)
            t->terms.timeout_ms = (l->at[i]->timeout_ns + 999999) / 1000000;
}

/* The job's author may name any folder; lists of URLs may not. */
static bool put_folder(const char *folder, struct weir_buf *out) {
    char here[4096];
    weir_buf_clear(out);
    if (folder[0] != '/' && getcwd(here, sizeof here))
        weir_buf_fmt(out, "%s/", here);
    weir_buf_z(out, folder);
    return !out->failed;
}

static void set_kind(struct weir_job_run *r, struct weir_job_task *t,
                     struct weir_request *out, bool *ok) {
    const struct weir_job_context *c = &t->context;
    if (c->kind == WEIR_JOB_PROBE || c->kind == WEIR_JOB_PROBE_RANGE)
        t->terms.no_body = true;
    if (c->kind == WEIR_JOB_PROBE_RANGE)
        *ok = *ok && add_header(r, out, "Range", "bytes=0-0", 9);
    if (c->kind == WEIR_JOB_FILE && c->output < r->job->output_count) {
        t->terms.to_file = true;
        *ok = *ok && put_folder(r->job->outputs[c->output].folder, &r->folder);
        out->dir = weir_buf_view(&r->folder);
        out->out = weir_str_of(c->name);
    }
}

enum weir_err weir_job_request_make(struct weir_job_run *r,
                                    struct weir_job_task *t,
                                    struct weir_request *out,
                                    struct weir_error *error) {
    const char *text = t->entry ? t->entry->url : r->job->login->url;
    struct layers l = layers_of(r, t);
    struct weir_url url;
    bool typed, ok = true;
    enum weir_err err = weir_url_parse(&url, weir_str_of(text), NULL, error);
    if (err != WEIR_OK)
        return err;
    memset(out, 0, sizeof *out);
    typed = is_typed(r, t, &url, &ok);
    t->terms.foreign = !typed;
    weir_buf_clear(&r->url);
    weir_buf_str(&r->url, weir_url_without_fragment(&url));
    ok = put_headers(r, &l, typed, out) && ok;
    if (typed) {
        put_query(&l, &url, &r->url, &t->secret);
        ok = ok && put_cookies(r, &l, out) && put_auth(r, &l, out) &&
             put_body(r, &l, out);
    }
    weir_url_release(&url);
    set_method(&l, t, out);
    set_timeout(&l, t);
    set_cache(r, t);
    set_kind(r, t, out, &ok);
    if (t->entry && t->context.kind == WEIR_JOB_PAGE && !r->config.on_page)
        t->terms.made_of = weir_job_replay_key(
            r->job, t->entry->page, t->context.start, t->context.linked);
    t->terms.secret_query = weir_buf_view(&t->secret);
    out->url = weir_buf_view(&r->url);
    out->client = t;
    out->terms = &t->terms;
    out->no_robots = !t->entry;
    out->any_address = typed;
    if (!ok || r->url.failed || t->secret.failed)
        return weir_error_set(error, WEIR_E_INVALID,
                              "%s: too many headers for one request", text);
    return WEIR_OK;
}
