/* job.h - a scraping job as data: what a job file says, checked, with defaults.
 *
 * Made by the reader of job files (cli/jobfile), used by extraction
 * (doc/fields), pagination (source/pages), outputs (sink/) and the engine. All
 * of it lies in one arena, is never changed after it was made, and may be read
 * by every thread. Text is NUL-terminated; absent text is NULL, an absent list
 * has count 0, absent numbers are 0 unless said otherwise.
 *
 * A *record* is one JSON object as text (UTF-8, no newline outside of strings,
 * keys in the order of the fields): made by extraction, merged by the engine,
 * kept by the store, written by the outputs.
 */
#ifndef WEIR_CORE_JOB_H
#define WEIR_CORE_JOB_H

#include "base/arena.h"
#include "base/units.h"

/* Where a thing stands in the job file, for messages. */
struct weir_job_place {
    unsigned line, column; /* 1-based; 0 = given on the command line */
};

/* --- selectors and fields ---------------------------------------------- */

enum weir_select_kind {
    WEIR_SELECT_CSS, /* text is CSS, attribute may be set */
    WEIR_SELECT_XPATH,
    WEIR_SELECT_JQ,
    WEIR_SELECT_REGEX,  /* PCRE2 over the body's text; group 1 or all */
    WEIR_SELECT_META,   /* OpenGraph, meta name, JSON-LD: "og:title",
                           "jsonld:.name" */
    WEIR_SELECT_HEADER, /* a response header */
    WEIR_SELECT_URL /* of the page: "" whole, host, path, query, query.NAME */
};

struct weir_select {
    enum weir_select_kind kind;
    const char *text;      /* without the prefix; CSS: "" = the item itself */
    const char *attribute; /* CSS: "href" of "a@href", or NULL */
    struct weir_job_place place;
};

enum weir_field_type {
    WEIR_FIELD_TEXT, /* as a browser would show it */
    WEIR_FIELD_HTML,
    WEIR_FIELD_URL, /* absolute */
    WEIR_FIELD_INT,
    WEIR_FIELD_FLOAT,
    WEIR_FIELD_BOOL,
    WEIR_FIELD_DATE, /* RFC 3339 */
    WEIR_FIELD_JSON
};

struct weir_field {
    const char *name;
    const struct weir_select *selects; /* the first that matches counts */
    size_t select_count;
    /* The reader's default: JSON if all selectors are jq (a number stays one),
     * URL if they end in @href or @src, else TEXT. */
    enum weir_field_type type;
    bool all;              /* a list of all matches */
    const char *join;      /* all matches as one text, or NULL */
    const char *format;    /* of dates: strptime-like, or NULL = guess */
    const char *tz;        /* of dates without one: "Europe/Berlin", "+02:00" */
    const char *lang;      /* of month names: "de" */
    const char *regex;     /* on the text: group 1, or the whole match */
    const char *replace;   /* with regex: replacement, $1 */
    const char *template_; /* "{other} {field}" instead of a selector */
    const char *default_;  /* JSON text ("null", "\"x\""), or NULL */
    const char *constant;  /* JSON text, or NULL */
    bool required;
    bool trim; /* default true */
    struct weir_job_place place;
};

/* --- requests ----------------------------------------------------------- */

struct weir_job_pair {
    const char *name, *value;
};

/* Of the job, a page type or a start entry; the later ones win by name. In a
 * start URL's query ${env:..} is allowed too: such parameters are taken out of
 * the URL and stand in `query`. */
struct weir_job_request {
    const char *method; /* NULL = GET, or POST with a body */
    const struct weir_job_pair *headers, *query, *form, *cookies;
    size_t header_count, query_count, form_count, cookie_count;
    const char *json; /* body as JSON text */
    const char *auth; /* "user:password" */
    int64_t timeout_ns;
    bool secret; /* a value holds an ${env:..}: never logged, stored or shown */
};

/* --- pages -------------------------------------------------------------- */

enum weir_next_kind {
    WEIR_NEXT_NONE,
    WEIR_NEXT_SELECT,
    WEIR_NEXT_REL,         /* <link rel=next>, <a rel=next> */
    WEIR_NEXT_LINK_HEADER, /* RFC 8288 */
    WEIR_NEXT_COUNTER,
    WEIR_NEXT_OFFSET,
    WEIR_NEXT_CURSOR,
    WEIR_NEXT_JQ_URL /* url: from a jq expression */
};

enum {
    WEIR_STOP_EMPTY = 1,  /* no items */
    WEIR_STOP_NO_NEW = 2, /* nothing unseen in this run */
    WEIR_STOP_KNOWN = 4   /* nothing unseen in any earlier run either */
};

struct weir_next {
    enum weir_next_kind kind;
    struct weir_select select; /* SELECT, CURSOR (jq), JQ_URL */
    const char *param;     /* COUNTER, OFFSET, CURSOR: the query parameter */
    const char *template_; /* COUNTER: "/page/{n}" instead of param */
    int64_t from, step;
    unsigned ahead;         /* COUNTER, OFFSET: pages asked for at once, >= 1 */
    uint64_t max;           /* pages; 0 = no limit but the engine's own */
    unsigned stop;          /* WEIR_STOP_* */
    const int *stop_status; /* statuses that are an end, not an error */
    size_t stop_status_count;
    struct weir_job_place place;
};

enum weir_scope {
    WEIR_SCOPE_HOST,
    WEIR_SCOPE_DOMAIN, /* registrable domain */
    WEIR_SCOPE_PREFIX, /* below the start URL's folder */
    WEIR_SCOPE_ANY
};

struct weir_follow {
    struct weir_select select; /* or */
    const char *template_;     /* "/players/{id}" from the record's fields */
    const char *const *allow, *const *deny; /* PCRE2 on the absolute URL */
    size_t allow_count, deny_count;
    enum weir_scope scope;
    unsigned depth; /* 0 = 1 level; of recursion into the same page */
    size_t page;    /* index of the page type */
    bool merge;     /* the child's fields complete the record */
    struct weir_job_place place;
};

enum weir_job_cache { /* NULL text = the job's */
                      WEIR_JOB_CACHE_DEFAULT,
                      WEIR_JOB_CACHE_RFC9111,
                      WEIR_JOB_CACHE_FRESH,
                      WEIR_JOB_CACHE_REVALIDATE,
                      WEIR_JOB_CACHE_OFF,
                      WEIR_JOB_CACHE_OFFLINE,
                      WEIR_JOB_CACHE_REPLAY
};

struct weir_page {
    const char *name;
    enum weir_job_cache cache;
    int64_t cache_age_s;
    bool libxml2; /* parser: libxml2 */
    struct weir_job_request request;
    struct weir_next next;
    struct weir_select items; /* text NULL: the page is one record */
    const struct weir_field *fields;
    size_t field_count;
    const struct weir_follow *follows;
    size_t follow_count;
    const char *const *dedupe; /* unused names are errors of the reader */
    size_t dedupe_count;
    struct weir_job_place place;
};

/* --- start, limits, outputs --------------------------------------------- */

/* One start URL, variables of for: filled in and params expanded. */
struct weir_start {
    const char *url; /* absolute */
    bool feed;       /* an RSS, Atom or JSON feed: its items are the records */
    size_t page;     /* page type */
    const struct weir_job_pair *set; /* fields that its records carry */
    size_t set_count;
    struct weir_job_request request;
    int64_t every_ns; /* 0 = once */
    struct weir_job_place place;
};

struct weir_job_limits {
    size_t concurrency, per_host; /* 0 = default */
    struct weir_rate rate, host_rate;
    uint64_t burst, limit_rate, max_requests, max_filesize;
    bool robots;       /* default true */
    bool deny_private; /* default true when links found in pages are followed;
                        * hosts of start URLs were typed and are exempt */
    int64_t max_run_time_ns;
};

enum weir_output_type {
    WEIR_OUTPUT_JSONL,
    WEIR_OUTPUT_JSON,
    WEIR_OUTPUT_CSV,
    WEIR_OUTPUT_SQLITE,
    WEIR_OUTPUT_RSS,
    WEIR_OUTPUT_ATOM,
    WEIR_OUTPUT_FILES,
    WEIR_OUTPUT_TEXT
};

enum weir_output_mode {
    WEIR_MODE_REPLACE, /* renamed at the end */
    WEIR_MODE_APPEND,
    WEIR_MODE_NEW /* only records not seen in earlier runs */
};

enum weir_length_mode { WEIR_LENGTH_PROBE, WEIR_LENGTH_PAGE, WEIR_LENGTH_NONE };

/* Names of record fields for parts of a feed item; NULL = the part's own name,
 * else one of its aliases (sink/feed_item.c). */
struct weir_feed_fields {
    const char *title, *link, *description, *date, *guid, *author, *enclosure,
        *enclosure_length, *enclosure_type, *duration, *episode, *season,
        *image, *content, *transcript, *chapters, *explicit_;
};

struct weir_output {
    enum weir_output_type type;
    const char *path; /* "-" is stdout */
    /* Default: APPEND when a start has `every`, for SQLITE and for "-"; always
     * REPLACE for JSON, RSS and ATOM. */
    enum weir_output_mode mode;
    bool input_order;          /* order: input */
    const char *const *dedupe; /* records equal in these fields count once */
    size_t dedupe_count;
    const char *const *columns; /* CSV, SQLITE: which fields; none = all */
    size_t column_count;
    const char *page;       /* only records of this page type, or NULL */
    const char *template_;  /* TEXT */
    const char *table;      /* SQLITE, default "items" */
    const char *const *key; /* SQLITE: upsert by these fields */
    size_t key_count;
    bool upsert; /* with key: later records win (default) */
    const char *url_field, *name_template, *folder; /* FILES */
    struct weir_feed_fields feed;                   /* RSS, ATOM */
    enum weir_length_mode length;
    /* In the order of the file. Names: title link self description language
     * copyright author image explicit type summary subtitle keywords ttl
     * block complete new_feed_url, owner.name owner.email, guid locked
     * locked.owner medium, funding.url funding.text, hub; category once for
     * each ("Arts" or "Arts/Books"). Booleans are "true" or "false". */
    const struct weir_job_pair *channel;
    size_t channel_count;
    uint64_t page_size; /* RFC 5005: items in one document; 0 = all */
    bool archive;       /* with page_size: archives (section 4), not pages */
    struct weir_job_place place;
};

struct weir_chore {
    int64_t every_ns;
    const char *run; /* "prune" */
    struct weir_job_place place;
};

struct weir_job {
    struct weir_arena *arena;
    const char *name;
    bool named;       /* by the file itself; else after it */
    const char *file; /* path, for messages */
    uint64_t hash;    /* of the text and parameters: did it change? */
    struct weir_job_request request;
    enum weir_job_cache cache;
    int64_t cache_age_s;
    struct weir_job_limits limits;
    const struct weir_start *starts;
    size_t start_count;
    const struct weir_start *login; /* the request that runs first, or NULL */
    const struct weir_page *pages;
    size_t page_count;
    const struct weir_output *outputs;
    size_t output_count;
    const struct weir_chore *chores;
    size_t chore_count;
    /* Values of ${env:..}, for whoever writes logs and messages. */
    const char *const *secrets;
    size_t secret_count;
};

#endif
