/* Small dense systems by elimination; loops as lanes.h asks. */
#include "aesweep/lu.h"

#include <math.h>

#include "aesweep/lanes.h"

enum { N_AT_ONCE = 8, ASKS_FROM = 1000 /* from here on a column takes a millisecond */ };

AE_INLINE void exchange(size_t n, double *x, double *y)
{
    for (size_t i = 0; i < n; i++) {
        double kept = x[i];
        x[i] = y[i];
        y[i] = kept;
    }
}

/* y -= a x from `begin` to `end`, in whole vectors from the next multiple of their length. */
AE_INLINE void subtract(size_t begin, size_t end, double a, const double *restrict x,
                        double *restrict y)
{
    size_t i = begin;
    for (; i < end && i % N_AT_ONCE != 0; i++)
        y[i] = fma(-a, x[i], y[i]);
    for (; i + N_AT_ONCE <= end; i += N_AT_ONCE)
        for (size_t l = 0; l < N_AT_ONCE; l++)
            y[i + l] = fma(-a, x[i + l], y[i + l]);
    for (; i < end; i++)
        y[i] = fma(-a, x[i], y[i]);
}

AE_CLONES bool ae_lu_factor_unless(bool (*should_stop)(void *ctx), void *ctx, size_t n,
                                   size_t stride, double *restrict A, size_t *restrict pivot)
{
    for (size_t j = 0; j < n; j++) {
        if (should_stop && n - j >= ASKS_FROM && should_stop(ctx))
            return false;
        size_t best = j;
        for (size_t i = j + 1; i < n; i++)
            if (fabs(A[i * stride + j]) > fabs(A[best * stride + j]))
                best = i;
        pivot[j] = best;
        if (best != j)
            exchange(n, A + j * stride, A + best * stride);
        const double *restrict row = A + j * stride;
        double inverse = 1.0 / row[j];
        if (!isfinite(inverse) || inverse == 0.0)
            return false;
        for (size_t i = j + 1; i < n; i++) {
            double *restrict below = A + i * stride;
            double factor = below[j] * inverse;
            below[j] = factor;
            if (factor == 0.0)
                continue;
            subtract(j + 1, n, factor, row, below);
        }
    }
    return true;
}

bool ae_lu_factor(size_t n, size_t stride, double *restrict A, size_t *restrict pivot)
{
    return ae_lu_factor_unless(NULL, NULL, n, stride, A, pivot);
}

AE_CLONES void ae_lu_solve(size_t n, size_t stride, const double *restrict LU,
                           const size_t *restrict pivot, size_t n_columns, double *restrict X)
{
    for (size_t j = 0; j < n; j++)
        if (pivot[j] != j)
            exchange(n_columns, X + j * n_columns, X + pivot[j] * n_columns);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double factor = LU[i * stride + j];
            for (size_t l = 0; l < n_columns; l++)
                X[i * n_columns + l] = fma(-factor, X[j * n_columns + l], X[i * n_columns + l]);
        }
    for (size_t i = n; i-- > 0;) {
        for (size_t j = i + 1; j < n; j++) {
            double factor = LU[i * stride + j];
            for (size_t l = 0; l < n_columns; l++)
                X[i * n_columns + l] = fma(-factor, X[j * n_columns + l], X[i * n_columns + l]);
        }
        double inverse = 1.0 / LU[i * stride + i];
        for (size_t l = 0; l < n_columns; l++)
            X[i * n_columns + l] *= inverse;
    }
}

AE_CLONES void ae_lu_solve_one(size_t n, size_t stride, const double *restrict LU_t,
                               const size_t *restrict pivot, double *restrict x)
{
    for (size_t j = 0; j < n; j++)
        exchange(1, x + j, x + pivot[j]);
    for (size_t j = 0; j < n; j++) {
        const double *restrict column = LU_t + j * stride;
        subtract(j + 1, n, x[j], column, x);
    }
    for (size_t j = n; j-- > 0;) {
        const double *restrict column = LU_t + j * stride;
        double x_j = x[j] / column[j];
        x[j] = x_j;
        subtract(0, j, x_j, column, x);
    }
}

void ae_lu_transpose(size_t n, size_t stride, double *A)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            exchange(1, A + i * stride + j, A + j * stride + i);
}
