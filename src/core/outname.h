/* outname.h - names of output files: templates, and names made safe.
 *
 * A template is a relative or absolute path with placeholders:
 *
 *     {host} {path} {dir} {name} {stem} {ext} {query}   parts of the URL
 *     {n} {n:05}       position in the input, padded with zeros
 *     {xxh3} {sha256}  of the body: known when it is complete
 *     {date}           of the run, as 2026-01-31
 *     {1} {2} ...      what the glob groups of an argument stood for
 *     {{ and }}        the braces themselves
 *
 * What stands before the first placeholder, up to its last slash, is a folder
 * that the user typed and is taken as it is (weir_outname_folder). The rest
 * expands to a path beneath it that cannot leave it, whatever the URL says:
 *
 *   - of {path} and {dir} slashes separate folders; anywhere else, and when
 *     they come out of percent-decoding, slashes and backslashes become "_"
 *   - so do NUL, control characters (C0, DEL, C1), bidi controls and the dots
 *     that a name from outside begins with ("..", ".bashrc")
 *   - bytes that are not UTF-8 become "%XX"
 *   - empty folders vanish, an empty {name} is "index.html"
 *   - a name is cut to WEIR_OUTNAME_MAX bytes at a character, its extension
 *     kept, so that "-1234abcd" and ".part" still fit into 255
 *
 *     weir_outname_create(&t, WEIR_STR("out/{host}/{name}"), &e);
 *     weir_outname_folder(t);                  // "out"
 *     weir_outname_expand(t, &in, &buf, &e);   // "host.example/a.html"
 *
 * Pure: no file is looked at.
 */
#ifndef WEIR_CORE_OUTNAME_H
#define WEIR_CORE_OUTNAME_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum {
    WEIR_OUTNAME_MAX = 240,      /* bytes of one name */
    WEIR_OUTNAME_PATH_MAX = 3000 /* bytes of an expanded path */
};

struct weir_outname; /* a parsed template; immutable */

struct weir_outname_input {
    struct weir_str url;  /* a serialised http(s) URL (core/url.h) */
    struct weir_str name; /* instead of the URL's name; empty = none */
    uint64_t n;
    struct weir_str date;
    struct weir_str xxh3, sha256; /* hex; empty = not known yet: the
                                     placeholder stays in the path as it is */
    const char *const *captures;
    size_t capture_count;
};

/* WEIR_E_USAGE with the column (1-based, in bytes) of what is wrong. */
enum weir_err weir_outname_create(struct weir_outname **out,
                                  struct weir_str text,
                                  struct weir_error *error);
void weir_outname_destroy(struct weir_outname *t); /* NULL-safe */

/* The folder in front, without a slash at its end ("/" alone stays). */
struct weir_str weir_outname_folder(const struct weir_outname *t);
bool weir_outname_is_fixed(const struct weir_outname *t); /* no placeholder */
bool weir_outname_wants_xxh3(const struct weir_outname *t);
bool weir_outname_wants_sha256(const struct weir_outname *t);

/* Appends the path beneath the folder. WEIR_E_INVALID: a glob group that the
 * URL does not have, nothing left for a name, too long. */
enum weir_err weir_outname_expand(const struct weir_outname *t,
                                  const struct weir_outname_input *in,
                                  struct weir_buf *out,
                                  struct weir_error *error);

/* A path that the user typed in a list (out=): it may have folders, and cannot
 * leave the output folder; WEIR_E_INVALID for "..", absolute and empty ones. */
enum weir_err weir_outname_typed(struct weir_str path, struct weir_buf *out,
                                 struct weir_error *error);

/* Appends path with "-<8 hex of tag>" before the extension of its name. */
enum weir_err weir_outname_tagged(struct weir_str path, uint32_t tag,
                                  struct weir_buf *out);
/* Appends path in the form in which names that differ only in case are the
 * same (Unicode simple case folding). */
enum weir_err weir_outname_fold(struct weir_str path, struct weir_buf *out);

#endif
