/* Any bytes with any Content-Type (up to the first line feed): the answer is an
 * encoding of the standard and valid UTF-8, within bounds. */
#include "base/escape.h"
#include "doc/charset.h"
#include "fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str all = weir_str_make((const char *)data, size);
    struct weir_str type, page, utf8;
    struct weir_charset found;
    struct weir_buf room;
    weir_str_cut(all, '\n', &type, &page);
    weir_buf_init(&room, size * 6 + 64);
    if (weir_charset_to_utf8(page, type, &room, &utf8, &found))
        abort();
    if (!weir_utf8_valid(utf8) || !weir_charset_lookup(weir_str_of(found.name)))
        abort();
    weir_buf_release(&room);
    return 0;
}
