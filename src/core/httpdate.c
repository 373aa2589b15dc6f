/* httpdate.c - parsing and writing dates; see the formats in the header.
 *
 * The parser is a cursor over the slice with three small steps: a fixed
 * number of digits, a name out of a table, a literal. The calendar counts in
 * eras of 400 years that begin on 1 March, so that the leap day is an era's and
 * a year's last day (Howard Hinnant's days_from_civil). */
#include "core/httpdate.h"

static const char *const days[] = {"Sun", "Mon", "Tue", "Wed",
                                   "Thu", "Fri", "Sat"};
static const char *const long_days[] = {"Sunday",    "Monday",   "Tuesday",
                                        "Wednesday", "Thursday", "Friday",
                                        "Saturday"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

#define DAY INT64_C(86400)
#define FIRST_TIME (-719528 * DAY)      /* 0000-01-01T00:00:00Z */
#define LAST_TIME INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/* ---- calendar ---- */

static int64_t days_from_civil(int64_t year, int month, int day) {
    int64_t era, day_of_year, year_of_era;
    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    year_of_era = year - era * 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 -
           year_of_era / 100 + day_of_year - 719468;
}

struct weir_civil weir_civil_of(int64_t t) {
    struct weir_civil c;
    int64_t day_count, second, era, doe, yoe, doy, mp;
    if (t < FIRST_TIME)
        t = FIRST_TIME;
    if (t > LAST_TIME)
        t = LAST_TIME;
    second = (t % DAY + DAY) % DAY;
    day_count = (t - second) / DAY;
    c.weekday = (int)((day_count % 7 + 11) % 7); /* 1970-01-01 was a Thursday */
    day_count += 719468;                         /* since 0000-03-01 */
    era = (day_count >= 0 ? day_count : day_count - 146096) / 146097;
    doe = day_count - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;
    c.day = (int)(doy - (153 * mp + 2) / 5 + 1);
    c.month = (int)(mp < 10 ? mp + 3 : mp - 9);
    c.year = (int)(yoe + era * 400 + (c.month <= 2));
    c.hour = (int)(second / 3600);
    c.minute = (int)(second / 60 % 60);
    c.second = (int)(second % 60);
    return c;
}

static int days_in_month(int year, int month) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30,
                                  31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return lengths[month - 1] + (month == 2 && leap);
}

bool weir_civil_to_time(const struct weir_civil *c, int64_t *out) {
    if (c->year < 0 || c->year > 9999 || c->month < 1 || c->month > 12 ||
        c->day < 1 || c->day > days_in_month(c->year, c->month) ||
        c->hour < 0 || c->hour > 23 || c->minute < 0 || c->minute > 59 ||
        c->second < 0 || c->second > 60)
        return false;
    *out = days_from_civil(c->year, c->month, c->day) * DAY + c->hour * 3600 +
           c->minute * 60 + c->second;
    return true;
}

/* ---- parsing ---- */

/* Exactly n digits. */
static bool digits(struct weir_str *s, size_t n, int *out) {
    uint64_t value;
    if (s->n < n || !weir_str_to_u64(weir_str_sub(*s, 0, n), &value))
        return false;
    *out = (int)value;
    *s = weir_str_sub(*s, n, s->n);
    return true;
}

static bool literal(struct weir_str *s, const char *text) {
    struct weir_str expected = weir_str_of(text);
    if (!weir_str_starts_nocase(*s, expected))
        return false;
    *s = weir_str_sub(*s, expected.n, s->n);
    return true;
}

static bool name(struct weir_str *s, const char *const *names, int count,
                 int *index) {
    for (int i = 0; i < count; i++) {
        if (literal(s, names[i])) {
            *index = i;
            return true;
        }
    }
    return false;
}

static bool month(struct weir_str *s, struct weir_civil *c) {
    int index;
    if (!name(s, months, 12, &index))
        return false;
    c->month = index + 1;
    return true;
}

/* "08:49:37" */
static bool time_of_day(struct weir_str *s, struct weir_civil *c) {
    return digits(s, 2, &c->hour) && literal(s, ":") &&
           digits(s, 2, &c->minute) && literal(s, ":") &&
           digits(s, 2, &c->second);
}

/* What follows "Sun, ": "06 Nov 1994 08:49:37 GMT" */
static bool imf_fixdate(struct weir_str s, struct weir_civil *c) {
    return digits(&s, 2, &c->day) && literal(&s, " ") && month(&s, c) &&
           literal(&s, " ") && digits(&s, 4, &c->year) && literal(&s, " ") &&
           time_of_day(&s, c) && literal(&s, " GMT") && s.n == 0;
}

/* What follows "Sun ": "Nov  6 08:49:37 1994" */
static bool asctime_date(struct weir_str s, struct weir_civil *c) {
    bool one_digit;
    if (!month(&s, c) || !literal(&s, " "))
        return false;
    one_digit = literal(&s, " ");
    return digits(&s, one_digit ? 1 : 2, &c->day) && literal(&s, " ") &&
           time_of_day(&s, c) && literal(&s, " ") && digits(&s, 4, &c->year) &&
           s.n == 0;
}

/* What follows "Sunday, ": "06-Nov-94 08:49:37 GMT" */
static bool rfc850_date(struct weir_str s, struct weir_civil *c) {
    return digits(&s, 2, &c->day) && literal(&s, "-") && month(&s, c) &&
           literal(&s, "-") && digits(&s, 2, &c->year) && literal(&s, " ") &&
           time_of_day(&s, c) && literal(&s, " GMT") && s.n == 0;
}

/* "A timestamp that appears to be more than 50 years in the future" is the most
 * recent past year with these digits (RFC 9110 section 5.6.7). */
static bool rfc850_time(struct weir_civil *c, int64_t now, int64_t *out) {
    struct weir_civil limit = weir_civil_of(now);
    int64_t latest, t;
    c->year += limit.year / 100 * 100 + 100;
    limit.year += 50;
    if (limit.month == 2 && limit.day == 29)
        limit.day = 28; /* fifty years on there may be none */
    if (!weir_civil_to_time(&limit, &latest))
        latest = LAST_TIME;
    for (int tries = 0; tries < 3; tries++, c->year -= 100) {
        bool exists = weir_civil_to_time(c, &t);
        if (exists && t <= latest) {
            *out = t;
            return true;
        }
    }
    return false;
}

bool weir_httpdate_parse(struct weir_str s, int64_t now, int64_t *out) {
    struct weir_civil c = {0};
    s = weir_str_trim(s);
    if (name(&s, long_days, 7, &c.weekday))
        return literal(&s, ", ") && rfc850_date(s, &c) &&
               rfc850_time(&c, now, out);
    if (!name(&s, days, 7, &c.weekday))
        return false;
    if (literal(&s, ", "))
        return imf_fixdate(s, &c) && weir_civil_to_time(&c, out);
    return literal(&s, " ") && asctime_date(s, &c) &&
           weir_civil_to_time(&c, out);
}

bool weir_httpdate_retry_after(struct weir_str s, int64_t now, int64_t *ns) {
    const int64_t second = 1000000000;
    uint64_t seconds;
    int64_t date;
    bool all_digits = s.n > 0;
    for (size_t i = 0; i < s.n; i++)
        all_digits = all_digits && weir_is_digit(s.p[i]);
    if (all_digits) {
        if (!weir_str_to_u64(s, &seconds))
            seconds = UINT64_MAX;
    } else if (weir_httpdate_parse(s, now, &date)) {
        seconds = date > now ? (uint64_t)(date - now) : 0;
    } else {
        return false;
    }
    *ns = seconds <= (uint64_t)(INT64_MAX / second) ? (int64_t)seconds * second
                                                    : INT64_MAX;
    return true;
}

/* ---- writing ---- */

static void put_day_first(struct weir_buf *out, int64_t t, const char *zone) {
    struct weir_civil c = weir_civil_of(t);
    weir_buf_fmt(out, "%s, %02d %s %04d %02d:%02d:%02d %s", days[c.weekday],
                 c.day, months[c.month - 1], c.year, c.hour, c.minute, c.second,
                 zone);
}

void weir_httpdate_put(struct weir_buf *out, int64_t t) {
    put_day_first(out, t, "GMT");
}

void weir_httpdate_put_mail(struct weir_buf *out, int64_t t) {
    put_day_first(out, t, "+0000");
}

void weir_httpdate_put_rfc3339(struct weir_buf *out, int64_t t) {
    struct weir_civil c = weir_civil_of(t);
    weir_buf_fmt(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day,
                 c.hour, c.minute, c.second);
}
