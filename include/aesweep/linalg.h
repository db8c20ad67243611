#ifndef AESWEEP_LINALG_H
#define AESWEEP_LINALG_H

/* Vector kernels, the same bits on every CPU (lanes.h). Vectors are contiguous and do not overlap.
 * */

#include <stddef.h>

double ae_dot(size_t n, const double *x, const double *y);
/* sum_i r[i] x[i] y[i]; x and y may be the same */
double ae_weighted_dot(size_t n, const double *r, const double *x, const double *y);
/* sum_i (x[i] y[i])^2 */
double ae_product_norm2(size_t n, const double *x, const double *y);
/* y += a x */
void ae_axpy(size_t n, double a, const double *restrict x, double *restrict y);
/* y = s y + a x */
void ae_scale_axpy(size_t n, double s, double a, const double *restrict x, double *restrict y);
/* y = s y + a x + b z */
void ae_scale_axpy2(size_t n, double s, double a, const double *restrict x, double b,
                    const double *restrict z, double *restrict y);

#endif
