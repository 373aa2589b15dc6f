/* page.c - a page from a file: bytes, then UTF-8, then a tree. */
#include "cli/page.h"

#include "base/escape.h"
#include "doc/charset.h"

#include <errno.h>
#include <string.h>

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

/* What the user should know: another parser, a tree that was cut. */
static void say_note(struct weir_cli *cli, const struct weir_doc *doc) {
    struct weir_buf line;
    if (weir_doc_note(doc)[0] == '\0')
        return;
    weir_buf_init(&line, 0);
    weir_escape_terminal(&line, weir_str_of(weir_doc_note(doc)));
    fprintf(cli->err, "weir %s: %s%s\n", cli->command, line.p,
            weir_doc_truncated(doc) ? "" : "; built by libxml2");
    weir_buf_release(&line);
}

enum weir_err weir_cli_page(struct weir_cli *cli, const char *path,
                            struct weir_doc **out, struct weir_error *error) {
    struct weir_doc_options options = weir_doc_defaults();
    const char *charset = weir_opt_get(cli->options, OPT_CHARSET);
    struct weir_buf bytes, room;
    struct weir_str utf8;
    enum weir_err err;
    if (charset && !weir_charset_lookup(weir_str_of(charset)))
        return weir_error_set(error, WEIR_E_USAGE,
                              "--charset: %s is no character set", charset);
    if (strcmp(weir_opt_get(cli->options, OPT_PARSER), "libxml2") == 0)
        options.parser = WEIR_DOC_LIBXML2;
    weir_doc_init();
    weir_buf_init(&bytes, options.limits.max_page + READ_BYTES);
    weir_buf_init(&room, 0);
    err = read_page(path, &bytes, error);
    if (!err && weir_charset_to_utf8(weir_buf_view(&bytes),
                                     weir_str_of(charset), &room, &utf8, NULL))
        err = weir_error_nomem(error);
    if (!err)
        err = weir_doc_parse(utf8, &options, out, error);
    if (!err)
        say_note(cli, *out);
    weir_buf_release(&room);
    weir_buf_release(&bytes);
    return err;
}
