/* run.h - a run of the engine in front of a person: display, log, signals, exit
 * status and summary, the same for every command that fetches.
 *
 *     weir_run_init(&run, cli, CMD_get, data_on_stdout, &error);
 *     weir_run_configure(&run, &config);          // log and title
 *     weir_engine_create(&e, &config, &ops, ...); // ops: run.ops, data: &run
 *     weir_run_attach(&run, e, &error);           // timers and signals
 *     ... weir_engine_run ...
 *     weir_run_ended(&run, code, &error, end);
 *     weir_run_summarize(&run, where, end);
 *     weir_run_release(&run);                     // before the engine
 *     return weir_status_exit(&run.status);
 */
#ifndef WEIR_CLI_RUN_H
#define WEIR_CLI_RUN_H

#include "cli/command.h"
#include "cli/display.h"
#include "cli/status.h"
#include "engine/engine.h"

struct weir_run {
    struct weir_cli *cli;
    struct weir_status status;
    struct weir_display *display;
    bool quiet, verbose;
    bool in_store;  /* bodies are kept in the store */
    uint64_t total; /* of URLs, when it is known beforehand, else 0 */
    /* Adds what the command knows to the display, or NULL; data is the run. */
    void (*on_view)(struct weir_progress_view *view, struct weir_run *r);
    /* What the engine tells of URLs: failures become log lines and the exit
     * status, starts go to --start-log. Their data is the run. */
    struct weir_engine_ops ops;
    void *client; /* the command's own */

    /* its own */
    struct weir_engine *engine;
    struct weir_timer *redraw;
    struct weir_signal *signals[2];
    struct weir_meter requests, bytes;
    FILE *start_log;
    char *title, *arguments;
    int64_t began;
    int interrupts;
};

/* Opens --start-log and the display; ignores SIGPIPE and SIGXFSZ. WEIR_E_IO.
 * What there is is given back by weir_run_release, after an error too. */
enum weir_err weir_run_init(struct weir_run *r, struct weir_cli *cli,
                            unsigned command, bool data_on_stdout,
                            struct weir_error *error);
void weir_run_configure(struct weir_run *r, struct weir_engine_config *c);
enum weir_err weir_run_attach(struct weir_run *r, struct weir_engine *engine,
                              struct weir_error *error);
void weir_run_log(struct weir_run *r, enum weir_log_level level,
                  const char *format, ...) WEIR_PRINTF(3, 4);
/* The run is over: its error and what ended it are said and counted, and the
 * display is taken away. */
void weir_run_ended(struct weir_run *r, const struct weir_error *error,
                    enum weir_engine_end end);
/* Totals, and how to go on, unless quiet. */
void weir_run_summarize(struct weir_run *r, const char *where,
                        enum weir_engine_end end);
void weir_run_release(struct weir_run *r);

#endif
