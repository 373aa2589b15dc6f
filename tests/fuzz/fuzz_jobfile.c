/* Job files: any text is taken or refused with its place; what was taken keeps
 * the promises of core/job.h. */
#include "cli/jobfile.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* libfyaml 0.7.12 loses the list of pieces that it makes of a quoted text with
 * many escapes; the bytes are its own. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libfyaml.so";
}

static void require(bool holds) {
    if (!holds)
        abort();
}

static void check_page(const struct weir_job *job,
                       const struct weir_page *page) {
    require(page->name != NULL);
    for (size_t i = 0; i < page->follow_count; i++) {
        const struct weir_follow *f = &page->follows[i];
        require(f->page < job->page_count);
        require((f->select.text != NULL) != (f->template_ != NULL));
    }
    for (size_t i = 0; i < page->field_count; i++) {
        const struct weir_field *f = &page->fields[i];
        require(f->name && f->place.line > 0);
        require((f->select_count > 0) + (f->template_ != NULL) +
                    (f->constant != NULL) ==
                1);
        for (size_t k = 0; k < f->select_count; k++)
            require(f->selects[k].text != NULL);
    }
    if (page->next.kind == WEIR_NEXT_COUNTER)
        require(page->next.step != 0 && page->next.ahead >= 1);
}

static void check_job(const struct weir_job *job) {
    require(job->name && job->start_count > 0 && job->page_count > 0);
    for (size_t i = 0; i < job->start_count; i++) {
        const struct weir_start *s = &job->starts[i];
        require(s->url && s->page < job->page_count);
        require(weir_str_starts(weir_str_of(s->url), WEIR_STR("http")));
        for (size_t k = 0; k < s->request.header_count; k++)
            require(!strpbrk(s->request.headers[k].value, "\r\n"));
    }
    for (size_t i = 0; i < job->page_count; i++)
        check_page(job, &job->pages[i]);
    for (size_t i = 0; i < job->output_count; i++)
        require(job->outputs[i].path != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const params[] = {"year=2025"};
    static const char *const environment[] = {"TOKEN=t0ken", NULL};
    struct weir_jobfile_input input = {
        .file = "fuzz",
        .text = weir_str_make((const char *)data, size),
        .params = params,
        .param_count = size % 2,
        .environment = environment};
    struct weir_jobfile_report report = {0};
    struct weir_error error = {0};
    struct weir_job *job = NULL;
    enum weir_err err = weir_jobfile_parse(&job, &input, &report, &error);
    require(err == WEIR_OK || err == WEIR_E_INVALID || err == WEIR_E_NOMEM);
    require((err == WEIR_E_INVALID) == (report.errors > 0));
    if (err == WEIR_OK)
        check_job(job);
    else
        require(error.message[0] != '\0');
    weir_job_destroy(job);
    weir_jobfile_report_release(&report);
    return 0;
}
