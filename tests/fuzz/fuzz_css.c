/* Selectors: any bytes give an answer or an error; what a selector finds comes
 * in document order; and with :not() of it that is every element, once. */
#include "doc/css.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static const char html[] =
    "<!DOCTYPE html><html lang=en><title>t</title><body class='a b' id=x>"
    "<ul><li class=a>one<li class='b a' id=y>two<b>three</b><li data-a='en-x'>"
    "<a href=/ title=\"it's\">four</a></ul><p>five<i></i><p lang=de-CH>six"
    "<form><fieldset disabled><legend><input></legend><input type=radio>"
    "</fieldset><select><option selected>1<option>2</select></form>"
    "<svg viewBox='0 0 1 1'><linearGradient /><a xlink:href=#>x</a></svg>"
    "<template><p></template><div><div><div><p class=\xC3\xA9></div></div>";

static void require(bool holds) {
    if (!holds)
        abort();
}

/* Marks what the selector finds in seen[], by place among all elements. */
static bool find(struct weir_str selector, const struct weir_doc *doc,
                 const struct weir_nodes *all, unsigned char *seen) {
    struct weir_error error;
    struct weir_css *css;
    struct weir_css_page *page;
    struct weir_nodes found;
    size_t column = 0, at = 0;
    if (weir_css_compile(selector, &css, &column, &error)) {
        require(column >= 1 && column <= selector.n + 1);
        require(error.message[0] != '\0');
        return false;
    }
    weir_nodes_init(&found);
    require(weir_css_page_create(doc, &page) == WEIR_OK);
    require(weir_css_select(css, page, NULL, &found) == WEIR_OK);
    for (size_t i = 0; i < found.count; i++) {
        while (at < all->count && all->at[at] != found.at[i])
            at++;
        require(at < all->count);
        seen[at++]++;
    }
    /* Below the body too, for what depends on the context. */
    require(weir_css_select(css, page, all->at[3], &found) == WEIR_OK);
    weir_css_page_destroy(page);
    weir_css_destroy(css);
    weir_nodes_release(&found);
    return true;
}

/* before + selector + after */
static bool find_around(const char *before, struct weir_str selector,
                        const char *after, const struct weir_doc *doc,
                        const struct weir_nodes *all, unsigned char *seen) {
    struct weir_buf b;
    bool valid;
    weir_buf_init(&b, 0);
    weir_buf_z(&b, before);
    weir_buf_str(&b, selector);
    weir_buf_z(&b, after);
    valid = find(weir_buf_view(&b), doc, all, seen);
    weir_buf_release(&b);
    return valid;
}

static void check(struct weir_str selector, const struct weir_doc *doc,
                  const struct weir_nodes *all) {
    unsigned char seen[256] = {0}, ignored[256] = {0};
    require(all->count > 20 && all->count < sizeof seen);
    if (!find(selector, doc, all, seen))
        return;
    /* Where a comma at the end is no mistake, something is still open that
     * would swallow the bracket. */
    if (find_around("", selector, ",", doc, all, ignored) ||
        !find_around(":not(", selector, ")", doc, all, seen))
        return;
    for (size_t i = 0; i < all->count; i++)
        require(seen[i] == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_doc *doc;
    struct weir_css *any;
    struct weir_css_page *page;
    struct weir_nodes all;
    weir_nodes_init(&all);
    require(weir_doc_parse(WEIR_STR(html), NULL, &doc, NULL) == WEIR_OK);
    require(weir_css_compile(WEIR_STR("*"), &any, NULL, NULL) == WEIR_OK);
    require(weir_css_page_create(doc, &page) == WEIR_OK);
    require(weir_css_select(any, page, NULL, &all) == WEIR_OK);
    check(weir_str_make((const char *)data, size), doc, &all);
    weir_css_page_destroy(page);
    weir_css_destroy(any);
    weir_doc_destroy(doc);
    weir_nodes_release(&all);
    return 0;
}
