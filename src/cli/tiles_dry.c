/* tiles_dry.c - "weir tiles --dry-run": how much it would be.
 *
 * The tiles of each zoom are counted, not listed. With --sample some of each
 * zoom are fetched and thrown away, spread over the region; what they weigh and
 * how long they take is taken for all. */
#include "base/heap.h"
#include "base/mem.h"
#include "cli/run.h"
#include "cli/tables.h"
#include "cli/tiles_config.h"
#include "net/loop.h"
#include "source/args.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct zoom {
    uint64_t tiles;
    uint64_t sampled, bytes, ms; /* of those that were answered */
};

struct dry {
    struct weir_run run;
    void (*on_end)(const struct weir_item *item, const char *place, void *data);
    struct weir_cli *cli;
    struct weir_tiles_config *config;
    struct zoom zooms[WEIR_ZOOM_MAX + 1];
    struct weir_status status;
    /* a list */
    struct weir_loop *loop;
    struct weir_wake *wake;
    struct weir_source *source;
    /* the sample */
    char **urls;
    unsigned char *zoom_of; /* by number */
    size_t count;
};

/* --- counting ---------------------------------------------------------- */

static enum weir_err count_region(struct dry *d) {
    const struct weir_tiles_config *c = d->config;
    for (unsigned z = c->from; z <= c->to; z++)
        if (!weir_tilearea_count(c->area, z, 0, &d->zooms[z].tiles))
            return WEIR_E_NOMEM;
    return WEIR_OK;
}

static void take(struct dry *d, const struct weir_request *r) {
    struct weir_tile t;
    if (r->problem.n == 0 && weir_tile_parse(r->out, &t)) {
        d->zooms[t.z].tiles++;
        return;
    }
    weir_status_add(&d->status, WEIR_E_USAGE);
    weir_cli_failf(d->cli, WEIR_E_GENERIC, "%.*s: %.*s", WEIR_STR_ARG(r->place),
                   WEIR_STR_ARG(r->problem));
}

static void drain(void *data) {
    struct dry *d = data;
    struct weir_request r;
    struct weir_error error = {WEIR_OK, ""};
    for (;;) {
        switch (weir_source_next(d->source, &r, &error)) {
        case WEIR_PULL_READY:
            take(d, &r);
            continue;
        case WEIR_PULL_PENDING:
            return;
        case WEIR_PULL_ERROR:
            weir_status_add(&d->status, error.code);
            weir_cli_fail(d->cli, &error);
            break;
        case WEIR_PULL_DONE:
            break;
        }
        weir_loop_stop(d->loop);
        return;
    }
}

static void wake(void *data) {
    struct dry *d = data;
    weir_wake_send(d->wake);
}

static enum weir_err count_list(struct dry *d, struct weir_error *error) {
    enum weir_err err = weir_source_tiles_list(&d->source, d->config->template,
                                               d->config->list, error);
    if (err != WEIR_OK)
        return err;
    d->loop = weir_loop_create();
    d->wake = d->loop ? weir_wake_create(d->loop, drain, d) : NULL;
    if (d->wake) {
        weir_source_start(d->source, wake, d);
        weir_wake_send(d->wake);
        weir_loop_run(d->loop);
    } else {
        err = weir_error_nomem(error);
    }
    weir_source_destroy(d->source);
    weir_wake_destroy(d->wake);
    weir_loop_destroy(d->loop);
    return err;
}

/* --- the sample -------------------------------------------------------- */

static bool add_sample(struct dry *d, struct weir_tile t) {
    struct weir_buf url;
    weir_buf_init(&url, 0);
    weir_tiletemplate_put(d->config->template, t, &url);
    d->urls[d->count] = weir_buf_detach(&url);
    weir_buf_release(&url);
    if (!d->urls[d->count])
        return false;
    d->zoom_of[d->count++] = (unsigned char)t.z;
    return true;
}

/* Few tiles: all of them. Many: points of an additive recurrence, which fill
 * the region evenly, the same at every call. */
static bool sample_zoom(struct dry *d, unsigned z, uint64_t wanted) {
    const struct weir_tilearea *area = d->config->area;
    struct weir_bounds b = weir_tilearea_bounds(area);
    struct weir_tile first = weir_tile_at(b.west, b.north, z), t = {z, 0, 0};
    struct weir_tile last = weir_tile_at(b.east, b.south, z);
    uint64_t n = UINT64_C(1) << z, got = 0;
    uint64_t columns = (last.x + n - first.x) % n + 1;
    uint64_t rows = (uint64_t)last.y - first.y + 1;
    if (d->zooms[z].tiles <= wanted) {
        struct weir_tilewalk *w = weir_tilewalk_create(area, z, z);
        bool ok = w != NULL;
        while (ok && weir_tilewalk_next(w, &t))
            ok = add_sample(d, t);
        weir_tilewalk_destroy(w);
        return ok;
    }
    for (uint64_t i = 1; got < wanted && i < wanted * 1000; i++) {
        double u = fmod(0.7548776662466927 * (double)i, 1);
        double v = fmod(0.5698402909980532 * (double)i, 1);
        t.x = (uint32_t)((first.x + (uint64_t)(u * (double)columns)) % n);
        t.y = (uint32_t)(first.y + (uint64_t)(v * (double)rows));
        if (!weir_tilearea_touches(area, t))
            continue;
        if (!add_sample(d, t))
            return false;
        got++;
    }
    return true;
}

static void on_end(const struct weir_item *item, const char *place,
                   void *data) {
    struct dry *d = WEIR_CONTAINER((struct weir_run *)data, struct dry, run);
    struct zoom *z = &d->zooms[d->zoom_of[item->n - 1]];
    bool absent = item->status == 404 || item->status == 410;
    z->sampled++;
    z->bytes += absent ? 0 : item->bytes;
    z->ms += (uint64_t)item->ms;
    if (!absent)
        d->on_end(item, place, data);
}

static enum weir_err fetch_sample(struct dry *d, struct weir_error *error) {
    struct weir_engine_config *e = &d->config->get.engine;
    struct weir_storage_config *s = &e->storage;
    struct weir_source *source = NULL;
    struct weir_engine *engine = NULL;
    enum weir_engine_end end;
    enum weir_err err;
    s->body = WEIR_BODY_DISCARD;
    s->cache = WEIR_CACHE_OFF;
    s->restart = true;
    s->retry_failed = s->json = false;
    s->run_key = "tiles-sample";
    err = weir_run_init(&d->run, d->cli, CMD_tiles, false, error);
    d->on_end = d->run.ops.on_end;
    d->run.ops.on_end = on_end;
    if (err == WEIR_OK)
        err = weir_source_args_create(&source, (const char *const *)d->urls,
                                      d->count, false, error);
    if (err == WEIR_OK) {
        d->run.total = d->count;
        weir_run_configure(&d->run, e);
        err = weir_engine_create(&engine, e, &d->run.ops, &d->run, error);
    }
    if (err == WEIR_OK)
        err = weir_run_attach(&d->run, engine, error);
    if (err == WEIR_OK) {
        struct weir_error run_error = {WEIR_OK, ""};
        weir_engine_run(engine, source, &end, &run_error);
        weir_run_ended(&d->run, &run_error, end);
    }
    weir_run_release(&d->run);
    weir_engine_destroy(engine);
    weir_source_destroy(source);
    if (d->run.status.exit_status || d->run.status.signum)
        d->status = d->run.status;
    return err;
}

static enum weir_err sample(struct dry *d, struct weir_error *error) {
    const struct weir_tiles_config *c = d->config;
    uint64_t wanted = weir_opt_int(d->cli->options, OPT_SAMPLE), room = 0;
    enum weir_err err = WEIR_OK;
    if (!c->area)
        return weir_error_set(error, WEIR_E_USAGE,
                              "--sample goes with a region, not with --list");
    if (wanted > 1000)
        return weir_error_set(error, WEIR_E_USAGE,
                              "--sample: at most 1000 tiles of each zoom");
    for (unsigned z = c->from; z <= c->to; z++)
        room += wanted;
    d->urls = weir_calloc(room, sizeof *d->urls);
    d->zoom_of = weir_calloc(room, 1);
    if (!d->urls || !d->zoom_of)
        err = weir_error_nomem(error);
    for (unsigned z = c->from; err == WEIR_OK && z <= c->to; z++)
        if (!sample_zoom(d, z, wanted))
            err = weir_error_nomem(error);
    if (err == WEIR_OK)
        err = fetch_sample(d, error);
    for (size_t i = 0; i < d->count; i++)
        weir_free(d->urls[i]);
    weir_free(d->urls);
    weir_free(d->zoom_of);
    return err;
}

/* --- what it says ------------------------------------------------------ */

static double mean(uint64_t sum, uint64_t n) {
    return n ? (double)sum / (double)n : 0;
}

static double estimated_bytes(const struct zoom *z) {
    return mean(z->bytes, z->sampled) * (double)z->tiles;
}

static void put_table(struct dry *d, bool sampled) {
    uint64_t all = 0;
    struct weir_buf size;
    weir_buf_init(&size, 0);
    fprintf(d->cli->out, sampled ? "zoom %16s %12s %12s\n" : "zoom %16s\n",
            "tiles", "sampled", "bytes");
    for (unsigned i = 0; i <= WEIR_ZOOM_MAX; i++) {
        const struct zoom *z = &d->zooms[i];
        if (z->tiles == 0)
            continue;
        fprintf(d->cli->out, "%4u %16" PRIu64, i, z->tiles);
        if (sampled) {
            weir_buf_clear(&size);
            weir_units_put_size(&size, (uint64_t)estimated_bytes(z));
            fprintf(d->cli->out, " %12" PRIu64 " %12s", z->sampled, size.p);
        }
        fputc('\n', d->cli->out);
        all += z->tiles;
    }
    fprintf(d->cli->out, " all %16" PRIu64 "\n", all);
    weir_buf_release(&size);
}

/* Starts beyond the burst each take a period of the slower bucket. */
static double at_rate(const struct weir_rate *rate, uint64_t burst, double n) {
    double beyond = n - (double)burst;
    return rate->count > 0 && beyond > 0
               ? beyond * (double)rate->per_ns / 1e9 / rate->count
               : 0;
}

static void put_time(struct weir_buf *out, double seconds, const char *text) {
    weir_buf_z(out, text);
    weir_units_put_duration(out, seconds < 9e9 ? (int64_t)(seconds * 1e9)
                                               : INT64_MAX);
}

static void put_conclusion(struct dry *d, bool sampled) {
    const struct weir_engine_config *e = &d->config->get.engine;
    double hosts = (double)weir_tiletemplate_spread(d->config->template);
    double tiles = 0, bytes = 0, busy = 0, slowest, slots, one;
    struct weir_buf line;
    for (unsigned i = 0; i <= WEIR_ZOOM_MAX; i++) {
        const struct zoom *z = &d->zooms[i];
        tiles += (double)z->tiles;
        bytes += estimated_bytes(z);
        busy += mean(z->ms, z->sampled) * (double)z->tiles / 1000;
    }
    slots = fmin((double)e->concurrency, (double)e->per_host * hosts);
    slowest = at_rate(&e->rate, e->burst, tiles);
    one = at_rate(&e->host_rate, e->burst, tiles / hosts);
    slowest = one > slowest ? one : slowest;
    weir_buf_init(&line, 0);
    weir_units_put_count(&line, (uint64_t)tiles);
    weir_buf_z(&line, " tiles");
    if (sampled) {
        weir_buf_z(&line, ", about ");
        weir_units_put_size(&line, (uint64_t)bytes);
        put_time(&line, fmax(busy / slots, slowest), ", about ");
    } else if (slowest > 0) {
        put_time(&line, slowest, ", at least ");
        weir_buf_z(&line, " at this rate");
    }
    fprintf(d->cli->err, "weir tiles: %s\n", line.p);
    weir_buf_release(&line);
}

int weir_tiles_dry_run(struct weir_cli *cli, struct weir_tiles_config *c) {
    struct dry d = {.cli = cli, .config = c};
    struct weir_error error = {WEIR_OK, ""};
    bool sampled = weir_opt_given(cli->options, OPT_SAMPLE);
    enum weir_err err;
    if (c->area)
        err = count_region(&d) ? weir_error_nomem(&error) : WEIR_OK;
    else
        err = count_list(&d, &error);
    if (err == WEIR_OK && sampled)
        err = sample(&d, &error);
    if (err != WEIR_OK)
        return weir_cli_fail(cli, &error);
    put_table(&d, sampled);
    put_conclusion(&d, sampled);
    return weir_status_exit(&d.status);
}
