/* Feeds: whatever a record says, RSS and Atom are well-formed (libxml2), have
 * one guid or id for each item, and descriptions of at most 4,000 bytes.
 *
 * The first byte picks how lengths are found; the rest is a record for each
 * line. */
#include "base/escape.h"
#include "fuzz.h"
#include "sink/feed.h"

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

static void measure(struct weir_str url, struct weir_measured *out,
                    void *data) {
    (void)data;
    /* the URL is as hostile as a server's type may be */
    *out = (struct weir_measured){url.n % 2 == 0, url.n, url};
}

static void check_item(const struct weir_feed_item *item) {
    require(item->guid.n > 0);
    require(item->title.n > 0 || item->description.n > 0);
    require(item->description.n <= WEIR_FEED_DESCRIPTION_MAX);
    require(item->enclosure.n == 0 || item->type.n > 0);
    require(weir_utf8_valid(item->description));
    require(weir_utf8_valid(item->title));
}

static void check_document(const struct weir_feed_format *format,
                           const struct weir_output *output,
                           const struct weir_buf *items) {
    struct weir_feed_document d = {
        .output = output, .has_items = true, .has_enclosures = true};
    struct weir_buf out;
    weir_buf_init(&out, 0);
    require(format->head(&d, &out) == WEIR_OK);
    weir_buf_str(&out, weir_buf_view(items));
    require(format->tail(&out) == WEIR_OK);
    require(weir_utf8_valid(weir_buf_view(&out)));
    xmlDoc *doc = xmlReadMemory(out.p, (int)out.len, NULL, NULL,
                                XML_PARSE_NONET | XML_PARSE_HUGE |
                                    XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    require(doc != NULL);
    xmlFreeDoc(doc);
    weir_buf_release(&out);
}

static void read_items(const struct weir_feed_source *source,
                       const struct weir_feed_format *format,
                       struct weir_str lines, struct weir_buf *items) {
    struct weir_members m;
    struct weir_arena *arena = weir_arena_create(0);
    struct weir_feed_item item;
    weir_members_init(&m);
    while (lines.n > 0) {
        struct weir_record record = {.retrieved = 1000000000};
        weir_str_cut(lines, '\n', &record.json, &lines);
        weir_arena_reset(arena);
        if (weir_members_read(&m, record.json, NULL) != WEIR_OK)
            continue;
        require(weir_feed_item_read(source, &m, &record, arena, &item) ==
                WEIR_OK);
        check_item(&item);
        require(format->item(&item, items) == WEIR_OK);
    }
    weir_members_release(&m);
    weir_arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct weir_job_pair channel[] = {
        {"title", "T"},
        {"link", "https://h/a/"},
        {"description", "D"},
        {"self", "https://h/feed.xml"},
    };
    static const struct weir_feed_format *const formats[] = {&weir_feed_rss,
                                                             &weir_feed_atom};
    struct weir_output output = {.channel = channel, .channel_count = 4};
    struct weir_url base;
    if (size == 0)
        return 0;
    output.length = (enum weir_length_mode)(data[0] % 3);
    require(weir_url_parse(&base, WEIR_STR("https://h/a/"), NULL, NULL) ==
            WEIR_OK);
    struct weir_feed_source source = {&output, &base, measure, NULL};
    for (size_t i = 0; i < 2; i++) {
        struct weir_buf items;
        weir_buf_init(&items, 0);
        read_items(&source, formats[i],
                   weir_str_make((const char *)data + 1, size - 1), &items);
        check_document(formats[i], &output, &items);
        weir_buf_release(&items);
    }
    weir_url_release(&base);
    return 0;
}
