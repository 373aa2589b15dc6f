/* Dates: what is read can be written and read again. */
#include "core/httpdate.h"
#include "fuzz.h"

#include <stdlib.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str s = weir_str_make((const char *)data, size);
    int64_t t, again, ns;
    struct weir_buf out;
    weir_buf_init(&out, 128);
    if (weir_httpdate_parse(s, 1700000000, &t)) {
        weir_httpdate_put(&out, t);
        require(weir_httpdate_parse(weir_buf_view(&out), 0, &again));
        /* 23:59:60 on the last day of 9999 is cut */
        require(again == t || t == INT64_C(253402300800));
        weir_httpdate_put_mail(&out, t);
        weir_httpdate_put_rfc3339(&out, t);
    }
    if (weir_httpdate_retry_after(s, 1700000000, &ns))
        require(ns >= 0);
    require(!out.failed);
    weir_buf_release(&out);
    return 0;
}
