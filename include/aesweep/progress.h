#ifndef AESWEEP_PROGRESS_H
#define AESWEEP_PROGRESS_H

/* Progress and durations as text. */

#include <stddef.h>

#include "aesweep/memory.h"

struct ae_progress {
    size_t n_total; /* everything, also what was there before */
    size_t n_there; /* of this, finished, failed ones included */
    size_t n_failed;
    double rate;   /* a second; 0 if not known */
    double left_s; /* nan if not known */
};

/* `1234/5000 points, 87.2/s, 43 s left, 2 failed`; at most 79 characters, no line end. */
void ae_progress_format(const struct ae_progress *progress, struct ae_buffer *out);

/* A duration for people: `0.35 s`, `42 s`, `12 min 5 s`, `3 h 20 min`, `2 d 4 h`. */
void ae_duration_format(double seconds, struct ae_buffer *out);

#endif
