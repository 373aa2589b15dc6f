/* Sizes, durations and rates: no value out of its range. */
#include "base/units.h"
#include "fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str s = weir_str_make((const char *)data, size);
    struct weir_rate rate;
    struct weir_buf out;
    uint64_t bytes;
    int64_t ns;
    weir_buf_init(&out, 256);
    if (weir_units_size(s, &bytes) == WEIR_OK)
        weir_units_put_size(&out, bytes);
    if (weir_units_duration(s, &ns) == WEIR_OK) {
        if (ns < 0)
            abort();
        weir_units_put_duration(&out, ns);
    }
    if (weir_units_rate(s, &rate) == WEIR_OK &&
        (!(rate.count > 0) || rate.per_ns <= 0))
        abort();
    if (out.failed)
        abort();
    weir_buf_release(&out);
    return 0;
}
