/* Newton's equations of the flow solved: newton.c has prepared them and explains the letters. */
#include "aesweep/newton.h"

#include <math.h>

#include "aesweep/linalg.h"
#include "newton_modes.h"

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

static void solve_mode_by_mode(struct ae_newton *nw, double *x)
{
    solve_blocks(nw, x);
    ae_lu_solve_one(nw->slopes.at.n, nw->slopes.width, nw->C, nw->C_pivot, nw->q);
    correct(nw, x);
}

/* ---- with V and B^-1 U at hand ---- */

/* z = B^-1 x, q = V^T z */
AE_CLONES static void solve_blocks_kept(struct ae_newton *nw)
{
    const double *x = nw->x_all;
    double *restrict z = nw->z_all;
    double *restrict q = nw->q;
    size_t width = nw->slopes.width, j = 0;
    for (size_t i = 0; i < nw->at.n; i++) {
        struct mode mode = mode_of(nw, i);
        apply(nw, &mode, x + j, z + j);
        j += mode.m;
    }
    for (; j < nw->dim; j++)
        z[j] = x[j];
    memset(q, 0, width * sizeof *q);
    for (j = 0; j < nw->dim; j++)
        add(width, z[j], nw->V_all + j * width, q);
}

/* z += gamma B^-1 U q */
AE_CLONES static void correct_kept(struct ae_newton *nw)
{
    for (size_t p = 0; p < nw->slopes.at.n; p++)
        add(nw->dim, nw->gamma * nw->q[p], nw->Y_all + p * nw->dim, nw->z_all);
}

static void solve_kept(struct ae_newton *nw, double *x)
{
    for (size_t j = 0; j < nw->dim; j++)
        nw->x_all[j] = x[nw->place[j]];
    solve_blocks_kept(nw);
    ae_lu_solve_one(nw->slopes.at.n, nw->slopes.width, nw->C, nw->C_pivot, nw->q);
    correct_kept(nw);
    for (size_t j = 0; j < nw->dim; j++)
        x[nw->place[j]] = nw->z_all[j];
}

void ae_newton_solve(struct ae_newton *nw, double *x)
{
    if (nw->V_all)
        solve_kept(nw, x);
    else
        solve_mode_by_mode(nw, x);
}
