#include "test.h"

#include "cli/nearest.h"

static size_t distance(const char *a, const char *b) {
    return weir_edit_distance(weir_str_of(a), weir_str_of(b));
}

TEST(edit_distance) {
    CHECK_INT(distance("", ""), 0);
    CHECK_INT(distance("rate", "rate"), 0);
    CHECK_INT(distance("", "abc"), 3);
    CHECK_INT(distance("kitten", "sitting"), 3);
    CHECK_INT(distance("hepl", "help"), 1); /* a swap is one edit */
    CHECK_INT(distance("ca", "abc"), 3);
    CHECK_INT(distance("flaw", "lawn"), 2);
}

TEST(edit_distance_refuses_long_names) {
    char name[66];
    memset(name, 'a', sizeof name);
    name[65] = '\0';
    CHECK(distance(name, "a") == SIZE_MAX);
    CHECK(distance("a", name) == SIZE_MAX);
    name[64] = '\0';
    CHECK_INT(distance(name, "a"), 63);
}

static const char *nearest(const char *wanted) {
    struct weir_nearest best = {.wanted = weir_str_of(wanted)};
    weir_nearest_offer(&best, "rate");
    weir_nearest_offer(&best, "retry");
    weir_nearest_offer(&best, "retry-failed");
    weir_nearest_offer(&best, "connect-timeout");
    return best.found;
}

TEST(nearest_name) {
    CHECK_Z(nearest("raet"), "rate");
    CHECK_Z(nearest("retyr-faild"), "retry-failed");
    CHECK_Z(nearest("conect-timeout"), "connect-timeout");
    CHECK_Z(nearest("retries"), NULL);
    CHECK_Z(nearest("xyzzy"), NULL);
}

TEST(nearest_name_of_an_abbreviation) {
    CHECK_Z(nearest("conn"), "connect-timeout");
    CHECK_Z(nearest("retr"), "retry");
    CHECK_Z(nearest(""), NULL);
}
