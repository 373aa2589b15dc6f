/* record.h - a URL of a list together with its indented options. */
#ifndef WEIR_SOURCE_RECORD_H
#define WEIR_SOURCE_RECORD_H

#include "base/buf.h"
#include "source/source.h"

/* A slice of weir_record.text, which moves when it grows. */
struct weir_span {
    size_t at, n;
};

struct weir_record {
    struct weir_buf text;
    struct weir_span url, out, dir, checksum;
    struct weir_span headers[WEIR_REQUEST_HEADERS_MAX];
    size_t header_count;
    uint64_t line;           /* of the URL */
    struct weir_buf problem; /* not empty: the first bad option */
    uint64_t problem_line;
};

void weir_record_init(struct weir_record *r);
void weir_record_release(struct weir_record *r);
/* Begins anew with this URL. WEIR_E_NOMEM. */
enum weir_err weir_record_begin(struct weir_record *r, struct weir_str url,
                                uint64_t line);
/* Adds an option line (trimmed). What is wrong with it becomes the record's
 * problem. WEIR_E_NOMEM. */
enum weir_err weir_record_option(struct weir_record *r, struct weir_str line,
                                 uint64_t number);
/* Fills in url, options and problem; place and n are the caller's. */
void weir_record_view(const struct weir_record *r, struct weir_request *out);

#endif
