/* job_url.c - query parameters set, numbers put into templates, scopes. */
#include "engine/job_url.h"

#include "net/domain.h"

#include <inttypes.h>
#include <string.h>

enum weir_err weir_job_url_set(struct weir_str url, struct weir_str name,
                               struct weir_str value, struct weir_buf *out) {
    struct weir_str rest, pair, key, tail, head;
    struct weir_buf wanted, given;
    char sep = '?';
    weir_str_cut(url, '#', &head, &tail);
    weir_str_cut(head, '?', &head, &rest);
    weir_buf_str(out, head);
    weir_buf_init(&wanted, 0);
    weir_buf_init(&given, 0);
    weir_url_put_decoded(name, &wanted);
    while (rest.n > 0) {
        weir_str_cut(rest, '&', &pair, &rest);
        weir_str_cut(pair, '=', &key, &tail);
        weir_buf_clear(&given);
        weir_url_put_decoded(key, &given);
        if (pair.n == 0 ||
            weir_str_eq(weir_buf_view(&given), weir_buf_view(&wanted)))
            continue;
        weir_buf_byte(out, sep);
        weir_buf_str(out, pair);
        sep = '&';
    }
    weir_buf_byte(out, sep);
    weir_url_put_encoded(name, out);
    weir_buf_byte(out, '=');
    weir_url_put_encoded(value, out);
    out->failed |= wanted.failed || given.failed;
    weir_buf_release(&wanted);
    weir_buf_release(&given);
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

/* "/page/{n}", "/page/{n:03}"; the reader made sure that one is there. */
static void put_number(struct weir_buf *out, struct weir_str template_,
                       int64_t n) {
    while (template_.n > 0) {
        size_t at = weir_str_search(template_, WEIR_STR("{n"));
        size_t end = weir_str_find(template_, '}', at);
        struct weir_str pad = weir_str_sub(template_, at + 2, end - at - 2);
        uint64_t width = 0;
        weir_buf_str(out, weir_str_sub(template_, 0, at));
        if (end >= template_.n)
            break;
        if (pad.n > 0 &&
            (pad.p[0] != ':' ||
             !weir_str_to_u64(weir_str_sub(pad, 1, pad.n), &width)))
            weir_buf_str(out, weir_str_sub(template_, at, end + 1 - at));
        else
            weir_buf_fmt(out, "%0*" PRId64, (int)(width > 20 ? 20 : width), n);
        template_ = weir_str_sub(template_, end + 1, template_.n);
    }
}

static enum weir_err resolve(struct weir_str text, struct weir_str base,
                             struct weir_buf *out, struct weir_error *error) {
    struct weir_url b, url;
    enum weir_err err = weir_url_parse(&b, base, NULL, error);
    if (err != WEIR_OK)
        return err;
    err = weir_url_parse(&url, text, &b, error);
    weir_url_release(&b);
    if (err != WEIR_OK)
        return err;
    weir_buf_str(out, weir_url_without_fragment(&url));
    weir_url_release(&url);
    return out->failed ? weir_error_nomem(error) : WEIR_OK;
}

enum weir_err weir_job_url_number(const struct weir_next *next,
                                  struct weir_str first, uint64_t n,
                                  struct weir_buf *out,
                                  struct weir_error *error) {
    int64_t value = next->from + next->step * (int64_t)(n - 1);
    struct weir_buf text;
    enum weir_err err;
    weir_buf_init(&text, 0);
    if (next->template_)
        put_number(&text, weir_str_of(next->template_), value);
    else
        weir_buf_fmt(&text, "%" PRId64, value);
    if (text.failed)
        err = weir_error_nomem(error);
    else if (next->template_)
        err = resolve(weir_buf_view(&text), first, out, error);
    else if ((err = weir_job_url_set(first, weir_str_of(next->param),
                                     weir_buf_view(&text), out)))
        weir_error_nomem(error);
    weir_buf_release(&text);
    return err;
}

/* The path up to its last slash. */
static struct weir_str folder(const struct weir_url *url) {
    struct weir_str path = weir_url_path(url);
    while (path.n > 0 && path.p[path.n - 1] != '/')
        path.n--;
    return path;
}

bool weir_job_url_in_scope(enum weir_scope scope, const struct weir_url *base,
                           const struct weir_url *url) {
    struct weir_str host = weir_url_host(url), home = weir_url_host(base);
    switch (scope) {
    case WEIR_SCOPE_HOST:
        return weir_str_eq(host, home);
    case WEIR_SCOPE_DOMAIN:
        return weir_str_eq(weir_domain_of(host), weir_domain_of(home));
    case WEIR_SCOPE_PREFIX:
        return weir_url_same_origin(url, base) &&
               weir_str_starts(weir_url_path(url), folder(base));
    case WEIR_SCOPE_ANY:
        break;
    }
    return true;
}
