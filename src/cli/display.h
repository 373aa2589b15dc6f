/* display.h - the live display and the log lines on standard error.
 *
 * On a terminal the display is a few lines that are drawn over themselves at
 * most eight times a second; log lines scroll away above them. Elsewhere (a
 * file, a pipe, TERM=dumb, a job in the background) it is one plain line every
 * ten seconds. The size of the terminal is asked for at each drawing, so that
 * a resized window needs no signal.
 *
 *     weir_display_log(d, WEIR_LOG_ERROR, message);   any time
 *     if (weir_display_due(d, now)) {
 *         fill(&view);
 *         weir_display_draw(d, &view, now);
 *     }
 *     weir_display_end(d);                            before the summary
 */
#ifndef WEIR_CLI_DISPLAY_H
#define WEIR_CLI_DISPLAY_H

#include "base/log.h"
#include "cli/progress.h"

struct weir_display;

struct weir_display_config {
    int fd;              /* 2 */
    const char *command; /* "get", for the beginning of log lines */
    bool quiet;          /* errors only: no display, no warnings */
    bool data_on_stdout; /* records or bodies go there: if that is a terminal
                            too, nothing is drawn over them */
    /* What the environment says; NULL = not set. */
    const char *term, *no_color, *locale;
};

/* NULL = no memory. Locale is LC_ALL, LC_CTYPE or LANG, the first not empty. */
struct weir_display *
weir_display_create(const struct weir_display_config *config);
void weir_display_destroy(struct weir_display *d); /* NULL-safe; ends it */

/* It is time to draw again; always false when quiet. */
bool weir_display_due(const struct weir_display *d, int64_t now);
/* Nanoseconds until the next drawing is due, for a timer; INT64_MAX = never. */
int64_t weir_display_wait(const struct weir_display *d, int64_t now);
/* Draws now. */
void weir_display_draw(struct weir_display *d,
                       const struct weir_progress_view *view, int64_t now);
/* A log line above the display, escaped here. Has the type of weir_log_fn. */
void weir_display_log(enum weir_log_level level, const char *message,
                      void *display);
/* Takes the display away; log lines still work. */
void weir_display_end(struct weir_display *d);

/* Pure parts, for tests. The cursor stands at the end of the last of `lines`
 * lines that take columns[] columns; `width` is that of the terminal now, which
 * wraps them if it became narrower. */
/* Brings the cursor to the beginning of the first line. */
void weir_display_put_home(struct weir_buf *out, const size_t *columns,
                           size_t lines, size_t width);
/* The same, and the lines are empty. */
void weir_display_put_clear(struct weir_buf *out, const size_t *columns,
                            size_t lines, size_t width);
/* Writes a frame from here over whatever stood there. */
void weir_display_put_frame(struct weir_buf *out, struct weir_str frame);

/* True for names like en_US.UTF-8 and C.utf8. */
bool weir_display_is_utf8(const char *locale);

#endif
