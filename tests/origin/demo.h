/* demo.h - what the demo sites share. */
#ifndef ORIGIN_DEMO_H
#define ORIGIN_DEMO_H

#include "origin.h"

enum {
    DEMO_PAGE_MAX = 4 << 20,
    DEMO_QUOTE_PAGES = 5,
    DEMO_USERS = 95,
    DEMO_PLAYERS = 30
};

/* Answers with the bytes of b (taken) and validators made of them. */
void demo_answer(struct call *c, struct weir_buf *b, const char *type);
/* The head of an HTML page up to <body>. */
void demo_head(struct weir_buf *b, const char *title);
/* A name out of a number, the same for ever. */
const char *demo_person(uint64_t n);

bool demo_has_tile(uint64_t z, uint64_t x, uint64_t y);
void demo_tile(struct call *c);
void demo_avatar(struct call *c);
void demo_podcast(struct call *c);
void demo_users(struct call *c);
void demo_players(struct call *c);
void demo_player(struct call *c);
void demo_weather(struct call *c);
void demo_quotes(struct call *c);

/* png.c: appends a PNG image of size x size pixels in at most four colours
 * (0xRRGGBB); pixel() says which. */
bool png_draw(struct weir_buf *out, uint32_t size, const uint32_t colours[4],
              unsigned (*pixel)(uint32_t x, uint32_t y, uint64_t data),
              uint64_t data);

#endif
