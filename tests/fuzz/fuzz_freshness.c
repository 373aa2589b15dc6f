/* Freshness: input is "request head NUL response head". Ages and lifetimes are
 * never negative, and a merge with nothing changes nothing. */
#include "core/freshness.h"
#include "fuzz.h"

#include <stdlib.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

static void check_judgement(const struct weir_exchange *x) {
    struct weir_freshness f;
    weir_freshness_judge(&f, x);
    require(f.initial_age >= 0 && f.lifetime >= 0 && f.stale_if_error >= 0);
    require(weir_freshness_age(&f, INT64_MIN) >= 0);
    require(!weir_freshness_fresh(&f, INT64_MAX));
    require(weir_freshness_fresh(&f, x->response_time) ==
            (weir_freshness_until(&f) > x->response_time));
}

static void check_blocks(struct weir_str request, struct weir_str response) {
    struct weir_buf a, b;
    bool none;
    weir_buf_init(&a, 0);
    weir_buf_init(&b, 0);
    require(weir_freshness_put_storable(response, &a) == WEIR_OK);
    require(weir_freshness_merge(weir_buf_view(&a), WEIR_STR(""), &b) ==
            WEIR_OK);
    require(weir_str_eq(weir_buf_view(&a), weir_buf_view(&b)));
    weir_buf_clear(&b);
    require(weir_freshness_merge(weir_buf_view(&a), response, &b) == WEIR_OK);
    require(weir_freshness_vary(response, request, &b, &none) == WEIR_OK);
    weir_buf_release(&a);
    weir_buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str s = weir_str_make((const char *)data, size), value;
    struct weir_exchange x = {.method = WEIR_STR("GET"),
                              .status = 200,
                              .request_time = 1699999990,
                              .response_time = 1700000000};
    struct weir_validators v;
    weir_str_cut(s, '\0', &x.request, &x.response);
    check_judgement(&x);
    check_blocks(x.request, x.response);
    if (weir_validators_read(&v, x.response, 1700000000) &&
        weir_validators_if_range(&v, &value)) {
        require(value.n > 0);
        for (size_t i = 0; i < value.n; i++)
            require(value.p[i] != '\r' && value.p[i] != '\n' && value.p[i]);
    }
    return 0;
}
