/*
 * Newton's equations of the flow. With x_i the coordinates of mode i and the notation of
 * newton_internal.h,
 *
 *   dx_i/ds = A_i(phi) x_i,   phi = phi(p),   p = p(all x, b)
 *   J = diag(A_i) + U V^T,    U_i = (dA_i/dphi x_i) dphi/dp,   V_i = dp/dx_i
 *   (I - gamma J)^-1 = B^-1 + gamma B^-1 U C^-1 V^T B^-1,   B_i = I - gamma A_i,
 *                      C = I - gamma V^T B^-1 U               (Woodbury)
 *
 * The encoder biases are one more block, with A = 0. Modes of equal r have one B.
 */
#include "aesweep/newton.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/linalg.h"
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
    double *U, *Y;     /* [m_max][width] of one mode */
    double *q, *d_phi; /* [width], [n_phi] of one solve */
    double *x, *z;     /* [m_max] of one mode */
};

void ae_newton_free(struct ae_newton *nw)
{
    if (!nw)
        return;
    ae_newton_slopes_clear(&nw->slopes);
    ae_network_clear(&nw->at);
    free(nw->branch);
    free(nw->group);
    free(nw->B);
    free(nw->A_pivot);
    free(nw->C);
    free(nw);
}

/* Modes that follow each other with equal r are of one group; those without w are their own. */
static void group_modes(struct ae_newton *nw)
{
    const struct ae_network *net = &nw->at;
    for (size_t i = 0; i < net->n; i++) {
        bool is_new = i == 0 || net->r[i] != net->r[i - 1] || i == net->n_w;
        nw->n_groups += is_new;
        nw->group[i] = nw->n_groups - 1;
    }
}

static enum ae_status allocate(struct ae_newton *nw, struct ae_error *err)
{
    size_t K = nw->at.K, m = nw->m_max = 2 * K + 1, width = nw->slopes.width;
    size_t n_p = nw->slopes.at.n;
    nw->group = ae_calloc(nw->at.n, 1, sizeof *nw->group);
    if (!nw->group)
        return ae_fail_memory(err, nw->at.n * sizeof *nw->group);
    group_modes(nw);
    nw->B = ae_calloc(nw->n_groups, m * m, sizeof *nw->B);
    nw->A_pivot = ae_calloc(m + n_p, 1, sizeof *nw->A_pivot);
    nw->branch = ae_calloc(K, K, 1);
    nw->C = ae_reals_new((n_p + 2 * m + 1) * width + n_phi_of(K) + 2 * m + m * m + K * K + K);
    if (!nw->B || !nw->A_pivot || !nw->branch || !nw->C)
        return ae_fail_memory(err, nw->n_groups * m * m * sizeof(double));
    nw->C_pivot = nw->A_pivot + m;
    nw->U = nw->C + n_p * width;
    nw->Y = nw->U + m * width;
    nw->q = nw->Y + m * width;
    nw->d_phi = nw->q + width;
    nw->x = nw->d_phi + n_phi_of(K);
    nw->z = nw->x + m;
    nw->A = nw->z + m;
    nw->cos_small = nw->A + m * m;
    nw->inv_q = nw->cos_small + K * K;
    return AE_OK;
}

enum ae_status ae_newton_new(struct ae_newton **newton, struct ae_flow *flow, struct ae_error *err)
{
    struct ae_newton *nw = ae_calloc(1, 1, sizeof *nw);
    if (!nw)
        return ae_fail_memory(err, sizeof *nw);
    nw->flow = flow;
    enum ae_status rc = ae_network_copy(&nw->at, flow->start, err);
    if (rc == AE_OK)
        rc = ae_newton_slopes_init(&nw->slopes, flow, err);
    if (rc == AE_OK)
        rc = allocate(nw, err);
    if (rc != AE_OK) {
        ae_newton_free(nw);
        return rc;
    }
    *newton = nw;
    return AE_OK;
}

static void keep_angles(struct ae_newton *nw, const struct ae_order *order)
{
    size_t K = nw->at.K;
    for (size_t k = 0; k < K; k++) {
        double q = sqrt(order->Q[k * K + k]);
        nw->inv_q[k] = q > 1e-150 ? 1.0 / q : 0.0;
        for (size_t l = 0; l < K; l++) {
            double minus = order->one_minus[k * K + l], plus = order->one_plus[k * K + l];
            signed char branch = (signed char)(minus < 0.1 ? 1 : plus < 0.1 ? -1 : 0);
            nw->branch[k * K + l] = branch;
            nw->cos_small[k * K + l] = branch > 0   ? minus
                                       : branch < 0 ? plus
                                                    : 0.5 * (plus - minus);
        }
    }
}

void ae_newton_linearise(struct ae_newton *nw, double s, const double *y)
{
    const struct ae_order *order = NULL;
    const struct ae_network *net = ae_flow_network(nw->flow, s, y, &order);
    size_t size = net->K * net->stride * sizeof(double);
    memcpy(nw->at.w, net->w, size);
    memcpy(nw->at.v, net->v, size);
    memcpy(nw->at.c, net->c, net->stride * sizeof(double));
    keep_angles(nw, order);
    ae_newton_slopes_take(&nw->slopes, nw->flow);
}

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

/* A_i */
static void fill_block(struct ae_newton *nw, const struct mode *mode)
{
    const struct ae_params *p = nw->flow->p;
    const double *phi = nw->slopes.phi;
    size_t K = nw->at.K, m = mode->m;
    double *A = nw->A, tie = tie_of(nw), decay = nw->flow->decay;
    memset(A, 0, m * m * sizeof *A);
    for (size_t k = 0; k < K; k++) {
        double *w_row = A + k * m, *v_row = A + (mode->v + k) * m;
        double feed = mode->r * phi[phi_a(K, k)], rate = tie * p->lr_decoder;
        for (size_t l = 0; mode->has_w && l < K; l++)
            w_row[l] -= mode->r * phi[phi_G(K, k, l)];
        if (mode->has_w) {
            w_row[mode->v + k] += tie * feed;
            v_row[k] += rate * feed;
        }
        for (size_t l = 0; l < K; l++)
            v_row[mode->v + l] -= rate * tie * phi[phi_N(K, k, l + 1)];
        A[k * m + k] -= decay;
        if (mode->v > 0)
            v_row[mode->v + k] -= decay;
        if (nw->flow->has_c) {
            v_row[mode->c] -= rate * phi[phi_N(K, k, 0)];
            A[mode->c * m + mode->v + k] -= p->lr_bias * tie * phi[phi_N(K, k, 0)];
        }
    }
    if (nw->flow->has_c)
        A[mode->c * m + mode->c] -= p->lr_bias;
}

size_t ae_newton_mode(struct ae_newton *nw, size_t i, double *A, double *x)
{
    struct mode mode = mode_of(nw, i);
    fill_block(nw, &mode);
    memcpy(A, nw->A, mode.m * mode.m * sizeof *A);
    for (size_t k = 0; k < nw->at.K; k++) {
        x[mode.v + k] = v_at(nw, &mode, k);
        if (mode.has_w)
            x[k] = w_at(nw, &mode, k);
    }
    if (nw->flow->has_c)
        x[mode.c] = mode.c_i;
    return mode.m;
}

/* The transpose of B_i^-1, B_i = I - gamma A_i. */
static bool invert_block(struct ae_newton *nw, const struct mode *mode)
{
    size_t m = mode->m;
    double *A = nw->A, *B = block_of(nw, mode->i);
    fill_block(nw, mode);
    memset(B, 0, m * m * sizeof *B);
    for (size_t j = 0; j < m * m; j++)
        A[j] *= -nw->gamma;
    for (size_t j = 0; j < m; j++)
        A[j * m + j] += 1.0, B[j * m + j] = 1.0;
    ae_lu_transpose(m, m, A);
    if (!ae_lu_factor(m, m, A, nw->A_pivot))
        return false;
    ae_lu_solve(m, m, A, nw->A_pivot, m, B);
    return true;
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

/* Y [m][n] = B_i^-1 U */
AE_CLONES static void apply_all(const struct ae_newton *nw, const struct mode *mode, size_t n,
                                const double *restrict U, double *restrict Y)
{
    const double *B = block_of(nw, mode->i);
    memset(Y, 0, mode->m * n * sizeof *Y);
    for (size_t j = 0; j < mode->m; j++)
        for (size_t l = 0; l < mode->m; l++)
            add(n, B[l * mode->m + j], U + l * n, Y + j * n);
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

/* n = 1 with its loops gone, and n = width with vector instructions. */
AE_INLINE void spread_one(const struct ae_newton *nw, const struct mode *mode,
                          const double *restrict d_phi, double *restrict out)
{
    spread(nw, mode, 1, d_phi, out);
}

AE_INLINE void collect_one(const struct ae_newton *nw, const struct mode *mode,
                           const double *restrict X, double *restrict out)
{
    collect(nw, mode, 1, 1.0, X, out);
}

AE_CLONES static void spread_all(const struct ae_newton *nw, const struct mode *mode, double *U)
{
    spread(nw, mode, nw->slopes.width, nw->slopes.by_p, U);
}

AE_CLONES static void collect_all(const struct ae_newton *nw, const struct mode *mode,
                                  const double *Y, double *C)
{
    collect(nw, mode, nw->slopes.width, -nw->gamma, Y, C);
}

/* ---- all modes ---- */

bool ae_newton_factor(struct ae_newton *nw, double gamma)
{
    const struct ae_newton_slopes *slopes = &nw->slopes;
    size_t n_p = slopes->at.n, width = slopes->width, K = nw->at.K;
    nw->gamma = gamma;
    memset(nw->C, 0, n_p * width * sizeof *nw->C);
    for (size_t p = 0; p < n_p; p++)
        nw->C[p * width + p] = 1.0;
    for (size_t i = 0; i < nw->at.n; i++) {
        struct mode mode = mode_of(nw, i);
        bool is_first = i == 0 || nw->group[i] != nw->group[i - 1];
        if (is_first && !invert_block(nw, &mode))
            return false;
        spread_all(nw, &mode, nw->U);
        apply_all(nw, &mode, width, nw->U, nw->Y);
        collect_all(nw, &mode, nw->Y, nw->C);
    }
    for (size_t k = 0; nw->flow->has_b && k < K; k++)
        ae_axpy(width, -gamma, slopes->by_p + phi_beta(K, k) * width,
                nw->C + (slopes->at.b + k) * width);
    if (!ae_lu_factor(n_p, width, nw->C, nw->C_pivot))
        return false;
    ae_lu_transpose(n_p, width, nw->C);
    return true;
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

/* x becomes B^-1 x, q becomes V^T of it. */
AE_CLONES static void solve_blocks(struct ae_newton *nw, double *x)
{
    struct ae_flow_layout at = ae_flow_layout_of(nw->flow);
    memset(nw->q, 0, nw->slopes.at.n * sizeof *nw->q);
    for (size_t i = 0; i < nw->at.n; i++) {
        struct mode mode = mode_of(nw, i);
        gather(nw, &mode, x, nw->x);
        apply(nw, &mode, nw->x, nw->z);
        collect_one(nw, &mode, nw->z, nw->q);
        scatter(nw, &mode, 0.0, nw->z, x);
    }
    for (size_t k = 0; nw->flow->has_b && k < nw->at.K; k++)
        nw->q[nw->slopes.at.b + k] += x[at.b + k];
}

/* x += gamma B^-1 U q. */
AE_CLONES static void correct(struct ae_newton *nw, double *x)
{
    const struct ae_newton_slopes *slopes = &nw->slopes;
    struct ae_flow_layout at = ae_flow_layout_of(nw->flow);
    size_t K = nw->at.K, width = slopes->width;
    for (size_t j = 0; j < n_phi_of(K); j++)
        nw->d_phi[j] = nw->gamma * ae_dot(slopes->at.n, slopes->by_p + j * width, nw->q);
    for (size_t i = 0; i < nw->at.n; i++) {
        struct mode mode = mode_of(nw, i);
        spread_one(nw, &mode, nw->d_phi, nw->x);
        apply(nw, &mode, nw->x, nw->z);
        scatter(nw, &mode, 1.0, nw->z, x);
    }
    for (size_t k = 0; nw->flow->has_b && k < K; k++)
        x[at.b + k] += nw->d_phi[phi_beta(K, k)];
}

void ae_newton_solve(struct ae_newton *nw, double *x)
{
    solve_blocks(nw, x);
    ae_lu_solve_one(nw->slopes.at.n, nw->slopes.width, nw->C, nw->C_pivot, nw->q);
    correct(nw, x);
}
