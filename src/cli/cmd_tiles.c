/* cmd_tiles.c - "weir tiles": map tiles into an archive or a folder.
 *
 *     options -> template, region, tile set     tiles_config.c
 *     region  -> tiles, along the Hilbert curve source/tiles.c
 *     engine  -> tiles with their answers       engine/storage_tiles.c
 *     the end -> totals, preview, metadata      here
 */
#include "base/escape.h"
#include "base/heap.h"
#include "cli/run.h"
#include "cli/tables.h"
#include "cli/tiles_config.h"
#include "sink/preview.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What became of the tiles of one zoom in this run. */
struct zoom {
    uint64_t total; /* 0 = not known */
    uint64_t there, absent, failed;
    char name[16], state[96]; /* for the display */
};

struct tiles {
    struct weir_run run;
    void (*on_end)(const struct weir_item *item, const char *place, void *data);
    struct weir_tiles_config *config;
    struct weir_tileset *set;
    struct zoom zooms[WEIR_ZOOM_MAX + 1];
};

static struct tiles *tiles_of(struct weir_run *r) {
    return WEIR_CONTAINER(r, struct tiles, run);
}

/* --- while it runs ----------------------------------------------------- */

static void on_end(const struct weir_item *item, const char *place,
                   void *data) {
    struct tiles *t = tiles_of(data);
    struct weir_tile tile;
    if (weir_tile_parse(weir_str_of(item->out), &tile)) {
        struct zoom *z = &t->zooms[tile.z];
        if (item->error.code != WEIR_OK)
            z->failed++;
        else if (item->status == 404 || item->status == 410 ||
                 item->status == 204)
            z->absent++;
        else
            z->there++;
    }
    t->on_end(item, place, data);
}

static void describe(struct zoom *z, unsigned number) {
    struct weir_buf text;
    weir_buf_init(&text, sizeof z->state - 1);
    snprintf(z->name, sizeof z->name, "zoom %u", number);
    weir_units_put_count(&text, z->there + z->absent + z->failed);
    if (z->total) {
        weir_buf_z(&text, " of ");
        weir_units_put_count(&text, z->total);
    }
    if (z->absent) {
        weir_buf_z(&text, ", absent ");
        weir_units_put_count(&text, z->absent);
    }
    if (z->failed) {
        weir_buf_z(&text, ", failed ");
        weir_units_put_count(&text, z->failed);
    }
    snprintf(z->state, sizeof z->state, "%s", text.p);
    weir_buf_release(&text);
}

/* Below the hosts that need a line: the zooms under way, the smallest first. */
static void on_view(struct weir_progress_view *v, struct weir_run *r) {
    struct tiles *t = tiles_of(r);
    for (unsigned i = 0;
         i <= WEIR_ZOOM_MAX && v->host_count < WEIR_PROGRESS_HOSTS; i++) {
        struct zoom *z = &t->zooms[i];
        uint64_t ended = z->there + z->absent + z->failed;
        if (ended == 0 || ended == z->total)
            continue;
        describe(z, i);
        v->hosts[v->host_count].name = weir_str_of(z->name);
        v->hosts[v->host_count].state = weir_str_of(z->state);
        v->host_count++;
    }
}

static void count_zooms(struct tiles *t) {
    const struct weir_tiles_config *c = t->config;
    for (unsigned z = c->from; c->area && z <= c->to; z++)
        if (!weir_tilearea_count(c->area, z, 1 << 20, &t->zooms[z].total))
            t->zooms[z].total = 0;
}

/* --- at the end -------------------------------------------------------- */

static void put_totals(struct weir_buf *out,
                       const struct weir_tile_zoom zooms[WEIR_ZOOM_MAX + 1]) {
    struct weir_tile_zoom all = {0};
    for (unsigned z = 0; z <= WEIR_ZOOM_MAX; z++) {
        all.there += zooms[z].there;
        all.absent += zooms[z].absent;
        all.failed += zooms[z].failed;
        all.bytes += zooms[z].bytes;
    }
    weir_units_put_count(out, all.there);
    weir_buf_z(out, all.there == 1 ? " tile (" : " tiles (");
    weir_units_put_size(out, all.bytes);
    weir_buf_z(out, "), ");
    weir_units_put_count(out, all.absent);
    weir_buf_z(out, " absent, ");
    weir_units_put_count(out, all.failed);
    weir_buf_z(out, " failed\n");
}

static enum weir_err say_totals(struct tiles *t, struct weir_error *error) {
    struct weir_tile_zoom zooms[WEIR_ZOOM_MAX + 1];
    struct weir_buf text;
    enum weir_err err = weir_tileset_totals(t->set, zooms, error);
    if (err != WEIR_OK || t->run.quiet)
        return err;
    weir_buf_init(&text, 0);
    weir_escape_terminal(&text, weir_str_of(t->config->set.path));
    weir_buf_z(&text, " holds ");
    put_totals(&text, zooms);
    fputs(text.p, t->run.cli->err);
    weir_buf_release(&text);
    return WEIR_OK;
}

static void conclude(struct tiles *t, enum weir_engine_end end) {
    const struct weir_tiles_config *c = t->config;
    struct weir_error error = {WEIR_OK, ""};
    enum weir_err err = say_totals(t, &error);
    if (err == WEIR_OK && c->preview)
        err = weir_preview_draw(t->set, c->preview, c->preview_zoom, &error);
    if (err != WEIR_OK) {
        weir_status_add(&t->run.status, err);
        weir_run_log(&t->run, WEIR_LOG_ERROR, "%s", error.message);
    }
    /* Also after an error of those above: the tiles are good. */
    err = weir_tileset_finish(t->set, end == WEIR_END_COMPLETE, &error);
    if (err != WEIR_OK) {
        weir_status_add(&t->run.status, err);
        weir_run_log(&t->run, WEIR_LOG_ERROR, "%s", error.message);
    }
}

static void run(struct tiles *t, struct weir_source *source) {
    struct weir_error error = {WEIR_OK, ""};
    enum weir_engine_end end;
    if (weir_engine_run_info(t->run.engine)->resumed)
        weir_run_log(&t->run, WEIR_LOG_WARNING,
                     "going on with an unfinished run");
    weir_engine_run(t->run.engine, source, &end, &error);
    weir_run_ended(&t->run, &error, end);
    weir_run_summarize(&t->run, NULL, end);
    conclude(t, end);
}

/* --- the command ------------------------------------------------------- */

static enum weir_err open_source(struct weir_source **out,
                                 const struct weir_tiles_config *c,
                                 struct weir_error *error) {
    if (c->list)
        return weir_source_tiles_list(out, c->template, c->list, error);
    return weir_source_tiles_create(out, c->template, c->area, c->from, c->to,
                                    error);
}

static int fetch(struct weir_cli *cli, struct weir_tiles_config *config) {
    struct weir_engine_config *e = &config->get.engine;
    struct weir_error error = {WEIR_OK, ""};
    struct weir_source *source = NULL;
    struct weir_engine *engine = NULL;
    struct tiles t = {.config = config};
    enum weir_err err =
        weir_run_init(&t.run, cli, CMD_tiles, e->storage.json, &error);
    t.on_end = t.run.ops.on_end;
    t.run.ops.on_end = on_end;
    t.run.on_view = on_view;
    if (err == WEIR_OK)
        err = open_source(&source, config, &error);
    if (err == WEIR_OK)
        err = weir_tileset_create(&t.set, &config->set, &error);
    if (err == WEIR_OK) {
        t.run.total = source->total;
        count_zooms(&t);
        e->storage.tiles = t.set;
        weir_run_configure(&t.run, e);
        err = weir_engine_create(&engine, e, &t.run.ops, &t.run, &error);
    }
    if (err == WEIR_OK)
        err = weir_run_attach(&t.run, engine, &error);
    if (err == WEIR_OK) {
        run(&t, source);
    } else {
        weir_status_add(&t.run.status, err);
        weir_cli_fail(cli, &error);
    }
    weir_run_release(&t.run);
    weir_engine_destroy(engine);
    weir_tileset_destroy(t.set);
    weir_source_destroy(source);
    return weir_status_exit(&t.run.status);
}

int weir_cmd_tiles(struct weir_cli *cli) {
    struct weir_tiles_config config;
    struct weir_error error = {WEIR_OK, ""};
    int status;
    if (weir_tiles_config_init(&config, cli, &error) != WEIR_OK)
        return weir_cli_fail(cli, &error);
    status = weir_opt_on(cli->options, OPT_DRY_RUN)
                 ? weir_tiles_dry_run(cli, &config)
                 : fetch(cli, &config);
    weir_tiles_config_release(&config);
    return status;
}
