/* status.c - the lowest exit status of all failures. */
#include "cli/status.h"

void weir_status_add(struct weir_status *s, enum weir_err code) {
    int status = weir_err_exit_status(code);
    if (status && (!s->exit_status || status < s->exit_status))
        s->exit_status = status;
}

void weir_status_signal(struct weir_status *s, int signum) {
    s->signum = signum;
}

int weir_status_exit(const struct weir_status *s) {
    return s->signum ? 128 + s->signum : s->exit_status;
}
