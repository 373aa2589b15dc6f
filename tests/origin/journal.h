/* journal.h - what arrived, when, and how many at once.
 *
 * One JSON object a line. An arrival:
 *
 *     {"ev":"start","n":7,"t":123456789,"conn":3,"local":"127.0.0.1:8080",
 *      "host":"a.test:8080","method":"GET","target":"/x","inflight":4,
 *      "inflight_host":2,"inflight_local":4,"headers":[["Range","bytes=5-"]]}
 *
 * and its end, outcome "done", "cut" (the fault that was asked for), "gone"
 * (the client left) or "refused" (400 and the like):
 *
 *     {"ev":"end","n":7,"t":123460000,"conn":3,"status":206,"bytes":95,
 *      "outcome":"done"}
 *
 * t is CLOCK_MONOTONIC in nanoseconds, the same clock for all processes of the
 * machine. The counts include the arrival itself. Without a file the journal
 * only numbers the requests. Lines wait in memory until the loop is idle. */
#ifndef ORIGIN_JOURNAL_H
#define ORIGIN_JOURNAL_H

#include "request.h"

struct journal;
struct journal_entry; /* one request under way */

/* path NULL: no file. all_headers: every header, not only those of interest.
 * NULL: no memory, or the file cannot be written (errno). */
struct journal *journal_create(const char *path, bool all_headers);
void journal_destroy(struct journal *j);
bool journal_is_on(const struct journal *j);

/* NULL if the journal is off or there is no memory. */
struct journal_entry *journal_start(struct journal *j, uint64_t now,
                                    uint64_t conn, const char *local,
                                    const struct request *q);
void journal_end(struct journal *j, struct journal_entry *e, uint64_t now,
                 int status, uint64_t bytes, const char *outcome);
void journal_flush(struct journal *j);
/* Empties the file. */
void journal_clear(struct journal *j);
/* The file's descriptor, opened again for reading; -1 if it is off. */
int journal_open(struct journal *j, uint64_t *size);

#endif
