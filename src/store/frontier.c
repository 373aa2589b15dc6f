/* Why: a durable frontier that takes 300,000 URLs a second and gives back
 * 200,000.
 *
 * Two tables that are only appended to (schema.sql), and memory that knows who
 * is next (frontier_queue.h). What is random goes to memory; what is long goes
 * to a table of its own, so that a resumption reads 50 bytes for each entry.
 *
 *                     memory                  tables
 *     put             set, queue              INSERT, INSERT
 *     claim           queue -> leases         SELECT the text
 *     write           -                       UPDATE: leased, attempts
 *     acknowledge     leases ->               UPDATE: done or failed
 *     release         leases -> queue         UPDATE: queued
 *     open            set, queue      <-      SELECT the narrow table
 *
 * A page that is claimed and acknowledged between two batches is updated once.
 * Entries that are over stay in the tables until the run is: their hashes say
 * what was there. */
#include "store/frontier.h"

#include "base/hash.h"
#include "base/mem.h"
#include "store/frontier_queue.h"
#include "store/store_private.h"

#include <stdlib.h>

enum state { QUEUED, LEASED, DONE, FAILED };

enum { ADD_SLOT, ADD_TEXT, READ_TEXT, SET_STATE, SET_HOST, STATEMENTS };

static const char *const sql_text[STATEMENTS] = {
    [ADD_SLOT] = "INSERT INTO frontier (id, host, dedupe, rank, priority, "
                 "not_before, state, attempts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
                 "0, 0)",
    [ADD_TEXT] = "INSERT INTO frontier_text (id, url, method, body, headers, "
                 "context, ord, page, depth) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
                 "?7, ?8, ?9)",
    [READ_TEXT] = "SELECT url, method, body, headers, context, ord, page, "
                  "depth FROM frontier_text WHERE id = ?1",
    [SET_STATE] = "UPDATE frontier SET state = ?2, attempts = ?3 WHERE id = "
                  "?1",
    [SET_HOST] = "INSERT OR REPLACE INTO frontier_host (run, host, until) "
                 "VALUES (?1, ?2, ?3)",
};

struct lease {
    uint64_t id; /* the map's key */
    uint64_t host;
    struct weir_slot slot;
    struct weir_list unwritten; /* in f->unwritten until it is in the table */
    uint32_t attempts;          /* this one included */
};

/* An entry that was claimed before: most were not, and cost no memory here. */
struct tried {
    uint64_t id;
    uint32_t attempts;
};

struct weir_frontier {
    struct weir_store *store;
    struct sqlite3_stmt *sql[STATEMENTS];
    uint64_t base; /* run << 32 */
    uint32_t last; /* n of the newest entry */
    struct weir_queue queue;
    struct weir_hash_set seen;
    struct weir_map *leases; /* id -> lease */
    struct weir_map *tried;  /* id -> struct tried, of those queued again */
    struct weir_list unwritten;
    struct lease **sorted; /* for weir_frontier_write */
    size_t sorted_cap;
    uint64_t done, failed;
};

/* --- SQL --- */

static enum weir_err step(struct weir_frontier *f, int which,
                          struct weir_error *error) {
    sqlite3_step(f->sql[which]);
    int rc = sqlite3_reset(f->sql[which]);
    return rc == SQLITE_OK ? WEIR_OK : weir_db_fail(f->store->db, rc, error);
}

/* The host and port of a URL: "//user@HOST:PORT/". */
static uint64_t host_of(struct weir_str url) {
    size_t from = weir_str_search(url, WEIR_STR("//")), to;
    from = from < url.n ? from + 2 : 0;
    for (to = from; to < url.n; to++)
        if (url.p[to] == '/' || url.p[to] == '?' || url.p[to] == '#')
            break;
    struct weir_str host = weir_str_sub(url, from, to - from);
    size_t at = weir_str_find(host, '@', 0);
    if (at < host.n)
        host = weir_str_sub(host, at + 1, host.n);
    return weir_hash(host);
}

/* The first 18 digits as a number, filled up with zeros. */
static int64_t rank_of(struct weir_str order) {
    int64_t rank = 0;
    int digits = 0;
    for (size_t i = 0; i < order.n && digits < 18; i++) {
        if (!weir_is_digit(order.p[i]))
            continue;
        rank = rank * 10 + (order.p[i] - '0');
        digits++;
    }
    for (; digits < 18; digits++)
        rank *= 10;
    return rank;
}

/* --- opening --- */

struct row {
    uint64_t host, dedupe;
    struct weir_slot slot;
    int64_t not_before;
    bool has_dedupe;
    enum state state;
    uint32_t attempts;
};

static void read_row(struct sqlite3_stmt *stmt, struct row *out) {
    *out = (struct row){
        .slot.n = (uint32_t)sqlite3_column_int64(stmt, 0),
        .host = (uint64_t)sqlite3_column_int64(stmt, 1),
        .has_dedupe = sqlite3_column_type(stmt, 2) != SQLITE_NULL,
        .dedupe = (uint64_t)sqlite3_column_int64(stmt, 2),
        .slot.rank = sqlite3_column_int64(stmt, 3),
        .slot.priority = sqlite3_column_int(stmt, 4),
        .not_before = sqlite3_column_int64(stmt, 5),
        .state = (enum state)sqlite3_column_int(stmt, 6),
        .attempts = (uint32_t)sqlite3_column_int64(stmt, 7),
    };
}

static struct weir_str id_key(const uint64_t *id) {
    return weir_str_make((const char *)id, sizeof *id);
}

static enum weir_err note_tried(struct weir_frontier *f, uint64_t id,
                                uint32_t attempts) {
    struct tried *t = weir_malloc(sizeof *t);
    if (!t)
        return WEIR_E_NOMEM;
    t->id = id;
    t->attempts = attempts;
    if (weir_map_put(f->tried, id_key(&t->id), t) == WEIR_OK)
        return WEIR_OK;
    weir_free(t);
    return WEIR_E_NOMEM;
}

/* What it was; nobody asks again before the next release. */
static uint32_t take_tried(struct weir_frontier *f, uint64_t id) {
    struct tried *t = weir_map_remove(f->tried, id_key(&id));
    uint32_t attempts = t ? t->attempts : 0;
    weir_free(t);
    return attempts;
}

static enum weir_err load_row(struct weir_frontier *f, const struct row *row,
                              bool again) {
    f->last = row->slot.n;
    if (row->has_dedupe && weir_hash_set_add(&f->seen, row->dedupe))
        return WEIR_E_NOMEM;
    if (row->state == DONE)
        f->done++;
    else if (row->state == FAILED && !again)
        f->failed++;
    else if (row->attempts > 0 &&
             note_tried(f, f->base | row->slot.n, row->attempts))
        return WEIR_E_NOMEM;
    else
        return weir_queue_put(&f->queue, row->host, &row->slot,
                              row->not_before);
    return WEIR_OK;
}

static enum weir_err load_entries(struct weir_frontier *f, bool again,
                                  struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    struct row row;
    int rc = SQLITE_DONE;
    enum weir_err code = weir_db_prepare(
        f->store->db,
        "SELECT id, host, dedupe, rank, priority, not_before, state, "
        "attempts FROM frontier WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        &stmt, error);
    if (code)
        return code;
    sqlite3_bind_int64(stmt, 1, (int64_t)f->base);
    sqlite3_bind_int64(stmt, 2, (int64_t)(f->base | UINT32_MAX));
    while (!code && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        read_row(stmt, &row);
        if (load_row(f, &row, again))
            code = weir_error_nomem(error);
    }
    if (!code && rc != SQLITE_DONE)
        code = weir_db_fail(f->store->db, rc, error);
    sqlite3_finalize(stmt);
    return code;
}

static enum weir_err load_hosts(struct weir_frontier *f,
                                struct weir_error *error) {
    struct sqlite3_stmt *stmt;
    int rc = SQLITE_DONE;
    enum weir_err code = weir_db_prepare(
        f->store->db, "SELECT host, until FROM frontier_host WHERE run = ?1",
        &stmt, error);
    if (code)
        return code;
    sqlite3_bind_int64(stmt, 1, (int64_t)(f->base >> 32));
    while (!code && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        if (weir_queue_block(&f->queue, (uint64_t)sqlite3_column_int64(stmt, 0),
                             sqlite3_column_int64(stmt, 1)))
            code = weir_error_nomem(error);
    if (!code && rc != SQLITE_DONE)
        code = weir_db_fail(f->store->db, rc, error);
    sqlite3_finalize(stmt);
    return code;
}

static enum weir_err open_frontier(struct weir_frontier *f, bool again,
                                   struct weir_error *error) {
    enum weir_err code =
        weir_db_exec(f->store->db, "PRAGMA cache_size = -16384", error);
    f->leases = weir_map_create();
    f->tried = weir_map_create();
    if (weir_queue_init(&f->queue) || !f->leases || !f->tried)
        return weir_error_nomem(error);
    for (int i = 0; !code && i < STATEMENTS; i++)
        code = weir_db_prepare(f->store->db, sql_text[i], &f->sql[i], error);
    if (!code)
        code = load_entries(f, again, error);
    return code ? code : load_hosts(f, error);
}

enum weir_err weir_frontier_open(struct weir_frontier **out,
                                 struct weir_store *store, int64_t run,
                                 bool again, struct weir_error *error) {
    struct weir_frontier *f = weir_calloc(1, sizeof *f);
    if (!f)
        return weir_error_nomem(error);
    f->store = store;
    f->base = (uint64_t)run << 32;
    weir_list_init(&f->unwritten);
    weir_hash_set_init(&f->seen);
    enum weir_err code = open_frontier(f, again, error);
    if (code) {
        weir_frontier_close(f);
        return code;
    }
    *out = f;
    return WEIR_OK;
}

static void destroy_map(struct weir_map *map) {
    size_t cursor = 0;
    struct weir_str key;
    void *value;
    while (map && weir_map_next(map, &cursor, &key, &value))
        weir_free(value);
    weir_map_destroy(map);
}

void weir_frontier_close(struct weir_frontier *f) {
    if (!f)
        return;
    destroy_map(f->leases);
    destroy_map(f->tried);
    weir_free(f->sorted);
    weir_queue_release(&f->queue);
    weir_hash_set_release(&f->seen);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(f->sql[i]);
    weir_free(f);
}

/* --- putting --- */

static void bind_blob(struct sqlite3_stmt *stmt, int at, struct weir_str s) {
    if (s.n)
        sqlite3_bind_blob(stmt, at, s.p, (int)s.n, SQLITE_STATIC);
    else
        sqlite3_bind_null(stmt, at);
}

static enum weir_err add_rows(struct weir_frontier *f,
                              const struct weir_frontier_entry *e,
                              const struct row *row, struct weir_error *error) {
    struct sqlite3_stmt *slot = f->sql[ADD_SLOT], *text = f->sql[ADD_TEXT];
    sqlite3_bind_int64(slot, 1, (int64_t)e->id);
    sqlite3_bind_int64(slot, 2, (int64_t)row->host);
    if (row->has_dedupe)
        sqlite3_bind_int64(slot, 3, (int64_t)row->dedupe);
    else
        sqlite3_bind_null(slot, 3);
    sqlite3_bind_int64(slot, 4, row->slot.rank);
    sqlite3_bind_int(slot, 5, e->priority);
    sqlite3_bind_int64(slot, 6, e->not_before);
    enum weir_err code = step(f, ADD_SLOT, error);
    if (code)
        return code;
    sqlite3_bind_int64(text, 1, (int64_t)e->id);
    weir_store_bind_text(text, 2, e->url);
    weir_store_bind_text(text, 3, e->method);
    bind_blob(text, 4, e->body);
    weir_store_bind_text(text, 5, e->headers);
    weir_store_bind_text(text, 6, e->context);
    weir_store_bind_text(text, 7, e->order);
    sqlite3_bind_int64(text, 8, e->page);
    sqlite3_bind_int64(text, 9, e->depth);
    return step(f, ADD_TEXT, error);
}

enum weir_err weir_frontier_put(struct weir_frontier *f,
                                struct weir_frontier_entry *entry, bool *added,
                                struct weir_error *error) {
    struct row row = {.host = host_of(entry->url),
                      .has_dedupe = entry->dedupe.n > 0,
                      .slot = {.rank = rank_of(entry->order),
                               .priority = entry->priority,
                               .n = f->last + 1}};
    if (row.has_dedupe)
        row.dedupe = weir_hash(entry->dedupe);
    if (row.has_dedupe && weir_hash_set_has(&f->seen, row.dedupe)) {
        *added = false;
        return WEIR_OK;
    }
    if (f->last == UINT32_MAX)
        return weir_error_set(error, WEIR_E_LIMIT,
                              "%.*s: a run has at most 4294967295 URLs",
                              WEIR_STR_ARG(entry->url));
    if ((row.has_dedupe && weir_hash_set_add(&f->seen, row.dedupe)) ||
        weir_queue_put(&f->queue, row.host, &row.slot, entry->not_before))
        return weir_error_nomem(error);
    entry->id = f->base | row.slot.n;
    f->last = row.slot.n;
    *added = true;
    return add_rows(f, entry, &row, error);
}

/* --- leases --- */

static void read_text(struct sqlite3_stmt *stmt,
                      struct weir_frontier_entry *out) {
    out->url = weir_store_text(stmt, 0);
    out->method = weir_store_text(stmt, 1);
    out->body = weir_store_text(stmt, 2);
    out->headers = weir_store_text(stmt, 3);
    out->context = weir_store_text(stmt, 4);
    out->order = weir_store_text(stmt, 5);
    out->page = (uint32_t)sqlite3_column_int64(stmt, 6);
    out->depth = (uint32_t)sqlite3_column_int64(stmt, 7);
}

static enum weir_err give(struct weir_frontier *f, const struct lease *lease,
                          weir_frontier_each each, void *data,
                          struct weir_error *error) {
    struct sqlite3_stmt *stmt = f->sql[READ_TEXT];
    struct weir_frontier_entry e = {.id = lease->id,
                                    .priority = lease->slot.priority,
                                    .attempts = lease->attempts};
    enum weir_err code;
    sqlite3_bind_int64(stmt, 1, (int64_t)lease->id);
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        read_text(stmt, &e);
        code = each(&e, data);
        if (code == WEIR_E_NOMEM)
            weir_error_nomem(error);
    } else {
        code = weir_db_fail(f->store->db,
                            rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, error);
    }
    sqlite3_reset(stmt);
    return code;
}

static struct lease *add_lease(struct weir_frontier *f, uint64_t host,
                               const struct weir_slot *slot) {
    struct lease *lease = weir_calloc(1, sizeof *lease);
    if (!lease)
        return NULL;
    lease->id = f->base | slot->n;
    lease->host = host;
    lease->slot = *slot;
    lease->attempts = take_tried(f, lease->id) + 1;
    if (weir_map_put(f->leases, id_key(&lease->id), lease)) {
        weir_free(lease);
        return NULL;
    }
    weir_list_append(&f->unwritten, &lease->unwritten);
    return lease;
}

enum weir_err weir_frontier_claim(struct weir_frontier *f, size_t max,
                                  int64_t now, weir_frontier_each each,
                                  void *data, struct weir_error *error) {
    enum weir_err code;
    uint64_t host;
    struct weir_slot slot;
    bool reads = !f->store->in_batch;
    if (f->queue.count == 0)
        return WEIR_OK;
    if (reads && (code = weir_store_read_begin(f->store, error)))
        return code;
    code = WEIR_OK;
    while (!code && max-- > 0 &&
           weir_queue_take(&f->queue, now, &host, &slot, &code)) {
        struct lease *lease = add_lease(f, host, &slot);
        code =
            lease ? give(f, lease, each, data, error) : weir_error_nomem(error);
    }
    if (code == WEIR_E_NOMEM)
        weir_error_nomem(error);
    if (reads)
        weir_store_read_end(f->store);
    return code;
}

static void drop_lease(struct weir_frontier *f, struct lease *lease) {
    weir_map_remove(f->leases, id_key(&lease->id));
    weir_list_remove(&lease->unwritten);
    weir_free(lease);
}

static enum weir_err set_state(struct weir_frontier *f, uint64_t id,
                               enum state state, uint32_t attempts,
                               struct weir_error *error) {
    sqlite3_bind_int64(f->sql[SET_STATE], 1, (int64_t)id);
    sqlite3_bind_int(f->sql[SET_STATE], 2, state);
    sqlite3_bind_int64(f->sql[SET_STATE], 3, attempts);
    return step(f, SET_STATE, error);
}

enum weir_err weir_frontier_acknowledge(struct weir_frontier *f, uint64_t id,
                                        bool failed, struct weir_error *error) {
    struct lease *lease = weir_map_get(f->leases, id_key(&id));
    if (!lease)
        return weir_error_set(error, WEIR_E_INVALID,
                              "entry %llu of the frontier is not leased",
                              (unsigned long long)id);
    uint32_t attempts = lease->attempts;
    drop_lease(f, lease);
    f->done += !failed;
    f->failed += failed;
    return set_state(f, id, failed ? FAILED : DONE, attempts, error);
}

enum weir_err weir_frontier_release(struct weir_frontier *f, uint64_t id,
                                    struct weir_error *error) {
    struct lease *lease = weir_map_get(f->leases, id_key(&id));
    if (!lease)
        return WEIR_OK;
    bool written = weir_list_empty(&lease->unwritten);
    uint32_t attempts = lease->attempts - 1;
    if ((attempts > 0 && note_tried(f, id, attempts)) ||
        weir_queue_put(&f->queue, lease->host, &lease->slot, 0))
        return weir_error_nomem(error);
    drop_lease(f, lease);
    return written ? set_state(f, id, QUEUED, attempts, error) : WEIR_OK;
}

static int by_id(const void *a, const void *b) {
    uint64_t x = (*(struct lease *const *)a)->id;
    uint64_t y = (*(struct lease *const *)b)->id;
    return (x > y) - (x < y);
}

/* Hosts give in turn, rows lie as they came: sorted, neighbours are written
 * together. */
enum weir_err weir_frontier_write(struct weir_frontier *f,
                                  struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    size_t n = 0, count = 0;
    for (struct weir_list *at = f->unwritten.next; at != &f->unwritten;
         at = at->next)
        count++;
    if (count > f->sorted_cap) {
        struct lease **more =
            weir_reallocarray(f->sorted, count, sizeof *f->sorted);
        if (!more)
            return weir_error_nomem(error);
        f->sorted = more;
        f->sorted_cap = count;
    }
    while (!weir_list_empty(&f->unwritten)) {
        struct weir_list *first = f->unwritten.next;
        weir_list_remove(first);
        f->sorted[n++] = WEIR_CONTAINER(first, struct lease, unwritten);
    }
    if (n > 0)
        qsort(f->sorted, n, sizeof *f->sorted, by_id);
    for (size_t i = 0; !code && i < n; i++)
        code = set_state(f, f->sorted[i]->id, LEASED, f->sorted[i]->attempts,
                         error);
    return code;
}

bool weir_frontier_unwritten(const struct weir_frontier *f) {
    return !weir_list_empty(&f->unwritten);
}

enum weir_err weir_frontier_block(struct weir_frontier *f, struct weir_str url,
                                  int64_t until, struct weir_error *error) {
    uint64_t host = host_of(url);
    if (weir_queue_block(&f->queue, host, until))
        return weir_error_nomem(error);
    sqlite3_bind_int64(f->sql[SET_HOST], 1, (int64_t)(f->base >> 32));
    sqlite3_bind_int64(f->sql[SET_HOST], 2, (int64_t)host);
    sqlite3_bind_int64(f->sql[SET_HOST], 3, until);
    return step(f, SET_HOST, error);
}

struct weir_frontier_counts weir_frontier_count(const struct weir_frontier *f) {
    return (struct weir_frontier_counts){.queued = f->queue.count,
                                         .leased = weir_map_count(f->leases),
                                         .done = f->done,
                                         .failed = f->failed};
}

int64_t weir_frontier_next_at(const struct weir_frontier *f) {
    return weir_queue_next_at(&f->queue);
}
