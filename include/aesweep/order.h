#ifndef AESWEEP_ORDER_H
#define AESWEEP_ORDER_H

/*
 * Order parameters of a network, the averages of its activations, and its loss. As in moments.h,
 * index 0 is the constant unit that carries the decoder bias c, wherever an array says [K+1].
 */

#include "aesweep/error.h"
#include "aesweep/moments.h"
#include "aesweep/network.h"
#include "aesweep/spectrum.h"

struct ae_order {
    size_t K;
    double *Q; /* [K][K]     sum_tau r w^k w^l (and the frozen part on the diagonal) */
    double
        *one_minus;   /* [K][K]     1 - cos, 1 + cos of the angles between encoder vectors in the */
    double *one_plus; /* [K][K]     metric Q, accurate also where units align or oppose */
    double *R_diag;   /* [K]        R_kk = sum_tau r w^k v^k */
    double *T;        /* [K+1][K+1] sum_tau v^k v^l; row 0 is c */
    const double *b;  /* [K]        borrowed from the network of the last computation */
    struct ae_moments moments;
};

enum ae_status ae_order_new(struct ae_order **order, size_t K, struct ae_error *err);
void ae_order_free(struct ae_order *order);

/* All of the above for this network. Allocates nothing. O(n K^2) and the moments. */
void ae_order_compute(struct ae_order *order, enum ae_activation activation,
                      const struct ae_network *network);

/* pmse minus pca_m (m <= M; m = 0: pmse minus the trace), without adding what cancels:
 *   sum_{tau <= m} r_tau + sum_kl T_kl I_kl - 2 sum_k a_k R_kk,   k, l = 0..K */
double ae_order_excess(const struct ae_order *order, const struct ae_spectrum *spectrum, size_t m);

/* Residual variance fraction f_tau of spike tau (0-based):
 *   1 + (sum_kl I_kl v_tau^k v_tau^l - 2 r_tau sum_k a_k w_tau^k v_tau^k) / r_tau */
double ae_order_residual(const struct ae_order *order, const struct ae_network *network,
                         size_t tau);

#endif
