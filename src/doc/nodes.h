/* nodes.h - a list of nodes, borrowed from their doc (doc/parse.h). */
#ifndef WEIR_DOC_NODES_H
#define WEIR_DOC_NODES_H

#include "base/err.h"

#include <stddef.h>

struct weir_node;

struct weir_nodes {
    struct weir_node **at;
    size_t count, cap;
};

void weir_nodes_init(struct weir_nodes *l);
void weir_nodes_release(struct weir_nodes *l);
void weir_nodes_clear(struct weir_nodes *l); /* empty, keeps its memory */
/* Room for n more. WEIR_E_NOMEM. */
enum weir_err weir_nodes_reserve(struct weir_nodes *l, size_t n);
enum weir_err weir_nodes_add(struct weir_nodes *l, struct weir_node *node);

#endif
