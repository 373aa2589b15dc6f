/* Neither parser tells all about the DOCTYPE: gumbo compares the identifiers of
 * quirks mode as a whole where the standard wants prefixes, and forgets whether
 * they were missing or empty; libxml2 knows no quirks. So it is read here. */
#include "doc/doctype.h"

#define PUBLIC_LENGTH 6 /* of PUBLIC and SYSTEM */

static bool starts_at(struct weir_str s, size_t at, struct weir_str with) {
    return weir_str_starts_nocase(weir_str_sub(s, at, with.n), with);
}

/* Behind the comment that begins at `at` ("<!--"). */
static size_t skip_comment(struct weir_str page, size_t at) {
    size_t i = at + 4;
    if (starts_at(page, i, WEIR_STR(">")))
        return i + 1;
    if (starts_at(page, i, WEIR_STR("->")))
        return i + 2;
    for (; i < page.n; i++) {
        i = weir_str_find(page, '-', i);
        if (starts_at(page, i, WEIR_STR("-->")))
            return i + 3;
        if (starts_at(page, i, WEIR_STR("--!>")))
            return i + 4;
    }
    return page.n;
}

/* The index of "<!doctype", page.n when something else comes first. */
static size_t find_start(struct weir_str page) {
    size_t i = 0;
    if (starts_at(page, 0, WEIR_STR("\xEF\xBB\xBF")))
        i = 3;
    while (i < page.n) {
        char next = i + 1 < page.n ? page.p[i + 1] : '\0';
        char third = i + 2 < page.n ? page.p[i + 2] : '\0';
        if (weir_is_space(page.p[i]))
            i++;
        else if (starts_at(page, i, WEIR_STR("<!doctype")))
            return i;
        else if (starts_at(page, i, WEIR_STR("<!--")))
            i = skip_comment(page, i);
        else if (page.p[i] == '<' &&
                 (next == '!' || next == '?' ||
                  (next == '/' && third && !weir_is_alpha(third))))
            i = weir_str_find(page, '>', i + 2) + 1; /* a bogus comment */
        else
            break;
    }
    return page.n;
}

struct reader {
    struct weir_str page;
    size_t at;
};

static char peek(const struct reader *r) {
    return r->at < r->page.n ? r->page.p[r->at] : '>';
}

static bool ended(const struct reader *r) {
    return r->at >= r->page.n;
}

static void skip_space(struct reader *r) {
    while (!ended(r) && weir_is_space(peek(r)))
        r->at++;
}

/* An identifier in quotes; one that '>' or the end cuts off is kept, and the
 * mode is quirks. */
static bool read_id(struct reader *r, struct weir_doctype *d,
                    struct weir_str *id) {
    char quote = peek(r);
    size_t from;
    if (quote != '"' && quote != '\'')
        return false;
    from = ++r->at;
    while (!ended(r) && peek(r) != quote && peek(r) != '>')
        r->at++;
    *id = weir_str_sub(r->page, from, r->at - from);
    if (ended(r) || peek(r) == '>')
        d->force_quirks = true;
    else
        r->at++;
    return true;
}

static void read_ids(struct reader *r, struct weir_doctype *d) {
    bool is_public = starts_at(r->page, r->at, WEIR_STR("PUBLIC"));
    bool is_system = starts_at(r->page, r->at, WEIR_STR("SYSTEM"));
    if (!is_public && !is_system) {
        d->force_quirks = d->force_quirks || peek(r) != '>' || ended(r);
        return;
    }
    r->at += PUBLIC_LENGTH;
    skip_space(r);
    if (is_public) {
        d->has_public = read_id(r, d, &d->public_id);
        if (!d->has_public) {
            d->force_quirks = true;
            return;
        }
        skip_space(r);
    }
    d->has_system = read_id(r, d, &d->system_id);
    if (!d->has_system && (is_system || peek(r) != '>' || ended(r)))
        d->force_quirks = true;
    skip_space(r);
    if (ended(r))
        d->force_quirks = true;
}

struct weir_doctype weir_doctype_find(struct weir_str page) {
    struct weir_doctype d = {.at = find_start(page)};
    struct reader r = {page, d.at + 9};
    size_t from;
    if (d.at >= page.n)
        return d;
    d.found = true;
    skip_space(&r);
    from = r.at;
    while (!ended(&r) && !weir_is_space(peek(&r)) && peek(&r) != '>')
        r.at++;
    d.name = weir_str_sub(page, from, r.at - from);
    d.force_quirks = d.name.n == 0 || ended(&r);
    skip_space(&r);
    read_ids(&r, &d);
    d.end = weir_str_find(page, '>', r.at);
    if (d.end < page.n)
        d.end++;
    return d;
}

/* HTML Standard section 13.2.6.4.1 */
static const char *const quirks_public[] = {
    "+//Silmaril//dtd html Pro v0r11 19970101//",
    "-//AS//DTD HTML 3.0 asWedit + extensions//",
    "-//AdvaSoft Ltd//DTD HTML 3.0 asWedit + extensions//",
    "-//IETF//DTD HTML 2.0 Level 1//",
    "-//IETF//DTD HTML 2.0 Level 2//",
    "-//IETF//DTD HTML 2.0 Strict Level 1//",
    "-//IETF//DTD HTML 2.0 Strict Level 2//",
    "-//IETF//DTD HTML 2.0 Strict//",
    "-//IETF//DTD HTML 2.0//",
    "-//IETF//DTD HTML 2.1E//",
    "-//IETF//DTD HTML 3.0//",
    "-//IETF//DTD HTML 3.2 Final//",
    "-//IETF//DTD HTML 3.2//",
    "-//IETF//DTD HTML 3//",
    "-//IETF//DTD HTML Level 0//",
    "-//IETF//DTD HTML Level 1//",
    "-//IETF//DTD HTML Level 2//",
    "-//IETF//DTD HTML Level 3//",
    "-//IETF//DTD HTML Strict Level 0//",
    "-//IETF//DTD HTML Strict Level 1//",
    "-//IETF//DTD HTML Strict Level 2//",
    "-//IETF//DTD HTML Strict Level 3//",
    "-//IETF//DTD HTML Strict//",
    "-//IETF//DTD HTML//",
    "-//Metrius//DTD Metrius Presentational//",
    "-//Microsoft//DTD Internet Explorer 2.0 HTML Strict//",
    "-//Microsoft//DTD Internet Explorer 2.0 HTML//",
    "-//Microsoft//DTD Internet Explorer 2.0 Tables//",
    "-//Microsoft//DTD Internet Explorer 3.0 HTML Strict//",
    "-//Microsoft//DTD Internet Explorer 3.0 HTML//",
    "-//Microsoft//DTD Internet Explorer 3.0 Tables//",
    "-//Netscape Comm. Corp.//DTD HTML//",
    "-//Netscape Comm. Corp.//DTD Strict HTML//",
    "-//O'Reilly and Associates//DTD HTML 2.0//",
    "-//O'Reilly and Associates//DTD HTML Extended 1.0//",
    "-//O'Reilly and Associates//DTD HTML Extended Relaxed 1.0//",
    "-//SQ//DTD HTML 2.0 HoTMetaL + extensions//",
    "-//SoftQuad Software//DTD HoTMetaL PRO 6.0::19990601::extensions to HTML "
    "4.0//",
    "-//SoftQuad//DTD HoTMetaL PRO 4.0::19971010::extensions to HTML 4.0//",
    "-//Spyglass//DTD HTML 2.0 Extended//",
    "-//Sun Microsystems Corp.//DTD HotJava HTML//",
    "-//Sun Microsystems Corp.//DTD HotJava Strict HTML//",
    "-//W3C//DTD HTML 3 1995-03-24//",
    "-//W3C//DTD HTML 3.2 Draft//",
    "-//W3C//DTD HTML 3.2 Final//",
    "-//W3C//DTD HTML 3.2//",
    "-//W3C//DTD HTML 3.2S Draft//",
    "-//W3C//DTD HTML 4.0 Frameset//",
    "-//W3C//DTD HTML 4.0 Transitional//",
    "-//W3C//DTD HTML Experimental 19960712//",
    "-//W3C//DTD HTML Experimental 970421//",
    "-//W3C//DTD W3 HTML//",
    "-//W3O//DTD W3 HTML 3.0//",
    "-//WebTechs//DTD Mozilla HTML 2.0//",
    "-//WebTechs//DTD Mozilla HTML//",
    NULL};
static const char *const html401[] = {"-//W3C//DTD HTML 4.01 Frameset//",
                                      "-//W3C//DTD HTML 4.01 Transitional//",
                                      NULL};
static const char *const limited_public[] = {
    "-//W3C//DTD XHTML 1.0 Frameset//", "-//W3C//DTD XHTML 1.0 Transitional//",
    NULL};

static bool has_prefix(struct weir_str s, const char *const *prefixes) {
    for (; *prefixes; prefixes++) {
        if (weir_str_starts_nocase(s, weir_str_of(*prefixes)))
            return true;
    }
    return false;
}

enum weir_doc_quirks weir_doctype_quirks(const struct weir_doctype *d) {
    struct weir_str id = d->public_id;
    if (!d->found || d->force_quirks ||
        !weir_str_eq_nocase(d->name, WEIR_STR("html")))
        return WEIR_DOC_QUIRKS;
    if (weir_str_eq_nocase(id,
                           WEIR_STR("-//W3O//DTD W3 HTML Strict 3.0//EN//")) ||
        weir_str_eq_nocase(id,
                           WEIR_STR("-/W3C/DTD HTML 4.0 Transitional/EN")) ||
        weir_str_eq_nocase(id, WEIR_STR("HTML")) ||
        weir_str_eq_nocase(d->system_id,
                           WEIR_STR("http://www.ibm.com/data/dtd/v11/"
                                    "ibmxhtml1-transitional.dtd")) ||
        has_prefix(id, quirks_public))
        return WEIR_DOC_QUIRKS;
    if (has_prefix(id, html401))
        return d->has_system ? WEIR_DOC_LIMITED_QUIRKS : WEIR_DOC_QUIRKS;
    return has_prefix(id, limited_public) ? WEIR_DOC_LIMITED_QUIRKS
                                          : WEIR_DOC_NO_QUIRKS;
}
