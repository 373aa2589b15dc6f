/* jobfile_yaml.c - libfyaml's events become a tree.
 *
 * The events come in the order of the file; a stack of open lists and maps, as
 * deep as the limit allows, is all the state. Members are chained while their
 * parent is open. An anchor is known once its node is closed, so no node can
 * hold itself; an alias is a copy of the node's head that shares its members,
 * and weighs as much.
 *
 * libfyaml's own document builder is not used: it would expand aliases, and
 * report duplicate keys, without places or bounds. */
#include "cli/jobfile_yaml.h"

#include "base/escape.h"
#include "base/map.h"
#include "cli/jobfile_hint.h"

#include <libfyaml.h>
#include <string.h>

enum { BRACKETS_MAX = 10000 };

struct open {
    struct weir_yaml *node;
    struct weir_yaml *last;
    struct weir_map *keys;     /* of a map: text -> member */
    struct weir_yaml *pending; /* of a map: a key that waits for its value */
    struct weir_str anchor;
    size_t end; /* where the last event ended, in bytes */
};

struct builder {
    struct weir_arena *arena;
    struct weir_str text;
    struct weir_map *anchors;
    struct open stack[WEIR_YAML_MAX_DEPTH];
    size_t depth;
    size_t weight; /* of everything so far */
    const struct weir_yaml *root;
    struct weir_job_place *place;
    struct weir_error *error;
};

/* --- errors -------------------------------------------------------------- */

static enum weir_err fail(struct builder *b, struct weir_job_place place,
                          const char *format, ...) WEIR_PRINTF(3, 4);
static enum weir_err fail(struct builder *b, struct weir_job_place place,
                          const char *format, ...) {
    va_list args;
    va_start(args, format);
    weir_error_setv(b->error, WEIR_E_INVALID, format, args);
    va_end(args);
    *b->place = place;
    return WEIR_E_INVALID;
}

/* --- nodes --------------------------------------------------------------- */

static struct weir_str token_text(struct fy_token *token) {
    size_t n = 0;
    const char *p = token ? fy_token_get_text(token, &n) : NULL;
    return weir_str_make(p, p ? n : 0);
}

/* Where an event stands. A quoted scalar's mark is behind its quote. */
static void set_place(struct weir_yaml *node, struct fy_event *event,
                      struct fy_token *scalar) {
    const struct fy_mark *mark = fy_event_start_mark(event);
    enum fy_scalar_style style =
        scalar ? fy_scalar_token_get_style(scalar) : FYSS_ANY;
    if (!mark)
        return;
    node->place.line = (unsigned)mark->line + 1;
    node->place.column = (unsigned)mark->column + 1;
    node->at = mark->input_pos;
    if ((style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) &&
        node->place.column > 1)
        node->place.column--;
}

/* Only the tags of the core schema mean something here; !!str makes text of
 * what would be a number. */
static enum weir_err apply_tag(struct builder *b, struct weir_yaml *node,
                               struct fy_token *token) {
    struct weir_str tag = token_text(token);
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    struct weir_job_place place = node->place;
    if (!token)
        return WEIR_OK;
    if (weir_str_eq(tag, WEIR_STR("!")) ||
        weir_str_eq(tag, WEIR_STR("tag:yaml.org,2002:str"))) {
        node->plain = false;
        return WEIR_OK;
    }
    if (weir_str_starts(tag, WEIR_STR("tag:yaml.org,2002:")))
        return WEIR_OK;
    if (mark)
        place = (struct weir_job_place){(unsigned)mark->line + 1,
                                        (unsigned)mark->column + 1};
    return fail(b, place,
                "\"%.*s\" is a YAML tag, which a job has no use for; if it is "
                "text, quote it",
                (int)(tag.n < 60 ? tag.n : 60), tag.p);
}

/* A new node for the event; its place is that of the value. */
static enum weir_err make_node(struct builder *b, struct fy_event *event,
                               enum weir_yaml_kind kind,
                               struct weir_yaml **out) {
    struct weir_yaml *node = weir_arena_alloc(b->arena, sizeof *node);
    if (!node)
        return weir_error_nomem(b->error);
    memset(node, 0, sizeof *node);
    node->kind = kind;
    node->weight = 1;
    set_place(node, event,
              event->type == FYET_SCALAR ? event->scalar.value : NULL);
    *out = node;
    return WEIR_OK;
}

static enum weir_err make_scalar(struct builder *b, struct fy_event *event,
                                 struct weir_yaml **out) {
    struct fy_token *token = event->scalar.value;
    struct weir_str text = token_text(token);
    struct weir_yaml *node;
    enum weir_err err = make_node(b, event, WEIR_YAML_SCALAR, &node);
    if (err)
        return err;
    node->plain = !token || !fy_event_start_mark(event) ||
                  fy_scalar_token_get_style(token) == FYSS_PLAIN;
    node->text.n = text.n;
    node->text.p = weir_arena_dup(b->arena, text);
    if (!node->text.p)
        return weir_error_nomem(b->error);
    if (weir_str_find(text, '\0', 0) < text.n)
        return fail(b, node->place, "the text holds a NUL character");
    *out = node;
    return apply_tag(b, node, event->scalar.tag);
}

/* --- putting nodes together ----------------------------------------------- */

static enum weir_err add_weight(struct builder *b, size_t weight,
                                struct weir_job_place place) {
    if (weight > WEIR_YAML_MAX_NODES - b->weight)
        return fail(b, place, "more than %d values, aliases expanded",
                    WEIR_YAML_MAX_NODES);
    b->weight += weight;
    return WEIR_OK;
}

static void chain(struct open *o, struct weir_yaml *node) {
    if (node->place.line == 0) { /* nothing stands there */
        node->place = o->last ? o->last->place : o->node->place;
        node->at = o->end;
    }
    if (o->last)
        o->last->next = node;
    else
        o->node->first = node;
    o->last = node;
    o->node->count++;
    o->node->weight += node->weight;
}

/* A scalar becomes a key: it waits in `pending` for its value. */
static enum weir_err take_key(struct builder *b, struct open *o,
                              struct weir_yaml *node) {
    const struct weir_yaml *before;
    if (node->kind != WEIR_YAML_SCALAR)
        return fail(b, node->place, "a key must be plain text");
    if (node->place.line == 0)
        node->place = o->node->place;
    before = weir_map_get(o->keys, node->text);
    if (before)
        return fail(b, node->place,
                    "duplicate key \"%.*s\"; the first is in line %u",
                    (int)(node->text.n < 60 ? node->text.n : 60), node->text.p,
                    before->place.line);
    if (weir_map_put(o->keys, node->text, node))
        return weir_error_nomem(b->error);
    o->pending = node;
    return WEIR_OK;
}

/* The value that belongs to the pending key. */
static void take_value(struct open *o, struct weir_yaml *node) {
    const struct weir_yaml *key = o->pending;
    node->key = key->text;
    node->key_place = key->place;
    node->key_end = key->at + key->text.n;
    if (node->place.line == 0) { /* nothing stands there */
        node->place = key->place;
        node->at = node->key_end;
    }
    chain(o, node);
    o->pending = NULL;
}

/* A finished node goes to its parent, and is what its anchor stands for. */
static enum weir_err take(struct builder *b, struct weir_yaml *node,
                          struct weir_str anchor) {
    struct open *o = b->depth ? &b->stack[b->depth - 1] : NULL;
    enum weir_err err = WEIR_OK;
    if (anchor.n && weir_map_put(b->anchors, anchor, node))
        return weir_error_nomem(b->error);
    if (!o)
        b->root = node;
    else if (o->node->kind == WEIR_YAML_LIST)
        chain(o, node);
    else if (!o->pending)
        err = take_key(b, o, node);
    else
        take_value(o, node);
    return err;
}

static enum weir_err open_node(struct builder *b, struct fy_event *event,
                               enum weir_yaml_kind kind, struct fy_token *tag,
                               struct fy_token *anchor) {
    struct weir_str name = token_text(anchor);
    struct weir_yaml *node;
    struct open *o;
    enum weir_err err = make_node(b, event, kind, &node);
    if (!err)
        err = add_weight(b, 1, node->place);
    if (!err)
        err = apply_tag(b, node, tag);
    if (err)
        return err;
    if (b->depth == WEIR_YAML_MAX_DEPTH)
        return fail(b, node->place, "nested more than %d deep",
                    WEIR_YAML_MAX_DEPTH);
    node->flow = fy_event_get_node_style(event) == FYNS_FLOW;
    o = &b->stack[b->depth++];
    *o = (struct open){.node = node};
    if (kind == WEIR_YAML_MAP && !(o->keys = weir_map_create()))
        return weir_error_nomem(b->error);
    if (anchor) {
        o->anchor.p = weir_arena_dup(b->arena, name);
        o->anchor.n = name.n;
        if (!o->anchor.p)
            return weir_error_nomem(b->error);
    }
    return WEIR_OK;
}

static enum weir_err close_node(struct builder *b) {
    struct open o = b->stack[--b->depth];
    weir_map_destroy(o.keys);
    return take(b, o.node, o.anchor);
}

static enum weir_err take_scalar(struct builder *b, struct fy_event *event) {
    struct weir_str name = token_text(event->scalar.anchor);
    struct weir_yaml *node = NULL;
    enum weir_err err = make_scalar(b, event, &node);
    if (!err)
        err = add_weight(b, 1, node->place);
    if (!err && name.n) {
        name.p = weir_arena_dup(b->arena, name);
        if (!name.p)
            err = weir_error_nomem(b->error);
    }
    return err ? err : take(b, node, name);
}

static enum weir_err take_alias(struct builder *b, struct fy_event *event) {
    struct weir_str name = token_text(event->alias.anchor);
    const struct weir_yaml *target;
    struct weir_yaml *node;
    enum weir_err err = make_node(b, event, WEIR_YAML_SCALAR, &node);
    struct weir_job_place place;
    if (err)
        return err;
    place = node->place;
    if (place.column > 1)
        place.column--; /* the mark is behind the star */
    if (name.n && name.p[0] == '*')
        name = weir_str_sub(name, 1, name.n);
    target = weir_map_get(b->anchors, name);
    if (!target)
        return fail(b, place,
                    "\"*%.*s\" is a YAML alias, and nothing before it is "
                    "anchored as &%.*s; if it is a selector, quote it",
                    (int)(name.n < 60 ? name.n : 60), name.p,
                    (int)(name.n < 60 ? name.n : 60), name.p);
    err = add_weight(b, target->weight, place);
    if (err)
        return err;
    *node = *target; /* shares the members; errors stay at the anchor */
    node->key = (struct weir_str){0};
    node->next = NULL;
    return take(b, node, (struct weir_str){0});
}

static enum weir_err take_event(struct builder *b, struct fy_event *event,
                                bool *second) {
    switch (event->type) {
    case FYET_SCALAR:
        return take_scalar(b, event);
    case FYET_ALIAS:
        return take_alias(b, event);
    case FYET_MAPPING_START:
        return open_node(b, event, WEIR_YAML_MAP, event->mapping_start.tag,
                         event->mapping_start.anchor);
    case FYET_SEQUENCE_START:
        return open_node(b, event, WEIR_YAML_LIST, event->sequence_start.tag,
                         event->sequence_start.anchor);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        return close_node(b);
    case FYET_DOCUMENT_START:
        if (*second) {
            const struct fy_mark *mark = fy_event_start_mark(event);
            return fail(
                b,
                (struct weir_job_place){mark ? (unsigned)mark->line + 1 : 1, 1},
                "a second document begins here; a job is one");
        }
        *second = true;
        return WEIR_OK;
    default:
        return WEIR_OK;
    }
}

/* --- the parser ------------------------------------------------------------
 */

/* libfyaml's first complaint, in our words where a selector is the cause. */
static enum weir_err syntax_error(struct builder *b, struct fy_diag *diag) {
    struct fy_diag_error *first;
    struct weir_job_place place = {1, 1};
    const char *message = "not valid YAML";
    void *cursor = NULL;
    char hint[300];
    first = fy_diag_errors_iterate(diag, &cursor);
    if (first && first->line > 0)
        place = (struct weir_job_place){(unsigned)first->line,
                                        (unsigned)first->column};
    if (first && first->msg)
        message = first->msg;
    if (weir_jobfile_syntax_hint(b->text, message, &place, hint, sizeof hint))
        return fail(b, place, "%s", hint);
    return fail(b, place, "%s", message);
}

/* An empty item of a list stands somewhere behind what was before it. */
static void note_end(struct builder *b, struct fy_event *event) {
    const struct fy_mark *mark = fy_event_end_mark(event);
    if (mark && b->depth > 0)
        b->stack[b->depth - 1].end = mark->input_pos;
}

static enum weir_err run_parser(struct builder *b, struct fy_parser *parser,
                                struct fy_diag *diag) {
    enum weir_err err = WEIR_OK;
    struct fy_event *event;
    bool second = false;
    while (!err && (event = fy_parser_parse(parser)) != NULL) {
        err = take_event(b, event, &second);
        note_end(b, event);
        fy_parser_event_free(parser, event);
    }
    if (!err && (fy_parser_get_stream_error(parser) || fy_diag_got_error(diag)))
        err = syntax_error(b, diag);
    if (!err && !b->root)
        err = fail(b, (struct weir_job_place){1, 1}, "the file is empty");
    return err;
}

static enum weir_err parse(struct builder *b) {
    struct fy_diag_cfg how;
    struct fy_diag *diag;
    struct fy_parser *parser;
    enum weir_err err;
    fy_diag_cfg_default(&how);
    how.fp = NULL;
    how.level = FYET_ERROR;
    how.colorize = false;
    diag = fy_diag_create(&how);
    if (!diag)
        return weir_error_nomem(b->error);
    fy_diag_set_collect_errors(diag, true);
    parser = fy_parser_create(&(struct fy_parse_cfg){
        .flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE |
                 FYPCF_COLLECT_DIAG,
        .diag = diag});
    if (!parser || fy_parser_set_string(parser, b->text.p, b->text.n))
        err = weir_error_nomem(b->error);
    else
        err = run_parser(b, parser, diag);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return err;
}

/* The place of a byte of the text. */
static struct weir_job_place place_at(struct weir_str text, size_t at) {
    struct weir_job_place place = {1, 1};
    for (size_t i = 0; i < at; i++) {
        if (text.p[i] == '\n') {
            place.line++;
            place.column = 1;
        } else if (((unsigned char)text.p[i] & 0xc0) != 0x80) {
            place.column++;
        }
    }
    return place;
}

/* libfyaml keeps every open bracket of a line until it knows whether a key
 * begins there, about 350 bytes each. Quotes are not looked at: a file with so
 * many brackets that nothing closes is none of ours. */
static enum weir_err check_brackets(struct builder *b) {
    size_t open = 0;
    for (size_t i = 0; i < b->text.n; i++) {
        char c = b->text.p[i];
        if (c == '[' || c == '{')
            open++;
        else if ((c == ']' || c == '}') && open > 0)
            open--;
        if (open > BRACKETS_MAX)
            return fail(b, place_at(b->text, i), "nested more than %d deep",
                        WEIR_YAML_MAX_DEPTH);
    }
    return WEIR_OK;
}

/* What no YAML file may hold is found before libfyaml sees it. */
static enum weir_err check_bytes(struct builder *b) {
    struct weir_str s = b->text;
    size_t nul = weir_str_find(s, '\0', 0);
    uint32_t cp;
    if (s.n > WEIR_YAML_MAX_BYTES)
        return fail(b, (struct weir_job_place){1, 1},
                    "a job file is at most 4 MiB");
    if (nul < s.n)
        return fail(b, place_at(s, nul), "the file holds a NUL character");
    for (size_t i = 0, step; i < s.n; i += step) {
        step = weir_utf8_decode(weir_str_sub(s, i, s.n), &cp);
        if (step == 0)
            return fail(b, place_at(s, i), "the file is not UTF-8");
    }
    return check_brackets(b);
}

enum weir_err weir_yaml_parse(const struct weir_yaml **out,
                              struct weir_arena *arena, struct weir_str text,
                              struct weir_job_place *place,
                              struct weir_error *error) {
    struct builder b = {
        .arena = arena, .text = text, .place = place, .error = error};
    enum weir_err err = check_bytes(&b);
    if (err)
        return err;
    b.anchors = weir_map_create();
    if (!b.anchors)
        return weir_error_nomem(error);
    err = text.n ? parse(&b)
                 : fail(&b, (struct weir_job_place){1, 1}, "the file is empty");
    while (b.depth > 0)
        weir_map_destroy(b.stack[--b.depth].keys);
    weir_map_destroy(b.anchors);
    if (!err)
        *out = b.root;
    return err;
}
