/* Why: bodies on their way to the disk. A small one comes whole with its finish
 * and goes into its `.part` in one go. A large one comes in chunks; the first
 * of an answer decides where they go:
 *
 *     206 that continues the .part      behind it, after its bytes were hashed
 *     2xx                               a new .part; with a validator also a
 * row (partial), so that a kill leaves something to resume anything else aside
 * with --save-errors, else nowhere
 *
 * XXH3 always, other digests where asked, of every byte as it passes. */
#include "engine/storage_internal.h"

#include "base/mem.h"
#include "engine/storage_cache.h"
#include "engine/storage_job_internal.h"
#include "engine/storage_output.h"
#include "engine/storage_tiles.h"
#include "store/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 256 << 10 };

/* Errors after which nothing more can be written anywhere. */
static bool is_final(int cause) {
    return cause == ENOSPC || cause == EIO || cause == EDQUOT || cause == EROFS;
}

static enum weir_err write_error(struct weir_storage *s, const struct plan *p,
                                 int cause, struct weir_error *error) {
    struct weir_error mine;
    weir_error_set(&mine, WEIR_E_IO, "writing %s: %s",
                   p->part ? p->part : "its body", strerror(cause));
    if (is_final(cause))
        storage_broken(s, &mine);
    if (error)
        *error = mine;
    return WEIR_E_IO;
}

struct weir_digest *storage_body_digest(struct weir_storage *s,
                                        enum weir_digest_kind kind) {
    if (!s->digests[kind])
        s->digests[kind] = weir_digest_create(kind);
    else
        weir_digest_reset(s->digests[kind]);
    return s->digests[kind];
}

void storage_body_free(struct weir_storage *s, struct weir_item *item) {
    uint64_t freed = 0;
    for (struct weir_list *at = item->body.next; at != &item->body;
         at = at->next)
        freed += WEIR_CONTAINER(at, struct weir_chunk, link)->len;
    weir_item_drop_body(item);
    if (freed)
        storage_less_backlog(s, freed);
}

static void hash_bytes(struct plan *p, const void *bytes, size_t n) {
    weir_hasher_update(p->hasher, bytes, n);
    if (p->sha256)
        weir_digest_update(p->sha256, bytes, n);
    if (p->check)
        weir_digest_update(p->check, bytes, n);
}

/* Digests of the item's own: its stream lives beside others. */
static enum weir_err start_hashing(struct weir_storage *s, struct plan *p,
                                   struct weir_error *error) {
    enum weir_digest_kind kind;
    struct weir_str hex;
    if (!p->hasher && !(p->hasher = weir_hasher_create()))
        return weir_error_nomem(error);
    weir_hasher_reset(p->hasher);
    if (p->sha256)
        weir_digest_reset(p->sha256);
    else if (s->config.want_sha256 &&
             !(p->sha256 = weir_digest_create(WEIR_DIGEST_SHA256)))
        return weir_error_nomem(error);
    if (p->check)
        weir_digest_reset(p->check);
    else if (p->item->checksum &&
             !weir_digest_parse(weir_str_of(p->item->checksum), &kind, &hex,
                                NULL) &&
             !(p->check = weir_digest_create(kind)))
        return weir_error_nomem(error);
    return WEIR_OK;
}

static enum weir_err hash_fd(int fd, uint64_t size, struct plan *p) {
    char *block = weir_malloc(READ_BYTES);
    off_t at = 0;
    ssize_t n = 0;
    if (!block)
        return WEIR_E_NOMEM;
    while ((uint64_t)at < size) {
        size_t want = size - (uint64_t)at < READ_BYTES
                          ? (size_t)(size - (uint64_t)at)
                          : READ_BYTES;
        n = pread(fd, block, want, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        hash_bytes(p, block, (size_t)n);
        at += n;
    }
    weir_free(block);
    return (uint64_t)at == size ? WEIR_OK : WEIR_E_IO;
}

enum weir_err storage_body_hash_file(struct weir_storage *s,
                                     struct weir_root *root, const char *path,
                                     uint64_t *xxh3, int kind,
                                     char hex[WEIR_DIGEST_HEX],
                                     struct weir_error *error) {
    struct plan hashing = {.hasher = s->hasher};
    struct stat st;
    int fd;
    enum weir_err code =
        weir_files_open(s->files, root, path, O_RDONLY, &fd, error);
    if (code)
        return code;
    if (fd < 0)
        return weir_files_error(root, path, ENOENT, error);
    weir_hasher_reset(s->hasher);
    if (kind >= 0) {
        hashing.check = storage_body_digest(s, (enum weir_digest_kind)kind);
        if (!hashing.check)
            code = weir_error_nomem(error);
    }
    if (!code && fstat(fd, &st) != 0)
        code = weir_files_error(root, path, errno, error);
    if (!code && (code = hash_fd(fd, (uint64_t)st.st_size, &hashing)))
        weir_files_error(root, path, code == WEIR_E_NOMEM ? ENOMEM : EIO,
                         error);
    close(fd);
    if (code)
        return code;
    *xxh3 = weir_hasher_digest(s->hasher);
    if (kind >= 0)
        weir_digest_hex(hashing.check, hex);
    return WEIR_OK;
}

/* Is a file under our temporary name one that a killed process left? It was
 * made (ctime, which nobody can set) while this run was going on before. */
static bool is_orphan(struct weir_storage *s, struct plan *p) {
    struct stat st;
    bool found;
    return weir_files_stat(s->files, p->root, p->part, &st, &found, NULL) ==
               WEIR_OK &&
           found && S_ISREG(st.st_mode) &&
           (int64_t)st.st_ctim.tv_sec >= s->first_start;
}

/* A new file under a temporary name: NAME.part, or a name with the URL's hash
 * if that stands there and is not known to be ours. The hashed one always is.
 */
static enum weir_err open_new(struct weir_storage *s, struct plan *p,
                              struct weir_error *error) {
    enum weir_err code;
    p->fd = -1;
    if (p->part && (p->has_partial || p->streams))
        weir_files_remove(s->files, p->root, p->part);
    for (int attempt = 0; attempt < 4; attempt++) {
        bool tagged = attempt >= 2 || !p->file;
        if ((attempt & 1) == 0 && (code = storage_name_part(p, tagged, error)))
            return code;
        if ((code = weir_files_new(s->files, p->root, p->part, &p->fd, error)))
            return code;
        if (p->fd >= 0)
            return WEIR_OK;
        if (tagged || is_orphan(s, p))
            weir_files_remove(s->files, p->root, p->part);
        else
            attempt = 1;
    }
    return weir_files_error(p->root, p->part, EEXIST, error);
}

/* The .part of before, with its bytes hashed. */
static enum weir_err reopen(struct weir_storage *s, struct plan *p,
                            uint64_t from, struct weir_error *error) {
    enum weir_err code;
    if (p->fd < 0) {
        bool hashed = p->streams && p->size == from;
        if (p->adopts) {
            if ((code = storage_name_part(p, true, error)) ||
                (code = weir_files_rename(s->files, p->root, p->file, p->part,
                                          true, false, error)))
                return code;
            p->adopts = false;
        }
        if ((code = weir_files_open(s->files, p->root, p->part, O_RDWR, &p->fd,
                                    error)))
            return code;
        if (p->fd < 0)
            return weir_files_error(p->root, p->part, ENOENT, error);
        if (!hashed && (code = start_hashing(s, p, error)))
            return code;
        if (!hashed && (code = hash_fd(p->fd, from, p)))
            return weir_files_error(p->root, p->part, EIO, error);
    }
    if (ftruncate(p->fd, (off_t)from) != 0 ||
        lseek(p->fd, (off_t)from, SEEK_SET) < 0)
        return weir_files_error(p->root, p->part, errno, error);
    p->size = from;
    return WEIR_OK;
}

static int64_t length_of(struct weir_str head) {
    struct weir_str value;
    int64_t length;
    if (weir_headers_get(head, WEIR_STR("Content-Encoding"), 0, &value) ||
        !weir_headers_get(head, WEIR_STR("Content-Length"), 0, &value) ||
        !weir_str_to_i64(value, &length) || length < 0)
        return -1;
    return length;
}

/* A 206 that was asked for: the server must go on exactly where we are. */
static enum weir_err continue_stream(struct weir_storage *s, struct plan *p,
                                     const struct weir_chunk *c,
                                     struct weir_error *error) {
    struct weir_item probe = {.resume_from = c->resume_from,
                              .response_head = c->head,
                              .known_total = p->total};
    struct weir_content_range range;
    struct weir_str value;
    if (!c->head || !weir_item_range_ok(&probe))
        return weir_error_set(error, WEIR_E_PROTOCOL,
                              "the server's Content-Range does not continue "
                              "the file at byte %lld",
                              (long long)c->resume_from);
    if (weir_headers_get(weir_str_of(c->head), WEIR_STR("Content-Range"), 0,
                         &value) &&
        weir_headers_content_range(value, &range))
        p->total = range.total;
    return reopen(s, p, (uint64_t)c->resume_from, error);
}

static enum weir_err begin_new(struct weir_storage *s, struct plan *p,
                               const struct weir_chunk *c,
                               struct weir_error *error) {
    enum weir_err code;
    if (p->fd >= 0) {
        close(p->fd);
        p->fd = -1;
    }
    p->size = 0;
    p->total = length_of(weir_str_of(c->head));
    if ((code = start_hashing(s, p, error)))
        return code;
    if (storage_body_rule(s, p->item) == WEIR_BODY_STDOUT)
        return storage_output_begin(s, p, c->status, c->head, error);
    if (storage_body_rule(s, p->item) != WEIR_BODY_FILES) {
        weir_buf_clear(&p->kept);
        return WEIR_OK;
    }
    return open_new(s, p, error);
}

/* What a kill leaves can be resumed if its row says with which validator. */
static enum weir_err note_partial(struct weir_storage *s, struct plan *p,
                                  struct weir_str head,
                                  struct weir_error *error) {
    struct weir_str strong = storage_cache_strong(head);
    if (storage_body_rule(s, p->item) != WEIR_BODY_FILES || strong.n == 0 ||
        !weir_str_eq(weir_str_of(p->item->method), WEIR_STR("GET")))
        return WEIR_OK;
    p->validator = weir_str_dup(strong);
    if (!p->validator)
        return weir_error_nomem(error);
    p->row_pending = true;
    if (!weir_list_empty(&p->partial_link))
        return WEIR_OK;
    if (!storage_has_batch(s))
        s->batch_since = storage_now_ms();
    weir_list_append(&s->partials, &p->partial_link);
    return WEIR_OK;
}

/* The first chunk of an answer. */
static enum weir_err begin_answer(struct weir_storage *s, struct plan *p,
                                  const struct weir_chunk *c,
                                  struct weir_error *error) {
    bool wanted = c->status >= 200 && c->status < 300;
    enum weir_err code;
    p->drops = p->is_error_body = false;
    weir_free(p->validator);
    p->validator = NULL;
    if (!wanted &&
        !(s->config.save_errors &&
          storage_body_rule(s, p->item) == WEIR_BODY_FILES && p->file)) {
        p->drops = true;
        return start_hashing(s, p, error);
    }
    if (c->status == 206 && c->resume_from > 0) {
        code = continue_stream(s, p, c, error);
    } else if (c->status == 206) {
        code = weir_error_set(
            error, WEIR_E_PROTOCOL,
            "the server sent a part (206) that nobody asked for");
    } else {
        p->is_error_body = !wanted;
        code = begin_new(s, p, c, error);
    }
    p->streams = true;
    if (!code && wanted)
        code = note_partial(s, p, weir_str_of(c->head), error);
    return code;
}

/* Bytes of the stream, wherever it goes. */
static enum weir_err append(struct weir_storage *s, struct plan *p,
                            const char *bytes, size_t n,
                            struct weir_error *error) {
    if (p->drops)
        return WEIR_OK;
    if (storage_body_rule(s, p->item) == WEIR_BODY_STDOUT) {
        enum weir_err code = storage_output_append(s, p, bytes, n, error);
        if (code)
            return code;
    } else if (storage_body_rule(s, p->item) == WEIR_BODY_STORE) {
        if (weir_buf_add(&p->kept, bytes, n))
            return weir_error_nomem(error);
    } else if (p->fd >= 0 && weir_os_write_all(p->fd, bytes, n) != 0) {
        return write_error(s, p, errno, error);
    }
    hash_bytes(p, bytes, n);
    p->size += n;
    return WEIR_OK;
}

bool weir_storage_write(struct weir_storage *s, struct weir_item *item,
                        const char *bytes, size_t n) {
    struct plan *p = item->plan;
    if (storage_body_rule(s, item) != WEIR_BODY_FILES || p->tile ||
        !p->said_first || atomic_load(&p->chunks) > 0 || p->broken.code ||
        p->epoch != p->at_epoch || p->fd < 0)
        return false;
    append(s, p, bytes, n, &p->broken);
    return true;
}

void storage_body_chunk(struct weir_storage *s, struct weir_chunk *c) {
    struct plan *p = c->item->plan;
    if (p->at_epoch != c->epoch) {
        storage_body_drop(s, p, false);
        p->at_epoch = c->epoch;
    }
    if (c->first) {
        p->broken = (struct weir_error){0};
        if (p->tile)
            storage_tiles_rewind(p);
        else
            begin_answer(s, p, c, &p->broken);
    }
    if (!p->broken.code && p->tile)
        storage_tiles_append(p, c->bytes, c->len, &p->broken);
    else if (!p->broken.code)
        append(s, p, c->bytes, c->len, &p->broken);
    atomic_fetch_sub(&p->chunks, 1);
    storage_less_backlog(s, c->len);
    weir_chunk_destroy(c);
}

void storage_body_drop(struct weir_storage *s, struct plan *p, bool keep) {
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    if (storage_body_rule(s, p->item) == WEIR_BODY_STDOUT)
        storage_output_drop(s, p);
    if (!keep && p->part && (p->streams || p->has_partial)) {
        weir_files_remove(s->files, p->root, p->part);
        weir_free(p->part);
        p->part = NULL;
    }
    if (!keep) {
        p->row_pending = false;
        weir_list_remove(&p->partial_link);
    }
    p->streams = p->drops = false;
    p->size = 0;
    p->broken = (struct weir_error){0};
}

/* The digests of a body in one chunk or several, without state of its own. */
static enum weir_err hash_whole(struct weir_storage *s, struct plan *p,
                                struct weir_error *error) {
    struct weir_item *item = p->item;
    struct weir_list *first = item->body.next;
    struct plan all = {.hasher = s->hasher};
    enum weir_digest_kind kind;
    struct weir_str hex;
    if (s->config.want_sha256 &&
        !(all.sha256 = storage_body_digest(s, WEIR_DIGEST_SHA256)))
        return weir_error_nomem(error);
    if (item->checksum &&
        !weir_digest_parse(weir_str_of(item->checksum), &kind, &hex, NULL)) {
        /* Both may be SHA-256: one state serves for both. */
        if (kind != WEIR_DIGEST_SHA256 || !all.sha256)
            all.check = storage_body_digest(s, kind);
        if (!all.check && !all.sha256)
            return weir_error_nomem(error);
    }
    weir_hasher_reset(s->hasher);
    for (struct weir_list *at = first; at != &item->body; at = at->next) {
        struct weir_chunk *c = WEIR_CONTAINER(at, struct weir_chunk, link);
        hash_bytes(&all, c->bytes, c->len);
        p->size += c->len;
    }
    item->xxh3 = weir_hasher_digest(s->hasher);
    if (all.sha256)
        weir_digest_hex(all.sha256, item->sha256);
    if (all.check)
        weir_digest_hex(all.check, p->check_hex);
    else if (item->checksum && all.sha256)
        memcpy(p->check_hex, item->sha256, sizeof p->check_hex);
    return WEIR_OK;
}

/* A body that never was in pieces. */
static enum weir_err write_whole(struct weir_storage *s, struct plan *p,
                                 struct weir_error *error) {
    struct weir_item *item = p->item;
    enum weir_err code;
    p->size = 0;
    p->total = length_of(weir_str_of(item->response_head));
    if ((code = hash_whole(s, p, error)) ||
        storage_body_rule(s, p->item) != WEIR_BODY_FILES)
        return code;
    if ((code = open_new(s, p, error)))
        return code;
    p->streams = true;
    for (struct weir_list *at = item->body.next; at != &item->body;
         at = at->next) {
        struct weir_chunk *c = WEIR_CONTAINER(at, struct weir_chunk, link);
        if (weir_os_write_all(p->fd, c->bytes, c->len) != 0)
            return write_error(s, p, errno, error);
    }
    return WEIR_OK;
}

/* The rest of a stream, or a first part that continues a .part. */
static enum weir_err write_rest(struct weir_storage *s, struct plan *p,
                                struct weir_error *error) {
    struct weir_item *item = p->item;
    enum weir_err code = WEIR_OK;
    if (!p->said_first) {
        struct weir_chunk first = {.status = item->status,
                                   .resume_from = item->resume_from,
                                   .head = item->response_head};
        p->broken = (struct weir_error){0};
        code = begin_answer(s, p, &first, error);
    }
    for (struct weir_list *at = item->body.next; !code && at != &item->body;
         at = at->next) {
        struct weir_chunk *c = WEIR_CONTAINER(at, struct weir_chunk, link);
        code = append(s, p, c->bytes, c->len, error);
    }
    if (code || !p->hasher)
        return code;
    item->xxh3 = weir_hasher_digest(p->hasher);
    if (p->sha256)
        weir_digest_hex(p->sha256, item->sha256);
    if (p->check)
        weir_digest_hex(p->check, p->check_hex);
    return WEIR_OK;
}

enum weir_err storage_body_write(struct weir_storage *s, struct plan *p,
                                 struct weir_error *error) {
    struct weir_item *item = p->item;
    bool continues = item->status == 206 && item->resume_from > 0;
    enum weir_err code = p->said_first || continues ? write_rest(s, p, error)
                                                    : write_whole(s, p, error);
    if (!code && storage_body_rule(s, p->item) == WEIR_BODY_STORE)
        code = storage_job_pack(p, error);
    /* Standard output takes the chunks from the item. */
    if (storage_body_rule(s, p->item) != WEIR_BODY_STDOUT)
        storage_body_free(s, item);
    return code;
}
