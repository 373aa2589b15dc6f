/* tables.c - options.def and commands.def made into arrays.
 *
 * The arrays are constant and small; look-ups are linear, which at a hundred
 * rows costs less than the process start around it. */
#include "cli/tables.h"

static const struct weir_option_row option_rows[] = {
#define OPTION(id, name, letter, commands, type, arg, def, group, help)        \
    {OPT_##id, name, letter, commands, type, arg, def, group, help},
#include "cli/options.def"
#undef OPTION
};

static const struct weir_command_row command_rows[] = {
#define X(name, function, operands, summary)                                   \
    {#name, CMD_##name, operands, summary},
#include "cli/commands.def"
#undef X
    {NULL, 0, NULL, NULL}};

static const char *const group_titles[] = {
    [GROUP_INPUT] = "What to fetch",
    [GROUP_OUTPUT] = "Files and names",
    [GROUP_MESSAGES] = "Records and messages",
    [GROUP_LIMITS] = "Limits",
    [GROUP_RETRIES] = "Retries and time limits",
    [GROUP_CHECKS] = "Checks",
    [GROUP_STORE] = "Store and cache",
    [GROUP_REQUEST] = "Requests",
    [GROUP_NETWORK] = "Network",
    [GROUP_ACCEPTED] = "Accepted, as they say what already holds",
    [GROUP_COMMAND] = "Options",
    [GROUP_GENERAL] = "General",
};

const struct weir_option_row *weir_option_row(enum weir_opt_id id) {
    return &option_rows[id];
}

size_t weir_command_count(void) {
    return sizeof command_rows / sizeof command_rows[0] - 1;
}

const struct weir_command_row *weir_command_at(size_t i) {
    return &command_rows[i];
}

const struct weir_command_row *weir_command_find(struct weir_str name) {
    for (const struct weir_command_row *c = command_rows; c->name; c++)
        if (weir_str_eq(weir_str_of(c->name), name))
            return c;
    return NULL;
}

unsigned weir_command_bit(struct weir_str name) {
#define X(word, n)                                                             \
    if (weir_str_eq(name, WEIR_STR(#word)))                                    \
        return CMD_##word;
    WEIR_COMMAND_BITS(X)
#undef X
    return 0;
}

const char *weir_group_title(enum weir_opt_group group) {
    return group_titles[group];
}

const struct weir_option_row *weir_option_by_name(unsigned commands,
                                                  struct weir_str name) {
    for (size_t i = 0; i < OPT_COUNT; i++)
        if ((option_rows[i].commands & commands) &&
            weir_str_eq(weir_str_of(option_rows[i].name), name))
            return &option_rows[i];
    return NULL;
}

const struct weir_option_row *weir_option_by_letter(unsigned commands,
                                                    char letter) {
    for (size_t i = 0; i < OPT_COUNT && letter; i++)
        if ((option_rows[i].commands & commands) &&
            option_rows[i].letter == letter)
            return &option_rows[i];
    return NULL;
}

bool weir_option_is_switch(const struct weir_option_row *row) {
    unsigned kind = row->type & TYPE_KIND;
    return kind == TYPE_FLAG || kind == TYPE_PLAIN || kind == TYPE_COUNT;
}

bool weir_option_has_no(const struct weir_option_row *row) {
    unsigned kind = row->type & TYPE_KIND;
    return kind == TYPE_FLAG || kind == TYPE_COUNT;
}
