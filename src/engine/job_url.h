/* job_url.h - URLs that a job makes, and which of them it may follow. Pure. */
#ifndef WEIR_ENGINE_JOB_URL_H
#define WEIR_ENGINE_JOB_URL_H

#include "core/job.h"
#include "core/url.h"

/* Appends the URL (absolute, its fragment dropped) with the query parameter set
 * to the value, in place of what it had. WEIR_E_NOMEM. */
enum weir_err weir_job_url_set(struct weir_str url, struct weir_str name,
                               struct weir_str value, struct weir_buf *out);

/* The URL of the nth page (from 1) of a counter or offset whose first page was
 * entered as `first`: absolute. WEIR_E_INVALID: the template makes none. */
enum weir_err weir_job_url_number(const struct weir_next *next,
                                  struct weir_str first, uint64_t n,
                                  struct weir_buf *out,
                                  struct weir_error *error);

/* The URL lies in the scope around base: its host, its registrable domain, its
 * folder, anywhere. */
bool weir_job_url_in_scope(enum weir_scope scope, const struct weir_url *base,
                           const struct weir_url *url);

#endif
