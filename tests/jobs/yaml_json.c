/* weir-yaml-json FILE - a YAML file as the job file reader sees it, as JSON; a
 * syntax error is exit status 1. For the test that holds the JSON Schema
 * against the reader. */
#include "base/escape.h"
#include "cli/jobfile_yaml.h"

#include <stdio.h>

static void put(struct weir_buf *out, const struct weir_yaml *node) {
    bool map = node->kind == WEIR_YAML_MAP;
    if (node->kind == WEIR_YAML_SCALAR) {
        if (!weir_yaml_put_plain(node, out))
            weir_escape_json(out, node->text);
        return;
    }
    weir_buf_byte(out, map ? '{' : '[');
    for (const struct weir_yaml *m = node->first; m; m = m->next) {
        if (map) {
            weir_escape_json(out, m->key);
            weir_buf_byte(out, ':');
        }
        put(out, m);
        if (m->next)
            weir_buf_byte(out, ',');
    }
    weir_buf_byte(out, map ? '}' : ']');
}

static int convert(struct weir_str text) {
    struct weir_arena *arena = weir_arena_create(0);
    const struct weir_yaml *root = NULL;
    struct weir_job_place place = {0};
    struct weir_error error = {0};
    struct weir_buf out;
    int status = 1;
    weir_buf_init(&out, 0);
    if (arena && !weir_yaml_parse(&root, arena, text, &place, &error)) {
        put(&out, root);
        status = out.failed || puts(out.p) == EOF;
    }
    if (status)
        fprintf(stderr, "%u:%u: %s\n", place.line, place.column, error.message);
    weir_buf_release(&out);
    weir_arena_destroy(arena);
    return status;
}

int main(int argc, char **argv) {
    struct weir_buf text;
    char block[4096];
    size_t n;
    FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
    int status;
    if (!f) {
        fputs("usage: weir-yaml-json FILE\n", stderr);
        return 2;
    }
    weir_buf_init(&text, 0);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        weir_buf_add(&text, block, n);
    fclose(f);
    status = convert(weir_buf_view(&text));
    weir_buf_release(&text);
    return status;
}
