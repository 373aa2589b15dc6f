/* storage_internal.h - what the files of the storage thread share.
 *
 *     storage.c          the two threads' meeting place
 *     storage_run.c      which run this is, and its lock
 *     storage_plan.c     what to do about an item
 *     storage_names.c    which file it goes to, and who owns the name
 *     storage_body.c     bytes into `.part` files
 *     storage_finish.c   checks, and what the row will say
 *     storage_commit.c   batches: rows, renames, records
 *     storage_output.c   standard output
 *     storage_spill.c    blocks that wait on disk
 *     storage_job*.c     what jobs need (storage_job_internal.h)
 *     storage_tiles.c    all of it for map tiles
 */
#ifndef WEIR_ENGINE_STORAGE_INTERNAL_H
#define WEIR_ENGINE_STORAGE_INTERNAL_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/map.h"
#include "core/headers.h"
#include "core/outname.h"
#include "engine/storage.h"
#include "engine/storage_job.h"
#include "sink/digest.h"
#include "sink/files.h"
#include "sink/spool.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    BATCH_ROWS = 256,
    BATCH_MS = 200,
    FINISHES_AT_ONCE = 64 /* then new plans get their turn */
};

/* What the batch does for an item. */
enum row_kind {
    ROW_NONE,
    ROW_ANSWER,  /* a new answer */
    ROW_REFRESH, /* 304 */
    ROW_TOUCH,   /* a row that was believed for this run */
    ROW_FAILURE,
    ROW_TILE /* in the tile set */
};

/* What is known of an answer in the store, copied for the item's life. */
struct known {
    int64_t id, run, seq, mtime_ns, response_time;
    int status;
    uint64_t size, xxh3;
    char *head, *effective_url;
    char sha256[65]; /* hex or "" */
};

/* Storage's side of an item (item->plan). */
struct plan {
    struct weir_list link; /* batch, or the twins of another */
    struct weir_item *item;

    /* --- the loop's --- */
    unsigned epoch;     /* rewinds so far */
    bool said_first;    /* a first chunk of this answer was sent */
    atomic_uint chunks; /* handed over and not written; 0: the stream below is
                         * whoever's who has the item */

    /* --- the storage thread's --- */
    uint64_t key, file_key;
    bool holds_key, holds_file; /* in s->keys, s->claims */
    struct weir_list twins;     /* plans of the same URL and target */
    struct weir_list twin_link; /* in the list of twin_of */
    struct plan *twin_of;       /* as long as that one is in flight */
    bool arrived;               /* a twin whose finish is here */
    struct weir_root *root;
    char *file; /* beneath root: the final name; NULL = no file */
    char *part; /* its temporary name; NULL = none yet */
    struct known *known;
    bool has_partial; /* a row to drop */
    bool has_failure; /* likewise */
    bool late_name;   /* file is known when the body is complete */
    bool adopts;      /* -c: the file itself is the partial one */
    bool replaces;    /* the final name may be taken over */

    /* The body so far. */
    int fd;           /* of .part; -1 = closed or none */
    bool streams;     /* some bytes came before the finish */
    bool drops;       /* the body goes nowhere (an error's, discard) */
    bool row_pending; /* a partial row is to be written */
    struct weir_list partial_link; /* in s->partials */
    char *validator;   /* for If-Range, when the .part may be resumed */
    unsigned at_epoch; /* which the stream belongs to */
    uint64_t size;
    int64_t total; /* -1 not known */
    struct weir_hasher *hasher;
    struct weir_digest *sha256, *check;
    char check_hex[WEIR_DIGEST_HEX];
    struct weir_spooled spooled; /* for stdout */
    struct weir_buf kept;        /* for the store */
    char *packed;                /* ... compressed */
    size_t packed_n;
    /* The stream failed, or what a twin waited for did; code 0 = neither. */
    struct weir_error broken;

    /* For the row. */
    enum row_kind row;
    char *head; /* what is stored of response_head */
    bool has_vary;
    uint64_t vary;
    int64_t mtime_ns;
    bool renames;
    bool took_turn;         /* on stdout */
    bool is_error_body;     /* --save-errors */
    struct tile_plan *tile; /* storage_tiles.c; NULL: no tile */
};

/* Which keys may be in a store that was empty when it was opened: as long as
 * nobody else writes to it, a first run needs no look-ups. */
struct seen {
    uint64_t *bits;
    bool valid;
};

struct weir_storage {
    /* --- constant --- */
    struct weir_storage_config config; /* strings owned */
    struct weir_outname *names;
    char date[16];
    struct weir_root *root;
    int64_t started; /* wall clock of this process' start */

    /* --- the loop's --- */
    struct weir_wake *wake;
    weir_storage_items on_planned, on_finished;
    weir_storage_drained on_drained;
    void *data;
    weir_storage_problems on_problems;
    void *problems_data;
    bool gathers; /* weir_storage_flush is being called */
    atomic_bool was_high;

    /* --- both, under the mutex --- */
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    struct weir_list in_plans, in_chunks, in_finishes;
    struct weir_list in_spill_writes, in_spill_reads, in_jobs;
    struct weir_list out_planned, out_finished, out_spills, out_jobs;
    bool sleeps, woken, stop, hurry;
    struct weir_error health;

    _Atomic uint64_t backlog;

    /* --- the storage thread's (the loop's before and after it) --- */
    pthread_t thread;
    struct weir_store *store;
    struct weir_files *files;
    struct weir_run run;
    struct weir_run forget; /* --restart: id 0 = none */
    bool resumed;
    int64_t first_start; /* of the run, over all resumptions */
    int run_lock, file_lock;
    char *run_lock_path, *file_lock_path;
    struct weir_map *keys;   /* of items in flight: key -> plan */
    struct weir_map *claims; /* names of theirs: file_key -> plan */
    struct seen seen;
    bool any_failures, any_partials; /* else look-ups are spared */
    bool checked_others;             /* in this round of plans */
    bool names_moved; /* another process wrote since the last commit */
    bool reading;
    struct weir_list batch; /* plans that wait for the commit */
    size_t batch_count;
    struct weir_list partials; /* plans with row_pending */
    int64_t batch_since;       /* monotonic ms */
    struct plan **sorted;
    size_t sorted_cap;
    struct weir_list planned, finished, spilled; /* to be published */
    struct weir_list answered;                   /* messages, likewise */
    struct job_state *job;                       /* NULL: no job */
    size_t batch_commits;                        /* of the batch's items */
    struct weir_hasher *hasher;                  /* for bodies in memory */
    struct weir_digest *digests[3];
    struct output *output;
    struct spill *spill;
    int64_t checkpoint_at; /* monotonic ms */
};

/* Where this item's body goes. */
static inline enum weir_body_rule
storage_body_rule(const struct weir_storage *s, const struct weir_item *item) {
    return item->to_file ? WEIR_BODY_FILES : s->config.body;
}

/* storage.c */
int64_t storage_now_ms(void);
void storage_broken(struct weir_storage *s, const struct weir_error *error);
bool storage_is_broken(struct weir_storage *s);
void storage_plan_destroy(struct weir_storage *s, struct plan *p);
void storage_less_backlog(struct weir_storage *s, uint64_t bytes);
void storage_submit_job(struct weir_storage *s, struct weir_list *message);
bool storage_has_batch(const struct weir_storage *s);

/* storage_run.c */
enum weir_err storage_run_find(struct weir_storage *s,
                               struct weir_run_info *info,
                               struct weir_error *error);
enum weir_err storage_run_begin(struct weir_storage *s,
                                struct weir_error *error);
struct storage_lock {
    int fd; /* -1: none */
    char *path;
};
/* WEIR_E_STORE: another process has it, which the message names. */
enum weir_err storage_run_lock_output(struct weir_storage *s, uint64_t key,
                                      const char *what,
                                      struct storage_lock *lock,
                                      struct weir_error *error);
void storage_run_unlock_output(struct storage_lock *lock);
void storage_run_unlock(struct weir_storage *s);

/* storage_plan.c */
void storage_plan_item(struct weir_storage *s, struct weir_item *item);
/* The short cuts no longer hold. */
void storage_others_wrote(struct weir_storage *s);
struct plan *storage_plan_create(struct weir_item *item);
void storage_known_destroy(struct known *k);  /* NULL-safe */
int64_t storage_mtime(const struct stat *st); /* ns */

/* storage_names.c */
/* Root and final name before it is known whether somebody owns it. */
enum weir_err storage_name_wanted(struct weir_storage *s, struct plan *p,
                                  struct weir_buf *wanted,
                                  struct weir_error *error);
/* Gives p->file its final value: the wanted name, or a tagged one when another
 * URL owns it; claims it. */
enum weir_err storage_name_claim(struct weir_storage *s, struct plan *p,
                                 struct weir_str wanted,
                                 struct weir_error *error);
uint64_t storage_file_key(const struct weir_root *root, struct weir_str path,
                          enum weir_err *code);
void storage_name_release(struct weir_storage *s, struct plan *p);
enum weir_err storage_name_hold(struct weir_storage *s, struct plan *p,
                                struct weir_str path, uint64_t file_key,
                                struct weir_error *error);
/* Names that only the answer or the body tells; item->response_head, xxh3 and
 * sha256 are set. */
enum weir_err storage_name_late(struct weir_storage *s, struct plan *p,
                                struct weir_error *error);
/* Sets item->file. */
enum weir_err storage_name_show(struct plan *p, struct weir_error *error);
/* A temporary name beside p->file, into p->part. */
enum weir_err storage_name_part(struct plan *p, bool tagged,
                                struct weir_error *error);

/* storage_seen.c */
void storage_seen_init(struct seen *seen, bool valid);
void storage_seen_release(struct seen *seen);
void storage_seen_add(struct seen *seen, uint64_t key);
bool storage_seen_maybe(const struct seen *seen, uint64_t key);

/* storage_body.c */
void storage_body_chunk(struct weir_storage *s, struct weir_chunk *c);
/* The whole body, or the rest of one, stands in item->body: writes it, frees
 * it, and brings the digests and p->size up to date. */
enum weir_err storage_body_write(struct weir_storage *s, struct plan *p,
                                 struct weir_error *error);
/* Frees item->body without a look. */
void storage_body_free(struct weir_storage *s, struct weir_item *item);
/* Closes the stream; the .part goes unless it is kept. */
void storage_body_drop(struct weir_storage *s, struct plan *p, bool keep);
/* XXH3 (and a digest, if kind >= 0) of a file beneath a root. */
enum weir_err storage_body_hash_file(struct weir_storage *s,
                                     struct weir_root *root, const char *path,
                                     uint64_t *xxh3, int kind,
                                     char hex[WEIR_DIGEST_HEX],
                                     struct weir_error *error);
/* A shared digest, reset; NULL = no memory. */
struct weir_digest *storage_body_digest(struct weir_storage *s,
                                        enum weir_digest_kind kind);

/* storage_finish.c */
void storage_finish_item(struct weir_storage *s, struct weir_item *item);
/* Those that waited for this one get its result. */
void storage_finish_twins(struct weir_storage *s, struct plan *first);

/* storage_commit.c */
void storage_commit_add(struct weir_storage *s, struct plan *p);
/* Writes the batch; also when it is empty but partial rows wait. */
void storage_commit(struct weir_storage *s);
enum weir_err storage_checkpoint(struct weir_storage *s,
                                 struct weir_error *error);

/* storage_output.c (more in storage_output.h) */
enum weir_err storage_output_init(struct weir_storage *s,
                                  struct weir_error *error);
void storage_output_release(struct weir_storage *s);
enum weir_err storage_output_flush(struct weir_storage *s,
                                   struct weir_error *error);
/* At the end: what waited for items that never came. */
enum weir_err storage_output_rest(struct weir_storage *s,
                                  struct weir_error *error);
/* storage_record.c */
void storage_record_put(const struct weir_storage *s,
                        const struct weir_item *item, struct weir_buf *out);

/* storage_spill.c */
void storage_spill_write(struct weir_storage *s,
                         struct weir_spill_block *block);
void storage_spill_read(struct weir_storage *s, struct weir_spill_block *block);
void storage_spill_release(struct weir_storage *s);

#endif
