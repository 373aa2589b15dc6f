/* feedin_internal.h - an entry of a feed on its way to a record. */
#ifndef WEIR_DOC_FEEDIN_INTERNAL_H
#define WEIR_DOC_FEEDIN_INTERNAL_H

#include "doc/feedin.h"

enum feedin_field {
    FEEDIN_TITLE,
    FEEDIN_LINK,
    FEEDIN_GUID,
    FEEDIN_DATE,
    FEEDIN_DESCRIPTION,
    FEEDIN_CONTENT,
    FEEDIN_AUTHOR,
    FEEDIN_CATEGORIES,
    FEEDIN_ENCLOSURE,
    FEEDIN_ENCLOSURE_LENGTH,
    FEEDIN_ENCLOSURE_TYPE,
    FEEDIN_DURATION,
    FEEDIN_EPISODE,
    FEEDIN_SEASON,
    FEEDIN_IMAGE,
    FEEDIN_EXPLICIT,
    FEEDIN_TRANSCRIPT,
    FEEDIN_CHAPTERS,
    FEEDIN_COUNT
};

struct feedin {
    struct weir_arena *arena;
    const struct weir_url *url;
    struct weir_url base; /* of the entry, by xml:base */
    bool has_base;
    int64_t now;
    weir_feedin_problem_fn on_problem;
    void *data;
    struct weir_feedin *out;
    size_t cap;
    struct weir_buf values[FEEDIN_COUNT]; /* JSON; empty: none */
    struct weir_buf text, record;
    struct weir_error *error;
    enum weir_err failed; /* the first failure of a setter, sticky */
};

/* Setters: each trims, and leaves what is there already. */
void feedin_text(struct feedin *f, enum feedin_field field, struct weir_str s);
/* With white space collapsed. */
void feedin_line(struct feedin *f, enum feedin_field field, struct weir_str s);
/* HTML to text. */
void feedin_html_text(struct feedin *f, enum feedin_field field,
                      struct weir_str s);
void feedin_url(struct feedin *f, enum feedin_field field, struct weir_str s);
void feedin_number(struct feedin *f, enum feedin_field field,
                   struct weir_str s);
void feedin_date(struct feedin *f, struct weir_str s);
void feedin_category(struct feedin *f, struct weir_str s);
bool feedin_has(const struct feedin *f, enum feedin_field field);
/* Absolute in the arena, empty if it is no http(s) URL. */
struct weir_str feedin_resolve(struct feedin *f, struct weir_str s);
/* The record of what was set; the values are empty again. */
enum weir_err feedin_add_record(struct feedin *f);

enum weir_err feedin_read_xml(struct feedin *f, struct weir_str text);
enum weir_err feedin_read_json(struct feedin *f, struct weir_str text);

#endif
