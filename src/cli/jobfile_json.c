/* jobfile_json.c - YAML values as JSON text: json:, default:, const:. */
#include "cli/jobfile_reader.h"

#include "base/escape.h"

struct frame {
    const struct weir_yaml *next; /* the member that comes next */
    bool map;
};

static void put_scalar(struct weir_jobread *r, struct weir_buf *out,
                       const struct weir_yaml *node, unsigned flags,
                       bool *secret) {
    const char *text;
    if (weir_yaml_put_plain(node, out))
        return;
    text = weir_jobread_text(r, node, flags | WEIR_JOBREAD_EMPTY);
    *secret |= r->secret;
    weir_escape_json(out, weir_str_of(text));
}

/* Depth first with a stack of its own: the tree is at most so deep. Aliases
 * make it larger than the file, so the text has a maximum. False when it is
 * too deep or too large. */
static bool put(struct weir_jobread *r, struct weir_buf *out,
                const struct weir_yaml *node, unsigned flags, bool *secret) {
    struct frame stack[WEIR_YAML_MAX_DEPTH + 1];
    size_t depth = 0;
    bool fresh = true; /* nothing before in this list or map */
    for (;;) {
        if (out->len > WEIR_YAML_MAX_BYTES)
            return false;
        if (node->kind == WEIR_YAML_SCALAR) {
            put_scalar(r, out, node, flags, secret);
            fresh = false;
        } else {
            if (depth > WEIR_YAML_MAX_DEPTH)
                return false; /* aliases nested deeper than the file is */
            stack[depth].map = node->kind == WEIR_YAML_MAP;
            stack[depth++].next = node->first;
            weir_buf_byte(out, node->kind == WEIR_YAML_MAP ? '{' : '[');
            fresh = true;
        }
        while (depth > 0 && !stack[depth - 1].next) {
            weir_buf_byte(out, stack[--depth].map ? '}' : ']');
            fresh = false;
        }
        if (depth == 0)
            return true;
        node = stack[depth - 1].next;
        stack[depth - 1].next = node->next;
        if (!fresh)
            weir_buf_byte(out, ',');
        if (stack[depth - 1].map) {
            weir_escape_json(out, node->key);
            weir_buf_byte(out, ':');
        }
    }
}

const char *weir_jobread_json(struct weir_jobread *r,
                              const struct weir_yaml *node, unsigned flags) {
    const char *result = NULL;
    struct weir_buf out;
    bool secret = false, good;
    if (!node)
        return NULL;
    weir_buf_init(&out, 0);
    good = put(r, &out, node, flags, &secret);
    r->nomem |= out.failed;
    if (good)
        result = weir_jobread_dup(r, weir_buf_view(&out));
    else
        weir_jobread_error(r, node->place,
                           "as JSON this is more than 4 MiB or %d deep",
                           WEIR_YAML_MAX_DEPTH);
    weir_buf_release(&out);
    r->secret = secret;
    return result;
}
