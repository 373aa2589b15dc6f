/* jobfile.h - reads a job file (weir-job(5)) into a struct weir_job.
 *
 * Everything that is wrong is reported with its line and column, up to
 * WEIR_JOBFILE_MAX_PROBLEMS errors in one go; a syntax error of YAML ends the
 * reading. Warnings do not make a job invalid.
 *
 *     struct weir_jobfile_report report = {0};
 *     code = weir_jobfile_load(&job, path, params, n, &report, &error);
 *     for (size_t i = 0; i < report.count; i++)
 *         puts(report.problems[i].text);     // "job.yaml:3:5: ..."
 *     weir_jobfile_report_release(&report);
 *     ...
 *     weir_job_destroy(job);
 *
 * Selectors are taken apart by the reader and compiled by
 * weir_jobfile_compile; weir_jobfile_open does both.
 */
#ifndef WEIR_CLI_JOBFILE_H
#define WEIR_CLI_JOBFILE_H

#include "base/err.h"
#include "cli/command.h"
#include "core/job.h"

enum { WEIR_JOBFILE_MAX_PROBLEMS = 20 };

struct weir_jobfile_problem {
    struct weir_job_place place;
    bool warning;
    char *text; /* "file:line:column: message"; may hold untrusted bytes */
};

/* All zero is empty. Sorted by place once the reading is over. */
struct weir_jobfile_report {
    struct weir_jobfile_problem problems[2 * WEIR_JOBFILE_MAX_PROBLEMS];
    size_t count, errors, warnings; /* count: those that are kept */
};
void weir_jobfile_report_release(struct weir_jobfile_report *report);
/* Adds an error whose text has its place already. WEIR_E_NOMEM. */
enum weir_err weir_jobfile_report_add(struct weir_jobfile_report *report,
                                      struct weir_job_place place,
                                      const char *text);
/* By place. */
void weir_jobfile_report_sort(struct weir_jobfile_report *report);

/* Where the text of a job comes from, and what it may look at. */
struct weir_jobfile_input {
    const char *file; /* for messages and the default name */
    struct weir_str text;
    const char *folder;        /* of list: and csv: files; NULL = refused */
    const char *const *params; /* "key=value" of -p */
    size_t param_count;
    const char *const *environment; /* "NAME=value", NULL-terminated, or NULL */
};

/* WEIR_E_INVALID: the report has what is wrong, and *error the first of it.
 * WEIR_E_NOMEM. The job owns everything in it. */
enum weir_err weir_jobfile_parse(struct weir_job **out,
                                 const struct weir_jobfile_input *input,
                                 struct weir_jobfile_report *report,
                                 struct weir_error *error);

/* Compiles every selector and pattern (doc/extract.h). WEIR_E_INVALID: the
 * report has all that do not. WEIR_E_NOMEM. */
enum weir_err weir_jobfile_compile(const struct weir_job *job,
                                   struct weir_jobfile_report *report,
                                   struct weir_error *error);

/* The job from a file, "-" = standard input. WEIR_E_IO as well. */
enum weir_err weir_jobfile_load(struct weir_job **out, const char *path,
                                const char *const *params, size_t param_count,
                                struct weir_jobfile_report *report,
                                struct weir_error *error);

/* For commands: reads the job file `path` with the parameters of -p, compiles
 * its selectors, and says what is wrong on cli->err. Returns the exit status;
 * *out is set on 0. */
int weir_jobfile_open(struct weir_cli *cli, const char *path,
                      struct weir_job **out);

void weir_job_destroy(struct weir_job *job); /* NULL-safe */

#endif
