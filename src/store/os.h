/* os.h - what the store and the sinks need of the system beyond POSIX.1-2008,
 * with the plainest fallback elsewhere than on Linux, and a few loops around
 * system calls that everybody would write again.
 *
 * All return 0, or -1 with errno. */
#ifndef WEIR_STORE_OS_H
#define WEIR_STORE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Writes the whole file system of fd to its disk. */
int weir_os_syncfs(int fd);
/* Renames unless `to` exists (EEXIST). */
int weir_os_rename_new(int folder, const char *from, const char *to);
/* Gives the disk space of a range of the file back; the size stays. */
int weir_os_punch(int fd, off_t offset, off_t length);
/* An exclusive lock on the open file that dies with the process. With `wait`
 * false EWOULDBLOCK says that another one holds it. */
int weir_os_lock(int fd, bool wait);
int weir_os_unlock(int fd);
/* Identifies this boot of the machine; "" where the system does not say. */
enum { WEIR_BOOT_ID = 40 };
void weir_os_boot_id(char out[WEIR_BOOT_ID]);
/* All bytes, through short writes, signals and non-blocking descriptors. */
int weir_os_write_all(int fd, const void *bytes, size_t n);
/* At an offset: all n bytes, or -1 (EIO when the file ends before). */
int weir_os_pwrite_all(int fd, const void *bytes, size_t n, off_t offset);
int weir_os_pread_all(int fd, void *bytes, size_t n, off_t offset);
/* mkdir -p: the folder and its parents; existing ones are fine. */
int weir_os_mkdirs(const char *path, mode_t mode);
/* The absolute path without links, for weir_free; NULL with errno. */
char *weir_os_resolve(const char *path);
/* A temporary file without a name, in `folder` or else in $TMPDIR or /tmp. */
int weir_os_temporary(const char *folder);

#endif
