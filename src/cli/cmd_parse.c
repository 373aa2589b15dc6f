/* cmd_parse.c - "weir parse": the tree of a page, as selectors see it. */
#include "cli/command.h"
#include "cli/page.h"

#include "base/escape.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

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

int weir_cmd_parse(struct weir_cli *cli) {
    struct weir_error error = {0};
    struct weir_doc *doc = NULL;
    enum weir_err err;
    if (cli->argc != 1)
        return weir_cli_failf(cli, WEIR_E_USAGE,
                              "it takes one file, or - for standard input");
    err = weir_cli_page(cli, cli->argv[0], &doc, &error);
    if (!err)
        err = write_tree(cli, doc, &error);
    weir_doc_destroy(doc);
    return err ? weir_cli_fail(cli, &error) : 0;
}
