/* tiles_config.c - from options to a template, a region and a tile set. What
 * cannot be right is refused here, before anything is fetched or made. */
#include "cli/tiles_config.h"

#include "base/hash.h"
#include "base/mem.h"
#include "core/url.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GEOJSON_MAX = 256 << 20 };

/* --- the region -------------------------------------------------------- */

static enum weir_err read_file(const char *path, struct weir_buf *out,
                               struct weir_error *error) {
    char block[64 << 10];
    FILE *f = fopen(path, "rb");
    enum weir_err err = WEIR_OK;
    size_t n;
    if (!f)
        return weir_error_set(error, WEIR_E_IO, "--polygon %s: %s", path,
                              strerror(errno));
    while (err == WEIR_OK && (n = fread(block, 1, sizeof block, f)) > 0)
        err = weir_buf_add(out, block, n);
    if (err == WEIR_E_LIMIT)
        weir_error_set(error, err, "--polygon %s: larger than 256 MiB", path);
    else if (err != WEIR_OK)
        weir_error_nomem(error);
    else if (ferror(f))
        err = weir_error_set(error, WEIR_E_IO, "--polygon %s: %s", path,
                             strerror(errno));
    fclose(f);
    return err;
}

static enum weir_err with_option(const char *option, enum weir_err code,
                                 struct weir_error *error) {
    struct weir_error cause = *error;
    return weir_error_set(error, code, "%s: %s", option, cause.message);
}

static enum weir_err set_polygon(struct weir_tiles_config *c, const char *path,
                                 struct weir_error *error) {
    struct weir_buf text;
    enum weir_err err;
    weir_buf_init(&text, GEOJSON_MAX);
    err = read_file(path, &text, error);
    if (err == WEIR_OK) {
        err = weir_tilearea_polygon(&c->area, weir_buf_view(&text), error);
        if (err != WEIR_OK && err != WEIR_E_NOMEM)
            err = with_option(path, WEIR_E_USAGE, error);
    }
    weir_buf_release(&text);
    return err;
}

static enum weir_err set_box(struct weir_tiles_config *c, const char *text,
                             struct weir_error *error) {
    double v[4];
    enum weir_err err;
    if (!weir_tile_numbers(weir_str_of(text), v, 4))
        return weir_error_set(error, WEIR_E_USAGE,
                              "--bbox %s: expected west,south,east,north in "
                              "degrees",
                              text);
    err = weir_tilearea_box(
        &c->area, (struct weir_bounds){v[0], v[1], v[2], v[3]}, error);
    return err == WEIR_E_USAGE ? with_option("--bbox", err, error) : err;
}

static enum weir_err set_circle(struct weir_tiles_config *c, const char *center,
                                const char *radius, struct weir_error *error) {
    double v[2], km;
    enum weir_err err;
    if (!center || !radius)
        return weir_error_set(error, WEIR_E_USAGE,
                              "--center and --radius go together");
    if (!weir_tile_numbers(weir_str_of(center), v, 2))
        return weir_error_set(error, WEIR_E_USAGE,
                              "--center %s: expected longitude,latitude",
                              center);
    if (!weir_tile_numbers(weir_str_of(radius), &km, 1))
        return weir_error_set(error, WEIR_E_USAGE,
                              "--radius %s: expected kilometres", radius);
    err = weir_tilearea_circle(&c->area, v[0], v[1], km, error);
    return err == WEIR_E_USAGE ? with_option("--center", err, error) : err;
}

static enum weir_err set_region(struct weir_tiles_config *c,
                                const struct weir_options *o,
                                struct weir_error *error) {
    const char *box = weir_opt_get(o, OPT_BBOX);
    const char *polygon = weir_opt_get(o, OPT_POLYGON);
    const char *center = weir_opt_get(o, OPT_CENTER);
    const char *radius = weir_opt_get(o, OPT_RADIUS);
    c->list = weir_opt_get(o, OPT_LIST);
    if (!!box + !!polygon + (center || radius) + !!c->list != 1)
        return weir_error_set(error, WEIR_E_USAGE,
                              "say which tiles, in one way: --bbox, --center "
                              "with --radius, --polygon or --list");
    if (box)
        return set_box(c, box, error);
    if (polygon)
        return set_polygon(c, polygon, error);
    return c->list ? WEIR_OK : set_circle(c, center, radius, error);
}

static enum weir_err set_zooms(struct weir_tiles_config *c,
                               const struct weir_options *o,
                               struct weir_error *error) {
    const char *text = weir_opt_get(o, OPT_ZOOM);
    struct weir_str a, b;
    uint64_t from, to;
    if (c->list && text)
        return weir_error_set(error, WEIR_E_USAGE,
                              "--list names the zooms of its tiles; --zoom "
                              "goes with the others");
    if (c->list)
        return WEIR_OK;
    if (!text)
        return weir_error_set(error, WEIR_E_USAGE, "--zoom A-B is missing");
    if (!weir_str_cut(weir_str_of(text), '-', &a, &b))
        b = a;
    if (!weir_str_to_u64(a, &from) || !weir_str_to_u64(b, &to))
        return weir_error_set(error, WEIR_E_USAGE,
                              "--zoom %s: expected a zoom, or two as in 0-14",
                              text);
    if (to > WEIR_ZOOM_MAX || from > WEIR_ZOOM_MAX)
        return weir_error_set(error, WEIR_E_USAGE,
                              "--zoom %s: zooms go from 0 to %d", text,
                              (int)WEIR_ZOOM_MAX);
    if (from > to)
        return weir_error_set(error, WEIR_E_USAGE,
                              "--zoom %s: the first is beyond the last", text);
    c->from = (unsigned)from;
    c->to = (unsigned)to;
    return WEIR_OK;
}

/* --- manners ----------------------------------------------------------- */

static bool is_osm(struct weir_str host) {
    static const struct weir_str name = {"tile.openstreetmap.org", 22};
    if (weir_str_ends(host, WEIR_STR(".")))
        host.n--;
    return weir_str_eq(host, name) ||
           (weir_str_ends(host, name) && host.p[host.n - name.n - 1] == '.');
}

/* Whoever the template names may send us there, too. */
static const char *refuse(struct weir_str host) {
    return is_osm(host)
               ? "tile.openstreetmap.org prohibits bulk downloads and the "
                 "building of tile archives "
                 "(operations.osmfoundation.org/policies/tiles). Run a tile "
                 "server of your own, or choose a provider that allows it. "
                 "--own-server says that this one is yours"
               : NULL;
}

/* The URL of one tile, as the engine will read it. */
static enum weir_err check_url(const struct weir_tiles_config *c, uint32_t x,
                               bool own_server, struct weir_error *error) {
    struct weir_buf text;
    struct weir_url url;
    const char *refusal;
    enum weir_err err;
    weir_buf_init(&text, 0);
    weir_tiletemplate_put(c->template, (struct weir_tile){20, x, 0}, &text);
    err = text.failed ? weir_error_nomem(error)
                      : weir_url_parse(&url, weir_buf_view(&text), NULL, error);
    weir_buf_release(&text);
    if (err != WEIR_OK)
        return err == WEIR_E_NOMEM
                   ? err
                   : with_option("the template", WEIR_E_USAGE, error);
    refusal = own_server ? NULL : refuse(weir_url_host(&url));
    if (refusal)
        err = weir_error_set(error, WEIR_E_USAGE, "%s", refusal);
    weir_url_release(&url);
    return err;
}

/* Of every host that the template may name. */
static enum weir_err check_urls(const struct weir_tiles_config *c,
                                const struct weir_options *o,
                                struct weir_error *error) {
    size_t spread = weir_tiletemplate_spread(c->template);
    enum weir_err err = WEIR_OK;
    for (size_t i = 0; err == WEIR_OK && i < spread; i++)
        err = check_url(c, (uint32_t)i, weir_opt_on(o, OPT_OWN_SERVER), error);
    return err;
}

/* --- the output -------------------------------------------------------- */

static enum weir_err set_tileset(struct weir_tiles_config *c,
                                 const struct weir_cli *cli,
                                 struct weir_error *error) {
    const struct weir_options *o = cli->options;
    const char *format = weir_opt_get(o, OPT_TILES_FORMAT);
    struct weir_tileset_config *set = &c->set;
    set->path = weir_opt_get(o, OPT_TILES_OUTPUT);
    set->source = cli->argv[0];
    set->name = weir_opt_get(o, OPT_NAME);
    set->description = weir_opt_get(o, OPT_DESCRIPTION);
    set->attribution = weir_opt_get(o, OPT_ATTRIBUTION);
    set->type = weir_opt_get(o, OPT_LAYER_TYPE);
    set->strict = format != NULL;
    set->format = format ? weir_tileimage_by_name(weir_str_of(format))
                         : weir_tiletemplate_format(c->template);
    if (c->area) {
        set->bounds = weir_tilearea_bounds(c->area);
        set->minzoom = c->from;
        set->maxzoom = c->to;
        set->has_region = true;
    }
    set->overwrite = weir_opt_on(o, OPT_OVERWRITE);
    set->restart = weir_opt_on(o, OPT_RESTART);
    set->retry_failed = weir_opt_on(o, OPT_RETRY_FAILED);
    set->missing = weir_opt_on(o, OPT_MISSING);
    set->durable = weir_opt_on(o, OPT_DURABLE);
    set->refresh_s = weir_opt_given(o, OPT_REFRESH)
                         ? weir_opt_duration_ns(o, OPT_REFRESH) / 1000000000
                         : -1;
    set->min_size = weir_opt_size(o, OPT_MIN_SIZE);
    set->program = "weir/" WEIR_VERSION;
    if (set->missing + set->retry_failed + (set->refresh_s >= 0) > 1)
        return weir_error_set(error, WEIR_E_USAGE,
                              "--missing, --refresh and --retry-failed exclude "
                              "each other");
    if (!set->path && !weir_opt_on(o, OPT_DRY_RUN))
        return weir_error_set(error, WEIR_E_USAGE,
                              "--output is missing: FILE.mbtiles, FILE.pmtiles "
                              "or a folder");
    if (set->path && strcmp(set->path, "-") == 0)
        return weir_error_set(error, WEIR_E_USAGE,
                              "tiles cannot go to standard output");
    if (weir_opt_given(o, OPT_SAMPLE) && !weir_opt_on(o, OPT_DRY_RUN))
        return weir_error_set(error, WEIR_E_USAGE,
                              "--sample goes with --dry-run");
    return WEIR_OK;
}

static void put_option(struct weir_buf *text, const struct weir_options *o,
                       enum weir_opt_id id) {
    const char *value = weir_opt_get(o, id);
    weir_buf_fmt(text, "%s\n", value ? value : "");
}

/* The same run: the same tiles of the same source into the same output. */
static enum weir_err set_run(struct weir_tiles_config *c,
                             const struct weir_cli *cli,
                             struct weir_error *error) {
    static const enum weir_opt_id ids[] = {
        OPT_BBOX, OPT_CENTER, OPT_RADIUS,     OPT_POLYGON,     OPT_LIST,
        OPT_ZOOM, OPT_RETINA, OPT_SUBDOMAINS, OPT_TILES_OUTPUT};
    struct weir_storage_config *s = &c->get.engine.storage;
    const struct weir_options *o = cli->options;
    struct weir_buf text;
    char cwd[4096], key[64];
    weir_buf_init(&text, 0);
    weir_buf_fmt(&text, "%s\n%s\n", getcwd(cwd, sizeof cwd) ? cwd : "",
                 cli->argv[0]);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        put_option(&text, o, ids[i]);
    snprintf(key, sizeof key, "tiles-%016llx%016llx",
             (unsigned long long)weir_hash_seeded(weir_buf_view(&text), 1),
             (unsigned long long)weir_hash(weir_buf_view(&text)));
    s->run_key = weir_arena_dup(c->get.arena, weir_str_of(key));
    s->store_path = weir_opt_get(o, OPT_STORE);
    s->restart = weir_opt_on(o, OPT_RESTART);
    s->retry_failed = weir_opt_on(o, OPT_RETRY_FAILED);
    s->body = WEIR_BODY_TILES;
    s->json = weir_opt_on(o, OPT_JSON);
    s->ordered = weir_opt_on(o, OPT_ORDERED);
    s->out_fd = STDOUT_FILENO;
    s->durable = c->set.durable;
    bool failed = text.failed || !s->run_key;
    weir_buf_release(&text);
    if (failed)
        return weir_error_nomem(error);
    return s->ordered && !s->json ? weir_error_set(error, WEIR_E_USAGE,
                                                   "--ordered goes with --json")
                                  : WEIR_OK;
}

static enum weir_err set_preview(struct weir_tiles_config *c,
                                 const struct weir_options *o,
                                 struct weir_error *error) {
    c->preview = weir_opt_get(o, OPT_PREVIEW);
    c->preview_zoom = weir_opt_given(o, OPT_PREVIEW_ZOOM)
                          ? (int)weir_opt_int(o, OPT_PREVIEW_ZOOM)
                          : -1;
    if (c->preview_zoom > (int)WEIR_ZOOM_MAX)
        return weir_error_set(error, WEIR_E_USAGE,
                              "--preview-zoom: zooms go from 0 to %d",
                              (int)WEIR_ZOOM_MAX);
    return WEIR_OK;
}

enum weir_err weir_tiles_config_init(struct weir_tiles_config *c,
                                     const struct weir_cli *cli,
                                     struct weir_error *error) {
    const struct weir_options *o = cli->options;
    enum weir_err err;
    memset(c, 0, sizeof *c);
    if (cli->argc != 1)
        return weir_error_set(error, WEIR_E_USAGE,
                              "one template is wanted, as "
                              "'https://host/{z}/{x}/{y}.png'");
    err = weir_engine_options(&c->get, cli, error);
    if (!weir_opt_on(o, OPT_OWN_SERVER))
        c->get.engine.refuses = refuse;
    if (err == WEIR_OK)
        err = weir_tiletemplate_create(
            &c->template, weir_str_of(cli->argv[0]),
            weir_str_of(weir_opt_get(o, OPT_SUBDOMAINS)),
            weir_opt_on(o, OPT_RETINA), error);
    if (err == WEIR_OK)
        err = check_urls(c, o, error);
    if (err == WEIR_OK)
        err = set_region(c, o, error);
    if (err == WEIR_OK)
        err = set_zooms(c, o, error);
    if (err == WEIR_OK)
        err = set_tileset(c, cli, error);
    if (err == WEIR_OK)
        err = set_preview(c, o, error);
    if (err == WEIR_OK)
        err = set_run(c, cli, error);
    if (err != WEIR_OK)
        weir_tiles_config_release(c);
    return err;
}

void weir_tiles_config_release(struct weir_tiles_config *c) {
    weir_tiletemplate_destroy(c->template);
    weir_tilearea_destroy(c->area);
    c->template = NULL;
    c->area = NULL;
    weir_get_config_release(&c->get);
}
