/* Why: what all record outputs have in common: which records they take, where
 * their file is, in which order their functions are called. What is a type's
 * own stands in record_<type>.c. */
#include "sink/records.h"

#include "base/escape.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/seed.h"
#include "sink/record_type.h"

#include <stdarg.h>
#include <string.h>

static const struct weir_record_type *const types[] = {
    [WEIR_OUTPUT_JSONL] = &weir_record_jsonl,
    [WEIR_OUTPUT_JSON] = &weir_record_json,
    [WEIR_OUTPUT_CSV] = &weir_record_csv,
    [WEIR_OUTPUT_SQLITE] = &weir_record_sqlite,
    [WEIR_OUTPUT_RSS] = &weir_record_rss,
    [WEIR_OUTPUT_ATOM] = &weir_record_atom,
    [WEIR_OUTPUT_FILES] = NULL, /* record_files.h */
    [WEIR_OUTPUT_TEXT] = &weir_record_text,
};

/* ---- for the types ---- */

const char *weir_record_name(const struct weir_record_sink *s) {
    return s->output->path ? s->output->path : "-";
}

void weir_record_problem(struct weir_record_sink *s, const char *format, ...) {
    va_list args;
    if (s->problems++ > 0)
        return;
    va_start(args, format);
    weir_error_setv(&s->problem, WEIR_E_INVALID, format, args);
    va_end(args);
}

enum weir_err weir_record_put_shown(const struct weir_record_sink *s,
                                    struct weir_str text,
                                    struct weir_buf *out) {
    if (s->config.terminal && !s->path)
        weir_escape_terminal(out, text);
    else
        weir_buf_str(out, text);
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

enum weir_err weir_record_write_line(struct weir_record_sink *s,
                                     struct weir_error *error) {
    if (s->line.failed)
        return weir_error_nomem(error);
    return weir_outfile_write(s->file, weir_buf_view(&s->line), error);
}

/* ---- opening ---- */

bool weir_record_sink_at_end(const struct weir_record_sink *s) {
    enum weir_output_type type = s->output->type;
    return s->output->mode == WEIR_MODE_REPLACE || type == WEIR_OUTPUT_JSON ||
           type == WEIR_OUTPUT_RSS || type == WEIR_OUTPUT_ATOM;
}

bool weir_record_sink_input_order(const struct weir_record_sink *s) {
    enum weir_output_type type = s->output->type;
    return s->output->input_order || type == WEIR_OUTPUT_RSS ||
           type == WEIR_OUTPUT_ATOM;
}

bool weir_record_sink_is_database(const struct weir_record_sink *s) {
    return s->type->begin != NULL;
}

static enum weir_err place(struct weir_record_sink *s,
                           struct weir_error *error) {
    const char *folder = s->config.folder, *path = weir_record_name(s);
    struct weir_buf b;
    if (strcmp(path, "-") == 0)
        return WEIR_OK;
    weir_buf_init(&b, 0);
    if (folder && *folder && path[0] != '/') {
        weir_buf_z(&b, folder);
        if (!weir_str_ends(weir_buf_view(&b), WEIR_STR("/")))
            weir_buf_byte(&b, '/');
    }
    weir_buf_z(&b, path);
    s->path = weir_buf_detach(&b);
    return s->path ? WEIR_OK : weir_error_nomem(error);
}

static enum weir_err open_file(struct weir_record_sink *s,
                               struct weir_error *error) {
    if (weir_record_sink_is_database(s))
        return WEIR_OK;
    if (!s->path)
        return weir_outfile_fd(&s->file, s->config.out_fd, error);
    return weir_record_sink_at_end(s)
               ? weir_outfile_replace(&s->file, s->path, s->config.durable,
                                      error)
               : weir_outfile_append(&s->file, s->path, s->config.resume,
                                     s->config.durable, error);
}

enum weir_err weir_record_sink_create(struct weir_record_sink **out,
                                      const struct weir_record_config *config,
                                      struct weir_error *error) {
    enum weir_err code;
    const struct weir_record_type *type = types[config->output->type];
    if (!type)
        return weir_error_set(error, WEIR_E_USAGE,
                              "an output of files takes no records");
    struct weir_record_sink *s = weir_calloc(1, sizeof *s);
    if (!s)
        return weir_error_nomem(error);
    s->type = type;
    s->output = config->output;
    s->config = *config;
    s->seed = weir_seed();
    weir_members_init(&s->members);
    weir_buf_init(&s->line, 0);
    weir_hashset_init(&s->seen);
    weir_hashset_init(&s->surveyed);
    code = place(s, error);
    if (!code)
        code = open_file(s, error);
    if (!code && type->open)
        code = type->open(s, error);
    s->config.resume = NULL; /* the caller's, for the time of this call */
    if (code)
        weir_record_sink_destroy(s);
    else
        *out = s;
    return code;
}

void weir_record_sink_destroy(struct weir_record_sink *s) {
    if (!s)
        return;
    if (s->type->close)
        s->type->close(s);
    weir_outfile_destroy(s->file);
    weir_members_release(&s->members);
    weir_buf_release(&s->line);
    weir_hashset_release(&s->seen);
    weir_hashset_release(&s->surveyed);
    weir_free(s->path);
    weir_free(s);
}

/* ---- which records ---- */

static bool of_output(const struct weir_record_sink *s,
                      const struct weir_record *record) {
    const struct weir_output *o = s->output;
    if (o->page && !weir_str_eq(weir_str_of(o->page), record->page))
        return false;
    return o->mode != WEIR_MODE_NEW || record->is_new;
}

/* Whether it is the first with these dedupe fields; their JSON in a row, as
 * none of it can run into the next. */
static enum weir_err is_first(struct weir_record_sink *s,
                              struct weir_hashset *seen, bool *first) {
    const struct weir_output *o = s->output;
    enum weir_err code = WEIR_OK;
    *first = true;
    if (o->dedupe_count == 0)
        return WEIR_OK;
    weir_buf_clear(&s->line);
    for (size_t i = 0; !code && i < o->dedupe_count; i++) {
        struct weir_str name = weir_str_of(o->dedupe[i]);
        code =
            weir_value_put_json(weir_members_get(&s->members, name), &s->line);
        weir_buf_byte(&s->line, '\n');
    }
    if (code || s->line.failed)
        return WEIR_E_NOMEM;
    return weir_hashset_add(
        seen, weir_hash_seeded(weir_buf_view(&s->line), s->seed), first);
}

/* Reads the record's members, if the output takes it. */
static enum weir_err take(struct weir_record_sink *s,
                          const struct weir_record *record,
                          struct weir_hashset *seen, bool *wanted,
                          struct weir_error *error) {
    struct weir_error cause;
    enum weir_err code;
    *wanted = of_output(s, record);
    if (!*wanted)
        return WEIR_OK;
    if ((code = weir_members_read(&s->members, record->json, &cause)))
        return weir_error_set(error, code, "output %s: a record: %s",
                              weir_record_name(s), cause.message);
    code = is_first(s, seen, wanted);
    return code ? weir_error_nomem(error) : WEIR_OK;
}

/* ---- growing outputs ---- */

enum weir_err weir_record_sink_begin(struct weir_record_sink *s, uint64_t batch,
                                     bool *wanted, struct weir_error *error) {
    *wanted = true;
    return s->type->begin ? s->type->begin(s, batch, wanted, error) : WEIR_OK;
}

static enum weir_err put(struct weir_record_sink *s,
                         const struct weir_record *record,
                         struct weir_error *error) {
    weir_buf_clear(&s->line);
    enum weir_err code = s->type->put(s, record, error);
    if (!code)
        s->written++;
    return code;
}

enum weir_err weir_record_sink_write(struct weir_record_sink *s,
                                     const struct weir_record *record,
                                     struct weir_error *error) {
    bool wanted;
    enum weir_err code = take(s, record, &s->seen, &wanted, error);
    return code || !wanted ? code : put(s, record, error);
}

enum weir_err weir_record_sink_recall(struct weir_record_sink *s,
                                      const struct weir_record *record,
                                      struct weir_error *error) {
    bool wanted;
    if (s->output->dedupe_count == 0)
        return WEIR_OK;
    return take(s, record, &s->seen, &wanted, error);
}

enum weir_err weir_record_sink_flush(struct weir_record_sink *s,
                                     struct weir_record_position *position,
                                     struct weir_error *error) {
    if (s->file)
        return weir_outfile_flush(s->file, position, error);
    if (position)
        *position = (struct weir_record_position){0};
    return s->type->commit(s, error);
}

enum weir_err weir_record_sink_position(struct weir_record_sink *s,
                                        struct weir_record_position *position,
                                        struct weir_error *error) {
    *position = (struct weir_record_position){0};
    return s->file ? weir_outfile_flush(s->file, position, error) : WEIR_OK;
}

/* ---- made anew ---- */

typedef enum weir_err (*record_fn)(struct weir_record_sink *s,
                                   const struct weir_record *record,
                                   struct weir_error *error);

static enum weir_err look(struct weir_record_sink *s,
                          const struct weir_record *record,
                          struct weir_error *error) {
    (void)record;
    return s->type->survey(s, error);
}

/* Hands every record that the output takes to a function. What is wrong with
 * one record is noted once, at the last pass. */
static enum weir_err for_each(struct weir_record_sink *s,
                              const struct weir_record_iterator *records,
                              struct weir_hashset *seen, record_fn fn,
                              struct weir_error *error) {
    for (;;) {
        struct weir_record record;
        bool more, wanted;
        struct weir_error cause = {0};
        enum weir_err code =
            records->next(&record, &more, records->data, error);
        if (code || !more)
            return code;
        code = take(s, &record, seen, &wanted, &cause);
        if (!code && wanted)
            code = fn(s, &record, &cause);
        if (code == WEIR_E_INVALID) {
            if (seen == &s->seen)
                weir_record_problem(s, "%s", cause.message);
        } else if (code) {
            return weir_error_set(error, code, "%s", cause.message);
        }
    }
}

enum weir_err
weir_record_sink_write_all(struct weir_record_sink *s,
                           const struct weir_record_iterator *records,
                           struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    if (s->type->survey && s->output->column_count == 0) {
        code = for_each(s, records, &s->surveyed, look, error);
        if (!code)
            code = records->rewind(records->data, error);
    }
    if (!code && s->type->head)
        code = s->type->head(s, error);
    if (!code)
        code = for_each(s, records, &s->seen, put, error);
    if (!code && s->type->tail)
        code = s->type->tail(s, error);
    return code;
}

enum weir_err weir_record_sink_finish(struct weir_record_sink *s, bool complete,
                                      struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    if (s->type->finish)
        code = s->type->finish(s, complete, error);
    if (s->file && !code)
        code = weir_outfile_finish(s->file, complete, error);
    return code;
}

uint64_t weir_record_sink_written(const struct weir_record_sink *s) {
    return s->written;
}

struct weir_record_problems
weir_record_sink_problems(const struct weir_record_sink *s) {
    return (struct weir_record_problems){
        s->problems, s->problems ? s->problem.message : NULL};
}
