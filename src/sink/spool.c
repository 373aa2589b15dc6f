/* Why: outputs in the order of the input must wait for the slowest, perhaps
 * with millions of others behind it.
 *
 * An extent is a header (offset of the next one, its size) and bytes. The first
 * of a string is as large as its first piece, since most strings come in one
 * piece; later ones have room for more. Offsets only grow; when nothing is left
 * in the file it is cut to nothing and they start again. */
#include "sink/spool.h"

#include "base/mem.h"
#include "store/os.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { LATER_EXTENT = 256 << 10 };

struct extent {
    uint64_t next, size;
};

struct entry {
    uint64_t length, first, present;
};

struct weir_spool {
    char *folder;
    int data, index;
    uint64_t end;  /* of the data */
    uint64_t live; /* bytes of extents in use */
    uint64_t waiting, highest;
};

struct weir_spool *weir_spool_create(const char *folder) {
    struct weir_spool *s = weir_calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->data = s->index = -1;
    if (folder && !(s->folder = weir_strdup(folder))) {
        weir_free(s);
        return NULL;
    }
    return s;
}

void weir_spool_destroy(struct weir_spool *s) {
    if (!s)
        return;
    if (s->data >= 0)
        close(s->data);
    if (s->index >= 0)
        close(s->index);
    weir_free(s->folder);
    weir_free(s);
}

static enum weir_err failed(struct weir_error *error) {
    return weir_error_set(error, WEIR_E_IO, "temporary file: %s",
                          strerror(errno));
}

static enum weir_err open_file(struct weir_spool *s, int *fd,
                               struct weir_error *error) {
    if (*fd < 0)
        *fd = weir_os_temporary(s->folder);
    return *fd < 0 ? failed(error) : WEIR_OK;
}

/* Gives an extent back. */
static void release(struct weir_spool *s, uint64_t at, uint64_t size) {
    s->live -= size + sizeof(struct extent);
    if (s->live == 0) {
        /* Failing to shrink costs disk space and nothing else. */
        if (ftruncate(s->data, 0) == 0)
            s->end = 0;
    } else {
        weir_os_punch(s->data, (off_t)at,
                      (off_t)(size + sizeof(struct extent)));
    }
}

/* A new last extent with room for n bytes at least. */
static enum weir_err extend(struct weir_spool *s, struct weir_spooled *text,
                            size_t n, struct weir_error *error) {
    bool later = text->length > 0 || text->read > 0;
    struct extent e = {0, later && n < LATER_EXTENT ? LATER_EXTENT : n};
    /* An offset of 0 means "none": the file begins one byte late. */
    uint64_t at = s->end ? s->end : 1;
    if (weir_os_pwrite_all(s->data, &e, sizeof e, (off_t)at) != 0)
        return failed(error);
    if (text->last &&
        weir_os_pwrite_all(s->data, &at, sizeof at, (off_t)text->last) != 0)
        return failed(error);
    s->end = at + sizeof e + e.size;
    s->live += sizeof e + e.size;
    if (!text->last)
        text->first = at;
    text->last = at;
    text->used = 0;
    return WEIR_OK;
}

static enum weir_err read_extent(struct weir_spool *s, uint64_t at,
                                 struct extent *e, struct weir_error *error) {
    return weir_os_pread_all(s->data, e, sizeof *e, (off_t)at) == 0
               ? WEIR_OK
               : failed(error);
}

enum weir_err weir_spool_append(struct weir_spool *s, struct weir_spooled *text,
                                const void *bytes, size_t n,
                                struct weir_error *error) {
    const char *p = bytes;
    struct extent e = {0};
    enum weir_err code = open_file(s, &s->data, error);
    if (!code && text->last)
        code = read_extent(s, text->last, &e, error);
    while (!code && n > 0) {
        if (text->used == e.size) {
            if ((code = extend(s, text, n, error)) ||
                (code = read_extent(s, text->last, &e, error)))
                break;
        }
        size_t room = (size_t)(e.size - text->used), part = n < room ? n : room;
        uint64_t at = text->last + sizeof e + text->used;
        if (weir_os_pwrite_all(s->data, p, part, (off_t)at) != 0)
            return failed(error);
        text->used += part;
        text->length += part;
        p += part;
        n -= part;
    }
    return code;
}

enum weir_err weir_spool_read(struct weir_spool *s, struct weir_spooled *text,
                              void *bytes, size_t cap, size_t *n,
                              struct weir_error *error) {
    struct extent e;
    enum weir_err code;
    *n = 0;
    if (text->length == 0)
        return WEIR_OK;
    if ((code = read_extent(s, text->first, &e, error)))
        return code;
    uint64_t left = e.size - text->read;
    if (left > text->length)
        left = text->length;
    size_t part = left < cap ? (size_t)left : cap;
    if (weir_os_pread_all(s->data, bytes, part,
                          (off_t)(text->first + sizeof e + text->read)) != 0)
        return failed(error);
    text->read += part;
    text->length -= part;
    *n = part;
    if (text->length == 0 || text->read == e.size) {
        release(s, text->first, e.size);
        text->first = e.next;
        text->read = 0;
    }
    return WEIR_OK;
}

void weir_spool_drop(struct weir_spool *s, struct weir_spooled *text) {
    struct extent e;
    while (text->length > 0 &&
           read_extent(s, text->first, &e, NULL) == WEIR_OK) {
        uint64_t left = e.size - text->read;
        text->length -= left < text->length ? left : text->length;
        release(s, text->first, e.size);
        text->first = e.next;
        text->read = 0;
    }
    *text = (struct weir_spooled){0};
}

enum weir_err weir_spool_put(struct weir_spool *s, uint64_t number,
                             const struct weir_spooled *text,
                             struct weir_error *error) {
    struct entry e = {text->length, text->first, 1};
    enum weir_err code = open_file(s, &s->index, error);
    if (code)
        return code;
    if (weir_os_pwrite_all(s->index, &e, sizeof e,
                           (off_t)(number * sizeof e)) != 0)
        return failed(error);
    s->waiting++;
    if (number > s->highest)
        s->highest = number;
    return WEIR_OK;
}

enum weir_err weir_spool_take(struct weir_spool *s, uint64_t number,
                              struct weir_spooled *text, bool *found,
                              struct weir_error *error) {
    struct entry e = {0};
    *found = false;
    if (s->waiting == 0 || number > s->highest)
        return WEIR_OK;
    if (weir_os_pread_all(s->index, &e, sizeof e, (off_t)(number * sizeof e)) !=
        0)
        return failed(error);
    if (!e.present)
        return WEIR_OK;
    *text = (struct weir_spooled){.length = e.length, .first = e.first};
    *found = true;
    if (--s->waiting == 0 && ftruncate(s->index, 0) == 0)
        s->highest = 0;
    return WEIR_OK;
}

uint64_t weir_spool_waiting(const struct weir_spool *s) {
    return s->waiting;
}

uint64_t weir_spool_highest(const struct weir_spool *s) {
    return s->highest;
}
