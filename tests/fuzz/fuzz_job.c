/* What a job's run reads back from its store: contexts of entries, records,
 * kept results. Whatever stands there, reading ends, and what was read is
 * written as it was.
 *
 * The input: a byte that says what it is, and the bytes. */
#include "base/buf.h"
#include "engine/job_context.h"
#include "engine/job_record.h"
#include "engine/job_replay.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

static void walk_chain(struct weir_job_context *c) {
    struct weir_buf url;
    size_t page, left = c->chain ? strlen(c->chain) : 0;
    bool found = true;
    weir_buf_init(&url, 0);
    while (weir_job_context_next(c, &found, &page, &url) == WEIR_OK && found) {
        size_t n = c->chain ? strlen(c->chain) : 0;
        require(n < left);
        left = n;
    }
    weir_buf_release(&url);
}

static void try_context(struct weir_str s) {
    struct weir_job_context c, d;
    struct weir_buf one, two;
    weir_buf_init(&one, 0);
    weir_buf_init(&two, 0);
    weir_job_context_init(&c);
    weir_job_context_init(&d);
    if (weir_job_context_read(&c, s, NULL) == WEIR_OK) {
        require(weir_job_context_put(&c, &one) == WEIR_OK);
        if (weir_job_context_read(&d, weir_buf_view(&one), NULL) == WEIR_OK) {
            require(weir_job_context_put(&d, &two) == WEIR_OK);
            require(weir_str_eq(weir_buf_view(&one), weir_buf_view(&two)));
        }
        walk_chain(&c);
    }
    weir_job_context_release(&c);
    weir_job_context_release(&d);
    weir_buf_release(&one);
    weir_buf_release(&two);
}

/* Two records, with a NUL between them. */
static void try_merge(struct weir_str s) {
    static const struct weir_field field = {.name = "a", .required = true};
    static const struct weir_page page = {
        .name = "p", .fields = &field, .field_count = 1};
    struct weir_str parent, child;
    struct weir_buf merged;
    const char *missing;
    weir_buf_init(&merged, 0);
    weir_str_cut(s, '\0', &parent, &child);
    if (weir_job_record_merge(parent, child, &merged) == WEIR_OK)
        require(weir_job_record_missing(&page, weir_buf_view(&merged),
                                        &missing) == WEIR_OK);
    weir_buf_release(&merged);
}

static void try_replay(struct weir_str s, size_t fields) {
    struct weir_arena *arena = weir_arena_create(0);
    struct weir_extracted *x = NULL;
    struct weir_buf out;
    require(arena);
    weir_buf_init(&out, 0);
    if (weir_job_replay_read(s, fields, arena, &x) == WEIR_OK) {
        for (size_t i = 0; i < x->record_count; i++)
            require(x->records[i].p >= s.p &&
                    x->records[i].p + x->records[i].n < s.p + s.n);
        require(weir_job_replay_put(x, fields, &out) == WEIR_OK);
    }
    weir_buf_release(&out);
    weir_arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str s;
    if (size == 0)
        return 0;
    s = weir_str_make((const char *)data + 1, size - 1);
    switch (data[0] % 3) {
    case 0:
        try_context(s);
        break;
    case 1:
        try_merge(s);
        break;
    default:
        try_replay(s, data[0] / 3 % 5);
    }
    return 0;
}
