/* job_context.c - contexts as JSON: short names, nothing that has its default.
 *
 *     {"s":1,"n":3,"r":{...},"rk":"key","ro":"000001...","rp":0,
 *      "c":[[2,"https://..."]]}
 */
#include "engine/job_context.h"

#include "base/escape.h"
#include "base/mem.h"

#include <inttypes.h>
#include <string.h>

void weir_job_context_init(struct weir_job_context *c) {
    *c = (struct weir_job_context){.number = 1};
}

void weir_job_context_release(struct weir_job_context *c) {
    weir_free(c->base);
    weir_free(c->first);
    weir_free(c->record);
    weir_free(c->key);
    weir_free(c->order);
    weir_free(c->chain);
    weir_free(c->name);
    weir_job_context_init(c);
}

/* --- reading ----------------------------------------------------------- */

static bool take_number(const struct weir_members *m, const char *name,
                        uint64_t *out) {
    struct weir_value v = weir_members_get(m, weir_str_of(name));
    if (v.kind == WEIR_JSON_END)
        return true;
    return v.kind == WEIR_JSON_NUMBER && weir_str_to_u64(v.text, out);
}

static enum weir_err take_text(const struct weir_members *m, const char *name,
                               char **out) {
    struct weir_value v = weir_members_get(m, weir_str_of(name));
    struct weir_buf text;
    if (v.kind == WEIR_JSON_END)
        return WEIR_OK;
    weir_buf_init(&text, 0);
    weir_value_put_text(v, &text);
    *out = weir_buf_detach(&text);
    return *out ? WEIR_OK : WEIR_E_NOMEM;
}

static bool take_numbers(struct weir_job_context *c,
                         const struct weir_members *m) {
    uint64_t kind = 0, start = 0, page = 0, output = 0, linked = 0;
    uint64_t lacks = 0, retried = 0;
    bool ok = take_number(m, "k", &kind) && take_number(m, "s", &start) &&
              take_number(m, "n", &c->number) &&
              take_number(m, "t", &c->tick) && take_number(m, "m", &c->path) &&
              take_number(m, "rp", &page) && take_number(m, "o", &output) &&
              take_number(m, "l", &linked) && take_number(m, "x", &lacks) &&
              take_number(m, "a", &retried);
    if (!ok || kind > WEIR_JOB_FILE)
        return false;
    c->kind = (enum weir_job_kind)kind;
    c->start = (size_t)start;
    c->page = (size_t)page;
    c->output = (size_t)output;
    c->linked = linked != 0;
    c->lacks = lacks != 0;
    c->retried = retried != 0;
    return true;
}

enum weir_err weir_job_context_read(struct weir_job_context *c,
                                    struct weir_str json,
                                    struct weir_error *error) {
    const struct {
        const char *name;
        char **out;
    } texts[] = {{"b", &c->base}, {"u", &c->first},  {"r", &c->record},
                 {"rk", &c->key}, {"ro", &c->order}, {"c", &c->chain},
                 {"f", &c->name}};
    struct weir_members m;
    enum weir_err err;
    if (json.n == 0)
        return WEIR_OK;
    weir_members_init(&m);
    err = weir_members_read(&m, json, error);
    if (err == WEIR_OK && !take_numbers(c, &m))
        err = WEIR_E_INVALID;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !err; i++)
        err = take_text(&m, texts[i].name, texts[i].out);
    weir_members_release(&m);
    if (err == WEIR_E_NOMEM)
        return weir_error_nomem(error);
    return err ? weir_error_set(error, WEIR_E_STORE,
                                "the frontier holds an entry that is none")
               : WEIR_OK;
}

/* --- writing ----------------------------------------------------------- */

static void put_number(struct weir_buf *out, const char *name, uint64_t n) {
    weir_buf_fmt(out, "%s\"%s\":%" PRIu64,
                 out->p[out->len - 1] == '{' ? "" : ",", name, n);
}

static void put_name(struct weir_buf *out, const char *name) {
    weir_buf_fmt(out, "%s\"%s\":", out->p[out->len - 1] == '{' ? "" : ",",
                 name);
}

static void put_text(struct weir_buf *out, const char *name, const char *text) {
    if (!text)
        return;
    put_name(out, name);
    weir_escape_json(out, weir_str_of(text));
}

static void put_json(struct weir_buf *out, const char *name, const char *json) {
    if (!json)
        return;
    put_name(out, name);
    weir_buf_z(out, json);
}

enum weir_err weir_job_context_put(const struct weir_job_context *c,
                                   struct weir_buf *out) {
    weir_buf_byte(out, '{');
    if (out->failed)
        return WEIR_E_NOMEM;
    if (c->kind != WEIR_JOB_PAGE)
        put_number(out, "k", c->kind);
    if (c->start > 0)
        put_number(out, "s", c->start);
    if (c->number != 1)
        put_number(out, "n", c->number);
    if (c->tick)
        put_number(out, "t", c->tick);
    if (c->path)
        put_number(out, "m", c->path);
    if (c->linked)
        put_number(out, "l", 1);
    put_text(out, "b", c->base);
    put_text(out, "u", c->first);
    if (c->record) {
        put_json(out, "r", c->record);
        put_text(out, "rk", c->key);
        put_text(out, "ro", c->order);
        put_number(out, "rp", c->page);
        put_json(out, "c", c->chain);
        if (c->lacks)
            put_number(out, "x", 1);
        if (c->retried)
            put_number(out, "a", 1);
    }
    if (c->kind == WEIR_JOB_FILE)
        put_number(out, "o", c->output);
    put_text(out, "f", c->name);
    weir_buf_byte(out, '}');
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

/* --- the chain --------------------------------------------------------- */

/* The pages behind the first, as an array of their own. */
static enum weir_err cut_first(struct weir_job_context *c,
                               struct weir_value first) {
    size_t after = (size_t)(first.text.p - c->chain) + first.text.n;
    struct weir_buf rest;
    char *text = NULL;
    weir_buf_init(&rest, 0);
    if (c->chain[after] == ',') {
        weir_buf_byte(&rest, '[');
        weir_buf_z(&rest, c->chain + after + 1);
        if (!(text = weir_buf_detach(&rest))) {
            weir_buf_release(&rest);
            return WEIR_E_NOMEM;
        }
    }
    weir_free(c->chain);
    c->chain = text;
    return WEIR_OK;
}

enum weir_err weir_job_context_next(struct weir_job_context *c, bool *found,
                                    size_t *page, struct weir_buf *url) {
    struct weir_value all = {WEIR_JSON_ARRAY, weir_str_of(c->chain)}, first;
    struct weir_value number, text;
    uint64_t n = 0;
    *found = false;
    if (!c->chain)
        return WEIR_OK;
    first = weir_value_first(all);
    number = weir_value_get(first, WEIR_STR("0"));
    text = weir_value_get(first, WEIR_STR("1"));
    if (first.kind != WEIR_JSON_ARRAY || text.kind != WEIR_JSON_STRING ||
        !weir_str_to_u64(number.text, &n))
        return WEIR_OK;
    weir_buf_clear(url);
    weir_value_put_text(text, url);
    *page = (size_t)n;
    *found = true;
    return url->failed ? WEIR_E_NOMEM : cut_first(c, first);
}
