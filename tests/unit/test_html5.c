/* The tree construction cases of html5lib-tests, as far as they are here
 * (tests/data/html5/README), through the html5 builder and the dump. */
#include "doc/parse.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER WEIR_TEST_SOURCE_DIR "/../data/html5"

/* What Debian's gumbo (0.10.1, of 2015) builds otherwise, and no rewriting of
 * the page beforehand (doc/gumbo_input.c) could mend. */
static const char in_select[] =
    "gumbo drops most tags inside <select>, as the standard did until 2025";
static const char foreign_end[] =
    "gumbo keeps </p> and </br> inside foreign content";
static const char nobr[] =
    "gumbo loses the scope marker of <marquee> when </table> closes it";

static const struct {
    const char *file;
    int number; /* of the case in its file, from 1 */
    const char *reason;
} known[] = {
    {"webkit02.dat", 12, in_select},  {"webkit02.dat", 13, in_select},
    {"webkit02.dat", 14, in_select},  {"webkit02.dat", 15, in_select},
    {"webkit02.dat", 16, in_select},  {"webkit02.dat", 17, in_select},
    {"webkit02.dat", 18, in_select},  {"webkit02.dat", 20, in_select},
    {"webkit02.dat", 21, in_select},  {"webkit02.dat", 22, in_select},
    {"webkit02.dat", 23, in_select},  {"webkit02.dat", 24, in_select},
    {"webkit02.dat", 25, in_select},  {"webkit02.dat", 26, in_select},
    {"tests9.dat", 4, in_select},     {"tests9.dat", 12, in_select},
    {"tests10.dat", 11, in_select},   {"tests10.dat", 12, in_select},
    {"tests26.dat", 11, foreign_end}, {"tests26.dat", 12, foreign_end},
    {"adoption02.dat", 3, nobr},
};

/* Why the case is known to differ, NULL if it is not. */
static const char *known_reason(const char *file, int number) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].file, file) == 0 && known[i].number == number)
            return known[i].reason;
    }
    return NULL;
}

static void read_all(const char *path, struct weir_buf *out) {
    char chunk[65536];
    size_t n;
    FILE *f = fopen(path, "rb");
    CHECK(f != NULL);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        weir_buf_add(out, chunk, n);
    fclose(f);
    CHECK(!out->failed);
}

/* Cuts the text up to a line that begins with `mark` off; the line feed before
 * it belongs to the mark. */
static struct weir_str take_until(struct weir_str *rest, const char *mark) {
    struct weir_str all = *rest, m = weir_str_of(mark);
    size_t at = weir_str_search(all, m);
    *rest = weir_str_sub(all, at + m.n, all.n);
    return weir_str_sub(all, 0, at);
}

static bool run_case(const char *file, int number, struct weir_str data,
                     struct weir_str want) {
    const char *reason = known_reason(file, number);
    struct weir_doc *doc;
    struct weir_buf got;
    bool same;
    weir_buf_init(&got, 0);
    CHECK_OK(weir_doc_parse(data, NULL, &doc, NULL));
    weir_doc_html5lib(doc, &got);
    CHECK(!got.failed);
    CHECK_INT(weir_doc_builder(doc), WEIR_DOC_HTML5);
    if (got.len)
        weir_buf_truncate(&got, got.len - 1);
    same = weir_str_eq(weir_buf_view(&got), want);
    if (same == (reason != NULL))
        fprintf(stderr,
                "%s case %d: %s\n--- data\n%.*s\n--- want\n%.*s\n"
                "--- got\n%s\n\n",
                file, number, same ? reason : "differs", WEIR_STR_ARG(data),
                WEIR_STR_ARG(want), got.p);
    weir_buf_release(&got);
    weir_doc_destroy(doc);
    return same;
}

struct tally {
    int cases, passed, unexpected;
};

static void run_file(const char *file, struct tally *t) {
    char path[512];
    struct weir_buf b;
    struct weir_str rest;
    int number = 0;
    weir_buf_init(&b, 0);
    snprintf(path, sizeof path, "%s/%s", FOLDER, file);
    read_all(path, &b);
    while (b.len && b.p[b.len - 1] == '\n')
        weir_buf_truncate(&b, b.len - 1);
    rest = weir_buf_view(&b);
    take_until(&rest, "#data\n");
    while (rest.n) {
        struct weir_str one = take_until(&rest, "\n\n#data\n"), data, want;
        bool same;
        data = take_until(&one, "#errors\n");
        if (data.n)
            data.n--; /* the line feed before #errors */
        take_until(&one, "#document\n");
        want = one;
        number++;
        same = run_case(file, number, data, want);
        t->cases++;
        t->passed += same;
        t->unexpected += same == (known_reason(file, number) != NULL);
    }
    weir_buf_release(&b);
}

TEST(html5lib_tests) {
    struct tally t = {0};
    DIR *d = opendir(FOLDER);
    struct dirent *e;
    CHECK(d != NULL);
    while ((e = readdir(d))) {
        if (weir_str_ends(weir_str_of(e->d_name), WEIR_STR(".dat")))
            run_file(e->d_name, &t);
    }
    closedir(d);
    printf("%d of %d cases\n", t.passed, t.cases);
    CHECK_INT(t.unexpected, 0);
    CHECK_INT(t.cases, 992);
    CHECK_INT(t.passed, 971);
}
