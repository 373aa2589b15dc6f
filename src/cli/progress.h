/* progress.h - what the live display shows, as pure functions.
 *
 * A view holds the numbers of one moment; these functions make text of it and
 * know nothing of terminals. cli/display.h writes it.
 */
#ifndef WEIR_CLI_PROGRESS_H
#define WEIR_CLI_PROGRESS_H

#include "base/buf.h"

#include <stdint.h>

enum { WEIR_PROGRESS_HOSTS = 5, WEIR_PROGRESS_LINES = 2 + WEIR_PROGRESS_HOSTS };

/* A host worth a line: slow or paused, and why. Borrowed, unescaped. */
struct weir_progress_host {
    struct weir_str name;  /* "slow.example" */
    struct weir_str state; /* "paused 12 s (429)" */
};

struct weir_progress_view {
    uint64_t done; /* ended well, from the cache too */
    uint64_t failed, from_cache, retries;
    uint64_t total;   /* URLs known so far */
    bool total_known; /* there will be no more */
    uint64_t bytes;
    double requests_per_s, bytes_per_s; /* smoothed: struct weir_meter */
    uint64_t active, waiting;           /* under way; held back by limits */
    int64_t elapsed_ns;
    int64_t eta_ns; /* -1 = not known */
    size_t host_count;
    struct weir_progress_host hosts[WEIR_PROGRESS_HOSTS];
};

struct weir_progress_style {
    size_t width;  /* columns that may be used; 20 and above look well */
    size_t height; /* lines that may be used */
    bool unicode;  /* the terminal shows UTF-8 */
    bool colour;
};

/* Appends the display, lines separated by '\n' and none after the last, each
 * at most `width` columns; the number of lines is returned, 1 to
 * WEIR_PROGRESS_LINES, and the columns of each in columns[]. */
size_t weir_progress_render(struct weir_buf *out,
                            const struct weir_progress_view *view,
                            const struct weir_progress_style *style,
                            size_t columns[WEIR_PROGRESS_LINES]);

/* Appends one plain line without its end, for a log: "4,210 of 10,000 done, 3
 * failed, 1,012 req/s, 12.4 MiB/s, 0:35 left". */
void weir_progress_line(struct weir_buf *out,
                        const struct weir_progress_view *view);

/* A rate out of a growing count, smoothed over the last seconds. */
struct weir_meter {
    bool started;
    int64_t at;     /* ns of the last update */
    uint64_t count; /* then */
    double weight;  /* of what was seen, 0 to 1 */
    double value;
};
/* The count at time `now` (monotonic ns); returns the rate a second. */
double weir_meter_update(struct weir_meter *m, uint64_t count, int64_t now);

/* The time for the rest at this rate, -1 when there is no telling. */
int64_t weir_progress_eta(uint64_t left, double per_s);

#endif
