/* compiler.h - the GNU extensions that weir uses, all of them, in one place. */
#ifndef WEIR_BASE_COMPILER_H
#define WEIR_BASE_COMPILER_H

#if defined(__GNUC__)
/* The compiler checks the arguments of printf-like functions. */
#define WEIR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
/* The result must be looked at. */
#define WEIR_MUST_USE __attribute__((warn_unused_result))
/* Runs before main: the unit tests register themselves with it. */
#define WEIR_CONSTRUCTOR __attribute__((constructor))
#define WEIR_NORETURN __attribute__((noreturn))
#define WEIR_UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define WEIR_PRINTF(fmt, args)
#define WEIR_MUST_USE
#define WEIR_CONSTRUCTOR
#define WEIR_NORETURN
#define WEIR_UNLIKELY(x) (x)
#endif

#endif
