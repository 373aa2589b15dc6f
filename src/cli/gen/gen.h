/* gen.h - weir-gen: what the build derives from the tables of the program.
 *
 *     weir-gen man FILE.in      a manual page, its @OPTIONS:command@ and
 *                               @KEYS:table@ filled in
 *     weir-gen bash|zsh|fish    a completion script
 *     weir-gen list             "command --option" lines, for the drift test
 *     weir-gen schema           the JSON Schema of job files
 *     weir-gen keys             "table key" lines of job files
 *
 * Each function appends its text to out; whoever calls looks at out->failed.
 */
#ifndef WEIR_CLI_GEN_GEN_H
#define WEIR_CLI_GEN_GEN_H

#include "base/buf.h"
#include "cli/tables.h"

/* WEIR_E_USAGE for a placeholder that names no command. */
enum weir_err gen_man(struct weir_buf *out, struct weir_str page,
                      struct weir_error *error);
void gen_bash(struct weir_buf *out);
void gen_zsh(struct weir_buf *out);
void gen_fish(struct weir_buf *out);
void gen_list(struct weir_buf *out);
void gen_keys(struct weir_buf *out);

/* How a shell completes the value of an option. */
enum gen_values {
    GEN_NO_VALUE, /* a switch */
    GEN_ANYTHING,
    GEN_FILES,
    GEN_DIRS,
    GEN_WORDS
};
enum gen_values gen_values(const struct weir_option_row *row);
/* For GEN_WORDS: the words, separated by spaces. */
void gen_put_words(struct weir_buf *out, const struct weir_option_row *row);
/* The first sentence of a help text, without its full stop. */
struct weir_str gen_brief(const char *help);
/* Appends s with each byte of `special` escaped by a backslash. */
void gen_put_escaped(struct weir_buf *out, struct weir_str s,
                     const char *special);
/* The operands of the command are files. */
bool gen_takes_files(const struct weir_command_row *command);

#endif
