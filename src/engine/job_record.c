/* job_record.c - records as JSON text, read where they are with core/members.
 */
#include "engine/job_record.h"

#include "base/escape.h"
#include "base/hash.h"
#include "core/members.h"

#include <inttypes.h>
#include <string.h>

enum { KEY_MAX = 200 }; /* longer ones are hashed */

/* --- merging ----------------------------------------------------------- */

static const struct weir_member *find(const struct weir_members *m,
                                      struct weir_str name) {
    for (size_t i = m->count; i-- > 0;)
        if (weir_str_eq(m->at[i].name, name))
            return &m->at[i];
    return NULL;
}

static bool is_null(struct weir_value v) {
    return v.kind == WEIR_JSON_END || v.kind == WEIR_JSON_NULL;
}

static void put_member(struct weir_buf *out, struct weir_str name,
                       struct weir_value value) {
    if (out->p[out->len - 1] != '{')
        weir_buf_byte(out, ',');
    weir_escape_json(out, name);
    weir_buf_byte(out, ':');
    weir_value_put_json(value, out);
}

static void put_merged(const struct weir_members *parent,
                       const struct weir_members *child, struct weir_buf *out) {
    weir_buf_byte(out, '{');
    for (size_t i = 0; i < parent->count && !out->failed; i++) {
        const struct weir_member *m = &parent->at[i];
        const struct weir_member *other = find(child, m->name);
        put_member(out, m->name,
                   other && !is_null(other->value) ? other->value : m->value);
    }
    for (size_t i = 0; i < child->count && !out->failed; i++)
        if (!find(parent, child->at[i].name))
            put_member(out, child->at[i].name, child->at[i].value);
    weir_buf_byte(out, '}');
}

enum weir_err weir_job_record_merge(struct weir_str parent,
                                    struct weir_str child,
                                    struct weir_buf *out) {
    struct weir_members p, c;
    enum weir_err err;
    weir_members_init(&p);
    weir_members_init(&c);
    err = weir_members_read(&p, parent, NULL);
    if (err == WEIR_OK)
        err = weir_members_read(&c, child, NULL);
    if (err == WEIR_OK)
        put_merged(&p, &c, out);
    weir_members_release(&p);
    weir_members_release(&c);
    return err == WEIR_OK && out->failed ? WEIR_E_NOMEM : err;
}

/* --- identity ---------------------------------------------------------- */

bool weir_job_output_takes(const struct weir_job *job,
                           const struct weir_output *output, size_t page) {
    return !output->page || (page < job->page_count &&
                             strcmp(output->page, job->pages[page].name) == 0);
}

static void put_hash(struct weir_buf *out, struct weir_str s) {
    weir_buf_fmt(out, "#%016" PRIx64 "%016" PRIx64, weir_hash(s),
                 weir_hash_seeded(s, 1));
}

/* A long key is as good as its hash. */
static void shorten(struct weir_buf *out, size_t from) {
    struct weir_buf key;
    if (out->failed || out->len - from <= KEY_MAX)
        return;
    weir_buf_init(&key, 0);
    put_hash(&key, weir_str_make(out->p + from, out->len - from));
    weir_buf_truncate(out, from);
    weir_buf_str(out, weir_buf_view(&key));
    out->failed |= key.failed;
    weir_buf_release(&key);
}

/* "name=value"; false: there is none. */
static bool put_field(const struct weir_members *m, const char *name,
                      struct weir_buf *out) {
    struct weir_value v =
        weir_value_first(weir_members_get(m, weir_str_of(name)));
    if (!name || weir_value_is_empty(v))
        return false;
    weir_buf_fmt(out, "%s=", name);
    weir_value_put_text(v, out);
    return true;
}

static bool put_fields(const struct weir_members *m, const char *const *names,
                       size_t count, struct weir_buf *out) {
    size_t from = out->len;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            weir_buf_byte(out, '\n');
        if (!put_field(m, names[i], out))
            weir_buf_fmt(out, "%s", names[i]);
    }
    return out->len > from;
}

/* What a feed takes for a guid is what makes its items the same. Of a record
 * that another page completes that may not be known yet, but the page is: an
 * item of a feed has one of its own. Elsewhere it says nothing: many quotes
 * share their author's page. */
static bool put_feed(const struct weir_job *job, size_t page,
                     const struct weir_members *m, struct weir_str link,
                     struct weir_buf *out) {
    for (size_t i = 0; i < job->output_count; i++) {
        const struct weir_output *o = &job->outputs[i];
        const struct weir_feed_fields *f = &o->feed;
        bool feed = o->type == WEIR_OUTPUT_RSS || o->type == WEIR_OUTPUT_ATOM;
        if (!feed || !weir_job_output_takes(job, o, page))
            continue;
        if (put_field(m, f->guid ? f->guid : "guid", out))
            return true;
        if (link.n > 0)
            return weir_buf_fmt(out, "page=%.*s", WEIR_STR_ARG(link)) ==
                   WEIR_OK;
        if (put_field(m, f->enclosure ? f->enclosure : "enclosure", out) ||
            put_field(m, f->link ? f->link : "link", out))
            return true;
    }
    return false;
}

enum weir_err weir_job_record_key(const struct weir_job *job, size_t page,
                                  struct weir_str record, struct weir_str link,
                                  struct weir_buf *out) {
    const struct weir_page *p =
        page < job->page_count ? &job->pages[page] : NULL;
    struct weir_members m;
    size_t from = out->len;
    enum weir_err err;
    weir_members_init(&m);
    err = weir_members_read(&m, record, NULL);
    if (err == WEIR_OK) {
        bool found = p && put_fields(&m, p->dedupe, p->dedupe_count, out);
        if (!found)
            found = put_feed(job, page, &m, link, out) ||
                    put_field(&m, "guid", out) || put_field(&m, "id", out);
        if (!found)
            put_hash(out, record);
        shorten(out, from);
    }
    weir_members_release(&m);
    return err == WEIR_OK && out->failed ? WEIR_E_NOMEM : err;
}

enum weir_err weir_job_record_key_whole(struct weir_str record, size_t nth,
                                        struct weir_buf *out) {
    put_hash(out, record);
    if (nth > 0)
        weir_buf_fmt(out, ".%zu", nth);
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

/* --- validity ---------------------------------------------------------- */

enum weir_err weir_job_record_missing(const struct weir_page *page,
                                      struct weir_str record,
                                      const char **out) {
    struct weir_members m;
    const char *missing = NULL;
    enum weir_err err = WEIR_OK;
    bool any = false;
    for (size_t i = 0; i < page->field_count; i++)
        any |= page->fields[i].required;
    if (!any) {
        *out = NULL;
        return WEIR_OK;
    }
    weir_members_init(&m);
    err = weir_members_read(&m, record, NULL);
    for (size_t i = 0; i < page->field_count && !missing && !err; i++) {
        const struct weir_member *one =
            find(&m, weir_str_of(page->fields[i].name));
        if (page->fields[i].required && (!one || is_null(one->value)))
            missing = page->fields[i].name;
    }
    weir_members_release(&m);
    if (err == WEIR_OK)
        *out = missing;
    return err;
}
