#include "test.h"

#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/parse.h"

/* A parsed command line; its argv is what follows the command. */
static struct weir_options *options;
static struct weir_error error;
static char *operands[32];
static int operand_count;

static enum weir_err parse(const char *const *words) {
    char *argv[32];
    size_t n = 0;
    do
        argv[n] = (char *)words[n];
    while (words[n++]);
    weir_options_destroy(options);
    options = weir_options_create();
    CHECK(options != NULL);
    memset(&error, 0, sizeof error);
    operand_count = -1;
    return weir_options_parse(options, CMD_get, argv, operands, &operand_count,
                              &error);
}
#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})
#define NO_WORDS ((const char *const[]){NULL})

TEST(options_table_is_consistent) {
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const struct weir_option_row *a = weir_option_row(i);
        CHECK_INT(a->id, i);
        CHECK(a->help[0] && a->help[strlen(a->help) - 1] == '.');
        CHECK_INT(weir_option_is_switch(a), a->arg == NULL);
        CHECK(a->group < GROUP_COUNT && weir_group_title(a->group));
        CHECK(a->commands != 0);
        if (a->fallback) {
            struct weir_options *o = weir_options_create();
            struct weir_str text = weir_str_of(a->fallback);
            CHECK_OK(weir_options_add(o, a, a->name, text, NULL));
            weir_options_destroy(o);
        }
    }
}

/* One letter has one meaning, and one name one letter, in every command. */
TEST(options_letters_have_one_meaning) {
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const struct weir_option_row *a = weir_option_row(i);
        for (size_t k = i + 1; k < OPT_COUNT; k++) {
            const struct weir_option_row *b = weir_option_row(k);
            bool same = strcmp(a->name, b->name) == 0;
            if (same && ((a->commands & b->commands) || a->letter != b->letter))
                test_fail(__FILE__, __LINE__, "--%s is there twice", a->name);
            if (!same && a->letter && a->letter == b->letter)
                test_fail(__FILE__, __LINE__, "-%c is --%s and --%s", a->letter,
                          a->name, b->name);
        }
    }
}

/* What fingers know from curl, wget and aria2. */
TEST(options_letters_of_curl_and_wget) {
    static const struct {
        char letter;
        const char *name;
    } known[] = {
        {'H', "header"},      {'A', "user-agent"},  {'b', "cookie"},
        {'u', "user"},        {'x', "proxy"},       {'k', "insecure"},
        {'X', "request"},     {'m', "max-time"},    {'L', "location"},
        {'O', "remote-name"}, {'s', "silent"},      {'S', "show-error"},
        {'f', "fail"},        {'i', "input-file"},  {'P', "dir"},
        {'c', "continue"},    {'j', "concurrency"}, {'q', "quiet"},
        {'v', "verbose"},     {'o', "output"},      {'g', "globoff"},
        {'4', "ipv4"},        {'6', "ipv6"},        {'e', "referer"},
        {'h', "help"},        {'V', "version"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct weir_option_row *row =
            weir_option_by_letter(CMD_get, known[i].letter);
        CHECK(row != NULL);
        CHECK_Z(row->name, known[i].name);
    }
    CHECK(weir_option_by_name(CMD_get, WEIR_STR("cookie-jar"))->letter == 0);
    CHECK(weir_option_by_name(CMD_get, WEIR_STR("show-headers"))->letter == 0);
}

TEST(options_defaults) {
    CHECK_OK(parse(NO_WORDS));
    CHECK_INT(operand_count, 0);
    CHECK_INT(weir_opt_int(options, OPT_CONCURRENCY), 64);
    CHECK_INT(weir_opt_int(options, OPT_PER_HOST), 10);
    CHECK_INT(weir_opt_int(options, OPT_BURST), 1);
    CHECK_INT(weir_opt_int(options, OPT_RETRY), 3);
    CHECK_INT(weir_opt_duration_ns(options, OPT_CONNECT_TIMEOUT), 10000000000);
    CHECK_INT(weir_opt_duration_ns(options, OPT_STALL_TIMEOUT), 30000000000);
    CHECK_INT(weir_opt_duration_ns(options, OPT_MAX_TIME), 0);
    CHECK_NEAR(weir_opt_rate(options, OPT_RATE).count, 0, 0);
    CHECK_Z(weir_opt_get(options, OPT_CACHE), "rfc9111");
    CHECK(weir_opt_get(options, OPT_OUTPUT) == NULL);
    CHECK(!weir_opt_given(options, OPT_CONCURRENCY));
}

TEST(options_values_in_all_spellings) {
    CHECK_OK(PARSE("-j8", "-o", "a", "--rate", "20/s", "--limit-rate=1k"));
    CHECK_INT(weir_opt_int(options, OPT_CONCURRENCY), 8);
    CHECK(weir_opt_given(options, OPT_CONCURRENCY));
    CHECK_Z(weir_opt_get(options, OPT_OUTPUT), "a");
    CHECK_NEAR(weir_opt_rate(options, OPT_RATE).count, 20, 0);
    CHECK_INT(weir_opt_rate(options, OPT_RATE).per_ns, 1000000000);
    CHECK_INT(weir_opt_size(options, OPT_LIMIT_RATE), 1024);
    CHECK_OK(PARSE("-o-", "-A", "", "--user-agent=", "-o", "-"));
    CHECK_Z(weir_opt_get(options, OPT_OUTPUT), "-");
    CHECK_Z(weir_opt_get(options, OPT_USER_AGENT), "");
    CHECK_OK(PARSE("--output=a=b"));
    CHECK_Z(weir_opt_get(options, OPT_OUTPUT), "a=b");
}

TEST(options_bundles) {
    CHECK_OK(PARSE("-LOsSfvvkj4", "x"));
    CHECK(weir_opt_on(options, OPT_LOCATION));
    CHECK(weir_opt_on(options, OPT_FAIL));
    CHECK(weir_opt_on(options, OPT_INSECURE));
    CHECK_INT(weir_opt_count(options, OPT_VERBOSE), 2);
    CHECK_INT(weir_opt_int(options, OPT_CONCURRENCY), 4);
    CHECK_INT(operand_count, 1);
    CHECK_OK(PARSE("-kj", "5"));
    CHECK_INT(weir_opt_int(options, OPT_CONCURRENCY), 5);
}

TEST(options_switches_off) {
    CHECK_OK(PARSE("--json", "--no-json", "--verbose", "--no-verbose"));
    CHECK(!weir_opt_on(options, OPT_JSON));
    CHECK(weir_opt_given(options, OPT_JSON));
    CHECK_INT(weir_opt_count(options, OPT_VERBOSE), 0);
    CHECK_OK(PARSE("--no-json", "--json"));
    CHECK(weir_opt_on(options, OPT_JSON));
    CHECK_OK(PARSE("--no-config")); /* a name of its own */
    CHECK(weir_opt_on(options, OPT_NO_CONFIG));
    CHECK(!weir_opt_given(options, OPT_CONFIG));
}

TEST(options_repeated) {
    CHECK_OK(PARSE("-H", "A: 1", "-HB: 2", "--header=C: 3", "-j1", "-j2"));
    CHECK_INT(weir_opt_count(options, OPT_HEADER), 3);
    CHECK_Z(weir_opt_nth(options, OPT_HEADER, 0), "A: 1");
    CHECK_Z(weir_opt_nth(options, OPT_HEADER, 2), "C: 3");
    CHECK(weir_opt_nth(options, OPT_HEADER, 3) == NULL);
    CHECK_INT(weir_opt_int(options, OPT_CONCURRENCY), 2);
}

TEST(options_operands) {
    CHECK_OK(PARSE("a", "-q", "-", "--", "-q", "--", "b"));
    CHECK_INT(operand_count, 5);
    CHECK_Z(operands[0], "a");
    CHECK_Z(operands[1], "-");
    CHECK_Z(operands[2], "-q");
    CHECK_Z(operands[3], "--");
    CHECK_Z(operands[4], "b");
}

TEST(options_unknown) {
    CHECK_INT(PARSE("--rte=3/s"), WEIR_E_USAGE);
    CHECK_Z(error.message, "unknown option --rte; did you mean --rate?");
    CHECK_INT(PARSE("--xyzzyplugh"), WEIR_E_USAGE);
    CHECK_Z(error.message, "unknown option --xyzzyplugh");
    CHECK_INT(PARSE("-kZ"), WEIR_E_USAGE);
    CHECK_Z(error.message, "unknown option -Z");
    CHECK_INT(PARSE("--no-jsn"), WEIR_E_USAGE);
    CHECK_Z(error.message, "unknown option --no-jsn; did you mean --no-json?");
}

TEST(options_are_not_abbreviated) {
    CHECK_INT(PARSE("--connect", "3s"), WEIR_E_USAGE);
    CHECK_Z(error.message,
            "unknown option --connect; did you mean --connect-timeout?");
    CHECK_INT(PARSE("--no-rate"), WEIR_E_USAGE);
    CHECK_Z(error.message, "option --rate has no --no- form");
}

TEST(options_bad_values) {
    CHECK_INT(PARSE("-j"), WEIR_E_USAGE);
    CHECK_Z(error.message, "option -j needs a value: -j N");
    CHECK_INT(PARSE("--json=yes"), WEIR_E_USAGE);
    CHECK_Z(error.message, "option --json takes no value");
    CHECK_INT(PARSE("-j", "many"), WEIR_E_USAGE);
    CHECK_Z(error.message, "-j: \"many\" is not valid, expected a whole "
                           "number, 1 or more");
    CHECK_INT(PARSE("--rate", "fast"), WEIR_E_USAGE);
    CHECK_Z(error.message, "--rate: \"fast\" is not valid, expected a rate "
                           "like 20/s, 5/15s or 100/m");
    CHECK_INT(PARSE("-H", "a\r\nb: c"), WEIR_E_USAGE);
    CHECK_Z(error.message,
            "-H: expected a header like \"Name: value\", in one line");
}

TEST(options_very_long_words) {
    char word[5000];
    memset(word, 'x', sizeof word);
    memcpy(word, "--", 2);
    word[sizeof word - 1] = '\0';
    CHECK_INT(PARSE(word), WEIR_E_USAGE);
    CHECK_INT(PARSE("-j", word), WEIR_E_USAGE);
}

/* Out of memory at any allocation: said so, nothing lost, nothing kept. */
TEST(options_without_memory) {
    const char *const words[] = {"-j8",        "-H", "A: b", "-HC: d",
                                 "--rate=3/s", "x",  NULL};
    char *argv[sizeof words / sizeof words[0]];
    enum weir_err code = WEIR_E_NOMEM;
    unsigned long n = 0;
    memcpy(argv, words, sizeof argv);
    while (code != WEIR_OK && n < 100) {
        struct weir_options *o;
        weir_mem_fail_nth(++n);
        o = weir_options_create();
        code = o ? weir_options_parse(o, CMD_get, argv, operands,
                                      &operand_count, &error)
                 : WEIR_E_NOMEM;
        weir_mem_fail_nth(0);
        if (code != WEIR_OK)
            CHECK_INT(code, WEIR_E_NOMEM);
        weir_options_destroy(o);
    }
    CHECK(n > 5 && n < 100);
}

static struct weir_buf line;

static const char *public_line(const char *const *words) {
    weir_buf_release(&line);
    weir_buf_init(&line, 0);
    weir_arguments_put_public(&line, CMD_get, (char **)words);
    return line.p;
}
#define PUBLIC(...) public_line((const char *const[]){__VA_ARGS__, NULL})

TEST(options_command_line_without_secrets) {
    CHECK_Z(PUBLIC("-u", "me:secret", "-HAuthorization: Bearer secret", "-b",
                   "sid=secret", "--data=secret"),
            " -u ... -H 'Authorization: ...' -b ... --data ...");
    CHECK_Z(PUBLIC("https://me:secret@a.example/x@y", "-x",
                   "http://me:secret@proxy:3128"),
            " https://...@a.example/x@y -x http://...@proxy:3128");
    CHECK_Z(PUBLIC("-vj8", "a b", "--no-json", "it's", "--", "-q", "-k"),
            " -v -j 8 'a b' --no-json 'it'\\''s' -- -q -k");
}
