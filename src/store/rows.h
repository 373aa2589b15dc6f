/* rows.h - records as rows of a table in a database of the user's.
 *
 * Not the store (db.h): a file that the user named, may have filled himself and
 * may read while it is written. Its journal mode is left as it is, every batch
 * is one transaction, and a reader that holds it up is waited for.
 *
 * The table is made when the first record comes, and gets a column for each
 * field that it does not have (ALTER TABLE ADD COLUMN), declared by its first
 * value: INTEGER, REAL, BOOLEAN, TEXT, or without a type. Lists and objects are
 * JSON text. Names of columns differ in more than case: fields that do not
 * share a column, the last one with a value.
 *
 * Each batch is applied once: table weir_batch(identity, batch) holds the last
 * number of each identity, written in the batch's own transaction.
 *
 *     weir_rows_open(&rows, &config, &e);
 *     weir_rows_begin(rows, 7, &wanted, &e);
 *     weir_rows_put(rows, &members, &e);         // if wanted
 *     weir_rows_commit(rows, &e);
 */
#ifndef WEIR_STORE_ROWS_H
#define WEIR_STORE_ROWS_H

#include "core/members.h"

struct weir_rows;

struct weir_rows_config {
    const char *path;
    const char *shown;          /* for messages; NULL = path */
    const char *table;          /* NULL = "items" */
    const char *identity;       /* of whoever numbers the batches; NULL = "" */
    const char *const *columns; /* these only; none = all fields */
    size_t column_count;
    const char *const *key; /* a row for each key; none = for each record */
    size_t key_count;
    bool keep_first; /* of records with one key the first stays */
    bool durable;
};

/* Opens the database, or makes it with its folders. WEIR_E_IO: it is none,
 * damaged, locked by another program, or cannot be written. */
enum weir_err weir_rows_open(struct weir_rows **out,
                             const struct weir_rows_config *config,
                             struct weir_error *error);
/* NULL-safe; rolls back what was not committed. */
void weir_rows_close(struct weir_rows *r);

/* *wanted false: the batch is in it already, and nothing was begun. Batch 0 is
 * one without a number: always wanted, never noted. */
enum weir_err weir_rows_begin(struct weir_rows *r, uint64_t batch, bool *wanted,
                              struct weir_error *error);
/* Inside of a batch: all rows of the table go. */
enum weir_err weir_rows_clear(struct weir_rows *r, struct weir_error *error);
/* Adds a record, or completes the row with its key: columns that the record
 * does not have stay. WEIR_E_INVALID: the table cannot take it (a constraint of
 * the user's, too many columns); the batch goes on without it. */
enum weir_err weir_rows_put(struct weir_rows *r, const struct weir_members *m,
                            struct weir_error *error);
enum weir_err weir_rows_commit(struct weir_rows *r, struct weir_error *error);
void weir_rows_rollback(struct weir_rows *r);

#endif
