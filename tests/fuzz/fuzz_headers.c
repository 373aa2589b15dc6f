/* Header fields: every slice lies in the input, every walk ends. */
#include "base/escape.h"
#include "core/headers.h"
#include "fuzz.h"

#include <stdlib.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

static bool inside(struct weir_str part, struct weir_str whole) {
    return part.n == 0 ||
           (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void walk_block(struct weir_str s) {
    struct weir_str rest = s, name, value, found;
    size_t left = rest.n + 1;
    while (weir_headers_next(&rest, &name, &value)) {
        require(rest.n < left && inside(name, s) && inside(value, s));
        left = rest.n;
    }
    if (weir_headers_get(s, WEIR_STR("a"), 0, &found))
        require(inside(found, s));
}

static void walk_value(struct weir_str s) {
    struct weir_str rest = s, element, name, value;
    struct weir_headers_link link;
    struct weir_content_range range;
    while (weir_headers_element(&rest, &element))
        require(element.n > 0 && inside(element, s));
    rest = s;
    while (weir_headers_param(&rest, &name, &value))
        require(inside(name, s) && inside(value, s));
    rest = s;
    while (weir_headers_link(&rest, &link)) {
        require(inside(link.target, s) && inside(link.rel, s));
        weir_headers_link_is(&link, WEIR_STR("next"));
    }
    if (weir_headers_content_range(s, &range))
        require(range.first <= range.last &&
                (range.total < 0 || range.last < range.total));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str s = weir_str_make((const char *)data, size);
    struct weir_buf out;
    walk_block(s);
    walk_value(s);
    weir_buf_init(&out, 0);
    require(weir_headers_filename(s, &out) == WEIR_OK);
    require(weir_utf8_valid(weir_buf_view(&out)));
    weir_buf_release(&out);
    return 0;
}
