/* Paginated listings, to prove paginations against.
 *
 *     /listing?page=N | offset=N | cursor=cN | /listing/N     the Nth page,
 * from 1 of=100      pages that there are; 0: there is no end items=5     on
 * each of them as=html     or json next=select a.next in html; rel: <link
 * rel=next>; header: Link:; cursor, url: members of the JSON; none beyond=empty
 * what lies behind the last page: empty, 404, repeat (the last page again, with
 * a link to the next) loop=K      the last page's next link leads back to page
 * K fail=K      page K answers 500 short=K     page K is cut short, but says it
 * is whole /listing/item/ID  the detail page of an item
 */
#include "demo.h"

#include <string.h>

struct listing {
    uint64_t page, of, items, loop, fail, cut;
    bool json, beyond, repeats;
    char next[16];
};

static void read_word(struct call *c, const char *name, char *out,
                      size_t size) {
    struct weir_buf b;
    weir_buf_init(&b, size - 1);
    if (call_get(c, name, &b))
        memcpy(out, b.p, b.len + 1);
    weir_buf_release(&b);
}

/* Which page is asked for, in whatever way. */
static uint64_t asked_page(struct call *c, uint64_t items) {
    struct weir_buf b;
    uint64_t n = 1;
    weir_buf_init(&b, 64);
    if (c->rest.n > 0 && c->rest.p[0] == '/') {
        weir_str_to_u64(weir_str_sub(c->rest, 1, c->rest.n), &n);
    } else if (call_has(c, "offset")) {
        n = call_number(c, "offset", 0) / (items ? items : 1) + 1;
    } else if (call_get(c, "cursor", &b) && b.len > 1) {
        weir_str_to_u64(weir_str_make(b.p + 1, b.len - 1), &n);
    } else {
        n = call_number(c, "page", 1);
    }
    weir_buf_release(&b);
    return n;
}

/* The query of another page: what is asked for now, but for the page. */
static void put_query(struct call *c, struct weir_buf *b, uint64_t page) {
    struct weir_str rest = c->query, pair;
    weir_buf_fmt(b, "/listing?page=%llu", (unsigned long long)page);
    while (rest.n > 0) {
        weir_str_cut(rest, '&', &pair, &rest);
        if (pair.n > 0 && !weir_str_starts(pair, WEIR_STR("page=")) &&
            !weir_str_starts(pair, WEIR_STR("cursor=")) &&
            !weir_str_starts(pair, WEIR_STR("offset=")))
            weir_buf_fmt(b, "&%.*s", WEIR_STR_ARG(pair));
    }
}

static uint64_t next_page(const struct listing *l) {
    if (l->page == l->of && l->loop)
        return l->loop;
    if (l->of && l->page >= l->of && !l->repeats)
        return 0;
    return l->page + 1;
}

static uint64_t first_item(const struct listing *l) {
    uint64_t page = l->repeats && l->beyond ? l->of : l->page;
    return (page - 1) * l->items + 1;
}

static void put_html(struct call *c, const struct listing *l,
                     struct weir_buf *b) {
    uint64_t next = next_page(l), id = first_item(l);
    demo_head(b, "A listing");
    for (uint64_t i = 0; i < l->items && (!l->beyond || l->repeats); i++, id++)
        weir_buf_fmt(
            b,
            "<article class=\"item\"><h2><a href=\"/listing/item/%llu\">"
            "Item %llu</a></h2></article>\n",
            (unsigned long long)id, (unsigned long long)id);
    if (next && strcmp(l->next, "select") == 0) {
        weir_buf_z(b, "<a class=\"next\" href=\"");
        put_query(c, b, next);
        weir_buf_z(b, "\">more</a>\n");
    } else if (next && strcmp(l->next, "rel") == 0) {
        weir_buf_z(b, "<link rel=\"next\" href=\"");
        put_query(c, b, next);
        weir_buf_z(b, "\">\n");
    }
    weir_buf_z(b, "</body></html>\n");
}

static void put_json(struct call *c, const struct listing *l,
                     struct weir_buf *b) {
    uint64_t next = next_page(l), id = first_item(l);
    weir_buf_z(b, "{\"items\":[");
    for (uint64_t i = 0; i < l->items && (!l->beyond || l->repeats); i++, id++)
        weir_buf_fmt(b, "%s{\"id\":%llu,\"name\":\"Item %llu\"}", i ? "," : "",
                     (unsigned long long)id, (unsigned long long)id);
    weir_buf_byte(b, ']');
    if (next && strcmp(l->next, "cursor") == 0)
        weir_buf_fmt(b, ",\"cursor\":\"c%llu\"", (unsigned long long)next);
    if (next && strcmp(l->next, "url") == 0) {
        weir_buf_z(b, ",\"next\":\"");
        put_query(c, b, next);
        weir_buf_byte(b, '"');
    }
    if (l->page == l->cut) /* in the middle of its last member */
        weir_buf_z(b, ",\"more\":\"");
    else
        weir_buf_z(b, "}\n");
}

static void put_header(struct call *c, const struct listing *l) {
    uint64_t next = next_page(l);
    struct weir_buf b;
    if (!next || strcmp(l->next, "header") != 0)
        return;
    weir_buf_init(&b, 1024);
    put_query(c, &b, next);
    reply_header(c->r, "Link", "<%s>; rel=\"next\"", b.p);
    weir_buf_release(&b);
}

static void answer_item(struct call *c, uint64_t id) {
    struct weir_buf b;
    weir_buf_init(&b, DEMO_PAGE_MAX);
    demo_head(&b, "An item");
    weir_buf_fmt(&b,
                 "<h1>Item %llu</h1><p class=\"owner\">%s</p>\n"
                 "</body></html>\n",
                 (unsigned long long)id, demo_person(id));
    demo_answer(c, &b, "text/html; charset=utf-8");
}

static void answer_listing(struct call *c) {
    struct listing l = {.of = call_number(c, "of", 100),
                        .items = call_number(c, "items", 5),
                        .loop = call_number(c, "loop", 0),
                        .fail = call_number(c, "fail", 0),
                        .cut = call_number(c, "short", 0),
                        .next = "select"};
    char as[16] = "html", beyond[16] = "empty";
    struct weir_buf b;
    read_word(c, "as", as, sizeof as);
    read_word(c, "beyond", beyond, sizeof beyond);
    read_word(c, "next", l.next, sizeof l.next);
    l.page = asked_page(c, l.items);
    l.json = strcmp(as, "json") == 0;
    l.beyond = l.of > 0 && l.page > l.of;
    l.repeats = strcmp(beyond, "repeat") == 0;
    if (l.fail && l.page == l.fail) {
        reply_status(c->r, 500, "this page fails");
        return;
    }
    if (l.beyond && strcmp(beyond, "404") == 0) {
        reply_status(c->r, 404, "no such page");
        return;
    }
    weir_buf_init(&b, DEMO_PAGE_MAX);
    if (l.json)
        put_json(c, &l, &b);
    else
        put_html(c, &l, &b);
    put_header(c, &l);
    demo_answer(c, &b,
                l.json ? "application/json" : "text/html; charset=utf-8");
}

static void answer_listings(struct call *c) {
    struct weir_str rest = c->path;
    uint64_t id;
    if (weir_str_starts(rest, WEIR_STR("/listing/item/"))) {
        rest = weir_str_sub(rest, sizeof "/listing/item/" - 1, rest.n);
        if (weir_str_to_u64(rest, &id))
            answer_item(c, id);
        else
            c->bad = true;
        return;
    }
    c->rest = weir_str_sub(rest, sizeof "/listing" - 1, rest.n);
    answer_listing(c);
}

const struct behaviour behaviours_listing[] = {{"/listing", answer_listings},
                                               {"/listing/", answer_listings},
                                               {NULL, NULL}};
