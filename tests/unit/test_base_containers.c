/* mem, map, heap, arena, list, hash: what holds things, and what it does when
 * there is no memory. */
#include "base/arena.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/seed.h"
#include "test.h"

#include <stdio.h>

TEST(mem_fails_the_nth_once) {
    void *a, *b, *c;
    weir_mem_fail_nth(2);
    a = weir_malloc(1);
    b = weir_malloc(1);
    c = weir_malloc(1);
    CHECK(a && !b && c);
    weir_free(a);
    weir_free(c);
    weir_mem_fail_nth(1);
    CHECK(!weir_strdup("x"));
    weir_mem_fail_nth(1);
    weir_mem_fail_nth(0);
    a = weir_calloc(0, 8); /* nothing is not "no memory" */
    CHECK(a);
    CHECK(!weir_reallocarray(NULL, SIZE_MAX / 2, 3));
    weir_free(a);
    a = weir_memdup(NULL, 0);
    CHECK_Z(a, "");
    weir_free(a);
}

enum { KEYS = 3000 };

struct entry {
    char key[16];
    bool in, seen;
};

static struct weir_str key_of(const struct entry *e) {
    return weir_str_of(e->key);
}

/* Random puts and removes, compared with the flags in the entries. */
TEST(map_agrees_with_a_plain_table) {
    static struct entry entries[KEYS];
    struct weir_map *m = weir_map_create();
    struct weir_rng rng = {42};
    size_t count = 0, cursor = 0, walked = 0;
    struct weir_str key;
    void *value;
    CHECK(m);
    for (int i = 0; i < KEYS; i++)
        snprintf(entries[i].key, sizeof entries[i].key, "key %d", i);
    for (int i = 0; i < 50000; i++) {
        struct entry *e = &entries[weir_rng_next(&rng) % KEYS];
        if (weir_rng_next(&rng) % 2) {
            CHECK_OK(weir_map_put(m, key_of(e), e));
            count += !e->in;
            e->in = true;
        } else {
            CHECK(weir_map_remove(m, key_of(e)) == (e->in ? e : NULL));
            count -= e->in;
            e->in = false;
        }
        CHECK_INT(weir_map_count(m), count);
    }
    for (int i = 0; i < KEYS; i++)
        CHECK(weir_map_get(m, key_of(&entries[i])) ==
              (entries[i].in ? &entries[i] : NULL));
    while (weir_map_next(m, &cursor, &key, &value)) {
        struct entry *e = value;
        CHECK(e->in && !e->seen);
        CHECK_STR(key, key_of(e));
        e->seen = true;
        walked++;
        CHECK(weir_map_remove(m, key) == e); /* allowed while walking */
    }
    CHECK_INT(walked, count);
    CHECK_INT(weir_map_count(m), 0);
    weir_map_destroy(m);
}

TEST(map_replaces_and_takes_any_bytes) {
    struct weir_map *m = weir_map_create();
    int a, b;
    struct weir_str none = {NULL, 0};
    CHECK(m);
    CHECK(!weir_map_get(m, none));
    CHECK(!weir_map_remove(m, none));
    CHECK_OK(weir_map_put(m, none, &a));
    CHECK_OK(weir_map_put(m, WEIR_STR("x\0y"), &a));
    CHECK_OK(weir_map_put(m, WEIR_STR("x\0y"), &b));
    CHECK_INT(weir_map_count(m), 2);
    CHECK(weir_map_get(m, WEIR_STR("x\0y")) == &b);
    CHECK(weir_map_get(m, WEIR_STR("")) == &a);
    CHECK(!weir_map_get(m, WEIR_STR("x\0z")));
    weir_map_destroy(m);
    weir_map_destroy(NULL);
}

TEST(map_survives_no_memory) {
    static char keys[7][2];
    struct weir_map *m;
    weir_mem_fail_nth(1);
    CHECK(!weir_map_create());
    m = weir_map_create();
    CHECK(m);
    weir_mem_fail_nth(1);
    CHECK_INT(weir_map_put(m, WEIR_STR("a"), m), WEIR_E_NOMEM);
    for (int i = 0; i < 6; i++) { /* as many as the first table takes */
        keys[i][0] = (char)('a' + i);
        CHECK_OK(weir_map_put(m, weir_str_of(keys[i]), keys[i]));
    }
    weir_mem_fail_nth(1);
    CHECK_INT(weir_map_put(m, WEIR_STR("z"), m), WEIR_E_NOMEM);
    CHECK_INT(weir_map_count(m), 6);
    CHECK(weir_map_get(m, WEIR_STR("f")) == keys[5]);
    CHECK_OK(weir_map_put(m, WEIR_STR("z"), m));
    weir_map_destroy(m);
}

TEST(heap_orders_by_key_then_turn) {
    enum { N = 500 };
    static struct weir_heap_node nodes[N];
    struct weir_heap h;
    struct weir_rng rng = {7};
    int64_t last_key = INT64_MIN;
    uint64_t last_seq = 0;
    weir_heap_init(&h);
    for (int i = 0; i < N; i++)
        CHECK_OK(
            weir_heap_put(&h, &nodes[i], (int64_t)(weir_rng_next(&rng) % 50)));
    for (int i = 0; i < N; i += 3) /* moved, or removed and put back */
        CHECK_OK(
            weir_heap_put(&h, &nodes[i], (int64_t)(weir_rng_next(&rng) % 50)));
    for (int i = 0; i < N; i += 7) {
        weir_heap_remove(&h, &nodes[i]);
        CHECK(!weir_heap_has(&nodes[i]));
        weir_heap_remove(&h, &nodes[i]);
    }
    for (size_t left = h.count; left > 0; left--) {
        struct weir_heap_node *n = weir_heap_min(&h);
        CHECK(n && n->key >= last_key);
        CHECK(n->key > last_key || n->seq > last_seq);
        last_key = n->key;
        last_seq = n->seq;
        weir_heap_remove(&h, n);
        CHECK_INT(h.count, left - 1);
    }
    CHECK(!weir_heap_min(&h));
    weir_heap_release(&h);
}

TEST(heap_put_again_keeps_the_turn) {
    struct weir_heap_node a = {0}, b = {0};
    struct weir_heap h;
    weir_heap_init(&h);
    CHECK_OK(weir_heap_put(&h, &a, 5));
    CHECK_OK(weir_heap_put(&h, &b, 5));
    CHECK_OK(weir_heap_put(&h, &a, 5));
    CHECK(weir_heap_min(&h) == &a);
    CHECK_OK(weir_heap_put(&h, &a, 6));
    CHECK(weir_heap_min(&h) == &b);
    weir_heap_release(&h);
    CHECK(!weir_heap_has(&a));
    weir_mem_fail_nth(1);
    CHECK_INT(weir_heap_put(&h, &a, 1), WEIR_E_NOMEM);
    CHECK(!weir_heap_has(&a));
    weir_heap_release(&h);
}

TEST(arena_aligns_and_caps) {
    struct weir_arena *a = weir_arena_create(100000);
    char *big, *small, *p;
    CHECK(a);
    for (size_t size = 0; size < 40; size++) {
        p = weir_arena_alloc(a, size);
        CHECK(p);
        CHECK_INT((uintptr_t)p % 16, 0);
        memset(p, 1, size);
    }
    small = weir_arena_dup(a, WEIR_STR("name"));
    big = weir_arena_alloc(a, 50000); /* a block of its own */
    p = weir_arena_dup(a, WEIR_STR("next"));
    CHECK(small && big && p);
    memset(big, 2, 50000);
    CHECK_Z(small, "name");
    CHECK_INT(p - small, 16); /* the current block goes on */
    CHECK(!weir_arena_alloc(a, 60000));
    CHECK(weir_arena_exhausted(a));
    CHECK(!weir_arena_alloc(a, 1)); /* and so every later one */
    weir_arena_reset(a);
    CHECK(!weir_arena_exhausted(a));
    CHECK_INT(weir_arena_used(a), 0);
    weir_mem_fail_nth(1);
    CHECK(!weir_arena_alloc(a, 50000));
    CHECK(!weir_arena_exhausted(a)); /* that was no memory */
    CHECK(weir_arena_alloc(a, 1));
    CHECK(!weir_arena_alloc(a, SIZE_MAX));
    weir_arena_destroy(a);
    weir_arena_destroy(NULL);
    weir_mem_fail_nth(1);
    CHECK(!weir_arena_create(0));
}

TEST(list_splices_in_order) {
    struct weir_list a, b, n[4];
    weir_list_init(&a);
    weir_list_init(&b);
    weir_list_append(&a, &n[1]);
    weir_list_prepend(&a, &n[0]);
    weir_list_append(&b, &n[2]);
    weir_list_append(&b, &n[3]);
    weir_list_splice(&a, &b);
    CHECK(weir_list_empty(&b));
    weir_list_splice(&a, &b);
    for (int i = 0; i < 4; i++) {
        CHECK(a.next == &n[i]);
        weir_list_remove(a.next);
    }
    CHECK(weir_list_empty(&a));
}

/* The vectors are xxhash's own: XXH3_64bits of nothing, with seed 0. */
TEST(hash_streams_to_the_same_digest) {
    static const char text[] = "a weir holds back the water";
    struct weir_hasher *h = weir_hasher_create();
    CHECK(h);
    CHECK(weir_hash(weir_str_make(NULL, 0)) == 0x2d06800538d394c2u);
    CHECK(weir_hasher_digest(h) == weir_hash(WEIR_STR("")));
    for (const char *p = text; *p; p++)
        weir_hasher_update(h, p, 1);
    CHECK(weir_hasher_digest(h) == weir_hash(weir_str_of(text)));
    CHECK(weir_hash_seeded(weir_str_of(text), 0) ==
          weir_hash(weir_str_of(text)));
    CHECK(weir_hash_seeded(weir_str_of(text), 1) !=
          weir_hash(weir_str_of(text)));
    weir_hasher_reset(h);
    CHECK(weir_hasher_digest(h) == weir_hash(WEIR_STR("")));
    weir_hasher_destroy(h);
    weir_hasher_destroy(NULL);
    weir_mem_fail_nth(1);
    CHECK(!weir_hasher_create());
    CHECK(weir_seed() != weir_seed());
}
