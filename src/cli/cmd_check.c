/* cmd_check.c - "weir check": is a job file valid, and what does it say? */
#include "cli/command.h"
#include "cli/jobfile.h"

static const char *plural(size_t n) {
    return n == 1 ? "" : "s";
}

static int check(struct weir_cli *cli, const char *path) {
    struct weir_job *job = NULL;
    int status = weir_jobfile_open(cli, path, &job);
    if (status)
        return status;
    fprintf(cli->out, "ok: %zu page type%s, %zu start%s, %zu output%s\n",
            job->page_count, plural(job->page_count), job->start_count,
            plural(job->start_count), job->output_count,
            plural(job->output_count));
    weir_job_destroy(job);
    return 0;
}

int weir_cmd_check(struct weir_cli *cli) {
    if (cli->argc != 1)
        return weir_cli_failf(cli, WEIR_E_USAGE, "%s",
                              cli->argc ? "one job file at a time"
                                        : "no job file given");
    return check(cli, cli->argv[0]);
}
