/* Rules from a file, one a line, the first that matches wins:
 *
 *     # comment
 *     [METHOD] PATTERN [host=NAME] [first=N] -> TARGET
 *
 * PATTERN is a shell pattern over the target ("/a/x*", where `*` also matches
 * '/'), host the authority without its port; with first=N the rule serves its
 * first N requests only. TARGET is a behaviour:
 *
 *     /feed.xml first=2 -> /503?retry_after=1
 *     HEAD * -> /status/405
 *     * host=slow.test -> /delay/500/bytes/100
 */
#include "origin.h"

#include "base/mem.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 4096 };

struct rule {
    struct rule *next;
    char *method, *pattern, *host, *target;
    uint64_t first, hits;
};

struct script {
    struct rule *rules;
};

static void free_rule(struct rule *r) {
    if (!r)
        return;
    weir_free(r->method);
    weir_free(r->pattern);
    weir_free(r->host);
    weir_free(r->target);
    weir_free(r);
}

void script_destroy(struct script *s) {
    if (!s)
        return;
    for (struct rule *r = s->rules, *next; r; r = next) {
        next = r->next;
        free_rule(r);
    }
    weir_free(s);
}

/* The next word of *line, cut off it. */
static struct weir_str next_word(struct weir_str *line) {
    struct weir_str word;
    *line = weir_str_trim(*line);
    weir_str_cut(*line, ' ', &word, line);
    return word;
}

static bool set(char **where, struct weir_str value) {
    weir_free(*where);
    *where = weir_str_dup(value);
    return *where != NULL;
}

static const char *parse_word(struct rule *r, struct weir_str word) {
    struct weir_str key, value;
    if (weir_str_starts(word, WEIR_STR("host=")) ||
        weir_str_starts(word, WEIR_STR("first="))) {
        weir_str_cut(word, '=', &key, &value);
        if (key.n == 4)
            return set(&r->host, value) ? NULL : "no memory";
        return weir_str_to_u64(value, &r->first) ? NULL : "first= no number";
    }
    if (r->pattern) {
        if (r->method)
            return "more than METHOD and PATTERN";
        r->method = r->pattern;
        r->pattern = NULL;
    }
    return set(&r->pattern, word) ? NULL : "no memory";
}

static const char *parse_rule(struct rule *r, struct weir_str line) {
    for (;;) {
        struct weir_str word = next_word(&line);
        const char *why;
        if (word.n == 0)
            return "no \"-> TARGET\"";
        if (weir_str_eq(word, WEIR_STR("->")))
            break;
        why = parse_word(r, word);
        if (why)
            return why;
    }
    line = weir_str_trim(line);
    if (!r->pattern || line.n == 0 || line.p[0] != '/')
        return "no pattern or no target";
    return set(&r->target, line) ? NULL : "no memory";
}

static const char *add_line(const char *text, struct rule ***end) {
    struct weir_str line = weir_str_trim(weir_str_of(text));
    struct rule *r;
    const char *why;
    if (line.n == 0 || line.p[0] == '#')
        return NULL;
    r = weir_calloc(1, sizeof *r);
    if (!r)
        return "no memory";
    why = parse_rule(r, line);
    if (why) {
        free_rule(r);
        return why;
    }
    **end = r;
    *end = &r->next;
    return NULL;
}

struct script *script_load(const char *path, char *why, size_t why_size) {
    struct script *s = weir_calloc(1, sizeof *s);
    FILE *f = fopen(path, "re");
    char text[LINE_SIZE];
    const char *trouble = NULL;
    struct rule **end;
    int line = 0;
    if (!s || !f) {
        snprintf(why, why_size, "%s: %s", path, strerror(errno));
        if (f)
            fclose(f);
        weir_free(s);
        return NULL;
    }
    end = &s->rules;
    while (!trouble && fgets(text, sizeof text, f)) {
        line++;
        trouble = add_line(text, &end);
    }
    fclose(f);
    if (!trouble)
        return s;
    snprintf(why, why_size, "%s:%d: %s", path, line, trouble);
    script_destroy(s);
    return NULL;
}

static bool matches(const struct rule *r, const struct request *q,
                    const char *target) {
    struct weir_str host;
    if (r->method && !weir_str_eq(weir_str_of(r->method), q->method))
        return false;
    if (r->host) {
        host =
            weir_str_sub(q->authority, 0, weir_str_find(q->authority, ':', 0));
        if (!weir_str_eq_nocase(weir_str_of(r->host), host))
            return false;
    }
    if (r->first && r->hits >= r->first)
        return false;
    return fnmatch(r->pattern, target, 0) == 0;
}

struct weir_str script_match(struct script *s, const struct request *q) {
    char *target = weir_str_dup(q->target);
    struct weir_str found = {NULL, 0};
    for (struct rule *r = s->rules; target && r; r = r->next)
        if (matches(r, q, target)) {
            r->hits++;
            found = weir_str_of(r->target);
            break;
        }
    weir_free(target);
    return found;
}

void script_forget(struct script *s) {
    for (struct rule *r = s->rules; r; r = r->next)
        r->hits = 0;
}
