/* nearest.c - edit distance with swaps (optimal string alignment).
 *
 * Three rows of the usual table are enough, as a swap looks two rows back.
 * Names are short, so the rows have a fixed size. */
#include "cli/nearest.h"

enum { NAME_MAX_BYTES = 64 };

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

size_t weir_edit_distance(struct weir_str a, struct weir_str b) {
    size_t rows[3][NAME_MAX_BYTES + 1];
    if (a.n > NAME_MAX_BYTES || b.n > NAME_MAX_BYTES)
        return SIZE_MAX;
    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *now = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *swap = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            bool same = a.p[i - 1] == b.p[j - 1];
            now[j] = least(above[j - 1] + (same ? 0 : 1),
                           least(above[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
                a.p[i - 2] == b.p[j - 1])
                now[j] = least(now[j], swap[j - 2] + 1);
        }
    }
    return rows[a.n % 3][b.n];
}

void weir_nearest_offer(struct weir_nearest *best, const char *candidate) {
    struct weir_str name = weir_str_of(candidate);
    size_t distance = weir_edit_distance(best->wanted, name);
    size_t near = name.n / 3 > 1 ? name.n / 3 : 1;
    if (best->wanted.n >= 2 && weir_str_starts(name, best->wanted))
        distance = 1;
    if (distance > near || (best->found && distance >= best->distance))
        return;
    best->found = candidate;
    best->distance = distance;
}
