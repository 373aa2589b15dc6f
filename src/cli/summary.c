/* summary.c - the lines at the end of a run.
 *
 *     9,997 done (120 from cache), 3 failed; 12.4 MiB in 35.2 s, 284 URLs/s
 *     The files are in out
 *     To fetch again what failed: weir get --retry-failed -P out -i list.txt
 */
#include "cli/summary.h"

#include "base/escape.h"
#include "base/units.h"

static void put_totals(struct weir_buf *out, const struct weir_summary *s) {
    double seconds = (double)s->elapsed_ns / 1e9;
    double rate =
        seconds > 0 ? ((double)s->done + (double)s->failed) / seconds : 0;
    weir_units_put_count(out, s->done);
    weir_buf_z(out, " done");
    if (s->from_cache || s->skipped) {
        weir_buf_z(out, " (");
        if (s->from_cache) {
            weir_units_put_count(out, s->from_cache);
            weir_buf_z(out, " from cache");
        }
        if (s->skipped) {
            weir_buf_z(out, s->from_cache ? ", " : "");
            weir_units_put_count(out, s->skipped);
            weir_buf_z(out, " skipped");
        }
        weir_buf_byte(out, ')');
    }
    weir_buf_z(out, ", ");
    weir_units_put_count(out, s->failed);
    weir_buf_z(out, " failed; ");
    weir_units_put_size(out, s->bytes);
    weir_buf_z(out, " in ");
    weir_units_put_duration(out, s->elapsed_ns);
    weir_buf_z(out, ", ");
    if (rate < 9.95)
        weir_buf_fmt(out, "%.1f", rate);
    else
        weir_units_put_count(out, (uint64_t)(rate + 0.5));
    weir_buf_z(out, " URLs/s\n");
}

/* The option goes first: behind the arguments it might follow a "--". */
static void put_command(struct weir_buf *out, const struct weir_summary *s,
                        const char *text, const char *option) {
    if (s->arguments) {
        weir_buf_fmt(out, "%s: weir %s%s", text, s->command, option);
        weir_escape_terminal(out, weir_str_of(s->arguments));
        weir_buf_byte(out, '\n');
    } else {
        weir_buf_fmt(out, "%s: the same command%s%s\n", text,
                     option[0] ? " with" : "", option);
    }
}

void weir_summary_put(struct weir_buf *out, const struct weir_summary *s) {
    put_totals(out, s);
    if (s->where && s->done > 0) {
        weir_buf_z(out, "The files are in ");
        weir_escape_terminal(out, weir_str_of(s->where));
        weir_buf_byte(out, '\n');
    }
    if (s->left || s->left_unknown) {
        if (s->left) {
            weir_units_put_count(out, s->left);
            weir_buf_z(out, s->left_unknown ? " and more are left. "
                                            : " are left. ");
        }
        put_command(out, s, "To go on", "");
    } else if (s->failed) {
        put_command(out, s, "To fetch again what failed", " --retry-failed");
    }
}
