/* jq: plain paths and libjq give the same, and integers stay what they are. */
#include "test.h"

#include "base/buf.h"
#include "base/mem.h"
#include "doc/jq.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Outputs with " " between, or the error's message. */
static void run(const char *program, const char *text, struct weir_buf *got) {
    struct weir_arena *arena = weir_arena_create(0);
    struct weir_jq_input *input = NULL;
    struct weir_jq_outputs outputs;
    struct weir_error error = {0};
    struct weir_jq *jq = NULL;
    enum weir_err e;
    weir_jq_outputs_init(&outputs);
    e = weir_jq_compile(weir_str_of(program), &jq, &error);
    if (!e)
        e = weir_jq_input_create(weir_str_of(text), &input, &error);
    if (!e && !arena)
        e = weir_error_nomem(&error);
    if (!e)
        e = weir_jq_run(jq, input, arena, 100, &outputs, &error);
    weir_buf_clear(got);
    for (size_t i = 0; i < outputs.count; i++)
        weir_buf_fmt(got, "%s%.*s", i ? " " : "", WEIR_STR_ARG(outputs.at[i]));
    if (e)
        weir_buf_fmt(got, "%s%s", outputs.count ? " " : "", error.message);
    weir_jq_outputs_release(&outputs);
    weir_jq_input_destroy(input);
    weir_jq_destroy(jq);
    weir_arena_destroy(arena);
}

struct jq_case {
    const char *program, *text, *want;
};

static void check_cases(const struct jq_case *cases, size_t count) {
    struct weir_buf got;
    weir_buf_init(&got, 0);
    for (size_t i = 0; i < count; i++) {
        run(cases[i].program, cases[i].text, &got);
        if (strcmp(got.p, cases[i].want) != 0)
            test_fail(__FILE__, __LINE__, "%s of %s is %s, expected %s",
                      cases[i].program, cases[i].text, got.p, cases[i].want);
    }
    weir_buf_release(&got);
}
#define CHECK_JQ(cases) check_cases(cases, sizeof cases / sizeof *cases)

static const struct jq_case paths[] = {
    {".", "{\"a\":1}", "{\"a\":1}"},
    {" .a ", "{\"a\":1}", "1"},
    {".a.b", "{\"a\":{\"b\":[1]}}", "[1]"},
    {".a.b", "{\"a\":null}", "null"},
    {".a", "{}", "null"},
    {".a", "{\"b\":{\"a\":1}}", "null"},
    {".a", "{\"a\":1,\"a\":2}", "2"},
    {".[\"a b\"]", "{\"a b\":1}", "1"},
    {".\"a b\".c", "{\"a b\":{\"c\":1}}", "1"},
    {".[0]", "[1,2]", "1"},
    {".[-1]", "[1,2]", "2"},
    {".[9]", "[1,2]", "null"},
    {".[-3]", "[1,2]", "null"},
    {".[]", "[1,[2],{\"a\":3}]", "1 [2] {\"a\":3}"},
    {".[].a", "[{\"a\":1},{\"a\":2},{}]", "1 2 null"},
    {".[]", "{\"a\":1,\"b\":2,\"a\":3}", "3 2"},
    {".a[]", "{\"a\":[]}", ""},
    {".a[1:]", "{\"a\":[1,2,3]}", "[2,3]"},
    {".a | .b", "{\"a\":{\"b\":1}}", "1"},
    {".\xC3\xA9?", "{}",
     "jq: syntax error, unexpected INVALID_CHARACTER, expecting $end"},
    {".a", "[1]", "jq: Cannot index array with \"a\""},
    {".a?", "[1]", ""},
    {".[0]", "{}", "jq: Cannot index object with number"},
    {".[]", "1", "jq: Cannot iterate over number"},
    {".[]?", "1", ""},
    {".[].a?", "[1,{\"a\":2}]", "2"},
    {".[].a", "[{\"a\":1},2]", "1 jq: Cannot index number with \"a\""},
    {".a\"b\"", "{}",
     "jq: syntax error, unexpected QQSTRING_START, expecting "
     "$end"},
    {".", "\"\\u00e9\\n\"", "\"\\u00e9\\n\""},
    {".a", "{\"\\u0061\":1}", "1"},
};

TEST(jq_paths) {
    static const struct jq_case literals[] = {
        {".a", "{\"a\" : 1.0}", "1.0"},
        {".a", "{\"a\":1e2}", "1e2"},
        {".a", "{\"a\":123456789012345678901234567890}",
         "123456789012345678901234567890"},
    };
    CHECK_JQ(literals);
    check_cases(paths, 19);
    check_cases(paths + 20, 10);
}

/* The same programs made unfit for the quick way. */
TEST(jq_paths_are_as_libjq_does_it) {
    struct weir_buf path, program, libjq;
    weir_buf_init(&path, 0);
    weir_buf_init(&program, 0);
    weir_buf_init(&libjq, 0);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (strstr(paths[i].want, "jq:") || strstr(paths[i].text, "\\u"))
            continue; /* jq adds the value to some messages */
        weir_buf_clear(&program);
        weir_buf_fmt(&program, "(%s) as $x | $x", paths[i].program);
        run(paths[i].program, paths[i].text, &path);
        run(program.p, paths[i].text, &libjq);
        CHECK_Z(path.p, libjq.p);
    }
    weir_buf_release(&path);
    weir_buf_release(&program);
    weir_buf_release(&libjq);
}

TEST(jq_programs) {
    static const struct jq_case cases[] = {
        {".a + 1", "{\"a\":1}", "2"},
        {"[.[] | select(. > 1)]", "[1,2,3]", "[2,3]"},
        {"to_entries[] | .key", "{\"x\":1,\"y\":2}", "\"x\" \"y\""},
        {".a | ascii_upcase", "{\"a\":\"\xC3\xA9x\"}", "\"\xC3\xA9X\""},
        {"{a, b: .c}", "{\"a\":[true,false,null],\"c\":\"\\\"\"}",
         "{\"a\":[true,false,null],\"b\":\"\\\"\"}"},
        {".[] | tonumber", "[\"1.5\",\"x\"]",
         "1.5 jq: Invalid numeric literal at EOF at line 1, column 1 (while "
         "parsing 'x')"},
        {"error(\"no\")", "1", "jq: no"},
        {"empty", "1", ""},
        {"nan", "1", "null"},
        {"[1,2,3] | .[1:]", "1", "[2,3]"},
        {"1, 0.1, 100000000000, -0.5, 1e100", "1",
         "1 0.1 100000000000 -0.5 1e+100"},
        {"test(\"a+\")", "\"baa\"", "true"},
        {"@uri", "\"a b\"", "\"a%20b\""},
        {".a[", "1", "jq: syntax error, unexpected $end"},
        {"foo", "1", "jq: foo/0 is not defined"},
        {".a", "{\"a\":1", "JSON: expected ',' or '}' at byte 7"},
        {"input", "1", "jq: break"},
        {"[inputs]", "1", "[]"},
        {"debug", "1", "1"},
        {"input_filename", "1", "null"},
        {"halt", "1", ""},
        {"2, halt_error", "1", "2"},
        {"import \"x\" as x; .", "1", "jq: module not found: x"},
        {"limit(3; repeat(1))", "1", "1 1 1"},
        {"first(range(10;0;-3))", "1", "10"},
    };
    CHECK_JQ(cases);
}

TEST(jq_outputs_are_bounded) {
    struct weir_buf got;
    size_t spaces = 0;
    weir_buf_init(&got, 0);
    run("range(1000000000)", "1", &got);
    for (size_t i = 0; i < got.len; i++)
        spaces += got.p[i] == ' ';
    CHECK_INT(spaces, 99);
    weir_buf_release(&got);
}

/* All through libjq. */
TEST(jq_keeps_large_integers) {
    static const struct jq_case cases[] = {
        {"[.]", "9007199254740993", "[9007199254740993]"},
        {"[.]", "-9007199254740993", "[-9007199254740993]"},
        {"[.]", "12345678901234567890", "[12345678901234567890]"},
        {"[.]", "1000000000000000000000000000001",
         "[1000000000000000000000000000001]"},
        {"[.[]]", "[9007199254740992,9007199254740993,9007199254740994]",
         "[9007199254740992,9007199254740993,9007199254740994]"},
        {"sort", "[9007199254740994,9007199254740993,9007199254740992]",
         "[9007199254740992,9007199254740993,9007199254740994]"},
        {"max", "[1292349012349012341,1292349012349012342]",
         "1292349012349012342"},
        {"unique",
         "[1292349012349012341,1292349012349012342,"
         "1292349012349012341]",
         "[1292349012349012341,1292349012349012342]"},
        {"tostring", "9007199254740993", "\"9007199254740993\""},
        {"\"/u/\\(.)/x\"", "9007199254740993", "\"/u/9007199254740993/x\""},
        {"\"\\(.)\"", "-12345678901234567890", "\"-12345678901234567890\""},
        {"type", "9007199254740993", "\"number\""},
        {". > 5 and . < 1e17", "9007199254740993", "true"},
        {". / 2 < 5e15", "9007199254740993", "true"},
        {"{(.a|tostring): 1}", "{\"a\":9007199254740993}",
         "{\"9007199254740993\":1}"},
        /* a string of the same digits stays what it is */
        {"[.a, .s]|map(tostring)",
         "{\"a\":9007199254740993,\"s\":\"9007199254740992\"}",
         "[\"9007199254740993\",\"9007199254740992\"]"},
        {"[.a, .b, .s, .t]|map(tostring)",
         "{\"a\":9007199254740993,\"b\":9007199254740995,"
         "\"s\":\"9007199254740994\",\"t\":\"9007199254740996\"}",
         "[\"9007199254740993\",\"9007199254740995\",\"9007199254740994\","
         "\"9007199254740996\"]"},
        {"[.]", "9007199254740991", "[9007199254740991]"},
    };
    CHECK_JQ(cases);
}

TEST(jq_inputs_are_checked) {
    static const struct jq_case cases[] = {
        {".", "", "JSON: expected a value at byte 1"},
        {".", "{\"a\":tru", "JSON: expected a value at byte 6"},
        {".", "[1,]", "JSON: expected a value at byte 4"},
        {".", "1 2", "JSON: something follows the value at byte 3"},
    };
    CHECK_JQ(cases);
}

TEST(jq_without_memory) {
    struct weir_buf got;
    unsigned long nth;
    weir_buf_init(&got, 0);
    CHECK_OK(weir_buf_reserve(&got, 4096));
    for (nth = 1; nth < 300; nth++) {
        weir_mem_fail_nth(nth);
        run("[.a[] | {n: ., s: \"\\(.)\"}]",
            "{\"a\":[9007199254740993,9007199254740995]}", &got);
        weir_mem_fail_nth(0);
        if (strstr(got.p, "9007199254740995"))
            break;
        CHECK_Z(got.p, "out of memory");
    }
    CHECK(nth > 10 && nth < 300);
    weir_buf_release(&got);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* libjq allocates by itself: with little address space (which sanitizers would
 * not live in) a program that wants gigabytes is an error like any other. */
TEST(jq_without_memory_for_libjq) {
    int status = 1;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct rlimit limit = {512 << 20, 512 << 20};
        struct weir_buf got;
        weir_buf_init(&got, 0);
        setrlimit(RLIMIT_AS, &limit);
        run("reduce range(30) as $i (\"x\"; . + .) | length", "1", &got);
        _exit(strcmp(got.p, "out of memory") != 0);
    }
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(status, 0);
}
#endif
