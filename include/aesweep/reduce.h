#ifndef AESWEEP_REDUCE_H
#define AESWEEP_REDUCE_H

/* One number for the replicates of a point. */

#include <stddef.h>

/* X(name). inf sorts last and -inf first; nan is left out.
 *   iqr  difference of the quartiles, which interpolate linearly between the sorted values; nan if
 *        both are infinite
 *   std  of the sample (n - 1); nan for a single value */
#define AE_REDUCE_LIST(X) X(median) X(mean) X(min) X(max) X(std) X(count) X(iqr)

enum ae_reduce {
#define AE_REDUCE_CODE(name) AE_REDUCE_##name,
    AE_REDUCE_LIST(AE_REDUCE_CODE)
#undef AE_REDUCE_CODE
        AE_N_REDUCES
};
extern const char *const ae_reduce_names[AE_N_REDUCES + 1]; /* ended by NULL */

/* Reduces x[0..n), whose order changes. *n_nan is the number of nan left out. nan if nothing is
 * left, but the count of nothing is 0. */
double ae_reduce(enum ae_reduce how, size_t n, double *x, size_t *n_nan);

#endif
