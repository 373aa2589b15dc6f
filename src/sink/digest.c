/* Why: libcrypto's digests behind one small face. The algorithm is fetched once
 * for each object: fetching it for each body costs more than hashing 1 KiB. */
#include "sink/digest.h"

#include "base/mem.h"

#include <openssl/evp.h>

struct weir_digest {
    EVP_MD *md;
    EVP_MD_CTX *context;
    enum weir_digest_kind kind;
};

static const struct {
    const char *names[2];
    size_t hex;
    const char *algorithm;
} kinds[] = {
    [WEIR_DIGEST_SHA256] = {{"sha256", "sha-256"}, 64, "SHA2-256"},
    [WEIR_DIGEST_SHA1] = {{"sha1", "sha-1"}, 40, "SHA1"},
    [WEIR_DIGEST_MD5] = {{"md5", "md5"}, 32, "MD5"},
};

struct weir_digest *weir_digest_create(enum weir_digest_kind kind) {
    struct weir_digest *d = weir_calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->kind = kind;
    d->md = EVP_MD_fetch(NULL, kinds[kind].algorithm, NULL);
    d->context = EVP_MD_CTX_new();
    if (!d->md || !d->context || !EVP_DigestInit_ex2(d->context, d->md, NULL)) {
        weir_digest_destroy(d);
        return NULL;
    }
    return d;
}

void weir_digest_destroy(struct weir_digest *d) {
    if (!d)
        return;
    EVP_MD_CTX_free(d->context);
    EVP_MD_free(d->md);
    weir_free(d);
}

enum weir_digest_kind weir_digest_kind(const struct weir_digest *d) {
    return d->kind;
}

void weir_digest_reset(struct weir_digest *d) {
    EVP_DigestInit_ex2(d->context, d->md, NULL);
}

void weir_digest_update(struct weir_digest *d, const void *bytes, size_t n) {
    EVP_DigestUpdate(d->context, bytes, n);
}

void weir_digest_hex(struct weir_digest *d, char out[WEIR_DIGEST_HEX]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    EVP_DigestFinal_ex(d->context, raw, &n);
    for (unsigned i = 0; i < n && 2 * i + 2 < WEIR_DIGEST_HEX; i++) {
        out[2 * i] = digits[raw[i] >> 4];
        out[2 * i + 1] = digits[raw[i] & 15];
    }
    out[2 * n < WEIR_DIGEST_HEX ? 2 * n : WEIR_DIGEST_HEX - 1] = '\0';
}

enum weir_err weir_digest_parse(struct weir_str text,
                                enum weir_digest_kind *kind,
                                struct weir_str *hex,
                                struct weir_error *error) {
    struct weir_str name, value;
    weir_str_cut(text, '=', &name, &value);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!weir_str_eq_nocase(name, weir_str_of(kinds[i].names[0])) &&
            !weir_str_eq_nocase(name, weir_str_of(kinds[i].names[1])))
            continue;
        bool good = value.n == kinds[i].hex;
        for (size_t k = 0; good && k < value.n; k++)
            good = weir_hex_value(value.p[k]) >= 0;
        if (!good)
            return weir_error_set(error, WEIR_E_USAGE,
                                  "checksum: %s takes %zu hex digits",
                                  kinds[i].names[0], kinds[i].hex);
        *kind = (enum weir_digest_kind)i;
        *hex = value;
        return WEIR_OK;
    }
    return weir_error_set(error, WEIR_E_USAGE,
                          "checksum: write sha256=HEX, sha1=HEX or md5=HEX");
}
