/* pagedate.h - dates as pages write them.
 *
 * Understood, anywhere in a text (its first 500 bytes): ISO 8601 (calendar,
 * week and ordinal dates, compact ones, with zone), RFC 822, HTTP and asctime
 * dates, "June 19, 2019", "19. Juni 2019", "Jun 19th 2019 7:00 PM",
 * "2019年6月19日", 06/19/2019, 19.06.2019, 19-06-2019, unix seconds,
 * milliseconds and microseconds, "3 days ago", "vor 3 Tagen", "yesterday at
 * 5 pm". Names of months and units in en de fr es it nl pt (months also in da
 * nb sv pl). A date without a day means the first, one without a year the
 * latest that is not more than 31 days ahead. Of 03/04/2019 the language
 * decides: the month comes first for none, "en" and "en-US", the day for all
 * others.
 *
 * Fractions of seconds are dropped. A zone on the page counts before `tz`.
 *
 *     struct weir_pagedate_options o = {.lang = "de", .now = now};
 *     if (weir_pagedate_read(text, &o, &t))
 *         weir_httpdate_put_rfc3339(&out, t);
 */
#ifndef WEIR_CORE_PAGEDATE_H
#define WEIR_CORE_PAGEDATE_H

#include "base/str.h"
#include "core/tzone.h"

struct weir_pagedate_options {
    /* As strptime(3): %Y %y %C %m %d %e %b %B %h %a %A %H %I %k %l %M %S %f %p
     * %z %Z %j %s %T %R %D %F %n %t %%; NULL = guess. Names in `lang`, or in
     * any language that is known. White space matches any white space; what
     * follows the format in the text is an error. */
    const char *format;
    const struct weir_tzone *tz; /* NULL = UTC */
    const char *lang;            /* "de", "en-GB"; NULL = any */
    int64_t now;
};

/* Seconds since 1970 UTC. False when there is no date in the text that
 * exists. */
bool weir_pagedate_read(struct weir_str text,
                        const struct weir_pagedate_options *options,
                        int64_t *out);
/* Why `format` is not valid: a static text, NULL when it is. */
const char *weir_pagedate_check_format(const char *format);

#endif
