/* The runner of the unit tests: weir-unit [--file test_x.c] [--list] [NAME]. */
#include "test.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct test_case *first_case;
static jmp_buf on_failure;
static char folder[256];

void test_register(struct test_case *t) {
    t->next = first_case;
    first_case = t;
}

void test_fail(const char *file, int line, const char *format, ...) {
    va_list args;
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    longjmp(on_failure, 1);
}

void test_check_int(const char *file, int line, const char *expr, int64_t got,
                    int64_t want) {
    if (got != want)
        test_fail(file, line, "%s is %lld, expected %lld", expr, (long long)got,
                  (long long)want);
}

void test_check_str(const char *file, int line, const char *expr,
                    struct weir_str got, struct weir_str want) {
    if (!weir_str_eq(got, want))
        test_fail(file, line, "%s is \"%.*s\", expected \"%.*s\"", expr,
                  WEIR_STR_ARG(got), WEIR_STR_ARG(want));
}

void test_check_near(const char *file, int line, const char *expr, double got,
                     double want, double tolerance) {
    if (!(fabs(got - want) <= tolerance))
        test_fail(file, line, "%s is %.17g, expected %.17g within %g", expr,
                  got, want, tolerance);
}

static void remove_tree(const char *path) {
    DIR *d = opendir(path);
    struct dirent *e;
    if (!d) {
        unlink(path);
        return;
    }
    while ((e = readdir(d))) {
        char child[4096];
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(child, sizeof child, "%s/%s", path, e->d_name);
        if (lstat(child, &st) == 0 && S_ISDIR(st.st_mode))
            remove_tree(child);
        else
            unlink(child);
    }
    closedir(d);
    rmdir(path);
}

const char *test_dir(void) {
    if (folder[0] == '\0') {
        const char *tmp = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/weir-unit-XXXXXX",
                 tmp ? tmp : "/tmp");
        if (!mkdtemp(folder))
            test_fail(__FILE__, __LINE__, "mkdtemp %s failed", folder);
    }
    return folder;
}

/* False when a check failed, which comes back here by longjmp. */
static bool passes(const struct test_case *t) {
    if (setjmp(on_failure) != 0)
        return false;
    t->run();
    return true;
}

static bool run_one(const struct test_case *t) {
    bool ok = passes(t);
    if (folder[0]) {
        remove_tree(folder);
        folder[0] = '\0';
    }
    printf("%s %s\n", ok ? "ok  " : "FAIL", t->name);
    fflush(stdout);
    return ok;
}

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int main(int argc, char **argv) {
    const char *file = NULL, *name = NULL;
    int passed = 0, failed = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--file") == 0 && i + 1 < argc)
            file = argv[++i];
        else
            name = argv[i];
    }
    for (struct test_case *t = first_case; t; t = t->next) {
        if (file && strcmp(file_name(t->file), file) != 0)
            continue;
        if (name && strcmp(t->name, name) != 0)
            continue;
        if (run_one(t))
            passed++;
        else
            failed++;
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0 || passed == 0;
}
