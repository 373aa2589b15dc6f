/* store_private.h - what the files of this folder share. */
#ifndef WEIR_STORE_STORE_PRIVATE_H
#define WEIR_STORE_STORE_PRIVATE_H

#include "store/db.h"
#include "store/os.h"
#include "store/store.h"

#include <sqlite3.h>

/* The columns of an answer in the order of weir_store_read_answer. */
#define WEIR_ANSWER_COLUMNS                                                    \
    "id, key, run, seq, method, url, effective_url, status, requested, "       \
    "responded, head, vary, size, xxh3, sha256, folder, file, file_key, "      \
    "mtime_ns "
#define WEIR_FAILURE_COLUMNS                                                   \
    "key, run, url, code, status, message, attempts, at, file, file_key "
#define WEIR_RUN_COLUMNS                                                       \
    "id, key, title, state, started, ended, done, failed, bytes, made_of "

/* Prepared when the store is opened: a schema that does not fit is noticed
 * then. X(NAME, SQL) */
#define WEIR_STORE_SQL(X)                                                      \
    X(NEXT_SEQ, "UPDATE meta SET seq = seq + 1 RETURNING seq")                 \
    X(SET_SYNCED, "UPDATE meta SET synced = seq")                              \
    X(FIND_ANSWER, "SELECT " WEIR_ANSWER_COLUMNS "FROM answer WHERE key = ?1") \
    X(PUT_ANSWER,                                                              \
      "INSERT INTO answer (key, run, seq, method, url, effective_url, "        \
      "status, "                                                               \
      "requested, responded, head, vary, size, xxh3, sha256, folder, file, "   \
      "file_key, mtime_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "  \
      "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) ON CONFLICT (key) DO UPDATE "   \
      "SET run = ?2, seq = ?3, method = ?4, url = ?5, effective_url = ?6, "    \
      "status = ?7, requested = ?8, responded = ?9, head = ?10, vary = ?11, "  \
      "size = ?12, xxh3 = ?13, sha256 = ?14, folder = ?15, file = ?16, "       \
      "file_key = ?17, mtime_ns = ?18")                                        \
    X(REFRESH_ANSWER,                                                          \
      "UPDATE answer SET run = ?2, seq = ?3, requested = ?4, responded = ?5, " \
      "head = ?6, vary = ?7 WHERE id = ?1")                                    \
    X(TOUCH_ANSWER, "UPDATE answer SET run = ?2, seq = ?3 WHERE id = ?1")      \
    X(FIND_OWNER, "SELECT url FROM answer WHERE file_key = ?1 UNION ALL "      \
                  "SELECT url FROM failure WHERE file_key = ?1")               \
    X(FIND_FOLDER, "SELECT id FROM folder WHERE path = ?1")                    \
    X(ADD_FOLDER, "INSERT INTO folder (path) VALUES (?1) RETURNING id")        \
    X(FOLDER_PATH, "SELECT path FROM folder WHERE id = ?1")                    \
    X(FIND_FAILURE,                                                            \
      "SELECT " WEIR_FAILURE_COLUMNS "FROM failure WHERE key = ?1")            \
    X(PUT_FAILURE,                                                             \
      "INSERT INTO failure (" WEIR_FAILURE_COLUMNS ") VALUES (?1, ?2, ?3, "    \
      "?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (key) DO UPDATE SET "          \
      "run = ?2, url = ?3, code = ?4, status = ?5, message = ?6, "             \
      "attempts = ?7, at = ?8, file = ?9, file_key = ?10")                     \
    X(DROP_FAILURE, "DELETE FROM failure WHERE key = ?1")                      \
    X(FIND_PARTIAL, "SELECT key, url, part, etag, last_modified, total, boot " \
                    "FROM partial WHERE key = ?1")                             \
    X(PUT_PARTIAL, "INSERT OR REPLACE INTO partial (key, url, part, etag, "    \
                   "last_modified, total, boot) VALUES (?1, ?2, ?3, ?4, ?5, "  \
                   "?6, ?7)")                                                  \
    X(DROP_PARTIAL, "DELETE FROM partial WHERE key = ?1")                      \
    X(LAST_RUN, "SELECT " WEIR_RUN_COLUMNS "FROM run WHERE key = ?1 AND "      \
                "state <> 2 ORDER BY id DESC LIMIT 1")                         \
    X(ADD_RUN, "INSERT INTO run (key, title, state, started, ended, done, "    \
               "failed, bytes, made_of) VALUES "                               \
               "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id")            \
    X(SET_RUN, "UPDATE run SET state = ?2, ended = ?3, done = ?4, "            \
               "failed = ?5, bytes = ?6, made_of = ?7 WHERE id = ?1")          \
    X(PUT_BODY, "INSERT INTO body (answer, size, packed, made_of, derived) "   \
                "SELECT id, ?2, ?3, ?4, ?5 FROM answer WHERE key = ?1 "        \
                "ON CONFLICT (answer) DO UPDATE SET size = ?2, packed = ?3, "  \
                "made_of = ?4, derived = ?5")                                  \
    X(SET_DERIVED, "UPDATE body SET made_of = ?2, derived = ?3 "               \
                   "WHERE answer = ?1")                                        \
    X(FIND_DERIVED, "SELECT derived, size FROM body "                          \
                    "WHERE answer = ?1 AND made_of = ?2")                      \
    X(FIND_BODY, "SELECT packed, size FROM body WHERE answer = ?1")            \
    X(BODY_SIZE, "SELECT size FROM body WHERE answer = ?1")                    \
    X(FIND_PROBE, "SELECT url, length, type FROM probe WHERE key = ?1")        \
    X(PUT_PROBE, "INSERT OR REPLACE INTO probe (key, url, length, type) "      \
                 "VALUES (?1, ?2, ?3, ?4)")                                    \
    X(FIND_OUTPUT, "SELECT run, device, inode, offset FROM output WHERE "      \
                   "key = ?1")                                                 \
    X(PUT_OUTPUT, "INSERT OR REPLACE INTO output (key, run, device, inode, "   \
                  "offset) VALUES (?1, ?2, ?3, ?4, ?5)")

enum weir_store_stmt {
#define X(name, sql) WEIR_SQL_##name,
    WEIR_STORE_SQL(X)
#undef X
        WEIR_SQL_COUNT
};

struct weir_store {
    struct weir_db *db;
    struct sqlite3_stmt *sql[WEIR_SQL_COUNT];
    char boot[WEIR_BOOT_ID];
    struct weir_doubt doubt;
    int64_t seq; /* of the batch that is open */
    bool in_batch;
    int64_t data_version;
};

/* A bound statement; slices are bound without a copy, so they outlive it.
 * Empty slices are NULL. */
void weir_store_bind_text(struct sqlite3_stmt *stmt, int at, struct weir_str s);
struct weir_str weir_store_text(struct sqlite3_stmt *stmt, int column);
/* Steps a statement that gives no rows, and resets it. */
enum weir_err weir_store_run(struct weir_store *s, enum weir_store_stmt id,
                             struct weir_error *error);
/* Resets what an earlier find left standing, then binds the key and steps:
 * *row says whether there is one; the row stays readable. */
enum weir_err weir_store_seek(struct weir_store *s, enum weir_store_stmt id,
                              uint64_t key, bool *row,
                              struct weir_error *error);
/* For a statement that ends with RETURNING id or SELECT of one integer. */
enum weir_err weir_store_get_int(struct weir_store *s, enum weir_store_stmt id,
                                 int64_t *out, bool *found,
                                 struct weir_error *error);

void weir_store_read_answer(struct sqlite3_stmt *stmt, struct weir_answer *out);
void weir_store_read_failure(struct sqlite3_stmt *stmt,
                             struct weir_failure *out);
void weir_store_read_run(struct sqlite3_stmt *stmt, struct weir_run *out);

#endif
