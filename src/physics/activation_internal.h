#ifndef AESWEEP_ACTIVATION_INTERNAL_H
#define AESWEEP_ACTIVATION_INTERNAL_H

/* Activations in lanes, for one instruction set each; moments.c chooses. */

#include <stddef.h>

/* g = erf(x / sqrt 2) and its slope for n numbers, a multiple of 8: g to 2^-53 absolutely and to 2 ulp,
 * dg to 4 ulp where |x| < 37 and below 1e-290 beyond. The same bits whatever the instruction set. */
typedef void ae_erf_lanes_fn(size_t n, const double *x, double *g, double *dg);
ae_erf_lanes_fn ae_erf_lanes_plain, ae_erf_lanes_avx2, ae_erf_lanes_avx512;

#endif
