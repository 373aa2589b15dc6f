/* jobfile_reader.c - reports, scalars and lists of a job file. */
#include "cli/jobfile_reader.h"

#include "base/mem.h"
#include "cli/jobfile_hint.h"
#include "core/url.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 80 }; /* bytes of a value in a message */

/* --- reports ----------------------------------------------------------------
 */

static void report(struct weir_jobread *r, bool warning,
                   struct weir_job_place place, const char *format,
                   va_list args) WEIR_PRINTF(4, 0);
static void report(struct weir_jobread *r, bool warning,
                   struct weir_job_place place, const char *format,
                   va_list args) {
    struct weir_jobfile_report *to = r->report;
    size_t *kind = warning ? &to->warnings : &to->errors;
    struct weir_error message;
    struct weir_buf line;
    struct weir_jobfile_problem *p;
    if ((*kind)++ >= WEIR_JOBFILE_MAX_PROBLEMS)
        return;
    weir_error_setv(&message, WEIR_E_INVALID, format, args);
    weir_buf_init(&line, 0);
    if (place.line == 0)
        weir_buf_fmt(&line, "%s: ", r->input->file);
    else
        weir_buf_fmt(&line, "%s:%u:%u: ", r->input->file, place.line,
                     place.column);
    weir_buf_fmt(&line, "%s%s", warning ? "warning: " : "", message.message);
    p = &to->problems[to->count];
    p->place = place;
    p->warning = warning;
    p->text = weir_buf_detach(&line);
    if (p->text)
        to->count++;
    else
        r->nomem = true;
    weir_buf_release(&line);
}

void weir_jobread_error(struct weir_jobread *r, struct weir_job_place place,
                        const char *format, ...) {
    va_list args;
    va_start(args, format);
    report(r, false, place, format, args);
    va_end(args);
}

void weir_jobread_warn(struct weir_jobread *r, struct weir_job_place place,
                       const char *format, ...) {
    va_list args;
    va_start(args, format);
    report(r, true, place, format, args);
    va_end(args);
}

const char *weir_jobread_what(const struct weir_yaml *node) {
    if (node->kind == WEIR_YAML_LIST)
        return "a list";
    if (node->kind == WEIR_YAML_MAP)
        return "a mapping";
    return weir_yaml_is_null(node) ? "nothing" : "text";
}

void weir_jobread_expected(struct weir_jobread *r, const struct weir_yaml *node,
                           const char *what) {
    struct weir_str swallowed;
    if (!node)
        return;
    swallowed = weir_jobfile_swallowed(r->input->text, node);
    if (weir_yaml_is_null(node) && node->text.n == 0 && swallowed.n)
        weir_jobread_error(
            r, node->place,
            "expected %s, found %s; if it is meant, quote it: "
            "'%.*s'",
            what, swallowed.p[0] == '#' ? "a comment" : "an anchor",
            (int)(swallowed.n < SHOWN ? swallowed.n : SHOWN), swallowed.p);
    else if (weir_yaml_is_null(node) && weir_str_ends(node->key, WEIR_STR(")")))
        /* {a: b:not(.c, .d)} has two members */
        weir_jobread_error(r, node->key_place,
                           "expected %s, found nothing; within {} and [] a "
                           "text that holds , [ ] { or } must be quoted",
                           what);
    else if (node->kind == WEIR_YAML_SCALAR && !weir_yaml_is_null(node))
        weir_jobread_error(r, node->place, "expected %s, found \"%.*s\"", what,
                           (int)(node->text.n < SHOWN ? node->text.n : SHOWN),
                           node->text.p);
    else
        weir_jobread_error(r, node->place, "expected %s, found %s", what,
                           weir_jobread_what(node));
}

/* --- memory ------------------------------------------------------------------
 */

void *weir_jobread_array(struct weir_jobread *r, size_t count, size_t size) {
    void *p;
    if (count == 0)
        return NULL;
    p = count > SIZE_MAX / size ? NULL
                                : weir_arena_alloc(r->arena, count * size);
    if (p)
        memset(p, 0, count * size);
    else
        r->nomem = true;
    return p;
}

const char *weir_jobread_dup(struct weir_jobread *r, struct weir_str s) {
    const char *copy = weir_arena_dup(r->arena, s);
    if (!copy)
        r->nomem = true;
    return copy;
}

/* --- mappings
 * ----------------------------------------------------------------- */

/* Where a key that is unknown here would belong. */
static const char *other_table(enum weir_jobfile_table here,
                               struct weir_str name) {
    static const enum weir_jobfile_table order[] = {
        WEIR_JOBFILE_job,    WEIR_JOBFILE_limits, WEIR_JOBFILE_request,
        WEIR_JOBFILE_page,   WEIR_JOBFILE_start,  WEIR_JOBFILE_pagination,
        WEIR_JOBFILE_follow, WEIR_JOBFILE_field,  WEIR_JOBFILE_output,
        WEIR_JOBFILE_channel};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (order[i] != here && weir_jobfile_key_find(order[i], name))
            return weir_jobfile_table_title(order[i]);
    return NULL;
}

static void unknown_key(struct weir_jobread *r, const struct weir_yaml *member,
                        enum weir_jobfile_table table) {
    struct weir_nearest best = {.wanted = member->key};
    int n = (int)(member->key.n < SHOWN ? member->key.n : SHOWN);
    const char *other;
    if (r->report->errors >= WEIR_JOBFILE_MAX_PROBLEMS) {
        r->report->errors++; /* nobody will see what is near */
        return;
    }
    other = other_table(table, member->key);
    for (size_t i = 0; i < weir_jobfile_key_count(); i++)
        if (weir_jobfile_key_at(i)->table == table)
            weir_nearest_offer(&best, weir_jobfile_key_at(i)->name);
    if (weir_str_eq(member->key, WEIR_STR("<<")))
        weir_jobread_error(r, member->key_place,
                           "YAML 1.2 has no merge key \"<<\"");
    else if (best.found)
        weir_jobread_error(r, member->key_place,
                           "unknown key \"%.*s\"; did you mean %s?", n,
                           member->key.p, best.found);
    else if (other)
        weir_jobread_error(r, member->key_place,
                           "unknown key \"%.*s\" here; it is a key of: %s", n,
                           member->key.p, other);
    else
        weir_jobread_error(r, member->key_place, "unknown key \"%.*s\"", n,
                           member->key.p);
}

bool weir_jobread_keys(struct weir_jobread *r, const struct weir_yaml *map,
                       enum weir_jobfile_table table) {
    struct weir_str rest = weir_str_of(weir_jobfile_table_required(table));
    struct weir_str word;
    if (!map)
        return false;
    if (map->kind != WEIR_YAML_MAP) {
        weir_jobread_expected(r, map, "a mapping");
        return false;
    }
    for (const struct weir_yaml *m = map->first; m; m = m->next)
        if (!weir_jobfile_key_find(table, m->key))
            unknown_key(r, m, table);
    while (rest.n > 0) {
        char key[32];
        weir_str_cut(rest, ' ', &word, &rest);
        snprintf(key, sizeof key, "%.*s", WEIR_STR_ARG(word));
        if (!weir_yaml_get(map, key))
            weir_jobread_error(r, map->place, "the key \"%s\" is missing here",
                               key);
    }
    return true;
}

/* --- scalars
 * ------------------------------------------------------------------ */

const char *weir_jobread_text(struct weir_jobread *r,
                              const struct weir_yaml *node, unsigned flags) {
    const char *text;
    r->secret = false;
    if (!node)
        return NULL;
    if (node->kind != WEIR_YAML_SCALAR || weir_yaml_is_null(node)) {
        weir_jobread_expected(r, node, "text");
        return NULL;
    }
    text = weir_jobread_expand(r, node->text, node->place, flags);
    if (!text)
        return NULL;
    if (!*text && !(flags & WEIR_JOBREAD_EMPTY)) {
        weir_jobread_error(r, node->place, "the text is empty");
        return NULL;
    }
    if ((flags & WEIR_JOBREAD_LINE) && strpbrk(text, "\r\n")) {
        weir_jobread_error(r, node->place, "a line break is not allowed here");
        return NULL;
    }
    return text;
}

/* A scalar's text for a number or a word, trimmed; empty after an error. */
static struct weir_str value_of(struct weir_jobread *r,
                                const struct weir_yaml *node,
                                const char *expected) {
    const char *text;
    if (node->kind != WEIR_YAML_SCALAR || weir_yaml_is_null(node)) {
        weir_jobread_expected(r, node, expected);
        return (struct weir_str){0};
    }
    text = weir_jobread_text(r, node, 0);
    return weir_str_trim(weir_str_of(text));
}

static bool refuse(struct weir_jobread *r, const struct weir_yaml *node,
                   struct weir_str value, const char *expected) {
    if (value.n > 0)
        weir_jobread_error(r, node->place, "expected %s, found \"%.*s\"",
                           expected, (int)(value.n < SHOWN ? value.n : SHOWN),
                           value.p);
    return false;
}

bool weir_jobread_bool(struct weir_jobread *r, const struct weir_yaml *node,
                       bool *out) {
    static const char expected[] = "true or false";
    struct weir_yaml copy;
    bool value;
    if (!node)
        return false;
    copy = *node;
    copy.text = value_of(r, node, expected);
    copy.plain = true; /* a parameter's value has no quotes */
    if (copy.text.n && weir_yaml_is_bool(&copy, &value)) {
        *out = value;
        return true;
    }
    return refuse(r, node, copy.text, expected);
}

bool weir_jobread_count(struct weir_jobread *r, const struct weir_yaml *node,
                        uint64_t min, uint64_t *out) {
    char expected[60];
    struct weir_str value;
    uint64_t n;
    if (!node)
        return false;
    snprintf(expected, sizeof expected, "a number from %llu on",
             (unsigned long long)min);
    value = value_of(r, node, expected);
    if (!weir_str_to_u64(value, &n) || n < min || n > INT64_MAX)
        return refuse(r, node, value, expected);
    *out = n;
    return true;
}

bool weir_jobread_int(struct weir_jobread *r, const struct weir_yaml *node,
                      int64_t *out) {
    struct weir_str value;
    if (!node)
        return false;
    value = value_of(r, node, "a whole number");
    if (!weir_str_to_i64(value, out))
        return refuse(r, node, value, "a whole number");
    return true;
}

bool weir_jobread_duration(struct weir_jobread *r, const struct weir_yaml *node,
                           int64_t *ns) {
    static const char expected[] = "a time like 30s, 5m or 7d";
    struct weir_str value;
    int64_t n;
    if (!node)
        return false;
    value = value_of(r, node, expected);
    if (weir_units_duration(value, &n) || n <= 0)
        return refuse(r, node, value, expected);
    *ns = n;
    return true;
}

bool weir_jobread_rate(struct weir_jobread *r, const struct weir_yaml *node,
                       struct weir_rate *out) {
    static const char expected[] = "a rate like 20/s, 5/15s or 100/m";
    struct weir_str value;
    if (!node)
        return false;
    value = value_of(r, node, expected);
    if (weir_units_rate(value, out))
        return refuse(r, node, value, expected);
    return true;
}

bool weir_jobread_size(struct weir_jobread *r, const struct weir_yaml *node,
                       uint64_t *out) {
    static const char expected[] = "a size like 500k or 1.5G";
    struct weir_str value;
    if (!node)
        return false;
    value = value_of(r, node, expected);
    if (weir_units_size(value, out))
        return refuse(r, node, value, expected);
    return true;
}

/* "a, b or c". */
static void put_words(struct weir_buf *out, const char *const *words,
                      size_t count) {
    for (size_t i = 0; i < count; i++)
        weir_buf_fmt(out, "%s%s",
                     i == 0           ? ""
                     : i + 1 == count ? " or "
                                      : ", ",
                     words[i]);
}

bool weir_jobread_word(struct weir_jobread *r, const struct weir_yaml *node,
                       const char *const *words, size_t count, size_t *out) {
    struct weir_nearest best = {0};
    struct weir_buf expected;
    struct weir_str value;
    bool found = false;
    if (!node)
        return false;
    weir_buf_init(&expected, 0);
    put_words(&expected, words, count);
    value = value_of(r, node, expected.p);
    best.wanted = value;
    for (size_t i = 0; i < count && !found; i++) {
        found = weir_str_eq(value, weir_str_of(words[i]));
        if (found)
            *out = i;
        else
            weir_nearest_offer(&best, words[i]);
    }
    if (!found && value.n && best.found)
        weir_jobread_error(r, node->place,
                           "expected %s, found \"%.*s\"; did you mean %s?",
                           expected.p, (int)(value.n < SHOWN ? value.n : SHOWN),
                           value.p, best.found);
    else if (!found)
        refuse(r, node, value, expected.p);
    weir_buf_release(&expected);
    return found;
}

const char *weir_jobread_href(struct weir_jobread *r, struct weir_str text,
                              struct weir_job_place place) {
    struct weir_error cause;
    struct weir_url url;
    const char *href;
    enum weir_err err = weir_url_parse(&url, text, NULL, &cause);
    if (err == WEIR_E_NOMEM)
        r->nomem = true;
    else if (err && weir_str_search(text, WEIR_STR(":/")) == text.n)
        weir_jobread_error(r, place,
                           "\"%.*s\" is no URL to fetch: it begins with "
                           "neither http:// nor https://",
                           (int)(text.n < 80 ? text.n : 80), text.p);
    else if (err)
        weir_jobread_error(r, place, "\"%.*s\" is no URL to fetch: %s",
                           (int)(text.n < 80 ? text.n : 80), text.p,
                           cause.message);
    if (err)
        return NULL;
    href = weir_jobread_dup(r, weir_str_of(url.href));
    weir_url_release(&url);
    return href;
}

const char *weir_jobread_url(struct weir_jobread *r,
                             const struct weir_yaml *node) {
    const char *text = weir_jobread_text(r, node, WEIR_JOBREAD_LINE);
    return text ? weir_jobread_href(r, weir_str_trim(weir_str_of(text)),
                                    node->place)
                : NULL;
}

/* --- one or many
 * ---------------------------------------------------------------- */

size_t weir_jobread_many(const struct weir_yaml *node) {
    if (!node)
        return 0;
    return node->kind == WEIR_YAML_LIST ? node->count : 1;
}

const struct weir_yaml *weir_jobread_first(const struct weir_yaml *node) {
    return node && node->kind == WEIR_YAML_LIST ? node->first : node;
}

const char *const *weir_jobread_texts(struct weir_jobread *r,
                                      const struct weir_yaml *node,
                                      size_t *count) {
    size_t room = weir_jobread_many(node), n = 0;
    const char **list = weir_jobread_array(r, room, sizeof *list);
    const struct weir_yaml *item = weir_jobread_first(node);
    if (node && room == 0)
        weir_jobread_error(r, node->place, "the list is empty");
    for (; list && n < room && item; item = item->next) {
        const char *text = weir_jobread_text(r, item, 0);
        if (text)
            list[n++] = text;
        if (item == node)
            break; /* the node has siblings of its own */
    }
    *count = n;
    return list;
}
