#ifndef AESWEEP_ERROR_H
#define AESWEEP_ERROR_H

#include <stddef.h>

/*
 * Status codes and error messages of the whole program.
 *
 * A function that can fail returns enum ae_status and takes struct ae_error *err as its last
 * argument. err may be NULL: then only the code is reported. Nobody but the command line prints.
 */

/* X(code, word): `word` is what a user sees where a code must be named. */
#define AE_STATUS_LIST(X)                                                                          \
    X(AE_OK, "ok")                                                                                 \
    X(AE_EARG, "bad input") /* argument, sweep file or value: nothing was done */                  \
    X(AE_ENOMEM, "out of memory")                                                                  \
    X(AE_EIO, "system failure") /* disk, permission, broken store */                               \
    X(AE_ELOCKED, "locked")     /* another run owns the results folder */                          \
    X(AE_EMPI, "MPI failure")                                                                      \
    X(AE_ENUM, "numerical failure")   /* an integrator gave up; the point has failed */            \
    X(AE_ETIMEOUT, "timeout")         /* a point took longer than it may */                        \
    X(AE_ESTOP, "stopped")            /* asked to stop; work done so far is kept */                \
    X(AE_EINTERNAL, "internal error") /* a check of the program on itself failed */

enum ae_status {
#define AE_STATUS_CODE(code, word) code,
    AE_STATUS_LIST(AE_STATUS_CODE)
#undef AE_STATUS_CODE
};

struct ae_error {
    enum ae_status code;
    char message[1024]; /* one line, UTF-8, no trailing newline; cut if longer */
};

#if defined(__GNUC__)
#define AE_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#else
#define AE_PRINTF(format_at, first_at)
#endif

/* Sets code and message (err may be NULL) and returns the code. */
enum ae_status ae_fail(struct ae_error *err, enum ae_status code, const char *format, ...)
    AE_PRINTF(3, 4);

/* Puts `format...: ` before the message that err holds; returns err's code (AE_OK if err is NULL).
 * */
enum ae_status ae_error_prefix(struct ae_error *err, const char *format, ...) AE_PRINTF(2, 3);

/* "out of memory" for a request of n_bytes. */
enum ae_status ae_fail_memory(struct ae_error *err, size_t n_bytes);

/* The word for a code; never NULL. */
const char *ae_status_word(enum ae_status code);

#endif
