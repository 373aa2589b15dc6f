/* The demo sites: what the quickstart, the examples and the tests download.
 * Everything is made when it is asked for, and the same for ever.
 *
 *     /demo/                      what there is
 *     /demo/list.txt              the absolute URLs of a small site
 *     /demo/podcast/...           an archive of episodes (demo_podcast.c)
 *     /demo/tiles/{z}/{x}/{y}.png map tiles; oceans repeat, some are missing
 *     /demo/avatars/N.png
 *     /demo/api/users?page=P      JSON until empty, with Link headers
 *     /demo/api/players, /demo/players/N
 *     /demo/weather?lat=&lon=     JSON: current.temp, current.text
 *     /demo/quotes/, /demo/quotes/page/P
 */
#include "demo.h"

#include "base/hash.h"

#include <stdio.h>

enum {
    EPOCH_2020 = 1577836800,
    TILE_SIZE = 256,
    AVATAR_SIZE = 80,
    LIST_EPISODES = 10,
    LIST_AVATARS = 20,
    LIST_ZOOM = 2
};

void demo_answer(struct call *c, struct weir_buf *b, const char *type) {
    char etag[32];
    snprintf(etag, sizeof etag, "\"%016llx\"",
             (unsigned long long)weir_hash(weir_buf_view(b)));
    reply_type(c->r, type);
    reply_take(c->r, b, 1);
    reply_conditional(c->r, c->q, etag, EPOCH_2020);
}

void demo_head(struct weir_buf *b, const char *title) {
    weir_buf_fmt(b,
                 "<!DOCTYPE html>\n<html lang=\"en\"><head>"
                 "<meta charset=\"utf-8\">\n<title>%s</title>\n</head>\n"
                 "<body>\n",
                 title);
}

const char *demo_person(uint64_t n) {
    static const char *const names[] = {
        "Ada Lovelace",      "Alan Turing",     "Annie Easley",
        "Barbara Liskov",    "Edsger Dijkstra", "Émilie du Châtelet",
        "Grace Hopper",      "Hedy Lamarr",     "Joan Clarke",
        "Katherine Johnson", "Niklaus Wirth",   "Radia Perlman"};
    return names[n % (sizeof names / sizeof *names)];
}

static uint64_t mix(uint64_t a, uint64_t b, uint64_t c) {
    char bytes[8];
    uint64_t h = 0;
    deterministic_bytes(a * 1000003 + b * 10007 + c, 0, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        h = h << 8 | (unsigned char)bytes[i];
    return h;
}

/* --- images --- */

static bool is_ocean(uint64_t z, uint64_t x, uint64_t y) {
    return mix(z, x, y) % 10 < 3;
}

bool demo_has_tile(uint64_t z, uint64_t x, uint64_t y) {
    return z <= 22 && x < (uint64_t)1 << z && y < (uint64_t)1 << z &&
           (is_ocean(z, x, y) || mix(z, x, y) % 37 != 5);
}

/* Fields with roads between them; 3 is the frame. */
static unsigned land(uint32_t x, uint32_t y, uint64_t data) {
    if (x == 0 || y == 0)
        return 3;
    if ((x + data % 64) % 64 < 3 || (y + data / 64 % 64) % 64 < 3)
        return 2;
    return (data >> (x / 32 + y / 32) & 1) != 0;
}

static unsigned water(uint32_t x, uint32_t y, uint64_t data) {
    (void)data;
    return (x + 4 * (y / 8 % 2)) % 32 < 4 && y % 8 == 0;
}

/* rest: "z/x/y.png" */
static bool parse_tile(struct weir_str rest, uint64_t zxy[3]) {
    struct weir_str part, more = rest;
    if (!weir_str_ends(rest, WEIR_STR(".png")))
        return false;
    more.n -= 4;
    for (int i = 0; i < 3; i++) {
        weir_str_cut(more, '/', &part, &more);
        if (!weir_str_to_u64(part, &zxy[i]))
            return false;
    }
    return more.n == 0;
}

void demo_tile(struct call *c) {
    static const uint32_t sea[4] = {0xaad3df, 0xbde0ea, 0, 0};
    uint64_t zxy[3], h;
    struct weir_buf b;
    bool ok;
    if (!parse_tile(c->rest, zxy) || !demo_has_tile(zxy[0], zxy[1], zxy[2])) {
        reply_status(c->r, 404, "no such tile");
        return;
    }
    h = mix(zxy[0], zxy[1], zxy[2]);
    weir_buf_init(&b, DEMO_PAGE_MAX);
    if (is_ocean(zxy[0], zxy[1], zxy[2])) {
        ok = png_draw(&b, TILE_SIZE, sea, water, 0);
    } else {
        uint32_t green = 0xc8facc - (uint32_t)(h % 32) * 0x010101;
        const uint32_t colours[4] = {green, 0xf2efe9, 0xffffff, 0x999999};
        ok = png_draw(&b, TILE_SIZE, colours, land, h >> 8);
    }
    c->r->failed |= !ok;
    reply_header(c->r, "Cache-Control", "max-age=86400");
    demo_answer(c, &b, "image/png");
}

/* A pattern of 5 x 5 fields, left and right alike. */
static unsigned face(uint32_t x, uint32_t y, uint64_t data) {
    uint32_t column = x / (AVATAR_SIZE / 5), row = y / (AVATAR_SIZE / 5);
    if (column > 2)
        column = 4 - column;
    return data >> (column * 5 + row) & 1;
}

void demo_avatar(struct call *c) {
    struct weir_buf b;
    uint64_t n, h;
    if (!weir_str_ends(c->rest, WEIR_STR(".png"))) {
        reply_status(c->r, 404, "no such avatar");
        return;
    }
    c->rest.n -= 4;
    n = call_rest_number(c);
    h = mix(77, n, 0);
    const uint32_t colours[4] = {0xf0f0f0, (uint32_t)(h & 0xbfbfbf), 0, 0};
    weir_buf_init(&b, DEMO_PAGE_MAX);
    c->r->failed |= !png_draw(&b, AVATAR_SIZE, colours, face, h >> 24);
    demo_answer(c, &b, "image/png");
}

/* --- the index and the list --- */

static void answer_index(struct call *c) {
    struct weir_buf b;
    if (c->rest.n > 0) {
        reply_status(c->r, 404, "no such thing in the demo");
        return;
    }
    weir_buf_init(&b, DEMO_PAGE_MAX);
    demo_head(&b, "weir demo");
    weir_buf_z(&b,
               "<h1>Demo sites</h1>\n<ul>\n"
               "<li><a href=\"/demo/podcast/\">A podcast's archive</a></li>\n"
               "<li><a href=\"/demo/quotes/\">Quotes</a></li>\n"
               "<li><a href=\"/demo/api/users\">Users, as JSON</a></li>\n"
               "<li><a href=\"/demo/api/players\">Players, as JSON</a></li>\n"
               "<li><a href=\"/demo/weather?lat=54.3&amp;lon=10.1\">Weather"
               "</a></li>\n"
               "<li><a href=\"/demo/tiles/0/0/0.png\">Map tiles</a></li>\n"
               "<li><a href=\"/demo/list.txt\">A list of URLs</a></li>\n"
               "</ul>\n</body></html>\n");
    demo_answer(c, &b, "text/html; charset=utf-8");
}

static void put_url(struct call *c, struct weir_buf *b, const char *folder,
                    uint64_t n, const char *extension) {
    weir_buf_z(b, "http://");
    weir_buf_str(b, c->q->authority);
    weir_buf_fmt(b, "/demo/%s/%llu%s\n", folder, (unsigned long long)n,
                 extension);
}

static void put_tiles(struct call *c, struct weir_buf *b) {
    char folder[64];
    for (uint64_t x = 0; x < 1 << LIST_ZOOM; x++)
        for (uint64_t y = 0; y < 1 << LIST_ZOOM; y++) {
            if (!demo_has_tile(LIST_ZOOM, x, y))
                continue;
            snprintf(folder, sizeof folder, "tiles/%d/%llu", LIST_ZOOM,
                     (unsigned long long)x);
            put_url(c, b, folder, y, ".png");
        }
}

static void answer_list(struct call *c) {
    struct weir_buf b;
    uint64_t episodes = c->o->demo_episodes;
    weir_buf_init(&b, DEMO_PAGE_MAX);
    weir_buf_z(&b, "# The demo site: pages, audio, tiles and avatars.\n");
    for (uint64_t i = 0; i < LIST_EPISODES && i < episodes; i++) {
        put_url(c, &b, "podcast/episodes", episodes - i, "");
        put_url(c, &b, "podcast/audio", episodes - i, ".mp3");
    }
    for (uint64_t i = 1; i <= DEMO_QUOTE_PAGES; i++)
        put_url(c, &b, "quotes/page", i, "");
    for (uint64_t i = 1; i <= LIST_AVATARS; i++)
        put_url(c, &b, "avatars", i, ".png");
    put_tiles(c, &b);
    demo_answer(c, &b, "text/plain; charset=utf-8");
}

const struct behaviour behaviours_demo[] = {{"/demo/list.txt", answer_list},
                                            {"/demo/podcast/", demo_podcast},
                                            {"/demo/tiles/", demo_tile},
                                            {"/demo/avatars/", demo_avatar},
                                            {"/demo/api/users", demo_users},
                                            {"/demo/api/users/", demo_users},
                                            {"/demo/api/players", demo_players},
                                            {"/demo/players/", demo_player},
                                            {"/demo/weather", demo_weather},
                                            {"/demo/quotes/", demo_quotes},
                                            {"/demo/", answer_index},
                                            {NULL, NULL}};
