/* filter.c - --accept and --reject, in the words of wget. */
#include "source/filter.h"

#include "base/mem.h"
#include "core/urlmatch.h"

struct filter_source {
    struct weir_source source;
    struct weir_source *inner;
    struct weir_filter filter;
    bool started;
};

static enum weir_err any(const char *const *patterns, size_t count,
                         const struct weir_url *url, bool *matches) {
    *matches = false;
    for (size_t i = 0; i < count && !*matches; i++) {
        enum weir_err err =
            weir_urlmatch(weir_str_of(patterns[i]), url, matches);
        if (err != WEIR_OK)
            return err;
    }
    return WEIR_OK;
}

static enum weir_err judge(const struct weir_filter *f, struct weir_str text,
                           bool *wanted) {
    struct weir_url url;
    bool accepted = true, rejected = false;
    enum weir_err err = weir_url_parse(&url, text, NULL, NULL);
    *wanted = true;
    if (err != WEIR_OK)
        return err == WEIR_E_NOMEM ? err : WEIR_OK;
    if (f->accept_count > 0)
        err = any(f->accept, f->accept_count, &url, &accepted);
    if (err == WEIR_OK)
        err = any(f->reject, f->reject_count, &url, &rejected);
    weir_url_release(&url);
    *wanted = accepted && !rejected;
    return err;
}

static enum weir_pull next(struct weir_source *s, struct weir_request *out,
                           struct weir_error *error) {
    struct filter_source *f = (struct filter_source *)s;
    enum weir_pull pull;
    if (!f->started)
        weir_source_start(f->inner, s->wake, s->wake_data);
    f->started = true;
    while ((pull = weir_source_next(f->inner, out, error)) == WEIR_PULL_READY) {
        bool wanted = true;
        if (out->problem.n == 0 &&
            judge(&f->filter, out->url, &wanted) != WEIR_OK) {
            weir_error_nomem(error);
            return WEIR_PULL_ERROR;
        }
        if (wanted)
            return pull;
    }
    return pull;
}

static void destroy(struct weir_source *s) {
    struct filter_source *f = (struct filter_source *)s;
    weir_source_destroy(f->inner);
    weir_free(f);
}

static const struct weir_source_ops ops = {next, destroy};

enum weir_err weir_source_filter_create(struct weir_source **out,
                                        struct weir_source *inner,
                                        const struct weir_filter *filter) {
    struct filter_source *f = weir_calloc(1, sizeof *f);
    if (!f) {
        weir_source_destroy(inner);
        return WEIR_E_NOMEM;
    }
    f->source.ops = &ops;
    f->inner = inner;
    f->filter = *filter;
    *out = &f->source;
    return WEIR_OK;
}
