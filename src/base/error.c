/* Error messages: formatting and prefixes. */
#include "aesweep/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum ae_status ae_fail(struct ae_error *err, enum ae_status code, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->code = code;
        (void)vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
    }
    return code;
}

enum ae_status ae_error_prefix(struct ae_error *err, const char *format, ...)
{
    if (!err)
        return AE_OK;
    char whole[sizeof err->message];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(whole, sizeof whole, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n + 3 < sizeof whole) {
        (void)snprintf(whole + n, sizeof whole - (size_t)n, ": %.*s",
                       (int)(sizeof whole - (size_t)n - 3), err->message);
        memcpy(err->message, whole, sizeof whole);
    }
    return err->code;
}

enum ae_status ae_fail_memory(struct ae_error *err, size_t n_bytes)
{
    return ae_fail(err, AE_ENOMEM, "out of memory (%zu bytes asked for)", n_bytes);
}

const char *ae_status_word(enum ae_status code)
{
    switch (code) {
#define AE_STATUS_WORD(status, word)                                                               \
    case status:                                                                                   \
        return word;
        AE_STATUS_LIST(AE_STATUS_WORD)
#undef AE_STATUS_WORD
    }
    return "unknown status";
}
