/* options.h - the options of the command line, from one table.
 *
 * options.def is the one source: it feeds the parser, --help, config keys, man
 * pages and completions. Every value arrives as text that the parser has
 * already checked against the option's type, so a command may convert it
 * without looking at errors again.
 */
#ifndef WEIR_CLI_OPTIONS_H
#define WEIR_CLI_OPTIONS_H

#include "base/err.h"
#include "base/units.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_opt_id {
#define OPTION(id, name, letter, commands, type, arg, def, group, help)        \
    OPT_##id,
#include "cli/options.def"
#undef OPTION
    OPT_COUNT
};

struct weir_options;

/* The (last) text given, else the table's default, else NULL. */
const char *weir_opt_get(const struct weir_options *o, enum weir_opt_id id);
/* Given by the user (command line, environment, config), not by default. */
bool weir_opt_given(const struct weir_options *o, enum weir_opt_id id);
/* Switches: on after --x, off after --no-x or by default; the later wins. */
bool weir_opt_on(const struct weir_options *o, enum weir_opt_id id);
/* How often it was given (-vv). */
size_t weir_opt_count(const struct weir_options *o, enum weir_opt_id id);
/* The nth text of an option that may be repeated (-H). */
const char *weir_opt_nth(const struct weir_options *o, enum weir_opt_id id,
                         size_t n);
/* Converted by type; 0 when there is no value. */
uint64_t weir_opt_int(const struct weir_options *o, enum weir_opt_id id);
uint64_t weir_opt_size(const struct weir_options *o, enum weir_opt_id id);
int64_t weir_opt_duration_ns(const struct weir_options *o, enum weir_opt_id id);
struct weir_rate weir_opt_rate(const struct weir_options *o,
                               enum weir_opt_id id);

#endif
