/* gumbo is of 2015. Where the standard has moved on, or gumbo errs, the page
 * is rewritten a little before gumbo sees it, never changing its length:
 *
 *   - <dialog> and <search> are blocks now that close a <p>; <menuitem> and
 *     <isindex> are nothing special any more. They go in disguise, as an
 *     element that gumbo treats that way, in odd letter case. In tag names case
 *     does not matter; where it was no tag but text (in a script, a comment, a
 *     value), the odd case tells what to put back.
 *   - a number like &#99999999999; overflows in gumbo, and what comes out is no
 *     UTF-8. It becomes U+110000 with leading zeros, which gives U+FFFD.
 *   - a doctype that means quirks mode, but not to gumbo, gets a name that does
 *     (a <table> does not close a <p> then). */
#include "doc/gumbo_input.h"

#include <string.h>

static const struct disguise {
    struct weir_str name, as;
} disguises[] = {
    {{"dialog", 6}, {"FiGuRe", 6}},
    {{"search", 6}, {"fIgUrE", 6}},
    {{"isindex", 7}, {"iSiNdEz", 7}},
    {{"menuitem", 8}, {"mEnUiTeX", 8}},
};

enum { DISGUISES = sizeof disguises / sizeof *disguises };

/* The bytes to write to; the copy is made at the first change. */
static char *writable(struct weir_gumbo_input *in) {
    if (in->copy.len == 0 &&
        weir_buf_add(&in->copy, in->page.p, in->page.n) == WEIR_OK)
        in->page = weir_buf_view(&in->copy);
    return in->copy.p;
}

static bool ends_name(struct weir_str page, size_t at) {
    return at >= page.n || weir_is_space(page.p[at]) || page.p[at] == '>' ||
           page.p[at] == '/';
}

/* at: behind "<". */
static void disguise_tag(struct weir_gumbo_input *in, size_t at) {
    char first;
    if (at < in->page.n && in->page.p[at] == '/')
        at++;
    first = at < in->page.n ? weir_to_lower(in->page.p[at]) : '\0';
    for (size_t i = 0; i < DISGUISES; i++) {
        const struct disguise *d = &disguises[i];
        if (d->name.p[0] != first || !ends_name(in->page, at + d->name.n) ||
            !weir_str_starts_nocase(weir_str_sub(in->page, at, d->name.n),
                                    d->name))
            continue;
        writable(in);
        if (!in->copy.failed) {
            memcpy(in->copy.p + at, d->as.p, d->as.n);
            in->disguised = true;
        }
    }
}

static bool is_digit_of(char c, bool hex) {
    return hex ? weir_hex_value(c) >= 0 : weir_is_digit(c);
}

/* at: behind "&". */
static void tame_number(struct weir_gumbo_input *in, size_t at) {
    struct weir_str p = in->page;
    bool hex = at + 1 < p.n && weir_to_lower(p.p[at + 1]) == 'x';
    size_t first = at + (hex ? 2 : 1), zeros, end;
    const char *big = hex ? "110000" : "1114112";
    if (at >= p.n || p.p[at] != '#')
        return;
    for (zeros = first; zeros < p.n && p.p[zeros] == '0'; zeros++)
        ;
    for (end = zeros; end < p.n && is_digit_of(p.p[end], hex); end++)
        ;
    if (end - zeros < (hex ? 8 : 10))
        return;
    writable(in);
    if (in->copy.failed)
        return;
    memset(in->copy.p + zeros, '0', end - zeros);
    memcpy(in->copy.p + end - strlen(big), big, strlen(big));
}

enum weir_err weir_gumbo_input_init(struct weir_gumbo_input *in,
                                    struct weir_str page,
                                    const struct weir_doctype *doctype) {
    *in = (struct weir_gumbo_input){.page = page};
    weir_buf_init(&in->copy, 0);
    weir_buf_init(&in->text, 0);
    for (size_t at = 0; at < page.n && !in->copy.failed; at++) {
        at = weir_str_find(in->page, '<', at);
        disguise_tag(in, at + 1);
    }
    for (size_t at = 0; at < page.n && !in->copy.failed; at++) {
        at = weir_str_find(in->page, '&', at);
        tame_number(in, at + 1);
    }
    if (doctype->found && doctype->name.n > 0 &&
        weir_doctype_quirks(doctype) == WEIR_DOC_QUIRKS) {
        writable(in);
        if (!in->copy.failed)
            in->copy.p[doctype->name.p - page.p] = 'x';
    }
    return in->copy.failed ? WEIR_E_NOMEM : WEIR_OK;
}

void weir_gumbo_input_release(struct weir_gumbo_input *in) {
    weir_buf_release(&in->copy);
    weir_buf_release(&in->text);
}

const char *weir_gumbo_input_name(const struct weir_gumbo_input *in,
                                  struct weir_str tag) {
    if (!in->disguised)
        return NULL;
    tag = weir_str_sub(tag, 1, tag.n);
    for (size_t i = 0; i < DISGUISES; i++) {
        if (weir_str_starts(tag, disguises[i].as) &&
            ends_name(tag, disguises[i].as.n))
            return disguises[i].name.p;
    }
    return NULL;
}

struct weir_str weir_gumbo_input_text(struct weir_gumbo_input *in,
                                      const char *text) {
    if (!in->disguised || !strchr(text, '<'))
        return weir_str_of(text);
    weir_buf_clear(&in->text);
    weir_buf_z(&in->text, text);
    if (in->text.failed)
        return weir_str_of(text);
    for (char *p = in->text.p; (p = strchr(p, '<'));) {
        p += p[1] == '/' ? 2 : 1;
        for (size_t i = 0; i < DISGUISES; i++) {
            const struct disguise *d = &disguises[i];
            if (strncmp(p, d->as.p, d->as.n) == 0)
                memcpy(p, d->name.p, d->name.n);
        }
    }
    return weir_buf_view(&in->text);
}
