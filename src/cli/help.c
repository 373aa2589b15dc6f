/* help.c - the help texts.
 *
 * An option's line has its spellings on the left and its help from column 28
 * on; spellings that are too long for that get a line of their own. */
#include "cli/help.h"

#include "doc/version.h"
#include "net/version.h"
#include "store/version.h"

enum { TEXT_COLUMN = 28, LINE_WIDTH = 80 };

static void pad(struct weir_buf *out, size_t n) {
    while (n-- > 0)
        weir_buf_byte(out, ' ');
}

void weir_help_wrap(struct weir_buf *out, struct weir_str text, size_t column,
                    size_t indent, size_t width) {
    struct weir_str word;
    bool more, first = true;
    do {
        more = weir_str_cut(text, ' ', &word, &text);
        if (!first && column + 1 + word.n > width) {
            weir_buf_byte(out, '\n');
            pad(out, indent);
            column = indent;
            first = true;
        }
        if (!first) {
            weir_buf_byte(out, ' ');
            column++;
        }
        weir_buf_str(out, word);
        column += word.n;
        first = false;
    } while (more);
    weir_buf_byte(out, '\n');
}

static void put_option(struct weir_buf *out,
                       const struct weir_option_row *row) {
    size_t start = out->len, used;
    struct weir_buf text;
    if (row->letter)
        weir_buf_fmt(out, "  -%c, --%s", row->letter, row->name);
    else
        weir_buf_fmt(out, "      --%s", row->name);
    if (row->arg)
        weir_buf_fmt(out, " %s", row->arg);
    used = out->len - start;
    if (used + 2 > TEXT_COLUMN) {
        weir_buf_byte(out, '\n');
        used = 0;
    }
    pad(out, TEXT_COLUMN - used);
    weir_buf_init(&text, 0);
    weir_buf_z(&text, row->help);
    if (row->fallback)
        weir_buf_fmt(&text, " Default: %s.", row->fallback);
    weir_help_wrap(out, weir_buf_view(&text), TEXT_COLUMN, TEXT_COLUMN,
                   LINE_WIDTH);
    weir_buf_release(&text);
}

static void put_group(struct weir_buf *out, unsigned command,
                      enum weir_opt_group group) {
    bool any = false;
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const struct weir_option_row *row = weir_option_row(i);
        if (row->group != group || !(row->commands & command))
            continue;
        if (!any)
            weir_buf_fmt(out, "\n%s:\n", weir_group_title(group));
        any = true;
        put_option(out, row);
    }
}

void weir_help_command(struct weir_buf *out,
                       const struct weir_command_row *command) {
    bool any_no = false;
    weir_buf_fmt(out, "Usage: weir %s [OPTION...]%s%s\n\n", command->name,
                 command->operands[0] ? " " : "", command->operands);
    weir_help_wrap(out, weir_str_of(command->summary), 0, 0, LINE_WIDTH);
    for (int g = 0; g < GROUP_COUNT; g++)
        put_group(out, command->bit, g);
    for (size_t i = 0; i < OPT_COUNT; i++)
        any_no = any_no || ((weir_option_row(i)->commands & command->bit) &&
                            weir_option_has_no(weir_option_row(i)));
    if (any_no)
        weir_buf_z(out, "\nA switch --x is turned off by --no-x.\n");
    weir_buf_fmt(out, "\nThe manual: man weir-%s\n", command->name);
}

void weir_help_program(struct weir_buf *out) {
    size_t widest = 0;
    weir_buf_z(out, "Usage: weir COMMAND [OPTION...] [OPERAND...]\n\n"
                    "Fetches and scrapes in bulk: fast, polite, restartable.\n"
                    "\nCommands:\n");
    for (size_t i = 0; i < weir_command_count(); i++) {
        size_t n = weir_str_of(weir_command_at(i)->name).n;
        widest = n > widest ? n : widest;
    }
    for (size_t i = 0; i < weir_command_count(); i++) {
        const struct weir_command_row *c = weir_command_at(i);
        weir_buf_fmt(out, "  %-*s  ", (int)widest, c->name);
        weir_help_wrap(out, weir_str_of(c->summary), widest + 4, widest + 4,
                       LINE_WIDTH);
    }
    weir_buf_z(out, "\n\"weir COMMAND --help\" lists the options of a command; "
                    "\"man weir\" says more.\n");
}

void weir_help_version(struct weir_buf *out) {
    weir_buf_z(out, "weir " WEIR_VERSION "\n");
    weir_net_versions(out);
    weir_store_versions(out);
    weir_doc_versions(out);
}
