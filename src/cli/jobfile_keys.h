/* jobfile_keys.h - the keys of a job file as data (jobfile_keys.def).
 *
 * The reader asks which keys a mapping may have; weir-gen makes the JSON Schema
 * and the lists of weir-job(5) of the same tables. Depends on base only. */
#ifndef WEIR_CLI_JOBFILE_KEYS_H
#define WEIR_CLI_JOBFILE_KEYS_H

#include "base/buf.h"

enum weir_jobfile_table {
#define TABLE(id, title, required) WEIR_JOBFILE_##id,
#include "cli/jobfile_keys.def"
    WEIR_JOBFILE_TABLES
};

struct weir_jobfile_key {
    enum weir_jobfile_table table;
    const char *name;
    const char *shape; /* an id of the schema's "$defs" */
    const char *help;
};

size_t weir_jobfile_key_count(void);
const struct weir_jobfile_key *weir_jobfile_key_at(size_t i);
/* NULL if the table has no such key. */
const struct weir_jobfile_key *
weir_jobfile_key_find(enum weir_jobfile_table table, struct weir_str name);
/* "job", "follow" ... */
const char *weir_jobfile_table_name(enum weir_jobfile_table table);
/* WEIR_JOBFILE_TABLES if there is none of this name. */
enum weir_jobfile_table weir_jobfile_table_find(struct weir_str name);
/* "A rule for links". */
const char *weir_jobfile_table_title(enum weir_jobfile_table table);
/* Its keys that must be there, separated by spaces. */
const char *weir_jobfile_table_required(enum weir_jobfile_table table);
/* Appends the JSON Schema (2020-12). */
void weir_jobfile_put_schema(struct weir_buf *out);

#endif
