/* Why: which file an item goes to. The name that its template gives belongs to
 * the first URL that wanted it: one in flight, or one whose answer or failure
 * stands in the store. Everybody else gets the name with 8 hex digits of their
 * URL's hash, which is the same in every run. */
#include "engine/storage_internal.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

/* dir= of a list line: absolute ones as the user typed them, others beneath
 * the run's folder, which they may not leave. */
static enum weir_err find_root(struct weir_storage *s, struct plan *p,
                               struct weir_error *error) {
    struct weir_buf path;
    enum weir_err code;
    p->root = s->root;
    if (!p->item->dir || !*p->item->dir)
        return WEIR_OK;
    weir_buf_init(&path, 0);
    if (p->item->dir[0] == '/') {
        weir_buf_z(&path, p->item->dir);
        code = WEIR_OK;
    } else {
        weir_buf_fmt(&path, "%s/", s->config.folder);
        code = weir_outname_typed(weir_str_of(p->item->dir), &path, error);
    }
    if (!code && path.failed)
        code = weir_error_nomem(error);
    if (!code)
        code = weir_files_root(s->files, path.p, &p->root, error);
    weir_buf_release(&path);
    return code;
}

static enum weir_err expand(struct weir_storage *s, const struct plan *p,
                            struct weir_str name, const char *xxh3,
                            const char *sha256, struct weir_buf *out,
                            struct weir_error *error) {
    const struct weir_item *item = p->item;
    struct weir_outname_input in = {.url = weir_str_of(item->url),
                                    .name = name,
                                    .n = item->n,
                                    .date = weir_str_of(s->date),
                                    .xxh3 = weir_str_of(xxh3),
                                    .sha256 = weir_str_of(sha256),
                                    .captures =
                                        (const char *const *)item->captures,
                                    .capture_count = item->capture_count};
    return weir_outname_expand(s->names, &in, out, error);
}

enum weir_err storage_name_wanted(struct weir_storage *s, struct plan *p,
                                  struct weir_buf *wanted,
                                  struct weir_error *error) {
    enum weir_err code = find_root(s, p, error);
    if (!code && p->item->out && *p->item->out) {
        code = weir_outname_typed(weir_str_of(p->item->out), wanted, error);
    } else if (!code) {
        p->late_name = weir_outname_wants_xxh3(s->names) ||
                       weir_outname_wants_sha256(s->names);
        code = expand(s, p, WEIR_STR(""), NULL, NULL, wanted, error);
    }
    return code;
}

uint64_t storage_file_key(const struct weir_root *root, struct weir_str path,
                          enum weir_err *code) {
    struct weir_buf folded;
    uint64_t key = 0;
    weir_buf_init(&folded, 0);
    weir_buf_z(&folded, root->path);
    weir_buf_byte(&folded, '/');
    *code = weir_outname_fold(path, &folded);
    if (!*code)
        key = weir_hash(weir_buf_view(&folded));
    weir_buf_release(&folded);
    return key;
}

static struct weir_str key_bytes(const uint64_t *key) {
    return weir_str_make((const char *)key, sizeof *key);
}

/* Another URL has this name, in flight or in the store. */
static enum weir_err is_taken(struct weir_storage *s, const struct plan *p,
                              uint64_t file_key, bool *taken,
                              struct weir_error *error) {
    struct weir_str owner;
    bool found;
    enum weir_err code;
    const struct plan *other = weir_map_get(s->claims, key_bytes(&file_key));
    *taken = other && other != p;
    if (*taken || !storage_seen_maybe(&s->seen, file_key))
        return WEIR_OK;
    if ((code =
             weir_store_find_owner(s->store, file_key, &owner, &found, error)))
        return code;
    *taken = found && !weir_str_eq(owner, weir_str_of(p->item->url));
    return WEIR_OK;
}

void storage_name_release(struct weir_storage *s, struct plan *p) {
    if (p->holds_file)
        weir_map_remove(s->claims, key_bytes(&p->file_key));
    p->holds_file = false;
    weir_free(p->file);
    p->file = NULL;
}

enum weir_err storage_name_hold(struct weir_storage *s, struct plan *p,
                                struct weir_str path, uint64_t file_key,
                                struct weir_error *error) {
    storage_name_release(s, p);
    p->file = weir_str_dup(path);
    if (!p->file)
        return weir_error_nomem(error);
    p->file_key = file_key;
    if (weir_map_get(s->claims, key_bytes(&file_key)))
        return WEIR_OK; /* the same URL under another key */
    if (weir_map_put(s->claims, key_bytes(&p->file_key), p) != WEIR_OK)
        return weir_error_nomem(error);
    p->holds_file = true;
    return WEIR_OK;
}

enum weir_err storage_name_claim(struct weir_storage *s, struct plan *p,
                                 struct weir_str wanted,
                                 struct weir_error *error) {
    uint64_t hash = weir_hash(weir_str_of(p->item->url)), key = 0;
    struct weir_buf path;
    enum weir_err code = WEIR_OK;
    bool taken = true;
    weir_buf_init(&path, 0);
    for (int attempt = 0; !code && taken && attempt < 3; attempt++) {
        weir_buf_clear(&path);
        if (attempt == 0)
            code = weir_buf_str(&path, wanted);
        else
            code = weir_outname_tagged(
                wanted, (uint32_t)(attempt == 1 ? hash : hash >> 32), &path);
        if (!code)
            key = storage_file_key(p->root, weir_buf_view(&path), &code);
        if (code)
            weir_error_nomem(error);
        else
            code = is_taken(s, p, key, &taken, error);
    }
    if (!code && taken)
        code = weir_error_set(error, WEIR_E_IO,
                              "the names for it belong to other URLs");
    if (!code)
        code = storage_name_hold(s, p, weir_buf_view(&path), key, error);
    weir_buf_release(&path);
    return code;
}

enum weir_err storage_name_late(struct weir_storage *s, struct plan *p,
                                struct weir_error *error) {
    struct weir_item *item = p->item;
    struct weir_str value;
    struct weir_buf proposed, wanted;
    char xxh3[17];
    enum weir_err code = WEIR_OK;
    weir_buf_init(&proposed, 0);
    weir_buf_init(&wanted, 0);
    if (s->config.content_disposition &&
        weir_headers_get(weir_str_of(item->response_head),
                         WEIR_STR("Content-Disposition"), 0, &value))
        code = weir_headers_filename(value, &proposed);
    if (code)
        weir_error_nomem(error);
    snprintf(xxh3, sizeof xxh3, "%016llx", (unsigned long long)item->xxh3);
    if (!code && (p->late_name || proposed.len)) {
        code = expand(s, p, weir_buf_view(&proposed), xxh3, item->sha256,
                      &wanted, error);
        if (!code)
            code = storage_name_claim(s, p, weir_buf_view(&wanted), error);
    }
    weir_buf_release(&proposed);
    weir_buf_release(&wanted);
    return code;
}

enum weir_err storage_name_part(struct plan *p, bool tagged,
                                struct weir_error *error) {
    struct weir_buf part;
    weir_buf_init(&part, 0);
    if (!p->file)
        weir_buf_fmt(&part, "%016llx", (unsigned long long)p->key);
    else if (tagged)
        weir_outname_tagged(weir_str_of(p->file),
                            (uint32_t)weir_hash(weir_str_of(p->item->url)),
                            &part);
    else
        weir_buf_z(&part, p->file);
    weir_buf_z(&part, ".part");
    weir_free(p->part);
    p->part = weir_buf_detach(&part);
    return p->part ? WEIR_OK : weir_error_nomem(error);
}

enum weir_err storage_name_show(struct plan *p, struct weir_error *error) {
    weir_free(p->item->file);
    p->item->file = p->file ? weir_files_shown(p->root, p->file) : NULL;
    return p->file && !p->item->file ? weir_error_nomem(error) : WEIR_OK;
}
