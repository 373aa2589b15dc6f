/* db.h - a SQLite database that several processes may write at once.
 *
 * WAL mode. SQLite 3.40's WAL-reset bug (mended in 3.51.3) can damage a
 * database when one process writes while another one checkpoints. So every
 * batch and every checkpoint holds an exclusive flock on FILE-lock beside the
 * database, automatic checkpoints are off, the one on close too, and
 * connections that only look are query_only.
 *
 *     weir_db_begin(db, &e)       lock, BEGIN IMMEDIATE
 *     ...prepared statements...
 *     weir_db_commit(db, &e)      or weir_db_rollback(db)
 *
 * One thread at a time uses a db. Statements of sqlite3.h are for src/store/
 * only; others pass the struct around.
 */
#ifndef WEIR_STORE_DB_H
#define WEIR_STORE_DB_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct sqlite3;
struct sqlite3_stmt;
struct weir_db;

enum {
    WEIR_STORE_APPLICATION = 0x77656972, /* "weir" */
    WEIR_STORE_VERSION = 2
};

struct weir_db_config {
    const char *path;
    const char *schema;       /* SQL for a database without tables */
    int application, version; /* of the schema; stored in the header */
    bool readonly;            /* must exist; never written */
    bool durable;             /* a commit waits for the disk */
    /* Not NULL: an output, which people handle. It has the modes of ordinary
     * files, and messages call it so ("the tile archive"). Borrowed. */
    const char *what;
    int cache_kib; /* of pages; 0 = 2048 */
};

/* Opens, or makes with mode 0600 (parents 0700). WEIR_E_STORE: damaged, of
 * another version, not weir's (the message says what to do); WEIR_E_IO: cannot
 * be opened or made. */
enum weir_err weir_db_open(struct weir_db **out,
                           const struct weir_db_config *config,
                           struct weir_error *error);
void weir_db_close(struct weir_db *db); /* NULL-safe */
const char *weir_db_path(const struct weir_db *db);

enum weir_err weir_db_begin(struct weir_db *db, struct weir_error *error);
enum weir_err weir_db_commit(struct weir_db *db, struct weir_error *error);
void weir_db_rollback(struct weir_db *db);
/* One snapshot for many look-ups; they nest in nothing else. */
enum weir_err weir_db_read_begin(struct weir_db *db, struct weir_error *error);
void weir_db_read_end(struct weir_db *db);
/* Changes whenever another connection has committed. */
enum weir_err weir_db_data_version(struct weir_db *db, int64_t *version,
                                   struct weir_error *error);

/* Turns the database into a single plain file: the log is moved into it and
 * goes, the lock file too. For the only user of it, before the close; somebody
 * who reads it at the moment keeps the log alive, which is no error. */
enum weir_err weir_db_settle(struct weir_db *db, struct weir_error *error);

/* Bytes that wait in the write-ahead log. */
int64_t weir_db_wal_size(const struct weir_db *db);
/* Moves the log into the database and empties it, as far as readers allow;
 * syncs both. Under the lock, which it takes itself. */
enum weir_err weir_db_checkpoint(struct weir_db *db, struct weir_error *error);

/* For src/store/. */
struct sqlite3 *weir_db_handle(struct weir_db *db);
enum weir_err weir_db_prepare(struct weir_db *db, const char *sql,
                              struct sqlite3_stmt **out,
                              struct weir_error *error);
enum weir_err weir_db_exec(struct weir_db *db, const char *sql,
                           struct weir_error *error);
/* The error of the last call: damage, lock, disk and memory told apart. */
enum weir_err weir_db_fail(struct weir_db *db, int rc,
                           struct weir_error *error);

#endif
