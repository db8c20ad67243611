/*
 * Initial networks: drawn, informed or given (src/physics/README.md, "Initial state").
 *
 * Entry i of encoder row k is init * z(encoder, k, i), of decoder row k init / sqrt(D) * z(decoder,
 * k, i), z standard normal; tied weights draw from the encoder's numbers with the decoder's scale.
 * Spikes are the first M coordinates.
 */
#include "aesweep/network.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/lanes.h"
#include "aesweep/linalg.h"
#include "aesweep/random.h"
#include "aesweep/spectrum.h"

static size_t block_size(const struct ae_network *net)
{
    return (2 * net->K + 2) * net->stride + net->K;
}

static enum ae_status allocate(struct ae_network *net, size_t K, size_t n, struct ae_error *err)
{
    net->K = K;
    net->n = n;
    net->stride = (n + AE_LANES - 1) / AE_LANES * AE_LANES;
    bool is_too_large = net->stride > SIZE_MAX / (2 * K + 3);
    double *block = is_too_large ? NULL : ae_reals_new(block_size(net));
    if (!block)
        return ae_fail_memory(err, block_size(net) * sizeof *block);
    net->r = block;
    net->w = net->r + net->stride;
    net->v = net->w + K * net->stride;
    net->c = net->v + K * net->stride;
    net->b = net->c + net->stride;
    return AE_OK;
}

enum ae_status ae_network_copy(struct ae_network *copy, const struct ae_network *net,
                               struct ae_error *err)
{
    *copy = *net; /* the numbers; then memory of its own */
    enum ae_status rc = allocate(copy, net->K, net->n, err);
    if (rc == AE_OK)
        memcpy(copy->r, net->r, block_size(net) * sizeof *net->r);
    else
        *copy = (struct ae_network){0};
    return rc;
}

void ae_network_clear(struct ae_network *net)
{
    free(net->r);
    *net = (struct ae_network){0};
}

/* Standard deviations of the entries of drawn weights. At D = inf the spikes' overlaps are of order
 * init for all of them (arXiv:2201.02115: the start is then a choice, not a draw). */
struct scales {
    double encoder, decoder;
};

static struct scales scales_of(const struct ae_params *p)
{
    double shrink = isinf(p->D) ? 1.0 : 1.0 / sqrt(p->D);
    return (struct scales){.encoder = p->tied ? p->init * shrink : p->init,
                           .decoder = p->init * shrink};
}

static void draw_row(const struct ae_params *p, enum ae_purpose purpose, size_t k, double scale,
                     size_t n, double *row)
{
    ae_normals(ae_random_of(p->seed, p->replicate), purpose, k, n, row);
    for (size_t i = 0; i < n; i++)
        row[i] *= scale;
}

/* Draws the first n coordinates of all rows (decoder rows only if untied) into w and v. */
static void draw(const struct ae_params *p, size_t n, size_t stride, double *w, double *v)
{
    struct scales scale = scales_of(p);
    for (size_t k = 0; k < p->K; k++) {
        draw_row(p, AE_FOR_ENCODER, k, scale.encoder, n, w + k * stride);
        if (!p->tied)
            draw_row(p, AE_FOR_DECODER, k, scale.decoder, n, v + k * stride);
    }
}

static void tie(const struct ae_params *p, struct ae_network *net)
{
    for (size_t i = 0; p->tied && i < net->K * net->stride; i++)
        net->v[i] = p->tie_scale * net->w[i];
}

/* Starts that have no bulk: informed, or given overlaps. */
static void set_spikes(const struct ae_params *p, struct ae_network *net)
{
    struct ae_start_view start;
    bool is_given = ae_start_view(p->start, &start);
    for (size_t k = 0; k < net->K; k++)
        for (size_t tau = 0; tau < net->M; tau++) {
            double informed = !is_given && k == tau ? 1.0 : 0.0;
            double *w = net->w + k * net->stride + tau, *v = net->v + k * net->stride + tau;
            *w = is_given && start.encoder ? start.encoder[k * net->M + tau] : informed;
            *v = is_given && start.decoder ? start.decoder[k * net->M + tau] : informed;
        }
    for (size_t k = 0; k < net->K; k++)
        net->b[k] = is_given && start.bias ? start.bias[k] : p->bias_init;
}

static bool is_drawn(const struct ae_params *p)
{
    return p->start.n == 0 && p->init != AE_INIT_INFORMED;
}

/* ---- compressed ---- */

/*
 * Coordinates of n_rows vectors of n_bulk entries, row by row in `rows`, in an orthonormal basis of
 * their span: the rows of R^T of the QR decomposition of the matrix that has them as columns.
 * n_rows <= n_bulk.
 */
static enum ae_status factor(size_t n_rows, size_t n_bulk, size_t stride, const double *rows,
                             double *coordinates, struct ae_error *err)
{
    gsl_matrix *A = gsl_matrix_alloc(n_bulk, n_rows);
    gsl_vector *tau = gsl_vector_alloc(n_rows);
    enum ae_status rc = AE_OK;
    if (!A || !tau)
        rc = ae_fail_memory(err, n_rows * n_bulk * sizeof(double));
    if (rc == AE_OK) {
        for (size_t j = 0; j < n_rows; j++)
            for (size_t i = 0; i < n_bulk; i++)
                gsl_matrix_set(A, i, j, rows[j * stride + i]);
        if (gsl_linalg_QR_decomp(A, tau) != 0)
            rc = ae_fail(err, AE_EINTERNAL, "QR decomposition of the initial weights failed");
    }
    for (size_t j = 0; rc == AE_OK && j < n_rows; j++)
        for (size_t i = 0; i < n_rows; i++)
            coordinates[j * n_rows + i] = i <= j ? gsl_matrix_get(A, i, j) : 0.0;
    gsl_vector_free(tau);
    gsl_matrix_free(A);
    return rc;
}

/* Finite D, drawn: spikes as drawn, the bulk by its coordinates. */
static enum ae_status draw_compressed(const struct ae_params *p, size_t n_extra,
                                      struct ae_network *net, struct ae_error *err)
{
    size_t D = (size_t)p->D, K = p->K, n_rows = p->tied ? K : 2 * K, M = net->M;
    double *rows = D > SIZE_MAX / n_rows ? NULL : ae_reals_new(n_rows * D);
    double *coordinates = ae_reals_new(n_rows * n_rows);
    enum ae_status rc =
        rows && coordinates ? AE_OK : ae_fail_memory(err, n_rows * D * sizeof *rows);
    if (rc == AE_OK) {
        draw(p, D, D, rows, rows + K * D);
        bool is_whole = n_extra == D - M; /* so few that they are their own coordinates */
        if (!is_whole)
            rc = factor(n_rows, D - M, D, rows + M, coordinates, err);
        for (size_t j = 0; rc == AE_OK && j < n_rows; j++) {
            double *row = j < K ? net->w + j * net->stride : net->v + (j - K) * net->stride;
            const double *bulk = is_whole ? rows + j * D + M : coordinates + j * n_rows;
            bool has_bulk = j >= K || net->n_w > M;
            memcpy(row, rows + j * D, M * sizeof *row);
            memcpy(row + M, bulk, has_bulk ? n_extra * sizeof *row : 0);
        }
    }
    free(coordinates);
    free(rows);
    return rc;
}

/* D = inf, drawn: overlaps with the spikes; the decoder's bulk parts orthogonal, of length init
 * (tied: those of the encoder). */
static void draw_infinite(const struct ae_params *p, struct ae_network *net)
{
    draw(p, net->M, net->stride, net->w, net->v);
    double *rows = p->tied ? net->w : net->v;
    for (size_t k = 0; k < net->K; k++)
        rows[k * net->stride + net->M + k] = p->init;
    net->frozen = p->tied ? 0.0 : p->sigma2 * p->init * p->init;
}

/* Modes beyond the spikes that the flow needs. */
static size_t count_extra(const struct ae_params *p)
{
    if (!is_drawn(p) || p->init == 0.0)
        return 0;
    if (isinf(p->D))
        return p->K;
    double n_bulk = p->D - (double)p->spikes.n, n_rows = (double)(p->tied ? p->K : 2 * p->K);
    return (size_t)(n_bulk < n_rows ? n_bulk : n_rows);
}

enum ae_status ae_network_init(struct ae_network *net, const struct ae_params *p, bool compressed,
                               struct ae_error *err)
{
    struct ae_spectrum spectrum = ae_spectrum_of(p);
    size_t n_extra = compressed ? count_extra(p) : (size_t)p->D - spectrum.M;
    *net = (struct ae_network){.M = spectrum.M};
    enum ae_status rc = allocate(net, p->K, spectrum.M + n_extra, err);
    if (rc != AE_OK)
        return rc;
    for (size_t i = 0; i < net->n; i++)
        net->r[i] = i < net->M ? spectrum.spikes[i] : spectrum.r_bulk;
    bool is_bulk_seen = p->tied || spectrum.r_bulk > 0.0; /* does anything depend on w's bulk? */
    net->n_w = compressed && !is_bulk_seen ? net->M : net->n;
    set_spikes(p, net);
    bool has_bulk = is_drawn(p) && p->init > 0.0;
    if (has_bulk && !compressed)
        draw(p, net->n, net->stride, net->w, net->v);
    else if (has_bulk && isinf(p->D))
        draw_infinite(p, net);
    else if (has_bulk)
        rc = draw_compressed(p, n_extra, net, err);
    else if (is_drawn(p)) /* init = 0 */
        memset(net->w, 0, 2 * net->K * net->stride * sizeof *net->w);
    tie(p, net);
    if (rc != AE_OK)
        ae_network_clear(net);
    return rc;
}

double ae_network_R(const struct ae_network *net, size_t k, size_t l)
{
    return ae_weighted_dot(net->n_w, net->r, net->w + k * net->stride, net->v + l * net->stride);
}
