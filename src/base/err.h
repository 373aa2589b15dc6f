/* err.h - error codes and error messages.
 *
 * What can fail returns `enum weir_err`; 0 (WEIR_OK) is success. A function
 * that knows a useful message also takes a `struct weir_error *` (may be NULL)
 * and fills it once, where the cause is known: it names the URL, file or line
 * and what to do. Callers pass the code up and leave the message alone.
 *
 *     if (fd < 0)
 *         return weir_error_set(error, WEIR_E_IO, "%s: %s", path,
 *                               strerror(errno));
 */
#ifndef WEIR_BASE_ERR_H
#define WEIR_BASE_ERR_H

#include "base/compiler.h"

#include <stdarg.h>

enum weir_err {
    WEIR_OK = 0,
#define X(code, name, status, text) WEIR_E_##code,
#include "base/err.def"
#undef X
    WEIR_E_COUNT
};

/* A code with its message; the message is one line without a newline. It may
 * hold untrusted bytes: whoever prints it escapes it (base/escape.h). */
struct weir_error {
    enum weir_err code;
    char message[512];
};

/* The table's text for a code, "ok" for WEIR_OK. */
const char *weir_err_text(enum weir_err code);

/* The table's name for a code in lower case ("network"), "ok" for WEIR_OK. */
const char *weir_err_name(enum weir_err code);

/* The exit status of the command line for a code; 0 for WEIR_OK. */
int weir_err_exit_status(enum weir_err code);

/* Sets code and message (cut at the size of the field, at a UTF-8 boundary)
 * and returns the code. `error` may be NULL. */
enum weir_err weir_error_set(struct weir_error *error, enum weir_err code,
                             const char *format, ...) WEIR_PRINTF(3, 4);
enum weir_err weir_error_setv(struct weir_error *error, enum weir_err code,
                              const char *format, va_list args)
    WEIR_PRINTF(3, 0);

/* WEIR_E_NOMEM with the table's text. */
enum weir_err weir_error_nomem(struct weir_error *error);

#endif
