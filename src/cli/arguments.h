/* arguments.h - argv taken apart into options and operands, one at a time.
 *
 * Knows the option table and nothing of what the options mean:
 *
 *     --name value   --name=value   --name   --no-name
 *     -n value   -nvalue   -abc (switches, the last may take a value)
 *     --   ends the options;   -   is an operand
 *
 * Options and operands may be mixed. Names are never abbreviated.
 *
 *     struct weir_arguments it = {.commands = CMD_get, .argv = argv};
 *     struct weir_argument a;
 *     while ((code = weir_arguments_next(&it, &a, error)) == WEIR_OK && a.text)
 *         ...
 */
#ifndef WEIR_CLI_ARGUMENTS_H
#define WEIR_CLI_ARGUMENTS_H

#include "base/buf.h"
#include "cli/tables.h"

struct weir_arguments {
    unsigned commands; /* whose options are known */
    char **argv;       /* NULL-terminated, without the program and command */
    /* its own: */
    const char *bundle; /* the rest of -abc */
    bool operands_only;
};

struct weir_argument {
    const struct weir_option_row *row; /* NULL = an operand */
    const char *text;  /* operand or value, "" for a switch; NULL = the end */
    bool on;           /* a switch: false for --no-x */
    char spelling[40]; /* "--max-time" or "-m", for messages */
};

/* WEIR_E_USAGE: an unknown option (the message names the nearest one), a value
 * that is missing or too many. */
enum weir_err weir_arguments_next(struct weir_arguments *it,
                                  struct weir_argument *out,
                                  struct weir_error *error);

/* Appends " argument" quoted for a POSIX shell. */
void weir_arguments_put_quoted(struct weir_buf *out, struct weir_str s);

/* Appends the arguments as a command line that a shell takes, without secrets:
 * values of secret options and credentials in URLs become "...". */
void weir_arguments_put_public(struct weir_buf *out, unsigned commands,
                               char **argv);

#endif
