/* robots.c - reads a robots.txt for one agent and answers what it allows.
 *
 * The file is walked over twice. The first walk finds out whether any group
 * names the agent; the second collects the rules of those groups or else of
 * the "*" groups, each spelled for its set (robots_pattern.h), so that groups
 * of other crawlers cost no memory. Then both sets are compiled
 * (robots_rules.h).
 *
 * A group is one or more user-agent lines and what follows them up to the next
 * user-agent line behind a rule (RFC 9309 section 2.1); other lines neither
 * begin nor end one. */
#include "core/robots.h"

#include "base/buf.h"
#include "base/mem.h"
#include "core/robots_pattern.h"
#include "core/robots_rules.h"

#include <string.h>

/* Compared bytes after which a match gives up: some 50 ms. */
enum { MAX_WORK = 64 << 20 };

enum { DAY_S = 24 * 60 * 60 };

/* A piece of the pool. */
struct span {
    uint32_t at, n;
};

struct weir_robots {
    char *pool; /* patterns and sitemaps, one behind the other */
    struct robots_rules allow, disallow;
    struct span *sitemaps;
    size_t sitemap_count, sitemap_cap, rule_count;
    int64_t crawl_delay_ns;
};

/* --- lines --- */

enum key {
    KEY_OTHER,
    KEY_AGENT,
    KEY_ALLOW,
    KEY_DISALLOW,
    KEY_DELAY,
    KEY_SITEMAP
};

/* Spellings that people use; whatever begins with one of them counts. */
static const struct {
    const char *text;
    enum key key;
} keys[] = {
    {"user-agent", KEY_AGENT},  {"useragent", KEY_AGENT},
    {"user agent", KEY_AGENT},  {"allow", KEY_ALLOW},
    {"disallow", KEY_DISALLOW}, {"dissallow", KEY_DISALLOW},
    {"dissalow", KEY_DISALLOW}, {"disalow", KEY_DISALLOW},
    {"diasllow", KEY_DISALLOW}, {"disallaw", KEY_DISALLOW},
    {"sitemap", KEY_SITEMAP},   {"site-map", KEY_SITEMAP},
    {"crawl-delay", KEY_DELAY}, {"crawldelay", KEY_DELAY},
    {"crawl delay", KEY_DELAY},
};

bool weir_robots_next_line(struct weir_str *rest, struct weir_str *line) {
    size_t end = 0;
    if (rest->n == 0)
        return false;
    while (end < rest->n && rest->p[end] != '\n' && rest->p[end] != '\r')
        end++;
    *line = weir_str_sub(*rest, 0, end);
    if (end + 1 < rest->n && rest->p[end] == '\r' && rest->p[end + 1] == '\n')
        end++;
    *rest = weir_str_sub(*rest, end + 1, rest->n);
    return true;
}

static size_t find_blank(struct weir_str s) {
    size_t i = 0;
    while (i < s.n && s.p[i] != ' ' && s.p[i] != '\t')
        i++;
    return i;
}

/* "key: value # comment". Without a colon exactly two words will do. */
static enum key split_line(struct weir_str line, struct weir_str *value) {
    struct weir_str key, rest;
    weir_str_cut(line, '#', &line, &rest);
    line = weir_str_trim(line);
    if (!weir_str_cut(line, ':', &key, value)) {
        size_t blank = find_blank(line);
        key = weir_str_sub(line, 0, blank);
        *value = weir_str_trim(weir_str_sub(line, blank, line.n));
        if (value->n == 0 || find_blank(*value) < value->n)
            return KEY_OTHER;
    }
    key = weir_str_trim(key);
    *value = weir_str_trim(*value);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (weir_str_starts_nocase(key, weir_str_of(keys[i].text)))
            return keys[i].key;
    return KEY_OTHER;
}

/* --- agents --- */

struct weir_str weir_robots_product(struct weir_str agent) {
    size_t n = 0;
    while (n < agent.n && !strchr("/(;,", agent.p[n] ? agent.p[n] : ';'))
        n++;
    return weir_str_trim(weir_str_sub(agent, 0, n));
}

/* The value is "*", alone or with something behind a space. */
static bool is_star(struct weir_str value) {
    return value.n > 0 && value.p[0] == '*' &&
           (value.n == 1 || weir_is_space(value.p[1]));
}

/* The value's product token (RFC 9309 section 2.2.1: letters, '_' and '-')
 * is the agent; or its first word is, since names like "MJ12bot" are in use. */
static bool names_agent(struct weir_str value, struct weir_str agent) {
    struct weir_str token = value, word = value;
    token.n = word.n = 0;
    while (token.n < value.n &&
           (weir_is_alpha(value.p[token.n]) || value.p[token.n] == '_' ||
            value.p[token.n] == '-'))
        token.n++;
    while (word.n < value.n && !weir_is_space(value.p[word.n]) &&
           value.p[word.n] != '/')
        word.n++;
    return agent.n > 0 && (weir_str_eq_nocase(token, agent) ||
                           weir_str_eq_nocase(word, agent));
}

/* --- walking over the file --- */

struct walk {
    struct weir_str agent;
    bool want_star; /* collect the "*" groups, not the agent's */
    /* the group at hand */
    bool in_agent, in_star, has_rules;
    bool found_agent;      /* somewhere there was a group of the agent's */
    struct weir_robots *r; /* what is collected */
    struct weir_buf pool;  /* r's, while it grows */
};

static void begin_group(struct walk *w, struct weir_str value) {
    if (w->has_rules)
        w->in_agent = w->in_star = w->has_rules = false;
    if (is_star(value)) {
        w->in_star = true;
    } else if (names_agent(value, w->agent)) {
        w->in_agent = true;
        w->found_agent = true;
    }
}

/* The file without what stands in front of its first line: a byte order mark,
 * even a broken one; and without what is too much. */
static struct weir_str clip(struct weir_str text) {
    static const char bom[] = "\xEF\xBB\xBF";
    size_t skip = 0;
    if (text.n > WEIR_ROBOTS_MAX) {
        text.n = WEIR_ROBOTS_MAX;
        while (text.n > 0 && text.p[text.n - 1] != '\n' &&
               text.p[text.n - 1] != '\r')
            text.n--;
    }
    while (skip < 3 && skip < text.n && text.p[skip] == bom[skip])
        skip++;
    return weir_str_sub(text, skip, text.n);
}

static bool has_group(struct weir_str text, struct weir_str agent) {
    struct walk w = {.agent = agent};
    struct weir_str line, value;
    while (!w.found_agent && weir_robots_next_line(&text, &line))
        if (split_line(line, &value) == KEY_AGENT)
            begin_group(&w, value);
    return w.found_agent;
}

/* --- rules --- */

static enum weir_err add_rule(struct walk *w, struct weir_str path, bool allow,
                              size_t line) {
    enum robots_spelling spelling = allow ? ROBOTS_LENIENT : ROBOTS_STRICT;
    struct robots_rule rule = {.line = (uint32_t)line};
    enum weir_err err;
    rule.at = (uint32_t)w->pool.len;
    err = weir_robots_put_pattern(path, spelling, &rule.anchored, &w->pool);
    if (err)
        return err;
    rule.pattern = weir_str_sub(weir_buf_view(&w->pool), rule.at, SIZE_MAX);
    rule.priority = (uint32_t)weir_robots_pattern_priority(path);
    return weir_robots_rules_add(allow ? &w->r->allow : &w->r->disallow, &rule);
}

/* "Allow: /folder/index.html" allows "/folder/" as well, as Google has it. */
static enum weir_err add_index(struct walk *w, struct weir_str path,
                               size_t line) {
    struct weir_buf folder;
    enum weir_err err;
    size_t cut = weir_str_ends(path, WEIR_STR("/index.html"))  ? 10
                 : weir_str_ends(path, WEIR_STR("/index.htm")) ? 9
                                                               : 0;
    if (cut == 0)
        return WEIR_OK;
    weir_buf_init(&folder, 0);
    err = weir_buf_add(&folder, path.p, path.n - cut);
    if (!err)
        err = weir_buf_byte(&folder, '$');
    if (!err)
        err = add_rule(w, weir_buf_view(&folder), true, line);
    weir_buf_release(&folder);
    return err;
}

static enum weir_err read_rule(struct walk *w, struct weir_str path, bool allow,
                               size_t line) {
    enum weir_err err;
    if (path.n == 0) /* "Disallow:" forbids nothing */
        return WEIR_OK;
    w->r->rule_count++;
    err = add_rule(w, path, allow, line);
    if (!err && allow)
        err = add_index(w, path, line);
    return err;
}

/* Seconds, with a fraction; what is no number is ignored. */
static void read_delay(struct weir_robots *r, struct weir_str value) {
    int64_t seconds = 0, fraction = 0, unit = 1000000000;
    size_t i = 0;
    for (; i < value.n && weir_is_digit(value.p[i]); i++)
        if (seconds < DAY_S)
            seconds = seconds * 10 + (value.p[i] - '0');
    if (i == 0)
        return;
    if (i < value.n && value.p[i] == '.')
        for (i++; i < value.n && weir_is_digit(value.p[i]); i++) {
            unit /= 10;
            fraction += unit * (value.p[i] - '0');
        }
    if (seconds >= DAY_S) {
        seconds = DAY_S;
        fraction = 0;
    }
    if (seconds * 1000000000 + fraction > r->crawl_delay_ns)
        r->crawl_delay_ns = seconds * 1000000000 + fraction;
}

static enum weir_err add_sitemap(struct walk *w, struct weir_str value) {
    struct weir_robots *r = w->r;
    struct span span = {(uint32_t)w->pool.len, (uint32_t)value.n};
    if (value.n == 0)
        return WEIR_OK;
    if (r->sitemap_count == r->sitemap_cap) {
        size_t cap = r->sitemap_cap ? r->sitemap_cap * 2 : 4;
        struct span *more = weir_reallocarray(r->sitemaps, cap, sizeof *more);
        if (!more)
            return WEIR_E_NOMEM;
        r->sitemaps = more;
        r->sitemap_cap = cap;
    }
    if (weir_buf_str(&w->pool, value))
        return WEIR_E_NOMEM;
    r->sitemaps[r->sitemap_count++] = span;
    return WEIR_OK;
}

static enum weir_err read_line(struct walk *w, struct weir_str line,
                               size_t number) {
    struct weir_str value;
    enum key key = split_line(line, &value);
    bool wanted = w->want_star ? w->in_star : w->in_agent;
    switch (key) {
    case KEY_AGENT:
        begin_group(w, value);
        return WEIR_OK;
    case KEY_ALLOW:
    case KEY_DISALLOW:
        w->has_rules = true;
        return wanted ? read_rule(w, value, key == KEY_ALLOW, number) : WEIR_OK;
    case KEY_DELAY:
        if (wanted)
            read_delay(w->r, value);
        return WEIR_OK;
    case KEY_SITEMAP:
        return add_sitemap(w, value);
    default:
        return WEIR_OK;
    }
}

/* Both sets ready, on a pool that is no longer than it must be: an engine
 * keeps one of these for every authority. */
static enum weir_err compile(struct walk *w) {
    struct weir_robots *r = w->r;
    enum weir_err err;
    r->pool = weir_memdup(w->pool.p, w->pool.len);
    if (!r->pool)
        return WEIR_E_NOMEM;
    err = weir_robots_rules_compile(&r->allow, r->pool);
    return err ? err : weir_robots_rules_compile(&r->disallow, r->pool);
}

enum weir_err weir_robots_parse(struct weir_robots **out, struct weir_str text,
                                struct weir_str agent,
                                struct weir_error *error) {
    struct walk w = {.agent = weir_robots_product(agent)};
    struct weir_str line;
    enum weir_err err = WEIR_OK;
    w.r = weir_calloc(1, sizeof *w.r);
    if (!w.r)
        return weir_error_nomem(error);
    w.r->crawl_delay_ns = -1;
    weir_buf_init(&w.pool, 0);
    text = clip(text);
    w.want_star = !has_group(text, w.agent);
    for (size_t n = 1; !err && weir_robots_next_line(&text, &line); n++)
        err = read_line(&w, line, n);
    if (!err)
        err = compile(&w);
    weir_buf_release(&w.pool);
    if (err) {
        weir_robots_destroy(w.r);
        return weir_error_nomem(error);
    }
    *out = w.r;
    return WEIR_OK;
}

void weir_robots_destroy(struct weir_robots *r) {
    if (!r)
        return;
    weir_robots_rules_release(&r->allow);
    weir_robots_rules_release(&r->disallow);
    weir_free(r->pool);
    weir_free(r->sitemaps);
    weir_free(r);
}

/* --- answers --- */

/* The best rule of a set, the target spelled for it. */
static enum weir_err match_spelled(const struct robots_rules *set,
                                   enum robots_spelling spelling,
                                   struct weir_str target, int64_t *work,
                                   const struct robots_rule **best) {
    struct weir_buf spelled;
    enum weir_err err;
    if (weir_robots_is_plain(target)) {
        *best = weir_robots_rules_match(set, target, work);
        return WEIR_OK;
    }
    weir_buf_init(&spelled, 0);
    err = weir_robots_put_target(target, spelling, &spelled);
    if (!err)
        *best = weir_robots_rules_match(set, weir_buf_view(&spelled), work);
    weir_buf_release(&spelled);
    return err;
}

struct weir_robots_verdict weir_robots_match(const struct weir_robots *r,
                                             struct weir_str target) {
    struct weir_robots_verdict verdict = {.allowed = true};
    const struct robots_rule *allow = NULL, *disallow = NULL;
    int64_t work = MAX_WORK;
    if (weir_str_eq(target, WEIR_STR("/robots.txt"))) /* RFC 9309 2.2.2 */
        return verdict;
    if (match_spelled(&r->disallow, ROBOTS_STRICT, target, &work, &disallow) ||
        match_spelled(&r->allow, ROBOTS_LENIENT, target, &work, &allow) ||
        work <= 0) {
        verdict.allowed = false;
        verdict.gave_up = true;
    } else if (disallow && (!allow || disallow->priority > allow->priority)) {
        verdict.allowed = false;
        verdict.line = disallow->line;
    } else if (allow) {
        verdict.line = allow->line;
    }
    return verdict;
}

int64_t weir_robots_crawl_delay_ns(const struct weir_robots *r) {
    return r->crawl_delay_ns;
}

size_t weir_robots_sitemap_count(const struct weir_robots *r) {
    return r->sitemap_count;
}

struct weir_str weir_robots_sitemap(const struct weir_robots *r, size_t i) {
    return weir_str_make(r->pool + r->sitemaps[i].at, r->sitemaps[i].n);
}

size_t weir_robots_rule_count(const struct weir_robots *r) {
    return r->rule_count;
}

/* Index of the first of "/?;" at or after `from`, or url.n. */
static size_t find_path(struct weir_str url, size_t from) {
    while (from < url.n && url.p[from] != '/' && url.p[from] != '?' &&
           url.p[from] != ';')
        from++;
    return from;
}

struct weir_str weir_robots_url_target(struct weir_str url) {
    size_t from = weir_str_starts(url, WEIR_STR("//")) ? 2 : 0;
    size_t colon = weir_str_search(url, WEIR_STR("://"));
    size_t path;
    url.n = weir_str_find(url, '#', 0);
    /* A "://" behind the path's beginning is part of it. */
    if (colon < url.n && find_path(url, from) > colon)
        from = colon + 3;
    path = find_path(url, from);
    return path < url.n ? weir_str_sub(url, path, url.n) : WEIR_STR("/");
}
