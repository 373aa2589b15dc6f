/* Why: a file name that comes from a URL is hostile input. The template is
 * parsed once into pieces; expanding walks them and writes into one buffer.
 * Everything that came from outside passes put_safe, which knows whether it
 * stands at the beginning of a name; at the end every name is looked at once
 * more as a whole (finish_names), for what only pieces together can do: "..",
 * and too many bytes. */
#include "core/outname.h"

#include "base/escape.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <unicode/uchar.h>

enum kind {
    LITERAL,
    HOST,
    PATH,
    DIRECTORY,
    NAME,
    STEM,
    EXT,
    QUERY,
    NUMBER,
    XXH3,
    SHA256,
    DATE,
    CAPTURE
};

static const struct {
    const char *word;
    enum kind kind;
} words[] = {{"host", HOST},     {"path", PATH}, {"dir", DIRECTORY},
             {"name", NAME},     {"stem", STEM}, {"ext", EXT},
             {"query", QUERY},   {"n", NUMBER},  {"xxh3", XXH3},
             {"sha256", SHA256}, {"date", DATE}};

struct piece {
    enum kind kind;
    struct weir_str text; /* LITERAL */
    unsigned number;      /* width of NUMBER, index of CAPTURE */
};

struct weir_outname {
    char *text; /* the literals, braces unescaped */
    struct weir_str folder;
    struct piece *pieces;
    size_t count;
};

/* The parts of a serialised URL that names are made of. */
struct url_parts {
    struct weir_str host, path, query; /* path without its first slash */
    struct weir_str dir, name;
};

static struct url_parts split_url(struct weir_str url) {
    struct url_parts u = {.query = WEIR_STR("")};
    size_t scheme = weir_str_search(url, WEIR_STR("://"));
    struct weir_str rest = url, authority, tail;
    if (scheme < url.n)
        rest = weir_str_sub(url, scheme + 3, url.n);
    rest = weir_str_sub(rest, 0, weir_str_find(rest, '#', 0));
    weir_str_cut(rest, '?', &rest, &u.query);
    weir_str_cut(rest, '/', &authority, &u.path);
    if (weir_str_cut(authority, '@', &tail, &u.host))
        authority = u.host;
    size_t bracket = weir_str_find(authority, ']', 0);
    size_t colon =
        weir_str_find(authority, ':', bracket < authority.n ? bracket : 0);
    u.host = weir_str_sub(authority, 0, colon);
    size_t slash = u.path.n;
    while (slash > 0 && u.path.p[slash - 1] != '/')
        slash--;
    u.dir = weir_str_sub(u.path, 0, slash ? slash - 1 : 0);
    u.name = weir_str_sub(u.path, slash, u.path.n);
    return u;
}

static bool at_start(const struct weir_buf *out, size_t base) {
    return out->len == base || out->p[out->len - 1] == '/';
}

static bool is_unsafe(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == '/' || c == '\\' ||
           c == 0x061c || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0xfeff;
}

/* Bytes from outside as (a part of) one name. `base` is where the path began
 * in out. */
static void put_safe(struct weir_buf *out, size_t base, struct weir_str s) {
    for (size_t i = 0; i < s.n;) {
        uint32_t c = (unsigned char)s.p[i];
        size_t n = 1;
        if (c >= 0x80)
            n = weir_utf8_decode(weir_str_sub(s, i, s.n), &c);
        if (n == 0)
            weir_buf_fmt(out, "%%%02X", (unsigned)(unsigned char)s.p[i]);
        else if (is_unsafe(c))
            weir_buf_byte(out, '_');
        else if (c == '.' && at_start(out, base))
            weir_buf_byte(out, '_');
        else
            weir_buf_add(out, s.p + i, n);
        i += n ? n : 1;
        /* "..x" has more than one dot at its start. */
        if (c == '.' && n == 1)
            while (i < s.n && s.p[i] == '.' && out->len > base &&
                   out->p[out->len - 1] == '_')
                weir_buf_byte(out, '_'), i++;
    }
}

/* One segment of a URL path: decoded once, then made safe. */
static void put_segment(struct weir_buf *out, size_t base,
                        struct weir_str segment) {
    char plain[1024];
    size_t n = 0;
    for (size_t i = 0; i < segment.n && n < sizeof plain; i++) {
        int hi = -1, lo = -1;
        if (segment.p[i] == '%' && i + 2 < segment.n) {
            hi = weir_hex_value(segment.p[i + 1]);
            lo = weir_hex_value(segment.p[i + 2]);
        }
        if (hi >= 0 && lo >= 0) {
            plain[n++] = (char)(hi * 16 + lo);
            i += 2;
        } else {
            plain[n++] = segment.p[i];
        }
    }
    put_safe(out, base, weir_str_make(plain, n));
}

/* Segments with their slashes, empty ones dropped. */
static void put_path(struct weir_buf *out, size_t base, struct weir_str path) {
    struct weir_str segment, rest = path;
    bool more = true;
    while (more) {
        more = weir_str_cut(rest, '/', &segment, &rest);
        put_segment(out, base, segment);
        if (more && !at_start(out, base))
            weir_buf_byte(out, '/');
    }
}

/* Where the extension of a name begins (at its dot), or name.n. */
static size_t extension_at(struct weir_str name) {
    for (size_t i = name.n; i > 1; i--)
        if (name.p[i - 1] == '.')
            return i - 1;
    return name.n;
}

static void put_name(struct weir_buf *out, size_t base, enum kind kind,
                     struct weir_str raw, bool decode) {
    struct weir_buf plain;
    struct weir_str name;
    weir_buf_init(&plain, 0);
    if (decode)
        put_segment(&plain, 0, raw);
    else
        put_safe(&plain, 0, raw);
    if (plain.len == 0)
        weir_buf_z(&plain, "index.html");
    if (plain.failed)
        out->failed = true;
    name = weir_buf_view(&plain);
    size_t dot = extension_at(name);
    if (kind == STEM)
        name = weir_str_sub(name, 0, dot);
    else if (kind == EXT)
        name = weir_str_sub(name, dot < name.n ? dot + 1 : dot, name.n);
    if (kind == EXT && name.n == 0 && out->len > base &&
        out->p[out->len - 1] == '.')
        weir_buf_truncate(out, out->len - 1); /* "{stem}.{ext}" of "README" */
    put_safe(out, base, name);
    weir_buf_release(&plain);
}

static enum weir_err put_capture(struct weir_buf *out, size_t base,
                                 const struct piece *p,
                                 const struct weir_outname_input *in,
                                 struct weir_error *error) {
    if (p->number > in->capture_count)
        return weir_error_set(error, WEIR_E_INVALID,
                              "the output template has {%u}, but the URL "
                              "comes from %zu glob groups",
                              p->number, in->capture_count);
    put_safe(out, base, weir_str_of(in->captures[p->number - 1]));
    return WEIR_OK;
}

static enum weir_err put_piece(struct weir_buf *out, size_t base,
                               const struct piece *p, const struct url_parts *u,
                               const struct weir_outname_input *in,
                               struct weir_error *error) {
    switch (p->kind) {
    case LITERAL:
        weir_buf_str(out, p->text);
        break;
    case HOST:
        put_safe(out, base, u->host);
        break;
    case PATH:
        put_path(out, base, u->path);
        if (at_start(out, base))
            weir_buf_z(out, "index.html");
        break;
    case DIRECTORY:
        put_path(out, base, u->dir);
        break;
    case NAME:
    case STEM:
    case EXT:
        put_name(out, base, p->kind, in->name.n ? in->name : u->name,
                 in->name.n == 0);
        break;
    case QUERY:
        put_segment(out, base, u->query);
        break;
    case NUMBER:
        weir_buf_fmt(out, "%0*llu", (int)p->number, (unsigned long long)in->n);
        break;
    case XXH3:
        weir_buf_str(out, in->xxh3.n ? in->xxh3 : WEIR_STR("{xxh3}"));
        break;
    case SHA256:
        weir_buf_str(out, in->sha256.n ? in->sha256 : WEIR_STR("{sha256}"));
        break;
    case DATE:
        weir_buf_str(out, in->date);
        break;
    case CAPTURE:
        return put_capture(out, base, p, in, error);
    }
    return WEIR_OK;
}

/* The longest prefix of at most max bytes that ends at a character. */
static size_t cut_at(struct weir_str s, size_t max) {
    if (s.n <= max)
        return s.n;
    while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80)
        max--;
    return max;
}

/* A name with `tail` before its extension, within WEIR_OUTNAME_MAX. */
static void put_cut(struct weir_buf *out, struct weir_str name,
                    struct weir_str tail) {
    size_t dot = extension_at(name), room = WEIR_OUTNAME_MAX;
    struct weir_str ext = weir_str_sub(name, dot, name.n);
    if (ext.n > 20) {
        ext = WEIR_STR("");
        dot = name.n;
    }
    room -= ext.n;
    struct weir_str stem = weir_str_sub(name, 0, dot);
    /* The tagged form is a little longer and still has room for ".part". */
    weir_buf_add(out, stem.p, cut_at(stem, room));
    weir_buf_str(out, tail);
    weir_buf_str(out, ext);
}

/* Copies the raw path name by name: empty ones and "." vanish, dots that only
 * pieces together made become "_". */
static enum weir_err finish_names(struct weir_str raw, struct weir_buf *out,
                                  struct weir_error *error) {
    struct weir_str name, rest = raw;
    size_t base = out->len;
    bool more = true;
    while (more) {
        more = weir_str_cut(rest, '/', &name, &rest);
        if (name.n == 0 || weir_str_eq(name, WEIR_STR("."))) {
            if (!more)
                return weir_error_set(error, WEIR_E_INVALID,
                                      "nothing is left for a file name");
            continue;
        }
        if (out->len > base)
            weir_buf_byte(out, '/');
        if (weir_str_eq(name, WEIR_STR("..")))
            weir_buf_z(out, "__");
        else
            put_cut(out, name, WEIR_STR(""));
    }
    if (out->len - base > WEIR_OUTNAME_PATH_MAX)
        return weir_error_set(error, WEIR_E_INVALID,
                              "the file's path would be too long");
    return out->failed ? weir_error_nomem(error) : WEIR_OK;
}

enum weir_err weir_outname_expand(const struct weir_outname *t,
                                  const struct weir_outname_input *in,
                                  struct weir_buf *out,
                                  struct weir_error *error) {
    struct url_parts u = split_url(in->url);
    struct weir_buf raw;
    enum weir_err code = WEIR_OK;
    weir_buf_init(&raw, 0);
    for (size_t i = 0; !code && i < t->count; i++)
        code = put_piece(&raw, 0, &t->pieces[i], &u, in, error);
    if (!code && raw.failed)
        code = weir_error_nomem(error);
    if (!code)
        code = finish_names(weir_buf_view(&raw), out, error);
    weir_buf_release(&raw);
    return code;
}

/* --- templates --- */

static enum weir_err at_column(struct weir_error *error, size_t at,
                               const char *what) {
    return weir_error_set(error, WEIR_E_USAGE,
                          "output template, column %zu: %s", at + 1, what);
}

static enum weir_err parse_word(struct piece *p, struct weir_str word,
                                size_t at, struct weir_error *error) {
    struct weir_str name, option;
    uint64_t value = 0;
    bool has_option = weir_str_cut(word, ':', &name, &option);
    if (weir_str_to_u64(word, &value)) {
        if (value < 1 || value > 99)
            return at_column(error, at, "glob groups are {1} to {99}");
        p->kind = CAPTURE;
        p->number = (unsigned)value;
        return WEIR_OK;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!weir_str_eq(name, weir_str_of(words[i].word)))
            continue;
        p->kind = words[i].kind;
        if (!has_option)
            return WEIR_OK;
        if (p->kind != NUMBER)
            return at_column(error, at, "only {n} takes a width");
        if (!weir_str_to_u64(option, &value) || value > 20)
            return at_column(error, at, "a width is 0 to 20, as in {n:05}");
        p->number = (unsigned)value;
        return WEIR_OK;
    }
    return at_column(error, at,
                     "unknown placeholder; there are {host} {path} {dir} "
                     "{name} {stem} {ext} {query} {n} {n:05} {xxh3} {sha256} "
                     "{date} {1}, and {{ for a brace");
}

/* Literal text runs from *at to the next single brace, into t->text. */
static enum weir_err parse_literal(struct weir_outname *t, struct weir_str s,
                                   size_t *at, size_t *used,
                                   struct weir_error *error) {
    struct piece *p = &t->pieces[t->count];
    size_t start = *used, i = *at;
    while (i < s.n) {
        bool brace = s.p[i] == '{' || s.p[i] == '}';
        bool twice = brace && i + 1 < s.n && s.p[i + 1] == s.p[i];
        if (s.p[i] == '{' && !twice)
            break;
        if (s.p[i] == '}' && !twice)
            return at_column(error, i, "a single }; write }} for a brace");
        if (s.p[i] == '\0')
            return at_column(error, i, "a NUL byte");
        t->text[(*used)++] = s.p[i];
        i += twice ? 2 : 1;
    }
    *at = i;
    if (*used > start) {
        p->kind = LITERAL;
        p->text = weir_str_make(t->text + start, *used - start);
        t->count++;
    }
    return WEIR_OK;
}

static enum weir_err parse_pieces(struct weir_outname *t, struct weir_str s,
                                  struct weir_error *error) {
    size_t at = 0, used = 0;
    enum weir_err code;
    while (at < s.n) {
        if ((code = parse_literal(t, s, &at, &used, error)))
            return code;
        if (at == s.n)
            break;
        size_t end = weir_str_find(s, '}', at);
        if (end == s.n)
            return at_column(error, at, "this { has no }");
        code = parse_word(&t->pieces[t->count],
                          weir_str_sub(s, at + 1, end - at - 1), at, error);
        if (code)
            return code;
        t->count++;
        at = end + 1;
    }
    return WEIR_OK;
}

static bool has_dotdot(struct weir_str path) {
    struct weir_str name, rest = path;
    bool more = true;
    while (more) {
        more = weir_str_cut(rest, '/', &name, &rest);
        if (weir_str_eq(name, WEIR_STR("..")))
            return true;
    }
    return false;
}

/* Takes the folder off the front and refuses ".." behind it. */
static enum weir_err split_folder(struct weir_outname *t,
                                  struct weir_error *error) {
    struct weir_str *first = &t->pieces[0].text;
    if (t->count > 0 && t->pieces[0].kind == LITERAL) {
        size_t slash = first->n;
        while (slash > 0 && first->p[slash - 1] != '/')
            slash--;
        t->folder = weir_str_sub(*first, 0, slash > 1 ? slash - 1 : slash);
        *first = weir_str_sub(*first, slash, first->n);
    }
    for (size_t i = 0; i < t->count; i++)
        if (t->pieces[i].kind == LITERAL && has_dotdot(t->pieces[i].text))
            return weir_error_set(error, WEIR_E_USAGE,
                                  "output template: .. may only stand before "
                                  "the first placeholder");
    const struct piece *last = &t->pieces[t->count ? t->count - 1 : 0];
    if (t->count == 0 ||
        (last->kind == LITERAL &&
         (last->text.n == 0 || last->text.p[last->text.n - 1] == '/')))
        return weir_error_set(error, WEIR_E_USAGE,
                              "the output template names a folder, not a "
                              "file; use -P for folders");
    return WEIR_OK;
}

enum weir_err weir_outname_create(struct weir_outname **out,
                                  struct weir_str text,
                                  struct weir_error *error) {
    struct weir_outname *t = weir_calloc(1, sizeof *t);
    enum weir_err code;
    if (!t)
        return weir_error_nomem(error);
    t->text = weir_malloc(text.n + 1);
    t->pieces = weir_calloc(text.n + 1, sizeof *t->pieces);
    t->folder = WEIR_STR("");
    if (!t->text || !t->pieces)
        code = weir_error_nomem(error);
    else if (!(code = parse_pieces(t, text, error)))
        code = split_folder(t, error);
    if (code) {
        weir_outname_destroy(t);
        return code;
    }
    *out = t;
    return WEIR_OK;
}

void weir_outname_destroy(struct weir_outname *t) {
    if (!t)
        return;
    weir_free(t->text);
    weir_free(t->pieces);
    weir_free(t);
}

struct weir_str weir_outname_folder(const struct weir_outname *t) {
    return t->folder;
}

static bool has_kind(const struct weir_outname *t, enum kind kind) {
    for (size_t i = 0; i < t->count; i++)
        if (t->pieces[i].kind == kind)
            return true;
    return false;
}

bool weir_outname_is_fixed(const struct weir_outname *t) {
    for (size_t i = 0; i < t->count; i++)
        if (t->pieces[i].kind != LITERAL && t->pieces[i].kind != DATE)
            return false;
    return true;
}

bool weir_outname_wants_xxh3(const struct weir_outname *t) {
    return has_kind(t, XXH3);
}

bool weir_outname_wants_sha256(const struct weir_outname *t) {
    return has_kind(t, SHA256);
}

/* --- other names --- */

enum weir_err weir_outname_typed(struct weir_str path, struct weir_buf *out,
                                 struct weir_error *error) {
    if (path.n && path.p[0] == '/')
        return weir_error_set(error, WEIR_E_INVALID,
                              "out= is a path beneath the output folder, not "
                              "an absolute one");
    if (has_dotdot(path))
        return weir_error_set(error, WEIR_E_INVALID,
                              "out= leaves the output folder");
    if (memchr(path.p ? path.p : "", 0, path.n))
        return weir_error_set(error, WEIR_E_INVALID, "out= holds a NUL byte");
    return finish_names(path, out, error);
}

enum weir_err weir_outname_tagged(struct weir_str path, uint32_t tag,
                                  struct weir_buf *out) {
    char text[16];
    size_t slash = path.n;
    snprintf(text, sizeof text, "-%08x", (unsigned)tag);
    while (slash > 0 && path.p[slash - 1] != '/')
        slash--;
    weir_buf_add(out, path.p, slash);
    put_cut(out, weir_str_sub(path, slash, path.n), weir_str_of(text));
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

enum weir_err weir_outname_fold(struct weir_str path, struct weir_buf *out) {
    for (size_t i = 0; i < path.n;) {
        uint32_t c = (unsigned char)path.p[i];
        size_t n = 1;
        if (c < 0x80) {
            weir_buf_byte(out, weir_to_lower((char)c));
        } else {
            n = weir_utf8_decode(weir_str_sub(path, i, path.n), &c);
            if (n)
                weir_utf8_put(
                    out, (uint32_t)u_foldCase((UChar32)c, U_FOLD_CASE_DEFAULT));
            else
                weir_buf_byte(out, path.p[i]);
        }
        i += n ? n : 1;
    }
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}
