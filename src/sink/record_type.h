/* record_type.h - what the types of record outputs are made of; for the files
 * of this folder that implement one. */
#ifndef WEIR_SINK_RECORD_TYPE_H
#define WEIR_SINK_RECORD_TYPE_H

#include "core/members.h"
#include "sink/hashset.h"
#include "sink/outfile.h"
#include "sink/records.h"

struct weir_record_type {
    const char *name;
    /* Before anything else; s->own is the type's from here. */
    enum weir_err (*open)(struct weir_record_sink *s, struct weir_error *error);
    /* One record that the output takes; its members are in s->members. */
    enum weir_err (*put)(struct weir_record_sink *s,
                         const struct weir_record *record,
                         struct weir_error *error);
    /* Made anew: what stands before and after the records. NULL: nothing. */
    enum weir_err (*head)(struct weir_record_sink *s, struct weir_error *error);
    enum weir_err (*tail)(struct weir_record_sink *s, struct weir_error *error);
    /* A look at each record before the first is put, if the output names no
     * columns; NULL: not needed. */
    enum weir_err (*survey)(struct weir_record_sink *s,
                            struct weir_error *error);
    /* Databases; NULL for files. */
    enum weir_err (*begin)(struct weir_record_sink *s, uint64_t batch,
                           bool *wanted, struct weir_error *error);
    enum weir_err (*commit)(struct weir_record_sink *s,
                            struct weir_error *error);
    /* More files than s->file; NULL: none. */
    enum weir_err (*finish)(struct weir_record_sink *s, bool complete,
                            struct weir_error *error);
    void (*close)(struct weir_record_sink *s); /* frees s->own; NULL: nothing */
};

extern const struct weir_record_type weir_record_jsonl, weir_record_json,
    weir_record_csv, weir_record_text, weir_record_sqlite, weir_record_rss,
    weir_record_atom;

struct weir_record_sink {
    const struct weir_record_type *type;
    const struct weir_output *output;
    struct weir_record_config config;
    char *path;                /* with the folder; NULL for "-" */
    struct weir_outfile *file; /* NULL for databases */
    struct weir_members members;
    struct weir_buf line;         /* what put makes, cleared before it */
    struct weir_hashset seen;     /* dedupe */
    struct weir_hashset surveyed; /* the same, of the survey */
    uint64_t seed;
    uint64_t written, problems;
    struct weir_error problem; /* the first */
    void *own;
};

/* "-", or the path as the user wrote it. */
const char *weir_record_name(const struct weir_record_sink *s);
/* Notes something that was left out. */
void weir_record_problem(struct weir_record_sink *s, const char *format, ...)
    WEIR_PRINTF(2, 3);
/* Appends text that came from outside, escaped if it goes to a terminal. */
enum weir_err weir_record_put_shown(const struct weir_record_sink *s,
                                    struct weir_str text, struct weir_buf *out);
/* Writes s->line; WEIR_E_NOMEM if it failed. */
enum weir_err weir_record_write_line(struct weir_record_sink *s,
                                     struct weir_error *error);

#endif
