/* decode.c - Content-Encoding undone, piece by piece.
 *
 * The layers are a chain, the outermost coding first. Each has one piece of
 * output, which is the input of the next; the last one's goes to the receiver.
 * A step runs the last layer that has input, or output that did not fit, and
 * whose own output has been used: so never more than a piece is under way at
 * any layer, however much the input grows.
 *
 *     input --> [gzip | piece] --> [br | piece] --> on_decoded
 */
#include "net/decode.h"

#include "base/mem.h"
#include "core/headers.h"

#include <brotli/decode.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
    GZIP = 16 + MAX_WBITS, /* windowBits of inflateInit2 */
    ZLIB = MAX_WBITS,
    RAW = -MAX_WBITS,
    ZSTD_WINDOW_LOG = 23, /* RFC 9659 section 3 */
    GZIP_MAGIC = 0x1f
};

struct layer;

struct coding {
    const char *name;
    enum weir_decode (*start)(struct layer *l, unsigned char first);
    /* Uses input and fills out; sets more and ended. */
    enum weir_decode (*step)(struct layer *l);
    void (*end)(struct layer *l);
};

struct layer {
    const struct coding *coding;
    union {
        z_stream zlib;
        BrotliDecoderState *brotli;
        ZSTD_DStream *zstd;
    } state;
    bool started, ended;
    bool more; /* output may wait inside */
    bool over; /* what follows the end means nothing */
    const unsigned char *in;
    size_t in_n;
    size_t out_n; /* in out, not used by the next one yet */
    unsigned char out[WEIR_DECODER_PIECE];
};

struct weir_decoder {
    size_t ahead; /* bytes used of what will be put again */
    size_t count;
    struct layer *layers[WEIR_DECODER_LAYERS];
};

static void *zlib_alloc(void *opaque, unsigned items, unsigned size) {
    (void)opaque;
    return weir_calloc(items, size);
}

static void zlib_free(void *opaque, void *p) {
    (void)opaque;
    weir_free(p);
}

static enum weir_decode start_zlib(struct layer *l, int window_bits) {
    memset(&l->state.zlib, 0, sizeof l->state.zlib);
    l->state.zlib.zalloc = zlib_alloc;
    l->state.zlib.zfree = zlib_free;
    return inflateInit2(&l->state.zlib, window_bits) == Z_OK
               ? WEIR_DECODE_TAKEN
               : WEIR_DECODE_NOMEM;
}

static enum weir_decode start_gzip(struct layer *l, unsigned char first) {
    (void)first;
    return start_zlib(l, GZIP);
}

/* Servers send it with zlib's header (RFC 9110 section 8.4.1.2) and without. */
static enum weir_decode start_deflate(struct layer *l, unsigned char first) {
    return start_zlib(l, (first & 0x0f) == Z_DEFLATED ? ZLIB : RAW);
}

static enum weir_decode step_zlib(struct layer *l) {
    z_stream *z = &l->state.zlib;
    int code;
    z->next_in = (unsigned char *)(uintptr_t)l->in; /* z_const is not set */
    z->avail_in = (uInt)l->in_n;
    z->next_out = l->out;
    z->avail_out = sizeof l->out;
    code = inflate(z, Z_NO_FLUSH);
    l->in = z->next_in;
    l->in_n = z->avail_in;
    l->out_n = sizeof l->out - z->avail_out;
    l->more = z->avail_out == 0;
    if (code == Z_STREAM_END) {
        l->ended = true;
        l->more = false;
    } else if (code == Z_MEM_ERROR) {
        return WEIR_DECODE_NOMEM;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return WEIR_DECODE_DAMAGED;
    }
    return WEIR_DECODE_TAKEN;
}

static void end_zlib(struct layer *l) {
    inflateEnd(&l->state.zlib);
}

static void *brotli_alloc(void *opaque, size_t size) {
    (void)opaque;
    return weir_malloc(size);
}

static enum weir_decode start_brotli(struct layer *l, unsigned char first) {
    (void)first;
    l->state.brotli =
        BrotliDecoderCreateInstance(brotli_alloc, zlib_free, NULL);
    return l->state.brotli ? WEIR_DECODE_TAKEN : WEIR_DECODE_NOMEM;
}

static enum weir_decode step_brotli(struct layer *l) {
    unsigned char *out = l->out;
    size_t room = sizeof l->out;
    BrotliDecoderErrorCode why;
    switch (BrotliDecoderDecompressStream(l->state.brotli, &l->in_n, &l->in,
                                          &room, &out, NULL)) {
    case BROTLI_DECODER_RESULT_SUCCESS:
        l->ended = true;
        l->more = false;
        break;
    case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        l->more = true;
        break;
    case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
        l->more = false;
        break;
    case BROTLI_DECODER_RESULT_ERROR:
        why = BrotliDecoderGetErrorCode(l->state.brotli);
        return why <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
                       why >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES
                   ? WEIR_DECODE_NOMEM
                   : WEIR_DECODE_DAMAGED;
    }
    l->out_n = sizeof l->out - room;
    return WEIR_DECODE_TAKEN;
}

static void end_brotli(struct layer *l) {
    BrotliDecoderDestroyInstance(l->state.brotli);
}

/* RFC 8878: frames and skippable frames. The library knows older formats too,
 * which are nobody's content coding. */
static bool begins_zstd(unsigned char first) {
    return first == 0x28 || (first & 0xf0) == 0x50;
}

static enum weir_decode start_zstd(struct layer *l, unsigned char first) {
    if (!begins_zstd(first))
        return WEIR_DECODE_DAMAGED;
    l->state.zstd = ZSTD_createDStream();
    if (!l->state.zstd)
        return WEIR_DECODE_NOMEM;
    ZSTD_DCtx_setParameter(l->state.zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
    return WEIR_DECODE_TAKEN;
}

static enum weir_decode step_zstd(struct layer *l) {
    ZSTD_inBuffer in = {l->in, l->in_n, 0};
    ZSTD_outBuffer out = {l->out, sizeof l->out, 0};
    size_t left = ZSTD_decompressStream(l->state.zstd, &out, &in);
    if (ZSTD_isError(left))
        return ZSTD_getErrorCode(left) ==
                       ZSTD_error_frameParameter_windowTooLarge
                   ? WEIR_DECODE_WINDOW
                   : WEIR_DECODE_DAMAGED;
    l->in += in.pos;
    l->in_n -= in.pos;
    l->out_n = out.pos;
    l->ended = left == 0; /* another frame may follow, RFC 8878 section 3.1 */
    l->more = left != 0 && out.pos == out.size;
    return WEIR_DECODE_TAKEN;
}

static void end_zstd(struct layer *l) {
    ZSTD_freeDStream(l->state.zstd);
}

static const struct coding codings[] = {
    {"gzip", start_gzip, step_zlib, end_zlib},
    {"x-gzip", start_gzip, step_zlib, end_zlib},
    {"deflate", start_deflate, step_zlib, end_zlib},
    {"br", start_brotli, step_brotli, end_brotli},
    {"zstd", start_zstd, step_zstd, end_zstd},
};

static const struct coding *find_coding(struct weir_str name) {
    for (size_t i = 0; i < sizeof codings / sizeof *codings; i++)
        if (weir_str_eq_nocase(name, weir_str_of(codings[i].name)))
            return &codings[i];
    return NULL;
}

/* The field lists the codings in the order in which they were applied. */
static enum weir_err add_layer(struct weir_decoder *d, struct weir_str name,
                               const char **message) {
    const struct coding *coding = find_coding(name);
    struct layer *l;
    if (!coding || d->count == WEIR_DECODER_LAYERS) {
        *message = coding ? "more than 3 content codings, one over another"
                          : "an unknown content coding";
        return WEIR_E_PROTOCOL;
    }
    l = weir_calloc(1, sizeof *l);
    if (!l) {
        *message = "no memory";
        return WEIR_E_NOMEM;
    }
    l->coding = coding;
    memmove(d->layers + 1, d->layers, d->count * sizeof *d->layers);
    d->layers[0] = l;
    d->count++;
    return WEIR_OK;
}

enum weir_err weir_decoder_create(struct weir_decoder **out,
                                  struct weir_str head, const char **message) {
    struct weir_headers_list list;
    struct weir_str name;
    struct weir_decoder *d = NULL;
    weir_headers_list_start(&list, head, WEIR_STR("Content-Encoding"));
    while (weir_headers_list_next(&list, &name)) {
        enum weir_err err = WEIR_E_NOMEM;
        if (weir_str_eq_nocase(name, WEIR_STR("identity")))
            continue;
        *message = "no memory";
        if (d || (d = weir_calloc(1, sizeof *d)))
            err = add_layer(d, name, message);
        if (err != WEIR_OK) {
            weir_decoder_destroy(d);
            return err;
        }
    }
    *out = d;
    return WEIR_OK;
}

void weir_decoder_destroy(struct weir_decoder *d) {
    if (!d)
        return;
    for (size_t i = 0; i < d->count; i++) {
        if (d->layers[i]->started)
            d->layers[i]->coding->end(d->layers[i]);
        weir_free(d->layers[i]);
    }
    weir_free(d);
}

/* What follows the end: another member (RFC 1952 section 2.2) or frame, else
 * bytes that mean nothing, as browsers take them. */
static enum weir_decode go_on_after_end(struct layer *l) {
    if (l->coding->step == step_zstd) {
        if (!begins_zstd(l->in[0]))
            return WEIR_DECODE_DAMAGED;
        l->ended = false;
        return l->coding->step(l);
    }
    if (l->coding->start == start_gzip && !l->over && l->in[0] == GZIP_MAGIC) {
        l->ended = false;
        inflateReset(&l->state.zlib);
        return l->coding->step(l);
    }
    l->over = true;
    l->in_n = 0;
    return WEIR_DECODE_TAKEN;
}

static enum weir_decode step(struct layer *l) {
    if (!l->started) {
        enum weir_decode code = l->coding->start(l, l->in[0]);
        if (code != WEIR_DECODE_TAKEN)
            return code;
        l->started = true;
    }
    return l->ended ? go_on_after_end(l) : l->coding->step(l);
}

/* Runs until no layer can do more; the last one's output is delivered before
 * anything else happens, so that a pause stops all. */
static enum weir_decode run(struct weir_decoder *d, weir_decoded_fn on_decoded,
                            void *data) {
    struct layer *last = d->layers[d->count - 1];
    for (;;) {
        enum weir_decode code;
        size_t i = d->count;
        if (last->out_n > 0) {
            switch (on_decoded((const char *)last->out, last->out_n, data)) {
            case WEIR_BODY_PAUSE:
                return WEIR_DECODE_PAUSED;
            case WEIR_BODY_ABORT:
                return WEIR_DECODE_ABORTED;
            case WEIR_BODY_TAKEN:
                last->out_n = 0;
            }
        }
        while (i > 0 && d->layers[i - 1]->in_n == 0 && !d->layers[i - 1]->more)
            i--;
        if (i == 0)
            return WEIR_DECODE_TAKEN;
        code = step(d->layers[i - 1]);
        if (code != WEIR_DECODE_TAKEN)
            return code;
        if (i < d->count) { /* its output is the next one's input */
            d->layers[i]->in = d->layers[i - 1]->out;
            d->layers[i]->in_n = d->layers[i - 1]->out_n;
        }
    }
}

enum weir_decode weir_decoder_put(struct weir_decoder *d, const char *bytes,
                                  size_t n, weir_decoded_fn on_decoded,
                                  void *data) {
    struct layer *first = d->layers[0];
    size_t skip = n < d->ahead ? n : d->ahead;
    enum weir_decode code;
    first->in = (const unsigned char *)bytes + skip;
    first->in_n = n - skip;
    code = run(d, on_decoded, data);
    if (code == WEIR_DECODE_PAUSED)
        d->ahead += n - skip - first->in_n;
    else
        d->ahead -= skip;
    first->in_n = 0; /* the bytes are the caller's */
    return code;
}

bool weir_decoder_is_whole(const struct weir_decoder *d) {
    if (!d->layers[0]->started)
        return true;
    for (size_t i = 0; i < d->count; i++)
        if (!d->layers[i]->ended)
            return false;
    return true;
}
