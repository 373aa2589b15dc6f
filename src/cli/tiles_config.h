/* tiles_config.h - the options of "weir tiles": what to fetch, and whither. */
#ifndef WEIR_CLI_TILES_CONFIG_H
#define WEIR_CLI_TILES_CONFIG_H

#include "cli/get_config.h"
#include "sink/tileset.h"
#include "source/tiles.h"

struct weir_tiles_config {
    struct weir_get_config get; /* engine and arena */
    struct weir_tiletemplate *template;
    struct weir_tilearea *area; /* NULL: the list */
    const char *list;
    unsigned from, to; /* zooms */
    struct weir_tileset_config set;
    const char *preview; /* or NULL */
    int preview_zoom;    /* -1 = to be chosen */
};

/* WEIR_E_USAGE for what is missing, contradicts itself or may not be, WEIR_E_IO
 * for a polygon that cannot be read. */
enum weir_err weir_tiles_config_init(struct weir_tiles_config *c,
                                     const struct weir_cli *cli,
                                     struct weir_error *error);
void weir_tiles_config_release(struct weir_tiles_config *c);

/* --dry-run: tiles of each zoom, and with --sample bytes and time. */
int weir_tiles_dry_run(struct weir_cli *cli, struct weir_tiles_config *c);

#endif
