/* pagedate_internal.h - what the parts of pagedate share. */
#ifndef WEIR_CORE_PAGEDATE_INTERNAL_H
#define WEIR_CORE_PAGEDATE_INTERNAL_H

#include "core/pagedate.h"

enum { PAGEDATE_WORD = 24 };

/* A word without case and accents, NUL-terminated; long ones are cut. Takes it
 * off the start of *s; false when there is no letter. */
bool pagedate_fold(struct weir_str *s, char word[PAGEDATE_WORD]);

/* 1 to 12, or 0. Names of other languages count when lang (NULL-safe) has none
 * such. *weak: short, and a word of its own in some language. */
int pagedate_month(const char *word, const char *lang, bool *weak);
/* It is a day of the week. */
bool pagedate_is_weekday(const char *word);
/* Seconds east of UTC of "gmt", "cest", "pst". */
bool pagedate_zone(const char *word, int32_t *offset);
/* 'a', 'p' for am and pm, or 0. */
char pagedate_meridiem(const char *word);

enum pagedate_unit {
    PAGEDATE_SECOND,
    PAGEDATE_MINUTE,
    PAGEDATE_HOUR,
    PAGEDATE_DAY,
    PAGEDATE_WEEK,
    PAGEDATE_MONTH,
    PAGEDATE_YEAR
};
bool pagedate_unit(const char *word, enum pagedate_unit *unit);
bool pagedate_is_one(const char *word);  /* "a", "eine" */
bool pagedate_is_past(const char *word); /* "ago", "vor" */
bool pagedate_is_future(const char *word);
/* "today" 0, "yesterday" -1, "tomorrow" 1. */
bool pagedate_day_word(const char *word, int *days);
bool pagedate_is_now(const char *word);

/* A date and time of day with what is known of it. */
struct pagedate_parts {
    int year, month, day, hour, minute, second;
    bool has_year, has_month, has_day, has_time, has_offset;
    int32_t offset;
};
/* Fills in what is missing and applies the zone; false if there is no such
 * date. */
bool pagedate_finish(struct pagedate_parts *p,
                     const struct weir_pagedate_options *o, int64_t *out);
bool pagedate_month_first(const char *lang);
bool pagedate_ordinal(int year, int day, struct pagedate_parts *p);
int pagedate_full_year(int two_digits, int64_t now);

bool pagedate_read_format(struct weir_str text,
                          const struct weir_pagedate_options *o, int64_t *out);

#endif
