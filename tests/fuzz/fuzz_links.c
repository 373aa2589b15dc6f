/* Any bytes as a page: every link lies within bounds, and the pass ends. */
#include "doc/links.h"
#include "fuzz.h"

#include <stdlib.h>

static bool on_link(const struct weir_link *link, void *data) {
    size_t size = *(size_t *)data;
    if (link->offset >= size || !link->element || !link->attribute ||
        link->text.n > 65536 || link->url.n > 65536)
        abort();
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_links links;
    weir_links_init(&links);
    if (weir_links_find(&links, weir_str_make((const char *)data, size),
                        on_link, &size))
        abort();
    weir_links_release(&links);
    return 0;
}
