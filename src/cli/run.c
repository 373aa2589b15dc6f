/* run.c - shows how a run goes, and ends it when it is asked to: the first
 * signal lets what is in flight finish, the second does not wait. */
#include "cli/run.h"

#include "base/escape.h"
#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t drain_ns = 5 * 1000000000LL;

/* --- what the engine tells --------------------------------------------- */

/* Where the body is now. */
static const char *whereabouts(const struct weir_run *r,
                               const struct weir_item *item) {
    if (item->file)
        return item->file;
    return r->in_store &&
                   (item->outcome != WEIR_OUTCOME_KEPT || item->from_cache)
               ? "the store"
               : "(not stored)";
}

static void on_end(const struct weir_item *item, const char *place,
                   void *data) {
    struct weir_run *r = data;
    struct weir_buf line;
    weir_buf_init(&line, 4096);
    if (item->error.code != WEIR_OK) {
        weir_status_add(&r->status, item->error.code);
        weir_buf_fmt(&line, "%s: %s", item->url, item->error.message);
        if (weir_str_search(weir_str_of(place), WEIR_STR(":")) <
            strlen(place)) /* a line of a list; arguments are at hand */
            weir_buf_fmt(&line, " (%s)", place);
        weir_display_log(WEIR_LOG_ERROR, line.p, r->display);
    } else if (r->verbose) {
        weir_buf_fmt(&line, "%s -> %s, ", item->url, whereabouts(r, item));
        weir_units_put_size(&line, item->bytes);
        if (item->from_cache)
            weir_buf_z(&line, ", from the cache");
        weir_display_log(WEIR_LOG_INFO, line.p, r->display);
    }
    weir_buf_release(&line);
}

static void on_start(int64_t slot, const char *url, unsigned attempt,
                     void *data) {
    struct weir_run *r = data;
    struct weir_buf line;
    weir_buf_init(&line, 0);
    weir_buf_fmt(&line, "{\"t\":%" PRId64 ",\"attempt\":%u,\"url\":", slot,
                 attempt);
    weir_escape_json(&line, weir_str_of(url));
    weir_buf_z(&line, "}\n");
    fwrite(line.p, 1, line.len, r->start_log);
    weir_buf_release(&line);
}

static void log_line(enum weir_log_level level, const char *message,
                     void *data) {
    struct weir_run *r = data;
    weir_display_log(level, message, r->display);
}

void weir_run_log(struct weir_run *r, enum weir_log_level level,
                  const char *format, ...) {
    struct weir_error line;
    va_list args;
    va_start(args, format);
    weir_error_setv(&line, WEIR_E_GENERIC, format, args);
    va_end(args);
    weir_display_log(level, line.message, r->display);
}

/* --- the display ------------------------------------------------------- */

static void view(struct weir_run *r, const struct weir_stats *s,
                 struct weir_progress_view *v, int64_t now) {
    memset(v, 0, sizeof *v);
    v->done = s->done;
    v->failed = s->failed;
    v->from_cache = s->from_cache;
    v->retries = s->retries;
    v->total = r->total ? r->total : s->pulled;
    v->total_known = s->source_done || r->total;
    v->bytes = s->bytes;
    v->requests_per_s =
        weir_meter_update(&r->requests, s->done + s->failed, now);
    v->bytes_per_s = weir_meter_update(&r->bytes, s->bytes, now);
    v->active = s->active;
    v->waiting = s->waiting;
    v->elapsed_ns = now - r->began;
    v->eta_ns = v->total_known
                    ? weir_progress_eta(v->total - s->done - s->failed,
                                        v->requests_per_s)
                    : -1;
    for (size_t i = 0; i < s->note_count && i < WEIR_HOST_NOTES; i++) {
        v->hosts[i].name = weir_str_of(s->notes[i].name);
        v->hosts[i].state = weir_str_of(s->notes[i].state);
        v->host_count = i + 1;
    }
    if (r->on_view)
        r->on_view(v, r);
}

static void on_redraw(void *data) {
    struct weir_run *r = data;
    int64_t now = weir_loop_clock(weir_engine_loop(r->engine)), wait;
    if (weir_display_due(r->display, now)) {
        struct weir_stats stats;
        struct weir_progress_view v;
        weir_engine_stats(r->engine, &stats);
        view(r, &stats, &v, now);
        weir_display_draw(r->display, &v, now);
    }
    wait = weir_display_wait(r->display, now);
    if (wait != INT64_MAX)
        weir_timer_set(r->redraw, now + wait);
}

static const char *first_set(const char *a, const char *b, const char *c) {
    if (a && *a)
        return a;
    return b && *b ? b : c;
}

static struct weir_display *create_display(const struct weir_run *r,
                                           bool data_on_stdout) {
    struct weir_display_config c = {.fd = STDERR_FILENO,
                                    .command = r->cli->command};
    c.quiet = r->quiet;
    c.data_on_stdout = data_on_stdout;
    c.term = getenv("TERM");
    c.no_color = getenv("NO_COLOR");
    c.locale = first_set(getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG"));
    return weir_display_create(&c);
}

/* --- signals ----------------------------------------------------------- */

static void on_signal(int signum, void *data) {
    struct weir_run *r = data;
    weir_status_signal(&r->status, signum);
    if (r->interrupts++ == 0) {
        weir_display_log(WEIR_LOG_WARNING,
                         "interrupted: finishing what is under way; once more "
                         "to leave at once",
                         r->display);
        weir_engine_drain(r->engine, drain_ns);
    } else {
        weir_engine_abort(r->engine);
    }
}

/* --- life -------------------------------------------------------------- */

static enum weir_err open_start_log(struct weir_run *r,
                                    struct weir_error *error) {
    const char *path = weir_opt_get(r->cli->options, OPT_START_LOG);
    if (!path)
        return WEIR_OK;
    r->start_log = fopen(path, "w");
    if (!r->start_log)
        return weir_error_set(error, WEIR_E_IO, "--start-log %s: %s", path,
                              strerror(errno));
    r->ops.on_start = on_start;
    return WEIR_OK;
}

/* The command line for people, without secrets. */
static bool set_title(struct weir_run *r, unsigned command) {
    struct weir_buf text;
    weir_buf_init(&text, 0);
    weir_arguments_put_public(&text, command, r->cli->words);
    r->arguments = weir_buf_detach(&text);
    weir_buf_init(&text, 0);
    weir_buf_fmt(&text, "weir %s%s", r->cli->command,
                 r->arguments ? r->arguments : "");
    r->title = weir_buf_detach(&text);
    return r->arguments && r->title;
}

enum weir_err weir_run_init(struct weir_run *r, struct weir_cli *cli,
                            unsigned command, bool data_on_stdout,
                            struct weir_error *error) {
    enum weir_err err;
    memset(r, 0, sizeof *r);
    r->cli = cli;
    r->quiet = weir_opt_on(cli->options, OPT_QUIET);
    r->verbose = weir_opt_count(cli->options, OPT_VERBOSE) > 0;
    r->ops.on_end = on_end;
    /* A closed pipe and a file that may not grow are errors like others. */
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    sigaction(SIGXFSZ, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    err = open_start_log(r, error);
    if (err != WEIR_OK)
        return err;
    r->display = create_display(r, data_on_stdout);
    if (!r->display || !set_title(r, command))
        return weir_error_nomem(error);
    return WEIR_OK;
}

void weir_run_configure(struct weir_run *r, struct weir_engine_config *c) {
    size_t verbose = weir_opt_count(r->cli->options, OPT_VERBOSE);
    c->log = (struct weir_log){WEIR_LOG_WARNING, log_line, r};
    if (verbose > 0)
        c->log.level = r->quiet ? WEIR_LOG_ERROR : WEIR_LOG_INFO;
    if (verbose > 1)
        c->log.level = WEIR_LOG_DEBUG;
    c->storage.log = c->log;
    c->storage.run_title = r->title;
}

enum weir_err weir_run_attach(struct weir_run *r, struct weir_engine *engine,
                              struct weir_error *error) {
    struct weir_loop *loop = weir_engine_loop(engine);
    r->engine = engine;
    r->redraw = weir_timer_create(loop, on_redraw, r);
    r->signals[0] = weir_signal_create(loop, SIGINT, on_signal, r);
    r->signals[1] = weir_signal_create(loop, SIGTERM, on_signal, r);
    r->began = weir_loop_clock(loop);
    if (!r->redraw || !r->signals[0] || !r->signals[1])
        return weir_error_nomem(error);
    weir_timer_set(r->redraw, r->began);
    return WEIR_OK;
}

void weir_run_ended(struct weir_run *r, const struct weir_error *error,
                    enum weir_engine_end end) {
    if (error->code != WEIR_OK) {
        weir_status_add(&r->status, error->code);
        weir_display_log(WEIR_LOG_ERROR, error->message, r->display);
    }
    if (end == WEIR_END_RUN_TIME) {
        weir_status_add(&r->status, WEIR_E_TIMEOUT);
        weir_display_log(WEIR_LOG_ERROR, "the time of --max-run-time is over",
                         r->display);
    }
    weir_display_end(r->display);
}

void weir_run_summarize(struct weir_run *r, const char *where,
                        enum weir_engine_end end) {
    struct weir_stats stats;
    struct weir_summary s = {.where = where, .command = r->cli->command};
    struct weir_buf text;
    if (r->quiet)
        return;
    weir_engine_stats(r->engine, &stats);
    s.done = stats.done;
    s.from_cache = stats.from_cache;
    s.skipped = stats.skipped;
    s.failed = stats.failed;
    s.bytes = stats.bytes;
    s.arguments = r->arguments;
    s.left = stats.pulled - stats.done - stats.failed;
    s.left_unknown = end != WEIR_END_COMPLETE && !stats.source_done;
    s.elapsed_ns = weir_loop_clock(weir_engine_loop(r->engine)) - r->began;
    weir_buf_init(&text, 0);
    weir_summary_put(&text, &s);
    fputs(text.p, r->cli->err);
    weir_buf_release(&text);
}

void weir_run_release(struct weir_run *r) {
    weir_signal_destroy(r->signals[0]);
    weir_signal_destroy(r->signals[1]);
    weir_timer_destroy(r->redraw);
    weir_display_destroy(r->display);
    if (r->start_log && fclose(r->start_log) != 0)
        weir_status_add(&r->status, WEIR_E_IO);
    weir_free(r->title);
    weir_free(r->arguments);
}
