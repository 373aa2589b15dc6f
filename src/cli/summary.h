/* summary.h - what a run says at its end. */
#ifndef WEIR_CLI_SUMMARY_H
#define WEIR_CLI_SUMMARY_H

#include "base/buf.h"

#include <stdint.h>

struct weir_summary {
    uint64_t done;       /* ended well, whatever the way; has the next two */
    uint64_t from_cache; /* needed no new body */
    uint64_t skipped;    /* --skip-existing */
    uint64_t failed;
    uint64_t left;     /* not tried: interrupted, or over --max-run-time */
    bool left_unknown; /* the source had not ended: there may be more */
    uint64_t bytes;    /* received */
    int64_t elapsed_ns;
    const char *where; /* the folder or file of what is done, or NULL */
    /* How to run it again: the command and its arguments in public form
     * (weir_arguments_put_public). arguments is NULL when it cannot be
     * repeated word for word. */
    const char *command, *arguments;
};

/* Appends lines, each with its newline: totals, where the files are, what is
 * left and how to go on, how to fetch again what failed. Untrusted text is
 * escaped here. */
void weir_summary_put(struct weir_buf *out, const struct weir_summary *s);

#endif
