/* Fixed points of the flow, proven by its linearisation. */
#include "aesweep/rest.h"

#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>

#include "newton_internal.h"

/* Times that must not matter, in units of the time passed. */
#define HORIZON 1e3
/* A mode this small against the largest coordinate acts on the others by its square only. */
#define ABSENT 1e-3

struct ae_rest {
    struct ae_flow *flow;
    struct ae_newton *newton;
    double *f;     /* [dim] */
    double *A, *x; /* [m_max][m_max], [m_max] of one mode */
};

enum ae_status ae_rest_new(struct ae_rest **rest, struct ae_flow *flow, struct ae_error *err)
{
    size_t dim = ae_flow_dim(flow), m = 2 * flow->net.K + 1;
    struct ae_rest *r = ae_calloc(1, 1, sizeof *r);
    if (!r)
        return ae_fail_memory(err, sizeof *r);
    r->flow = flow;
    r->f = ae_reals_new(dim + m * m + m);
    enum ae_status rc = r->f ? AE_OK : ae_fail_memory(err, (dim + m * m + m) * sizeof(double));
    if (rc == AE_OK)
        rc = ae_newton_new(&r->newton, flow, err);
    if (rc != AE_OK) {
        ae_rest_free(r);
        return rc;
    }
    r->A = r->f + dim;
    r->x = r->A + m * m;
    *rest = r;
    return AE_OK;
}

void ae_rest_free(struct ae_rest *rest)
{
    if (!rest)
        return;
    ae_newton_free(rest->newton);
    free(rest->f);
    free(rest);
}

static double largest(size_t n, const double *x)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++)
        most = fabs(x[i]) <= most ? most : fabs(x[i]); /* NaN stays */
    return most;
}

/* Is no eigenvalue of A [m][m] beyond `limit` to the right? A is destroyed; without memory for the
 * answer it is no. */
static bool is_decaying(size_t m, double *A, double limit)
{
    gsl_eigen_nonsymm_workspace *work = gsl_eigen_nonsymm_alloc(m);
    gsl_vector_complex *eigenvalues = gsl_vector_complex_alloc(m);
    gsl_matrix_view matrix = gsl_matrix_view_array(A, m, m);
    bool is_good = work && eigenvalues && gsl_eigen_nonsymm(&matrix.matrix, eigenvalues, work) == 0;
    for (size_t j = 0; is_good && j < m; j++)
        is_good = GSL_REAL(gsl_vector_complex_get(eigenvalues, j)) <= limit;
    gsl_vector_complex_free(eigenvalues);
    gsl_eigen_nonsymm_free(work);
    return is_good;
}

/* Do all modes that are all but absent stay so? Modes of equal r have the same matrix. */
static bool is_nothing_growing(struct ae_rest *rest, double size, double limit)
{
    const struct ae_network *net = &rest->flow->net;
    size_t known = SIZE_MAX;
    for (size_t i = 0; i < net->n; i++) {
        size_t m = ae_newton_mode(rest->newton, i, rest->A, rest->x);
        double here = largest(m, rest->x);
        bool is_known =
            known != SIZE_MAX && net->r[known] == net->r[i] && (known < net->n_w) == (i < net->n_w);
        if (is_known || here == 0.0 || here > ABSENT * size)
            continue;
        if (!is_decaying(m, rest->A, limit))
            return false;
        known = i;
    }
    return true;
}

bool ae_rest_holds(struct ae_rest *rest, double s, const double *y, double tol)
{
    struct ae_flow *flow = rest->flow;
    size_t dim = ae_flow_dim(flow);
    double since = fmax(s, 1.0 / flow->net.r[0]), size = largest(dim, y);
    ae_flow_rhs(flow, s, y, rest->f);
    if (!(since * largest(dim, rest->f) <= tol * size))
        return false;
    if (flow->start->frozen > 0.0 && flow->decay > 0.0)
        return false;
    double horizon = HORIZON * since;
    ae_newton_linearise(rest->newton, s, y);
    if (!ae_newton_factor(rest->newton, horizon))
        return false;
    for (size_t i = 0; i < dim; i++)
        rest->f[i] *= horizon;
    ae_newton_solve(rest->newton, rest->f);
    return largest(dim, rest->f) <= tol * size &&
           is_nothing_growing(rest, size, 1e-3 / horizon + 1e-14 * flow->net.r[0]);
}
