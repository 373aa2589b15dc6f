#include "test.h"

#include "cli/values.h"

/* The verdict of a type on a text. */
static bool good(unsigned type, const char *arg, const char *text) {
    struct weir_option_row row = {.type = type, .arg = arg};
    const char *expected = NULL;
    enum weir_err code = weir_value_check(&row, weir_str_of(text), &expected);
    if (code)
        CHECK(expected && expected[0]);
    return code == WEIR_OK;
}

static void check_all(unsigned type, const char *const *right,
                      const char *const *wrong) {
    for (; *right; right++)
        if (!good(type, NULL, *right))
            test_fail(__FILE__, __LINE__, "type %u refuses \"%s\"", type,
                      *right);
    for (; *wrong; wrong++)
        if (good(type, NULL, *wrong))
            test_fail(__FILE__, __LINE__, "type %u takes \"%s\"", type, *wrong);
}
#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

TEST(values_numbers) {
    check_all(TYPE_INT, LIST("0", "7", "2147483647"),
              LIST("", "-1", "1.5", "x", "7 ", "2147483648"));
    check_all(TYPE_POSITIVE, LIST("1", "64"), LIST("0", "", "-1", "4k"));
    check_all(TYPE_SIZE, LIST("0", "500k", "1.5M", "2G"),
              LIST("", "-1", "five", "1x"));
    check_all(TYPE_DURATION, LIST("150ms", "30s", "1.5m", "2h", "7d", "10"),
              LIST("", "0", "0s", "-1s", "soon"));
    check_all(TYPE_RATE, LIST("20/s", "5/15s", "100/m", "2.5/s", "3"),
              LIST("", "0", "0/s", "-1/s", "fast", "5/"));
}

TEST(values_texts) {
    check_all(TYPE_STRING, LIST("a", "a b", "a\nb"), LIST(""));
    check_all(TYPE_PATH, LIST("a", "-", "/x y"), LIST(""));
    check_all(TYPE_LINE, LIST("", "weir/1"), LIST("a\nb", "a\rb"));
    check_all(TYPE_METHOD, LIST("GET", "M-SEARCH"), LIST("", "G ET", "G\n"));
}

TEST(values_headers) {
    check_all(
        TYPE_HEADER, LIST("Accept: text/html", "Accept:", "X-Empty;", "A:b:c"),
        LIST("", "Accept", ": x", "A B: c", "A: b\r\nC: d", ";", "A\n: b"));
}

TEST(values_nul_bytes) {
    struct weir_option_row row = {.type = TYPE_LINE};
    const char *expected;
    CHECK(weir_value_check(&row, WEIR_STR("a\0b"), &expected));
    row.type = TYPE_HEADER;
    CHECK(weir_value_check(&row, WEIR_STR("A: \0"), &expected));
    row.type = TYPE_PATH;
    CHECK(weir_value_check(&row, WEIR_STR("a\0b"), &expected));
    row.type = TYPE_METHOD;
    CHECK(weir_value_check(&row, WEIR_STR("G\0"), &expected));
    row.type = TYPE_CIDR;
    CHECK(weir_value_check(&row, WEIR_STR("::1\0/8"), &expected));
}

TEST(values_proxies) {
    check_all(TYPE_PROXY,
              LIST("localhost", "http://h:3128", "SOCKS5h://h:1080/",
                   "https://u:p@h", "http://u:p@ss@h:1", "[::1]",
                   "http://[::1]:8080", "10.0.0.1:80"),
              LIST("", "ftp://h", "http://", "http://h:0", "http://h:99999",
                   "h:x", "http://h/path", "[::1", "[]", "[::1]x", "a\nb"));
}

TEST(values_checksums) {
    check_all(TYPE_CHECKSUM,
              LIST("md5=d41d8cd98f00b204e9800998ecf8427e",
                   "sha1=DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
                   "sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca4"
                   "95991b7852b855"),
              LIST("", "md5", "md5=", "md5=d41d8cd98f00b204e9800998ecf8427",
                   "md5=d41d8cd98f00b204e9800998ecf8427g",
                   "crc=d41d8cd98f00b204e9800998ecf8427e"));
}

TEST(values_statuses) {
    check_all(TYPE_STATUSES, LIST("403", "403,404", "403, 404", "100", "599"),
              LIST("", "403,", "99", "600", "x"));
}

TEST(values_networks) {
    check_all(TYPE_CIDR,
              LIST("10.0.0.0/8", "10.1.2.3", "::1", "fe80::/10", "0.0.0.0/0"),
              LIST("", "10.0.0.0/33", "::/129", "10.0.0", "host", "10.0.0.0/",
                   "10.0.0.0/x", "/8"));
}

TEST(values_cache_modes) {
    check_all(
        TYPE_CACHE,
        LIST("rfc9111", "fresh:7d", "revalidate", "off", "offline", "replay"),
        LIST("", "fresh", "fresh:", "fresh:x", "RFC9111", "on"));
}

TEST(values_choices) {
    CHECK(good(TYPE_CHOICE, "html5|libxml2", "html5"));
    CHECK(good(TYPE_CHOICE, "html5|libxml2", "libxml2"));
    CHECK(!good(TYPE_CHOICE, "html5|libxml2", "html"));
    CHECK(!good(TYPE_CHOICE, "html5|libxml2", ""));
    CHECK(!good(TYPE_CHOICE, "html5|libxml2", "html5|libxml2"));
}

TEST(values_of_switches) {
    bool on = false;
    CHECK(!good(TYPE_FLAG, NULL, "yes"));
    CHECK(weir_value_switch(WEIR_STR("Yes"), &on) && on);
    CHECK(weir_value_switch(WEIR_STR("0"), &on) && !on);
    CHECK(weir_value_switch(WEIR_STR("true"), &on) && on);
    CHECK(weir_value_switch(WEIR_STR("OFF"), &on) && !on);
    CHECK(!weir_value_switch(WEIR_STR(""), &on));
    CHECK(!weir_value_switch(WEIR_STR("maybe"), &on));
}
