/* A chain of sources. A part is started when its turn comes, so a second list
 * is not read before the first is at its end. */
#include "source/chain.h"

#include "base/mem.h"

struct chain {
    struct weir_source source;
    size_t count, at;
    bool started; /* part `at` */
    uint64_t n;
    struct weir_source *parts[];
};

static enum weir_pull next(struct weir_source *s, struct weir_request *out,
                           struct weir_error *error) {
    struct chain *c = (struct chain *)s;
    while (c->at < c->count) {
        struct weir_source *part = c->parts[c->at];
        enum weir_pull pull;
        if (!c->started)
            weir_source_start(part, s->wake, s->wake_data);
        c->started = true;
        pull = weir_source_next(part, out, error);
        if (pull == WEIR_PULL_READY)
            out->n = ++c->n;
        if (pull != WEIR_PULL_DONE)
            return pull;
        c->at++;
        c->started = false;
    }
    return WEIR_PULL_DONE;
}

static void destroy(struct weir_source *s) {
    struct chain *c = (struct chain *)s;
    for (size_t i = 0; i < c->count; i++)
        weir_source_destroy(c->parts[i]);
    weir_free(c);
}

static const struct weir_source_ops ops = {next, destroy};

/* The sum of what is known; 0 as soon as one is not known. */
static uint64_t sum(struct weir_source *const *sources, size_t count) {
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t more = sources[i]->total;
        if (more == 0)
            return 0;
        total = more > UINT64_MAX - total ? UINT64_MAX : total + more;
    }
    return total;
}

enum weir_err weir_source_chain_create(struct weir_source **out,
                                       struct weir_source *const *sources,
                                       size_t count, struct weir_error *error) {
    struct chain *c = weir_calloc(1, sizeof *c + count * sizeof *sources);
    if (!c) {
        for (size_t i = 0; i < count; i++)
            weir_source_destroy(sources[i]);
        return weir_error_nomem(error);
    }
    c->source.ops = &ops;
    c->source.total = sum(sources, count);
    c->count = count;
    for (size_t i = 0; i < count; i++)
        c->parts[i] = sources[i];
    *out = &c->source;
    return WEIR_OK;
}
