/* Why: file names made of what a page said, and core/outname.h already knows
 * how such names are made safe. So the record's template becomes one of
 * outname's for each record: the fields that the record has go in as captures,
 * which it cleans like everything else from outside. */
#include "sink/record_files.h"

#include "base/mem.h"
#include "core/outname.h"
#include "core/template.h"
#include "core/url.h"

#include <string.h>

struct weir_file_output {
    const struct weir_output *output;
    struct weir_template *name;
    uint64_t n; /* files so far, for {n} */
    struct weir_members members;
    struct weir_buf text, path, values;
    const char **captures;
};

enum weir_err weir_file_output_create(struct weir_file_output **out,
                                      const struct weir_output *output,
                                      struct weir_error *error) {
    const char *text = output->name_template;
    struct weir_error cause;
    struct weir_file_output *f = weir_calloc(1, sizeof *f);
    enum weir_err code;
    if (!f)
        return weir_error_nomem(error);
    f->output = output;
    weir_members_init(&f->members);
    weir_buf_init(&f->text, 0);
    weir_buf_init(&f->path, 0);
    weir_buf_init(&f->values, 0);
    code = weir_template_create(&f->name, weir_str_of(text ? text : "{name}"),
                                &cause);
    if (code) {
        weir_error_set(error, code, "output of files: name %s", cause.message);
    } else {
        f->captures =
            weir_calloc(weir_template_count(f->name) + 1, sizeof *f->captures);
        if (!f->captures)
            code = weir_error_nomem(error);
    }
    if (code)
        weir_file_output_destroy(f);
    else
        *out = f;
    return code;
}

void weir_file_output_destroy(struct weir_file_output *f) {
    if (!f)
        return;
    weir_template_destroy(f->name);
    weir_members_release(&f->members);
    weir_buf_release(&f->text);
    weir_buf_release(&f->path);
    weir_buf_release(&f->values);
    weir_free(f->captures);
    weir_free(f);
}

const char *weir_file_output_folder(const struct weir_file_output *f) {
    if (f->output->folder)
        return f->output->folder;
    return f->output->path ? f->output->path : ".";
}

/* Placeholders that are the URL's where the record has no such field. */
static bool of_url(struct weir_str word) {
    static const char *const words[] = {"host", "path", "dir",   "name",
                                        "stem", "ext",  "query", "n"};
    struct weir_str name, width;
    weir_str_cut(word, ':', &name, &width);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (weir_str_eq(name, weir_str_of(words[i])))
            return true;
    return false;
}

static void put_literal(struct weir_buf *out, struct weir_str s) {
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '{' || s.p[i] == '}')
            weir_buf_byte(out, s.p[i]);
        weir_buf_byte(out, s.p[i]);
    }
}

/* A value as a C string: a NUL in it is as unwelcome in names as elsewhere. */
static void put_capture(struct weir_value v, struct weir_buf *out) {
    size_t from = out->len;
    weir_value_put_text(v, out);
    for (size_t i = from; i < out->len; i++)
        if (out->p[i] == '\0')
            out->p[i] = '_';
    weir_buf_byte(out, '\0');
}

/* The record's template with {1}, {2}... for its fields, into f->text; their
 * values, each with a NUL, into f->values. */
static enum weir_err fill_in(struct weir_file_output *f, size_t *count,
                             struct weir_error *error) {
    const struct weir_template_piece *pieces = weir_template_pieces(f->name);
    *count = 0;
    weir_buf_clear(&f->text);
    weir_buf_clear(&f->values);
    for (size_t i = 0; i < weir_template_count(f->name); i++) {
        struct weir_str word = pieces[i].text;
        if (!pieces[i].field) {
            put_literal(&f->text, word);
            continue;
        }
        struct weir_value v = weir_members_get(&f->members, word);
        if (!weir_value_is_empty(v)) {
            weir_buf_fmt(&f->text, "{%zu}", ++*count);
            put_capture(v, &f->values);
        } else if (of_url(word)) {
            weir_buf_fmt(&f->text, "{%.*s}", WEIR_STR_ARG(word));
        } else {
            return weir_error_set(error, WEIR_E_INVALID,
                                  "output of files: the record has no %.*s, "
                                  "which the name needs",
                                  WEIR_STR_ARG(word));
        }
    }
    if (f->text.failed || f->values.failed)
        return weir_error_nomem(error);
    const char *p = f->values.p;
    for (size_t i = 0; i < *count; i++, p += strlen(p) + 1)
        f->captures[i] = p;
    return WEIR_OK;
}

static enum weir_err make_name(struct weir_file_output *f, struct weir_str url,
                               struct weir_error *error) {
    struct weir_outname *name;
    struct weir_buf whole;
    size_t count;
    enum weir_err code = fill_in(f, &count, error);
    if (code)
        return code;
    code = weir_outname_create(&name, weir_buf_view(&f->text), error);
    if (code)
        return code;
    struct weir_outname_input in = {
        .url = url, .n = f->n, .captures = f->captures, .capture_count = count};
    weir_buf_init(&whole, 0);
    struct weir_str folder = weir_outname_folder(name);
    weir_buf_str(&whole, folder);
    if (folder.n > 0 && folder.p[folder.n - 1] != '/')
        weir_buf_byte(&whole, '/');
    code = weir_outname_expand(name, &in, &whole, error);
    weir_buf_clear(&f->path);
    if (!code) {
        code = weir_outname_typed(weir_buf_view(&whole), &f->path, NULL);
        if (code)
            weir_error_set(error, code,
                           "output of files: %s is no name beneath the folder",
                           whole.p);
    }
    weir_buf_release(&whole);
    weir_outname_destroy(name);
    return code;
}

static enum weir_err request(struct weir_file_output *f, struct weir_value v,
                             weir_on_file_request on_request, void *data,
                             struct weir_error *error) {
    struct weir_buf text;
    struct weir_url url;
    struct weir_error cause;
    enum weir_err code;
    if (weir_value_is_empty(v))
        return WEIR_OK;
    weir_buf_init(&text, 0);
    code = weir_value_put_text(v, &text);
    if (!code)
        code = weir_url_parse(&url, weir_buf_view(&text), NULL, &cause);
    if (code) {
        weir_error_set(error, code, "output of files: %s: %s", text.p,
                       code == WEIR_E_NOMEM ? weir_err_text(code)
                                            : cause.message);
        weir_buf_release(&text);
        return code;
    }
    weir_buf_release(&text);
    f->n++;
    code = make_name(f, weir_str_of(url.href), error);
    if (!code)
        code = on_request(weir_str_of(url.href), weir_buf_view(&f->path), data);
    weir_url_release(&url);
    return code;
}

enum weir_err weir_file_output_requests(struct weir_file_output *f,
                                        struct weir_str json,
                                        weir_on_file_request on_request,
                                        void *data, struct weir_error *error) {
    enum weir_err code = weir_members_read(&f->members, json, error);
    if (code)
        return code;
    struct weir_value v =
        weir_members_get(&f->members, weir_str_of(f->output->url_field));
    if (v.kind != WEIR_JSON_ARRAY)
        return request(f, v, on_request, data, error);
    struct weir_json r;
    weir_json_init(&r, v.text);
    weir_json_next(&r);
    while (!code && weir_json_next(&r) != WEIR_JSON_ARRAY_END &&
           r.token != WEIR_JSON_ERROR) {
        struct weir_value element = {r.token, r.text};
        if (r.token == WEIR_JSON_STRING)
            code = request(f, element, on_request, data, error);
        else
            weir_json_skip(&r);
    }
    return code;
}
