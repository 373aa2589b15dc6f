/* httpdate.h - dates as protocols write them, without locale and time zone.
 *
 * Times are seconds since 1970-01-01T00:00:00Z, leap seconds not counted. The
 * calendar is our own arithmetic (proleptic Gregorian), from year 0 to 9999.
 *
 *     int64_t t;
 *     if (weir_httpdate_parse(value, now, &t)) ...
 */
#ifndef WEIR_CORE_HTTPDATE_H
#define WEIR_CORE_HTTPDATE_H

#include "base/buf.h"
#include "base/str.h"

/* The three formats of RFC 9110 section 5.6.7, in any case (RFC 9111 section
 * 4.2):
 *     Sun, 06 Nov 1994 08:49:37 GMT       IMF-fixdate
 *     Sunday, 06-Nov-94 08:49:37 GMT      RFC 850
 *     Sun Nov  6 08:49:37 1994            asctime
 * `now` decides the century of two-digit years: not more than 50 years ahead.
 * The name of the day must be one, but need not be right. False for anything
 * else, other zones than GMT included. */
bool weir_httpdate_parse(struct weir_str s, int64_t now, int64_t *out);

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110); times out of range are brought
 * into it. */
void weir_httpdate_put(struct weir_buf *out, int64_t t);
/* "Sun, 06 Nov 1994 08:49:37 +0000" (RFC 5322, for feeds). */
void weir_httpdate_put_mail(struct weir_buf *out, int64_t t);
/* "1994-11-06T08:49:37Z" (RFC 3339). */
void weir_httpdate_put_rfc3339(struct weir_buf *out, int64_t t);

/* Retry-After (RFC 9110 section 10.2.3): seconds or a date, as nanoseconds from
 * `now`; 0 for a date in the past, INT64_MAX for what is too far. */
bool weir_httpdate_retry_after(struct weir_str s, int64_t now, int64_t *ns);

/* The calendar underneath. */
struct weir_civil {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second;
    int weekday; /* 0 = Sunday */
};
struct weir_civil weir_civil_of(int64_t t);
/* False unless it is a date and time of day that exist; a second of 60 is
 * taken for the next minute's first. weekday is not looked at. */
bool weir_civil_to_time(const struct weir_civil *c, int64_t *out);

#endif
