/* Configuration files: any text is taken or refused with a place, and what was
 * taken converts. */
#include "cli/config.h"
#include "cli/parse.h"
#include "fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_options *options = weir_options_create();
    struct weir_error error = {0};
    struct weir_str text = weir_str_make((const char *)data, size);
    if (!options)
        return 0;
    if (weir_config_parse(options, CMD_get, text, "fuzz", &error)) {
        if (!weir_str_starts(weir_str_of(error.message), WEIR_STR("fuzz:")))
            abort();
    } else {
        if (weir_opt_int(options, OPT_CONCURRENCY) == 0)
            abort();
        if (weir_opt_duration_ns(options, OPT_CONNECT_TIMEOUT) <= 0)
            abort();
        if (weir_opt_given(options, OPT_RATE) &&
            !(weir_opt_rate(options, OPT_RATE).count > 0))
            abort();
    }
    weir_options_destroy(options);
    return 0;
}
