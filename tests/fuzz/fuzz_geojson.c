/* Polygons from any text: refused, or a region whose walk ends and finds as
 * many tiles as are counted, each once. */
#include "core/tilearea.h"
#include "fuzz.h"

#include <stdlib.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str text = weir_str_make((const char *)data, size);
    struct weir_tilearea *area;
    struct weir_tilewalk *walk;
    struct weir_tile tile;
    uint64_t last = 0, n = 0, counted = 0, one;
    if (weir_tilearea_polygon(&area, text, NULL) != WEIR_OK)
        return 0;
    walk = weir_tilewalk_create(area, 0, 6);
    require(walk != NULL);
    while (weir_tilewalk_next(walk, &tile)) {
        require(n++ == 0 || weir_tile_id(tile) > last);
        last = weir_tile_id(tile);
    }
    weir_tilewalk_destroy(walk);
    for (unsigned z = 0; z <= 6; z++) {
        require(weir_tilearea_count(area, z, 0, &one));
        counted += one;
    }
    require(n == counted);
    weir_tilearea_destroy(area);
    return 0;
}
