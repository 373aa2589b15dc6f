/* bash.c - the completion script for bash.
 *
 * One case for each command: first the options whose values are completed or
 * at least must not be taken for operands, then the names of all options. */
#include "cli/gen/gen.h"

static void put_spellings(struct weir_buf *out,
                          const struct weir_option_row *row, bool first) {
    if (!first)
        weir_buf_byte(out, '|');
    if (row->letter)
        weir_buf_fmt(out, "-%c|", row->letter);
    weir_buf_fmt(out, "--%s", row->name);
}

/* "-i|--input-file|--store) action ;;" for all options of this kind. */
static void put_kind(struct weir_buf *out, unsigned command,
                     enum gen_values kind, const char *action) {
    bool any = false;
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const struct weir_option_row *row = weir_option_row(i);
        if (!(row->commands & command) || gen_values(row) != kind)
            continue;
        if (!any)
            weir_buf_z(out, "        ");
        put_spellings(out, row, !any);
        any = true;
    }
    if (any)
        weir_buf_fmt(out, ") %s; return ;;\n", action);
}

static void put_words(struct weir_buf *out, unsigned command) {
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const struct weir_option_row *row = weir_option_row(i);
        if (!(row->commands & command) || gen_values(row) != GEN_WORDS)
            continue;
        weir_buf_z(out, "        ");
        put_spellings(out, row, true);
        weir_buf_z(out, ") _weir_reply -W '");
        gen_put_words(out, row);
        weir_buf_z(out, "'; return ;;\n");
    }
}

static void put_command(struct weir_buf *out,
                        const struct weir_command_row *command) {
    weir_buf_fmt(out, "    %s)\n        case $prev in\n", command->name);
    put_kind(out, command->bit, GEN_FILES, "_weir_reply -f");
    put_kind(out, command->bit, GEN_DIRS, "_weir_reply -d");
    put_words(out, command->bit);
    put_kind(out, command->bit, GEN_ANYTHING, ":");
    weir_buf_fmt(out, "        esac\n        operands=%s\n        options='",
                 gen_takes_files(command) ? "-f" : "");
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const struct weir_option_row *row = weir_option_row(i);
        if (!(row->commands & command->bit))
            continue;
        weir_buf_fmt(out, "\n            --%s", row->name);
        if (weir_option_has_no(row))
            weir_buf_fmt(out, " --no-%s", row->name);
    }
    weir_buf_z(out, "'\n        ;;\n");
}

void gen_bash(struct weir_buf *out) {
    weir_buf_z(out, "# bash completion for weir, made from its option table\n"
                    "_weir_reply() {\n"
                    "    local line\n"
                    "    while IFS= read -r line; do\n"
                    "        COMPREPLY+=(\"$line\")\n"
                    "    done < <(compgen \"$@\" -- \"$cur\")\n"
                    "    [[ $1 == -[fd] ]] && compopt -o filenames "
                    "2>/dev/null\n"
                    "}\n\n"
                    "_weir() {\n"
                    "    local cur=${COMP_WORDS[COMP_CWORD]}\n"
                    "    local prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                    "    local commands='help");
    for (size_t i = 0; i < weir_command_count(); i++)
        weir_buf_fmt(out, " %s", weir_command_at(i)->name);
    weir_buf_z(out, "' options= operands=\n"
                    "    COMPREPLY=()\n"
                    "    # --name=value arrives as three words\n"
                    "    if [[ $cur == = ]]; then\n"
                    "        cur=\n"
                    "    elif [[ $prev == = ]]; then\n"
                    "        prev=${COMP_WORDS[COMP_CWORD-2]}\n"
                    "    fi\n"
                    "    if ((COMP_CWORD == 1)); then\n"
                    "        _weir_reply -W \"$commands --help --version\"\n"
                    "        return\n"
                    "    fi\n"
                    "    case ${COMP_WORDS[1]} in\n"
                    "    help)\n"
                    "        _weir_reply -W \"$commands\"\n"
                    "        return\n"
                    "        ;;\n");
    for (size_t i = 0; i < weir_command_count(); i++)
        put_command(out, weir_command_at(i));
    weir_buf_z(out, "    esac\n"
                    "    if [[ $cur == -* ]]; then\n"
                    "        _weir_reply -W \"$options\"\n"
                    "    elif [[ $operands ]]; then\n"
                    "        _weir_reply \"$operands\"\n"
                    "    fi\n"
                    "}\n\n"
                    "complete -F _weir weir\n");
}
