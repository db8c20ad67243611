#ifndef AESWEEP_MOMENTS_H
#define AESWEEP_MOMENTS_H

/*
 * Averages of the activation over jointly Gaussian pre-activations lambda_k, k = 1..K, with means
 * b_k and covariance Q. Unit 0 is the constant unit g = 1 that carries the decoder bias, so that
 * every array has rows and columns 0..K and row-major shape [K+1][K+1]:
 *   I_kl = E g(l_k) g(l_l)       I_k0 = E g(l_k) = m_k,     I_00 = 1
 *   J_kl = E g'(l_k) g(l_l)      J_k0 = E g'(l_k) = a_k,    J_0l = 0
 *   H_kl = E g''(l_k) g(l_l)     H_k0 = E g''(l_k) = a'_k,  H_0l = 0
 *   P_kl = E g'(l_k) g'(l_l)     P_k0 = P_0k = 0
 *   a2_k = E g'''(l_k) = a''_k   a2_0 = 0
 * The derivative sits on the first index: J and H are not symmetric.
 */

#include <stddef.h>

#include "aesweep/params.h"

/* The law of the pre-activations. */
struct ae_gauss {
    size_t K;
    const double *Q;         /* [K][K] covariance, symmetric; Q_kk >= 0 */
    const double *one_minus; /* [K][K] 1 - h_kl, h_kl = Q_kl / sqrt(Q_kk Q_ll), in [0, 2], with
                                small relative error also where h -> 1; 0 on the diagonal; any
                                value in [0, 2] where Q_kk or Q_ll is 0 */
    const double *one_plus;  /* [K][K] 1 + h_kl, likewise where h -> -1; 2 on the diagonal */
    const double *b;         /* [K] means */
};

/* Overwritten by ae_moments; must not overlap the input. All [K+1][K+1] but a2 [K+1]. */
struct ae_moments {
    double *I, *J, *H, *P, *a2;
};

/*
 * Closed forms: linear; erf (g(x) = erf(x/sqrt 2)); relu; leaky relu (slope 0.01 below 0); gelu
 * (x Phi(x)). tanh, logistic and softplus: the exact averages of a sum of 24 closed forms that
 * agrees with g to 2e-16, with g' to 5e-16, with g'' to 7e-15, with the next to 6e-14. Source:
 * Gaussian integrals, arXiv:2201.02115 and src/physics/README.md. Any K. Allocates nothing. The
 * error is a few 1e-15 of the size of the activations involved, at any angle between two units.
 * Of P and I only the upper triangle is computed, from that of the input, and mirrored: both are
 * exactly symmetric.
 * Finite for every finite input whose averages are in range, also Q_kk = 0, h = +-1, b = 0; NaN in
 * the input leads to NaN in the averages that depend on it. A relu or leaky unit with Q_kk = 0 (or
 * below DBL_MIN) is the constant g(b_k); at b_k = 0 it gets the mean of both slopes as a, the limit
 * from Q > 0, and a' = a'' = H_kl = 0, where the limit is infinite.
 */
void ae_moments(enum ae_activation activation, const struct ae_gauss *in, struct ae_moments *out);

/* g and its derivative at one number, for simulations and tests; relu and leaky relu: g'(0) is the
 * slope below 0. */
struct ae_g {
    double g, dg;
};
struct ae_g ae_activation_at(enum ae_activation activation, double x);
/* The same at x [n], to rounding: g within 2^-52 and within 3 ulp. All arrays have room for the next
 * multiple of 8; numbers beyond n are read (they may be anything) and overwritten. */
void ae_activation_many(enum ae_activation activation, size_t n, const double *x, double *g,
                        double *dg);

#endif
