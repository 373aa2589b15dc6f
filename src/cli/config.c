/* config.c - configuration files and WEIR_* variables.
 *
 * Both end in set_text, which checks a value exactly as the command line does;
 * only switches differ, as they need a word here. */
#include "cli/config.h"

#include "base/buf.h"
#include "cli/nearest.h"
#include "cli/parse.h"
#include "cli/values.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CONFIG_MAX = 1 << 20 };

/* `where` says what is set, for messages: "file:3:8: rate" or "WEIR_RATE". */
static enum weir_err set_text(struct weir_options *o,
                              const struct weir_option_row *row,
                              const char *where, struct weir_str value,
                              struct weir_error *error) {
    uint64_t times;
    bool on;
    if (!weir_option_is_switch(row))
        return weir_options_add(o, row, where, value, error);
    if (weir_value_switch(value, &on)) {
        weir_options_switch(o, row, on);
        return WEIR_OK;
    }
    if ((row->type & TYPE_KIND) == TYPE_COUNT &&
        weir_str_to_u64(value, &times) && times < 10) {
        weir_options_switch(o, row, false);
        while (times-- > 0)
            weir_options_switch(o, row, true);
        return WEIR_OK;
    }
    return weir_error_set(error, WEIR_E_USAGE,
                          "%s: \"%.*s\" is not valid, expected yes or no",
                          where, WEIR_STR_ARG(value));
}

/* The column of a byte of the line, in characters from 1. */
static size_t column_of(struct weir_str line, const char *at) {
    size_t column = 1;
    for (const char *p = line.p; p < at; p++)
        if (((unsigned char)*p & 0xc0) != 0x80)
            column++;
    return column;
}

static enum weir_err unknown_key(struct weir_str key, const char *where,
                                 struct weir_error *error) {
    struct weir_nearest best = {.wanted = key};
    for (size_t i = 0; i < OPT_COUNT; i++)
        if (!(weir_option_row(i)->type & TYPE_CLI))
            weir_nearest_offer(&best, weir_option_row(i)->name);
    if (best.found)
        return weir_error_set(error, WEIR_E_USAGE,
                              "%s: unknown option \"%.*s\"; did you mean %s?",
                              where, WEIR_STR_ARG(key), best.found);
    return weir_error_set(error, WEIR_E_USAGE, "%s: unknown option \"%.*s\"",
                          where, WEIR_STR_ARG(key));
}

static enum weir_err parse_line(struct weir_options *o, unsigned command,
                                struct weir_str line, const char *place,
                                size_t number, struct weir_error *error) {
    const struct weir_option_row *row;
    struct weir_str key, value;
    char where[400];
    struct weir_str text = weir_str_trim(line);
    bool has_value = weir_str_cut(text, '=', &key, &value);
    if (text.n == 0 || text.p[0] == '#')
        return WEIR_OK;
    key = weir_str_trim(key);
    snprintf(where, sizeof where, "%s:%zu:%zu", place, number,
             column_of(line, key.p));
    if (!has_value)
        return weir_error_set(error, WEIR_E_USAGE,
                              "%s: expected a line \"option = value\"", where);
    row = weir_option_by_name(command, key);
    if (!row)
        row = weir_option_by_name(CMD_ALL, key);
    if (!row)
        return unknown_key(key, where, error);
    if (row->type & TYPE_CLI)
        return weir_error_set(error, WEIR_E_USAGE,
                              "%s: %s is for the command line only", where,
                              row->name);
    if (!(row->commands & command))
        return WEIR_OK;
    value = weir_str_trim(value);
    snprintf(where, sizeof where, "%s:%zu:%zu: %s", place, number,
             column_of(line, value.p), row->name);
    return set_text(o, row, where, value, error);
}

enum weir_err weir_config_parse(struct weir_options *o, unsigned command,
                                struct weir_str text, const char *place,
                                struct weir_error *error) {
    if (weir_str_starts(text, WEIR_STR("\xef\xbb\xbf")))
        text = weir_str_sub(text, 3, text.n); /* a byte order mark */
    for (size_t number = 1; text.n > 0; number++) {
        struct weir_str line;
        enum weir_err code;
        weir_str_cut(text, '\n', &line, &text);
        code = parse_line(o, command, line, place, number, error);
        if (code)
            return code;
    }
    return WEIR_OK;
}

/* "WEIR_HOST_RATE" for host-rate. */
static void variable_name(const struct weir_option_row *row, char *out,
                          size_t size) {
    char *p = out;
    snprintf(out, size, "WEIR_%s", row->name);
    for (p = out; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
        else if (!weir_is_alnum(*p))
            *p = '_';
}

/* The value of a variable, NULL if it is not there or empty. */
static const char *lookup(const char *const *environment, const char *name) {
    size_t n = strlen(name);
    for (; *environment; environment++)
        if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=')
            return (*environment)[n + 1] ? *environment + n + 1 : NULL;
    return NULL;
}

enum weir_err weir_config_environment(struct weir_options *o, unsigned command,
                                      const char *const *environment,
                                      struct weir_error *error) {
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const struct weir_option_row *row = weir_option_row(i);
        const char *value;
        char name[64];
        enum weir_err code;
        if (!(row->commands & command) || (row->type & TYPE_CLI))
            continue;
        variable_name(row, name, sizeof name);
        value = lookup(environment, name);
        if (!value)
            continue;
        code = set_text(o, row, name, weir_str_of(value), error);
        if (code)
            return code;
    }
    return WEIR_OK;
}

static enum weir_err read_file(const char *path, bool must_exist,
                               struct weir_buf *text,
                               struct weir_error *error) {
    char block[4096];
    size_t n;
    enum weir_err code = WEIR_OK;
    FILE *f = fopen(path, "rb");
    if (!f && !must_exist && (errno == ENOENT || errno == ENOTDIR))
        return WEIR_OK;
    if (!f)
        return weir_error_set(error, WEIR_E_IO, "%s: %s", path,
                              strerror(errno));
    while (code == WEIR_OK && (n = fread(block, 1, sizeof block, f)) > 0)
        code = weir_buf_add(text, block, n);
    if (ferror(f))
        code =
            weir_error_set(error, WEIR_E_IO, "%s: %s", path, strerror(errno));
    else if (code == WEIR_E_LIMIT)
        code = weir_error_set(error, WEIR_E_USAGE,
                              "%s: a configuration is at most 1 MiB", path);
    else if (code)
        code = weir_error_nomem(error);
    fclose(f);
    return code;
}

static enum weir_err load_file(struct weir_options *o, unsigned command,
                               const char *path, bool must_exist,
                               struct weir_error *error) {
    struct weir_buf text;
    enum weir_err code;
    weir_buf_init(&text, CONFIG_MAX);
    code = read_file(path, must_exist, &text, error);
    if (code == WEIR_OK)
        code = weir_config_parse(o, command, weir_buf_view(&text), path, error);
    weir_buf_release(&text);
    return code;
}

/* $XDG_CONFIG_HOME, which counts only if it is absolute (XDG Base Directory
 * Specification 0.8), else ~/.config. */
static enum weir_err load_user_file(struct weir_options *o, unsigned command,
                                    const char *const *environment,
                                    struct weir_error *error) {
    const char *folder = lookup(environment, "XDG_CONFIG_HOME");
    const char *home = lookup(environment, "HOME");
    struct weir_buf path;
    enum weir_err code;
    weir_buf_init(&path, 0);
    if (folder && folder[0] == '/')
        weir_buf_fmt(&path, "%s/weir/config", folder);
    else if (home)
        weir_buf_fmt(&path, "%s/.config/weir/config", home);
    if (path.failed)
        code = weir_error_nomem(error);
    else
        code = path.len ? load_file(o, command, path.p, false, error) : WEIR_OK;
    weir_buf_release(&path);
    return code;
}

enum weir_err weir_config_load(struct weir_options *o, unsigned command,
                               const struct weir_options *line,
                               const char *const *environment,
                               struct weir_error *error) {
    enum weir_err code;
    if (!(weir_option_row(OPT_CONFIG)->commands & command) ||
        weir_opt_on(line, OPT_NO_CONFIG))
        return WEIR_OK;
    code = load_file(o, command, "/etc/weir/config", false, error);
    if (code == WEIR_OK)
        code = load_user_file(o, command, environment, error);
    if (code == WEIR_OK)
        code = weir_config_environment(o, command, environment, error);
    for (size_t i = 0; code == WEIR_OK && i < weir_opt_count(line, OPT_CONFIG);
         i++)
        code = load_file(o, command, weir_opt_nth(line, OPT_CONFIG, i), true,
                         error);
    return code;
}
