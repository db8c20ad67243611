/* Order statistics and moments of a few numbers, some of them infinite. */
#include "aesweep/reduce.h"

#include <math.h>
#include <stdlib.h>

const char *const ae_reduce_names[AE_N_REDUCES + 1] = {
#define NAME(name) #name,
    AE_REDUCE_LIST(NAME)
#undef NAME
        NULL};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Quantile of sorted numbers. Equal neighbours and exact ranks need no arithmetic, so that
 * infinities come through. */
static double quantile(size_t n, const double *x, double fraction)
{
    double rank = fraction * (double)(n - 1), part = rank - floor(rank);
    size_t i = (size_t)rank;
    if (part == 0.0 || x[i] == x[i + 1])
        return x[i];
    return (1.0 - part) * x[i] + part * x[i + 1];
}

static double mean(size_t n, const double *x)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static double deviation(size_t n, const double *x)
{
    double centre = mean(n, x), sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - centre) * (x[i] - centre);
    return n > 1 ? sqrt(sum / (double)(n - 1)) : (double)NAN;
}

double ae_reduce(enum ae_reduce how, size_t n_all, double *x, size_t *n_nan)
{
    size_t n = 0;
    for (size_t i = 0; i < n_all; i++)
        if (!isnan(x[i]))
            x[n++] = x[i];
    *n_nan = n_all - n;
    if (how == AE_REDUCE_count)
        return (double)n;
    if (n == 0)
        return (double)NAN;
    qsort(x, n, sizeof *x, compare); /* also makes sums independent of the order given */
    switch (how) {
    case AE_REDUCE_median:
        return quantile(n, x, 0.5);
    case AE_REDUCE_mean:
        return mean(n, x);
    case AE_REDUCE_min:
        return x[0];
    case AE_REDUCE_max:
        return x[n - 1];
    case AE_REDUCE_std:
        return deviation(n, x);
    case AE_REDUCE_iqr:
        return quantile(n, x, 0.75) - quantile(n, x, 0.25);
    case AE_REDUCE_count:
    case AE_N_REDUCES:
        break;
    }
    return (double)NAN;
}
