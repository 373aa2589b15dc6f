/* jobfile_load.c - job files from the disk, and for commands. */
#include "cli/jobfile.h"

#include "base/escape.h"
#include "base/mem.h"
#include "cli/jobfile_yaml.h"

#include <errno.h>
#include <string.h>

extern char **environ;

/* Reads at most one byte more than a job file may have: the parser says so. */
static enum weir_err read_text(const char *path, struct weir_buf *text,
                               struct weir_error *error) {
    bool input = strcmp(path, "-") == 0;
    FILE *f = input ? stdin : fopen(path, "rb");
    enum weir_err err = WEIR_OK;
    char block[8192];
    size_t n;
    if (!f)
        return weir_error_set(error, WEIR_E_IO, "%s: %s", path,
                              strerror(errno));
    while (!err && text->len <= WEIR_YAML_MAX_BYTES &&
           (n = fread(block, 1, sizeof block, f)) > 0)
        if (weir_buf_add(text, block, n))
            err = weir_error_nomem(error);
    if (!err && ferror(f))
        err = weir_error_set(error, WEIR_E_IO, "%s: %s", path, strerror(errno));
    if (!input)
        fclose(f);
    return err;
}

/* The folder of the file, in which list: and csv: files are found. */
static char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        return weir_strdup(".");
    return weir_memdup(path, slash == path ? 1 : (size_t)(slash - path));
}

enum weir_err weir_jobfile_load(struct weir_job **out, const char *path,
                                const char *const *params, size_t param_count,
                                struct weir_jobfile_report *report,
                                struct weir_error *error) {
    struct weir_jobfile_input input = {
        .file = strcmp(path, "-") == 0 ? "stdin" : path,
        .params = params,
        .param_count = param_count,
        .environment = (const char *const *)environ};
    struct weir_buf text;
    char *folder = folder_of(path);
    enum weir_err err;
    weir_buf_init(&text, 0);
    input.folder = folder;
    err = folder ? read_text(path, &text, error) : weir_error_nomem(error);
    input.text = weir_buf_view(&text);
    if (!err)
        err = weir_jobfile_parse(out, &input, report, error);
    weir_buf_release(&text);
    weir_free(folder);
    return err;
}

/* --- for commands
 * -------------------------------------------------------------------- */

static void print_report(struct weir_cli *cli,
                         const struct weir_jobfile_report *report) {
    size_t kept = 0;
    struct weir_buf line;
    weir_buf_init(&line, 0);
    for (size_t i = 0; i < report->count; i++) {
        weir_buf_clear(&line);
        weir_escape_terminal(&line, weir_str_of(report->problems[i].text));
        fprintf(cli->err, "%s\n", line.p);
        kept += !report->problems[i].warning;
    }
    if (kept < report->errors)
        fprintf(cli->err, "and %zu more errors\n", report->errors - kept);
    weir_buf_release(&line);
}

int weir_jobfile_open(struct weir_cli *cli, const char *path,
                      struct weir_job **out) {
    struct weir_jobfile_report report = {0};
    struct weir_error error = {0};
    struct weir_job *job = NULL;
    size_t n = weir_opt_count(cli->options, OPT_PARAM);
    const char **params = weir_calloc(n ? n : 1, sizeof *params);
    enum weir_err err;
    int status;
    for (size_t i = 0; params && i < n; i++)
        params[i] = weir_opt_nth(cli->options, OPT_PARAM, i);
    err = params ? weir_jobfile_load(&job, path, params, n, &report, &error)
                 : weir_error_nomem(&error);
    if (!err && (err = weir_jobfile_compile(job, &report, &error)) != 0)
        weir_job_destroy(job);
    print_report(cli, &report);
    if (err && report.errors == 0)
        status = weir_cli_fail(cli, &error);
    else
        status = weir_err_exit_status(err);
    if (!err)
        *out = job;
    weir_jobfile_report_release(&report);
    weir_free(params);
    return status;
}
