/* test.h - unit tests that register themselves.
 *
 *     TEST(bucket_refills) {
 *         CHECK_INT(tokens, 3);
 *     }
 *
 * A failed check prints both operands and ends its test; the others go on.
 * test_dir() is an empty folder of the running test's own, removed after it.
 */
#ifndef WEIR_TEST_H
#define WEIR_TEST_H

#include "base/compiler.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct test_case {
    const char *file, *name;
    void (*run)(void);
    struct test_case *next;
};

void test_register(struct test_case *t);
const char *test_dir(void);
WEIR_NORETURN void test_fail(const char *file, int line, const char *format,
                             ...) WEIR_PRINTF(3, 4);
void test_check_int(const char *file, int line, const char *expr, int64_t got,
                    int64_t want);
void test_check_str(const char *file, int line, const char *expr,
                    struct weir_str got, struct weir_str want);
void test_check_near(const char *file, int line, const char *expr, double got,
                     double want, double tolerance);

#define TEST(name)                                                             \
    static void test_##name(void);                                             \
    static struct test_case case_##name = {__FILE__, #name, test_##name, 0};   \
    WEIR_CONSTRUCTOR static void register_##name(void) {                       \
        test_register(&case_##name);                                           \
    }                                                                          \
    static void test_##name(void)

#define CHECK(cond)                                                            \
    do {                                                                       \
        if (!(cond))                                                           \
            test_fail(__FILE__, __LINE__, "%s is false", #cond);               \
    } while (0)
#define CHECK_INT(got, want)                                                   \
    test_check_int(__FILE__, __LINE__, #got, (int64_t)(got), (int64_t)(want))
#define CHECK_OK(call) CHECK_INT((call), 0)
#define CHECK_STR(got, want)                                                   \
    test_check_str(__FILE__, __LINE__, #got, (got), (want))
/* C strings; NULL counts as empty. */
#define CHECK_Z(got, want)                                                     \
    test_check_str(__FILE__, __LINE__, #got, weir_str_of(got),                 \
                   weir_str_of(want))
#define CHECK_NEAR(got, want, tolerance)                                       \
    test_check_near(__FILE__, __LINE__, #got, (got), (want), (tolerance))

#endif
