/* jobfile_channel.c - channel: what a feed says about itself, as a flat list of
 * names and texts in the order of the file (the names: core/job.h). */
#include "cli/jobfile_reader.h"

#include <string.h>

enum { DESCRIPTION_MAX = 4000 }; /* bytes that Apple takes */

struct channel {
    struct weir_jobread *r;
    struct weir_job_pair *pairs;
    size_t count, room;
};

static void put(struct channel *c, const char *name, const char *value) {
    if (value && c->count < c->room)
        c->pairs[c->count++] = (struct weir_job_pair){name, value};
}

/* --- kinds of values
 * ------------------------------------------------------------------ */

static void put_text(struct channel *c, const struct weir_yaml *node,
                     const char *name) {
    put(c, name, weir_jobread_text(c->r, node, 0));
}

static void put_url(struct channel *c, const struct weir_yaml *node,
                    const char *name) {
    put(c, name, weir_jobread_url(c->r, node));
}

static void put_bool(struct channel *c, const struct weir_yaml *node,
                     const char *name) {
    bool value;
    if (weir_jobread_bool(c->r, node, &value))
        put(c, name, value ? "true" : "false");
}

static void put_count(struct channel *c, const struct weir_yaml *node,
                      const char *name) {
    uint64_t value;
    if (weir_jobread_count(c->r, node, 1, &value))
        put_text(c, node, name);
}

static void put_description(struct channel *c, const struct weir_yaml *node,
                            const char *name) {
    const char *text = weir_jobread_text(c->r, node, 0);
    if (text && strlen(text) > DESCRIPTION_MAX)
        weir_jobread_warn(c->r, node->place,
                          "directories take descriptions of up to %d bytes, "
                          "this one has %zu",
                          DESCRIPTION_MAX, strlen(text));
    put(c, name, text);
}

static void put_type(struct channel *c, const struct weir_yaml *node,
                     const char *name) {
    static const char *const words[] = {"episodic", "serial"};
    size_t i;
    if (weir_jobread_word(c->r, node, words, 2, &i))
        put(c, name, words[i]);
}

static void put_email(struct channel *c, const struct weir_yaml *node,
                      const char *name) {
    const char *text = weir_jobread_text(c->r, node, WEIR_JOBREAD_LINE);
    const char *at = text ? strchr(text, '@') : NULL;
    if (text && (!at || at == text || !at[1]))
        weir_jobread_error(c->r, node->place,
                           "expected a mail address, found \"%.80s\"", text);
    else
        put(c, name, text);
}

/* A list as one text. */
static void put_keywords(struct channel *c, const struct weir_yaml *node,
                         const char *name) {
    size_t count;
    const char *const *words = weir_jobread_texts(c->r, node, &count);
    struct weir_buf all;
    weir_buf_init(&all, 0);
    for (size_t i = 0; words && i < count; i++)
        weir_buf_fmt(&all, "%s%s", i ? ", " : "", words[i]);
    put(c, name, weir_jobread_dup(c->r, weir_buf_view(&all)));
    weir_buf_release(&all);
}

static void put_owner(struct channel *c, const struct weir_yaml *node,
                      const char *name) {
    (void)name;
    if (!weir_jobread_keys(c->r, node, WEIR_JOBFILE_owner))
        return;
    put_text(c, weir_yaml_get(node, "name"), "owner.name");
    if (weir_yaml_get(node, "email"))
        put_email(c, weir_yaml_get(node, "email"), "owner.email");
}

static void put_funding(struct channel *c, const struct weir_yaml *node,
                        const char *name) {
    (void)name;
    if (!weir_jobread_keys(c->r, node, WEIR_JOBFILE_funding))
        return;
    put_url(c, weir_yaml_get(node, "url"), "funding.url");
    put_text(c, weir_yaml_get(node, "text"), "funding.text");
}

/* --- categories
 * --------------------------------------------------------------------- */

/* "Arts", {Arts: Books} or {Arts: [Books, Food]}. */
static void put_category(struct channel *c, const struct weir_yaml *node) {
    struct weir_buf path;
    if (node->kind != WEIR_YAML_MAP) {
        put_text(c, node, "category");
        return;
    }
    weir_buf_init(&path, 0);
    for (const struct weir_yaml *m = node->first; m; m = m->next) {
        size_t count;
        const char *const *subs = weir_jobread_texts(c->r, m, &count);
        for (size_t i = 0; subs && i < count; i++) {
            weir_buf_clear(&path);
            weir_buf_fmt(&path, "%s/%s", m->key.p, subs[i]);
            c->r->nomem |= path.failed;
            put(c, "category", weir_jobread_dup(c->r, weir_buf_view(&path)));
        }
    }
    weir_buf_release(&path);
}

static void put_categories(struct channel *c, const struct weir_yaml *node,
                           const char *name) {
    const struct weir_yaml *item = weir_jobread_first(node);
    (void)name;
    for (size_t i = weir_jobread_many(node); i > 0; i--, item = item->next)
        put_category(c, item);
}

static size_t category_count(const struct weir_yaml *node) {
    const struct weir_yaml *item = weir_jobread_first(node);
    size_t n = 0;
    for (size_t i = weir_jobread_many(node); i > 0; i--, item = item->next)
        if (item->kind != WEIR_YAML_MAP)
            n++;
        else
            for (const struct weir_yaml *m = item->first; m; m = m->next)
                n += weir_jobread_many(m);
    return n;
}

/* --- the section
 * ------------------------------------------------------------------------ */

static const struct {
    const char *key, *name;
    void (*put)(struct channel *c, const struct weir_yaml *node,
                const char *name);
} parts[] = {
    {"title", "title", put_text},
    {"link", "link", put_url},
    {"description", "description", put_description},
    {"self", "self", put_url},
    {"language", "language", put_text},
    {"copyright", "copyright", put_text},
    {"author", "author", put_text},
    {"owner", "owner", put_owner},
    {"image", "image", put_url},
    {"category", "category", put_categories},
    {"explicit", "explicit", put_bool},
    {"type", "type", put_type},
    {"summary", "summary", put_text},
    {"subtitle", "subtitle", put_text},
    {"keywords", "keywords", put_keywords},
    {"ttl", "ttl", put_count},
    {"block", "block", put_bool},
    {"complete", "complete", put_bool},
    {"new_feed_url", "new_feed_url", put_url},
    {"guid", "guid", put_text},
    {"locked", "locked", put_bool},
    {"locked_owner", "locked.owner", put_email},
    {"medium", "medium", put_text},
    {"funding", "funding", put_funding},
    {"hub", "hub", put_url},
};

void weir_jobread_channel(struct weir_jobread *r, const struct weir_yaml *node,
                          struct weir_output *out) {
    struct channel c = {.r = r};
    if (!weir_jobread_keys(r, node, WEIR_JOBFILE_channel))
        return;
    /* owner and funding are two each */
    c.room = node->count + 2 + category_count(weir_yaml_get(node, "category"));
    c.pairs = weir_jobread_array(r, c.room, sizeof *c.pairs);
    if (!c.pairs)
        return;
    for (const struct weir_yaml *m = node->first; m; m = m->next)
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
            if (weir_str_eq(m->key, weir_str_of(parts[i].key)))
                parts[i].put(&c, m, parts[i].name);
    out->channel = c.pairs;
    out->channel_count = c.count;
}
