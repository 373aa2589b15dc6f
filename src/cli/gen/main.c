/* main.c - the front of weir-gen, and what its parts share. */
#include "cli/gen/gen.h"

#include "cli/jobfile_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum gen_values gen_values(const struct weir_option_row *row) {
    switch (row->type & TYPE_KIND) {
    case TYPE_FLAG:
    case TYPE_PLAIN:
    case TYPE_COUNT:
        return GEN_NO_VALUE;
    case TYPE_PATH:
        return GEN_FILES;
    case TYPE_DIR:
        return GEN_DIRS;
    case TYPE_CHOICE:
    case TYPE_CACHE:
        return GEN_WORDS;
    default:
        return GEN_ANYTHING;
    }
}

void gen_put_words(struct weir_buf *out, const struct weir_option_row *row) {
    const char *words = row->arg;
    if ((row->type & TYPE_KIND) == TYPE_CACHE)
        words = "rfc9111|fresh:|revalidate|off|offline|replay";
    for (; *words; words++)
        weir_buf_byte(out, (char)(*words == '|' ? ' ' : *words));
}

struct weir_str gen_brief(const char *help) {
    struct weir_str s = weir_str_of(help);
    size_t end = weir_str_search(s, WEIR_STR(". "));
    s = weir_str_sub(s, 0, end);
    if (weir_str_ends(s, WEIR_STR(".")))
        s.n--;
    return s;
}

void gen_put_escaped(struct weir_buf *out, struct weir_str s,
                     const char *special) {
    for (size_t i = 0; i < s.n; i++) {
        if (strchr(special, s.p[i]))
            weir_buf_byte(out, '\\');
        weir_buf_byte(out, s.p[i]);
    }
}

bool gen_takes_files(const struct weir_command_row *command) {
    struct weir_str operands = weir_str_of(command->operands);
    return weir_str_search(operands, WEIR_STR("FILE")) < operands.n;
}

void gen_list(struct weir_buf *out) {
    for (size_t c = 0; c < weir_command_count(); c++)
        for (size_t i = 0; i < OPT_COUNT; i++) {
            const struct weir_command_row *command = weir_command_at(c);
            const struct weir_option_row *row = weir_option_row(i);
            if (row->commands & command->bit)
                weir_buf_fmt(out, "%s %s\n", command->name, row->name);
        }
}

void gen_keys(struct weir_buf *out) {
    for (size_t i = 0; i < weir_jobfile_key_count(); i++) {
        const struct weir_jobfile_key *key = weir_jobfile_key_at(i);
        weir_buf_fmt(out, "%s %s\n", weir_jobfile_table_name(key->table),
                     key->name);
    }
}

static enum weir_err read_file(const char *path, struct weir_buf *text,
                               struct weir_error *error) {
    char block[4096];
    size_t n;
    FILE *f = fopen(path, "rb");
    if (!f)
        return weir_error_set(error, WEIR_E_IO, "%s: %s", path,
                              strerror(errno));
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        weir_buf_add(text, block, n);
    fclose(f);
    return WEIR_OK;
}

static enum weir_err generate(struct weir_buf *out, int argc, char **argv,
                              struct weir_error *error) {
    static const struct {
        const char *name;
        void (*put)(struct weir_buf *out);
    } kinds[] = {{"bash", gen_bash},
                 {"zsh", gen_zsh},
                 {"fish", gen_fish},
                 {"list", gen_list},
                 {"schema", weir_jobfile_put_schema},
                 {"keys", gen_keys}};
    const char *kind = argc > 1 ? argv[1] : "";
    if (argc == 3 && strcmp(kind, "man") == 0) {
        struct weir_buf page;
        enum weir_err code;
        weir_buf_init(&page, 0);
        code = read_file(argv[2], &page, error);
        if (code == WEIR_OK)
            code = gen_man(out, weir_buf_view(&page), error);
        weir_buf_release(&page);
        return code;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && argc == 2; i++)
        if (strcmp(kind, kinds[i].name) == 0) {
            kinds[i].put(out);
            return WEIR_OK;
        }
    return weir_error_set(error, WEIR_E_USAGE,
                          "usage: weir-gen man FILE|bash|zsh|fish|list|"
                          "schema|keys");
}

int main(int argc, char **argv) {
    struct weir_error error = {0};
    struct weir_buf out;
    enum weir_err code;
    weir_buf_init(&out, 0);
    code = generate(&out, argc, argv, &error);
    if (code == WEIR_OK && out.failed)
        code = weir_error_nomem(&error);
    if (code == WEIR_OK && (fputs(out.p, stdout) == EOF || fflush(stdout)))
        code = weir_error_set(&error, WEIR_E_IO, "standard output: %s",
                              strerror(errno));
    if (code)
        fprintf(stderr, "weir-gen: %s\n", error.message);
    weir_buf_release(&out);
    return weir_err_exit_status(code);
}
