/* jq over JSON: the first line is a program, the rest the input. What a plain
 * path gives is what libjq gives for the same program. */
#include "core/json.h"
#include "doc/jq.h"
#include "doc/jq_path.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

static bool is_json(struct weir_str text) {
    struct weir_json r;
    weir_json_init(&r, text);
    while (weir_json_next(&r) > WEIR_JSON_END)
        ;
    return r.token == WEIR_JSON_END;
}

/* Outputs of `program` for the input, once more through "." of libjq, so that
 * numbers and escapes are written alike; -1: it failed. */
static int run(struct weir_str program, struct weir_jq_input *input,
               struct weir_arena *arena, struct weir_jq_outputs *out) {
    struct weir_jq *jq;
    enum weir_err e = weir_jq_compile(program, &jq, NULL);
    if (e)
        return -1;
    e = weir_jq_run(jq, input, arena, 50, out, NULL);
    weir_jq_destroy(jq);
    for (size_t i = 0; i < out->count; i++)
        require(is_json(out->at[i]));
    return e ? -1 : 0;
}

static struct weir_str canonical(struct weir_str value,
                                 struct weir_arena *arena) {
    struct weir_jq_outputs out;
    struct weir_jq_input *input;
    struct weir_str text = {NULL, 0};
    weir_jq_outputs_init(&out);
    if (!weir_jq_input_of_value(value, &input)) {
        if (!run(WEIR_STR("(.) as $x | $x"), input, arena, &out) && out.count)
            text = out.at[0];
        weir_jq_input_destroy(input);
    }
    weir_jq_outputs_release(&out);
    return text;
}

/* Only plain paths are run: other programs may never end. */
static void check(struct weir_str program, struct weir_jq_input *input) {
    struct weir_arena *arena = weir_arena_create(1 << 26);
    struct weir_jq_outputs fast, slow;
    struct weir_buf wrapped;
    struct jq_path *path = NULL;
    weir_jq_outputs_init(&fast);
    weir_jq_outputs_init(&slow);
    weir_buf_init(&wrapped, 0);
    jq_path_compile(program, &path);
    if (path && arena) {
        int a, b;
        weir_buf_z(&wrapped, "(");
        weir_buf_str(&wrapped, program);
        weir_buf_z(&wrapped, ") as $x | $x");
        a = run(program, input, arena, &fast);
        b = run(weir_buf_view(&wrapped), input, arena, &slow);
        require(a == b && fast.count == slow.count);
        for (size_t i = 0; i < fast.count; i++)
            require(weir_str_eq(canonical(fast.at[i], arena),
                                canonical(slow.at[i], arena)));
    }
    jq_path_destroy(path);
    weir_buf_release(&wrapped);
    weir_jq_outputs_release(&fast);
    weir_jq_outputs_release(&slow);
    weir_arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_str program, text;
    struct weir_jq_input *input;
    weir_str_cut(weir_str_make((const char *)data, size), '\n', &program,
                 &text);
    if (size > 4096 || weir_jq_input_create(text, &input, NULL))
        return 0;
    check(program, input);
    weir_jq_input_destroy(input);
    return 0;
}
