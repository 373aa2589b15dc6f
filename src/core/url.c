/* url.c - the basic URL parser of the WHATWG URL Standard for http and https.
 *
 * The Standard's state machine (section 4.4), with the states that only other
 * schemes reach left out, becomes a straight line:
 *
 *     clean            strip C0 and space at the ends, drop tab and newline
 *     split_scheme     "http:", "https:", none; others are refused
 *     parse            authority, or what the base lends
 *     put_authority    credentials, host, port
 *     put_path         segments, dot segments
 *     put_tail         query, fragment
 *
 * The result is written left to right into one buffer that becomes href: what
 * a relative reference takes over from its base is copied as it stands. */
#include "core/url.h"

#include "base/mem.h"
#include "core/url_internal.h"

struct parser {
    struct weir_str s; /* what is left of the input */
    struct url_writer w;
    struct weir_url u; /* offsets so far; href stays NULL until the end */
    const struct weir_url *base;
    struct weir_error *error;
};

static enum weir_err invalid(struct parser *p, const char *message) {
    return weir_error_set(p->error, WEIR_E_INVALID, "%s", message);
}

static bool is_slash(char c) {
    return c == '/' || c == '\\';
}

static char peek(const struct parser *p, size_t i) {
    return i < p->s.n ? p->s.p[i] : '\0';
}

static void skip(struct parser *p, size_t n) {
    p->s.p += n;
    p->s.n -= n;
}

static uint32_t here(const struct parser *p) {
    return (uint32_t)p->w.len;
}

/* Everything up to and without the path of the base, offsets included. */
static void copy_base_authority(struct parser *p) {
    const struct weir_url *b = p->base;
    url_put(&p->w, b->href, b->path_start);
    p->u = *b;
    p->u.href = NULL;
    p->u.has_query = p->u.has_fragment = false;
}

static void put_credentials(struct parser *p, struct weir_str s) {
    struct weir_str user, password;
    weir_str_cut(s, ':', &user, &password);
    p->u.user_start = here(p);
    weir_url_put_set(&p->w, user, URL_USERINFO);
    p->u.user_end = p->u.pass_start = p->u.pass_end = here(p);
    if (password.n > 0) {
        url_put_byte(&p->w, ':');
        p->u.pass_start = here(p);
        weir_url_put_set(&p->w, password, URL_USERINFO);
        p->u.pass_end = here(p);
    }
    if (user.n > 0 || password.n > 0)
        url_put_byte(&p->w, '@');
}

/* Port state: digits to the end of the authority, the default left out. */
static enum weir_err put_port(struct parser *p, struct weir_str digits) {
    unsigned value = 0;
    char text[5];
    int n = 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (!weir_is_digit(digits.p[i]))
            return invalid(p, "the port is not a number");
        value = value * 10 + (unsigned)(digits.p[i] - '0');
        if (value > 65535)
            return invalid(p, "a port is at most 65535");
    }
    if (digits.n == 0 || value == p->u.port)
        return WEIR_OK;
    p->u.port = (uint16_t)value;
    url_put_byte(&p->w, ':');
    p->u.port_start = here(p);
    do {
        text[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (n > 0)
        url_put_byte(&p->w, text[--n]);
    p->u.port_end = here(p);
    return WEIR_OK;
}

/* The ':' before the port in s, brackets respected; s.n without one. */
static size_t find_port(struct weir_str s) {
    bool inside = false;
    size_t i;
    for (i = 0; i < s.n; i++) {
        if (s.p[i] == '[')
            inside = true;
        else if (s.p[i] == ']')
            inside = false;
        else if (s.p[i] == ':' && !inside)
            break;
    }
    return i;
}

/* Authority, host and port states. */
static enum weir_err put_authority(struct parser *p) {
    size_t end = 0, at, colon;
    bool credentials = false;
    struct weir_str s;
    enum weir_err err;
    for (at = 0; end < p->s.n; end++) {
        char c = p->s.p[end];
        if (is_slash(c) || c == '?' || c == '#')
            break;
        if (c == '@') {
            at = end;
            credentials = true;
        }
    }
    s = weir_str_make(p->s.p, end);
    skip(p, end);
    p->u.user_start = p->u.user_end = here(p);
    p->u.pass_start = p->u.pass_end = here(p);
    if (credentials) {
        put_credentials(p, weir_str_make(s.p, at));
        s = weir_str_sub(s, at + 1, s.n);
    }
    colon = find_port(s);
    p->u.host_start = here(p);
    err = weir_url_put_host(&p->w, weir_str_make(s.p, colon), &p->u.host_is_ip,
                            p->error);
    p->u.host_end = p->u.port_start = p->u.port_end = here(p);
    if (!err && colon < s.n)
        err = put_port(p, weir_str_sub(s, colon + 1, s.n));
    p->u.path_start = here(p);
    return err;
}

/* 1 for ".", 2 for "..", their spellings with %2e too; else 0. */
static int count_dots(const char *p, size_t n) {
    int dots = 0;
    if (n == 0 || n > 6 || (p[0] != '.' && p[0] != '%'))
        return 0;
    for (size_t i = 0; i < n; dots++) {
        if (p[i] == '.')
            i++;
        else if (n - i >= 3 && p[i] == '%' && p[i + 1] == '2' &&
                 weir_to_lower(p[i + 2]) == 'e')
            i += 3;
        else
            return 0;
    }
    return dots <= 2 ? dots : 0;
}

/* Cuts the last "/segment" off the path written so far, if there is one. */
static void shorten_path(struct parser *p) {
    size_t len = p->w.len;
    while (len > p->u.path_start && p->w.p[len - 1] != '/')
        len--;
    if (len > p->u.path_start)
        p->w.len = len - 1;
}

/* Path state, from behind the slash that begins the first segment. Each round
 * writes "/segment" and takes it back when it is made of dots. */
static void put_path(struct parser *p) {
    bool last;
    do {
        size_t start = p->w.len, i = 0;
        int dots;
        url_put_byte(&p->w, '/');
        for (;;) {
            size_t from = i;
            char c;
            while (i < p->s.n && !url_is(p->s.p[i], URL_PATH_STOP))
                i++;
            url_put(&p->w, p->s.p + from, i - from);
            c = peek(p, i);
            if (i == p->s.n || is_slash(c) || c == '?' || c == '#')
                break;
            from = i;
            while (i < p->s.n && url_is(p->s.p[i], URL_PATH) &&
                   p->s.p[i] != '?' && p->s.p[i] != '#')
                i++;
            weir_url_put_set(&p->w, weir_str_make(p->s.p + from, i - from),
                             URL_PATH);
        }
        last = i == p->s.n || !is_slash(p->s.p[i]);
        skip(p, last ? i : i + 1);
        if (p->w.err)
            return;
        dots = count_dots(p->w.p + start + 1, p->w.len - start - 1);
        if (dots > 0)
            p->w.len = start;
        if (dots == 2)
            shorten_path(p);
        if (dots > 0 && last)
            url_put_byte(&p->w, '/');
    } while (!last);
}

/* Query and fragment states; the path ends here. */
static void put_tail(struct parser *p) {
    struct weir_url *u = &p->u;
    if (!u->has_query)
        u->path_end = u->query_start = u->query_end = here(p);
    if (peek(p, 0) == '?') {
        size_t end = weir_str_find(p->s, '#', 1);
        u->has_query = true;
        url_put_byte(&p->w, '?');
        u->query_start = here(p);
        weir_url_put_set(&p->w, weir_str_sub(p->s, 1, end - 1), URL_QUERY);
        u->query_end = here(p);
        skip(p, end);
    }
    u->frag_start = u->frag_end = here(p);
    if (p->s.n > 0) {
        u->has_fragment = true;
        url_put_byte(&p->w, '#');
        u->frag_start = here(p);
        weir_url_put_set(&p->w, weir_str_sub(p->s, 1, p->s.n), URL_FRAGMENT);
        u->frag_end = here(p);
    }
}

/* Relative state: the base lends its authority and, depending on what the
 * reference begins with, its path and query. */
static void put_relative(struct parser *p) {
    const struct weir_url *b = p->base;
    char c = peek(p, 0);
    copy_base_authority(p);
    if (is_slash(c)) {
        skip(p, 1);
        put_path(p);
    } else if (p->s.n > 0 && c != '?' && c != '#') {
        url_put(&p->w, b->href + b->path_start, b->path_end - b->path_start);
        shorten_path(p);
        put_path(p);
    } else {
        size_t end = c != '?' && b->has_query ? b->query_end : b->path_end;
        url_put(&p->w, b->href + b->path_start, end - b->path_start);
        p->u.has_query = c != '?' && b->has_query;
        p->u.query_start = b->query_start;
        p->u.query_end = b->query_end;
    }
}

/* Scheme start and scheme states: a scheme and its ':' are taken off the
 * input. Answers 0 for none, 4 or 5 (the length of http, https), -1 for any
 * other. */
static int split_scheme(struct parser *p) {
    size_t i;
    struct weir_str name;
    if (!weir_is_alpha(peek(p, 0)))
        return 0;
    for (i = 1; i < p->s.n; i++) {
        char c = p->s.p[i];
        if (!weir_is_alnum(c) && c != '+' && c != '-' && c != '.')
            break;
    }
    if (peek(p, i) != ':')
        return 0;
    name = weir_str_make(p->s.p, i);
    if (!weir_str_eq_nocase(name, WEIR_STR("http")) &&
        !weir_str_eq_nocase(name, WEIR_STR("https")))
        return -1;
    skip(p, i + 1);
    return (int)i;
}

/* Behind the scheme: is this relative to the base after all? */
static bool is_relative(struct parser *p, int scheme) {
    bool slash = is_slash(peek(p, 0)), two = slash && is_slash(peek(p, 1));
    if (!p->base)
        return false;
    if (scheme == 0)
        return !two;
    /* Special relative or authority state; "//" leads to an authority there,
     * and in relative slash state so does any second slash. */
    return (uint32_t)scheme == p->base->scheme_end && !two;
}

static enum weir_err parse(struct parser *p) {
    enum weir_err err = WEIR_OK;
    int scheme = split_scheme(p);
    if (scheme < 0)
        return invalid(p, "the scheme is neither http nor https");
    if (scheme == 0 && !p->base)
        return invalid(p, "a relative URL needs a base, or http:// in front");
    if (is_relative(p, scheme)) {
        put_relative(p);
    } else {
        if (scheme == 0)
            scheme = (int)p->base->scheme_end;
        url_put(&p->w, "https", (size_t)scheme);
        url_put(&p->w, "://", 3);
        p->u.scheme_end = (uint32_t)scheme;
        p->u.port = scheme == 5 ? 443 : 80;
        while (is_slash(peek(p, 0)))
            skip(p, 1);
        err = put_authority(p);
        if (err)
            return err;
        if (is_slash(peek(p, 0)))
            skip(p, 1);
        put_path(p);
    }
    put_tail(p);
    return p->w.err;
}

/* A copy of s without tab and newline, for weir_free; NULL when there are none
 * (*err = WEIR_OK) or no memory. */
static char *without_newlines(struct weir_str *s, enum weir_err *err) {
    char *copy;
    size_t n = 0;
    *err = WEIR_OK;
    if (s->n == 0 || (!memchr(s->p, '\n', s->n) && !memchr(s->p, '\t', s->n) &&
                      !memchr(s->p, '\r', s->n)))
        return NULL;
    copy = weir_malloc(s->n);
    if (!copy) {
        *err = WEIR_E_NOMEM;
        return NULL;
    }
    for (size_t i = 0; i < s->n; i++)
        if (s->p[i] != '\n' && s->p[i] != '\t' && s->p[i] != '\r')
            copy[n++] = s->p[i];
    *s = weir_str_make(copy, n);
    return copy;
}

/* Hands the written bytes over as href, without too much slack. */
static enum weir_err finish(struct parser *p, struct weir_url *out) {
    if (p->w.cap - p->w.len > p->w.len / 2 + 64) {
        char *smaller = weir_realloc(p->w.p, p->w.len + 1);
        if (smaller)
            p->w.p = smaller;
    }
    p->w.p[p->w.len] = '\0';
    p->u.href = p->w.p;
    *out = p->u;
    return WEIR_OK;
}

enum weir_err weir_url_parse(struct weir_url *out, struct weir_str input,
                             const struct weir_url *base,
                             struct weir_error *error) {
    struct parser p = {.s = input, .base = base, .error = error};
    enum weir_err err;
    char *cleaned;
    size_t room;
    if (input.n > URL_MAX)
        return weir_error_set(error, WEIR_E_LIMIT, "a URL is at most %d bytes",
                              (int)URL_MAX);
    while (p.s.n > 0 && (unsigned char)p.s.p[p.s.n - 1] <= ' ')
        p.s.n--;
    while (p.s.n > 0 && (unsigned char)p.s.p[0] <= ' ')
        skip(&p, 1);
    cleaned = without_newlines(&p.s, &err);
    if (err)
        return weir_error_nomem(error);
    /* Enough for what is plain ASCII: the input, the scheme's "://" and slash
     * that it may lack, and what it may take over from the base. */
    room = p.s.n + 16 + (base ? base->query_end : 0);
    if (weir_url_writer_grow(&p.w, room < URL_MAX ? room : URL_MAX))
        err = parse(&p);
    else
        err = p.w.err;
    if (err == WEIR_E_LIMIT && p.w.err == err)
        weir_error_set(error, err, "a URL is at most %d bytes", (int)URL_MAX);
    else if (err == WEIR_E_NOMEM)
        weir_error_nomem(error);
    if (!err)
        err = finish(&p, out);
    else
        weir_free(p.w.p);
    weir_free(cleaned);
    return err;
}

void weir_url_release(struct weir_url *u) {
    if (!u)
        return;
    weir_free(u->href);
    *u = (struct weir_url){0};
}

enum weir_err weir_url_copy(struct weir_url *out, const struct weir_url *u) {
    char *href = weir_memdup(u->href, u->frag_end);
    if (!href)
        return WEIR_E_NOMEM;
    *out = *u;
    out->href = href;
    return WEIR_OK;
}
