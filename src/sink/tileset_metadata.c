/* Why: MBTiles' metadata, right at any time: name and region from the first
 * batch on, the format with the first tile, and at the end the zooms and the
 * centre of what is there. An archive that grows by several runs describes
 * their union. */
#include "sink/tileset_private.h"

#include "base/escape.h"
#include "sink/gzip.h"

#include <string.h>

/* --- is it this set? --------------------------------------------------- */

static enum weir_err refuse(struct weir_tileset *ts, const char *what,
                            struct weir_str there, const char *here,
                            struct weir_error *error) {
    return weir_error_set(error, WEIR_E_IO,
                          "%s is another tile set: its %s is %.*s, not %s; "
                          "name another output, or replace it with --overwrite",
                          ts->config.path, what, WEIR_STR_ARG(there), here);
}

enum weir_err tileset_metadata_match(struct weir_tileset *ts,
                                     struct weir_error *error) {
    const char *name = ts->config.name;
    struct weir_str there;
    enum weir_err code =
        weir_tiledb_get_metadata(ts->db, "name", &there, error);
    if (code)
        return code;
    if (name && there.n && !weir_str_eq(there, weir_str_of(name)))
        return refuse(ts, "name", there, name, error);
    if ((code = weir_tiledb_get_metadata(ts->db, "format", &there, error)))
        return code;
    ts->format = weir_tileimage_by_name(there);
    if (ts->format && ts->config.format && ts->format != ts->config.format)
        return refuse(ts, "format", there,
                      weir_tileimage_name(ts->config.format), error);
    return WEIR_OK;
}

/* --- texts ------------------------------------------------------------- */

static enum weir_err put(struct weir_tileset *ts, const char *name,
                         const struct weir_buf *value,
                         struct weir_error *error) {
    return value->failed ? weir_error_nomem(error)
                         : weir_tiledb_put_metadata(
                               ts->db, name, weir_buf_view(value), error);
}

/* A value of the options, or one that is there only as long as none is. */
static enum weir_err put_text(struct weir_tileset *ts, const char *name,
                              const char *given, const char *otherwise,
                              struct weir_error *error) {
    struct weir_str there;
    enum weir_err code;
    if (!given) {
        if ((code = weir_tiledb_get_metadata(ts->db, name, &there, error)) ||
            there.n || !otherwise)
            return code;
        given = otherwise;
    }
    return weir_tiledb_put_metadata(ts->db, name, weir_str_of(given), error);
}

/* The stem of the output's name: "kiel" of /maps/kiel.mbtiles. */
static enum weir_err put_name(struct weir_tileset *ts,
                              struct weir_error *error) {
    const char *base = strrchr(ts->path, '/');
    struct weir_str stem = weir_str_of(base ? base + 1 : ts->path);
    struct weir_buf name;
    enum weir_err code;
    weir_buf_init(&name, 0);
    if (ts->kind != WEIR_TILESET_FOLDER)
        stem.n -= sizeof ".mbtiles" - 1; /* and .pmtiles */
    weir_buf_str(&name, stem);
    code = name.failed ? weir_error_nomem(error)
                       : put_text(ts, "name", ts->config.name,
                                  name.len ? name.p : "tiles", error);
    weir_buf_release(&name);
    return code;
}

static void put_degrees(struct weir_buf *out, double v) {
    char *end;
    weir_buf_fmt(out, "%.7f", v);
    if (out->failed)
        return;
    for (end = out->p + out->len; end[-1] == '0'; end--)
        ;
    weir_buf_truncate(out, (size_t)(end - out->p) - (end[-1] == '.'));
}

static void put_list(struct weir_buf *out, const double *v, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (i)
            weir_buf_byte(out, ',');
        put_degrees(out, v[i]);
    }
}

/* --- the region -------------------------------------------------------- */

static void add_bounds(struct weir_bounds *to, struct weir_bounds more) {
    to->west = more.west < to->west ? more.west : to->west;
    to->south = more.south < to->south ? more.south : to->south;
    to->east = more.east > to->east ? more.east : to->east;
    to->north = more.north > to->north ? more.north : to->north;
}

static const struct weir_bounds nowhere = {180, 90, -180, -90};

/* What the archive says of its region so far, and what this run adds. Bounds
 * do not cross the antimeridian there: such a region is the whole circle. */
static enum weir_err read_bounds(struct weir_tileset *ts,
                                 struct weir_bounds *out,
                                 struct weir_error *error) {
    struct weir_str there;
    struct weir_bounds region = ts->config.bounds;
    double v[4];
    enum weir_err code =
        weir_tiledb_get_metadata(ts->db, "bounds", &there, error);
    if (code)
        return code;
    *out = nowhere;
    if (weir_tile_numbers(there, v, 4))
        *out = (struct weir_bounds){v[0], v[1], v[2], v[3]};
    if (!ts->config.has_region)
        return WEIR_OK;
    if (region.west > region.east) {
        region.west = -180;
        region.east = 180;
    }
    add_bounds(out, region);
    return WEIR_OK;
}

static enum weir_err put_bounds(struct weir_tileset *ts, struct weir_bounds b,
                                struct weir_error *error) {
    const double v[] = {b.west, b.south, b.east, b.north};
    struct weir_buf text;
    enum weir_err code;
    weir_buf_init(&text, 0);
    put_list(&text, v, 4);
    code = put(ts, "bounds", &text, error);
    weir_buf_release(&text);
    return code;
}

static enum weir_err put_zoom(struct weir_tileset *ts, const char *name,
                              unsigned zoom, struct weir_error *error) {
    struct weir_buf text;
    enum weir_err code;
    weir_buf_init(&text, 0);
    weir_buf_fmt(&text, "%u", zoom);
    code = put(ts, name, &text, error);
    weir_buf_release(&text);
    return code;
}

static enum weir_err put_region(struct weir_tileset *ts, struct weir_bounds b,
                                unsigned minzoom, unsigned maxzoom,
                                struct weir_error *error) {
    const double middle[] = {(b.west + b.east) / 2, (b.south + b.north) / 2};
    struct weir_buf text;
    enum weir_err code;
    if ((code = put_bounds(ts, b, error)) ||
        (code = put_zoom(ts, "minzoom", minzoom, error)) ||
        (code = put_zoom(ts, "maxzoom", maxzoom, error)))
        return code;
    weir_buf_init(&text, 0);
    put_list(&text, middle, 2);
    weir_buf_fmt(&text, ",%u", (minzoom + maxzoom) / 2);
    code = put(ts, "center", &text, error);
    weir_buf_release(&text);
    return code;
}

enum weir_err tileset_metadata_begin(struct weir_tileset *ts,
                                     struct weir_error *error) {
    const struct weir_tileset_config *c = &ts->config;
    struct weir_bounds b;
    enum weir_err code;
    if ((code = put_name(ts, error)) ||
        (code = put_text(ts, "description", c->description, NULL, error)) ||
        (code = put_text(ts, "attribution", c->attribution, NULL, error)) ||
        (code = put_text(ts, "type", c->type, "baselayer", error)) ||
        (code = put_text(ts, "version", NULL, "1", error)) ||
        (code = put_text(ts, "generator", c->program, NULL, error)) ||
        (code = read_bounds(ts, &b, error)) || !c->has_region)
        return code;
    /* Of zooms that older runs added the end knows. */
    return ts->run.number > 1
               ? put_bounds(ts, b, error)
               : put_region(ts, b, c->minzoom, c->maxzoom, error);
}

/* --- layers ------------------------------------------------------------ */

struct noting {
    struct weir_tileset *ts;
    unsigned zoom;
    struct weir_error *error;
    enum weir_err code;
};

static bool note_field(struct weir_str layer, struct weir_str field,
                       const char *type, void *data) {
    struct noting *n = data;
    n->code =
        weir_tiledb_put_layer(n->ts->db, layer, field, type, n->zoom, n->error);
    return n->code == WEIR_OK;
}

enum weir_err tileset_metadata_layers(struct weir_tileset *ts, unsigned zoom,
                                      struct weir_str packed,
                                      struct weir_error *error) {
    struct noting n = {ts, zoom, error, WEIR_OK};
    weir_buf_clear(&ts->unpacked);
    if (weir_gzip_unpack(packed, &ts->unpacked))
        return weir_error_nomem(error); /* it was checked before */
    weir_tileimage_layers(weir_buf_view(&ts->unpacked), note_field, &n);
    return n.code;
}

struct listing {
    struct weir_buf *out;
    bool open, any_field;
};

/* "fields" is an object that the next layer closes. */
static bool put_layer(const struct weir_tile_layer *layer, void *data) {
    struct listing *l = data;
    if (layer->field.n == 0) {
        weir_buf_z(l->out, l->open ? "}},{\"id\":" : "{\"id\":");
        weir_escape_json(l->out, layer->layer);
        weir_buf_fmt(l->out,
                     ",\"description\":\"\",\"minzoom\":%u,\"maxzoom\":%u,"
                     "\"fields\":{",
                     layer->minzoom, layer->maxzoom);
        l->open = true;
        l->any_field = false;
        return true;
    }
    if (l->any_field)
        weir_buf_byte(l->out, ',');
    weir_escape_json(l->out, layer->field);
    weir_buf_byte(l->out, ':');
    weir_escape_json(l->out, layer->type);
    l->any_field = true;
    return true;
}

static enum weir_err put_layers(struct weir_tileset *ts, struct weir_buf *out,
                                struct weir_error *error) {
    struct listing l = {.out = out};
    enum weir_err code;
    weir_buf_z(out, "\"vector_layers\":[");
    code = weir_tiledb_each_layer(ts->db, put_layer, &l, error);
    weir_buf_z(out, l.open ? "}}]" : "]");
    return code;
}

/* --- the end ----------------------------------------------------------- */

/* The bounds of the tiles of a zoom. */
static struct weir_bounds bounds_of(const struct weir_tile_zoom *zoom,
                                    unsigned z) {
    struct weir_bounds first =
        weir_tile_bounds((struct weir_tile){z, zoom->range.x0, zoom->range.y0});
    struct weir_bounds last =
        weir_tile_bounds((struct weir_tile){z, zoom->range.x1, zoom->range.y1});
    return (struct weir_bounds){first.west, last.south, last.east, first.north};
}

static enum weir_err put_json(struct weir_tileset *ts,
                              struct weir_error *error) {
    struct weir_buf text;
    enum weir_err code;
    weir_buf_init(&text, 0);
    weir_buf_byte(&text, '{');
    code = put_layers(ts, &text, error);
    weir_buf_byte(&text, '}');
    if (!code)
        code = put(ts, "json", &text, error);
    weir_buf_release(&text);
    return code;
}

enum weir_err tileset_metadata_end(struct weir_tileset *ts,
                                   struct weir_error *error) {
    struct weir_tile_zoom zooms[WEIR_ZOOM_MAX + 1];
    struct weir_bounds there = nowhere;
    bool any = false;
    enum weir_err code;
    if ((code = weir_tiledb_totals(ts->db, zooms, error)) ||
        (code = read_bounds(ts, &ts->bounds, error)))
        return code;
    ts->minzoom = ts->config.minzoom;
    ts->maxzoom = ts->config.maxzoom;
    for (unsigned z = 0; z <= WEIR_ZOOM_MAX; z++) {
        if (!zooms[z].there)
            continue;
        ts->minzoom = any ? ts->minzoom : z;
        ts->maxzoom = z;
        there = bounds_of(&zooms[z], z); /* the largest zoom's fit best */
        any = true;
    }
    if (ts->bounds.west > ts->bounds.east)
        ts->bounds = any ? there : (struct weir_bounds){0, 0, 0, 0};
    if (any &&
        (code = put_region(ts, ts->bounds, ts->minzoom, ts->maxzoom, error)))
        return code;
    return ts->format == WEIR_FORMAT_PBF ? put_json(ts, error) : WEIR_OK;
}

enum weir_err tileset_metadata_json(struct weir_tileset *ts,
                                    struct weir_buf *out,
                                    struct weir_error *error) {
    static const char *const names[] = {"name", "description", "attribution",
                                        "type", "version",     "generator"};
    struct weir_str value;
    enum weir_err code = WEIR_OK;
    weir_buf_byte(out, '{');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((code = weir_tiledb_get_metadata(ts->db, names[i], &value, error)))
            return code;
        if (value.n == 0)
            continue;
        weir_buf_fmt(out, "%s\"%s\":", out->len > 1 ? "," : "", names[i]);
        weir_escape_json(out, value);
    }
    if (ts->format == WEIR_FORMAT_PBF) {
        weir_buf_byte(out, ',');
        code = put_layers(ts, out, error);
    }
    weir_buf_byte(out, '}');
    return !code && out->failed ? weir_error_nomem(error) : code;
}
