#include "test.h"

#include "cli/config.h"
#include "cli/parse.h"

#include <stdio.h>
#include <sys/stat.h>

static struct weir_options *options;
static struct weir_error error;

static void fresh(void) {
    weir_options_destroy(options);
    options = weir_options_create();
    CHECK(options != NULL);
    memset(&error, 0, sizeof error);
}

static enum weir_err parse(const char *text) {
    fresh();
    return weir_config_parse(options, CMD_get, weir_str_of(text), "f", &error);
}

TEST(config_values) {
    CHECK_OK(parse("# who\n\n  contact = me@a.example \r\nhost-rate=5/s\n"
                   "deny-private = yes\nheader = A: b = c\nheader = D: e\n"
                   "json = on\njson = no\nverbose = 2"));
    CHECK_Z(weir_opt_get(options, OPT_CONTACT), "me@a.example");
    CHECK_NEAR(weir_opt_rate(options, OPT_HOST_RATE).count, 5, 0);
    CHECK(weir_opt_on(options, OPT_DENY_PRIVATE));
    CHECK(!weir_opt_on(options, OPT_JSON));
    CHECK_INT(weir_opt_count(options, OPT_HEADER), 2);
    CHECK_Z(weir_opt_nth(options, OPT_HEADER, 0), "A: b = c");
    CHECK_INT(weir_opt_count(options, OPT_VERBOSE), 2);
}

TEST(config_empty_and_byte_order_mark) {
    CHECK_OK(parse(""));
    CHECK_OK(parse("\n\n#"));
    CHECK_OK(parse("\xef\xbb\xbfrate = 3/s"));
    CHECK(weir_opt_given(options, OPT_RATE));
}

TEST(config_of_other_commands_is_passed_over) {
    fresh();
    CHECK_OK(weir_config_parse(
        options, CMD_cache, WEIR_STR("rate = 3/s\nstore = x\n"), "f", &error));
    CHECK(!weir_opt_given(options, OPT_RATE));
    CHECK_Z(weir_opt_get(options, OPT_STORE), "x");
}

TEST(config_errors_have_line_and_column) {
    CHECK_INT(parse("\n  rte = 3/s"), WEIR_E_USAGE);
    CHECK_Z(error.message, "f:2:3: unknown option \"rte\"; did you mean rate?");
    CHECK_INT(parse("rate =  fast"), WEIR_E_USAGE);
    CHECK_Z(error.message, "f:1:9: rate: \"fast\" is not valid, expected a "
                           "rate like 20/s, 5/15s or 100/m");
    CHECK_INT(parse("json"), WEIR_E_USAGE);
    CHECK_Z(error.message, "f:1:1: expected a line \"option = value\"");
    CHECK_INT(parse("json = perhaps"), WEIR_E_USAGE);
    CHECK_Z(error.message,
            "f:1:8: json: \"perhaps\" is not valid, expected yes or no");
    CHECK_INT(parse("config = x"), WEIR_E_USAGE);
    CHECK_Z(error.message, "f:1:1: config is for the command line only");
    CHECK_INT(parse("= x"), WEIR_E_USAGE);
    CHECK_INT(parse("rate ="), WEIR_E_USAGE);
    CHECK_INT(parse("[host a]"), WEIR_E_USAGE);
}

TEST(config_nul_bytes) {
    fresh();
    CHECK_INT(weir_config_parse(options, CMD_get,
                                WEIR_STR("user-agent = a\0b\n"), "f", &error),
              WEIR_E_USAGE);
}

TEST(config_environment) {
    const char *environment[] = {"WEIR_HOST_RATE=5/s", "WEIR_HTTP1_1=1",
                                 "WEIR_CONTACT=",      "WEIR_HELP=1",
                                 "WEIR_JSON=maybe",    NULL};
    fresh();
    CHECK_INT(weir_config_environment(options, CMD_get, environment, &error),
              WEIR_E_USAGE);
    CHECK_Z(error.message,
            "WEIR_JSON: \"maybe\" is not valid, expected yes or no");
    environment[4] = NULL;
    fresh();
    CHECK_OK(weir_config_environment(options, CMD_get, environment, &error));
    CHECK_NEAR(weir_opt_rate(options, OPT_HOST_RATE).count, 5, 0);
    CHECK(weir_opt_on(options, OPT_HTTP1_1));
    CHECK(!weir_opt_given(options, OPT_CONTACT));
    CHECK(!weir_opt_given(options, OPT_HELP));
}

static void write_file(const char *path, const char *text) {
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    fputs(text, f);
    CHECK_INT(fclose(f), 0);
}

/* Loads with a command line of at most one --config. */
static enum weir_err load(const char *home, const char *config, bool none) {
    const char *environment[] = {home, "WEIR_RETRY=5", "WEIR_BURST=5", NULL};
    struct weir_options *line = weir_options_create();
    enum weir_err code;
    fresh();
    if (config)
        CHECK_OK(weir_options_add(line, weir_option_row(OPT_CONFIG), "--config",
                                  weir_str_of(config), NULL));
    if (none)
        weir_options_switch(line, weir_option_row(OPT_NO_CONFIG), true);
    code = weir_config_load(options, CMD_get, line, environment, &error);
    weir_options_destroy(line);
    return code;
}

TEST(config_layers) {
    char home[512], folder[512], path[600], extra[600];
    snprintf(home, sizeof home, "XDG_CONFIG_HOME=%s", test_dir());
    snprintf(folder, sizeof folder, "%s/weir", test_dir());
    snprintf(path, sizeof path, "%s/config", folder);
    snprintf(extra, sizeof extra, "%s/extra", folder);
    CHECK_INT(mkdir(folder, 0700), 0);
    write_file(path, "retry = 4\nburst = 4\nper-host = 4\n");
    write_file(extra, "burst = 6\n");
    CHECK_OK(load(home, extra, false));
    CHECK_INT(weir_opt_int(options, OPT_PER_HOST), 4);
    CHECK_INT(weir_opt_int(options, OPT_RETRY), 5);
    CHECK_INT(weir_opt_int(options, OPT_BURST), 6);
    CHECK_OK(load(home, extra, true));
    CHECK_INT(weir_opt_int(options, OPT_BURST), 1);
    snprintf(extra, sizeof extra, "%s/not-there", folder);
    CHECK_INT(load(home, extra, false), WEIR_E_IO);
    CHECK_INT(load(home, folder, false), WEIR_E_IO); /* a folder */
}
