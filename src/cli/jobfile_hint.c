/* jobfile_hint.c - looks at the file's text where YAML and a selector disagree.
 *
 * Only for messages: a wrong guess costs a less helpful sentence. */
#include "cli/jobfile_hint.h"

#include <stdio.h>

enum { SHOWN = 60 };

/* What a plain scalar cannot begin with, and what YAML takes it for. */
static const struct {
    char c;
    const char *what;
} indicators[] = {
    {'*', "an alias"},        {'&', "an anchor"},
    {'@', "a reserved sign"}, {'`', "a reserved sign"},
    {'%', "a directive"},     {'!', "a tag"},
    {'>', "a folded block"},  {'|', "a literal block"},
    {'[', "a list"},          {'{', "a mapping"},
};

static const char *indicator_of(char c) {
    for (size_t i = 0; i < sizeof indicators / sizeof indicators[0]; i++)
        if (indicators[i].c == c)
            return indicators[i].what;
    return NULL;
}

/* The line (from 1) without its end. */
static struct weir_str line_of(struct weir_str file, unsigned line) {
    struct weir_str head = {0};
    for (unsigned i = 0; i < line; i++)
        weir_str_cut(file, '\n', &head, &file);
    return head.n && head.p[head.n - 1] == '\r'
               ? weir_str_sub(head, 0, head.n - 1)
               : head;
}

/* Byte of the line at which a column stands. */
static size_t byte_of(struct weir_str line, unsigned column) {
    size_t i = 0;
    for (; i < line.n && column > 1; column--)
        do
            i++;
        while (i < line.n && ((unsigned char)line.p[i] & 0xc0) == 0x80);
    return i;
}

static unsigned column_of(struct weir_str line, size_t at) {
    unsigned column = 1;
    for (size_t i = 0; i < at; i++)
        if (((unsigned char)line.p[i] & 0xc0) != 0x80)
            column++;
    return column;
}

/* Where the value of a line begins: behind "- " and "key: ". */
static size_t value_of(struct weir_str line) {
    size_t i = 0;
    while (i < line.n && (line.p[i] == ' ' || line.p[i] == '-'))
        i++;
    for (size_t j = i; j + 1 < line.n; j++)
        if (line.p[j] == ':' && line.p[j + 1] == ' ') {
            for (i = j + 1; i < line.n && line.p[i] == ' ';)
                i++;
            break;
        }
    return i;
}

static void put_quoted(struct weir_str text, char *out, size_t size) {
    char quote = weir_str_find(text, '\'', 0) < text.n ? '"' : '\'';
    text = weir_str_trim(text);
    snprintf(out, size, "%c%.*s%c", quote,
             (int)(text.n < SHOWN ? text.n : SHOWN), text.p, quote);
}

/* In a flow collection a text ends before these. */
static struct weir_str flow_text(struct weir_str s, bool flow) {
    for (size_t i = 0; flow && i < s.n; i++)
        if (s.p[i] == ',' || s.p[i] == '}' || s.p[i] == ']')
            return weir_str_sub(s, 0, i);
    return s;
}

static bool has(const char *message, const char *part) {
    struct weir_str s = weir_str_of(message);
    return weir_str_search(s, weir_str_of(part)) < s.n;
}

/* Within brackets that this line leaves open: the "#" of a comment that is
 * written like a selector, line.n if there is none. */
static size_t swallowed_in_flow(struct weir_str line) {
    size_t open = 0;
    char quote = 0;
    for (size_t i = 0; i < line.n; i++) {
        char c = line.p[i];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '{' || c == '[')
            open++;
        else if ((c == '}' || c == ']') && open > 0)
            open--;
        else if (c == '#' && open > 0 && i > 0 && line.p[i - 1] == ' ')
            return i + 1 < line.n && !weir_is_space(line.p[i + 1]) ? i : line.n;
    }
    return line.n;
}

/* The brackets that a comment left open end, for the parser, some lines on. */
static bool hint_at_comment(struct weir_str file, struct weir_job_place *place,
                            char *out, size_t size) {
    enum { LINES_BACK = 20 };
    for (unsigned i = 0; i < LINES_BACK && i < place->line; i++) {
        struct weir_str line = line_of(file, place->line - i);
        size_t at = swallowed_in_flow(line);
        char quoted[SHOWN + 4];
        if (at >= line.n)
            continue;
        put_quoted(flow_text(weir_str_sub(line, at, line.n), true), quoted,
                   sizeof quoted);
        snprintf(out, size,
                 "YAML takes # for a comment; if it begins a selector, quote "
                 "it: %s",
                 quoted);
        *place = (struct weir_job_place){place->line - i, column_of(line, at)};
        return true;
    }
    return false;
}

bool weir_jobfile_syntax_hint(struct weir_str file, const char *message,
                              struct weir_job_place *place, char *out,
                              size_t size) {
    struct weir_str line = line_of(file, place->line);
    size_t value = value_of(line), at = byte_of(line, place->column);
    bool flow =
        value < line.n && (line.p[value] == '{' || line.p[value] == '[');
    const char *what = NULL;
    char quoted[SHOWN + 4];
    if (hint_at_comment(file, place, out, size))
        return true;
    if (has(message, "tab")) {
        snprintf(out, size, "YAML is not indented with tabs: use spaces");
        return true;
    }
    if (at > 0 && at <= line.n && line.p[at - 1] == '*')
        at--; /* the complaint about an alias stands behind its star */
    if (at < line.n && line.p[at] != '[' && line.p[at] != '{')
        what = indicator_of(line.p[at]);
    if (!what && value < line.n && line.p[value] != '{' &&
        !weir_str_starts(weir_str_sub(line, value, line.n), WEIR_STR("[{")) &&
        (what = indicator_of(line.p[value])))
        at = value;
    if (what) {
        put_quoted(
            flow_text(weir_str_sub(line, at, line.n), flow && at > value),
            quoted, sizeof quoted);
        snprintf(out, size,
                 "YAML takes %c for %s; if it begins a selector, quote it: %s",
                 line.p[at], what, quoted);
        place->column = column_of(line, at);
        return true;
    }
    if (has(message, "invalid comment")) {
        snprintf(out, size,
                 "YAML takes # for a comment; if it begins a selector, quote "
                 "it");
        return true;
    }
    if (has(message, "nested block mapping") && value < line.n) {
        put_quoted(weir_str_sub(line, value, line.n), quoted, sizeof quoted);
        snprintf(out, size,
                 "\": \" within a text makes a mapping of it; quote it: %s",
                 quoted);
        place->column = column_of(line, value);
        return true;
    }
    if (has(message, "missing comma") || has(message, "expected key")) {
        snprintf(out, size,
                 "a comma or the end is missing; within {} and [] a text that "
                 "holds , [ ] { or } must be quoted");
        return true;
    }
    return false;
}

static struct weir_str to_line_end(struct weir_str file, size_t at) {
    struct weir_str line = weir_str_sub(file, at, file.n);
    weir_str_cut(line, '\n', &line, &(struct weir_str){0});
    return weir_str_trim(line);
}

static bool is_one_of(char c, const char *set) {
    for (; *set; set++)
        if (*set == c)
            return true;
    return false;
}

struct weir_str weir_jobfile_swallowed(struct weir_str file,
                                       const struct weir_yaml *node) {
    size_t i = node->at;
    if (!node->key.p) /* in a list: from the end of what stands before */
        while (i < file.n && is_one_of(file.p[i], " \t\r\n"))
            i++;
    while (i < file.n && is_one_of(file.p[i], " \t:-\"'"))
        i++;
    return i < file.n && is_one_of(file.p[i], "#&") ? to_line_end(file, i)
                                                    : (struct weir_str){0};
}

struct weir_str weir_jobfile_comment_behind(struct weir_str file,
                                            const struct weir_yaml *node) {
    size_t i = node->at + node->text.n;
    if (!node->plain || i >= file.n ||
        !weir_str_eq(weir_str_sub(file, node->at, node->text.n), node->text))
        return (struct weir_str){0};
    while (i < file.n && (file.p[i] == ' ' || file.p[i] == '\t'))
        i++;
    if (i + 1 >= file.n || file.p[i] != '#' || weir_is_space(file.p[i + 1]) ||
        is_one_of(file.p[i + 1], "#!-="))
        return (struct weir_str){0};
    return to_line_end(file, i);
}
