/* A cursor over the slice, as in httpdate.c, whose calendar it uses. */
#include "core/rfc3339.h"

#include "core/httpdate.h"

static bool digits(struct weir_str *s, size_t n, int *out) {
    uint64_t value;
    if (s->n < n || !weir_str_to_u64(weir_str_sub(*s, 0, n), &value))
        return false;
    *out = (int)value;
    *s = weir_str_sub(*s, n, s->n);
    return true;
}

static bool take(struct weir_str *s, char c) {
    if (s->n == 0 || weir_to_lower(s->p[0]) != c)
        return false;
    *s = weir_str_sub(*s, 1, s->n);
    return true;
}

/* "08:49", "08:49:37", "08:49:37.123" */
static bool time_of_day(struct weir_str *s, struct weir_civil *c) {
    if (!digits(s, 2, &c->hour) || !take(s, ':') || !digits(s, 2, &c->minute))
        return false;
    if (!take(s, ':'))
        return true;
    if (!digits(s, 2, &c->second))
        return false;
    if (!take(s, '.'))
        return true;
    size_t n = 0;
    while (n < s->n && weir_is_digit(s->p[n]))
        n++;
    *s = weir_str_sub(*s, n, s->n);
    return n > 0;
}

/* "Z", "+01:00", "+0100", or nothing; seconds east of UTC. */
static bool offset(struct weir_str *s, int *east) {
    int hours, minutes;
    *east = 0;
    if (s->n == 0 || take(s, 'z'))
        return true;
    bool west = take(s, '-');
    if ((!west && !take(s, '+')) || !digits(s, 2, &hours))
        return false;
    take(s, ':');
    if (!digits(s, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *east = (hours * 60 + minutes) * (west ? -60 : 60);
    return true;
}

bool weir_rfc3339_parse(struct weir_str s, int64_t *out) {
    struct weir_civil c = {0};
    int east = 0;
    s = weir_str_trim(s);
    if (!digits(&s, 4, &c.year) || !take(&s, '-') || !digits(&s, 2, &c.month) ||
        !take(&s, '-') || !digits(&s, 2, &c.day))
        return false;
    if (s.n > 0 && ((!take(&s, 't') && !take(&s, ' ')) ||
                    !time_of_day(&s, &c) || !offset(&s, &east)))
        return false;
    int64_t t;
    if (s.n > 0 || !weir_civil_to_time(&c, &t))
        return false;
    *out = t - east;
    return true;
}
