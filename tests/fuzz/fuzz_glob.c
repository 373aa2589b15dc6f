/* Any pattern either fails with a column or gives URLs that are no longer than
 * their parts can make them. */
#include "source/glob.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_error e = {0};
    struct weir_glob *g;
    struct weir_str url, captures[WEIR_GLOB_MAX];
    size_t count, sum = 0;
    if (weir_glob_create(&g, weir_str_make((const char *)data, size), &e)) {
        if (e.code != WEIR_E_USAGE || e.message[0] != 'c')
            abort();
        return 0;
    }
    for (int i = 0; i < 1000 && weir_glob_next(g, &url, captures, &count);
         i++) {
        for (size_t k = 0; k < url.n; k++) /* every byte can be read */
            sum += (unsigned char)url.p[k];
        for (size_t k = 0; k < count; k++)
            if (captures[k].p < url.p ||
                captures[k].p + captures[k].n > url.p + url.n)
                abort();
    }
    weir_glob_destroy(g);
    return sum == SIZE_MAX;
}
