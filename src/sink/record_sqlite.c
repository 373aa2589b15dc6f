/* Why: records as rows. All that is SQL stands in store/rows.c; here only the
 * order of things: a growing output takes numbered batches, one that is made
 * anew empties and fills its table in one transaction, so that readers see the
 * old rows until they see the new ones. */
#include "sink/record_type.h"

#include "store/rows.h"

static enum weir_err open_sqlite(struct weir_record_sink *s,
                                 struct weir_error *error) {
    const struct weir_output *o = s->output;
    if (!s->path)
        return weir_error_set(error, WEIR_E_USAGE,
                              "output -: a database cannot go to standard "
                              "output; name a file");
    struct weir_rows_config config = {
        .path = s->path,
        .shown = weir_record_name(s),
        .table = o->table,
        .identity = s->config.identity,
        .columns = o->columns,
        .column_count = o->column_count,
        .key = o->key,
        .key_count = o->key_count,
        .keep_first = !o->upsert,
        .durable = s->config.durable,
    };
    struct weir_rows *rows;
    enum weir_err code = weir_rows_open(&rows, &config, error);
    if (!code)
        s->own = rows;
    return code;
}

static enum weir_err put_row(struct weir_record_sink *s,
                             const struct weir_record *record,
                             struct weir_error *error) {
    (void)record;
    return weir_rows_put(s->own, &s->members, error);
}

static enum weir_err begin_batch(struct weir_record_sink *s, uint64_t batch,
                                 bool *wanted, struct weir_error *error) {
    return weir_rows_begin(s->own, batch, wanted, error);
}

static enum weir_err commit_batch(struct weir_record_sink *s,
                                  struct weir_error *error) {
    return weir_rows_commit(s->own, error);
}

static enum weir_err begin_anew(struct weir_record_sink *s,
                                struct weir_error *error) {
    bool wanted;
    enum weir_err code = weir_rows_begin(s->own, 0, &wanted, error);
    return code ? code : weir_rows_clear(s->own, error);
}

static enum weir_err finish_sqlite(struct weir_record_sink *s, bool complete,
                                   struct weir_error *error) {
    if (complete)
        return weir_rows_commit(s->own, error);
    weir_rows_rollback(s->own);
    return WEIR_OK;
}

static void close_sqlite(struct weir_record_sink *s) {
    weir_rows_close(s->own);
}

const struct weir_record_type weir_record_sqlite = {
    .name = "sqlite",
    .open = open_sqlite,
    .put = put_row,
    .head = begin_anew,
    .begin = begin_batch,
    .commit = commit_batch,
    .finish = finish_sqlite,
    .close = close_sqlite,
};
