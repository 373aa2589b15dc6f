/* headers.h - reading HTTP header blocks and the fields in them (RFC 9110).
 *
 * A block (`head`) is text, "Name: value\n" for each field, in the order of
 * arrival; a CR before the LF, a status line, an empty line and lines without a
 * colon do no harm. Whoever makes the block unfolds obs-fold lines (RFC 9112
 * section 5.2); one that is still there is skipped. Names compare without case.
 *
 * Everything is borrowed from the block and nothing is allocated, except where
 * a function appends to a buf.
 *
 *     struct weir_headers_list list;
 *     struct weir_str element;
 *     weir_headers_list_start(&list, head, WEIR_STR("Cache-Control"));
 *     while (weir_headers_list_next(&list, &element)) ...
 */
#ifndef WEIR_CORE_HEADERS_H
#define WEIR_CORE_HEADERS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* The value of the nth (from 0) field of this name, without white space
 * around it; false if there are fewer. */
bool weir_headers_get(struct weir_str head, struct weir_str name, size_t nth,
                      struct weir_str *value);
/* All fields: start with *rest = head; false at the end. */
bool weir_headers_next(struct weir_str *rest, struct weir_str *name,
                       struct weir_str *value);

/* The elements of a comma-separated list (RFC 9110 section 5.6.1) over all
 * fields of a name: quoted strings stay whole, empty elements are skipped. */
struct weir_headers_list {
    struct weir_str head, name; /* what is left of the block */
    struct weir_str rest;       /* what is left of the field */
};
void weir_headers_list_start(struct weir_headers_list *list,
                             struct weir_str head, struct weir_str name);
bool weir_headers_list_next(struct weir_headers_list *list,
                            struct weir_str *element);
/* The same for one value: start with *rest = value. */
bool weir_headers_element(struct weir_str *rest, struct weir_str *element);

/* The parameters of "type; name=value; name" (RFC 9110 section 5.6.6): start
 * with *rest = the text after the type. The value is as it stands there, with
 * its quotes; empty when there is no "=". Empty parameters are skipped. */
bool weir_headers_param(struct weir_str *rest, struct weir_str *name,
                        struct weir_str *value);
/* Appends a parameter's value: a quoted string without quotes and backslashes
 * (RFC 9110 section 5.6.4), anything else as it is. */
enum weir_err weir_headers_put_value(struct weir_buf *out,
                                     struct weir_str value);

/* Content-Range (RFC 9110 section 14.4). "bytes 0-499/1234". */
struct weir_content_range {
    int64_t first, last; /* both -1: unsatisfied, "bytes * / 1234" */
    int64_t total;       /* -1: unknown */
};
/* False for another unit and for ranges that the RFC calls invalid. */
bool weir_headers_content_range(struct weir_str value,
                                struct weir_content_range *out);

/* The file name that a Content-Disposition suggests (RFC 6266), appended to out
 * as UTF-8: filename* (RFC 8187) if it is sound, else filename, which is taken
 * for ISO-8859-1 when it is not UTF-8. Nothing is appended when there is none.
 * The name is untrusted and may hold any character, slashes and NUL too: see
 * core/outname.h. */
enum weir_err weir_headers_filename(struct weir_str value,
                                    struct weir_buf *out);

/* One link of a Link field (RFC 8288 section 3). */
struct weir_headers_link {
    struct weir_str target; /* between < and >, not resolved */
    struct weir_str rel;    /* relation types separated by spaces */
    struct weir_str type;   /* media type hint, may be empty */
    bool other_context;     /* has `anchor`: it may be about another resource */
};
/* The links of one value: start with *rest = value. What is malformed ends the
 * walk. */
bool weir_headers_link(struct weir_str *rest, struct weir_headers_link *out);
/* The link has this relation type (compared without case). */
bool weir_headers_link_is(const struct weir_headers_link *link,
                          struct weir_str rel);

#endif
