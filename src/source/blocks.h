/* blocks.h - a descriptor read by a thread of its own, a bounded number of
 * bytes ahead, so that its reader never blocks.
 *
 * At most 4 blocks of 64 KiB wait. What a pipe or terminal gives is handed on
 * at once, however little it is. */
#ifndef WEIR_SOURCE_BLOCKS_H
#define WEIR_SOURCE_BLOCKS_H

#include "base/err.h"
#include "base/str.h"

struct weir_blocks;

enum weir_blocks_answer {
    WEIR_BLOCKS_READY,   /* *block holds the next bytes */
    WEIR_BLOCKS_PENDING, /* none yet: `wake` is called when that changes */
    WEIR_BLOCKS_IDLE,    /* none yet, and none came for WEIR_BLOCKS_IDLE_MS;
                            `wake` is called when there are some */
    WEIR_BLOCKS_END,
    WEIR_BLOCKS_ERROR /* *cause is the errno */
};

enum { WEIR_BLOCKS_SIZE = 64 << 10, WEIR_BLOCKS_IDLE_MS = 50 };

/* Called from the thread. */
typedef void (*weir_blocks_wake)(void *data);

/* Reads fd, which stays the caller's and open until the destroy. */
enum weir_err weir_blocks_create(struct weir_blocks **out, int fd,
                                 weir_blocks_wake wake, void *data,
                                 struct weir_error *error);
/* Gives the block before back and answers with the next one, which stays good
 * until the next call. */
enum weir_blocks_answer weir_blocks_next(struct weir_blocks *b,
                                         struct weir_str *block, int *cause);
/* Stops the thread, also while it waits for input. NULL-safe. */
void weir_blocks_destroy(struct weir_blocks *b);

#endif
