/* display.c - writes the progress to a terminal, or plain lines elsewhere.
 *
 * After each write the cursor stands at the end of the last line of the
 * display. To draw again it goes up to the first one and writes the new frame
 * over the old one; for a log line the old one is cleared first. All of it
 * leaves in one write, so that nothing tears. */
#include "cli/display.h"

#include "base/escape.h"
#include "base/mem.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { FRAME_BYTES_MAX = 64 * 1024, LINES_SHOWN_MAX = WEIR_PROGRESS_LINES };

static const int64_t redraw_ns = 125000000;
static const int64_t plain_ns = 10000000000;

struct weir_display {
    int fd;
    const char *command;
    bool quiet, live, unicode, colour;
    int64_t next;   /* when the next drawing is due */
    bool scheduled; /* `next` has been set */
    size_t lines;   /* on the screen now; 0 = nothing drawn */
    size_t columns[LINES_SHOWN_MAX];
    struct weir_buf frame; /* the lines on the screen */
    struct weir_buf out;   /* what the next write takes */
};

bool weir_display_is_utf8(const char *locale) {
    struct weir_str name = weir_str_of(locale), tail;
    if (!weir_str_cut(name, '.', &name, &tail))
        return false;
    weir_str_cut(tail, '@', &tail, &name); /* de_DE.UTF-8@euro */
    return weir_str_eq_nocase(tail, WEIR_STR("UTF-8")) ||
           weir_str_eq_nocase(tail, WEIR_STR("utf8"));
}

struct weir_display *
weir_display_create(const struct weir_display_config *config) {
    struct weir_display *d = weir_calloc(1, sizeof *d);
    bool capable =
        config->term && config->term[0] && strcmp(config->term, "dumb") != 0;
    if (!d)
        return NULL;
    d->fd = config->fd;
    d->command = config->command;
    d->quiet = config->quiet;
    d->live = capable && !config->quiet && isatty(config->fd) &&
              !(config->data_on_stdout && isatty(STDOUT_FILENO));
    d->unicode = weir_display_is_utf8(config->locale);
    d->colour = d->live && !(config->no_color && config->no_color[0]);
    weir_buf_init(&d->frame, FRAME_BYTES_MAX);
    weir_buf_init(&d->out, FRAME_BYTES_MAX);
    return d;
}

void weir_display_destroy(struct weir_display *d) {
    if (!d)
        return;
    weir_display_end(d);
    weir_buf_release(&d->frame);
    weir_buf_release(&d->out);
    weir_free(d);
}

/* Standard error may have become non-blocking through somebody else who holds
 * the terminal; a terminal that takes nothing for a second loses the frame. */
static void flush(struct weir_display *d) {
    size_t at = 0;
    while (at < d->out.len) {
        ssize_t n = write(d->fd, d->out.p + at, d->out.len - at);
        if (n > 0) {
            at += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd p = {.fd = d->fd, .events = POLLOUT};
            if (poll(&p, 1, 1000) <= 0)
                break;
        } else if (errno != EINTR) {
            break;
        }
    }
    weir_buf_clear(&d->out);
}

static void terminal_size(const struct weir_display *d, size_t *width,
                          size_t *height) {
    struct winsize size;
    bool known = ioctl(d->fd, TIOCGWINSZ, &size) == 0;
    *width = known && size.ws_col ? size.ws_col : 80;
    *height = known && size.ws_row ? size.ws_row : 24;
}

static size_t rows_of(const size_t *columns, size_t lines, size_t width) {
    size_t rows = 0;
    for (size_t i = 0; i < lines; i++)
        rows += columns[i] > width ? (columns[i] - 1) / width + 1 : 1;
    return rows;
}

static void put_up(struct weir_buf *out, size_t rows) {
    weir_buf_byte(out, '\r');
    if (rows > 1)
        weir_buf_fmt(out, "\x1b[%zuA", rows - 1);
}

void weir_display_put_home(struct weir_buf *out, const size_t *columns,
                           size_t lines, size_t width) {
    if (lines)
        put_up(out, rows_of(columns, lines, width));
}

/* Row by row: clearing to the end of the screen from its top row would make
 * terminals that keep a history (tmux) put the display into it. */
void weir_display_put_clear(struct weir_buf *out, const size_t *columns,
                            size_t lines, size_t width) {
    size_t rows = rows_of(columns, lines, width);
    if (lines == 0)
        return;
    put_up(out, rows);
    weir_buf_z(out, "\x1b[K");
    for (size_t i = 1; i < rows; i++)
        weir_buf_z(out, "\n\x1b[K");
    put_up(out, rows);
}

void weir_display_put_frame(struct weir_buf *out, struct weir_str frame) {
    struct weir_str line;
    while (weir_str_cut(frame, '\n', &line, &frame)) {
        weir_buf_str(out, line);
        weir_buf_z(out, "\x1b[K\n");
    }
    weir_buf_str(out, line);
    weir_buf_z(out, "\x1b[J"); /* the rest of the line, and what is below */
}

/* Writing into somebody else's foreground would spoil their screen. */
static bool in_foreground(const struct weir_display *d) {
    pid_t group = tcgetpgrp(d->fd);
    return group < 0 || group == getpgrp();
}

static void draw_live(struct weir_display *d,
                      const struct weir_progress_view *view) {
    struct weir_progress_style style = {.unicode = d->unicode,
                                        .colour = d->colour};
    size_t width, height;
    terminal_size(d, &width, &height);
    /* The last column stays free: writing it makes some terminals wrap. */
    style.width = width > 1 ? width - 1 : 1;
    style.height = height > 1 ? height - 1 : 1;
    weir_display_put_home(&d->out, d->columns, d->lines, width);
    weir_buf_clear(&d->frame);
    d->lines = weir_progress_render(&d->frame, view, &style, d->columns);
    weir_display_put_frame(&d->out, weir_buf_view(&d->frame));
    flush(d);
}

bool weir_display_due(const struct weir_display *d, int64_t now) {
    return weir_display_wait(d, now) == 0;
}

int64_t weir_display_wait(const struct weir_display *d, int64_t now) {
    if (d->quiet)
        return INT64_MAX;
    if (!d->scheduled || d->next <= now)
        return 0;
    return d->next - now;
}

void weir_display_draw(struct weir_display *d,
                       const struct weir_progress_view *view, int64_t now) {
    bool first = !d->scheduled;
    d->scheduled = true;
    d->next = now + (d->live ? redraw_ns : plain_ns);
    if (d->live) {
        if (in_foreground(d))
            draw_live(d, view);
        return;
    }
    if (first || d->quiet)
        return; /* a short run needs no line */
    weir_buf_fmt(&d->out, "weir %s: ", d->command);
    weir_progress_line(&d->out, view);
    weir_buf_byte(&d->out, '\n');
    flush(d);
}

void weir_display_log(enum weir_log_level level, const char *message,
                      void *display) {
    struct weir_display *d = display;
    size_t width, height;
    if (d->quiet && level != WEIR_LOG_ERROR)
        return;
    if (d->lines) {
        terminal_size(d, &width, &height);
        weir_display_put_clear(&d->out, d->columns, d->lines, width);
    }
    weir_buf_fmt(&d->out, "weir %s: %s", d->command,
                 level == WEIR_LOG_WARNING ? "warning: " : "");
    weir_escape_terminal(&d->out, weir_str_of(message));
    weir_buf_byte(&d->out, '\n');
    if (d->lines)
        weir_display_put_frame(&d->out, weir_buf_view(&d->frame));
    flush(d);
}

void weir_display_end(struct weir_display *d) {
    size_t width, height;
    if (!d->lines)
        return;
    terminal_size(d, &width, &height);
    weir_display_put_clear(&d->out, d->columns, d->lines, width);
    d->lines = 0;
    flush(d);
}
