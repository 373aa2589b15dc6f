/* XPath 1.0: results, mistakes with their column, limits. */
#include "test.h"

#include "base/mem.h"
#include "doc/xpath.h"

static const char html[] =
    "<!DOCTYPE html><body><p id=a class=x>one<p id=b>two <b id=c>bold</b>"
    "<p id=d><a href=/x id=e>link</a><svg><use id=u xlink:href='#y'/></svg>";

/* A text for any value: names of nodes, or the text. */
static void evaluate(const char *expression, const char *context,
                     const char *want) {
    struct weir_xpath_value value;
    struct weir_error error = {0};
    struct weir_xpath_page *page;
    struct weir_xpath *x;
    struct weir_doc *doc;
    struct weir_buf out;
    const struct weir_node *node = NULL;
    weir_xpath_value_init(&value);
    weir_buf_init(&out, 0);
    CHECK_OK(weir_doc_parse(WEIR_STR(html), NULL, &doc, &error));
    CHECK_OK(weir_xpath_page_create(doc, &page));
    if (context) {
        CHECK_OK(weir_xpath_compile(weir_str_of(context), &x, NULL, &error));
        CHECK_OK(weir_xpath_eval(x, page, NULL, &value, &error));
        CHECK_INT(value.nodes.count, 1);
        node = value.nodes.at[0];
        weir_xpath_destroy(x);
    }
    CHECK_OK(weir_xpath_compile(weir_str_of(expression), &x, NULL, &error));
    if (weir_xpath_eval(x, page, node, &value, &error))
        weir_buf_z(&out, error.message);
    else if (value.kind == WEIR_XPATH_NODES)
        for (size_t i = 0; i < value.nodes.count; i++) {
            weir_buf_z(&out, i ? "|" : "");
            weir_node_content(value.nodes.at[i], &out);
        }
    else
        weir_buf_str(&out, weir_buf_view(&value.text));
    CHECK_Z(out.p, want);
    weir_xpath_destroy(x);
    weir_xpath_page_destroy(page);
    weir_doc_destroy(doc);
    weir_xpath_value_release(&value);
    weir_buf_release(&out);
}

TEST(xpath_values) {
    evaluate("//p[2]", NULL, "two bold");
    evaluate("//b | //p[1] | //p[3]", NULL, "one|bold|link");
    evaluate("//p/@id", NULL, "a|b|d");
    evaluate("//p/text()", NULL, "one|two");
    evaluate("/", NULL, "onetwo boldlink");
    evaluate("count(//p)", NULL, "3");
    evaluate("1 div 4", NULL, "0.25");
    evaluate("string(//a/@href)", NULL, "/x");
    evaluate("//p = 'one'", NULL, "true");
    evaluate("id('b')/b", NULL, "bold");
    evaluate("//svg/use/@xlink:href", NULL, "#y");
    evaluate("//nothing", NULL, "");
    evaluate("//a/namespace::*", NULL, "");
}

TEST(xpath_context) {
    evaluate("b", "//p[2]", "bold");
    evaluate(".//a", "//p[3]", "link");
    evaluate(".", "//b", "bold");
    evaluate("//a", "//b", "link");
    evaluate("name(..)", "//b", "p");
}

static void refuse(struct weir_str text, enum weir_err want, size_t column,
                   const char *message) {
    struct weir_error error = {0};
    struct weir_xpath *x;
    size_t got = 0;
    CHECK_INT(weir_xpath_compile(text, &x, &got, &error), want);
    CHECK_INT(got, column);
    CHECK_Z(error.message, message);
}

TEST(xpath_mistakes) {
    struct weir_buf deep;
    refuse(WEIR_STR("//p["), WEIR_E_INVALID, 5,
           "XPath, column 5: expected an expression");
    refuse(WEIR_STR("//\xC3\xA9[1"), WEIR_E_INVALID, 6,
           "XPath, column 6: the condition in [] is not valid");
    refuse(WEIR_STR("'abc"), WEIR_E_INVALID, 5,
           "XPath, column 5: the text in quotes does not end");
    refuse(WEIR_STR(""), WEIR_E_INVALID, 1,
           "XPath, column 1: expected an expression");
    refuse(WEIR_STR("a\xFF"), WEIR_E_INVALID, 2, "XPath, column 2: not UTF-8");
    refuse(WEIR_STR("a\0b"), WEIR_E_INVALID, 2, "XPath, column 2: not UTF-8");
    evaluate("nonsense(1)", NULL, "XPath: no such function");
    evaluate("$x", NULL, "XPath: no such variable");
    evaluate("//z:p", NULL, "XPath: no such namespace prefix");
    evaluate("count(1)", NULL, "XPath: a value is not of the right type");
    weir_buf_init(&deep, 0);
    for (int i = 0; i < 30000; i++)
        weir_buf_byte(&deep, '(');
    refuse(weir_buf_view(&deep), WEIR_E_LIMIT, 501,
           "XPath, column 501: nested too deep");
    weir_buf_release(&deep);
}

TEST(xpath_steps_are_limited) {
    struct weir_xpath_value value;
    struct weir_error error = {0};
    struct weir_xpath_page *page;
    struct weir_xpath *x, *small;
    struct weir_doc *doc;
    struct weir_buf b;
    weir_buf_init(&b, 0);
    weir_xpath_value_init(&value);
    for (int i = 0; i < 2000; i++)
        weir_buf_z(&b, "<i></i>");
    CHECK_OK(weir_doc_parse(weir_buf_view(&b), NULL, &doc, &error));
    CHECK_OK(weir_xpath_page_create(doc, &page));
    weir_xpath_page_limit(page, 100000);
    CHECK_OK(weir_xpath_compile(WEIR_STR("//i[count(preceding::i) > 1998]"), &x,
                                NULL, &error));
    CHECK_OK(weir_xpath_compile(WEIR_STR("//i"), &small, NULL, &error));
    CHECK_INT(weir_xpath_eval(x, page, NULL, &value, &error), WEIR_E_LIMIT);
    CHECK_Z(error.message, "XPath: the evaluation takes too many steps");
    for (int i = 0; i < 100; i++) { /* each evaluation has all the steps */
        CHECK_OK(weir_xpath_eval(small, page, NULL, &value, &error));
        CHECK_INT(value.nodes.count, 2000);
    }
    weir_xpath_page_limit(page, WEIR_XPATH_STEPS);
    CHECK_OK(weir_xpath_eval(x, page, NULL, &value, &error));
    CHECK_INT(value.nodes.count, 1);
    weir_xpath_destroy(x);
    weir_xpath_destroy(small);
    weir_xpath_page_destroy(page);
    weir_doc_destroy(doc);
    weir_xpath_value_release(&value);
    weir_buf_release(&b);
}
