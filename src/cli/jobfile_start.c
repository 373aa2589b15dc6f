/* jobfile_start.c - start and login: where a job begins.
 *
 * An entry with for: becomes one start for each row of its values: the row's
 * variables are set, and the entry is read again. The starts grow in the heap
 * and move to the job's arena when their number is known. */
#include "cli/jobfile_start.h"

#include "base/mem.h"

#include <string.h>

enum { STARTS_MAX = 1000000 };

/* Starts while they are being read. */
struct starts {
    struct weir_jobread *r;
    struct weir_start *list;
    size_t count, cap;
};

/* Room for one more, zeroed; NULL and a report if there is none. */
static struct weir_start *add_start(struct starts *s,
                                    struct weir_job_place place) {
    if (s->count == STARTS_MAX) {
        weir_jobread_error(s->r, place, "more than %d start URLs", STARTS_MAX);
        return NULL;
    }
    if (s->count == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 16;
        void *more = weir_reallocarray(s->list, cap, sizeof *s->list);
        if (!more) {
            s->r->nomem = true;
            return NULL;
        }
        s->list = more;
        s->cap = cap;
    }
    memset(&s->list[s->count], 0, sizeof *s->list);
    s->list[s->count].place = place;
    return &s->list[s->count++];
}

/* --- URLs with secrets
 * ------------------------------------------------------------ */

/* A URL is stored and logged, so a parameter of its query that has an
 * ${env:..} in it is taken out and joins request.query, which is not. */
struct split {
    struct weir_jobread *r;
    struct weir_job_place place;
    struct weir_buf url;
    struct weir_job_pair *pairs;
    size_t count;
};

static bool put_piece(struct split *s, struct weir_str piece) {
    struct weir_jobread *r = s->r;
    const char *text =
        weir_jobread_expand(r, piece, s->place, WEIR_JOBREAD_SECRET);
    struct weir_str name, value;
    if (!text)
        return false;
    if (!r->secret) {
        bool first =
            weir_str_find(weir_buf_view(&s->url), '?', 0) == s->url.len;
        weir_buf_byte(&s->url, first ? '?' : '&');
        weir_buf_z(&s->url, text);
        return true;
    }
    weir_str_cut(piece, '=', &name, &value);
    s->pairs[s->count].name = weir_jobread_expand(r, name, s->place, 0);
    s->pairs[s->count].value =
        weir_jobread_expand(r, value, s->place, WEIR_JOBREAD_SECRET);
    if (!s->pairs[s->count].name || !s->pairs[s->count].value)
        return false;
    s->count++;
    return true;
}

static size_t count_pieces(struct weir_str query) {
    size_t n = 1;
    for (size_t i = 0; i < query.n; i++)
        n += query.p[i] == '&';
    return n;
}

/* The URL without its secret parameters, as a text to be parsed. */
static bool split_secrets(struct split *s, struct weir_str text) {
    struct weir_str head, query, fragment, piece;
    const char *expanded;
    weir_str_cut(text, '#', &text, &fragment);
    weir_str_cut(text, '?', &head, &query);
    s->pairs = weir_jobread_array(s->r, count_pieces(query), sizeof *s->pairs);
    expanded = weir_jobread_expand(s->r, head, s->place, 0);
    if (!expanded || !s->pairs)
        return false;
    weir_buf_z(&s->url, expanded);
    while (query.n > 0) {
        weir_str_cut(query, '&', &piece, &query);
        if (!put_piece(s, piece))
            return false;
    }
    return true;
}

static void add_query(struct weir_jobread *r, const struct split *s,
                      struct weir_job_request *request) {
    size_t n = request->query_count + s->count;
    struct weir_job_pair *all = weir_jobread_array(r, n, sizeof *all);
    if (!all)
        return;
    for (size_t i = 0; i < request->query_count; i++)
        all[i] = request->query[i];
    memcpy(all + request->query_count, s->pairs, s->count * sizeof *all);
    request->query = all;
    request->query_count = n;
    request->secret = true;
}

/* Reads a URL; what of it is secret goes to the request. */
static const char *read_url(struct weir_jobread *r,
                            const struct weir_yaml *node,
                            struct weir_job_request *request) {
    struct split s = {.r = r};
    const char *text =
        weir_jobread_text(r, node, WEIR_JOBREAD_LINE | WEIR_JOBREAD_SECRET);
    const char *href = NULL;
    if (!text)
        return NULL;
    if (!r->secret)
        return weir_jobread_href(r, weir_str_trim(weir_str_of(text)),
                                 node->place);
    s.place = node->place;
    weir_buf_init(&s.url, 0);
    if (split_secrets(&s, node->text)) {
        if (s.url.failed)
            r->nomem = true;
        else
            href = weir_jobread_href(r, weir_str_trim(weir_buf_view(&s.url)),
                                     node->place);
        add_query(r, &s, request);
    }
    weir_buf_release(&s.url);
    return href;
}

/* --- one entry
 * ----------------------------------------------------------------------- */

static void read_set(struct weir_jobread *r, const struct weir_yaml *node,
                     struct weir_start *start) {
    struct weir_job_pair *pairs;
    size_t n = 0;
    if (!node)
        return;
    if (node->kind != WEIR_YAML_MAP) {
        weir_jobread_expected(r, node, "a mapping of fields and values");
        return;
    }
    pairs = weir_jobread_array(r, node->count, sizeof *pairs);
    for (const struct weir_yaml *m = node->first; pairs && m; m = m->next) {
        pairs[n].name = m->key.p;
        pairs[n].value = weir_jobread_text(r, m, WEIR_JOBREAD_EMPTY);
        if (pairs[n].value)
            n++;
    }
    start->set = pairs;
    start->set_count = n;
}

/* Everything of an entry but its URL. */
static void read_rest(struct weir_jobread *r, const struct weir_yaml *map,
                      const struct weir_yaml *pages, struct weir_start *start) {
    start->place = map->place;
    weir_jobread_page(r, weir_yaml_get(map, "page"), pages, &start->page);
    weir_jobread_duration(r, weir_yaml_get(map, "every"), &start->every_ns);
    read_set(r, weir_yaml_get(map, "set"), start);
    weir_jobread_request(r, map, true, &start->request);
}

static void read_one(struct starts *s, const struct weir_yaml *map,
                     const struct weir_yaml *pages) {
    const struct weir_yaml *feed = weir_yaml_get(map, "feed");
    const struct weir_yaml *url = feed ? feed : weir_yaml_get(map, "url");
    struct weir_start *start = add_start(s, map->place);
    if (!start)
        return;
    start->feed = feed != NULL;
    read_rest(s->r, map, pages, start);
    start->url = read_url(s->r, url, &start->request);
}

/* One start for each row of for:. An error in one row would be one in most. */
static void read_rows(struct starts *s, const struct weir_yaml *map,
                      const struct weir_yaml *pages) {
    struct weir_jobread *r = s->r;
    const struct weir_yaml *node = weir_yaml_get(map, "for");
    struct weir_jobrows rows = {0};
    size_t errors;
    if (!weir_jobrows_read(&rows, r, node))
        return;
    errors = r->report->errors;
    for (size_t i = 0;
         i < rows.count && r->report->errors == errors && !r->nomem; i++) {
        r->row = weir_jobrows_at(&rows, i);
        r->row_count = rows.names;
        read_one(s, map, pages);
    }
    r->row = NULL;
    r->row_count = 0;
    weir_jobrows_release(&rows);
}

/* list: FILE, a URL on each line. */
static void read_list(struct starts *s, const struct weir_yaml *map,
                      const struct weir_yaml *pages) {
    struct weir_jobread *r = s->r;
    const struct weir_yaml *node = weir_yaml_get(map, "list");
    struct weir_start common = {0};
    struct weir_buf text;
    struct weir_str rest, line;
    size_t number = 0, before = s->count, errors = r->report->errors;
    read_rest(r, map, pages, &common);
    weir_buf_init(&text, WEIR_JOBROWS_MAX_BYTES);
    if (weir_jobrows_file(r, node, &text)) {
        rest = weir_buf_view(&text);
        while (rest.n > 0 && r->report->errors == errors && !r->nomem) {
            struct weir_start *start;
            weir_str_cut(rest, '\n', &line, &rest);
            line = weir_str_trim(line);
            number++;
            if (line.n == 0 || line.p[0] == '#')
                continue;
            start = add_start(s, map->place);
            if (!start)
                break;
            *start = common;
            start->url = weir_jobread_href(r, line, node->place);
            if (!start->url)
                weir_jobread_error(r, node->place, "line %zu of \"%.200s\"",
                                   number, node->text.p);
        }
        if (s->count == before && r->report->errors == errors)
            weir_jobread_error(r, node->place, "the list has no URL");
    }
    weir_buf_release(&text);
}

static void read_entry(struct starts *s, const struct weir_yaml *node,
                       const struct weir_yaml *pages) {
    static const char *const origins[] = {"url", "list", "feed"};
    struct weir_jobread *r = s->r;
    const struct weir_yaml *sitemap;
    size_t found = 0;
    if (node->kind != WEIR_YAML_MAP) {
        struct weir_start *start = add_start(s, node->place);
        if (node->kind == WEIR_YAML_LIST || weir_yaml_is_null(node))
            weir_jobread_expected(r, node, "a URL");
        else if (start)
            start->url = read_url(r, node, &start->request);
        return;
    }
    if (!weir_jobread_keys(r, node, WEIR_JOBFILE_start))
        return;
    sitemap = weir_yaml_get(node, "sitemap");
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++)
        found += weir_yaml_get(node, origins[i]) != NULL;
    if (sitemap)
        weir_jobread_error(r, sitemap->key_place,
                           "sitemap: is reserved, it comes with crawls; give "
                           "the URLs with list: or follow them from a page");
    else if (found != 1)
        weir_jobread_error(r, node->place,
                           "a start needs one of url, list and feed");
    else if (weir_yaml_get(node, "list") && weir_yaml_get(node, "for"))
        weir_jobread_error(r, weir_yaml_get(node, "for")->key_place,
                           "for: goes with url: or feed:, not with list:");
    else if (weir_yaml_get(node, "list"))
        read_list(s, node, pages);
    else if (weir_yaml_get(node, "for"))
        read_rows(s, node, pages);
    else
        read_one(s, node, pages);
}

/* --- the sections
 * ---------------------------------------------------------------------- */

void weir_jobread_start(struct weir_jobread *r, const struct weir_yaml *node,
                        const struct weir_yaml *pages) {
    struct starts s = {.r = r};
    const struct weir_yaml *item = weir_jobread_first(node);
    struct weir_start *list;
    if (node && weir_jobread_many(node) == 0)
        weir_jobread_error(r, node->place, "start: has no URL");
    for (size_t i = weir_jobread_many(node); i > 0; i--, item = item->next)
        read_entry(&s, item, pages);
    list = weir_jobread_array(r, s.count, sizeof *list);
    if (list) {
        memcpy(list, s.list, s.count * sizeof *list);
        r->job->starts = list;
        r->job->start_count = s.count;
    }
    weir_free(s.list);
}

void weir_jobread_start_names(struct weir_jobread *r,
                              const struct weir_yaml *node) {
    static const char *const of_feeds[] = {
        "title",          "link",     "description", "date",
        "guid",           "author",   "enclosure",   "enclosure_length",
        "enclosure_type", "duration", "episode",     "season",
        "image",          "content",  "transcript",  "chapters",
        "explicit"};
    const struct weir_yaml *item = weir_jobread_first(node);
    for (size_t i = weir_jobread_many(node); i > 0; i--, item = item->next) {
        const struct weir_yaml *set = weir_yaml_get(item, "set");
        if (weir_yaml_get(item, "feed"))
            for (size_t k = 0; k < sizeof of_feeds / sizeof of_feeds[0]; k++)
                weir_jobread_add_field(r, of_feeds[k]);
        if (!set || set->kind != WEIR_YAML_MAP)
            continue;
        for (const struct weir_yaml *m = set->first; m; m = m->next)
            weir_jobread_add_field(r, m->key.p);
    }
}

void weir_jobread_login(struct weir_jobread *r, const struct weir_yaml *node) {
    struct weir_start *login;
    if (!weir_jobread_keys(r, node, WEIR_JOBFILE_login))
        return;
    login = weir_jobread_array(r, 1, sizeof *login);
    if (!login)
        return;
    login->place = node->place;
    weir_jobread_request(r, node, true, &login->request);
    login->url = read_url(r, weir_yaml_get(node, "url"), &login->request);
    r->job->login = login;
}
