/* job_emit.c - a complete record and what it asks for: downloads, sizes.
 *
 * Names of downloads are templates with the record's fields, and the parts of
 * the URL that core/outname.h knows where the record has no such field. Values
 * are put in as its captures, so that none leaves the folder.
 */
#include "engine/job_emit.h"

#include "base/mem.h"
#include "core/members.h"
#include "core/outname.h"
#include "core/template.h"
#include "engine/job_record.h"
#include "sink/records.h"

#include <string.h>

enum { NAME_FIELDS_MAX = 16 };

/* --- downloads --------------------------------------------------------- */

/* An outname template and its captures, out of a template with fields. */
struct naming {
    struct weir_buf text;
    struct weir_buf values[NAME_FIELDS_MAX];
    const char *captures[NAME_FIELDS_MAX];
    size_t count;
};

static void put_literal(struct weir_buf *out, struct weir_str text) {
    for (size_t i = 0; i < text.n; i++) {
        weir_buf_byte(out, text.p[i]);
        if (text.p[i] == '{' || text.p[i] == '}')
            weir_buf_byte(out, text.p[i]);
    }
}

static bool is_url_part(struct weir_str name) {
    static const char *const parts[] = {"host", "path", "dir",  "name",
                                        "stem", "ext",  "query"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (weir_str_eq(name, weir_str_of(parts[i])))
            return true;
    return false;
}

static void put_piece(struct naming *n, const struct weir_template_piece *p,
                      const struct weir_members *m) {
    struct weir_value v;
    if (!p->field) {
        put_literal(&n->text, p->text);
        return;
    }
    v = weir_value_first(weir_members_get(m, p->text));
    if (weir_value_is_empty(v) && is_url_part(p->text)) {
        weir_buf_fmt(&n->text, "{%.*s}", WEIR_STR_ARG(p->text));
    } else if (n->count < NAME_FIELDS_MAX) {
        struct weir_buf *value = &n->values[n->count];
        weir_value_put_text(v, value);
        n->captures[n->count++] = value->p;
        n->text.failed |= value->failed;
        weir_buf_fmt(&n->text, "{%zu}", n->count);
    }
}

static enum weir_err expand(struct naming *n, struct weir_str url,
                            struct weir_buf *out, struct weir_error *error) {
    struct weir_outname_input in = {.url = url};
    struct weir_outname *t;
    enum weir_err err = weir_outname_create(&t, weir_buf_view(&n->text), error);
    if (err != WEIR_OK)
        return err;
    in.captures = n->captures;
    in.capture_count = n->count;
    weir_buf_str(out, weir_outname_folder(t));
    if (out->len > 0)
        weir_buf_byte(out, '/');
    err = weir_outname_expand(t, &in, out, error);
    weir_outname_destroy(t);
    return err;
}

/* The path of a download below its folder. */
static enum weir_err put_name(const char *template_,
                              const struct weir_members *m, struct weir_str url,
                              struct weir_buf *out, struct weir_error *error) {
    struct naming n = {.count = 0};
    struct weir_template *t;
    enum weir_err err = weir_template_create(&t, weir_str_of(template_), error);
    if (err != WEIR_OK)
        return err;
    weir_buf_init(&n.text, 0);
    for (size_t i = 0; i < NAME_FIELDS_MAX; i++)
        weir_buf_init(&n.values[i], 0);
    for (size_t i = 0; i < weir_template_count(t); i++)
        put_piece(&n, &weir_template_pieces(t)[i], m);
    err = n.text.failed ? weir_error_nomem(error) : expand(&n, url, out, error);
    weir_buf_release(&n.text);
    for (size_t i = 0; i < NAME_FIELDS_MAX; i++)
        weir_buf_release(&n.values[i]);
    weir_template_destroy(t);
    return err;
}

static enum weir_err add_file(struct weir_job_task *t, size_t output,
                              const struct weir_members *m, struct weir_str url,
                              const char *order) {
    const struct weir_output *o = &t->run->job->outputs[output];
    struct weir_job_context c;
    struct weir_job_place_in in = {t->run->job, &t->commit->entries, &c,
                                   t->entry->page, t->entry->depth};
    struct weir_url parsed;
    struct weir_buf name;
    enum weir_err err;
    /* Anything else a page may call a URL is not ours to fetch. */
    err = weir_url_parse(&parsed, url, NULL, NULL);
    if (err != WEIR_OK)
        return err == WEIR_E_NOMEM ? err : WEIR_OK;
    weir_job_context_init(&c);
    c.kind = WEIR_JOB_FILE;
    c.output = output;
    c.start = t->context.start;
    c.linked = true;
    weir_buf_init(&name, 0);
    err = o->name_template
              ? put_name(o->name_template, m, url, &name, &t->error)
              : WEIR_OK;
    c.name = name.len > 0 ? name.p : NULL;
    if (err == WEIR_OK)
        err = weir_job_entry_add(&in, weir_url_without_fragment(&parsed), order,
                                 WEIR_JOB_PRIORITY_FILES, true,
                                 WEIR_ENTRY_ALWAYS);
    weir_buf_release(&name);
    weir_url_release(&parsed);
    return err;
}

static enum weir_err add_file_value(struct weir_job_task *t, size_t output,
                                    const struct weir_members *m,
                                    struct weir_value v, const char *order) {
    struct weir_buf url;
    enum weir_err err;
    if (weir_value_is_empty(v))
        return WEIR_OK;
    weir_buf_init(&url, 0);
    weir_value_put_text(v, &url);
    err = url.failed ? WEIR_E_NOMEM
                     : add_file(t, output, m, weir_buf_view(&url), order);
    weir_buf_release(&url);
    return err;
}

/* A field's URL, or all of its list. */
static enum weir_err add_files(struct weir_job_task *t, size_t output,
                               const struct weir_members *m,
                               const char *order) {
    const struct weir_output *o = &t->run->job->outputs[output];
    struct weir_value v = weir_members_get(m, weir_str_of(o->url_field));
    struct weir_json r;
    enum weir_err err = WEIR_OK;
    if (v.kind != WEIR_JSON_ARRAY)
        return add_file_value(t, output, m, v, order);
    weir_json_init(&r, v.text);
    weir_json_next(&r);
    while (weir_json_next(&r) == WEIR_JSON_STRING && err == WEIR_OK)
        err = add_file_value(
            t, output, m, (struct weir_value){WEIR_JSON_STRING, r.text}, order);
    return err;
}

/* --- sizes ------------------------------------------------------------- */

static enum weir_err note_probe(struct weir_job_task *t,
                                const struct weir_output *o,
                                struct weir_str record) {
    struct weir_job_probe_url *p;
    struct weir_buf url;
    struct weir_url parsed;
    enum weir_err err;
    weir_buf_init(&url, 0);
    err = weir_feed_enclosure(o, record, &url, NULL);
    if (err == WEIR_OK && url.len > 0)
        err = weir_url_parse(&parsed, weir_buf_view(&url), NULL, NULL);
    if (err != WEIR_OK || url.len == 0) {
        weir_buf_release(&url);
        return err == WEIR_E_NOMEM ? err : WEIR_OK;
    }
    weir_url_release(&parsed);
    p = weir_calloc(1, sizeof *p);
    if (p && !(p->url = weir_buf_detach(&url))) {
        weir_free(p);
        p = NULL;
    }
    weir_buf_release(&url);
    if (!p)
        return WEIR_E_NOMEM;
    weir_list_append(&t->probes, &p->link);
    return WEIR_OK;
}

enum weir_err weir_job_emit_probe(struct weir_job_task *t, const char *url,
                                  enum weir_job_kind kind) {
    struct weir_job_context c;
    struct weir_job_place_in in = {t->run->job, &t->commit->entries, &c,
                                   t->entry->page, t->entry->depth};
    weir_job_context_init(&c);
    c.kind = kind;
    c.start = t->context.start;
    c.linked = true;
    return weir_job_entry_add(&in, weir_str_of(url), t->entry->order,
                              WEIR_JOB_PRIORITY_PROBES, true,
                              WEIR_ENTRY_ALWAYS);
}

/* --- the record -------------------------------------------------------- */

/* The page type says what makes records one, or stops where nothing is new:
 * then a page that repeats another adds nothing. */
static bool counts_once(const struct weir_job *job, size_t page) {
    const struct weir_page *p = weir_job_page_of(job, page);
    return p->dedupe_count > 0 || (p->next.stop & WEIR_STOP_NO_NEW);
}

static enum weir_err add_record(struct weir_job_task *t,
                                const struct weir_job_context *c) {
    struct weir_job_record *record = weir_job_record_create();
    if (!record)
        return WEIR_E_NOMEM;
    record->json = weir_strdup(c->record);
    record->key = weir_strdup(c->key);
    record->order = weir_strdup(c->order);
    record->page = (uint32_t)c->page;
    record->once = counts_once(t->run->job, c->page);
    record->retried = c->retried;
    weir_list_append(&t->commit->records, &record->link);
    t->records++;
    return record->json && record->key && record->order ? WEIR_OK
                                                        : WEIR_E_NOMEM;
}

/* Is every required field there? Those of the page that began the record, and
 * those of the page that completed it last. */
static enum weir_err check(struct weir_job_task *t,
                           const struct weir_job_context *c, bool *dropped) {
    size_t pages[2] = {c->page, t->entry->page};
    struct weir_str record = weir_str_of(c->record);
    for (size_t i = 0; i < 2; i++) {
        struct weir_job_drop *drop;
        const char *missing = NULL;
        enum weir_err err = weir_job_record_missing(
            weir_job_page_of(t->run->job, pages[i]), record, &missing);
        if (err != WEIR_OK)
            return err;
        if (!missing)
            continue;
        drop = weir_calloc(1, sizeof *drop);
        if (!drop)
            return WEIR_E_NOMEM;
        drop->page = pages[i];
        drop->field = missing;
        weir_list_append(&t->drops, &drop->link);
        *dropped = true;
        return WEIR_OK;
    }
    return WEIR_OK;
}

static enum weir_err add_wishes(struct weir_job_task *t,
                                const struct weir_job_context *c,
                                const struct weir_members *m) {
    const struct weir_job *job = t->run->job;
    enum weir_err err = WEIR_OK;
    for (size_t i = 0; i < job->output_count && err == WEIR_OK; i++) {
        const struct weir_output *o = &job->outputs[i];
        bool feed = o->type == WEIR_OUTPUT_RSS || o->type == WEIR_OUTPUT_ATOM;
        if (!weir_job_output_takes(job, o, c->page))
            continue;
        if (feed && o->length == WEIR_LENGTH_PROBE)
            err = note_probe(t, o, weir_str_of(c->record));
        else if (o->type == WEIR_OUTPUT_FILES)
            err = add_files(t, i, m, c->order);
    }
    return err;
}

enum weir_err weir_job_emit(struct weir_job_task *t,
                            const struct weir_job_context *c) {
    struct weir_members m;
    bool dropped = false;
    enum weir_err err = check(t, c, &dropped);
    if (err != WEIR_OK || dropped)
        return err;
    err = add_record(t, c);
    if (err != WEIR_OK)
        return err;
    weir_members_init(&m);
    err = weir_members_read(&m, weir_str_of(c->record), &t->error);
    if (err == WEIR_OK)
        err = add_wishes(t, c, &m);
    weir_members_release(&m);
    return err;
}
