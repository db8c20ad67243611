#ifndef AESWEEP_DESCENT_INTERNAL_H
#define AESWEEP_DESCENT_INTERNAL_H

/* The loops of a step, for one instruction set each. Numbers of a row are a multiple of 8; what fills
 * up arrays of J rows to the next multiple of 8 (`wide`) is 0. */

#include "aesweep/descent.h"

/* A step on one input whose e is that of all rows, ready but for what needs y . e. */
struct ae_step {
    size_t J, wide;
    const double *kappa, *gamma, *rho; /* [wide] */
    double *beta;                      /* [wide] rho; tied: + slope, which the step adds */
    double *slope; /* [wide] g'(lambda) of unit j times its rate; then also times y_j . e */
    bool is_tied;
    const double *x_y;         /* [wide] */
    double *T_gamma, *gamma_M; /* [wide] sum_l gamma_l T_l and gamma_l M_l, over rows */
    double *scratch;           /* [2 * wide] from step to square */
};

struct ae_descent_loops {
    /* T_gamma and gamma_M from gamma. */
    void (*weigh)(const struct ae_step *s, const struct ae_block *block);
    /* Everything of step s on input a but the encoder bias, M and T: coefficients, products with inputs.
     * Returns |e|^2 before it. */
    double (*step)(const struct ae_step *s, struct ae_block *block, size_t a, double keep);
    /* M and T. T_gamma and gamma_M become those of the next step, whose gamma is `next`: rows of many
     * units are too long to be read twice. */
    void (*square)(const struct ae_step *s, struct ae_block *block, double keep,
                   const double *next);
    /* w_k = keep w_k + slope_k q for K rows [stride] of n. */
    void (*slide)(size_t K, size_t n, size_t stride, double keep, const double *slope,
                  const double *q, double *w);
    /* out = in - sum_l gamma_l T_l for J rows [stride] of `wide`. */
    void (*subtract)(size_t J, size_t wide, size_t stride, const double *gamma, const double *T,
                     const double *in, double *out);
    /* The first part of y, Z X^T, becomes M Z X^T. rows [J][wide + n_inputs] is scratch. */
    void (*combine)(struct ae_block *block, double *rows);
    /* How far M is from 1: the largest sum of |M - 1| over a column. NaN if there is one. */
    double (*distance)(const struct ae_block *block);
    /* The first part of y, C, becomes M^-1 C. For distances below 1. */
    void (*uncombine)(struct ae_block *block, double *rows);
};

extern const struct ae_descent_loops ae_descent_loops_plain, ae_descent_loops_avx2,
    ae_descent_loops_avx512;

#endif
