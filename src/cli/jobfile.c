/* jobfile.c - a job file read from its text to a struct weir_job.
 *
 * The YAML tree and the job share one arena. The order of the sections is that
 * of what refers to what: parameters, the names of fields, pages, start,
 * outputs; then what can be said of all together. */
#include "cli/jobfile.h"

#include "base/mem.h"
#include "cli/jobfile_reader.h"
#include "cli/jobfile_start.h"

#include <stdlib.h>
#include <string.h>

enum { JOB_MAX_BYTES = 1 << 30 };

/* --- reports
 * ---------------------------------------------------------------------- */

void weir_jobfile_report_release(struct weir_jobfile_report *report) {
    for (size_t i = 0; i < report->count; i++)
        weir_free(report->problems[i].text);
    memset(report, 0, sizeof *report);
}

enum weir_err weir_jobfile_report_add(struct weir_jobfile_report *report,
                                      struct weir_job_place place,
                                      const char *text) {
    struct weir_jobfile_problem *p = &report->problems[report->count];
    if (report->errors++ >= WEIR_JOBFILE_MAX_PROBLEMS)
        return WEIR_OK;
    p->place = place;
    p->warning = false;
    p->text = weir_strdup(text);
    if (!p->text)
        return WEIR_E_NOMEM;
    report->count++;
    return WEIR_OK;
}

static int compare_problems(const void *left, const void *right) {
    const struct weir_jobfile_problem *a = left, *b = right;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    if (a->place.column != b->place.column)
        return a->place.column < b->place.column ? -1 : 1;
    return (int)a->warning - (int)b->warning;
}

void weir_jobfile_report_sort(struct weir_jobfile_report *report) {
    qsort(report->problems, report->count, sizeof report->problems[0],
          compare_problems);
}

/* The first error of the report as the result. */
static enum weir_err conclude(const struct weir_jobread *r,
                              struct weir_error *error) {
    struct weir_jobfile_report *report = r->report;
    if (r->nomem || weir_arena_exhausted(r->arena))
        return weir_error_nomem(error);
    weir_jobfile_report_sort(report);
    for (size_t i = 0; i < report->count; i++)
        if (!report->problems[i].warning)
            return weir_error_set(error, WEIR_E_INVALID, "%s",
                                  report->problems[i].text);
    return WEIR_OK;
}

/* --- sections
 * ---------------------------------------------------------------------- */

/* "jobs/planet-money.yaml" -> "planet-money". */
static struct weir_str stem_of(const char *file) {
    const char *slash = strrchr(file, '/');
    struct weir_str name = weir_str_of(slash ? slash + 1 : file);
    size_t dot = name.n;
    while (dot > 1 && name.p[dot - 1] != '.')
        dot--;
    return dot > 1 ? weir_str_sub(name, 0, dot - 1) : name;
}

static void read_name(struct weir_jobread *r, const struct weir_yaml *node) {
    const char *name = weir_jobread_text(r, node, WEIR_JOBREAD_LINE);
    if (name && strlen(name) > 200)
        weir_jobread_error(r, node->place,
                           "the name of a job is at most 200 bytes");
    r->job->named = name != NULL;
    r->job->name = name ? name : weir_jobread_dup(r, stem_of(r->input->file));
}

/* A job of feeds alone needs no page types: their entries are the records. */
static void add_feed_page(struct weir_jobread *r,
                          const struct weir_yaml *root) {
    struct weir_page *page;
    for (size_t i = 0; i < r->job->start_count; i++)
        if (!r->job->starts[i].feed) {
            weir_jobread_error(r, root->place,
                               "the key \"pages\" is missing here");
            return;
        }
    page = weir_jobread_array(r, 1, sizeof *page);
    if (!page)
        return;
    page->name = "feed";
    page->next.ahead = 1;
    page->place = root->place;
    r->job->pages = page;
    r->job->page_count = 1;
}

/* Links that a page contains are followed, so it could name any address. */
static bool follows_links(const struct weir_job *job) {
    for (size_t i = 0; i < job->start_count; i++)
        if (job->starts[i].feed)
            return true;
    for (size_t i = 0; i < job->page_count; i++) {
        enum weir_next_kind next = job->pages[i].next.kind;
        if (job->pages[i].follow_count > 0 || next == WEIR_NEXT_SELECT ||
            next == WEIR_NEXT_REL || next == WEIR_NEXT_LINK_HEADER ||
            next == WEIR_NEXT_JQ_URL)
            return true;
    }
    for (size_t i = 0; i < job->output_count; i++)
        if (job->outputs[i].type == WEIR_OUTPUT_FILES ||
            job->outputs[i].type == WEIR_OUTPUT_RSS ||
            job->outputs[i].type == WEIR_OUTPUT_ATOM)
            return true; /* enclosures */
    return false;
}

static void read_sections(struct weir_jobread *r,
                          const struct weir_yaml *root) {
    const struct weir_yaml *start = weir_yaml_get(root, "start");
    const struct weir_yaml *pages = weir_yaml_get(root, "pages");
    const struct weir_yaml *limits = weir_yaml_get(root, "limits");
    const struct weir_yaml *request = weir_yaml_get(root, "request");
    weir_jobread_params(r, weir_yaml_get(root, "params"));
    read_name(r, weir_yaml_get(root, "name"));
    if (weir_jobread_keys(r, request, WEIR_JOBFILE_request))
        weir_jobread_request(r, request, false, &r->job->request);
    weir_jobread_cache(r, weir_yaml_get(root, "cache"), &r->job->cache,
                       &r->job->cache_age_s);
    r->parser = weir_yaml_get(root, "parser");
    weir_jobread_start_names(r, start);
    weir_jobread_pages(r, pages);
    weir_jobread_start(r, start, pages);
    weir_jobread_login(r, weir_yaml_get(root, "login"));
    if (!pages)
        add_feed_page(r, root);
    weir_jobread_outputs(r, weir_yaml_get(root, "output"), pages);
    weir_jobread_chores(r, weir_yaml_get(root, "chores"));
    r->job->limits.robots = true;
    r->job->limits.deny_private = follows_links(r->job);
    weir_jobread_limits(r, limits);
    if (r->report->errors == 0)
        weir_jobread_check_graph(r);
}

/* The secrets move from the heap to the job. */
static void keep_secrets(struct weir_jobread *r) {
    const char **list = weir_jobread_array(r, r->secret_count, sizeof *list);
    if (list) {
        memcpy(list, r->secrets, r->secret_count * sizeof *list);
        r->job->secrets = list;
        r->job->secret_count = r->secret_count;
    }
}

/* --- the whole
 * ------------------------------------------------------------------------ */

static enum weir_err read_job(struct weir_jobread *r,
                              struct weir_error *error) {
    const struct weir_yaml *root = NULL;
    struct weir_error cause = {0};
    struct weir_job_place place = {1, 1};
    enum weir_err err =
        weir_yaml_parse(&root, r->arena, r->input->text, &place, &cause);
    if (err == WEIR_E_INVALID)
        weir_jobread_error(r, place, "%s", cause.message);
    else if (err)
        return weir_error_nomem(error);
    else if (weir_jobread_keys(r, root, WEIR_JOBFILE_job))
        read_sections(r, root);
    keep_secrets(r);
    r->job->hash = weir_jobread_hash(r);
    return conclude(r, error);
}

enum weir_err weir_jobfile_parse(struct weir_job **out,
                                 const struct weir_jobfile_input *input,
                                 struct weir_jobfile_report *report,
                                 struct weir_error *error) {
    struct weir_arena *arena = weir_arena_create(JOB_MAX_BYTES);
    struct weir_job *job = arena ? weir_arena_alloc(arena, sizeof *job) : NULL;
    struct weir_jobread r = {.job = job,
                             .arena = arena,
                             .input = input,
                             .report = report,
                             .field_names = weir_map_create()};
    enum weir_err err;
    if (!job || !r.field_names) {
        err = weir_error_nomem(error);
    } else {
        memset(job, 0, sizeof *job);
        job->arena = arena;
        job->file = weir_jobread_dup(&r, weir_str_of(input->file));
        err = read_job(&r, error);
    }
    weir_map_destroy(r.field_names);
    weir_free(r.secrets);
    if (err)
        weir_arena_destroy(arena);
    else
        *out = job;
    return err;
}

void weir_job_destroy(struct weir_job *job) {
    if (job)
        weir_arena_destroy(job->arena); /* the job lies in it */
}
