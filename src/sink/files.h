/* files.h - output folders, and files beneath them that cannot be led astray.
 *
 * A root is a folder that the user named; links on the way to it are the
 * user's business. Beneath it every step is an openat with O_NOFOLLOW from the
 * folder above, so that a link planted inside leads nowhere. Paths beneath are
 * those of core/outname.h: relative, without "..".
 *
 * Descriptors of folders are kept and shared; the few that were used last stay
 * open. One thread uses a weir_files.
 *
 *     weir_files_root(files, "out", &root, &e);
 *     weir_files_place(files, root, "a/b.html", true, &place, &e);
 *     fd = openat(place.folder, place.name, ...);
 */
#ifndef WEIR_SINK_FILES_H
#define WEIR_SINK_FILES_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>
#include <sys/stat.h>

struct weir_files;

struct weir_root {
    char *path;  /* absolute, links resolved */
    char *shown; /* as the user typed it, for messages; "" = "." */
    int fd;
    int64_t id; /* the store's number of the folder, 0 = not yet */
    struct weir_root *next;
};

/* Where a path leads: valid until the next call of weir_files_place. */
struct weir_place {
    int folder;
    const char *name;
};

/* durable: folders that are made are on the disk before anything is in them.
 * NULL = no memory. */
struct weir_files *weir_files_create(bool durable);
void weir_files_destroy(struct weir_files *f); /* NULL-safe */

/* The root for a folder, made (0777 less umask) if it is not there. Owned by
 * the files. WEIR_E_IO: cannot be made, is no folder, may not be written. */
enum weir_err weir_files_root(struct weir_files *f, const char *path,
                              struct weir_root **out, struct weir_error *error);
struct weir_root *weir_files_first_root(struct weir_files *f);

/* Opens the folder of `path`, with `make` after making what is missing.
 * WEIR_E_IO, also when a folder on the way is a link. Without `make` a missing
 * folder gives folder = -1 and WEIR_OK. */
enum weir_err weir_files_place(struct weir_files *f, struct weir_root *root,
                               const char *path, bool make,
                               struct weir_place *out,
                               struct weir_error *error);

/* What stands under the path, links not followed; *found false: nothing. */
enum weir_err weir_files_stat(struct weir_files *f, struct weir_root *root,
                              const char *path, struct stat *st, bool *found,
                              struct weir_error *error);
/* Creates a new file for reading and writing (O_EXCL|O_NOFOLLOW). The errno
 * EEXIST comes back as *fd = -1 and WEIR_OK. */
enum weir_err weir_files_new(struct weir_files *f, struct weir_root *root,
                             const char *path, int *fd,
                             struct weir_error *error);
/* Opens an existing regular file; *fd = -1 and WEIR_OK when there is none. */
enum weir_err weir_files_open(struct weir_files *f, struct weir_root *root,
                              const char *path, int flags, int *fd,
                              struct weir_error *error);
/* Renames within one folder: `to` has the same folder as `from`. Without
 * `replace` an existing `to` is WEIR_E_IO. */
enum weir_err weir_files_rename(struct weir_files *f, struct weir_root *root,
                                const char *from, const char *to, bool replace,
                                bool durable, struct weir_error *error);
/* Removes a file; one that is not there is fine. */
void weir_files_remove(struct weir_files *f, struct weir_root *root,
                       const char *path);
/* Sync of the file systems of all roots. */
enum weir_err weir_files_sync(struct weir_files *f, struct weir_error *error);

/* "out/a/b.html", for people; for weir_free, NULL = no memory. */
char *weir_files_shown(const struct weir_root *root, const char *path);
/* Sets an I/O error "PATH: cause" for errno `cause`. */
enum weir_err weir_files_error(const struct weir_root *root, const char *path,
                               int cause, struct weir_error *error);

#endif
