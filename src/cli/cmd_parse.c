/* cmd_parse.c - "weir parse": the tree of a page, as selectors see it. */
#include "cli/command.h"

#include "base/escape.h"
#include "doc/charset.h"
#include "doc/parse.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 64 << 10 };

static enum weir_err read_stream(FILE *f, const char *name,
                                 struct weir_buf *page,
                                 struct weir_error *error) {
    size_t n;
    do {
        enum weir_err err = weir_buf_reserve(page, READ_BYTES);
        if (err == WEIR_E_LIMIT)
            return weir_error_set(error, err, "%s: larger than %zu bytes", name,
                                  page->max);
        if (err)
            return weir_error_nomem(error);
        n = fread(page->p + page->len, 1, READ_BYTES, f);
        page->len += n;
        page->p[page->len] = '\0';
    } while (n > 0);
    if (ferror(f))
        return weir_error_set(error, WEIR_E_IO, "%s: %s", name,
                              strerror(errno));
    return WEIR_OK;
}

static enum weir_err read_page(const char *path, struct weir_buf *page,
                               struct weir_error *error) {
    enum weir_err err;
    FILE *f;
    if (strcmp(path, "-") == 0)
        return read_stream(stdin, "standard input", page, error);
    f = fopen(path, "rb");
    if (!f)
        return weir_error_set(error, WEIR_E_IO, "%s: %s", path,
                              strerror(errno));
    err = read_stream(f, path, page, error);
    fclose(f);
    return err;
}

/* Line by line: line feeds are ours or harmless, all else is escaped. */
static void put_escaped(struct weir_str s, FILE *out) {
    struct weir_buf line;
    weir_buf_init(&line, 0);
    while (s.n) {
        struct weir_str head, tail;
        bool ended = weir_str_cut(s, '\n', &head, &tail);
        weir_buf_clear(&line);
        weir_escape_terminal(&line, head);
        fwrite(line.p, 1, line.len, out);
        if (ended)
            fputc('\n', out);
        s = tail;
    }
    weir_buf_release(&line);
}

static enum weir_err write_tree(struct weir_cli *cli,
                                const struct weir_doc *doc,
                                struct weir_error *error) {
    const char *format = weir_opt_get(cli->options, OPT_FORMAT);
    enum weir_err err = WEIR_OK;
    struct weir_buf out;
    weir_buf_init(&out, 0);
    if (strcmp(format, "html") == 0)
        weir_doc_html(doc, &out);
    else if (strcmp(format, "html5lib") == 0)
        weir_doc_html5lib(doc, &out);
    else
        weir_doc_outline(doc, &out);
    if (out.len && out.p[out.len - 1] != '\n')
        weir_buf_byte(&out, '\n');
    if (out.failed)
        err = weir_error_nomem(error);
    else if (isatty(fileno(cli->out)))
        put_escaped(weir_buf_view(&out), cli->out);
    else
        fwrite(out.p, 1, out.len, cli->out);
    weir_buf_release(&out);
    if (!err && fflush(cli->out) != 0)
        err = weir_error_set(error, WEIR_E_IO, "standard output: %s",
                             strerror(errno));
    return err;
}

/* What the user should know: another parser, a tree that was cut. */
static void say_note(struct weir_cli *cli, const struct weir_doc *doc) {
    struct weir_buf line;
    if (weir_doc_note(doc)[0] == '\0')
        return;
    weir_buf_init(&line, 0);
    weir_escape_terminal(&line, weir_str_of(weir_doc_note(doc)));
    fprintf(cli->err, "weir parse: %s%s\n", line.p,
            weir_doc_truncated(doc) ? "" : "; built by libxml2");
    weir_buf_release(&line);
}

static enum weir_err parse(struct weir_cli *cli, struct weir_error *error) {
    struct weir_doc_options options = weir_doc_defaults();
    struct weir_doc *doc = NULL;
    struct weir_buf bytes, room;
    struct weir_str utf8;
    const char *charset = weir_opt_get(cli->options, OPT_CHARSET);
    enum weir_err err;
    if (strcmp(weir_opt_get(cli->options, OPT_PARSER), "libxml2") == 0)
        options.parser = WEIR_DOC_LIBXML2;
    weir_buf_init(&bytes, options.limits.max_page + READ_BYTES);
    weir_buf_init(&room, 0);
    err = read_page(cli->argv[0], &bytes, error);
    if (!err && weir_charset_to_utf8(weir_buf_view(&bytes),
                                     weir_str_of(charset), &room, &utf8, NULL))
        err = weir_error_nomem(error);
    if (!err)
        err = weir_doc_parse(utf8, &options, &doc, error);
    if (!err) {
        err = write_tree(cli, doc, error);
        say_note(cli, doc);
    }
    weir_doc_destroy(doc);
    weir_buf_release(&room);
    weir_buf_release(&bytes);
    return err;
}

int weir_cmd_parse(struct weir_cli *cli) {
    struct weir_error error = {0};
    const char *charset = weir_opt_get(cli->options, OPT_CHARSET);
    if (cli->argc != 1)
        return weir_cli_failf(cli, WEIR_E_USAGE,
                              "it takes one file, or - for standard input");
    if (charset && !weir_charset_lookup(weir_str_of(charset)))
        return weir_cli_failf(cli, WEIR_E_USAGE,
                              "--charset: %s is no character set", charset);
    weir_doc_init();
    if (parse(cli, &error))
        return weir_cli_fail(cli, &error);
    return 0;
}
