/* job.h - runs a scraping job on the engine.
 *
 * Everything a job fetches is an entry of the durable frontier
 * (storage_job.h). The run's loop:
 *
 *     claim entries -> the engine fetches -> a worker extracts -> one
 *     transaction: answer, records, new entries, the entry done
 *
 * so a run that was killed goes on with what was not acknowledged, and nothing
 * that was is done twice.
 *
 *     weir_job_run_create(&r, &config, &error);
 *     weir_job_run_go(r, &end, &error);         // returns when all is over
 *     weir_job_run_report(r);                   // what the job's rules met
 *     weir_job_run_destroy(r);
 *
 * The caller's thread runs the loop. Workers parse and extract; they hand
 * results back by message and never touch the engine.
 */
#ifndef WEIR_ENGINE_JOB_H
#define WEIR_ENGINE_JOB_H

#include "core/job.h"
#include "engine/engine.h"
#include "engine/job_report.h"
#include "engine/storage_job.h"

struct weir_job_run;

/* Borrowed for the life of the run. */
struct weir_job_run_config {
    const struct weir_job *job;
    /* Connections, limits and room for the store, as for any run. The run sets
     * what the job decides: bodies go to the store, robots, cookies. */
    struct weir_engine_config engine;
    bool cache_given; /* engine.storage.cache wins over what the job says */
    size_t workers;   /* 0 = processors - 1, at least 1 */
    /* on_end hears of pages, files and failed probes; on_start of every
     * request. on_answer is the run's own. */
    struct weir_engine_ops ops;
    /* For previews: a page with its body, before it is acknowledged; or NULL.
     */
    void (*on_page)(const struct weir_item *item, void *data);
    void *data;
};

/* Compiles the job's selectors, opens the store and its outputs. WEIR_E_USAGE:
 * a selector (the message marks the place), an unfinished run of another job
 * file of this name. WEIR_E_IO: an output that cannot be written. */
enum weir_err weir_job_run_create(struct weir_job_run **out,
                                  const struct weir_job_run_config *config,
                                  struct weir_error *error);
void weir_job_run_destroy(struct weir_job_run *r); /* NULL-safe */

/* As weir_engine_run. Jobs that poll end by weir_engine_drain only. */
enum weir_err weir_job_run_go(struct weir_job_run *r, enum weir_engine_end *end,
                              struct weir_error *error);

struct weir_engine *weir_job_run_engine(struct weir_job_run *r);
const struct weir_job_info *weir_job_run_info(const struct weir_job_run *r);
const struct weir_job_report *weir_job_run_report(const struct weir_job_run *r);

#endif
