/* members.h - the members of one JSON object, for those who write records.
 *
 * A reader of a record that another module made: names in their order, values
 * as slices of the record's own text. Nothing is converted before it is asked
 * for, so integers of any size survive.
 *
 *     struct weir_members m;
 *     weir_members_init(&m);
 *     weir_members_read(&m, record, &error);
 *     struct weir_value v = weir_members_get(&m, WEIR_STR("price.amount"));
 *     weir_value_put_text(v, &out);
 *     weir_members_release(&m);
 */
#ifndef WEIR_CORE_MEMBERS_H
#define WEIR_CORE_MEMBERS_H

#include "core/json.h"

struct weir_value {
    /* STRING, NUMBER, TRUE, FALSE, NULL, OBJECT or ARRAY; END: there is none */
    enum weir_json_token kind;
    /* STRING: between the quotes, escapes and all; else the JSON text. */
    struct weir_str text;
};

struct weir_member {
    struct weir_str name; /* unescaped; not necessarily UTF-8 */
    struct weir_value value;
};

struct weir_members {
    struct weir_member *at;
    size_t count;

    /* its own */
    size_t cap;
    struct weir_buf names; /* those that held escapes */
};

void weir_members_init(struct weir_members *m);
void weir_members_release(struct weir_members *m);
/* Reads an object, which stays borrowed; what was read before is forgotten.
 * WEIR_E_INVALID: not one object, or nothing but one. WEIR_E_NOMEM. On an error
 * there are no members. */
enum weir_err weir_members_read(struct weir_members *m, struct weir_str object,
                                struct weir_error *error);

/* The value of a name; of two members with one name, the later one. A name that
 * there is not is taken for a path: "a.b" is b in the object a, "a.0" the first
 * element of the list a. */
struct weir_value weir_members_get(const struct weir_members *m,
                                   struct weir_str path);
/* The same beginning at a value. */
struct weir_value weir_value_get(struct weir_value v, struct weir_str path);
/* The first element of a list, any other value itself. */
struct weir_value weir_value_first(struct weir_value v);
/* There is none, it is null, or it is an empty text. */
bool weir_value_is_empty(struct weir_value v);

/* Appends a text's characters, a number as it was written, true or false,
 * nothing for null, and JSON without spaces for lists and objects. Always valid
 * UTF-8: what is none becomes U+FFFD. */
enum weir_err weir_value_put_text(struct weir_value v, struct weir_buf *out);
/* Appends the value as JSON without spaces, as valid UTF-8; "null" for none. */
enum weir_err weir_value_put_json(struct weir_value v, struct weir_buf *out);
/* Appends well-formed JSON without the spaces between its tokens. */
enum weir_err weir_json_put_compact(struct weir_str json, struct weir_buf *out);

#endif
