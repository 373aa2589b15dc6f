/* lines.h - a stream of lines out of blocks that arrive. */
#ifndef WEIR_SOURCE_LINES_H
#define WEIR_SOURCE_LINES_H

#include "base/buf.h"
#include "source/blocks.h"

struct weir_lines {
    struct weir_blocks *blocks;
    struct weir_str block; /* the one at hand */
    size_t at;             /* next byte of it */
    struct weir_buf carry; /* the start of a line that lies in blocks before */
    bool overlong;         /* and the rest of it is dropped, being too long */
    bool given;            /* the carried line was handed out */
    bool ended;            /* no block follows */
    uint64_t number;       /* of the last line that was read, from 1 */
};

enum weir_line {
    WEIR_LINE,          /* *line is the next one, without its end */
    WEIR_LINE_OVERLONG, /* *line is the start of one beyond the maximum */
    WEIR_LINE_PENDING,  /* the wake of the blocks will come */
    WEIR_LINE_IDLE,     /* the same, and the input has been quiet */
    WEIR_LINE_END,
    WEIR_LINE_ERROR /* *cause is the errno */
};

void weir_lines_init(struct weir_lines *l, size_t line_max);
void weir_lines_release(struct weir_lines *l); /* the blocks too */
/* The next line, borrowed until the next call of either function. Without its
 * "\n" or "\r\n"; the last one may lack both. */
enum weir_line weir_lines_next(struct weir_lines *l, struct weir_str *line,
                               int *cause);
/* The first byte of the next line in *c (WEIR_LINE), or why there is none. What
 * weir_lines_next gave before is no longer good. */
enum weir_line weir_lines_peek(struct weir_lines *l, char *c, int *cause);
/* The same if that byte is at hand: then the line before stays good. */
bool weir_lines_at_hand(const struct weir_lines *l, char *c);
/* The start of the next line was read, its rest is not here yet. */
bool weir_lines_amid(const struct weir_lines *l);

#endif
