/* Why: a record is what a page said; an item is what feed readers accept. Each
 * part is taken from its field, checked, and left out when it cannot be right:
 * a wrong enclosure or date makes a feed invalid, a missing one does not. */
#include "sink/feed.h"

#include "base/escape.h"
#include "core/httpdate.h"
#include "core/mediatype.h"
#include "core/rfc3339.h"
#include "sink/uuid5.h"

#include <string.h>

/* Some readers look for mail addresses in names, in quadratic time. */
enum { AUTHOR_MAX = 1000 };

struct reader {
    const struct weir_feed_source *source;
    const struct weir_members *m;
    struct weir_arena *arena;
    struct weir_feed_item *item;
    enum weir_err code; /* the first error; later parts are skipped */
};

/* Names that pages' authors and users give to the same things. A field that the
 * output names is taken alone. */
static const char *const aliases[][3] = {
    {"description", "notes", "summary"},
    {"date", "published", "pubdate"},
    {"link", "url", NULL},
    {"enclosure", "audio", "video"},
};

static struct weir_value field(const struct reader *r, const char *mapped,
                               const char *own) {
    struct weir_value v =
        weir_members_get(r->m, weir_str_of(mapped ? mapped : own));
    for (size_t i = 0; !mapped && i < sizeof aliases / sizeof *aliases; i++)
        if (strcmp(aliases[i][0], own) == 0)
            for (size_t k = 1; k < 3 && aliases[i][k]; k++)
                if (weir_value_is_empty(v))
                    v = weir_members_get(r->m, weir_str_of(aliases[i][k]));
    return weir_value_first(v);
}

static struct weir_str keep(struct reader *r, struct weir_str s) {
    char *copy = weir_arena_dup(r->arena, s);
    if (copy)
        return weir_str_make(copy, s.n);
    r->code = WEIR_E_NOMEM;
    return weir_str_make(NULL, 0);
}

static struct weir_str keep_buf(struct reader *r, struct weir_buf *b) {
    struct weir_str s = weir_str_make(NULL, 0);
    if (b->failed)
        r->code = WEIR_E_NOMEM;
    else if (b->len > 0)
        s = keep(r, weir_buf_view(b));
    weir_buf_release(b);
    return s;
}

/* A text of several lines. */
static struct weir_str text_of(struct reader *r, struct weir_value v) {
    struct weir_buf b;
    weir_buf_init(&b, 0);
    if (weir_value_put_text(v, &b))
        r->code = WEIR_E_NOMEM;
    return weir_str_trim(keep_buf(r, &b));
}

/* XML can carry something of it: else an element would stand there empty. */
static bool says_something(struct weir_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] > ' ')
            return true;
    return false;
}

/* A text of one line: white space of any kind becomes one space. */
static struct weir_str line_of(struct reader *r, struct weir_value v) {
    struct weir_str s = text_of(r, v);
    char *to = s.n > 0 ? weir_arena_alloc(r->arena, s.n) : NULL;
    size_t n = 0;
    if (!to) {
        if (s.n > 0)
            r->code = WEIR_E_NOMEM;
        return weir_str_make(NULL, 0);
    }
    for (size_t i = 0; i < s.n; i++) {
        if (!weir_is_space(s.p[i]))
            to[n++] = s.p[i];
        else if (n > 0 && to[n - 1] != ' ')
            to[n++] = ' ';
    }
    return says_something(weir_str_make(to, n)) ? weir_str_make(to, n)
                                                : weir_str_make(NULL, 0);
}

static struct weir_str cut(struct reader *r, struct weir_str s, size_t max) {
    struct weir_buf b;
    if (s.n <= max)
        return s;
    weir_buf_init(&b, 0);
    if (weir_feed_cut(s, max, &b))
        r->code = WEIR_E_NOMEM;
    return keep_buf(r, &b);
}

static void unreadable(struct reader *r, struct weir_value v,
                       const char *part) {
    if (!weir_value_is_empty(v) && !r->item->unreadable)
        r->item->unreadable = part;
}

/* An absolute http(s) URL, or nothing. */
static struct weir_str url_of(struct reader *r, struct weir_value v,
                              const char *part) {
    struct weir_str s = text_of(r, v), out = weir_str_make(NULL, 0);
    struct weir_url url;
    if (s.n == 0 || r->code)
        return out;
    enum weir_err code = weir_url_parse(&url, s, r->source->base, NULL);
    if (code == WEIR_E_NOMEM) {
        r->code = code;
    } else if (code) {
        unreadable(r, v, part);
    } else {
        out = keep(r, weir_str_of(url.href));
        weir_url_release(&url);
    }
    return out;
}

/* ---- enclosure ---- */

/* An enclosure may also be an object with its parts, as other feeds have it. */
static struct weir_value part_of(struct weir_value v, const char *const *names,
                                 size_t count) {
    struct weir_value none = {WEIR_JSON_END, {NULL, 0}};
    for (size_t i = 0; v.kind == WEIR_JSON_OBJECT && i < count; i++) {
        struct weir_value part = weir_value_get(v, weir_str_of(names[i]));
        if (!weir_value_is_empty(part))
            return part;
    }
    return none;
}

static struct weir_str enclosure_url(struct reader *r, struct weir_value v) {
    static const char *const names[] = {"url", "href", "src"};
    return url_of(r, v.kind == WEIR_JSON_OBJECT ? part_of(v, names, 3) : v,
                  "enclosure");
}

/* "25118744", "25,118,744", "25118744 bytes" */
static bool read_length(struct weir_str s, uint64_t *out) {
    char digits[24];
    size_t n = 0, i = 0;
    s = weir_str_trim(s);
    for (; i < s.n && n < sizeof digits; i++) {
        if (weir_is_digit(s.p[i]))
            digits[n++] = s.p[i];
        else if (s.p[i] != ',' || n == 0)
            break;
    }
    struct weir_str unit = weir_str_trim(weir_str_sub(s, i, s.n));
    if (unit.n > 0 && !weir_str_eq_nocase(unit, WEIR_STR("bytes")) &&
        !weir_str_eq_nocase(unit, WEIR_STR("B")))
        return false;
    return weir_str_to_u64(weir_str_make(digits, n), out);
}

static void read_page_length(struct reader *r, struct weir_value object) {
    static const char *const names[] = {"length", "size", "size_in_bytes"};
    const struct weir_feed_fields *f = &r->source->output->feed;
    struct weir_value v = field(r, f->enclosure_length, "enclosure_length");
    if (weir_value_is_empty(v))
        v = part_of(object, names, 3);
    struct weir_str s = text_of(r, v);
    if (s.n > 0 && !read_length(s, &r->item->length))
        unreadable(r, v, "enclosure_length");
}

/* The record's type, the server's, the extension's. */
static void read_type(struct reader *r, struct weir_value object,
                      struct weir_str said) {
    static const char *const names[] = {"type", "mime_type"};
    const struct weir_feed_fields *f = &r->source->output->feed;
    struct weir_value v = field(r, f->enclosure_type, "enclosure_type");
    if (weir_value_is_empty(v))
        v = part_of(object, names, 2);
    struct weir_str type = weir_mediatype_clean(text_of(r, v));
    if (type.n == 0 && (type = weir_mediatype_clean(said)).n > 0)
        type = keep(r, type);
    if (type.n == 0)
        type = weir_str_of(weir_mediatype_of_path(r->item->enclosure));
    r->item->type = type.n > 0 ? type : WEIR_STR("application/octet-stream");
}

/* length: probe takes the server's word before the page's; 0 says that it is
 * not known (RSS Advisory Board's profile). */
static void read_enclosure(struct reader *r) {
    const struct weir_output *o = r->source->output;
    struct weir_value v = field(r, o->feed.enclosure, "enclosure");
    struct weir_measured measured = {0};
    r->item->enclosure = enclosure_url(r, v);
    if (r->item->enclosure.n == 0 || r->code)
        return;
    if (o->length == WEIR_LENGTH_PROBE && r->source->measure)
        r->source->measure(r->item->enclosure, &measured, r->source->data);
    if (measured.known)
        r->item->length = measured.length;
    else if (o->length != WEIR_LENGTH_NONE)
        read_page_length(r, v);
    read_type(r, v, measured.type);
}

/* ---- the other parts ---- */

static void read_date(struct reader *r) {
    const struct weir_feed_fields *f = &r->source->output->feed;
    struct weir_value v = field(r, f->date, "date");
    struct weir_feed_item *item = r->item;
    struct weir_str s = text_of(r, v);
    item->has_date = weir_rfc3339_parse(s, &item->date) ||
                     weir_httpdate_parse(s, item->retrieved, &item->date);
    /* Formats have four digits for a year, and readers none for antiquity. */
    if (item->has_date && weir_civil_of(item->date).year < 1000)
        item->has_date = false;
    if (!item->has_date)
        unreadable(r, v, "date");
}

static struct weir_str number_of(struct reader *r, struct weir_value v,
                                 const char *part) {
    struct weir_str s = text_of(r, v);
    uint64_t n;
    if (weir_str_to_u64(s, &n) && n > 0)
        return s;
    unreadable(r, v, part);
    return weir_str_make(NULL, 0);
}

static void read_itunes(struct reader *r) {
    const struct weir_feed_fields *f = &r->source->output->feed;
    struct weir_feed_item *item = r->item;
    struct weir_value v = field(r, f->duration, "duration");
    struct weir_buf b;
    weir_buf_init(&b, 0);
    if (!weir_feed_duration(text_of(r, v), &b))
        unreadable(r, v, "duration");
    item->duration = keep_buf(r, &b);
    item->episode = number_of(r, field(r, f->episode, "episode"), "episode");
    item->season = number_of(r, field(r, f->season, "season"), "season");
    v = field(r, f->explicit_, "explicit");
    item->explicit_ = weir_feed_truth(text_of(r, v));
    if (item->explicit_.n == 0)
        unreadable(r, v, "explicit");
    item->image = url_of(r, field(r, f->image, "image"), "image");
    item->transcript =
        url_of(r, field(r, f->transcript, "transcript"), "transcript");
    item->chapters = url_of(r, field(r, f->chapters, "chapters"), "chapters");
}

/* What is too long for the description stands whole in the content. */
static void read_texts(struct reader *r) {
    const struct weir_feed_fields *f = &r->source->output->feed;
    struct weir_feed_item *item = r->item;
    struct weir_str whole = text_of(r, field(r, f->description, "description"));
    item->content = text_of(r, field(r, f->content, "content"));
    if (!says_something(item->content))
        item->content.n = 0;
    if (!says_something(whole))
        whole = item->content;
    if (whole.n > WEIR_FEED_DESCRIPTION_MAX && item->content.n == 0)
        item->content = whole;
    item->description = cut(r, whole, WEIR_FEED_DESCRIPTION_MAX);
}

/* A UUID of title and date; of the whole record, if it has no title. */
static struct weir_str named_guid(struct reader *r, struct weir_str json) {
    const struct weir_feed_item *item = r->item;
    char uuid[WEIR_UUID_TEXT];
    struct weir_str guid = {NULL, 0};
    struct weir_buf name;
    weir_buf_init(&name, 0);
    weir_buf_str(&name, item->title.n > 0 ? item->title : json);
    if (item->title.n > 0 && item->has_date) {
        weir_buf_byte(&name, '\n');
        weir_httpdate_put_rfc3339(&name, item->date);
    }
    if (name.failed || weir_uuid5(WEIR_UUID_URL, weir_buf_view(&name), uuid))
        r->code = WEIR_E_NOMEM;
    else
        guid = keep(r, weir_str_of(uuid));
    weir_buf_release(&name);
    return guid;
}

/* Its own, the enclosure's URL, its page's, or a UUID of what it says. */
static void read_guid(struct reader *r, struct weir_str json) {
    const struct weir_feed_fields *f = &r->source->output->feed;
    struct weir_feed_item *item = r->item;
    item->guid = line_of(r, field(r, f->guid, "guid"));
    if (item->guid.n == 0)
        item->guid = item->enclosure.n > 0 ? item->enclosure : item->link;
    if (item->guid.n == 0)
        item->guid = named_guid(r, json);
    item->permalink = item->guid.n > 0 && weir_str_eq(item->guid, item->link);
}

enum weir_err weir_feed_item_read(const struct weir_feed_source *source,
                                  const struct weir_members *m,
                                  const struct weir_record *record,
                                  struct weir_arena *arena,
                                  struct weir_feed_item *out) {
    const struct weir_feed_fields *f = &source->output->feed;
    struct weir_feed_item item = {.retrieved = record->retrieved};
    struct reader r = {source, m, arena, &item, WEIR_OK};
    item.title = line_of(&r, field(&r, f->title, "title"));
    item.author =
        cut(&r, line_of(&r, field(&r, f->author, "author")), AUTHOR_MAX);
    item.link = url_of(&r, field(&r, f->link, "link"), "link");
    read_date(&r);
    read_enclosure(&r);
    read_texts(&r);
    read_itunes(&r);
    read_guid(&r, record->json);
    /* RSS 2.0: at least one of title or description. */
    if (item.title.n == 0 && item.description.n == 0)
        item.title = item.link.n > 0 ? item.link : item.guid;
    if (!r.code)
        *out = item;
    return r.code;
}

enum weir_err weir_feed_item_enclosure(const struct weir_feed_source *source,
                                       const struct weir_members *m,
                                       struct weir_arena *arena,
                                       struct weir_str *out) {
    struct weir_feed_item item = {0};
    struct reader r = {source, m, arena, &item, WEIR_OK};
    struct weir_str url = enclosure_url(
        &r, field(&r, source->output->feed.enclosure, "enclosure"));
    if (!r.code)
        *out = url;
    return r.code;
}
