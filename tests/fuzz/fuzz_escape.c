/* The escapers: what comes out is valid UTF-8 without what they promise to
 * remove. */
#include "base/escape.h"
#include "fuzz.h"

#include <stdlib.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

static void check_terminal(struct weir_str out) {
    require(weir_utf8_valid(out));
    for (size_t i = 0; i < out.n;) {
        uint32_t cp;
        i += weir_utf8_decode(weir_str_sub(out, i, 4), &cp);
        require(cp >= 0x20 && !(cp >= 0x7F && cp < 0xA0) && cp != 0x202E);
    }
}

static void check_json(struct weir_str out) {
    require(weir_utf8_valid(out) && out.n >= 2);
    require(out.p[0] == '"' && out.p[out.n - 1] == '"');
    for (size_t i = 1; i < out.n - 1; i++) {
        require((unsigned char)out.p[i] >= 0x20 && out.p[i] != '"');
        if (out.p[i] == '\\')
            i++; /* what follows belongs to it */
        require(i < out.n - 1);
    }
}

static void check_xml(struct weir_str out) {
    require(weir_utf8_valid(out));
    for (size_t i = 0; i < out.n; i++)
        require(out.p[i] != '<' && out.p[i] != '>' && out.p[i] != '"' &&
                out.p[i] != '\0' && out.p[i] != '\x1b');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str s = weir_str_make((const char *)data, size);
    struct weir_buf out;
    weir_buf_init(&out, 0);
    weir_escape_terminal(&out, s);
    check_terminal(weir_buf_view(&out));
    weir_buf_clear(&out);
    weir_escape_json(&out, s);
    check_json(weir_buf_view(&out));
    weir_buf_clear(&out);
    weir_escape_xml(&out, s);
    check_xml(weir_buf_view(&out));
    weir_buf_release(&out);
    require(weir_utf8_floor(s) <= size && size - weir_utf8_floor(s) <= 3);
    return 0;
}
