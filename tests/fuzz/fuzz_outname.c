/* A template (first line) and a URL (the rest): whatever they are, the path
 * stays beneath its folder, and no name is longer than it may be. */
#include "core/outname.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static void check_name(struct weir_str name) {
    if (name.n == 0 || name.n > 255 || weir_str_eq(name, WEIR_STR(".")) ||
        weir_str_eq(name, WEIR_STR("..")) || memchr(name.p, 0, name.n))
        abort();
}

static void check_path(struct weir_str path) {
    struct weir_str name, rest = path;
    bool more = true;
    while (more) {
        more = weir_str_cut(rest, '/', &name, &rest);
        check_name(name);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const captures[] = {"a", "../b"};
    struct weir_str text, url;
    struct weir_outname *t;
    struct weir_buf out, tagged;
    weir_str_cut(weir_str_make((const char *)data, size), '\n', &text, &url);
    struct weir_outname_input in = {.url = url,
                                    .name = weir_str_sub(url, 0, size % 2),
                                    .n = size,
                                    .date = WEIR_STR("2026-01-31"),
                                    .captures = captures,
                                    .capture_count = 2};
    if (weir_outname_create(&t, text, NULL))
        return 0;
    weir_buf_init(&out, 0);
    weir_buf_init(&tagged, 0);
    if (weir_outname_expand(t, &in, &out, NULL) == WEIR_OK) {
        check_path(weir_buf_view(&out));
        if (weir_outname_tagged(weir_buf_view(&out), 0xffffffff, &tagged))
            abort();
        check_path(weir_buf_view(&tagged));
        weir_buf_clear(&tagged);
        if (weir_outname_fold(weir_buf_view(&out), &tagged))
            abort();
    }
    weir_buf_release(&out);
    weir_buf_release(&tagged);
    weir_outname_destroy(t);
    return 0;
}
