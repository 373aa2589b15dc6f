/* extract_field.c - the fields of one record.
 *
 * Fields with selectors and constants come first, templates after them, so that
 * a template may name any field. The record is written in the order of the job:
 * members of `base`, `set` values, fields; a later one of the same name takes
 * the place of an earlier one. */
#include "doc/extract_internal.h"

#include "base/escape.h"
#include "base/mem.h"
#include "core/json.h"

/* ---- one field ---- */

/* One field while its selectors are tried. */
struct attempt {
    const struct extract_field *f;
    struct extract_result *result;
    const struct extract_item *item;
    struct weir_error failure; /* of a selector before: told if none matches */
    const char *failed_selector;
    bool wrong_type;
};

/* Arrays: of many matches their values, and of one that is an array its
 * elements (jq: ".tags"). */
static enum weir_err spread(struct extract_view *v, struct extract_matches *m) {
    struct weir_jq_input *input = NULL;
    struct weir_jq *jq = NULL;
    struct weir_jq_outputs *outputs = &v->x->outputs;
    enum weir_err e;
    if (m->count != 1 || m->at[0].kind != EXTRACT_JSON ||
        m->at[0].text.p[0] != '[')
        return WEIR_OK;
    e = weir_jq_compile(WEIR_STR(".[]"), &jq, NULL);
    if (!e)
        e = weir_jq_input_of_value(m->at[0].text, &input);
    if (!e)
        e = weir_jq_run(jq, input, v->arena, EXTRACT_MAX_MATCHES, outputs,
                        NULL);
    m->count = 0;
    for (size_t i = 0; !e && i < outputs->count; i++) {
        struct extract_match match = {.kind = EXTRACT_JSON,
                                      .text = outputs->at[i]};
        e = extract_matches_add(m, match);
    }
    weir_jq_input_destroy(input);
    weir_jq_destroy(jq);
    return e ? weir_error_nomem(v->error) : WEIR_OK;
}

static void remember(struct attempt *a, const struct extract_view *v,
                     const char *selector, bool wrong_type) {
    a->failure = *v->error;
    a->failed_selector = selector;
    a->wrong_type = wrong_type;
}

static enum weir_err join_values(struct extract_view *v, struct attempt *a,
                                 const struct extract_matches *m,
                                 struct weir_buf *out, bool *any) {
    const struct weir_field *field = a->f->field;
    struct weir_buf *one = &v->x->record, *joined = &v->x->plain;
    weir_buf_clear(joined);
    if (!field->join)
        weir_buf_byte(out, '[');
    for (size_t i = 0; i < m->count; i++) {
        bool found;
        enum weir_err e;
        weir_buf_clear(one);
        e = extract_value(v, a->f, m->at[i], &found, one);
        if (e == WEIR_E_NOMEM)
            return e;
        if (e)
            remember(a, v, a->result->selector, true);
        if (e || !found)
            continue;
        if (field->join) {
            weir_buf_z(joined, *any ? field->join : "");
            extract_put_plain(weir_buf_view(one), joined);
        } else {
            weir_buf_z(out, *any ? "," : "");
            weir_buf_str(out, weir_buf_view(one));
        }
        *any = true;
    }
    if (field->join)
        weir_escape_json(out, weir_buf_view(joined));
    else
        weir_buf_byte(out, ']');
    return joined->failed || out->failed ? weir_error_nomem(v->error) : WEIR_OK;
}

/* The matches' value into the result; *any: there is one. */
static enum weir_err take_matches(struct extract_view *v, struct attempt *a,
                                  struct extract_matches *m, bool *any) {
    const struct weir_field *field = a->f->field;
    struct weir_buf value;
    enum weir_err e = WEIR_OK;
    *any = false;
    if (m->count == 0)
        return WEIR_OK;
    weir_buf_init(&value, 0);
    if (field->all || field->join) {
        e = spread(v, m);
        if (!e)
            e = join_values(v, a, m, &value, any);
    } else {
        e = extract_value(v, a->f, m->at[0], any, &value);
        if (e && e != WEIR_E_NOMEM) {
            remember(a, v, a->result->selector, true);
            *any = false;
            e = WEIR_OK;
        }
    }
    if (!e && *any) {
        struct weir_str s = weir_buf_view(&value);
        s.p = weir_arena_dup(v->arena, s);
        e = s.p ? WEIR_OK : weir_error_nomem(v->error);
        a->result->json = s;
        a->result->matches = m->count;
    }
    weir_buf_release(&value);
    return e;
}

static enum weir_err try_selects(struct extract_view *v, struct attempt *a,
                                 bool *found) {
    bool all = a->f->field->all || a->f->field->join || v->explain;
    struct extract_matches m;
    enum weir_err e = WEIR_OK;
    extract_matches_init(&m);
    for (size_t i = 0; i < a->f->field->select_count && !e && !*found; i++) {
        const struct extract_select *s = &a->f->selects[i];
        e = extract_select_run(v, s, a->item, all, &m);
        if (e && e != WEIR_E_NOMEM) {
            remember(a, v, s->label, false);
            e = WEIR_OK;
        }
        a->result->selector = s->label;
        if (!e)
            e = take_matches(v, a, &m, found);
    }
    extract_matches_release(&m);
    if (!*found)
        a->result->selector = NULL;
    return e;
}

/* A problem to tell, and the default. */
static enum weir_err settle(struct extract_view *v, struct attempt *a,
                            bool found) {
    const struct weir_field *field = a->f->field;
    const char *selector =
        a->f->field->select_count ? a->f->selects[0].label : field->template_;
    enum weir_err e = WEIR_OK;
    /* of a list, single elements may be wrong */
    if (a->failure.code)
        e = extract_problem(
            v, field->name, a->failed_selector ? a->failed_selector : selector,
            a->item->record, a->wrong_type || (field->required && !found), "%s",
            a->failure.message);
    if (found || e)
        return e;
    if (field->default_)
        a->result->json = weir_str_of(field->default_);
    else if (field->required && !a->failure.code)
        e = extract_problem(v, field->name, selector, a->item->record, true,
                            "required, but nothing matches");
    return e;
}

static enum weir_err run_field(struct extract_view *v,
                               const struct extract_field *f,
                               const struct extract_item *item, size_t index,
                               struct extract_result *result) {
    struct attempt a = {.f = f, .result = result, .item = item};
    bool found = false;
    enum weir_err e;
    if (f->field->constant) {
        result->json = weir_str_of(f->field->constant);
        result->matches = 1;
        v->out->matches[index]++;
        return WEIR_OK;
    }
    e = try_selects(v, &a, &found);
    if (found) {
        v->out->matches[index]++;
        a.failure.code =
            f->field->all || f->field->join ? a.failure.code : WEIR_OK;
    }
    return e ? e : settle(v, &a, found);
}

/* ---- templates ---- */

/* The member of a JSON object by name. */
static bool member_of(struct weir_str object, struct weir_str name,
                      struct weir_buf *out) {
    struct weir_json r;
    bool found = false;
    if (object.n == 0)
        return false;
    weir_json_init(&r, object);
    weir_json_next(&r);
    while (!found && weir_json_next(&r) == WEIR_JSON_KEY) {
        const char *from;
        found = weir_json_is(&r, name);
        from = r.input.p + r.at;
        weir_json_skip(&r);
        if (found)
            extract_put_plain(weir_str_trim(weir_str_make(
                                  from, (size_t)(r.input.p + r.at - from))),
                              out);
    }
    return found;
}

bool extract_lookup(struct extract_view *v, struct weir_str name,
                    const struct extract_result *results, struct weir_str base,
                    struct weir_buf *out) {
    const struct weir_page *page = v->page->page;
    const struct weir_extract_input *input = v->input;
    size_t before = out->len;
    for (size_t i = 0; results && i < page->field_count; i++) {
        if (weir_str_eq(name, weir_str_of(page->fields[i].name))) {
            extract_put_plain(results[i].json, out);
            if (out->len > before)
                return true;
        }
    }
    for (size_t i = 0; i < input->set_count; i++) {
        if (weir_str_eq(name, weir_str_of(input->set[i].name))) {
            weir_buf_z(out, input->set[i].value);
            return out->len > before;
        }
    }
    return member_of(base, name, out) && out->len > before;
}

static bool is_url(struct weir_str s) {
    return weir_str_starts_nocase(s, WEIR_STR("http://")) ||
           weir_str_starts_nocase(s, WEIR_STR("https://"));
}

enum weir_err extract_template(struct extract_view *v, const char *text,
                               const struct extract_result *results,
                               struct weir_str base, bool encode,
                               struct weir_buf *out, size_t *filled,
                               bool *complete) {
    struct weir_str rest = weir_str_of(text);
    struct weir_buf value;
    *complete = true;
    *filled = 0;
    weir_buf_init(&value, 0);
    while (rest.n) {
        size_t open = weir_str_find(rest, '{', 0);
        size_t close = weir_str_find(rest, '}', open);
        weir_buf_str(out, weir_str_sub(rest, 0, open));
        if (open + 1 < rest.n && rest.p[open + 1] == '{') { /* "{{" */
            weir_buf_byte(out, '{');
            rest = weir_str_sub(rest, open + 2, rest.n);
            continue;
        }
        if (close == rest.n) {
            weir_buf_str(out, weir_str_sub(rest, open, rest.n));
            break;
        }
        weir_buf_clear(&value);
        if (!extract_lookup(v, weir_str_sub(rest, open + 1, close - open - 1),
                            results, base, &value))
            *complete = false;
        else
            ++*filled;
        if (encode && !(out->len == 0 && is_url(weir_buf_view(&value))))
            weir_url_put_encoded(weir_buf_view(&value), out);
        else
            weir_buf_str(out, weir_buf_view(&value));
        rest = weir_str_sub(rest, close + 1, rest.n);
    }
    weir_buf_release(&value);
    return out->failed || value.failed ? weir_error_nomem(v->error) : WEIR_OK;
}

static enum weir_err run_template(struct extract_view *v,
                                  const struct extract_field *f,
                                  const struct extract_item *item,
                                  struct weir_str base, size_t index,
                                  struct extract_result *results) {
    struct attempt a = {.f = f, .result = &results[index], .item = item};
    struct extract_matches m;
    struct extract_match match = {.kind = EXTRACT_TEXT};
    struct weir_buf text;
    size_t filled;
    bool complete, found = false;
    enum weir_err e;
    extract_matches_init(&m);
    weir_buf_init(&text, 0);
    e = extract_template(v, f->field->template_, results, base, false, &text,
                         &filled, &complete);
    match.text = weir_buf_view(&text);
    a.result->selector = f->field->template_;
    /* with none of its names filled in, a template is no value */
    if (!e && (filled || complete) && extract_matches_add(&m, match))
        e = weir_error_nomem(v->error);
    if (!e)
        e = take_matches(v, &a, &m, &found);
    v->out->matches[index] += found;
    if (!e)
        e = settle(v, &a, found);
    extract_matches_release(&m);
    weir_buf_release(&text);
    return e;
}

/* ---- the record ---- */

struct writer {
    struct weir_buf *out;
    bool first;
};

static void put_member(struct writer *w, struct weir_str name,
                       struct weir_str json) {
    if (!w->first)
        weir_buf_byte(w->out, ',');
    w->first = false;
    weir_escape_json(w->out, name);
    weir_buf_byte(w->out, ':');
    weir_buf_str(w->out, json.n ? json : WEIR_STR("null"));
}

static bool is_field(const struct weir_page *page, struct weir_str name) {
    for (size_t i = 0; i < page->field_count; i++)
        if (weir_str_eq(name, weir_str_of(page->fields[i].name)))
            return true;
    return false;
}

static bool is_set(const struct weir_extract_input *input,
                   struct weir_str name) {
    for (size_t i = 0; i < input->set_count; i++)
        if (weir_str_eq(name, weir_str_of(input->set[i].name)))
            return true;
    return false;
}

/* `base`'s members that no field has and `set` neither. */
static void put_base(struct extract_view *v, struct weir_str base,
                     struct writer *w) {
    struct weir_json r;
    struct weir_buf *name = &v->x->scratch;
    if (base.n == 0)
        return;
    weir_json_init(&r, base);
    weir_json_next(&r);
    while (weir_json_next(&r) == WEIR_JSON_KEY) {
        const char *from = r.input.p + r.at;
        weir_buf_clear(name);
        weir_json_put_text(r.text, name);
        weir_json_skip(&r);
        if (!is_field(v->page->page, weir_buf_view(name)) &&
            !is_set(v->input, weir_buf_view(name)))
            put_member(w, weir_buf_view(name),
                       weir_str_make(from, (size_t)(r.input.p + r.at - from)));
    }
}

static enum weir_err keep_record(struct extract_view *v) {
    struct weir_extracted *out = v->out;
    struct weir_str record = weir_buf_view(&v->x->record);
    if (v->x->record.failed || v->x->scratch.failed)
        return weir_error_nomem(v->error);
    if (out->record_count == v->record_cap) {
        size_t cap = v->record_cap ? v->record_cap * 2 : 16;
        struct weir_str *grown =
            weir_reallocarray(out->records, cap, sizeof *grown);
        if (!grown)
            return weir_error_nomem(v->error);
        out->records = grown;
        v->record_cap = cap;
    }
    record.p = weir_arena_dup(v->arena, record);
    if (!record.p)
        return weir_error_nomem(v->error);
    out->records[out->record_count++] = record;
    return WEIR_OK;
}

static enum weir_err write_record(struct extract_view *v, struct weir_str base,
                                  const struct extract_result *results) {
    const struct weir_page *page = v->page->page;
    struct writer w = {&v->x->record, true};
    weir_buf_clear(w.out);
    weir_buf_byte(w.out, '{');
    put_base(v, base, &w);
    for (size_t i = 0; i < v->input->set_count; i++) {
        const struct weir_job_pair *set = &v->input->set[i];
        if (is_field(page, weir_str_of(set->name)))
            continue;
        weir_buf_clear(&v->x->scratch);
        weir_escape_json(&v->x->scratch, weir_str_of(set->value));
        put_member(&w, weir_str_of(set->name), weir_buf_view(&v->x->scratch));
    }
    for (size_t i = 0; i < page->field_count; i++)
        put_member(&w, weir_str_of(page->fields[i].name), results[i].json);
    weir_buf_byte(w.out, '}');
    return keep_record(v);
}

/* ---- explaining ---- */

enum { EXPLAINED_RECORDS = 10 };

static enum weir_err explain(struct extract_view *v,
                             const struct extract_result *results) {
    const struct weir_page *page = v->page->page;
    struct weir_buf *out = v->explain;
    if (!out || v->explained == EXPLAINED_RECORDS)
        return WEIR_OK;
    weir_buf_z(out, v->explained++ ? ",[" : "[");
    for (size_t i = 0; i < page->field_count; i++) {
        const struct extract_result *r = &results[i];
        weir_buf_z(out, i ? ",{\"field\":" : "{\"field\":");
        weir_escape_json(out, weir_str_of(page->fields[i].name));
        weir_buf_z(out, ",\"selector\":");
        if (r->selector)
            weir_escape_json(out, weir_str_of(r->selector));
        else
            weir_buf_z(out, "null");
        weir_buf_fmt(out, ",\"matches\":%zu,\"value\":", r->matches);
        weir_buf_str(out, r->json.n ? r->json : WEIR_STR("null"));
        weir_buf_byte(out, '}');
    }
    weir_buf_byte(out, ']');
    return out->failed ? weir_error_nomem(v->error) : WEIR_OK;
}

enum weir_err extract_record(struct extract_view *v,
                             const struct extract_item *item,
                             struct weir_str base,
                             struct extract_result *results) {
    const struct extract_page *p = v->page;
    size_t count = p->page->field_count;
    enum weir_err e = WEIR_OK;
    for (size_t i = 0; i < count; i++)
        results[i] = (struct extract_result){.selector = NULL};
    for (size_t i = 0; i < count && !e; i++)
        if (!p->fields[i].field->template_)
            e = run_field(v, &p->fields[i], item, i, &results[i]);
    for (size_t i = 0; i < count && !e; i++)
        if (p->fields[i].field->template_)
            e = run_template(v, &p->fields[i], item, base, i, results);
    if (!e)
        e = write_record(v, base, results);
    return e ? e : explain(v, results);
}
