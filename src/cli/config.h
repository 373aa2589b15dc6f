/* config.h - options from configuration files and the environment.
 *
 * A file has lines of "long-name = value"; # begins a comment line. A switch
 * takes yes or no (true, on, 1, false, off, 0). The value reaches to the end
 * of its line, without the spaces around it. WEIR_HOST_RATE=5/s is the
 * environment's spelling of --host-rate.
 *
 * What wins, first to last: command line, files of --config (later ones over
 * earlier ones), environment, $XDG_CONFIG_HOME/weir/config, /etc/weir/config.
 */
#ifndef WEIR_CLI_CONFIG_H
#define WEIR_CLI_CONFIG_H

#include "cli/tables.h"

/* Adds the options of a file's text to o. Options that only other commands have
 * are passed over. WEIR_E_USAGE names place:line:column. */
enum weir_err weir_config_parse(struct weir_options *o, unsigned command,
                                struct weir_str text, const char *place,
                                struct weir_error *error);

/* Adds all WEIR_* variables of the command's options; an empty one counts as
 * not there. `environment` is NULL-terminated "NAME=value". */
enum weir_err weir_config_environment(struct weir_options *o, unsigned command,
                                      const char *const *environment,
                                      struct weir_error *error);

/* All layers but the command line, weakest first. `line` is the parsed command
 * line, for its --config and --no-config. WEIR_E_IO when a file cannot be
 * read; that the user's or the system's file is not there is no error. */
enum weir_err weir_config_load(struct weir_options *o, unsigned command,
                               const struct weir_options *line,
                               const char *const *environment,
                               struct weir_error *error);

#endif
