/* jq_path.h - jq's plain paths over JSON text. Private to doc/.
 *
 * ".", ".a", ".\"a b\"", ".[\"a\"]", ".[0]", ".[-1]", ".[]", each with "?",
 * one after another, and "|" between such paths. */
#ifndef WEIR_DOC_JQ_PATH_H
#define WEIR_DOC_JQ_PATH_H

#include "doc/jq.h"

struct jq_path;

/* *out is NULL when the program is no plain path. WEIR_E_NOMEM. */
enum weir_err jq_path_compile(struct weir_str program, struct jq_path **out);
void jq_path_destroy(struct jq_path *path);
/* As weir_jq_run; the text holds one valid value. *unsure: the outputs do not
 * count, libjq is to be asked. */
enum weir_err jq_path_run(const struct jq_path *path, struct weir_str text,
                          size_t max, struct weir_jq_outputs *outputs,
                          bool *unsure, struct weir_error *error);

#endif
