#include "test.h"

#include "core/textwidth.h"

TEST(text_widths) {
    CHECK_INT(weir_text_width('a'), 1);
    CHECK_INT(weir_text_width(0xe9), 1);
    CHECK_INT(weir_text_width(0x301), 0);   /* combining acute */
    CHECK_INT(weir_text_width(0x200d), 0);  /* zero width joiner */
    CHECK_INT(weir_text_width(0x4e2d), 2);  /* CJK */
    CHECK_INT(weir_text_width(0xac00), 2);  /* Hangul syllable */
    CHECK_INT(weir_text_width(0x1161), 0);  /* Hangul vowel */
    CHECK_INT(weir_text_width(0xff21), 2);  /* fullwidth A */
    CHECK_INT(weir_text_width(0x1f600), 2); /* emoji */
    CHECK_INT(weir_text_width(0x2588), 1);  /* full block: ambiguous */
}

TEST(text_columns) {
    CHECK_INT(weir_text_columns(WEIR_STR("")), 0);
    CHECK_INT(weir_text_columns(WEIR_STR("abc")), 3);
    CHECK_INT(weir_text_columns(WEIR_STR("中文")), 4);
    CHECK_INT(weir_text_columns(WEIR_STR("e\xcc\x81")), 1);
    CHECK_INT(weir_text_columns(WEIR_STR("\xff\xfe")), 2);
}

static struct weir_buf out;

static const char *fit(const char *s, size_t columns, size_t used) {
    weir_buf_release(&out);
    weir_buf_init(&out, 0);
    CHECK_INT(weir_text_fit(&out, weir_str_of(s), columns, "…"), used);
    return out.p;
}

TEST(text_cut_to_fit) {
    CHECK_Z(fit("abc", 3, 3), "abc");
    CHECK_Z(fit("abcd", 3, 3), "ab…");
    CHECK_Z(fit("abcd", 1, 1), "…");
    CHECK_Z(fit("abcd", 0, 0), "");
    CHECK_Z(fit("中文字", 5, 5), "中文…");
    CHECK_Z(fit("中文字", 4, 3), "中…"); /* half a character is none */
    CHECK_Z(fit("中文字", 6, 6), "中文字");
    CHECK_Z(fit("e\xcc\x81"
                "fgh",
                3, 3),
            "e\xcc\x81"
            "f…");
}
