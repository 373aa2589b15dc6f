/* list.h - URLs from a file or standard input, one a line.
 *
 *     # a comment; blank lines, CRLF and a byte order mark are fine
 *     http://host.example/a.png
 *     http://host.example/b?id=2#part        a fragment, no comment
 *       out=b.html                           options of the URL above, indented
 *       dir=pages
 *       header=Referer: http://host.example/
 *       checksum=sha256=0123...
 *
 * These are aria2's; its other options make the URL a failed one whose problem
 * names the line (source.h), and so do a line beyond 64 KiB, binary data in a
 * line and an option without a URL above it. The lines after it go on. Where a
 * line holds several addresses with tabs between them (aria2's mirrors) the
 * first is taken. An indented line that is a URL is a URL. Globs are not
 * expanded. Checksums also come as aria2 writes them (sha-256=...).
 *
 * What is not text at all ends the source with WEIR_E_INVALID.
 *
 * A URL is handed on once the line after it has begun, or when nothing has come
 * for 50 ms: so a list that somebody types, or that a program makes slowly,
 * starts at once, and options that are written along with their URL are seen.
 */
#ifndef WEIR_SOURCE_LIST_H
#define WEIR_SOURCE_LIST_H

#include "source/source.h"

enum { WEIR_LIST_LINE_MAX = 64 << 10 };

/* path "-" is standard input. WEIR_E_IO naming the file. */
enum weir_err weir_source_list_open(struct weir_source **out, const char *path,
                                    struct weir_error *error);
/* Reads fd, which is closed with the source if `owns`; `name` is for places
 * and messages, and copied. */
enum weir_err weir_source_list_create(struct weir_source **out, int fd,
                                      bool owns, const char *name,
                                      struct weir_error *error);

#endif
