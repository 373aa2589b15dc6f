/* main.c - finds the command, reads its options and runs it.
 *
 * "weir COMMAND [OPTION...] [OPERAND...]"; before a command only --help and
 * --version are known. What a command returns is the exit status, unless its
 * output could not be written. */
#include "base/mem.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/help.h"
#include "cli/nearest.h"
#include "cli/parse.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

struct entry {
    const char *name;
    int (*run)(struct weir_cli *cli);
};

static const struct entry entries[] = {
#define X(name, function, operands, summary) {#name, function},
#include "cli/commands.def"
#undef X
    {NULL, NULL}};

/* Prints and releases a text; the exit status. */
static int print(struct weir_buf *text, FILE *to, int status) {
    if (text->failed) {
        fputs("weir: out of memory\n", stderr);
        status = weir_err_exit_status(WEIR_E_NOMEM);
    } else {
        fputs(text->p, to);
    }
    weir_buf_release(text);
    return status;
}

static int show(void (*put)(struct weir_buf *out), FILE *to, int status) {
    struct weir_buf text;
    weir_buf_init(&text, 0);
    put(&text);
    return print(&text, to, status);
}

static int show_command(const struct weir_command_row *row) {
    struct weir_buf text;
    weir_buf_init(&text, 0);
    weir_help_command(&text, row);
    return print(&text, stdout, 0);
}

/* Neither a command nor an option of the program. */
static int unknown(const char *word) {
    struct weir_nearest best = {.wanted = weir_str_of(word)};
    struct weir_error error;
    const char *what = word[0] == '-' ? "option" : "command";
    for (size_t i = 0; i < weir_command_count(); i++)
        weir_nearest_offer(&best, weir_command_at(i)->name);
    weir_nearest_offer(&best, "--help");
    weir_nearest_offer(&best, "--version");
    if (best.found)
        weir_error_set(&error, WEIR_E_USAGE,
                       "unknown %s \"%s\"; did you mean %s?", what, word,
                       best.found);
    else
        weir_error_set(&error, WEIR_E_USAGE, "unknown %s \"%s\"", what, word);
    return weir_cli_fail(&(struct weir_cli){.err = stderr}, &error);
}

/* The command line is read twice: first alone, as it says which configuration
 * counts, and then once more over that. */
static enum weir_err read_options(const struct weir_command_row *row,
                                  struct weir_cli *cli, char **argv,
                                  struct weir_options *line,
                                  struct weir_options *all,
                                  struct weir_error *error) {
    enum weir_err code =
        weir_options_parse(line, row->bit, argv, cli->argv, &cli->argc, error);
    if (code == WEIR_OK && !weir_opt_on(line, OPT_HELP))
        code = weir_config_load(all, row->bit, line,
                                (const char *const *)environ, error);
    if (code == WEIR_OK)
        code = weir_options_parse(all, row->bit, argv, cli->argv, &cli->argc,
                                  error);
    return code;
}

static int run(const struct weir_command_row *row, struct weir_cli *cli,
               char **argv) {
    struct weir_options *line = weir_options_create();
    struct weir_options *all = weir_options_create();
    struct weir_error error = {0};
    int status;
    cli->options = all;
    if (!line || !all)
        status = weir_cli_failf(cli, WEIR_E_NOMEM, "out of memory");
    else if (read_options(row, cli, argv, line, all, &error))
        status = weir_cli_fail(cli, &error);
    else if (weir_opt_on(all, OPT_HELP))
        status = show_command(row);
    else if (weir_opt_on(all, OPT_VERSION))
        status = show(weir_help_version, stdout, 0);
    else
        status = entries[row - weir_command_at(0)].run(cli);
    weir_options_destroy(line);
    weir_options_destroy(all);
    return status;
}

static int start(int argc, char **argv) {
    struct weir_cli cli = {.out = stdout, .err = stderr};
    const struct weir_command_row *row;
    const char *word = argc > 1 ? argv[1] : NULL;
    char **operands;
    int status;
    if (!word)
        return show(weir_help_program, stderr, 2);
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        return show(weir_help_version, stdout, 0);
    if (strcmp(word, "help") == 0 && argc > 2) {
        row = weir_command_find(weir_str_of(argv[2]));
        return row ? show_command(row) : unknown(argv[2]);
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
        strcmp(word, "help") == 0)
        return show(weir_help_program, stdout, 0);
    row = weir_command_find(weir_str_of(word));
    if (!row)
        return unknown(word);
    operands = weir_calloc((size_t)argc, sizeof *operands);
    cli.command = row->name;
    cli.argv = operands;
    cli.words = argv + 2;
    if (!operands)
        return weir_cli_failf(&cli, WEIR_E_NOMEM, "out of memory");
    status = run(row, &cli, argv + 2);
    weir_free(operands);
    return status;
}

/* Whoever starts weir with a standard descriptor closed would have the next
 * file opened take its number, and messages written into it. What stands in
 * for one can be neither read nor written. */
static bool fill_descriptors(void) {
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
            return false;
    return true;
}

int main(int argc, char **argv) {
    if (!fill_descriptors())
        return weir_err_exit_status(WEIR_E_IO);
    weir_mem_tune();
    return weir_cli_flush(start(argc, argv));
}
