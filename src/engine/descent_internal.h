#ifndef AESWEEP_DESCENT_INTERNAL_H
#define AESWEEP_DESCENT_INTERNAL_H

/* The loops of a step on one input, whose e is that of all rows, for one instruction set each.
 * Numbers of a row, n or `wide`, are a multiple of 8. */

#include "aesweep/descent.h"

/* What moves J rows: Z_j = kappa_j Z_j + beta_j q - rho_j sum_l gamma_l Z_l. */
struct ae_move {
    size_t J;
    const double *kappa, *beta, *rho, *gamma;
};

struct ae_descent_loops {
    /* Z [J][stride], of each row n numbers, as above with q [n]. */
    void (*move)(const struct ae_move *m, size_t n, size_t stride, const double *q, double *Z);
    /* w_k = keep w_k + slope_k q for K rows [n]. */
    void (*slide)(size_t K, size_t n, double keep, const double *slope, const double *q, double *w);
    /* out = in - sum_l gamma_l T_l */
    void (*subtract)(const struct ae_move *m, size_t wide, size_t stride, const double *T,
                     const double *in, double *out);
    /* T_jl = kappa_j kappa_l T_jl + s_j rho_l + rho_j s_l + p_j alpha_l + alpha_j p_l, alpha = beta -
     * rho */
    void (*twist)(const struct ae_move *m, size_t wide, size_t stride, const double *s,
                  const double *p, double *T);
};

extern const struct ae_descent_loops ae_descent_loops_plain, ae_descent_loops_avx2,
    ae_descent_loops_avx512;

#endif
