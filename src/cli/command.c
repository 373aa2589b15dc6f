/* command.c - how a command says that it failed. */
#include "cli/command.h"

#include "base/escape.h"

#include <stdarg.h>

int weir_cli_fail(struct weir_cli *cli, const struct weir_error *error) {
    const char *command = cli->command ? cli->command : "";
    const char *space = cli->command ? " " : "";
    struct weir_buf line;
    weir_buf_init(&line, 0);
    weir_escape_terminal(&line, weir_str_of(error->message));
    fprintf(cli->err, "weir%s%s: %s\n", space, command, line.p);
    if (error->code == WEIR_E_USAGE)
        fprintf(cli->err, "Try \"weir%s%s --help\".\n", space, command);
    weir_buf_release(&line);
    return weir_err_exit_status(error->code);
}

int weir_cli_failf(struct weir_cli *cli, enum weir_err code, const char *format,
                   ...) {
    struct weir_error error = {.code = code};
    va_list args;
    va_start(args, format);
    weir_error_setv(&error, code, format, args);
    va_end(args);
    return weir_cli_fail(cli, &error);
}
