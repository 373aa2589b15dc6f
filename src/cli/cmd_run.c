/* cmd_run.c - "weir run": a scraping job.
 *
 * Reads the job file, runs the job (engine/job.h), and says at the end what its
 * rules met: records, selectors that matched nothing, values that failed a
 * check.
 */
#include "base/escape.h"
#include "base/units.h"
#include "cli/get_config.h"
#include "cli/jobfile.h"
#include "cli/run.h"
#include "cli/tables.h"
#include "engine/job.h"

#include <inttypes.h>
#include <string.h>

static bool writes_stdout(const struct weir_job *job) {
    for (size_t i = 0; i < job->output_count; i++)
        if (job->outputs[i].path && strcmp(job->outputs[i].path, "-") == 0)
            return true;
    return false;
}

/* --- the report -------------------------------------------------------- */

static void put_count(struct weir_buf *out, uint64_t n, const char *one,
                      const char *many) {
    weir_units_put_count(out, n);
    weir_buf_fmt(out, " %s", n == 1 ? one : many);
}

static void put_selects(struct weir_buf *out, const struct weir_field *f) {
    for (size_t i = 0; i < f->select_count; i++) {
        weir_buf_z(out, i ? ", " : " (");
        weir_escape_terminal(out, weir_str_of(f->selects[i].text));
        if (f->selects[i].attribute)
            weir_buf_fmt(out, "@%s", f->selects[i].attribute);
    }
    if (f->select_count > 0)
        weir_buf_byte(out, ')');
}

/* "episode.guest: nothing matched on 12 of 100 pages (.byline)" */
static void put_field(struct weir_buf *out, const struct weir_page *page,
                      const struct weir_field *f,
                      const struct weir_job_field_report *r) {
    if (f->select_count == 0 || (r->empty == 0 && r->problems == 0))
        return;
    weir_buf_fmt(out, "  %s.%s: ", page->name, f->name);
    if (r->empty > 0) {
        weir_buf_z(out, "nothing matched on ");
        weir_units_put_count(out, r->empty);
        weir_buf_z(out, " of ");
        put_count(out, r->pages, "page", "pages");
    }
    if (r->problems > 0) {
        weir_buf_z(out, r->empty > 0 ? ", " : "");
        put_count(out, r->problems, "problem", "problems");
    }
    put_selects(out, f);
    weir_buf_byte(out, '\n');
}

static void put_trouble(struct weir_buf *out, const struct weir_job_report *r) {
    const struct {
        uint64_t count;
        const char *one, *many;
    } lines[] = {
        {r->dropped, "record was left out: a required field is missing",
         "records were left out: a required field is missing"},
        {r->unmerged, "record lacks its detail page, which failed",
         "records lack their detail page, which failed"},
        {r->broken, "page could not be read as its page type says",
         "pages could not be read as their page types say"},
        {r->stopped, "pagination ended with an error, not at its end",
         "paginations ended with an error, not at their end"},
        {r->left_out, "link was out of scope", "links were out of scope"}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].count > 0) {
            weir_buf_z(out, "  ");
            put_count(out, lines[i].count, lines[i].one, lines[i].many);
            weir_buf_byte(out, '\n');
        }
}

static void put_report(struct weir_buf *out, const struct weir_job_report *r) {
    const struct weir_job *job = r->job;
    uint64_t pages = 0;
    for (size_t i = 0; i <= job->page_count; i++)
        pages += r->pages[i].pages;
    weir_escape_terminal(out, weir_str_of(job->name));
    weir_buf_z(out, ": ");
    put_count(out, r->records, "record", "records");
    weir_buf_z(out, " (");
    weir_units_put_count(out, r->fresh);
    weir_buf_z(out, " new) of ");
    put_count(out, pages, "page", "pages");
    if (r->files > 0) {
        weir_buf_z(out, ", ");
        put_count(out, r->files, "file", "files");
    }
    weir_buf_byte(out, '\n');
    for (size_t i = 0; i < job->page_count; i++)
        for (size_t k = 0; k < job->pages[i].field_count; k++)
            put_field(out, &job->pages[i], &job->pages[i].fields[k],
                      &r->pages[i].fields[k]);
    put_trouble(out, r);
}

static void say_report(struct weir_run *run, const struct weir_job_report *r) {
    struct weir_buf text;
    if (r->invalid > 0 || r->dropped > 0 || r->unwritten > 0)
        weir_status_add(&run->status, WEIR_E_CHECK);
    if (run->quiet)
        return;
    weir_buf_init(&text, 0);
    put_report(&text, r);
    fputs(text.p, run->cli->err);
    weir_buf_release(&text);
}

/* --- the run ----------------------------------------------------------- */

static void say_resumed(struct weir_run *r, const struct weir_job_info *info) {
    if (info->resumed && weir_opt_on(r->cli->options, OPT_RETRY_FAILED))
        weir_run_log(r, info->queued ? WEIR_LOG_INFO : WEIR_LOG_WARNING,
                     "%s in the last run",
                     info->queued ? "repeating what failed" : "nothing failed");
    else if (info->resumed)
        weir_run_log(r, WEIR_LOG_WARNING,
                     "going on with an unfinished run: %" PRIu64
                     " pages done before, %" PRIu64 " known and to do%s",
                     info->done, info->queued,
                     info->failed ? "; some failed, which --retry-failed "
                                    "repeats when it is over"
                                  : "");
}

static void go(struct weir_run *r, struct weir_job_run *run) {
    struct weir_error error = {WEIR_OK, ""};
    enum weir_engine_end end = WEIR_END_COMPLETE;
    say_resumed(r, weir_job_run_info(run));
    weir_job_run_go(run, &end, &error);
    weir_run_ended(r, &error, end);
    say_report(r, weir_job_run_report(run));
    weir_run_summarize(r, NULL, end);
}

static int run_job(struct weir_cli *cli, const struct weir_job *job,
                   struct weir_get_config *c) {
    struct weir_job_run_config config = {.job = job};
    struct weir_error error = {WEIR_OK, ""};
    struct weir_job_run *run = NULL;
    struct weir_run r;
    enum weir_err err =
        weir_run_init(&r, cli, CMD_run, writes_stdout(job), &error);
    if (err == WEIR_OK) {
        weir_run_configure(&r, &c->engine);
        config.engine = c->engine;
        config.cache_given = weir_opt_given(cli->options, OPT_CACHE);
        config.ops = r.ops;
        r.in_store = true;
        config.data = &r;
        err = weir_job_run_create(&run, &config, &error);
    }
    if (err == WEIR_OK)
        err = weir_run_attach(&r, weir_job_run_engine(run), &error);
    if (err == WEIR_OK) {
        go(&r, run);
    } else {
        weir_status_add(&r.status, err);
        weir_cli_fail(cli, &error);
    }
    weir_run_release(&r);
    if (err == WEIR_OK)
        weir_cli_leave(weir_status_exit(&r.status));
    weir_job_run_destroy(run);
    return weir_status_exit(&r.status);
}

int weir_cmd_run(struct weir_cli *cli) {
    struct weir_error error = {WEIR_OK, ""};
    struct weir_get_config config;
    struct weir_job *job = NULL;
    int status;
    if (cli->argc != 1)
        return weir_cli_failf(cli, WEIR_E_USAGE, "%s",
                              cli->argc ? "one job file at a time"
                                        : "no job file given");
    if (weir_opt_on(cli->options, OPT_RESTART) &&
        weir_opt_on(cli->options, OPT_RESUME))
        return weir_cli_failf(cli, WEIR_E_USAGE,
                              "--resume and --restart exclude each other");
    status = weir_jobfile_open(cli, cli->argv[0], &job);
    if (status)
        return status;
    if (weir_job_config_init(&config, cli, job, &error) == WEIR_OK) {
        status = run_job(cli, job, &config);
        weir_get_config_release(&config);
    } else {
        status = weir_cli_fail(cli, &error);
    }
    weir_job_destroy(job);
    return status;
}
