/* jobfile_yaml.h - YAML 1.2 (and JSON) as a tree that knows its places.
 *
 * One document, read with libfyaml's events into an arena. What makes YAML
 * dangerous is bounded: size, nesting, and aliases that expand (an alias
 * counts as all that it stands for). Duplicate keys are errors. Scalars stay
 * text; what a plain one means is asked for with weir_yaml_is_null and
 * weir_yaml_put_json (YAML 1.2 core schema: yes and no are text).
 */
#ifndef WEIR_CLI_JOBFILE_YAML_H
#define WEIR_CLI_JOBFILE_YAML_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/job.h"

enum {
    WEIR_YAML_MAX_BYTES = 4 << 20,
    WEIR_YAML_MAX_DEPTH = 48,
    WEIR_YAML_MAX_NODES = 1000000 /* aliases expanded */
};

enum weir_yaml_kind { WEIR_YAML_SCALAR, WEIR_YAML_LIST, WEIR_YAML_MAP };

struct weir_yaml {
    enum weir_yaml_kind kind;
    bool plain; /* an unquoted scalar */
    bool flow;  /* [a list] or {a map} in brackets */
    struct weir_job_place place;
    size_t at;            /* where its text begins, in bytes of the file */
    struct weir_str text; /* of a scalar, NUL-terminated and without NULs */
    struct weir_str key;  /* as a member of a map */
    struct weir_job_place key_place;
    size_t key_end; /* where the key ends, in bytes of the file */
    const struct weir_yaml *first, *next; /* members; the one after this */
    size_t count;                         /* of members */
    size_t weight;                        /* nodes in it, itself included */
};

/* Reads `text` into the arena, which must outlast the tree. WEIR_E_INVALID
 * with *place and a message without it, WEIR_E_NOMEM. */
enum weir_err weir_yaml_parse(const struct weir_yaml **out,
                              struct weir_arena *arena, struct weir_str text,
                              struct weir_job_place *place,
                              struct weir_error *error);

/* null, ~ or nothing at all, unquoted. */
bool weir_yaml_is_null(const struct weir_yaml *node);
/* true or false, unquoted. */
bool weir_yaml_is_bool(const struct weir_yaml *node, bool *value);
/* The member of a map, NULL if there is none. */
const struct weir_yaml *weir_yaml_get(const struct weir_yaml *map,
                                      const char *key);
/* Appends a plain scalar that is null, a boolean or a number as JSON; false,
 * and nothing appended, when it is text. Integers keep all their digits. */
bool weir_yaml_put_plain(const struct weir_yaml *node, struct weir_buf *out);

#endif
