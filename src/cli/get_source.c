/* get_source.c - what "weir get" is asked to fetch, as one source. */
#include "base/mem.h"
#include "cli/get_config.h"
#include "source/args.h"
#include "source/chain.h"
#include "source/filter.h"
#include "source/list.h"

struct parts {
    struct weir_source **at;
    size_t count;
};

static void destroy_parts(struct parts *parts) {
    for (size_t i = 0; i < parts->count; i++)
        weir_source_destroy(parts->at[i]);
    parts->count = 0;
}

static enum weir_err open_parts(const struct weir_cli *cli, struct parts *parts,
                                struct weir_error *error) {
    const struct weir_options *o = cli->options;
    size_t lists = weir_opt_count(o, OPT_INPUT_FILE);
    enum weir_err err = WEIR_OK;
    if (cli->argc > 0) {
        err = weir_source_args_create(
            &parts->at[parts->count], (const char *const *)cli->argv,
            (size_t)cli->argc, !weir_opt_on(o, OPT_GLOBOFF), error);
        if (err == WEIR_OK)
            parts->count++;
    }
    for (size_t i = 0; i < lists && err == WEIR_OK; i++) {
        err = weir_source_list_open(&parts->at[parts->count],
                                    weir_opt_nth(o, OPT_INPUT_FILE, i), error);
        if (err == WEIR_OK)
            parts->count++;
    }
    return err;
}

/* The patterns of an option; an empty array when there is no memory. */
static const char *const *patterns(const struct weir_options *o,
                                   enum weir_opt_id id,
                                   struct weir_arena *arena, size_t *count) {
    const char **all;
    *count = weir_opt_count(o, id);
    all = weir_arena_alloc(arena, (*count + 1) * sizeof *all);
    for (size_t i = 0; all && i < *count; i++)
        all[i] = weir_opt_nth(o, id, i);
    return all;
}

static enum weir_err filter(struct weir_source **source,
                            const struct weir_get_config *c,
                            const struct weir_options *o,
                            struct weir_error *error) {
    struct weir_filter f;
    f.accept = patterns(o, OPT_ACCEPT, c->arena, &f.accept_count);
    f.reject = patterns(o, OPT_REJECT, c->arena, &f.reject_count);
    if (f.accept_count + f.reject_count == 0)
        return WEIR_OK;
    if (!f.accept || !f.reject ||
        weir_source_filter_create(source, *source, &f) != WEIR_OK)
        return weir_error_nomem(error);
    return WEIR_OK;
}

enum weir_err weir_get_source(struct weir_source **out,
                              const struct weir_get_config *c,
                              const struct weir_cli *cli,
                              struct weir_error *error) {
    struct parts parts = {NULL, 0};
    struct weir_source *source;
    size_t most = weir_opt_count(cli->options, OPT_INPUT_FILE) + 1;
    enum weir_err err;
    if (cli->argc == 0 && most == 1)
        return weir_error_set(error, WEIR_E_USAGE,
                              "no URL: give some, or a list with --input-file");
    parts.at = weir_calloc(most, sizeof *parts.at);
    if (!parts.at)
        return weir_error_nomem(error);
    err = open_parts(cli, &parts, error);
    if (err != WEIR_OK)
        destroy_parts(&parts);
    else if (parts.count == 1)
        source = parts.at[0];
    else
        err = weir_source_chain_create(&source, parts.at, parts.count, error);
    weir_free(parts.at);
    if (err == WEIR_OK)
        err = filter(&source, c, cli->options, error);
    if (err == WEIR_OK)
        *out = source;
    return err;
}
