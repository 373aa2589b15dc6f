/* Why: the promises about kill -9 and full disks are the same for every output
 * that is a file, and are kept here once.
 *
 *   append  open ---- write, flush ----> (offset, inode) to the caller
 *                 \-- finish(false): cut back to the last flush
 *   replace PATH.part -- write --> finish(true): fsync, rename
 *                              \-> finish(false): unlink
 *
 * The offset is the file's own size at a flush, not a count of ours: should
 * somebody else append as well, his lines are not cut off. */
#include "sink/outfile.h"

#include "base/mem.h"
#include "store/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 256 << 10 };

struct weir_outfile {
    char *path;         /* as typed, for messages */
    char *final, *part; /* replace: where it goes, links resolved */
    int fd;
    bool own; /* the descriptor */
    bool regular, durable;
    bool touched;  /* something was written */
    off_t flushed; /* append: up to here it holds */
    struct weir_buf buffer;
};

static enum weir_err fail(const struct weir_outfile *f, int cause,
                          struct weir_error *error) {
    if (cause == ENOMEM)
        return weir_error_nomem(error);
    return weir_error_set(error, WEIR_E_IO, "output %s: %s", f->path,
                          strerror(cause));
}

static enum weir_err make(struct weir_outfile **out, const char *path,
                          bool durable, struct weir_error *error) {
    struct weir_outfile *f = weir_calloc(1, sizeof *f);
    if (!f)
        return weir_error_nomem(error);
    f->fd = -1;
    f->durable = durable;
    weir_buf_init(&f->buffer, 0);
    f->path = weir_strdup(path);
    if (!f->path) {
        weir_free(f);
        return weir_error_nomem(error);
    }
    *out = f;
    return WEIR_OK;
}

static enum weir_err make_parents(struct weir_outfile *f, const char *path,
                                  struct weir_error *error) {
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return WEIR_OK;
    char *folder = weir_memdup(path, (size_t)(slash - path));
    int rc = folder ? weir_os_mkdirs(folder, 0777) : -1;
    int cause = folder ? errno : ENOMEM;
    weir_free(folder);
    return rc == 0 ? WEIR_OK : fail(f, cause, error);
}

/* ---- appending ---- */

static bool ends_with_newline(int fd, off_t size) {
    char last = '\n';
    return size == 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

static enum weir_err cut_back(struct weir_outfile *f,
                              const struct weir_record_position *resume,
                              struct weir_error *error) {
    struct stat st;
    if (fstat(f->fd, &st) != 0)
        return fail(f, errno, error);
    if (!resume || !resume->regular || resume->inode != (uint64_t)st.st_ino ||
        resume->device != (uint64_t)st.st_dev) {
        f->flushed = st.st_size;
        return ends_with_newline(f->fd, st.st_size)
                   ? WEIR_OK
                   : weir_outfile_write(f, WEIR_STR("\n"), error);
    }
    if ((uint64_t)st.st_size < resume->offset)
        return weir_error_set(
            error, WEIR_E_IO,
            "output %s: it has %lld bytes where %llu were written, so "
            "somebody changed it; move it away to go on with a new file",
            f->path, (long long)st.st_size, (unsigned long long)resume->offset);
    f->flushed = (off_t)resume->offset;
    return ftruncate(f->fd, f->flushed) == 0 ? WEIR_OK : fail(f, errno, error);
}

enum weir_err weir_outfile_append(struct weir_outfile **out, const char *path,
                                  const struct weir_record_position *resume,
                                  bool durable, struct weir_error *error) {
    struct weir_outfile *f;
    struct stat st;
    enum weir_err code = make(&f, path, durable, error);
    if (code)
        return code;
    f->own = true;
    f->regular = stat(path, &st) != 0 || S_ISREG(st.st_mode);
    code = make_parents(f, path, error);
    if (!code) {
        /* Of a pipe the reader's end is not ours. */
        f->fd = open(path,
                     f->regular ? O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC
                                : O_WRONLY | O_CLOEXEC,
                     0666);
        if (f->fd < 0)
            code = fail(f, errno, error);
    }
    if (!code && f->regular)
        code = cut_back(f, resume, error);
    if (code)
        weir_outfile_destroy(f);
    else
        *out = f;
    return code;
}

/* ---- made anew ---- */

/* A new file beside the final one, with its permissions if there is one. */
static enum weir_err open_part(struct weir_outfile *f, const struct stat *old,
                               struct weir_error *error) {
    size_t n = strlen(f->final);
    f->part = weir_malloc(n + sizeof ".part");
    if (!f->part)
        return weir_error_nomem(error);
    memcpy(f->part, f->final, n);
    memcpy(f->part + n, ".part", sizeof ".part");
    unlink(f->part); /* of a dead run */
    f->fd = open(f->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (f->fd < 0)
        return fail(f, errno, error);
    if (old && fchmod(f->fd, old->st_mode & 0777) != 0)
        return fail(f, errno, error);
    f->regular = true;
    return WEIR_OK;
}

enum weir_err weir_outfile_replace(struct weir_outfile **out, const char *path,
                                   bool durable, struct weir_error *error) {
    struct weir_outfile *f;
    struct stat st;
    enum weir_err code = make(&f, path, durable, error);
    if (code)
        return code;
    f->own = true;
    bool exists = stat(path, &st) == 0;
    if (exists && S_ISDIR(st.st_mode)) {
        code = fail(f, EISDIR, error);
    } else if (exists && !S_ISREG(st.st_mode)) {
        f->fd = open(path, O_WRONLY | O_CLOEXEC);
        if (f->fd < 0)
            code = fail(f, errno, error);
    } else if (!(code = make_parents(f, path, error))) {
        f->final = exists ? weir_os_resolve(path) : weir_strdup(path);
        code = f->final ? open_part(f, exists ? &st : NULL, error)
                        : fail(f, exists ? errno : ENOMEM, error);
    }
    if (code)
        weir_outfile_destroy(f);
    else
        *out = f;
    return code;
}

enum weir_err weir_outfile_fd(struct weir_outfile **out, int fd,
                              struct weir_error *error) {
    enum weir_err code = make(out, "-", false, error);
    if (!code)
        (*out)->fd = fd;
    return code;
}

/* ---- both ---- */

static enum weir_err drain(struct weir_outfile *f, struct weir_error *error) {
    size_t n = f->buffer.len;
    if (n == 0)
        return WEIR_OK;
    int rc = weir_os_write_all(f->fd, f->buffer.p, n);
    int cause = errno;
    f->touched = true;
    weir_buf_clear(&f->buffer);
    return rc == 0 ? WEIR_OK : fail(f, cause, error);
}

enum weir_err weir_outfile_write(struct weir_outfile *f, struct weir_str bytes,
                                 struct weir_error *error) {
    if (weir_buf_str(&f->buffer, bytes))
        return weir_error_nomem(error);
    return f->buffer.len < BLOCK ? WEIR_OK : drain(f, error);
}

enum weir_err weir_outfile_flush(struct weir_outfile *f,
                                 struct weir_record_position *position,
                                 struct weir_error *error) {
    struct stat st;
    struct weir_record_position now = {0};
    enum weir_err code = drain(f, error);
    if (code)
        return code;
    if (f->regular) {
        if ((f->durable && fsync(f->fd) != 0) || fstat(f->fd, &st) != 0)
            return fail(f, errno, error);
        f->flushed = st.st_size;
        now = (struct weir_record_position){(uint64_t)st.st_size,
                                            (uint64_t)st.st_dev,
                                            (uint64_t)st.st_ino, true};
    }
    if (position)
        *position = now;
    return WEIR_OK;
}

bool weir_outfile_is_empty(const struct weir_outfile *f) {
    return !f->touched && f->flushed == 0 && f->buffer.len == 0;
}

enum weir_err weir_outfile_head(struct weir_outfile *f, size_t max,
                                struct weir_buf *out,
                                struct weir_error *error) {
    if (!f->regular)
        return WEIR_OK;
    if (weir_buf_reserve(out, max))
        return weir_error_nomem(error);
    ssize_t n = pread(f->fd, out->p + out->len, max, 0);
    if (n < 0)
        return fail(f, errno, error);
    out->len += (size_t)n;
    out->p[out->len] = '\0';
    return WEIR_OK;
}

/* The two files hold the same bytes. */
static bool same(int a, int b) {
    char x[16384], y[sizeof x];
    struct stat sa, sb;
    if (fstat(a, &sa) != 0 || fstat(b, &sb) != 0 || sa.st_size != sb.st_size)
        return false;
    for (off_t at = 0; at < sa.st_size;) {
        off_t left = sa.st_size - at;
        size_t n = left < (off_t)sizeof x ? (size_t)left : sizeof x;
        if (weir_os_pread_all(a, x, n, at) != 0 ||
            weir_os_pread_all(b, y, n, at) != 0 || memcmp(x, y, n) != 0)
            return false;
        at += (off_t)n;
    }
    return true;
}

static bool unchanged(const struct weir_outfile *f) {
    int old = open(f->final, O_RDONLY | O_CLOEXEC);
    bool equal = old >= 0 && same(f->fd, old);
    if (old >= 0)
        close(old);
    return equal;
}

static int sync_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? weir_memdup(path, (size_t)(slash - path) + 1)
                         : weir_strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int rc = fd >= 0 ? fsync(fd) : -1;
    if (fd >= 0)
        close(fd);
    weir_free(folder);
    return rc;
}

static enum weir_err put_in_place(struct weir_outfile *f,
                                  struct weir_error *error) {
    if (unchanged(f)) {
        unlink(f->part);
        return WEIR_OK;
    }
    if (fsync(f->fd) != 0 || rename(f->part, f->final) != 0 ||
        (f->durable && sync_folder(f->final) != 0))
        return fail(f, errno, error);
    return WEIR_OK;
}

enum weir_err weir_outfile_finish(struct weir_outfile *f, bool complete,
                                  struct weir_error *error) {
    enum weir_err code = WEIR_OK;
    if (complete)
        code = weir_outfile_flush(f, NULL, error);
    if (f->part) {
        if (complete && !code)
            code = put_in_place(f, error);
        if (!complete || code)
            unlink(f->part);
    } else if ((!complete || code) && f->regular && f->touched &&
               ftruncate(f->fd, f->flushed) != 0 && !code) {
        code = fail(f, errno, error);
    }
    if (f->own && close(f->fd) != 0 && !code)
        code = fail(f, errno, error);
    f->fd = -1;
    return code;
}

void weir_outfile_destroy(struct weir_outfile *f) {
    if (!f)
        return;
    if (f->fd >= 0)
        weir_outfile_finish(f, false, NULL);
    weir_buf_release(&f->buffer);
    weir_free(f->path);
    weir_free(f->final);
    weir_free(f->part);
    weir_free(f);
}
