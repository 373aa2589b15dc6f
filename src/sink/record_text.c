/* Why: a line of the user's own making for each record. Values are written as
 * they are, line breaks too; what goes to a terminal is escaped. */
#include "sink/record_type.h"

#include "core/template.h"

static enum weir_err open_text(struct weir_record_sink *s,
                               struct weir_error *error) {
    struct weir_template *t;
    struct weir_error cause;
    enum weir_err code =
        weir_template_create(&t, weir_str_of(s->output->template_), &cause);
    if (code)
        return weir_error_set(error, code, "output %s: %s", weir_record_name(s),
                              cause.message);
    s->own = t;
    return WEIR_OK;
}

static enum weir_err put_piece(struct weir_record_sink *s,
                               const struct weir_template_piece *piece,
                               struct weir_buf *value) {
    if (!piece->field)
        return weir_buf_str(&s->line, piece->text);
    weir_buf_clear(value);
    enum weir_err code =
        weir_value_put_text(weir_members_get(&s->members, piece->text), value);
    return code ? code
                : weir_record_put_shown(s, weir_buf_view(value), &s->line);
}

static enum weir_err put_text(struct weir_record_sink *s,
                              const struct weir_record *record,
                              struct weir_error *error) {
    const struct weir_template *t = s->own;
    const struct weir_template_piece *pieces = weir_template_pieces(t);
    struct weir_buf value;
    (void)record;
    weir_buf_init(&value, 0);
    for (size_t i = 0; i < weir_template_count(t); i++)
        if (put_piece(s, &pieces[i], &value)) {
            weir_buf_release(&value);
            return weir_error_nomem(error);
        }
    weir_buf_release(&value);
    if (!weir_str_ends(weir_str_of(s->output->template_), WEIR_STR("\n")))
        weir_buf_byte(&s->line, '\n');
    return weir_record_write_line(s, error);
}

static void close_text(struct weir_record_sink *s) {
    weir_template_destroy(s->own);
}

const struct weir_record_type weir_record_text = {
    .name = "text",
    .open = open_text,
    .put = put_text,
    .close = close_text,
};
