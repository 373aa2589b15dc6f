/* job_replay.c - numbers of 64 bits in the machine's order, and texts with
 * their length and a NUL behind them: the store does not travel between
 * machines. */
#include "engine/job_replay.h"

#include "base/hash.h"

#include <inttypes.h>
#include <string.h>

/* --- the key ----------------------------------------------------------- */

uint64_t weir_job_replay_key(const struct weir_job *job, size_t page,
                             size_t start, bool linked) {
    const struct weir_start *s =
        start < job->start_count ? &job->starts[start] : NULL;
    struct weir_buf text;
    uint64_t key;
    weir_buf_init(&text, 0);
    weir_buf_fmt(&text, "%s\n%" PRIx64 "\n%zu\n%d", WEIR_VERSION, job->hash,
                 page, s && s->feed && !linked);
    for (size_t i = 0; s && i < s->set_count; i++)
        weir_buf_fmt(&text, "\n%s=%s", s->set[i].name, s->set[i].value);
    key = text.failed ? 0 : weir_hash(weir_buf_view(&text));
    weir_buf_release(&text);
    return key;
}

/* --- writing ----------------------------------------------------------- */

static void put_number(struct weir_buf *out, uint64_t n) {
    weir_buf_add(out, &n, sizeof n);
}

static void put_text(struct weir_buf *out, struct weir_str s) {
    put_number(out, s.n);
    weir_buf_str(out, s);
    weir_buf_byte(out, '\0');
}

static void put_problem(struct weir_buf *out,
                        const struct weir_extracted_problem *p) {
    put_number(out, (p->field != NULL) | (p->selector != NULL) << 1 |
                        p->invalid << 2);
    put_number(out, p->record);
    put_text(out, weir_str_of(p->field));
    put_text(out, weir_str_of(p->selector));
    put_text(out, p->message);
}

enum weir_err weir_job_replay_put(const struct weir_extracted *x, size_t fields,
                                  struct weir_buf *out) {
    put_number(out, x->record_count);
    put_number(out, x->link_count);
    put_number(out, x->problem_count);
    put_number(out, fields);
    put_number(out, x->items);
    for (size_t i = 0; i < fields; i++)
        put_number(out, x->matches[i]);
    for (size_t i = 0; i < x->record_count; i++)
        put_text(out, x->records[i]);
    for (size_t i = 0; i < x->link_count; i++) {
        put_number(out, x->links[i].follow);
        put_number(out, x->links[i].record);
        put_text(out, x->links[i].url);
    }
    for (size_t i = 0; i < x->problem_count; i++)
        put_problem(out, &x->problems[i]);
    put_text(out, x->next);
    put_number(out, x->note != NULL);
    put_text(out, weir_str_of(x->note));
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

/* --- reading ----------------------------------------------------------- */

struct reader {
    struct weir_str rest;
    struct weir_arena *arena;
    bool bad, no_memory;
};

static uint64_t take_number(struct reader *r) {
    uint64_t n = 0;
    if (r->rest.n < sizeof n) {
        r->bad = true;
        return 0;
    }
    memcpy(&n, r->rest.p, sizeof n);
    r->rest = weir_str_sub(r->rest, sizeof n, r->rest.n);
    return n;
}

static struct weir_str take_text(struct reader *r) {
    uint64_t n = take_number(r);
    struct weir_str text = {NULL, 0};
    if (r->bad || n >= r->rest.n || r->rest.p[n] != '\0') {
        r->bad = true;
        return text;
    }
    text = weir_str_sub(r->rest, 0, (size_t)n);
    r->rest = weir_str_sub(r->rest, (size_t)n + 1, r->rest.n);
    return text;
}

/* Room for so many; each takes at least 8 of the bytes that are left. */
static void *take_room(struct reader *r, uint64_t count, size_t size) {
    void *room;
    if (r->bad || count > r->rest.n / sizeof(uint64_t)) {
        r->bad = true;
        return NULL;
    }
    room = weir_arena_alloc(r->arena, (size_t)count * size + 1);
    r->no_memory |= !room;
    r->bad |= !room;
    return room;
}

static void read_links(struct reader *r, struct weir_extracted *x) {
    for (size_t i = 0; i < x->link_count && !r->bad; i++) {
        x->links[i].follow = (size_t)take_number(r);
        x->links[i].record = (size_t)take_number(r);
        x->links[i].url = take_text(r);
    }
}

static void read_problems(struct reader *r, struct weir_extracted *x) {
    for (size_t i = 0; i < x->problem_count && !r->bad; i++) {
        struct weir_extracted_problem *p = &x->problems[i];
        uint64_t bits = take_number(r);
        struct weir_str field, selector;
        p->record = (size_t)take_number(r);
        field = take_text(r);
        selector = take_text(r);
        p->message = take_text(r);
        p->field = bits & 1 ? field.p : NULL;
        p->selector = bits & 2 ? selector.p : NULL;
        p->invalid = bits >> 2 & 1;
    }
}

static void read_all(struct reader *r, struct weir_extracted *x,
                     size_t fields) {
    struct weir_str note;
    uint64_t has_note;
    x->record_count = (size_t)take_number(r);
    x->link_count = (size_t)take_number(r);
    x->problem_count = (size_t)take_number(r);
    r->bad |= take_number(r) != fields;
    x->items = (size_t)take_number(r);
    x->matches = take_room(r, fields, sizeof *x->matches);
    for (size_t i = 0; i < fields && !r->bad; i++)
        x->matches[i] = (uint32_t)take_number(r);
    x->records = take_room(r, x->record_count, sizeof *x->records);
    for (size_t i = 0; i < x->record_count && !r->bad; i++)
        x->records[i] = take_text(r);
    x->links = take_room(r, x->link_count, sizeof *x->links);
    read_links(r, x);
    x->problems = take_room(r, x->problem_count, sizeof *x->problems);
    read_problems(r, x);
    x->next = take_text(r);
    has_note = take_number(r);
    note = take_text(r);
    x->note = has_note ? note.p : NULL;
}

enum weir_err weir_job_replay_read(struct weir_str bytes, size_t fields,
                                   struct weir_arena *arena,
                                   struct weir_extracted **out) {
    struct reader r = {.rest = bytes, .arena = arena};
    struct weir_extracted *x = weir_arena_alloc(arena, sizeof *x);
    if (!x)
        return WEIR_E_NOMEM;
    memset(x, 0, sizeof *x);
    read_all(&r, x, fields);
    if (r.no_memory)
        return WEIR_E_NOMEM;
    if (r.bad || r.rest.n > 0)
        return WEIR_E_STORE;
    *out = x;
    return WEIR_OK;
}
