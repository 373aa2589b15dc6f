/* doc/charset: the decision as browsers make it, and the decoding. */
#include "doc/charset.h"
#include "test.h"

#include <stdio.h>

static void check(struct weir_str bytes, const char *content_type,
                  const char *name, enum weir_charset_source source) {
    struct weir_charset c =
        weir_charset_decide(bytes, weir_str_of(content_type));
    CHECK_Z(c.name, name);
    CHECK_INT(c.source, source);
}

static void check_z(const char *page, const char *name) {
    check(weir_str_of(page), "", name, WEIR_CHARSET_META);
}

TEST(charset_labels) {
    CHECK_Z(weir_charset_lookup(WEIR_STR("latin1")), "windows-1252");
    CHECK_Z(weir_charset_lookup(WEIR_STR(" UTF8\t")), "UTF-8");
    CHECK_Z(weir_charset_lookup(WEIR_STR("866")), "IBM866");
    CHECK_Z(weir_charset_lookup(WEIR_STR("x-x-big5")), "Big5");
    CHECK_Z(weir_charset_lookup(WEIR_STR("ISO_8859-1:1987")), "windows-1252");
    CHECK_Z(weir_charset_lookup(WEIR_STR("unicodefffe")), "UTF-16BE");
    CHECK(weir_charset_lookup(WEIR_STR("utf-7")) == NULL);
    CHECK(weir_charset_lookup(WEIR_STR("")) == NULL);
}

TEST(charset_order_of_evidence) {
    static const char meta[] = "<meta charset=koi8-r>\xC3\xA9";
    check(WEIR_STR("\xEF\xBB\xBF<meta charset=koi8-r>"),
          "text/html; charset=big5", "UTF-8", WEIR_CHARSET_BOM);
    check(WEIR_STR("\xFE\xFF\0a"), "", "UTF-16BE", WEIR_CHARSET_BOM);
    check(weir_str_of(meta), "text/html; charset=big5", "Big5",
          WEIR_CHARSET_TRANSPORT);
    check(weir_str_of(meta), "text/html; charset='x'", "KOI8-R",
          WEIR_CHARSET_META);
    check(WEIR_STR("caf\xC3\xA9"), "text/html", "UTF-8", WEIR_CHARSET_GUESS);
    check(WEIR_STR("plain"), "", "windows-1252", WEIR_CHARSET_DEFAULT);
    check(WEIR_STR("plain"), "text/html;charset=\"utf-16\"", "UTF-16LE",
          WEIR_CHARSET_TRANSPORT);
}

TEST(charset_prescan) {
    check_z("<meta charset=\"utf-8\">", "UTF-8");
    check_z("<META CHARSET=UTF-16>", "UTF-8");
    check_z("<meta charset=x-user-defined>", "windows-1252");
    check_z("<meta/charset=euc-kr>", "EUC-KR");
    check_z("<!-- <meta charset=big5> --><meta charset=gbk>", "GBK");
    check_z("<!--><meta charset=gbk>", "GBK");
    check_z("<a title='<meta charset=big5>'><meta charset=gbk>", "GBK");
    check_z("<meta http-equiv=Content-Type content='text/html; "
            "charset=shift_jis'>",
            "Shift_JIS");
    check_z("<meta content='text/html; charset = gb2312;x' "
            "http-equiv=content-type>",
            "GBK");
    check_z("<meta charset=none><meta charset=iso-8859-2>", "ISO-8859-2");
    check_z("<meta content='charset=big5'><meta charset=gbk>", "GBK");
    check_z("<?xml version='1.0' encoding='iso-8859-5'?><a/>", "ISO-8859-5");
    check_z("</x y='<meta charset=big5>'><? > <meta charset=gbk>", "GBK");
    check_z("<metax charset=big5><meta charset=gbk charset=big5>", "GBK");
}

TEST(charset_prescan_ends_after_1024_bytes) {
    char page[1200];
    memset(page, ' ', sizeof page);
    memcpy(page + 1100, "<meta charset=big5>", 19);
    check(weir_str_make(page, sizeof page), "", "windows-1252",
          WEIR_CHARSET_DEFAULT);
    memcpy(page + 1000, "<meta charset=big5>", 19);
    check(weir_str_make(page, sizeof page), "", "Big5", WEIR_CHARSET_META);
}

TEST(charset_guess) {
    /* "Привет, мир..." in windows-1251 */
    check(WEIR_STR("\xCF\xF0\xE8\xE2\xE5\xF2, \xEC\xE8\xF0! \xDD\xF2\xEE "
                   "\xF2\xE5\xEA\xF1\xF2 \xED\xE0 \xF0\xF3\xF1\xF1\xEA\xEE\xEC "
                   "\xFF\xE7\xFB\xEA\xE5, \xE8 \xEE\xED \xE4\xEE\xF1\xF2\xE0"
                   "\xF2\xEE\xF7\xED\xEE \xE4\xEB\xE8\xED\xED\xFB\xE9."),
          "", "windows-1251", WEIR_CHARSET_GUESS);
}

static void decodes(struct weir_str bytes, const char *name, const char *want) {
    struct weir_buf out;
    weir_buf_init(&out, 0);
    CHECK_OK(weir_charset_decode(bytes, name, &out));
    CHECK_STR(weir_buf_view(&out), weir_str_of(want));
    weir_buf_release(&out);
}

TEST(charset_decodes) {
    decodes(WEIR_STR("\x80\x81\xE9"), "windows-1252", "€\xC2\x81é");
    decodes(WEIR_STR("\x93\xFA\x96\x7B"), "Shift_JIS", "日本");
    decodes(WEIR_STR("\xC6\xFC\xCB\xDC"), "EUC-JP", "日本");
    decodes(WEIR_STR("\x1B$BF|K\\\x1B(B."), "ISO-2022-JP", "日本.");
    decodes(WEIR_STR("\xC4\xE3"), "GBK", "你");
    decodes(WEIR_STR("\x81\x30\x84\x36"), "gb18030", "¥");
    decodes(WEIR_STR("\xA7\x41"), "Big5", "你");
    decodes(WEIR_STR("\xB0\xA1"), "EUC-KR", "가");
    decodes(WEIR_STR("\xFF\xFE"
                     "a\0\x3D\xD8\x00\xDE"),
            "UTF-16LE", "a😀");
    decodes(WEIR_STR("\0a\xD8"), "UTF-16BE", "a\xEF\xBF\xBD");
    decodes(WEIR_STR("\xA4\xFF"), "ISO-8859-16", "€ÿ");
    decodes(WEIR_STR("a\x80\xFF"), "x-user-defined",
            "a\xEF\x9E\x80\xEF\x9F\xBF");
    decodes(WEIR_STR("anything"), "replacement", "\xEF\xBF\xBD");
    decodes(WEIR_STR("\xAE"), "ISO-8859-7", "\xEF\xBF\xBD");
}

/* One U+FFFD for each maximal subpart, as the Encoding Standard decodes. */
TEST(charset_repairs_utf8) {
    decodes(WEIR_STR("a\x80z"), "UTF-8", "a\xEF\xBF\xBDz");
    decodes(WEIR_STR("\xE2\x82z"), "UTF-8", "\xEF\xBF\xBDz");
    decodes(WEIR_STR("\xED\xA0\x80"), "UTF-8",
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    decodes(WEIR_STR("\xF0\x9F\x98"), "UTF-8", "\xEF\xBF\xBD");
    decodes(WEIR_STR("\xC0\xAF\xF5"), "UTF-8",
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    decodes(WEIR_STR("\xEF\xBB\xBFx"), "UTF-8", "x");
}

TEST(charset_output_is_bounded) {
    struct weir_buf out;
    char bytes[4096];
    memset(bytes, '\xFF', sizeof bytes);
    weir_buf_init(&out, 1000);
    CHECK_INT(
        weir_charset_decode(weir_str_make(bytes, sizeof bytes), "KOI8-R", &out),
        WEIR_E_LIMIT);
    CHECK(out.len <= 1000);
    weir_buf_release(&out);
    CHECK_INT(weir_charset_decode(WEIR_STR("x"), "utf-7", &out),
              WEIR_E_INVALID);
}

TEST(charset_valid_utf8_is_not_copied) {
    struct weir_str page = WEIR_STR("\xEF\xBB\xBFna\xC3\xAFve"), utf8;
    struct weir_charset c;
    struct weir_buf room;
    weir_buf_init(&room, 0);
    CHECK_OK(weir_charset_to_utf8(page, WEIR_STR(""), &room, &utf8, &c));
    CHECK(utf8.p == page.p + 3);
    CHECK_STR(utf8, WEIR_STR("na\xC3\xAFve"));
    CHECK_OK(weir_charset_to_utf8(WEIR_STR("na\xEFve"),
                                  WEIR_STR("text/html; charset=latin1"), &room,
                                  &utf8, &c));
    CHECK_STR(utf8, WEIR_STR("na\xC3\xAFve"));
    CHECK_Z(c.name, "windows-1252");
    weir_buf_release(&room);
}

/* A page of 20,000 bytes that needs more than one round of ICU's buffers. */
TEST(charset_long_input) {
    char bytes[20000];
    struct weir_buf out;
    for (size_t i = 0; i < sizeof bytes; i += 2)
        memcpy(bytes + i, "\xC4\xE3", 2);
    weir_buf_init(&out, 0);
    CHECK_OK(
        weir_charset_decode(weir_str_make(bytes, sizeof bytes), "GBK", &out));
    CHECK_INT(out.len, sizeof bytes / 2 * 3);
    CHECK_STR(weir_str_sub(weir_buf_view(&out), out.len - 3, 3),
              WEIR_STR("你"));
    weir_buf_release(&out);
}
