/* digest.h - SHA-256, SHA-1 and MD5 (libcrypto), where a user asks for them. */
#ifndef WEIR_SINK_DIGEST_H
#define WEIR_SINK_DIGEST_H

#include "base/err.h"
#include "base/str.h"

enum weir_digest_kind { WEIR_DIGEST_SHA256, WEIR_DIGEST_SHA1, WEIR_DIGEST_MD5 };

enum { WEIR_DIGEST_HEX = 65 }; /* the longest in hex, with its NUL */

struct weir_digest;

/* NULL: no memory, or libcrypto forbids the algorithm. */
struct weir_digest *weir_digest_create(enum weir_digest_kind kind);
void weir_digest_destroy(struct weir_digest *d); /* NULL-safe */
enum weir_digest_kind weir_digest_kind(const struct weir_digest *d);
void weir_digest_reset(struct weir_digest *d);
void weir_digest_update(struct weir_digest *d, const void *bytes, size_t n);
/* Lower-case hex of what came since create or reset. */
void weir_digest_hex(struct weir_digest *d, char out[WEIR_DIGEST_HEX]);

/* Reads "sha256=hex" (or sha-256, sha1, sha-1, md5; any case). *hex is
 * borrowed and has the length of its kind. WEIR_E_USAGE. */
enum weir_err weir_digest_parse(struct weir_str text,
                                enum weir_digest_kind *kind,
                                struct weir_str *hex, struct weir_error *error);

#endif
