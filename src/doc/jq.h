/* jq.h - jq programs over JSON texts: compiled once, with numbers kept.
 *
 * Two ways, chosen when a program is compiled; their results are the same:
 *
 *   paths    ".a.b[0]", ".items[]", ".x?", ".[\"a b\"] | .c": walked over the
 *            text itself (core/json.h). A value is a slice of the text, so
 *            every literal is kept as it stands ("1.0", 20 digits).
 *   libjq    everything else. jq 1.6 makes every number a double. Integers
 *            beyond 2^53 survive all the same: see doc/jq_numbers.h. Numbers
 *            that a program computes are doubles, as jq says.
 *
 * A program and an input belong to one thread. libjq has no bound on the steps
 * of a program: one that never yields ("def f: f; f") is its author's fault.
 * The number of outputs is bounded.
 *
 *     e = weir_jq_compile(WEIR_STR(".items[] | .id"), &jq, &error);
 *     e = weir_jq_input_create(text, &input, &error);
 *     e = weir_jq_run(jq, input, arena, 1000, &outputs, &error);
 *     ... outputs.at[0] is JSON text, in `text` or in the arena ...
 */
#ifndef WEIR_DOC_JQ_H
#define WEIR_DOC_JQ_H

#include "base/arena.h"
#include "base/err.h"

struct weir_jq;
struct weir_jq_input;

/* WEIR_E_INVALID with jq's message, "jq: ..."; WEIR_E_NOMEM. */
enum weir_err weir_jq_compile(struct weir_str program, struct weir_jq **out,
                              struct weir_error *error);
void weir_jq_destroy(struct weir_jq *jq); /* NULL-safe */

/* The text must outlive the input; it is read once. WEIR_E_INVALID with the
 * byte at which it is no JSON ("JSON: unterminated string at byte 812");
 * WEIR_E_NOMEM. */
enum weir_err weir_jq_input_create(struct weir_str text,
                                   struct weir_jq_input **out,
                                   struct weir_error *error);
/* The same for a value that was read before: a part of another input's text,
 * or an output. */
enum weir_err weir_jq_input_of_value(struct weir_str text,
                                     struct weir_jq_input **out);
void weir_jq_input_destroy(struct weir_jq_input *input);

/* JSON values; null is one. Released by weir_jq_outputs_release. */
struct weir_jq_outputs {
    struct weir_str *at;
    size_t count, cap;
};
void weir_jq_outputs_init(struct weir_jq_outputs *o);
void weir_jq_outputs_release(struct weir_jq_outputs *o);
enum weir_err weir_jq_outputs_add(struct weir_jq_outputs *o,
                                  struct weir_str value);

/* Runs the program; `outputs` is emptied first and holds what came before an
 * error too. At most `max` outputs, the rest is not asked for.
 * WEIR_E_INVALID: the program's own error ("jq: Cannot index array with
 * \"a\""), WEIR_E_LIMIT, WEIR_E_NOMEM. */
enum weir_err weir_jq_run(struct weir_jq *jq, struct weir_jq_input *input,
                          struct weir_arena *arena, size_t max,
                          struct weir_jq_outputs *outputs,
                          struct weir_error *error);

#endif
