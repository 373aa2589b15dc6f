/* tzone.c - TZif files (RFC 8536) and POSIX TZ strings.
 *
 * Version 2 and later repeat version 1's data block with 64-bit times; only
 * that one is used. Every count is checked against the size of the file before
 * anything is looked at. A TZ string's rules give two changes a year; which of
 * the two holds is decided in local standard time of that year. */
#include "core/tzone.h"

#include "base/mem.h"
#include "core/httpdate.h"

#include <string.h>

enum { DAY = 86400, MAX_OFFSET = 26 * 3600 };

/* When a change happens in a year: Mm.w.d, Jn or n. */
struct rule {
    char kind; /* 'M', 'J', 'n' */
    int month, week, day;
    int32_t time; /* seconds after local midnight */
};

struct footer {
    bool present, has_dst;
    int32_t std, dst;
    struct rule start, end; /* of daylight saving time */
};

struct change {
    int64_t at;
    int32_t offset;
};

struct weir_tzone {
    int32_t first; /* before the first change */
    struct footer footer;
    size_t count;
    struct change changes[];
};

/* ---- TZ strings ---- */

static bool take(struct weir_str *s, char c) {
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = weir_str_sub(*s, 1, s->n);
    return true;
}

static bool take_number(struct weir_str *s, int *out) {
    size_t n = 0;
    uint64_t value;
    while (n < s->n && n < 4 && weir_is_digit(s->p[n]))
        n++;
    if (!weir_str_to_u64(weir_str_sub(*s, 0, n), &value))
        return false;
    *out = (int)value;
    *s = weir_str_sub(*s, n, s->n);
    return true;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct weir_str *s, int32_t *seconds) {
    bool minus = take(s, '-');
    int h, m = 0, sec = 0;
    if (!minus)
        take(s, '+');
    if (!take_number(s, &h) || h > 167)
        return false;
    if (take(s, ':') && !take_number(s, &m))
        return false;
    if (take(s, ':') && !take_number(s, &sec))
        return false;
    if (m > 59 || sec > 59)
        return false;
    *seconds = h * 3600 + m * 60 + sec;
    if (minus)
        *seconds = -*seconds;
    return true;
}

static bool take_name(struct weir_str *s) {
    size_t n = 0;
    if (take(s, '<')) {
        n = weir_str_find(*s, '>', 0);
        *s = weir_str_sub(*s, n + 1, s->n);
        return n > 0;
    }
    while (n < s->n && weir_is_alpha(s->p[n]))
        n++;
    *s = weir_str_sub(*s, n, s->n);
    return n >= 3;
}

static bool take_rule(struct weir_str *s, struct rule *r) {
    bool good;
    r->time = 7200;
    if (take(s, 'M')) {
        r->kind = 'M';
        good = take_number(s, &r->month) && take(s, '.') &&
               take_number(s, &r->week) && take(s, '.') &&
               take_number(s, &r->day) && r->month >= 1 && r->month <= 12 &&
               r->week >= 1 && r->week <= 5 && r->day <= 6;
    } else {
        r->kind = take(s, 'J') ? 'J' : 'n';
        good = take_number(s, &r->day) && r->day <= 365 &&
               (r->kind == 'n' || r->day >= 1);
    }
    return good && (!take(s, '/') || take_time(s, &r->time));
}

/* std offset [dst [offset] , rule , rule]; offsets are west of UTC. */
static bool read_footer(struct weir_str s, struct footer *f) {
    if (s.n == 0)
        return true;
    if (!take_name(&s) || !take_time(&s, &f->std))
        return false;
    f->std = -f->std;
    f->present = true;
    if (s.n == 0)
        return true;
    f->dst = f->std + 3600;
    if (!take_name(&s))
        return false;
    if (s.n && s.p[0] != ',') {
        if (!take_time(&s, &f->dst))
            return false;
        f->dst = -f->dst;
    }
    f->has_dst = take(&s, ',') && take_rule(&s, &f->start) && take(&s, ',') &&
                 take_rule(&s, &f->end) && s.n == 0;
    return f->has_dst;
}

/* The rule's time in a year, in local time of no zone. */
static int64_t rule_time(const struct rule *r, int year) {
    struct weir_civil c = {.year = year, .month = 1, .day = 1};
    int64_t t = 0, next = 0;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (r->kind != 'M') {
        int day = r->day;
        if (r->kind == 'J' && !(leap && day >= 60))
            day--;
        weir_civil_to_time(&c, &t);
        return t + (int64_t)day * DAY + r->time;
    }
    c.month = r->month;
    weir_civil_to_time(&c, &t);
    t += (int64_t)((r->day - weir_civil_of(t).weekday + 7) % 7) * DAY;
    c.month = r->month == 12 ? 1 : r->month + 1;
    c.year = r->month == 12 ? year + 1 : year;
    weir_civil_to_time(&c, &next);
    for (int week = 1; week < r->week && (r->week < 5 || t + 7 * DAY < next);
         week++)
        t += 7 * DAY;
    return t + r->time;
}

static int32_t footer_offset(const struct footer *f, int64_t utc) {
    int64_t start, end;
    int year;
    if (!f->has_dst)
        return f->std;
    year = weir_civil_of(utc + f->std).year;
    if (year >= 9999)
        return f->std;
    start = rule_time(&f->start, year) - f->std;
    end = rule_time(&f->end, year) - f->dst;
    if (start < end)
        return utc >= start && utc < end ? f->dst : f->std;
    return utc >= start || utc < end ? f->dst : f->std;
}

/* ---- files ---- */

static uint32_t be32(const char *p) {
    const unsigned char *u = (const unsigned char *)p;
    return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 |
           u[3];
}

static int32_t be32_signed(const char *p) {
    uint32_t u = be32(p);
    return u < 0x80000000u ? (int32_t)u
                           : (int32_t)(u - 0x80000000u) + INT32_MIN;
}

static int64_t be64_signed(const char *p) {
    uint64_t u = (uint64_t)be32(p) << 32 | be32(p + 4);
    return u < UINT64_C(1) << 63
               ? (int64_t)u
               : (int64_t)(u - (UINT64_C(1) << 63)) + INT64_MIN;
}

struct header {
    char version;
    size_t utc, std, leap, times, types, chars;
};

enum { HEADER = 44 };

static bool read_header(struct weir_str s, struct header *h) {
    if (s.n < HEADER || memcmp(s.p, "TZif", 4) != 0)
        return false;
    h->version = s.p[4];
    h->utc = be32(s.p + 20);
    h->std = be32(s.p + 24);
    h->leap = be32(s.p + 28);
    h->times = be32(s.p + 32);
    h->types = be32(s.p + 36);
    h->chars = be32(s.p + 40);
    return h->utc < 65536 && h->std < 65536 && h->leap < 65536 &&
           h->times < 65536 && h->types >= 1 && h->types < 65536 &&
           h->chars < 65536;
}

static size_t block_size(const struct header *h, size_t time) {
    return h->times * (time + 1) + h->types * 6 + h->chars +
           h->leap * (time + 4) + h->std + h->utc;
}

static bool take_offset(const char *types, size_t i, int32_t *out) {
    *out = be32_signed(types + 6 * i);
    return *out > -MAX_OFFSET && *out < MAX_OFFSET;
}

static bool read_block(struct weir_tzone *z, struct weir_str s,
                       const struct header *h, size_t time) {
    const char *indexes = s.p + h->times * time;
    const char *types = indexes + h->times;
    if (!take_offset(types, 0, &z->first))
        return false;
    z->count = h->times;
    for (size_t i = 0; i < h->times; i++) {
        size_t type = (unsigned char)indexes[i];
        struct change *c = &z->changes[i];
        c->at = time == 8 ? be64_signed(s.p + 8 * i) : be32_signed(s.p + 4 * i);
        if (type >= h->types || !take_offset(types, type, &c->offset) ||
            (i && c->at <= c[-1].at))
            return false;
    }
    return true;
}

/* "\nCET-1CEST,M3.5.0,M10.5.0/3\n" */
static bool read_tail(struct weir_tzone *z, struct weir_str s) {
    if (!take(&s, '\n'))
        return false;
    return read_footer(weir_str_sub(s, 0, weir_str_find(s, '\n', 0)),
                       &z->footer);
}

enum weir_err weir_tzone_parse(struct weir_str s, struct weir_tzone **out) {
    struct weir_tzone *z;
    struct header h;
    size_t time = 4;
    bool good;
    if (!read_header(s, &h) || s.n - HEADER < block_size(&h, 4))
        return WEIR_E_INVALID;
    s = weir_str_sub(s, HEADER, s.n);
    if (h.version >= '2') {
        s = weir_str_sub(s, block_size(&h, 4), s.n);
        time = 8;
        if (!read_header(s, &h) || s.n - HEADER < block_size(&h, 8))
            return WEIR_E_INVALID;
        s = weir_str_sub(s, HEADER, s.n);
    }
    z = weir_calloc(1, sizeof *z + h.times * sizeof *z->changes);
    if (!z)
        return WEIR_E_NOMEM;
    good = read_block(z, s, &h, time) &&
           (time == 4 || read_tail(z, weir_str_sub(s, block_size(&h, 8), s.n)));
    if (!good) {
        weir_tzone_destroy(z);
        return WEIR_E_INVALID;
    }
    *out = z;
    return WEIR_OK;
}

enum weir_err weir_tzone_fixed(int32_t offset, struct weir_tzone **out) {
    struct weir_tzone *z = weir_calloc(1, sizeof *z);
    if (!z)
        return WEIR_E_NOMEM;
    z->first = offset;
    *out = z;
    return WEIR_OK;
}

void weir_tzone_destroy(struct weir_tzone *zone) {
    weir_free(zone);
}

/* ---- questions ---- */

int32_t weir_tzone_offset(const struct weir_tzone *z, int64_t utc) {
    size_t low = 0, high = z->count;
    while (low < high) { /* the number of changes up to utc */
        size_t mid = (low + high) / 2;
        if (z->changes[mid].at <= utc)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == z->count && z->footer.present)
        return footer_offset(&z->footer, utc);
    return low ? z->changes[low - 1].offset : z->first;
}

int64_t weir_tzone_to_utc(const struct weir_tzone *z, int64_t local) {
    int32_t before = weir_tzone_offset(z, local - DAY);
    int32_t after = weir_tzone_offset(z, local + DAY);
    int64_t t = local - before;
    if (weir_tzone_offset(z, t) == before)
        return t;
    if (weir_tzone_offset(z, local - after) == after)
        return local - after;
    return t; /* left out */
}

bool weir_tzone_read_offset(struct weir_str s, int32_t *offset) {
    int h, m = 0;
    bool minus;
    s = weir_str_trim(s);
    if (weir_str_eq_nocase(s, WEIR_STR("Z"))) {
        *offset = 0;
        return true;
    }
    if (weir_str_starts_nocase(s, WEIR_STR("UTC")) ||
        weir_str_starts_nocase(s, WEIR_STR("GMT"))) {
        s = weir_str_sub(s, 3, s.n);
        if (s.n == 0) {
            *offset = 0;
            return true;
        }
    }
    minus = take(&s, '-');
    if (!minus && !take(&s, '+'))
        return false;
    if (s.n == 4 && weir_is_digit(s.p[2])) { /* hhmm */
        struct weir_str hours = weir_str_sub(s, 0, 2);
        s = weir_str_sub(s, 2, 2);
        if (!take_number(&hours, &h) || !take_number(&s, &m))
            return false;
    } else if (!take_number(&s, &h) ||
               (take(&s, ':') && !take_number(&s, &m))) {
        return false;
    }
    if (s.n || h > 18 || m > 59)
        return false;
    *offset = (h * 60 + m) * (minus ? -60 : 60);
    return true;
}

bool weir_tzone_is_name(struct weir_str s) {
    bool start = true;
    if (s.n == 0 || s.n > 64)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '/' ? start
                     : !weir_is_alnum(c) && (start || !strchr("_+-", c)))
            return false;
        start = c == '/';
    }
    return !start;
}
