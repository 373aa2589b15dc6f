/* Selectors against web-platform-tests, and what those do not reach. */
#include "test.h"

#include "base/mem.h"
#include "core/json.h"
#include "doc/css.h"
#include "doc/parse.h"

#include <pthread.h>
#include <stdio.h>

static struct weir_doc *parse_as(struct weir_str page,
                                 enum weir_doc_parser parser) {
    struct weir_doc_options options = weir_doc_defaults();
    struct weir_error error = {0};
    struct weir_doc *doc;
    options.parser = parser;
    if (weir_doc_parse(page, &options, &doc, &error))
        test_fail(__FILE__, __LINE__, "not parsed: %s", error.message);
    return doc;
}

static struct weir_doc *parse(const char *page) {
    return parse_as(weir_str_of(page), WEIR_DOC_HTML5);
}

static struct weir_css *compile(struct weir_str selector) {
    struct weir_error error = {0};
    struct weir_css *css;
    if (weir_css_compile(selector, &css, NULL, &error))
        test_fail(__FILE__, __LINE__, "%.*s: %s", WEIR_STR_ARG(selector),
                  error.message);
    return css;
}

/* Ids of the nodes with spaces between; "-" for a node without one. */
static void put_ids(const struct weir_nodes *nodes, struct weir_buf *out) {
    weir_buf_clear(out);
    for (size_t i = 0; i < nodes->count; i++) {
        struct weir_str id = WEIR_STR("-");
        weir_node_attr(nodes->at[i], "id", &id);
        if (i)
            weir_buf_byte(out, ' ');
        weir_buf_str(out, id);
    }
}

/* What the selector finds below the first match of `context`, asked twice: the
 * second answer comes from what the page has kept. */
static void check_ids(const struct weir_doc *doc, const char *context,
                      struct weir_str selector, struct weir_str want) {
    struct weir_css *css = compile(selector);
    struct weir_css *above = compile(weir_str_of(context ? context : "*"));
    struct weir_css_page *page;
    struct weir_nodes nodes, where;
    struct weir_buf ids;
    weir_nodes_init(&nodes);
    weir_nodes_init(&where);
    weir_buf_init(&ids, 0);
    CHECK_OK(weir_css_page_create(doc, &page));
    CHECK_OK(weir_css_select(above, page, NULL, &where));
    CHECK(!context || where.count > 0);
    for (int i = 0; i < 2; i++) {
        weir_nodes_clear(&nodes);
        CHECK_OK(
            weir_css_select(css, page, context ? where.at[0] : NULL, &nodes));
        put_ids(&nodes, &ids);
        if (!weir_str_eq(weir_buf_view(&ids), want))
            test_fail(__FILE__, __LINE__, "%.*s finds \"%s\", not \"%.*s\"",
                      WEIR_STR_ARG(selector), ids.p, WEIR_STR_ARG(want));
    }
    weir_css_page_destroy(page);
    weir_css_destroy(css);
    weir_css_destroy(above);
    weir_nodes_release(&nodes);
    weir_nodes_release(&where);
    weir_buf_release(&ids);
}

struct expectation {
    const char *selector, *ids;
};

static void check_all(const char *html, const char *context,
                      const struct expectation *want, size_t n) {
    struct weir_doc *doc = parse(html);
    for (size_t i = 0; i < n; i++)
        check_ids(doc, context, weir_str_of(want[i].selector),
                  weir_str_of(want[i].ids));
    weir_doc_destroy(doc);
}
#define CHECK_ALL(html, context, want)                                         \
    check_all(html, context, want, sizeof(want) / sizeof(want)[0])

static void refuse(struct weir_str selector, size_t want_column,
                   const char *want) {
    struct weir_error error = {0};
    struct weir_css *css;
    size_t column = 0;
    enum weir_err e = weir_css_compile(selector, &css, &column, &error);
    if (!e)
        test_fail(__FILE__, __LINE__, "\"%.*s\" was not refused",
                  WEIR_STR_ARG(selector));
    CHECK_INT(e, WEIR_E_INVALID);
    if (want_column)
        CHECK_INT(column, want_column);
    if (want)
        CHECK_Z(error.message, want);
}

/* --- web-platform-tests --- */

static void read_file(const char *name, struct weir_buf *out) {
    char path[1024], chunk[4096];
    size_t n;
    FILE *f;
    snprintf(path, sizeof path, "%s/../data/%s", WEIR_TEST_SOURCE_DIR, name);
    f = fopen(path, "rb");
    if (!f)
        test_fail(__FILE__, __LINE__, "cannot read %s", path);
    weir_buf_init(out, 0);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        weir_buf_add(out, chunk, n);
    fclose(f);
}

struct wpt_case {
    struct weir_buf selector, ids;
};

/* no-namespace-div3: a script would have added this element to the page.
 * attr-presence-ul1: libxml2's parser drops attributes whose names are not
 * ASCII. */
static bool is_absent(const struct wpt_case *c, const struct weir_doc *doc) {
    struct weir_str ids = weir_buf_view(&c->ids);
    return weir_str_eq(ids, WEIR_STR("no-namespace-div3")) ||
           (weir_str_eq(ids, WEIR_STR("attr-presence-ul1")) &&
            weir_doc_builder(doc) == WEIR_DOC_LIBXML2);
}

static void read_case(struct weir_json *r, struct wpt_case *c) {
    weir_buf_clear(&c->selector);
    weir_buf_clear(&c->ids);
    while (weir_json_next(r) == WEIR_JSON_KEY) {
        if (weir_json_is(r, WEIR_STR("selector"))) {
            CHECK_INT(weir_json_next(r), WEIR_JSON_STRING);
            CHECK_OK(weir_json_put_text(r->text, &c->selector));
        } else if (weir_json_is(r, WEIR_STR("expect"))) {
            CHECK_INT(weir_json_next(r), WEIR_JSON_ARRAY);
            while (weir_json_next(r) == WEIR_JSON_STRING) {
                if (c->ids.len)
                    weir_buf_byte(&c->ids, ' ');
                CHECK_OK(weir_json_put_text(r->text, &c->ids));
            }
        } else {
            weir_json_skip(r);
        }
    }
    CHECK_INT(r->token, WEIR_JSON_OBJECT_END);
}

static size_t run_suite(const struct weir_doc *doc, struct weir_json *r,
                        bool valid) {
    struct wpt_case c;
    size_t count = 0;
    weir_buf_init(&c.selector, 0);
    weir_buf_init(&c.ids, 0);
    CHECK_INT(weir_json_next(r), WEIR_JSON_ARRAY);
    for (; weir_json_next(r) == WEIR_JSON_OBJECT; count++) {
        read_case(r, &c);
        if (!valid)
            refuse(weir_buf_view(&c.selector), 0, NULL);
        else
            check_ids(doc, NULL, weir_buf_view(&c.selector),
                      is_absent(&c, doc) ? WEIR_STR("")
                                         : weir_buf_view(&c.ids));
    }
    CHECK_INT(r->token, WEIR_JSON_ARRAY_END);
    weir_buf_release(&c.selector);
    weir_buf_release(&c.ids);
    return count;
}

static void check_suite(enum weir_doc_parser parser) {
    struct weir_buf page, cases;
    struct weir_doc *doc;
    struct weir_json r;
    size_t valid = 0, invalid = 0;
    read_file("selectors/content.html", &page);
    read_file("selectors/cases.json", &cases);
    doc = parse_as(weir_buf_view(&page), parser);
    CHECK_INT(weir_doc_builder(doc), parser);
    weir_json_init(&r, weir_buf_view(&cases));
    CHECK_INT(weir_json_next(&r), WEIR_JSON_OBJECT);
    while (weir_json_next(&r) == WEIR_JSON_KEY) {
        if (weir_json_is(&r, WEIR_STR("valid")))
            valid += run_suite(doc, &r, true);
        else
            invalid += run_suite(doc, &r, false);
    }
    CHECK(valid > 100 && invalid > 15);
    weir_doc_destroy(doc);
    weir_buf_release(&page);
    weir_buf_release(&cases);
}

TEST(css_web_platform_tests) {
    check_suite(WEIR_DOC_HTML5);
}

TEST(css_web_platform_tests_on_libxml2) {
    check_suite(WEIR_DOC_LIBXML2);
}

/* --- Level 4 --- */

static const char list_page[] =
    "<!DOCTYPE html><body id=body>"
    "<ul id=u class='list wide'>"
    "<li id=a class=x>one<li id=b>two <b id=bb>bold</b>"
    "<li id=c class=x><a id=link href=/>three</a><li id=d class='x y'>four"
    "</ul><p id=p class=x>five<p id=q><span id=s></span><em id=e>six</em>"
    "<p id=r lang=de-Latn-CH>sieben";

TEST(css_lists_inside) {
    static const struct expectation want[] = {
        {"li:is(.x, #b)", "a b c d"},
        {"li:where(.y)", "d"},
        {":is(ul, p) > :is(li, em):not(.x)", "b e"},
        {"li:not(.x, #b)", ""},
        {"li:not(ul > .x ~ .x)", "a b"},
        {":is()", ""},
        {":is(:nonsense, #b)", "b"},
        {":is(:nonsense(a,b), [x, ), #b)", "b"},
        {":is(::before, #b)", "b"},
        {":not(:is()):is(li)", "a b c d"},
        {":is(:is(:is(#b), :bad), #a)", "a b"},
        {"ul :is(li a, li b)", "bb link"},
        {":is(ul.list) li:not(:not(.y))", "d"},
    };
    CHECK_ALL(list_page, NULL, want);
}

TEST(css_has) {
    static const struct expectation want[] = {
        {"li:has(a)", "c"},
        {"li:has(> b)", "b"},
        {"ul:has(> a)", ""},
        {"ul:has(> li > a)", "u"},
        {"li:has(+ .y)", "c"},
        {"li:has(~ .y)", "a b c"},
        {"li:has(+ li + li)", "a b"},
        {"li:has(~ li > a)", "a b"},
        {"li:not(:has(*))", "a d"},
        {"p:has(span, b)", "q"},
        {"p:has(span + em)", "q"},
        {"body:has(ul a, table) > p:first-of-type", "p"},
        {":has(a):has(b)", "- body u"},
        {":is(li:has(b)):has(+ li)", "b"},
        {"li:has(:is(a, b):not(:is(i, b)))", "c"},
    };
    CHECK_ALL(list_page, NULL, want);
}

TEST(css_positions) {
    static const struct expectation want[] = {
        {"li:nth-child(2 of .x)", "c"},
        {"li:nth-last-child(1 of .x)", "d"},
        {"li:nth-last-child(-n + 2 of li.x)", "c d"},
        {"li:nth-child(even of :not(#a))", "c"},
        {":nth-child(1 of ul > .x, p)", "a p"},
        {"li:nth-child( -n+2 )", "a b"},
        {"li:nth-child(n+3)", "c d"},
        {"li:nth-child(-2n+3)", "a c"},
        {"li:nth-child(ODD)", "a c"},
        {"li:nth-child(+n)", "a b c d"},
        {"li:nth-child(2N-1)", "a c"},
        {"li:nth-child(2n - 1)", "a c"},
        {"li:nth-child(0n+2)", "b"},
        {"li:nth-child(n- 1)", "a b c d"},
        {"li:nth-child(\\6e)", "a b c d"},
        {"li:nth-child(+3/**/)", "c"},
        {"li:nth-child(0)", ""},
        {"li:nth-child(-n)", ""},
        {"li:nth-child(99999999999)", ""},
        {"li:nth-child(99999999999n + 2)", "b"},
        {"p:nth-of-type(2)", "q"},
        {"p:nth-last-of-type(3)", "p"},
        {"ul > :only-child", ""},
        {"p > em:only-of-type", "e"},
        {"html:first-child:last-child:only-child:root", "-"},
        {"b:only-child, a:first-of-type:last-of-type", "bb link"},
    };
    static const char *const bad[] = {
        "li:nth-child()",
        "li:nth-child(+ 2)",
        "li:nth-child(2n+)",
        "li:nth-child(2n + -1)",
        "li:nth-child(n 2)",
        "li:nth-child(2.0)",
        "li:nth-child(- n)",
        "li:nth-child(+ n)",
        "li:nth-child(n-1 2)",
        "li:nth-child(3e1)",
        "li:nth-child(1 of)",
        "li:nth-child(1 of .x,)",
        "li:nth-of-type(1 of p)",
        "li:nth-child(2 n)",
        "li:nth-child(n--1)",
        "li:nth-child",
        "li:nth-child(1 of ::before)",
    };
    CHECK_ALL(list_page, NULL, want);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse(weir_str_of(bad[i]), 0, NULL);
}

TEST(css_text_and_language) {
    static const struct expectation want[] = {
        {"li:contains(\"o\")", "a b d"},
        {"li:contains('two bold')", "b"},
        {"ul:contains('onetwo')", "u"},
        {"li:contains(three, \"four\")", "c d"},
        {"p:contains('Six')", ""},
        {"p:contains('sieben')", "r"},
        {"p:contains('')", "p q r"},
        {"p:lang(de)", "r"},
        {"p:lang(de-CH)", "r"},
        {"p:lang('*-ch')", "r"},
        {"p:lang(en, 'de-latn')", "r"},
        {"p:lang(de-DE)", ""},
        {"p:lang(d)", ""},
        {"p:lang('')", "p q"},
        {"p:not(:lang('*'))", "p q"},
    };
    static const struct expectation meta[] = {
        {"p:lang(fr)", "p"},
        {"p:lang(en)", "q"},
    };
    CHECK_ALL(list_page, NULL, want);
    CHECK_ALL("<meta http-equiv=Content-Language content=fr-CA>"
              "<p id=p><p id=q lang=en-x-fr>",
              NULL, meta);
    refuse(WEIR_STR("p:contains(1)"), 12, NULL);
    refuse(WEIR_STR("p:lang()"), 8, NULL);
}

TEST(css_namespaces_and_foreign_names) {
    static const struct expectation want[] = {
        {"*|a", "a"},
        {"|a", "a"},
        {"*|*#a", "a"},
        {"lineargradient", ""},
        {"linearGradient", "g"},
        {"svg[viewBox]", "svg"},
        {"[*|href]", "a u"},
        {"[|href]", "a"},
        {"[xlink\\:href]", "u"},
        {"SVG USE, A", "a u"},
        {"a[*|HREF='/']", "a"},
        {"use[type=ICON]", ""},
        {"a[type=ICON]", "a"},
        {"a[type='ICON' s]", ""},
        {"a[data-x=ICON]", ""},
        {"a[data-x=ICON i]", "a"},
        {"a[data-x='ICON'I]", "a"},
        {"a[data-x^=IC i][data-x$=ON i][data-x*=CO i][data-x|=ICON i]", "a"},
    };
    CHECK_ALL("<!DOCTYPE html><a id=a href=/ type=icon data-x=icon></a>"
              "<svg id=svg viewBox='0 0 1 1'><linearGradient id=g />"
              "<use id=u xlink:href=#g type=icon /></svg>",
              NULL, want);
    refuse(WEIR_STR("ns|div"), 1,
           "selector, column 1: the namespace 'ns' is not declared: write "
           "*|div");
    refuse(WEIR_STR("[ns|a]"), 2, NULL);
    refuse(WEIR_STR(":not(ns|div)"), 6, NULL);
    refuse(WEIR_STR("a||b"), 0, NULL);
}

TEST(css_quirks_mode) {
    static const struct expectation quirks[] = {
        {".X.y", "Q"}, {"#q", "Q"}, {"[class=X]", ""}};
    static const struct expectation standards[] = {
        {".X", ""}, {".x.Y", "Q"}, {"#q", ""}};
    CHECK_ALL("<p id=Q class='x Y'>", NULL, quirks);
    CHECK_ALL("<!DOCTYPE html><p id=Q class='x Y'>", NULL, standards);
}

TEST(css_forms) {
    static const char page[] =
        "<!DOCTYPE html><form id=f><fieldset id=fs disabled>"
        "<legend><input id=i1></legend><legend><input id=i2></legend>"
        "<p><input id=i3 required></p></fieldset>"
        "<input id=i4 type=CHECKBOX checked><input id=i5 readonly>"
        "<select id=s><optgroup id=og disabled><option id=o1 selected>"
        "</optgroup><option id=o2></select>"
        "<p><button id=b1 type=button></button><button id=b2></button></p>"
        "<button id=b3></button><textarea id=t placeholder=x></textarea>"
        "<input id=i6 placeholder=x value=y></form>"
        "<div id=ed contenteditable><i id=in></i></div>"
        "<details id=det open></details>";
    static const struct expectation want[] = {
        {"form :disabled", "fs i2 i3 og o1"},
        {"form :enabled", "i1 i4 i5 s o2 b1 b2 b3 t i6"},
        {":checked", "i4 o1"},
        {":default", "i4 o1 b2"},
        {":required", "i3"},
        {"input:optional", "i1 i2 i4 i5 i6"},
        {":read-write", "i1 t i6 ed in"},
        {"input:read-only", "i2 i3 i4 i5"},
        {":placeholder-shown", "t"},
        {":open", "det"},
        {"form:has(:disabled:default)", "f"},
        {":hover, :focus-within, :visited, :target, :host(a)", ""},
    };
    CHECK_ALL(page, NULL, want);
}

TEST(css_pseudo_elements_match_nothing) {
    static const struct expectation want[] = {
        {"p::before", ""},
        {"p:AFTER, #p", "p"},
        {"::slotted(foo)", ""},
        {"::slotted(foo", ""},
        {"p::part(a b)::first-line", ""},
        {"::-webkit-scrollbar", ""},
        {"p::before:hover", ""},
        {"p::before::marker", ""},
    };
    CHECK_ALL(list_page, NULL, want);
    refuse(WEIR_STR("p::before.x"), 10, NULL);
    refuse(WEIR_STR("p::before > a"), 11, NULL);
    refuse(WEIR_STR("p::first-line::before"), 16, NULL);
    refuse(WEIR_STR("p::before:first-child"), 11, NULL);
    refuse(WEIR_STR(":not(::before)"), 0, NULL);
    refuse(WEIR_STR(":has(::before)"), 0, NULL);
    refuse(WEIR_STR("p::slotted()"), 0, NULL);
}

/* --- syntax --- */

TEST(css_escapes_and_comments) {
    static const struct expectation want[] = {
        {"#\\31 a", "1a"},
        {"#\\000031a", "1a"},
        {"#\\31\r\na", "1a"},
        {"#a\\.b", "a.b"},
        {"[id=a\\.b]", "a.b"},
        {"[id='a\\\n.b']", "a.b"},
        {"[id=\"a\\2e b\"]", "a.b"},
        {"[id='1a", "1a"},
        {"[id=\"1a\"", "1a"},
        {":is([id='1a'", "1a"},
        {"/* x */p/**/#\\31 a/*", "1a"},
        {"p/**/[/**/id/**/=/**/'1a'/**/i/**/]", "1a"},
        {"x\xC3\xA9", "y"}, /* only ASCII has no case */
        {"X\xC3\xA9", "y"},
        {"x\xC3\x89", ""},
        {".\xF0\x9F\x98\x80", "y"},
        {"#--x, #-x, #_", "--x -x"},
        {"\n\tp#\\31 a\f", "1a"},
        {"#z\\", "z\xEF\xBF\xBD"},
        {"#z\\0", "z\xEF\xBF\xBD"},
        {"#z\\d800", "z\xEF\xBF\xBD"},
        {"#z\xFF", "z\xEF\xBF\xBD"},
    };
    static const char page[] =
        "<!DOCTYPE html><p id=1a></p><p id=a.b></p><p id=--x></p><p id=-x></p>"
        "<x\xC3\xA9 id=y class='\xF0\x9F\x98\x80'></x\xC3\xA9>"
        "<p id='z\xEF\xBF\xBD'></p>";
    struct weir_doc *doc = parse(page);
    CHECK_ALL(page, NULL, want);
    check_ids(doc, NULL, WEIR_STR("#z\0"), WEIR_STR("z\xEF\xBF\xBD"));
    weir_doc_destroy(doc);
}

TEST(css_attribute_operators) {
    static const struct expectation want[] = {
        {"[t~=b]", "a"},       {"[t~='a b']", ""},    {"[t='a b']", "a"},
        {"[t|=en]", "b c"},    {"[t|='']", "d"},      {"[t='']", "d"},
        {"[t^='a ']", "a"},    {"[t$=' b']", "a"},    {"[t*=' ']", "a"},
        {"[t*='']", ""},       {"[t$='']", ""},       {"[t^='']", ""},
        {"[t~='']", ""},       {"[ t = 'en' ]", "b"}, {"[T]", "a b c d"},
        {"[t|=EN i]", "b c"},  {"[u*=aab]", "e"},     {"[u*=AAB i]", "e"},
        {"[u*=AAB]", ""},      {"[u*=aabc]", ""},     {"[u*='bac' s]", "e"},
        {".x", "f g"},         {".x.z", "g"},         {".X", ""},
        {"[class~=x]", "f g"}, {"[class=x]", ""},     {"[u*=abacab]", "e"},
    };
    CHECK_ALL("<!DOCTYPE html><p id=a t='a b'><p id=b t=en><p id=c t=en-GB>"
              "<p id=d t><p id=e u=aaabacabacab><p id=f class='\n x\t'>"
              "<p id=g class='z\fx'>",
              NULL, want);
}

TEST(css_errors_have_a_column) {
    refuse(WEIR_STR(""), 1,
           "selector, column 1: expected a selector, not the end");
    refuse(WEIR_STR("p[a=]"), 5,
           "selector, column 5: expected a name or a quoted text, not ']'");
    refuse(WEIR_STR("p[a=b c]"), 7,
           "selector, column 7: expected ']' or one of the flags i and s, "
           "not 'c'");
    refuse(WEIR_STR("\xC3\xA9 > > p"), 5,
           "selector, column 5: expected a selector, not '>'");
    refuse(WEIR_STR("p:nonsense"), 3,
           "selector, column 3: unknown pseudo-class :nonsense");
    refuse(WEIR_STR("p::nonsense"), 4,
           "selector, column 4: unknown pseudo-element ::nonsense");
    refuse(WEIR_STR("p/**/q"), 6,
           "selector, column 6: expected a combinator or ',', not 'q'");
    refuse(WEIR_STR("a, b,"), 6, NULL);
    refuse(WEIR_STR("#1a"), 1, NULL);
    refuse(WEIR_STR("#"), 1, NULL);
    refuse(WEIR_STR("p:not()"), 7, NULL);
    refuse(WEIR_STR("p:has()"), 7, NULL);
    refuse(WEIR_STR("p:has(:has(a))"), 12, NULL);
    refuse(WEIR_STR("p:not(a))"), 9, NULL);
    refuse(WEIR_STR("[a='b\nc']"), 4, NULL);
    refuse(WEIR_STR("p:valid"), 3,
           "selector, column 3: :valid is not supported");
    refuse(WEIR_STR("p & a"), 3, NULL);
    refuse(WEIR_STR("p >"), 4, NULL);
    refuse(WEIR_STR("[a~ =b]"), 4, NULL);
    refuse(WEIR_STR("[a=1]"), 4, NULL);
    refuse(WEIR_STR("p: hover"), 3, NULL);
    refuse(WEIR_STR("p:hover()"), 3, NULL);
    refuse(WEIR_STR("p. a"), 3, NULL);
}

/* --- where it runs --- */

TEST(css_below_a_context) {
    static const struct expectation want[] = {
        {"li", "a b c d"},
        {"ul", ""},
        {"body .x", "a c d"},
        {":scope > li:has(b)", "b"},
        {":scope", ""},
        {":scope a, :scope b", "bb link"},
        {":scope + p, :scope li + .y", "d"},
        {":root :scope > .y", "d"},
        {"li:is(:scope > .y)", "d"},
        {":not(:scope) > *", "bb link"},
        {":scope > :nth-child(2 of .x)", "c"},
        {":scope > li ~ li:not(.x)", "b"},
    };
    static const struct expectation whole[] = {
        {":scope", "-"},
        {":scope > body", "body"},
        {":scope > head ~ body, :scope > x", "body"},
    };
    CHECK_ALL(list_page, "ul", want);
    CHECK_ALL(list_page, NULL, whole);
}

TEST(css_templates_and_comments_are_not_there) {
    static const struct expectation want[] = {
        {"i", "out"},
        {"p:empty", "e1 e2"},
        {"template:empty", "t"},
        {"p:contains(x)", "e4"},
        {"body > :nth-child(2)", "e2"},
    };
    CHECK_ALL("<!DOCTYPE html><p id=e1></p><!-- c --><p id=e2><!-- x --></p>"
              "<p id=e3> </p><p id=e4>x</p>"
              "<template id=t><i id=in>x</i></template><i id=out></i>",
              NULL, want);
}

TEST(css_xml_names_have_case) {
    static const struct expectation want[] = {
        {"item", "a"},      {"Item", "b"},      {"ITEM", ""},
        {"[isPerma]", "a"}, {"[isperma]", "b"}, {"[type=x]", ""},
        {"[type=X]", "a"},
    };
    struct weir_doc *doc =
        parse_as(WEIR_STR("<r><item id='a' isPerma='1' type='X'/>"
                          "<Item id='b' isperma=''/></r>"),
                 WEIR_DOC_XML);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        check_ids(doc, NULL, weir_str_of(want[i].selector),
                  weir_str_of(want[i].ids));
    weir_doc_destroy(doc);
}

/* A quadratic evaluation would take 10^10 steps a selector: minutes. */
TEST(css_wide_and_deep_pages_take_linear_time) {
    static const char *const selectors[] = {
        "p:nth-child(3n)",
        "p:nth-last-child(3n)",
        "p:nth-of-type(3n)",
        "p:nth-last-of-type(3n)",
        "p:nth-child(3n of :not(i))",
        "p ~ p",
        "p + p",
        "p:has(~ p)",
        "div p:has(+ p)",
        "p:only-child",
        ":has(p) ~ p",
        "p:contains(x)",
        "p:lang(en)",
        "div div div div > p",
        "div:has(div:not(p))",
        ":is(div :is(div :is(div p)))",
        "p:not(p ~ p ~ p)",
    };
    enum { WIDE = 50000 };
    struct weir_nodes found;
    struct weir_buf page;
    struct weir_doc *doc;
    weir_buf_init(&page, 0);
    for (int i = 0; i < 200; i++)
        weir_buf_z(&page, "<div>");
    for (int i = 0; i < WIDE; i++)
        weir_buf_z(&page, "<p>x</p>");
    doc = parse_as(weir_buf_view(&page), WEIR_DOC_HTML5);
    weir_nodes_init(&found);
    for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++) {
        struct weir_css *css;
        struct weir_css_page *index;
        css = compile(weir_str_of(selectors[i]));
        CHECK_OK(weir_css_page_create(doc, &index));
        CHECK_OK(weir_css_select(css, index, NULL, &found));
        weir_css_page_destroy(index);
        weir_css_destroy(css);
    }
    CHECK(found.count > 10 * WIDE / 3);
    weir_nodes_release(&found);
    weir_doc_destroy(doc);
    weir_buf_release(&page);
}

struct worker {
    const struct weir_css *css;
    size_t found;
};

static void *work(void *data) {
    struct worker *w = data;
    for (int i = 0; i < 20; i++) {
        struct weir_css_page *page = NULL;
        struct weir_nodes nodes;
        struct weir_doc *doc;
        weir_nodes_init(&nodes);
        if (weir_doc_parse(WEIR_STR(list_page), NULL, &doc, NULL))
            return NULL;
        if (!weir_css_page_create(doc, &page) &&
            !weir_css_select(w->css, page, NULL, &nodes))
            w->found += nodes.count;
        weir_css_page_destroy(page);
        weir_doc_destroy(doc);
        weir_nodes_release(&nodes);
    }
    return NULL;
}

/* One compiled selector, several threads with pages of their own. */
TEST(css_threads_share_a_selector) {
    struct weir_css *css = compile(
        WEIR_STR("li:has(+ li):not(:contains(one)):nth-child(n of li)"));
    struct worker workers[4];
    pthread_t threads[4];
    weir_doc_init();
    for (int i = 0; i < 4; i++) {
        workers[i] = (struct worker){css, 0};
        CHECK_INT(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
        CHECK_INT(workers[i].found, 2 * 20);
    }
    weir_css_destroy(css);
}

/* --- limits --- */

static enum weir_err compile_repeated(const char *unit, size_t n,
                                      const char *end) {
    struct weir_error error = {0};
    struct weir_css *css = NULL;
    struct weir_buf b;
    size_t column;
    enum weir_err e;
    weir_buf_init(&b, 0);
    for (size_t i = 0; i < n; i++)
        weir_buf_z(&b, unit);
    weir_buf_z(&b, end);
    e = weir_css_compile(weir_buf_view(&b), &css, &column, &error);
    CHECK(e == WEIR_OK || error.message[0]);
    weir_css_destroy(css);
    weir_buf_release(&b);
    return e;
}

TEST(css_limits) {
    CHECK_OK(compile_repeated("a ", 64, ""));
    CHECK_INT(compile_repeated("a ", 65, ""), WEIR_E_LIMIT);
    CHECK_OK(compile_repeated("a,", 2047, "b"));
    CHECK_INT(compile_repeated("a,", 2048, "b"), WEIR_E_LIMIT);
    CHECK_OK(compile_repeated(":is(", 23, "a"));
    CHECK_INT(compile_repeated(":is(", 24, "a"), WEIR_E_LIMIT);
    CHECK_INT(compile_repeated(":is(", 4000, "a"), WEIR_E_LIMIT);
    CHECK_OK(compile_repeated(":not(a)", 256, ""));
    CHECK_INT(compile_repeated(":not(a)", 257, ""), WEIR_E_LIMIT);
    CHECK_OK(compile_repeated(".a", 8000, ""));
    CHECK_INT(compile_repeated(".a", 20000, ""), WEIR_E_LIMIT);
}

/* A list of more than one group of states. */
TEST(css_long_lists) {
    struct weir_doc *doc = parse(list_page);
    struct weir_buf b;
    weir_buf_init(&b, 0);
    for (int i = 0; i < 100; i++)
        weir_buf_z(&b, "ul > x ~ y, ");
    weir_buf_z(&b, "ul > .y, li:has(a), ");
    for (int i = 0; i < 100; i++)
        weir_buf_z(&b, "x y z, ");
    weir_buf_z(&b, "ul > :first-child");
    check_ids(doc, NULL, weir_buf_view(&b), WEIR_STR("a c d"));
    weir_buf_release(&b);
    weir_doc_destroy(doc);
}

/* Every allocation of a compilation and an evaluation fails once. */
TEST(css_out_of_memory) {
    struct weir_doc *doc = parse(list_page);
    bool done = false;
    for (unsigned long nth = 1; !done; nth++) {
        struct weir_css *css = NULL;
        struct weir_css_page *page = NULL;
        struct weir_nodes nodes;
        enum weir_err e;
        CHECK(nth < 10000);
        weir_nodes_init(&nodes);
        weir_mem_fail_nth(nth);
        e = weir_css_compile(
            WEIR_STR("ul > li:has(a, b):nth-child(n of :lang('')) ~ "
                     "li:contains(\"o\"):nth-last-of-type(1), :disabled"),
            &css, NULL, NULL);
        if (!e)
            e = weir_css_page_create(doc, &page);
        if (!e)
            e = weir_css_select(css, page, NULL, &nodes);
        done = e == WEIR_OK;
        weir_mem_fail_nth(0);
        if (!done)
            CHECK_INT(e, WEIR_E_NOMEM);
        else
            CHECK_INT(nodes.count, 1);
        weir_css_page_destroy(page);
        weir_css_destroy(css);
        weir_nodes_release(&nodes);
    }
    weir_doc_destroy(doc);
}
