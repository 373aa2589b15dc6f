/* The demo sites.
 *
 *     /demo/   what there is
 */
#include "origin.h"

static void answer_index(struct call *c) {
    reply_type(c->r, "text/html; charset=utf-8");
    reply_fmt(c->r, "<!DOCTYPE html><title>Demo</title><h1>Demo</h1>\n");
}

const struct behaviour behaviours_demo[] = {{"/demo/", answer_index},
                                            {NULL, NULL}};
