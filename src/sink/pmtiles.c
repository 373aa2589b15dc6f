/* Why: PMTiles 3 out of the archive, clustered: tiles in the order of their
 * ids, each distinct image once, runs of the same image as one entry.
 *
 *     header 127 | root directory | metadata | leaf directories | images
 *
 * The archive is read twice. First the entries, which are made into leaf
 * directories as they come and go to a temporary file: memory holds one leaf.
 * Then the images, in the order of the offsets they were given. The root stays
 * within 16,384 bytes with the header because leaves grow with the number of
 * tiles, so that there are never more than LEAVES_MAX of them. */
#include "sink/tileset_private.h"

#include "base/mem.h"
#include "sink/gzip.h"
#include "store/os.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HEADER = 127,
    ROOT_MAX = 16384 - HEADER,
    LEAF_MIN = 4096,  /* entries */
    LEAVES_MAX = 900, /* an entry of the root is 18 bytes at most */
    COPY = 1 << 16
};

struct entry {
    uint64_t id, offset;
    uint32_t length, run; /* run 0: a leaf */
};

struct writing {
    struct weir_tileset *ts;
    struct weir_error *error;
    enum weir_err code;
    struct entry *entries; /* of the leaf under way */
    size_t count, leaf_size;
    struct entry *root;
    size_t root_count, root_cap;
    struct weir_buf plain, packed;
    int leaves, out; /* descriptors */
    uint64_t leaves_size, data_size;
    uint64_t addressed, total_entries, contents;
};

static enum weir_err io_error(struct writing *w, const char *what) {
    w->code = weir_error_set(w->error, WEIR_E_IO, "%s: writing %s: %s",
                             w->ts->config.path, what, strerror(errno));
    return w->code;
}

/* --- directories ------------------------------------------------------- */

static void put_varint(struct weir_buf *out, uint64_t v) {
    for (; v >= 0x80; v >>= 7)
        weir_buf_byte(out, (char)((v & 0x7f) | 0x80));
    weir_buf_byte(out, (char)v);
}

/* PMTiles 3 section 4: count; then column by column delta ids, runs, lengths,
 * offsets + 1, where 0 says that it follows the entry before. */
static enum weir_err pack(struct writing *w, const struct entry *e, size_t n) {
    uint64_t last = 0;
    weir_buf_clear(&w->plain);
    weir_buf_clear(&w->packed);
    put_varint(&w->plain, n);
    for (size_t i = 0; i < n; i++) {
        put_varint(&w->plain, e[i].id - last);
        last = e[i].id;
    }
    for (size_t i = 0; i < n; i++)
        put_varint(&w->plain, e[i].run);
    for (size_t i = 0; i < n; i++)
        put_varint(&w->plain, e[i].length);
    for (size_t i = 0; i < n; i++)
        put_varint(&w->plain,
                   i && e[i].offset == e[i - 1].offset + e[i - 1].length
                       ? 0
                       : e[i].offset + 1);
    if (w->plain.failed || weir_gzip_pack(weir_buf_view(&w->plain), &w->packed))
        w->code = weir_error_nomem(w->error);
    return w->code;
}

static enum weir_err add_to_root(struct writing *w, const struct entry *e) {
    if (w->root_count == w->root_cap) {
        size_t cap = w->root_cap ? w->root_cap * 2 : 64;
        struct entry *more = weir_reallocarray(w->root, cap, sizeof *more);
        if (!more)
            return w->code = weir_error_nomem(w->error);
        w->root = more;
        w->root_cap = cap;
    }
    w->root[w->root_count++] = *e;
    return WEIR_OK;
}

static enum weir_err flush_leaf(struct writing *w) {
    struct entry leaf = {.offset = w->leaves_size};
    if (w->count == 0 || pack(w, w->entries, w->count))
        return w->code;
    leaf.id = w->entries[0].id;
    leaf.length = (uint32_t)w->packed.len;
    if (weir_os_write_all(w->leaves, w->packed.p, w->packed.len) != 0)
        return io_error(w, "directories");
    w->leaves_size += leaf.length;
    w->count = 0;
    return add_to_root(w, &leaf);
}

static bool on_tile(const struct weir_tile_row *row, void *data) {
    struct writing *w = data;
    struct entry e = {
        .id = weir_tile_id(row->tile), .length = (uint32_t)row->size, .run = 1};
    struct entry *last = w->count ? &w->entries[w->count - 1] : NULL;
    bool fresh;
    w->code = weir_tiledb_place(w->ts->db, row->image, w->data_size, &e.offset,
                                &fresh, w->error);
    if (w->code)
        return false;
    if (fresh) {
        w->data_size += e.length;
        w->contents++;
    }
    w->addressed++;
    if (last && e.id == last->id + last->run && e.offset == last->offset) {
        last->run++;
        return true;
    }
    if (w->count == w->leaf_size && flush_leaf(w))
        return false;
    w->entries[w->count++] = e;
    w->total_entries++;
    return true;
}

/* All entries. One leaf that fits becomes the root itself. */
static enum weir_err make_directories(struct writing *w) {
    enum weir_err code =
        weir_tiledb_each_sorted(w->ts->db, on_tile, w, w->error);
    if (code || w->code)
        return w->code = w->code ? w->code : code;
    if (w->root_count == 0) {
        if (pack(w, w->entries, w->count))
            return w->code;
        if (w->packed.len <= ROOT_MAX)
            return WEIR_OK;
    }
    if (flush_leaf(w) || pack(w, w->root, w->root_count))
        return w->code;
    if (w->packed.len > ROOT_MAX)
        return w->code = weir_error_set(w->error, WEIR_E_LIMIT,
                                        "%s: too many directories",
                                        w->ts->config.path);
    return WEIR_OK;
}

/* --- the file ---------------------------------------------------------- */

static void put_u64(unsigned char *at, uint64_t v) {
    for (int i = 0; i < 8; i++)
        at[i] = (unsigned char)(v >> 8 * i);
}

static void put_e7(unsigned char *at, double degrees) {
    uint32_t v = (uint32_t)(int32_t)lround(degrees * 1e7);
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(v >> 8 * i);
}

static unsigned char type_of(enum weir_tile_format f) {
    switch (f) {
    case WEIR_FORMAT_PBF:
        return 1;
    case WEIR_FORMAT_PNG:
        return 2;
    case WEIR_FORMAT_JPG:
        return 3;
    case WEIR_FORMAT_WEBP:
        return 4;
    case WEIR_FORMAT_NONE:
    case WEIR_FORMAT_GIF:
    case WEIR_FORMAT_GZIP:
        break;
    }
    return 0;
}

static void make_header(const struct writing *w, size_t metadata,
                        unsigned char h[HEADER]) {
    const struct weir_tileset *ts = w->ts;
    const struct weir_bounds *b = &ts->bounds;
    uint64_t at = HEADER;
    memset(h, 0, HEADER);
    memcpy(h, "PMTiles\x03", 8);
    put_u64(h + 8, at);
    put_u64(h + 16, w->packed.len);
    put_u64(h + 24, at += w->packed.len);
    put_u64(h + 32, metadata);
    put_u64(h + 40, at += metadata);
    put_u64(h + 48, w->leaves_size);
    put_u64(h + 56, at += w->leaves_size);
    put_u64(h + 64, w->data_size);
    put_u64(h + 72, w->addressed);
    put_u64(h + 80, w->total_entries);
    put_u64(h + 88, w->contents);
    h[96] = 1; /* clustered */
    h[97] = 2; /* directories and metadata: gzip */
    h[98] = ts->format == WEIR_FORMAT_PBF ? 2 : 1;
    h[99] = type_of(ts->format);
    h[100] = (unsigned char)ts->minzoom;
    h[101] = (unsigned char)ts->maxzoom;
    put_e7(h + 102, b->west);
    put_e7(h + 106, b->south);
    put_e7(h + 110, b->east);
    put_e7(h + 114, b->north);
    h[118] = (unsigned char)((ts->minzoom + ts->maxzoom) / 2);
    put_e7(h + 119, (b->west + b->east) / 2);
    put_e7(h + 123, (b->south + b->north) / 2);
}

static enum weir_err write_head(struct writing *w) {
    unsigned char header[HEADER];
    struct weir_buf json, packed;
    weir_buf_init(&json, 0);
    weir_buf_init(&packed, 0);
    w->code = tileset_metadata_json(w->ts, &json, w->error);
    if (!w->code && weir_gzip_pack(weir_buf_view(&json), &packed))
        w->code = weir_error_nomem(w->error);
    if (!w->code) {
        make_header(w, packed.len, header);
        if (weir_os_write_all(w->out, header, HEADER) != 0 ||
            weir_os_write_all(w->out, w->packed.p, w->packed.len) != 0 ||
            weir_os_write_all(w->out, packed.p, packed.len) != 0)
            io_error(w, "its head");
    }
    weir_buf_release(&json);
    weir_buf_release(&packed);
    return w->code;
}

static enum weir_err copy_leaves(struct writing *w) {
    char block[COPY];
    for (uint64_t at = 0; at < w->leaves_size;) {
        uint64_t rest = w->leaves_size - at;
        size_t n = rest < sizeof block ? (size_t)rest : sizeof block;
        if (weir_os_pread_all(w->leaves, block, n, (off_t)at) != 0 ||
            weir_os_write_all(w->out, block, n) != 0)
            return io_error(w, "directories");
        at += n;
    }
    return WEIR_OK;
}

static enum weir_err on_image(struct weir_str bytes, void *data) {
    struct writing *w = data;
    return weir_os_write_all(w->out, bytes.p, bytes.n) == 0
               ? WEIR_OK
               : io_error(w, "images");
}

static enum weir_err write_all(struct writing *w) {
    struct weir_tile_zoom zooms[WEIR_ZOOM_MAX + 1];
    uint64_t tiles = 0;
    if ((w->code = weir_tiledb_totals(w->ts->db, zooms, w->error)))
        return w->code;
    for (unsigned z = 0; z <= WEIR_ZOOM_MAX; z++)
        tiles += zooms[z].there;
    w->leaf_size = (size_t)(tiles / LEAVES_MAX + 1);
    if (w->leaf_size < LEAF_MIN)
        w->leaf_size = LEAF_MIN;
    w->entries = weir_reallocarray(NULL, w->leaf_size, sizeof *w->entries);
    if (!w->entries)
        return w->code = weir_error_nomem(w->error);
    if (make_directories(w) || write_head(w) || copy_leaves(w))
        return w->code;
    return w->code = weir_tiledb_each_placed(w->ts->db, on_image, w, w->error);
}

static enum weir_err write_part(struct weir_tileset *ts, const char *part,
                                struct weir_error *error) {
    struct writing w = {.ts = ts, .error = error};
    weir_buf_init(&w.plain, 0);
    weir_buf_init(&w.packed, 0);
    w.leaves = weir_os_temporary(".");
    w.out =
        open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (w.leaves < 0 || w.out < 0) {
        io_error(&w, "a temporary file");
    } else if (!(w.code = weir_tiledb_place_begin(ts->db, error))) {
        write_all(&w);
        weir_tiledb_place_end(ts->db);
    }
    if (w.out >= 0) {
        if (!w.code && fsync(w.out) != 0)
            io_error(&w, "it");
        if (close(w.out) != 0 && !w.code)
            io_error(&w, "it");
    }
    if (w.leaves >= 0)
        close(w.leaves);
    weir_buf_release(&w.plain);
    weir_buf_release(&w.packed);
    weir_free(w.entries);
    weir_free(w.root);
    return w.code;
}

enum weir_err tileset_pmtiles_write(struct weir_tileset *ts,
                                    struct weir_error *error) {
    struct weir_buf part;
    enum weir_err code;
    weir_buf_init(&part, 0);
    weir_buf_fmt(&part, "%s.part", ts->path);
    code =
        part.failed ? weir_error_nomem(error) : write_part(ts, part.p, error);
    if (!code && rename(part.p, ts->path) != 0)
        code = weir_error_set(error, WEIR_E_IO, "%s: %s", ts->config.path,
                              strerror(errno));
    if (code && !part.failed)
        unlink(part.p);
    weir_buf_release(&part);
    return code;
}

enum weir_err tileset_pmtiles_ours(const struct weir_tileset *ts,
                                   struct weir_error *error) {
    struct stat st;
    if (lstat(ts->path, &st) != 0)
        return WEIR_OK;
    if (S_ISREG(st.st_mode) && (uint64_t)st.st_size == ts->run.made_size &&
        (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec ==
            ts->run.made_mtime_ns)
        return WEIR_OK;
    return weir_error_set(error, WEIR_E_IO,
                          "%s is not the file that weir wrote there; name "
                          "another output, or replace it with --overwrite",
                          ts->config.path);
}
