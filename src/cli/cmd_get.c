/* cmd_get.c - "weir get": a list of URLs into files.
 *
 * Makes the engine's configuration and source of the options, runs it, shows
 * how it goes, and says at the end what became of it.
 */
#include "base/escape.h"
#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/display.h"
#include "cli/get_config.h"
#include "cli/status.h"
#include "cli/summary.h"
#include "cli/tables.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t drain_ns = 5 * 1000000000LL;

struct get {
    struct weir_cli *cli;
    struct weir_get_config config;
    struct weir_engine *engine;
    struct weir_display *display;
    struct weir_timer *redraw;
    struct weir_signal *signals[2];
    struct weir_status status;
    struct weir_meter requests, bytes;
    FILE *start_log;
    int64_t began;
    int interrupts;
    bool quiet, verbose;
};

/* --- what the engine tells --------------------------------------------- */

static void on_end(const struct weir_item *item, const char *place,
                   void *data) {
    struct get *g = data;
    struct weir_buf line;
    weir_buf_init(&line, 4096);
    if (item->error.code != WEIR_OK) {
        weir_status_add(&g->status, item->error.code);
        weir_buf_fmt(&line, "%s: %s", item->url, item->error.message);
        if (weir_str_search(weir_str_of(place), WEIR_STR(":")) <
            strlen(place)) /* a line of a list; arguments are at hand */
            weir_buf_fmt(&line, " (%s)", place);
        weir_display_log(WEIR_LOG_ERROR, line.p, g->display);
    } else if (g->verbose) {
        weir_buf_fmt(&line, "%s -> %s, ", item->url,
                     item->file ? item->file : "(not stored)");
        weir_units_put_size(&line, item->bytes);
        if (item->from_cache)
            weir_buf_z(&line, ", from the cache");
        weir_display_log(WEIR_LOG_INFO, line.p, g->display);
    }
    weir_buf_release(&line);
}

static void on_start(int64_t slot, const char *url, unsigned attempt,
                     void *data) {
    struct get *g = data;
    struct weir_buf line;
    weir_buf_init(&line, 0);
    weir_buf_fmt(&line, "{\"t\":%" PRId64 ",\"attempt\":%u,\"url\":", slot,
                 attempt);
    weir_escape_json(&line, weir_str_of(url));
    weir_buf_z(&line, "}\n");
    fwrite(line.p, 1, line.len, g->start_log);
    weir_buf_release(&line);
}

static void log_line(enum weir_log_level level, const char *message,
                     void *data) {
    struct get *g = data;
    weir_display_log(level, message, g->display);
}

/* --- the display ------------------------------------------------------- */

static void view(struct get *g, const struct weir_stats *s,
                 struct weir_progress_view *v, int64_t now) {
    memset(v, 0, sizeof *v);
    v->done = s->done;
    v->failed = s->failed;
    v->from_cache = s->from_cache;
    v->retries = s->retries;
    v->total = s->pulled;
    v->total_known = s->source_done;
    v->bytes = s->bytes;
    v->requests_per_s =
        weir_meter_update(&g->requests, s->done + s->failed, now);
    v->bytes_per_s = weir_meter_update(&g->bytes, s->bytes, now);
    v->active = s->active;
    v->waiting = s->waiting;
    v->elapsed_ns = now - g->began;
    v->eta_ns = s->source_done
                    ? weir_progress_eta(s->pulled - s->done - s->failed,
                                        v->requests_per_s)
                    : -1;
    v->host_count = s->note_count;
    for (size_t i = 0; i < s->note_count; i++) {
        v->hosts[i].name = weir_str_of(s->notes[i].name);
        v->hosts[i].state = weir_str_of(s->notes[i].state);
    }
}

static void on_redraw(void *data) {
    struct get *g = data;
    int64_t now = weir_loop_clock(weir_engine_loop(g->engine)), wait;
    if (weir_display_due(g->display, now)) {
        struct weir_stats stats;
        struct weir_progress_view v;
        weir_engine_stats(g->engine, &stats);
        view(g, &stats, &v, now);
        weir_display_draw(g->display, &v, now);
    }
    wait = weir_display_wait(g->display, now);
    if (wait != INT64_MAX)
        weir_timer_set(g->redraw, now + wait);
}

/* --- signals ----------------------------------------------------------- */

static void on_signal(int signum, void *data) {
    struct get *g = data;
    weir_status_signal(&g->status, signum);
    if (g->interrupts++ == 0) {
        weir_display_log(WEIR_LOG_WARNING,
                         "interrupted: finishing what is under way; once more "
                         "to leave at once",
                         g->display);
        weir_engine_drain(g->engine, drain_ns);
    } else {
        weir_engine_abort(g->engine);
    }
}

/* --- the run ----------------------------------------------------------- */

static bool create_handles(struct get *g) {
    struct weir_loop *loop = weir_engine_loop(g->engine);
    g->redraw = weir_timer_create(loop, on_redraw, g);
    g->signals[0] = weir_signal_create(loop, SIGINT, on_signal, g);
    g->signals[1] = weir_signal_create(loop, SIGTERM, on_signal, g);
    g->began = weir_loop_clock(loop);
    if (!g->redraw || !g->signals[0] || !g->signals[1])
        return false;
    weir_timer_set(g->redraw, g->began);
    return true;
}

static const char *first_set(const char *a, const char *b, const char *c) {
    if (a && *a)
        return a;
    return b && *b ? b : c;
}

static struct weir_display *create_display(const struct get *g) {
    const struct weir_storage_config *s = &g->config.engine.storage;
    struct weir_display_config c = {.fd = STDERR_FILENO,
                                    .command = g->cli->command};
    c.quiet = g->quiet;
    c.data_on_stdout = s->json || s->body == WEIR_BODY_STDOUT;
    c.term = getenv("TERM");
    c.no_color = getenv("NO_COLOR");
    c.locale = first_set(getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG"));
    return weir_display_create(&c);
}

/* The command line for people, without secrets. */
static char *public_command(const struct weir_cli *cli) {
    struct weir_buf text;
    weir_buf_init(&text, 0);
    weir_buf_z(&text, "weir get");
    weir_arguments_put_public(&text, CMD_get, cli->words);
    return weir_buf_detach(&text);
}

static void summarize(struct get *g, const struct weir_stats *stats,
                      const char *command, enum weir_engine_end end) {
    struct weir_summary s = {.done = stats->done,
                             .from_cache = stats->from_cache,
                             .skipped = stats->skipped,
                             .failed = stats->failed,
                             .bytes = stats->bytes,
                             .where = g->config.where,
                             .command = command};
    struct weir_buf text;
    s.left = stats->pulled - stats->done - stats->failed;
    s.left_unknown = end != WEIR_END_COMPLETE && !stats->source_done;
    s.elapsed_ns = weir_loop_clock(weir_engine_loop(g->engine)) - g->began;
    weir_buf_init(&text, 0);
    weir_summary_put(&text, &s);
    fputs(text.p, g->cli->err);
    weir_buf_release(&text);
}

static void say_resumed(struct get *g) {
    const struct weir_run_info *info = weir_engine_run_info(g->engine);
    char line[160];
    if (!info->resumed)
        return;
    snprintf(line, sizeof line,
             "going on with an unfinished run: %" PRIu64 " done before%s",
             info->done, info->failed ? ", some failed" : "");
    weir_display_log(WEIR_LOG_WARNING, line, g->display);
}

static void run(struct get *g, struct weir_source *source,
                const char *command) {
    struct weir_error error = {WEIR_OK, ""};
    enum weir_engine_end end;
    struct weir_stats stats;
    say_resumed(g);
    if (weir_engine_run(g->engine, source, &end, &error) != WEIR_OK) {
        weir_status_add(&g->status, error.code);
        weir_display_log(WEIR_LOG_ERROR, error.message, g->display);
    }
    if (end == WEIR_END_RUN_TIME) {
        weir_status_add(&g->status, WEIR_E_TIMEOUT);
        weir_display_log(WEIR_LOG_ERROR, "the time of --max-run-time is over",
                         g->display);
    }
    weir_display_end(g->display);
    weir_engine_stats(g->engine, &stats);
    if (!g->quiet)
        summarize(g, &stats, command, end);
}

static enum weir_err open_start_log(struct get *g, struct weir_error *error) {
    const char *path = weir_opt_get(g->cli->options, OPT_START_LOG);
    if (!path)
        return WEIR_OK;
    g->start_log = fopen(path, "w");
    return g->start_log ? WEIR_OK
                        : weir_error_set(error, WEIR_E_IO, "--start-log %s: %s",
                                         path, strerror(errno));
}

static enum weir_err set_up(struct get *g, const char *command,
                            struct weir_error *error) {
    struct weir_engine_ops ops = {.on_end = on_end};
    struct weir_engine_config *e = &g->config.engine;
    enum weir_err err = open_start_log(g, error);
    if (err != WEIR_OK)
        return err;
    if (g->start_log)
        ops.on_start = on_start;
    g->display = create_display(g);
    if (!g->display || !command)
        return weir_error_nomem(error);
    e->log = (struct weir_log){WEIR_LOG_WARNING, log_line, g};
    if (weir_opt_count(g->cli->options, OPT_VERBOSE) > 0)
        e->log.level = g->quiet ? WEIR_LOG_ERROR : WEIR_LOG_INFO;
    if (weir_opt_count(g->cli->options, OPT_VERBOSE) > 1)
        e->log.level = WEIR_LOG_DEBUG;
    e->storage.log = e->log;
    e->storage.run_title = command;
    err = weir_engine_create(&g->engine, e, &ops, g, error);
    if (err == WEIR_OK && !create_handles(g))
        err = weir_error_nomem(error);
    return err;
}

static void tear_down(struct get *g) {
    weir_signal_destroy(g->signals[0]);
    weir_signal_destroy(g->signals[1]);
    weir_timer_destroy(g->redraw);
    weir_engine_destroy(g->engine);
    weir_display_destroy(g->display);
    if (g->start_log && fclose(g->start_log) != 0)
        weir_status_add(&g->status, WEIR_E_IO);
    weir_get_config_release(&g->config);
}

int weir_cmd_get(struct weir_cli *cli) {
    struct get g = {.cli = cli};
    struct weir_error error = {WEIR_OK, ""};
    struct weir_source *source = NULL;
    char *command = NULL;
    enum weir_err err;
    g.quiet = weir_opt_on(cli->options, OPT_QUIET);
    g.verbose = weir_opt_count(cli->options, OPT_VERBOSE) > 0;
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    err = weir_get_config_init(&g.config, cli, &error);
    if (err == WEIR_OK)
        err = weir_get_source(&source, &g.config, cli, &error);
    if (err != WEIR_OK) {
        weir_get_config_release(&g.config);
        return weir_cli_fail(cli, &error);
    }
    if (weir_opt_on(cli->options, OPT_DRY_RUN)) {
        int status = weir_get_dry_run(cli, &g.config, source);
        weir_get_config_release(&g.config);
        return status;
    }
    command = public_command(cli);
    err = set_up(&g, command, &error);
    if (err == WEIR_OK) {
        run(&g, source, command);
    } else {
        weir_status_add(&g.status, err);
        weir_cli_fail(cli, &error);
    }
    weir_source_destroy(source);
    tear_down(&g);
    weir_free(command);
    return weir_status_exit(&g.status);
}
