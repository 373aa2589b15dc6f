/* version.c - versions as the loaded libraries tell them, not the headers. */
#include "store/version.h"

#include <sqlite3.h>
#include <zstd.h>

void weir_store_versions(struct weir_buf *out) {
    weir_buf_fmt(out, "  SQLite %s\n  zstd %s\n", sqlite3_libversion(),
                 ZSTD_versionString());
}
