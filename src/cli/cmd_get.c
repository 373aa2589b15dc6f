/* cmd_get.c - "weir get": a list of URLs into files.
 *
 * Makes the engine's configuration and source of the options, runs it, shows
 * how it goes, and says at the end what became of it (run.c).
 */
#include "cli/get_config.h"
#include "cli/run.h"
#include "cli/tables.h"

#include <inttypes.h>

static void say_resumed(struct weir_run *r, bool retries) {
    const struct weir_run_info *info = weir_engine_run_info(r->engine);
    if (!info->resumed)
        return;
    if (retries)
        weir_run_log(r, info->failed ? WEIR_LOG_INFO : WEIR_LOG_WARNING,
                     "%s in the last run",
                     info->failed ? "repeating what failed" : "nothing failed");
    else
        weir_run_log(r, WEIR_LOG_WARNING,
                     "going on with an unfinished run: %" PRIu64
                     " done before%s",
                     info->done, info->failed ? ", some failed" : "");
}

static void run(struct weir_run *r, struct weir_source *source,
                const struct weir_get_config *config) {
    struct weir_error error = {WEIR_OK, ""};
    enum weir_engine_end end;
    say_resumed(r, config->engine.storage.retry_failed);
    weir_engine_run(r->engine, source, &end, &error);
    weir_run_ended(r, &error, end);
    weir_run_summarize(r, config->where, end);
}

static int get(struct weir_cli *cli, struct weir_get_config *config,
               struct weir_source *source) {
    const struct weir_storage_config *s = &config->engine.storage;
    struct weir_error error = {WEIR_OK, ""};
    struct weir_engine *engine = NULL;
    struct weir_run r;
    enum weir_err err = weir_run_init(
        &r, cli, CMD_get, s->json || s->body == WEIR_BODY_STDOUT, &error);
    if (err == WEIR_OK) {
        weir_run_configure(&r, &config->engine);
        r.total = source->total;
        err = weir_engine_create(&engine, &config->engine, &r.ops, &r, &error);
    }
    if (err == WEIR_OK)
        err = weir_run_attach(&r, engine, &error);
    if (err == WEIR_OK) {
        run(&r, source, config);
    } else {
        weir_status_add(&r.status, err);
        weir_cli_fail(cli, &error);
    }
    weir_run_release(&r);
    if (err == WEIR_OK)
        weir_cli_leave(weir_status_exit(&r.status));
    weir_engine_destroy(engine);
    return weir_status_exit(&r.status);
}

int weir_cmd_get(struct weir_cli *cli) {
    struct weir_get_config config;
    struct weir_error error = {WEIR_OK, ""};
    struct weir_source *source = NULL;
    int status;
    enum weir_err err = weir_get_config_init(&config, cli, &error);
    if (err == WEIR_OK)
        err = weir_get_source(&source, &config, cli, &error);
    if (err != WEIR_OK) {
        weir_get_config_release(&config);
        return weir_cli_fail(cli, &error);
    }
    if (weir_opt_on(cli->options, OPT_DRY_RUN)) {
        status = weir_get_dry_run(cli, &config, source);
    } else {
        status = get(cli, &config, source);
        weir_source_destroy(source);
    }
    weir_get_config_release(&config);
    return status;
}
