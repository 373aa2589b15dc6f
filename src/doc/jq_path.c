/* jq_path.c - jq's plain paths over JSON text, without a tree.
 *
 * Each step narrows a slice of the text: the reader runs over an object or an
 * array and skips what is not asked for. Of members with the same name the last
 * one counts, as in jq. Steps are the depth of the recursion. */
#include "doc/jq_path.h"

#include "base/mem.h"
#include "core/json.h"

#include <string.h>

enum { MAX_STEPS = 32 };

enum step_kind { MEMBER, INDEX, EACH };

struct step {
    enum step_kind kind;
    bool optional; /* ? */
    struct weir_str name;
    int64_t index;
};

struct jq_path {
    struct step steps[MAX_STEPS];
    size_t count;
    char text[]; /* the program: names point into it */
};

/* ---- compiling ---- */

static void skip_space(struct weir_str *s) {
    while (s->n && weir_is_space(s->p[0]))
        *s = weir_str_sub(*s, 1, s->n);
}

static bool take(struct weir_str *s, char c) {
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = weir_str_sub(*s, 1, s->n);
    return true;
}

static bool take_name(struct weir_str *s, struct weir_str *name) {
    size_t n = 0;
    while (n < s->n && (weir_is_alpha(s->p[n]) || s->p[n] == '_' ||
                        (n && weir_is_digit(s->p[n]))))
        n++;
    *name = weir_str_sub(*s, 0, n);
    *s = weir_str_sub(*s, n, s->n);
    return n > 0;
}

/* "text" without escapes: those (and \(...)) are libjq's. */
static bool take_string(struct weir_str *s, struct weir_str *name) {
    size_t end;
    if (!take(s, '"'))
        return false;
    end = weir_str_find(*s, '"', 0);
    *name = weir_str_sub(*s, 0, end);
    if (end == s->n || weir_str_find(*name, '\\', 0) < name->n)
        return false;
    *s = weir_str_sub(*s, end + 1, s->n);
    return true;
}

static bool take_integer(struct weir_str *s, int64_t *index) {
    size_t n = s->n && s->p[0] == '-';
    while (n < s->n && n < 10 && weir_is_digit(s->p[n]))
        n++;
    if (!weir_str_to_i64(weir_str_sub(*s, 0, n), index))
        return false;
    *s = weir_str_sub(*s, n, s->n);
    return true;
}

static struct step *add_step(struct jq_path *path, enum step_kind kind) {
    struct step *step;
    if (path->count == MAX_STEPS)
        return NULL;
    step = &path->steps[path->count++];
    step->kind = kind;
    return step;
}

/* What follows "[". */
static bool read_bracket(struct jq_path *path, struct weir_str *s) {
    struct step *step = add_step(path, EACH);
    if (!step)
        return false;
    skip_space(s);
    if (take(s, ']'))
        return true;
    if (s->n && s->p[0] == '"') {
        step->kind = MEMBER;
        if (!take_string(s, &step->name))
            return false;
    } else {
        step->kind = INDEX;
        if (!take_integer(s, &step->index))
            return false;
    }
    skip_space(s);
    return take(s, ']');
}

static bool read_member(struct jq_path *path, struct weir_str *s) {
    struct step *step = add_step(path, MEMBER);
    return step && (s->n && s->p[0] == '"' ? take_string(s, &step->name)
                                           : take_name(s, &step->name));
}

/* One path up to "|" or the end. */
static bool read_path(struct jq_path *path, struct weir_str *s) {
    bool first = true;
    if (!take(s, '.'))
        return false;
    for (;; first = false) {
        bool good;
        if (take(s, '['))
            good = read_bracket(path, s);
        else if (first &&
                 (s->n == 0 || weir_is_space(s->p[0]) || s->p[0] == '|'))
            return true; /* "." alone */
        else if (first)
            good = read_member(path, s);
        else if (take(s, '.'))
            good = take(s, '[') ? read_bracket(path, s) : read_member(path, s);
        else
            return true;
        if (!good)
            return false;
        while (take(s, '?'))
            path->steps[path->count - 1].optional = true;
    }
}

static bool read_program(struct jq_path *path, struct weir_str s) {
    do {
        skip_space(&s);
        if (!read_path(path, &s))
            return false;
        skip_space(&s);
    } while (take(&s, '|'));
    return s.n == 0;
}

enum weir_err jq_path_compile(struct weir_str program, struct jq_path **out) {
    struct jq_path *path = weir_calloc(1, sizeof *path + program.n + 1);
    *out = NULL;
    if (!path)
        return WEIR_E_NOMEM;
    if (program.n)
        memcpy(path->text, program.p, program.n);
    if (read_program(path, weir_str_make(path->text, program.n)))
        *out = path;
    else
        jq_path_destroy(path);
    return WEIR_OK;
}

void jq_path_destroy(struct jq_path *path) {
    weir_free(path);
}

/* ---- running ---- */

struct run {
    const struct jq_path *path;
    size_t max;
    struct weir_jq_outputs *out;
    bool *unsure;
    struct weir_error *error;
};

/* The slice of the value that the reader's last token began; reads over it. */
static struct weir_str value_slice(struct weir_json *r) {
    const char *from = r->input.p + r->at;
    switch (r->token) {
    case WEIR_JSON_STRING:
        from = r->text.p - 1;
        break;
    case WEIR_JSON_NUMBER:
        from = r->text.p;
        break;
    case WEIR_JSON_OBJECT:
    case WEIR_JSON_ARRAY:
        from -= 1;
        break;
    case WEIR_JSON_FALSE:
        from -= 5;
        break;
    default:
        from -= 4;
        break;
    }
    weir_json_skip(r);
    return weir_str_make(from, (size_t)(r->input.p + r->at - from));
}

static enum weir_err run_step(const struct run *run, size_t i,
                              struct weir_str value);

static const char *kind_of(struct weir_str value) {
    switch (value.n ? value.p[0] : 'n') {
    case '{':
        return "object";
    case '[':
        return "array";
    case '"':
        return "string";
    case 't':
    case 'f':
        return "boolean";
    case 'n':
        return "null";
    default:
        return "number";
    }
}

static enum weir_err cannot(const struct run *run, const struct step *step,
                            struct weir_str value) {
    if (step->optional)
        return WEIR_OK;
    if (step->kind == EACH)
        return weir_error_set(run->error, WEIR_E_INVALID,
                              "jq: Cannot iterate over %s", kind_of(value));
    if (step->kind == INDEX)
        return weir_error_set(run->error, WEIR_E_INVALID,
                              "jq: Cannot index %s with number",
                              kind_of(value));
    return weir_error_set(run->error, WEIR_E_INVALID,
                          "jq: Cannot index %s with \"%.*s\"", kind_of(value),
                          WEIR_STR_ARG(step->name));
}

static enum weir_err run_member(const struct run *run, size_t i,
                                struct weir_str value) {
    const struct step *step = &run->path->steps[i];
    struct weir_str found = WEIR_STR("null");
    struct weir_json r;
    if (value.p[0] == 'n')
        return run_step(run, i + 1, value);
    if (value.p[0] != '{')
        return cannot(run, step, value);
    weir_json_init(&r, value);
    weir_json_next(&r);
    while (weir_json_next(&r) == WEIR_JSON_KEY) {
        bool same = weir_json_is(&r, step->name);
        if (!same) {
            weir_json_skip(&r);
            continue;
        }
        weir_json_next(&r);
        found = value_slice(&r);
    }
    return run_step(run, i + 1, found);
}

static size_t length_of(struct weir_str array) {
    struct weir_json r;
    size_t n = 0;
    weir_json_init(&r, array);
    weir_json_next(&r);
    while (weir_json_next(&r) > WEIR_JSON_END &&
           r.token != WEIR_JSON_ARRAY_END) {
        weir_json_skip(&r);
        n++;
    }
    return n;
}

static enum weir_err run_index(const struct run *run, size_t i,
                               struct weir_str value) {
    const struct step *step = &run->path->steps[i];
    int64_t wanted = step->index, at = 0;
    struct weir_json r;
    if (value.p[0] == 'n')
        return run_step(run, i + 1, value);
    if (value.p[0] != '[')
        return cannot(run, step, value);
    if (wanted < 0)
        wanted += (int64_t)length_of(value);
    weir_json_init(&r, value);
    weir_json_next(&r);
    while (weir_json_next(&r) > WEIR_JSON_END &&
           r.token != WEIR_JSON_ARRAY_END) {
        struct weir_str element = value_slice(&r);
        if (at++ == wanted)
            return run_step(run, i + 1, element);
    }
    return run_step(run, i + 1, WEIR_STR("null"));
}

/* Of an object, libjq: there a member that comes twice is one. */
static enum weir_err run_each(const struct run *run, size_t i,
                              struct weir_str value) {
    struct weir_json r;
    enum weir_err e = WEIR_OK;
    if (value.p[0] == '{') {
        *run->unsure = true;
        return WEIR_OK;
    }
    if (value.p[0] != '[')
        return cannot(run, &run->path->steps[i], value);
    weir_json_init(&r, value);
    weir_json_next(&r);
    while (!e && !*run->unsure && run->out->count < run->max &&
           weir_json_next(&r) > WEIR_JSON_END && r.token != WEIR_JSON_ARRAY_END)
        e = run_step(run, i + 1, value_slice(&r));
    return e;
}

static enum weir_err run_step(const struct run *run, size_t i,
                              struct weir_str value) {
    if (i == run->path->count) {
        if (run->out->count == run->max)
            return WEIR_OK;
        return weir_jq_outputs_add(run->out, value)
                   ? weir_error_nomem(run->error)
                   : WEIR_OK;
    }
    switch (run->path->steps[i].kind) {
    case MEMBER:
        return run_member(run, i, value);
    case INDEX:
        return run_index(run, i, value);
    default:
        return run_each(run, i, value);
    }
}

enum weir_err jq_path_run(const struct jq_path *path, struct weir_str text,
                          size_t max, struct weir_jq_outputs *outputs,
                          bool *unsure, struct weir_error *error) {
    struct run run = {path, max, outputs, unsure, error};
    struct weir_json r;
    *unsure = false;
    weir_json_init(&r, text);
    weir_json_next(&r);
    return run_step(&run, 0, value_slice(&r));
}
