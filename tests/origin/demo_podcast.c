/* A podcast's archive: listing pages of ten, newest first, and a page for each
 * episode.
 *
 *     /demo/podcast/  /demo/podcast/page/P   article.ep, h2 a, a.older
 *     /demo/podcast/episodes/N   time[datetime], audio source, .notes,
 *                                .duration, .byline, img.cover, JSON-LD
 *     /demo/podcast/audio/N.mp3  deterministic bytes
 *     /demo/podcast/images/N.png
 */
#include "demo.h"

#include <stdio.h>
#include <time.h>

enum {
    PER_PAGE = 10,
    FIRST_EPISODE = 1420610400, /* Wed, 07 Jan 2015 06:00 */
    WEEK = 7 * 86400,
    AUDIO_BASE = 20000,
    AUDIO_STEP = 137
};

static const char *const topics[] = {
    "The price of bread",    "R&amp;D on a shoestring",
    "Why ports clog",        "&ldquo;Free&rdquo; money",
    "A bridge too small",    "The salt road",
    "Caf&eacute; economics", "Who owns the rain?",
    "Ships &lt; trains",     "The last phone booth",
    "Maps that lie 🗺",    "Queues, and how to skip them"};

static const char *topic(uint64_t n) {
    return topics[n % (sizeof topics / sizeof *topics)];
}

static void put_date(struct weir_buf *b, uint64_t n) {
    static const char *const months[] = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    time_t when = FIRST_EPISODE + (time_t)(n - 1) * WEEK;
    struct tm t;
    gmtime_r(&when, &t);
    weir_buf_fmt(b,
                 "<time datetime=\"%04d-%02d-%02dT%02d:%02d:00Z\">%s %d, %d"
                 "</time>\n",
                 t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min,
                 months[t.tm_mon], t.tm_mday, t.tm_year + 1900);
}

static void put_teaser(struct weir_buf *b, uint64_t n) {
    weir_buf_fmt(b,
                 "<article class=\"ep\">\n<h2><a href=\"/demo/podcast/episodes/"
                 "%llu\">Episode %llu: %s</a></h2>\n",
                 (unsigned long long)n, (unsigned long long)n, topic(n));
    put_date(b, n);
    weir_buf_fmt(b, "<p class=\"teaser\">%s tells.</p>\n</article>\n",
                 demo_person(n));
}

static void answer_listing(struct call *c, uint64_t page) {
    uint64_t episodes = c->o->demo_episodes, before = (page - 1) * PER_PAGE;
    struct weir_buf b;
    if (page == 0 || (page > 1 && before >= episodes)) {
        reply_status(c->r, 404, "no such page");
        return;
    }
    weir_buf_init(&b, DEMO_PAGE_MAX);
    demo_head(&b, "Weir Money: all episodes");
    weir_buf_z(&b, "<h1>Weir Money</h1>\n");
    for (uint64_t i = before; i < before + PER_PAGE && i < episodes; i++)
        put_teaser(&b, episodes - i);
    if (before + PER_PAGE < episodes)
        weir_buf_fmt(&b,
                     "<a class=\"older\" rel=\"next\" href=\"/demo/podcast/"
                     "page/%llu\">Older episodes</a>\n",
                     (unsigned long long)page + 1);
    weir_buf_z(&b, "</body></html>\n");
    demo_answer(c, &b, "text/html; charset=utf-8");
}

static void put_notes(struct call *c, struct weir_buf *b, uint64_t n) {
    weir_buf_fmt(b,
                 "<div class=\"notes\"><p>In this episode <em>%s</em> looks "
                 "into it.</p>\n<ul><li><a href=\"/demo/quotes/\">Sources</a>"
                 "</li><li>Music: <b>deterministic noise</b></li></ul>\n",
                 demo_person(n));
    for (uint64_t i = 0; b->len < c->o->demo_page_bytes && !b->failed; i++)
        weir_buf_fmt(b,
                     "<p>Paragraph %llu of the transcript: %s says that %s, "
                     "and that it always was so.</p>\n",
                     (unsigned long long)i, demo_person(n + i), topic(n + i));
    weir_buf_z(b, "</div>\n");
}

static void answer_episode(struct call *c, uint64_t n) {
    unsigned long long u = n;
    char title[128];
    struct weir_buf b;
    weir_buf_init(&b, DEMO_PAGE_MAX);
    snprintf(title, sizeof title, "Episode %llu: %s", u, topic(n));
    demo_head(&b, title);
    weir_buf_fmt(&b, "<article class=\"episode\">\n<h1>%s</h1>\n", title);
    put_date(&b, n);
    weir_buf_fmt(&b,
                 "<p class=\"byline\">with %s</p>\n"
                 "<span class=\"duration\">%llu:%02llu</span>\n"
                 "<img class=\"cover\" alt=\"\" "
                 "src=\"/demo/podcast/images/%llu.png\">\n"
                 "<audio controls><source type=\"audio/mpeg\" "
                 "data-bytes=\"%llu\" "
                 "src=\"/demo/podcast/audio/%llu.mp3\"></audio>\n",
                 demo_person(n), 20 + u % 25, u * 7 % 60, u,
                 (unsigned long long)(AUDIO_BASE + n * AUDIO_STEP), u);
    put_notes(c, &b, n);
    weir_buf_fmt(&b,
                 "</article>\n<script type=\"application/ld+json\">"
                 "{\"@context\":\"https://schema.org\",\"@type\":"
                 "\"PodcastEpisode\",\"episodeNumber\":%llu,\"author\":"
                 "{\"@type\":\"Person\",\"name\":\"%s\"}}</script>\n"
                 "</body></html>\n",
                 u, demo_person(n));
    demo_answer(c, &b, "text/html; charset=utf-8");
}

static void answer_audio(struct call *c, uint64_t n) {
    char etag[32];
    snprintf(etag, sizeof etag, "\"audio-%llu\"", (unsigned long long)n);
    reply_type(c->r, "audio/mpeg");
    reply_bytes(c->r, n, 0, AUDIO_BASE + n * AUDIO_STEP);
    reply_conditional(c->r, c->q, etag,
                      FIRST_EPISODE + (int64_t)(n - 1) * WEEK);
}

/* Cuts prefix and suffix off: the number between them. */
static bool number_of(struct weir_str s, const char *prefix, const char *suffix,
                      uint64_t *n) {
    struct weir_str head = weir_str_of(prefix), tail = weir_str_of(suffix);
    if (!weir_str_starts(s, head) || !weir_str_ends(s, tail) ||
        s.n < head.n + tail.n)
        return false;
    return weir_str_to_u64(weir_str_sub(s, head.n, s.n - head.n - tail.n), n);
}

void demo_podcast(struct call *c) {
    uint64_t n = 1, episodes = c->o->demo_episodes;
    if (c->rest.n == 0 || number_of(c->rest, "page/", "", &n)) {
        answer_listing(c, n);
        return;
    }
    if (number_of(c->rest, "episodes/", "", &n) && n >= 1 && n <= episodes) {
        answer_episode(c, n);
    } else if (number_of(c->rest, "audio/", ".mp3", &n) && n >= 1 &&
               n <= episodes) {
        answer_audio(c, n);
    } else if (number_of(c->rest, "images/", ".png", &n)) {
        c->rest = weir_str_sub(c->rest, 7, c->rest.n);
        demo_avatar(c);
    } else {
        reply_status(c->r, 404, "no such episode");
    }
}
