/* jobfile_fields.c - the fields of a page type, and the names of fields.
 *
 * The names of all fields are collected first (jobfile_pages.c), as outputs,
 * templates and follow rules name fields of any page: records are merged. */
#include "cli/jobfile_reader.h"

#include "cli/jobfile_hint.h"
#include "core/template.h"

#include <string.h>

/* --- names
 * -------------------------------------------------------------------- */

void weir_jobread_add_field(struct weir_jobread *r, const char *name) {
    if (weir_map_put(r->field_names, weir_str_of(name), r))
        r->nomem = true;
}

/* The map has no order, so of two that are as near the first by name wins. */
static const char *nearest_field(struct weir_jobread *r, struct weir_str name) {
    struct weir_nearest best = {0};
    struct weir_str key;
    size_t cursor = 0;
    void *value;
    while (weir_map_next(r->field_names, &cursor, &key, &value)) {
        struct weir_nearest one = {.wanted = name};
        weir_nearest_offer(&one, key.p);
        if (one.found && (!best.found || one.distance < best.distance ||
                          (one.distance == best.distance &&
                           strcmp(one.found, best.found) < 0)))
            best = one;
    }
    return best.found;
}

static void check_name(struct weir_jobread *r, struct weir_job_place place,
                       struct weir_str name) {
    const char *best;
    if (weir_map_get(r->field_names, name))
        return;
    best = nearest_field(r, name);
    if (best)
        weir_jobread_error(r, place,
                           "no page has a field \"%.*s\"; did you mean %s?",
                           (int)(name.n < 60 ? name.n : 60), name.p, best);
    else
        weir_jobread_error(r, place, "no page has a field \"%.*s\"",
                           (int)(name.n < 60 ? name.n : 60), name.p);
}

void weir_jobread_check_field(struct weir_jobread *r,
                              const struct weir_yaml *node, const char *name) {
    if (node && name)
        check_name(r, node->place, weir_str_of(name));
}

/* "{price.amount}" is a part of the field price. */
void weir_jobread_check_template(struct weir_jobread *r,
                                 const struct weir_yaml *node,
                                 const char *template_) {
    struct weir_template *t;
    struct weir_error error;
    if (weir_template_create(&t, weir_str_of(template_), &error)) {
        weir_jobread_error(r, node->place, "%s", error.message);
        return;
    }
    const struct weir_template_piece *pieces = weir_template_pieces(t);
    for (size_t i = 0; i < weir_template_count(t); i++) {
        struct weir_str name = pieces[i].text, part;
        if (pieces[i].field && !weir_map_get(r->field_names, name))
            weir_str_cut(name, '.', &name, &part);
        if (pieces[i].field)
            check_name(r, node->place, name);
    }
    weir_template_destroy(t);
}

/* --- one field
 * ------------------------------------------------------------------- */

/* [x] without quotes: YAML's list of one, where an attribute was meant. */
static bool is_swallowed_list(const struct weir_yaml *node) {
    return node->flow && node->count == 1 &&
           node->first->kind == WEIR_YAML_SCALAR && node->first->plain &&
           !weir_yaml_is_null(node->first);
}

static void read_selects(struct weir_jobread *r, const struct weir_yaml *node,
                         struct weir_field *field) {
    size_t room = weir_jobread_many(node), n = 0;
    const struct weir_yaml *item = weir_jobread_first(node);
    struct weir_select *selects;
    if (node && node->kind == WEIR_YAML_LIST && is_swallowed_list(node)) {
        weir_jobread_error(r, node->place,
                           "YAML takes [%s] for a list; if it is a selector, "
                           "quote it: '[%s]', else leave the brackets out",
                           node->first->text.p, node->first->text.p);
        return;
    }
    if (node && room == 0)
        weir_jobread_error(r, node->place, "the list of selectors is empty");
    selects = weir_jobread_array(r, room, sizeof *selects);
    for (size_t i = 0; selects && i < room; i++, item = item->next)
        if (weir_jobread_select(r, item, &selects[n]))
            n++;
    field->selects = selects;
    field->select_count = n;
}

/* What a field is if its type is not said: see core/job.h. */
static enum weir_field_type default_type(const struct weir_field *field) {
    size_t jq = 0, links = 0, n = field->select_count;
    for (size_t i = 0; i < n; i++) {
        const char *a = field->selects[i].attribute;
        jq += field->selects[i].kind == WEIR_SELECT_JQ;
        links += a && (strcmp(a, "href") == 0 || strcmp(a, "src") == 0);
    }
    if (n > 0 && jq == n && !field->regex && !field->join)
        return WEIR_FIELD_JSON;
    if (n > 0 && links == n && !field->regex)
        return WEIR_FIELD_URL;
    return WEIR_FIELD_TEXT;
}

static void read_type(struct weir_jobread *r, const struct weir_yaml *map,
                      struct weir_field *field) {
    static const char *const words[] = {"text",  "html", "url",  "int",
                                        "float", "bool", "date", "json"};
    static const char *const of_dates[] = {"format", "tz", "lang"};
    size_t i;
    field->type = default_type(field);
    if (weir_jobread_word(r, weir_yaml_get(map, "type"), words,
                          sizeof words / sizeof words[0], &i))
        field->type = (enum weir_field_type)i;
    for (i = 0; i < sizeof of_dates / sizeof of_dates[0]; i++) {
        const struct weir_yaml *node = weir_yaml_get(map, of_dates[i]);
        if (node && field->type != WEIR_FIELD_DATE)
            weir_jobread_error(r, node->key_place,
                               "\"%s\" goes with type: date only", of_dates[i]);
    }
}

/* Exactly one of select, template and const makes the value. */
static void check_origin(struct weir_jobread *r, const struct weir_yaml *map) {
    const char *first = NULL;
    static const char *const origins[] = {"select", "template", "const"};
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
        const struct weir_yaml *node = weir_yaml_get(map, origins[i]);
        if (node && first)
            weir_jobread_error(r, node->key_place,
                               "a field has \"%s\" or \"%s\", not both", first,
                               origins[i]);
        if (node)
            first = origins[i];
    }
    if (!first)
        weir_jobread_error(r, map->place,
                           "the field needs one of select, "
                           "template and const");
}

static void read_texts(struct weir_jobread *r, const struct weir_yaml *map,
                       struct weir_field *field) {
    const struct weir_yaml *replace = weir_yaml_get(map, "replace");
    const struct weir_yaml *template_ = weir_yaml_get(map, "template");
    field->join =
        weir_jobread_text(r, weir_yaml_get(map, "join"), WEIR_JOBREAD_EMPTY);
    field->format = weir_jobread_text(r, weir_yaml_get(map, "format"), 0);
    field->tz = weir_jobread_text(r, weir_yaml_get(map, "tz"), 0);
    field->lang = weir_jobread_text(r, weir_yaml_get(map, "lang"), 0);
    field->regex = weir_jobread_text(r, weir_yaml_get(map, "regex"), 0);
    field->replace = weir_jobread_text(r, replace, WEIR_JOBREAD_EMPTY);
    field->template_ = weir_jobread_text(r, template_, WEIR_JOBREAD_EMPTY);
    if (field->template_)
        weir_jobread_check_template(r, template_, field->template_);
    if (replace && !weir_yaml_get(map, "regex"))
        weir_jobread_error(r, replace->key_place,
                           "\"replace\" needs a \"regex\" beside it");
}

/* "title: {a: b}" or "title: - xpath: //h1": no key is near, so it was meant as
 * one text. */
static bool is_swallowed_map(const struct weir_yaml *map) {
    struct weir_nearest best = {.wanted = map->count ? map->first->key
                                                     : (struct weir_str){0}};
    if (map->count != 1 || map->first->kind != WEIR_YAML_SCALAR)
        return false;
    for (size_t i = 0; i < weir_jobfile_key_count(); i++)
        if (weir_jobfile_key_at(i)->table == WEIR_JOBFILE_field)
            weir_nearest_offer(&best, weir_jobfile_key_at(i)->name);
    return !best.found;
}

static void read_mapping(struct weir_jobread *r, const struct weir_yaml *map,
                         struct weir_field *field) {
    const struct weir_yaml *required = weir_yaml_get(map, "required");
    struct weir_select unused;
    size_t errors;
    if (is_swallowed_map(map)) {
        weir_jobread_select(r, map, &unused); /* says how to quote it */
        return;
    }
    errors = r->report->errors;
    weir_jobread_keys(r, map, WEIR_JOBFILE_field);
    if (r->report->errors == errors) /* a misspelt key may be the origin */
        check_origin(r, map);
    read_selects(r, weir_yaml_get(map, "select"), field);
    read_texts(r, map, field);
    read_type(r, map, field);
    weir_jobread_bool(r, weir_yaml_get(map, "all"), &field->all);
    weir_jobread_bool(r, weir_yaml_get(map, "trim"), &field->trim);
    weir_jobread_bool(r, required, &field->required);
    field->default_ = weir_jobread_json(r, weir_yaml_get(map, "default"), 0);
    field->constant = weir_jobread_json(r, weir_yaml_get(map, "const"), 0);
    if (field->required && field->default_)
        weir_jobread_warn(r, required->key_place,
                          "a field with a default is never missing");
}

static void read_field(struct weir_jobread *r, const struct weir_yaml *node,
                       struct weir_field *field) {
    field->name = node->key.p;
    field->place = node->key_place;
    field->trim = true;
    if (node->key.n == 0)
        weir_jobread_error(r, node->key_place, "the name of a field is empty");
    if (node->kind == WEIR_YAML_MAP) {
        read_mapping(r, node, field);
        return;
    }
    read_selects(r, node, field);
    field->type = default_type(field);
}

void weir_jobread_fields(struct weir_jobread *r, const struct weir_yaml *node,
                         struct weir_page *page) {
    struct weir_field *fields;
    size_t n = 0;
    if (!node)
        return;
    if (node->kind != WEIR_YAML_MAP) {
        weir_jobread_expected(r, node, "a mapping of fields");
        return;
    }
    fields = weir_jobread_array(r, node->count, sizeof *fields);
    for (const struct weir_yaml *m = node->first; fields && m; m = m->next)
        read_field(r, m, &fields[n++]);
    page->fields = fields;
    page->field_count = fields ? n : 0;
}
