/* nodes.c - a list of nodes, borrowed from their doc. */
#include "doc/nodes.h"

#include "base/mem.h"

#include <stdint.h>

void weir_nodes_init(struct weir_nodes *l) {
    l->at = NULL;
    l->count = l->cap = 0;
}

void weir_nodes_release(struct weir_nodes *l) {
    weir_free(l->at);
    weir_nodes_init(l);
}

void weir_nodes_clear(struct weir_nodes *l) {
    l->count = 0;
}

enum weir_err weir_nodes_reserve(struct weir_nodes *l, size_t n) {
    size_t cap = l->cap ? l->cap : 8;
    struct weir_node **grown;
    if (n <= l->cap - l->count)
        return WEIR_OK;
    if (n > SIZE_MAX / 4 - l->count)
        return WEIR_E_NOMEM;
    while (cap < l->count + n)
        cap *= 2;
    grown = weir_reallocarray(l->at, cap, sizeof *grown);
    if (!grown)
        return WEIR_E_NOMEM;
    l->at = grown;
    l->cap = cap;
    return WEIR_OK;
}

enum weir_err weir_nodes_add(struct weir_nodes *l, struct weir_node *node) {
    enum weir_err e = weir_nodes_reserve(l, 1);
    if (!e)
        l->at[l->count++] = node;
    return e;
}
