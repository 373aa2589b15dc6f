/* arguments.c - the iterator over argv, and the command line made public.
 *
 * Each call takes one option with its value, or one operand, from the front of
 * argv. A bundle of short switches stays open in `bundle` between calls. */
#include "cli/arguments.h"

#include "cli/nearest.h"

#include <stdio.h>
#include <string.h>

/* The option exists, but in other commands: says in which. */
static enum weir_err elsewhere(const struct weir_option_row *row,
                               const char *spelling, struct weir_error *error) {
    struct weir_buf names;
    enum weir_err code;
    weir_buf_init(&names, 200);
    for (size_t i = 0; i < weir_command_count(); i++)
        if (row->commands & weir_command_at(i)->bit)
            weir_buf_fmt(&names, "%s%s", names.len ? ", " : "",
                         weir_command_at(i)->name);
    if (names.len)
        code = weir_error_set(error, WEIR_E_USAGE,
                              "option %s belongs to other commands: %s",
                              spelling, names.p);
    else
        code =
            weir_error_set(error, WEIR_E_USAGE, "unknown option %s", spelling);
    weir_buf_release(&names);
    return code;
}

static enum weir_err unknown_long(unsigned commands, struct weir_str name,
                                  struct weir_error *error) {
    struct weir_nearest best = {.wanted = name};
    const struct weir_option_row *row = weir_option_by_name(CMD_ALL, name);
    bool negated = weir_str_starts(name, WEIR_STR("no-"));
    char spelling[80];
    snprintf(spelling, sizeof spelling, "--%.*s", WEIR_STR_ARG(name));
    if (row)
        return elsewhere(row, spelling, error);
    if (negated) {
        struct weir_str rest = weir_str_sub(name, 3, name.n);
        row = weir_option_by_name(commands, rest);
        if (row)
            return weir_error_set(error, WEIR_E_USAGE,
                                  "option --%s has no --no- form", row->name);
        best.wanted = rest;
    }
    for (size_t i = 0; i < OPT_COUNT; i++) {
        row = weir_option_row(i);
        if ((row->commands & commands) && (!negated || weir_option_has_no(row)))
            weir_nearest_offer(&best, row->name);
    }
    if (!best.found)
        return weir_error_set(error, WEIR_E_USAGE, "unknown option %s",
                              spelling);
    return weir_error_set(error, WEIR_E_USAGE,
                          "unknown option %s; did you mean --%s%s?", spelling,
                          negated ? "no-" : "", best.found);
}

/* The value of a long option: after '=' or the next word. */
static enum weir_err take_value(struct weir_arguments *it,
                                struct weir_argument *out, const char *attached,
                                struct weir_error *error) {
    if (!attached) {
        attached = *it->argv;
        if (!attached)
            return weir_error_set(error, WEIR_E_USAGE,
                                  "option %s needs a value: %s %s",
                                  out->spelling, out->spelling, out->row->arg);
        it->argv++;
    }
    out->text = attached;
    return WEIR_OK;
}

static enum weir_err take_long(struct weir_arguments *it, const char *word,
                               struct weir_argument *out,
                               struct weir_error *error) {
    struct weir_str name, value;
    bool has_value = weir_str_cut(weir_str_of(word), '=', &name, &value);
    out->row = weir_option_by_name(it->commands, name);
    out->on = true;
    if (!out->row && weir_str_starts(name, WEIR_STR("no-"))) {
        out->row =
            weir_option_by_name(it->commands, weir_str_sub(name, 3, name.n));
        if (out->row && !weir_option_has_no(out->row))
            out->row = NULL;
        out->on = false;
    }
    if (!out->row)
        return unknown_long(it->commands, name, error);
    snprintf(out->spelling, sizeof out->spelling, "--%.*s", WEIR_STR_ARG(name));
    if (!weir_option_is_switch(out->row))
        return take_value(it, out, has_value ? value.p : NULL, error);
    if (has_value)
        return weir_error_set(error, WEIR_E_USAGE, "option %s takes no value",
                              out->spelling);
    out->text = "";
    return WEIR_OK;
}

static enum weir_err take_short(struct weir_arguments *it,
                                struct weir_argument *out,
                                struct weir_error *error) {
    char letter = *it->bundle++;
    const char *rest = *it->bundle ? it->bundle : NULL;
    out->row = weir_option_by_letter(it->commands, letter);
    out->on = true;
    snprintf(out->spelling, sizeof out->spelling, "-%c", letter);
    if (!out->row) {
        const struct weir_option_row *row =
            weir_option_by_letter(CMD_ALL, letter);
        if (row)
            return elsewhere(row, out->spelling, error);
        return weir_error_set(error, WEIR_E_USAGE, "unknown option %s",
                              out->spelling);
    }
    if (weir_option_is_switch(out->row)) {
        it->bundle = rest;
        out->text = "";
        return WEIR_OK;
    }
    it->bundle = NULL;
    return take_value(it, out, rest, error);
}

enum weir_err weir_arguments_next(struct weir_arguments *it,
                                  struct weir_argument *out,
                                  struct weir_error *error) {
    const char *word;
    *out = (struct weir_argument){0};
    if (it->bundle)
        return take_short(it, out, error);
    word = *it->argv;
    if (!word)
        return WEIR_OK;
    it->argv++;
    if (it->operands_only || word[0] != '-' || word[1] == '\0') {
        out->text = word;
        return WEIR_OK;
    }
    if (strcmp(word, "--") == 0) {
        it->operands_only = true;
        return weir_arguments_next(it, out, error);
    }
    if (word[1] == '-')
        return take_long(it, word + 2, out, error);
    it->bundle = word + 1;
    return take_short(it, out, error);
}

void weir_arguments_put_quoted(struct weir_buf *out, struct weir_str s) {
    bool plain = s.n > 0;
    for (size_t i = 0; i < s.n && plain; i++)
        plain =
            weir_is_alnum(s.p[i]) || (s.p[i] && strchr("%+,-./:=@_", s.p[i]));
    weir_buf_byte(out, ' ');
    if (plain) {
        weir_buf_str(out, s);
        return;
    }
    weir_buf_byte(out, '\'');
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\'')
            weir_buf_z(out, "'\\''");
        else
            weir_buf_byte(out, s.p[i]);
    weir_buf_byte(out, '\'');
}

/* A URL without its "user:password@". */
static void put_url(struct weir_buf *out, struct weir_str s) {
    struct weir_buf clean;
    size_t start = weir_str_search(s, WEIR_STR("://")), end, at;
    start = start < s.n ? start + 3 : 0;
    for (end = start; end < s.n && !strchr("/?#\\", s.p[end]); end++)
        continue;
    for (at = end; at > start && s.p[at - 1] != '@'; at--)
        continue;
    weir_buf_init(&clean, 0);
    weir_buf_str(&clean, weir_str_sub(s, 0, start));
    if (at > start)
        weir_buf_z(&clean, "...@");
    else
        at = start;
    weir_buf_str(&clean, weir_str_sub(s, at, s.n));
    weir_arguments_put_quoted(out, weir_buf_view(&clean));
    weir_buf_release(&clean);
}

/* What may be shown of a secret: a header's name, a proxy's host. */
static void put_secret(struct weir_buf *out, unsigned type, struct weir_str s) {
    struct weir_buf shown;
    if ((type & TYPE_KIND) == TYPE_PROXY) {
        put_url(out, s);
        return;
    }
    weir_buf_init(&shown, 0);
    if ((type & TYPE_KIND) == TYPE_HEADER) {
        struct weir_str name, value;
        weir_str_cut(s, ':', &name, &value);
        weir_buf_fmt(&shown, "%.*s: ", WEIR_STR_ARG(name));
    }
    weir_buf_z(&shown, "...");
    weir_arguments_put_quoted(out, weir_buf_view(&shown));
    weir_buf_release(&shown);
}

/* How this run began; the next one is to begin otherwise. */
static bool is_beginning(const struct weir_option_row *row) {
    return row->id == OPT_RESTART || row->id == OPT_RESUME ||
           row->id == OPT_RETRY_FAILED;
}

void weir_arguments_put_public(struct weir_buf *out, unsigned commands,
                               char **argv) {
    struct weir_arguments it = {.commands = commands, .argv = argv};
    struct weir_argument a;
    bool ended = false;
    while (weir_arguments_next(&it, &a, NULL) == WEIR_OK && a.text) {
        struct weir_str text = weir_str_of(a.text);
        if (!a.row) {
            if (it.operands_only && !ended)
                weir_buf_z(out, " --");
            ended = it.operands_only;
            put_url(out, text);
            continue;
        }
        if (is_beginning(a.row))
            continue;
        weir_buf_fmt(out, " %s", a.spelling);
        if (weir_option_is_switch(a.row))
            continue;
        if (a.row->type & TYPE_SECRET)
            put_secret(out, a.row->type, text);
        else
            weir_arguments_put_quoted(out, text);
    }
}
