/* job_report.h - what the rules of a job met: how often each field matched, and
 * what was wrong, for the messages at the end of a run.
 *
 * Problems are said as they come, the first of each field in full, and counted.
 * Owned by the loop thread. */
#ifndef WEIR_ENGINE_JOB_REPORT_H
#define WEIR_ENGINE_JOB_REPORT_H

#include "base/log.h"
#include "core/job.h"
#include "doc/extract.h"

enum { WEIR_JOB_SAID = 3 }; /* problems of a field that are said in full */

struct weir_job_field_report {
    uint64_t pages;    /* that were extracted */
    uint64_t empty;    /* of them: nothing matched */
    uint64_t problems; /* values that could not be had, or not as they should */
    uint64_t invalid;  /* of them: the record fails validation */
};

struct weir_job_page_report {
    struct weir_job_field_report *fields; /* one for each field */
    uint64_t pages, items;
    uint64_t problems; /* of no field */
};

struct weir_job_report {
    const struct weir_job *job;
    /* One for each page type, and one for feeds without. */
    struct weir_job_page_report *pages;
    size_t page_count;  /* of them with fields */
    uint64_t records;   /* emitted */
    uint64_t fresh;     /* of them: unseen in any earlier run */
    uint64_t dropped;   /* records without a required field */
    uint64_t invalid;   /* values that failed a check */
    uint64_t broken;    /* pages that could not be extracted */
    uint64_t stopped;   /* paginations that an error ended */
    uint64_t left_out;  /* links outside of their scope */
    uint64_t unwritten; /* records that an output could not take */
    uint64_t unmerged;  /* records whose detail page failed */
    uint64_t files, probes;
};

/* NULL = no memory. */
struct weir_job_report *weir_job_report_create(const struct weir_job *job);
void weir_job_report_destroy(struct weir_job_report *r); /* NULL-safe */

/* Counts one page's result and says its problems. */
void weir_job_report_page(struct weir_job_report *r, size_t page,
                          const char *url, const struct weir_extracted *x,
                          const struct weir_log *log);
/* A record lacks a required field, and is left out. */
void weir_job_report_dropped(struct weir_job_report *r, size_t page,
                             const char *field, const char *url,
                             const struct weir_log *log);

#endif
