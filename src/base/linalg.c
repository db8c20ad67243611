/* Vector kernels in fixed lanes; see lanes.h for why they are written this way. */
#include "aesweep/linalg.h"

#include <math.h>

#include "aesweep/lanes.h"

AE_INLINE double sum_of_lanes(const double *lane)
{
    double half[AE_LANES / 2], quarter[AE_LANES / 4];
    for (size_t j = 0; j < AE_LANES / 2; j++)
        half[j] = lane[j] + lane[j + AE_LANES / 2];
    for (size_t j = 0; j < AE_LANES / 4; j++)
        quarter[j] = half[j] + half[j + AE_LANES / 4];
    return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}

AE_CLONES double ae_dot(size_t n, const double *x, const double *y)
{
    double lane[AE_LANES] = {0};
    size_t i = 0;
    for (; i + AE_LANES <= n; i += AE_LANES)
        for (size_t j = 0; j < AE_LANES; j++)
            lane[j] = fma(x[i + j], y[i + j], lane[j]);
    for (size_t j = 0; i + j < n; j++)
        lane[j] = fma(x[i + j], y[i + j], lane[j]);
    return sum_of_lanes(lane);
}

AE_CLONES double ae_weighted_dot(size_t n, const double *r, const double *x, const double *y)
{
    double lane[AE_LANES] = {0};
    size_t i = 0;
    for (; i + AE_LANES <= n; i += AE_LANES)
        for (size_t j = 0; j < AE_LANES; j++)
            lane[j] = fma(x[i + j] * y[i + j], r[i + j], lane[j]);
    for (size_t j = 0; i + j < n; j++)
        lane[j] = fma(x[i + j] * y[i + j], r[i + j], lane[j]);
    return sum_of_lanes(lane);
}

AE_CLONES double ae_product_norm2(size_t n, const double *x, const double *y)
{
    double lane[AE_LANES] = {0};
    size_t i = 0;
    for (; i + AE_LANES <= n; i += AE_LANES)
        for (size_t j = 0; j < AE_LANES; j++) {
            double product = x[i + j] * y[i + j];
            lane[j] = fma(product, product, lane[j]);
        }
    for (size_t j = 0; i + j < n; j++) {
        double product = x[i + j] * y[i + j];
        lane[j] = fma(product, product, lane[j]);
    }
    return sum_of_lanes(lane);
}

AE_CLONES void ae_axpy(size_t n, double a, const double *restrict x, double *restrict y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = fma(a, x[i], y[i]);
}

AE_CLONES void ae_scale_axpy(size_t n, double s, double a, const double *restrict x,
                             double *restrict y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = fma(a, x[i], s * y[i]);
}

AE_CLONES void ae_scale_axpy2(size_t n, double s, double a, const double *restrict x, double b,
                              const double *restrict z, double *restrict y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = fma(b, z[i], fma(a, x[i], s * y[i]));
}
