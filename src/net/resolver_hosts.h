/* resolver_hosts.h - /etc/hosts, and the search list of /etc/resolv.conf.
 *
 * c-ares would read the hosts file for every question; here it is read once
 * and again when its time, size or inode changed, looked at most once a
 * second. A file that cannot be read holds no names. Reading is bounded (16
 * MiB, the rest is ignored) and happens on the loop's thread: with a block list
 * of 100,000 names some 20 ms, once.
 */
#ifndef WEIR_NET_RESOLVER_HOSTS_H
#define WEIR_NET_RESOLVER_HOSTS_H

#include "net/resolver_ip.h"

struct weir_hosts;

/* Reads nothing yet. NULL = no memory. */
struct weir_hosts *weir_hosts_create(const char *path);
void weir_hosts_destroy(struct weir_hosts *h);
/* Reads the file again if it is time (now in ns) and it changed. */
void weir_hosts_refresh(struct weir_hosts *h, int64_t now);
/* Replaces the names by those of this text (hosts(5)): WEIR_E_NOMEM leaves
 * none. */
enum weir_err weir_hosts_parse(struct weir_hosts *h, struct weir_str text);
/* All addresses of a name in lower case without final dot, in the file's
 * order; false = not in the file. */
bool weir_hosts_find(const struct weir_hosts *h, struct weir_str name,
                     struct weir_ip_set *out);

enum { WEIR_SEARCH_MAX = 6 }; /* resolv.conf(5) */

struct weir_search {
    size_t count;
    unsigned ndots;
    char domain[WEIR_SEARCH_MAX][256];
};

/* resolv.conf(5): the last of "domain" and "search" counts, "options ndots:n"
 * (1 by default, at most 15). */
void weir_search_parse(struct weir_search *s, struct weir_str text);
/* Of the file; without a list there, the domain of the machine's name. */
void weir_search_read(struct weir_search *s, const char *path);
/* The i-th name (from 0) to ask for a host in lower case; false = there is
 * none. A name of one label goes through the list and is asked as it is last;
 * one with fewer dots than ndots is asked as it is first; other names, and
 * those with a final dot, only as they are. size >= WEIR_SEARCH_BYTES. */
enum { WEIR_SEARCH_BYTES = 516 };
bool weir_search_candidate(const struct weir_search *s, struct weir_str host,
                           size_t i, char *out, size_t size);

#endif
