/* The smaller demo sites: users, players, weather, quotes. */
#include "demo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { USERS_A_PAGE = 20, QUOTES_A_PAGE = 10 };

static void put_user(struct weir_buf *b, uint64_t id) {
    weir_buf_fmt(b,
                 "{\"id\":%llu,\"login\":\"user%llu\",\"name\":\"%s\","
                 "\"avatar_url\":\"/demo/avatars/%llu.png\","
                 "\"url\":\"/demo/api/users/%llu\"}",
                 (unsigned long long)id, (unsigned long long)id,
                 demo_person(id), (unsigned long long)id,
                 (unsigned long long)id);
}

/* RFC 8288, as GitHub's API has it. */
static void put_links(struct call *c, uint64_t page, uint64_t pages) {
    if (page < pages)
        reply_header(c->r, "Link",
                     "</demo/api/users?page=%llu>; rel=\"next\", "
                     "</demo/api/users?page=%llu>; rel=\"last\"",
                     (unsigned long long)page + 1, (unsigned long long)pages);
}

static void answer_user(struct call *c) {
    struct weir_buf b;
    uint64_t id;
    c->rest = weir_str_sub(c->path, sizeof "/demo/api/users/" - 1, c->path.n);
    id = call_rest_number(c);
    if (c->bad || id < 1 || id > DEMO_USERS) {
        c->bad = false;
        reply_status(c->r, 404, "no such user");
        return;
    }
    weir_buf_init(&b, DEMO_PAGE_MAX);
    put_user(&b, id);
    weir_buf_byte(&b, '\n');
    demo_answer(c, &b, "application/json");
}

static void answer_user_page(struct call *c) {
    uint64_t page = call_number(c, "page", 1);
    uint64_t pages = (DEMO_USERS + USERS_A_PAGE - 1) / USERS_A_PAGE;
    uint64_t first = (page - 1) * USERS_A_PAGE;
    struct weir_buf b;
    if (page == 0) {
        c->bad = true;
        return;
    }
    weir_buf_init(&b, DEMO_PAGE_MAX);
    weir_buf_byte(&b, '[');
    for (uint64_t i = 0; i < USERS_A_PAGE && page <= pages; i++) {
        if (first + i >= DEMO_USERS)
            break;
        weir_buf_z(&b, i ? ",\n" : "");
        put_user(&b, first + i + 1);
    }
    weir_buf_z(&b, "]\n");
    put_links(c, page, pages);
    demo_answer(c, &b, "application/json");
}

void demo_users(struct call *c) {
    if (weir_str_starts(c->path, WEIR_STR("/demo/api/users/")))
        answer_user(c);
    else
        answer_user_page(c);
}

void demo_players(struct call *c) {
    struct weir_buf b;
    weir_buf_init(&b, DEMO_PAGE_MAX);
    weir_buf_z(&b, "{\"players\":[");
    for (unsigned id = 1; id <= DEMO_PLAYERS; id++)
        weir_buf_fmt(&b,
                     "%s{\"id\":%u,\"name\":\"%s\",\"url\":"
                     "\"/demo/players/%u\"}",
                     id > 1 ? ",\n" : "", id, demo_person(id), id);
    weir_buf_z(&b, "]}\n");
    demo_answer(c, &b, "application/json");
}

void demo_player(struct call *c) {
    static const char *const positions[] = {"Goal", "Defence", "Midfield",
                                            "Forward"};
    uint64_t id = call_rest_number(c);
    struct weir_buf b;
    if (c->bad || id < 1 || id > DEMO_PLAYERS) {
        c->bad = false;
        reply_status(c->r, 404, "no such player");
        return;
    }
    weir_buf_init(&b, DEMO_PAGE_MAX);
    demo_head(&b, demo_person(id));
    weir_buf_fmt(&b,
                 "<h1 class=\"name\">%s</h1>\n<p>No. <span class=\"number\">"
                 "%u</span>, <span class=\"position\">%s</span></p>\n"
                 "<table class=\"stats\"><thead><tr><th>Season</th><th>Games"
                 "</th><th>Goals</th></tr></thead>\n<tbody>\n",
                 demo_person(id), (unsigned)id, positions[id % 4]);
    for (unsigned year = 2021; year <= 2025; year++)
        weir_buf_fmt(&b,
                     "<tr><td class=\"season\">%u</td><td class=\"games\">%u"
                     "</td><td class=\"goals\">%u</td></tr>\n",
                     year, (unsigned)(20 + (id * year) % 15),
                     (unsigned)((id * 3 + year) % 21));
    weir_buf_z(&b, "</tbody></table>\n</body></html>\n");
    demo_answer(c, &b, "text/html; charset=utf-8");
}

/* A decimal number between -limit and limit. */
static bool coordinate(struct call *c, const char *name, double limit,
                       double *out) {
    struct weir_buf b;
    char *end;
    bool ok;
    weir_buf_init(&b, 64);
    ok = call_get(c, name, &b) && b.len > 0;
    *out = strtod(b.p, &end);
    ok = ok && *end == '\0' && fabs(*out) <= limit;
    weir_buf_release(&b);
    return ok;
}

void demo_weather(struct call *c) {
    static const char *const texts[] = {"sunny", "light rain", "overcast",
                                        "snow", "fog"};
    double lat, lon, temperature;
    uint64_t n;
    if (!coordinate(c, "lat", 90, &lat) || !coordinate(c, "lon", 180, &lon)) {
        c->bad = true;
        return;
    }
    n = call_count(c);
    temperature = 30 - fabs(lat) / 2 + sin(lon + (double)n / 10) * 3;
    reply_type(c->r, "application/json");
    reply_header(c->r, "Cache-Control", "no-store");
    reply_fmt(c->r,
              "{\"location\":{\"lat\":%.6f,\"lon\":%.6f},\"current\":"
              "{\"temp\":%.1f,\"text\":\"%s\",\"reading\":%llu}}\n",
              lat, lon, temperature, texts[(n / 5 + (uint64_t)fabs(lon)) % 5],
              (unsigned long long)n);
}

static void put_quote(struct weir_buf *b, uint64_t n) {
    static const char *const starts[] = {"Simplicity", "A good name",
                                         "Every cache", "Patience", "An error"};
    static const char *const ends[] = {
        "is hard to get right", "outlives its author", "is a promise",
        "tells you where it hurts", "costs nothing until it does"};
    weir_buf_fmt(b,
                 "<div class=\"quote\"><span class=\"text\">“%s %s.”</span>\n"
                 "<span>by <small class=\"author\">%s</small></span>\n"
                 "<div class=\"tags\"><a class=\"tag\" href=\"#\">tag%llu</a> "
                 "<a class=\"tag\" href=\"#\">wisdom</a></div></div>\n",
                 starts[n % 5], ends[n / 5 % 5], demo_person(n),
                 (unsigned long long)n % 7);
}

void demo_quotes(struct call *c) {
    struct weir_str prefix = WEIR_STR("page/");
    uint64_t page = 1;
    struct weir_buf b;
    if (weir_str_starts(c->rest, prefix)) {
        c->rest = weir_str_sub(c->rest, prefix.n, c->rest.n);
        page = call_rest_number(c);
    } else if (c->rest.n > 0) {
        page = 0;
    }
    if (c->bad || page < 1 || page > DEMO_QUOTE_PAGES) {
        c->bad = false;
        reply_status(c->r, 404, "no such page");
        return;
    }
    weir_buf_init(&b, DEMO_PAGE_MAX);
    demo_head(&b, "Quotes");
    for (uint64_t i = 0; i < QUOTES_A_PAGE; i++)
        put_quote(&b, (page - 1) * QUOTES_A_PAGE + i);
    if (page < DEMO_QUOTE_PAGES)
        weir_buf_fmt(&b,
                     "<ul class=\"pager\"><li class=\"next\"><a href=\"/demo/"
                     "quotes/page/%llu\">Next</a></li></ul>\n",
                     (unsigned long long)page + 1);
    weir_buf_z(&b, "</body></html>\n");
    demo_answer(c, &b, "text/html; charset=utf-8");
}
