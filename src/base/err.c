/* err.c - the error table (err.def) as texts, names and exit statuses. */
#include "base/err.h"

#include "base/escape.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *text;
    int status;
} table[WEIR_E_COUNT] = {
    [WEIR_OK] = {"ok", "ok", 0},
#define X(code, name, status, text) [WEIR_E_##code] = {name, text, status},
#include "base/err.def"
#undef X
};

/* A code that is not in the table counts as the generic error. */
static enum weir_err known(enum weir_err code) {
    return (unsigned)code < WEIR_E_COUNT ? code : WEIR_E_GENERIC;
}

const char *weir_err_text(enum weir_err code) {
    return table[known(code)].text;
}

const char *weir_err_name(enum weir_err code) {
    return table[known(code)].name;
}

int weir_err_exit_status(enum weir_err code) {
    return table[known(code)].status;
}

enum weir_err weir_error_setv(struct weir_error *error, enum weir_err code,
                              const char *format, va_list args) {
    /* Composed aside: the arguments may point into the old message. */
    char message[sizeof error->message];
    if (!error)
        return code;
    if (vsnprintf(message, sizeof message, format, args) < 0)
        message[0] = '\0';
    message[weir_utf8_floor(weir_str_of(message))] = '\0';
    memcpy(error->message, message, sizeof message);
    error->code = code;
    return code;
}

enum weir_err weir_error_set(struct weir_error *error, enum weir_err code,
                             const char *format, ...) {
    va_list args;
    va_start(args, format);
    weir_error_setv(error, code, format, args);
    va_end(args);
    return code;
}

enum weir_err weir_error_nomem(struct weir_error *error) {
    return weir_error_set(error, WEIR_E_NOMEM, "%s",
                          weir_err_text(WEIR_E_NOMEM));
}
