/* Why: syncfs, renameat2 and punching holes are Linux; this is the only file
 * that asks for GNU declarations. Locks are flock(2): they belong to the open
 * file and die with the process, which POSIX record locks do too, but those
 * also vanish when any descriptor of the file is closed. */
#define _GNU_SOURCE
#include "store/os.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int weir_os_syncfs(int fd) {
#ifdef __linux__
    return syncfs(fd);
#else
    (void)fd;
    sync();
    return 0;
#endif
}

int weir_os_rename_new(int folder, const char *from, const char *to) {
    struct stat st;
#if defined(__linux__) && defined(RENAME_NOREPLACE)
    if (renameat2(folder, from, folder, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
#endif
    if (fstatat(folder, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat(folder, from, folder, to);
}

int weir_os_punch(int fd, off_t offset, off_t length) {
#if defined(__linux__) && defined(FALLOC_FL_PUNCH_HOLE)
    return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
                     length);
#else
    (void)fd, (void)offset, (void)length;
    errno = ENOSYS;
    return -1;
#endif
}

int weir_os_lock(int fd, bool wait) {
    int rc;
    do
        rc = flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
    while (rc != 0 && errno == EINTR);
    return rc;
}

int weir_os_unlock(int fd) {
    return flock(fd, LOCK_UN);
}

void weir_os_boot_id(char out[WEIR_BOOT_ID]) {
    ssize_t n = -1;
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        n = read(fd, out, WEIR_BOOT_ID - 1);
        close(fd);
    }
    if (n > 0 && out[n - 1] == '\n')
        n--;
    out[n > 0 ? n : 0] = '\0';
}

int weir_os_write_all(int fd, const void *bytes, size_t n) {
    const char *p = bytes;
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done >= 0) {
            p += done;
            n -= (size_t)done;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            if (poll(&ready, 1, -1) < 0 && errno != EINTR)
                return -1;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

int weir_os_pwrite_all(int fd, const void *bytes, size_t n, off_t offset) {
    const char *p = bytes;
    while (n > 0) {
        ssize_t done = pwrite(fd, p, n, offset);
        if (done < 0 && errno != EINTR)
            return -1;
        if (done > 0) {
            p += done;
            n -= (size_t)done;
            offset += done;
        }
    }
    return 0;
}

int weir_os_pread_all(int fd, void *bytes, size_t n, off_t offset) {
    char *p = bytes;
    while (n > 0) {
        ssize_t done = pread(fd, p, n, offset);
        if (done == 0) {
            errno = EIO;
            return -1;
        }
        if (done < 0 && errno != EINTR)
            return -1;
        if (done > 0) {
            p += done;
            n -= (size_t)done;
            offset += done;
        }
    }
    return 0;
}

/* Makes one folder; one that exists (a link to one, too) is fine. */
static int make_folder(const char *path, mode_t mode) {
    struct stat st;
    if (mkdir(path, mode) == 0)
        return 0;
    if (errno != EEXIST && errno != EISDIR && errno != EACCES &&
        errno != EPERM && errno != EROFS)
        return -1;
    int cause = errno;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return 0;
        cause = ENOTDIR;
    }
    errno = cause;
    return -1;
}

int weir_os_mkdirs(const char *path, mode_t mode) {
    int rc = 0;
    char *copy;
    if (make_folder(path, mode) == 0)
        return 0;
    if (errno != ENOENT)
        return -1;
    copy = weir_strdup(path);
    if (!copy) {
        errno = ENOMEM;
        return -1;
    }
    for (char *p = copy + 1; rc == 0 && *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        rc = make_folder(copy, mode);
        *p = '/';
    }
    if (rc == 0)
        rc = make_folder(copy, mode);
    weir_free(copy);
    return rc;
}

char *weir_os_resolve(const char *path) {
    char resolved[PATH_MAX];
    if (!realpath(path, resolved))
        return NULL;
    char *copy = weir_strdup(resolved);
    if (!copy)
        errno = ENOMEM;
    return copy;
}

int weir_os_temporary(const char *folder) {
    char path[PATH_MAX];
    int fd, n;
    if (!folder)
        folder = getenv("TMPDIR");
    if (!folder || !*folder)
        folder = "/tmp";
#ifdef O_TMPFILE
    fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
#endif
    n = snprintf(path, sizeof path, "%s/weir-XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkstemp(path);
    if (fd < 0)
        return -1;
    unlink(path);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}
