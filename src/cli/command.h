/* command.h - what a command of the program is given and what it answers.
 *
 * One command = one file cmd_<name>.c with its function, and one line in
 * commands.def. Options are lines in options.def; a command reads them by id.
 *
 *     int weir_cmd_url(struct weir_cli *cli)
 *     {
 *         const char *base = weir_opt_get(cli->options, OPT_BASE);
 *         for (int i = 0; i < cli->argc; i++) ...
 *         return 0;
 *     }
 */
#ifndef WEIR_CLI_COMMAND_H
#define WEIR_CLI_COMMAND_H

#include "base/err.h"
#include "cli/options.h"

#include <stdio.h>

struct weir_cli {
    const struct weir_options *options;
    const char *command; /* "get"; NULL before one is known */
    int argc;            /* operands: what is left after options */
    char **argv;
    char **words; /* all words after the command, as given; NULL-terminated */
    FILE *out, *err;
};

/* Prints "weir <command>: message" escaped to cli->err and returns the exit
 * status that belongs to the code. */
int weir_cli_fail(struct weir_cli *cli, const struct weir_error *error);
/* The same with a message made here; for usage errors a line that points to
 * "weir <command> --help" follows. */
int weir_cli_failf(struct weir_cli *cli, enum weir_err code, const char *format,
                   ...) WEIR_PRINTF(3, 4);

/* Flushes standard output; the status to end with, which says so if that fails.
 */
int weir_cli_flush(int status);
/* Ends the process when everything it did is on disk. What is left is memory
 * and sockets: the kernel takes those back faster than we give them, one by one
 * (18 ms for 1,000 connections). Returns in builds that look for leaks. */
void weir_cli_leave(int status);

/* The functions of commands.def. */
#define X(name, function, operands, summary) int function(struct weir_cli *cli);
#include "cli/commands.def"
#undef X

#endif
