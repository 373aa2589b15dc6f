/* jobfile_hint.h - selectors that YAML swallowed, seen in the file's text.
 *
 * A selector may begin with what is syntax in YAML: "#main" is a comment, "*"
 * an alias, "[x]" a list. What went wrong is found in the text around the
 * place, and said with the quotes that mend it. */
#ifndef WEIR_CLI_JOBFILE_HINT_H
#define WEIR_CLI_JOBFILE_HINT_H

#include "cli/jobfile_yaml.h"

/* For a syntax error at *place that libfyaml calls `message`: writes what is
 * wrong, moves *place to where it begins, and answers true if it knows. */
bool weir_jobfile_syntax_hint(struct weir_str file, const char *message,
                              struct weir_job_place *place, char *out,
                              size_t size);

/* What stands where a node has no text: the comment of "title: #main", the
 * anchor of "title: &main". Empty if nothing does. */
struct weir_str weir_jobfile_swallowed(struct weir_str file,
                                       const struct weir_yaml *node);

/* The comment that cuts a plain scalar: "div #main". Empty if there is none or
 * if it looks like one ("div # the main part"). */
struct weir_str weir_jobfile_comment_behind(struct weir_str file,
                                            const struct weir_yaml *node);

#endif
