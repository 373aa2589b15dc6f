/* The JSON reader: any bytes come to an end, and what it hands out lies within
 * the text. */
#include "core/json.h"
#include "fuzz.h"

#include <stdlib.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

static void check_text(const struct weir_json *r, struct weir_buf *out) {
    weir_buf_clear(out);
    require(weir_json_put_text(r->text, out) == WEIR_OK);
    require(out->len <= r->text.n);
    require(weir_json_is(r, weir_buf_view(out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str text = weir_str_make((const char *)data, size);
    struct weir_json r, skipping;
    struct weir_buf out;
    size_t tokens = 0;
    bool good;
    weir_buf_init(&out, 0);
    weir_json_init(&r, text);
    while (weir_json_next(&r) != WEIR_JSON_ERROR && r.token != WEIR_JSON_END) {
        require(++tokens <= size && r.at <= size);
        require(r.depth <= WEIR_JSON_MAX_DEPTH);
        if (r.token == WEIR_JSON_KEY || r.token == WEIR_JSON_STRING)
            check_text(&r, &out);
    }
    good = r.token == WEIR_JSON_END;
    require(good || (r.problem && r.at <= size));
    require(weir_json_next(&r) == (good ? WEIR_JSON_END : WEIR_JSON_ERROR));
    weir_json_init(&skipping, text);
    weir_json_next(&skipping);
    weir_json_skip(&skipping);
    require((weir_json_next(&skipping) == WEIR_JSON_END) == good);
    weir_buf_release(&out);
    return 0;
}
