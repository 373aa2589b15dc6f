/* records.h - outputs that take records: one face for all of them.
 *
 * jsonl, json, csv, text, sqlite, rss and atom (`files` is a matter of
 * requests: record_files.h). A sink belongs to one thread, the storage thread;
 * it reads no clock and knows no job, only its struct weir_output (core/job.h).
 * A new type is one file and one line in the table of records.c.
 *
 * Two kinds, told apart by weir_record_sink_at_end:
 *
 * - Outputs that grow (append, new, standard output) get each record when it
 *   is committed. Files: write them, flush, and commit the position in the
 *   transaction that acknowledges the records; the position that create gave
 *   goes into the first one, before any record. After a kill, create with the
 *   last committed position cuts the file back to it: no record is torn,
 *   doubled or lost. Standard output, pipes and devices cannot be cut back:
 *   at least once.
 *
 *     weir_record_sink_create(&sink, &config, &e);
 *     for each batch {
 *         weir_record_sink_begin(sink, batch, &wanted, &e);
 *         for each record, if wanted
 *             weir_record_sink_write(sink, &record, &e);
 *         weir_record_sink_flush(sink, &position, &e);
 *     }
 *     weir_record_sink_finish(sink, true, &e);
 *     weir_record_sink_destroy(sink);
 *
 *   Databases turn it round, as transactions of two databases are not atomic
 *   together: the store commits the records under a batch number first, then
 *   the output takes the batch, and notes its number in its own transaction.
 *   After a kill the store hands its last batches over again, and begin says
 *   of each whether it is still wanted. Batch numbers of one `identity` rise.
 *   From begin to flush the database is locked, so two outputs into one file
 *   take their turns (as they do from write_all to finish).
 *
 * - Outputs that are made anew (mode replace, json, feeds) get all records of
 *   the store at the end, from an iterator. They are written beside the final
 *   name as NAME.part and renamed by finish; until then nothing stands under
 *   the name, or what stood there before. Were the bytes the same, the old
 *   file stays as it is, its date too.
 *
 * Which records: those of the output's page type; with mode `new` the new ones;
 * of those that are equal in the `dedupe` fields the first.
 *
 * Errors name the output. WEIR_E_INVALID of write is about the one record,
 * nothing of it was written, and the sink goes on. Any other error is the end
 * of the output: it should be finished as incomplete.
 */
#ifndef WEIR_SINK_RECORDS_H
#define WEIR_SINK_RECORDS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "core/job.h"

struct weir_record_sink;

struct weir_record {
    struct weir_str json; /* one object */
    struct weir_str page; /* name of its page type */
    /* Wall clock, seconds: when it was first retrieved as it is. Feeds are
     * dated by it, so it must not change while the record does not. */
    int64_t retrieved;
    bool is_new; /* not seen in an earlier run */
};

/* How far a file was written. All zero: nothing to return to. */
struct weir_record_position {
    uint64_t offset;
    uint64_t device, inode;
    bool regular; /* else it cannot be cut back */
};

/* What a server says about an enclosure. */
struct weir_measured {
    bool known;
    uint64_t length;
    struct weir_str type; /* empty = not said; borrowed until the next call */
};
typedef void (*weir_record_measure)(struct weir_str url,
                                    struct weir_measured *out, void *data);

struct weir_record_config {
    const struct weir_output *output; /* borrowed for the sink's life */
    const char *folder;   /* where relative paths begin; NULL: where we are */
    const char *identity; /* sqlite: of the store that numbers the batches, the
                           * job and this output among its outputs; what
                           * another store calls batch 7 is another one */
    int out_fd;           /* for "-" */
    bool terminal;        /* it is one: escape what came from outside */
    bool durable;         /* what was flushed is on the disk */
    const struct weir_record_position *resume; /* or NULL */
    weir_record_measure measure; /* feeds with length: probe; may be NULL */
    void *data;
};

/* All records in the order that the output asks for; feeds, whose ties it
 * decides, in that of the input. */
struct weir_record_iterator {
    /* *more false: the end, and *out is not set. Slices are borrowed until the
     * next call. */
    enum weir_err (*next)(struct weir_record *out, bool *more, void *data,
                          struct weir_error *error);
    /* From the first record again. */
    enum weir_err (*rewind)(void *data, struct weir_error *error);
    void *data;
};

/* Something that the output had to leave out; the run goes on. */
struct weir_record_problems {
    uint64_t count;
    const char *first; /* what the first one was, or NULL */
};

/* Opens the output, so that one that cannot be written is known before the
 * first request. WEIR_E_USAGE: template, columns that are not those of the
 * file. WEIR_E_IO: cannot be written, is no database. */
enum weir_err weir_record_sink_create(struct weir_record_sink **out,
                                      const struct weir_record_config *config,
                                      struct weir_error *error);
/* NULL-safe. What was not finished is cut back to the last flush. */
void weir_record_sink_destroy(struct weir_record_sink *s);

bool weir_record_sink_at_end(const struct weir_record_sink *s);
bool weir_record_sink_input_order(const struct weir_record_sink *s);
/* A batch may be applied after the store's commit, and is applied once. */
bool weir_record_sink_is_database(const struct weir_record_sink *s);

enum weir_err weir_record_sink_begin(struct weir_record_sink *s, uint64_t batch,
                                     bool *wanted, struct weir_error *error);
enum weir_err weir_record_sink_write(struct weir_record_sink *s,
                                     const struct weir_record *record,
                                     struct weir_error *error);
/* After a resume: a record that was written before, for `dedupe`. */
enum weir_err weir_record_sink_recall(struct weir_record_sink *s,
                                      const struct weir_record *record,
                                      struct weir_error *error);
/* Everything so far reaches the file, or the batch is committed. The position
 * may be NULL. */
enum weir_err weir_record_sink_flush(struct weir_record_sink *s,
                                     struct weir_record_position *position,
                                     struct weir_error *error);
/* Where the output stands; for the first commit. */
enum weir_err weir_record_sink_position(struct weir_record_sink *s,
                                        struct weir_record_position *position,
                                        struct weir_error *error);

/* Once, for sinks that are fed at the end. Records that are no JSON object are
 * problems. */
enum weir_err
weir_record_sink_write_all(struct weir_record_sink *s,
                           const struct weir_record_iterator *records,
                           struct weir_error *error);

/* Flushes and, with `complete`, renames what was made anew. Else the old file
 * stays, and appended files end with the last flush. */
enum weir_err weir_record_sink_finish(struct weir_record_sink *s, bool complete,
                                      struct weir_error *error);

uint64_t weir_record_sink_written(const struct weir_record_sink *s);
struct weir_record_problems
weir_record_sink_problems(const struct weir_record_sink *s);

/* The URL of the enclosure that a feed makes of this record, as `measure` is
 * asked for it; appended to url, nothing if there is none. For the requests
 * that find lengths out. */
enum weir_err weir_feed_enclosure(const struct weir_output *output,
                                  struct weir_str json, struct weir_buf *url,
                                  struct weir_error *error);

#endif
