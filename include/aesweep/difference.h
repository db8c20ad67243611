#ifndef AESWEEP_DIFFERENCE_H
#define AESWEEP_DIFFERENCE_H

/* Two results of one point, compared bit for bit. */

#include <stdbool.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"
#include "aesweep/record.h"

/* A result, as the store keeps it. */
struct ae_outcome {
    const char *source;     /* what it is called in the text: "stored", a folder */
    const double *numbers;  /* [AE_N_SUMMARY] */
    struct ae_bytes record; /* packed */
};

/*
 * Do they differ in a bit of what both of them keep? Records of different levels are compared as
 * far as the lower one goes; any nan equals any nan. If they differ, appends a line to `out` for
 * each number that does, and one for the first difference on the way. AE_OK or AE_ENOMEM.
 */
enum ae_status ae_difference_find(const struct ae_outcome *a, const struct ae_outcome *b,
                                  bool *is_different, struct ae_buffer *out, struct ae_error *err);

#endif
