/* origin.h - the origin's state and its behaviours.
 *
 * A behaviour is chosen by the path, configured by the query and fills in a
 * reply. What it remembers between requests are named counters. */
#ifndef ORIGIN_ORIGIN_H
#define ORIGIN_ORIGIN_H

#include "journal.h"
#include "reply.h"
#include "request.h"

struct weir_map;
struct script;

struct origin {
    const char *root;      /* document root, NULL = none */
    struct script *script; /* rules, NULL = none */
    struct journal *journal;
    struct weir_map *counters;
    uint64_t demo_episodes;
    uint64_t demo_page_bytes;         /* episode pages are at least that long */
    uint64_t delay_ms;                /* before every answer */
    bool close, silent_close, http10; /* for every answer */
};

/* Fills in the answer; q's path may begin with /delay/MS. */
void origin_answer(struct origin *o, const struct request *q, struct reply *r);
/* Counts up and returns the new value (1 at first); 0 = no memory. */
uint64_t origin_count(struct origin *o, struct weir_str key);
void origin_forget_counters(struct origin *o);
/* Forgets counters, rule hits and journal. */
void origin_forget(struct origin *o);
int64_t origin_wall(void); /* seconds since the epoch */

/* A call of a behaviour. */
struct call {
    struct origin *o;
    const struct request *q;
    struct weir_str path; /* without /delay/MS */
    struct weir_str rest; /* of the path, after the behaviour's name */
    struct weir_str query;
    struct reply *r;
    uint64_t delay_ms; /* MS of /delay/MS */
    bool bad;          /* a parameter is not well-formed */
};

struct behaviour {
    const char *prefix; /* "/bytes/" takes everything below, "/echo" itself */
    void (*answer)(struct call *c);
};

/* Tables that end with a NULL prefix, one for each file of behaviours. */
extern const struct behaviour behaviours_plain[];
extern const struct behaviour behaviours_fault[];
extern const struct behaviour behaviours_state[];
extern const struct behaviour behaviours_listing[];
extern const struct behaviour behaviours_demo[];

/* Parameters of a call. */
uint64_t call_number(struct call *c, const char *name, uint64_t otherwise);
bool call_has(struct call *c, const char *name);
/* Appends the decoded value; false if there is none. */
bool call_get(struct call *c, const char *name, struct weir_buf *out);
/* The path's rest as a number. */
uint64_t call_rest_number(struct call *c);
/* Counts this call under the parameter `key` (else the target itself). */
uint64_t call_count(struct call *c);

/* The entity tag that the parameter etag= asks for: none (NULL), weak, a TAG,
 * or by default one of kind, length and seed. */
enum { ETAG_SIZE = 160 };
const char *call_etag(struct call *c, const char *kind, uint64_t n,
                      uint64_t seed, char out[ETAG_SIZE]);

/* A file below o->root (files.c); 404 and 405 included. */
void answer_file(struct call *c);

/* script.c: rules that send targets to behaviours. */
struct script *script_load(const char *path, char *why, size_t why_size);
void script_destroy(struct script *s);
/* The target that answers instead, p == NULL if no rule matches. */
struct weir_str script_match(struct script *s, const struct request *q);
void script_forget(struct script *s);

#endif
