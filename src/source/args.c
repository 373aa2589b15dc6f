/* Arguments as a source. Each is looked at once when the source is made, so
 * that a bad glob is known before anything is fetched, and expanded when its
 * turn comes: one glob lives at a time. */
#include "source/args.h"

#include "base/mem.h"
#include "source/glob.h"

#include <stdio.h>

struct args {
    struct weir_source source;
    const char *const *args;
    size_t count, at; /* the argument that comes next */
    bool globs;
    struct weir_glob *glob; /* of argument `at - 1`, or NULL */
    uint64_t n;
    char place[40];
};

_Static_assert((int)WEIR_REQUEST_CAPTURES_MAX >= (int)WEIR_GLOB_MAX,
               "a request has room for the captures of every glob");

static enum weir_pull ready(struct args *a, struct weir_request *out) {
    out->n = ++a->n;
    out->place = weir_str_of(a->place);
    out->problem = out->out = out->dir = out->checksum =
        (struct weir_str){NULL, 0};
    out->header_count = 0;
    return WEIR_PULL_READY;
}

static enum weir_pull next(struct weir_source *s, struct weir_request *out,
                           struct weir_error *error) {
    struct args *a = (struct args *)s;
    for (;;) {
        struct weir_str text;
        if (a->glob) {
            if (weir_glob_next(a->glob, &out->url, out->captures,
                               &out->capture_count))
                return ready(a, out);
            weir_glob_destroy(a->glob);
            a->glob = NULL;
        }
        if (a->at == a->count)
            return WEIR_PULL_DONE;
        text = weir_str_trim(weir_str_of(a->args[a->at++]));
        snprintf(a->place, sizeof a->place, "argument %zu", a->at);
        if (!a->globs) {
            out->url = text;
            out->capture_count = 0;
            return ready(a, out);
        }
        if (weir_glob_create(&a->glob, text, error) != WEIR_OK)
            return WEIR_PULL_ERROR;
    }
}

static void destroy(struct weir_source *s) {
    struct args *a = (struct args *)s;
    weir_glob_destroy(a->glob);
    weir_free(a);
}

static const struct weir_source_ops ops = {next, destroy};

/* Adds what an argument stands for to *total, at most UINT64_MAX. */
static enum weir_err check(const char *arg, size_t index, uint64_t *total,
                           struct weir_error *error) {
    struct weir_error cause = {0};
    struct weir_glob *g;
    uint64_t more;
    enum weir_err err =
        weir_glob_create(&g, weir_str_trim(weir_str_of(arg)), &cause);
    if (err)
        return weir_error_set(error, err, "argument %zu: %s", index + 1,
                              cause.message);
    more = weir_glob_total(g);
    *total = more > UINT64_MAX - *total ? UINT64_MAX : *total + more;
    weir_glob_destroy(g);
    return WEIR_OK;
}

/* What the URL parser would drop: a URL that was given has no line breaks. */
static enum weir_err check_line(const char *arg, size_t index,
                                struct weir_error *error) {
    struct weir_str text = weir_str_trim(weir_str_of(arg));
    size_t lf = weir_str_find(text, '\n', 0), cr = weir_str_find(text, '\r', 0);
    size_t at = lf < cr ? lf : cr;
    if (at == text.n)
        return WEIR_OK;
    return weir_error_set(error, WEIR_E_USAGE,
                          "argument %zu: column %zu: a line break in the URL",
                          index + 1, at + 1);
}

enum weir_err weir_source_args_create(struct weir_source **out,
                                      const char *const *args, size_t count,
                                      bool globs, struct weir_error *error) {
    struct args *a;
    uint64_t total = globs ? 0 : count;
    for (size_t i = 0; i < count; i++) {
        enum weir_err err = check_line(args[i], i, error);
        if (!err && globs)
            err = check(args[i], i, &total, error);
        if (err)
            return err;
    }
    a = weir_calloc(1, sizeof *a);
    if (!a)
        return weir_error_nomem(error);
    a->source.ops = &ops;
    a->source.total = total;
    a->args = args;
    a->count = count;
    a->globs = globs;
    *out = &a->source;
    return WEIR_OK;
}
