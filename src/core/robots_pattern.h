/* robots_pattern.h - paths brought into one spelling before they are compared.
 *
 * RFC 9309 section 2.2.2: non-ASCII bytes are percent-encoded, encoded
 * unreserved characters are decoded, then octets are compared. Google's parser
 * encodes the rule only and decodes nothing, and its conformance tests insist
 * that a rule for /%62%61%7A does not allow /baz. A crawler that wants to be
 * welcome takes of both what forbids more. So there are two spellings:
 *
 *     STRICT   for Disallow: as the RFC says
 *     LENIENT  for Allow: escaped letters and digits stay escaped, and
 *              non-ASCII bytes of a URL stay as they are
 *
 * In both, hex digits are upper case; escapes of - . _ ~ are decoded, and
 * behind a '?' those of : / ? @ too; what a URL may not hold is encoded, and
 * so are '*' and '$' where they stand for themselves. */
#ifndef WEIR_CORE_ROBOTS_PATTERN_H
#define WEIR_CORE_ROBOTS_PATTERN_H

#include "base/buf.h"
#include "base/str.h"

enum robots_spelling { ROBOTS_STRICT, ROBOTS_LENIENT };

/* Appends a rule's path without the "$" that ends it: '*' is an operator and
 * stays, runs of it become one, those at the very end go (they mean nothing).
 * *anchored tells of the "$". */
enum weir_err weir_robots_put_pattern(struct weir_str path,
                                      enum robots_spelling spelling,
                                      bool *anchored, struct weir_buf *out);
/* The length that rules are compared by. */
size_t weir_robots_pattern_priority(struct weir_str path);

/* Appends the target of a URL, with a '/' in front if it has none. */
enum weir_err weir_robots_put_target(struct weir_str target,
                                     enum robots_spelling spelling,
                                     struct weir_buf *out);
/* Target is the same in both spellings, as it stands. */
bool weir_robots_is_plain(struct weir_str target);

#endif
