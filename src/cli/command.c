/* command.c - how a command says that it failed, and how it ends. */
#include "cli/command.h"

#include "base/escape.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

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

int weir_cli_flush(int status) {
    if ((fflush(stdout) == 0 && !ferror(stdout)) || status != 0)
        return status;
    fprintf(stderr, "weir: standard output: %s\n", strerror(errno));
    return weir_err_exit_status(WEIR_E_IO);
}

void weir_cli_leave(int status) {
#ifdef NDEBUG
    _exit(weir_cli_flush(status));
#else
    (void)status;
#endif
}
