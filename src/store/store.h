/* store.h - what weir remembers: answers, runs, failures, partial files.
 *
 * The interface holds no SQL: another implementation (PostgreSQL, shared by
 * machines) would offer the same functions. One thread at a time uses a store.
 *
 * Writing happens in batches: begin, any number of put and drop, commit; what
 * was not committed never happened. Reading happens between read_begin and
 * read_end, or inside a batch. Slices in records that come back are borrowed
 * until the next call that reads the same kind of record.
 *
 * Keys are weir_store_key of method, URL and target. Two URLs with the same
 * key are told apart by the URL that find_* is given.
 *
 *     weir_store_begin(s, &e);
 *     answer.run = run.id;
 *     weir_store_put_answer(s, &answer, &e);
 *     weir_store_commit(s, &e);
 */
#ifndef WEIR_STORE_STORE_H
#define WEIR_STORE_STORE_H

#include "base/err.h"
#include "base/str.h"

struct weir_store;

struct weir_answer {
    int64_t id; /* set when it came from the store */
    uint64_t key;
    int64_t run;            /* the last that acknowledged it */
    int64_t seq;            /* batch; set by the store */
    struct weir_str method; /* empty = GET */
    struct weir_str url;
    struct weir_str effective_url; /* empty = the same */
    int status;
    int64_t request_time, response_time;
    struct weir_str head; /* without credentials */
    bool has_vary;
    uint64_t vary; /* of the request headers that Vary names */
    uint64_t size, xxh3;
    struct weir_str sha256; /* 32 bytes, or empty */
    int64_t folder;         /* 0 = no body was stored */
    struct weir_str file;   /* beneath the folder */
    uint64_t file_key;
    int64_t mtime_ns;
};

struct weir_failure {
    uint64_t key;
    int64_t run;
    struct weir_str url;
    enum weir_err code;
    int status, attempts;
    struct weir_str message;
    int64_t at;
    struct weir_str file; /* the name it claims; empty = none */
    uint64_t file_key;
};

struct weir_partial {
    uint64_t key;
    struct weir_str url, part, etag, last_modified;
    int64_t total; /* -1 not known */
    struct weir_str boot;
};

enum weir_run_state {
    WEIR_RUN_UNFINISHED,
    WEIR_RUN_COMPLETE,
    WEIR_RUN_FORGOTTEN
};

struct weir_run {
    int64_t id;
    uint64_t key;
    struct weir_str title;
    enum weir_run_state state;
    int64_t started, ended; /* ended 0 = not yet */
    uint64_t done, failed, bytes;
    uint64_t
        made_of; /* what may change under its key: the job file; 0 = none */
};

/* Files of batches in (from, to] are verified before they are believed. */
struct weir_doubt {
    int64_t from, to;
};

struct weir_store_config {
    const char *path; /* NULL = $XDG_STATE_HOME/weir/weir.db */
    bool readonly;    /* WEIR_E_STORE when there is none */
    bool durable;
    const char *boot; /* id of this boot of the machine; NULL = ask it */
};

enum weir_err weir_store_open(struct weir_store **out,
                              const struct weir_store_config *config,
                              struct weir_error *error);
void weir_store_close(struct weir_store *s); /* NULL-safe; rolls back */
const char *weir_store_path(const struct weir_store *s);
/* The default path, for weir_free. */
enum weir_err weir_store_default_path(char **out, struct weir_error *error);

uint64_t weir_store_key(struct weir_str method, struct weir_str url,
                        struct weir_str target);

enum weir_err weir_store_begin(struct weir_store *s, struct weir_error *error);
/* After an error nothing of the batch was written. */
enum weir_err weir_store_commit(struct weir_store *s, struct weir_error *error);
void weir_store_rollback(struct weir_store *s);
enum weir_err weir_store_read_begin(struct weir_store *s,
                                    struct weir_error *error);
void weir_store_read_end(struct weir_store *s);

/* True when another process wrote since the last call (the first: since the
 * store was opened). */
enum weir_err weir_store_others_wrote(struct weir_store *s, bool *wrote,
                                      struct weir_error *error);
/* Whether there is any row of a kind: what is empty needs no look-ups. */
struct weir_store_holds {
    bool answers, failures, partials;
};
enum weir_err weir_store_holds(struct weir_store *s,
                               struct weir_store_holds *out,
                               struct weir_error *error);
/* Which rows are in doubt after a reboot. Not for a read-only store. */
struct weir_doubt weir_store_doubt(const struct weir_store *s);

/* The number of the batch that is open, or else of the last one: they rise. */
int64_t weir_store_batch(const struct weir_store *s);

/* Bytes that wait for a checkpoint. */
int64_t weir_store_pending(const struct weir_store *s);
/* Everything committed so far is on the disk afterwards. The caller has synced
 * the file systems of the output files just before. */
enum weir_err weir_store_checkpoint(struct weir_store *s,
                                    struct weir_error *error);

/* --- answers --- */

/* *found false: none, or one of another URL with the same key. */
enum weir_err weir_store_find_answer(struct weir_store *s, uint64_t key,
                                     struct weir_str url,
                                     struct weir_answer *out, bool *found,
                                     struct weir_error *error);
/* Adds the answer or replaces the one with its key. */
enum weir_err weir_store_put_answer(struct weir_store *s,
                                    const struct weir_answer *a,
                                    struct weir_error *error);
/* 304: new head, times, vary, run for the answer with this id. */
enum weir_err weir_store_refresh_answer(struct weir_store *s,
                                        const struct weir_answer *a,
                                        struct weir_error *error);
/* The answer `id` belongs to the run and to this batch now. */
enum weir_err weir_store_touch_answer(struct weir_store *s, int64_t id,
                                      int64_t run, struct weir_error *error);
/* The URL whose answer or failure claims the file; false: nobody's. */
enum weir_err weir_store_find_owner(struct weir_store *s, uint64_t file_key,
                                    struct weir_str *url, bool *found,
                                    struct weir_error *error);
/* The id of an output folder, added when `add` (in a batch); 0 = not there. */
enum weir_err weir_store_folder(struct weir_store *s, struct weir_str path,
                                bool add, int64_t *id,
                                struct weir_error *error);
enum weir_err weir_store_folder_path(struct weir_store *s, int64_t id,
                                     struct weir_str *path,
                                     struct weir_error *error);

/* --- failures --- */

enum weir_err weir_store_find_failure(struct weir_store *s, uint64_t key,
                                      struct weir_str url,
                                      struct weir_failure *out, bool *found,
                                      struct weir_error *error);
enum weir_err weir_store_put_failure(struct weir_store *s,
                                     const struct weir_failure *f,
                                     struct weir_error *error);
enum weir_err weir_store_drop_failure(struct weir_store *s, uint64_t key,
                                      struct weir_error *error);

/* --- partial files --- */

enum weir_err weir_store_find_partial(struct weir_store *s, uint64_t key,
                                      struct weir_str url,
                                      struct weir_partial *out, bool *found,
                                      struct weir_error *error);
enum weir_err weir_store_put_partial(struct weir_store *s,
                                     const struct weir_partial *p,
                                     struct weir_error *error);
enum weir_err weir_store_drop_partial(struct weir_store *s, uint64_t key,
                                      struct weir_error *error);
/* This boot's id, as in weir_partial.boot. */
const char *weir_store_boot(const struct weir_store *s);

/* --- runs --- */

/* The newest run with this key that was not forgotten. */
enum weir_err weir_store_last_run(struct weir_store *s, uint64_t key,
                                  struct weir_run *out, bool *found,
                                  struct weir_error *error);
/* Adds the run when id is 0 (and sets id), else writes state, times, counts.
 * In a batch. */
enum weir_err weir_store_put_run(struct weir_store *s, struct weir_run *r,
                                 struct weir_error *error);

/* --- what jobs keep beside answers --- */

/* What a job took out of a body: bytes of its own, and the hash of what they
 * were made with besides the body. */
struct weir_derived {
    uint64_t made_of; /* not 0 */
    struct weir_str bytes;
};
/* The body of the answer with this key, as weir_pack gives it. In the batch
 * that put the answer, or later. */
enum weir_err weir_store_put_body(struct weir_store *s, uint64_t key,
                                  uint64_t size, struct weir_str packed,
                                  const struct weir_derived *derived,
                                  struct weir_error *error);
/* Of the body that is there already. */
enum weir_err weir_store_set_derived(struct weir_store *s, int64_t id,
                                     const struct weir_derived *derived,
                                     struct weir_error *error);
/* Bytes derived from the answer's body with the same made_of; borrowed until
 * the next call. The body itself is not read, but its size is told. */
enum weir_err weir_store_find_derived(struct weir_store *s, int64_t id,
                                      uint64_t made_of, struct weir_str *out,
                                      uint64_t *size, bool *found,
                                      struct weir_error *error);
enum weir_err weir_store_find_body(struct weir_store *s, int64_t id,
                                   struct weir_str *packed, uint64_t *size,
                                   bool *found, struct weir_error *error);
enum weir_err weir_store_body_size(struct weir_store *s, int64_t id,
                                   uint64_t *size, bool *found,
                                   struct weir_error *error);

/* What a server said of a file: kept without expiry. */
struct weir_probed {
    struct weir_str url, type;
    int64_t length; /* -1: it does not tell */
};
enum weir_err weir_store_find_probe(struct weir_store *s, struct weir_str url,
                                    struct weir_probed *out, bool *found,
                                    struct weir_error *error);
enum weir_err weir_store_put_probe(struct weir_store *s,
                                   const struct weir_probed *p,
                                   struct weir_error *error);

/* How far an output file was written when the batch was committed. */
struct weir_written {
    uint64_t key;
    int64_t run;
    uint64_t device, inode;
    int64_t offset;
};
enum weir_err weir_store_find_written(struct weir_store *s, uint64_t key,
                                      struct weir_written *out, bool *found,
                                      struct weir_error *error);
enum weir_err weir_store_put_written(struct weir_store *s,
                                     const struct weir_written *w,
                                     struct weir_error *error);

/* In a batch: forgets answers that have a body, are of earlier runs of this
 * key and came before `before` (wall clock, seconds). */
enum weir_err weir_store_prune_bodies(struct weir_store *s, uint64_t run_key,
                                      int64_t run, int64_t before,
                                      struct weir_error *error);

/* --- for `weir cache` --- */

struct weir_store_stat {
    uint64_t answers, bytes, with_file, failures, partials, runs, unfinished;
    int64_t oldest, newest; /* response times, 0 = none */
    int64_t database_bytes, pending_bytes;
};
enum weir_err weir_store_stat(struct weir_store *s, struct weir_store_stat *out,
                              struct weir_error *error);

/* Return false to stop. */
typedef bool (*weir_store_each_answer)(const struct weir_answer *a, void *data);
typedef bool (*weir_store_each_failure)(const struct weir_failure *f,
                                        void *data);
typedef bool (*weir_store_each_run)(const struct weir_run *r, void *data);
/* In the order they were written; url empty = all. The callback may not read
 * answers by other calls. */
enum weir_err weir_store_list_answers(struct weir_store *s, struct weir_str url,
                                      weir_store_each_answer each, void *data,
                                      struct weir_error *error);
enum weir_err weir_store_list_failures(struct weir_store *s,
                                       struct weir_str url,
                                       weir_store_each_failure each, void *data,
                                       struct weir_error *error);
/* Newest first, at most `limit`. */
enum weir_err weir_store_list_runs(struct weir_store *s, int limit,
                                   weir_store_each_run each, void *data,
                                   struct weir_error *error);

#endif
