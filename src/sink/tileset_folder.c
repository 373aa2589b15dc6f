/* Why: tiles as files z/x/y.ext. A file is written as NAME.part; then its row
 * is committed; then it is renamed. A kill in between leaves a row whose file
 * still has its temporary name: the next look finishes the rename. */
#include "sink/tileset_private.h"

#include "base/hash.h"
#include "base/mem.h"
#include "core/httpdate.h"
#include "store/os.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { IMAGE_MAX = 64 << 20 };

enum weir_err tileset_folder_open(struct weir_tileset *ts,
                                  struct weir_error *error) {
    ts->files = weir_files_create(ts->config.durable);
    if (!ts->files)
        return weir_error_nomem(error);
    return weir_files_root(ts->files, ts->path, &ts->root, error);
}

/* "12/3423/1763.png" and a suffix, in ts->name. */
static enum weir_err make_name(struct weir_tileset *ts,
                               const struct weir_tile_row *row,
                               const char *suffix, struct weir_error *error) {
    weir_buf_clear(&ts->name);
    weir_buf_fmt(
        &ts->name, "%u/%u/%u.%s%s", row->tile.z, row->tile.x, row->tile.y,
        weir_tileimage_name((enum weir_tile_format)row->format), suffix);
    return ts->name.failed ? weir_error_nomem(error) : WEIR_OK;
}

static int64_t mtime_of(const struct stat *st) {
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* The file of that suffix is the one that the row describes. */
static bool is_it(struct weir_tileset *ts, const struct weir_tile_row *row,
                  const char *suffix) {
    struct stat st;
    bool found;
    return make_name(ts, row, suffix, NULL) == WEIR_OK &&
           weir_files_stat(ts->files, ts->root, ts->name.p, &st, &found,
                           NULL) == WEIR_OK &&
           found && S_ISREG(st.st_mode) && (uint64_t)st.st_size == row->size &&
           mtime_of(&st) == row->mtime_ns;
}

static bool same_bytes(struct weir_tileset *ts,
                       const struct weir_tile_row *row) {
    struct weir_buf bytes;
    weir_buf_init(&bytes, IMAGE_MAX);
    bool same = tileset_folder_read(ts, row, &bytes, NULL) == WEIR_OK &&
                weir_hash(weir_buf_view(&bytes)) == row->hash;
    weir_buf_release(&bytes);
    return same;
}

bool tileset_folder_holds(struct weir_tileset *ts,
                          const struct weir_tile_row *row) {
    if (!is_it(ts, row, "") && (!is_it(ts, row, ".part") ||
                                weir_tileset_place(ts, row, NULL) != WEIR_OK))
        return false;
    return !ts->verify || row->run != ts->run.number || same_bytes(ts, row);
}

enum weir_err tileset_folder_read(struct weir_tileset *ts,
                                  const struct weir_tile_row *row,
                                  struct weir_buf *out,
                                  struct weir_error *error) {
    struct stat st;
    int fd;
    enum weir_err code;
    if ((code = make_name(ts, row, "", error)) ||
        (code = weir_files_open(ts->files, ts->root, ts->name.p, O_RDONLY, &fd,
                                error)))
        return code;
    if (fd < 0)
        return weir_files_error(ts->root, ts->name.p, ENOENT, error);
    if (fstat(fd, &st) != 0 || st.st_size > IMAGE_MAX)
        code = weir_files_error(ts->root, ts->name.p, EFBIG, error);
    else if (weir_buf_reserve(out, (size_t)st.st_size))
        code = weir_error_nomem(error);
    else if (weir_os_pread_all(fd, out->p + out->len, (size_t)st.st_size, 0))
        code = weir_files_error(ts->root, ts->name.p, errno, error);
    else if (st.st_size > 0)
        out->p[out->len += (size_t)st.st_size] = '\0';
    close(fd);
    return code;
}

/* What stands under the name must be ours. */
static enum weir_err check_name(struct weir_tileset *ts,
                                const struct weir_tile_row *known,
                                const struct weir_tile_row *row,
                                struct weir_error *error) {
    struct stat st;
    bool found;
    enum weir_err code = make_name(ts, row, "", error);
    if (code || ts->config.overwrite ||
        (known && known->state == WEIR_TILE_THERE &&
         known->format == row->format))
        return code;
    code = weir_files_stat(ts->files, ts->root, ts->name.p, &st, &found, error);
    if (code || !found)
        return code;
    return weir_error_set(error, WEIR_E_IO,
                          "%s/%s exists and weir did not write it; use "
                          "--overwrite",
                          ts->config.path, ts->name.p);
}

static enum weir_err write_file(struct weir_tileset *ts, int fd,
                                struct weir_tile_row *row,
                                struct weir_str bytes,
                                struct weir_error *error) {
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
    struct stat st;
    int64_t when;
    bool failed = weir_os_write_all(fd, bytes.p, bytes.n) != 0;
    if (!failed && weir_httpdate_parse(row->modified, row->checked, &when)) {
        times[1].tv_sec = (time_t)when;
        /* A file system that cannot hold the date keeps its own. */
        failed = futimens(fd, times) != 0 && errno != EINVAL && errno != EPERM;
    }
    if (failed || (ts->config.durable && fsync(fd) != 0) || fstat(fd, &st) != 0)
        return weir_files_error(ts->root, ts->name.p, errno, error);
    row->mtime_ns = mtime_of(&st);
    return WEIR_OK;
}

enum weir_err weir_tileset_prepare(struct weir_tileset *ts,
                                   const struct weir_tile_row *known,
                                   struct weir_tile_row *row,
                                   struct weir_str bytes,
                                   struct weir_error *error) {
    int fd = -1;
    enum weir_err code;
    if (ts->kind != WEIR_TILESET_FOLDER)
        return WEIR_OK;
    if ((code = check_name(ts, known, row, error)) ||
        (code = make_name(ts, row, ".part", error)))
        return code;
    /* One that lies there is what a killed run left. */
    for (int attempt = 0; fd < 0 && attempt < 2; attempt++) {
        if (attempt)
            weir_files_remove(ts->files, ts->root, ts->name.p);
        if ((code =
                 weir_files_new(ts->files, ts->root, ts->name.p, &fd, error)))
            return code;
    }
    if (fd < 0)
        return weir_files_error(ts->root, ts->name.p, EEXIST, error);
    code = write_file(ts, fd, row, bytes, error);
    if (close(fd) != 0 && !code)
        code = weir_files_error(ts->root, ts->name.p, errno, error);
    if (code)
        weir_tileset_discard(ts, row);
    return code;
}

enum weir_err weir_tileset_place(struct weir_tileset *ts,
                                 const struct weir_tile_row *row,
                                 struct weir_error *error) {
    struct weir_buf to;
    enum weir_err code;
    if (ts->kind != WEIR_TILESET_FOLDER || !row->format)
        return WEIR_OK;
    if ((code = make_name(ts, row, "", error)))
        return code;
    if (row->state == WEIR_TILE_ABSENT) {
        weir_files_remove(ts->files, ts->root, ts->name.p);
        return WEIR_OK;
    }
    weir_buf_init(&to, 0);
    weir_buf_str(&to, weir_buf_view(&ts->name));
    code = to.failed ? weir_error_nomem(error)
                     : make_name(ts, row, ".part", error);
    if (!code)
        code = weir_files_rename(ts->files, ts->root, ts->name.p, to.p, true,
                                 ts->config.durable, error);
    weir_buf_release(&to);
    return code;
}

void weir_tileset_discard(struct weir_tileset *ts,
                          const struct weir_tile_row *row) {
    if (ts->kind == WEIR_TILESET_FOLDER &&
        make_name(ts, row, ".part", NULL) == WEIR_OK)
        weir_files_remove(ts->files, ts->root, ts->name.p);
}
