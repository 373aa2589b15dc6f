/* extract.c - one page in; records, links and the next page out.
 *
 * The result and everything that a page's values lie in is one arena, given
 * away with the result; the tree, the JSON and the lists of the way there go
 * when the page is done. Compiled things and scratch memory stay with the
 * extractor. */
#include "doc/extract_internal.h"

#include "base/mem.h"
#include "doc/feedin.h"

#include <string.h>

/* What a page's result may take, and what scratch memory stays for the next
 * page. Items within items repeat the page many times over. */
enum { RESULT_BASE = 64 << 20, RESULT_FACTOR = 16, KEPT_SCRATCH = 1 << 20 };

struct result {
    struct weir_extracted page; /* first: what callers see */
    struct weir_arena *arena;
};

/* ---- life ---- */

enum weir_err weir_extractor_create(struct weir_extractor **out,
                                    const struct weir_job *job,
                                    struct weir_error *error) {
    struct weir_extractor *x = weir_calloc(1, sizeof *x);
    enum weir_err e;
    if (!x)
        return weir_error_nomem(error);
    x->job = job;
    weir_nodes_init(&x->nodes);
    weir_jq_outputs_init(&x->outputs);
    weir_xpath_value_init(&x->xpath_value);
    weir_buf_init(&x->text, 0);
    weir_buf_init(&x->scratch, 0);
    weir_buf_init(&x->record, 0);
    weir_buf_init(&x->plain, 0);
    e = extract_compile(x, error);
    if (e)
        weir_extractor_destroy(x);
    else
        *out = x;
    return e;
}

void weir_extractor_destroy(struct weir_extractor *x) {
    if (!x)
        return;
    extract_release(x);
    weir_nodes_release(&x->nodes);
    weir_jq_outputs_release(&x->outputs);
    weir_xpath_value_release(&x->xpath_value);
    weir_buf_release(&x->text);
    weir_buf_release(&x->scratch);
    weir_buf_release(&x->record);
    weir_buf_release(&x->plain);
    weir_free(x);
}

void weir_extracted_destroy(struct weir_extracted *page) {
    struct result *r = (struct result *)page;
    if (!r)
        return;
    weir_free(r->page.records);
    weir_free(r->page.links);
    weir_free(r->page.problems);
    weir_arena_destroy(r->arena);
    weir_free(r);
}

/* ---- items ---- */

/* A page without fields has no record, unless one must be completed by others.
 */
static bool has_records(const struct extract_view *v) {
    const struct weir_page *page = v->page->page;
    bool merges = false;
    for (size_t i = 0; i < page->follow_count; i++)
        merges |= page->follows[i].merge;
    return page->field_count > 0 || merges || v->input->feed;
}

static enum weir_err run_item(struct extract_view *v, struct extract_item *item,
                              struct weir_str base,
                              struct extract_result *results) {
    enum weir_err e = extract_check_time(v);
    item->record = SIZE_MAX;
    if (!e && has_records(v)) {
        item->record = v->out->record_count;
        e = extract_record(v, item, base, results);
    }
    return e ? e : extract_follow_item(v, item, base, results);
}

static enum weir_err run_match(struct extract_view *v,
                               const struct extract_match *match,
                               struct extract_result *results) {
    struct extract_item item = {.node = match->node};
    enum weir_err e;
    if (match->kind == EXTRACT_TEXT)
        return weir_error_set(v->error, WEIR_E_INVALID,
                              "items: %s selects a text, not elements",
                              v->page->items.label);
    if (match->kind == EXTRACT_JSON) {
        item.json_text = match->text;
        if (weir_jq_input_of_value(match->text, &item.json))
            return weir_error_nomem(v->error);
    }
    e = run_item(v, &item, weir_str_make(NULL, 0), results);
    weir_jq_input_destroy(item.json);
    return e;
}

static enum weir_err run_items(struct extract_view *v,
                               struct extract_result *results) {
    const struct extract_item whole = {.record = SIZE_MAX};
    struct extract_matches m;
    enum weir_err e;
    extract_matches_init(&m);
    e = extract_select_run(v, &v->page->items, &whole, true, &m);
    if (e == WEIR_E_INVALID || e == WEIR_E_LIMIT)
        e = extract_problem(v, NULL, v->page->items.label, SIZE_MAX, false,
                            "items: %s", v->error->message);
    if (m.count > EXTRACT_MAX_RECORDS && !e) {
        e = extract_problem(v, NULL, v->page->items.label, SIZE_MAX, false,
                            "items: %zu on one page, %d are taken", m.count,
                            EXTRACT_MAX_RECORDS);
        m.count = EXTRACT_MAX_RECORDS;
    }
    v->out->items = m.count;
    for (size_t i = 0; i < m.count && !e; i++)
        e = run_match(v, &m.at[i], results);
    extract_matches_release(&m);
    if (!e)
        e = extract_follow_page(v);
    return e;
}

/* ---- feeds ---- */

/* Problems come before the records that they belong to are there. */
static void on_feed_problem(size_t record, const char *field,
                            const char *message, void *data) {
    struct extract_view *v = data;
    if (extract_problem(v, field, NULL, record, true, "%s", message))
        v->feed_failed = WEIR_E_NOMEM;
}

/* Entries are items that are JSON: fields by jq, templates and constants of the
 * page type complete them. */
static enum weir_err run_entry(struct extract_view *v, struct weir_str entry,
                               struct extract_result *results) {
    struct extract_item item = {.json_text = entry};
    enum weir_err e;
    if (weir_jq_input_of_value(entry, &item.json))
        return weir_error_nomem(v->error);
    e = run_item(v, &item, entry, results);
    weir_jq_input_destroy(item.json);
    return e;
}

static enum weir_err run_feed(struct extract_view *v,
                              struct extract_result *results) {
    struct weir_feedin feed;
    enum weir_err e = extract_view_text(v);
    if (!e)
        e = weir_feedin_read(v->text, v->input->url, v->input->now, v->arena,
                             on_feed_problem, v, &feed, v->error);
    if (!e)
        e = v->feed_failed;
    if (e)
        return e;
    v->out->items = feed.count;
    v->out->note = feed.note;
    for (size_t i = 0; i < feed.count && !e; i++)
        e = run_entry(v, feed.records[i], results);
    v->out->next = feed.next;
    return e;
}

/* ---- pages ---- */

static enum weir_err run_page(struct extract_view *v) {
    size_t count = v->page->page->field_count;
    struct extract_result *results;
    struct extract_item whole = {.record = SIZE_MAX};
    enum weir_err e = v->input->feed ? WEIR_OK : extract_view_check(v);
    if (e)
        return e;
    results = weir_reallocarray(NULL, count ? count : 1, sizeof *results);
    if (!results)
        return weir_error_nomem(v->error);
    if (v->input->feed) {
        e = run_feed(v, results);
    } else if (v->page->items.select) {
        e = run_items(v, results);
    } else {
        v->out->items = 1;
        e = run_item(v, &whole, weir_str_make(NULL, 0), results);
    }
    weir_free(results);
    if (e || v->out->next.n)
        return e;
    /* a feed may be paged by Link headers */
    return v->input->feed && v->page->page->next.kind != WEIR_NEXT_LINK_HEADER
               ? WEIR_OK
               : extract_next(v);
}

/* ---- the whole ---- */

static struct result *create_result(const struct weir_page *page, size_t body) {
    struct result *r = weir_calloc(1, sizeof *r);
    size_t count = page->field_count;
    if (!r)
        return NULL;
    r->arena = weir_arena_create(RESULT_BASE + RESULT_FACTOR * body);
    if (r->arena)
        r->page.matches =
            weir_arena_alloc(r->arena, (count + 1) * sizeof(uint32_t));
    if (!r->page.matches) {
        weir_extracted_destroy(&r->page);
        return NULL;
    }
    memset(r->page.matches, 0, (count + 1) * sizeof(uint32_t));
    return r;
}

static void drop_scratch(struct weir_extractor *x) {
    struct weir_buf *const bufs[] = {&x->text, &x->scratch, &x->record,
                                     &x->plain};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        if (bufs[i]->cap > KEPT_SCRATCH)
            weir_buf_release(bufs[i]);
}

static enum weir_err extract(struct weir_extractor *x,
                             const struct weir_extract_input *input,
                             struct weir_buf *explain,
                             struct weir_extracted **out,
                             struct weir_error *error) {
    const struct extract_page *page = &x->pages[input->page];
    struct result *r = create_result(page->page, input->body.n);
    struct weir_error unused;
    struct extract_view v = {.x = x,
                             .page = page,
                             .input = input,
                             .error = error ? error : &unused,
                             .explain = explain};
    enum weir_err e;
    if (!r)
        return weir_error_nomem(error);
    v.arena = r->arena;
    v.out = &r->page;
    weir_buf_init(&v.room, 0);
    e = run_page(&v);
    extract_view_release(&v);
    if (e == WEIR_E_NOMEM && weir_arena_exhausted(r->arena))
        e = weir_error_set(error, WEIR_E_LIMIT,
                           "the page's records are more than %d MiB and %d "
                           "times the page",
                           RESULT_BASE >> 20, RESULT_FACTOR);
    drop_scratch(x);
    if (e)
        weir_extracted_destroy(&r->page);
    else
        *out = &r->page;
    return e;
}

enum weir_err weir_extract(struct weir_extractor *x,
                           const struct weir_extract_input *input,
                           struct weir_extracted **out,
                           struct weir_error *error) {
    return extract(x, input, NULL, out, error);
}

enum weir_err weir_extract_explain(struct weir_extractor *x,
                                   const struct weir_extract_input *input,
                                   struct weir_buf *json,
                                   struct weir_error *error) {
    struct weir_extracted *page;
    size_t before = json->len;
    enum weir_err e;
    weir_buf_byte(json, '[');
    e = extract(x, input, json, &page, error);
    if (!e) {
        weir_extracted_destroy(page);
        weir_buf_byte(json, ']');
        if (json->failed)
            e = weir_error_nomem(error);
    }
    if (e)
        weir_buf_truncate(json, before);
    return e;
}
