/* jobfile_start.h - rows for start entries: the lists of for:, or a CSV file,
 * and the files that a job names. */
#ifndef WEIR_CLI_JOBFILE_START_H
#define WEIR_CLI_JOBFILE_START_H

#include "cli/jobfile_reader.h"

enum { WEIR_JOBROWS_MAX_BYTES = 256 << 20 };

/* Variables and their values, row by row. */
struct weir_jobrows {
    struct weir_jobread_name *row; /* of the last weir_jobrows_at */
    const char **values;           /* count rows of `names` each */
    size_t names, count;
    bool secret;
};

/* Reads for:. False after a report; released by the caller otherwise. */
bool weir_jobrows_read(struct weir_jobrows *rows, struct weir_jobread *r,
                       const struct weir_yaml *node);
const struct weir_jobread_name *weir_jobrows_at(struct weir_jobrows *rows,
                                                size_t i);
void weir_jobrows_release(struct weir_jobrows *rows);

/* The file that a node names, beside the job file; false after a report. */
bool weir_jobrows_file(struct weir_jobread *r, const struct weir_yaml *node,
                       struct weir_buf *out);

/* Remembers the fields that start entries bring: set:, and those of feeds. */
void weir_jobread_start_names(struct weir_jobread *r,
                              const struct weir_yaml *node);

#endif
