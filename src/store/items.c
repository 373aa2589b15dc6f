/* Why: what a job found, kept over its runs: for feeds (which hold all of it),
 * for outputs that are written at a run's end, and to know what is new.
 *
 * The index is by (job, key, run). Its first row of a key is the oldest: what a
 * record of this run may replace. Its last is the newest, which knows whether
 * the key was seen in this run. Mostly they are the same row. */
#include "store/items.h"

#include "base/hash.h"
#include "base/mem.h"
#include "store/store_private.h"

enum {
    FIND_OLDEST,
    FIND_NEWEST,
    FIND_OWN,
    ADD,
    CHANGE,
    TOUCH,
    COUNT,
    STATEMENTS
};

/* seq is the batch and a number in it. */
enum { BATCH_SHIFT = 24 };

#define ROW                                                                    \
    "SELECT id, run, seen, json, changed, first_run FROM item WHERE job = ?1 " \
    "AND key = ?2 "

static const char *const sql_text[STATEMENTS] = {
    [FIND_OLDEST] = ROW "ORDER BY run LIMIT 1",
    [FIND_NEWEST] = ROW "ORDER BY run DESC LIMIT 1",
    [FIND_OWN] = ROW "AND run = ?3 AND ord IS ?4",
    [ADD] =
        "INSERT INTO item (job, key, seen, run, seq, page, ord, "
        "first_run, first_seen, last_seen, changed, json) VALUES (?1, ?2, ?3, "
        "?4, ?5, ?6, ?7, ?11, ?8, ?8, ?9, ?10)",
    [CHANGE] = "UPDATE item SET seen = ?2, run = ?2, first_run = CASE "
               "first_run WHEN 0 THEN ?2 ELSE first_run END, seq = ?3, page = "
               "?4, ord = ?5, last_seen = ?6, changed = ?7, json = ?8 WHERE id "
               "= ?1",
    [TOUCH] = "UPDATE item SET seen = ?2, last_seen = ?3 WHERE id = ?1",
    [COUNT] = "SELECT count(DISTINCT key) FROM item WHERE job = ?1",
};

static const char read_sql[] =
    "SELECT json, ord, page, changed, first_seen, first_run, seq FROM "
    "item WHERE id = ?1";

struct weir_items {
    struct weir_store *store;
    struct sqlite3_stmt *sql[STATEMENTS];
    uint64_t job;
    int64_t run, seq;
    bool keep_all;
};

enum weir_err weir_items_open(struct weir_items **out, struct weir_store *store,
                              uint64_t job, int64_t run, bool keep_all,
                              struct weir_error *error) {
    struct weir_items *items = weir_calloc(1, sizeof *items);
    enum weir_err code = WEIR_OK;
    if (!items)
        return weir_error_nomem(error);
    items->store = store;
    items->job = job;
    items->run = run;
    items->keep_all = keep_all;
    for (int i = 0; !code && i < STATEMENTS; i++)
        code = weir_db_prepare(store->db, sql_text[i], &items->sql[i], error);
    if (code) {
        weir_items_close(items);
        return code;
    }
    *out = items;
    return WEIR_OK;
}

void weir_items_close(struct weir_items *items) {
    if (!items)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(items->sql[i]);
    weir_free(items);
}

static enum weir_err step(struct weir_items *items, int which,
                          struct weir_error *error) {
    sqlite3_step(items->sql[which]);
    int rc = sqlite3_reset(items->sql[which]);
    return rc == SQLITE_OK ? WEIR_OK
                           : weir_db_fail(items->store->db, rc, error);
}

/* What is in the table of a key. */
struct found {
    int64_t id; /* 0 = nothing */
    int64_t run, seen, changed, first_run;
    bool same; /* its json is the record's */
};

static enum weir_err find(struct weir_items *items, int which, uint64_t key,
                          const struct weir_item_record *r, struct found *out,
                          struct weir_error *error) {
    struct sqlite3_stmt *stmt = items->sql[which];
    sqlite3_bind_int64(stmt, 1, (int64_t)items->job);
    sqlite3_bind_int64(stmt, 2, (int64_t)key);
    if (which == FIND_OWN) {
        sqlite3_bind_int64(stmt, 3, items->run);
        weir_store_bind_text(stmt, 4, r->order);
    }
    *out = (struct found){0};
    if (sqlite3_step(stmt) == SQLITE_ROW)
        *out = (struct found){
            .id = sqlite3_column_int64(stmt, 0),
            .run = sqlite3_column_int64(stmt, 1),
            .seen = sqlite3_column_int64(stmt, 2),
            .same = weir_str_eq(weir_store_text(stmt, 3), r->json),
            .changed = sqlite3_column_int64(stmt, 4),
            .first_run = sqlite3_column_int64(stmt, 5)};
    int rc = sqlite3_reset(stmt);
    return rc == SQLITE_OK ? WEIR_OK
                           : weir_db_fail(items->store->db, rc, error);
}

static enum weir_err touch(struct weir_items *items, int64_t id, int64_t now,
                           struct weir_error *error) {
    struct sqlite3_stmt *stmt = items->sql[TOUCH];
    sqlite3_bind_int64(stmt, 1, id);
    sqlite3_bind_int64(stmt, 2, items->run);
    sqlite3_bind_int64(stmt, 3, now);
    return step(items, TOUCH, error);
}

/* Batches are numbered; so are the records of one. */
static int64_t next_seq(struct weir_items *items) {
    int64_t first = items->store->seq << BATCH_SHIFT;
    items->seq = items->seq < first ? first : items->seq + 1;
    return items->seq;
}

/* first_run 0: it is the first of its key. */
static enum weir_err add(struct weir_items *items, uint64_t key,
                         const struct weir_item_record *r, int64_t first_run,
                         int64_t now, struct weir_error *error) {
    struct sqlite3_stmt *stmt = items->sql[ADD];
    sqlite3_bind_int64(stmt, 1, (int64_t)items->job);
    sqlite3_bind_int64(stmt, 2, (int64_t)key);
    sqlite3_bind_int64(stmt, 3, items->run);
    sqlite3_bind_int64(stmt, 4, r->partial ? 0 : items->run);
    sqlite3_bind_int64(stmt, 5, next_seq(items));
    sqlite3_bind_int64(stmt, 6, r->page);
    weir_store_bind_text(stmt, 7, r->order);
    sqlite3_bind_int64(stmt, 8, now);
    sqlite3_bind_int64(stmt, 9, r->retrieved);
    weir_store_bind_text(stmt, 10, r->partial ? WEIR_STR("") : r->json);
    sqlite3_bind_int64(stmt, 11,
                       first_run || r->partial ? first_run : items->run);
    return step(items, ADD, error);
}

static enum weir_err change(struct weir_items *items, const struct found *old,
                            const struct weir_item_record *r, int64_t now,
                            struct weir_error *error) {
    struct sqlite3_stmt *stmt = items->sql[CHANGE];
    sqlite3_bind_int64(stmt, 1, old->id);
    sqlite3_bind_int64(stmt, 2, items->run);
    sqlite3_bind_int64(stmt, 3, next_seq(items));
    sqlite3_bind_int64(stmt, 4, r->page);
    weir_store_bind_text(stmt, 5, r->order);
    sqlite3_bind_int64(stmt, 6, now);
    sqlite3_bind_int64(stmt, 7, old->same ? old->changed : r->retrieved);
    weir_store_bind_text(stmt, 8, r->json);
    return step(items, CHANGE, error);
}

/* The same record of the same run, with less in it: *done, it is replaced. */
static enum weir_err put_again(struct weir_items *items, uint64_t key,
                               const struct weir_item_record *record,
                               int64_t now, struct weir_item_news *news,
                               bool *done, struct weir_error *error) {
    struct found own = {0};
    enum weir_err code = find(items, FIND_OWN, key, record, &own, error);
    if (code || own.id == 0)
        return code;
    *done = true;
    *news = (struct weir_item_news){.first = own.first_run == items->run};
    return change(items, &own, record, now, error);
}

enum weir_err weir_items_put(struct weir_items *items,
                             const struct weir_item_record *record, int64_t now,
                             struct weir_item_news *news,
                             struct weir_error *error) {
    uint64_t key = weir_hash(record->key);
    struct found newest, oldest;
    bool done = false;
    enum weir_err code = WEIR_OK;
    if (record->retried && !record->partial)
        code = put_again(items, key, record, now, news, &done, error);
    if (!code && !done)
        code = find(items, FIND_NEWEST, key, record, &newest, error);
    if (code || done)
        return code;
    news->ever = newest.id == 0;
    news->first = newest.run == 0;
    news->in_run = newest.id == 0 || newest.seen != items->run;
    news->again = newest.id != 0 && newest.run == items->run;
    if (record->once && news->again)
        return WEIR_OK;
    if (newest.id == 0)
        return add(items, key, record, 0, now, error);
    if (record->partial)
        return touch(items, newest.id, now, error);
    if (newest.run != items->run || !items->keep_all)
        return change(items, &newest, record, now, error);
    /* One more of the same: is there one of an earlier run left? */
    code = find(items, FIND_OLDEST, key, record, &oldest, error);
    if (code)
        return code;
    return oldest.run != items->run
               ? change(items, &oldest, record, now, error)
               : add(items, key, record, newest.first_run, now, error);
}

enum weir_err weir_items_count(struct weir_items *items, uint64_t *count,
                               struct weir_error *error) {
    struct sqlite3_stmt *stmt = items->sql[COUNT];
    sqlite3_bind_int64(stmt, 1, (int64_t)items->job);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        *count = (uint64_t)sqlite3_column_int64(stmt, 0);
    int rc = sqlite3_reset(stmt);
    return rc == SQLITE_OK ? WEIR_OK
                           : weir_db_fail(items->store->db, rc, error);
}

struct weir_items_cursor {
    struct weir_items *items;
    struct sqlite3_stmt *ids, *read;
};

static const char *walk_sql(enum weir_items_scope scope, bool input_order) {
    static const char *const text[2][2] = {
        [WEIR_ITEMS_RUN] = {"SELECT id FROM item WHERE job = ?1 AND run = ?2 "
                            "AND json IS NOT NULL AND seq >= ?3 ORDER BY seq",
                            "SELECT id FROM item WHERE job = ?1 AND run = ?2 "
                            "AND json IS NOT NULL AND seq >= ?3 ORDER BY ord, "
                            "seq"},
        [WEIR_ITEMS_JOB] = {"SELECT id, max(seq) AS last FROM item WHERE job = "
                            "?1 AND json IS NOT NULL AND seq >= ?3 GROUP BY "
                            "key ORDER BY last",
                            "SELECT id, max(seq) AS last FROM item WHERE job = "
                            "?1 AND json IS NOT NULL AND seq >= ?3 GROUP BY "
                            "key ORDER BY ord, last"}};
    return text[scope][input_order];
}

enum weir_err weir_items_walk(struct weir_items_cursor **out,
                              struct weir_items *items,
                              enum weir_items_scope scope, bool input_order,
                              struct weir_error *error) {
    struct weir_items_cursor *c = weir_calloc(1, sizeof *c);
    if (!c)
        return weir_error_nomem(error);
    c->items = items;
    enum weir_err code = weir_db_prepare(
        items->store->db, walk_sql(scope, input_order), &c->ids, error);
    if (!code)
        code = weir_db_prepare(items->store->db, read_sql, &c->read, error);
    if (code) {
        weir_items_end(c);
        return code;
    }
    sqlite3_bind_int64(c->ids, 1, (int64_t)items->job);
    sqlite3_bind_int64(c->ids, 2, items->run);
    sqlite3_bind_int64(c->ids, 3, 0);
    *out = c;
    return WEIR_OK;
}

void weir_items_after(struct weir_items_cursor *cursor, int64_t batch) {
    sqlite3_bind_int64(cursor->ids, 3, (batch + 1) << BATCH_SHIFT);
}

static enum weir_err fail(struct weir_items_cursor *c, int rc,
                          struct weir_error *error) {
    return weir_db_fail(c->items->store->db,
                        rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, error);
}

enum weir_err weir_items_next(struct weir_items_cursor *c,
                              struct weir_item_record *out, bool *more,
                              struct weir_error *error) {
    struct sqlite3_stmt *stmt = c->read;
    sqlite3_reset(stmt);
    int rc = sqlite3_step(c->ids);
    *more = rc == SQLITE_ROW;
    if (rc == SQLITE_DONE)
        return WEIR_OK;
    if (rc != SQLITE_ROW)
        return fail(c, rc, error);
    sqlite3_bind_int64(stmt, 1, sqlite3_column_int64(c->ids, 0));
    rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW)
        return fail(c, rc, error);
    *out = (struct weir_item_record){
        .json = weir_store_text(stmt, 0),
        .order = weir_store_text(stmt, 1),
        .page = (uint32_t)sqlite3_column_int64(stmt, 2),
        .retrieved = sqlite3_column_int64(stmt, 3),
        .first_seen = sqlite3_column_int64(stmt, 4),
        .first = sqlite3_column_int64(stmt, 5) == c->items->run,
        .batch = sqlite3_column_int64(stmt, 6) >> BATCH_SHIFT};
    return WEIR_OK;
}

void weir_items_rewind(struct weir_items_cursor *c) {
    sqlite3_reset(c->ids);
    sqlite3_reset(c->read);
}

void weir_items_end(struct weir_items_cursor *c) {
    if (!c)
        return;
    sqlite3_finalize(c->ids);
    sqlite3_finalize(c->read);
    weir_free(c);
}

enum weir_err weir_items_prune(struct weir_items *items, int64_t before,
                               struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    enum weir_err code = weir_db_prepare(
        items->store->db,
        "DELETE FROM item WHERE job = ?1 AND last_seen < ?2 AND seen <> ?3 AND "
        "run <> ?3",
        &stmt, error);
    if (code)
        return code;
    sqlite3_bind_int64(stmt, 1, (int64_t)items->job);
    sqlite3_bind_int64(stmt, 2, before);
    sqlite3_bind_int64(stmt, 3, items->run);
    sqlite3_step(stmt);
    int rc = sqlite3_finalize(stmt);
    return rc == SQLITE_OK ? WEIR_OK
                           : weir_db_fail(items->store->db, rc, error);
}
