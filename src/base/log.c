/* log.c - composes a message and hands it to the client's function. */
#include "base/log.h"

#include "base/escape.h"

#include <stdarg.h>
#include <stdio.h>

void weir_log(const struct weir_log *log, enum weir_log_level level,
              const char *format, ...) {
    char message[2048]; /* longer ones are cut at a UTF-8 boundary */
    va_list args;
    int n;
    if (!log || !log->fn || level > log->level)
        return;
    va_start(args, format);
    n = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (n < 0)
        return;
    if ((size_t)n >= sizeof message)
        message[weir_utf8_floor(weir_str_of(message))] = '\0';
    log->fn(level, message, log->data);
}
