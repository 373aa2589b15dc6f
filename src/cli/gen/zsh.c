/* zsh.c - the completion function for zsh: one _arguments call a command. */
#include "cli/gen/gen.h"

#include <string.h>

/* Inside single quotes, and inside [...] or between colons of a spec. */
static void put_spec(struct weir_buf *out, struct weir_str s) {
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'') {
            weir_buf_z(out, "'\\''");
            continue;
        }
        if (strchr("[]:\\", s.p[i]))
            weir_buf_byte(out, '\\');
        weir_buf_byte(out, s.p[i]);
    }
}

static void put_action(struct weir_buf *out,
                       const struct weir_option_row *row) {
    struct weir_buf words;
    if (!row->arg)
        return;
    weir_buf_byte(out, ':');
    put_spec(out, weir_str_of(row->arg));
    weir_buf_byte(out, ':');
    switch (gen_values(row)) {
    case GEN_FILES:
        weir_buf_z(out, "_files");
        break;
    case GEN_DIRS:
        weir_buf_z(out, "_files -/");
        break;
    case GEN_WORDS:
        weir_buf_init(&words, 0);
        gen_put_words(&words, row);
        weir_buf_byte(out, '(');
        gen_put_escaped(out, weir_buf_view(&words), ":");
        weir_buf_byte(out, ')');
        weir_buf_release(&words);
        break;
    default:
        weir_buf_byte(out, ' ');
    }
}

static void put_option(struct weir_buf *out,
                       const struct weir_option_row *row) {
    bool many =
        (row->type & TYPE_MANY) || (row->type & TYPE_KIND) == TYPE_COUNT;
    const char *value = row->arg ? "=" : "";
    weir_buf_z(out, "        ");
    if (many)
        weir_buf_z(out, "'*'");
    if (row->letter && !many)
        weir_buf_fmt(out, "'(-%c --%s)'", row->letter, row->name);
    if (row->letter)
        weir_buf_fmt(out, "{-%c%s,--%s%s}'", row->letter, row->arg ? "+" : "",
                     row->name, value);
    else
        weir_buf_fmt(out, "'--%s%s", row->name, value);
    weir_buf_byte(out, '[');
    put_spec(out, gen_brief(row->help));
    weir_buf_byte(out, ']');
    put_action(out, row);
    weir_buf_z(out, "' \\\n");
    if (weir_option_has_no(row))
        weir_buf_fmt(out, "        '--no-%s[Turn --%s off]' \\\n", row->name,
                     row->name);
}

static void put_command(struct weir_buf *out,
                        const struct weir_command_row *command) {
    weir_buf_fmt(out, "_weir_%s() {\n    _arguments -s -S : \\\n",
                 command->name);
    for (size_t i = 0; i < OPT_COUNT; i++)
        if (weir_option_row(i)->commands & command->bit)
            put_option(out, weir_option_row(i));
    weir_buf_fmt(out, "        '*:%s'\n}\n\n",
                 gen_takes_files(command) ? "file:_files" : "operand: ");
}

void gen_zsh(struct weir_buf *out) {
    weir_buf_z(out,
               "#compdef weir\n"
               "# zsh completion for weir, made from its option table\n\n");
    for (size_t i = 0; i < weir_command_count(); i++)
        put_command(out, weir_command_at(i));
    weir_buf_z(out, "_weir_commands() {\n"
                    "    local -a commands\n"
                    "    commands=(\n"
                    "        'help:show the help of a command'\n");
    for (size_t i = 0; i < weir_command_count(); i++) {
        weir_buf_fmt(out, "        '%s:", weir_command_at(i)->name);
        put_spec(out, weir_str_of(weir_command_at(i)->summary));
        weir_buf_z(out, "'\n");
    }
    weir_buf_z(out, "    )\n"
                    "    _describe -t commands 'weir command' commands\n"
                    "}\n\n"
                    "_weir() {\n"
                    "    local curcontext=$curcontext state line\n"
                    "    _arguments -C \\\n"
                    "        '(- *)'{-h,--help}'[Show the commands]' \\\n"
                    "        '(- *)'{-V,--version}'[Show the version]' \\\n"
                    "        '1:command:_weir_commands' \\\n"
                    "        '*::argument:->rest' && return\n"
                    "    [[ $state == rest ]] || return\n"
                    "    case $words[1] in\n"
                    "    help) _weir_commands ;;\n"
                    "    *) (( $+functions[_weir_$words[1]] )) && "
                    "_weir_$words[1] ;;\n"
                    "    esac\n"
                    "}\n\n"
                    "_weir \"$@\"\n");
}
