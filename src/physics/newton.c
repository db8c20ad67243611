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
#include "newton_modes.h"

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
    free(nw->place);
    free(nw->V_all);
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

/* Where the coordinates of the modes, in the order of mode_of, are in the state. */
static void list_places(struct ae_newton *nw)
{
    struct ae_flow_layout at = ae_flow_layout_of(nw->flow);
    size_t K = nw->at.K, *place = nw->place;
    for (size_t i = 0; i < nw->at.n; i++) {
        for (size_t k = 0; i < nw->at.n_w && k < K; k++)
            *place++ = k * nw->at.n_w + i;
        for (size_t k = 0; nw->flow->has_v && k < K; k++)
            *place++ = at.v + k * nw->at.n + i;
        if (nw->flow->has_c)
            *place++ = at.c + i;
    }
    for (size_t k = 0; nw->flow->has_b && k < K; k++)
        *place++ = at.b + k;
}

static enum ae_status keep_all(struct ae_newton *nw, struct ae_error *err)
{
    size_t dim = nw->dim = ae_flow_dim(nw->flow), width = nw->slopes.width;
    if (dim > AE_NEWTON_KEPT_MAX / width)
        return AE_OK;
    nw->place = ae_calloc(dim, 1, sizeof *nw->place);
    nw->V_all = ae_reals_new(2 * dim * (width + 1));
    if (!nw->place || !nw->V_all)
        return ae_fail_memory(err, 2 * dim * (width + 1) * sizeof *nw->V_all);
    nw->Y_all = nw->V_all + dim * width;
    nw->x_all = nw->Y_all + dim * width;
    nw->z_all = nw->x_all + dim;
    list_places(nw);
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
    if (rc == AE_OK)
        rc = keep_all(nw, err);
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

/* ---- one mode ---- */

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

/* Y [m][n] = B_i^-1 U, n a multiple of AE_N_PER_ROW */
AE_CLONES static void apply_all(const struct ae_newton *nw, const struct mode *mode, size_t n,
                                const double *restrict U, double *restrict Y)
{
    const double *B = block_of(nw, mode->i);
    for (size_t j = 0; j < mode->m; j++)
        for (size_t at = 0; at < n; at += AE_N_PER_ROW) {
            double sum[AE_N_PER_ROW] = {0};
            for (size_t l = 0; l < mode->m; l++)
                for (size_t p = 0; p < AE_N_PER_ROW; p++)
                    sum[p] = fma(B[l * mode->m + j], U[l * n + at + p], sum[p]);
            memcpy(Y + j * n + at, sum, sizeof sum);
        }
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

/* V_all: that of a mode is what the sums collect of its unit vectors. */
AE_CLONES static void keep_V(struct ae_newton *nw)
{
    size_t width = nw->slopes.width, n_p = nw->slopes.at.n, K = nw->at.K, m = nw->m_max;
    double *V = nw->V_all, *V_t = nw->Y, *unit = nw->A;
    for (size_t i = 0; i < nw->at.n; i++, V += m * width) {
        struct mode mode = mode_of(nw, i);
        m = mode.m;
        memset(unit, 0, m * m * sizeof *unit);
        for (size_t j = 0; j < m; j++)
            unit[j * m + j] = 1.0;
        memset(V_t, 0, n_p * m * sizeof *V_t);
        collect(nw, &mode, m, 1.0, unit, V_t);
        for (size_t j = 0; j < m; j++)
            for (size_t p = 0; p < n_p; p++)
                V[j * width + p] = V_t[p * m + j];
    }
    for (size_t k = 0; nw->flow->has_b && k < K; k++) {
        memset(V + k * width, 0, width * sizeof *V);
        V[k * width + nw->slopes.at.b + k] = 1.0;
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
    if (nw->V_all)
        keep_V(nw);
}

/* m rows of Y [m][width] among the columns of Y_all. */
AE_CLONES static void keep_Y(const struct ae_newton *nw, size_t m, const double *restrict Y,
                             double *restrict kept)
{
    for (size_t p = 0; p < nw->slopes.at.n; p++)
        for (size_t j = 0; j < m; j++)
            kept[p * nw->dim + j] = Y[j * nw->slopes.width + p];
}

/* Is it time to ask whether to go on, before mode i, and is the answer no? */
static bool is_stopped(const struct ae_newton *nw, size_t i)
{
    static const double WORK = 1e8; /* multiplications in a small part of a second */
    double m = (double)nw->m_max, work = m * m * ((double)nw->slopes.width + 2.0 * m);
    size_t every = 1 + (size_t)(WORK / work);
    return nw->flow->should_stop && i % every == every - 1 &&
           nw->flow->should_stop(nw->flow->stop_ctx);
}

/* C, and Y_all of the modes. */
static bool factor_modes(struct ae_newton *nw)
{
    const struct ae_newton_slopes *slopes = &nw->slopes;
    size_t width = slopes->width, K = nw->at.K;
    size_t at = 0; /* of this mode in Y_all */
    for (size_t i = 0; i < nw->at.n; i++) {
        struct mode mode = mode_of(nw, i);
        bool is_first = i == 0 || nw->group[i] != nw->group[i - 1];
        if (is_stopped(nw, i) || (is_first && !invert_block(nw, &mode)))
            return false;
        spread_all(nw, &mode, nw->U);
        apply_all(nw, &mode, width, nw->U, nw->Y);
        collect_all(nw, &mode, nw->Y, nw->C);
        if (nw->Y_all)
            keep_Y(nw, mode.m, nw->Y, nw->Y_all + at);
        at += mode.m;
    }
    for (size_t k = 0; nw->flow->has_b && k < K; k++) {
        const double *U_b = slopes->by_p + phi_beta(K, k) * width;
        ae_axpy(width, -nw->gamma, U_b, nw->C + (slopes->at.b + k) * width);
        if (nw->Y_all)
            keep_Y(nw, 1, U_b, nw->Y_all + at + k);
    }
    return true;
}

bool ae_newton_factor(struct ae_newton *nw, double gamma)
{
    size_t n_p = nw->slopes.at.n, width = nw->slopes.width;
    const struct ae_flow *flow = nw->flow;
    nw->gamma = gamma;
    memset(nw->C, 0, n_p * width * sizeof *nw->C);
    for (size_t p = 0; p < n_p; p++)
        nw->C[p * width + p] = 1.0;
    if (!factor_modes(nw) ||
        !ae_lu_factor_unless(flow->should_stop, flow->stop_ctx, n_p, width, nw->C, nw->C_pivot))
        return false;
    ae_lu_transpose(n_p, width, nw->C);
    return true;
}
