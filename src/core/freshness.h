/* freshness.h - what may be stored and for how long it answers: RFC 9111 for a
 * private cache, with explicit lifetimes only.
 *
 * Pure functions on header blocks (core/headers.h) and wall-clock seconds.
 * Nothing heuristic: a response without max-age and Expires is stale at once,
 * and is revalidated when it has a validator. The key of a stored response is
 * method, URL and weir_freshness_vary.
 *
 *     struct weir_exchange x = {.method = WEIR_STR("GET"), .status = 200,
 *                               .request = sent, .response = head,
 *                               .request_time = t0, .response_time = t1};
 *     struct weir_freshness f;
 *     weir_freshness_judge(&f, &x);
 *     if (f.storable)
 *         ... keep it, with f
 *     if (weir_freshness_fresh(&f, now))
 *         ... it answers
 *     else if (weir_validators_read(&v, head, now))
 *         ... ask with v.etag and v.last_modified; after a 304:
 *         weir_freshness_merge(head, its_head, &updated);
 *         ... and judge again, with the stored status and its times
 */
#ifndef WEIR_CORE_FRESHNESS_H
#define WEIR_CORE_FRESHNESS_H

#include "core/headers.h"

/* Response directives of Cache-Control (RFC 9111 section 5.2.2). Of a directive
 * that comes twice the first counts; times are seconds, -1 = not there, and at
 * most 2^31 (section 1.2.2). no-cache and private with field names count like
 * those without (which the RFC expects of many caches). A time that is not a
 * number counts as 0: stale (section 4.2.1). */
struct weir_cache_control {
    bool no_store, no_cache, must_revalidate, must_understand;
    bool is_public, is_private, immutable;
    int64_t max_age, s_maxage, stale_if_error;
};
void weir_cache_control_read(struct weir_cache_control *c,
                             struct weir_str head);

struct weir_exchange {
    struct weir_str method;
    int status;
    struct weir_str request;             /* header block as sent */
    struct weir_str response;            /* header block as received */
    int64_t request_time, response_time; /* wall clock, seconds */
};

struct weir_freshness {
    bool storable;    /* section 3; else the rest is of no use */
    bool ask_always;  /* no-cache, Vary: * */
    bool never_stale; /* must-revalidate */
    int64_t response_time;
    int64_t initial_age;    /* at response_time, >= 0 */
    int64_t lifetime;       /* seconds, >= 0 */
    int64_t stale_if_error; /* RFC 5861: for so long after it; 0 = not */
};

/* Sections 3, 4.2. Never fails: what cannot be read makes it stale. Only GET is
 * stored, only final statuses, never 206 and 304: what was made whole out of
 * parts is judged with the status 200. Authorization in the request forbids
 * nothing to a private cache (section 3.5), but see weir_freshness_vary. */
void weir_freshness_judge(struct weir_freshness *f,
                          const struct weir_exchange *x);
/* Current age (section 4.2.3), never negative, whatever the clock did. */
int64_t weir_freshness_age(const struct weir_freshness *f, int64_t now);
/* It answers without asking. */
bool weir_freshness_fresh(const struct weir_freshness *f, int64_t now);
/* It may answer when asking failed: fresh, or allowed by stale-if-error. */
bool weir_freshness_usable_on_error(const struct weir_freshness *f,
                                    int64_t now);
/* The first second at which it is stale, INT64_MIN when it always is. */
int64_t weir_freshness_until(const struct weir_freshness *f);

/* The secondary key (section 4.1): for each field that `response` names in Vary
 * "name:values of `request`\n", white space evened out. Authorization always
 * counts as named, so that the answer to one user never goes to another. A
 * request matches a stored response when its text, made with the stored
 * response's block, equals the one made with the original request. The text may
 * hold secrets: hash it before it is stored. Nothing is appended when nothing
 * is named. *matches_none: Vary has "*", so no request ever matches.
 * WEIR_E_NOMEM or WEIR_E_LIMIT, and then nothing is appended. */
enum weir_err weir_freshness_vary(struct weir_str response,
                                  struct weir_str request, struct weir_buf *out,
                                  bool *matches_none);

/* The header block to store: `head` without what belongs to one connection
 * (section 3.1). This and the next: errors as above. */
enum weir_err weir_freshness_put_storable(struct weir_str head,
                                          struct weir_buf *out);
/* The stored block after a 304 (sections 3.2 and 4.3.4): its fields replace
 * those of the same name, new ones come after. Kept as stored, since the stored
 * body depends on them: Content-Length, Content-Encoding, Content-Range. */
enum weir_err weir_freshness_merge(struct weir_str stored,
                                   struct weir_str update,
                                   struct weir_buf *out);

/* Validators (RFC 9110 section 8.8), borrowed from the block; empty = none. */
struct weir_validators {
    struct weir_str etag;          /* as received, W/ and quotes included */
    struct weir_str last_modified; /* as received */
    bool etag_strong;              /* well-formed and without W/ */
    bool last_modified_strong;     /* section 8.8.2.2: Date is a second later */
};
/* False if there are none. Values with bytes that no header may carry and dates
 * that are none do not count. `now` as for weir_httpdate_parse. */
bool weir_validators_read(struct weir_validators *v, struct weir_str head,
                          int64_t now);
/* The value for If-Range (section 13.1.5), with which a partial body may be
 * continued: a strong entity tag, or, only if there is no entity tag at all, a
 * strong date. False: it must be fetched anew. */
bool weir_validators_if_range(const struct weir_validators *v,
                              struct weir_str *value);
/* Do a stored response and a newer one have the same strong validator, so that
 * their bytes may be put together (RFC 9111 section 3.4)? */
bool weir_validators_same(const struct weir_validators *a,
                          const struct weir_validators *b);

#endif
