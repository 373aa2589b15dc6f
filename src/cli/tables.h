/* tables.h - what options.def and commands.def say, as data.
 *
 * Everything that is derived from the tables reads them here: the parser,
 * --help, config files, the man pages and the completions (cli/gen). This
 * module depends on base only, so that the generator needs nothing else.
 */
#ifndef WEIR_CLI_TABLES_H
#define WEIR_CLI_TABLES_H

#include "base/str.h"
#include "cli/options.h"

/* The commands as bits, for the commands column of options.def. A bit may be
 * here before its command is in commands.def. */
#define WEIR_COMMAND_BITS(X)                                                   \
    X(get, 0)                                                                  \
    X(cache, 1)                                                                \
    X(url, 2)                                                                  \
    X(robots, 3)                                                               \
    X(select, 4)                                                               \
    X(parse, 5)                                                                \
    X(check, 6)                                                                \
    X(run, 7)                                                                  \
    X(preview, 8)                                                              \
    X(tiles, 9)
enum weir_command_bit {
#define X(name, n) CMD_##name = 1u << (n),
    WEIR_COMMAND_BITS(X)
#undef X
        CMD_ALL = 0xffff
};

/* What a value must look like; cli/values.c checks it. */
enum weir_opt_type {
    TYPE_FLAG,     /* a switch, with --no-x */
    TYPE_PLAIN,    /* a switch whose opposite would mean nothing */
    TYPE_COUNT,    /* -vv; --no-x sets it back */
    TYPE_INT,      /* 0 and above */
    TYPE_POSITIVE, /* 1 and above */
    TYPE_SIZE,
    TYPE_DURATION, /* above 0 */
    TYPE_RATE,
    TYPE_STRING,      /* any text but the empty one */
    TYPE_LINE,        /* no CR, LF, NUL; may be empty */
    TYPE_CHOICE,      /* a word of the argument, "a|b|c" */
    TYPE_PATH,        /* not empty; completed as a file name */
    TYPE_DIR,         /* the same for a folder */
    TYPE_HEADER,      /* "Name: value", "Name:" or "Name;" as curl takes them */
    TYPE_METHOD,      /* an HTTP token */
    TYPE_PROXY,       /* [scheme://][user:password@]host[:port] */
    TYPE_CHECKSUM,    /* sha256=, sha1= or md5= and as many hex digits */
    TYPE_STATUSES,    /* 403,404 */
    TYPE_CIDR,        /* address[/bits] */
    TYPE_CACHE,       /* a cache mode: rfc9111, fresh:AGE... */
    TYPE_KIND = 0xff, /* the bits of the kind; beside it may stand: */
    TYPE_MANY = 0x100,   /* every occurrence counts, not only the last */
    TYPE_SECRET = 0x200, /* its value is never shown or stored */
    TYPE_CLI = 0x400     /* not in config files and the environment */
};

enum weir_opt_group {
    GROUP_INPUT,
    GROUP_OUTPUT,
    GROUP_MESSAGES,
    GROUP_LIMITS,
    GROUP_RETRIES,
    GROUP_CHECKS,
    GROUP_STORE,
    GROUP_REQUEST,
    GROUP_NETWORK,
    GROUP_ACCEPTED,
    GROUP_COMMAND, /* the options of a small command */
    GROUP_GENERAL,
    GROUP_COUNT
};

struct weir_option_row {
    enum weir_opt_id id;
    const char *name; /* "max-time", without dashes */
    char letter;      /* 'm' or 0 */
    unsigned commands;
    unsigned type;
    const char *arg;      /* "TIME"; NULL for switches */
    const char *fallback; /* default as text, or NULL */
    enum weir_opt_group group;
    const char *help;
};

struct weir_command_row {
    const char *name;
    unsigned bit;
    const char *operands; /* "[URL...]" */
    const char *summary;  /* "downloads a list of URLs" */
};

/* Rows by id (OPT_COUNT of them) and commands in the order of --help. */
const struct weir_option_row *weir_option_row(enum weir_opt_id id);
size_t weir_command_count(void);
const struct weir_command_row *weir_command_at(size_t i);
const struct weir_command_row *weir_command_find(struct weir_str name);
/* The bit of a name, 0 if there is none such. */
unsigned weir_command_bit(struct weir_str name);
const char *weir_group_title(enum weir_opt_group group);

/* Among the options of these commands; NULL if there is none. */
const struct weir_option_row *weir_option_by_name(unsigned commands,
                                                  struct weir_str name);
const struct weir_option_row *weir_option_by_letter(unsigned commands,
                                                    char letter);

/* FLAG, PLAIN and COUNT take no value. */
bool weir_option_is_switch(const struct weir_option_row *row);
/* --no-x exists. */
bool weir_option_has_no(const struct weir_option_row *row);

#endif
