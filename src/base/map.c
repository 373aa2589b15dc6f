/* map.c - open addressing with linear probing.
 *
 * The slots are a power of two, at most three quarters of them in use. A slot
 * is empty (value NULL), live, or dead (value DEAD): a removed entry stays as
 * a dead slot so that probes walk over it and a walk over the map stays in
 * step; the next rehash drops it. Each map has a seed of its own, so whoever
 * chooses the keys cannot aim them at one slot. */
#include "base/map.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/seed.h"

struct slot {
    struct weir_str key;
    uint64_t hash;
    void *value;
};

struct weir_map {
    struct slot *slots;
    size_t size; /* 0 or a power of two */
    size_t live; /* entries */
    size_t used; /* entries and dead slots */
    uint64_t seed;
};

enum { FIRST_SIZE = 8 };

static const char dead_mark;
#define DEAD ((void *)&dead_mark)

struct weir_map *weir_map_create(void) {
    struct weir_map *m = weir_calloc(1, sizeof *m);
    if (m)
        m->seed = weir_seed();
    return m;
}

void weir_map_destroy(struct weir_map *m) {
    if (!m)
        return;
    weir_free(m->slots);
    weir_free(m);
}

size_t weir_map_count(const struct weir_map *m) {
    return m->live;
}

/* The live slot of the key, or NULL. */
static struct slot *find(const struct weir_map *m, struct weir_str key,
                         uint64_t hash) {
    if (m->size == 0)
        return NULL;
    for (size_t i = hash & (m->size - 1);; i = (i + 1) & (m->size - 1)) {
        struct slot *s = &m->slots[i];
        if (!s->value)
            return NULL;
        if (s->hash == hash && s->value != DEAD && weir_str_eq(s->key, key))
            return s;
    }
}

/* The first slot for this hash that holds no entry. */
static struct slot *vacancy(struct slot *slots, size_t size, uint64_t hash) {
    size_t i = hash & (size - 1);
    while (slots[i].value && slots[i].value != DEAD)
        i = (i + 1) & (size - 1);
    return &slots[i];
}

/* Moves the entries to fresh slots, at most half of which they fill. */
static enum weir_err rehash(struct weir_map *m) {
    size_t size = m->size ? m->size : FIRST_SIZE;
    struct slot *slots;
    while (m->live + 1 > size / 2) {
        if (size > SIZE_MAX / 2)
            return WEIR_E_NOMEM;
        size *= 2;
    }
    slots = weir_calloc(size, sizeof *slots);
    if (!slots)
        return WEIR_E_NOMEM;
    for (size_t i = 0; i < m->size; i++) {
        const struct slot *s = &m->slots[i];
        if (s->value && s->value != DEAD)
            *vacancy(slots, size, s->hash) = *s;
    }
    weir_free(m->slots);
    m->slots = slots;
    m->size = size;
    m->used = m->live;
    return WEIR_OK;
}

void *weir_map_get(const struct weir_map *m, struct weir_str key) {
    const struct slot *s = find(m, key, weir_hash_seeded(key, m->seed));
    return s ? s->value : NULL;
}

enum weir_err weir_map_put(struct weir_map *m, struct weir_str key,
                           void *value) {
    uint64_t hash = weir_hash_seeded(key, m->seed);
    struct slot *s = find(m, key, hash);
    if (!s) {
        if (m->used + 1 > m->size - m->size / 4) {
            enum weir_err err = rehash(m);
            if (err)
                return err;
        }
        s = vacancy(m->slots, m->size, hash);
        m->used += s->value != DEAD;
        m->live++;
    }
    s->key = key;
    s->hash = hash;
    s->value = value;
    return WEIR_OK;
}

void *weir_map_remove(struct weir_map *m, struct weir_str key) {
    struct slot *s = find(m, key, weir_hash_seeded(key, m->seed));
    void *value;
    if (!s)
        return NULL;
    value = s->value;
    s->key = weir_str_make(NULL, 0);
    s->value = DEAD;
    m->live--;
    return value;
}

bool weir_map_next(const struct weir_map *m, size_t *cursor,
                   struct weir_str *key, void **value) {
    for (; *cursor < m->size; ++*cursor) {
        const struct slot *s = &m->slots[*cursor];
        if (!s->value || s->value == DEAD)
            continue;
        *key = s->key;
        *value = s->value;
        ++*cursor;
        return true;
    }
    return false;
}
