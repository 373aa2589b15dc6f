/* storage_job_output.h - a job's outputs on the storage thread.
 *
 * Growing ones (append, new, standard output) get the records of a batch before
 * its commit, which also notes how far they are; databases right after it;
 * those that are made anew, and those that grow in the order of the input, at
 * the run's end. */
#ifndef WEIR_ENGINE_STORAGE_JOB_OUTPUT_H
#define WEIR_ENGINE_STORAGE_JOB_OUTPUT_H

#include "engine/storage_job_internal.h"
#include "sink/records.h"

struct output_state {
    const struct weir_output *output;
    struct weir_record_sink *sink; /* NULL: of files, which take no records */
    bool at_end, late, database;
    bool dirty;  /* to be flushed or noted with this batch */
    bool taking; /* the database wants the batch that is handed over again */
    struct weir_written written; /* as it was noted last */
    int64_t after; /* late: it has what batches up to this one completed */
    char *identity;
    uint64_t place; /* of the path, and the table of a database */
    struct storage_lock lock;
    uint64_t problems;
    struct weir_error problem; /* the first of them */
};

struct job_outputs {
    struct output_state *at;
    size_t count;
    bool any_database;
    struct weir_record *pending; /* of this batch, for databases */
    size_t pending_count, pending_cap;
};

/* Does an output want records that are alike? */
bool storage_job_output_all(const struct weir_job *job);
/* Opens all of them, cut back to what was acknowledged. */
enum weir_err storage_job_output_open(struct weir_storage *s,
                                      struct weir_error *error);
void storage_job_output_close(struct weir_storage *s); /* without a flush */

/* In a batch. `first`: no run completed a record of this key before. The
 * record's slices are valid until the batch is over. */
enum weir_err storage_job_output_put(struct weir_storage *s,
                                     const struct weir_item_record *record,
                                     bool first, struct weir_error *error);
/* In a batch, at its end. */
enum weir_err storage_job_output_flush(struct weir_storage *s,
                                       struct weir_error *error);
/* After its commit. */
enum weir_err storage_job_output_over(struct weir_storage *s,
                                      struct weir_error *error);
/* In the first batch: where every output begins. */
enum weir_err storage_job_output_note(struct weir_storage *s,
                                      struct weir_error *error);

/* At the end, no batch. Then, in the last one, output_rest: nothing is to be
 * cut back. */
enum weir_err storage_job_output_finish(struct weir_storage *s, bool complete,
                                        struct weir_error *error);
enum weir_err storage_job_output_rest(struct weir_storage *s, bool complete,
                                      struct weir_error *error);

/* --- between storage_job_output.c and storage_job_output_walk.c --- */

struct weir_record job_output_record(const struct weir_storage *s,
                                     const struct weir_item_record *r,
                                     bool first);
/* What is wrong with one record stops nothing; it is counted. */
enum weir_err job_output_write(struct output_state *o,
                               const struct weir_record *record,
                               struct weir_error *error);
/* How far a file is, into o->written. *moves: it can be returned to. */
enum weir_err job_output_flush_file(struct output_state *o, bool *moves,
                                    struct weir_error *error);
/* A resumed run: batches that a database lacks, and what `dedupe` must know. */
enum weir_err job_output_catch_up(struct weir_storage *s,
                                  struct output_state *o,
                                  struct weir_error *error);

#endif
