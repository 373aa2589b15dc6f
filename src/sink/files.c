/* Why: every file that weir writes is opened here, so that the promise about
 * names (files.h) is kept in one place.
 *
 * Bulk downloads put many files into few folders, so the descriptors of the
 * folders used last are kept in a small ring: most calls find theirs at the
 * first look and cost no system call. */
#include "sink/files.h"

#include "base/mem.h"
#include "store/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    KEPT = 32,
    KEPT_OF_FEW = 2, /* where descriptors are scarce */
    FEW = 256
};

struct kept {
    struct weir_root *root;
    char *path; /* beneath the root, without a slash at the end */
    size_t len;
    int fd;
};

struct weir_files {
    struct weir_root *roots;
    struct kept kept[KEPT];
    unsigned last, next; /* found last; overwritten next */
    unsigned most;       /* of kept that are used */
    bool durable;
};

struct weir_files *weir_files_create(bool durable) {
    struct weir_files *f = weir_calloc(1, sizeof *f);
    struct rlimit limit;
    bool few = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < FEW;
    if (f) {
        f->most = few ? KEPT_OF_FEW : KEPT;
        f->durable = durable;
    }
    return f;
}

static void drop_kept(struct kept *k) {
    if (k->path) {
        close(k->fd);
        weir_free(k->path);
    }
    *k = (struct kept){0};
}

static void destroy_root(struct weir_root *r) {
    if (r->fd >= 0)
        close(r->fd);
    weir_free(r->path);
    weir_free(r->shown);
    weir_free(r);
}

void weir_files_destroy(struct weir_files *f) {
    if (!f)
        return;
    for (int i = 0; i < KEPT; i++)
        drop_kept(&f->kept[i]);
    while (f->roots) {
        struct weir_root *r = f->roots;
        f->roots = r->next;
        destroy_root(r);
    }
    weir_free(f);
}

char *weir_files_shown(const struct weir_root *root, const char *path) {
    size_t a = strlen(root->shown), b = strlen(path);
    bool slash = a > 0 && root->shown[a - 1] != '/';
    char *out = weir_malloc(a + slash + b + 1);
    if (!out)
        return NULL;
    memcpy(out, root->shown, a);
    if (slash)
        out[a] = '/';
    memcpy(out + a + slash, path, b + 1);
    return out;
}

enum weir_err weir_files_error(const struct weir_root *root, const char *path,
                               int cause, struct weir_error *error) {
    size_t a = strlen(root->shown);
    bool slash = a > 0 && root->shown[a - 1] != '/';
    if (cause == ENOMEM)
        return weir_error_nomem(error);
    return weir_error_set(error, WEIR_E_IO, "%s%s%s: %s", root->shown,
                          slash ? "/" : "", path,
                          cause == ELOOP || cause == ENOTDIR
                              ? "a link or a file stands where a folder should"
                              : strerror(cause));
}

static enum weir_err root_error(const char *path, struct weir_error *error) {
    if (errno == ENOMEM)
        return weir_error_nomem(error);
    return weir_error_set(error, WEIR_E_IO, "output folder %s: %s", path,
                          strerror(errno));
}

static enum weir_err open_root(struct weir_root *r, const char *path,
                               struct weir_error *error) {
    if (weir_os_mkdirs(path, 0777) != 0)
        return root_error(path, error);
    r->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->fd < 0 || !(r->path = weir_os_resolve(path)) ||
        faccessat(r->fd, ".", W_OK | X_OK, 0) != 0)
        return root_error(path, error);
    r->shown = weir_strdup(strcmp(path, ".") == 0 ? "" : path);
    return r->shown ? WEIR_OK : weir_error_nomem(error);
}

enum weir_err weir_files_root(struct weir_files *f, const char *path,
                              struct weir_root **out,
                              struct weir_error *error) {
    const char *shown = strcmp(path, ".") == 0 ? "" : path;
    enum weir_err code;
    for (struct weir_root *r = f->roots; r; r = r->next)
        if (strcmp(r->shown, shown) == 0) {
            *out = r;
            return WEIR_OK;
        }
    struct weir_root *r = weir_calloc(1, sizeof *r);
    if (!r)
        return weir_error_nomem(error);
    r->fd = -1;
    code = open_root(r, path, error);
    /* The folders above it, whichever were made. */
    if (!code && f->durable && weir_os_syncfs(r->fd) != 0)
        code = root_error(path, error);
    if (code) {
        destroy_root(r);
        return code;
    }
    r->next = f->roots;
    f->roots = r;
    *out = r;
    return WEIR_OK;
}

struct weir_root *weir_files_first_root(struct weir_files *f) {
    return f->roots;
}

static bool is_kept(const struct kept *k, const struct weir_root *root,
                    const char *path, size_t len) {
    return k->root == root && k->len == len && memcmp(k->path, path, len) == 0;
}

static int find_kept(struct weir_files *f, const struct weir_root *root,
                     const char *path, size_t len) {
    if (is_kept(&f->kept[f->last], root, path, len))
        return f->kept[f->last].fd;
    for (unsigned i = 0; i < KEPT; i++)
        if (is_kept(&f->kept[i], root, path, len)) {
            f->last = i;
            return f->kept[i].fd;
        }
    return -1;
}

/* One folder below `above`; -1 with errno. */
static int step(int above, const char *name, bool make, bool durable) {
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(above, name, flags);
    if (fd < 0 && errno == ENOENT && make) {
        if (mkdirat(above, name, 0777) != 0 && errno != EEXIST)
            return -1;
        if (durable && fsync(above) != 0)
            return -1;
        fd = openat(above, name, flags);
    }
    return fd;
}

/* Walks down to the folder path[0..len); the descriptor is the caller's. */
static int walk(const struct weir_root *root, const char *path, size_t len,
                bool make, bool durable) {
    char name[256];
    int at = root->fd;
    size_t i = 0;
    while (i < len) {
        const char *slash = memchr(path + i, '/', len - i);
        size_t n = slash ? (size_t)(slash - (path + i)) : len - i;
        int below = -1;
        if (n < sizeof name) {
            memcpy(name, path + i, n);
            name[n] = '\0';
            below = step(at, name, make, durable);
        } else {
            errno = ENAMETOOLONG;
        }
        int cause = errno;
        if (at != root->fd)
            close(at);
        if (below < 0) {
            errno = cause;
            return -1;
        }
        at = below;
        i += n + 1;
    }
    return at;
}

enum weir_err weir_files_place(struct weir_files *f, struct weir_root *root,
                               const char *path, bool make,
                               struct weir_place *out,
                               struct weir_error *error) {
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    out->name = slash ? slash + 1 : path;
    if (!slash) {
        out->folder = root->fd;
        return WEIR_OK;
    }
    out->folder = find_kept(f, root, path, len);
    if (out->folder >= 0)
        return WEIR_OK;
    int fd = walk(root, path, len, make, f->durable);
    if (fd < 0) {
        if (!make && errno == ENOENT)
            return WEIR_OK;
        return weir_files_error(root, path, errno, error);
    }
    struct kept *k = &f->kept[f->next];
    char *copy = weir_memdup(path, len);
    if (!copy) {
        close(fd);
        return weir_error_nomem(error);
    }
    drop_kept(k);
    *k = (struct kept){root, copy, len, fd};
    f->last = f->next;
    f->next = (f->next + 1) % f->most;
    out->folder = fd;
    return WEIR_OK;
}

enum weir_err weir_files_stat(struct weir_files *f, struct weir_root *root,
                              const char *path, struct stat *st, bool *found,
                              struct weir_error *error) {
    struct weir_place place;
    enum weir_err code = weir_files_place(f, root, path, false, &place, error);
    *found = false;
    if (code || place.folder < 0)
        return code;
    if (fstatat(place.folder, place.name, st, AT_SYMLINK_NOFOLLOW) == 0)
        *found = true;
    else if (errno != ENOENT)
        return weir_files_error(root, path, errno, error);
    return WEIR_OK;
}

enum weir_err weir_files_new(struct weir_files *f, struct weir_root *root,
                             const char *path, int *fd,
                             struct weir_error *error) {
    struct weir_place place;
    enum weir_err code = weir_files_place(f, root, path, true, &place, error);
    if (code)
        return code;
    *fd = openat(place.folder, place.name,
                 O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (*fd < 0 && errno != EEXIST)
        return weir_files_error(root, path, errno, error);
    return WEIR_OK;
}

enum weir_err weir_files_open(struct weir_files *f, struct weir_root *root,
                              const char *path, int flags, int *fd,
                              struct weir_error *error) {
    struct weir_place place;
    struct stat st;
    enum weir_err code = weir_files_place(f, root, path, false, &place, error);
    *fd = -1;
    if (code || place.folder < 0)
        return code;
    int got = openat(place.folder, place.name,
                     flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (got < 0)
        return errno == ENOENT ? WEIR_OK
                               : weir_files_error(root, path, errno, error);
    if (fstat(got, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(got);
        return weir_error_set(error, WEIR_E_IO, "%s/%s is not a regular file",
                              root->path, path);
    }
    *fd = got;
    return WEIR_OK;
}

enum weir_err weir_files_rename(struct weir_files *f, struct weir_root *root,
                                const char *from, const char *to, bool replace,
                                bool durable, struct weir_error *error) {
    struct weir_place place;
    const char *name = strrchr(to, '/');
    enum weir_err code = weir_files_place(f, root, from, false, &place, error);
    int rc = -1;
    if (code)
        return code;
    name = name ? name + 1 : to;
    errno = ENOENT;
    if (place.folder >= 0 && replace)
        rc = renameat(place.folder, place.name, place.folder, name);
    else if (place.folder >= 0)
        rc = weir_os_rename_new(place.folder, place.name, name);
    if (rc == 0 && durable)
        rc = fsync(place.folder);
    return rc == 0 ? WEIR_OK : weir_files_error(root, to, errno, error);
}

void weir_files_remove(struct weir_files *f, struct weir_root *root,
                       const char *path) {
    struct weir_place place;
    if (weir_files_place(f, root, path, false, &place, NULL) == WEIR_OK &&
        place.folder >= 0)
        unlinkat(place.folder, place.name, 0);
}

enum weir_err weir_files_sync(struct weir_files *f, struct weir_error *error) {
    for (struct weir_root *r = f->roots; r; r = r->next)
        if (weir_os_syncfs(r->fd) != 0)
            return weir_files_error(r, "", errno, error);
    return WEIR_OK;
}
