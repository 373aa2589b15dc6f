/* feedin_json.c - JSON Feed 1.0 and 1.1, token by token. */
#include "core/json.h"
#include "doc/feedin_internal.h"

struct json {
    struct weir_json r;
    struct feedin *f;
};

/* The value of the member just read as text: a string unescaped, a number as it
 * is; empty for anything else. In f->text until the next call. */
static struct weir_str take_text(struct json *j) {
    weir_buf_clear(&j->f->text);
    switch (weir_json_next(&j->r)) {
    case WEIR_JSON_STRING:
        weir_json_put_text(j->r.text, &j->f->text);
        break;
    case WEIR_JSON_NUMBER:
        weir_buf_str(&j->f->text, j->r.text);
        break;
    default:
        weir_json_skip(&j->r);
        break;
    }
    if (j->f->text.failed && !j->f->failed)
        j->f->failed = weir_error_nomem(j->f->error);
    return weir_buf_view(&j->f->text);
}

/* Enters the value of the member just read; false (and past it) if it is of
 * another kind. */
static bool enter(struct json *j, enum weir_json_token token) {
    if (weir_json_next(&j->r) == token)
        return true;
    weir_json_skip(&j->r);
    return false;
}

static bool next_element(struct json *j) {
    return weir_json_next(&j->r) > WEIR_JSON_END &&
           j->r.token != WEIR_JSON_ARRAY_END;
}

/* "author": {"name"}, or within "authors". After OBJECT. */
static void read_author(struct json *j) {
    while (weir_json_next(&j->r) == WEIR_JSON_KEY) {
        if (weir_json_is(&j->r, WEIR_STR("name")))
            feedin_text(j->f, FEEDIN_AUTHOR, take_text(j));
        else
            weir_json_skip(&j->r);
    }
}

static void read_authors(struct json *j) {
    if (!enter(j, WEIR_JSON_ARRAY))
        return;
    while (next_element(j)) {
        if (j->r.token == WEIR_JSON_OBJECT)
            read_author(j);
        else
            weir_json_skip(&j->r);
    }
}

static void read_tags(struct json *j) {
    if (!enter(j, WEIR_JSON_ARRAY))
        return;
    while (next_element(j)) {
        if (j->r.token == WEIR_JSON_STRING) {
            weir_buf_clear(&j->f->text);
            weir_json_put_text(j->r.text, &j->f->text);
            feedin_category(j->f, weir_buf_view(&j->f->text));
        } else {
            weir_json_skip(&j->r);
        }
    }
}

/* After OBJECT. */
static void read_attachment(struct json *j) {
    struct feedin *f = j->f;
    while (weir_json_next(&j->r) == WEIR_JSON_KEY) {
        if (weir_json_is(&j->r, WEIR_STR("url")))
            feedin_url(f, FEEDIN_ENCLOSURE, take_text(j));
        else if (weir_json_is(&j->r, WEIR_STR("mime_type")))
            feedin_text(f, FEEDIN_ENCLOSURE_TYPE, take_text(j));
        else if (weir_json_is(&j->r, WEIR_STR("size_in_bytes")))
            feedin_number(f, FEEDIN_ENCLOSURE_LENGTH, take_text(j));
        else if (weir_json_is(&j->r, WEIR_STR("duration_in_seconds")))
            feedin_text(f, FEEDIN_DURATION, take_text(j));
        else
            weir_json_skip(&j->r);
    }
}

/* The first attachment is the enclosure. */
static void read_attachments(struct json *j) {
    if (!enter(j, WEIR_JSON_ARRAY))
        return;
    while (next_element(j)) {
        if (j->r.token == WEIR_JSON_OBJECT &&
            !feedin_has(j->f, FEEDIN_ENCLOSURE))
            read_attachment(j);
        else
            weir_json_skip(&j->r);
    }
}

/* What has more than one source comes as a text and is set at the end. */
struct later {
    struct weir_buf external_url, content_text, modified, banner;
};

static void put_later(struct json *j, struct weir_buf *to) {
    weir_buf_clear(to);
    weir_buf_str(to, take_text(j));
}

static void read_member(struct json *j, struct later *later) {
    static const struct {
        const char *name;
        enum feedin_field field;
        bool url;
    } plain[] = {{"title", FEEDIN_TITLE, false},
                 {"id", FEEDIN_GUID, false},
                 {"url", FEEDIN_LINK, true},
                 {"summary", FEEDIN_DESCRIPTION, false},
                 {"content_html", FEEDIN_CONTENT, false},
                 {"image", FEEDIN_IMAGE, true}};
    struct feedin *f = j->f;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (!weir_json_is(&j->r, weir_str_of(plain[i].name)))
            continue;
        if (plain[i].url)
            feedin_url(f, plain[i].field, take_text(j));
        else
            feedin_text(f, plain[i].field, take_text(j));
        return;
    }
    if (weir_json_is(&j->r, WEIR_STR("date_published")))
        feedin_date(f, take_text(j));
    else if (weir_json_is(&j->r, WEIR_STR("date_modified")))
        put_later(j, &later->modified);
    else if (weir_json_is(&j->r, WEIR_STR("external_url")))
        put_later(j, &later->external_url);
    else if (weir_json_is(&j->r, WEIR_STR("content_text")))
        put_later(j, &later->content_text);
    else if (weir_json_is(&j->r, WEIR_STR("banner_image")))
        put_later(j, &later->banner);
    else if (weir_json_is(&j->r, WEIR_STR("authors")))
        read_authors(j);
    else if (weir_json_is(&j->r, WEIR_STR("tags")))
        read_tags(j);
    else if (weir_json_is(&j->r, WEIR_STR("attachments")))
        read_attachments(j);
    else if (!weir_json_is(&j->r, WEIR_STR("author")))
        weir_json_skip(&j->r);
    else if (enter(j, WEIR_JSON_OBJECT))
        read_author(j);
}

/* After OBJECT. */
static enum weir_err read_item(struct json *j) {
    struct feedin *f = j->f;
    struct later later;
    struct weir_buf *const bufs[] = {&later.external_url, &later.content_text,
                                     &later.modified, &later.banner};
    bool failed = false;
    enum weir_err e;
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        weir_buf_init(bufs[i], 0);
    while (weir_json_next(&j->r) == WEIR_JSON_KEY)
        read_member(j, &later);
    feedin_url(f, FEEDIN_LINK, weir_buf_view(&later.external_url));
    feedin_text(f, FEEDIN_CONTENT, weir_buf_view(&later.content_text));
    feedin_date(f, weir_buf_view(&later.modified));
    feedin_url(f, FEEDIN_IMAGE, weir_buf_view(&later.banner));
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++) {
        failed |= bufs[i]->failed;
        weir_buf_release(bufs[i]);
    }
    e = feedin_add_record(f);
    return failed && !e ? weir_error_nomem(f->error) : e;
}

static enum weir_err read_items(struct json *j) {
    enum weir_err e = WEIR_OK;
    while (!e && next_element(j)) {
        if (j->r.token == WEIR_JSON_OBJECT)
            e = read_item(j);
        else
            weir_json_skip(&j->r);
    }
    return e;
}

enum weir_err feedin_read_json(struct feedin *f, struct weir_str text) {
    struct json j = {.f = f};
    bool has_items = false;
    enum weir_err e = WEIR_OK;
    weir_json_init(&j.r, text);
    weir_json_next(&j.r);
    while (!e && weir_json_next(&j.r) == WEIR_JSON_KEY) {
        bool items = weir_json_is(&j.r, WEIR_STR("items"));
        if (weir_json_is(&j.r, WEIR_STR("next_url")))
            f->out->next = feedin_resolve(f, take_text(&j));
        else if (!items)
            weir_json_skip(&j.r);
        else if (enter(&j, WEIR_JSON_ARRAY)) {
            has_items = true;
            e = read_items(&j);
        }
    }
    if (e)
        return e;
    if (j.r.token == WEIR_JSON_OBJECT_END)
        weir_json_next(&j.r);
    if (j.r.token != WEIR_JSON_END)
        return weir_json_error(&j.r, f->error, "the end");
    return has_items ? WEIR_OK
                     : weir_error_set(f->error, WEIR_E_INVALID,
                                      "not a feed: JSON without items");
}
