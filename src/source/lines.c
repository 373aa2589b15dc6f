/* Lines out of blocks. A line that lies in one block is a slice of it; only
 * one that crosses into the next is copied together. */
#include "source/lines.h"

#include <string.h>

void weir_lines_init(struct weir_lines *l, size_t line_max) {
    memset(l, 0, sizeof *l);
    weir_buf_init(&l->carry, line_max);
}

void weir_lines_release(struct weir_lines *l) {
    weir_blocks_destroy(l->blocks);
    weir_buf_release(&l->carry);
    l->blocks = NULL;
}

/* Makes the next block the one at hand. */
static enum weir_line advance(struct weir_lines *l, int *cause) {
    if (l->ended)
        return WEIR_LINE_END;
    l->block = (struct weir_str){NULL, 0};
    l->at = 0;
    switch (weir_blocks_next(l->blocks, &l->block, cause)) {
    case WEIR_BLOCKS_READY:
        return WEIR_LINE;
    case WEIR_BLOCKS_PENDING:
        return WEIR_LINE_PENDING;
    case WEIR_BLOCKS_IDLE:
        return WEIR_LINE_IDLE;
    case WEIR_BLOCKS_END:
        l->ended = true;
        return WEIR_LINE_END;
    case WEIR_BLOCKS_ERROR:
        return WEIR_LINE_ERROR;
    }
    return WEIR_LINE_END;
}

/* Keeps the rest of the block as the start of a line. */
static void carry_rest(struct weir_lines *l) {
    struct weir_str rest = weir_str_sub(l->block, l->at, l->block.n);
    size_t room = l->carry.max - l->carry.len;
    l->at = l->block.n;
    if (rest.n > room) {
        l->overlong = true;
        rest.n = room;
    }
    if (weir_buf_str(&l->carry, rest) != WEIR_OK)
        l->overlong = true;
}

/* The line is whole: `rest` is what the block at hand has of it. */
static enum weir_line finish(struct weir_lines *l, struct weir_str rest,
                             struct weir_str *line) {
    bool overlong = l->overlong || rest.n > l->carry.max - l->carry.len;
    l->number++;
    l->overlong = false;
    l->given = true;
    if (l->carry.len == 0) {
        *line = overlong ? weir_str_sub(rest, 0, l->carry.max) : rest;
    } else {
        if (!overlong && weir_buf_str(&l->carry, rest) != WEIR_OK)
            overlong = true;
        *line = weir_buf_view(&l->carry);
    }
    if (line->n && line->p[line->n - 1] == '\r')
        line->n--;
    return overlong ? WEIR_LINE_OVERLONG : WEIR_LINE;
}

enum weir_line weir_lines_next(struct weir_lines *l, struct weir_str *line,
                               int *cause) {
    if (l->given) {
        weir_buf_clear(&l->carry);
        l->given = false;
    }
    for (;;) {
        enum weir_line got;
        if (l->at < l->block.n) {
            const char *from = l->block.p + l->at;
            const char *end = memchr(from, '\n', l->block.n - l->at);
            if (end) {
                l->at = (size_t)(end - l->block.p) + 1;
                return finish(l, weir_str_make(from, (size_t)(end - from)),
                              line);
            }
            carry_rest(l);
        }
        got = advance(l, cause);
        if (got == WEIR_LINE_END && (l->carry.len > 0 || l->overlong))
            return finish(l, weir_str_make("", 0), line);
        if (got != WEIR_LINE)
            return got;
    }
}

bool weir_lines_at_hand(const struct weir_lines *l, char *c) {
    if (l->at == l->block.n)
        return false;
    *c = l->block.p[l->at];
    return true;
}

enum weir_line weir_lines_peek(struct weir_lines *l, char *c, int *cause) {
    while (!weir_lines_at_hand(l, c)) {
        enum weir_line got = advance(l, cause);
        if (got != WEIR_LINE)
            return got;
    }
    return WEIR_LINE;
}

bool weir_lines_amid(const struct weir_lines *l) {
    return l->carry.len > 0 && !l->given;
}
