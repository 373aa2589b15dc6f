/* man.c - fills the placeholders of a manual page (mdoc).
 *
 * A line @OPTIONS:command@ becomes the command's options, a subsection for
 * each group; a line @COMMANDS@ the list of commands; a line @KEYS:table@ the
 * keys of a mapping in job files. All other lines stay. */
#include "cli/gen/gen.h"

#include "cli/jobfile_keys.h"

enum { MAN_COLUMNS = 76 }; /* of a line of the page's source */

/* Text for mdoc: each sentence on a line of its own, long ones broken,
 * backslashes and dashes escaped, nothing that looks like a macro at the
 * beginning of a line. */
static void put_text(struct weir_buf *out, struct weir_str s) {
    size_t line = out->len;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        size_t word = weir_str_find(s, ' ', i + 1) - i;
        if (out->len == line && (c == '.' || c == '\''))
            weir_buf_z(out, "\\&");
        if (c == '\\') {
            weir_buf_z(out, "\\e");
        } else if (c == '-') {
            weir_buf_z(out, "\\-");
        } else if (c == ' ' && i > 0 &&
                   (s.p[i - 1] == '.' ||
                    out->len - line + word > MAN_COLUMNS)) {
            weir_buf_byte(out, '\n');
            line = out->len;
        } else {
            weir_buf_byte(out, c);
        }
    }
    weir_buf_byte(out, '\n');
}

static void put_option(struct weir_buf *out,
                       const struct weir_option_row *row) {
    weir_buf_z(out, ".It ");
    if (row->letter)
        weir_buf_fmt(out, "Fl %c , ", row->letter);
    weir_buf_fmt(out, "Fl -%s", row->name);
    if (row->arg)
        weir_buf_fmt(out, " Ar %s", row->arg);
    weir_buf_byte(out, '\n');
    put_text(out, weir_str_of(row->help));
    if (row->type & TYPE_MANY)
        weir_buf_z(out, "May be given more than once.\n");
    if (row->fallback)
        weir_buf_fmt(out, "The default is %s.\n", row->fallback);
}

static void put_options(struct weir_buf *out, unsigned command) {
    for (int g = 0; g < GROUP_COUNT; g++) {
        bool any = false;
        for (size_t i = 0; i < OPT_COUNT; i++) {
            const struct weir_option_row *row = weir_option_row(i);
            if (row->group != (enum weir_opt_group)g ||
                !(row->commands & command))
                continue;
            if (!any)
                weir_buf_fmt(out, ".Ss %s\n.Bl -tag -width Ds\n",
                             weir_group_title(row->group));
            any = true;
            put_option(out, row);
        }
        if (any)
            weir_buf_z(out, ".El\n");
    }
}

static void put_commands(struct weir_buf *out) {
    weir_buf_z(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < weir_command_count(); i++) {
        const struct weir_command_row *c = weir_command_at(i);
        weir_buf_fmt(out, ".It Xr weir-%s 1\n", c->name);
        put_text(out, weir_str_of(c->summary));
    }
    weir_buf_z(out, ".El\n");
}

/* The keys of a request stand in other tables too; they are described once. */
static enum weir_err put_keys(struct weir_buf *out, struct weir_str name,
                              struct weir_error *error) {
    enum weir_jobfile_table table = weir_jobfile_table_find(name);
    if (table == WEIR_JOBFILE_TABLES)
        return weir_error_set(error, WEIR_E_USAGE,
                              "\"%.*s\" is no mapping of job files",
                              WEIR_STR_ARG(name));
    weir_buf_z(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < weir_jobfile_key_count(); i++) {
        const struct weir_jobfile_key *key = weir_jobfile_key_at(i);
        if (key->table != table ||
            (table != WEIR_JOBFILE_request &&
             weir_jobfile_key_find(WEIR_JOBFILE_request,
                                   weir_str_of(key->name))))
            continue;
        weir_buf_z(out, ".It Cm ");
        put_text(out, weir_str_of(key->name));
        put_text(out, weir_str_of(key->help));
    }
    weir_buf_z(out, ".El\n");
    return WEIR_OK;
}

enum weir_err gen_man(struct weir_buf *out, struct weir_str page,
                      struct weir_error *error) {
    struct weir_str line;
    while (page.n > 0) {
        weir_str_cut(page, '\n', &line, &page);
        if (weir_str_eq(line, WEIR_STR("@COMMANDS@"))) {
            put_commands(out);
        } else if (weir_str_starts(line, WEIR_STR("@OPTIONS:"))) {
            struct weir_str name = weir_str_sub(line, 9, line.n);
            unsigned bit =
                weir_str_ends(name, WEIR_STR("@"))
                    ? weir_command_bit(weir_str_sub(name, 0, name.n - 1))
                    : 0;
            if (!bit)
                return weir_error_set(error, WEIR_E_USAGE,
                                      "\"%.*s\" names no command",
                                      WEIR_STR_ARG(line));
            put_options(out, bit);
        } else if (weir_str_starts(line, WEIR_STR("@KEYS:")) &&
                   weir_str_ends(line, WEIR_STR("@"))) {
            enum weir_err err =
                put_keys(out, weir_str_sub(line, 6, line.n - 7), error);
            if (err)
                return err;
        } else {
            weir_buf_str(out, line);
            weir_buf_byte(out, '\n');
        }
    }
    return WEIR_OK;
}
