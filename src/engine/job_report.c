/* job_report.c - counting, and saying the first few problems of each field. */
#include "engine/job_report.h"

#include "base/mem.h"

#include <string.h>

static const char *page_name(const struct weir_job_report *r, size_t page) {
    return page < r->job->page_count ? r->job->pages[page].name : "feed";
}

struct weir_job_report *weir_job_report_create(const struct weir_job *job) {
    struct weir_job_report *r = weir_calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->job = job;
    r->pages = weir_calloc(job->page_count + 1, sizeof *r->pages);
    for (size_t i = 0; r->pages && i < job->page_count; i++) {
        size_t n = job->pages[i].field_count;
        r->pages[i].fields = weir_calloc(n + 1, sizeof(*r->pages[i].fields));
        if (!r->pages[i].fields)
            break;
        r->page_count++;
    }
    if (!r->pages || r->page_count < job->page_count) {
        weir_job_report_destroy(r);
        return NULL;
    }
    return r;
}

void weir_job_report_destroy(struct weir_job_report *r) {
    if (!r)
        return;
    for (size_t i = 0; r->pages && i < r->page_count; i++)
        weir_free(r->pages[i].fields);
    weir_free(r->pages);
    weir_free(r);
}

static struct weir_job_field_report *field_of(struct weir_job_report *r,
                                              size_t page, const char *name) {
    const struct weir_page *p;
    if (page >= r->job->page_count || !name)
        return NULL;
    p = &r->job->pages[page];
    for (size_t i = 0; i < p->field_count; i++)
        if (strcmp(p->fields[i].name, name) == 0)
            return &r->pages[page].fields[i];
    return NULL;
}

static void say(const struct weir_job_report *r, size_t page, const char *url,
                const struct weir_extracted_problem *p, uint64_t before,
                const struct weir_log *log) {
    enum weir_log_level level = p->invalid ? WEIR_LOG_ERROR : WEIR_LOG_WARNING;
    if (before > WEIR_JOB_SAID)
        level = WEIR_LOG_DEBUG;
    weir_log(log, level, "%s: %s%s%s%s%s%s: %.*s%s", url, page_name(r, page),
             p->field ? "." : "", p->field ? p->field : "",
             p->selector ? " (" : "", p->selector ? p->selector : "",
             p->selector ? ")" : "", WEIR_STR_ARG(p->message),
             before == WEIR_JOB_SAID ? "; more of these are only counted" : "");
}

static void problem(struct weir_job_report *r, size_t page, const char *url,
                    const struct weir_extracted_problem *p,
                    const struct weir_log *log) {
    struct weir_job_field_report *f = field_of(r, page, p->field);
    uint64_t before;
    if (f) {
        before = ++f->problems;
        f->invalid += p->invalid;
    } else {
        before =
            ++r->pages[page < r->job->page_count ? page : r->job->page_count]
                  .problems;
    }
    r->invalid += p->invalid;
    say(r, page, url, p, before, log);
}

static bool has_problem(const struct weir_extracted *x,
                        const struct weir_field *field) {
    for (size_t i = 0; i < x->problem_count; i++)
        if (x->problems[i].field &&
            strcmp(x->problems[i].field, field->name) == 0)
            return true;
    return false;
}

void weir_job_report_page(struct weir_job_report *r, size_t page,
                          const char *url, const struct weir_extracted *x,
                          const struct weir_log *log) {
    size_t index = page < r->job->page_count ? page : r->job->page_count;
    struct weir_job_page_report *p = &r->pages[index];
    p->pages++;
    p->items += x->items;
    for (size_t i = 0; i < x->problem_count; i++)
        problem(r, page, url, &x->problems[i], log);
    /* On an empty page no field can match; what was found and could not be
     * read is a problem, and did match. */
    for (size_t i = 0;
         x->items > 0 && index == page && i < r->job->pages[page].field_count;
         i++) {
        p->fields[i].pages++;
        p->fields[i].empty += x->matches[i] == 0 &&
                              !has_problem(x, &r->job->pages[page].fields[i]);
    }
    if (x->note)
        weir_log(log, WEIR_LOG_INFO, "%s: %s", url, x->note);
}

void weir_job_report_dropped(struct weir_job_report *r, size_t page,
                             const char *field, const char *url,
                             const struct weir_log *log) {
    r->dropped++;
    weir_log(log, r->dropped > WEIR_JOB_SAID ? WEIR_LOG_DEBUG : WEIR_LOG_ERROR,
             "%s: a record has no \"%s\", which page \"%s\" requires, and is "
             "left out%s",
             url, field, page_name(r, page),
             r->dropped == WEIR_JOB_SAID ? "; more of these are only counted"
                                         : "");
}
