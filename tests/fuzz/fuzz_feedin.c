/* Feeds as input: whatever the bytes, records are JSON objects. */
#include "core/json.h"
#include "doc/charset.h"
#include "doc/feedin.h"
#include "fuzz.h"

#include <stdlib.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

static void check_record(struct weir_str record) {
    struct weir_json r;
    weir_json_init(&r, record);
    require(weir_json_next(&r) == WEIR_JSON_OBJECT);
    while (weir_json_next(&r) > WEIR_JSON_END)
        ;
    require(r.token == WEIR_JSON_END);
    require(weir_str_find(record, '\n', 0) == record.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str bytes = weir_str_make((const char *)data, size), text;
    struct weir_arena *arena = weir_arena_create(1 << 28);
    struct weir_feedin feed;
    struct weir_buf room;
    struct weir_url url;
    weir_buf_init(&room, 0);
    if (arena &&
        !weir_url_parse(&url, WEIR_STR("http://a.example/f"), NULL, NULL)) {
        if (!weir_charset_to_utf8(bytes, weir_str_make(NULL, 0), &room, &text,
                                  NULL) &&
            !weir_feedin_read(text, &url, 1795176000, arena, NULL, NULL, &feed,
                              NULL))
            for (size_t i = 0; i < feed.count; i++)
                check_record(feed.records[i]);
        weir_url_release(&url);
    }
    weir_buf_release(&room);
    weir_arena_destroy(arena);
    return 0;
}
