/* storage_cache.h - what a stored answer is good for. */
#ifndef WEIR_ENGINE_STORAGE_CACHE_H
#define WEIR_ENGINE_STORAGE_CACHE_H

#include "engine/storage_internal.h"

enum storage_use {
    STORAGE_USE_NOTHING,  /* as if it were not there */
    STORAGE_USE_VALIDATE, /* ask with its validators */
    STORAGE_USE_FRESH,
    STORAGE_USE_DONE /* this run's own */
};

/* By the run's cache mode, Vary and RFC 9111. Its file is not looked at. */
enum storage_use storage_cache_use(const struct weir_storage *s,
                                   const struct weir_item *item,
                                   const struct weir_answer *a);
/* Offline nothing is asked: WEIR_E_NETWORK. */
enum weir_err storage_cache_may_ask(const struct weir_storage *s,
                                    const struct weir_item *item,
                                    struct weir_error *error);

/* The header block that is stored: without Set-Cookie, authentication and what
 * belongs to the connection. Appended to out. */
enum weir_err storage_cache_put_head(struct weir_str head,
                                     struct weir_buf *out);
/* The stored head as a 304's fields change it (RFC 9111 section 3.2). */
enum weir_err storage_cache_merge(struct weir_str stored,
                                  struct weir_str fields, struct weir_buf *out);
/* A hash of the request's fields that Vary names. False: no Vary. */
bool storage_cache_vary(const struct weir_item *item, struct weir_str head,
                        uint64_t *vary);
/* The validator that may stand in If-Range, or empty: a strong ETag, or a
 * Last-Modified that is strong (RFC 9110 section 8.8.2.2); none when the body
 * has a Content-Encoding. */
struct weir_str storage_cache_strong(struct weir_str head);

/* The Content-Type is among "image/,application/json"; NULL: any. */
bool storage_type_expected(const char *expected, struct weir_str head);

#endif
