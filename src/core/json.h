/* json.h - reads JSON (RFC 8259) token by token, without building a tree.
 *
 * A reader walks over a text that somebody else owns and that holds exactly one
 * value. It allocates nothing: nesting is bounded, and a string is handed out
 * as it stands between its quotes, to be unescaped into a buf where its content
 * matters. Strict: no comments, no trailing commas, no other spellings of
 * numbers; every escape is checked by the reader. UTF-8 is not: bytes that are
 * none come through as they are.
 *
 *     struct weir_json r;
 *     weir_json_init(&r, line);
 *     if (weir_json_next(&r) != WEIR_JSON_OBJECT)
 *         return weir_json_error(&r, error, "an object");
 *     while (weir_json_next(&r) == WEIR_JSON_KEY) {
 *         if (weir_json_is(&r, WEIR_STR("url")) &&
 *             weir_json_next(&r) == WEIR_JSON_STRING)
 *             weir_json_put_text(r.text, &url);
 *         else
 *             weir_json_skip(&r);
 *     }
 *     if (r.token != WEIR_JSON_OBJECT_END || weir_json_next(&r) != ...END)
 *         return weir_json_error(&r, error, "the end");
 */
#ifndef WEIR_CORE_JSON_H
#define WEIR_CORE_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum { WEIR_JSON_MAX_DEPTH = 512 };

enum weir_json_token {
    WEIR_JSON_ERROR, /* malformed; every later call answers this as well */
    WEIR_JSON_END,   /* the value is complete and nothing follows it */
    WEIR_JSON_OBJECT,
    WEIR_JSON_OBJECT_END,
    WEIR_JSON_ARRAY,
    WEIR_JSON_ARRAY_END,
    WEIR_JSON_KEY, /* a member's name; its value is the next token */
    WEIR_JSON_STRING,
    WEIR_JSON_NUMBER,
    WEIR_JSON_TRUE,
    WEIR_JSON_FALSE,
    WEIR_JSON_NULL
};

struct weir_json {
    enum weir_json_token token; /* the last answer */
    /* KEY and STRING: what stands between the quotes, escapes and all; NUMBER:
     * its characters; borrowed from the text. */
    struct weir_str text;
    size_t depth;        /* of open objects and arrays */
    const char *problem; /* at ERROR: what is wrong, a static text */
    size_t at;           /* at ERROR: where, in bytes from the start */

    /* the reader's own */
    struct weir_str input;
    int expect;
    unsigned char in_object[WEIR_JSON_MAX_DEPTH / 8]; /* one bit a level */
};

void weir_json_init(struct weir_json *r, struct weir_str input);
enum weir_json_token weir_json_next(struct weir_json *r);
/* Reads over a value. After KEY: its value. After OBJECT or ARRAY: to its end.
 * After any other token: nothing. False when that met an error. */
bool weir_json_skip(struct weir_json *r);
/* The last KEY or STRING, unescaped, is s. */
bool weir_json_is(const struct weir_json *r, struct weir_str s);
/* Appends the unescaped text of a KEY or STRING. A surrogate pair is one
 * character, a lone surrogate U+FFFD. */
enum weir_err weir_json_put_text(struct weir_str text, struct weir_buf *out);
/* WEIR_E_INVALID with a message: the problem and its place, or, when the last
 * token is well-formed but not what the caller can use, "expected <wanted>". */
enum weir_err weir_json_error(const struct weir_json *r,
                              struct weir_error *error, const char *wanted);

#endif
