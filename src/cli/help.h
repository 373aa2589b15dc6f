/* help.h - what --help and --version print, made from the tables. */
#ifndef WEIR_CLI_HELP_H
#define WEIR_CLI_HELP_H

#include "base/buf.h"
#include "cli/tables.h"

/* "weir --help": the commands with a line each. */
void weir_help_program(struct weir_buf *out);
/* "weir COMMAND --help": options by group, aligned, at most 80 columns. */
void weir_help_command(struct weir_buf *out,
                       const struct weir_command_row *command);
/* "weir 0.1.0" and a line for each library. */
void weir_help_version(struct weir_buf *out);

/* Appends text broken at spaces into lines of at most `width` bytes, the
 * following ones indented by `indent`; the first begins at column `column`. */
void weir_help_wrap(struct weir_buf *out, struct weir_str text, size_t column,
                    size_t indent, size_t width);

#endif
