/* Why: JSON lines, and one JSON array. A record is written as it is; only one
 * that holds a line break between its tokens, or bytes that are no UTF-8, is
 * written anew, so that a line is a record and the file is JSON whatever the
 * page said. */
#include "sink/record_type.h"

#include "base/escape.h"

#include <string.h>

static bool has_break(struct weir_str s) {
    return memchr(s.p, '\n', s.n) || memchr(s.p, '\r', s.n);
}

static enum weir_err put_object(struct weir_record_sink *s,
                                struct weir_str json) {
    struct weir_str text = weir_str_trim(json);
    if (!has_break(text) && weir_utf8_valid(text))
        return weir_record_put_shown(s, text, &s->line);
    struct weir_buf compact;
    weir_buf_init(&compact, 0);
    enum weir_err code = weir_json_put_compact(text, &compact);
    if (!code)
        code = weir_record_put_shown(s, weir_buf_view(&compact), &s->line);
    weir_buf_release(&compact);
    return code;
}

static enum weir_err put_line(struct weir_record_sink *s,
                              const struct weir_record *record,
                              struct weir_error *error) {
    if (put_object(s, record->json))
        return weir_error_nomem(error);
    weir_buf_byte(&s->line, '\n');
    return weir_record_write_line(s, error);
}

static enum weir_err put_element(struct weir_record_sink *s,
                                 const struct weir_record *record,
                                 struct weir_error *error) {
    weir_buf_z(&s->line, s->written > 0 ? ",\n" : "[\n");
    if (put_object(s, record->json))
        return weir_error_nomem(error);
    return weir_record_write_line(s, error);
}

static enum weir_err end_array(struct weir_record_sink *s,
                               struct weir_error *error) {
    weir_buf_clear(&s->line);
    weir_buf_z(&s->line, s->written > 0 ? "\n]\n" : "[]\n");
    return weir_record_write_line(s, error);
}

const struct weir_record_type weir_record_jsonl = {
    .name = "jsonl",
    .put = put_line,
};

const struct weir_record_type weir_record_json = {
    .name = "json",
    .put = put_element,
    .tail = end_array,
};
