/* spool.h - byte strings that wait on disk for their turn.
 *
 * An unlinked temporary file. A string (struct weir_spooled) is written piece
 * by piece, many of them at once, and lies in extents that point at each other;
 * a second file holds, for strings that are complete, where string number n
 * begins. So nothing grows in memory, however many wait. Space that was read is
 * given back to the file system.
 *
 *     struct weir_spooled text = {0};
 *     weir_spool_append(spool, &text, bytes, n, &e);
 *     weir_spool_put(spool, 7, &text, &e);
 *     ...
 *     weir_spool_take(spool, 7, &text, &found, &e);
 *     while (text.length > 0)
 *         weir_spool_read(spool, &text, block, sizeof block, &n, &e);
 */
#ifndef WEIR_SINK_SPOOL_H
#define WEIR_SINK_SPOOL_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_spool;

/* A string; all zero = empty. A plain value. */
struct weir_spooled {
    uint64_t length;     /* bytes not read yet */
    uint64_t first;      /* offset of the extent that is read next */
    uint64_t read;       /* bytes of it that were read */
    uint64_t last, used; /* the extent that is written, and how full it is */
};

/* The files are made at the first use, in `folder` (NULL: $TMPDIR or /tmp).
 * NULL = no memory. */
struct weir_spool *weir_spool_create(const char *folder);
void weir_spool_destroy(struct weir_spool *s); /* NULL-safe */

/* WEIR_E_IO: disk full and the like; the string is as it was. */
enum weir_err weir_spool_append(struct weir_spool *s, struct weir_spooled *text,
                                const void *bytes, size_t n,
                                struct weir_error *error);
/* Reads at most cap bytes off the front; *n = 0 only at the end. */
enum weir_err weir_spool_read(struct weir_spool *s, struct weir_spooled *text,
                              void *bytes, size_t cap, size_t *n,
                              struct weir_error *error);
/* Forgets the rest of a string. */
void weir_spool_drop(struct weir_spool *s, struct weir_spooled *text);

/* Notes string `number` (from 1); an empty one, too. */
enum weir_err weir_spool_put(struct weir_spool *s, uint64_t number,
                             const struct weir_spooled *text,
                             struct weir_error *error);
enum weir_err weir_spool_take(struct weir_spool *s, uint64_t number,
                              struct weir_spooled *text, bool *found,
                              struct weir_error *error);
/* Strings that were put and not taken, and the highest number so far. */
uint64_t weir_spool_waiting(const struct weir_spool *s);
uint64_t weir_spool_highest(const struct weir_spool *s);

#endif
