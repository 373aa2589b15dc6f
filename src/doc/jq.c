/* jq.c - jq programs: a plain path if it is one, else libjq.
 *
 * The tree for libjq is built from our own reader's tokens and written by our
 * own writer, so both ways read and write alike, and doc/jq_numbers can stand
 * between. It is made once for an input, when the first program needs it.
 *
 * libjq aborts when it gets no memory unless its handler (one for the thread,
 * which a state replaces by its own) does not return: ours jumps back into
 * weir_jq_run, which reports WEIR_E_NOMEM. What libjq held is lost then, and
 * the program is broken: it answers WEIR_E_NOMEM from there on. */
#include "doc/jq.h"

#include "base/escape.h"
#include "base/mem.h"
#include "core/json.h"
#include "doc/jq_numbers.h"
#include "doc/jq_path.h"

#include <jq.h>
#include <limits.h>
#include <setjmp.h>
#include <string.h>

struct weir_jq {
    struct jq_path *path; /* NULL: libjq alone */
    jq_state *state;      /* NULL: not needed so far */
    char *program;
    struct weir_buf message; /* the first that libjq gave while compiling */
    bool broken;
};

struct weir_jq_input {
    struct weir_str text;
    struct jq_numbers *numbers;
    jv tree;
    bool has_tree;
};

/* ---- outputs ---- */

void weir_jq_outputs_init(struct weir_jq_outputs *o) {
    memset(o, 0, sizeof *o);
}

void weir_jq_outputs_release(struct weir_jq_outputs *o) {
    weir_free(o->at);
    weir_jq_outputs_init(o);
}

enum weir_err weir_jq_outputs_add(struct weir_jq_outputs *o,
                                  struct weir_str value) {
    if (o->count == o->cap) {
        size_t cap = o->cap ? o->cap * 2 : 8;
        struct weir_str *at = weir_reallocarray(o->at, cap, sizeof *at);
        if (!at)
            return WEIR_E_NOMEM;
        o->at = at;
        o->cap = cap;
    }
    o->at[o->count++] = value;
    return WEIR_OK;
}

/* ---- memory that libjq does not get ---- */

/* libjq 1.6 hands the handler no data once a state runs, so where to jump is
 * the thread's: set only while libjq runs on it. */
static _Thread_local jmp_buf *no_memory_exit;

static void on_no_memory(void *data) {
    (void)data;
    if (no_memory_exit) /* else libjq aborts: it was only to free */
        longjmp(*no_memory_exit, 1);
}

static void watch_memory(jq_state *state, jmp_buf *exit) {
    no_memory_exit = exit;
    jv_nomem_handler(on_no_memory, NULL);
    if (state)
        jq_set_nomem_handler(state, on_no_memory, NULL);
}

/* ---- compiling ---- */

/* "jq: error: syntax error, unexpected ... at <top-level>, line 1:\n.a[" */
static void on_message(void *data, jv message) {
    struct weir_jq *jq = data;
    if (jv_get_kind(message) == JV_KIND_STRING && jq->message.len == 0)
        weir_buf_z(&jq->message, jv_string_value(message));
    jv_free(message);
}

/* `input` and `inputs`: there are none. */
static jv on_input(jq_state *state, void *data) {
    (void)state;
    (void)data;
    return jv_invalid();
}

/* `debug` says nothing. jq_init leaves callbacks unset, so each must be given.
 */
static void on_debug(void *data, jv message) {
    (void)data;
    jv_free(message);
}

static void cut(struct weir_str *s, struct weir_str from) {
    *s = weir_str_sub(*s, 0, weir_str_search(*s, from));
}

static enum weir_err refuse(const struct weir_jq *jq,
                            struct weir_error *error) {
    struct weir_str s = weir_buf_view(&jq->message);
    const struct weir_str prefix = WEIR_STR("jq: error: ");
    if (weir_str_starts(s, prefix))
        s = weir_str_sub(s, prefix.n, s.n);
    cut(&s, WEIR_STR("\n"));
    cut(&s, WEIR_STR(" at <top-level>"));
    cut(&s, WEIR_STR(" (Unix shell quoting issues?)"));
    if (s.n == 0)
        s = WEIR_STR("the program does not compile");
    return weir_error_set(error, WEIR_E_INVALID, "jq: %.*s", WEIR_STR_ARG(s));
}

/* The program in libjq's form, if it is not there yet. */
static enum weir_err compile(struct weir_jq *jq, struct weir_error *error) {
    jmp_buf no_memory;
    enum weir_err e;
    int good;
    if (jq->broken)
        return weir_error_nomem(error);
    if (jq->state)
        return WEIR_OK;
    if (setjmp(no_memory)) {
        no_memory_exit = NULL;
        jq->broken = true;
        return weir_error_nomem(error);
    }
    watch_memory(NULL, &no_memory);
    jq->state = jq_init();
    good = 0;
    if (jq->state) {
        watch_memory(jq->state, &no_memory);
        jq_set_error_cb(jq->state, on_message, jq);
        jq_set_input_cb(jq->state, on_input, NULL);
        jq_set_debug_cb(jq->state, on_debug, NULL);
        jq_set_attr(jq->state, jv_string("JQ_LIBRARY_PATH"), jv_array());
        good = jq_compile(jq->state, jq->program);
        jq_set_error_cb(jq->state, NULL, NULL);
    }
    no_memory_exit = NULL;
    if (!jq->state)
        return weir_error_nomem(error);
    if (good)
        return WEIR_OK;
    e = refuse(jq, error);
    jq_teardown(&jq->state);
    return e;
}

enum weir_err weir_jq_compile(struct weir_str program, struct weir_jq **out,
                              struct weir_error *error) {
    struct weir_jq *jq = weir_calloc(1, sizeof *jq);
    enum weir_err e = WEIR_E_NOMEM;
    if (jq) {
        weir_buf_init(&jq->message, 4096);
        jq->program = weir_str_dup(program);
    }
    if (!jq || !jq->program || jq_path_compile(program, &jq->path))
        weir_error_nomem(error);
    else if (memchr(jq->program, '\0', program.n))
        e = weir_error_set(error, WEIR_E_INVALID, "jq: NUL in the program");
    else
        e = jq->path ? WEIR_OK : compile(jq, error);
    if (e)
        weir_jq_destroy(jq);
    else
        *out = jq;
    return e;
}

void weir_jq_destroy(struct weir_jq *jq) {
    if (!jq)
        return;
    jq_path_destroy(jq->path);
    if (jq->state && !jq->broken)
        jq_teardown(&jq->state);
    weir_buf_release(&jq->message);
    weir_free(jq->program);
    weir_free(jq);
}

/* ---- inputs ---- */

enum weir_err weir_jq_input_of_value(struct weir_str text,
                                     struct weir_jq_input **out) {
    struct weir_jq_input *input = weir_calloc(1, sizeof *input);
    if (!input)
        return WEIR_E_NOMEM;
    input->text = text;
    *out = input;
    return WEIR_OK;
}

enum weir_err weir_jq_input_create(struct weir_str text,
                                   struct weir_jq_input **out,
                                   struct weir_error *error) {
    struct weir_json r;
    weir_json_init(&r, text);
    while (weir_json_next(&r) > WEIR_JSON_END)
        ;
    if (r.token == WEIR_JSON_ERROR)
        return weir_json_error(&r, error, "JSON");
    return weir_jq_input_of_value(text, out) ? weir_error_nomem(error)
                                             : WEIR_OK;
}

void weir_jq_input_destroy(struct weir_jq_input *input) {
    if (!input)
        return;
    if (input->has_tree)
        jv_free(input->tree);
    jq_numbers_destroy(input->numbers);
    weir_free(input);
}

/* ---- text to tree ---- */

struct reader {
    struct weir_json json;
    const struct jq_numbers *numbers;
    struct weir_buf scratch;
};

static jv read_text(struct reader *r) {
    weir_buf_clear(&r->scratch);
    weir_json_put_text(r->json.text, &r->scratch);
    return jv_string_sized(r->scratch.p, (int)r->scratch.len);
}

/* The value that the last token begins. The reader bounds the depth. */
static jv read_value(struct reader *r) {
    jv value, key;
    switch (r->json.token) {
    case WEIR_JSON_OBJECT:
        value = jv_object();
        while (weir_json_next(&r->json) == WEIR_JSON_KEY) {
            key = read_text(r);
            weir_json_next(&r->json);
            value = jv_object_set(value, key, read_value(r));
        }
        return value;
    case WEIR_JSON_ARRAY:
        value = jv_array();
        while (weir_json_next(&r->json) > WEIR_JSON_END &&
               r->json.token != WEIR_JSON_ARRAY_END)
            value = jv_array_append(value, read_value(r));
        return value;
    case WEIR_JSON_STRING:
        return read_text(r);
    case WEIR_JSON_NUMBER:
        return jv_number(jq_number_of(r->numbers, r->json.text));
    case WEIR_JSON_TRUE:
        return jv_true();
    case WEIR_JSON_FALSE:
        return jv_false();
    default:
        return jv_null();
    }
}

static enum weir_err ensure_tree(struct weir_jq_input *input) {
    struct reader r;
    enum weir_err e;
    if (input->has_tree)
        return WEIR_OK;
    e = jq_numbers_create(input->text, &input->numbers);
    if (e)
        return e;
    weir_buf_init(&r.scratch, INT_MAX / 4);
    r.numbers = input->numbers;
    weir_json_init(&r.json, input->text);
    weir_json_next(&r.json);
    input->tree = read_value(&r);
    e = r.scratch.failed ? WEIR_E_NOMEM : WEIR_OK;
    weir_buf_release(&r.scratch);
    if (e)
        jv_free(input->tree);
    else
        input->has_tree = true;
    return e;
}

/* ---- tree to text ---- */

struct writer {
    struct weir_buf out, scratch;
    const struct jq_numbers *numbers;
    bool too_deep;
};

static void put_text(struct writer *w, jv string) {
    struct weir_str s =
        weir_str_make(jv_string_value(string),
                      (size_t)jv_string_length_bytes(jv_copy(string)));
    if (w->numbers) {
        weir_buf_clear(&w->scratch);
        jq_numbers_put_text(w->numbers, s, &w->scratch);
        s = weir_buf_view(&w->scratch);
    }
    weir_escape_json(&w->out, s);
    jv_free(string);
}

static void put_value(struct writer *w, jv value, unsigned depth);

static void put_object(struct writer *w, jv object, unsigned depth) {
    bool first = true;
    weir_buf_byte(&w->out, '{');
    jv_object_foreach(object, key, value) {
        if (!first)
            weir_buf_byte(&w->out, ',');
        first = false;
        put_text(w, key);
        weir_buf_byte(&w->out, ':');
        put_value(w, value, depth + 1);
    }
    weir_buf_byte(&w->out, '}');
}

static void put_array(struct writer *w, jv array, unsigned depth) {
    weir_buf_byte(&w->out, '[');
    jv_array_foreach(array, i, element) {
        if (i)
            weir_buf_byte(&w->out, ',');
        put_value(w, element, depth + 1);
    }
    weir_buf_byte(&w->out, ']');
}

/* Consumes the value. */
static void put_value(struct writer *w, jv value, unsigned depth) {
    w->too_deep |= depth > WEIR_JSON_MAX_DEPTH;
    if (w->too_deep) {
        jv_free(value);
        return;
    }
    switch (jv_get_kind(value)) {
    case JV_KIND_OBJECT:
        put_object(w, value, depth);
        break;
    case JV_KIND_ARRAY:
        put_array(w, value, depth);
        break;
    case JV_KIND_STRING:
        put_text(w, jv_copy(value));
        break;
    case JV_KIND_NUMBER:
        jq_number_put(w->numbers, jv_number_value(value), &w->out);
        break;
    case JV_KIND_TRUE:
        weir_buf_z(&w->out, "true");
        break;
    case JV_KIND_FALSE:
        weir_buf_z(&w->out, "false");
        break;
    default:
        weir_buf_z(&w->out, "null");
        break;
    }
    jv_free(value);
}

/* ---- running ---- */

static enum weir_err program_failed(jv invalid, struct weir_error *error) {
    jv message = jv_invalid_get_msg(invalid);
    enum weir_err e = WEIR_OK;
    if (jv_get_kind(message) == JV_KIND_STRING)
        e = weir_error_set(error, WEIR_E_INVALID, "jq: %s",
                           jv_string_value(message));
    else if (jv_get_kind(message) != JV_KIND_NULL)
        e = weir_error_set(error, WEIR_E_INVALID, "jq: the program failed");
    jv_free(message);
    return e;
}

static enum weir_err keep(struct writer *w, jv value, struct weir_arena *arena,
                          struct weir_jq_outputs *outputs,
                          struct weir_error *error) {
    char *text;
    weir_buf_clear(&w->out);
    put_value(w, value, 0);
    if (w->too_deep)
        return weir_error_set(error, WEIR_E_LIMIT, "jq: nested too deep");
    text = w->out.failed || w->scratch.failed
               ? NULL
               : weir_arena_dup(arena, weir_buf_view(&w->out));
    if (!text || weir_jq_outputs_add(outputs, weir_str_make(text, w->out.len)))
        return weir_error_nomem(error);
    return WEIR_OK;
}

static enum weir_err run(struct weir_jq *jq, struct weir_jq_input *input,
                         struct writer *w, struct weir_arena *arena, size_t max,
                         struct weir_jq_outputs *outputs,
                         struct weir_error *error) {
    enum weir_err e = ensure_tree(input);
    jv value;
    if (e)
        return weir_error_nomem(error);
    w->numbers = input->numbers;
    jq_start(jq->state, jv_copy(input->tree), 0);
    for (;;) {
        value = jv_invalid();
        if (outputs->count >= max)
            break;
        jv_free(value);
        value = jq_next(jq->state);
        if (!jv_is_valid(value))
            break;
        e = keep(w, value, arena, outputs, error);
        if (e)
            return e;
    }
    return program_failed(value, error);
}

/* run, from which libjq may jump out. */
static enum weir_err run_guarded(struct weir_jq *jq,
                                 struct weir_jq_input *input, struct writer *w,
                                 struct weir_arena *arena, size_t max,
                                 struct weir_jq_outputs *outputs,
                                 struct weir_error *error) {
    jmp_buf no_memory;
    enum weir_err e;
    if (setjmp(no_memory)) {
        no_memory_exit = NULL;
        jq->broken = true;
        return weir_error_nomem(error);
    }
    watch_memory(jq->state, &no_memory);
    e = run(jq, input, w, arena, max, outputs, error);
    no_memory_exit = NULL;
    return e;
}

static enum weir_err run_libjq(struct weir_jq *jq, struct weir_jq_input *input,
                               struct weir_arena *arena, size_t max,
                               struct weir_jq_outputs *outputs,
                               struct weir_error *error) {
    struct writer w = {.too_deep = false};
    enum weir_err e = compile(jq, error);
    if (e)
        return e;
    weir_buf_init(&w.out, 0);
    weir_buf_init(&w.scratch, 0);
    e = run_guarded(jq, input, &w, arena, max, outputs, error);
    weir_buf_release(&w.out);
    weir_buf_release(&w.scratch);
    return e;
}

enum weir_err weir_jq_run(struct weir_jq *jq, struct weir_jq_input *input,
                          struct weir_arena *arena, size_t max,
                          struct weir_jq_outputs *outputs,
                          struct weir_error *error) {
    bool unsure;
    enum weir_err e;
    outputs->count = 0;
    if (jq->path) {
        e = jq_path_run(jq->path, input->text, max, outputs, &unsure, error);
        if (e || !unsure)
            return e;
        outputs->count = 0;
    }
    return run_libjq(jq, input, arena, max, outputs, error);
}
