/* storage.h - the thread that owns the store and the output files.
 *
 * The loop hands it items by message and gets them back by message; nothing on
 * the loop touches a disk or SQLite. An item is owned by exactly one side at a
 * time: from the call that submits it until its callback, it is the storage
 * thread's. One item passes through at most two round trips:
 *
 *     weir_storage_plan     -> on_planned   what to do: fetch, how, or nothing
 *     weir_storage_body*       chunks of a large body, no answer
 *     weir_storage_finish   -> on_finished  it is acknowledged (or failed)
 *
 * Acknowledging: rows are written in batches (256 rows or 200 ms, or at once
 * when nothing else is queued and nothing is in flight) in one transaction
 * under an exclusive flock; then the renames from `.part` to final names; then
 * NDJSON records; then on_finished. So a file under its final name always has
 * its row.
 *
 * Callbacks run on the loop thread. Items come back in the order of their
 * submission for plans, in order of acknowledgement for finishes.
 *
 * Names are claimed in the order of plans: plan in input order, and the first
 * URL of the input owns a name that several want. An item whose URL and target
 * are the same as those of an item in flight is planned DONE; its finish comes
 * back with the other one's (and with its error, if that fails). So an item's
 * `error.code` counts after every finish, whatever its outcome was before.
 *
 * FAILED with WEIR_E_CANCELLED means that the run was interrupted: nothing is
 * recorded, the item counts as not begun, and its `.part` stays if keep_part.
 *
 * A finish without a plan is allowed for outcome FAILED (a bad line of the
 * input): it gives its NDJSON record and nothing else. With `ordered` or bodies
 * on stdout every n from 1 on must be finished; what waits for a missing one
 * is written at close.
 */
#ifndef WEIR_ENGINE_STORAGE_H
#define WEIR_ENGINE_STORAGE_H

#include "base/err.h"
#include "base/list.h"
#include "base/log.h"
#include "base/str.h"
#include "net/loop.h"

struct weir_storage;
struct weir_tileset; /* sink/tileset.h */

/* What the plan says about an item. */
enum weir_verdict {
    WEIR_PLAN_FETCH,  /* ask the origin, perhaps conditionally or from an offset
                       */
    WEIR_PLAN_FRESH,  /* the cache answers */
    WEIR_PLAN_DONE,   /* this unfinished run acknowledged it before */
    WEIR_PLAN_FAILED, /* this unfinished run acknowledged its failure before */
    WEIR_PLAN_SKIPPED, /* --skip-existing, or not among --retry-failed */
    WEIR_PLAN_REFUSED  /* `error` says why: the file is not ours, a bad name...
                        */
};

/* How an item ended, for the finish. */
enum weir_outcome {
    WEIR_OUTCOME_BODY, /* a complete body (2xx), in memory or streamed */
    WEIR_OUTCOME_NOT_MODIFIED, /* 304: the stored answer is refreshed */
    WEIR_OUTCOME_KEPT,  /* plan said FRESH, DONE or SKIPPED: record only */
    WEIR_OUTCOME_FAILED /* `error`; recorded, a .part may be kept */
};

enum weir_cache_mode {
    WEIR_CACHE_RFC9111,
    WEIR_CACHE_FRESH, /* fresh:AGE: younger than `cache_age` needs no asking */
    WEIR_CACHE_REVALIDATE, /* always ask, conditionally */
    WEIR_CACHE_OFF,     /* neither read nor conditional; rows still written */
    WEIR_CACHE_OFFLINE, /* stale answers too; never ask: else an error */
    WEIR_CACHE_REPLAY   /* the same, for jobs that extract again */
};

/* Bytes on their way to the disk; ownership moves with them. */
struct weir_chunk {
    struct weir_list link;
    size_t len, cap;
    char *bytes; /* weir_malloc'ed, as the chunk itself is */

    /* --- storage's own --- */
    struct weir_item *item;
    unsigned epoch; /* rewinds so far */
    bool first;     /* of its answer: with what the answer said */
    int status;
    int64_t resume_from;
    char *head;
};

struct weir_item {
    struct weir_list link; /* of whoever owns the item */
    void *owner;           /* the loop's; storage never looks */
    void *client;          /* of the engine's client, likewise */

    /* --- set by the loop before the plan, constant until freed --- */
    uint64_t n;         /* position in the input, 1-based */
    const char *method; /* "GET" */
    char *url;          /* what is asked: no fragment, no credentials */
    char *out;          /* from the list: out=, or NULL */
    char *dir;          /* from the list: dir=, or NULL */
    char *checksum;     /* "sha256=..." / "md5=..." / "sha1=..." or NULL */
    char **captures;    /* {1}.. for the name template */
    size_t capture_count;
    const char *const *headers; /* "Name: value" as sent, for Vary */
    size_t header_count;
    uint64_t made_of; /* of jobs: what derived must be made with; 0 = the body
                       * itself is wanted */
    bool to_file;     /* into a file, whatever the run's rule for bodies */
    bool has_cache;   /* its own mode and age instead of the run's */
    enum weir_cache_mode cache;
    int64_t cache_age_s;

    /* --- set by the plan --- */
    enum weir_verdict verdict;
    char *etag; /* validators for a conditional request, or NULL */
    char *last_modified;
    int64_t resume_from; /* > 0: ask Range: bytes=resume_from- */
    char *if_range;      /* with this validator */
    char *file;          /* where the body goes, as shown to people; NULL none;
                            finish may change it (names known at the end) */
    int64_t known_total; /* of the .part to continue, -1 = not known */
    char *derived;       /* in place of the stored body: what was made of it */
    size_t derived_len;
    void *plan; /* storage's own */

    /* --- set by the loop before the finish --- */
    enum weir_outcome outcome;
    char *effective_url; /* after redirects, or NULL when the same */
    int status;          /* HTTP, 0 = none */
    char *response_head; /* the final header block: "Name: value\n"... */
    int64_t request_time, response_time; /* wall clock, seconds */
    struct weir_list body;               /* chunks not handed over before */
    uint64_t bytes;                      /* of the whole body (decoded) */
    int attempts;
    int64_t ms;              /* from first start to end */
    bool keep_part;          /* FAILED: the .part may be resumed later */
    struct weir_error error; /* FAILED, or set by plan (REFUSED) and finish */
    struct weir_job_commit *commit; /* storage_job.h, or NULL */

    /* --- set by the finish --- */
    bool from_cache;
    uint64_t xxh3;
    char sha256[65]; /* "" unless asked for */
};

enum weir_file_rule {
    WEIR_FILES_REFUSE,    /* a file that weir did not write is an error */
    WEIR_FILES_OVERWRITE, /* --overwrite */
    WEIR_FILES_SKIP,      /* --skip-existing */
    WEIR_FILES_ADOPT      /* -c: an existing file is a partial to continue */
};

enum weir_body_rule {
    WEIR_BODY_FILES,   /* into files */
    WEIR_BODY_DISCARD, /* counted, hashed and dropped */
    WEIR_BODY_STDOUT,  /* whole bodies to stdout in input order */
    WEIR_BODY_STORE,   /* kept in the store, for jobs (storage_job.h) */
    WEIR_BODY_TILES /* map tiles into a tile set; the item's `out` is "z/x/y".
                       404, 410 and 204 are no errors here: no such tile */
};

struct weir_storage_config {
    const char *store_path; /* NULL = $XDG_STATE_HOME/weir/weir.db */
    const char *run_key;    /* identity of the run: command, sources, outputs */
    const char *run_title;  /* the command line, secrets removed, for people */
    const char *items_key;  /* whose items a job's are; NULL = run_key */
    uint64_t made_of;       /* hash of the job file; 0 = none. If it differs
                             * from the unfinished run's: WEIR_E_USAGE, unless */
    bool resume;            /* ... it is gone on with all the same */
    bool restart;           /* forget the unfinished run */
    bool retry_failed;      /* only what failed in the last run of this key */
    enum weir_cache_mode cache;
    int64_t cache_age_s;
    enum weir_body_rule body;
    struct weir_tileset *tiles; /* WEIR_BODY_TILES: created, not yet open, and
                                   storage's until it is closed */
    enum weir_file_rule files;
    const char *folder;        /* -P, or NULL = "." */
    const char *name_template; /* -o, or NULL = "{name}" */
    bool content_disposition;  /* names from the response */
    bool save_errors;
    bool durable; /* fsync each file and batch */
    bool want_sha256;
    bool show_headers;       /* header block before each body on stdout */
    bool json, ordered;      /* NDJSON records to out_fd */
    int out_fd;              /* 1 */
    bool out_is_terminal;    /* jobs: what they print is escaped for it */
    uint64_t min_size;       /* 0 = none */
    const char *expect_type; /* "image/" or "image/png,image/jpeg", or NULL */
    struct weir_log log;     /* called on the loop thread only */
};

/* What a run's start found. */
struct weir_run_info {
    bool resumed;          /* an unfinished run of this key goes on */
    uint64_t done, failed; /* acknowledged so far in it */
};

/* Called on the loop thread with all items that came back since. */
typedef void (*weir_storage_items)(struct weir_list *items, void *data);
/* The backlog fell below its mark again. */
typedef void (*weir_storage_drained)(void *data);

/* Opens (or makes) the store, checks it, begins or resumes the run and starts
 * the thread. Errors: WEIR_E_STORE (damaged, newer version, locked; the message
 * says how to rebuild), WEIR_E_IO, WEIR_E_USAGE (template). */
enum weir_err weir_storage_create(
    struct weir_storage **out, struct weir_loop *loop,
    const struct weir_storage_config *config, weir_storage_items on_planned,
    weir_storage_items on_finished, weir_storage_drained on_drained, void *data,
    struct weir_run_info *info, struct weir_error *error);

/* Planning an item again (after a failed attempt) is a new look at its `.part`:
 * what was streamed so far stays when it may be resumed, `resume_from` and
 * `if_range` say from where, and 0 means from nothing. */
void weir_storage_plan(struct weir_storage *s, struct weir_item *item);
/* A chunk of a large body; the first one opens the `.part` (at resume_from if
 * the status is 206, else empty) and writes its row with the validators, so
 * that a kill leaves something to resume: status and response_head are set by
 * then. The chunk is storage's from here. */
void weir_storage_body(struct weir_storage *s, struct weir_item *item,
                       struct weir_chunk *chunk);
/* Bytes of a body whose chunks are all on disk go there at once, in the
 * caller's thread: without a copy, and while they are in its cache. For a
 * thread that may wait for the disk. False: some are still queued, or the body
 * does not go into a file; make a chunk of them. */
bool weir_storage_write(struct weir_storage *s, struct weir_item *item,
                        const char *bytes, size_t n);
/* Drops what was streamed so far: the transfer starts again from nothing
 * (resume_from becomes 0, on the loop's side at once). To resume instead, plan
 * the item again. */
void weir_storage_rewind(struct weir_storage *s, struct weir_item *item);
/* Of a 206: whether its Content-Range starts at resume_from, ends inside its
 * total and that is the one known before. False: a server that splices; rewind
 * and ask for the whole. Storage checks it again with the first chunk, and such
 * an item finishes with WEIR_E_PROTOCOL. Pure; for the loop. */
bool weir_item_range_ok(const struct weir_item *item);
/* Acknowledges. FAILED with status 416 on an item that continues a file of the
 * user's (-c) comes back with error.code 0 when the file was complete. */
void weir_storage_finish(struct weir_storage *s, struct weir_item *item);
/* Wakes the thread for what was submitted since; `idle` says that nothing is in
 * flight, so that the batch is committed at once. Until its first call every
 * submission wakes by itself; from then on the loop calls it once at the end of
 * each iteration that submitted something. */
void weir_storage_flush(struct weir_storage *s, bool idle);
/* WEIR_OK, or why nothing more can be written: disk full, I/O error, stdout
 * closed, store damaged. The run should stop; it stays resumable. */
enum weir_err weir_storage_health(struct weir_storage *s,
                                  struct weir_error *error);
/* Bytes handed over and not written yet; above WEIR_BACKLOG_HIGH the loop
 * pauses transfers until on_drained. Readable from the loop thread. */
uint64_t weir_storage_backlog(const struct weir_storage *s);
enum { WEIR_BACKLOG_HIGH = 8 << 20 };

/* Blocks of bytes that wait on disk (host queues beyond their cap): an unlinked
 * temporary file, zstd. `on_read` gets the bytes back on the loop thread, once
 * for each block; the caller frees them. The block stays the caller's and in
 * his lists, but between spill_write and on_read its bytes are storage's. If
 * they cannot be written they stay in memory. */
struct weir_spill_block {
    struct weir_list link; /* the owner's, at any time */
    uint64_t offset;       /* set once written */
    uint32_t stored;       /* bytes in the file */
    uint32_t len;          /* bytes plain */
    char *bytes;           /* NULL while it lies on disk */
    void *owner;

    /* --- storage's own --- */
    struct weir_list write, read;
    void (*on_read)(struct weir_spill_block *block, enum weir_err code,
                    void *data);
    void *data;
    enum weir_err code;
    bool dropped;
};
typedef void (*weir_spill_done)(struct weir_spill_block *block,
                                enum weir_err code, void *data);
/* The bytes are storage's from here; the owner keeps the block in its list, and
 * may ask for it back or drop it at once. */
void weir_storage_spill_write(struct weir_storage *s,
                              struct weir_spill_block *block);
void weir_storage_spill_read(struct weir_storage *s,
                             struct weir_spill_block *block,
                             weir_spill_done on_read, void *data);

/* Frees a block that was written and is not wanted back (weir_malloc'ed, as its
 * bytes are), perhaps later. */
void weir_storage_spill_drop(struct weir_storage *s,
                             struct weir_spill_block *block);

/* Commits what is pending, marks the run complete (or leaves it unfinished, to
 * be resumed), syncs, checkpoints and joins the thread. Callbacks of items
 * still inside come before it returns. */
enum weir_err weir_storage_close(struct weir_storage *s, bool complete,
                                 struct weir_error *error);

struct weir_item *weir_item_create(void);
void weir_item_destroy(struct weir_item *item);   /* with all it owns */
void weir_item_drop_body(struct weir_item *item); /* its chunks */
void weir_chunk_destroy(struct weir_chunk *chunk);

#endif
