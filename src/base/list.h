/* list.h - an intrusive doubly linked ring. A list head is a node of its own;
 * an unlinked node points at itself (after init or remove). */
#ifndef WEIR_BASE_LIST_H
#define WEIR_BASE_LIST_H

#include <stdbool.h>

struct weir_list {
    struct weir_list *next, *prev;
};

static inline void weir_list_init(struct weir_list *l) {
    l->next = l->prev = l;
}
static inline bool weir_list_empty(const struct weir_list *l) {
    return l->next == l;
}
/* Before `at`: with the head, that is the end of the list. */
static inline void weir_list_append(struct weir_list *at,
                                    struct weir_list *node) {
    node->prev = at->prev;
    node->next = at;
    at->prev->next = node;
    at->prev = node;
}
static inline void weir_list_prepend(struct weir_list *at,
                                     struct weir_list *node) {
    weir_list_append(at->next, node);
}
static inline void weir_list_remove(struct weir_list *node) {
    node->prev->next = node->next;
    node->next->prev = node->prev;
    weir_list_init(node);
}
/* Moves all of `from` to the end of `to`. */
static inline void weir_list_splice(struct weir_list *to,
                                    struct weir_list *from) {
    if (weir_list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    weir_list_init(from);
}

#endif
