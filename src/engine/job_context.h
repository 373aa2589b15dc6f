/* job_context.h - what an entry of the frontier means to the run of a job.
 *
 * The frontier keeps it as JSON (struct weir_entry.context), so that a run that
 * was killed knows what its entries are for: which start they come from, which
 * page of a pagination they are, and, for a page that completes a record, the
 * record so far and the pages that are still to complete it.
 */
#ifndef WEIR_ENGINE_JOB_CONTEXT_H
#define WEIR_ENGINE_JOB_CONTEXT_H

#include "base/buf.h"
#include "core/members.h"

enum weir_job_kind {
    WEIR_JOB_PAGE,
    WEIR_JOB_PROBE,       /* the size of an enclosure, by HEAD */
    WEIR_JOB_PROBE_RANGE, /* by the first byte, where HEAD is refused */
    WEIR_JOB_FILE         /* a download of an output of files */
};

/* Strings are NUL-terminated and the context's own; NULL = none. */
struct weir_job_context {
    enum weir_job_kind kind;
    size_t start;    /* index of the start entry */
    uint64_t number; /* of the page within its pagination, from 1 */
    uint64_t tick;   /* round of a poll, from 1; 0: not polled */
    uint64_t path;   /* page types on the way here, a bit each */
    bool linked;     /* reached by a follow rule, no page of the start itself */
    char *base;      /* URL that scopes are relative to; NULL: the start's */
    char *first;     /* URL of a pagination's first page; NULL: the start's */
    /* of a page that completes a record */
    char *record; /* JSON object; NULL: it completes none */
    char *key, *order;
    size_t page;  /* page type of the record */
    bool lacks;   /* a page that should have completed it failed */
    bool retried; /* the run may have emitted it without this page */
    char *chain;  /* JSON array of the pages after this one: [page, url] */
    /* of a file */
    size_t output;
    char *name; /* below the output's folder; NULL: from the URL */
};

void weir_job_context_init(struct weir_job_context *c);
void weir_job_context_release(struct weir_job_context *c);
/* WEIR_E_STORE: not what weir_job_context_put wrote. */
enum weir_err weir_job_context_read(struct weir_job_context *c,
                                    struct weir_str json,
                                    struct weir_error *error);
enum weir_err weir_job_context_put(const struct weir_job_context *c,
                                   struct weir_buf *out);

/* Takes the first page off the chain. *found false: there is none. */
enum weir_err weir_job_context_next(struct weir_job_context *c, bool *found,
                                    size_t *page, struct weir_buf *url);

#endif
