/* Why: the NDJSON record of an item (cli.md, "Streams and status"). Every key
 * is always there, with null for what is not known; sha256 only when asked for.
 */
#include "engine/storage_internal.h"

#include "base/escape.h"

static void put_text(struct weir_buf *out, const char *key, const char *text) {
    weir_buf_fmt(out, ",\"%s\":", key);
    if (text && *text)
        weir_escape_json(out, weir_str_of(text));
    else
        weir_buf_z(out, "null");
}

void storage_record_put(const struct weir_storage *s,
                        const struct weir_item *item, struct weir_buf *out) {
    bool failed = item->error.code != WEIR_OK;
    bool hashed = !failed && item->status != 0;
    weir_buf_z(out, "{\"url\":");
    weir_escape_json(out, weir_str_of(item->url));
    put_text(out, "effective_url",
             item->effective_url ? item->effective_url : item->url);
    if (item->status)
        weir_buf_fmt(out, ",\"status\":%d", item->status);
    else
        weir_buf_z(out, ",\"status\":null");
    weir_buf_fmt(out, ",\"bytes\":%llu", (unsigned long long)item->bytes);
    put_text(out, "file", failed ? NULL : item->file);
    if (hashed)
        weir_buf_fmt(out, ",\"xxh3\":\"%016llx\"",
                     (unsigned long long)item->xxh3);
    else
        weir_buf_z(out, ",\"xxh3\":null");
    if (s->config.want_sha256)
        put_text(out, "sha256", hashed ? item->sha256 : NULL);
    weir_buf_fmt(out, ",\"from_cache\":%s,\"attempts\":%d,\"ms\":%lld",
                 item->from_cache ? "true" : "false", item->attempts,
                 (long long)item->ms);
    put_text(out, "error", failed ? item->error.message : NULL);
    weir_buf_z(out, "}\n");
}
