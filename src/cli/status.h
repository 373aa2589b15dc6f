/* status.h - the exit status of a run that may fail in several ways.
 *
 *     struct weir_status status = {0};
 *     weir_status_add(&status, item->error.code);
 *     return weir_status_exit(&status);
 *
 * The lower status wins among failures: 0 only when nothing failed. */
#ifndef WEIR_CLI_STATUS_H
#define WEIR_CLI_STATUS_H

#include "base/err.h"

struct weir_status {
    int exit_status; /* 0 = no failure so far */
    int signum;      /* SIGINT or SIGTERM ended the run; wins over all */
};

void weir_status_add(struct weir_status *s, enum weir_err code);
void weir_status_signal(struct weir_status *s, int signum);
/* 128 + the signal, else the lowest of what was added, else 0. */
int weir_status_exit(const struct weir_status *s);

#endif
