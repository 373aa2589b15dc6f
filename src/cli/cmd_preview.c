/* cmd_preview.c - "weir preview": what one page would yield to a job.
 *
 * A file is taken as it is. A URL is fetched as the job would, login, headers,
 * cache and all: by a run of the same job whose one start is that URL, which
 * follows nothing and writes nothing. Then the page is extracted once more, to
 * tell for each field which selector matched, how often, and what.
 */
#include "base/escape.h"
#include "base/heap.h"
#include "base/mem.h"
#include "base/units.h"
#include "cli/get_config.h"
#include "cli/jobfile.h"
#include "cli/run.h"
#include "cli/tables.h"
#include "core/members.h"
#include "core/textwidth.h"
#include "engine/job.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { VALUE_COLUMNS = 72, SELECTOR_COLUMNS = 40, LINKS_SHOWN = 3 };

/* The page, as the job sees it. */
struct preview {
    struct weir_cli *cli;
    const struct weir_job *job;
    size_t page;
    const struct weir_start *start; /* whose set fields it gets, or NULL */
    bool feed;
    struct weir_buf url, head, body;
    int64_t retrieved; /* what relative dates are relative to */
    int status;        /* 0: a file */
    bool seen;
};

/* --- the table --------------------------------------------------------- */

struct row {
    struct weir_buf cells[3];
};

static const char *const headings[3] = {"field", "selector", "value"};

static void put_cell(struct weir_buf *out, const struct weir_members *m,
                     const char *name) {
    struct weir_buf text;
    weir_buf_init(&text, 0);
    weir_value_put_text(weir_members_get(m, weir_str_of(name)), &text);
    weir_escape_terminal(out, weir_buf_view(&text));
    out->failed |= text.failed;
    weir_buf_release(&text);
}

/* {"field":..,"selector":..,"matches":..,"value":..} */
static void read_row(struct row *row, struct weir_str json) {
    struct weir_members m;
    struct weir_buf count;
    for (size_t i = 0; i < 3; i++)
        weir_buf_init(&row->cells[i], 0);
    weir_members_init(&m);
    weir_buf_init(&count, 0);
    if (weir_members_read(&m, json, NULL) == WEIR_OK) {
        put_cell(&row->cells[0], &m, "field");
        put_cell(&row->cells[1], &m, "selector");
        put_cell(&count, &m, "matches");
        if (strcmp(count.p, "1") != 0)
            weir_buf_fmt(&row->cells[1], "%s(%s)",
                         row->cells[1].len > 0 ? " " : "", count.p);
        weir_value_put_json(weir_members_get(&m, WEIR_STR("value")), &count);
        put_cell(&row->cells[2], &m, "value");
        if (weir_value_is_empty(weir_members_get(&m, WEIR_STR("value"))))
            weir_buf_z(&row->cells[2], "-");
    }
    weir_buf_release(&count);
    weir_members_release(&m);
}

static void put_line(FILE *out, const struct weir_str cells[3],
                     const size_t widths[3]) {
    struct weir_buf line;
    weir_buf_init(&line, 0);
    for (size_t i = 0; i < 3; i++) {
        size_t n = weir_text_fit(&line, cells[i], widths[i], "...");
        while (i < 2 && n++ < widths[i] + 2)
            weir_buf_byte(&line, ' ');
    }
    while (line.len > 0 && line.p[line.len - 1] == ' ')
        weir_buf_truncate(&line, line.len - 1);
    fprintf(out, "  %s\n", line.p);
    weir_buf_release(&line);
}

static void put_rows(FILE *out, const struct row *rows, size_t count) {
    static const size_t most[3] = {SELECTOR_COLUMNS, SELECTOR_COLUMNS,
                                   VALUE_COLUMNS};
    size_t widths[3];
    struct weir_str cells[3];
    for (size_t k = 0; k < 3; k++) {
        widths[k] = strlen(headings[k]);
        for (size_t i = 0; i < count; i++) {
            size_t n = weir_text_columns(weir_buf_view(&rows[i].cells[k]));
            if (n > widths[k])
                widths[k] = n;
        }
        if (widths[k] > most[k])
            widths[k] = most[k];
        cells[k] = weir_str_of(headings[k]);
    }
    put_line(out, cells, widths);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < 3; k++)
            cells[k] = weir_buf_view(&rows[i].cells[k]);
        put_line(out, cells, widths);
    }
}

/* One record: a list of rows. */
static enum weir_err put_record(FILE *out, struct weir_str json) {
    struct weir_value list = {WEIR_JSON_ARRAY, json}, v;
    struct row *rows = NULL;
    size_t count = 0;
    char index[24];
    for (;; count++) {
        struct row *bigger;
        snprintf(index, sizeof index, "%zu", count);
        v = weir_value_get(list, weir_str_of(index));
        if (v.kind != WEIR_JSON_OBJECT)
            break;
        bigger = weir_reallocarray(rows, count + 1, sizeof *rows);
        if (!bigger)
            break;
        rows = bigger;
        read_row(&rows[count], v.text);
    }
    put_rows(out, rows, count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < 3; k++)
            weir_buf_release(&rows[i].cells[k]);
    weir_free(rows);
    return WEIR_OK;
}

static void put_records(struct preview *p, const struct weir_extracted *x,
                        struct weir_str json) {
    struct weir_value all = {WEIR_JSON_ARRAY, json}, one;
    char index[24];
    for (size_t i = 0;; i++) {
        snprintf(index, sizeof index, "%zu", i);
        one = weir_value_get(all, weir_str_of(index));
        if (one.kind != WEIR_JSON_ARRAY)
            break;
        fprintf(p->cli->out, "record %zu of %zu\n", i + 1, x->record_count);
        put_record(p->cli->out, one.text);
    }
}

/* --- the rest of the page ---------------------------------------------- */

static void print_escaped(FILE *out, struct weir_str s) {
    struct weir_buf text;
    weir_buf_init(&text, 0);
    weir_escape_terminal(&text, s);
    fputs(text.p, out);
    weir_buf_release(&text);
}

static void put_links(struct preview *p, const struct weir_extracted *x) {
    const struct weir_page *page =
        p->page < p->job->page_count ? &p->job->pages[p->page] : NULL;
    for (size_t k = 0; page && k < page->follow_count; k++) {
        size_t shown = 0, count = 0;
        for (size_t i = 0; i < x->link_count; i++)
            count += x->links[i].follow == k;
        fprintf(p->cli->out, "follow: %zu link%s to \"%s\"%s\n", count,
                count == 1 ? "" : "s",
                p->job->pages[page->follows[k].page].name,
                page->follows[k].merge ? ", merged" : "");
        for (size_t i = 0; i < x->link_count && shown < LINKS_SHOWN; i++) {
            if (x->links[i].follow != k)
                continue;
            fputs("  ", p->cli->out);
            print_escaped(p->cli->out, x->links[i].url);
            fputc('\n', p->cli->out);
            shown++;
        }
    }
    if (page && page->next.kind != WEIR_NEXT_NONE && x->next.n > 0) {
        fputs("next: ", p->cli->out);
        print_escaped(p->cli->out, x->next);
        fputc('\n', p->cli->out);
    }
}

static bool put_problems(struct preview *p, const struct weir_extracted *x) {
    bool invalid = false;
    for (size_t i = 0; i < x->problem_count; i++) {
        const struct weir_extracted_problem *one = &x->problems[i];
        fprintf(p->cli->out, "problem: %s%s%s%s%s",
                one->field ? one->field : "page", one->selector ? " (" : "",
                one->selector ? one->selector : "", one->selector ? ")" : "",
                ": ");
        print_escaped(p->cli->out, one->message);
        fputc('\n', p->cli->out);
        invalid |= one->invalid;
    }
    if (x->note)
        fprintf(p->cli->out, "note: %s\n", x->note);
    return invalid;
}

static void put_title(struct preview *p, const struct weir_extracted *x) {
    struct weir_buf text;
    weir_buf_init(&text, 0);
    weir_escape_terminal(&text, weir_buf_view(&p->url));
    if (p->status)
        weir_buf_fmt(&text, ", %d", p->status);
    weir_buf_z(&text, ", ");
    weir_units_put_size(&text, p->body.len);
    fprintf(p->cli->out, "page \"%s\": %s; %zu item%s\n",
            p->page < p->job->page_count ? p->job->pages[p->page].name : "feed",
            text.p, x->items, x->items == 1 ? "" : "s");
    weir_buf_release(&text);
}

static enum weir_err explain(struct preview *p, struct weir_extractor *x,
                             const struct weir_extract_input *in, bool *invalid,
                             struct weir_error *error) {
    struct weir_extracted *found = NULL;
    struct weir_buf json;
    enum weir_err err = weir_extract(x, in, &found, error);
    if (err != WEIR_OK)
        return err;
    weir_buf_init(&json, 0);
    err = weir_extract_explain(x, in, &json, error);
    if (err == WEIR_OK) {
        put_title(p, found);
        put_records(p, found, weir_buf_view(&json));
        put_links(p, found);
        *invalid = put_problems(p, found);
    }
    weir_buf_release(&json);
    weir_extracted_destroy(found);
    return err;
}

static int show(struct preview *p) {
    struct weir_error error = {WEIR_OK, ""};
    struct weir_extractor *x = NULL;
    struct weir_url url;
    struct weir_extract_input in = {
        .page = p->page, .url = &url, .feed = p->feed, .now = p->retrieved};
    bool invalid = false;
    enum weir_err err =
        weir_url_parse(&url, weir_buf_view(&p->url), NULL, &error);
    if (err != WEIR_OK)
        return weir_cli_fail(p->cli, &error);
    in.head = weir_buf_view(&p->head);
    in.body = weir_buf_view(&p->body);
    if (p->start) {
        in.set = p->start->set;
        in.set_count = p->start->set_count;
    }
    err = weir_extractor_create(&x, p->job, &error);
    if (err == WEIR_OK)
        err = explain(p, x, &in, &invalid, &error);
    weir_extractor_destroy(x);
    weir_url_release(&url);
    if (err == WEIR_E_INVALID)
        error.code = WEIR_E_CHECK;
    if (err != WEIR_OK)
        return weir_cli_fail(p->cli, &error);
    return invalid ? weir_err_exit_status(WEIR_E_CHECK) : 0;
}

/* --- fetching ---------------------------------------------------------- */

static void on_page(const struct weir_item *item, void *data) {
    struct preview *p = ((struct weir_run *)data)->client;
    const struct weir_list *at = item->body.next;
    p->seen = true;
    p->status = item->status;
    p->retrieved = item->response_time;
    weir_buf_clear(&p->url);
    weir_buf_z(&p->url, item->effective_url ? item->effective_url : item->url);
    weir_buf_z(&p->head, item->response_head ? item->response_head : "");
    for (; at != &item->body; at = at->next) {
        const struct weir_chunk *c =
            WEIR_CONTAINER(at, const struct weir_chunk, link);
        weir_buf_add(&p->body, c->bytes, c->len);
    }
}

/* The job with this page for its start, and nothing behind it. */
static struct weir_page *only_page(const struct weir_job *job,
                                   struct weir_job *copy,
                                   struct weir_start *start) {
    struct weir_page *pages = weir_calloc(job->page_count + 1, sizeof *pages);
    if (!pages)
        return NULL;
    for (size_t i = 0; i < job->page_count; i++) {
        pages[i] = job->pages[i];
        pages[i].next.kind = WEIR_NEXT_NONE;
        pages[i].follow_count = 0;
    }
    *copy = *job;
    copy->pages = pages;
    copy->starts = start;
    copy->start_count = 1;
    copy->output_count = copy->chore_count = 0;
    start->every_ns = 0;
    return pages;
}

static int run_once(struct preview *p, const struct weir_job *job,
                    struct weir_get_config *c) {
    struct weir_job_run_config config = {.job = job, .workers = 1};
    struct weir_error error = {WEIR_OK, ""};
    enum weir_engine_end end = WEIR_END_COMPLETE;
    struct weir_job_run *run = NULL;
    struct weir_run r;
    enum weir_err err = weir_run_init(&r, p->cli, CMD_preview, true, &error);
    if (err == WEIR_OK) {
        r.client = p;
        weir_run_configure(&r, &c->engine);
        c->engine.storage.restart = true;
        config.engine = c->engine;
        config.cache_given = weir_opt_given(p->cli->options, OPT_CACHE);
        config.ops = r.ops;
        config.on_page = on_page;
        config.data = &r;
        err = weir_job_run_create(&run, &config, &error);
    }
    if (err == WEIR_OK)
        err = weir_run_attach(&r, weir_job_run_engine(run), &error);
    if (err == WEIR_OK) {
        weir_job_run_go(run, &end, &error);
        weir_run_ended(&r, &error, end);
    } else {
        weir_status_add(&r.status, err);
        weir_cli_fail(p->cli, &error);
    }
    weir_run_release(&r);
    weir_job_run_destroy(run);
    return weir_status_exit(&r.status);
}

static int fetch(struct preview *p, const char *url) {
    struct weir_error error = {WEIR_OK, ""};
    struct weir_start start = {.url = url, .page = p->page};
    struct weir_get_config config;
    struct weir_page *pages;
    struct weir_job job;
    int status;
    if (p->start)
        start = *p->start;
    start.url = url;
    pages = only_page(p->job, &job, &start);
    if (!pages || weir_job_config_init(&config, p->cli, &job, &error)) {
        if (!pages)
            weir_error_nomem(&error);
        weir_free(pages);
        return weir_cli_fail(p->cli, &error);
    }
    status = run_once(p, &job, &config);
    weir_get_config_release(&config);
    weir_free(pages);
    return status;
}

/* --- what to show ------------------------------------------------------ */

static int choose_page(struct preview *p) {
    const char *name = weir_opt_get(p->cli->options, OPT_PAGE);
    const struct weir_job *job = p->job;
    p->page = job->starts[0].page;
    for (size_t i = 0; name; i++) {
        if (i == job->page_count)
            return weir_cli_failf(p->cli, WEIR_E_USAGE,
                                  "the job has no page type \"%s\"", name);
        if (strcmp(job->pages[i].name, name) == 0) {
            p->page = i;
            break;
        }
    }
    for (size_t i = 0; i < job->start_count && !p->start; i++)
        if (job->starts[i].page == p->page)
            p->start = &job->starts[i];
    p->feed = p->start && p->start->feed;
    return 0;
}

static bool is_url(const char *text) {
    struct weir_str s = weir_str_of(text);
    return weir_str_starts_nocase(s, WEIR_STR("http://")) ||
           weir_str_starts_nocase(s, WEIR_STR("https://"));
}

/* "-" is standard input. */
static int read_file(struct preview *p, const char *path) {
    bool standard = strcmp(path, "-") == 0;
    FILE *f = standard ? stdin : fopen(path, "rb");
    char block[16384];
    size_t n;
    weir_buf_z(&p->url, p->start ? p->start->url : p->job->starts[0].url);
    p->retrieved = (int64_t)time(NULL);
    if (!f)
        return weir_cli_failf(p->cli, WEIR_E_IO, "%s: %s", path,
                              strerror(errno));
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        weir_buf_add(&p->body, block, n);
    p->seen = !ferror(f) && !p->body.failed;
    if (!standard)
        fclose(f);
    return p->seen
               ? 0
               : weir_cli_failf(p->cli, WEIR_E_IO, "%s: cannot be read", path);
}

static int preview(struct preview *p, const char *what) {
    int status = choose_page(p);
    if (status)
        return status;
    if (!what && !p->start)
        return weir_cli_failf(p->cli, WEIR_E_USAGE,
                              "no start leads to page \"%s\" at once: give a "
                              "URL or a file",
                              p->job->pages[p->page].name);
    if (what && !is_url(what))
        status = read_file(p, what);
    else
        status = fetch(p, what ? what : p->start->url);
    return p->seen ? show(p) : status;
}

int weir_cmd_preview(struct weir_cli *cli) {
    struct preview p = {.cli = cli};
    struct weir_job *job = NULL;
    int status;
    if (cli->argc < 1 || cli->argc > 2)
        return weir_cli_failf(cli, WEIR_E_USAGE, "%s",
                              cli->argc ? "one page at a time"
                                        : "no job file given");
    status = weir_jobfile_open(cli, cli->argv[0], &job);
    if (status)
        return status;
    p.job = job;
    weir_buf_init(&p.url, 0);
    weir_buf_init(&p.head, 0);
    weir_buf_init(&p.body, 0);
    status = preview(&p, cli->argc == 2 ? cli->argv[1] : NULL);
    weir_buf_release(&p.url);
    weir_buf_release(&p.head);
    weir_buf_release(&p.body);
    weir_job_destroy(job);
    return status;
}
