/* log.h - messages on their way to whoever shows them.
 *
 * The engine has no terminal: it logs to a function that its client gives.
 * Messages are one line, unescaped; the client escapes (base/escape.h). */
#ifndef WEIR_BASE_LOG_H
#define WEIR_BASE_LOG_H

#include "base/compiler.h"

enum weir_log_level {
    WEIR_LOG_ERROR,   /* a URL or the run failed */
    WEIR_LOG_WARNING, /* the user should know */
    WEIR_LOG_INFO,    /* -v */
    WEIR_LOG_DEBUG    /* -vv */
};

typedef void (*weir_log_fn)(enum weir_log_level level, const char *message,
                            void *data);

/* A value: copy it freely. fn NULL drops everything. May be called from the
 * loop thread only. */
struct weir_log {
    enum weir_log_level level;
    weir_log_fn fn;
    void *data;
};

void weir_log(const struct weir_log *log, enum weir_log_level level,
              const char *format, ...) WEIR_PRINTF(3, 4);

#endif
