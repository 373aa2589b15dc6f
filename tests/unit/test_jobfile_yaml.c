#include "test.h"

#include "base/buf.h"
#include "cli/jobfile_yaml.h"

static struct weir_arena *arena;
static struct weir_error error;
static struct weir_job_place place;
static const struct weir_yaml *root;

static enum weir_err parse_bytes(struct weir_str text) {
    weir_arena_destroy(arena);
    arena = weir_arena_create(0);
    CHECK(arena != NULL);
    memset(&error, 0, sizeof error);
    return weir_yaml_parse(&root, arena, text, &place, &error);
}

static enum weir_err parse(const char *text) {
    return parse_bytes(weir_str_of(text));
}

TEST(yaml_places_are_those_of_the_text) {
    const struct weir_yaml *n;
    CHECK_OK(parse("\xef\xbb\xbf\xc3\xbc: \xc3\xa9 # c\n"
                   "\"k\":   'quoted'\n"
                   "l:\r\n"
                   "  - {a: b, c: \"d\"}\n"
                   "e:\n"));
    n = root->first;
    CHECK_STR(n->key, WEIR_STR("\xc3\xbc"));
    CHECK_INT(n->place.line, 1);
    CHECK_INT(n->place.column, 4);
    n = n->next;
    CHECK_INT(n->place.line, 2);
    CHECK_INT(n->place.column, 8); /* the quote */
    CHECK(!n->plain);
    n = n->next->first->first->next;
    CHECK_STR(n->key, WEIR_STR("c"));
    CHECK_INT(n->key_place.line, 4);
    CHECK_INT(n->key_place.column, 12);
    CHECK_INT(n->place.column, 15);
    n = weir_yaml_get(root, "e");
    CHECK(weir_yaml_is_null(n));
    CHECK_INT(n->place.line, 5);
    CHECK_INT(n->place.column, 1);
    CHECK(weir_yaml_get(root, "f") == NULL);
}

TEST(yaml_aliases_share) {
    CHECK_OK(parse("a: &x [1, 2]\nb: *x\nc: &y t\nd: *y\n"));
    CHECK(weir_yaml_get(root, "b")->first == weir_yaml_get(root, "a")->first);
    CHECK_STR(weir_yaml_get(root, "d")->text, WEIR_STR("t"));
    CHECK_INT(root->count, 4);
}

TEST(yaml_recursion_is_refused) {
    CHECK_INT(parse("a: &x [1, *x]\n"), WEIR_E_INVALID);
    CHECK_INT(parse("&x a: *x\n"), 0);
}

/* Ten times ten times ten ...: what aliases stand for counts. */
TEST(yaml_laughs_are_bounded) {
    struct weir_buf text;
    weir_buf_init(&text, 0);
    weir_buf_z(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 30; i++) {
        weir_buf_fmt(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++)
            weir_buf_fmt(&text, "%s*a%d", k ? "," : "", i - 1);
        weir_buf_z(&text, "]\n");
    }
    CHECK_INT(parse(text.p), WEIR_E_INVALID);
    CHECK_Z(error.message, "more than 1000000 values, aliases expanded");
    CHECK_INT(place.line, 6);
    weir_buf_release(&text);
}

static void check_nested(const char *open, size_t times, unsigned limit) {
    struct weir_buf text;
    weir_buf_init(&text, 0);
    for (size_t i = 0; i < times; i++)
        weir_buf_z(&text, open);
    CHECK_INT(parse(text.p), WEIR_E_INVALID);
    CHECK_Z(error.message, "nested more than 48 deep");
    CHECK(place.column <= limit);
    weir_buf_release(&text);
}

TEST(yaml_nesting_is_bounded) {
    check_nested("[", 1000, 60);
    check_nested("{a: ", 1000, 250);
    check_nested("- ", 1000, 120);
    check_nested("[", 100000, 10001);
}

TEST(yaml_bytes_that_are_no_text) {
    CHECK_INT(parse("a: b\nc: \xff\n"), WEIR_E_INVALID);
    CHECK_Z(error.message, "the file is not UTF-8");
    CHECK_INT(place.line, 2);
    CHECK_INT(place.column, 4);
    CHECK_INT(parse_bytes(WEIR_STR("a: b\0c\n")), WEIR_E_INVALID);
    CHECK_Z(error.message, "the file holds a NUL character");
    CHECK_INT(place.column, 5);
    CHECK_INT(parse("a: \"b\\0c\"\n"), WEIR_E_INVALID);
    CHECK_Z(error.message, "the text holds a NUL character");
    CHECK_INT(parse(""), WEIR_E_INVALID);
    CHECK_Z(error.message, "the file is empty");
}

TEST(yaml_size_is_bounded) {
    struct weir_buf text;
    weir_buf_init(&text, 0);
    CHECK_OK(weir_buf_reserve(&text, WEIR_YAML_MAX_BYTES + 1));
    memset(text.p, '#', WEIR_YAML_MAX_BYTES + 1);
    CHECK_INT(parse_bytes(weir_str_make(text.p, WEIR_YAML_MAX_BYTES + 1)),
              WEIR_E_INVALID);
    CHECK_Z(error.message, "a job file is at most 4 MiB");
    weir_buf_release(&text);
}

TEST(yaml_keys_are_text) {
    CHECK_INT(parse("? [a]\n: b\n"), WEIR_E_INVALID);
    CHECK_Z(error.message, "a key must be plain text");
    CHECK_INT(parse("a: {b: 1, \"b\": 2}\n"), WEIR_E_INVALID);
    CHECK_Z(error.message, "duplicate key \"b\"; the first is in line 1");
    CHECK_INT(place.column, 11);
}
