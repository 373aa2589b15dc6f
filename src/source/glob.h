/* glob.h - curl's URL globs, expanded one at a time.
 *
 *     {one,two,three}   each of the words
 *     [1-100] [001-100] numbers, with the width of the first if it has zeros
 *     [0-100:10]        every tenth
 *     [a-z] [A-F:2]     letters
 *
 * The rightmost varies fastest. A backslash takes the meaning off { } [ ] , and
 * itself. An IPv6 literal in brackets is no range. What each glob stands for at
 * the moment are the captures, {1} {2}.. of output names.
 *
 * Nothing is made before it is asked for: [0-9999999999] costs a few bytes.
 *
 *     struct weir_glob *g;
 *     struct weir_str url, captures[WEIR_GLOB_MAX];
 *     size_t count;
 *     if (weir_glob_create(&g, pattern, &error) == WEIR_OK) {
 *         while (weir_glob_next(g, &url, captures, &count)) ...
 *         weir_glob_destroy(g);
 *     }
 */
#ifndef WEIR_SOURCE_GLOB_H
#define WEIR_SOURCE_GLOB_H

#include "base/err.h"
#include "base/str.h"

enum { WEIR_GLOB_MAX = 16 }; /* globs in one pattern */

struct weir_glob;

/* WEIR_E_USAGE with a message that begins "column N: ", WEIR_E_NOMEM. The
 * pattern is copied. */
enum weir_err weir_glob_create(struct weir_glob **out, struct weir_str pattern,
                               struct weir_error *error);
/* The next URL and its captures (room for WEIR_GLOB_MAX), borrowed until the
 * next call; false at the end. Allocates nothing. */
bool weir_glob_next(struct weir_glob *g, struct weir_str *url,
                    struct weir_str *captures, size_t *count);
/* How many URLs it stands for; UINT64_MAX if they are more than that. */
uint64_t weir_glob_total(const struct weir_glob *g);
void weir_glob_destroy(struct weir_glob *g); /* NULL-safe */

#endif
