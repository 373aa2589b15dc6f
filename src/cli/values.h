/* values.h - is a text a value of an option's type?
 *
 * Values are checked when they are read, wherever they come from; who uses
 * one later converts it without looking at errors. */
#ifndef WEIR_CLI_VALUES_H
#define WEIR_CLI_VALUES_H

#include "cli/tables.h"

/* WEIR_OK, or WEIR_E_USAGE with *expected = what would be right ("a size like
 * 500k or 1.5G"), a text for people that needs no freeing. */
enum weir_err weir_value_check(const struct weir_option_row *row,
                               struct weir_str text, const char **expected);

/* A switch's value in a config file or the environment: true, yes, on, 1 or
 * false, no, off, 0 (any case). False = it is none of them. */
bool weir_value_switch(struct weir_str text, bool *on);

#endif
