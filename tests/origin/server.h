/* server.h - sockets, connections and pace. */
#ifndef ORIGIN_SERVER_H
#define ORIGIN_SERVER_H

#include "origin.h"

#include <uv.h>

struct server;

/* NULL = no memory. The loop and the origin outlive the server. */
struct server *server_create(uv_loop_t *loop, struct origin *origin);
/* Listens on "ADDR:PORT", "ADDR-ADDR:PORT" (every address of the range) or
 * "[ADDR6]:PORT"; loopback only. Port 0 takes a free one, the same for a whole
 * range. False with a text in why. *port is the one that was taken. */
bool server_listen(struct server *s, const char *where, int *port, char *why,
                   size_t why_size);
/* Closes all sockets; the loop then runs empty. */
void server_close(struct server *s);
void server_destroy(struct server *s); /* once the loop has run empty */

#endif
