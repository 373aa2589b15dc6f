/* jobfile_outputs.c - output and chores.
 *
 * Which keys an output may have depends on its type; one that it could not use
 * is an error, so that nothing is silently left out. */
#include "cli/jobfile_reader.h"

#include <string.h>

#define OF(type) (1u << WEIR_OUTPUT_##type)

enum { FEEDS = OF(RSS) | OF(ATOM), ALL_TYPES = 0xff };

/* Which types a key is for; the keys of feed items are those of feed_parts. */
static const struct {
    const char *key;
    unsigned types;
} uses[] = {
    {"columns", OF(CSV) | OF(SQLITE)},
    {"template", OF(TEXT)},
    {"table", OF(SQLITE)},
    {"key", OF(SQLITE)},
    {"upsert", OF(SQLITE)},
    {"field", OF(FILES)},
    {"name", OF(FILES)},
    {"channel", FEEDS},
    {"length", FEEDS},
    {"page_size", FEEDS},
    {"archive", FEEDS},
};

static const char *const types[] = {"jsonl", "json", "csv",   "sqlite",
                                    "rss",   "atom", "files", "text"};

#define PART(name)                                                             \
    { #name, offsetof(struct weir_feed_fields, name) }
static const struct {
    const char *key;
    size_t offset;
} feed_parts[] = {
    PART(title),
    PART(link),
    PART(description),
    PART(date),
    PART(guid),
    PART(author),
    PART(enclosure),
    PART(enclosure_length),
    PART(enclosure_type),
    PART(duration),
    PART(episode),
    PART(season),
    PART(image),
    PART(content),
    PART(transcript),
    PART(chapters),
    {"explicit", offsetof(struct weir_feed_fields, explicit_)},
};
#undef PART

static void check_uses(struct weir_jobread *r, const struct weir_yaml *map,
                       enum weir_output_type type) {
    unsigned bit = 1u << type;
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        const struct weir_yaml *node = weir_yaml_get(map, uses[i].key);
        if (node && !(uses[i].types & bit))
            weir_jobread_error(r, node->key_place,
                               "\"%s\" means nothing for %s", uses[i].key,
                               types[type]);
    }
    for (size_t i = 0; i < sizeof feed_parts / sizeof feed_parts[0]; i++) {
        const struct weir_yaml *node = weir_yaml_get(map, feed_parts[i].key);
        if (node && !(FEEDS & bit))
            weir_jobread_error(r, node->key_place,
                               "\"%s\" means nothing for %s", feed_parts[i].key,
                               types[type]);
    }
}

/* A list of fields, each of which must be one. */
static const char *const *read_fields(struct weir_jobread *r,
                                      const struct weir_yaml *node,
                                      size_t *count) {
    const struct weir_yaml *item = weir_jobread_first(node);
    for (size_t i = weir_jobread_many(node); i > 0; i--, item = item->next)
        if (item->kind == WEIR_YAML_SCALAR && !weir_yaml_is_null(item))
            weir_jobread_check_field(r, item, item->text.p);
    return weir_jobread_texts(r, node, count);
}

static const char *read_field(struct weir_jobread *r,
                              const struct weir_yaml *node) {
    const char *name = weir_jobread_text(r, node, 0);
    weir_jobread_check_field(r, node, name);
    return name;
}

/* --- the parts
 * --------------------------------------------------------------------- */

static bool polls(const struct weir_job *job) {
    for (size_t i = 0; i < job->start_count; i++)
        if (job->starts[i].every_ns)
            return true;
    return false;
}

static void read_mode(struct weir_jobread *r, const struct weir_yaml *map,
                      struct weir_output *out) {
    static const char *const modes[] = {"replace", "append", "new"};
    static const char *const orders[] = {"completed", "input"};
    const struct weir_yaml *mode = weir_yaml_get(map, "mode");
    bool whole = out->type == WEIR_OUTPUT_JSON ||
                 out->type == WEIR_OUTPUT_RSS || out->type == WEIR_OUTPUT_ATOM;
    bool to_stdout = out->path && strcmp(out->path, "-") == 0;
    size_t i;
    if (!whole &&
        (polls(r->job) || out->type == WEIR_OUTPUT_SQLITE || to_stdout))
        out->mode = WEIR_MODE_APPEND;
    if (weir_jobread_word(r, mode, modes, 3, &i)) {
        if (i != WEIR_MODE_REPLACE && whole)
            weir_jobread_error(r, mode->place,
                               "%s is one document: it is always replaced",
                               types[out->type]);
        else if (i == WEIR_MODE_REPLACE && to_stdout && !whole)
            weir_jobread_error(r, mode->place,
                               "standard output cannot be replaced");
        else
            out->mode = (enum weir_output_mode)i;
    }
    if (weir_jobread_word(r, weir_yaml_get(map, "order"), orders, 2, &i))
        out->input_order = i == 1;
}

static void read_sqlite(struct weir_jobread *r, const struct weir_yaml *map,
                        struct weir_output *out) {
    const struct weir_yaml *table = weir_yaml_get(map, "table");
    const struct weir_yaml *upsert = weir_yaml_get(map, "upsert");
    const char *name = weir_jobread_text(r, table, WEIR_JOBREAD_LINE);
    out->table = name ? name : "items";
    if (weir_str_starts_nocase(weir_str_of(out->table), WEIR_STR("sqlite_")))
        weir_jobread_error(r, table->place,
                           "names of tables beginning with sqlite_ are "
                           "SQLite's own");
    out->key = read_fields(r, weir_yaml_get(map, "key"), &out->key_count);
    out->upsert = true;
    weir_jobread_bool(r, upsert, &out->upsert);
    if (upsert && out->upsert && out->key_count == 0)
        weir_jobread_error(r, upsert->key_place,
                           "\"upsert\" needs a \"key\" beside it");
}

static bool leaves_folder(struct weir_str name) {
    struct weir_str part;
    if (weir_str_starts(name, WEIR_STR("/")))
        return true;
    while (name.n > 0) {
        weir_str_cut(name, '/', &part, &name);
        if (weir_str_eq(part, WEIR_STR("..")))
            return true;
    }
    return false;
}

static void read_files(struct weir_jobread *r, const struct weir_yaml *map,
                       struct weir_output *out) {
    const struct weir_yaml *name = weir_yaml_get(map, "name");
    out->folder = out->path;
    out->url_field = read_field(r, weir_yaml_get(map, "field"));
    if (!weir_yaml_get(map, "field"))
        weir_jobread_error(r, map->place,
                           "files need a \"field\" with their URLs");
    out->name_template = weir_jobread_text(r, name, WEIR_JOBREAD_LINE);
    if (out->name_template && leaves_folder(weir_str_of(out->name_template)))
        weir_jobread_error(r, name->place,
                           "downloads stay below their path: a name neither "
                           "begins with / nor goes up with ..");
}

static void read_feed(struct weir_jobread *r, const struct weir_yaml *map,
                      struct weir_output *out) {
    static const char *const lengths[] = {"probe", "page", "none"};
    const struct weir_yaml *length = weir_yaml_get(map, "length");
    const struct weir_yaml *channel = weir_yaml_get(map, "channel");
    size_t i;
    for (i = 0; i < sizeof feed_parts / sizeof feed_parts[0]; i++) {
        const char *name = read_field(r, weir_yaml_get(map, feed_parts[i].key));
        memcpy((char *)&out->feed + feed_parts[i].offset, &name, sizeof name);
    }
    if (weir_jobread_word(r, length, lengths, 3, &i))
        out->length = (enum weir_length_mode)i;
    if (length && out->length == WEIR_LENGTH_PAGE &&
        !out->feed.enclosure_length &&
        !weir_map_get(r->field_names, WEIR_STR("enclosure_length")))
        weir_jobread_error(r, length->place,
                           "length: page needs a field enclosure_length, or "
                           "the name of one as enclosure_length:");
    weir_jobread_count(r, weir_yaml_get(map, "page_size"), 1, &out->page_size);
    weir_jobread_bool(r, weir_yaml_get(map, "archive"), &out->archive);
    if (channel)
        weir_jobread_channel(r, channel, out);
    else
        weir_jobread_error(r, map->place,
                           "a feed needs a \"channel\" with title, link and "
                           "description");
}

static void read_text(struct weir_jobread *r, const struct weir_yaml *map,
                      struct weir_output *out) {
    const struct weir_yaml *node = weir_yaml_get(map, "template");
    out->template_ = weir_jobread_text(r, node, WEIR_JOBREAD_EMPTY);
    if (!node)
        weir_jobread_error(r, map->place, "text needs a \"template\"");
    else if (out->template_)
        weir_jobread_check_template(r, node, out->template_);
}

static void read_path(struct weir_jobread *r, const struct weir_yaml *map,
                      struct weir_output *out) {
    const struct weir_yaml *node = weir_yaml_get(map, "path");
    out->path = weir_jobread_text(r, node, WEIR_JOBREAD_LINE);
    if (!node)
        weir_jobread_error(r, map->place, "the output needs a \"path\"");
    if (out->path && strcmp(out->path, "-") == 0 &&
        (out->type == WEIR_OUTPUT_SQLITE || out->type == WEIR_OUTPUT_FILES))
        weir_jobread_error(r, node->place, "%s cannot go to standard output",
                           types[out->type]);
}

static void read_output(struct weir_jobread *r, const struct weir_yaml *map,
                        const struct weir_yaml *pages,
                        struct weir_output *out) {
    const struct weir_yaml *page = weir_yaml_get(map, "page");
    size_t i;
    out->place = map->place;
    if (!weir_jobread_word(r, weir_yaml_get(map, "type"), types,
                           sizeof types / sizeof types[0], &i))
        return;
    out->type = (enum weir_output_type)i;
    check_uses(r, map, out->type);
    read_path(r, map, out);
    read_mode(r, map, out);
    out->dedupe =
        read_fields(r, weir_yaml_get(map, "dedupe"), &out->dedupe_count);
    out->columns =
        read_fields(r, weir_yaml_get(map, "columns"), &out->column_count);
    if (page && weir_jobread_page(r, page, pages, &i))
        out->page = r->job->pages ? r->job->pages[i].name : NULL;
    if (out->type == WEIR_OUTPUT_SQLITE)
        read_sqlite(r, map, out);
    else if (out->type == WEIR_OUTPUT_FILES)
        read_files(r, map, out);
    else if (out->type == WEIR_OUTPUT_TEXT)
        read_text(r, map, out);
    else if (FEEDS & (1u << out->type))
        read_feed(r, map, out);
}

/* --- the sections
 * ------------------------------------------------------------------ */

/* Two outputs of one file would overwrite each other; tables of one database
 * do not. */
static void check_paths(struct weir_jobread *r, const struct weir_output *list,
                        size_t count) {
    struct weir_map *seen = weir_map_create();
    if (!seen)
        r->nomem = true;
    for (size_t i = 0; seen && i < count; i++) {
        const struct weir_output *out = &list[i], *other;
        if (!out->path || strcmp(out->path, "-") == 0 ||
            out->type == WEIR_OUTPUT_FILES)
            continue;
        other = weir_map_get(seen, weir_str_of(out->path));
        if (other && (out->type != WEIR_OUTPUT_SQLITE ||
                      other->type != WEIR_OUTPUT_SQLITE))
            weir_jobread_error(r, out->place,
                               "\"%.200s\" is already the output of line %u",
                               out->path, other->place.line);
        else if (weir_map_put(seen, weir_str_of(out->path), (void *)out))
            r->nomem = true;
    }
    weir_map_destroy(seen);
}

void weir_jobread_outputs(struct weir_jobread *r, const struct weir_yaml *node,
                          const struct weir_yaml *pages) {
    const struct weir_yaml *item = weir_jobread_first(node);
    size_t room = weir_jobread_many(node), n = 0;
    struct weir_output *list =
        weir_jobread_array(r, room ? room : 1, sizeof *list);
    if (!list)
        return;
    if (node && room == 0)
        weir_jobread_error(r, node->place, "output: has no output");
    for (size_t i = 0; i < room; i++, item = item->next)
        if (weir_jobread_keys(r, item, WEIR_JOBFILE_output))
            read_output(r, item, pages, &list[n++]);
    if (!node) {
        list[0].path = "-";
        list[0].mode = WEIR_MODE_APPEND;
        n = 1;
    }
    check_paths(r, list, n);
    r->job->outputs = list;
    r->job->output_count = n;
}

void weir_jobread_chores(struct weir_jobread *r, const struct weir_yaml *node) {
    static const char *const words[] = {"prune"};
    const struct weir_yaml *item = weir_jobread_first(node);
    size_t room = weir_jobread_many(node), n = 0, word;
    struct weir_chore *list = weir_jobread_array(r, room, sizeof *list);
    for (size_t i = 0; list && i < room; i++, item = item->next) {
        if (!weir_jobread_keys(r, item, WEIR_JOBFILE_chore))
            continue;
        list[n].place = item->place;
        if (weir_jobread_duration(r, weir_yaml_get(item, "every"),
                                  &list[n].every_ns) &&
            weir_jobread_word(r, weir_yaml_get(item, "run"), words, 1, &word))
            list[n++].run = words[word];
    }
    r->job->chores = list;
    r->job->chore_count = n;
}
