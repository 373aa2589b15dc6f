/* feedin.h - feeds as input: RSS 2.0 (also 0.9x and 1.0), Atom, JSON Feed.
 *
 * Each entry becomes a record with the names that feed outputs use, all of them
 * always there, null where the entry has none:
 *
 *     title link guid date description content author categories enclosure
 *     enclosure_length enclosure_type duration episode season image explicit
 *     transcript chapters
 *
 * `date` is RFC 3339, `enclosure_length`, `episode` and `season` are numbers,
 * `categories` is an array, URLs are absolute; title and author are text,
 * description and content HTML as the feed has it.
 *
 * XML is read without DTD, entities of its own and network, and recovered where
 * it is broken (doc/parse.h). `next` is the document that goes on: RFC 5005
 * next, prev-archive, previous or prev in this order, or JSON Feed's next_url.
 */
#ifndef WEIR_DOC_FEEDIN_H
#define WEIR_DOC_FEEDIN_H

#include "base/arena.h"
#include "core/url.h"

/* Something of an entry that could not be read; names are static. */
typedef void (*weir_feedin_problem_fn)(size_t record, const char *field,
                                       const char *message, void *data);

struct weir_feedin {
    struct weir_str *records; /* JSON objects, in the feed's order */
    size_t count;
    struct weir_str next; /* absolute; empty: none */
    const char *note;     /* "the feed ends early: ...", or NULL */
};

/* Reads a feed in UTF-8; everything of *out is in the arena. WEIR_E_INVALID for
 * what is no feed, WEIR_E_LIMIT, WEIR_E_NOMEM. */
enum weir_err weir_feedin_read(struct weir_str text, const struct weir_url *url,
                               int64_t now, struct weir_arena *arena,
                               weir_feedin_problem_fn on_problem, void *data,
                               struct weir_feedin *out,
                               struct weir_error *error);

#endif
