/* Dates and numbers of pages: any text comes to an end, and a date that is read
 * can be written and read again. */
#include "core/httpdate.h"
#include "core/pagedate.h"
#include "core/pagenumber.h"
#include "fuzz.h"

#include <stdlib.h>

enum { NOW = 1795176000 };

static void require(bool holds) {
    if (!holds)
        abort();
}

static void check_date(struct weir_str text, const char *format,
                       const char *lang) {
    struct weir_pagedate_options o = {
        .format = format, .lang = lang, .now = NOW};
    struct weir_buf out;
    int64_t t, again;
    if (!weir_pagedate_read(text, &o, &t))
        return;
    weir_buf_init(&out, 64);
    weir_httpdate_put_rfc3339(&out, t);
    o.format = NULL;
    require(weir_pagedate_read(weir_buf_view(&out), &o, &again));
    /* what lies outside of the years 0 to 9999 is brought into them */
    require(again == t || t < INT64_C(-62167219200) ||
            t > INT64_C(253402300799));
    weir_buf_release(&out);
}

static void check_zone(struct weir_str text) {
    struct weir_tzone *zone;
    int32_t offset;
    if (weir_tzone_read_offset(text, &offset))
        require(offset > -86400 && offset < 86400);
    if (weir_tzone_parse(text, &zone))
        return;
    for (int64_t t = -5000000000; t < 9000000000; t += 700000001) {
        int64_t utc = weir_tzone_to_utc(zone, t);
        require(utc - t < 200000 && t - utc < 200000);
    }
    weir_tzone_destroy(zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const langs[] = {NULL, "de", "en-GB", "fr", "xx"};
    static const char *const formats[] = {"%d.%m.%Y %H:%M", "%B %e, %y %I %p",
                                          "%s", "%FT%T%z", "%j %Z %C%y"};
    struct weir_str text = weir_str_make((const char *)data, size);
    for (size_t i = 0; i < 5; i++) {
        struct weir_buf out;
        check_date(text, NULL, langs[i]);
        check_date(text, formats[i], langs[i]);
        weir_buf_init(&out, 0);
        weir_pagenumber_float(text, langs[i], &out);
        weir_pagenumber_int(text, langs[i], &out);
        weir_buf_release(&out);
    }
    check_zone(text);
    return 0;
}
