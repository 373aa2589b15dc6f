/* fish.c - the completions for fish: one line an option and command. */
#include "cli/gen/gen.h"

static void put_quoted(struct weir_buf *out, struct weir_str s) {
    weir_buf_byte(out, '\'');
    gen_put_escaped(out, s, "'\\");
    weir_buf_byte(out, '\'');
}

static void put_option(struct weir_buf *out, const char *command,
                       const struct weir_option_row *row) {
    weir_buf_fmt(out, "complete -c weir -n '__weir_command %s'", command);
    if (row->letter)
        weir_buf_fmt(out, " -s %c", row->letter);
    weir_buf_fmt(out, " -l %s", row->name);
    switch (gen_values(row)) {
    case GEN_NO_VALUE:
        break;
    case GEN_FILES:
        weir_buf_z(out, " -r -F");
        break;
    case GEN_DIRS:
        weir_buf_z(out, " -x -a '(__fish_complete_directories)'");
        break;
    case GEN_WORDS:
        weir_buf_z(out, " -x -a '");
        gen_put_words(out, row);
        weir_buf_byte(out, '\'');
        break;
    case GEN_ANYTHING:
        weir_buf_z(out, " -x");
        break;
    }
    weir_buf_z(out, " -d ");
    put_quoted(out, gen_brief(row->help));
    weir_buf_byte(out, '\n');
    if (weir_option_has_no(row))
        weir_buf_fmt(out,
                     "complete -c weir -n '__weir_command %s' -l no-%s "
                     "-d 'Turn --%s off'\n",
                     command, row->name, row->name);
}

void gen_fish(struct weir_buf *out) {
    weir_buf_z(out, "# fish completions for weir, made from its option table\n"
                    "function __weir_command\n"
                    "    set -l words (commandline -opc)\n"
                    "    if test (count $argv) -eq 0\n"
                    "        test (count $words) -eq 1\n"
                    "    else\n"
                    "        test (count $words) -gt 1\n"
                    "        and contains -- $words[2] $argv\n"
                    "    end\n"
                    "end\n\n"
                    "complete -c weir -f\n"
                    "complete -c weir -n __weir_command -l help -s h "
                    "-d 'Show the commands'\n"
                    "complete -c weir -n __weir_command -l version -s V "
                    "-d 'Show the version'\n"
                    "complete -c weir -n __weir_command -a help "
                    "-d 'Show the help of a command'\n");
    for (size_t i = 0; i < weir_command_count(); i++) {
        const struct weir_command_row *c = weir_command_at(i);
        weir_buf_fmt(out, "complete -c weir -n __weir_command -a %s -d ",
                     c->name);
        put_quoted(out, weir_str_of(c->summary));
        weir_buf_fmt(out, "\ncomplete -c weir -n '__weir_command help' -a %s\n",
                     c->name);
        if (gen_takes_files(c))
            weir_buf_fmt(out, "complete -c weir -n '__weir_command %s' -F\n",
                         c->name);
    }
    for (size_t i = 0; i < weir_command_count(); i++)
        for (size_t k = 0; k < OPT_COUNT; k++)
            if (weir_option_row(k)->commands & weir_command_at(i)->bit)
                put_option(out, weir_command_at(i)->name, weir_option_row(k));
}
