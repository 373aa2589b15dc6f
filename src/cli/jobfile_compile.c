/* jobfile_compile.c - do the selectors of a job compile?
 *
 * An extractor stops at its first error. So when the job as a whole has one,
 * each of its parts is tried alone: a job of one page type with one field, or
 * with one rule. That way all errors are said in one go, in the extractor's own
 * words. */
#include "cli/jobfile.h"

#include "doc/extract.h"

struct trial {
    struct weir_job job; /* the job with one page type */
    struct weir_page page;
    struct weir_jobfile_report *report;
    enum weir_err err; /* WEIR_E_NOMEM ends it */
};

static void try_part(struct trial *t, struct weir_job_place place) {
    struct weir_extractor *x = NULL;
    struct weir_error cause = {0};
    enum weir_err err;
    if (t->err)
        return;
    err = weir_extractor_create(&x, &t->job, &cause);
    weir_extractor_destroy(x);
    if (err == WEIR_E_NOMEM)
        t->err = err;
    else if (err)
        t->err = weir_jobfile_report_add(t->report, place, cause.message);
}

/* Each part of one page type by itself. */
static void try_page(struct trial *t, const struct weir_page *page) {
    const struct weir_page blank = {.name = page->name};
    t->page = blank;
    t->page.items = page->items;
    if (page->items.text)
        try_part(t, page->items.place);
    t->page = blank;
    t->page.next = page->next;
    if (page->next.kind != WEIR_NEXT_NONE)
        try_part(t, page->next.place);
    t->page = blank;
    t->page.field_count = 1;
    for (size_t i = 0; i < page->field_count; i++) {
        t->page.fields = &page->fields[i];
        try_part(t, page->fields[i].place);
    }
    t->page = blank;
    t->page.follow_count = 1;
    for (size_t i = 0; i < page->follow_count; i++) {
        t->page.follows = &page->follows[i];
        try_part(t, page->follows[i].place);
    }
}

enum weir_err weir_jobfile_compile(const struct weir_job *job,
                                   struct weir_jobfile_report *report,
                                   struct weir_error *error) {
    struct weir_extractor *x = NULL;
    struct weir_error cause = {0};
    struct trial t = {.job = *job, .report = report};
    enum weir_err err = weir_extractor_create(&x, job, &cause);
    size_t before = report->errors;
    weir_extractor_destroy(x);
    if (err == WEIR_OK)
        return WEIR_OK;
    t.job.pages = &t.page;
    t.job.page_count = 1;
    if (err == WEIR_E_NOMEM)
        t.err = err;
    for (size_t i = 0; i < job->page_count && !t.err; i++)
        try_page(&t, &job->pages[i]);
    if (!t.err && report->errors == before)
        t.err = weir_jobfile_report_add(report, (struct weir_job_place){0},
                                        cause.message);
    if (t.err)
        return weir_error_nomem(error);
    weir_jobfile_report_sort(report);
    return weir_error_set(error, WEIR_E_INVALID, "%s", cause.message);
}
