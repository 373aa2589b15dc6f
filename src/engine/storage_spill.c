/* Why: queues of hosts that are slow or paused must not grow in memory. Blocks
 * are compressed (zstd's fastest level: URLs of one host shrink tenfold) and
 * appended to an unlinked file. When every block was read, the file starts
 * anew; until then the space of each that was read is given back. */
#include "engine/storage_internal.h"

#include "base/mem.h"
#include "store/os.h"
#include "store/pack.h"

#include <unistd.h>

struct spill {
    int fd;
    uint64_t end, blocks;
};

void storage_spill_release(struct weir_storage *s) {
    if (!s->spill)
        return;
    if (s->spill->fd >= 0)
        close(s->spill->fd);
    weir_free(s->spill);
}

static bool open_spill(struct weir_storage *s) {
    if (!s->spill) {
        s->spill = weir_calloc(1, sizeof *s->spill);
        if (!s->spill)
            return false;
        s->spill->fd = -1;
    }
    if (s->spill->fd < 0)
        s->spill->fd = weir_os_temporary(NULL);
    return s->spill->fd >= 0;
}

void storage_spill_write(struct weir_storage *s,
                         struct weir_spill_block *block) {
    char *packed;
    size_t n;
    if (!open_spill(s) ||
        weir_pack(weir_str_make(block->bytes, block->len), &packed, &n))
        return; /* it stays in memory */
    if (weir_os_pwrite_all(s->spill->fd, packed, n, (off_t)s->spill->end) ==
        0) {
        block->offset = s->spill->end;
        block->stored = (uint32_t)n;
        s->spill->end += n;
        s->spill->blocks++;
        weir_free(block->bytes);
        block->bytes = NULL;
    }
    weir_free(packed);
}

void storage_spill_read(struct weir_storage *s,
                        struct weir_spill_block *block) {
    block->code = WEIR_OK;
    if (block->bytes)
        return;
    char *packed = block->dropped ? NULL : weir_malloc(block->stored);
    if (block->dropped)
        ; /* only its place is given back */
    else if (!packed)
        block->code = WEIR_E_NOMEM;
    else if (weir_os_pread_all(s->spill->fd, packed, block->stored,
                               (off_t)block->offset) != 0)
        block->code = WEIR_E_IO;
    else
        block->code = weir_unpack(weir_str_make(packed, block->stored),
                                  block->len, &block->bytes);
    weir_free(packed);
    if (--s->spill->blocks == 0) {
        if (ftruncate(s->spill->fd, 0) == 0)
            s->spill->end = 0;
    } else {
        weir_os_punch(s->spill->fd, (off_t)block->offset, block->stored);
    }
}
