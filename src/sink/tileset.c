/* Why: one archive behind three kinds of output, and the rules by which a run
 * asks for a tile or leaves it.
 *
 *     no row                        ask (--retry-failed: skip)
 *     a row of this run             done, or failed
 *     --retry-failed                ask for those that failed, skip the rest
 *     --missing                     ask for those that failed, skip the rest
 *     there or absent, and young    fresh: by --refresh, else by what the
 *                                   server said (the caller puts it in `fresh`)
 *     there, with a validator       ask with it
 *     else                          ask
 */
#include "sink/tileset.h"

#include "base/hash.h"
#include "base/mem.h"
#include "sink/gzip.h"
#include "sink/tileset_private.h"
#include "store/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UNPACKED_MAX = 32 << 20 };

/* --- create ------------------------------------------------------------ */

static bool ends(const char *path, const char *suffix) {
    return weir_str_ends(weir_str_of(path), weir_str_of(suffix)) &&
           strlen(path) > strlen(suffix);
}

static char *joined(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b);
    char *out = weir_malloc(n + m + 1);
    if (out) {
        memcpy(out, a, n);
        memcpy(out + n, b, m + 1);
    }
    return out;
}

/* The absolute path: that of the folder, which is made, and the name. */
static enum weir_err find_path(struct weir_tileset *ts,
                               struct weir_error *error) {
    const char *given = ts->config.path, *slash = strrchr(given, '/');
    bool folder = ts->kind == WEIR_TILESET_FOLDER;
    size_t n = folder ? strlen(given) : slash ? (size_t)(slash - given) : 0;
    char *parent = n ? weir_memdup(given, n) : weir_strdup(slash ? "/" : ".");
    char *real = NULL, *name;
    enum weir_err code = WEIR_OK;
    if (!parent)
        return weir_error_nomem(error);
    if (weir_os_mkdirs(parent, 0777) != 0 || !(real = weir_os_resolve(parent)))
        code = errno == ENOMEM ? weir_error_nomem(error)
                               : weir_error_set(error, WEIR_E_IO, "%s: %s",
                                                parent, strerror(errno));
    weir_free(parent);
    if (code)
        return code;
    if (folder) {
        ts->path = real;
        ts->archive = joined(real, "/.weir-tiles");
        return ts->archive ? WEIR_OK : weir_error_nomem(error);
    }
    name = joined("/", slash ? slash + 1 : given);
    ts->path = name ? joined(real, name) : NULL;
    weir_free(name);
    weir_free(real);
    if (ts->path)
        ts->archive =
            joined(ts->path, ts->kind == WEIR_TILESET_PMTILES ? ".stage" : "");
    return ts->archive ? WEIR_OK : weir_error_nomem(error);
}

/* What stands there must be weir's, or may go. */
static enum weir_err look_around(struct weir_tileset *ts,
                                 struct weir_error *error) {
    bool exists = false;
    struct stat st;
    enum weir_err code = weir_tiledb_probe(ts->archive, &exists, error);
    if (!code && ts->kind == WEIR_TILESET_PMTILES && !exists &&
        lstat(ts->path, &st) == 0)
        code = weir_error_set(error, WEIR_E_IO,
                              "%s exists, and what weir knows of it (%s.stage) "
                              "is gone; name another output, or replace it "
                              "with --overwrite",
                              ts->config.path, ts->config.path);
    if (code && ts->config.overwrite) {
        ts->anew = true;
        return WEIR_OK;
    }
    return code;
}

static enum weir_err close_archive(struct weir_tileset *ts, bool settle,
                                   struct weir_error *error) {
    enum weir_err code = weir_tiledb_close(ts->db, settle, error);
    ts->db = NULL;
    if (ts->lock >= 0)
        close(ts->lock);
    ts->lock = -1;
    return code;
}

enum weir_err weir_tileset_create(struct weir_tileset **out,
                                  const struct weir_tileset_config *config,
                                  struct weir_error *error) {
    struct weir_tileset *ts = weir_calloc(1, sizeof *ts);
    enum weir_err code;
    if (!ts)
        return weir_error_nomem(error);
    ts->config = *config;
    ts->lock = -1;
    weir_buf_init(&ts->name, 0);
    weir_buf_init(&ts->unpacked, UNPACKED_MAX);
    ts->kind = ends(config->path, ".mbtiles")   ? WEIR_TILESET_MBTILES
               : ends(config->path, ".pmtiles") ? WEIR_TILESET_PMTILES
                                                : WEIR_TILESET_FOLDER;
    if ((code = find_path(ts, error)) || (code = look_around(ts, error))) {
        weir_tileset_destroy(ts);
        return code;
    }
    *out = ts;
    return WEIR_OK;
}

void weir_tileset_destroy(struct weir_tileset *ts) {
    if (!ts)
        return;
    close_archive(ts, false, NULL);
    weir_files_destroy(ts->files);
    weir_buf_release(&ts->name);
    weir_buf_release(&ts->unpacked);
    weir_free(ts->path);
    weir_free(ts->archive);
    weir_free(ts);
}

const char *weir_tileset_path(const struct weir_tileset *ts) {
    return ts->path;
}

enum weir_tileset_kind weir_tileset_kind(const struct weir_tileset *ts) {
    return ts->kind;
}

bool weir_tileset_is_vector(const struct weir_tileset *ts) {
    return (ts->format ? ts->format : ts->config.format) == WEIR_FORMAT_PBF;
}

/* --- open -------------------------------------------------------------- */

static enum weir_err remove_file(const char *path, const char *suffix,
                                 struct weir_error *error) {
    char *name = joined(path, suffix);
    enum weir_err code = WEIR_OK;
    if (!name)
        return weir_error_nomem(error);
    if (unlink(name) != 0 && errno != ENOENT)
        code =
            weir_error_set(error, WEIR_E_IO, "%s: %s", name, strerror(errno));
    weir_free(name);
    return code;
}

static enum weir_err remove_archive(struct weir_tileset *ts,
                                    struct weir_error *error) {
    enum weir_err code;
    if ((code = remove_file(ts->archive, "", error)) ||
        (code = remove_file(ts->archive, "-wal", error)) ||
        (code = remove_file(ts->archive, "-shm", error)) ||
        (code = remove_file(ts->archive, "-journal", error)))
        return code;
    return WEIR_OK;
}

static enum weir_err open_archive(struct weir_tileset *ts,
                                  struct weir_error *error) {
    enum weir_err code = weir_tiledb_open(
        &ts->db, ts->archive, "the tile archive", ts->config.durable, error);
    if (code)
        return code;
    ts->lock = open(ts->archive, O_RDONLY | O_CLOEXEC);
    if (ts->lock < 0)
        return weir_error_set(error, WEIR_E_IO, "%s: %s", ts->archive,
                              strerror(errno));
    if (weir_os_lock(ts->lock, false) != 0)
        return weir_error_set(error, WEIR_E_STORE,
                              "%s is being written by another weir; wait for "
                              "it, or stop it and run this again",
                              ts->config.path);
    return weir_tiledb_get_run(ts->db, &ts->run, error);
}

static enum weir_err match(struct weir_tileset *ts, struct weir_error *error) {
    uint64_t source = weir_hash(weir_str_of(ts->config.source));
    enum weir_err code = tileset_metadata_match(ts, error);
    if (code)
        return code;
    if (ts->run.number && ts->run.source != source && !ts->config.name)
        return weir_error_set(error, WEIR_E_IO,
                              "%s holds tiles of another URL; name another "
                              "output, or, if they are the same tile set, say "
                              "its --name",
                              ts->config.path);
    ts->run.source = source;
    return ts->kind == WEIR_TILESET_PMTILES ? tileset_pmtiles_ours(ts, error)
                                            : WEIR_OK;
}

/* Begins the run, or goes on with an unfinished one of the same command. */
static enum weir_err begin_run(struct weir_tileset *ts, uint64_t key,
                               struct weir_error *error) {
    enum weir_err code;
    ts->resumed =
        ts->run.unfinished && ts->run.key == key && !ts->config.restart;
    ts->verify = ts->resumed && !ts->run.same_boot;
    if (!ts->resumed && !ts->config.retry_failed)
        ts->run.number++;
    if (ts->run.number == 0)
        ts->run.number = 1;
    ts->run.key = key;
    ts->run.unfinished = true;
    if ((code = weir_tiledb_begin(ts->db, error)))
        return code;
    if ((code = weir_tiledb_put_run(ts->db, &ts->run, error)) ||
        (code = tileset_metadata_begin(ts, error))) {
        weir_tiledb_rollback(ts->db);
        return code;
    }
    return weir_tiledb_commit(ts->db, error);
}

enum weir_err weir_tileset_open(struct weir_tileset *ts, uint64_t key,
                                bool *resumed, struct weir_error *error) {
    enum weir_err code;
    if (ts->anew && (code = remove_archive(ts, error)))
        return code;
    if ((code = open_archive(ts, error)))
        return code;
    code = match(ts, error);
    if (code && ts->config.overwrite) {
        close_archive(ts, false, NULL);
        if ((code = remove_archive(ts, error)) ||
            (code = open_archive(ts, error)))
            return code;
        ts->format = WEIR_FORMAT_NONE;
        ts->run.source = weir_hash(weir_str_of(ts->config.source));
    }
    if (!code && ts->kind == WEIR_TILESET_FOLDER)
        code = tileset_folder_open(ts, error);
    if (!code)
        code = begin_run(ts, key, error);
    *resumed = ts->resumed;
    return code;
}

/* --- what to do -------------------------------------------------------- */

/* The row's image is where it should be. */
static bool holds(struct weir_tileset *ts, const struct weir_tile_row *row) {
    return row->state != WEIR_TILE_THERE ||
           (row->size >= ts->config.min_size &&
            (ts->kind != WEIR_TILESET_FOLDER || tileset_folder_holds(ts, row)));
}

static bool is_young(const struct weir_tileset *ts,
                     const struct weir_tile_row *row, int64_t now) {
    if (ts->config.refresh_s >= 0)
        return now - row->checked <= ts->config.refresh_s;
    return now < row->fresh;
}

static enum weir_tileset_use
judge(struct weir_tileset *ts, const struct weir_tile_row *row, int64_t now) {
    bool failed = row->error.n > 0;
    if (ts->config.retry_failed && !failed)
        return WEIR_TILESET_SKIP;
    if (!ts->config.retry_failed && ts->resumed && row->run == ts->run.number &&
        failed)
        return WEIR_TILESET_FAILED;
    if (row->state == WEIR_TILE_FAILED || !holds(ts, row))
        return WEIR_TILESET_ASK;
    if (ts->resumed && row->run == ts->run.number && !failed)
        return WEIR_TILESET_DONE;
    if (ts->config.missing)
        return WEIR_TILESET_SKIP;
    if (!failed && is_young(ts, row, now))
        return WEIR_TILESET_FRESH;
    return row->state == WEIR_TILE_THERE && (row->etag.n || row->modified.n)
               ? WEIR_TILESET_VALIDATE
               : WEIR_TILESET_ASK;
}

enum weir_err weir_tileset_look(struct weir_tileset *ts, struct weir_tile tile,
                                int64_t now, enum weir_tileset_use *use,
                                struct weir_tile_row *row,
                                struct weir_error *error) {
    bool found;
    enum weir_err code = weir_tiledb_find(ts->db, tile, row, &found, error);
    if (code)
        return code;
    if (found) {
        *use = judge(ts, row, now);
        return WEIR_OK;
    }
    *row = (struct weir_tile_row){.tile = tile};
    *use = ts->config.retry_failed ? WEIR_TILESET_SKIP : WEIR_TILESET_ASK;
    return WEIR_OK;
}

/* --- what is a tile ---------------------------------------------------- */

static enum weir_err no_tile(struct weir_str bytes, struct weir_error *error) {
    struct weir_str start = weir_str_sub(weir_str_trim(bytes), 0, 24);
    if (bytes.n == 0)
        return weir_error_set(error, WEIR_E_CHECK, "the body is empty");
    return weir_error_set(error, WEIR_E_CHECK,
                          "the body is no tile but begins with \"%.*s\"",
                          WEIR_STR_ARG(start));
}

/* Vector tiles lie compressed in archives and plain in folders; images are
 * never compressed. */
static enum weir_err repack(struct weir_tileset *ts, struct weir_str *bytes,
                            struct weir_buf *made,
                            enum weir_tile_format *format,
                            struct weir_error *error) {
    struct weir_str plain = *bytes;
    enum weir_err code;
    if (*format == WEIR_FORMAT_GZIP) {
        weir_buf_clear(&ts->unpacked);
        if ((code = weir_gzip_unpack(*bytes, &ts->unpacked)))
            return code == WEIR_E_NOMEM
                       ? weir_error_nomem(error)
                       : weir_error_set(error, WEIR_E_CHECK,
                                        "the body is damaged gzip data, or "
                                        "unpacks to more than 32 MiB");
        plain = weir_buf_view(&ts->unpacked);
        *format = weir_tileimage_format(plain);
        /* A vector tile without anything in it. */
        if (plain.n == 0)
            *format = WEIR_FORMAT_PBF;
        if (*format == WEIR_FORMAT_NONE || *format == WEIR_FORMAT_GZIP)
            return no_tile(plain, error);
        if (*format == WEIR_FORMAT_PBF && ts->kind != WEIR_TILESET_FOLDER)
            return WEIR_OK; /* as it came */
    } else if (*format != WEIR_FORMAT_PBF || ts->kind == WEIR_TILESET_FOLDER) {
        return WEIR_OK;
    }
    weir_buf_clear(made);
    code = *format == WEIR_FORMAT_PBF && ts->kind != WEIR_TILESET_FOLDER
               ? weir_gzip_pack(plain, made)
               : weir_buf_str(made, plain);
    if (code)
        return weir_error_nomem(error);
    *bytes = weir_buf_view(made);
    return WEIR_OK;
}

enum weir_err weir_tileset_check(struct weir_tileset *ts,
                                 struct weir_str *bytes, struct weir_buf *made,
                                 enum weir_tile_format *format,
                                 struct weir_error *error) {
    enum weir_err code;
    *format = weir_tileimage_format(*bytes);
    if (*format == WEIR_FORMAT_NONE)
        return no_tile(*bytes, error);
    if (bytes->n < ts->config.min_size)
        return weir_error_set(
            error, WEIR_E_CHECK, "%zu bytes are less than --min-size %llu",
            bytes->n, (unsigned long long)ts->config.min_size);
    if ((code = repack(ts, bytes, made, format, error)))
        return code;
    if (ts->config.strict && *format != ts->config.format)
        return weir_error_set(error, WEIR_E_CHECK,
                              "the tile is %s, expected %s",
                              weir_tileimage_name(*format),
                              weir_tileimage_name(ts->config.format));
    return WEIR_OK;
}

/* --- batches ----------------------------------------------------------- */

enum weir_err weir_tileset_begin(struct weir_tileset *ts,
                                 struct weir_error *error) {
    return weir_tiledb_begin(ts->db, error);
}

enum weir_err weir_tileset_commit(struct weir_tileset *ts,
                                  struct weir_error *error) {
    return weir_tiledb_commit(ts->db, error);
}

void weir_tileset_rollback(struct weir_tileset *ts) {
    weir_tiledb_rollback(ts->db);
}

/* The first tile of a set tells its format. */
static enum weir_err note_format(struct weir_tileset *ts, int format,
                                 struct weir_error *error) {
    if (ts->format)
        return WEIR_OK;
    ts->format = (enum weir_tile_format)format;
    return weir_tiledb_put_metadata(
        ts->db, "format", weir_str_of(weir_tileimage_name(ts->format)), error);
}

static enum weir_err note_change(struct weir_tileset *ts,
                                 struct weir_error *error) {
    if (ts->run.changed)
        return WEIR_OK;
    ts->run.changed = true;
    return weir_tiledb_put_run(ts->db, &ts->run, error);
}

enum weir_err weir_tileset_put(struct weir_tileset *ts,
                               struct weir_tile_row *row, struct weir_str bytes,
                               struct weir_error *error) {
    int64_t before = row->image;
    enum weir_err code = WEIR_OK;
    row->run = ts->run.number;
    if (row->state != WEIR_TILE_THERE)
        row->image = 0;
    if (bytes.n) {
        if (ts->kind != WEIR_TILESET_FOLDER &&
            ((code = weir_tiledb_put_image(ts->db, bytes, row->hash,
                                           &row->image, error)) ||
             (row->format == WEIR_FORMAT_PBF &&
              (code = tileset_metadata_layers(ts, row->tile.z, bytes, error)))))
            return code;
        if ((code = note_format(ts, row->format, error)))
            return code;
    }
    if (before != row->image) {
        ts->replaced |= before != 0;
        if ((code = note_change(ts, error)))
            return code;
    }
    return weir_tiledb_put(ts->db, row, error);
}

int64_t weir_tileset_pending(const struct weir_tileset *ts) {
    return weir_tiledb_pending(ts->db);
}

enum weir_err weir_tileset_checkpoint(struct weir_tileset *ts,
                                      struct weir_error *error) {
    enum weir_err code =
        ts->files ? weir_files_sync(ts->files, error) : WEIR_OK;
    return code ? code : weir_tiledb_checkpoint(ts->db, error);
}

/* --- the end ----------------------------------------------------------- */

static enum weir_err put_last_words(struct weir_tileset *ts,
                                    struct weir_error *error) {
    enum weir_err code;
    ts->run.unfinished = false;
    if (ts->replaced && ts->kind != WEIR_TILESET_FOLDER &&
        (code = weir_tiledb_drop_unused(ts->db, error)))
        return code;
    if ((code = tileset_metadata_end(ts, error)))
        return code;
    return weir_tiledb_put_run(ts->db, &ts->run, error);
}

static enum weir_err in_batch(struct weir_tileset *ts,
                              enum weir_err (*what)(struct weir_tileset *ts,
                                                    struct weir_error *error),
                              struct weir_error *error) {
    enum weir_err code = weir_tiledb_begin(ts->db, error);
    if (code)
        return code;
    if ((code = what(ts, error))) {
        weir_tiledb_rollback(ts->db);
        return code;
    }
    return weir_tiledb_commit(ts->db, error);
}

static enum weir_err put_made(struct weir_tileset *ts,
                              struct weir_error *error) {
    struct stat st;
    if (stat(ts->path, &st) != 0)
        return weir_error_set(error, WEIR_E_IO, "%s: %s", ts->path,
                              strerror(errno));
    ts->run.made_size = (uint64_t)st.st_size;
    ts->run.made_mtime_ns =
        (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    ts->run.changed = false;
    return weir_tiledb_put_run(ts->db, &ts->run, error);
}

enum weir_err weir_tileset_finish(struct weir_tileset *ts, bool complete,
                                  struct weir_error *error) {
    enum weir_err code = WEIR_OK, closed;
    bool write = ts->kind == WEIR_TILESET_PMTILES &&
                 (ts->run.changed || ts->run.made_size == 0);
    if (complete) {
        code = in_batch(ts, put_last_words, error);
        if (!code && write && !(code = tileset_pmtiles_write(ts, error)))
            code = in_batch(ts, put_made, error);
    }
    if (!code && ts->files)
        code = weir_files_sync(ts->files, error);
    closed = close_archive(ts, !code, code ? NULL : error);
    return code ? code : closed;
}

/* --- looking at it ----------------------------------------------------- */

enum weir_err
weir_tileset_totals(struct weir_tileset *ts,
                    struct weir_tile_zoom zooms[WEIR_ZOOM_MAX + 1],
                    struct weir_error *error) {
    return weir_tiledb_totals(ts->db, zooms, error);
}

enum weir_err weir_tileset_each(struct weir_tileset *ts, unsigned zoom,
                                weir_tiledb_on_tile each, void *data,
                                struct weir_error *error) {
    return weir_tiledb_each(ts->db, zoom, each, data, error);
}

enum weir_err weir_tileset_read(struct weir_tileset *ts,
                                const struct weir_tile_row *row,
                                struct weir_buf *out,
                                struct weir_error *error) {
    struct weir_str bytes;
    enum weir_err code;
    weir_buf_clear(out);
    if (ts->kind == WEIR_TILESET_FOLDER)
        return tileset_folder_read(ts, row, out, error);
    code = weir_tiledb_get_image(ts->db, row->image, &bytes, error);
    if (code)
        return code;
    return weir_buf_str(out, bytes) ? weir_error_nomem(error) : WEIR_OK;
}

char *weir_tileset_shown(const struct weir_tileset *ts, struct weir_tile tile,
                         int format) {
    struct weir_buf text;
    char *out;
    weir_buf_init(&text, 0);
    weir_buf_fmt(&text, "%s%s%u/%u/%u", ts->config.path,
                 ts->kind == WEIR_TILESET_FOLDER ? "/" : ":", tile.z, tile.x,
                 tile.y);
    if (ts->kind == WEIR_TILESET_FOLDER && format)
        weir_buf_fmt(&text, ".%s",
                     weir_tileimage_name((enum weir_tile_format)format));
    out = weir_buf_detach(&text);
    weir_buf_release(&text);
    return out;
}
