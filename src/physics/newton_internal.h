#ifndef AESWEEP_NEWTON_INTERNAL_H
#define AESWEEP_NEWTON_INTERNAL_H

/*
 * Given a few coefficients phi, every mode obeys a linear equation; the coefficients are functions
 * of a few order parameters p; those are sums over the modes. Letters as in flow.h.
 *
 *   phi: G_kl = S_kl T_kl P_kl + (k = l: sum_m S_km T_km H_km - a''_k R_kk)     k, l = 1..K
 *        N_kl = S_kl I_kl                                                  l = 0..K
 *        a_k,  beta_k = -lr_bias [ sum_l S_kl T_kl J_kl - a'_k R_kk ]
 *   p:   Q_kk, R_kk, h_kl (k < l), T_kl (k <= l), T_k0 (c trained), b_k (b trained)
 *
 * h_kl = Q_kl / sqrt(Q_kk Q_ll) is taken instead of Q_kl, because averages are steep where it nears
 * +-1, and its gradient is small there and known without cancellation.
 */

#include "aesweep/lanes.h"
#include "aesweep/newton.h"
#include "flow_internal.h"

/* Places in phi; k, l from 0, l_0 from 0 = constant unit. */
AE_INLINE size_t phi_G(size_t K, size_t k, size_t l)
{
    return k * K + l;
}
AE_INLINE size_t phi_N(size_t K, size_t k, size_t l_0)
{
    return K * K + k * (K + 1) + l_0;
}
AE_INLINE size_t phi_a(size_t K, size_t k)
{
    return K * (2 * K + 1) + k;
}
AE_INLINE size_t phi_beta(size_t K, size_t k)
{
    return K * (2 * K + 2) + k;
}
AE_INLINE size_t n_phi_of(size_t K)
{
    return K * (2 * K + 3);
}

/* Places in p: where each kind begins. Pairs follow each other as loops over k, then l, meet them.
 */
struct ae_newton_places {
    size_t Q, R, h, T, T0, b, n;
};

enum { AE_N_PER_ROW = 8 }; /* width is a multiple of it */

/* Scratch of the differences. */
struct ae_newton_slopes {
    size_t K, width; /* width >= places.n: from one coefficient to the next in `by_p` */
    struct ae_newton_places at;
    double *phi;                                           /* [n_phi] coefficients */
    double *by_p;                                          /* [n_phi][width] their derivatives */
    double *Q, *one_minus, *one_plus, *b, *step, *changed; /* scratch */
    struct ae_moments moments;                             /* scratch */
};

enum ae_status ae_newton_slopes_init(struct ae_newton_slopes *slopes, const struct ae_flow *flow,
                                     struct ae_error *err);
void ae_newton_slopes_clear(struct ae_newton_slopes *slopes);
/* phi and by_p at the order parameters of the flow's last right-hand side. */
void ae_newton_slopes_take(struct ae_newton_slopes *slopes, const struct ae_flow *flow);

/* The matrix A_i [m][m] and the coordinates [m] of mode i, where J was taken; returns m <= 2K+1. */
size_t ae_newton_mode(struct ae_newton *newton, size_t i, double *A, double *x);

#endif
