/* cmd_select.c - "weir select": what a selector or an XPath finds in a page,
 * one match a line. */
#include "cli/command.h"
#include "cli/page.h"

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "core/textwidth.h"
#include "doc/css.h"
#include "doc/xpath.h"

#include <string.h>
#include <unistd.h>

enum { NOTHING_MATCHED = 1 };

struct selection {
    struct weir_cli *cli;
    const char *attribute; /* NULL: the text */
    char *lower;           /* the same as HTML has it */
    bool escape;           /* the lines go to a terminal */
    size_t printed;
    struct weir_buf value, line;
};

/* One match is one line, whatever an attribute holds. */
static enum weir_err print_line(struct selection *s) {
    struct weir_buf *out = &s->value;
    for (size_t i = 0; i < out->len; i++)
        if (out->p[i] == '\n' || out->p[i] == '\r')
            out->p[i] = ' ';
    if (s->escape) {
        weir_buf_clear(&s->line);
        weir_escape_terminal(&s->line, weir_buf_view(out));
        out = &s->line;
    }
    weir_buf_byte(out, '\n');
    if (s->value.failed || s->line.failed)
        return WEIR_E_NOMEM;
    fwrite(out->p, 1, out->len, s->cli->out);
    s->printed++;
    return WEIR_OK;
}

static enum weir_err print_node(struct selection *s,
                                const struct weir_node *node) {
    struct weir_str value;
    weir_buf_clear(&s->value);
    if (!s->attribute) {
        weir_node_content(node, &s->value);
        return print_line(s);
    }
    if (!weir_node_attr(node, s->attribute, &value) &&
        !weir_node_attr(node, s->lower, &value))
        return WEIR_OK;
    weir_buf_str(&s->value, value);
    return print_line(s);
}

static enum weir_err print_nodes(struct selection *s,
                                 const struct weir_nodes *nodes) {
    enum weir_err err = WEIR_OK;
    for (size_t i = 0; !err && i < nodes->count; i++)
        err = print_node(s, nodes->at[i]);
    return err;
}

static enum weir_err run_css(struct selection *s, const struct weir_css *css,
                             const struct weir_doc *doc,
                             struct weir_error *error) {
    struct weir_css_page *page = NULL;
    struct weir_nodes found;
    enum weir_err err;
    weir_nodes_init(&found);
    err = weir_css_page_create(doc, &page);
    if (!err)
        err = weir_css_select(css, page, NULL, &found);
    if (!err)
        err = print_nodes(s, &found);
    if (err)
        weir_error_set(error, err, "%s", weir_err_text(err));
    weir_css_page_destroy(page);
    weir_nodes_release(&found);
    return err;
}

/* Numbers, texts and truth are a line as well; false is no match. */
static enum weir_err print_value(struct selection *s,
                                 const struct weir_xpath_value *value) {
    if (value->kind == WEIR_XPATH_NODES)
        return print_nodes(s, &value->nodes);
    if (value->kind == WEIR_XPATH_BOOLEAN && !value->boolean)
        return WEIR_OK;
    weir_buf_clear(&s->value);
    weir_buf_str(&s->value, weir_buf_view(&value->text));
    return print_line(s);
}

static enum weir_err run_xpath(struct selection *s, struct weir_xpath *xpath,
                               struct weir_doc *doc, struct weir_error *error) {
    struct weir_xpath_page *page = NULL;
    struct weir_xpath_value value;
    enum weir_err err;
    weir_xpath_value_init(&value);
    if (weir_xpath_page_create(doc, &page))
        err = weir_error_nomem(error);
    else
        err = weir_xpath_eval(xpath, page, NULL, &value, error);
    if (!err && print_value(s, &value))
        err = weir_error_nomem(error);
    weir_xpath_page_destroy(page);
    weir_xpath_value_release(&value);
    return err;
}

/* The selector, and below it a mark at the column (1 = the first character;
 * one behind the end is the end). */
static void show_place(struct weir_cli *cli, struct weir_str selector,
                       size_t column) {
    struct weir_buf line;
    size_t at = 0, width;
    for (; at < selector.n && column > 1; column--) {
        uint32_t cp;
        size_t used =
            weir_utf8_decode(weir_str_sub(selector, at, selector.n), &cp);
        at += used ? used : 1;
    }
    weir_buf_init(&line, 0);
    weir_escape_terminal(&line, weir_str_sub(selector, 0, at));
    width = weir_text_columns(weir_buf_view(&line));
    weir_escape_terminal(&line, weir_str_sub(selector, at, selector.n));
    fprintf(cli->err, "  %s\n  %*s^\n", line.p, (int)width, "");
    weir_buf_release(&line);
}

/* A selector that cannot be used is a mistake in the command line, be it only
 * too long. */
static int refuse(struct weir_cli *cli, struct weir_str selector, size_t column,
                  struct weir_error *error) {
    if (error->code == WEIR_E_LIMIT)
        error->code = WEIR_E_INVALID;
    weir_cli_fail(cli, error);
    if (error->code == WEIR_E_INVALID)
        show_place(cli, selector, column);
    return weir_err_exit_status(error->code);
}

static int run(struct selection *s, struct weir_css *css,
               struct weir_xpath *xpath) {
    struct weir_error error = {0};
    struct weir_doc *doc = NULL;
    enum weir_err err = weir_cli_page(s->cli, s->cli->argv[1], &doc, &error);
    if (!err)
        err = css ? run_css(s, css, doc, &error)
                  : run_xpath(s, xpath, doc, &error);
    weir_doc_destroy(doc);
    if (err)
        return weir_cli_fail(s->cli, &error);
    return s->printed ? 0 : NOTHING_MATCHED;
}

int weir_cmd_select(struct weir_cli *cli) {
    struct selection s = {.cli = cli, .escape = isatty(fileno(cli->out)) != 0};
    struct weir_xpath *xpath = NULL;
    struct weir_css *css = NULL;
    struct weir_error error = {0};
    struct weir_str selector;
    enum weir_err err;
    size_t column = 1;
    int status;
    if (cli->argc != 2)
        return weir_cli_failf(cli, WEIR_E_USAGE,
                              "a selector and a file are wanted (- is "
                              "standard input)");
    selector = weir_str_of(cli->argv[0]);
    s.attribute = weir_opt_get(cli->options, OPT_ATTR);
    if (weir_opt_on(cli->options, OPT_XPATH))
        err = weir_xpath_compile(selector, &xpath, &column, &error);
    else
        err = weir_css_compile(selector, &css, &column, &error);
    if (err)
        return refuse(cli, selector, column, &error);
    weir_buf_init(&s.value, 0);
    weir_buf_init(&s.line, 0);
    s.lower = weir_strdup(s.attribute ? s.attribute : "");
    for (char *p = s.lower; p && *p; p++)
        *p = weir_to_lower(*p);
    status = s.lower ? run(&s, css, xpath)
                     : weir_cli_failf(cli, WEIR_E_NOMEM, "out of memory");
    weir_free(s.lower);
    weir_buf_release(&s.value);
    weir_buf_release(&s.line);
    weir_css_destroy(css);
    weir_xpath_destroy(xpath);
    return status;
}
