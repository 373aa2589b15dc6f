/* HTTP dates (RFC 9110 section 5.6.7), IMF-fixdate only: the origin is strict
 * about what it is sent. */
#include "reply.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void http_date(int64_t seconds, char out[HTTP_DATE_SIZE]) {
    time_t when = (time_t)seconds;
    struct tm t;
    char text[96];
    gmtime_r(&when, &t);
    snprintf(text, sizeof text, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
             days + 3 * t.tm_wday, t.tm_mday, months + 3 * t.tm_mon,
             t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    memcpy(out, text, HTTP_DATE_SIZE - 1);
    out[HTTP_DATE_SIZE - 1] = '\0';
}

/* Days since the epoch of a date in the Gregorian calendar. */
static int64_t days_from(int64_t year, int64_t month, int64_t day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, of_era = y % 400;
    int64_t of_year =
        (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           719468;
}

static bool number_at(struct weir_str s, size_t at, size_t n, uint64_t *out) {
    return weir_str_to_u64(weir_str_sub(s, at, n), out);
}

bool http_date_parse(struct weir_str s, int64_t *seconds) {
    uint64_t day, year, h, m, sec;
    char again[HTTP_DATE_SIZE];
    size_t month;
    if (s.n != HTTP_DATE_SIZE - 1 || !number_at(s, 5, 2, &day) ||
        !number_at(s, 12, 4, &year) || !number_at(s, 17, 2, &h) ||
        !number_at(s, 20, 2, &m) || !number_at(s, 23, 2, &sec))
        return false;
    month = weir_str_search(weir_str_of(months), weir_str_sub(s, 8, 3));
    *seconds =
        days_from((int64_t)year, (int64_t)month / 3 + 1, (int64_t)day) * 86400 +
        (int64_t)(h * 3600 + m * 60 + sec);
    /* Written back it must be the same: weekday, month and punctuation too. */
    http_date(*seconds, again);
    return weir_str_eq(s, weir_str_of(again));
}
