/* parse.h - fills a struct weir_options, from wherever the values come.
 *
 * Later values win over earlier ones, and those of TYPE_MANY add up. So the
 * layers are parsed from the weakest to the strongest: configuration files,
 * environment, command line (cli/config.h has the order).
 */
#ifndef WEIR_CLI_PARSE_H
#define WEIR_CLI_PARSE_H

#include "cli/tables.h"

struct weir_options *weir_options_create(void);    /* NULL = no memory */
void weir_options_destroy(struct weir_options *o); /* NULL-safe */

/* One value, checked against its type. WEIR_E_USAGE names the option as
 * `spelling`, the value and what is expected. */
enum weir_err weir_options_add(struct weir_options *o,
                               const struct weir_option_row *row,
                               const char *spelling, struct weir_str text,
                               struct weir_error *error);
/* A switch, on or off. */
void weir_options_switch(struct weir_options *o,
                         const struct weir_option_row *row, bool on);

/* The command line of one command (argv NULL-terminated, without program and
 * command). Operands go to `operands`, which has room for all of argv, and
 * their number to *operand_count. */
enum weir_err weir_options_parse(struct weir_options *o, unsigned command,
                                 char **argv, char **operands,
                                 int *operand_count, struct weir_error *error);

#endif
