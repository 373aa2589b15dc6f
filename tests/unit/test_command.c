#include "test.h"

#include "cli/command.h"
#include "cli/help.h"
#include "cli/status.h"

#include <signal.h>
#include <stdio.h>

TEST(status_lowest_wins) {
    struct weir_status s = {0};
    CHECK_INT(weir_status_exit(&s), 0);
    weir_status_add(&s, WEIR_OK);
    CHECK_INT(weir_status_exit(&s), 0);
    weir_status_add(&s, WEIR_E_SERVER);
    CHECK_INT(weir_status_exit(&s), 8);
    weir_status_add(&s, WEIR_E_DNS);
    weir_status_add(&s, WEIR_E_CHECK);
    CHECK_INT(weir_status_exit(&s), 4);
    weir_status_signal(&s, SIGTERM);
    CHECK_INT(weir_status_exit(&s), 143);
}

/* What a command says when it fails. */
static const char *said(enum weir_err code, const char *command, int status) {
    static char text[1024];
    char path[300];
    size_t n;
    struct weir_cli cli = {.command = command};
    snprintf(path, sizeof path, "%s/err", test_dir());
    cli.err = fopen(path, "w+");
    CHECK(cli.err != NULL);
    CHECK_INT(weir_cli_failf(&cli, code, "%s", "a\x1b[2J"), status);
    rewind(cli.err);
    n = fread(text, 1, sizeof text - 1, cli.err);
    text[n] = '\0';
    fclose(cli.err);
    return text;
}

TEST(command_failures) {
    const char *text = said(WEIR_E_IO, "get", 3);
    CHECK(strncmp(text, "weir get: a", 11) == 0);
    CHECK(strchr(text, '\x1b') == NULL);
    CHECK(strstr(text, "--help") == NULL);
    text = said(WEIR_E_USAGE, "get", 2);
    CHECK(strstr(text, "\nTry \"weir get --help\".\n") != NULL);
    text = said(WEIR_E_USAGE, NULL, 2);
    CHECK(strncmp(text, "weir: a", 7) == 0);
    CHECK(strstr(text, "\nTry \"weir --help\".\n") != NULL);
}

static struct weir_buf out;

static const char *wrap(const char *text, size_t column) {
    weir_buf_release(&out);
    weir_buf_init(&out, 0);
    weir_help_wrap(&out, weir_str_of(text), column, 2, 10);
    return out.p;
}

TEST(help_wraps) {
    CHECK_Z(wrap("one two three", 0), "one two\n  three\n");
    CHECK_Z(wrap("one two", 3), "one two\n");
    CHECK_Z(wrap("one two", 4), "one\n  two\n");
    CHECK_Z(wrap("a-very-long-word x", 0), "a-very-long-word\n  x\n");
    CHECK_Z(wrap("", 0), "\n");
}

TEST(help_of_a_command) {
    const struct weir_command_row row = {"get", CMD_get, "[URL...]",
                                         "downloads a list"};
    struct weir_str text, line;
    weir_buf_release(&out);
    weir_buf_init(&out, 0);
    weir_help_command(&out, &row);
    CHECK(strncmp(out.p, "Usage: weir get [OPTION...] [URL...]\n", 37) == 0);
    CHECK(strstr(out.p, "\nLimits:\n") != NULL);
    CHECK(strstr(out.p, "\n  -j, --concurrency N       At most") != NULL);
    text = weir_buf_view(&out);
    while (text.n > 0) {
        weir_str_cut(text, '\n', &line, &text);
        CHECK(line.n <= 80);
    }
}

TEST(version_names_the_libraries) {
    weir_buf_release(&out);
    weir_buf_init(&out, 0);
    weir_help_version(&out);
    CHECK(strncmp(out.p, "weir " WEIR_VERSION "\n", 5) == 0);
    CHECK(strstr(out.p, "\n  libcurl ") && strstr(out.p, "\n  SQLite ") &&
          strstr(out.p, "\n  libxml2 ") && strstr(out.p, "\n  c-ares "));
}
