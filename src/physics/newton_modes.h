#ifndef AESWEEP_NEWTON_MODES_H
#define AESWEEP_NEWTON_MODES_H

/*
 * What belongs to one mode in Newton's equations of the flow (newton.c): its coordinates, and its
 * parts of U and V. All of it is inline, for functions that exist once for each instruction set.
 */

#include <string.h>

#include "aesweep/lu.h"
#include "newton_internal.h"

struct ae_newton {
    struct ae_flow *flow;
    struct ae_newton_slopes slopes;
    struct ae_network at; /* where J was taken */
    double gamma;
    double *cos_small;   /* [K][K] h, but 1 - h where h > 0.9, 1 + h where h < -0.9 */
    signed char *branch; /* [K][K] 1, -1 in these cases, else 0 */
    double *inv_q;       /* [K] 1/sqrt(Q_kk), 0 where there is no direction */
    size_t m_max;        /* of one mode: 2K+1 coordinates at most */
    size_t *group;       /* [n] which block B a mode has */
    size_t n_groups;
    double *B;         /* [n_groups][m_max][m_max] transposes of B^-1 */
    double *A;         /* [m_max][m_max] of one mode */
    size_t *A_pivot;   /* [m_max] */
    double *C;         /* [places.n][width], transposed LU */
    size_t *C_pivot;   /* [places.n] */
    double *U, *Y;     /* [m_max][width] of one mode: U_i, B_i^-1 U_i */
    double *q, *d_phi; /* [width], [n_phi] of one solve */
    double *x, *z;     /* [m_max] of one mode */
    /* All modes one after the other, then the biases; NULL if that is too much to keep. */
    size_t dim;
    size_t *place;         /* [dim] where a coordinate is in the state */
    double *V_all;         /* [dim][width] */
    double *Y_all;         /* [places.n][dim], transposed */
    double *x_all, *z_all; /* [dim] of one solve */
};

/* Numbers in V_all and in Y_all at most: 32 MB each. */
enum { AE_NEWTON_KEPT_MAX = 1 << 22 };

/* ---- one mode: its coordinates are w (if i < n_w), v (untied), c (trained), in this order ---- */

struct mode {
    size_t i, v, c, m; /* mode; where v and c begin; number of coordinates */
    bool has_w;
    double r, c_i; /* eigenvalue; decoder bias, 0 if untrained */
};

AE_INLINE struct mode mode_of(const struct ae_newton *nw, size_t i)
{
    const struct ae_network *net = &nw->at;
    struct mode mode = {.i = i, .has_w = i < net->n_w, .r = net->r[i], .c_i = net->c[i]};
    mode.v = nw->flow->has_v && mode.has_w ? net->K : 0;
    mode.c = mode.v + net->K;
    mode.m = mode.c + (nw->flow->has_c ? 1 : 0);
    return mode;
}

AE_INLINE double w_at(const struct ae_newton *nw, const struct mode *mode, size_t k)
{
    return nw->at.w[k * nw->at.stride + mode->i];
}

AE_INLINE double v_at(const struct ae_newton *nw, const struct mode *mode, size_t k)
{
    return nw->at.v[k * nw->at.stride + mode->i];
}

/* dv/d(its coordinate): tied, v is a multiple of w. */
AE_INLINE double tie_of(const struct ae_newton *nw)
{
    return nw->flow->has_v ? 1.0 : nw->flow->p->tie_scale;
}

AE_INLINE double *block_of(const struct ae_newton *nw, size_t i)
{
    return nw->B + nw->group[i] * nw->m_max * nw->m_max;
}

/* y += a x; short, in place of a call. */
AE_INLINE void add(size_t n, double a, const double *restrict x, double *restrict y)
{
    for (size_t j = 0; j < n; j++)
        y[j] = fma(a, x[j], y[j]);
}

/* out [m] = B_i^-1 x */
AE_INLINE void apply(const struct ae_newton *nw, const struct mode *mode, const double *restrict x,
                     double *restrict out)
{
    const double *B = block_of(nw, mode->i);
    for (size_t j = 0; j < mode->m; j++)
        out[j] = B[j] * x[0];
    for (size_t l = 1; l < mode->m; l++)
        add(mode->m, x[l], B + l * mode->m, out);
}

/* out [m][n] = (dA_i/dphi x_i) d_phi, for n changes d_phi [n_phi][n] side by side. */
AE_INLINE void spread(const struct ae_newton *nw, const struct mode *mode, size_t n,
                      const double *restrict d_phi, double *restrict out)
{
    const struct ae_params *p = nw->flow->p;
    size_t K = nw->at.K;
    double rate = tie_of(nw) * p->lr_decoder, r = mode->r;
    memset(out, 0, mode->m * n * sizeof *out);
    for (size_t k = 0; k < K; k++) {
        double *w_row = out + k * n, *v_row = out + (mode->v + k) * n;
        double w = w_at(nw, mode, k), v = v_at(nw, mode, k);
        for (size_t l = 0; mode->has_w && l < K; l++)
            add(n, -r * w_at(nw, mode, l), d_phi + phi_G(K, k, l) * n, w_row);
        if (mode->has_w) {
            add(n, r * v, d_phi + phi_a(K, k) * n, w_row);
            add(n, rate * r * w, d_phi + phi_a(K, k) * n, v_row);
        }
        for (size_t l = 0; l < K; l++)
            add(n, -rate * v_at(nw, mode, l), d_phi + phi_N(K, k, l + 1) * n, v_row);
        if (!nw->flow->has_c)
            continue;
        add(n, -rate * mode->c_i, d_phi + phi_N(K, k, 0) * n, v_row);
        add(n, -p->lr_bias * v, d_phi + phi_N(K, k, 0) * n, out + mode->c * n);
    }
}

/* dh_kl/dw_k = r (w_l/q_l - h w_k/q_k) / q_k, by the difference that is small near h = +-1. */
AE_INLINE double turn(const struct ae_newton *nw, const struct mode *mode, size_t k, size_t l)
{
    size_t kl = k * nw->at.K + l;
    double e_k = w_at(nw, mode, k) * nw->inv_q[k], e_l = w_at(nw, mode, l) * nw->inv_q[l];
    double c = nw->cos_small[kl], across = e_l - c * e_k;
    if (nw->branch[kl] > 0)
        across = (e_l - e_k) + c * e_k;
    else if (nw->branch[kl] < 0)
        across = (e_l + e_k) - c * e_k;
    return mode->r * across * nw->inv_q[k];
}

/* out [places.n][n] += scale V_i^T X for n columns X [m][n]. */
AE_INLINE void collect(const struct ae_newton *nw, const struct mode *mode, size_t n, double scale,
                       const double *restrict X, double *restrict out)
{
    const struct ae_newton_places *at = &nw->slopes.at;
    size_t K = nw->at.K, pair = at->h, overlap = at->T;
    double tie = tie_of(nw) * scale, r = mode->r;
    for (size_t k = 0; k < K; k++) {
        const double *X_w = X + k * n, *X_v = X + (mode->v + k) * n;
        double w = w_at(nw, mode, k), v = v_at(nw, mode, k);
        if (mode->has_w) {
            add(n, 2.0 * scale * r * w, X_w, out + (at->Q + k) * n);
            add(n, scale * r * v, X_w, out + (at->R + k) * n);
            add(n, tie * r * w, X_v, out + (at->R + k) * n);
        }
        for (size_t l = k + 1; l < K; l++, pair++)
            if (mode->has_w) {
                add(n, scale * turn(nw, mode, k, l), X_w, out + pair * n);
                add(n, scale * turn(nw, mode, l, k), X + l * n, out + pair * n);
            }
        for (size_t l = k; l < K; l++, overlap++) {
            add(n, tie * v_at(nw, mode, l), X_v, out + overlap * n);
            add(n, tie * v, X + (mode->v + l) * n, out + overlap * n);
        }
        if (nw->flow->has_c) {
            add(n, tie * mode->c_i, X_v, out + (at->T0 + k) * n);
            add(n, scale * v, X + mode->c * n, out + (at->T0 + k) * n);
        }
    }
}

/* Coordinates of one mode out of a whole vector, or added to it. */
AE_INLINE void gather(const struct ae_newton *nw, const struct mode *mode, const double *all,
                      double *one)
{
    struct ae_flow_layout at = ae_flow_layout_of(nw->flow);
    size_t K = nw->at.K;
    for (size_t k = 0; k < K; k++) {
        if (mode->has_w)
            one[k] = all[k * nw->at.n_w + mode->i];
        if (nw->flow->has_v)
            one[mode->v + k] = all[at.v + k * nw->at.n + mode->i];
    }
    if (nw->flow->has_c)
        one[mode->c] = all[at.c + mode->i];
}

/* The coordinates of one mode become keep (0 or 1) times what they are plus `one`. */
AE_INLINE void scatter(const struct ae_newton *nw, const struct mode *mode, double keep,
                       const double *one, double *all)
{
    struct ae_flow_layout at = ae_flow_layout_of(nw->flow);
    size_t K = nw->at.K;
    for (size_t k = 0; k < K; k++) {
        size_t w = k * nw->at.n_w + mode->i, v = at.v + k * nw->at.n + mode->i;
        if (mode->has_w)
            all[w] = fma(keep, all[w], one[k]);
        if (nw->flow->has_v)
            all[v] = fma(keep, all[v], one[mode->v + k]);
    }
    if (nw->flow->has_c)
        all[at.c + mode->i] = fma(keep, all[at.c + mode->i], one[mode->c]);
}

#endif
