/* progress.c - the live display's lines.
 *
 *     [=========>          ]  4,210/10,000  42%  0:35 left
 *     1,012 req/s  12.4 MiB/s  64 active  120 waiting  3 failed
 *       slow.example  paused 12 s (429)
 *
 * The first line gives its bar what the numbers leave over. The second takes
 * its parts in the order of their importance and leaves out what does not fit.
 * Names of hosts come from outside: they are escaped, then cut to width. */
#include "cli/progress.h"

#include "base/escape.h"
#include "base/units.h"
#include "core/textwidth.h"

#include <math.h>

enum { BAR_LEAST = 6, BAR_MOST = 60 };

#define RED "\x1b[31m"
#define YELLOW "\x1b[33m"
#define GREEN "\x1b[32m"
#define PLAIN "\x1b[0m"

static void put_coloured(struct weir_buf *out,
                         const struct weir_progress_style *style,
                         const char *colour, struct weir_str text) {
    if (style->colour)
        weir_buf_z(out, colour);
    weir_buf_str(out, text);
    if (style->colour)
        weir_buf_z(out, PLAIN);
}

/* Filled cells with eighths where the terminal has them. */
static void put_bar(struct weir_buf *out, double part, size_t cells,
                    const struct weir_progress_style *style) {
    static const char *const eighths[] = {"",  "▏", "▎", "▍",
                                          "▌", "▋", "▊", "▉"};
    size_t full = (size_t)(part * (double)cells);
    size_t eighth = (size_t)(part * (double)cells * 8) % 8;
    struct weir_buf bar;
    weir_buf_init(&bar, 0);
    for (size_t i = 0; i < full; i++)
        weir_buf_z(&bar, style->unicode ? "█" : "=");
    if (full < cells && style->unicode && eighth) {
        weir_buf_z(&bar, eighths[eighth]);
        full++;
    } else if (full < cells && !style->unicode) {
        weir_buf_byte(&bar, '>');
        full++;
    }
    weir_buf_byte(out, '[');
    put_coloured(out, style, GREEN, weir_buf_view(&bar));
    for (size_t i = full; i < cells; i++)
        weir_buf_byte(out, ' ');
    weir_buf_byte(out, ']');
    weir_buf_release(&bar);
}

static double part_done(const struct weir_progress_view *v) {
    double ended = (double)v->done + (double)v->failed;
    double part = v->total ? ended / (double)v->total : 1;
    return part > 1 ? 1 : part;
}

/* Appends " text" if it fits into what is left of the width. */
static void put_part(struct weir_buf *out, struct weir_buf *part, size_t width,
                     size_t *used) {
    size_t gap = *used ? 2 : 0;
    size_t n = weir_text_columns(weir_buf_view(part));
    if (*used + gap + n <= width) {
        weir_buf_fmt(out, "%*s", (int)gap, "");
        weir_buf_str(out, weir_buf_view(part));
        *used += gap + n;
    }
    weir_buf_clear(part);
}

/* Whole seconds: tenths would only flicker. */
static void put_clock(struct weir_buf *out, int64_t ns) {
    int64_t seconds = ns / 1000000000;
    if (seconds < 60)
        weir_buf_fmt(out, "%d s", (int)(seconds < 0 ? 0 : seconds));
    else
        weir_units_put_duration(out, seconds * 1000000000);
}

/* The numbers beside the bar. */
static void put_totals(struct weir_buf *out, const struct weir_progress_view *v,
                       size_t width, size_t *used) {
    struct weir_buf part;
    weir_buf_init(&part, 0);
    weir_units_put_count(&part, v->done + v->failed);
    if (v->total_known) {
        weir_buf_byte(&part, '/');
        weir_units_put_count(&part, v->total);
    } else {
        weir_buf_z(&part, " done");
    }
    put_part(out, &part, width, used);
    if (v->total_known) {
        weir_buf_fmt(&part, "%d%%", (int)(part_done(v) * 100));
        put_part(out, &part, width, used);
    }
    if (v->total_known && v->eta_ns >= 0) {
        put_clock(&part, v->eta_ns);
        weir_buf_z(&part, " left");
    } else {
        put_clock(&part, v->elapsed_ns);
    }
    put_part(out, &part, width, used);
    weir_buf_release(&part);
}

static size_t put_first(struct weir_buf *out,
                        const struct weir_progress_view *v,
                        const struct weir_progress_style *style) {
    struct weir_buf totals;
    size_t used = 0, cells = 0;
    weir_buf_init(&totals, 0);
    put_totals(&totals, v, style->width, &used);
    if (v->total_known && style->width > used + 4)
        cells = style->width - used - 4; /* brackets and a gap */
    if (cells > BAR_MOST)
        cells = BAR_MOST;
    if (cells >= BAR_LEAST) {
        put_bar(out, part_done(v), cells, style);
        weir_buf_z(out, "  ");
        used += cells + 4;
    }
    weir_buf_str(out, weir_buf_view(&totals));
    weir_buf_release(&totals);
    return used;
}

static void put_per_second(struct weir_buf *part, double rate) {
    if (rate < 9.95)
        weir_buf_fmt(part, "%.1f", rate < 0 ? 0 : rate);
    else
        weir_units_put_count(part, (uint64_t)(rate + 0.5));
    weir_buf_z(part, " req/s");
}

static size_t put_second(struct weir_buf *out,
                         const struct weir_progress_view *v,
                         const struct weir_progress_style *style) {
    const struct {
        uint64_t count;
        const char *word;
    } counts[] = {{v->active, " active"},
                  {v->waiting, " waiting"},
                  {v->retries, v->retries == 1 ? " retry" : " retries"},
                  {v->from_cache, " from cache"}};
    size_t used = 0;
    struct weir_buf part;
    weir_buf_init(&part, 0);
    if (v->failed) {
        weir_units_put_count(&part, v->failed);
        weir_buf_z(&part, " failed");
        if (style->colour)
            weir_buf_z(out, RED);
        put_part(out, &part, style->width, &used);
        if (style->colour)
            weir_buf_z(out, PLAIN);
    }
    put_per_second(&part, v->requests_per_s);
    put_part(out, &part, style->width, &used);
    weir_units_put_size(&part,
                        v->bytes_per_s > 0 ? (uint64_t)v->bytes_per_s : 0);
    weir_buf_z(&part, "/s");
    put_part(out, &part, style->width, &used);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (!counts[i].count)
            continue;
        weir_units_put_count(&part, counts[i].count);
        weir_buf_z(&part, counts[i].word);
        put_part(out, &part, style->width, &used);
    }
    weir_units_put_size(&part, v->bytes);
    put_part(out, &part, style->width, &used);
    weir_buf_release(&part);
    return used;
}

/* Escaped for the terminal; where it shows ASCII only, other characters
 * become question marks. */
static void put_escaped(struct weir_buf *out, struct weir_str s,
                        const struct weir_progress_style *style) {
    struct weir_buf safe;
    weir_buf_init(&safe, 0);
    weir_escape_terminal(&safe, s);
    for (size_t i = 0; i < safe.len; i++) {
        unsigned char c = (unsigned char)safe.p[i];
        if (style->unicode || c < 0x80)
            weir_buf_byte(out, (char)c);
        else if (c >= 0xc0) /* the first byte of a character */
            weir_buf_byte(out, '?');
    }
    weir_buf_release(&safe);
}

static size_t put_host(struct weir_buf *out,
                       const struct weir_progress_host *host,
                       const struct weir_progress_style *style) {
    const char *dots = style->unicode ? "…" : "...";
    size_t used, room = style->width > 2 ? style->width - 2 : 0, state_room;
    struct weir_buf name, state;
    weir_buf_init(&name, 0);
    weir_buf_init(&state, 0);
    put_escaped(&name, host->name, style);
    put_escaped(&state, host->state, style);
    weir_buf_z(out, room ? "  " : "");
    /* The reason matters as much as the name: each gets at least half. */
    state_room = weir_text_columns(weir_buf_view(&state)) + 2;
    if (state_room > room / 2)
        state_room = room / 2;
    used = weir_text_fit(out, weir_buf_view(&name), room - state_room, dots);
    if (room > used + 2) {
        struct weir_buf cut;
        weir_buf_init(&cut, 0);
        weir_buf_z(out, "  ");
        used += 2 + weir_text_fit(&cut, weir_buf_view(&state), room - used - 2,
                                  dots);
        put_coloured(out, style, YELLOW, weir_buf_view(&cut));
        weir_buf_release(&cut);
    }
    weir_buf_release(&name);
    weir_buf_release(&state);
    return used + (room ? 2 : 0);
}

size_t weir_progress_render(struct weir_buf *out,
                            const struct weir_progress_view *v,
                            const struct weir_progress_style *style,
                            size_t columns[WEIR_PROGRESS_LINES]) {
    size_t lines = 0;
    columns[lines++] = put_first(out, v, style);
    if (lines < style->height) {
        weir_buf_byte(out, '\n');
        columns[lines++] = put_second(out, v, style);
    }
    for (size_t i = 0; i < v->host_count && lines < style->height &&
                       lines < WEIR_PROGRESS_LINES;
         i++) {
        weir_buf_byte(out, '\n');
        columns[lines++] = put_host(out, &v->hosts[i], style);
    }
    return lines;
}

void weir_progress_line(struct weir_buf *out,
                        const struct weir_progress_view *v) {
    weir_units_put_count(out, v->done);
    if (v->total_known) {
        weir_buf_z(out, " of ");
        weir_units_put_count(out, v->total);
    }
    weir_buf_z(out, " done, ");
    if (v->failed) {
        weir_units_put_count(out, v->failed);
        weir_buf_z(out, " failed, ");
    }
    put_per_second(out, v->requests_per_s);
    weir_buf_z(out, ", ");
    weir_units_put_size(out, v->bytes_per_s > 0 ? (uint64_t)v->bytes_per_s : 0);
    weir_buf_z(out, "/s");
    if (v->waiting) {
        weir_buf_z(out, ", ");
        weir_units_put_count(out, v->waiting);
        weir_buf_z(out, " waiting on limits");
    }
    if (v->total_known && v->eta_ns >= 0) {
        weir_buf_z(out, ", ");
        put_clock(out, v->eta_ns);
        weir_buf_z(out, " left");
    }
}

/* An exponential average with a time constant of 3 s, over samples at any
 * distance; divided by the weight seen so far, so that it is right at once and
 * need not climb from zero. */
double weir_meter_update(struct weir_meter *m, uint64_t count, int64_t now) {
    double seconds, keep, rate;
    if (!m->started) {
        *m = (struct weir_meter){.started = true, .at = now, .count = count};
        return 0;
    }
    if (now <= m->at)
        return m->weight > 0 ? m->value / m->weight : 0;
    seconds = (double)(now - m->at) / 1e9;
    rate = count > m->count ? (double)(count - m->count) / seconds : 0;
    keep = exp(-seconds / 3);
    m->value = m->value * keep + rate * (1 - keep);
    m->weight = m->weight * keep + (1 - keep);
    m->at = now;
    m->count = count;
    return m->value / m->weight;
}

int64_t weir_progress_eta(uint64_t left, double per_s) {
    double seconds;
    if (left == 0)
        return 0;
    if (!(per_s > 0))
        return -1;
    seconds = (double)left / per_s;
    return seconds < 1e9 ? (int64_t)(seconds * 1e9) : -1;
}
