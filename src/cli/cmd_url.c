/* cmd_url.c - "weir url": what a URL means, one a line.
 *
 * Operands are resolved and printed. With --ndjson the program is the other end
 * of a pipe: it reads {"input":..,"base":..} lines and answers each with a
 * line, in order. Answers are written in batches, but never held back while the
 * input makes the reader wait, so a caller may send one line and wait for its
 * answer. */
#include "cli/command.h"

#include "base/buf.h"
#include "base/escape.h"
#include "core/json.h"
#include "core/url.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 16 << 20, /* two URLs of 1 MiB, every byte as \uXXXX */
    READ_BYTES = 64 << 10
};

/* Lines of standard input; `out` is flushed before each wait. */
struct lines {
    struct weir_buf buf;
    FILE *out;
    size_t at, scanned; /* where the next line begins; no newline before */
    bool eof;
    bool skipping; /* within a line that is too long */
};

/* What one run works with: all buffers live as long as it does. */
struct task {
    struct weir_cli *cli;
    struct weir_url base; /* of --base */
    bool has_base;
    struct weir_url other; /* the base that lines named last, and its text */
    struct weir_buf other_text;
    bool has_other;
    struct weir_buf input, named, answer;
};

static enum weir_err lines_fill(struct lines *l, struct weir_error *error) {
    ssize_t n;
    weir_buf_consume(&l->buf, l->at);
    l->scanned -= l->at;
    l->at = 0;
    if (weir_buf_reserve(&l->buf, READ_BYTES))
        return weir_error_nomem(error);
    fflush(l->out);
    do
        n = read(STDIN_FILENO, l->buf.p + l->buf.len, READ_BYTES);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return weir_error_set(error, WEIR_E_IO, "standard input: %s",
                              strerror(errno));
    l->eof = n == 0;
    l->buf.len += (size_t)n;
    l->buf.p[l->buf.len] = '\0';
    return WEIR_OK;
}

/* The next line without its newline, borrowed until the next call. At the end
 * line->p is NULL; *too_long marks one that is left out. */
static enum weir_err lines_next(struct lines *l, struct weir_str *line,
                                bool *too_long, struct weir_error *error) {
    for (;;) {
        size_t end = weir_str_find(weir_buf_view(&l->buf), '\n', l->scanned);
        enum weir_err err;
        if (end < l->buf.len || (l->eof && end > l->at)) {
            *line = weir_str_make(l->buf.p + l->at, end - l->at);
            *too_long = l->skipping;
            l->skipping = false;
            l->at = l->scanned = end < l->buf.len ? end + 1 : end;
            return WEIR_OK;
        }
        l->scanned = end;
        if (l->eof) {
            *line = weir_str_make(NULL, 0);
            return WEIR_OK;
        }
        if (l->buf.len - l->at > LINE_MAX_BYTES) {
            l->skipping = true;
            l->at = l->scanned - 1; /* one byte keeps the line alive */
        }
        err = lines_fill(l, error);
        if (err)
            return err;
    }
}

/* href, or the canonical form if that was asked for. */
static enum weir_err put_result(const struct task *t, const struct weir_url *u,
                                struct weir_buf *out) {
    const struct weir_options *o = t->cli->options;
    if (weir_opt_on(o, OPT_CANONICAL))
        return weir_url_put_canonical(u, weir_opt_on(o, OPT_SORT_QUERY), out);
    return weir_buf_z(out, u->href);
}

/* Resolves into `out`; nothing is appended on an error. */
static enum weir_err resolve(const struct task *t, struct weir_str input,
                             const struct weir_url *base, struct weir_buf *out,
                             struct weir_error *error) {
    struct weir_url u;
    enum weir_err err = weir_url_parse(&u, input, base, error);
    if (err)
        return err;
    if (put_result(t, &u, out))
        err = weir_error_nomem(error);
    weir_url_release(&u);
    return err;
}

/* One member of the object, the KEY being read. */
static enum weir_err read_member(struct task *t, struct weir_json *r,
                                 bool *has_input, int *has_base,
                                 struct weir_error *error) {
    bool input = weir_json_is(r, WEIR_STR("input"));
    bool base = weir_json_is(r, WEIR_STR("base"));
    struct weir_buf *to = input ? &t->input : &t->named;
    enum weir_json_token token;
    if (!input && !base) {
        weir_json_skip(r);
        return WEIR_OK;
    }
    token = weir_json_next(r);
    if (base && token == WEIR_JSON_NULL) {
        *has_base = 0;
        return WEIR_OK;
    }
    if (token != WEIR_JSON_STRING)
        return weir_json_error(
            r, error, input ? "a string as \"input\"" : "a string as \"base\"");
    weir_buf_clear(to);
    if (weir_json_put_text(r->text, to))
        return weir_error_nomem(error);
    *has_input |= input;
    *has_base = base ? 1 : *has_base;
    return WEIR_OK;
}

/* Reads {"input":..,"base":..} into t->input and t->named. *has_base: 1 named,
 * 0 null, -1 not there. */
static enum weir_err read_request(struct task *t, struct weir_str line,
                                  int *has_base, struct weir_error *error) {
    struct weir_json r;
    bool has_input = false;
    enum weir_err err = WEIR_OK;
    *has_base = -1;
    weir_json_init(&r, line);
    if (weir_json_next(&r) != WEIR_JSON_OBJECT)
        return weir_json_error(&r, error, "an object");
    while (!err && weir_json_next(&r) == WEIR_JSON_KEY)
        err = read_member(t, &r, &has_input, has_base, error);
    if (err)
        return err;
    if (r.token != WEIR_JSON_OBJECT_END || weir_json_next(&r) != WEIR_JSON_END)
        return weir_json_error(&r, error, "the end");
    if (!has_input)
        return weir_error_set(error, WEIR_E_INVALID,
                              "the line has no \"input\"");
    return WEIR_OK;
}

/* The base in t->named, parsed; usually it is that of the line before. */
static enum weir_err find_base(struct task *t, const struct weir_url **base,
                               struct weir_error *error) {
    struct weir_error cause;
    enum weir_err err;
    *base = &t->other;
    if (t->has_other &&
        weir_str_eq(weir_buf_view(&t->other_text), weir_buf_view(&t->named)))
        return WEIR_OK;
    weir_url_release(&t->other);
    t->has_other = false;
    weir_buf_clear(&t->other_text);
    if (weir_buf_str(&t->other_text, weir_buf_view(&t->named)))
        return weir_error_nomem(error);
    err = weir_url_parse(&t->other, weir_buf_view(&t->named), NULL, &cause);
    if (err)
        return weir_error_set(error, err, "base: %s", cause.message);
    t->has_other = true;
    return WEIR_OK;
}

/* One line of input, one line of output. */
static void answer(struct task *t, struct weir_str line, bool too_long,
                   bool *malformed) {
    const struct weir_url *base = t->has_base ? &t->base : NULL;
    struct weir_error error = {0};
    struct weir_buf *out = &t->answer;
    int has_base = -1;
    enum weir_err err;
    if (too_long)
        err = weir_error_set(&error, WEIR_E_LIMIT, "the line is too long");
    else
        err = read_request(t, line, &has_base, &error);
    *malformed |= err != WEIR_OK;
    if (!err && has_base == 1)
        err = find_base(t, &base, &error);
    else if (!err && has_base == 0)
        base = NULL;
    weir_buf_clear(&t->named);
    if (!err)
        err = resolve(t, weir_buf_view(&t->input), base, &t->named, &error);
    weir_buf_clear(out);
    weir_buf_z(out, err ? "{\"failure\":true,\"error\":" : "{\"href\":");
    weir_escape_json(out, err ? weir_str_of(error.message)
                              : weir_buf_view(&t->named));
    weir_buf_z(out, "}\n");
    if (out->failed)
        fputs("{\"failure\":true,\"error\":\"out of memory\"}\n", t->cli->out);
    else
        fwrite(out->p, 1, out->len, t->cli->out);
}

static bool is_blank(struct weir_str line) {
    return weir_str_trim(line).n == 0;
}

/* A URL that cannot be parsed is an answer; only a line that is no request
 * makes the exit status 2. */
static int run_ndjson(struct task *t) {
    struct lines lines = {.out = t->cli->out};
    struct weir_error error = {0};
    struct weir_str line;
    bool too_long = false, malformed = false;
    enum weir_err err;
    weir_buf_init(&lines.buf, 0);
    while (!(err = lines_next(&lines, &line, &too_long, &error)) && line.p) {
        if (too_long || !is_blank(line))
            answer(t, line, too_long, &malformed);
        if (ferror(t->cli->out))
            break; /* nobody reads any more; main reports it */
    }
    weir_buf_release(&lines.buf);
    if (err)
        return weir_cli_fail(t->cli, &error);
    return malformed ? weir_err_exit_status(WEIR_E_INVALID) : 0;
}

static int run_operands(struct task *t) {
    int status = 0;
    for (int i = 0; i < t->cli->argc; i++) {
        const char *input = t->cli->argv[i];
        struct weir_error error = {0};
        enum weir_err err;
        weir_buf_clear(&t->answer);
        err = resolve(t, weir_str_of(input), t->has_base ? &t->base : NULL,
                      &t->answer, &error);
        if (err)
            status =
                weir_cli_failf(t->cli, err, "%.300s: %s", input, error.message);
        else
            fprintf(t->cli->out, "%s\n", t->answer.p);
    }
    return status;
}

static int run(struct task *t) {
    const char *base = weir_opt_get(t->cli->options, OPT_BASE);
    bool ndjson = weir_opt_on(t->cli->options, OPT_NDJSON);
    struct weir_error error = {0};
    enum weir_err err;
    if (ndjson && t->cli->argc > 0)
        return weir_cli_failf(t->cli, WEIR_E_USAGE,
                              "--ndjson reads standard input: no URL is "
                              "allowed beside it");
    if (!ndjson && t->cli->argc == 0)
        return weir_cli_failf(t->cli, WEIR_E_USAGE, "no URL given");
    if (base) {
        err = weir_url_parse(&t->base, weir_str_of(base), NULL, &error);
        if (err)
            return weir_cli_failf(t->cli, err, "--base %.300s: %s", base,
                                  error.message);
        t->has_base = true;
    }
    return ndjson ? run_ndjson(t) : run_operands(t);
}

int weir_cmd_url(struct weir_cli *cli) {
    struct task t = {.cli = cli};
    int status;
    weir_buf_init(&t.other_text, 0);
    weir_buf_init(&t.input, 0);
    weir_buf_init(&t.named, 0);
    weir_buf_init(&t.answer, 0);
    status = run(&t);
    weir_buf_release(&t.other_text);
    weir_buf_release(&t.input);
    weir_buf_release(&t.named);
    weir_buf_release(&t.answer);
    weir_url_release(&t.base);
    weir_url_release(&t.other);
    return status;
}
