/* Why: outputs that get records which the store has already: what a killed run
 * left to do, when it is resumed, and what is written at the end of one. */
#include "engine/storage_job_output.h"

typedef enum weir_err (*walk_fn)(struct output_state *o,
                                 const struct weir_record *record,
                                 int64_t batch, struct weir_error *error);

/* The run's records of batches after this one. */
static enum weir_err walk(struct weir_storage *s, struct output_state *o,
                          bool input_order, int64_t after, walk_fn fn,
                          struct weir_error *error) {
    struct weir_items_cursor *cursor;
    enum weir_err code = weir_items_walk(&cursor, s->job->items, WEIR_ITEMS_RUN,
                                         input_order, error);
    if (code)
        return code;
    weir_items_after(cursor, after);
    for (;;) {
        struct weir_item_record r;
        bool more;
        if ((code = weir_items_next(cursor, &r, &more, error)) || !more)
            break;
        struct weir_record record = job_output_record(s, &r, r.first);
        if ((code = fn(o, &record, r.batch, error)))
            break;
    }
    weir_items_end(cursor);
    return code;
}

/* --- a resumed run --- */

static enum weir_err recall(struct output_state *o,
                            const struct weir_record *record, int64_t batch,
                            struct weir_error *error) {
    struct weir_error cause = {0};
    (void)batch;
    enum weir_err code = weir_record_sink_recall(o->sink, record, &cause);
    if (code && code != WEIR_E_INVALID)
        *error = cause;
    return code == WEIR_E_INVALID ? WEIR_OK : code;
}

/* A batch of before the kill; the database knows whether it has it. */
static enum weir_err replay(struct output_state *o,
                            const struct weir_record *record, int64_t batch,
                            struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    if (batch != o->written.offset) {
        if (o->taking)
            code = weir_record_sink_flush(o->sink, NULL, error);
        o->written.offset = batch;
        if (!code)
            code = weir_record_sink_begin(o->sink, (uint64_t)batch, &o->taking,
                                          error);
    }
    return code || !o->taking ? code : job_output_write(o, record, error);
}

enum weir_err job_output_catch_up(struct weir_storage *s,
                                  struct output_state *o,
                                  struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    if (o->at_end || o->late || !s->resumed)
        return WEIR_OK;
    if (o->database && o->written.run != 0)
        code = walk(s, o, false, o->written.offset, replay, error);
    if (!code && o->taking)
        code = weir_record_sink_flush(o->sink, NULL, error);
    o->taking = false;
    if (!code && o->output->dedupe_count > 0)
        code = walk(s, o, false, -1, recall, error);
    return code;
}

/* --- the end --- */

struct iterator {
    struct weir_storage *s;
    struct weir_items_cursor *cursor;
};

static enum weir_err next(struct weir_record *out, bool *more, void *data,
                          struct weir_error *error) {
    struct iterator *it = data;
    struct weir_item_record r;
    enum weir_err code = weir_items_next(it->cursor, &r, more, error);
    if (!code && *more)
        *out = job_output_record(it->s, &r, r.first);
    return code;
}

static enum weir_err again(void *data, struct weir_error *error) {
    struct iterator *it = data;
    (void)error;
    weir_items_rewind(it->cursor);
    return WEIR_OK;
}

static enum weir_err make_anew(struct weir_storage *s, struct output_state *o,
                               struct weir_error *error) {
    bool feed = o->output->type == WEIR_OUTPUT_RSS ||
                o->output->type == WEIR_OUTPUT_ATOM;
    struct iterator it = {.s = s};
    struct weir_record_iterator records = {
        .next = next, .rewind = again, .data = &it};
    enum weir_err code = weir_items_walk(
        &it.cursor, s->job->items, feed ? WEIR_ITEMS_JOB : WEIR_ITEMS_RUN,
        weir_record_sink_input_order(o->sink), error);
    if (code)
        return code;
    code = weir_record_sink_write_all(o->sink, &records, error);
    weir_items_end(it.cursor);
    return code;
}

static enum weir_err write_late(struct output_state *o,
                                const struct weir_record *record, int64_t batch,
                                struct weir_error *error) {
    (void)batch;
    return job_output_write(o, record, error);
}

static enum weir_err finish_late(struct weir_storage *s, struct output_state *o,
                                 struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    bool wanted = true, moves;
    if (o->database) /* one batch, each time that the run comes to its end */
        code = weir_record_sink_begin(o->sink, (uint64_t)(o->after + 2),
                                      &wanted, error);
    if (!code && wanted)
        code = walk(s, o, true, o->after, write_late, error);
    if (code || !wanted)
        return code;
    return o->database ? weir_record_sink_flush(o->sink, NULL, error)
                       : job_output_flush_file(o, &moves, error);
}

static void say_problems(struct weir_storage *s, struct output_state *o) {
    struct weir_record_problems p = weir_record_sink_problems(o->sink);
    uint64_t count = p.count + o->problems;
    if (count > 0 && s->on_problems)
        s->on_problems(o->output, count,
                       o->problems ? o->problem.message : p.first,
                       s->problems_data);
}

enum weir_err storage_job_output_finish(struct weir_storage *s, bool complete,
                                        struct weir_error *error) {
    struct job_outputs *all = s->job->outputs;
    enum weir_err code = WEIR_OK;
    for (size_t i = 0; !code && i < all->count; i++) {
        struct output_state *o = &all->at[i];
        if (!o->sink)
            continue;
        if (complete && o->at_end)
            code = make_anew(s, o, error);
        else if (complete && o->late)
            code = finish_late(s, o, error);
        if (!code)
            code = weir_record_sink_finish(o->sink, complete, error);
        say_problems(s, o);
    }
    return code;
}
