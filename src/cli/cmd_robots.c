/* cmd_robots.c - "weir robots": may this agent fetch this URL, and which line
 * says so. The file is a robots.txt that is already here; nothing is
 * fetched. */
#include "cli/command.h"

#include "base/buf.h"
#include "base/escape.h"
#include "core/robots.h"
#include "core/url.h"

#include <errno.h>
#include <string.h>

/* All of a file, or as much of it as is ever looked at. */
static enum weir_err read_file(const char *path, struct weir_buf *out,
                               struct weir_error *error) {
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(path, "rb");
    enum weir_err err = WEIR_OK;
    size_t n = 1;
    if (!f)
        return weir_error_set(error, WEIR_E_IO, "%s: %s", path,
                              strerror(errno));
    while (!err && n > 0 && out->len <= WEIR_ROBOTS_MAX) {
        char chunk[16384];
        n = fread(chunk, 1, sizeof chunk, f);
        if (weir_buf_add(out, chunk, n))
            err = weir_error_nomem(error);
    }
    if (!err && ferror(f))
        err = weir_error_set(error, WEIR_E_IO, "%s: %s", path, strerror(errno));
    if (!is_stdin)
        fclose(f);
    return err;
}

static struct weir_str line_number(struct weir_str text, size_t number) {
    struct weir_str line = {NULL, 0};
    for (size_t n = 0; n < number; n++)
        weir_robots_next_line(&text, &line);
    return line;
}

/* "3: Disallow: /private" */
static void print_verdict(FILE *out, struct weir_str text,
                          struct weir_robots_verdict v) {
    struct weir_buf line;
    if (v.gave_up) {
        fputs("too much to compare: not allowed\n", out);
        return;
    }
    if (v.line == 0) {
        fputs("no rule matches: allowed\n", out);
        return;
    }
    weir_buf_init(&line, 0);
    weir_escape_terminal(&line, line_number(text, v.line));
    fprintf(out, "%zu: %s\n", v.line, line.p);
    weir_buf_release(&line);
}

/* A path is what rules are about; anything else must be a whole URL. */
static enum weir_err look_at(const char *text, struct weir_error *error) {
    struct weir_error cause = {0};
    struct weir_url url;
    enum weir_err err;
    if (text[0] == '/')
        return WEIR_OK;
    err = weir_url_parse(&url, weir_str_of(text), NULL, &cause);
    if (err != WEIR_OK)
        return weir_error_set(error, WEIR_E_USAGE, "\"%s\" is no URL: %s", text,
                              cause.message);
    weir_url_release(&url);
    return WEIR_OK;
}

static int check(struct weir_cli *cli, struct weir_str text) {
    const char *agent = weir_opt_get(cli->options, OPT_AGENT);
    struct weir_robots *robots;
    struct weir_error error = {0};
    int status = 0;
    for (int i = 1; i < cli->argc; i++)
        if (look_at(cli->argv[i], &error))
            return weir_cli_fail(cli, &error);
    if (weir_robots_parse(&robots, text, weir_str_of(agent), &error))
        return weir_cli_fail(cli, &error);
    for (int i = 1; i < cli->argc; i++) {
        struct weir_str url = weir_str_of(cli->argv[i]);
        struct weir_robots_verdict v =
            weir_robots_match(robots, weir_robots_url_target(url));
        print_verdict(cli->out, text, v);
        if (!v.allowed)
            status = 1;
    }
    weir_robots_destroy(robots);
    return status;
}

int weir_cmd_robots(struct weir_cli *cli) {
    struct weir_error error = {0};
    struct weir_buf text;
    int status;
    if (cli->argc < 2)
        return weir_cli_failf(cli, WEIR_E_USAGE,
                              "a robots.txt and a URL are wanted");
    weir_buf_init(&text, 0);
    if (read_file(cli->argv[0], &text, &error))
        status = weir_cli_fail(cli, &error);
    else
        status = check(cli, weir_buf_view(&text));
    weir_buf_release(&text);
    return status;
}
