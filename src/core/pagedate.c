/* pagedate.c - finding a date in a text; what is understood is in the header.
 *
 * The text is cut into tokens: numbers, words (folded), single characters. Then
 * four readers look at them, each taking tokens away from the next:
 *
 *     relative     "3 days ago"; if there is one, that is all
 *     time of day  7:00 PM, 19h30, T190000Z, and the zone behind it
 *     day          a numeric date, a month's name with its neighbours, or
 *                  "yesterday"
 *     finish       what is missing, the zone, and whether such a day exists
 *
 * Other words (days of the week, "published on") are passed over. */
#include "core/pagedate_internal.h"

#include "base/escape.h"
#include "core/httpdate.h"

#include <string.h>

enum { MAX_TEXT = 500, MAX_TOKENS = 64, DAY = 86400 };

enum kind { NUMBER, WORD, MARK };

struct token {
    enum kind kind;
    bool used;
    bool spaced;   /* white space before it */
    char mark;     /* 'Y' 'M' 'D' for the signs of Chinese dates */
    int64_t value; /* of a number; -1 if it has more than 17 digits */
    size_t digits;
    char word[PAGEDATE_WORD];
};

struct tokens {
    struct token at[MAX_TOKENS];
    size_t count;
    const struct weir_pagedate_options *o;
    struct pagedate_parts parts;
};

/* ---- tokens ---- */

static char east_asian_mark(uint32_t cp) {
    switch (cp) {
    case 0x5E74: /* year */
    case 0xB144:
        return 'Y';
    case 0x6708: /* month */
    case 0xC6D4:
        return 'M';
    case 0x65E5: /* day */
    case 0xC77C:
        return 'D';
    default:
        return '?';
    }
}

static void read_number(struct weir_str *s, struct token *t) {
    uint64_t value;
    while (t->digits < s->n && weir_is_digit(s->p[t->digits]))
        t->digits++;
    t->kind = NUMBER;
    t->value = -1;
    if (t->digits <= 17 &&
        weir_str_to_u64(weir_str_sub(*s, 0, t->digits), &value))
        t->value = (int64_t)value;
    *s = weir_str_sub(*s, t->digits, s->n);
}

static void read_mark(struct weir_str *s, struct token *t) {
    uint32_t cp = 0;
    size_t n = weir_utf8_decode(*s, &cp);
    t->kind = MARK;
    t->mark = cp < 0x80 ? s->p[0] : east_asian_mark(cp);
    if (cp == 0x2212 || cp == 0x2010 || cp == 0x2011 || cp == 0x2013)
        t->mark = '-';
    if (cp == 0x2019)
        t->mark = '\'';
    *s = weir_str_sub(*s, n ? n : 1, s->n);
}

static bool take_space(struct weir_str *s) {
    size_t before = s->n;
    static const struct weir_str wide[] = {{"\xC2\xA0", 2},
                                           {"\xE2\x80\xAF", 3}};
    for (bool more = true; more;) {
        more = s->n && weir_is_space(s->p[0]);
        if (more)
            *s = weir_str_sub(*s, 1, s->n);
        for (int i = 0; i < 2; i++) {
            if (weir_str_starts(*s, wide[i])) {
                *s = weir_str_sub(*s, wide[i].n, s->n);
                more = true;
            }
        }
    }
    return s->n < before;
}

static void tokenize(struct tokens *ts, struct weir_str s) {
    s = weir_str_sub(s, 0, MAX_TEXT);
    while (ts->count < MAX_TOKENS) {
        struct token *t = &ts->at[ts->count];
        memset(t, 0, sizeof *t);
        t->spaced = take_space(&s);
        if (s.n == 0)
            return;
        if (weir_is_digit(s.p[0]))
            read_number(&s, t);
        else if (pagedate_fold(&s, t->word))
            t->kind = WORD;
        else
            read_mark(&s, t);
        ts->count++;
    }
}

static const struct token *token(const struct tokens *ts, size_t i) {
    static const struct token none = {.kind = MARK};
    return i < ts->count ? &ts->at[i] : &none;
}

static bool is_mark(const struct tokens *ts, size_t i, char mark) {
    const struct token *t = token(ts, i);
    return t->kind == MARK && t->mark == mark && i < ts->count;
}

static bool is_number(const struct tokens *ts, size_t i, size_t least,
                      size_t most) {
    const struct token *t = token(ts, i);
    return t->kind == NUMBER && !t->used && t->digits >= least &&
           t->digits <= most;
}

static bool is_word(const struct tokens *ts, size_t i, const char *word) {
    const struct token *t = token(ts, i);
    return t->kind == WORD && strcmp(t->word, word) == 0;
}

static void use(struct tokens *ts, size_t from, size_t n) {
    for (size_t i = from; i < from + n && i < ts->count; i++)
        ts->at[i].used = true;
}

/* ---- finishing ---- */

bool pagedate_month_first(const char *lang) {
    struct weir_str s = weir_str_of(lang);
    return s.n == 0 || weir_str_eq_nocase(s, WEIR_STR("en")) ||
           weir_str_eq_nocase(s, WEIR_STR("en-US")) ||
           weir_str_eq_nocase(s, WEIR_STR("en_US"));
}

/* Not more than 20 years ahead. */
int pagedate_full_year(int two_digits, int64_t now) {
    int this_year = weir_civil_of(now).year;
    int year = this_year / 100 * 100 + two_digits;
    return year > this_year + 20 ? year - 100 : year;
}

bool pagedate_ordinal(int year, int day, struct pagedate_parts *p) {
    struct weir_civil c = {.year = year, .month = 1, .day = 1};
    int64_t t;
    if (day < 1 || !weir_civil_to_time(&c, &t))
        return false;
    c = weir_civil_of(t + (int64_t)(day - 1) * DAY);
    p->year = c.year;
    p->month = c.month;
    p->day = c.day;
    p->has_year = p->has_month = p->has_day = true;
    return c.year == year;
}

static bool to_utc(const struct weir_civil *c, const struct pagedate_parts *p,
                   const struct weir_pagedate_options *o, int64_t *out) {
    struct weir_civil day = *c;
    bool midnight = c->hour == 24 && c->minute == 0 && c->second == 0;
    int64_t local;
    if (midnight)
        day.hour = 0;
    if (!weir_civil_to_time(&day, &local))
        return false;
    local += midnight ? DAY : 0;
    if (p->has_offset)
        *out = local - p->offset;
    else
        *out = o->tz ? weir_tzone_to_utc(o->tz, local) : local;
    return true;
}

bool pagedate_finish(struct pagedate_parts *p,
                     const struct weir_pagedate_options *o, int64_t *out) {
    struct weir_civil c = {.year = p->year,
                           .month = p->has_month ? p->month : 1,
                           .day = p->has_day ? p->day : 1,
                           .hour = p->hour,
                           .minute = p->minute,
                           .second = p->second};
    if (p->has_year)
        return (p->has_month || !p->has_day) && to_utc(&c, p, o, out);
    if (!p->has_month || !p->has_day)
        return false;
    /* 29 February may be years back */
    c.year = weir_civil_of(o->now).year + 1;
    for (int tries = 0; tries < 10; tries++, c.year--)
        if (to_utc(&c, p, o, out) && *out <= o->now + 31 * DAY)
            return true;
    return false;
}

/* ---- relative dates ---- */

static bool shift_months(int64_t *t, int64_t months) {
    struct weir_civil c = weir_civil_of(*t);
    int64_t total = (int64_t)c.year * 12 + c.month - 1 + months;
    if (total < 0 || total >= 120000)
        return false;
    c.year = (int)(total / 12);
    c.month = (int)(total % 12) + 1;
    while (!weir_civil_to_time(&c, t)) /* 31 June: the last that exists */
        if (--c.day < 28)
            return false;
    return true;
}

static bool shift(int64_t *t, int64_t count, enum pagedate_unit unit) {
    static const int64_t seconds[] = {1, 60, 3600, DAY, 7 * DAY};
    if (count > 1000000 || count < -1000000)
        return false;
    if (unit == PAGEDATE_MONTH || unit == PAGEDATE_YEAR)
        return shift_months(t, unit == PAGEDATE_YEAR ? 12 * count : count);
    *t += count * seconds[unit];
    return true;
}

/* A count and a unit at i: "3 days", "3d", "a day". *n tokens. */
static bool amount(const struct tokens *ts, size_t i, int64_t *count,
                   enum pagedate_unit *unit, size_t *n) {
    const struct token *t = token(ts, i), *next = token(ts, i + 1);
    *n = 2;
    if (next->kind != WORD || !pagedate_unit(next->word, unit))
        return false;
    if (t->kind == NUMBER && t->digits <= 6)
        *count = t->value;
    else if (t->kind == WORD && pagedate_is_one(t->word))
        *count = 1;
    else
        return false;
    return true;
}

/* +1, -1, or 0 if nothing says so: a word for the past anywhere, one for the
 * future right before the amount. */
static int direction(const struct tokens *ts) {
    for (size_t i = 0; i < ts->count; i++)
        if (ts->at[i].kind == WORD && pagedate_is_past(ts->at[i].word))
            return -1;
    for (size_t i = 0; i + 1 < ts->count; i++) {
        int64_t count;
        enum pagedate_unit unit;
        size_t n;
        if (ts->at[i].kind == WORD && pagedate_is_future(ts->at[i].word) &&
            amount(ts, i + 1, &count, &unit, &n))
            return 1;
    }
    return 0;
}

static bool read_relative(const struct tokens *ts, int64_t *out) {
    int sign = direction(ts);
    int64_t t = ts->o->now;
    bool found = false;
    for (size_t i = 0; sign && i + 1 < ts->count;) {
        enum pagedate_unit unit;
        int64_t count;
        size_t n;
        if (!amount(ts, i, &count, &unit, &n)) {
            i++;
            continue;
        }
        if (!shift(&t, sign * count, unit))
            return false;
        found = true;
        i += n;
    }
    if (!found && ts->count <= 3)
        for (size_t i = 0; i < ts->count; i++)
            found |= ts->at[i].kind == WORD && pagedate_is_now(ts->at[i].word);
    if (found)
        *out = t;
    return found;
}

/* ---- time of day ---- */

/* am and pm behind the time: "pm", "p.m." */
static bool apply_meridiem(struct tokens *ts, size_t *i) {
    const struct token *t = token(ts, *i);
    char c = t->kind == WORD ? pagedate_meridiem(t->word) : '\0';
    bool dotted = c && !t->word[1];
    struct pagedate_parts *p = &ts->parts;
    if (!c || (dotted && !is_mark(ts, *i + 1, '.')))
        return false;
    if (dotted && !is_word(ts, *i + 2, "m"))
        return false;
    use(ts, *i, dotted ? 3 : 1);
    *i += dotted ? 3 : 1;
    if (p->hour > 12 || p->hour == 0)
        return p->hour > 0;
    if (c == 'p' && p->hour < 12)
        p->hour += 12;
    else if (c == 'a' && p->hour == 12)
        p->hour = 0;
    return true;
}

/* "+02:00", "-0500", "+2" at i, joined to its digits. */
static bool read_offset(struct tokens *ts, size_t i, bool exact) {
    const struct token *digits = token(ts, i + 1);
    bool minus = is_mark(ts, i, '-');
    int64_t hours, minutes = 0;
    size_t n = 2;
    if ((!minus && !is_mark(ts, i, '+')) || digits->kind != NUMBER ||
        digits->spaced || (digits->digits != 4 && digits->digits > 2))
        return false;
    hours = digits->value;
    if (digits->digits == 4) {
        minutes = hours % 100;
        hours /= 100;
    } else if (is_mark(ts, i + 2, ':') && is_number(ts, i + 3, 2, 2)) {
        minutes = token(ts, i + 3)->value;
        n = 4;
    }
    /* "10:00-12:00" is a span unless the time is exact */
    if (minus && !exact && n == 4)
        return false;
    if (hours > 14 || minutes > 59)
        return false;
    ts->parts.offset = (int32_t)(hours * 60 + minutes) * (minus ? -60 : 60);
    ts->parts.has_offset = true;
    use(ts, i, n);
    return true;
}

static void read_zone(struct tokens *ts, size_t i, bool exact) {
    struct token *t = i < ts->count ? &ts->at[i] : NULL;
    if (!t)
        return;
    if (is_mark(ts, i, '(')) {
        t = i + 1 < ts->count ? &ts->at[++i] : NULL;
        if (!t)
            return;
    }
    if (t->kind == WORD && pagedate_zone(t->word, &ts->parts.offset)) {
        t->used = ts->parts.has_offset = true;
        if (ts->parts.offset == 0) /* "GMT+2" */
            read_offset(ts, i + 1, true);
        return;
    }
    read_offset(ts, i, exact);
}

static bool set_time(struct tokens *ts, int64_t h, int64_t m, int64_t s) {
    if (h > 24 || m > 59 || s > 60)
        return false;
    ts->parts.hour = (int)h;
    ts->parts.minute = (int)m;
    ts->parts.second = (int)s;
    return ts->parts.has_time = true;
}

/* 19:00, 19:00:00.5, 7:00 PM at i. */
static bool read_clock(struct tokens *ts, size_t i) {
    size_t end = i + 3;
    int64_t seconds = 0;
    bool exact = i > 0 && is_word(ts, i - 1, "t");
    if (!is_number(ts, i, 1, 2) || !is_mark(ts, i + 1, ':') ||
        !is_number(ts, i + 2, 2, 2))
        return false;
    if (is_mark(ts, end, ':') && is_number(ts, end + 1, 2, 2)) {
        seconds = token(ts, end + 1)->value;
        exact = true;
        end += 2;
        if ((is_mark(ts, end, '.') || is_mark(ts, end, ',')) &&
            token(ts, end + 1)->kind == NUMBER && !token(ts, end + 1)->spaced)
            end += 2;
    }
    if (!set_time(ts, token(ts, i)->value, token(ts, i + 2)->value, seconds))
        return false;
    use(ts, i, end - i);
    apply_meridiem(ts, &end);
    if (is_word(ts, end, "uhr"))
        end++;
    read_zone(ts, end, exact);
    return true;
}

/* T190000Z, T1900 at i, the word. */
static bool read_compact_clock(struct tokens *ts, size_t i) {
    int64_t value = token(ts, i + 1)->value, seconds = 0;
    size_t digits = token(ts, i + 1)->digits;
    if (!is_word(ts, i, "t") || i == 0 || token(ts, i)->spaced ||
        !is_number(ts, i + 1, 4, 6) || digits == 5)
        return false;
    if (digits == 6) {
        seconds = value % 100;
        value /= 100;
    }
    if (!set_time(ts, value / 100, value % 100, seconds))
        return false;
    use(ts, i, 2);
    read_zone(ts, i + 2, true);
    return true;
}

/* 7pm, 19h30, 19h, 19.30 Uhr, 19 Uhr at i. */
static bool read_short_clock(struct tokens *ts, size_t i) {
    int64_t minutes = 0;
    size_t end = i + 1;
    struct token *next = end < ts->count ? &ts->at[end] : NULL;
    if (!next || !is_number(ts, i, 1, 2) || token(ts, i)->value > 24)
        return false;
    if (is_word(ts, end, "h") && !next->spaced) {
        end++;
        if (is_number(ts, end, 2, 2) && !token(ts, end)->spaced)
            minutes = token(ts, end++)->value;
    } else if (is_mark(ts, end, '.') && is_number(ts, i + 2, 2, 2) &&
               is_word(ts, i + 3, "uhr")) {
        minutes = token(ts, i + 2)->value;
        end = i + 4;
    } else if (is_word(ts, end, "uhr")) {
        end++;
    } else {
        struct pagedate_parts before = ts->parts;
        set_time(ts, token(ts, i)->value, 0, 0);
        if (!apply_meridiem(ts, &end)) {
            ts->parts = before;
            return false;
        }
        use(ts, i, 1);
        read_zone(ts, end, false);
        return true;
    }
    if (!set_time(ts, token(ts, i)->value, minutes, 0))
        return false;
    use(ts, i, end - i);
    return true;
}

static void read_time(struct tokens *ts) {
    for (size_t i = 0; i < ts->count; i++)
        if (read_clock(ts, i) || read_compact_clock(ts, i))
            return;
    for (size_t i = 0; i < ts->count; i++)
        if (read_short_clock(ts, i))
            return;
}

/* ---- days in numbers ---- */

static bool set_day(struct tokens *ts, int64_t year, int64_t month,
                    int64_t day) {
    struct pagedate_parts *p = &ts->parts;
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > 31)
        return false;
    p->year = (int)year;
    p->month = (int)month;
    p->day = (int)day;
    return p->has_year = p->has_month = p->has_day = true;
}

static int64_t year_of(const struct tokens *ts, size_t i) {
    const struct token *t = token(ts, i);
    return t->digits <= 2 ? pagedate_full_year((int)t->value, ts->o->now)
                          : t->value;
}

/* Three numbers with the same mark between; *found once it looks like a date,
 * be it one that exists or not. */
static bool read_triple(struct tokens *ts, size_t i, bool *found) {
    char mark = token(ts, i + 1)->mark;
    int64_t a = token(ts, i)->value, b = token(ts, i + 2)->value;
    bool month_first;
    if (!is_number(ts, i, 1, 4) || token(ts, i + 1)->kind != MARK ||
        !strchr("./-", mark) || !mark || !is_number(ts, i + 2, 1, 2) ||
        !is_mark(ts, i + 3, mark) || !is_number(ts, i + 4, 1, 4))
        return false;
    if (token(ts, i)->digits == 4) {
        *found = true;
        if (!is_number(ts, i + 4, 1, 2))
            return false;
        use(ts, i, 5);
        return set_day(ts, a, b, token(ts, i + 4)->value);
    }
    if (token(ts, i)->digits > 2 || token(ts, i + 4)->digits == 3 ||
        token(ts, i + 4)->digits == 1)
        return false;
    *found = true;
    month_first = mark == '/' && pagedate_month_first(ts->o->lang);
    if (a > 12)
        month_first = false;
    else if (b > 12)
        month_first = true;
    if (mark == '.' && month_first)
        return false;
    use(ts, i, 5);
    return month_first ? set_day(ts, year_of(ts, i + 4), a, b)
                       : set_day(ts, year_of(ts, i + 4), b, a);
}

/* 2019-W25-3 and 2019-170, 2019-06 (ISO 8601). */
static bool read_iso_rest(struct tokens *ts, size_t i, bool *found) {
    int64_t year = token(ts, i)->value;
    struct weir_civil c = {.year = (int)year, .month = 1, .day = 4};
    int64_t week, day = 1, t;
    if (!is_number(ts, i, 4, 4) || !is_mark(ts, i + 1, '-') ||
        token(ts, i + 2)->spaced)
        return false;
    if (is_number(ts, i + 2, 3, 3)) {
        *found = true;
        use(ts, i, 3);
        return pagedate_ordinal((int)year, (int)token(ts, i + 2)->value,
                                &ts->parts);
    }
    if (is_number(ts, i + 2, 2, 2)) {
        *found = true;
        use(ts, i, 3);
        return set_day(ts, year, token(ts, i + 2)->value, 1);
    }
    if (!is_word(ts, i + 2, "w") || !is_number(ts, i + 3, 2, 2))
        return false;
    *found = true;
    week = token(ts, i + 3)->value;
    if (is_mark(ts, i + 4, '-') && is_number(ts, i + 5, 1, 1))
        day = token(ts, i + 5)->value;
    if (week < 1 || week > 53 || day < 1 || day > 7 ||
        !weir_civil_to_time(&c, &t))
        return false;
    t -= (int64_t)((weir_civil_of(t).weekday + 6) % 7) * DAY;
    c = weir_civil_of(t + ((week - 1) * 7 + day - 1) * DAY);
    use(ts, i, 6);
    return set_day(ts, c.year, c.month, c.day);
}

/* 20190619, 20190619190000; 2019年6月19日; "19.06." */
static bool read_compact_day(struct tokens *ts, size_t i, bool *found) {
    const struct token *t = token(ts, i);
    int64_t v = t->value;
    if (is_number(ts, i, 2, 4) && is_mark(ts, i + 1, 'Y') &&
        is_number(ts, i + 2, 1, 2) && is_mark(ts, i + 3, 'M')) {
        bool has_day = is_number(ts, i + 4, 1, 2);
        *found = true;
        use(ts, i, 5);
        return set_day(ts, year_of(ts, i), token(ts, i + 2)->value,
                       has_day ? token(ts, i + 4)->value : 1);
    }
    if (t->kind != NUMBER || t->used || (t->digits != 8 && t->digits != 14) ||
        (t->digits == 14 && ts->parts.has_time))
        return false;
    *found = true;
    if (t->digits == 14) {
        if (!set_time(ts, v / 10000 % 100, v / 100 % 100, v % 100))
            return false;
        v /= 1000000;
    }
    use(ts, i, 1);
    return set_day(ts, v / 10000, v / 100 % 100, v % 100);
}

static bool read_day_and_month(struct tokens *ts, size_t i) {
    struct pagedate_parts *p = &ts->parts;
    if (!is_number(ts, i, 1, 2) || !is_mark(ts, i + 1, '.') ||
        !is_number(ts, i + 2, 1, 2) || !is_mark(ts, i + 3, '.') ||
        token(ts, i + 2)->spaced || token(ts, i + 2)->value > 12 ||
        (token(ts, i + 4)->kind == NUMBER && !token(ts, i + 4)->spaced))
        return false;
    p->day = (int)token(ts, i)->value;
    p->month = (int)token(ts, i + 2)->value;
    use(ts, i, 4);
    return p->has_day = p->has_month = true;
}

/* ---- days with a month's name ---- */

static bool is_filler(const struct tokens *ts, size_t i) {
    static const char *const words[] = {"th",  "st", "nd",  "rd", "er",  "de",
                                        "del", "of", "the", "e",  "den", "a"};
    const struct token *t = token(ts, i);
    if (t->kind == MARK)
        return t->mark && strchr(".,-/'", t->mark);
    for (size_t k = 0; t->kind == WORD && k < sizeof words / sizeof *words; k++)
        if (strcmp(t->word, words[k]) == 0)
            return true;
    return t->kind == WORD && pagedate_is_weekday(t->word);
}

/* The next token that is no filler; ts->count if there is none within reach. */
static size_t next_of(const struct tokens *ts, size_t i) {
    for (int reach = 0; reach < 4; reach++) {
        i++;
        if (i >= ts->count || !is_filler(ts, i))
            return i < ts->count ? i : ts->count;
    }
    return ts->count;
}

static size_t previous_of(const struct tokens *ts, size_t i) {
    for (int reach = 0; reach < 4 && i > 0; reach++) {
        i--;
        if (!is_filler(ts, i))
            return i;
    }
    return ts->count;
}

/* '19 is a year. */
static bool is_short_year(const struct tokens *ts, size_t i) {
    return is_number(ts, i, 2, 2) && i > 0 && is_mark(ts, i - 1, '\'');
}

static bool is_day(const struct tokens *ts, size_t i) {
    return is_number(ts, i, 1, 2) && token(ts, i)->value >= 1 &&
           token(ts, i)->value <= 31 && !is_short_year(ts, i);
}

static bool is_year(const struct tokens *ts, size_t i) {
    return is_number(ts, i, 4, 4) && token(ts, i)->value >= 1000;
}

static void take_year(struct tokens *ts, size_t i) {
    ts->parts.year = (int)year_of(ts, i);
    ts->parts.has_year = true;
    use(ts, i, 1);
}

static void take_day(struct tokens *ts, size_t i) {
    ts->parts.day = (int)token(ts, i)->value;
    ts->parts.has_day = true;
    use(ts, i, 1);
}

/* The month's name stands at m. */
static bool read_around(struct tokens *ts, size_t m, int month) {
    struct pagedate_parts *p = &ts->parts;
    size_t before = previous_of(ts, m), after = next_of(ts, m);
    p->month = month;
    p->has_month = true;
    use(ts, m, 1);
    if (is_day(ts, before))
        take_day(ts, before);
    else if (is_number(ts, before, 1, 2))
        return false; /* 32 June */
    else if (is_year(ts, before))
        take_year(ts, before);
    if (!p->has_day && is_day(ts, after)) {
        take_day(ts, after);
        after = next_of(ts, after);
    } else if (!p->has_day && is_number(ts, after, 1, 2) &&
               !is_short_year(ts, after)) {
        return false;
    }
    if (!p->has_year && is_year(ts, after))
        take_year(ts, after);
    else if (!p->has_year && (p->has_day || is_short_year(ts, after)) &&
             is_number(ts, after, 2, 2) && !is_mark(ts, after + 1, ':'))
        take_year(ts, after);
    for (size_t i = 0; i < ts->count && !p->has_year; i++)
        if (is_year(ts, i))
            take_year(ts, i); /* behind the time: "Jun 19 19:00:00 2019" */
    return p->has_day || p->has_year;
}

static bool read_month_name(struct tokens *ts, bool *found) {
    size_t best = ts->count;
    int month = 0;
    bool best_weak = true;
    for (size_t i = 0; i < ts->count; i++) {
        bool weak, near;
        int m = ts->at[i].kind == WORD
                    ? pagedate_month(ts->at[i].word, ts->o->lang, &weak)
                    : 0;
        if (!m)
            continue;
        near = is_number(ts, next_of(ts, i), 1, 4) ||
               is_number(ts, previous_of(ts, i), 1, 4);
        if (near && (best == ts->count || (best_weak && !weak))) {
            best = i;
            month = m;
            best_weak = weak;
        }
    }
    *found = best < ts->count;
    return *found && read_around(ts, best, month);
}

static bool read_day_word(struct tokens *ts) {
    for (size_t i = 0; i < ts->count; i++) {
        int32_t offset =
            ts->o->tz ? weir_tzone_offset(ts->o->tz, ts->o->now) : 0;
        struct weir_civil c;
        int days;
        if (ts->at[i].kind != WORD || !pagedate_day_word(ts->at[i].word, &days))
            continue;
        if (ts->parts.has_offset)
            offset = ts->parts.offset;
        c = weir_civil_of(ts->o->now + offset + (int64_t)days * DAY);
        return set_day(ts, c.year, c.month, c.day);
    }
    return false;
}

static bool read_day(struct tokens *ts) {
    bool found = false;
    for (size_t i = 0; i < ts->count; i++) {
        bool good = read_triple(ts, i, &found) ||
                    (!found && read_compact_day(ts, i, &found)) ||
                    (!found && read_iso_rest(ts, i, &found));
        if (good || found)
            return good;
    }
    if (read_month_name(ts, &found) || found)
        return ts->parts.has_month && (ts->parts.has_day || ts->parts.has_year);
    for (size_t i = 0; i < ts->count; i++)
        if (read_day_and_month(ts, i))
            return true;
    return read_day_word(ts);
}

/* ---- numbers alone ---- */

/* Unix time in seconds, milliseconds, microseconds or nanoseconds by the number
 * of digits, with or without decimals; a year. */
static bool read_unix(struct weir_str s, int64_t *out) {
    size_t n = s.n && s.p[0] == '-', end;
    int64_t value;
    while (n < s.n && weir_is_digit(s.p[n]))
        n++;
    end = n;
    if (end < s.n && s.p[end] == '.')
        for (end++; end < s.n && weir_is_digit(s.p[end]);)
            end++;
    if (end != s.n || !weir_str_to_i64(weir_str_sub(s, 0, n), &value))
        return false;
    if (s.p[0] == '-')
        n--;
    if (n == 9 || n == 10)
        *out = value;
    else if (n >= 12 && n <= 13)
        *out = value / 1000;
    else if (n >= 15 && n <= 16)
        *out = value / 1000000;
    else if (n >= 18 && n <= 19)
        *out = value / 1000000000;
    else
        return false;
    return true;
}

bool weir_pagedate_read(struct weir_str text,
                        const struct weir_pagedate_options *o, int64_t *out) {
    struct tokens ts = {.o = o};
    bool found;
    text = weir_str_trim(text);
    if (o->format)
        return pagedate_read_format(text, o, out);
    if (read_unix(text, out))
        return true;
    tokenize(&ts, text);
    if (read_relative(&ts, out))
        return true;
    if (ts.count == 1 && is_year(&ts, 0)) {
        take_year(&ts, 0);
        found = true;
    } else {
        read_time(&ts);
        found = read_day(&ts);
    }
    return found && pagedate_finish(&ts.parts, o, out);
}
