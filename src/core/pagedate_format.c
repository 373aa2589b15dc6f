/* pagedate_format.c - dates by a format as in strptime(3), without a locale. */
#include "core/pagedate_internal.h"

#include "core/httpdate.h"

#include <string.h>

struct reader {
    struct weir_str s;
    const struct weir_pagedate_options *o;
    struct pagedate_parts parts;
    char meridiem;
    int century;
    bool has_epoch;
    int64_t epoch;
    int ordinal;
};

static void skip_space(struct weir_str *s) {
    while (s->n && weir_is_space(s->p[0]))
        *s = weir_str_sub(*s, 1, s->n);
}

/* One to `most` digits, white space before them as strptime allows it. */
static bool number(struct reader *r, size_t most, int low, int high, int *out) {
    size_t n = 0;
    uint64_t value;
    skip_space(&r->s);
    while (n < r->s.n && n < most && weir_is_digit(r->s.p[n]))
        n++;
    if (!weir_str_to_u64(weir_str_sub(r->s, 0, n), &value) ||
        value < (uint64_t)low || value > (uint64_t)high)
        return false;
    *out = (int)value;
    r->s = weir_str_sub(r->s, n, r->s.n);
    return true;
}

static bool month_name(struct reader *r) {
    char word[PAGEDATE_WORD];
    bool weak;
    if (!pagedate_fold(&r->s, word))
        return false;
    r->parts.month = pagedate_month(word, r->o->lang, &weak);
    return r->parts.has_month = r->parts.month != 0;
}

static bool weekday_name(struct reader *r) {
    char word[PAGEDATE_WORD];
    return pagedate_fold(&r->s, word) && pagedate_is_weekday(word);
}

/* "AM", "p.m." */
static bool meridiem(struct reader *r) {
    char word[PAGEDATE_WORD];
    if (!pagedate_fold(&r->s, word))
        return false;
    r->meridiem = pagedate_meridiem(word);
    if (r->meridiem && !word[1])
        for (int i = 0; i < 3 && r->s.n && strchr(".mM", r->s.p[0]); i++)
            r->s = weir_str_sub(r->s, 1, r->s.n);
    return r->meridiem != 0;
}

/* +hhmm, +hh:mm, Z, GMT, UTC+2, CEST */
static bool zone(struct reader *r) {
    size_t n = 0;
    char word[PAGEDATE_WORD];
    struct weir_str name = r->s;
    while (n < r->s.n && (weir_is_alnum(r->s.p[n]) || strchr("+-:", r->s.p[n])))
        n++;
    if (weir_tzone_read_offset(weir_str_sub(r->s, 0, n), &r->parts.offset)) {
        r->s = weir_str_sub(r->s, n, r->s.n);
        return r->parts.has_offset = true;
    }
    if (!pagedate_fold(&name, word) || !pagedate_zone(word, &r->parts.offset))
        return false;
    r->s = name;
    return r->parts.has_offset = true;
}

static bool epoch(struct reader *r) {
    size_t n = r->s.n && r->s.p[0] == '-';
    while (n < r->s.n && n < 13 && weir_is_digit(r->s.p[n]))
        n++;
    r->has_epoch = weir_str_to_i64(weir_str_sub(r->s, 0, n), &r->epoch);
    r->s = weir_str_sub(r->s, n, r->s.n);
    return r->has_epoch;
}

static bool run(struct reader *r, const char *format);

/* The fields of a date. */
static bool date_field(struct reader *r, char c) {
    struct pagedate_parts *p = &r->parts;
    switch (c) {
    case 'Y':
        return p->has_year = number(r, 4, 0, 9999, &p->year);
    case 'C':
        return number(r, 2, 0, 99, &r->century);
    case 'y':
        p->has_year = number(r, 2, 0, 99, &p->year);
        p->year = r->century >= 0 ? r->century * 100 + p->year
                                  : pagedate_full_year(p->year, r->o->now);
        return p->has_year;
    case 'm':
        return p->has_month = number(r, 2, 1, 12, &p->month);
    case 'd':
    case 'e':
        return p->has_day = number(r, 2, 1, 31, &p->day);
    case 'j':
        return number(r, 3, 1, 366, &r->ordinal);
    case 'b':
    case 'B':
    case 'h':
        return month_name(r);
    case 'a':
    case 'A':
        return weekday_name(r);
    case 'D':
        return run(r, "%m/%d/%y");
    case 'F':
        return run(r, "%Y-%m-%d");
    default:
        return false;
    }
}

static bool field(struct reader *r, char c) {
    struct pagedate_parts *p = &r->parts;
    int ignored;
    switch (c) {
    case 'H':
    case 'k':
        return p->has_time = number(r, 2, 0, 24, &p->hour);
    case 'I':
    case 'l':
        return p->has_time = number(r, 2, 1, 12, &p->hour);
    case 'M':
        return number(r, 2, 0, 59, &p->minute);
    case 'S':
        return number(r, 2, 0, 60, &p->second);
    case 'f':
        return number(r, 9, 0, 999999999, &ignored);
    case 'p':
    case 'P':
        return meridiem(r);
    case 'z':
    case 'Z':
        return zone(r);
    case 's':
        return epoch(r);
    case 'T':
        return run(r, "%H:%M:%S");
    case 'R':
        return run(r, "%H:%M");
    case 'n':
    case 't':
        skip_space(&r->s);
        return true;
    case '%':
        if (r->s.n == 0 || r->s.p[0] != '%')
            return false;
        r->s = weir_str_sub(r->s, 1, r->s.n);
        return true;
    default:
        return date_field(r, c);
    }
}

static bool run(struct reader *r, const char *format) {
    for (; *format; format++) {
        if (weir_is_space(*format)) {
            skip_space(&r->s);
        } else if (*format == '%') {
            format++;
            if (*format == '-') /* as in strftime: no leading zero */
                format++;
            if (!field(r, *format))
                return false;
        } else if (r->s.n &&
                   weir_to_lower(r->s.p[0]) == weir_to_lower(*format)) {
            r->s = weir_str_sub(r->s, 1, r->s.n);
        } else {
            return false;
        }
    }
    return true;
}

bool pagedate_read_format(struct weir_str text,
                          const struct weir_pagedate_options *o, int64_t *out) {
    struct reader r = {.s = weir_str_trim(text), .o = o, .century = -1};
    if (!run(&r, o->format))
        return false;
    skip_space(&r.s);
    if (r.s.n)
        return false;
    if (r.has_epoch) {
        *out = r.epoch;
        return true;
    }
    if (r.ordinal && (!r.parts.has_year ||
                      !pagedate_ordinal(r.parts.year, r.ordinal, &r.parts)))
        return false;
    if (r.meridiem && r.parts.hour > 12)
        return false;
    if (r.meridiem == 'p' && r.parts.hour < 12)
        r.parts.hour += 12;
    else if (r.meridiem == 'a' && r.parts.hour == 12)
        r.parts.hour = 0;
    return pagedate_finish(&r.parts, o, out);
}

const char *weir_pagedate_check_format(const char *format) {
    if (!*format)
        return "empty";
    for (; *format; format++) {
        if (*format != '%')
            continue;
        format++;
        if (*format == '-')
            format++;
        if (!*format)
            return "'%' at the end";
        if (!strchr("YyCmdebBhaAHIklMSfpPzZjsTRDFnt%", *format))
            return "a conversion that is not known";
    }
    return NULL;
}
