/* options.c - the values of the options, and how commands read them.
 *
 * For each option all texts are kept in the order in which they came; a
 * command sees the last one, or all. Texts are copies: those of config files
 * are gone by the time a command runs. */
#include "cli/options.h"

#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/parse.h"
#include "cli/values.h"

struct values {
    char **texts;
    size_t count; /* texts, or how often a TYPE_COUNT was given */
    bool given, on;
};

struct weir_options {
    struct values of[OPT_COUNT];
};

struct weir_options *weir_options_create(void) {
    return weir_calloc(1, sizeof(struct weir_options));
}

void weir_options_destroy(struct weir_options *o) {
    if (!o)
        return;
    for (size_t i = 0; i < OPT_COUNT; i++) {
        struct values *v = &o->of[i];
        for (size_t k = 0; v->texts && k < v->count; k++)
            weir_free(v->texts[k]);
        weir_free(v->texts);
    }
    weir_free(o);
}

enum weir_err weir_options_add(struct weir_options *o,
                               const struct weir_option_row *row,
                               const char *spelling, struct weir_str text,
                               struct weir_error *error) {
    struct values *v = &o->of[row->id];
    const char *expected;
    char **texts, *copy;
    if (weir_value_check(row, text, &expected)) {
        if (row->type & TYPE_SECRET)
            return weir_error_set(error, WEIR_E_USAGE, "%s: expected %s",
                                  spelling, expected);
        return weir_error_set(error, WEIR_E_USAGE,
                              "%s: \"%.*s\" is not valid, expected %s",
                              spelling, WEIR_STR_ARG(text), expected);
    }
    texts = weir_reallocarray(v->texts, v->count + 1, sizeof *texts);
    if (!texts)
        return weir_error_nomem(error);
    v->texts = texts;
    copy = weir_str_dup(text);
    if (!copy)
        return weir_error_nomem(error);
    texts[v->count++] = copy;
    v->given = true;
    return WEIR_OK;
}

void weir_options_switch(struct weir_options *o,
                         const struct weir_option_row *row, bool on) {
    struct values *v = &o->of[row->id];
    v->given = true;
    v->on = on;
    v->count = on ? v->count + 1 : 0;
}

enum weir_err weir_options_parse(struct weir_options *o, unsigned command,
                                 char **argv, char **operands,
                                 int *operand_count, struct weir_error *error) {
    struct weir_arguments it = {.commands = command, .argv = argv};
    int count = 0;
    for (;;) {
        struct weir_argument a;
        enum weir_err code = weir_arguments_next(&it, &a, error);
        if (code)
            return code;
        if (!a.text)
            break;
        if (!a.row)
            operands[count++] = (char *)a.text;
        else if (weir_option_is_switch(a.row))
            weir_options_switch(o, a.row, a.on);
        else
            code = weir_options_add(o, a.row, a.spelling, weir_str_of(a.text),
                                    error);
        if (code)
            return code;
    }
    *operand_count = count;
    return WEIR_OK;
}

const char *weir_opt_get(const struct weir_options *o, enum weir_opt_id id) {
    const struct values *v = &o->of[id];
    return v->texts ? v->texts[v->count - 1] : weir_option_row(id)->fallback;
}

bool weir_opt_given(const struct weir_options *o, enum weir_opt_id id) {
    return o->of[id].given;
}

bool weir_opt_on(const struct weir_options *o, enum weir_opt_id id) {
    return o->of[id].on;
}

size_t weir_opt_count(const struct weir_options *o, enum weir_opt_id id) {
    return o->of[id].count;
}

const char *weir_opt_nth(const struct weir_options *o, enum weir_opt_id id,
                         size_t n) {
    const struct values *v = &o->of[id];
    return v->texts && n < v->count ? v->texts[n] : NULL;
}

uint64_t weir_opt_int(const struct weir_options *o, enum weir_opt_id id) {
    uint64_t n = 0;
    (void)weir_str_to_u64(weir_str_of(weir_opt_get(o, id)), &n);
    return n;
}

uint64_t weir_opt_size(const struct weir_options *o, enum weir_opt_id id) {
    uint64_t bytes = 0;
    (void)weir_units_size(weir_str_of(weir_opt_get(o, id)), &bytes);
    return bytes;
}

int64_t weir_opt_duration_ns(const struct weir_options *o,
                             enum weir_opt_id id) {
    int64_t ns = 0;
    (void)weir_units_duration(weir_str_of(weir_opt_get(o, id)), &ns);
    return ns;
}

struct weir_rate weir_opt_rate(const struct weir_options *o,
                               enum weir_opt_id id) {
    struct weir_rate rate = {0, 0};
    (void)weir_units_rate(weir_str_of(weir_opt_get(o, id)), &rate);
    return rate;
}
