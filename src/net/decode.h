/* decode.h - Content-Encoding undone: gzip, deflate, br and zstd, also one
 * over another (RFC 9110 section 8.4).
 *
 * libcurl decodes all that it has read even when the body is paused, and keeps
 * what comes out in memory: sixteen kilobytes may become gigabytes. Here the
 * receiver may pause after each piece of at most WEIR_DECODER_PIECE bytes, and
 * memory is that of the windows: 32 KiB (gzip), 8 MiB (zstd, RFC 9659), 16 MiB
 * (br) a layer.
 *
 *     weir_decoder_create(&d, head, &message);    *d NULL: nothing to decode
 *     switch (weir_decoder_put(d, bytes, n, on_body, data)) ...
 *     weir_decoder_is_whole(d)                    after the last byte
 *
 * After WEIR_DECODE_PAUSED the same bytes are put again, perhaps in smaller
 * pieces: the decoder knows how many of them it has used.
 */
#ifndef WEIR_NET_DECODE_H
#define WEIR_NET_DECODE_H

#include "net/transfer.h"

enum {
    WEIR_DECODER_PIECE = 16 * 1024, /* bytes */
    WEIR_DECODER_LAYERS = 3
};

/* What Accept-Encoding may name. */
#define WEIR_DECODER_NAMES "gzip, deflate, br, zstd"

struct weir_decoder;

enum weir_decode {
    WEIR_DECODE_TAKEN, /* all bytes are used */
    WEIR_DECODE_PAUSED,
    WEIR_DECODE_ABORTED, /* on_body wants no more */
    WEIR_DECODE_DAMAGED,
    WEIR_DECODE_WINDOW, /* it asks for more memory than RFC 9659 lets it */
    WEIR_DECODE_NOMEM
};

typedef enum weir_body_answer (*weir_decoded_fn)(const char *bytes, size_t n,
                                                 void *data);

/* For the Content-Encoding of a header block; *out is NULL without one.
 * WEIR_E_PROTOCOL with a message: an unknown coding, or too many. */
enum weir_err weir_decoder_create(struct weir_decoder **out,
                                  struct weir_str head, const char **message);
void weir_decoder_destroy(struct weir_decoder *d);
enum weir_decode weir_decoder_put(struct weir_decoder *d, const char *bytes,
                                  size_t n, weir_decoded_fn on_decoded,
                                  void *data);
/* Every layer has seen its end, or there was no byte at all. */
bool weir_decoder_is_whole(const struct weir_decoder *d);

#endif
