/* get_config.h - options as the engine's configuration. */
#ifndef WEIR_CLI_GET_CONFIG_H
#define WEIR_CLI_GET_CONFIG_H

#include "base/arena.h"
#include "cli/command.h"
#include "core/job.h"
#include "engine/engine.h"

struct weir_get_config {
    struct weir_arena *arena; /* all strings and arrays below */
    struct weir_engine_config engine;
    const char *where; /* the folder that holds the results, or NULL */
};

/* Limits, retries, headers, cookies and the network; the rest of c is empty. */
enum weir_err weir_engine_options(struct weir_get_config *c,
                                  const struct weir_cli *cli,
                                  struct weir_error *error);
/* All of it. WEIR_E_USAGE for options that contradict each other, WEIR_E_IO for
 * a file that cannot be read (--data @FILE). */
enum weir_err weir_get_config_init(struct weir_get_config *c,
                                   const struct weir_cli *cli,
                                   struct weir_error *error);
/* The same for a job (weir run, weir preview): options win over the job's
 * limits, which win over defaults; compressed answers are negotiated, and -j is
 * never meant for the host too. */
enum weir_err weir_job_config_init(struct weir_get_config *c,
                                   const struct weir_cli *cli,
                                   const struct weir_job *job,
                                   struct weir_error *error);
void weir_get_config_release(struct weir_get_config *c);

/* The arguments and input files as one source, filtered by --accept and
 * --reject; patterns live in c's arena. WEIR_E_USAGE when there is no URL at
 * all or a glob is wrong. */
enum weir_err weir_get_source(struct weir_source **out,
                              const struct weir_get_config *c,
                              const struct weir_cli *cli,
                              struct weir_error *error);

/* --dry-run: counts, prints the URLs, tells the time at the chosen rate.
 * Returns the exit status. */
int weir_get_dry_run(struct weir_cli *cli, const struct weir_get_config *c,
                     struct weir_source *source);

#endif
