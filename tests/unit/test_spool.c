/* Strings that wait on disk. */
#include "base/buf.h"
#include "sink/spool.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

static void check_text(struct weir_spool *s, struct weir_spooled *text,
                       const char *want, size_t times) {
    struct weir_buf got, all;
    char block[7];
    size_t n;
    weir_buf_init(&got, 0);
    weir_buf_init(&all, 0);
    for (size_t i = 0; i < times; i++)
        weir_buf_z(&all, want);
    do {
        CHECK_OK(weir_spool_read(s, text, block, sizeof block, &n, NULL));
        weir_buf_add(&got, block, n);
    } while (n > 0);
    CHECK_STR(weir_buf_view(&got), weir_buf_view(&all));
    weir_buf_release(&got);
    weir_buf_release(&all);
}

TEST(spool_interleaves_strings) {
    struct weir_spool *s = weir_spool_create(test_dir());
    struct weir_spooled a = {0}, b = {0};
    CHECK(s);
    for (int i = 0; i < 100; i++) {
        CHECK_OK(weir_spool_append(s, &a, "alpha", 5, NULL));
        CHECK_OK(weir_spool_append(s, &b, "be", 2, NULL));
    }
    CHECK_INT(a.length, 500);
    check_text(s, &b, "be", 100);
    check_text(s, &a, "alpha", 100);
    weir_spool_destroy(s);
}

TEST(spool_numbers_strings) {
    struct weir_spool *s = weir_spool_create(test_dir());
    struct weir_spooled text;
    bool found;
    CHECK(s);
    for (unsigned round = 0; round < 2; round++) { /* the second anew */
        for (uint64_t n = 1000; n > 1; n--) {
            text = (struct weir_spooled){0};
            if (n % 2)
                CHECK_OK(weir_spool_append(s, &text, &n, sizeof n, NULL));
            CHECK_OK(weir_spool_put(s, n, &text, NULL));
        }
        CHECK_INT(weir_spool_waiting(s), 999);
        CHECK_INT(weir_spool_highest(s), 1000);
        CHECK_OK(weir_spool_take(s, 1, &text, &found, NULL));
        CHECK(!found);
        CHECK_OK(weir_spool_take(s, 1001, &text, &found, NULL));
        CHECK(!found);
        for (uint64_t n = 2; n <= 1000; n++) {
            uint64_t got = n;
            size_t len;
            CHECK_OK(weir_spool_take(s, n, &text, &found, NULL));
            CHECK(found);
            CHECK_INT(text.length, n % 2 ? sizeof n : 0);
            CHECK_OK(weir_spool_read(s, &text, &got, sizeof got, &len, NULL));
            CHECK_INT(got, n);
        }
        CHECK_INT(weir_spool_waiting(s), 0);
    }
    weir_spool_destroy(s);
}

TEST(spool_drops_strings) {
    struct weir_spool *s = weir_spool_create(test_dir());
    struct weir_spooled a = {0}, b = {0};
    char *block = calloc(1, 600000);
    CHECK(s && block);
    CHECK_OK(weir_spool_append(s, &a, block, 600000, NULL));
    CHECK_OK(weir_spool_append(s, &a, block, 10, NULL));
    CHECK_OK(weir_spool_append(s, &b, "kept", 4, NULL));
    weir_spool_drop(s, &a);
    CHECK_INT(a.length, 0);
    CHECK_OK(weir_spool_append(s, &a, "new", 3, NULL));
    check_text(s, &b, "kept", 1);
    check_text(s, &a, "new", 1);
    free(block);
    weir_spool_destroy(s);
}

TEST(spool_says_where_it_cannot_write) {
    char folder[300];
    struct weir_spool *s;
    struct weir_spooled a = {0};
    struct weir_error error;
    snprintf(folder, sizeof folder, "%s/none", test_dir());
    s = weir_spool_create(folder);
    CHECK_INT(weir_spool_append(s, &a, "x", 1, &error), WEIR_E_IO);
    CHECK_INT(a.length, 0);
    weir_spool_destroy(s);
}
