/* Why: records reach every output exactly once, whatever kills the process
 * (sink/records.h says how an output is cut back).
 *
 *                files that grow     databases            made anew, late
 *     put        write               remember             -
 *     flush      flush, note offset  note batch before    -
 *     over       -                   begin, write, flush  -
 *     finish     finish              finish               write all, finish
 *     rest       note: nothing to cut back
 *
 * A note carries the run while the output is open, 0 once it was closed well:
 * what stands behind the noted place then is somebody else's. For databases the
 * place is a batch: what later batches completed is handed over again when the
 * run is resumed, and the database knows what it has already.
 *
 * Outputs that grow in the order of the input ("late") get their records at the
 * end of the run: before, one that comes earlier might be missing. A note of
 * their own keeps the batch up to which they have them, for a run that repeats
 * its failures.
 *
 * What was written is not taken back: the record that a repeated page completed
 * comes once more. Outputs that are made anew have it once. */
#include "engine/storage_job_output.h"

#include "base/mem.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool storage_job_output_all(const struct weir_job *job) {
    for (size_t i = 0; i < job->output_count; i++) {
        const struct weir_output *o = &job->outputs[i];
        bool feed = o->type == WEIR_OUTPUT_RSS || o->type == WEIR_OUTPUT_ATOM;
        if (feed || o->type == WEIR_OUTPUT_FILES)
            continue;
        if (o->mode == WEIR_MODE_REPLACE || o->input_order ||
            o->type == WEIR_OUTPUT_JSON ||
            (o->type == WEIR_OUTPUT_SQLITE && o->key_count == 0))
            return true;
    }
    return false;
}

/* --- opening --- */

static void measure(struct weir_str url, struct weir_measured *out,
                    void *data) {
    struct weir_storage *s = data;
    struct weir_probed p;
    bool found;
    *out = (struct weir_measured){0};
    if (weir_store_find_probe(s->store, url, &p, &found, NULL) || !found)
        return;
    out->known = p.length >= 0;
    out->length = out->known ? (uint64_t)p.length : 0;
    out->type = p.type;
}

/* Two tables of one database are two outputs; one relative path is two in two
 * folders. */
static enum weir_err find_place(struct weir_storage *s, struct output_state *o,
                                struct weir_error *error) {
    const struct weir_output *output = o->output;
    struct weir_buf path;
    char here[4096];
    weir_buf_init(&path, 0);
    if (output->path[0] != '/') {
        if (s->config.folder[0] != '/' && getcwd(here, sizeof here))
            weir_buf_fmt(&path, "%s/", here);
        if (strcmp(s->config.folder, ".") != 0)
            weir_buf_fmt(&path, "%s/", s->config.folder);
    }
    weir_buf_z(&path, output->path);
    o->place = weir_hash(weir_buf_view(&path));
    if (output->table)
        o->place = weir_hash_seeded(weir_str_of(output->table), o->place);
    enum weir_err code = path.failed ? weir_error_nomem(error) : WEIR_OK;
    weir_buf_release(&path);
    return code;
}

/* Devices and pipes are anybody's. */
static bool is_shared(const struct weir_output *o) {
    struct stat st;
    return strcmp(o->path, "-") == 0 ||
           (stat(o->path, &st) == 0 && !S_ISREG(st.st_mode));
}

/* A file has one writer. Outputs of this very job may share one. */
static enum weir_err lock_output(struct weir_storage *s, struct output_state *o,
                                 struct weir_error *error) {
    const struct job_outputs *all = s->job->outputs;
    struct weir_buf what;
    enum weir_err code;
    if (is_shared(o->output))
        return WEIR_OK;
    for (const struct output_state *at = all->at; at < o; at++)
        if (at->sink && at->place == o->place)
            return WEIR_OK;
    weir_buf_init(&what, 0);
    weir_buf_fmt(&what, "output %s", o->output->path);
    code = what.failed ? weir_error_nomem(error)
                       : storage_run_lock_output(
                             s, weir_hash_seeded(WEIR_STR("output"), o->place),
                             what.p, &o->lock, error);
    weir_buf_release(&what);
    return code;
}

static uint64_t late_key(uint64_t key) {
    return weir_hash_seeded(WEIR_STR("late"), key);
}

/* Of the store, the run and this output among those of the same path. */
static char *identity(const struct weir_storage *s,
                      const struct weir_output *o) {
    struct weir_buf text;
    char *out;
    weir_buf_init(&text, 0);
    weir_buf_fmt(&text, "%s %lld %lld", weir_store_path(s->store),
                 (long long)s->run.id, (long long)s->run.started);
    if (o->table)
        weir_buf_fmt(&text, " %s", o->table);
    if (o->page)
        weir_buf_fmt(&text, " %s", o->page);
    out = weir_buf_detach(&text);
    weir_buf_release(&text);
    return out;
}

static enum weir_err find_after(struct weir_storage *s, struct output_state *o,
                                struct weir_error *error) {
    struct weir_written w;
    bool found;
    enum weir_err code = weir_store_find_written(
        s->store, late_key(o->written.key), &w, &found, error);
    weir_store_read_end(s->store);
    o->after = !code && found && w.run == s->run.id ? w.offset : -1;
    return code;
}

static enum weir_err open_one(struct weir_storage *s, struct output_state *o,
                              struct weir_error *error) {
    struct weir_record_position position;
    struct weir_record_config config = {.output = o->output,
                                        .folder = s->config.folder,
                                        .identity = o->identity,
                                        .out_fd = s->config.out_fd,
                                        .terminal = s->config.out_is_terminal,
                                        .durable = s->config.durable,
                                        .measure = measure,
                                        .data = s};
    bool found;
    enum weir_err code;
    uint64_t key;
    if (!o->identity)
        return weir_error_nomem(error);
    if ((code = find_place(s, o, error)) || (code = lock_output(s, o, error)))
        return code;
    key = weir_hash_seeded(WEIR_STR("written"), o->place + o->output->type);
    if ((code = weir_store_find_written(s->store, key, &o->written, &found,
                                        error)))
        return code;
    weir_store_read_end(s->store);
    if (!found)
        o->written = (struct weir_written){.key = key};
    position =
        (struct weir_record_position){.offset = (uint64_t)o->written.offset,
                                      .device = o->written.device,
                                      .inode = o->written.inode,
                                      .regular = true};
    if (o->written.run != 0 && o->written.inode != 0)
        config.resume = &position;
    if ((code = weir_record_sink_create(&o->sink, &config, error)))
        return code;
    o->at_end = weir_record_sink_at_end(o->sink);
    o->database = !o->at_end && weir_record_sink_is_database(o->sink);
    o->late = !o->at_end && o->output->input_order;
    s->job->outputs->any_database |= o->database && !o->late;
    return o->late ? find_after(s, o, error) : WEIR_OK;
}

struct weir_record job_output_record(const struct weir_storage *s,
                                     const struct weir_item_record *r,
                                     bool first) {
    const struct weir_job *job = s->job->job;
    return (struct weir_record){.json = r->json,
                                .page =
                                    r->page < job->page_count
                                        ? weir_str_of(job->pages[r->page].name)
                                        : WEIR_STR(""),
                                .retrieved = r->retrieved,
                                .is_new = first};
}

enum weir_err storage_job_output_open(struct weir_storage *s,
                                      struct weir_error *error) {
    const struct weir_job *job = s->job->job;
    struct job_outputs *all = weir_calloc(1, sizeof *all);
    enum weir_err code = WEIR_OK;
    s->job->outputs = all;
    if (all)
        all->at = weir_calloc(job->output_count + 1, sizeof *all->at);
    if (!all || !all->at)
        return weir_error_nomem(error);
    all->count = job->output_count;
    for (size_t i = 0; !code && i < all->count; i++) {
        struct output_state *o = &all->at[i];
        o->output = &job->outputs[i];
        o->lock.fd = -1;
        if (o->output->type == WEIR_OUTPUT_FILES)
            continue;
        o->identity = identity(s, o->output);
        code = open_one(s, o, error);
        if (!code)
            code = job_output_catch_up(s, o, error);
    }
    return code;
}

void storage_job_output_close(struct weir_storage *s) {
    struct job_outputs *all = s->job->outputs;
    if (!all)
        return;
    for (size_t i = 0; i < all->count; i++) {
        weir_record_sink_destroy(all->at[i].sink);
        weir_free(all->at[i].identity);
        if (all->at[i].output) /* it came so far */
            storage_run_unlock_output(&all->at[i].lock);
    }
    weir_free(all->at);
    weir_free(all->pending);
    weir_free(all);
    s->job->outputs = NULL;
}

/* --- a batch --- */

enum weir_err job_output_write(struct output_state *o,
                               const struct weir_record *record,
                               struct weir_error *error) {
    struct weir_error cause = {0};
    enum weir_err code = weir_record_sink_write(o->sink, record, &cause);
    if (code == WEIR_E_INVALID) {
        if (o->problems++ == 0)
            o->problem = cause;
        return WEIR_OK;
    }
    if (code)
        *error = cause;
    return code;
}

static enum weir_err remember(struct job_outputs *all,
                              const struct weir_record *record,
                              struct weir_error *error) {
    if (all->pending_count == all->pending_cap) {
        size_t cap = all->pending_cap * 2 + 64;
        struct weir_record *more =
            weir_reallocarray(all->pending, cap, sizeof *more);
        if (!more)
            return weir_error_nomem(error);
        all->pending = more;
        all->pending_cap = cap;
    }
    all->pending[all->pending_count++] = *record;
    return WEIR_OK;
}

enum weir_err storage_job_output_put(struct weir_storage *s,
                                     const struct weir_item_record *item,
                                     bool first, struct weir_error *error) {
    struct job_outputs *all = s->job->outputs;
    struct weir_record record = job_output_record(s, item, first);
    enum weir_err code = WEIR_OK;
    if (all->any_database && (code = remember(all, &record, error)))
        return code;
    for (size_t i = 0; !code && i < all->count; i++) {
        struct output_state *o = &all->at[i];
        if (!o->sink || o->at_end || o->late || o->database)
            continue;
        o->dirty = true;
        code = job_output_write(o, &record, error);
    }
    return code;
}

static enum weir_err put_note(struct weir_storage *s, struct output_state *o,
                              int64_t run, struct weir_error *error) {
    o->written.run = run;
    return weir_store_put_written(s->store, &o->written, error);
}

enum weir_err job_output_flush_file(struct output_state *o, bool *moves,
                                    struct weir_error *error) {
    struct weir_record_position position = {0};
    enum weir_err code = weir_record_sink_flush(o->sink, &position, error);
    if (code)
        return code;
    *moves = position.regular;
    o->written.offset = (int64_t)position.offset;
    o->written.device = position.device;
    o->written.inode = position.inode;
    return WEIR_OK;
}

/* Notes how far the output is. What a database has is known already: a file
 * is flushed and asked. */
static enum weir_err note_place(struct weir_storage *s, struct output_state *o,
                                struct weir_error *error) {
    bool moves = true;
    enum weir_err code = WEIR_OK;
    if (!o->database)
        code = job_output_flush_file(o, &moves, error);
    if (!code && moves)
        code = put_note(s, o, s->run.id, error);
    return code;
}

enum weir_err storage_job_output_flush(struct weir_storage *s,
                                       struct weir_error *error) {
    struct job_outputs *all = s->job->outputs;
    enum weir_err code = WEIR_OK;
    for (size_t i = 0; !code && i < all->count; i++) {
        struct output_state *o = &all->at[i];
        if (!o->dirty)
            continue;
        o->dirty = false;
        /* Of a database: the batch before, which it has taken by now. */
        code = note_place(s, o, error);
    }
    return code;
}

/* The store has the batch: the database takes it too. */
static enum weir_err give_batch(struct weir_storage *s, struct output_state *o,
                                struct weir_error *error) {
    struct job_outputs *all = s->job->outputs;
    int64_t batch = weir_store_batch(s->store);
    bool wanted;
    enum weir_err code =
        weir_record_sink_begin(o->sink, (uint64_t)batch, &wanted, error);
    if (code || !wanted)
        return code;
    for (size_t i = 0; !code && i < all->pending_count; i++)
        code = job_output_write(o, &all->pending[i], error);
    if (!code)
        code = weir_record_sink_flush(o->sink, NULL, error);
    if (!code) {
        o->written.offset = batch;
        o->dirty = true; /* to be noted with the next batch */
    }
    return code;
}

enum weir_err storage_job_output_over(struct weir_storage *s,
                                      struct weir_error *error) {
    struct job_outputs *all = s->job->outputs;
    enum weir_err code = WEIR_OK;
    for (size_t i = 0; all->pending_count > 0 && !code && i < all->count; i++)
        if (all->at[i].database && !all->at[i].late)
            code = give_batch(s, &all->at[i], error);
    all->pending_count = 0;
    return code;
}

enum weir_err storage_job_output_note(struct weir_storage *s,
                                      struct weir_error *error) {
    struct job_outputs *all = s->job->outputs;
    enum weir_err code = WEIR_OK;
    for (size_t i = 0; !code && i < all->count; i++) {
        struct output_state *o = &all->at[i];
        if (!o->sink || o->at_end)
            continue;
        if (o->database && !s->resumed)
            o->written.offset = weir_store_batch(s->store);
        code = note_place(s, o, error);
    }
    return code;
}

/* --- the end --- */

static enum weir_err note_after(struct weir_storage *s, struct output_state *o,
                                struct weir_error *error) {
    struct weir_written w = {.key = late_key(o->written.key),
                             .run = s->run.id,
                             .offset = weir_store_batch(s->store)};
    return weir_store_put_written(s->store, &w, error);
}

enum weir_err storage_job_output_rest(struct weir_storage *s, bool complete,
                                      struct weir_error *error) {
    struct job_outputs *all = s->job->outputs;
    enum weir_err code = WEIR_OK;
    for (size_t i = 0; !code && i < all->count; i++) {
        struct output_state *o = &all->at[i];
        if (o->sink && !o->at_end && (o->database || o->written.inode != 0))
            code = put_note(s, o, 0, error);
        if (!code && o->sink && o->late && complete)
            code = note_after(s, o, error);
    }
    return code;
}
