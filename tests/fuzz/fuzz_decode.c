/* Content codings: what comes out does not depend on how the bytes come in, nor
 * on pauses, and no piece is larger than promised.
 *
 * The input: a byte that chooses the codings, one that cuts the body, and the
 * body. */
#include "base/buf.h"
#include "fuzz.h"
#include "net/decode.h"

#include <stdlib.h>
#include <string.h>

enum { OUT_MAX = 1 << 20 };

struct receiver {
    struct weir_buf got;
    unsigned calls, pause_every; /* 0 = never */
    bool too_much;
};

static void require(bool holds) {
    if (!holds)
        abort();
}

static enum weir_body_answer on_decoded(const char *bytes, size_t n,
                                        void *data) {
    struct receiver *r = data;
    require(n > 0 && n <= WEIR_DECODER_PIECE);
    if (r->pause_every && ++r->calls % r->pause_every == 0)
        return WEIR_BODY_PAUSE;
    weir_buf_add(&r->got, bytes, n);
    r->too_much = r->got.len > OUT_MAX;
    return r->too_much ? WEIR_BODY_ABORT : WEIR_BODY_TAKEN;
}

/* Puts the body in pieces of `step` bytes. */
static enum weir_decode decode(struct receiver *r, const char *head,
                               struct weir_str body, size_t step, bool *whole) {
    struct weir_decoder *d = NULL;
    const char *message;
    enum weir_decode code = WEIR_DECODE_TAKEN;
    require(weir_decoder_create(&d, weir_str_of(head), &message) == WEIR_OK);
    weir_buf_init(&r->got, 0);
    for (size_t at = 0; at < body.n && code == WEIR_DECODE_TAKEN; at += step) {
        size_t n = step < body.n - at ? step : body.n - at;
        do
            code = weir_decoder_put(d, body.p + at, n, on_decoded, r);
        while (code == WEIR_DECODE_PAUSED);
    }
    *whole = weir_decoder_is_whole(d);
    weir_decoder_destroy(d);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const heads[] = {
        "Content-Encoding: gzip\n",
        "Content-Encoding: deflate\n",
        "Content-Encoding: br\n",
        "Content-Encoding: zstd\n",
        "Content-Encoding: br\nContent-Encoding: gzip, identity\n",
        "Content-Encoding: zstd, x-gzip, br\n"};
    struct receiver once = {.calls = 0}, cut = {.calls = 0};
    struct weir_str body;
    enum weir_decode a, b;
    bool whole_a, whole_b;
    const char *head;
    size_t n;
    if (size < 2)
        return 0;
    head = heads[data[0] % (sizeof heads / sizeof *heads)];
    body = weir_str_make((const char *)data + 2, size - 2);
    cut.pause_every = 2 + data[1] % 3;
    a = decode(&once, head, body, body.n + 1, &whole_a);
    b = decode(&cut, head, body, 1 + data[1] / 3, &whole_b);
    n = once.got.len < cut.got.len ? once.got.len : cut.got.len;
    require(n == 0 || memcmp(once.got.p, cut.got.p, n) == 0);
    if (!once.too_much && !cut.too_much) {
        require(a == b && whole_a == whole_b);
        require(a != WEIR_DECODE_TAKEN || once.got.len == cut.got.len);
    }
    weir_buf_release(&once.got);
    weir_buf_release(&cut.got);
    return 0;
}
