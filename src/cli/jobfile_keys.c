/* jobfile_keys.c - jobfile_keys.def made into arrays, and into a JSON Schema.
 *
 * The schema has a definition for each table and each shape. A table becomes
 * an object that has its keys and no others. */
#include "cli/jobfile_keys.h"

#include "base/escape.h"

static const struct weir_jobfile_key keys[] = {
#define KEY(table, key, shape, help) {WEIR_JOBFILE_##table, key, #shape, help},
#include "cli/jobfile_keys.def"
};

static const struct {
    const char *name, *title, *required;
} tables[] = {
#define TABLE(id, title, required) {#id, title, required},
#include "cli/jobfile_keys.def"
};

static const struct {
    const char *name, *schema;
} shapes[] = {
#define SHAPE(id, schema) {#id, schema},
#include "cli/jobfile_keys.def"
};

size_t weir_jobfile_key_count(void) {
    return sizeof keys / sizeof keys[0];
}

const struct weir_jobfile_key *weir_jobfile_key_at(size_t i) {
    return &keys[i];
}

const struct weir_jobfile_key *
weir_jobfile_key_find(enum weir_jobfile_table table, struct weir_str name) {
    for (size_t i = 0; i < weir_jobfile_key_count(); i++)
        if (keys[i].table == table &&
            weir_str_eq(weir_str_of(keys[i].name), name))
            return &keys[i];
    return NULL;
}

const char *weir_jobfile_table_name(enum weir_jobfile_table table) {
    return tables[table].name;
}

enum weir_jobfile_table weir_jobfile_table_find(struct weir_str name) {
    size_t i = 0;
    while (i < WEIR_JOBFILE_TABLES &&
           !weir_str_eq(weir_str_of(tables[i].name), name))
        i++;
    return (enum weir_jobfile_table)i;
}

const char *weir_jobfile_table_title(enum weir_jobfile_table table) {
    return tables[table].title;
}

const char *weir_jobfile_table_required(enum weir_jobfile_table table) {
    return tables[table].required;
}

/* --- the schema ------------------------------------------------------------
 */

static void put_required(struct weir_buf *out, const char *words) {
    struct weir_str rest = weir_str_of(words), word;
    weir_buf_z(out, "[");
    while (rest.n > 0) {
        weir_str_cut(rest, ' ', &word, &rest);
        weir_escape_json(out, word);
        if (rest.n > 0)
            weir_buf_z(out, ", ");
    }
    weir_buf_z(out, "]");
}

static void put_key(struct weir_buf *out, const struct weir_jobfile_key *key) {
    weir_buf_z(out, "        ");
    weir_escape_json(out, weir_str_of(key->name));
    weir_buf_z(out, ": {\n          \"description\": ");
    weir_escape_json(out, weir_str_of(key->help));
    weir_buf_fmt(out, ",\n          \"$ref\": \"#/$defs/%s\"\n        }",
                 key->shape);
}

static void put_table(struct weir_buf *out, enum weir_jobfile_table table) {
    bool any = false;
    weir_buf_fmt(out, "    \"%s\": {\n      \"title\": ", tables[table].name);
    weir_escape_json(out, weir_str_of(tables[table].title));
    weir_buf_z(out, ",\n      \"type\": \"object\",\n"
                    "      \"additionalProperties\": false,\n");
    if (tables[table].required[0]) {
        weir_buf_z(out, "      \"required\": ");
        put_required(out, tables[table].required);
        weir_buf_z(out, ",\n");
    }
    weir_buf_z(out, "      \"properties\": {\n");
    for (size_t i = 0; i < weir_jobfile_key_count(); i++)
        if (keys[i].table == table) {
            weir_buf_z(out, any ? ",\n" : "");
            put_key(out, &keys[i]);
            any = true;
        }
    weir_buf_z(out, "\n      }\n    }");
}

void weir_jobfile_put_schema(struct weir_buf *out) {
    weir_buf_z(out, "{\n"
                    "  \"$schema\": \"https://json-schema.org/draft/2020-12/"
                    "schema\",\n"
                    "  \"title\": \"weir job\",\n"
                    "  \"description\": \"A scraping job for weir run, see "
                    "weir-job(5). Made from src/cli/jobfile_keys.def.\",\n"
                    "  \"$ref\": \"#/$defs/job\",\n"
                    "  \"$defs\": {\n");
    for (size_t t = 0; t < WEIR_JOBFILE_TABLES; t++) {
        put_table(out, (enum weir_jobfile_table)t);
        weir_buf_z(out, ",\n");
    }
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
        weir_buf_fmt(out, "%s    \"%s\": %s", s ? ",\n" : "", shapes[s].name,
                     shapes[s].schema);
    weir_buf_z(out, "\n  }\n}\n");
}
