/* Text templates: any template and record come to an end; a template that was
 * taken gives valid UTF-8 if it is that itself, and names it by its pieces. */
#include "base/escape.h"
#include "core/template.h"
#include "fuzz.h"

#include <stdlib.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

/* The template, a line break, the record. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str text, json;
    struct weir_template *t;
    struct weir_members m;
    struct weir_buf out;
    struct weir_error error;
    weir_str_cut(weir_str_make((const char *)data, size), '\n', &text, &json);
    if (weir_template_create(&t, text, &error) != WEIR_OK) {
        require(error.message[0] != '\0');
        return 0;
    }
    size_t braces = 0;
    for (size_t i = 0; i < weir_template_count(t); i++)
        braces += weir_template_pieces(t)[i].field;
    require(braces * 3 <= text.n);
    weir_members_init(&m);
    weir_buf_init(&out, 0);
    if (weir_members_read(&m, json, NULL) == WEIR_OK) {
        require(weir_template_put(t, &m, &out) == WEIR_OK);
        require(!weir_utf8_valid(text) || weir_utf8_valid(weir_buf_view(&out)));
        for (size_t i = 0; i < m.count; i++) {
            weir_buf_clear(&out);
            require(weir_value_put_json(m.at[i].value, &out) == WEIR_OK);
            require(weir_utf8_valid(weir_buf_view(&out)));
        }
    }
    weir_buf_release(&out);
    weir_members_release(&m);
    weir_template_destroy(t);
    return 0;
}
