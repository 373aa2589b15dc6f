/* nearest.h - "did you mean ...?" for names that do not exist. */
#ifndef WEIR_CLI_NEAREST_H
#define WEIR_CLI_NEAREST_H

#include "base/str.h"

/* Edits (insert, delete, replace, swap neighbours) that lead from a to b;
 * names longer than 64 bytes count as unlike: SIZE_MAX. */
size_t weir_edit_distance(struct weir_str a, struct weir_str b);

/* Keeps the best candidate of many:
 *
 *     struct weir_nearest best = {.wanted = name};
 *     for (...) weir_nearest_offer(&best, candidate);
 *     if (best.found) ... best.found ... */
struct weir_nearest {
    struct weir_str wanted;
    const char *found; /* borrowed; NULL when nothing is near */
    size_t distance;
};
/* A candidate is near when wanted begins it, or when at most a third of its
 * bytes (at least one) must be edited. */
void weir_nearest_offer(struct weir_nearest *best, const char *candidate);

#endif
