/* jobfile_next.c - next: the pagination of a page type. */
#include "cli/jobfile_reader.h"

#include <stdio.h>
#include <string.h>

enum { AHEAD_MAX = 1000 };

static const struct {
    const char *key;
    enum weir_next_kind kind;
} kinds[] = {
    {"select", WEIR_NEXT_SELECT},
    {"rel-next", WEIR_NEXT_REL},
    {"link-header", WEIR_NEXT_LINK_HEADER},
    {"counter", WEIR_NEXT_COUNTER},
    {"offset", WEIR_NEXT_OFFSET},
    {"cursor", WEIR_NEXT_CURSOR},
    {"url", WEIR_NEXT_JQ_URL},
};

static void read_ahead(struct weir_jobread *r, const struct weir_yaml *node,
                       struct weir_next *next) {
    uint64_t n;
    if (!weir_jobread_count(r, node, 1, &n))
        return;
    if (n > AHEAD_MAX)
        weir_jobread_error(r, node->place, "at most %d pages ahead", AHEAD_MAX);
    else
        next->ahead = (unsigned)n;
}

static void read_step(struct weir_jobread *r, const struct weir_yaml *map,
                      struct weir_next *next) {
    const struct weir_yaml *step = weir_yaml_get(map, "step");
    weir_jobread_int(r, weir_yaml_get(map, "from"), &next->from);
    if (weir_jobread_int(r, step, &next->step) && next->step == 0)
        weir_jobread_error(r, step->place, "a step of 0 never gets anywhere");
    read_ahead(r, weir_yaml_get(map, "ahead"), next);
}

static void read_counter(struct weir_jobread *r, const struct weir_yaml *map,
                         struct weir_next *next) {
    const struct weir_yaml *template_;
    if (!weir_jobread_keys(r, map, WEIR_JOBFILE_counter))
        return;
    template_ = weir_yaml_get(map, "template");
    next->from = next->step = 1;
    read_step(r, map, next);
    next->param =
        weir_jobread_text(r, weir_yaml_get(map, "param"), WEIR_JOBREAD_LINE);
    next->template_ = weir_jobread_text(r, template_, WEIR_JOBREAD_LINE);
    if (!template_ == !weir_yaml_get(map, "param"))
        weir_jobread_error(r, map->place,
                           "a counter needs either param or template");
    if (next->template_ && !strstr(next->template_, "{n}") &&
        !strstr(next->template_, "{n:"))
        weir_jobread_error(r, template_->place,
                           "the template has no {n} for the number");
}

static void read_offset(struct weir_jobread *r, const struct weir_yaml *map,
                        struct weir_next *next) {
    if (!weir_jobread_keys(r, map, WEIR_JOBFILE_offset))
        return;
    read_step(r, map, next);
    next->param =
        weir_jobread_text(r, weir_yaml_get(map, "param"), WEIR_JOBREAD_LINE);
}

static void read_cursor(struct weir_jobread *r, const struct weir_yaml *map,
                        struct weir_next *next) {
    if (!weir_jobread_keys(r, map, WEIR_JOBFILE_cursor))
        return;
    weir_jobread_jq(r, weir_yaml_get(map, "jq"), &next->select);
    next->param =
        weir_jobread_text(r, weir_yaml_get(map, "param"), WEIR_JOBREAD_LINE);
}

static void read_kind(struct weir_jobread *r, const struct weir_yaml *node,
                      struct weir_next *next) {
    bool on = true;
    switch (next->kind) {
    case WEIR_NEXT_SELECT:
        weir_jobread_select(r, node, &next->select);
        break;
    case WEIR_NEXT_COUNTER:
        read_counter(r, node, next);
        break;
    case WEIR_NEXT_OFFSET:
        read_offset(r, node, next);
        break;
    case WEIR_NEXT_CURSOR:
        read_cursor(r, node, next);
        break;
    case WEIR_NEXT_JQ_URL:
        weir_jobread_jq(r, node, &next->select);
        break;
    default: /* rel-next, link-header: true */
        if (weir_jobread_bool(r, node, &on) && !on)
            next->kind = WEIR_NEXT_NONE;
    }
}

/* --- what ends it
 * -------------------------------------------------------------- */

static void add_status(struct weir_jobread *r, const struct weir_yaml *node,
                       int *list, size_t *count) {
    uint64_t status;
    if (!weir_jobread_count(r, node, 1, &status))
        return;
    if (status < 400 || status > 599)
        weir_jobread_error(r, node->place, "expected a status from 400 to 599");
    else
        list[(*count)++] = (int)status;
}

static bool is_number(const struct weir_yaml *node) {
    return node->kind == WEIR_YAML_SCALAR && node->text.n > 0 &&
           weir_is_digit(node->text.p[0]);
}

/* One rule: a word, a status, or {status: [404, 410]}. */
static void read_rule(struct weir_jobread *r, const struct weir_yaml *node,
                      struct weir_next *next, int *list, size_t *count) {
    static const char *const words[] = {"empty", "no-new", "known", "status"};
    size_t i;
    if (node->kind == WEIR_YAML_MAP) {
        const struct weir_yaml *statuses = weir_yaml_get(node, "status");
        const struct weir_yaml *item = weir_jobread_first(statuses);
        weir_jobread_keys(r, node, WEIR_JOBFILE_stop_status);
        for (i = weir_jobread_many(statuses); i > 0; i--, item = item->next)
            add_status(r, item, list, count);
    } else if (is_number(node)) {
        add_status(r, node, list, count);
    } else if (weir_jobread_word(r, node, words, 4, &i)) {
        if (i < 3)
            next->stop |= 1u << i;
        else
            list[(*count)++] = 404;
    }
}

_Static_assert(WEIR_STOP_EMPTY == 1 << 0 && WEIR_STOP_NO_NEW == 1 << 1 &&
                   WEIR_STOP_KNOWN == 1 << 2,
               "the words of stop: stand in the order of the bits");

static void read_stop(struct weir_jobread *r, const struct weir_yaml *node,
                      struct weir_next *next) {
    const struct weir_yaml *item = weir_jobread_first(node);
    size_t rules = weir_jobread_many(node), room = 0, count = 0;
    int *list;
    for (size_t i = 0; i < rules; i++, item = item->next)
        room += item->kind == WEIR_YAML_MAP
                    ? weir_jobread_many(weir_yaml_get(item, "status"))
                    : 1;
    list = weir_jobread_array(r, room, sizeof *list);
    item = weir_jobread_first(node);
    for (size_t i = 0; i < rules && (list || room == 0); i++, item = item->next)
        read_rule(r, item, next, list, &count);
    next->stop_status = list;
    next->stop_status_count = count;
}

static bool runs_ahead(const struct weir_next *next) {
    return next->kind == WEIR_NEXT_COUNTER || next->kind == WEIR_NEXT_OFFSET;
}

static void read_mapping(struct weir_jobread *r, const struct weir_yaml *map,
                         struct weir_next *next) {
    const struct weir_yaml *ahead = weir_yaml_get(map, "ahead"), *node;
    const char *first = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        node = weir_yaml_get(map, kinds[i].key);
        if (node && first)
            weir_jobread_error(r, node->key_place,
                               "a page has one kind of next: \"%s\" or \"%s\"",
                               first, kinds[i].key);
        else if (node) {
            first = kinds[i].key;
            next->kind = kinds[i].kind;
            read_kind(r, node, next);
        }
    }
    if (!first)
        weir_jobread_error(r, map->place,
                           "next needs one of select, rel-next, link-header, "
                           "counter, offset, cursor and url");
    weir_jobread_count(r, weir_yaml_get(map, "max"), 1, &next->max);
    read_stop(r, weir_yaml_get(map, "stop"), next);
    read_ahead(r, ahead, next);
    if (ahead && first && !runs_ahead(next))
        weir_jobread_error(r, ahead->key_place,
                           "only a counter or an offset can run ahead");
}

void weir_jobread_next(struct weir_jobread *r, const struct weir_yaml *node,
                       struct weir_page *page) {
    struct weir_next *next = &page->next;
    if (!node)
        return;
    next->place = node->key_place;
    next->ahead = 1;
    if (node->kind == WEIR_YAML_MAP) {
        weir_jobread_keys(r, node, WEIR_JOBFILE_pagination);
        read_mapping(r, node, next);
    } else if (weir_str_eq(node->text, WEIR_STR("rel-next"))) {
        next->kind = WEIR_NEXT_REL;
    } else if (weir_str_eq(node->text, WEIR_STR("link-header"))) {
        next->kind = WEIR_NEXT_LINK_HEADER;
    } else if (weir_jobread_select(r, node, &next->select)) {
        next->kind = next->select.kind == WEIR_SELECT_JQ ? WEIR_NEXT_JQ_URL
                                                         : WEIR_NEXT_SELECT;
    }
    if (!runs_ahead(next))
        return;
    if (next->stop == 0 && next->stop_status_count == 0)
        next->stop = WEIR_STOP_EMPTY;
    if (!page->items.text && next->max == 0 && next->stop_status_count == 0 &&
        !(next->stop & (WEIR_STOP_NO_NEW | WEIR_STOP_KNOWN)))
        weir_jobread_warn(r, next->place,
                          "without items: no page is ever empty, so nothing "
                          "but an error ends this; give max: or stop:");
}
